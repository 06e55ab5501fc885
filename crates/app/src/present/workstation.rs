//! The words of the screen of this workstation.

use haven_model::{Action, Role, SensitivityClass, Timestamp};
use haven_store::{DueReason, KeyStatus, RecoveryState, Storage, StorageState, VerifyReport};

use super::Now;
use super::centre::size;
use super::people::role_word;
use super::phrase::{say, told};
use super::said;
use super::status::grouped;
use crate::session::{BackupAnswer, LoginAnswer, RotateAnswer};
use crate::view::{
    BackupView, KeyRow, KeysView, LockView, LoginView, RecoveryView, RoleChoice, Standing,
    StorageView, VerifyView, WorkstationView,
};

const DAY_MS: i64 = 86_400_000;

/// A backup older than this should be followed by another, in days.
const BACKUP_DUE_DAYS: i64 = 7;

/// How many problems are listed; the command line lists them all.
const MAX_PROBLEMS: usize = 20;

/// What the screen is made of.
#[derive(Clone, Copy, Debug)]
pub struct WorkstationInput<'a> {
    /// Who is at work, and on which device.
    pub who: &'a haven_store::Session,
    /// How much room the store takes.
    pub storage: &'a Storage,
    /// When the last good backup was made.
    pub last_backup: Option<Timestamp>,
    /// A place to write the next one to.
    pub backup_file: &'a str,
    /// How the recovery key stands.
    pub recovery: RecoveryState,
    /// After how many minutes without input the store locks.
    pub idle_minutes: u32,
    /// What may be chosen for that.
    pub idle_choices: &'a [u32],
    /// The logins, for those who may see them.
    pub logins: Option<&'a [LoginAnswer]>,
    /// How the keys stand.
    pub keys: &'a KeyStatus,
}

/// The screen of this workstation.
#[must_use]
pub fn workstation(input: &WorkstationInput<'_>, now: &Now) -> WorkstationView {
    let administers = input
        .who
        .role
        .permits(Action::Write, SensitivityClass::Admin);
    WorkstationView {
        device: format!("{} · {}", input.who.device_name, input.who.clinic),
        storage: storage(input.storage),
        backup: backup(input.last_backup, input.backup_file, now),
        recovery: recovery(input.recovery, administers),
        lock: LockView {
            minutes: input.idle_minutes,
            text: locks_after(input.idle_minutes),
            choices: input.idle_choices.to_vec(),
            may_change: administers,
        },
        logins: input
            .logins
            .map(|logins| logins.iter().map(|login| self::login(login, now)).collect()),
        roles: Role::ALL
            .into_iter()
            .map(|role| RoleChoice {
                value: role.as_str().to_owned(),
                label: role_word(role).to_owned(),
            })
            .collect(),
        keys: keys(input.keys, administers),
        reviews: input
            .who
            .role
            .permits(Action::Read, SensitivityClass::Admin),
    }
}

fn locks_after(minutes: u32) -> String {
    match minutes {
        1 => say("Locks after 1 minute without input").to_owned(),
        _ => told!("Locks after {} minutes without input", minutes),
    }
}

fn storage(storage: &Storage) -> StorageView {
    let percent = storage.used_bytes.saturating_mul(100) / storage.quota_bytes.max(1);
    let (standing, text) = match storage.state {
        StorageState::Ok => (Standing::Good, say("There is room.")),
        StorageState::Warn => (
            Standing::Attention,
            say(
                "Nearly full. Everything still saves. Ask your administrator to prune old charts \
                 or to raise the limit.",
            ),
        ),
        StorageState::Full => (
            Standing::Bad,
            say(
                "Full. What you type still saves while the disk takes it; nothing new is received. \
                 Ask your administrator to prune old charts or to raise the limit.",
            ),
        ),
    };
    StorageView {
        standing,
        used: told!(
            "{} of {}",
            size(storage.used_bytes),
            size(storage.quota_bytes)
        ),
        percent: u8::try_from(percent.min(100)).unwrap_or(100),
        free: storage
            .free_disk_bytes
            .map_or_else(String::new, |free| told!("{} free on the disk", size(free))),
        text: text.to_owned(),
    }
}

fn backup(last: Option<Timestamp>, suggested: &str, now: &Now) -> BackupView {
    let (standing, text, detail) = match last {
        None => (
            Standing::Attention,
            say("Never backed up from this device").to_owned(),
            say(
                "Write a backup to a disk that is kept elsewhere. It is encrypted, and checked \
                 whole before it bears its name.",
            ),
        ),
        Some(at) => {
            let is_old = now.at.as_millis() - at.as_millis() > BACKUP_DUE_DAYS * DAY_MS;
            (
                if is_old {
                    Standing::Attention
                } else {
                    Standing::Good
                },
                told!("Last backup {}", now.today_or_date_time(at)),
                if is_old {
                    say(
                        "That is more than a week ago. What was saved since is only on this device \
                         and where it was synced to.",
                    )
                } else {
                    say("It was checked whole before it bore its name.")
                },
            )
        }
    };
    BackupView {
        standing,
        text,
        detail: detail.to_owned(),
        suggested: suggested.to_owned(),
    }
}

fn recovery(state: RecoveryState, administers: bool) -> RecoveryView {
    let (standing, text, detail) = match state {
        RecoveryState::Absent => (
            Standing::Attention,
            say("There is no recovery key"),
            say(
                "Whoever forgets a passphrase here can be let in by an administrator only. Make \
                 one and keep it on paper, locked away.",
            ),
        ),
        RecoveryState::WaitsForYou => (
            Standing::Attention,
            say("Not written down yet"),
            say(
                "Its 24 words are shown once, to you. Have pen and paper ready; nobody should look \
                 over your shoulder.",
            ),
        ),
        RecoveryState::WaitsForAnother => (
            Standing::Attention,
            say("Not written down yet"),
            say("Its 24 words wait to be shown to the login that this store was made for."),
        ),
        RecoveryState::Shown => (
            Standing::Good,
            say("Shown once, kept nowhere"),
            say(
                "The 24 words on paper open this store when a passphrase is forgotten. If the \
                 paper is lost or seen, make a new key: the former one then opens nothing.",
            ),
        ),
    };
    RecoveryView {
        standing,
        text: text.to_owned(),
        detail: detail.to_owned(),
        may_show: state == RecoveryState::WaitsForYou,
        may_renew: administers && state != RecoveryState::WaitsForYou,
    }
}

fn login(login: &LoginAnswer, now: &Now) -> LoginView {
    LoginView {
        name: login.name.clone(),
        display_name: login.display_name.clone(),
        role: role_word(login.role).to_owned(),
        last_here: login
            .last_unlocked
            .as_deref()
            .and_then(Timestamp::parse)
            .map_or_else(|| say("Not yet").to_owned(), |at| now.today_or_date(at)),
        state: match (login.disabled, login.second_factor) {
            (true, _) => say("Disabled: too many wrong passphrases"),
            (false, true) => say("Needs this computer’s keychain too"),
            (false, false) => "",
        }
        .to_owned(),
        current: login.current,
    }
}

fn class_words(class: SensitivityClass) -> &'static str {
    match class {
        SensitivityClass::Core => say("Demographics and schedule"),
        SensitivityClass::Clinical => say("Clinical records"),
        SensitivityClass::Sensitive => say("Sensitive records"),
        SensitivityClass::Admin => say("People, devices, audit"),
    }
}

fn keys(status: &KeyStatus, administers: bool) -> KeysView {
    let mut due: Vec<String> = status
        .due
        .iter()
        .map(|due| {
            let why = match due.why {
                DueReason::Age => say("90 days old"),
                DueReason::Seals => say("used as often as it may be"),
                DueReason::LoginRemoved => say("a login that held it was removed"),
            };
            told!("{}: {}", class_words(due.class), why)
        })
        .collect();
    due.dedup();
    let text = if !due.is_empty() {
        told!("Due to be replaced. {}.", due.join("; "))
    } else if status.on_earlier > 0 {
        told!(
            "No key is due. {} sealed versions are moving to the newest keys in the background.",
            grouped(small(status.on_earlier))
        )
    } else {
        say("No key is due. They are replaced by themselves every 90 days.").to_owned()
    };
    KeysView {
        standing: if due.is_empty() {
            Standing::Good
        } else {
            Standing::Attention
        },
        text,
        rows: status
            .generations
            .iter()
            .filter(|one| one.state != "destroyed")
            .map(|one| KeyRow {
                name: class_words(one.class).to_owned(),
                generation: u32::from(one.generation),
                age: match one.age_days.max(0) {
                    0 => say("Today").to_owned(),
                    1 => say("1 day").to_owned(),
                    days => told!("{} days", days),
                },
                bodies: small(one.bodies),
                state: match one.state {
                    "current" => say("In use"),
                    _ => say("Being replaced"),
                }
                .to_owned(),
            })
            .collect(),
        may_rotate: administers,
    }
}

/// What a check of the store found.
#[must_use]
pub fn verified(report: &VerifyReport) -> VerifyView {
    let found = report.problems.len();
    let (standing, text, detail) = match found {
        0 => (
            Standing::Good,
            say("Sound").to_owned(),
            told!(
                "{} audit entries follow one another without a gap, and every record is as its last entry says.",
                grouped(small(report.entries))
            ) + &unread(report.unread),
        ),
        _ => (
            Standing::Bad,
            match found {
                1 => say("1 problem found").to_owned(),
                _ => told!("{} problems found", found),
            },
            say(
                "Nothing was changed. Records that were altered do not open. Tell your \
                 administrator before you rely on this device, and do not delete anything.",
            )
            .to_owned(),
        ),
    };
    VerifyView {
        standing,
        text,
        detail,
        root: report.root.clone(),
        problems: report
            .problems
            .iter()
            .take(MAX_PROBLEMS)
            .map(|problem| match &problem.key {
                Some(key) => format!("{} ({key})", said(problem.what.clone())),
                None => said(problem.what.clone()),
            })
            .collect(),
    }
}

fn unread(bodies: u64) -> String {
    match bodies {
        0 => String::new(),
        _ => told!(
            " Of {} records that you may not read, the search index was not checked.",
            grouped(small(bodies))
        ),
    }
}

/// "Backup written and checked: 4,201 records, 12 MB."
#[must_use]
pub fn backed_up(made: &BackupAnswer) -> String {
    told!(
        "Backup written and checked: {} records, {}. It opens with a passphrase of today or the recovery key.",
        grouped(small(made.resources)),
        size(made.bytes)
    )
}

/// "3 keys replaced, 120 sealed versions moved to them."
#[must_use]
pub fn rotated(answer: &RotateAnswer) -> String {
    let keys = match answer.rotated.len() {
        1 => say("1 key replaced").to_owned(),
        number => told!("{} keys replaced", number),
    };
    let left = match answer.left_out.len() {
        0 => String::new(),
        1 => say(" 1 login was not granted the new keys; an administrator vouches for it on the command line.").to_owned(),
        number => told!(" {} logins were not granted the new keys; an administrator vouches for them on the command line.", number),
    };
    let moved = grouped(u32::try_from(answer.resealed).unwrap_or(u32::MAX));
    told!("{}, {} sealed versions moved to them.", keys, moved) + &left
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
