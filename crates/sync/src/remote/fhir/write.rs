//! One edit on its way to a plain server, alone or in a Bundle.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use haven_model::wire::{Change, Rejection};
use haven_model::{Operation, ResourceKey, Timestamp, references, splice_id};
use reqwest::Method;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::bundle::{Bundle, Shown};
use super::deliver::{Parcel, local_key, referred};
use super::http::{Ask, Reply};
use super::verdict::Written;
use super::{DELETED, FhirRemote, Said, deletion};
use crate::remote::{Offer, Reading, RemoteError, Taken, Verdict, key_of};

/// Marks what was made here on a server that chooses ids, so that a lost answer can be found again.
pub(crate) const ORIGIN: &str = "urn:haven:origin";

/// An edit to be written.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub op_id: String,
    pub key: ResourceKey,
    pub operation: Operation,
    /// As it is here.
    pub body: Vec<u8>,
    /// As it is sent: references by the server's ids.
    pub wire: Vec<u8>,
    pub base: Option<String>,
    pub unsure: bool,
    refers: HashSet<ResourceKey>,
}

impl Errand {
    pub(super) fn of(offer: Offer) -> Self {
        let Offer { change, unsure } = offer;
        let key = key_of(&change);
        let body = change
            .data
            .as_ref()
            .map(|data| data.get().as_bytes().to_vec())
            .unwrap_or_default();
        Self {
            refers: referred(&body),
            op_id: change.id,
            // What was deleted there is made there again.
            operation: match change.operation {
                Operation::Update if change.base_version.as_deref() == Some(DELETED) => {
                    Operation::Create
                }
                other => other,
            },
            wire: body.clone(),
            body,
            base: change.base_version,
            unsure,
            key,
        }
    }

    pub(super) fn refers_to(&self) -> impl Iterator<Item = ResourceKey> {
        self.refers.iter().cloned().collect::<Vec<_>>().into_iter()
    }

    /// What it refers to of those keys, itself aside.
    pub(super) fn needs(&self, keys: &HashSet<ResourceKey>) -> Vec<ResourceKey> {
        self.refers
            .intersection(keys)
            .filter(|key| **key != self.key)
            .cloned()
            .collect()
    }

    /// The same with references by the names that the server knows.
    pub(super) fn on_the_wire(&self, renamed: &HashMap<ResourceKey, String>) -> Self {
        if renamed.is_empty() {
            return self.clone();
        }
        let rewritten = references::rewrite(&self.body, |text| {
            Ok::<_, Infallible>(local_key(text).and_then(|key| renamed.get(&key).cloned()))
        });
        match rewritten {
            Ok(wire) => Self {
                wire,
                ..self.clone()
            },
        }
    }

    pub(super) fn is_masked(&self) -> bool {
        serde_json::from_slice::<Shown>(&self.body).is_ok_and(|shown| shown.is_masked())
    }

    pub(super) fn refused(&self, reason: impl Into<String>) -> Verdict {
        Verdict::Refused(Box::new(Rejection {
            change_id: self.op_id.clone(),
            reason: reason.into(),
            conflict: None,
            outcome: None,
        }))
    }

    pub(super) fn lost_to(&self, change: Change) -> Verdict {
        Verdict::Refused(Box::new(Rejection {
            change_id: self.op_id.clone(),
            reason: "conflict: the server holds another version".to_owned(),
            conflict: Some(change),
            outcome: None,
        }))
    }

    pub(super) fn lost_to_deletion(&self, now: Timestamp) -> Verdict {
        self.lost_to(deletion(&self.key, now))
    }

    pub(super) fn deleted(&self, now: Timestamp) -> Verdict {
        Verdict::Taken(Box::new(Taken {
            version: DELETED.to_owned(),
            last_modified: now.to_instant(),
            vector_clock: None,
            id: None,
            resource: None,
            differs: false,
        }))
    }

    /// The version that the server must hold for the write to be right.
    fn match_version(&self) -> Option<String> {
        self.base
            .clone()
            .filter(|version| version != DELETED && !version.starts_with("content-"))
    }

    /// The body of a POST: no id, and a mark by which it can be found again.
    fn unnamed(&self) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice::<Value>(&self.wire) else {
            return self.wire.clone();
        };
        if let Some(object) = value.as_object_mut() {
            object.shift_remove("id");
            let meta = object.entry("meta").or_insert_with(|| json!({}));
            if let Some(meta) = meta.as_object_mut() {
                meta.shift_remove("versionId");
                meta.shift_remove("lastUpdated");
                let tags = meta.entry("tag").or_insert_with(|| json!([]));
                if let Some(tags) = tags.as_array_mut() {
                    tags.push(json!({"system": ORIGIN, "code": self.key.id}));
                }
            }
        }
        value.to_string().into_bytes()
    }

    /// What the server would show if it kept what it was sent, under that id.
    pub(super) fn expected(&self, id: &str) -> Vec<u8> {
        if id == self.key.id {
            return self.wire.clone();
        }
        let named = splice_id::with_id(&self.wire, id);
        let posted = Self {
            wire: named,
            ..self.clone()
        };
        let Ok(mut value) = serde_json::from_slice::<Value>(&posted.unnamed()) else {
            return posted.wire;
        };
        if let Some(object) = value.as_object_mut() {
            object.insert("id".to_owned(), id.into());
        }
        value.to_string().into_bytes()
    }

    fn ask(&self, posts: bool) -> Ask {
        let path = self.key.to_string();
        let mut ask = match self.operation {
            Operation::Create if posts => {
                Ask::with_body(Method::POST, self.key.resource_type.clone(), self.unnamed())
            }
            Operation::Create | Operation::Update => {
                Ask::with_body(Method::PUT, path, self.wire.clone())
            }
            Operation::Delete => Ask {
                method: Method::DELETE,
                ..Ask::get(path)
            },
        };
        ask.if_match = self.match_version();
        ask.only_if_new = self.operation == Operation::Create && !posts;
        ask
    }

    /// The same as an entry of a Bundle.
    fn entry(&self, posts: bool, base: &str) -> String {
        let (method, url, body) = match self.operation {
            Operation::Create if posts => {
                ("POST", self.key.resource_type.clone(), Some(self.unnamed()))
            }
            Operation::Create | Operation::Update => {
                ("PUT", self.key.to_string(), Some(self.wire.clone()))
            }
            Operation::Delete => ("DELETE", self.key.to_string(), None),
        };
        let mut request = json!({"method": method, "url": url});
        if let Some(version) = self.match_version() {
            request["ifMatch"] = format!("W/\"{version}\"").into();
        }
        let mut parts = Vec::new();
        if method == "POST" {
            parts.push(format!("\"fullUrl\":\"{}\"", self.urn()));
        } else {
            parts.push(format!(
                "\"fullUrl\":{}",
                Value::from(format!("{base}/{url}"))
            ));
        }
        if let Some(body) = body {
            parts.push(format!("\"resource\":{}", String::from_utf8_lossy(&body)));
        }
        parts.push(format!("\"request\":{request}"));
        format!("{{{}}}", parts.join(","))
    }

    /// What others in the same transaction refer to it by.
    pub(super) fn urn(&self) -> String {
        if self.key.id.len() == 36 {
            return format!("urn:uuid:{}", self.key.id);
        }
        // Version 8: made of the id, as RFC 9562 §5.8 leaves it to us.
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(self.key.to_string().as_bytes());
        let hex: String = digest
            .iter()
            .take(16)
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
        format!(
            "urn:uuid:{}-{}-8{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }
}

impl FhirRemote {
    /// Writes one edit; a create that the server does not take under our id is offered without one.
    pub(super) async fn write_one(&self, errand: &Errand) -> Result<Written, RemoteError> {
        let posts = self.profile().client_ids == Said::No;
        let reply = self.ask(&errand.ask(posts)).await?.require_json()?;
        let is_create = errand.operation == Operation::Create;
        if is_create && !posts && reply.is_success() {
            self.learn(|profile| profile.client_ids = Said::Yes);
        }
        let may_want_own_ids = is_create
            && !posts
            && self.profile().client_ids != Said::Yes
            && matches!(reply.status, 400 | 403 | 404 | 405 | 422 | 501);
        if !may_want_own_ids {
            return Written::of(reply);
        }
        let posted = self.ask(&errand.ask(true)).await?.require_json()?;
        if posted.is_success() {
            self.learn(|profile| profile.client_ids = Said::No);
            self.tell("this server chooses ids itself; Haven takes them over");
            return Written::of(posted);
        }
        // Refused either way: what it says of our own request is nearer to the matter.
        let second = !matches!(reply.status, 404 | 405 | 501);
        Written::of(if second { reply } else { posted })
    }

    /// Writes several edits in one request, each for itself.
    pub(super) async fn batch(
        &self,
        errands: Vec<Errand>,
        parcel: &mut Parcel,
    ) -> Result<(), RemoteError> {
        let mut sent = Vec::with_capacity(errands.len());
        for errand in errands {
            let renamed = self.renamed(&errand, &parcel.ids)?;
            sent.push(errand.on_the_wire(&renamed));
        }
        let reply = self.bundle("batch", &sent).await?;
        if reply.status == 413 {
            let fewer = (sent.len() / 2).max(1);
            self.learn(|profile| profile.max_entries = Some(fewer));
            return Err(RemoteError::TooLarge);
        }
        if matches!(reply.status, 400 | 404 | 405 | 422 | 501) {
            self.learn(|profile| profile.batch = Said::No);
            for errand in sent {
                self.alone(errand, parcel).await?;
            }
            return Ok(());
        }
        if !reply.is_success() {
            return Err(reply.failure());
        }
        let Some(written) = answers(&reply, sent.len())? else {
            // Something was done, nobody knows what: from now on one by one, each looked at first.
            self.learn(|profile| profile.batch = Said::No);
            return Err(RemoteError::Timeout);
        };
        self.learn(|profile| profile.batch = Said::Yes);
        self.conclude(sent.into_iter().zip(written).collect(), parcel)
            .await
    }

    /// What refers to each other in a ring, in one transaction; answers what has to go one by one.
    pub(super) async fn together(
        &self,
        ring: Vec<Errand>,
        parcel: &mut Parcel,
    ) -> Result<Vec<Errand>, RemoteError> {
        let profile = self.profile();
        let posts = profile.client_ids == Said::No;
        if profile.transaction.is_no() {
            return Ok(ring);
        }
        let mut sent = Vec::with_capacity(ring.len());
        for errand in &ring {
            let mut renamed = self.renamed(errand, &parcel.ids)?;
            if posts {
                let others = ring
                    .iter()
                    .filter(|other| other.operation == Operation::Create);
                renamed.extend(others.map(|other| (other.key.clone(), other.urn())));
            }
            sent.push(errand.on_the_wire(&renamed));
        }
        let reply = self.bundle("transaction", &sent).await?;
        if matches!(reply.status, 404 | 405 | 501) {
            self.learn(|profile| profile.transaction = Said::No);
        }
        if !reply.is_success() {
            return match reply.status {
                400..=412 | 422 => Ok(ring),
                _ => Err(reply.failure()),
            };
        }
        let Some(written) = answers(&reply, sent.len())? else {
            return Err(RemoteError::Timeout);
        };
        let all = written.iter().all(Written::is_success);
        // One that answers some entries with yes and some with no has not rolled back.
        self.learn(|profile| profile.transaction = Said::seen(all));
        self.conclude(sent.into_iter().zip(written).collect(), parcel)
            .await?;
        Ok(Vec::new())
    }

    async fn bundle(&self, kind: &str, errands: &[Errand]) -> Result<Reply, RemoteError> {
        let posts = self.profile().client_ids == Said::No;
        let base = self.line.base();
        let entries: Vec<String> = errands
            .iter()
            .map(|errand| errand.entry(posts, base))
            .collect();
        let body = format!(
            "{{\"resourceType\":\"Bundle\",\"type\":\"{kind}\",\"entry\":[{}]}}",
            entries.join(",")
        );
        let ask = Ask::with_body(Method::POST, "", body.into_bytes());
        self.ask(&ask).await?.require_json()
    }

    /// What the server shows under several keys, in their order.
    pub(super) async fn look_at(&self, keys: &[ResourceKey]) -> Result<Vec<Reading>, RemoteError> {
        if keys.len() > 1 && !self.profile().batch.is_no() {
            if let Some(readings) = self.look_together(keys).await? {
                return Ok(readings);
            }
        }
        let mut readings = Vec::with_capacity(keys.len());
        for key in keys {
            readings.push(self.look(key).await?);
        }
        Ok(readings)
    }

    async fn look_together(
        &self,
        keys: &[ResourceKey],
    ) -> Result<Option<Vec<Reading>>, RemoteError> {
        let entries: Vec<Value> = keys
            .iter()
            .map(|key| json!({"request": {"method": "GET", "url": key.to_string()}}))
            .collect();
        let body = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
        let ask = Ask::with_body(Method::POST, "", body.to_string().into_bytes());
        let reply = self.ask(&ask).await?;
        if !reply.is_success() || reply.kind.is_err() {
            return Ok(None);
        }
        let Ok(bundle) = Bundle::read(&reply.body) else {
            return Ok(None);
        };
        if bundle.entry.len() != keys.len() {
            return Ok(None);
        }
        let mut readings = Vec::with_capacity(keys.len());
        for (entry, key) in bundle.entry.iter().zip(keys) {
            let code = entry
                .response
                .as_ref()
                .map_or(0, |response| response.code());
            let shown = entry
                .resource
                .filter(|_| (200..300).contains(&code))
                .and_then(|raw| self.change(raw, reply.date))
                .filter(|change| change.record_id == key.id);
            readings.push(match (code, shown) {
                (200..300, Some(change)) => Reading::Present(Box::new(change)),
                (404, _) => Reading::Nothing,
                (410, _) => {
                    self.learn(|profile| profile.deleted_status = Some(410));
                    Reading::Gone
                }
                (403, _) => Reading::Forbidden,
                _ => return Ok(None),
            });
        }
        Ok(Some(readings))
    }

    /// What was made of an edit whose answer was lost, at a server that chooses ids.
    pub(super) async fn find_origin(&self, errand: &Errand) -> Result<Option<Change>, RemoteError> {
        let kind = errand.key.resource_type.clone();
        let by_tag = Ask::get(kind.clone())
            .query("_tag", format!("{ORIGIN}|{}", errand.key.id))
            .query("_count", "20");
        let newest = Ask::get(kind)
            .query("_sort", "-_lastUpdated")
            .query("_count", "200");
        for ask in [by_tag, newest] {
            let reply = self.ask(&ask).await?.require_json()?;
            if !reply.is_success() {
                continue;
            }
            let bundle = Bundle::read(&reply.body)?;
            let ours = |raw: &&RawValue| {
                Shown::read(raw).is_some_and(|shown| shown.is_tagged(ORIGIN, &errand.key.id))
            };
            if let Some(raw) = bundle.matches().find(|raw| ours(raw)) {
                return Ok(self.change(raw, reply.date));
            }
        }
        Ok(None)
    }
}

/// The id under which this or another device of the clinic made a resource, where it says so.
pub(crate) fn origin_of(resource: &haven_model::Resource) -> Option<String> {
    let shown: Shown = serde_json::from_slice(resource.bytes()).ok()?;
    let tags = shown.meta?.tag;
    let ours = tags
        .iter()
        .find(|tag| tag.get("system").and_then(Value::as_str) == Some(ORIGIN))?;
    ours.get("code").and_then(Value::as_str).map(str::to_owned)
}

/// The answers to the entries of a Bundle; `None` when they are not those of that many entries.
fn answers(reply: &Reply, entries: usize) -> Result<Option<Vec<Written>>, RemoteError> {
    let Ok(bundle) = Bundle::read(&reply.body) else {
        return Ok(None);
    };
    if bundle.entry.len() != entries {
        return Ok(None);
    }
    Ok(bundle
        .entry
        .iter()
        .map(|entry| Written::of_entry(entry, reply.date))
        .collect())
}
