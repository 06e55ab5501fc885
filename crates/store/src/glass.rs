//! Breaking the glass: one patient's sensitive records, for an hour, with a reason that is reviewed.
//!
//! Whoever may do it was granted the class key beforehand, in a grant that an ordinary session leaves
//! closed. That grant can be opened outside Haven by its owner: the promise is that Haven opens it only
//! after the audit entry is on disk, not that it could not be opened otherwise.

mod ending;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead, Payload};
use haven_model::{Action, ResourceKey, Role, SensitivityClass, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};
use serde::{Deserialize, Serialize};

use crate::binding::length_prefixed;
use crate::error::{Result, StoreError};
use crate::failpoint;
use crate::keys::{Grant, GrantKind, HeldCipher, KeyFile, Secret, fill_random, random_secret};
use crate::op::{Op, OpKind};
use crate::reader::Reader;
use crate::seal::{Vault, body_cipher};
use crate::store::Store;
use crate::table::code::class_code;
use crate::table::{compartment, identity, resource};
use crate::tx::Tx;

pub use ending::UntoldGlass;
pub(crate) use ending::close_ended;

/// How long the glass stays broken.
const WINDOW_MS: i64 = 60 * 60 * 1000;

/// The class that it is broken for.
const CLASS: SensitivityClass = SensitivityClass::Sensitive;

/// One patient, open for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GlassWindow {
    /// The patient's id.
    pub patient: String,
    /// Until when.
    pub until: Timestamp,
}

/// One breaking of the glass, for those who review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GlassOpening {
    /// Which one, from 1.
    pub seq: u64,
    /// Who.
    pub actor: String,
    /// The patient's id.
    pub patient: String,
    /// From when.
    pub opened_at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When it was ended by hand.
    pub ended_at: Option<Timestamp>,
    /// Why; `None` for those who do not review.
    pub reason: Option<String>,
}

/// What a session has open behind the glass.
#[derive(Default)]
pub(crate) struct Pane(RwLock<Option<Opened>>);

struct Opened {
    window: GlassWindow,
    /// Reading takes no time from its caller; this process's own clock ends the window there.
    deadline: Instant,
    ciphers: Vec<Arc<HeldCipher>>,
}

impl Pane {
    fn with<T>(&self, use_it: impl FnOnce(&Opened) -> Option<T>) -> Option<T> {
        let opened = self.0.read().unwrap_or_else(PoisonError::into_inner);
        opened
            .as_ref()
            .filter(|opened| Instant::now() < opened.deadline)
            .and_then(use_it)
    }

    /// Whether `class` is open in the chart of `patient`.
    pub(crate) fn opens(&self, class: SensitivityClass, patient: Option<&str>) -> bool {
        class == CLASS && patient.is_some() && self.patient().as_deref() == patient
    }

    /// The patient it is open for.
    pub(crate) fn patient(&self) -> Option<String> {
        self.with(|opened| Some(opened.window.patient.clone()))
    }

    pub(crate) fn cipher(
        &self,
        class: SensitivityClass,
        generation: Option<u16>,
    ) -> Option<Arc<HeldCipher>> {
        self.with(|opened| {
            opened
                .ciphers
                .iter()
                .find(|held| held.class == class && Some(held.generation) == generation)
                .cloned()
        })
    }

    fn window(&self) -> Option<GlassWindow> {
        self.with(|opened| Some(opened.window.clone()))
    }

    /// Wipes the keys once the window is over.
    pub(crate) fn expire(&self, now: Timestamp) {
        let over = |opened: &Opened| opened.window.until <= now;
        let is_over = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(over);
        if is_over {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Wipes the keys.
    fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn set(&self, opened: Opened) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    }
}

impl Store {
    /// Opens the sensitive records of one patient to this session for 60 minutes, and to every later
    /// session of this login until then. The audit entry is on disk before any key is opened.
    ///
    /// # Errors
    /// `not_permitted` for a role that may not; `invalid` without a reason; `not_found` without such a
    /// patient here.
    pub fn break_glass(&self, patient: &str, reason: &str, now: Timestamp) -> Result<GlassWindow> {
        let session = self.session();
        if !session.role.may_break_glass(CLASS) {
            return Err(StoreError::NotPermitted {
                role: session.role,
                action: Action::Read,
                class: CLASS,
            });
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(StoreError::invalid("Breaking the glass needs a reason."));
        }
        let key = ResourceKey::new("Patient", patient)?;
        let window = GlassWindow {
            patient: patient.to_owned(),
            until: Timestamp(now.as_millis().saturating_add(WINDOW_MS)),
        };
        let op = Op::new(OpKind::Read, session.user.clone(), now);
        self.transact(op, |tx| -> Result<()> {
            let known = compartment::find(&tx.link.connection, patient)?.is_some()
                || resource::by_key(tx.link, &key)?.is_some();
            if !known {
                return Err(StoreError::not_found("Patient"));
            }
            note_opening(tx, &window, reason)?;
            tx.note("break-glass", Some(&key), None, None)
        })?;
        failpoint::step("glass: noted");
        open_window(self.vault(), window.clone(), now)?;
        Ok(window)
    }

    /// The patient whose sensitive records are open to this session beyond its role, if any.
    #[must_use]
    pub fn glass(&self) -> Option<GlassWindow> {
        self.vault().glass.window()
    }

    /// Whether the chart of `patient` holds records that this session does not read and could after
    /// breaking the glass.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has_behind_glass(&self, patient: &str) -> Result<bool> {
        let vault = self.vault();
        if !vault.session.role.may_break_glass(CLASS) || vault.reads_of(CLASS, Some(patient)) {
            return Ok(false);
        }
        self.snapshot(|reader| {
            let connection = &reader.link.connection;
            let Some(number) = compartment::find(connection, patient)? else {
                return Ok(false);
            };
            Ok(connection
                .prepare_cached(include_str!("glass/behind.sql"))?
                .exists(named_params! {":patient_no": number, ":class": class_code(CLASS)})?)
        })
    }

    /// Every breaking of the glass, newest first: all of them for those who review, else one's own.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn glass_openings(&self) -> Result<Vec<GlassOpening>> {
        self.snapshot(openings)
    }
}

/// Opens what an earlier session of this login has broken the glass for, while it lasts.
pub(crate) fn resume(connection: &Connection, vault: &Vault, now: Timestamp) -> Result<()> {
    let is_kept = vault.held().known.epoch > 0;
    if !is_kept || !vault.session.role.may_break_glass(CLASS) || !ending::are_kept(connection)? {
        return Ok(());
    }
    let window = connection
        .query_row(
            include_str!("glass/active.sql"),
            named_params! {":actor": vault.session.user, ":now": now.as_millis()},
            |row| {
                Ok(GlassWindow {
                    patient: row.get("patient")?,
                    until: Timestamp(row.get("until")?),
                })
            },
        )
        .optional()?;
    match window {
        Some(window) => open_window(vault, window, now),
        None => Ok(()),
    }
}

fn open_window(vault: &Vault, window: GlassWindow, now: Timestamp) -> Result<()> {
    let ring = &vault.keys.ring;
    let file = KeyFile::read(vault.dir())?;
    let mut ciphers = Vec::new();
    for grant in file.grants.iter().filter(|one| one.recipient == ring.user) {
        // A grant of the class itself is from before the role was told apart.
        if let Some(GrantKind::Glass(class, generation) | GrantKind::Class(class, generation)) =
            grant.kind()
            && class == CLASS
        {
            let (_, key) = grant.open(&ring.store_id, &ring.private_key)?;
            ciphers.push(Arc::new(HeldCipher {
                class,
                generation,
                cipher: body_cipher(&key, &ring.store_id),
            }));
        }
    }
    let left_ms = window.until.as_millis().saturating_sub(now.as_millis());
    let left_ms = u64::try_from(left_ms).unwrap_or(0);
    vault.glass.set(Opened {
        window,
        deadline: Instant::now() + Duration::from_millis(left_ms),
        ciphers,
    });
    Ok(())
}

/// The reason, sealed to those who review and to the one who gave it.
#[derive(Serialize, Deserialize)]
struct SealedReason {
    grants: Vec<Grant>,
    #[serde(with = "hex::serde")]
    nonce: [u8; 12],
    #[serde(with = "hex::serde")]
    ct: Vec<u8>,
}

fn bound(store_id: &str, seq: u64, actor: &str, patient: &str) -> Vec<u8> {
    length_prefixed(&[
        b"HVGLASS1",
        store_id.as_bytes(),
        &seq.to_be_bytes(),
        actor.as_bytes(),
        patient.as_bytes(),
    ])
}

fn reviews(role: Role) -> bool {
    role.permits(Action::Read, SensitivityClass::Admin)
}

fn note_opening(tx: &Tx<'_>, window: &GlassWindow, reason: &str) -> Result<()> {
    let (link, vault) = (tx.link, tx.vault);
    let ring = &vault.keys.ring;
    let last: i64 = link
        .connection
        .query_row(include_str!("glass/last.sql"), [], |row| row.get("seq"))?;
    let seq = u64::try_from(last)
        .unwrap_or(0)
        .checked_add(1)
        .ok_or_else(|| StoreError::integrity("the glass was broken too often to be true"))?;
    let file = KeyFile::read(vault.dir())?;
    let logins = identity::logins(&link.connection)?;
    let key: Secret = random_secret()?;
    let mut grants = Vec::new();
    for recipient in file.recipients(&logins) {
        let reads = recipient.rights.reviews(reviews) || recipient.name == ring.user;
        if reads {
            grants.push(Grant::seal(
                &ring.store_id,
                recipient.name,
                recipient.public_key,
                GrantKind::Note(seq),
                &key,
            )?);
        }
    }
    let mut nonce = [0u8; 12];
    fill_random(&mut nonce)?;
    let ct = body_cipher(&key, &ring.store_id)
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: reason.as_bytes(),
                aad: &bound(&ring.store_id, seq, &ring.user, &window.patient),
            },
        )
        .map_err(|_| StoreError::invalid("The reason is too long."))?;
    let sealed = serde_json::to_vec(&SealedReason { grants, nonce, ct })
        .map_err(|_| StoreError::invalid("The reason cannot be kept."))?;
    link.connection.execute(
        include_str!("glass/insert.sql"),
        named_params! {":seq": i64::try_from(seq).unwrap_or(i64::MAX), ":actor": ring.user,
        ":patient": window.patient, ":opened_at": tx.op().now.as_millis(),
        ":until": window.until.as_millis(), ":reason": sealed},
    )?;
    Ok(())
}

fn openings(reader: &Reader<'_>) -> Result<Vec<GlassOpening>> {
    let vault = reader.vault;
    let all = reviews(vault.session.role);
    let mut statement = reader
        .link
        .connection
        .prepare_cached(include_str!("glass/list.sql"))?;
    let mut rows = statement.query(named_params! {":actor": vault.session.user, ":all": all})?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let seq = u64::try_from(row.get::<_, i64>("seq")?).unwrap_or(0);
        let (actor, patient): (String, String) = (row.get("actor")?, row.get("patient")?);
        let sealed: Vec<u8> = row.get("reason")?;
        found.push(GlassOpening {
            reason: opened_reason(vault, seq, &actor, &patient, &sealed)?,
            seq,
            actor,
            patient,
            opened_at: Timestamp(row.get("opened_at")?),
            until: Timestamp(row.get("until")?),
            ended_at: row.get::<_, Option<i64>>("ended_at")?.map(Timestamp),
        });
    }
    Ok(found)
}

fn opened_reason(
    vault: &Vault,
    seq: u64,
    actor: &str,
    patient: &str,
    sealed: &[u8],
) -> Result<Option<String>> {
    let ring = &vault.keys.ring;
    let altered = || StoreError::integrity("the reason of a broken glass was altered");
    let sealed: SealedReason = serde_json::from_slice(sealed).map_err(|_| altered())?;
    let Some(grant) = sealed.grants.iter().find(|one| one.recipient == ring.user) else {
        return Ok(None);
    };
    let (kind, key) = grant.open(&ring.store_id, &ring.private_key)?;
    if kind != GrantKind::Note(seq) {
        return Err(altered());
    }
    let reason = body_cipher(&key, &ring.store_id)
        .decrypt(
            &Nonce::from(sealed.nonce),
            Payload {
                msg: &sealed.ct,
                aad: &bound(&ring.store_id, seq, actor, patient),
            },
        )
        .map_err(|_| altered())?;
    String::from_utf8(reason).map(Some).map_err(|_| altered())
}
