//! The floor that `haven bench` measures against: the store's own tables, rows and indexes in plain
//! SQLite. No page is encrypted, no body packed or sealed, no audit entry hashed; nothing of it is
//! ever part of a store, and what it writes is readable by anyone.

use std::path::Path;
use std::sync::Arc;

use haven_model::{
    Operation, Resource, Role, SensitivityClass, SyncStatus, Timestamp, VectorClock,
};
use rusqlite::{Connection, named_params};

use crate::error::Result;
use crate::facts::Facts;
use crate::keys::{Known, Secret, StoreKeys, new_ring};
use crate::link::Link;
use crate::migration;
use crate::seal::{Codec, Place, Vault};
use crate::session::Session;
use crate::store::Store;
use crate::table::code::IdIn;
use crate::table::compartment::Compartments;
use crate::table::left_out::LeftOut;
use crate::table::outbox::Waiting;
use crate::table::resource::Row;
use crate::table::tally::Tally;
use crate::table::word::Words;
use crate::table::{outbox, patient_entry, resource, search_date, term};

const DEVICE: &str = "floor";

/// One row of the plain patient list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainPatient {
    /// The Patient's bytes.
    pub body: Vec<u8>,
    /// Start of the latest encounter.
    pub last_seen: Option<String>,
    /// Resources of the chart not at the server.
    pub unsynced: u32,
    /// When anything of the chart last came from or reached the server.
    pub last_synced: Option<i64>,
}

/// A database of the store's tables in plain SQLite.
pub struct Floor {
    link: Link,
    /// For the terms of sensitive resources, which are digests on both sides.
    vault: Vault,
    now: Timestamp,
}

impl Floor {
    /// Makes `plain.db` in `dir`.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(dir: &Path, now: Timestamp) -> Result<Self> {
        let mut connection = Connection::open(dir.join("plain.db"))?;
        connection.execute_batch(include_str!("floor/settings.sql"))?;
        connection.set_prepared_statement_cache_capacity(128);
        migration::migrate(&mut connection, migration::NEWEST, now)?;
        let ring = new_ring(DEVICE, DEVICE, Secret::default())?;
        let session = Session {
            user: DEVICE.to_owned(),
            display_name: String::new(),
            role: Role::Admin,
            device_id: DEVICE.to_owned(),
            device_name: String::new(),
            clinic: String::new(),
            store_id: DEVICE.to_owned(),
        };
        let keys = StoreKeys {
            ring: Arc::new(ring),
        };
        Ok(Self {
            link: Link {
                connection,
                codec: Codec::new()?,
                words: Words::default(),
                compartments: Compartments::default(),
                left_out: LeftOut::default(),
                sums: crate::sums::Sums::default(),
            },
            vault: Vault::new(dir, session, keys, Known::default()),
            now,
        })
    }

    /// Adds new resources in one durable transaction; `waits` puts each into the outbox.
    ///
    /// # Errors
    /// When one is there already, or the file cannot be written.
    pub fn add<'r>(
        &self,
        resources: impl IntoIterator<Item = &'r Resource>,
        waits: bool,
    ) -> Result<()> {
        let transaction = self.link.connection.unchecked_transaction()?;
        let mut tally = Tally::default();
        for resource in resources {
            let row = self.insert(resource, waits)?;
            tally.add(&row);
        }
        tally.flush(&self.link.connection)?;
        transaction.commit()?;
        Ok(())
    }

    fn insert(&self, resource: &Resource, waits: bool) -> Result<Row> {
        let (link, vault) = (&self.link, &self.vault);
        let facts = Facts::of(resource)?;
        let word = |text: &str| link.words.intern(&link.connection, text);
        let patient_no = facts
            .patient
            .as_deref()
            .map(|patient| link.compartments.intern(&link.connection, patient))
            .transpose()?;
        let clock = VectorClock::new().tick(DEVICE);
        let mut row = Row {
            row_id: 0,
            key: resource.key().clone(),
            patient: None,
            patient_no,
            class: facts.class,
            version: 1,
            server_version: (!waits).then(|| "1".to_owned()),
            clock: link.words.pack_clock(&link.connection, &clock)?,
            ticks: 1,
            last_modified: self.now,
            device_no: word(DEVICE)?,
            author_no: Some(word(DEVICE)?),
            status: if waits {
                SyncStatus::Pending
            } else {
                SyncStatus::Synced
            },
            deleted_at: None,
            deleted_by_no: None,
            seen_at: facts.seen_at.clone(),
            last_accessed: None,
            body: resource.bytes().to_vec(),
        };
        row.row_id = resource::insert(link, &row)?;
        let terms = Some((facts.class, &facts.terms));
        term::replace(link, vault, row.row_id, None, terms)?;
        let resource_type = &row.key.resource_type;
        search_date::replace(link, resource_type, row.row_id, None, Some(&facts))?;
        if let (Some(listing), Some(number)) = (&facts.listing, patient_no) {
            let connection = &link.connection;
            patient_entry::put(connection, row.row_id, number, facts.class, listing)?;
        }
        if waits {
            let waiting = Waiting::fresh(row.row_id, Operation::Create, self.now);
            outbox::add(link, row.row_id.unsigned_abs(), &waiting)?;
        }
        link.connection
            .prepare_cached(include_str!("table/audit/insert.sql"))?
            .execute(named_params! {
                ":seq": None::<i64>,
                ":at": self.now.as_millis(),
                ":actor_no": word(DEVICE)?,
                ":device_no": word(DEVICE)?,
                ":action_no": word("create")?,
                ":type_no": word(&row.key.resource_type)?,
                ":id": IdIn(&row.key.id),
                ":version": 1,
                ":digest": None::<Vec<u8>>,
                ":mac": [0u8; 0].as_slice(),
            })?;
        Ok(row)
    }

    /// A page of the patient list in order of name, and how many match; `prefix` is folded.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn patients(&self, prefix: &str, limit: u32) -> Result<(Vec<PlainPatient>, u64)> {
        let (count, page) = if prefix.is_empty() {
            (
                include_str!("floor/count.sql"),
                include_str!("floor/page.sql"),
            )
        } else {
            let named = include_str!("floor/named.sql");
            (include_str!("floor/named_count.sql"), named)
        };
        let until = format!("{prefix}\u{10ffff}");
        let range = [(":from", prefix), (":until", until.as_str())];
        let range = if prefix.is_empty() {
            &[][..]
        } else {
            &range[..]
        };
        let bind: Vec<(&str, &dyn rusqlite::ToSql)> = range
            .iter()
            .map(|(name, text)| (*name, text as &dyn rusqlite::ToSql))
            .collect();
        let total: i64 = self
            .link
            .connection
            .prepare_cached(count)?
            .query_row(bind.as_slice(), |row| row.get("n"))?;
        let mut statement = self.link.connection.prepare_cached(page)?;
        let limited: Vec<(&str, &dyn rusqlite::ToSql)> = bind
            .into_iter()
            .chain([(":limit", &limit as &dyn rusqlite::ToSql)])
            .collect();
        let rows = statement.query_map(limited.as_slice(), |row| {
            Ok(PlainPatient {
                body: row.get("body")?,
                last_seen: row.get("last_seen")?,
                unsynced: row.get("unsynced")?,
                last_synced: row.get("last_synced")?,
            })
        })?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok((rows, u64::try_from(total).unwrap_or(0)))
    }

    /// The bodies of one chart.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn chart(&self, patient: &str) -> Result<Vec<Vec<u8>>> {
        let mut statement = self
            .link
            .connection
            .prepare_cached(include_str!("floor/chart.sql"))?;
        let bodies = statement.query_map(named_params! {":patient": IdIn(patient)}, |row| {
            row.get("body")
        })?;
        Ok(bodies.collect::<rusqlite::Result<Vec<_>>>()?)
    }

    /// The size of the database.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn size_bytes(&self) -> Result<u64> {
        let bytes: i64 =
            self.link
                .connection
                .query_row(include_str!("floor/size.sql"), [], |row| row.get("bytes"))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}

/// Seals a resource as a store would and hands the sealed body over, for timing it alone.
///
/// # Errors
/// As any write.
pub fn seal_once(store: &Store, resource: &Resource) -> Result<Vec<u8>> {
    let patient = Facts::of(resource)?.patient;
    store.with_writer(|link, vault| {
        link.seal_row(
            vault,
            &timed_place(resource),
            patient.as_deref(),
            resource.bytes(),
        )
    })
}

/// Opens what [`seal_once`] sealed.
///
/// # Errors
/// As any read.
pub fn open_once(store: &Store, resource: &Resource, sealed: &[u8]) -> Result<Vec<u8>> {
    store.with_writer(|link, vault| link.open_row(vault, &timed_place(resource), sealed))
}

fn timed_place(resource: &Resource) -> Place<'_> {
    Place {
        part: "row",
        class: SensitivityClass::Clinical,
        key: resource.key(),
        version: 1,
        deleted: false,
    }
}
