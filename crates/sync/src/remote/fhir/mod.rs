//! Any FHIR R4 server over HTTP.
//!
//! Invariants: nothing is learnt by writing what nobody asked for; a server that does not refuse an
//! outdated write is never written to blindly, but compared with first; version ids are opaque; only
//! the server's clock tells what is new.

mod access;
mod arrival;
mod arrive;
mod assertion;
mod binary;
mod bundle;
mod content;
mod cursor;
mod deliver;
mod errand;
mod experiment;
mod history;
mod http;
mod own;
mod paging;
mod patience;
mod profile;
mod roll;
mod server;
mod verdict;
mod walk;
mod write;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use haven_model::attachment::AttachmentStanding;
use haven_model::wire::{Change, Health, PullRequest, PullResponse, PushRequest, PushResponse};
use haven_model::{Operation, ResourceKey, Timestamp, VectorClock};
use haven_store::{Op, OpKind, Store};
use serde_json::value::RawValue;

pub use access::{Access, Algorithm};
use bundle::Shown;
pub(crate) use bundle::is_masked;
pub(crate) use content::{Likeness, likeness};
pub use cursor::{FirstOfType, FirstSync};
pub(crate) use deliver::referred;
pub(crate) use errand::origin_of;
use http::{Ask, Line, Reply};
pub use profile::{Profile, Said};
pub use server::PlainServer;
pub(crate) use server::setting;

use super::content::{Content, ContentAsk, ContentPiece};
use super::hub::http_client;
use super::{
    Answer, Delivered, Offer, Reading, Realm, Remote, RemoteError, RollCall, Transport, Wire,
};
use crate::pace::Pace;

/// The CapabilityStatement is read again after a day.
const PROFILE_GOOD_FOR_MS: i64 = 86_400_000;

/// The version under which a deletion at a plain server is known: it gives none that can be relied on.
pub(crate) const DELETED: &str = "deleted";

/// Marks a version that the server showed with parts left out.
const MASKED_VERSION: &str = " masked";

/// A plain FHIR server.
pub struct FhirRemote {
    line: Line,
    store: Store,
    server: PlainServer,
    takes_unclaimed: bool,
    pace: Arc<dyn Pace>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    profile: Profile,
    /// Whether the profile was read in this run, or is fresh enough.
    is_met: bool,
    is_kept: bool,
    told: BTreeSet<String>,
}

impl FhirRemote {
    /// Speaks to `server` for `store`.
    ///
    /// # Errors
    /// When this machine's TLS set-up allows no request, or the store cannot be read.
    pub fn new(
        store: Store,
        server: PlainServer,
        takes_unclaimed: bool,
        pace: Arc<dyn Pace>,
    ) -> Result<Self, crate::error::SyncError> {
        let transport = Arc::new(http_client()?);
        Self::over(transport, store, server, takes_unclaimed, pace)
    }

    /// As [`FhirRemote::new`], over a way of one's own.
    ///
    /// # Errors
    /// The same.
    pub fn over(
        transport: Arc<dyn Transport>,
        store: Store,
        server: PlainServer,
        takes_unclaimed: bool,
        pace: Arc<dyn Pace>,
    ) -> Result<Self, crate::error::SyncError> {
        let access = server.access(&store)?;
        let profile = server.profile(&store)?;
        let tokens = access::Tokens::new(
            store.clone(),
            server.name.clone(),
            access,
            Arc::clone(&pace),
        );
        let line = Line::new(
            (http_client()?, transport),
            server.url.trim_end_matches('/').to_owned(),
            tokens,
            profile
                .as_ref()
                .map_or(Said::Unknown, |profile| profile.gzip_requests),
        );
        let now = pace.now();
        let is_met = profile
            .as_ref()
            .and_then(|profile| Timestamp::parse(&profile.read_at))
            .is_some_and(|at| at.plus_ms(PROFILE_GOOD_FOR_MS) > now && at <= now);
        Ok(Self {
            line,
            store,
            server,
            takes_unclaimed,
            pace,
            known: Mutex::new(Known {
                profile: profile.unwrap_or_default(),
                is_met,
                is_kept: true,
                told: BTreeSet::new(),
            }),
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the server now.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.known().profile.clone()
    }

    /// Notes what was seen of the server.
    fn learn(&self, note: impl FnOnce(&mut Profile)) {
        let mut known = self.known();
        let before = known.profile.clone();
        note(&mut known.profile);
        known.is_kept &= known.profile == before;
    }

    /// The types that are exchanged, those that the server refuses left out.
    fn swept(&self) -> Vec<String> {
        let profile = self.profile();
        profile
            .types
            .into_iter()
            .filter(|name| !profile.refused_types.contains(name))
            .collect()
    }

    fn tell(&self, words: impl Into<String>) {
        self.known().told.insert(words.into());
    }

    /// Keeps what was learnt, where anything was.
    fn keep_profile(&self) -> Result<(), RemoteError> {
        let text = {
            let mut known = self.known();
            if known.is_kept {
                return Ok(());
            }
            known.is_kept = true;
            serde_json::to_string(&known.profile)
                .map_err(|_| RemoteError::Protocol("its properties cannot be kept".to_owned()))?
        };
        let op = Op::new(OpKind::Configure, "sync", self.pace.now());
        self.store
            .transact(op, |tx| {
                tx.set_setting(&setting(&self.server.name, "profile"), Some(&text))
            })
            .map(|_| ())
            .map_err(|_| RemoteError::TokensNotKept)
    }

    async fn ask(&self, ask: &Ask) -> Result<Reply, RemoteError> {
        let reply = self.line.ask(ask).await?;
        let gzip = self.line.takes_gzip();
        if gzip != self.profile().gzip_requests {
            self.learn(|profile| profile.gzip_requests = gzip);
        }
        if self.line.was_asked_for_patience() {
            self.learn(|profile| profile.rate_limits = Said::Yes);
        }
        Ok(reply)
    }

    async fn meet(&self) -> Result<Health, RemoteError> {
        let is_met = std::mem::replace(&mut self.known().is_met, false);
        // Whoever sends something makes sure to whom, every time.
        if !is_met || self.has_something_to_send() {
            self.introduce().await?;
        }
        Ok(Health {
            status: "ok".to_owned(),
            hub_id: self.server.url.clone(),
            epoch: "plain".to_owned(),
            time: self.pace.now().to_instant(),
        })
    }

    fn has_something_to_send(&self) -> bool {
        self.store.counts().is_ok_and(|counts| counts.pending > 0)
            || self
                .store
                .snapshot(|reader| reader.attachment_counts())
                .is_ok_and(|counts| counts.to_send > 0)
    }

    /// Reads the CapabilityStatement; refuses a server that is not the one that was met first.
    async fn introduce(&self) -> Result<(), RemoteError> {
        let reply = self.ask(&Ask::get("metadata")).await?.require_json()?;
        if !reply.is_success() {
            return Err(reply.failure());
        }
        let before = self.profile();
        let known = (!before.read_at.is_empty()).then_some(&before);
        let mut profile = Profile::read(&reply.value(), known, self.pace.now())?;
        if known
            .is_some_and(|before| before.software.is_some() && before.software != profile.software)
        {
            return Err(RemoteError::WrongServer);
        }
        if let Some(types) = &self.server.types {
            profile.types.clone_from(types);
        }
        if profile.if_match.is_no() {
            self.tell("this server does not refuse outdated writes by itself; Haven compares before each write");
        }
        self.learn(|known| *known = profile);
        self.keep_profile()
    }

    /// A version that the server shows, as a change; `None` when it is no resource of its own.
    fn change(&self, raw: &RawValue, seen_at: Option<Timestamp>) -> Option<Change> {
        let shown = Shown::read(raw)?;
        let key = shown.key()?;
        let last_modified = shown
            .last_updated()
            .or(seen_at)
            .unwrap_or_else(|| self.pace.now());
        let version = self.version_of(&shown, raw);
        Some(Change {
            id: String::new(),
            collection: key.resource_type,
            record_id: key.id,
            operation: Operation::Update,
            data: Some(raw.to_owned()),
            version,
            vector_clock: VectorClock::new(),
            last_modified: last_modified.to_instant(),
            device_id: None,
            device_name: None,
            user: None,
            edited_at: None,
        })
    }

    /// The version id; of a server that gives none, the content itself.
    fn version_of(&self, shown: &Shown, raw: &RawValue) -> String {
        let told = shown.meta.as_ref().and_then(|meta| meta.version_id.clone());
        let version = match told {
            Some(version) => {
                self.learn(|profile| profile.versions = Said::Yes);
                version
            }
            None => {
                self.learn(|profile| {
                    if !profile.versions.is_proven() {
                        profile.versions = Said::No;
                        profile.if_match = Said::No;
                    }
                });
                self.tell("this server keeps no versions; Haven compares before each write");
                fingerprint(raw)
            }
        };
        if shown.is_masked() {
            format!("{version}{MASKED_VERSION}")
        } else {
            version
        }
    }

    /// What the server shows under a key.
    async fn look(&self, key: &ResourceKey) -> Result<Reading, RemoteError> {
        let reply = self.ask(&Ask::get(key.to_string())).await?.require_json()?;
        self.reading(&reply)
    }

    fn reading(&self, reply: &Reply) -> Result<Reading, RemoteError> {
        match reply.status {
            200..300 => {
                let raw: &RawValue = serde_json::from_slice(&reply.body)
                    .map_err(|_| RemoteError::NotFhir("its answer is not JSON".to_owned()))?;
                self.change(raw, reply.date)
                    .map(|change| Reading::Present(Box::new(change)))
                    .ok_or_else(|| RemoteError::NotFhir("its answer is no resource".to_owned()))
            }
            404 => Ok(Reading::Nothing),
            410 => {
                self.learn(|profile| profile.deleted_status = Some(410));
                Ok(Reading::Gone)
            }
            403 => Ok(Reading::Forbidden),
            _ => Err(reply.failure()),
        }
    }
}

/// Stands for a version where the server gives none.
fn fingerprint(raw: &RawValue) -> String {
    use sha2::Digest as _;
    let value: serde_json::Value = serde_json::from_str(raw.get()).unwrap_or_default();
    let plain = haven_model::splice::without_server_meta(&value).to_string();
    let digest = sha2::Sha256::digest(plain.as_bytes());
    digest
        .iter()
        .take(16)
        .fold("content-".to_owned(), |text, byte| {
            format!("{text}{byte:02x}")
        })
}

/// A deletion, as a change.
pub(crate) fn deletion(key: &ResourceKey, at: Timestamp) -> Change {
    Change {
        id: String::new(),
        collection: key.resource_type.clone(),
        record_id: key.id.clone(),
        operation: Operation::Delete,
        data: None,
        version: DELETED.to_owned(),
        vector_clock: VectorClock::new(),
        last_modified: at.to_instant(),
        device_id: None,
        device_name: None,
        user: None,
        edited_at: None,
    }
}

impl Remote for FhirRemote {
    fn probe(&self) -> Answer<'_, Health> {
        Box::pin(self.meet())
    }

    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse> {
        Box::pin(async move {
            let page = self.next_page(request).await;
            self.keep_profile()?;
            page
        })
    }

    /// A plain server takes no parcels of Haven's own making; see [`Remote::deliver`].
    fn push(&self, _request: PushRequest) -> Answer<'_, PushResponse> {
        Box::pin(async { Ok(PushResponse::default()) })
    }

    fn realm(&self) -> Realm {
        Realm {
            name: Some(self.server.name.clone()),
            takes_unclaimed: self.takes_unclaimed,
        }
    }

    fn keeps_audit_heads(&self) -> bool {
        false
    }

    fn deliver(&self, _device_id: String, offers: Vec<Offer>) -> Answer<'_, Delivered> {
        Box::pin(async move {
            let delivered = self.hand_over(offers).await;
            self.keep_profile()?;
            delivered
        })
    }

    fn swept_types(&self) -> Vec<String> {
        self.swept()
    }

    fn count(&self, resource_type: String) -> Answer<'_, Option<u64>> {
        Box::pin(async move { self.count_of(&resource_type).await })
    }

    fn roll_call(&self, resource_type: String, from: Option<String>) -> Answer<'_, RollCall> {
        Box::pin(async move { self.ids_of(&resource_type, from).await })
    }

    fn read(&self, key: ResourceKey) -> Answer<'_, Reading> {
        Box::pin(async move {
            let read = self.look(&key).await;
            self.keep_profile()?;
            read
        })
    }

    fn wire(&self) -> Wire {
        self.line.wire()
    }

    fn attachment_base(&self) -> String {
        self.line.base().to_owned()
    }

    fn open_content(&self, ask: ContentAsk) -> Answer<'_, Content> {
        Box::pin(self.open(ask))
    }

    fn send_content(&self, piece: ContentPiece) -> Answer<'_, AttachmentStanding> {
        Box::pin(async move { self.put_binary(&piece).await })
    }

    fn notices(&self) -> Vec<String> {
        std::mem::take(&mut self.known().told).into_iter().collect()
    }
}
