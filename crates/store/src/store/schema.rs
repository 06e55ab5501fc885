//! A store at a schema that is not the newest: looked at, moved, or only read.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use haven_model::{Role, Timestamp};
use serde::Serialize;

use super::lobby_keeper::LobbyKeeper;
use super::opening::ring_of;
use super::{Inner, Standing, Store};
use crate::audit::archive;
use crate::discarded::KEEPS_DISCARDED;
use crate::error::{Result, StoreError};
use crate::keys::{Hold, KeyRing, Passphrase, StoreKeys, generation};
use crate::link::{Link, Purpose};
use crate::migration::{self, Loss, SchemaStep};
use crate::reseal::spelling::LEAVES_OUT;
use crate::seal::Vault;
use crate::sums;
use crate::table::{identity, resource, tally};
use crate::turn::Turn;

/// The schema of the first Haven that kept records; below it there is no store to go back to.
const FIRST_SCHEMA: u32 = 6;

/// The schema from which on old audit entries may lie outside of the database, and in which table.
const WITH_ARCHIVE: u32 = 9;
const ARCHIVE: &str = "audit_archive";

/// What a step down takes away and the step up makes anew.
const MADE_ANEW: [&str; 5] = [
    "left_out",
    "audit_head.sums",
    "audit_head.sums_mac",
    "key_state.file_turn",
    "key_state.file_digest",
];

/// Where a store's schema stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SchemaReport {
    /// The last step applied.
    pub current: u32,
    /// The newest one that this Haven knows.
    pub newest: u32,
    /// Every step, in order.
    pub steps: Vec<SchemaStep>,
    /// What a step down took away.
    pub lost: Vec<Loss>,
}

impl Store {
    /// Where the schema of the store in `dir` stands; nothing is migrated by looking.
    ///
    /// # Errors
    /// As [`Store::unlock`]; a newer store is answered like any other.
    pub fn schema(
        dir: &Path,
        user: &str,
        passphrase: &Passphrase,
        now: Timestamp,
    ) -> Result<SchemaReport> {
        let (link, _, _) = unmigrated(dir, user, passphrase, now, Purpose::Read)?;
        report(&link, Vec::new())
    }

    /// Brings the schema to `target`, the newest when `None`. Each step is one transaction: whatever
    /// stops it, the store is at the step before or at the step after.
    ///
    /// # Errors
    /// `precondition` when a step down would take data away and `accepts_loss` is not set, naming
    /// it; `not_permitted` for a step down by anyone but an admin; `newer_store`.
    pub fn migrate_to(
        dir: &Path,
        user: &str,
        passphrase: &Passphrase,
        target: Option<u32>,
        accepts_loss: bool,
        now: Timestamp,
    ) -> Result<SchemaReport> {
        let (mut link, role, ring) = unmigrated(dir, user, passphrase, now, Purpose::Write)?;
        let target = target.unwrap_or(migration::NEWEST);
        if !(FIRST_SCHEMA..=migration::NEWEST).contains(&target) {
            return Err(StoreError::Invalid {
                what: format!(
                    "A schema between {FIRST_SCHEMA} and {} can be asked for.",
                    migration::NEWEST
                ),
            });
        }
        let current = migration::current(&link.connection)?;
        let mut lost = Vec::new();
        if target < current {
            if role != Role::Admin {
                return Err(StoreError::AdminOnly {
                    what: "take a store back to an older schema".to_owned(),
                });
            }
            lost = migration::losses(&mut link.connection, target)?;
            // Archived entries go back into the log, so nothing is lost with their table.
            lost.retain(|loss| loss.what != ARCHIVE && !MADE_ANEW.contains(&loss.what.as_str()));
            // Without these, bodies that stay could not be opened any more.
            if lost.iter().any(Loss::closes_bodies) {
                return Err(StoreError::Precondition {
                    what: format!(
                        "Bodies of this store are packed with its own dictionaries or sealed under replaced keys, which schema {target} cannot read. Export it, or restore an older backup."
                    ),
                });
            }
            if !lost.is_empty() && !accepts_loss {
                let list: Vec<String> = lost
                    .iter()
                    .map(|loss| format!("{} ({} rows)", loss.what, loss.rows))
                    .collect();
                return Err(StoreError::Precondition {
                    what: format!(
                        "Going back to schema {target} would drop {}. Make a backup, then repeat with --yes.",
                        list.join(", ")
                    ),
                });
            }
        }
        if target < KEEPS_DISCARDED && current >= KEEPS_DISCARDED {
            Self::unlock(dir, user, passphrase, now)?.forget_discarded(now)?;
        }
        if target < LEAVES_OUT && current >= LEAVES_OUT {
            Self::unlock(dir, user, passphrase, now)?.spell_out(now)?;
        }
        if target < WITH_ARCHIVE && current >= WITH_ARCHIVE {
            archive::bring_back(dir, &ring.store_id, &link, &ring.audit)?;
            crate::failpoint::step("migration: archive back");
        }
        if target < current {
            // Older steps change rows that no trigger watches.
            sums::drop_all(&link.connection)?;
        }
        migration::migrate(&mut link.connection, target, now)?;
        report(&link, lost)
    }

    /// Opens a store that a newer Haven made, for reading only: nothing of it is changed.
    ///
    /// # Errors
    /// `newer_store` when what this Haven would read is not as it knows it; else as
    /// [`Store::unlock`].
    pub fn open_newer(
        dir: &Path,
        user: &str,
        passphrase: &Passphrase,
        now: Timestamp,
    ) -> Result<Self> {
        let keys = StoreKeys {
            ring: Arc::new(ring_of(dir, user, passphrase, now, None)?),
        };
        let hold = Hold::shared(dir)?;
        let link = Link::open(dir, &keys.ring.store, Purpose::Read)?;
        let newer = StoreError::NewerStore {
            found: migration::found(&link.connection)?,
            known: migration::NEWEST,
        };
        let readable =
            identity::session(&link.connection, &keys.ring.store_id, user).and_then(|session| {
                // Refused here rather than half-way through.
                tally::counts(&link.connection)?;
                resource::by_row_id(&link, 0)?;
                Ok(session)
            });
        let Ok(session) = readable else {
            return Err(newer);
        };
        let known = generation::known(&link.connection).unwrap_or_default();
        let vault = Vault::new(dir, session, keys, known);
        vault.load_dictionaries(dir, &link).map_err(|_| newer)?;
        let (vault, writer) = (Arc::new(vault), Arc::new(Mutex::new(link)));
        let lobby = LobbyKeeper::new(dir, &vault, &writer);
        Ok(Inner {
            dir: dir.to_owned(),
            vault,
            writer,
            turn: Turn::at(dir),
            lobby,
            readers: Mutex::new(Vec::new()),
            listeners: RwLock::new(Vec::new()),
            unrecorded: Mutex::new(Vec::new()),
            standing: Standing::Inspected,
            suspicions: Vec::new(),
            notices: Vec::new(),
            keychain: OnceLock::new(),
            passphrase_at: None,
            _hold: Some(hold),
        }
        .into_store())
    }
}

fn report(link: &Link, lost: Vec<Loss>) -> Result<SchemaReport> {
    Ok(SchemaReport {
        current: migration::found(&link.connection)?,
        newest: migration::NEWEST,
        steps: migration::steps(&link.connection)?,
        lost,
    })
}

/// The database as it stands, and the role of whoever opened it.
fn unmigrated(
    dir: &Path,
    user: &str,
    passphrase: &Passphrase,
    now: Timestamp,
    purpose: Purpose,
) -> Result<(Link, Role, KeyRing)> {
    let ring = ring_of(dir, user, passphrase, now, None)?;
    let link = Link::open(dir, &ring.store, purpose)?;
    let session = identity::session(&link.connection, &ring.store_id, user)?;
    Ok((link, session.role, ring))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KdfParams;
    use crate::op::{Op, OpKind};
    use crate::store::InitOptions;
    use haven_model::{Resource, ResourceKey};

    const NOW: Timestamp = Timestamp(1_795_442_700_000);

    #[test]
    fn case_23_a_newer_store_is_refused_and_its_records_can_still_be_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let passphrase = || Passphrase::new("four random words together".to_owned());
        let options = InitOptions {
            user: "amina".to_owned(),
            display_name: "Amina".to_owned(),
            role: Role::Admin,
            clinic: "Riverside".to_owned(),
            device_name: "Laptop".to_owned(),
            device_id: None,
            kdf: KdfParams::default(),
        };
        let body = br#"{"resourceType":"Basic","id":"b1"}"#;
        {
            let store = Store::init(dir.path(), &options, &passphrase(), NOW).expect("made");
            store
                .transact(Op::new(OpKind::Edit, "amina", NOW), |tx| {
                    tx.edit(Resource::parse(body).expect("valid"))
                })
                .expect("kept");
            store
                .writer()
                .connection
                .execute(
                    "INSERT INTO schema_migration VALUES (999, 'later', 'x', 0)",
                    [],
                )
                .expect("a newer Haven was here");
        }
        let refused = Store::unlock(dir.path(), "amina", &passphrase(), NOW).expect_err("refuses");
        assert_eq!(refused.code().as_str(), "newer_store");
        let shown = Store::schema(dir.path(), "amina", &passphrase(), NOW).expect("looks");
        assert_eq!(shown.current, 999);
        assert!(shown.steps.iter().any(|step| !step.known));
        let store = Store::open_newer(dir.path(), "amina", &passphrase(), NOW).expect("reads");
        let mut bodies = Vec::new();
        store
            .for_each(None, |stored| -> Result<()> {
                bodies.extend(stored.resource.map(|resource| resource.bytes().to_vec()));
                Ok(())
            })
            .expect("reads on");
        assert_eq!(bodies, [body.to_vec()]);
        let key = ResourceKey::new("Basic", "b1").expect("a key");
        store
            .transact(Op::new(OpKind::Edit, "amina", NOW), |tx| tx.delete(&key))
            .expect_err("nothing of a newer store is changed");
    }
}
