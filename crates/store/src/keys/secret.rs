//! 32 secret bytes on memory pages of their own: kept out of swap where the system allows it, wiped
//! when dropped.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use region::LockGuard;
use zeroize::Zeroize;

use crate::error::{Result, StoreError};

/// At least a page of the system, so that unlocking one secret never unlocks its neighbour.
#[cfg(target_vendor = "apple")]
#[repr(C, align(16384))]
struct Page([u8; 16384]);
#[cfg(not(target_vendor = "apple"))]
#[repr(C, align(4096))]
struct Page([u8; 4096]);

const SECRET_BYTES: usize = 32;

/// Set when the system once refused to keep a page out of swap.
static SWAPPABLE: AtomicBool = AtomicBool::new(false);

/// Whether every key so far was kept out of swap; false where the system's limit was too low.
#[must_use]
pub fn keys_locked_in_memory() -> bool {
    !SWAPPABLE.load(Ordering::Relaxed)
}

/// 32 secret bytes.
///
/// Invariants: moving it copies no secret byte; its page is wiped before it is given back.
pub(crate) struct Secret {
    // Declared first: the page is unlocked before it is freed.
    _locked: Option<LockGuard>,
    page: Box<Page>,
}

impl Default for Secret {
    fn default() -> Self {
        let page = Box::new(Page([0; size_of::<Page>()]));
        let locked = match region::lock(page.0.as_ptr(), size_of::<Page>()) {
            Ok(guard) => Some(guard),
            Err(error) => {
                tell_once(&error);
                None
            }
        };
        Self {
            _locked: locked,
            page,
        }
    }
}

/// A key that may be swapped out is better than a store that does not open.
fn tell_once(error: &region::Error) {
    static TOLD: Once = Once::new();
    SWAPPABLE.store(true, Ordering::Relaxed);
    TOLD.call_once(|| {
        tracing::warn!(%error, "the system does not let Haven keep its keys out of swap");
    });
}

impl Secret {
    pub(crate) fn from_slice(bytes: &[u8]) -> Result<Self> {
        if bytes.len() != SECRET_BYTES {
            return Err(StoreError::integrity(
                "a key in keys.json has the wrong length",
            ));
        }
        let mut secret = Self::default();
        secret.as_mut().copy_from_slice(bytes);
        Ok(secret)
    }

    pub(crate) fn bytes(&self) -> &[u8; SECRET_BYTES] {
        // The page is longer than a secret.
        self.page.0.first_chunk().unwrap_or(&[0; SECRET_BYTES])
    }
}

impl Clone for Secret {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.as_mut().copy_from_slice(self.bytes());
        copy
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.as_mut().zeroize();
    }
}

impl AsRef<[u8]> for Secret {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl AsMut<[u8]> for Secret {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.page.0[..SECRET_BYTES]
    }
}

/// Fills `bytes` from the system's generator.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        StoreError::io(
            "Drawing random bytes",
            std::io::Error::other(error.to_string()),
        )
    })
}

/// A new random key.
pub(crate) fn random_secret() -> Result<Secret> {
    let mut secret = Secret::default();
    fill_random(secret.as_mut())?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_a_page_of_its_own_and_stays_there_when_moved() {
        let secret = random_secret().expect("random");
        let at = secret.bytes().as_ptr();
        let moved = secret;
        assert_eq!(at, moved.bytes().as_ptr(), "moving it copies nothing");
        let copy = moved.clone();
        assert_eq!(copy.bytes(), moved.bytes());
        assert_eq!(
            at.addr() % size_of::<Page>(),
            0,
            "it begins a page, so that no other secret shares it"
        );
    }
}
