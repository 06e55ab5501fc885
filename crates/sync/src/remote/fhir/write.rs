//! Writing to a plain server: one edit by itself, or several in a Bundle.

use haven_model::wire::Change;
use haven_model::{Operation, ResourceKey};
use reqwest::Method;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::bundle::{Bundle, Shown};
use super::deliver::Parcel;
use super::errand::{Errand, ORIGIN};
use super::http::{Ask, Reply};
use super::verdict::Written;
use super::{FhirRemote, Said};
use crate::remote::{Reading, RemoteError};

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
        if keys.len() > 1
            && !self.profile().batch.is_no()
            && let Some(readings) = self.look_together(keys).await?
        {
            return Ok(readings);
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
