//! What a first sync will bring, and what of it the user needs first.

use std::collections::{BTreeMap, BTreeSet};

use haven_model::outline::{Outline, OutlineRequest, OutlineType};
use haven_model::{Timestamp, fold};
use rusqlite::{OptionalExtension, Transaction, named_params};
use serde::Deserialize;

use super::CursorKey;
use super::pull::{classes_json, types_json};
use crate::accounts::Principal;
use crate::error::Result;
use crate::hub;
use crate::records::{head_seq, mark_at};

/// Own patients named at most: a day's work, not a register.
const MAX_OWN: usize = 500;

/// Bodies of a type looked through at most, the newest first.
const MAX_LOOKED_THROUGH: u32 = 50_000;

/// An appointment within this long before or after now is one of today's, in any zone.
const TODAY_BEFORE_MS: i64 = 16 * 60 * 60 * 1000;
const TODAY_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

/// Answers what a first sync of this user will bring, on one unchanging view of the database.
///
/// # Errors
/// When the database fails.
pub fn outline(
    tx: &Transaction<'_>,
    key: &CursorKey,
    principal: &Principal,
    request: &OutlineRequest,
    now: Timestamp,
) -> Result<Outline> {
    let classes = classes_json(principal.role);
    let head = head_seq(tx)?;
    let oldest: Option<i64> = tx
        .prepare_cached(include_str!("../sql/outline_oldest.sql"))?
        .query_row([], |row| row.get("last_updated"))
        .optional()?;
    Ok(Outline {
        cursor: key.make(&hub::epoch(tx)?, head, mark_at(tx, head)?),
        sync_timestamp: now.to_instant(),
        oldest: oldest.map(|at| Timestamp(at).to_instant()),
        own_patients: own_patients(tx, &classes, principal, now)?,
        types: types(tx, &classes, request)?,
    })
}

fn types(
    tx: &Transaction<'_>,
    classes: &str,
    request: &OutlineRequest,
) -> Result<BTreeMap<String, OutlineType>> {
    let mut statement = tx.prepare_cached(include_str!("../sql/outline_types.sql"))?;
    let rows = statement.query_map(
        named_params! {
            ":classes": classes, ":types": types_json(&request.collections),
            ":binary_bytes": request.binaries_up_to.and_then(|bytes| i64::try_from(bytes).ok()),
        },
        |row| {
            let number = |n: i64| u64::try_from(n).unwrap_or(0);
            #[allow(
                clippy::cast_possible_truncation,
                reason = "SQLite's total() is a float; a hub's bytes are exact in one"
            )]
            let bytes = row.get::<_, f64>("bytes")? as i64;
            Ok((
                row.get("type")?,
                OutlineType {
                    count: number(row.get("n")?),
                    bytes: number(bytes),
                },
            ))
        },
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What is read of the bodies looked through; everything else in them is passed over.
#[derive(Deserialize)]
struct Glance {
    id: Option<String>,
    start: Option<String>,
    status: Option<String>,
    subject: Option<Reference>,
    #[serde(default)]
    identifier: Vec<Identifier>,
    #[serde(default)]
    name: serde_json::Value,
    #[serde(default, rename = "generalPractitioner")]
    general_practitioner: Vec<Reference>,
    #[serde(default)]
    participant: Vec<Participant>,
    practitioner: Option<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Identifier {
    value: Option<String>,
}

#[derive(Deserialize)]
struct Participant {
    actor: Option<Reference>,
    member: Option<Reference>,
}

fn own_patients(
    tx: &Transaction<'_>,
    classes: &str,
    principal: &Principal,
    now: Timestamp,
) -> Result<Vec<String>> {
    let mut own = Own::default();
    each(tx, "Appointment", classes, |glance| {
        if is_today(&glance, now) && glance.status.as_deref() != Some("cancelled") {
            own.add(
                glance
                    .participant
                    .iter()
                    .filter_map(|one| one.actor.as_ref()),
            );
        }
    })?;
    let mut selves: BTreeSet<String> = BTreeSet::new();
    each(tx, "Practitioner", classes, |glance| {
        if is_login(&glance, principal) {
            selves.extend(glance.id.map(|id| format!("Practitioner/{id}")));
        }
    })?;
    if !selves.is_empty() {
        let mut roles = Vec::new();
        each(tx, "PractitionerRole", classes, |glance| {
            if names(glance.practitioner.as_ref(), &selves) {
                roles.extend(glance.id.map(|id| format!("PractitionerRole/{id}")));
            }
        })?;
        selves.extend(roles);
        each(tx, "Patient", classes, |glance| {
            let is_own = glance
                .general_practitioner
                .iter()
                .any(|one| names(Some(one), &selves));
            if is_own {
                own.add_id(glance.id);
            }
        })?;
        each(tx, "CareTeam", classes, |glance| {
            let is_member = glance
                .participant
                .iter()
                .any(|one| names(one.member.as_ref(), &selves));
            if is_member {
                own.add(glance.subject.iter());
            }
        })?;
    }
    Ok(own.0)
}

/// In the order in which they are found, each once.
#[derive(Default)]
struct Own(Vec<String>);

impl Own {
    fn add<'r>(&mut self, references: impl Iterator<Item = &'r Reference>) {
        for reference in references {
            let id = reference
                .reference
                .as_deref()
                .and_then(|text| text.strip_prefix("Patient/"));
            self.add_id(id.map(str::to_owned));
        }
    }

    fn add_id(&mut self, id: Option<String>) {
        if let Some(id) = id
            && self.0.len() < MAX_OWN
            && !self.0.contains(&id)
        {
            self.0.push(id);
        }
    }
}

fn names(reference: Option<&Reference>, selves: &BTreeSet<String>) -> bool {
    reference
        .and_then(|one| one.reference.as_ref())
        .is_some_and(|text| selves.contains(text))
}

fn is_today(glance: &Glance, now: Timestamp) -> bool {
    let start = glance.start.as_deref().and_then(Timestamp::parse);
    start.is_some_and(|start| {
        start >= now.plus_ms(-TODAY_BEFORE_MS) && start <= now.plus_ms(TODAY_AFTER_MS)
    })
}

/// Whether a Practitioner is who signed in: by an identifier that is the login, else by the name.
fn is_login(glance: &Glance, principal: &Principal) -> bool {
    let by_identifier = glance
        .identifier
        .iter()
        .filter_map(|one| one.value.as_deref())
        .any(|value| value.eq_ignore_ascii_case(&principal.user));
    if by_identifier || glance.id.as_deref() == Some(principal.user.as_str()) {
        return true;
    }
    let wanted: BTreeSet<String> = words_of(&principal.display_name);
    let names = glance
        .name
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    wanted.len() > 1
        && names.iter().any(|name| {
            let given = name["given"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let spoken: Vec<&str> = given
                .iter()
                .chain([&name["family"]])
                .filter_map(serde_json::Value::as_str)
                .collect();
            words_of(&spoken.join(" ")) == wanted
        })
}

fn words_of(name: &str) -> BTreeSet<String> {
    const TITLES: [&str; 6] = ["dr", "mr", "mrs", "ms", "prof", "sr"];
    fold::fold(name)
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty() && !TITLES.contains(word))
        .map(str::to_owned)
        .collect()
}

/// Hands what is to be seen of each live resource of a type to `look`, the newest first.
fn each(
    tx: &Transaction<'_>,
    resource_type: &str,
    classes: &str,
    mut look: impl FnMut(Glance),
) -> Result<()> {
    let mut statement = tx.prepare_cached(include_str!("../sql/outline_bodies.sql"))?;
    let mut rows = statement.query(named_params! {
        ":type": resource_type, ":classes": classes, ":limit": MAX_LOOKED_THROUGH,
    })?;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get("body")?;
        // What has another shape than R4 gives it tells nothing here.
        if let Ok(glance) = serde_json::from_slice(&body) {
            look(glance);
        }
    }
    Ok(())
}
