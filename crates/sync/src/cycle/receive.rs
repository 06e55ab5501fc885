//! Pulling page by page, each kept together with its cursor.

use haven_model::attachment::RECORD_BINARY_BYTES;
use haven_model::wire::PullRequest;
use haven_model::{ResourceKey, Timestamp};
use haven_store::{ErrorCode, OpKind, RemoteVersion, StoreError};

use super::Cycle;
use super::page::{Asked, Page, count};
use super::settle::{Settled, settle};
use crate::error::SyncError;
use crate::event::{Phase, SyncEvent};
use crate::first::FirstSync;
use crate::plan::Occasion;
use crate::remote::RemoteError;
use crate::settings;

/// With nothing received, the time of the last look is kept only this often: an idle evening must
/// not fill the audit log.
const LOOK_KEPT_EVERY_MS: i64 = 600_000;

impl Cycle<'_> {
    /// Takes in everything that the server has behind the cursor.
    pub(super) async fn receive(&mut self) -> Result<(), SyncError> {
        if self.reread.is_none() && self.realm.name.is_none() {
            self.receive_first().await?;
        }
        let mut cursor = self.store.setting(&self.names.cursor)?;
        let mut next = self.ask(cursor.clone());
        let mut received = 0_u64;
        let mut total = None;
        loop {
            let mut page = match next.wait().await {
                Ok(page) => page,
                Err(RemoteError::CursorExpired) if cursor.is_some() => {
                    tracing::warn!("the cursor has expired: everything is read again");
                    let epoch = self.remote.probe().await?.epoch;
                    self.read_again(Some(&epoch))?;
                    cursor = None;
                    (received, total) = (0, None);
                    next = self.ask(None);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            self.hear(page.audit_anchor.take());
            let has_more = page.has_more;
            let changes = page.changes;
            if received == 0 && changes > 0 {
                self.events.tell(SyncEvent::Started {
                    phase: Phase::Receiving,
                });
            }
            if changes > 0 {
                // Some servers tell how much there is only after a while.
                total = total.or(page.total.map(|behind| received.saturating_add(behind)));
            }
            let advances = cursor.as_deref() != Some(page.cursor.as_str());
            cursor = Some(page.cursor.clone());
            if has_more {
                // The server prepares the next page, and it is read, while this one is written.
                next = self.ask(cursor.clone());
                tokio::task::yield_now().await;
            }
            self.keep(page, advances, None)?;
            if changes > 0 {
                received = received.saturating_add(changes);
                self.events.tell(SyncEvent::Progress {
                    phase: Phase::Receiving,
                    done: received,
                    total: total.map(|total| total.max(received)),
                });
            }
            if !has_more {
                break;
            }
        }
        self.look_again().await?;
        if self.realm.name.is_none() {
            self.settle_deletions()?;
            self.complete_first()?;
        }
        self.finish_reread()
    }

    /// Writes a page in one transaction with its cursor, or with how far the first sync has come.
    ///
    /// A store that is full takes nothing in; the page stays behind the cursor.
    pub(super) fn keep(
        &mut self,
        page: Page,
        advances: bool,
        mut first: Option<&mut FirstSync>,
    ) -> Result<(), SyncError> {
        if page.changes > 0 {
            self.store.require_room()?;
        }
        if page.changes == 0 && first.is_none() && !self.look_is_worth_keeping(advances)? {
            return Ok(());
        }
        self.summary.unreadable = self.summary.unreadable.saturating_add(page.unreadable);
        self.summary.bytes_received = self.summary.bytes_received.saturating_add(page.bytes);
        if let Some(seen) = &mut self.reread {
            seen.extend(page.versions.iter().map(|version| version.key.clone()));
        }
        let now = self.now().to_instant();
        let people = self.people_learnt(&page)?;
        let (names, realm) = (&self.names, &self.realm);
        let terms = |key: &ResourceKey| self.terms(key);
        let (settled, _) = self.store.transact(self.op(OpKind::Pull), |tx| {
            let mut settled = Vec::new();
            for version in page.versions {
                let arriving = first.is_some().then(|| arriving(&version)).flatten();
                let terms = terms(&version.key);
                let one = match settle(tx, version, Occasion::Pulled, terms, realm) {
                    // A hub sends what the role may keep; of others' records this login has no
                    // key to some. They come by the sweep when one who has it syncs.
                    Err(error)
                        if realm.name.is_some() && error.code() == ErrorCode::NotPermitted =>
                    {
                        Settled::Elsewhere
                    }
                    other => other?,
                };
                if let (Some(first), Some((name, bytes)), Settled::Taken) =
                    (first.as_deref_mut(), arriving, &one)
                {
                    first.count(&name, bytes);
                }
                settled.push(one);
            }
            if let Some(people) = &people {
                tx.set_setting(settings::PEOPLE, Some(people))?;
            }
            match first {
                None => {
                    tx.set_setting(&names.cursor, Some(&page.cursor))?;
                    tx.set_setting(&names.data_as_of, Some(&page.sync_timestamp))?;
                }
                Some(first) => {
                    if !first.is_by_importance() {
                        tx.set_setting(&names.cursor, first.begins.as_deref())?;
                    }
                    tx.set_setting(settings::FIRST_SYNC, Some(&settings::text_of(first)))?;
                }
            }
            tx.set_setting(&names.last_received, Some(&now))?;
            if settled.iter().any(|one| matches!(one, Settled::Arrived)) {
                tx.set_setting(&names.last_sent, Some(&now))?;
            }
            Ok::<_, StoreError>(settled)
        })?;
        for one in settled {
            self.note(one);
        }
        Ok(())
    }

    /// Everyone known, when the page tells of someone new or changed.
    fn people_learnt(&self, page: &Page) -> Result<Option<String>, SyncError> {
        if page.people.is_empty() {
            return Ok(None);
        }
        let known = settings::people(self.store)?;
        let mut all = known.clone();
        // Nobody is told of who made none of the page's changes.
        let told = page.people.iter().take(page.versions.len());
        all.extend(told.map(|(login, person)| (login.clone(), person.clone())));
        let learnt = (all != known).then(|| serde_json::to_string(&all).unwrap_or_default());
        Ok(learnt)
    }

    fn look_is_worth_keeping(&self, advances: bool) -> Result<bool, SyncError> {
        if advances {
            return Ok(true);
        }
        let last = self
            .store
            .setting(&self.names.last_received)?
            .and_then(|text| Timestamp::parse(&text));
        Ok(last.is_none_or(|last| last.plus_ms(LOOK_KEPT_EVERY_MS) <= self.now()))
    }

    /// Counts what became of one version of the server.
    pub(super) fn note(&mut self, settled: Settled) {
        let summary = &mut self.summary;
        match settled {
            Settled::Nothing | Settled::Held | Settled::Elsewhere => {}
            Settled::Arrived => summary.pushed = summary.pushed.saturating_add(1),
            Settled::Taken => summary.pulled = summary.pulled.saturating_add(1),
            Settled::Masked => summary.masked = summary.masked.saturating_add(1),
            Settled::Doubted(key) => self.doubted.push(key),
            Settled::OnTop => summary.reoffered = summary.reoffered.saturating_add(1),
            Settled::Merged(key) => {
                summary.pulled = summary.pulled.saturating_add(1);
                summary.merged = summary.merged.saturating_add(1);
                let times: &mut u32 = self.rebases.entry(key).or_insert(0);
                *times = times.saturating_add(1);
            }
            Settled::Conflict => {
                summary.pulled = summary.pulled.saturating_add(1);
                summary.conflicts = summary.conflicts.saturating_add(1);
            }
        }
    }

    fn ask(&self, cursor: Option<String>) -> Asked {
        let request = PullRequest {
            cursor,
            collections: self.strategies.pulled_types(),
            device_id: self.store.session().device_id.clone(),
            max_records: Some(self.options.page_records),
            binaries_up_to: Some(RECORD_BINARY_BYTES),
            ..PullRequest::default()
        };
        Asked::of(self.remote, request)
    }
}

/// Type and size of a resource that arrives; `None` for a deletion.
fn arriving(version: &RemoteVersion) -> Option<(String, u64)> {
    let bytes = version.resource.as_ref()?.bytes().len();
    Some((version.key.resource_type.clone(), count(bytes)))
}
