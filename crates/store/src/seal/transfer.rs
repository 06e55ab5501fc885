//! Moving a sealed body from an earlier key of its class to the present one.

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead, Payload};

use super::{Codec, HEADER_BYTES, Place, Vault, bound};
use crate::error::{Result, StoreError};
use crate::keys::fill_random;

impl Codec {
    /// The same body in the same place, sealed under the present key of its class. It is not unpacked:
    /// dictionary and content stay as they are.
    ///
    /// # Errors
    /// As [`Codec::open`].
    pub(crate) fn transfer(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        let broken = || {
            StoreError::integrity(format!(
                "a sealed {} ({} version {}) does not open in its place: it was altered or moved",
                place.key.resource_type, place.part, place.version
            ))
        };
        let (header, ciphertext) = sealed
            .split_first_chunk::<HEADER_BYTES>()
            .ok_or_else(broken)?;
        let [
            suite,
            old_high,
            old_low,
            dictionary_high,
            dictionary_low,
            nonce @ ..,
        ] = *header;
        let dictionary = u16::from_be_bytes([dictionary_high, dictionary_low]);
        let before = u16::from_be_bytes([old_high, old_low]);
        let old = vault.cipher(place.class, Some(before))?;
        let packed = old
            .cipher
            .decrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: ciphertext,
                    aad: &bound(vault, place, suite, before, dictionary),
                },
            )
            .map_err(|_| broken())?;
        let new = vault.cipher(place.class, None)?;
        self.seals.add(place.class);
        let mut nonce = [0u8; 12];
        fill_random(&mut nonce)?;
        let ciphertext = new
            .cipher
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: &packed,
                    aad: &bound(vault, place, suite, new.generation, dictionary),
                },
            )
            .map_err(|_| broken())?;
        let mut out = Vec::with_capacity(HEADER_BYTES + ciphertext.len());
        out.push(suite);
        out.extend_from_slice(&new.generation.to_be_bytes());
        out.extend_from_slice(&dictionary.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&ciphertext);
        Ok(out)
    }
}
