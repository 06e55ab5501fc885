//! Finding out whether a server refuses an outdated write, without leaving anything behind.
//!
//! It is tried on a resource that this device has made a moment ago, which nobody else knows yet, and
//! with the very content that it has: where the server does not refuse it, nothing has changed.

use haven_model::Operation;

use super::errand::Errand;
use super::{FhirRemote, Said};
use crate::remote::{RemoteError, Taken, Verdict};

impl FhirRemote {
    /// Offers what was just made once more, as if made on another version; answers the version that
    /// it has now, where the server took it.
    pub(super) async fn try_outdated_write(
        &self,
        made: &Errand,
        taken: &Taken,
    ) -> Result<Option<Taken>, RemoteError> {
        if self.profile().versions == Said::No {
            return Ok(None);
        }
        let mut again = made.clone();
        again.operation = Operation::Update;
        if let Some(id) = &taken.id {
            again.wire = made.expected(id);
            again.key.id.clone_from(id);
        }
        // A version that the server cannot have given: of the same form, so that it is understood.
        again.base = Some(match taken.version.parse::<u64>() {
            Ok(number) => number.saturating_add(100_000).to_string(),
            Err(_) => "00000000-0000-4000-8000-000000000000".to_owned(),
        });
        let written = self.write_one(&again).await?;
        if !written.is_success() {
            if let Some(status) = written.refusal() {
                self.learn(|profile| {
                    profile.if_match = Said::Yes;
                    profile.lost_race_status = Some(status);
                });
            }
            return Ok(None);
        }
        self.learn(|profile| profile.if_match = Said::No);
        self.tell("this server does not refuse outdated writes by itself; Haven compares before each write");
        again.body.clone_from(&again.wire);
        match self.judge(&again, written, None) {
            Verdict::Taken(now) => Ok(Some(Taken {
                id: taken.id.clone(),
                resource: match (&taken.resource, now.resource) {
                    (None, None) => None,
                    (_, Some(resource)) => Some(resource),
                    (Some(before), None) => before
                        .with_server_meta(
                            &now.version,
                            haven_model::Timestamp::parse(&now.last_modified)
                                .unwrap_or_else(|| self.pace.now()),
                        )
                        .ok(),
                },
                version: now.version,
                last_modified: now.last_modified,
                vector_clock: None,
                differs: taken.differs || now.differs,
            })),
            Verdict::Refused(_) | Verdict::Held | Verdict::Failed(_) => Ok(None),
        }
    }
}
