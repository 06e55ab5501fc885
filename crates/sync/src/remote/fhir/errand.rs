//! One edit on its way to a plain server.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use haven_model::wire::{Change, Rejection};
use haven_model::{Operation, ResourceKey, Timestamp, references, splice_id};
use reqwest::Method;
use serde_json::{Value, json};

use super::bundle::Shown;
use super::deliver::{local_key, referred};
use super::http::Ask;
use super::{DELETED, deletion};
use crate::remote::{Offer, Taken, Verdict, key_of};

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
        let is_deleted_there = change.base_version.as_deref() == Some(DELETED);
        Self {
            refers: referred(&body),
            op_id: change.id,
            // What was deleted there is made there again.
            operation: if is_deleted_there && change.operation == Operation::Update {
                Operation::Create
            } else {
                change.operation
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

    pub(super) fn ask(&self, posts: bool) -> Ask {
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
    pub(super) fn entry(&self, posts: bool, base: &str) -> String {
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

/// The id under which this or another device of the clinic made a resource, where it says so.
pub(crate) fn origin_of(resource: &haven_model::Resource) -> Option<String> {
    let shown: Shown = serde_json::from_slice(resource.bytes()).ok()?;
    let tags = shown.meta?.tag;
    let ours = tags
        .iter()
        .find(|tag| tag.get("system").and_then(Value::as_str) == Some(ORIGIN))?;
    ours.get("code").and_then(Value::as_str).map(str::to_owned)
}
