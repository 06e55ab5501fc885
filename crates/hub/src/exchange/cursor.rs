//! The opaque cursor: epoch, place in the hub's order and what stands there, authenticated.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest, Sha256};

type HmacSha256 = Hmac<Sha256>;

const TAG_BYTES: usize = 16;

/// Makes and reads cursors of one hub.
///
/// A cursor that reads back is one this hub made. So one that lies beyond the end of the hub's
/// order, or names a place where another version stands, proves that the hub has lost its end, that
/// is, was restored from a backup, whether or not something was written to it since.
pub struct CursorKey([u8; 32]);

impl CursorKey {
    /// The key of the hub with this signing seed.
    #[must_use]
    pub fn new(signing_seed: &[u8; 32]) -> Self {
        Self(
            Sha256::new()
                .chain_update(b"haven-hub cursor v1")
                .chain_update(signing_seed)
                .finalize()
                .into(),
        )
    }

    /// The cursor behind `seq`, where `mark` tells the version that stands there from any other.
    #[must_use]
    pub fn make(&self, epoch: &str, seq: i64, mark: i64) -> String {
        let place = [seq.to_be_bytes(), mark.to_be_bytes()].concat();
        let tag = self.tag(epoch, &place);
        URL_SAFE_NO_PAD.encode([&place[..], &tag[..]].concat())
    }

    /// The place that a cursor of this epoch names, and its mark; `None` for any other text. A cursor
    /// that an earlier hub made has no mark.
    #[must_use]
    pub fn read(&self, epoch: &str, cursor: &str) -> Option<(i64, Option<i64>)> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (place, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_BYTES)?)?;
        if tag != self.tag(epoch, place) {
            return None;
        }
        let (seq, mark) = place.split_first_chunk::<8>()?;
        let mark = match mark {
            [] => None,
            mark => Some(i64::from_be_bytes(mark.try_into().ok()?)),
        };
        Some((i64::from_be_bytes(*seq), mark))
    }

    fn tag(&self, epoch: &str, place: &[u8]) -> Vec<u8> {
        // HMAC takes a key of any length, so no mac is a mac nothing matches.
        let Ok(mut mac) = HmacSha256::new_from_slice(&self.0) else {
            return Vec::new();
        };
        mac.update(epoch.as_bytes());
        mac.update(place);
        let mut tag = mac.finalize().into_bytes().to_vec();
        tag.truncate(TAG_BYTES);
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cursor_of_this_hub_and_epoch_is_read() {
        let key = CursorKey::new(&[1; 32]);
        let cursor = key.make("e1", 42, 7);
        assert_eq!(key.read("e1", &cursor), Some((42, Some(7))));
        assert_eq!(key.read("e2", &cursor), None, "another epoch");
        assert_eq!(
            CursorKey::new(&[2; 32]).read("e1", &cursor),
            None,
            "another hub"
        );
        for garbage in ["", "!!", "AAAA", &"A".repeat(4000)] {
            assert_eq!(key.read("e1", garbage), None);
        }
    }
}
