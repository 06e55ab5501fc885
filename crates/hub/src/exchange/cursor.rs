//! The opaque cursor: epoch and place in the hub's order, authenticated.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest, Sha256};

type HmacSha256 = Hmac<Sha256>;

const TAG_BYTES: usize = 16;

/// Makes and reads cursors of one hub.
///
/// A cursor that reads back is one this hub made. So one that lies beyond the end of the hub's
/// order proves that the hub has lost its end, that is, was restored from a backup.
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

    /// The cursor behind `seq`.
    #[must_use]
    pub fn make(&self, epoch: &str, seq: i64) -> String {
        let place = seq.to_be_bytes();
        let tag = self.tag(epoch, place);
        URL_SAFE_NO_PAD.encode([&place[..], &tag[..]].concat())
    }

    /// The place that a cursor of this epoch names; `None` for any other text.
    #[must_use]
    pub fn read(&self, epoch: &str, cursor: &str) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (place, tag) = bytes.split_first_chunk::<8>()?;
        (tag == self.tag(epoch, *place)).then(|| i64::from_be_bytes(*place))
    }

    fn tag(&self, epoch: &str, place: [u8; 8]) -> Vec<u8> {
        // HMAC takes a key of any length, so no mac is a mac nothing matches.
        let Ok(mut mac) = HmacSha256::new_from_slice(&self.0) else {
            return Vec::new();
        };
        mac.update(epoch.as_bytes());
        mac.update(&place);
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
        let cursor = key.make("e1", 42);
        assert_eq!(key.read("e1", &cursor), Some(42));
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
