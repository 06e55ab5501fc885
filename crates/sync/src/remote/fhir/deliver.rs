//! Offering edits to a plain server: what others refer to first, each with an outcome of its own.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use haven_model::search::type_and_id;
use haven_model::{Operation, ResourceKey, references};

use super::errand::Errand;
use super::verdict::Written;
use super::{DELETED, FhirRemote, MASKED_VERSION, Said};
use crate::remote::{Delivered, Offer, Reading, RemoteError, Verdict};

/// What is known while a parcel is handed over.
#[derive(Default)]
pub(super) struct Parcel {
    pub delivered: Delivered,
    /// Ids that the server has chosen for what was made here.
    pub ids: HashMap<ResourceKey, String>,
    /// Creates that the server has not got.
    missing: HashSet<ResourceKey>,
}

impl Parcel {
    fn keep(&mut self, errand: &Errand, verdict: Verdict) {
        if errand.operation == Operation::Create {
            match &verdict {
                Verdict::Taken(taken) => {
                    self.missing.remove(&errand.key);
                    if let Some(id) = &taken.id {
                        self.ids.insert(errand.key.clone(), id.clone());
                    }
                }
                Verdict::Refused(_) | Verdict::Held | Verdict::Failed(_) => {}
            }
        }
        self.delivered
            .verdicts
            .push((errand.op_id.clone(), verdict));
    }
}

impl FhirRemote {
    /// Offers a parcel, wave by wave: nothing goes before what it refers to.
    pub(super) async fn hand_over(&self, offers: Vec<Offer>) -> Result<Delivered, RemoteError> {
        let mut waiting: Vec<Errand> = offers.into_iter().map(Errand::of).collect();
        let mut parcel = Parcel {
            missing: waiting
                .iter()
                .filter(|errand| errand.operation == Operation::Create)
                .map(|errand| errand.key.clone())
                .collect(),
            ..Parcel::default()
        };
        while !waiting.is_empty() {
            let (ready, later) = self.next_wave(waiting, &mut parcel);
            waiting = later;
            if let Err(error) = self.wave(ready, &mut parcel).await {
                if parcel.delivered.verdicts.is_empty() {
                    return Err(error);
                }
                parcel.delivered.stopped = Some(error);
                break;
            }
        }
        Ok(parcel.delivered)
    }

    /// What may go now, and what has to wait. What refers to something that was refused is held.
    fn next_wave(&self, waiting: Vec<Errand>, parcel: &mut Parcel) -> (Vec<Errand>, Vec<Errand>) {
        let open: HashSet<ResourceKey> = waiting
            .iter()
            .filter(|errand| errand.operation == Operation::Create)
            .map(|errand| errand.key.clone())
            .collect();
        let (mut ready, mut later) = (Vec::new(), Vec::new());
        for errand in waiting {
            let needs = errand.needs(&parcel.missing);
            if needs.iter().any(|key| !open.contains(key)) {
                parcel.keep(&errand, Verdict::Held);
            } else if needs.is_empty() && errand.operation != Operation::Delete {
                ready.push(errand);
            } else {
                later.push(errand);
            }
        }
        if ready.is_empty() {
            // Deletions go last; what refers to itself in a ring goes together.
            return (later, Vec::new());
        }
        (ready, later)
    }

    async fn wave(&self, ready: Vec<Errand>, parcel: &mut Parcel) -> Result<(), RemoteError> {
        let mut go = Vec::new();
        for (errand, verdict) in self.look_before(ready).await? {
            match verdict {
                Some(verdict) => parcel.keep(&errand, verdict),
                None => go.push(errand),
            }
        }
        if go
            .iter()
            .any(|errand| !errand.needs(&parcel.missing).is_empty())
            && go.len() > 1
        {
            let ring = std::mem::take(&mut go);
            go = self.together(ring, parcel).await?;
        }
        // What kind of ids the server takes is learnt from the first create, alone.
        if !self.profile().client_ids.is_proven()
            && let Some(at) = go
                .iter()
                .position(|errand| errand.operation == Operation::Create)
        {
            let first = go.remove(at);
            self.alone(first, parcel).await?;
        }
        let most = self.profile().max_entries.unwrap_or(usize::MAX).max(1);
        while !go.is_empty() {
            let rest = go.split_off(go.len().min(most));
            let part = std::mem::replace(&mut go, rest);
            let deletes = part
                .iter()
                .any(|errand| errand.operation == Operation::Delete);
            // One after the other, deletions keep their order on every server.
            if part.len() == 1 || deletes || self.profile().batch.is_no() {
                for errand in part {
                    self.alone(errand, parcel).await?;
                }
            } else {
                self.batch(part, parcel).await?;
            }
        }
        Ok(())
    }

    /// One edit by a request of its own.
    pub(super) async fn alone(
        &self,
        errand: Errand,
        parcel: &mut Parcel,
    ) -> Result<(), RemoteError> {
        let errand = errand.on_the_wire(&self.renamed(&errand, &parcel.ids)?);
        let written = self.write_one(&errand).await?;
        self.conclude(vec![(errand, written)], parcel).await
    }

    /// Turns what the server answered into verdicts, looking at what it holds where that is needed.
    pub(super) async fn conclude(
        &self,
        written: Vec<(Errand, Written)>,
        parcel: &mut Parcel,
    ) -> Result<(), RemoteError> {
        let keys: Vec<ResourceKey> = written
            .iter()
            .filter(|(errand, written)| written.asks_for_a_look(errand))
            .map(|(errand, written)| written.key(errand))
            .collect();
        let mut readings: HashMap<ResourceKey, Reading> = keys
            .iter()
            .cloned()
            .zip(self.look_at(&keys).await?)
            .collect();
        let mut experiment = None;
        for (errand, written) in written {
            let reading = readings.remove(&written.key(&errand));
            let verdict = self.judge(&errand, written, reading);
            if let Verdict::Taken(taken) = &verdict
                && errand.operation == Operation::Create
                && experiment.is_none()
            {
                experiment = Some((errand.clone(), (**taken).clone()));
            }
            parcel.keep(&errand, verdict);
        }
        if let Some((errand, taken)) = experiment
            && !self.profile().if_match.is_proven()
        {
            let now = self.try_outdated_write(&errand, &taken).await?;
            if let Some(now) = now
                && let Some((_, Verdict::Taken(kept))) = parcel
                    .delivered
                    .verdicts
                    .iter_mut()
                    .find(|(op_id, _)| *op_id == errand.op_id)
            {
                **kept = now;
            }
        }
        Ok(())
    }

    /// Looks at what the server holds before a write that it would not refuse if it were outdated, or
    /// that may have arrived before; answers a verdict where nothing needs to be written.
    async fn look_before(
        &self,
        errands: Vec<Errand>,
    ) -> Result<Vec<(Errand, Option<Verdict>)>, RemoteError> {
        let profile = self.profile();
        let mut found: HashMap<String, Reading> = HashMap::new();
        let mut asked = Vec::new();
        for errand in &errands {
            if errand.is_masked() {
                continue;
            }
            match errand.operation {
                Operation::Create if profile.client_ids == Said::No => {
                    if errand.unsure
                        && let Some(change) = self.find_origin(errand).await?
                    {
                        found.insert(errand.op_id.clone(), Reading::Present(Box::new(change)));
                    }
                }
                Operation::Update | Operation::Delete
                    if profile.if_match == Said::Yes
                        && errand
                            .base
                            .as_deref()
                            .is_some_and(|version| version != DELETED) => {}
                Operation::Create | Operation::Update | Operation::Delete => asked.push(errand),
            }
        }
        let keys: Vec<ResourceKey> = asked.iter().map(|errand| errand.key.clone()).collect();
        let op_ids: Vec<String> = asked.iter().map(|errand| errand.op_id.clone()).collect();
        found.extend(op_ids.into_iter().zip(self.look_at(&keys).await?));
        let mut looked = Vec::new();
        for errand in errands {
            let verdict = if errand.is_masked() {
                Some(errand.refused(
                    "forbidden: this is a copy with parts left out; sending it would remove them",
                ))
            } else {
                found
                    .remove(&errand.op_id)
                    .and_then(|reading| self.before_writing(&errand, reading))
            };
            looked.push((errand, verdict));
        }
        // A create that may have arrived under an id of the server's, before that was known of it.
        if profile.client_ids != Said::No {
            for (errand, verdict) in &mut looked {
                if errand.unsure
                    && errand.operation == Operation::Create
                    && verdict.is_none()
                    && !profile.client_ids.is_proven()
                    && let Some(change) = self.find_origin(errand).await?
                {
                    *verdict = self.before_writing(errand, Reading::Present(Box::new(change)));
                }
            }
        }
        Ok(looked)
    }

    fn before_writing(&self, errand: &Errand, reading: Reading) -> Option<Verdict> {
        match (errand.operation, reading) {
            (_, Reading::Forbidden) => {
                Some(errand.refused("forbidden: the server does not let this user see the record"))
            }
            (_, Reading::Present(change)) => {
                if change.version.ends_with(MASKED_VERSION) {
                    return Some(errand.refused(
                        "forbidden: the server shows this user only a part of the record",
                    ));
                }
                if errand.base.as_deref() == Some(change.version.as_str()) {
                    return None;
                }
                Some(self.against(errand, *change))
            }
            (Operation::Delete, Reading::Gone | Reading::Nothing) => {
                Some(errand.deleted(self.pace.now()))
            }
            (Operation::Create, Reading::Gone | Reading::Nothing) => None,
            (Operation::Update, Reading::Gone | Reading::Nothing) => {
                Some(errand.lost_to_deletion(self.pace.now()))
            }
        }
    }

    /// The keys that an errand's references have got at the server.
    pub(super) fn renamed(
        &self,
        errand: &Errand,
        ids: &HashMap<ResourceKey, String>,
    ) -> Result<HashMap<ResourceKey, String>, RemoteError> {
        let mut renamed = HashMap::new();
        for key in errand.refers_to() {
            let id = match ids.get(&key) {
                Some(id) => Some(id.clone()),
                None => self
                    .store
                    .adopted(&key)
                    .map_err(|_| RemoteError::Protocol("this store cannot be read".to_owned()))?
                    .map(|key| key.id),
            };
            if let Some(id) = id {
                let now = format!("{}/{id}", key.resource_type);
                renamed.insert(key, now);
            }
        }
        Ok(renamed)
    }
}

/// The resources that bytes refer to, of this server.
pub(crate) fn referred(bytes: &[u8]) -> HashSet<ResourceKey> {
    let mut found = HashSet::new();
    let read = references::rewrite(bytes, |text| {
        found.extend(local_key(text));
        Ok::<_, Infallible>(None)
    });
    match read {
        Ok(_) => found,
    }
}

/// The key that a relative reference names.
pub(super) fn local_key(text: &str) -> Option<ResourceKey> {
    if text.contains("://") {
        return None;
    }
    let (resource_type, id) = type_and_id(text)?;
    ResourceKey::new(resource_type, id).ok()
}
