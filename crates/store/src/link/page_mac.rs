//! The mac and cipher of pages, with their keys expanded once per connection, and their random bytes,
//! drawn many at a time.
//!
//! SQLCipher has OpenSSL look up cipher, mac and digest by name, make their contexts and expand the keys
//! anew for every page. Here the same is computed (HMAC-SHA256 over ciphertext, IV and page number) with
//! what is kept beside the connection. The file stays as it is: every build of SQLCipher reads it.
//! Enciphering itself stays with OpenSSL ([`super::page_cipher`]).
//!
//! Source: SQLCipher's `sqlcipher_get_provider`, by which "an application may fetch the current
//! registered provider and make minor changes to it".
#![allow(
    unsafe_code,
    clippy::too_many_arguments,
    reason = "SQLCipher takes its ciphers as C functions; there is no other way to put others in their place"
)]

use std::ffi::{c_char, c_int, c_uchar, c_void};
use std::slice;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit as _, Mac};
use rusqlite::Connection;
use rusqlite::ffi::{SQLITE_ERROR, SQLITE_OK};
use sha2::Sha256;
use zeroize::Zeroizing;

#[cfg(target_os = "linux")]
use super::page_cipher::{BLOCK_BYTES, PageCipher};
use crate::keys::fill_random;

/// The release whose [`Provider`] is laid out as below; any other keeps the ciphers it came with.
const RELEASE: &str = "4.19.";

const KEY_BYTES: usize = 32;
const HMAC_SHA256: c_int = 1;

/// Random bytes drawn at once: IV and filling of a page take 48, and each draw is a call of the system.
const DRAWN_BYTES: usize = 48 * 32;

type Random = unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int;
type Hash = unsafe extern "C" fn(
    *mut c_void,
    c_int,
    *const c_uchar,
    c_int,
    *const c_uchar,
    c_int,
    *const c_uchar,
    c_int,
    *mut c_uchar,
) -> c_int;
type Cipher = unsafe extern "C" fn(
    *mut c_void,
    c_int,
    *const c_uchar,
    c_int,
    *const c_uchar,
    *const c_uchar,
    c_int,
    *mut c_uchar,
) -> c_int;
type Context = unsafe extern "C" fn(*mut *mut c_void) -> c_int;
type Size = unsafe extern "C" fn(*mut c_void) -> c_int;
type Name = unsafe extern "C" fn(*mut c_void) -> *const c_char;

/// `struct sqlcipher_provider` of [`RELEASE`].
#[repr(C)]
struct Provider {
    init: Option<unsafe extern "C" fn() -> c_int>,
    shutdown: Option<unsafe extern "C" fn()>,
    get_provider_name: Option<Name>,
    add_random: Option<unsafe extern "C" fn(*mut c_void, *const c_void, c_int) -> c_int>,
    random: Option<Random>,
    hmac: Option<Hash>,
    kdf: *const c_void,
    cipher: Option<Cipher>,
    get_cipher: Option<Name>,
    get_key_sz: Option<Size>,
    get_iv_sz: Option<Size>,
    get_block_sz: Option<Size>,
    get_hmac_sz: Option<unsafe extern "C" fn(*mut c_void, c_int) -> c_int>,
    ctx_init: Option<Context>,
    ctx_free: Option<Context>,
    fips_status: Option<Size>,
    get_provider_version: Option<Name>,
    next: *mut Provider,
}

unsafe extern "C" {
    safe fn sqlcipher_get_provider() -> *mut Provider;
}

/// What SQLCipher came with, for all that is not done here.
#[derive(Clone, Copy)]
struct Original {
    random: Random,
    hmac: Hash,
    #[cfg(target_os = "linux")]
    cipher: Cipher,
    ctx_init: Context,
    ctx_free: Context,
}

static ORIGINAL: OnceLock<Option<Original>> = OnceLock::new();

fn original() -> Option<Original> {
    ORIGINAL.get().copied().flatten()
}

/// Puts the ciphers below in place, once in a process: before the first key is set on any connection.
pub(super) fn install(connection: &Connection) {
    ORIGINAL.get_or_init(|| {
        let release: String = connection
            .query_row("PRAGMA cipher_version", [], |row| row.get(0))
            .ok()?;
        release.starts_with(RELEASE).then(put_in_place).flatten()
    });
}

fn put_in_place() -> Option<Original> {
    // SAFETY: SQLite is initialised, as a connection is open; the provider is laid out as in RELEASE and
    // lives until the process ends. No key is set yet, so no other thread is calling it.
    let provider = unsafe { sqlcipher_get_provider().as_mut() }?;
    let nothing = std::ptr::null_mut();
    // SAFETY: the provider's own functions, which take no context of theirs.
    let fits = unsafe {
        usize::try_from((provider.get_key_sz?)(nothing)) == Ok(KEY_BYTES)
            && (provider.get_hmac_sz?)(nothing, HMAC_SHA256) == 32
    };
    if !fits {
        return None;
    }
    let original = Original {
        random: provider.random?,
        hmac: provider.hmac?,
        #[cfg(target_os = "linux")]
        cipher: provider.cipher?,
        ctx_init: provider.ctx_init?,
        ctx_free: provider.ctx_free?,
    };
    provider.random = Some(random);
    provider.hmac = Some(hmac);
    // Elsewhere SQLCipher enciphers with what the system brings.
    #[cfg(target_os = "linux")]
    if is_aes_of_openssl(provider) {
        provider.cipher = Some(cipher);
    }
    provider.ctx_init = Some(begin);
    provider.ctx_free = Some(end);
    Some(original)
}

#[cfg(target_os = "linux")]
fn is_aes_of_openssl(provider: &Provider) -> bool {
    let told = |name: Option<Name>| {
        // SAFETY: the provider's own functions, which take no context of theirs; names are constants.
        let name = unsafe { std::ffi::CStr::from_ptr((name?)(std::ptr::null_mut())) };
        Some(name.to_bytes().to_ascii_lowercase())
    };
    told(provider.get_provider_name).is_some_and(|name| name == b"openssl")
        && told(provider.get_cipher).is_some_and(|name| name == b"aes-256-cbc")
}

/// What is kept beside one connection. Wiped when it closes.
#[derive(Default)]
struct Expanded {
    #[cfg(target_os = "linux")]
    cipher: Option<PageCipher>,
    mac: Option<Kept>,
    drawn: Zeroizing<Vec<u8>>,
}

/// A mac ready for use, and the key that it was made from.
struct Kept {
    key: Zeroizing<[u8; KEY_BYTES]>,
    made: Hmac<Sha256>,
}

impl Kept {
    fn of(key: &[u8; KEY_BYTES]) -> Self {
        // A key shorter than a block is filled up with zeros: RFC 2104 §2.
        let mut block = Zeroizing::new([0; 64]);
        block[..KEY_BYTES].copy_from_slice(key);
        Self {
            key: Zeroizing::new(*key),
            made: Hmac::new((&*block).into()),
        }
    }
}

impl Expanded {
    /// HMAC-SHA256 of two texts, one behind the other.
    fn mac(&mut self, key: &[u8; KEY_BYTES], first: &[u8], second: &[u8]) -> [u8; 32] {
        if self.mac.as_ref().is_some_and(|kept| *kept.key != *key) {
            self.mac = None;
        }
        let kept = self.mac.get_or_insert_with(|| Kept::of(key));
        let mut mac = kept.made.clone();
        mac.update(first);
        mac.update(second);
        mac.finalize().into_bytes().into()
    }

    /// Enciphers or deciphers whole blocks; whether it was done.
    #[cfg(target_os = "linux")]
    fn cipher(
        &mut self,
        encrypts: bool,
        key: &[u8; KEY_BYTES],
        iv: &[u8; BLOCK_BYTES],
        from: &[u8],
        to: &mut [u8],
    ) -> bool {
        if self.cipher.as_ref().is_none_or(|kept| !kept.is_of(key)) {
            self.cipher = PageCipher::new(key);
        }
        self.cipher
            .as_mut()
            .is_some_and(|kept| kept.apply(encrypts, iv, from, to))
    }

    /// Random bytes, each given out once.
    fn draw(&mut self, out: &mut [u8]) -> bool {
        if self.drawn.len() < out.len() {
            self.drawn.resize(DRAWN_BYTES, 0);
            if fill_random(&mut self.drawn).is_err() {
                self.drawn.clear();
                return false;
            }
        }
        let Some(left) = self.drawn.len().checked_sub(out.len()) else {
            return false;
        };
        let (_, given) = self.drawn.split_at_mut(left);
        out.copy_from_slice(given);
        given.fill(0);
        self.drawn.truncate(left);
        true
    }
}

/// What is kept beside the connection that `context` belongs to, if it was opened since.
///
/// # Safety
/// `context` is null or was made by [`begin`] and not yet given to [`end`]; SQLite uses a connection, and
/// so its context, in one thread at a time.
unsafe fn expanded<'c>(context: *mut c_void) -> Option<&'c mut Expanded> {
    // SAFETY: as above.
    unsafe { context.cast::<Expanded>().as_mut() }
}

/// `length` bytes from `start` on.
///
/// # Safety
/// They can be read, and nothing writes them meanwhile.
unsafe fn bytes<'b>(start: *const c_uchar, length: c_int) -> Option<&'b [u8]> {
    let length = usize::try_from(length).ok()?;
    // SAFETY: as above.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, length) })
}

unsafe extern "C" fn begin(context: *mut *mut c_void) -> c_int {
    let Some(original) = original() else {
        return SQLITE_ERROR;
    };
    // SAFETY: SQLCipher hands over the place of the context that it is about to use.
    unsafe {
        let code = (original.ctx_init)(context);
        if code == SQLITE_OK {
            *context = Box::into_raw(Box::<Expanded>::default()).cast();
        }
        code
    }
}

unsafe extern "C" fn end(context: *mut *mut c_void) -> c_int {
    let Some(original) = original() else {
        return SQLITE_ERROR;
    };
    // SAFETY: what `begin` put there, or null; SQLCipher uses it no more.
    unsafe {
        let kept = std::mem::replace(&mut *context, std::ptr::null_mut());
        if !kept.is_null() {
            drop(Box::from_raw(kept.cast::<Expanded>()));
        }
        (original.ctx_free)(context)
    }
}

unsafe extern "C" fn random(context: *mut c_void, buffer: *mut c_void, length: c_int) -> c_int {
    // SAFETY: SQLCipher hands over a buffer of that length, and its context.
    unsafe {
        let wanted = usize::try_from(length).unwrap_or(0);
        if let Some(kept) = expanded(context)
            && wanted <= DRAWN_BYTES
            && !buffer.is_null()
        {
            let out = slice::from_raw_parts_mut(buffer.cast::<u8>(), wanted);
            return if kept.draw(out) {
                SQLITE_OK
            } else {
                SQLITE_ERROR
            };
        }
        original().map_or(SQLITE_ERROR, |original| {
            (original.random)(context, buffer, length)
        })
    }
}

unsafe extern "C" fn hmac(
    context: *mut c_void,
    algorithm: c_int,
    key: *const c_uchar,
    key_bytes: c_int,
    first: *const c_uchar,
    first_bytes: c_int,
    second: *const c_uchar,
    second_bytes: c_int,
    out: *mut c_uchar,
) -> c_int {
    // SAFETY: SQLCipher hands over texts of these lengths, room for the digest, and its context.
    unsafe {
        let key_read = bytes(key, key_bytes).and_then(|key| key.try_into().ok());
        if algorithm == HMAC_SHA256
            && !out.is_null()
            && let (Some(kept), Some(key)) = (expanded(context), key_read)
            && let Some(first) = bytes(first, first_bytes)
        {
            let digest = kept.mac(key, first, bytes(second, second_bytes).unwrap_or_default());
            out.copy_from_nonoverlapping(digest.as_ptr(), digest.len());
            return SQLITE_OK;
        }
        original().map_or(SQLITE_ERROR, |original| {
            (original.hmac)(
                context,
                algorithm,
                key,
                key_bytes,
                first,
                first_bytes,
                second,
                second_bytes,
                out,
            )
        })
    }
}

#[cfg(target_os = "linux")]
unsafe extern "C" fn cipher(
    context: *mut c_void,
    mode: c_int,
    key: *const c_uchar,
    key_bytes: c_int,
    iv: *const c_uchar,
    from: *const c_uchar,
    length: c_int,
    out: *mut c_uchar,
) -> c_int {
    const ENCRYPTS: c_int = 1;
    // SAFETY: SQLCipher hands over texts of these lengths, room for as much, and its context. Where both
    // lie in one place, which they do not for a page, this is left to the original.
    unsafe {
        let key_read = bytes(key, key_bytes).and_then(|key| key.try_into().ok());
        let wanted = usize::try_from(length).unwrap_or(0);
        let apart = out.addr().abs_diff(from.addr()) >= wanted;
        // Copied: of a page it lies where the output ends.
        let iv_read = bytes(iv, 16).and_then(|iv| <[u8; BLOCK_BYTES]>::try_from(iv).ok());
        if apart
            && !out.is_null()
            && let (Some(kept), Some(key), Some(iv)) = (expanded(context), key_read, iv_read)
            && let Some(from) = bytes(from, length)
        {
            let to = slice::from_raw_parts_mut(out, wanted);
            let done = kept.cipher(mode == ENCRYPTS, key, &iv, from, to);
            return if done { SQLITE_OK } else { SQLITE_ERROR };
        }
        original().map_or(SQLITE_ERROR, |original| {
            (original.cipher)(context, mode, key, key_bytes, iv, from, length, out)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed() -> Original {
        let connection = Connection::open_in_memory().expect("memory");
        install(&connection);
        original().expect("this build's SQLCipher is the release that is known here")
    }

    #[test]
    fn a_page_has_the_mac_that_sqlcipher_gives_it() {
        let original = installed();
        let mut kept = Expanded::default();
        for round in 0..20 {
            let (mut key, mut page, number) = ([0; KEY_BYTES], vec![0; 4064 - round * 16], [7; 4]);
            for part in [key.as_mut_slice(), &mut page] {
                fill_random(part).expect("the system has random bytes");
            }
            let length = c_int::try_from(page.len()).expect("a page");
            let mut digest = [0; 32];
            // SAFETY: the lengths are those of the texts.
            let code = unsafe {
                (original.hmac)(
                    std::ptr::null_mut(),
                    HMAC_SHA256,
                    key.as_ptr(),
                    32,
                    page.as_ptr(),
                    length,
                    number.as_ptr(),
                    4,
                    digest.as_mut_ptr(),
                )
            };
            assert_eq!(code, SQLITE_OK);
            for _ in 0..2 {
                let ours = kept.mac(&key, &page, &number);
                assert_eq!(ours, digest, "the file must stay SQLCipher's");
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_page_is_enciphered_to_the_byte_as_sqlcipher_has_it_done() {
        let original = installed();
        let mut kept = Expanded::default();
        for round in 0..20 {
            let (mut key, mut iv) = ([0; KEY_BYTES], [0; BLOCK_BYTES]);
            let mut page = vec![0; 4048 - round % 3 * BLOCK_BYTES];
            for part in [key.as_mut_slice(), &mut iv, &mut page] {
                fill_random(part).expect("the system has random bytes");
            }
            let length = c_int::try_from(page.len()).expect("a page");
            for _ in 0..2 {
                for mode in [1, 0] {
                    let (mut ours, mut theirs) = (vec![0; page.len()], vec![1; page.len()]);
                    assert!(kept.cipher(mode == 1, &key, &iv, &page, &mut ours));
                    // SAFETY: the lengths are those of the texts.
                    let code = unsafe {
                        (original.cipher)(
                            std::ptr::null_mut(),
                            mode,
                            key.as_ptr(),
                            32,
                            iv.as_ptr(),
                            page.as_ptr(),
                            length,
                            theirs.as_mut_ptr(),
                        )
                    };
                    assert_eq!(code, SQLITE_OK);
                    assert_eq!(ours, theirs, "the file must stay SQLCipher's");
                    page = ours;
                }
            }
        }
        let mut short = [0; 8];
        assert!(
            !kept.cipher(
                true,
                &[0; KEY_BYTES],
                &[0; BLOCK_BYTES],
                &[0; 8],
                &mut short
            ),
            "half a block is no page"
        );
    }

    #[test]
    fn no_random_byte_is_given_out_twice() {
        let mut kept = Expanded::default();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            let mut iv = [0; 16];
            assert!(kept.draw(&mut iv), "the system has random bytes");
            assert!(seen.insert(iv), "an IV of two pages must not be the same");
        }
    }
}
