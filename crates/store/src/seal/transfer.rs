//! Moving a sealed body from an earlier key of its class to the present one.

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead, Payload};

use super::codec::{Codec, Named, Sealed, WHOLE, bound, broken, header};
use super::{Place, Vault};
use crate::error::Result;

impl Codec {
    /// The same body in the same place beside a row, sealed under the present key of its class. It is
    /// not unpacked: dictionary and content stay as they are.
    ///
    /// # Errors
    /// As [`Codec::open`].
    pub(crate) fn transfer(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        let sealed = Sealed::parse(sealed)
            .filter(|sealed| sealed.suite == WHOLE)
            .ok_or_else(|| broken(place))?;
        self.transfer_with(vault, place, &sealed, Named::default())
    }

    /// As [`Codec::transfer`], of any suite; `patient` is the id that was left out.
    pub(super) fn transfer_with(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        sealed: &Sealed<'_>,
        patient: Named<'_>,
    ) -> Result<Vec<u8>> {
        let (suite, dictionary) = (sealed.suite, sealed.dictionary);
        let old = vault.cipher(place.class, Some(sealed.generation))?;
        let packed = old
            .cipher
            .decrypt(
                &Nonce::from(sealed.nonce),
                Payload {
                    msg: &[sealed.ciphertext, &sealed.tag].concat(),
                    aad: &bound(
                        vault,
                        place,
                        (suite, sealed.generation, dictionary),
                        patient,
                    ),
                },
            )
            .map_err(|_| broken(place))?;
        let new = vault.cipher(place.class, None)?;
        self.seals.add(place.class);
        let nonce = self.nonce()?;
        let ciphertext = new
            .cipher
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: &packed,
                    aad: &bound(vault, place, (suite, new.generation, dictionary), patient),
                },
            )
            .map_err(|_| broken(place))?;
        let mut out = header(suite, new.generation, dictionary, nonce, sealed.patient);
        out.extend_from_slice(&ciphertext);
        Ok(out)
    }
}
