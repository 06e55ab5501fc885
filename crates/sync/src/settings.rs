//! The names under which the store keeps what sync must remember.

use std::collections::BTreeMap;

use haven_model::wire::{EnrolResponse, Person};
use haven_store::{Op, OpKind, Result, Store};

use crate::first::FirstSync;
use crate::pace::Pace;
use crate::remote::HubSettings;
use crate::remote::Tokens;

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

/// Whether everything that the server has of a patient's chart is on this device, as far as this
/// device can know; a store of one's own has all there is.
///
/// # Errors
/// Those of the store.
pub fn chart_is_complete(store: &Store, patient: &str) -> Result<bool> {
    if store.is_thinned(patient)? {
        return Ok(false);
    }
    match first_sync(store)? {
        Some(first) => Ok(first.covers(patient, &own_patients(store)?)),
        None => Ok(store.setting(HUB_URL)?.is_none() || store.setting(CURSOR)?.is_some()),
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
