//! Each command but `serve`.

use std::path::{Path, PathBuf};

use haven_hub::database::{self, MigrationState};
use haven_hub::loading::{self, Loaded};
use haven_hub::{Hub, HubError, Result, accounts, seed};
use haven_model::{Role, Timestamp};
use serde_json::{Value, json};

use super::arguments::{Arguments, Command, Devices, Migrate, Passphrase, Settings, Users};
use super::{Answer, serve};

/// Does what was asked; `None` when it has printed for itself.
pub(super) fn perform(arguments: Arguments) -> Result<Option<Answer>> {
    let json = arguments.json;
    match arguments.command {
        Command::Init {
            db,
            admin,
            clinic,
            passphrase,
        } => init(&db.db, &admin, &clinic, &passphrase),
        Command::Serve { db, listen } => {
            serve::serve(&db.db, listen, json)?;
            return Ok(None);
        }
        Command::Invite {
            db,
            user,
            role,
            display_name,
        } => invite(&db.db, &user, role, display_name.as_deref()),
        Command::Seed {
            db,
            patients,
            seed,
            today,
        } => fill(&db.db, patients, seed, today),
        Command::Import { db, files } => import(&db.db, &files),
        Command::Migrate { action } => migrate(action),
        Command::Users { action } => users(action),
        Command::Alerts { db } => alerts(&db.db),
        Command::Devices { action } => devices(action),
        Command::Settings { action } => settings(action),
    }
    .map(Some)
}

fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

fn read_passphrase(from: &Passphrase) -> Result<String> {
    if from.passphrase_stdin {
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .map_err(|source| HubError::File {
                path: "stdin".into(),
                source,
            })?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    std::env::var("HAVEN_PASSPHRASE").map_err(|_| {
        HubError::BadInput("set HAVEN_PASSPHRASE, or give --passphrase-stdin".to_owned())
    })
}

fn init(db: &Path, admin: &str, clinic: &str, from: &Passphrase) -> Result<Answer> {
    if db.exists() {
        return Err(HubError::AlreadyExists(db.to_owned()));
    }
    let passphrase = read_passphrase(from)?;
    let hub = Hub::create(db, admin, &passphrase, clinic, now())?;
    Ok(Answer {
        text: format!(
            "A hub for {clinic} is in {}; {admin} is its admin.",
            db.display()
        ),
        json: json!({"hubId": hub.id(), "clinic": clinic, "admin": admin, "db": db}),
    })
}

fn invite(db: &Path, user: &str, role: Role, display_name: Option<&str>) -> Result<Answer> {
    let code = Hub::open(db)?.invite(user, role, display_name)?;
    let days = accounts::CODE_LIFETIME_MS / 86_400_000;
    Ok(Answer {
        json: json!({"code": code, "user": user, "role": role, "validDays": days}),
        text: code,
    })
}

fn fill(db: &Path, patients: u32, seed: u64, today: Option<jiff::civil::Date>) -> Result<Answer> {
    let hub = Hub::open(db)?;
    let loaded = match today {
        Some(today) => loading::seed(&hub, seed::clinic(patients, seed, today))?,
        None => {
            let here = jiff::Zoned::now();
            loading::seed(
                &hub,
                seed::clinic_at(patients, seed, here.date(), here.offset()),
            )?
        }
    };
    Ok(loaded_answer(
        loaded,
        json!({"patients": patients, "seed": seed}),
    ))
}

fn import(db: &Path, files: &[PathBuf]) -> Result<Answer> {
    let hub = Hub::open(db)?;
    let mut total = Loaded::default();
    let mut by_file = Vec::new();
    for file in files {
        let loaded = loading::import_file(&hub, file)?;
        by_file.push(json!({"file": file, "rows": loaded}));
        total += loaded;
    }
    Ok(loaded_answer(total, json!({"files": by_file})))
}

fn loaded_answer(loaded: Loaded, mut details: Value) -> Answer {
    let Loaded {
        created,
        updated,
        unchanged,
        rejected,
    } = loaded;
    details["created"] = json!(created);
    details["updated"] = json!(updated);
    details["unchanged"] = json!(unchanged);
    details["rejected"] = json!(rejected);
    Answer {
        text: format!(
            "{created} resources created, {updated} updated, {unchanged} there already, {rejected} rejected."
        ),
        json: details,
    }
}

fn migrate(action: Migrate) -> Result<Answer> {
    let db = match &action {
        Migrate::Up { db } | Migrate::Down { db, .. } | Migrate::Status { db } => &db.db,
    };
    let mut connection = database::connect_existing(db)?;
    let changed = match action {
        Migrate::Up { .. } => database::up(&mut connection)?,
        Migrate::Down { to, drop_data, .. } => {
            let to = to.unwrap_or_else(|| database::newest().saturating_sub(1));
            if to == 0 && !drop_data && database::holds_resources(&connection)? {
                return Err(HubError::Precondition(
                    "resources are stored; --drop-data takes them away for good".to_owned(),
                ));
            }
            database::down(&mut connection, to)?
        }
        Migrate::Status { .. } => 0,
    };
    let states = database::status(&connection)?;
    let line = |state: &MigrationState| {
        let mark = if state.applied {
            "applied"
        } else {
            "not applied"
        };
        format!("{:04} {} {mark}", state.version, state.name)
    };
    Ok(Answer {
        text: states.iter().map(line).collect::<Vec<_>>().join("\n"),
        json: json!({"changed": changed, "migrations": states}),
    })
}

fn users(action: Users) -> Result<Answer> {
    match action {
        Users::List { db } => {
            let users = Hub::open(&db.db)?.database().read(accounts::list_users)?;
            let line = |user: &accounts::User| {
                let state = match (user.removed, user.joined) {
                    (true, _) => "removed",
                    (false, true) => "joined",
                    (false, false) => "invited",
                };
                format!(
                    "{}\t{}\t{}\t{state}",
                    user.name,
                    user.role.as_str(),
                    user.display_name
                )
            };
            Ok(Answer {
                text: users.iter().map(line).collect::<Vec<_>>().join("\n"),
                json: json!(users),
            })
        }
        Users::Add {
            db,
            name,
            role,
            display_name,
            passphrase,
        } => {
            let hub = Hub::open(&db.db)?;
            let hash = hub
                .sessions()
                .hash_password(&read_passphrase(&passphrase)?)?;
            hub.database().write(|tx| {
                accounts::add_user(tx, &name, display_name.as_deref(), role, Some(&hash), now())
            })?;
            Ok(Answer {
                text: format!("{name} may sign in as {}.", role.as_str()),
                json: json!({"user": name, "role": role}),
            })
        }
        Users::Remove { db, name } => {
            Hub::open(&db.db)?
                .database()
                .write(|tx| accounts::remove_user(tx, &name, now()))?;
            Ok(Answer {
                text: format!("{name} can no longer sign in."),
                json: json!({"user": name, "removed": true}),
            })
        }
    }
}

fn settings(action: Settings) -> Result<Answer> {
    let (Settings::List { db } | Settings::Set { db, .. }) = &action;
    let hub = Hub::open(&db.db)?;
    if let Settings::Set { name, value, .. } = &action {
        hub.database()
            .write(|tx| haven_hub::settings::set(tx, name, value, now()))?;
    }
    let all = hub.database().read(haven_hub::settings::all)?;
    let lines: Vec<String> = all
        .iter()
        .map(|(name, value)| format!("{name}\t{value}"))
        .collect();
    let document: serde_json::Map<String, Value> = all
        .into_iter()
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    Ok(Answer {
        text: lines.join("\n"),
        json: Value::Object(document),
    })
}

/// What is kept of a device's audit log, in words.
fn audit_log(device: &accounts::Device) -> String {
    let kept = match &device.audit_head {
        Some(head) => format!("{} audit entries kept at {}", head.size, head.at),
        None => "no audit log kept".to_owned(),
    };
    match &device.audit_head_conflict {
        Some(conflict) => format!(
            "{kept}\tAUDIT LOG CONFLICT ({}): it offered {} entries at {}, {} times since {}",
            conflict.kind, conflict.size, conflict.at, conflict.heads, conflict.first_at
        ),
        None => kept,
    }
}

fn alerts(db: &Path) -> Result<Answer> {
    let alerts = Hub::open(db)?.database().read(accounts::list_glass)?;
    let line = |alert: &accounts::GlassAlertKept| {
        let end = match &alert.ended_at {
            Some(at) => format!("ended {at}"),
            None => format!("until {}", alert.until),
        };
        format!(
            "{}\t{}\tPatient/{}\t{end}\t{}",
            alert.opened_at, alert.actor, alert.patient, alert.device_name
        )
    };
    Ok(Answer {
        text: alerts.iter().map(line).collect::<Vec<_>>().join("\n"),
        json: json!(alerts),
    })
}

fn devices(action: Devices) -> Result<Answer> {
    match action {
        Devices::List { db } => {
            let devices = Hub::open(&db.db)?
                .database()
                .read(|tx| accounts::list_devices(tx, None))?;
            let line = |device: &accounts::Device| {
                let state = if device.is_revoked() {
                    "revoked"
                } else {
                    "enrolled"
                };
                format!(
                    "{}\t{}\t{}\t{state}\t{}",
                    device.id,
                    device.user,
                    device.name,
                    audit_log(device)
                )
            };
            Ok(Answer {
                text: devices.iter().map(line).collect::<Vec<_>>().join("\n"),
                json: json!(devices),
            })
        }
        Devices::Revoke { db, id } => {
            let device = Hub::open(&db.db)?
                .database()
                .write(|tx| accounts::revoke_device(tx, &id, "command line", now()))?;
            Ok(Answer {
                text: format!("{} is shut out.", device.name),
                json: json!(device),
            })
        }
    }
}
