//! Backup, retention, room and schema.

use std::path::Path;

use haven_app::{
    AppError, BackupAnswer, Code, Passphrase, PruneOptions, RestoreAnswer, Session, Workstation,
};

use super::{EXIT_INTEGRITY, tell};
use crate::answer::Answer;
use crate::arguments::{BackupCommand, MigrateCommand, PruneArguments};

/// A backup command where no store is open.
pub fn backup(
    workstation: &Workstation,
    user: Option<&str>,
    passphrase: &Passphrase,
    command: BackupCommand,
) -> Result<Answer, AppError> {
    match command {
        BackupCommand::Verify { file } => {
            checked(&workstation.verify_backup(&file, user, passphrase)?)
        }
        BackupCommand::Restore { file, replacing } => {
            let (_, answer) = workstation.restore(&file, replacing.as_deref(), user, passphrase)?;
            Ok(restored(&answer))
        }
        BackupCommand::Create { .. } => {
            let session = workstation.unlock(user, passphrase)?;
            backup_in(&session, command)
        }
    }
}

/// A backup command in an unlocked store.
pub fn backup_in(session: &Session, command: BackupCommand) -> Result<Answer, AppError> {
    match command {
        BackupCommand::Create { file } => {
            let answer = session.backup(&file)?;
            let words = format!(
                "{} resources and {} audit entries are in {} ({} bytes); it was opened and checked whole.",
                answer.resources, answer.audit_entries, answer.file, answer.bytes
            );
            Ok(Answer::with_words(&answer, words))
        }
        BackupCommand::Verify { file } => checked(&session.verify_backup(&file)?),
        BackupCommand::Restore { .. } => Err(AppError::new(
            Code::Invalid,
            "A backup is restored into a folder of its own, not inside an open store. Nothing was changed.",
        )),
    }
}

fn checked(answer: &BackupAnswer) -> Result<Answer, AppError> {
    for problem in &answer.problems {
        tell(&problem.what);
    }
    let status = if answer.verified { 0 } else { EXIT_INTEGRITY };
    let words = if answer.verified {
        format!(
            "The backup of {} is sound: {} resources, {} audit entries.",
            answer.made_at, answer.resources, answer.audit_entries
        )
    } else {
        "The backup is not sound.".to_owned()
    };
    Ok(Answer::with_words(answer, words).exiting(status))
}

fn restored(answer: &RestoreAnswer) -> Answer {
    if !answer.offered_again.is_empty() {
        tell(&format!(
            "{} changes that were not synced when the backup was made will be offered to the server again.",
            answer.offered_again.len()
        ));
    }
    match &answer.replaced {
        Some(replaced) if !replaced.readable => tell(
            "The store that is replaced cannot be opened; what waited there cannot be told. Keep its folder.",
        ),
        Some(replaced) if !replaced.only_there.is_empty() => tell(&format!(
            "{} changes are only in the store that is replaced and would be lost with it. Keep its folder.",
            replaced.only_there.len()
        )),
        Some(_) | None => {}
    }
    let words = format!(
        "{} resources of {} are restored into {}.",
        answer.resources, answer.made_at, answer.store
    );
    Answer::with_words(answer, words)
}

/// Removes old copies.
pub fn prune(session: &Session, arguments: &PruneArguments) -> Result<Answer, AppError> {
    let answer = session.prune(&PruneOptions {
        config: arguments.config.as_deref(),
        save: arguments.save,
        dry_run: arguments.dry_run,
        vacuum: arguments.vacuum,
    })?;
    let removed: u64 = answer.report.removed.values().sum();
    let kept: u64 = answer.report.kept.iter().map(|kept| kept.count).sum();
    let words = format!(
        "{removed} copies {}, {kept} kept.",
        if answer.report.dry_run {
            "would be removed from this device"
        } else {
            "removed from this device; the server keeps them"
        }
    );
    Ok(Answer::with_words(&answer, words))
}

/// Where the schema stands, and moving it.
pub fn migrate(
    workstation: &Workstation,
    user: Option<&str>,
    passphrase: &Passphrase,
    command: &MigrateCommand,
) -> Result<Answer, AppError> {
    let report = match command {
        MigrateCommand::Status => workstation.schema(user, passphrase)?,
        MigrateCommand::Up { to } => workstation.migrate(user, passphrase, *to, false)?,
        MigrateCommand::Down { to, yes } => {
            workstation.migrate(user, passphrase, Some(*to), *yes)?
        }
    };
    Ok(Answer::of(&report))
}

/// Reports on a store that cannot be read.
pub fn quarantine(workstation: &Workstation) -> Result<Answer, AppError> {
    let report = workstation.quarantine(None)?;
    let words = format!("The report is {}.", Path::new(&report.path).display());
    Ok(Answer::with_words(&report, words))
}
