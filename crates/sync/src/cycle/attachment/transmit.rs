//! Sending content made here: in pieces that are gone on with, or whole.

use std::time::Instant;

use haven_model::attachment::{AttachmentOffer, AttachmentStanding as There, MAX_PIECE_BYTES};
use haven_store::{AttachmentRow, AttachmentStanding, OpKind, StoreError};

use super::{Room, Step};
use crate::cycle::Cycle;
use crate::digest::hex;
use crate::error::SyncError;
use crate::remote::{ContentPiece, RemoteError};

/// The first piece sent; on a slow line that is seconds.
const FIRST_PIECE_BYTES: usize = 16 * 1024;
/// A piece that took less than this is followed by one of twice the size.
const SHORT_MS: u128 = 1_000;
/// A piece that took longer than this, by one of half the size.
const LONG_MS: u128 = 4_000;
/// The largest content sent to a server that takes no pieces.
const MOST_AT_ONCE_BYTES: u64 = 32 * 1024 * 1024;

impl Cycle<'_> {
    pub(super) async fn send_content(
        &mut self,
        room: &mut Room,
        one: AttachmentRow,
    ) -> Result<Step, SyncError> {
        let (Some(sha256), Some(bytes)) = (one.sha256, one.total_bytes) else {
            return self.note_failure(one, "altered_here");
        };
        let device_id = self.store.session().device_id.clone();
        let offer = AttachmentOffer {
            op_id: format!("{device_id}:attachment:{}", one.no),
            device_id,
            id: one.id.clone(),
            sha256: hex(&sha256),
            bytes,
            content_type: one
                .content_type
                .clone()
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
            class: one.class,
        };
        if self.remote.takes_pieces() {
            self.send_in_pieces(room, one, offer).await
        } else {
            self.send_whole(room, one, offer).await
        }
    }

    async fn send_in_pieces(
        &mut self,
        room: &mut Room,
        mut one: AttachmentRow,
        offer: AttachmentOffer,
    ) -> Result<Step, SyncError> {
        let offered = room.until_needed(self.remote.offer_content(offer.clone()));
        let mut there = match offered.await {
            None => return Ok(Step::Stop),
            Some(Err(error)) => return self.refused(one, error),
            Some(Ok(there)) => there,
        };
        let mut piece_bytes = FIRST_PIECE_BYTES;
        while !there.whole {
            if room.is_used_up() {
                one.sent_bytes = there.received;
                self.put(&one)?;
                return Ok(Step::Stop);
            }
            let bytes = match self.content_from(&one, there.received, piece_bytes) {
                Ok(bytes) if bytes.is_empty() => return self.note_failure(one, "altered_here"),
                Ok(bytes) => bytes,
                Err(SyncError::Store(error)) => {
                    tracing::warn!(
                        code = error.code().as_str(),
                        "content kept here was altered"
                    );
                    return self.note_failure(one, "altered_here");
                }
                Err(error) => return Err(error),
            };
            let length = bytes.len();
            let piece = ContentPiece {
                offer: offer.clone(),
                begins_at: there.received,
                bytes,
            };
            let started = Instant::now();
            let before = there.received;
            match room.until_wanted(self.remote.send_content(piece)).await {
                None => {
                    one.sent_bytes = before;
                    self.put(&one)?;
                    return Ok(Step::Stop);
                }
                Some(Ok(now)) => there = now,
                Some(Err(error)) => {
                    one.sent_bytes = before;
                    return self.refused(one, error);
                }
            }
            self.count_sent(room, length);
            if there.received <= before && !there.whole {
                return self.note_failure(one, "refused");
            }
            piece_bytes = match started.elapsed().as_millis() {
                ..SHORT_MS => (piece_bytes * 2).min(MAX_PIECE_BYTES),
                LONG_MS.. => (piece_bytes / 2).max(FIRST_PIECE_BYTES / 4),
                _ => piece_bytes,
            };
        }
        self.arrived(one, &there)
    }

    async fn send_whole(
        &mut self,
        room: &mut Room,
        one: AttachmentRow,
        offer: AttachmentOffer,
    ) -> Result<Step, SyncError> {
        if offer.bytes > MOST_AT_ONCE_BYTES {
            return self.note_failure(one, "too_large");
        }
        let mut bytes = Vec::new();
        let read = self.store.attachment_content(&one, |piece| {
            bytes.extend_from_slice(piece);
            Ok::<_, StoreError>(())
        });
        if let Err(error) = read {
            tracing::warn!(
                code = error.code().as_str(),
                "content kept here was altered"
            );
            return self.note_failure(one, "altered_here");
        }
        let length = bytes.len();
        let piece = ContentPiece {
            offer,
            begins_at: 0,
            bytes,
        };
        let there = match room.until_wanted(self.remote.send_content(piece)).await {
            None => return Ok(Step::Stop),
            Some(Ok(there)) => there,
            // Whether a large upload fits through a line shows only by trying: not a fault of the line.
            Some(Err(RemoteError::Timeout)) => return self.note_failure(one, "cut_off"),
            Some(Err(error)) => return self.refused(one, error),
        };
        self.count_sent(room, length);
        self.arrived(one, &there)
    }

    fn content_from(
        &self,
        one: &AttachmentRow,
        from: u64,
        most: usize,
    ) -> Result<Vec<u8>, SyncError> {
        let mut bytes = Vec::new();
        self.store.snapshot(|reader| {
            reader.attachment_bytes(one, from, |piece| {
                let room = most.saturating_sub(bytes.len()).min(piece.len());
                bytes.extend_from_slice(piece.get(..room).unwrap_or_default());
                Ok::<_, StoreError>(bytes.len() < most)
            })
        })?;
        Ok(bytes)
    }

    fn count_sent(&mut self, room: &mut Room, bytes: usize) {
        room.take(bytes);
        let told = &mut self.summary.attachments;
        told.bytes_sent = told.bytes_sent.saturating_add(bytes as u64);
    }

    fn arrived(&mut self, mut one: AttachmentRow, there: &There) -> Result<Step, SyncError> {
        one.standing = AttachmentStanding::Whole;
        one.sent_bytes = one.total_bytes.unwrap_or(there.received);
        one.sent_as = there.id.clone().filter(|id| *id != one.id);
        (one.attempts, one.next_attempt_at, one.reason) = (0, None, None);
        self.store
            .transact(self.op(OpKind::Push), |tx| tx.attachment_arrived(&one))?;
        let told = &mut self.summary.attachments;
        told.sent = told.sent.saturating_add(1);
        Ok(Step::Done)
    }
}
