//! `haven keys` and `haven break-glass`.

use haven_app::{AppError, Code, Passphrase, RotateWhat, Session};
use serde_json::json;

use super::people::not_in_a_batch;
use crate::answer::Answer;
use crate::arguments::{BreakGlassArguments, KeysCommand, RotateArguments, Switch};

/// Runs one command about keys in an unlocked store.
pub fn run(
    session: &Session,
    action: KeysCommand,
    present: Option<&Passphrase>,
) -> Result<Answer, AppError> {
    match action {
        KeysCommand::SecondFactor { switch: None } => Ok(Answer::of(&session.second_factor()?)),
        KeysCommand::SecondFactor {
            switch: Some(switch),
        } => {
            let present = present.ok_or_else(not_in_a_batch)?;
            let answer = session.set_second_factor(present, switch == Switch::On)?;
            Ok(Answer::of(&answer))
        }
        KeysCommand::Status => Ok(Answer::of(&session.key_status()?)),
        KeysCommand::Rotate(rotate) if rotate.store_key => Err(AppError::new(
            Code::Precondition,
            "The key of the database is replaced with nobody in the store: run this as a command of \
             its own. Nothing was changed.",
        )),
        KeysCommand::Rotate(rotate) => {
            let what = match (rotate.class, rotate.all) {
                (Some(class), _) => RotateWhat::Class(class),
                (None, true) => RotateWhat::All,
                (None, false) => RotateWhat::Due,
            };
            let answer = session.rotate_keys(&what, rotate.regrant)?;
            let words = format!(
                "{} keys replaced, {} records sealed again, {} earlier keys destroyed.",
                answer.rotated.len(),
                answer.resealed,
                answer.destroyed.len()
            );
            Ok(Answer::with_words(&answer, words))
        }
    }
}

/// Replaces the key of the database, which ends the session it is asked in.
pub fn replace_store_key(session: Session, rotate: &RotateArguments) -> Result<Answer, AppError> {
    let (_session, replaced) = session.replace_store_key(rotate.regrant)?;
    let words = format!(
        "The database has a new key: {} rows in {} bytes, for {} logins and slots.",
        replaced.rows, replaced.bytes, replaced.granted
    );
    Ok(Answer::with_words(&replaced, words))
}

/// Breaks the glass, or lists who did.
pub fn break_glass(session: &Session, asked: &BreakGlassArguments) -> Result<Answer, AppError> {
    if asked.list {
        return Ok(Answer::of(&session.glass_openings()?));
    }
    if let Some(seq) = asked.end {
        let ended = session.end_glass(seq)?;
        let words = "Emergency access is over. It is in the audit log, and the hub is told at the next sync.";
        return Ok(Answer::with_words(
            &json!({"ended": ended}),
            words.to_owned(),
        ));
    }
    let patient = asked.patient.as_deref().unwrap_or_default();
    let opened = session.break_glass(patient, asked.reason.as_deref().unwrap_or_default())?;
    let words = format!(
        "This patient's sensitive records are open to you until {}. It is in the audit log.",
        opened.until
    );
    Ok(Answer::with_words(&opened, words))
}
