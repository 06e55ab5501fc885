//! What a plain server's answer to a write means.

use haven_model::wire::Change;
use haven_model::{Operation, Resource, ResourceKey, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;

use super::bundle::{Entry, Shown};
use super::errand::Errand;
use super::http::{Reply, etag, issue_code};
use super::{FhirRemote, Likeness, MASKED_VERSION, Said, likeness};
use crate::remote::{Reading, RemoteError, Taken, Verdict};

/// The longest quotation of a server's words.
const MOST_WORDS: usize = 300;

/// What came back for one write.
#[derive(Clone, Debug)]
pub(super) struct Written {
    status: u16,
    version: Option<String>,
    last_modified: Option<Timestamp>,
    /// The id in the location.
    id: Option<String>,
    resource: Option<Box<RawValue>>,
    words: String,
    retry_after_ms: Option<u64>,
    at: Option<Timestamp>,
}

impl Written {
    pub(super) fn of(reply: Reply) -> Result<Self, RemoteError> {
        if reply.status == 401 || (300..400).contains(&reply.status) {
            return Err(reply.failure());
        }
        let value = reply.value();
        let raw: Option<Box<RawValue>> = serde_json::from_slice(&reply.body).ok();
        let (id, by_location) = located(reply.location.as_deref());
        Ok(Self {
            status: reply.status,
            version: reply.version.or(by_location),
            last_modified: reply.last_modified,
            id,
            resource: raw.filter(|_| is_resource(&value)),
            words: words_of(reply.status, &value),
            retry_after_ms: reply.retry_after_ms,
            at: reply.date,
        })
    }

    pub(super) fn of_entry(entry: &Entry<'_>, at: Option<Timestamp>) -> Option<Self> {
        let response = entry.response.as_ref()?;
        let status = response.code();
        let resource = entry
            .resource
            .filter(|raw| {
                Shown::read(raw).is_some_and(|shown| {
                    !shown.resource_type.is_empty() && shown.resource_type != "OperationOutcome"
                })
            })
            .map(RawValue::to_owned);
        let outcome = response
            .outcome
            .clone()
            .or_else(|| {
                entry
                    .resource
                    .and_then(|raw| serde_json::from_str(raw.get()).ok())
            })
            .unwrap_or(Value::Null);
        let (id, by_location) = located(response.location.as_deref());
        Some(Self {
            status,
            version: response.etag.as_deref().and_then(etag).or(by_location),
            last_modified: response.last_modified.as_deref().and_then(Timestamp::parse),
            id,
            resource,
            words: words_of(status, &outcome),
            retry_after_ms: None,
            at,
        })
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The status of a refusal that concerns what was written, not how the server fares.
    pub(super) fn refusal(&self) -> Option<u16> {
        matches!(self.status, 400 | 404 | 409 | 412 | 422 | 428).then_some(self.status)
    }

    /// Where what was written is.
    pub(super) fn key(&self, errand: &Errand) -> ResourceKey {
        let shown = self.resource.as_deref().and_then(Shown::read);
        let id = shown
            .map(|shown| shown.id)
            .filter(|id| !id.is_empty())
            .or_else(|| self.id.clone())
            .filter(|_| self.is_success());
        ResourceKey {
            resource_type: errand.key.resource_type.clone(),
            id: id.unwrap_or_else(|| errand.key.id.clone()),
        }
    }

    /// Whether only the server's own copy tells what became of the write.
    pub(super) fn asks_for_a_look(&self, errand: &Errand) -> bool {
        match self.status {
            200..300 => errand.operation != Operation::Delete && self.resource.is_none(),
            404 | 409 | 410 | 412 => true,
            _ => false,
        }
    }
}

fn is_resource(value: &Value) -> bool {
    value
        .get("resourceType")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind != "OperationOutcome")
}

/// Id and version in a location: `[base]/Type/id/_history/version`.
fn located(location: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(location) = location else {
        return (None, None);
    };
    let (instance, version) = match location.split_once("/_history/") {
        Some((instance, version)) => (instance, Some(version.to_owned())),
        None => (location, None),
    };
    let id = instance
        .rsplit('/')
        .next()
        .filter(|id| haven_model::resource::is_id(id))
        .map(str::to_owned);
    (id, version)
}

/// A refusal in the server's words, shortened.
fn words_of(status: u16, outcome: &Value) -> String {
    let text = ["/issue/0/details/text", "/issue/0/diagnostics"]
        .into_iter()
        .find_map(|pointer| outcome.pointer(pointer).and_then(Value::as_str))
        .unwrap_or_default();
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_control())
        .take(MOST_WORDS)
        .collect();
    let code = issue_code(outcome);
    if text.is_empty() {
        format!("HTTP {status}{code}")
    } else {
        format!("HTTP {status}{code}: {text}")
    }
}

impl FhirRemote {
    /// What one write came to. `reading` is what the server holds, where it was looked at.
    pub(super) fn judge(
        &self,
        errand: &Errand,
        written: Written,
        reading: Option<Reading>,
    ) -> Verdict {
        match written.status {
            200..300 if errand.operation == Operation::Delete => {
                errand.deleted(written.at.unwrap_or_else(|| self.pace.now()))
            }
            200..300 => self.taken(errand, written, reading),
            404 | 409 | 410 | 412 => self.lost(errand, &written, reading),
            403 => errand.refused(format!("forbidden: {}", written.words)),
            413 => Verdict::Failed(RemoteError::TooLarge),
            408 => Verdict::Failed(RemoteError::Timeout),
            429 => Verdict::Failed(RemoteError::RateLimited {
                retry_after_ms: written.retry_after_ms,
            }),
            500.. => Verdict::Failed(RemoteError::Server {
                status: written.status,
                retry_after_ms: written.retry_after_ms,
            }),
            400..500 => errand.refused(format!("invalid: {}", written.words)),
            status => Verdict::Failed(RemoteError::Server {
                status,
                retry_after_ms: None,
            }),
        }
    }

    fn taken(&self, errand: &Errand, written: Written, reading: Option<Reading>) -> Verdict {
        let looked_at = match reading {
            Some(Reading::Present(change)) => change.data,
            Some(Reading::Gone | Reading::Nothing | Reading::Forbidden) | None => None,
        };
        let id = written.key(errand).id;
        if let Some(raw) = written.resource.or(looked_at) {
            let shown = Shown::read(&raw).unwrap_or_default();
            let told = shown.meta.as_ref().and_then(|meta| meta.version_id.clone());
            // Someone was faster than the look: what they made of it is pulled.
            let is_this = match (&written.version, &told) {
                (Some(written), Some(told)) => written == told,
                _ => true,
            };
            if is_this && let Some(change) = self.change(&raw, written.last_modified.or(written.at))
            {
                return Verdict::Taken(Box::new(self.as_held(errand, &change)));
            }
        }
        let Some(version) = written.version else {
            // Written, and nothing tells as what: the next run looks.
            return Verdict::Failed(RemoteError::Timeout);
        };
        let at = written
            .last_modified
            .or(written.at)
            .unwrap_or_else(|| self.pace.now());
        let resource = (id != errand.key.id || errand.wire != errand.body)
            .then(|| Resource::parse(&errand.expected(&id)).ok())
            .flatten()
            .and_then(|resource| resource.with_server_meta(&version, at).ok());
        Verdict::Taken(Box::new(Taken {
            version,
            last_modified: at.to_instant(),
            vector_clock: None,
            id: (id != errand.key.id).then_some(id),
            resource,
            differs: false,
        }))
    }

    /// The server's version of what was sent, as it is to be kept here: in our words where it says the
    /// same, in the server's where it made something else of it.
    fn as_held(&self, errand: &Errand, change: &Change) -> Taken {
        let id = &change.record_id;
        let expected = errand.expected(id);
        let theirs = change.data.as_ref().map(|data| data.get().as_bytes());
        let at = Timestamp::parse(&change.last_modified).unwrap_or_else(|| self.pace.now());
        let is_masked = change.version.ends_with(MASKED_VERSION);
        let version = change.version.trim_end_matches(MASKED_VERSION).to_owned();
        let like = theirs.map_or(Likeness::Same, |theirs| likeness(&expected, theirs));
        if like == Likeness::Shortened {
            self.learn(|profile| profile.shortens_numbers = Said::Yes);
            self.tell("this server keeps fewer digits of some numbers (1.50 becomes 1.5); this device keeps them as they were written");
        }
        let ours = || {
            Resource::parse(&expected)
                .ok()
                .and_then(|resource| resource.with_server_meta(&version, at).ok())
        };
        let resource = match like {
            Likeness::Different if !is_masked => {
                theirs.and_then(|theirs| Resource::parse(theirs).ok())
            }
            Likeness::Same | Likeness::Shortened | Likeness::Different => {
                (expected != errand.body).then(ours).flatten()
            }
        };
        Taken {
            version: version.clone(),
            last_modified: change.last_modified.clone(),
            vector_clock: None,
            id: (*id != errand.key.id).then(|| id.clone()),
            resource,
            differs: like == Likeness::Different && !is_masked,
        }
    }

    /// The server holds something else than the edit was made on: is it the edit itself?
    pub(super) fn against(&self, errand: &Errand, change: Change) -> Verdict {
        let theirs = change.data.as_ref().map(|data| data.get().as_bytes());
        let is_same = errand.operation != Operation::Delete
            && theirs.is_some_and(|theirs| {
                likeness(&errand.expected(&change.record_id), theirs) != Likeness::Different
            });
        // What carries our mark was made by this very edit, whatever became of it since.
        let is_ours = change.record_id != errand.key.id;
        if is_same || is_ours {
            return Verdict::Taken(Box::new(self.as_held(errand, &change)));
        }
        errand.lost_to(change)
    }

    fn lost(&self, errand: &Errand, written: &Written, reading: Option<Reading>) -> Verdict {
        let refusal = || errand.refused(format!("invalid: {}", written.words));
        match reading {
            None => refusal(),
            Some(Reading::Forbidden) => errand.refused(format!("forbidden: {}", written.words)),
            Some(Reading::Present(change)) => {
                if change.version.ends_with(MASKED_VERSION) {
                    return errand.refused(
                        "forbidden: the server shows this user only a part of the record",
                    );
                }
                if errand.base.as_deref() == Some(change.version.as_str()) {
                    // Not a lost race: the same status has other meanings too.
                    return refusal();
                }
                if errand.base.is_some() && matches!(written.status, 409 | 412) {
                    self.learn(|profile| {
                        profile.if_match = Said::Yes;
                        profile.lost_race_status = Some(written.status);
                    });
                }
                self.against(errand, *change)
            }
            Some(Reading::Gone | Reading::Nothing) => match errand.operation {
                Operation::Delete => errand.deleted(self.pace.now()),
                Operation::Update => errand.lost_to_deletion(self.pace.now()),
                Operation::Create => refusal(),
            },
        }
    }
}
