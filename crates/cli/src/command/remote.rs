//! The servers that a store exchanges with, and the exchange.

use std::path::Path;

use haven_app::{AppError, Code, RemoteAccess, RemoteRequest, Session, SyncProgress, SyncWith};

use super::{body, tell};
use crate::answer::Answer;
use crate::arguments::{AddRemoteArguments, RemoteCommand, SyncArguments};

/// `haven remote`.
pub fn run(session: &Session, command: RemoteCommand) -> Result<Answer, AppError> {
    match command {
        RemoteCommand::List => Ok(Answer::of(&session.remotes()?)),
        RemoteCommand::Add(add) => {
            let request = RemoteRequest {
                access: access(&add)?,
                name: add.name,
                url: add.fhir,
                types: add.types,
            };
            let added = session.add_remote(&request)?;
            if added.url.starts_with("http://") && added.access != "open" {
                tell(
                    "Warning: the address has no TLS: whoever shares the network can read what is sent.",
                );
            }
            let words = format!(
                "{} was added. `haven sync --remote {}` exchanges with it.",
                added.name, added.name
            );
            Ok(Answer::with_words(&added, words))
        }
        RemoteCommand::Remove { name } => Ok(Answer::of(&session.remove_remote(&name)?)),
    }
}

/// `haven sync`.
pub fn sync(session: &Session, arguments: SyncArguments) -> Result<Answer, AppError> {
    let progress = |step: &SyncProgress| tell(&step.text);
    let with = SyncWith {
        remote: arguments.remote,
        accept_deletions: arguments.accept_deletions,
        compare_all: arguments.compare,
    };
    if arguments.watch {
        session.sync_until_interrupted(&with, &progress)?;
        return Ok(Answer::of(&session.status()?));
    }
    if let Some(reason) = &arguments.keep_deleted {
        let kept = session.keep_held_deletions(reason)?;
        tell(&format!("{kept} records are kept, and sent again."));
    }
    let summary = session.sync_with(&with, &progress)?;
    if let Some(problem) = &summary.audit_problem {
        tell(&format!("Warning: {problem}. See `haven audit verify`."));
    }
    for notice in &summary.notices {
        tell(&format!("Note: {notice}."));
    }
    for (kind, count) in &summary.held_deletions {
        tell(&format!(
            "Warning: the server no longer shows {count} of its {kind} records. They are kept here. If they were deleted on purpose, sync with --accept-deletions; if not, with --keep-deleted REASON."
        ));
    }
    let words = format!(
        "Synced: {} sent, {} received, {} merged automatically, {} need review.",
        summary.pushed, summary.pulled, summary.merged, summary.conflicts
    );
    Ok(Answer::with_words(&summary, words))
}

fn access(add: &AddRemoteArguments) -> Result<RemoteAccess, AppError> {
    if let Some(file) = &add.token_file {
        return Ok(RemoteAccess::Token {
            token: secret(file)?,
        });
    }
    if let (Some(username), Some(file)) = (&add.login, &add.password_file) {
        return Ok(RemoteAccess::Password {
            username: username.clone(),
            password: secret(file)?,
            client_id: add.client_id.clone(),
            token_url: add.token_url.clone(),
            scope: add.scope.clone(),
        });
    }
    let Some(client_id) = add.client_id.clone() else {
        return Ok(RemoteAccess::Open);
    };
    if let Some(file) = &add.client_secret_file {
        return Ok(RemoteAccess::Client {
            client_id,
            client_secret: secret(file)?,
            token_url: add.token_url.clone(),
            scope: add.scope.clone(),
        });
    }
    let Some(file) = &add.client_key_file else {
        return Err(AppError::new(
            Code::Invalid,
            "A client shows who it is with --client-secret-file or --client-key-file. Nothing was changed.",
        ));
    };
    Ok(RemoteAccess::Key {
        client_id,
        private_key: secret(file)?,
        algorithm: match add.key_algorithm.as_str() {
            "RS384" => haven_app::KeyAlgorithm::Rs384,
            _ => haven_app::KeyAlgorithm::Es384,
        },
        key_id: add.key_id.clone(),
        token_url: add.token_url.clone(),
        scope: add.scope.clone(),
    })
}

/// A secret's text, the line end left off.
fn secret(file: &Path) -> Result<String, AppError> {
    let text = String::from_utf8(body(file)?).unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::new(
            Code::Invalid,
            format!("{} holds no text. Nothing was changed.", file.display()),
        ));
    }
    Ok(text.to_owned())
}
