//! Receiving content: in ranges, each kept before the next is waited for long.

use haven_model::attachment::MAX_CONTENT_BYTES;
use haven_store::{AttachmentRow, AttachmentStanding, ErrorCode, OpKind, StoreError};

use super::{Room, Step};
use crate::cycle::Cycle;
use crate::digest::{Digests, hex};
use crate::error::SyncError;
use crate::remote::{Content, ContentAsk, RemoteError};

/// So much is gathered before it is written.
const WRITTEN_BYTES: usize = 128 * 1024;

/// Content that changes at the server while it is read is begun anew this often.
const FRESH_STARTS: u32 = 3;

/// How reading an answer ended.
enum End {
    Whole,
    Broken(RemoteError),
    Stopped,
    NoRoom,
}

impl Cycle<'_> {
    pub(super) async fn receive_content(
        &mut self,
        room: &mut Room,
        mut one: AttachmentRow,
    ) -> Result<Step, SyncError> {
        let mut fresh_starts = 0;
        loop {
            if one.total_bytes == Some(one.held_bytes) {
                return self.verify_content(one);
            }
            let total = one.total_bytes.or(one.declared_bytes).unwrap_or(0);
            if !self.has_room_for(&one, total)? {
                return self.note_failure(one, "no_room");
            }
            let ask = ContentAsk {
                id: one.sent_as.clone().unwrap_or_else(|| id_in(&one)),
                from: one.held_bytes,
                content_type: one.content_type.clone(),
            };
            let mut content = match room.until_needed(self.remote.open_content(ask)).await {
                None => return Ok(Step::Stop),
                Some(Err(error)) => return self.refused(one, error),
                Some(Ok(content)) => content,
            };
            let total = content.total.or(one.declared_bytes).unwrap_or(0);
            if total > MAX_CONTENT_BYTES {
                return self.note_failure(one, "too_large");
            }
            if !self.has_room_for(&one, total)? {
                return self.note_failure(one, "no_room");
            }
            let is_another = one.held_bytes > 0 && one.validator != content.validator;
            let is_unknown = content.validator.is_none() && content.begins_at == 0;
            if one.held_bytes > 0 && (is_another || is_unknown) {
                fresh_starts += 1;
                if fresh_starts > FRESH_STARTS {
                    return self.note_failure(one, "changing");
                }
                self.store
                    .transact(self.op(OpKind::Pull), |tx| tx.drop_content(&mut one))?;
                if content.begins_at > 0 {
                    continue;
                }
            }
            one.validator = content.validator.clone();
            one.total_bytes = content.total;
            let before = one.held_bytes;
            match self.keep_pieces(room, &mut one, &mut content).await? {
                End::Stopped => return Ok(Step::Stop),
                End::Whole if one.total_bytes.is_none() => {
                    one.total_bytes = Some(one.held_bytes);
                    self.put(&one)?;
                }
                End::Whole if one.held_bytes > before => {}
                End::Whole => return self.note_failure(one, "cut_off"),
                // Broken off, and yet further than before: gone on with from there.
                End::Broken(_) if one.held_bytes > before => {}
                End::Broken(error) => return self.refused(one, error),
                End::NoRoom => return self.note_failure(one, "no_room"),
            }
        }
    }

    /// Whether what is missing of so many bytes leaves room for records.
    fn has_room_for(&self, one: &AttachmentRow, total_bytes: u64) -> Result<bool, SyncError> {
        let missing = total_bytes.saturating_sub(one.held_bytes);
        match self.store.require_room_beside_records(missing) {
            Ok(()) => Ok(true),
            Err(error) if error.code() == ErrorCode::DiskFull => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes what comes, as it comes; what was there already is passed over.
    async fn keep_pieces(
        &mut self,
        room: &mut Room,
        one: &mut AttachmentRow,
        content: &mut Content,
    ) -> Result<End, SyncError> {
        let mut passed = one.held_bytes.saturating_sub(content.begins_at);
        let mut gathered: Vec<u8> = Vec::new();
        let end = loop {
            let piece = match room.until_needed(content.next()).await {
                None => break End::Stopped,
                Some(Err(error)) => break End::Broken(error),
                Some(Ok(None)) => break End::Whole,
                Some(Ok(Some(piece))) => piece,
            };
            room.take(piece.len());
            let told = &mut self.summary.attachments;
            told.bytes_received = told.bytes_received.saturating_add(piece.len() as u64);
            let skip = usize::try_from(passed)
                .unwrap_or(usize::MAX)
                .min(piece.len());
            passed = passed.saturating_sub(skip as u64);
            gathered.extend_from_slice(piece.get(skip..).unwrap_or_default());
            if gathered.len() >= WRITTEN_BYTES {
                // Others write meanwhile, and not every server tells how much is to come.
                if !self.has_room_for(one, one.held_bytes + gathered.len() as u64)? {
                    return Ok(End::NoRoom);
                }
                self.write_piece(one, &mut gathered)?;
            }
            if room.is_used_up() {
                break End::Stopped;
            }
        };
        self.write_piece(one, &mut gathered)?;
        Ok(end)
    }

    fn write_piece(
        &self,
        one: &mut AttachmentRow,
        gathered: &mut Vec<u8>,
    ) -> Result<(), SyncError> {
        if gathered.is_empty() {
            return Ok(());
        }
        let mut written = one.clone();
        self.store.transact(self.op(OpKind::Pull), |tx| {
            tx.append_content(&mut written, gathered)
        })?;
        *one = written;
        gathered.clear();
        Ok(())
    }

    /// Compares what is here with all that was told of it; only then is it whole.
    fn verify_content(&mut self, mut one: AttachmentRow) -> Result<Step, SyncError> {
        let mut digests = Digests::default();
        let read = self.store.snapshot(|reader| {
            reader.attachment_bytes(&one, 0, |bytes| {
                digests.update(bytes);
                Ok::<_, StoreError>(true)
            })
        });
        if let Err(error) = read {
            tracing::warn!(
                code = error.code().as_str(),
                "content kept here was altered"
            );
            return self.reject(one, "altered_here");
        }
        let found = digests.finish();
        let of_server = one
            .validator
            .as_deref()
            .and_then(|validator| validator.strip_prefix("sha256:"))
            .map(|digest| digest.eq_ignore_ascii_case(&hex(&found.sha256)));
        let of_hash = one
            .declared_hash
            .as_deref()
            .and_then(|hash| found.agrees(hash));
        let of_size = one.declared_bytes.map(|bytes| bytes == found.bytes);
        if of_size == Some(false) {
            return self.reject(one, "size_mismatch");
        }
        if of_server == Some(false) || of_hash == Some(false) {
            return self.reject(one, "hash_mismatch");
        }
        let by = match (of_hash, of_server, of_size) {
            (Some(true), _, _) => "hash",
            (_, Some(true), _) => "server",
            (_, _, Some(true)) => "size",
            _ => "nothing",
        };
        one.sha256 = Some(found.sha256);
        one.verified_by = Some(by.to_owned());
        one.standing = AttachmentStanding::Whole;
        (one.attempts, one.next_attempt_at, one.reason) = (0, None, None);
        self.store
            .transact(self.op(OpKind::Pull), |tx| tx.attachment_arrived(&one))?;
        let told = &mut self.summary.attachments;
        told.received = told.received.saturating_add(1);
        Ok(Step::Done)
    }

    /// Content that is not what it should be is not kept.
    fn reject(&mut self, mut one: AttachmentRow, reason: &str) -> Result<Step, SyncError> {
        self.store
            .transact(self.op(OpKind::Pull), |tx| tx.drop_content(&mut one))?;
        self.note_failure(one, reason)
    }
}

fn id_in(one: &AttachmentRow) -> String {
    haven_model::attachment::binary_of(&one.url)
        .map_or_else(|| one.id.clone(), |(_, id)| id.to_owned())
}
