//! What each command calls, and how its answer reads.

mod attachments;
mod audit;
mod bench;
mod config;
mod conflicts;
mod keys;
mod people;
mod remote;
mod search;
mod upkeep;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use haven_app::{
    AppError, Code, EnrolRequest, ImportOptions, InitRequest, Passphrase, Session, Workstation,
};

use crate::answer::Answer;
use crate::arguments::{
    Arguments, AuditCommand, Command, DebugCommand, DiscardedCommand, KeysCommand, OutboxCommand,
    PassphraseCommand, RecoveryCommand,
};
use crate::{batch, passphrase};

/// The exit status of a check that found damage.
const EXIT_INTEGRITY: u8 = 6;

/// The largest body that is read from a file or standard input, in bytes.
const MAX_BODY_BYTES: u64 = 64 * 1024 * 1024;

/// Runs one command from the shell.
pub fn run(arguments: Arguments) -> Result<Answer, AppError> {
    let Arguments {
        store,
        user,
        passphrase_stdin,
        json: _,
        command,
    } = arguments;
    if let Command::Merge {
        base,
        local,
        remote,
    } = &command
    {
        return merge(base.as_deref(), local, remote);
    }
    let command = match command {
        Command::Bench(arguments) => return bench::run(arguments),
        other => other,
    };
    if let Command::Passphrase {
        action: PassphraseCommand::Suggest,
    } = &command
    {
        return people::suggest();
    }
    let workstation = Workstation::on_this_machine(store.map_or_else(default_store, Ok)?);
    match command {
        Command::Init(init) => {
            let user = user
                .ok_or_else(|| AppError::new(Code::Invalid, "Name the first login with --user."))?;
            let passphrase = passphrase::read(passphrase_stdin)?;
            let session = workstation.init(
                &InitRequest {
                    display_name: init.display_name.unwrap_or_else(|| user.clone()),
                    user,
                    clinic: init.clinic,
                    device_name: init.device_name.unwrap_or_else(host_name),
                },
                &passphrase,
            )?;
            people::warn_if_weak(&session, &session.who().user, &passphrase);
            Ok(Answer::with_words(
                &session.status()?,
                format!(
                    "The store is ready. {} is its admin. Show the recovery key once with `haven recovery show-once`, and keep it in a safe place.",
                    session.who().user
                ),
            ))
        }
        Command::Enrol(enrol) => {
            let passphrase = passphrase::read(passphrase_stdin)?;
            let session = workstation.enrol(
                &EnrolRequest {
                    url: enrol.url,
                    code: enrol.code,
                    user,
                    device_name: enrol.device_name.unwrap_or_else(host_name),
                },
                &passphrase,
            )?;
            people::warn_if_weak(&session, &session.who().user, &passphrase);
            let who = session.who();
            let words = format!(
                "{} joined {} as {}.",
                who.user,
                who.clinic,
                who.role.as_str()
            );
            Ok(Answer::with_words(&session.status()?, words))
        }
        Command::Backup { action } => {
            upkeep::backup(&workstation, user.as_deref(), passphrase_stdin, action)
        }
        Command::Migrate { action } => upkeep::migrate(
            &workstation,
            user.as_deref(),
            &passphrase::read(passphrase_stdin)?,
            &action,
        ),
        Command::Debug {
            action: DebugCommand::Quarantine,
        } => upkeep::quarantine(&workstation),
        Command::Recovery {
            action: RecoveryCommand::Use,
        } => people::recover(&workstation, user.as_deref(), passphrase_stdin),
        other => {
            let passphrase = passphrase::read(passphrase_stdin)?;
            let session = match &other {
                Command::Unlock {
                    accept_rollback: Some(reason),
                    ..
                } => workstation.accept_rollback(user.as_deref(), &passphrase, reason)?,
                // What is wrong with a store can be seen, and what is left of it taken out, when
                // nothing else may be done with it.
                Command::Verify { .. } | Command::Audit { .. } | Command::Export { .. } => {
                    examine(&workstation, user.as_deref(), &passphrase, &other)?
                }
                _ => workstation.unlock(user.as_deref(), &passphrase)?,
            };
            for notice in session.notices() {
                tell(&format!("Warning: {notice}"));
            }
            match other {
                Command::Passphrase { .. } => {
                    people::change(&session, &passphrase, passphrase_stdin)
                }
                Command::Users { action } => people::users(&session, action, passphrase_stdin),
                Command::Keys {
                    action: KeysCommand::Rotate(rotate),
                } if rotate.store_key => keys::replace_store_key(session, &rotate),
                Command::Keys { action } => keys::run(&session, action, Some(&passphrase)),
                other => in_session(&session, other),
            }
        }
    }
}

/// Unlocks a sound store as always, and for looking only one that lacks what was saved in it or that
/// a newer Haven made.
fn examine(
    workstation: &Workstation,
    user: Option<&str>,
    passphrase: &Passphrase,
    command: &Command,
) -> Result<Session, AppError> {
    match workstation.unlock(user, passphrase) {
        Err(error) if error.code == Code::Integrity => {
            workstation.inspect(user, passphrase).map_err(|_| error)
        }
        Err(error)
            if error.code == Code::NewerStore && matches!(command, Command::Export { .. }) =>
        {
            tell("A newer Haven made this store: it is only read, and nothing of it changes.");
            workstation.open_newer(user, passphrase)
        }
        other => other,
    }
}

/// Runs one command in an unlocked store.
pub fn in_session(session: &Session, command: Command) -> Result<Answer, AppError> {
    match command {
        Command::Init(_) | Command::Enrol(_) | Command::Bench(_) => Err(AppError::new(
            Code::Invalid,
            "This command makes a store; it does not run inside one.",
        )),
        Command::Unlock { .. } => Ok(Answer::with_words(
            &session.status()?,
            "The passphrase opens the store.",
        )),
        Command::Import {
            files,
            dry_run,
            rejected,
        } => {
            let summary = session.import(&files, &ImportOptions { dry_run, rejected })?;
            let status = u8::from(summary.imported == 0 && summary.rejected > 0);
            for rejection in &summary.rejections {
                tell(&format!(
                    "{} row {}: {}",
                    rejection.file, rejection.row, rejection.reason
                ));
            }
            let words = format!(
                "{} of {} rows {}, {} rejected.",
                summary.imported,
                summary.rows,
                if dry_run { "are fine" } else { "imported" },
                summary.rejected
            );
            Ok(Answer::with_words(&summary, words).exiting(status))
        }
        Command::Export { dir } => {
            let summary = session.export(&dir)?;
            let words = format!(
                "{} resources in {} files.",
                summary.exported,
                summary.files.len()
            );
            // What is left of a damaged store is not the whole of it.
            let status = if session.is_whole() {
                0
            } else {
                EXIT_INTEGRITY
            };
            Ok(Answer::with_words(&summary, words).exiting(status))
        }
        Command::Get { key } => Ok(Answer::bytes(session.get(&key)?.bytes())),
        Command::Put { file } => Ok(Answer::of(&session.put(&body(&file)?)?)),
        Command::Delete { key } => Ok(Answer::of(&session.delete(&key)?)),
        Command::MarkInError { key, reason } => {
            Ok(Answer::of(&session.mark_in_error(&key, &reason)?))
        }
        Command::History {
            key,
            bring_back,
            reason,
        } => match bring_back {
            None => Ok(Answer::of(&session.history(&key)?)),
            Some(version) => {
                let reason = reason.unwrap_or_default();
                Ok(Answer::of(&session.bring_back(&key, version, &reason)?))
            }
        },
        Command::Chart { id } => {
            let resources = session.chart(&id)?;
            if !session.chart_is_complete(&id)? {
                tell(haven_app::present::INCOMPLETE);
            }
            Ok(Answer::array(
                resources.iter().map(|resource| resource.bytes()),
            ))
        }
        Command::Search { expression } => search::run(session, &expression),
        Command::Merge {
            base,
            local,
            remote,
        } => merge(base.as_deref(), &local, &remote),
        Command::Sync(with) => remote::sync(session, with),
        Command::Remote { action } => remote::run(session, action),
        Command::Status => Ok(Answer::of(&session.status()?)),
        Command::Outbox { action } => Ok(match action {
            OutboxCommand::List => Answer::of(&session.outbox()?),
            OutboxCommand::Retry { key } => Answer::of(&session.retry(key.as_deref())?),
            OutboxCommand::Discard { key, reason } => Answer::of(&session.discard(&key, &reason)?),
            OutboxCommand::Discarded { action } => match action {
                DiscardedCommand::List { limit } => Answer::of(&session.discarded(limit)?),
                DiscardedCommand::Show { seq } => Answer::of(&session.look_at_discarded(seq)?),
            },
        }),
        Command::Attachments { action } => attachments::run(session, action),
        Command::Conflicts { action } => conflicts::run(session, action),
        Command::Metrics(arguments) => conflicts::metrics(session, &arguments),
        Command::Audit { action } => match action {
            AuditCommand::List { limit } => Ok(Answer::of(&session.audit(limit)?)),
            AuditCommand::Verify => audit::verify(session, false),
            AuditCommand::Export { file } => audit::export(session, file.as_deref()),
            AuditCommand::Archive { older_than_days } => {
                Ok(Answer::of(&session.archive_audit(older_than_days)?))
            }
        },
        Command::Verify { deep } => audit::verify(session, deep),
        Command::Keys { action } => keys::run(session, action, None),
        Command::BreakGlass(asked) => keys::break_glass(session, &asked),
        Command::Backup { action } => upkeep::backup_in(session, action),
        Command::Prune(arguments) => upkeep::prune(session, &arguments),
        Command::Pin { patient: None } => Ok(Answer::of(&session.pins()?)),
        Command::Pin {
            patient: Some(patient),
        } => Ok(Answer::of(&session.pin(&patient, true)?)),
        Command::Unpin { patient } => Ok(Answer::of(&session.pin(&patient, false)?)),
        Command::Config { action } => config::run(session, &action),
        Command::Storage { quota_bytes } => Ok(Answer::of(&session.storage(quota_bytes)?)),
        Command::Migrate { .. } | Command::Debug { .. } => Err(AppError::new(
            Code::Invalid,
            "This command works on a closed store. Nothing was changed.",
        )),
        Command::Passphrase {
            action: PassphraseCommand::Suggest,
        } => people::suggest(),
        Command::Passphrase {
            action: PassphraseCommand::Change,
        }
        | Command::Recovery {
            action: RecoveryCommand::Use,
        } => Err(people::not_in_a_batch()),
        Command::Recovery {
            action: RecoveryCommand::ShowOnce,
        } => people::show_recovery(session),
        Command::Recovery {
            action: RecoveryCommand::Renew,
        } => people::renew_recovery(session),
        Command::Users { action } => people::users(session, action, false),
        Command::Batch => batch::run(session),
    }
}

fn merge(base: Option<&Path>, local: &Path, remote: &Path) -> Result<Answer, AppError> {
    let base = base.map(body).transpose()?;
    let outcome = haven_app::merge_files(base.as_deref(), &body(local)?, &body(remote)?)?;
    Ok(Answer::of(&outcome))
}

/// A file's bytes, or standard input's for `-`, bounded.
fn body(file: &Path) -> Result<Vec<u8>, AppError> {
    let unreadable = |error: io::Error| {
        AppError::new(
            Code::Io,
            format!(
                "{} cannot be read ({}). Nothing was changed.",
                file.display(),
                error.kind()
            ),
        )
    };
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin()
            .lock()
            .take(MAX_BODY_BYTES + 1)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file)
            .and_then(|opened| opened.take(MAX_BODY_BYTES + 1).read_to_end(&mut bytes))
    };
    let length = read.map_err(unreadable)?;
    if length as u64 > MAX_BODY_BYTES {
        return Err(AppError::new(
            Code::Invalid,
            format!("The input is larger than {MAX_BODY_BYTES} bytes. Nothing was changed."),
        ));
    }
    Ok(bytes)
}

/// A message for people, beside the answer.
fn tell(message: &str) {
    let mut err = io::stderr().lock();
    let end = if err.is_terminal() { "\x1b[K\n" } else { "\n" };
    let _ = write!(err, "{message}{end}");
}

fn default_store() -> Result<PathBuf, AppError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".local/share")))
        .map(|data| data.join("haven"))
        .ok_or_else(|| {
            AppError::new(
                Code::Invalid,
                "Name the store's folder with --store or HAVEN_STORE.",
            )
        })
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "This device".to_owned())
}
