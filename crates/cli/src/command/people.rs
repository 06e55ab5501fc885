//! Logins, passphrases and the recovery key.

use haven_app::{
    AddRequest, AppError, Code, Passphrase, RecoveryAnswer, RecoveryWords, Session, Workstation,
    suggest_passphrase,
};
use serde_json::json;

use super::tell;
use crate::answer::Answer;
use crate::arguments::UsersCommand;
use crate::passphrase;

/// `haven passphrase suggest`.
pub fn suggest() -> Result<Answer, AppError> {
    let suggested = suggest_passphrase()?;
    let words = suggested.passphrase.clone();
    Ok(Answer::with_words(&suggested, words))
}

/// `haven passphrase change`.
pub fn change(
    session: &Session,
    present: &Passphrase,
    from_stdin: bool,
) -> Result<Answer, AppError> {
    let new = passphrase::read_new(from_stdin)?;
    session.change_passphrase(present, &new)?;
    let user = &session.who().user;
    warn_if_weak(session, user, &new);
    Ok(Answer::with_words(
        &json!({"user": user, "changed": true}),
        "The passphrase was changed. A PIN, if there was one, is over.",
    ))
}

/// `haven recovery show-once`.
pub fn show_recovery(session: &Session) -> Result<Answer, AppError> {
    session.show_recovery_once().map(|words| shown(&words))
}

/// `haven recovery renew`.
pub fn renew_recovery(session: &Session) -> Result<Answer, AppError> {
    session.renew_recovery().map(|words| shown(&words))
}

/// `haven recovery use`.
pub fn recover(
    workstation: &Workstation,
    user: Option<&str>,
    from_stdin: bool,
) -> Result<Answer, AppError> {
    let words = RecoveryWords::parse(&passphrase::read_recovery(from_stdin)?)?;
    let new = passphrase::read_new(from_stdin)?;
    let session = workstation.recover(user, &words, &new)?;
    let user = session.who().user.clone();
    warn_if_weak(&session, &user, &new);
    for notice in session.notices() {
        tell(&format!("Warning: {notice}"));
    }
    Ok(Answer::with_words(
        &session.status()?,
        format!(
            "{user} can unlock this store with the new passphrase. The recovery key still works; \
             make a new one with `haven recovery renew` if others have seen it."
        ),
    ))
}

/// `haven users`.
pub fn users(
    session: &Session,
    command: UsersCommand,
    from_stdin: bool,
) -> Result<Answer, AppError> {
    match command {
        UsersCommand::List => Ok(Answer::of(&session.logins()?)),
        UsersCommand::Add(add) => {
            let new = passphrase::read_new(from_stdin)?;
            let added = session.add_login(
                &AddRequest {
                    display_name: add.display_name.unwrap_or_else(|| add.name.clone()),
                    name: add.name,
                    role: add.role,
                },
                &new,
            )?;
            warn_if_weak(session, &added.name, &new);
            Ok(Answer::of(&added))
        }
        UsersCommand::Remove { name } => Ok(Answer::of(&session.remove_login(&name)?)),
        UsersCommand::Reset { name } => {
            let new = passphrase::read_new(from_stdin)?;
            let reset = session.reset_login(&name, &new)?;
            warn_if_weak(session, &reset.name, &new);
            Ok(Answer::of(&reset))
        }
    }
}

/// The refusal of what needs the passphrase once more.
pub fn not_in_a_batch() -> AppError {
    AppError::new(
        Code::Invalid,
        "A batch keeps no passphrase, which this command needs: run it by itself. Nothing was \
         changed.",
    )
}

/// Scripts choose their own passphrases, so a weak one is told of and taken.
pub fn warn_if_weak(session: &Session, user: &str, new: &Passphrase) {
    let strength = session.passphrase_strength(new.expose_secret(), user);
    tell_strength(strength.ok, &strength.words);
}

fn tell_strength(ok: bool, words: &str) {
    if !ok {
        tell(&format!(
            "Warning: the passphrase is weak. {words} See `haven passphrase suggest`."
        ));
    }
}

fn shown(answer: &RecoveryAnswer) -> Answer {
    let mut words = String::from(
        "Write these 24 words down and keep them away from this computer. They open the store \
         without a passphrase, and are not shown again.\n\n",
    );
    for (index, word) in answer.words.iter().enumerate() {
        let end = if index % 4 == 3 { "\n" } else { " " };
        words.push_str(&format!("{:>2} {word:<9}{end}", index + 1));
    }
    Answer::with_words(answer, words)
}
