//! The first sync: page by page in the order of importance, each page kept with how far it has come.

use haven_model::attachment::RECORD_BINARY_BYTES;
use haven_model::outline::OutlineRequest;
use haven_model::wire::PullRequest;
use haven_store::{OpKind, StoreError};

use super::Cycle;
use super::page::Asked;
use crate::error::SyncError;
use crate::event::{Phase, SyncEvent};
use crate::first::FirstSync;
use crate::remote::RemoteError;
use crate::settings;

impl Cycle<'_> {
    /// Reads what has not been read yet in the order of importance, where this is a first sync and the
    /// server can tell that order; afterwards the cursor stands where the first sync began.
    pub(super) async fn receive_first(&mut self) -> Result<(), SyncError> {
        let known = settings::first_sync(self.store)?;
        let first = match known {
            Some(first) if first.is_by_importance() => first,
            Some(_) => return Ok(()),
            None if self.store.setting(settings::CURSOR)?.is_some() => return Ok(()),
            None => self.begin_first().await?,
        };
        if !first.is_by_importance() {
            return Ok(());
        }
        let own = settings::own_patients(self.store)?;
        self.events.tell(SyncEvent::Started {
            phase: Phase::Receiving,
        });
        match self.read_by_importance(first, &own).await {
            Err(SyncError::Remote(RemoteError::CursorExpired)) => {
                tracing::warn!("the server has lost its place amid a first sync");
                let epoch = self.remote.probe().await?.epoch;
                self.read_again(Some(&epoch))
            }
            other => other,
        }
    }

    /// Asks what there is and what comes first.
    async fn begin_first(&mut self) -> Result<FirstSync, SyncError> {
        let request = OutlineRequest {
            device_id: self.store.session().device_id.clone(),
            collections: self.strategies.pulled_types(),
            binaries_up_to: Some(RECORD_BINARY_BYTES),
        };
        let outline = self.remote.outline(request).await?;
        let own = outline
            .as_ref()
            .map(|outline| serde_json::to_string(&outline.own_patients).unwrap_or_default());
        let first = match outline {
            Some(outline) => FirstSync::begin(outline, &self.strategies),
            None => FirstSync::in_the_servers_order(),
        };
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(settings::OWN_PATIENTS, own.as_deref())?;
            tx.set_setting(settings::FIRST_SYNC, Some(&settings::text_of(&first)))
        })?;
        Ok(first)
    }

    async fn read_by_importance(
        &mut self,
        mut first: FirstSync,
        own: &[String],
    ) -> Result<(), SyncError> {
        let mut next = self.ask_for(&first, own);
        while first.is_by_importance() {
            let mut page = next.wait().await?;
            self.hear(page.audit_anchor.take());
            first.advance(&page.cursor, page.has_more, page.changes, own.len());
            if first.is_by_importance() {
                // The server prepares the next page, and it is read, while this one is written.
                next = self.ask_for(&first, own);
                tokio::task::yield_now().await;
            }
            self.keep(page, true, Some(&mut first))?;
            let (done, total) = first.sums();
            self.events.tell(SyncEvent::Progress {
                phase: Phase::Receiving,
                done: done.count,
                total: total.map(|total| total.count),
            });
        }
        Ok(())
    }

    fn ask_for(&self, first: &FirstSync, own: &[String]) -> Asked {
        let mut request = PullRequest {
            device_id: self.store.session().device_id.clone(),
            max_records: Some(self.options.page_records),
            binaries_up_to: Some(RECORD_BINARY_BYTES),
            ..PullRequest::default()
        };
        first.narrow(&mut request, own, &self.strategies.pulled_types());
        Asked::of(self.remote, request)
    }

    /// Everything behind the cursor has been read: a first sync under way is complete.
    pub(super) fn complete_first(&mut self) -> Result<(), SyncError> {
        let Some(mut first) = settings::first_sync(self.store)? else {
            return Ok(());
        };
        if first.is_complete() {
            return Ok(());
        }
        first.complete();
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(settings::FIRST_SYNC, Some(&settings::text_of(&first)))?;
            tx.set_setting(settings::OWN_PATIENTS, None)?;
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }
}
