//! What content is known by: the SHA-1 that `Attachment.hash` is (FHIR R4, datatypes.html#Attachment),
//! and the SHA-256 that Haven goes by.

use base64::Engine as _;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

/// Both digests of content, as it comes.
#[derive(Clone)]
pub struct Digests {
    sha1: Context,
    sha256: Context,
    bytes: u64,
}

impl Default for Digests {
    fn default() -> Self {
        Self {
            sha1: Context::new(&SHA1_FOR_LEGACY_USE_ONLY),
            sha256: Context::new(&SHA256),
            bytes: 0,
        }
    }
}

/// The digests of a whole content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// SHA-1, base64, as `Attachment.hash` has it.
    pub hash: String,
    /// SHA-256.
    pub sha256: [u8; 32],
    /// Its size.
    pub bytes: u64,
}

impl Digests {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha1.update(bytes);
        self.sha256.update(bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
    }

    /// The digests of all that was taken in.
    #[must_use]
    pub fn finish(self) -> Found {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.sha256.finish().as_ref());
        Found {
            hash: base64::engine::general_purpose::STANDARD.encode(self.sha1.finish().as_ref()),
            sha256,
            bytes: self.bytes,
        }
    }
}

impl Found {
    /// Whether a declared hash is this content's; `None` where it is of a kind that is not known.
    /// Servers also put a SHA-256 there.
    #[must_use]
    pub fn agrees(&self, declared: &str) -> Option<bool> {
        let engine = base64::engine::general_purpose::STANDARD;
        let declared = engine.decode(declared.trim()).ok()?;
        match declared.len() {
            20 => Some(engine.encode(&declared) == self.hash),
            32 => Some(declared == self.sha256),
            _ => None,
        }
    }
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
