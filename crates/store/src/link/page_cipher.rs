//! OpenSSL's AES-256-CBC for pages, with its key expanded once per connection.
//!
//! Each page is enciphered by the same code of OpenSSL as SQLCipher has it done; only the making of a
//! context and the expanding of the key, which took half as long again, are not repeated for each. A page
//! brings its own IV. No padding: pages are whole blocks.
//!
//! Source: OpenSSL's EVP_EncryptInit(3), on reusing a context with another IV.
#![allow(
    unsafe_code,
    reason = "OpenSSL is a C library, linked by SQLCipher; there is no other way to the one that it uses"
)]

use std::ffi::{c_int, c_uchar, c_void};
use std::ptr::{NonNull, null};

use zeroize::Zeroizing;

pub(super) const KEY_BYTES: usize = 32;
pub(super) const BLOCK_BYTES: usize = 16;

unsafe extern "C" {
    fn EVP_CIPHER_CTX_new() -> *mut c_void;
    /// Wipes the expanded key.
    fn EVP_CIPHER_CTX_free(context: *mut c_void);
    fn EVP_aes_256_cbc() -> *const c_void;
    fn EVP_CIPHER_CTX_set_padding(context: *mut c_void, pad: c_int) -> c_int;
    fn EVP_CipherInit_ex(
        context: *mut c_void,
        cipher: *const c_void,
        engine: *const c_void,
        key: *const c_uchar,
        iv: *const c_uchar,
        encrypts: c_int,
    ) -> c_int;
    fn EVP_CipherUpdate(
        context: *mut c_void,
        out: *mut c_uchar,
        out_bytes: *mut c_int,
        from: *const c_uchar,
        from_bytes: c_int,
    ) -> c_int;
}

/// A context with a key expanded in it, for one direction.
struct Context(NonNull<c_void>);

impl Context {
    fn new(key: &[u8; KEY_BYTES], encrypts: bool) -> Option<Self> {
        // SAFETY: the context is made here, the key is as long as the cipher's; the IV comes later.
        unsafe {
            let context = Self(NonNull::new(EVP_CIPHER_CTX_new())?);
            let at = context.0.as_ptr();
            let set = EVP_CipherInit_ex(
                at,
                EVP_aes_256_cbc(),
                null(),
                key.as_ptr(),
                null(),
                c_int::from(encrypts),
            );
            (set == 1 && EVP_CIPHER_CTX_set_padding(at, 0) == 1).then_some(context)
        }
    }

    fn apply(&mut self, iv: &[u8; BLOCK_BYTES], from: &[u8], to: &mut [u8]) -> bool {
        let Ok(length) = c_int::try_from(from.len()) else {
            return false;
        };
        if to.len() < from.len() || !from.len().is_multiple_of(BLOCK_BYTES) {
            return false;
        }
        let (at, mut written) = (self.0.as_ptr(), 0);
        // SAFETY: there is room for as many bytes as come in, all of them whole blocks; -1 leaves the
        // direction as it is.
        unsafe {
            EVP_CipherInit_ex(at, null(), null(), null(), iv.as_ptr(), -1) == 1
                && EVP_CipherUpdate(at, to.as_mut_ptr(), &raw mut written, from.as_ptr(), length)
                    == 1
                && written == length
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by `new`, and used no more.
        unsafe { EVP_CIPHER_CTX_free(self.0.as_ptr()) }
    }
}

/// Both directions of one key.
pub(super) struct PageCipher {
    key: Zeroizing<[u8; KEY_BYTES]>,
    enciphering: Context,
    deciphering: Context,
}

impl PageCipher {
    /// With `key` expanded; `None` when OpenSSL refuses, as for want of memory.
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Option<Self> {
        Some(Self {
            key: Zeroizing::new(*key),
            enciphering: Context::new(key, true)?,
            deciphering: Context::new(key, false)?,
        })
    }

    /// Whether this is the cipher of `key`.
    pub(super) fn is_of(&self, key: &[u8; KEY_BYTES]) -> bool {
        *self.key == *key
    }

    /// Enciphers or deciphers whole blocks; whether it was done.
    pub(super) fn apply(
        &mut self,
        encrypts: bool,
        iv: &[u8; BLOCK_BYTES],
        from: &[u8],
        to: &mut [u8],
    ) -> bool {
        let context = if encrypts {
            &mut self.enciphering
        } else {
            &mut self.deciphering
        };
        context.apply(iv, from, to)
    }
}
