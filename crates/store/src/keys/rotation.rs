//! New generations of class keys: after 90 days, 2³⁰ seals, or when a login that held one is removed.
//!
//! Only who holds a class's present key can make its next one. The key file is durable with the new
//! grants before the database names the new generation, and nothing is sealed under it before that.

use haven_model::{Action, SensitivityClass, Timestamp};
use serde::Serialize;

use super::file::KeyFile;
use super::generation::{self, Generation, MAX_SEALS};
use super::grant::GrantKind;
use super::held::Held;
use super::recipient::{LeftOut, Present};
use super::secret::{Secret, random_secret};
use super::status::{DueKey, DueReason};
use crate::error::{Result, StoreError};
use crate::failpoint;
use crate::op::{Op, OpKind};
use crate::store::Store;
use crate::strategies::KEY_ROTATION_DAYS;
use crate::table::{identity, setting};
use crate::tx::Tx;

/// The setting that the removal of a login leaves: the keys it held, as words, or anything else for all.
pub(crate) const DUE_SETTING: &str = "keys.rotation_due";

/// The word for the store's key in [`DUE_SETTING`].
pub(crate) const STORE_WORD: &str = "store";

/// The word for the blind-index key in [`DUE_SETTING`].
const BLIND_WORD: &str = "blind";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The age in days at which a class key is replaced, where no configuration asks for less.
const MAX_AGE_DAYS: i64 = 90;

/// Which keys to replace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RotateOptions {
    /// These classes, whether due or not; `None` for those that are due and held.
    pub classes: Option<Vec<SensitivityClass>>,
    /// Grants the new keys to every login and slot of the key file, vouched for or not. For a store made
    /// before grants were vouched for; whoever asks for it has looked at the list of slots.
    pub regrant: bool,
}

/// A generation of a class key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RotatedKey {
    /// The class.
    pub class: SensitivityClass,
    /// The generation.
    pub generation: u16,
}

/// What a rotation did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// The new generations, sealed under from now on.
    pub rotated: Vec<RotatedKey>,
    /// The new generation of the blind-index key, where it was replaced too.
    pub blind_generation: Option<u16>,
    /// Who was not granted a new key.
    pub left_out: Vec<LeftOut>,
}

/// What sets a rotation off.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A person; who is left out is told.
    Asked,
    /// The calendar; a class that someone would be left out of waits for a person.
    Due,
    /// The count of seals, which waits for nobody.
    Worn,
}

impl Store {
    /// Replaces class keys; every reading and writing session goes on.
    ///
    /// # Errors
    /// `not_permitted` for a class whose present key this login does not hold; `precondition` when
    /// this login itself would be left out.
    pub fn rotate_keys(&self, options: &RotateOptions, now: Timestamp) -> Result<Rotation> {
        let classes = match &options.classes {
            Some(classes) => classes.clone(),
            None => self.due_and_held(now)?,
        };
        self.rotate(&classes, options.regrant, Cause::Asked, now)
    }

    /// Replaces the class keys that are due and held, as far as nobody would be left out.
    ///
    /// # Errors
    /// When the store or the key file cannot be written.
    pub fn rotate_due_keys(&self, now: Timestamp) -> Result<Rotation> {
        let classes = self.due_and_held(now)?;
        if classes.is_empty() {
            return Ok(Rotation::default());
        }
        self.rotate(&classes, false, Cause::Due, now)
    }

    /// Replaces what has sealed as often as it may, before anything more is sealed.
    pub(crate) fn rotate_worn_keys(&self, now: Timestamp) -> Result<()> {
        let held = self.vault().held();
        let generations = self.snapshot(|reader| generation::all(&reader.link.connection))?;
        let worn: Vec<_> = current(&generations)
            .filter(|generation| generation.seals >= MAX_SEALS && held.holds(generation.class))
            .map(|generation| generation.class)
            .collect();
        if !worn.is_empty() {
            self.rotate(&worn, false, Cause::Worn, now)?;
        }
        Ok(())
    }

    fn due_and_held(&self, now: Timestamp) -> Result<Vec<SensitivityClass>> {
        let held = self.vault().held();
        let mut classes: Vec<_> = self
            .due_keys(now)?
            .into_iter()
            .map(|due| due.class)
            .filter(|class| held.class_key(*class).is_some())
            .collect();
        classes.dedup();
        Ok(classes)
    }

    /// The class keys that are to be replaced, and why.
    pub(crate) fn due_keys(&self, now: Timestamp) -> Result<Vec<DueKey>> {
        self.snapshot(|reader| {
            let connection = &reader.link.connection;
            let words = setting::plain(connection, DUE_SETTING)?;
            let generations = generation::all(connection)?;
            let max_age_days = setting::plain(connection, KEY_ROTATION_DAYS)?
                .and_then(|days| days.parse().ok())
                .map_or(MAX_AGE_DAYS, |days: i64| days.clamp(1, MAX_AGE_DAYS));
            Ok(current(&generations)
                .flat_map(|generation| due(generation, max_age_days, words.as_deref(), now))
                .collect())
        })
    }

    fn rotate(
        &self,
        classes: &[SensitivityClass],
        regrant: bool,
        cause: Cause,
        now: Timestamp,
    ) -> Result<Rotation> {
        let op = Op::new(OpKind::Configure, self.session().user.clone(), now);
        let mut rotation = Rotation::default();
        self.transact_unworn(op, |tx| {
            rotation = rotate_in(tx, classes, regrant, cause)?;
            Ok::<_, StoreError>(())
        })?;
        failpoint::step("rotation: committed");
        self.catch_up()?;
        Ok(rotation)
    }
}

/// The generation of each class that is sealed under: its newest.
fn current(generations: &[Generation]) -> impl Iterator<Item = &Generation> {
    generations.iter().filter(|one| {
        !generations
            .iter()
            .any(|other| other.class == one.class && other.number > one.number)
    })
}

/// Why a generation is to be replaced.
fn due(
    generation: &Generation,
    max_age_days: i64,
    words: Option<&str>,
    now: Timestamp,
) -> Vec<DueKey> {
    let age_ms = now
        .as_millis()
        .saturating_sub(generation.made_at.as_millis());
    [
        (age_ms >= max_age_days * DAY_MS, DueReason::Age),
        (generation.seals >= MAX_SEALS, DueReason::Seals),
        (
            words.is_some_and(|words| names(words, generation.class.as_str())),
            DueReason::LoginRemoved,
        ),
    ]
    .into_iter()
    .filter(|(is_due, _)| *is_due)
    .map(|(_, why)| DueKey {
        class: generation.class,
        why,
    })
    .collect()
}

fn split(words: &str) -> Vec<&str> {
    words
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty())
        .collect()
}

fn every_word() -> Vec<&'static str> {
    SensitivityClass::ALL
        .map(SensitivityClass::as_str)
        .into_iter()
        .chain([BLIND_WORD, STORE_WORD])
        .collect()
}

/// Whether the setting names that key; one with any other word in it names all.
pub(crate) fn names(words: &str, key: &str) -> bool {
    let (words, known) = (split(words), every_word());
    words.contains(&key) || words.iter().any(|word| !known.contains(word))
}

/// The setting once that key was replaced; `None` when nothing is left to do.
pub(crate) fn without_word(words: &str, key: &str) -> Option<String> {
    let left: Vec<_> = every_word()
        .into_iter()
        .filter(|word| *word != key && names(words, word))
        .collect();
    (!left.is_empty()).then(|| left.join(" "))
}

fn rotate_in(
    tx: &mut Tx<'_>,
    classes: &[SensitivityClass],
    regrant: bool,
    cause: Cause,
) -> Result<Rotation> {
    let (link, vault, now) = (tx.link, tx.vault, tx.op().now);
    let connection = &link.connection;
    let held = vault.held();
    let logins = identity::logins(connection)?;
    let mut file = KeyFile::read(vault.dir())?;
    let mut due_words = setting::plain(connection, DUE_SETTING)?;
    let mut rotation = Rotation::default();
    for class in classes {
        let (Some(present), Some(key)) = (held.known.generation(*class), held.class_key(*class))
        else {
            return Err(StoreError::NotPermitted {
                role: vault.session.role,
                action: Action::Read,
                class: *class,
            });
        };
        let next = next_generation(&file, *class, present)?;
        let new = random_secret()?;
        let (grants, left_out) = file.grants_of_new(
            &logins,
            &Present {
                kinds: &[
                    GrantKind::Class(*class, present),
                    GrantKind::Glass(*class, present),
                ],
                key,
            },
            &new,
            regrant,
            |rights| rights.kind(*class, next),
        )?;
        if !left_out.is_empty() && cause == Cause::Due {
            rotation.left_out.extend(left_out);
            continue;
        }
        if left_out.iter().any(|one| one.name == vault.session.user) {
            return Err(StoreError::precondition(
                "Nobody has vouched for your own login in keys.json, so you would lock yourself out. \
                 Look at the slots with `haven keys status`, then rotate with --regrant.",
            ));
        }
        rotation.left_out.extend(left_out);
        // Of a rotation that was cut off before the database named it; nothing was sealed under it.
        file.drop_grants(|kind| {
            matches!(kind, GrantKind::Class(other, number) | GrantKind::Glass(other, number)
                if other == *class && number > present)
        });
        file.grants.extend(grants);
        rotation.rotated.push(RotatedKey {
            class: *class,
            generation: next,
        });
        due_words = due_words.and_then(|words| without_word(&words, class.as_str()));
    }
    rotation.left_out.sort();
    rotation.left_out.dedup();
    if rotation.rotated.is_empty() {
        return Ok(rotation);
    }
    let blind_due = due_words
        .as_deref()
        .is_some_and(|words| names(words, BLIND_WORD));
    let blind = if blind_due && classes.contains(&SensitivityClass::Sensitive) {
        new_blind(&mut file, &held, &logins, regrant)?
    } else {
        None
    };
    failpoint::step("rotation: before keys.json");
    let mark = file.write(vault.dir(), &vault.keys.ring.audit)?;
    mark.record(connection)?;
    failpoint::step("rotation: keys.json written");
    for made in &rotation.rotated {
        generation::insert(connection, made.class, made.generation, now)?;
        tx.note(
            &format!("rotate-key:{}:{}", made.class.as_str(), made.generation),
            None,
            None,
            None,
        )?;
    }
    if let Some((generation, key)) = &blind {
        crate::reseal::blind_anew(link, vault, key)?;
        tx.note(
            &format!("rotate-key:{BLIND_WORD}:{generation}"),
            None,
            None,
            None,
        )?;
        due_words = due_words.and_then(|words| without_word(&words, BLIND_WORD));
        rotation.blind_generation = Some(*generation);
    }
    generation::next_epoch(connection, rotation.blind_generation)?;
    setting::set_plain(connection, DUE_SETTING, due_words.as_deref())?;
    failpoint::step("rotation: before commit");
    Ok(rotation)
}

/// A number that neither database nor key file has seen.
fn next_generation(file: &KeyFile, class: SensitivityClass, present: u16) -> Result<u16> {
    let granted = file.grants.iter().filter_map(|grant| match grant.kind()? {
        GrantKind::Class(other, number) | GrantKind::Glass(other, number) if other == class => {
            Some(number)
        }
        GrantKind::Class(..)
        | GrantKind::Glass(..)
        | GrantKind::Store(_)
        | GrantKind::Blind(_)
        | GrantKind::Audit
        | GrantKind::Note(_)
        | GrantKind::RecoveryWords => None,
    });
    granted
        .fold(present, u16::max)
        .checked_add(1)
        .ok_or_else(|| {
            StoreError::precondition("This key has been replaced as often as it can be.")
        })
}

/// Grants for the next blind-index key; the one before goes, as no term is left under it.
fn new_blind(
    file: &mut KeyFile,
    held: &Held,
    logins: &[crate::lobby::LobbyUser],
    regrant: bool,
) -> Result<Option<(u16, Secret)>> {
    let present = held.known.blind_generation;
    let Some(key) = held.blind_key() else {
        return Ok(None);
    };
    let granted = file.grants.iter().filter_map(|grant| match grant.kind()? {
        GrantKind::Blind(number) => Some(number),
        GrantKind::Class(..)
        | GrantKind::Glass(..)
        | GrantKind::Store(_)
        | GrantKind::Audit
        | GrantKind::Note(_)
        | GrantKind::RecoveryWords => None,
    });
    let Some(next) = granted.fold(present, u16::max).checked_add(1) else {
        return Ok(None);
    };
    let new = random_secret()?;
    let (grants, _) = file.grants_of_new(
        logins,
        &Present {
            kinds: &[GrantKind::Blind(present)],
            key,
        },
        &new,
        regrant,
        |rights| rights.finds_sensitive().then_some(GrantKind::Blind(next)),
    )?;
    // The present one stays until the database names the next; the one before that is of no use.
    file.drop_grants(|kind| matches!(kind, GrantKind::Blind(number) if number != present));
    file.grants.extend(grants);
    Ok(Some((next, new)))
}

#[cfg(test)]
mod tests;
