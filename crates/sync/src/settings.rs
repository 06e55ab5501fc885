//! The names under which the store keeps what sync must remember.

use std::collections::BTreeMap;

use haven_model::wire::{EnrolResponse, Person};
use haven_store::{Op, OpKind, Result, Store};

use crate::first::FirstSync;
use crate::pace::Pace;
use crate::remote::{HubSettings, PlainServer, Realm, Tokens, plain_setting};

/// The hub's address.
pub const HUB_URL: &str = "hub.url";
/// The hub's own id.
pub const HUB_ID: &str = "hub.id";
/// Access and refresh token, as JSON.
pub const TOKENS: &str = "hub.tokens";
/// Where the next pull starts; opaque.
pub const CURSOR: &str = "sync.cursor";
/// The hub's epoch when the cursor was last good.
pub const EPOCH: &str = "sync.epoch";
/// Present while everything is read again after the hub lost its place: holds the new epoch.
pub const REOFFERING: &str = "sync.reoffering";
/// The types that are taken in, set apart by blanks; absent for all of them.
pub const PULLED_TYPES: &str = "sync.pulled_types";
/// How far the first sync has come, as JSON.
pub const FIRST_SYNC: &str = "sync.first";
/// The user's own patients while the first sync runs, as a JSON list of ids.
pub const OWN_PATIENTS: &str = "sync.own_patients";
/// By how many milliseconds this computer's clock was ahead of the server's when last measured.
pub const CLOCK_SKEW_MS: &str = "sync.clock_skew_ms";
/// When charts were last compared with the server, in milliseconds since the epoch.
pub const COMPARED_AT: &str = "sync.compared_at";
/// The number of the chart that was compared last.
pub const COMPARED_TO: &str = "sync.compared_to";
/// When a page was last received, RFC 3339.
pub const LAST_RECEIVED: &str = "sync.last_received";
/// The server's time up to which its changes are here, RFC 3339.
pub const DATA_AS_OF: &str = "sync.data_as_of";
/// When changes were last acknowledged, RFC 3339.
pub const LAST_SENT: &str = "sync.last_sent";
/// Who the users of other devices are, by login name, as JSON.
pub const PEOPLE: &str = "hub.people";
/// The plain FHIR servers, by name, as JSON.
pub const PLAIN_SERVERS: &str = "fhir.servers";

/// The settings in which a sync keeps where it stands with one server.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub cursor: String,
    /// The types that are taken in, set apart by blanks; absent for all of them.
    pub pulled_types: String,
    pub epoch: String,
    pub reoffering: String,
    pub last_received: String,
    pub data_as_of: String,
    pub last_sent: String,
    /// What the last sweeps found.
    pub swept: String,
}

impl Names {
    /// Those of a server. Where it is the only one, its times are the store's.
    pub(crate) fn of(realm: &Realm) -> Self {
        let Some(name) = &realm.name else {
            return Self {
                cursor: CURSOR.to_owned(),
                pulled_types: PULLED_TYPES.to_owned(),
                epoch: EPOCH.to_owned(),
                reoffering: REOFFERING.to_owned(),
                last_received: LAST_RECEIVED.to_owned(),
                data_as_of: DATA_AS_OF.to_owned(),
                last_sent: LAST_SENT.to_owned(),
                swept: "sync.swept".to_owned(),
            };
        };
        let own = |what: &str| plain_setting(name, what);
        let time = |what: &str, of_store: &str| {
            if realm.takes_unclaimed {
                of_store.to_owned()
            } else {
                own(what)
            }
        };
        Self {
            cursor: own("cursor"),
            pulled_types: own("pulled_types"),
            epoch: own("epoch"),
            reoffering: own("reoffering"),
            last_received: time("last_received", LAST_RECEIVED),
            data_as_of: time("data_as_of", DATA_AS_OF),
            last_sent: time("last_sent", LAST_SENT),
            swept: own("swept"),
        }
    }
}

/// Up to where the hub's changes to escalated conflicts are here; see [`conflicts_seq`].
const CONFLICTS_SEQ: &str = "conflicts.seq";
/// The resource types at which the clinic asks for a second person, as a JSON list.
pub const SECOND_REVIEWER: &str = "conflicts.second_reviewer";
/// An open conflict is put before the clinic after this many hours; 0 for at the next sync.
pub const ESCALATE_AFTER_HOURS: &str = "conflicts.escalate_after_hours";

/// What [`ESCALATE_AFTER_HOURS`] is where nobody has set it.
pub const ESCALATE_AFTER_HOURS_DEFAULT: u32 = 72;

/// The setting that holds up to where the hub's changes to escalated conflicts are here: for each user,
/// as people of different roles hear of different ones.
#[must_use]
pub fn conflicts_seq(store: &Store) -> String {
    format!("{CONFLICTS_SEQ}@{}", store.session().user)
}

/// After how many hours an open conflict is put before the clinic.
///
/// # Errors
/// Those of the store.
pub fn escalate_after_hours(store: &Store) -> Result<u32> {
    Ok(store
        .setting(ESCALATE_AFTER_HOURS)?
        .and_then(|text| text.parse().ok())
        .unwrap_or(ESCALATE_AFTER_HOURS_DEFAULT))
}

/// The resource types at which the clinic asks for a second person.
///
/// # Errors
/// Those of the store.
pub fn second_reviewer(store: &Store) -> Result<Vec<String>> {
    Ok(store
        .setting(SECOND_REVIEWER)?
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// Everyone that the hub has told of.
///
/// # Errors
/// Those of the store.
pub fn people(store: &Store) -> Result<BTreeMap<String, Person>> {
    Ok(store
        .setting(PEOPLE)?
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// How far the first sync has come; `None` before it, and for stores that were filled before Haven
/// kept that.
///
/// # Errors
/// Those of the store.
pub fn first_sync(store: &Store) -> Result<Option<FirstSync>> {
    Ok(store
        .setting(FIRST_SYNC)?
        .and_then(|text| serde_json::from_str(&text).ok()))
}

/// The user's own patients while the first sync runs.
///
/// # Errors
/// Those of the store.
pub fn own_patients(store: &Store) -> Result<Vec<String>> {
    Ok(store
        .setting(OWN_PATIENTS)?
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// Whether everything that the store's own server has of a patient's chart is on this device, as far as
/// this device can know; a store without a server has all there is.
///
/// # Errors
/// Those of the store.
pub fn chart_is_complete(store: &Store, patient: &str) -> Result<bool> {
    if store.is_thinned(patient)? {
        return Ok(false);
    }
    if let Some(first) = first_sync(store)? {
        return Ok(first.covers(patient, &own_patients(store)?));
    }
    if store.setting(HUB_URL)?.is_some() {
        return Ok(store.setting(CURSOR)?.is_some());
    }
    match PlainServer::all(store)?.first() {
        Some(own) => Ok(own.first_sync(store)?.covers(patient)),
        None => Ok(true),
    }
}

/// By how many milliseconds this computer's clock was ahead of the server's; `None` before it was
/// measured. Shown to people, never used for order.
///
/// # Errors
/// Those of the store.
pub fn clock_skew_ms(store: &Store) -> Result<Option<i64>> {
    Ok(store
        .setting(CLOCK_SKEW_MS)?
        .and_then(|text| text.parse().ok()))
}

/// The text under which a first sync is kept.
pub(crate) fn text_of(first: &FirstSync) -> String {
    serde_json::to_string(first).unwrap_or_default()
}

/// Keeps what an enrolment answered, so that [`hub_settings`] finds it.
///
/// # Errors
/// Those of the store.
pub fn remember_enrolment(
    store: &Store,
    url: &str,
    response: &EnrolResponse,
    pace: &dyn Pace,
) -> Result<()> {
    let now = pace.now();
    let tokens = Tokens::received(&response.tokens, now.as_millis());
    let tokens = serde_json::to_string(&tokens).unwrap_or_default();
    store
        .transact(
            Op::new(OpKind::Configure, response.user.clone(), now),
            |tx| {
                tx.set_setting(HUB_URL, Some(url.trim_end_matches('/')))?;
                tx.set_setting(HUB_ID, Some(&response.hub_id))?;
                tx.set_setting(TOKENS, Some(&tokens))
            },
        )
        .map(|_| ())
}

/// The hub that this store is enrolled at; `None` for a store of one's own.
///
/// # Errors
/// Those of the store.
pub fn hub_settings(store: &Store) -> Result<Option<HubSettings>> {
    let (Some(url), Some(hub_id)) = (store.setting(HUB_URL)?, store.setting(HUB_ID)?) else {
        return Ok(None);
    };
    let session = store.session();
    Ok(Some(HubSettings {
        url,
        hub_id,
        device_id: session.device_id.clone(),
        device_name: session.device_name.clone(),
    }))
}
