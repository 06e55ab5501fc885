//! Giving up the copy of a resource that the server has.

use haven_model::{ResourceKey, SyncStatus};
use rusqlite::named_params;

use super::Tx;
use crate::attachment;
use crate::error::Result;
use crate::retention::PRUNED;
use crate::table::{base, conflict, in_flight, outbox, resource};

impl Tx<'_> {
    /// Removes the copy here to save room, and notes that its chart lacks it; answers as
    /// [`Tx::drop_copy`].
    pub(crate) fn prune(&mut self, key: &ResourceKey) -> Result<bool> {
        let row = resource::by_key(self.reader.link, key)?;
        let is_gone = self.drop_copy(key)?;
        if let (true, Some(patient_no)) = (is_gone, row.and_then(|row| row.patient_no)) {
            self.thin(patient_no)?;
        }
        Ok(is_gone)
    }

    /// Removes the copy here, with its history and search terms; answers false, and does nothing,
    /// when it has become something that must stay since it was chosen.
    pub(crate) fn drop_copy(&mut self, key: &ResourceKey) -> Result<bool> {
        let link = self.reader.link;
        let Some(held) = self.held(key)? else {
            return Ok(false);
        };
        let row_id = held.row.row_id;
        let needed_here = held.row.status != SyncStatus::Synced
            || outbox::of(link, row_id)?.is_some()
            || self.flies(row_id)?
            || base::version_of(link, row_id)?.is_some()
            || conflict::open_id(link, row_id)?.is_some()
            || attachment::is_sent_with(link, row_id)?;
        if needed_here {
            return Ok(false);
        }
        self.index(&held.row, Some(&held), None)?;
        base::drop_of(link, row_id)?;
        in_flight::remove(link, row_id)?;
        for sql in [
            include_str!("prune/history.sql"),
            include_str!("prune/conflict_part.sql"),
            include_str!("prune/conflict.sql"),
            include_str!("prune/held_deletion.sql"),
            include_str!("prune/attachment_chunk.sql"),
            include_str!("prune/attachment.sql"),
            include_str!("prune/remote_row.sql"),
            include_str!("prune/adopted_id.sql"),
            include_str!("prune/resource.sql"),
        ] {
            link.connection
                .prepare_cached(sql)?
                .execute(named_params! {":row_id": row_id})?;
        }
        self.tally.take(&held.row);
        self.note(PRUNED, Some(key), Some(held.row.version), None)?;
        self.touch(&held.row);
        Ok(true)
    }
}
