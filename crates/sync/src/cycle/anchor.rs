//! Handing the head of the audit log to the hub, and listening to what it remembers of the log.
//!
//! Nothing here keeps clinical data back: what fails is told of, and tried again at the next sync.

use haven_model::Timestamp;
use haven_model::merkle::{hash_text, parse_hash};
use haven_model::wire::{self, AuditConsistency, AuditHead, PushRequest};
use haven_store::{AnchorCheck, AuditAdvance, AuditAnchor};

use super::Cycle;
use crate::error::SyncError;
use crate::remote::RemoteError;

/// A hub that goes on answering with another head than the one offered is asked again next time.
const MAX_OFFERS: u32 = 2;

/// What the hub said of this device's audit log in this sync.
#[derive(Default)]
pub(super) enum Told {
    /// It has not been asked yet.
    #[default]
    NotYet,
    /// It keeps none, or is of an earlier version.
    Nothing,
    /// The head it keeps.
    Anchor(AuditAnchor),
    /// Something that is no head.
    Nonsense,
}

impl Told {
    fn of(told: Option<wire::AuditAnchor>) -> Self {
        let Some(told) = told else {
            return Self::Nothing;
        };
        let read = || {
            Some(AuditAnchor {
                size: (told.size > 0).then_some(told.size)?,
                root: parse_hash(&told.root)?,
                at: Timestamp::parse(&told.at)?,
            })
        };
        read().map_or(Self::Nonsense, Self::Anchor)
    }

    fn anchor(&self) -> Option<&AuditAnchor> {
        match self {
            Self::Anchor(anchor) => Some(anchor),
            Self::NotYet | Self::Nothing | Self::Nonsense => None,
        }
    }
}

impl Cycle<'_> {
    /// Compares what the hub remembers of the log with the log, at the first answer of a sync.
    pub(super) fn hear(&mut self, told: Option<wire::AuditAnchor>) {
        if !matches!(self.told, Told::NotYet) {
            return;
        }
        self.told = Told::of(told);
        let compared = match &self.told {
            Told::Anchor(anchor) => self.store.compare_with_anchor(Some(anchor)),
            Told::Nonsense => return self.doubt_hub(),
            Told::NotYet | Told::Nothing => return,
        };
        let noted = match compared {
            Ok(AnchorCheck::Departs { size, .. }) => self.note_rollback(size).map(drop),
            Ok(AnchorCheck::Continues(_)) => Ok(()),
            Err(error) => Err(error.into()),
        };
        tell(noted);
    }

    /// Offers the head that the log has after everything was exchanged.
    pub(super) async fn anchor(&mut self) {
        let offered = self.offer_head().await;
        tell(offered);
    }

    async fn offer_head(&mut self) -> Result<(), SyncError> {
        let exchanged = self.summary.pulled > 0 || self.summary.pushed > 0;
        for _ in 0..MAX_OFFERS {
            match &self.told {
                Told::Anchor(_) => {}
                // A hub that knows nothing of audit logs is not asked at each look.
                Told::Nothing if exchanged => {}
                Told::Nothing | Told::NotYet | Told::Nonsense => return Ok(()),
            }
            let head = match self.store.compare_with_anchor(self.told.anchor())? {
                AnchorCheck::Departs { size, root } => {
                    let is_news = self.note_rollback(size)?;
                    if is_news || exchanged {
                        self.send_head(size, &root, None).await?;
                    }
                    return Ok(());
                }
                AnchorCheck::Continues(head) => head,
            };
            if let Some(anchor) = self.told.anchor()
                && anchor.size == head.size
            {
                return self.keep_head(&head, anchor.at);
            }
            let proof = AuditConsistency {
                from: head.from,
                path: head.proof.iter().map(hash_text).collect(),
            };
            let answer = self.send_head(head.size, &head.root, Some(proof)).await?;
            self.told = Told::of(answer);
            match &self.told {
                Told::Anchor(anchor) if (anchor.size, anchor.root) == (head.size, head.root) => {
                    return self.keep_head(&head, anchor.at);
                }
                // It keeps another one than this device had heard of.
                Told::Anchor(_) => {}
                Told::Nonsense => {
                    self.doubt_hub();
                    return Ok(());
                }
                Told::Nothing | Told::NotYet => return Ok(()),
            }
        }
        Ok(())
    }

    async fn send_head(
        &self,
        size: u64,
        root: &[u8; 32],
        consistency: Option<AuditConsistency>,
    ) -> Result<Option<wire::AuditAnchor>, RemoteError> {
        let request = PushRequest {
            device_id: self.store.session().device_id.clone(),
            audit_head: Some(AuditHead {
                size,
                root: hash_text(root),
                consistency,
            }),
            ..PushRequest::default()
        };
        Ok(self.remote.push(request).await?.audit_anchor)
    }

    fn keep_head(&self, head: &AuditAdvance, at: Timestamp) -> Result<(), SyncError> {
        let standing = self.store.audit_standing()?;
        let known = standing.rollback.is_none()
            && standing
                .anchor
                .is_some_and(|kept| (kept.size, kept.root) == (head.size, head.root));
        if !known {
            self.store.keep_anchor(head, at, self.now())?;
        }
        Ok(())
    }

    /// Records that the hub has seen what the log lacks; answers whether it was news.
    fn note_rollback(&mut self, stands: u64) -> Result<bool, SyncError> {
        let Some(anchor) = self.told.anchor() else {
            return Ok(false);
        };
        self.is_copy = true;
        let is_news = self.store.record_rollback(anchor, stands, self.now())?;
        if is_news {
            tracing::warn!("the hub has seen audit entries that this store lacks");
        }
        let finding = self.store.audit_standing()?.rollback;
        self.summary.audit_problem = finding.map(|rollback| rollback.finding());
        Ok(is_news)
    }

    fn doubt_hub(&mut self) {
        tracing::warn!("what the hub says of this device's audit log cannot be read");
        self.summary.audit_problem = Some(
            "what the hub says of this device's audit log cannot be read, so a rollback of this store would not show"
                .to_owned(),
        );
    }
}

fn tell(done: Result<(), SyncError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "the audit log's head was not compared with the hub's; the next sync does");
    }
}
