//! Content of attachments, after everything else of a sync: what was made here first, then what is
//! referred to here.
//!
//! Invariants: whatever goes wrong here is kept with the attachment and neither fails nor delays the
//! exchange of records; every piece received is durable before the next is waited for long; nothing
//! becomes whole that was not found to be what it was declared to be.

mod receive;
mod transmit;

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use haven_model::attachment::{attachments_of, binary_of};
use haven_store::{AttachmentRow, AttachmentStanding, OpKind, StoreError};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Cycle;
use crate::error::SyncError;
use crate::remote::RemoteError;

/// Set once rows that were here before attachments were followed have been looked at.
const EXAMINED: &str = "attachments.examined";

/// Types whose resources mostly have attachments.
const EXAMINED_TYPES: [&str; 4] = [
    "DocumentReference",
    "DiagnosticReport",
    "Media",
    "Communication",
];

/// A failed attempt is repeated after this long, twice as long after each further one.
const FIRST_WAIT_MS: i64 = 60_000;
const LONGEST_WAIT_MS: i64 = 6 * 3_600_000;

/// How much of a sync attachments may take.
#[derive(Clone, Debug, Default)]
pub struct AttachmentLimits {
    /// After this long they make room for the next exchange of records; `None` until all is done.
    pub slice_ms: Option<u64>,
    /// At most this many bytes in one sync, both ways; `None` for no such limit.
    pub bytes: Option<u64>,
    /// Told when records wait to be exchanged: attachments stop at once.
    pub wanted: Option<Arc<Notify>>,
}

/// What came of one attempt.
#[derive(PartialEq)]
enum Step {
    /// It is whole, or has failed and waits for its next attempt.
    Done,
    /// Time or bytes are used up, or records wait.
    Stop,
}

/// What is left of a sync for attachments.
pub(super) struct Room {
    deadline: Option<Instant>,
    bytes: Option<u64>,
    wanted: Option<Arc<Notify>>,
    /// Whether more could be done at once.
    more: bool,
}

impl Room {
    fn of(limits: &AttachmentLimits) -> Self {
        Self {
            deadline: limits
                .slice_ms
                .map(|ms| Instant::now() + Duration::from_millis(ms)),
            bytes: limits.bytes,
            wanted: limits.wanted.clone(),
            more: false,
        }
    }

    /// Waits for `work`, but not beyond the slice or past records that wait.
    async fn until_needed<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let deadline = self.deadline;
        self.race(work, deadline).await
    }

    /// As [`Room::until_needed`], for work that has to be begun anew when it is cut short: only
    /// records that wait do that.
    async fn until_wanted<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        self.race(work, None).await
    }

    async fn race<T>(
        &mut self,
        work: impl Future<Output = T>,
        deadline: Option<Instant>,
    ) -> Option<T> {
        let wanted = self.wanted.clone();
        let wanted = async {
            match &wanted {
                Some(wanted) => wanted.notified().await,
                None => std::future::pending().await,
            }
        };
        let over = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let done = tokio::select! {
            biased;
            done = work => Some(done),
            () = wanted => None,
            () = over => None,
        };
        self.more |= done.is_none();
        done
    }

    fn take(&mut self, bytes: usize) {
        if let Some(left) = &mut self.bytes {
            *left = left.saturating_sub(bytes as u64);
        }
    }

    fn is_used_up(&mut self) -> bool {
        if self.bytes == Some(0) {
            return true;
        }
        let is_late = self.deadline.is_some_and(|at| at <= Instant::now());
        self.more |= is_late;
        is_late
    }
}

impl Cycle<'_> {
    /// Looks for attachments of rows that were here before attachments were followed.
    pub(super) fn examine_earlier(&mut self) -> Result<(), SyncError> {
        if self.store.setting(EXAMINED)?.is_some() {
            return Ok(());
        }
        let mut found = Vec::new();
        for kind in EXAMINED_TYPES {
            self.store.for_each(Some(kind), |stored| {
                let has_some = stored
                    .resource
                    .as_ref()
                    .is_some_and(|resource| !attachments_of(resource.bytes()).is_empty());
                if has_some {
                    found.push(stored.key);
                }
                Ok::<_, StoreError>(())
            })?;
        }
        self.store.transact(self.op(OpKind::Configure), |tx| {
            for key in &found {
                tx.examine_attachments(key)?;
            }
            tx.set_setting(EXAMINED, Some("1"))
        })?;
        Ok(())
    }

    /// Exchanges content for as long as there is room for it; answers whether resources were changed
    /// by that, which then travel as any edit.
    pub(super) async fn exchange_attachments(&mut self) -> bool {
        let mut room = Room::of(&self.options.attachments);
        let renamed = self.exchange_content(&mut room).await;
        if let Err(error) = &renamed {
            tracing::warn!(
                code = error.code(),
                "attachments were not all exchanged; a later sync goes on"
            );
        }
        self.summary.attachments.more = room.more;
        if let Ok(counts) = self.store.snapshot(|reader| reader.attachment_counts()) {
            let told = &mut self.summary.attachments;
            (told.to_receive, told.to_send) = (counts.to_receive, counts.to_send);
            told.failed = counts.failed;
        }
        renamed.unwrap_or(false)
    }

    async fn exchange_content(&mut self, room: &mut Room) -> Result<bool, SyncError> {
        let mut renamed = self.rename_sent()?;
        let mut tried: HashSet<i64> = HashSet::new();
        while !room.is_used_up() {
            let now = (!self.options.ignore_waits).then(|| self.now());
            let limit = u32::try_from(tried.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1);
            let due = self.store.snapshot(|reader| {
                let name = self.realm.name.as_deref();
                reader.due_attachments(name, self.realm.takes_unclaimed, now, limit)
            })?;
            let Some(next) = due.into_iter().find(|one| !tried.contains(&one.no)) else {
                break;
            };
            tried.insert(next.no);
            let step = if next.standing == AttachmentStanding::ToSend {
                self.send_content(room, next).await?
            } else if self.is_elsewhere(&next.url) {
                self.leave_elsewhere(next)?
            } else {
                self.receive_content(room, next).await?
            };
            if step == Step::Stop {
                break;
            }
        }
        renamed |= self.rename_sent()?;
        Ok(renamed)
    }

    fn is_elsewhere(&self, url: &str) -> bool {
        let base = self.remote.attachment_base();
        binary_of(url).is_none_or(|(server, _)| {
            !server.is_empty() && server.trim_end_matches('/') != base.trim_end_matches('/')
        })
    }

    fn leave_elsewhere(&mut self, mut one: AttachmentRow) -> Result<Step, SyncError> {
        one.standing = AttachmentStanding::Elsewhere;
        self.put(&one)?;
        Ok(Step::Done)
    }

    /// Makes resources name the ids that the server chose for content made here.
    fn rename_sent(&mut self) -> Result<bool, SyncError> {
        let mut renamed_some = false;
        let unnamed = self.store.snapshot(|reader| reader.unnamed_attachments())?;
        for one in unnamed {
            let renamed = self
                .store
                .transact(self.op(OpKind::Push), |tx| tx.rename_attachment(&one));
            match renamed {
                Ok(_) => renamed_some = true,
                // It waits for a person; afterwards it is renamed.
                Err(error) => tracing::debug!(code = error.code().as_str(), "not renamed yet"),
            }
        }
        Ok(renamed_some)
    }

    fn put(&self, one: &AttachmentRow) -> Result<(), SyncError> {
        self.store
            .transact(self.op(OpKind::Push), |tx| tx.put_attachment(one))?;
        Ok(())
    }

    /// Keeps why an attempt failed, and when the next is made.
    fn note_failure(&mut self, mut one: AttachmentRow, reason: &str) -> Result<Step, SyncError> {
        tracing::warn!(reason, "an attachment was not exchanged; it is tried again");
        let wait_ms = FIRST_WAIT_MS
            .saturating_mul(1_i64.checked_shl(one.attempts.min(20)).unwrap_or(i64::MAX))
            .min(LONGEST_WAIT_MS);
        one.attempts = one.attempts.saturating_add(1);
        one.next_attempt_at = Some(self.now().plus_ms(wait_ms));
        one.reason = Some(reason.to_owned());
        self.put(&one)?;
        Ok(Step::Done)
    }

    /// What a failed request means: for this attachment, or for all of them.
    fn refused(&mut self, one: AttachmentRow, error: RemoteError) -> Result<Step, SyncError> {
        let reason = match &error {
            RemoteError::Protocol(words)
                if words.starts_with("HTTP 404") || words.starts_with("HTTP 410") =>
            {
                "missing"
            }
            RemoteError::CursorExpired => "missing",
            RemoteError::Protocol(words) if words.starts_with("HTTP 409") => "taken",
            RemoteError::Protocol(_) | RemoteError::NotFhir(_) | RemoteError::NotAHub(_) => {
                "refused"
            }
            RemoteError::Forbidden => "forbidden",
            RemoteError::TooLarge => "too_large",
            RemoteError::Timeout => "cut_off",
            RemoteError::Server { .. } => "server_error",
            RemoteError::Unreachable
            | RemoteError::WrongServer
            | RemoteError::SignedOut
            | RemoteError::Revoked
            | RemoteError::CodeRefused
            | RemoteError::RateLimited { .. }
            | RemoteError::TokensNotKept => return Err(error.into()),
        };
        self.note_failure(one, reason)
    }
}
