//! The plain FHIR servers that a store knows, and what it keeps of each.

use std::collections::BTreeMap;

use haven_model::Timestamp;
use haven_store::{Op, OpKind, Result, Store};
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::cursor::FirstSync;
use super::profile::Profile;
use crate::settings;

/// The setting of one server that holds `what`.
pub(crate) fn setting(name: &str, what: &str) -> String {
    format!("fhir.{name}.{what}")
}

/// What is kept of a server under names of its own.
const KEPT: [&str; 11] = [
    "access",
    "granted",
    "profile",
    "cursor",
    "pulled_types",
    "epoch",
    "swept",
    "reoffering",
    "last_received",
    "data_as_of",
    "last_sent",
];

/// A plain FHIR server, as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainServer {
    /// The name that the store knows it by.
    #[serde(skip)]
    pub name: String,
    /// Its base address.
    pub url: String,
    /// When it was added, RFC 3339.
    pub added_at: String,
    /// The types that are exchanged with it; `None` for all that Haven shows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub types: Option<Vec<String>>,
}

impl PlainServer {
    /// Every server that the store knows, the first added first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn all(store: &Store) -> Result<Vec<Self>> {
        let mut servers: Vec<Self> = read(store)?
            .into_iter()
            .map(|(name, server)| Self { name, ..server })
            .collect();
        servers.sort_by(|left, right| {
            (&left.added_at, &left.name).cmp(&(&right.added_at, &right.name))
        });
        Ok(servers)
    }

    /// Keeps a server and how to get in, in one transaction.
    ///
    /// # Errors
    /// Those of the store.
    pub fn keep(&self, store: &Store, access: &Access, actor: &str, now: Timestamp) -> Result<()> {
        let mut all = read(store)?;
        all.insert(self.name.clone(), self.clone());
        let (all, access) = (json(&all), json(access));
        store
            .transact(Op::new(OpKind::Configure, actor, now), |tx| {
                tx.set_setting(settings::PLAIN_SERVERS, Some(&all))?;
                tx.set_setting(&setting(&self.name, "access"), Some(&access))
            })
            .map(|_| ())
    }

    /// Forgets the server, how to get in and where this store stood with it; the records stay.
    ///
    /// # Errors
    /// Those of the store.
    pub fn forget(&self, store: &Store, actor: &str, now: Timestamp) -> Result<()> {
        let mut all = read(store)?;
        all.remove(&self.name);
        let all = (!all.is_empty()).then(|| json(&all));
        store
            .transact(Op::new(OpKind::Configure, actor, now), |tx| {
                tx.set_setting(settings::PLAIN_SERVERS, all.as_deref())?;
                for what in KEPT {
                    tx.set_setting(&setting(&self.name, what), None)?;
                }
                Ok::<_, haven_store::StoreError>(())
            })
            .map(|_| ())
    }

    /// How to get in.
    ///
    /// # Errors
    /// Those of the store.
    pub fn access(&self, store: &Store) -> Result<Access> {
        Ok(store
            .setting(&setting(&self.name, "access"))?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or(Access::Open))
    }

    /// How far the first sync with it has come.
    ///
    /// # Errors
    /// Those of the store.
    pub fn first_sync(&self, store: &Store) -> Result<FirstSync> {
        let cursor = store.setting(&setting(&self.name, "cursor"))?;
        let here = store.snapshot(|reader| reader.counts_there(&self.name))?;
        Ok(FirstSync::of(cursor.as_deref(), &here))
    }

    /// What is known of it; `None` before the first contact.
    ///
    /// # Errors
    /// Those of the store.
    pub fn profile(&self, store: &Store) -> Result<Option<Profile>> {
        Ok(store
            .setting(&setting(&self.name, "profile"))?
            .and_then(|text| serde_json::from_str(&text).ok()))
    }
}

fn read(store: &Store) -> Result<BTreeMap<String, PlainServer>> {
    Ok(store
        .setting(settings::PLAIN_SERVERS)?
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
