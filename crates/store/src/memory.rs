//! Memory, wiped as it is given back: SQLite's pages, its statements and the text of its keys, and what
//! other libraries in C worked with, are readable only while they are in use.
//!
//! SQLCipher's own `cipher_memory_security` also locks every piece into memory, which doubles the cost
//! of an import; keys have locked pages of their own (`keys/secret`).

#![expect(
    unsafe_code,
    reason = "SQLite takes its allocator as C functions, and the C library its settings by a C call; there is no other way to wipe what they free"
)]

#[cfg(test)]
mod tests;

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::{Once, OnceLock};

use rusqlite::ffi;

type Malloc = unsafe extern "C" fn(c_int) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void);
type Size = unsafe extern "C" fn(*mut c_void) -> c_int;

/// The functions of SQLite's own allocator that the wiping ones stand on.
#[derive(Clone, Copy)]
struct Own {
    malloc: Malloc,
    free: Free,
    size: Size,
}

static OWN: OnceLock<Own> = OnceLock::new();

/// Makes libraries in C wipe what they free: compression works on bodies in memory of its own. Called
/// once, as a program starts, beside an allocator of its own that does the same for Rust. Only the GNU C
/// library is able to; pieces of up to a kilobyte that it keeps at hand for a thread are left out.
pub fn wipe_what_is_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // Freed bytes become ones, fresh ones zeros (mallopt(3), M_PERTURB).
        const ONES: std::ffi::c_int = 0xff;
        // SAFETY: mallopt only sets a number of the allocator.
        let taken = unsafe { libc::mallopt(libc::M_PERTURB, ONES) };
        if taken == 0 {
            tracing::warn!("the C library does not wipe what is freed");
        }
    }
    wipe_what_sqlite_frees();
}

/// Makes SQLite wipe what it frees. Counts from the first call, which has to come before the first
/// connection of the process.
pub(crate) fn wipe_what_sqlite_frees() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if !install() {
            tracing::warn!("SQLite keeps its own allocator: what it frees is not wiped");
        }
    });
}

/// Puts the wiping functions in the place of SQLite's own; false when SQLite does not take them.
fn install() -> bool {
    // SAFETY: the all-zero value of a struct of optional function pointers is valid, and SQLite fills it.
    let mut methods: ffi::sqlite3_mem_methods = unsafe { std::mem::zeroed() };
    // SAFETY: this operation takes a pointer to that struct (sqlite.org/c3ref/c_config_covering_index_scan.html).
    let told = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &raw mut methods) };
    let (Some(malloc), Some(free), Some(size)) = (methods.xMalloc, methods.xFree, methods.xSize)
    else {
        return false;
    };
    if told != ffi::SQLITE_OK || OWN.set(Own { malloc, free, size }).is_err() {
        return false;
    }
    methods.xFree = Some(wiping_free);
    methods.xRealloc = Some(wiping_realloc);
    // SAFETY: as above; SQLite copies the struct, and its functions live as long as the process.
    unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw mut methods) == ffi::SQLITE_OK }
}

/// As C's `free`, of zeros.
///
/// SAFETY: SQLite hands over what it got from the functions installed with this one, or null.
unsafe extern "C" fn wiping_free(piece: *mut c_void) {
    let Some(own) = OWN.get() else { return };
    if piece.is_null() {
        return;
    }
    // SAFETY: the piece is SQLite's, and as long as its own allocator says. The call that follows is
    // unknown to the compiler, so the writes before it stay.
    unsafe {
        let bytes = usize::try_from((own.size)(piece)).unwrap_or(0);
        ptr::write_bytes(piece.cast::<u8>(), 0, bytes);
        (own.free)(piece);
    }
}

/// As C's `realloc`, leaving nothing behind where the piece moved from.
///
/// SAFETY: as [`wiping_free`]; SQLite never asks for a size below one.
unsafe extern "C" fn wiping_realloc(piece: *mut c_void, wanted: c_int) -> *mut c_void {
    let Some(own) = OWN.get() else {
        return ptr::null_mut();
    };
    // SAFETY: the new piece is a different one, at least as long as what is copied into it; the old one
    // stays whole when there is no room for the new.
    unsafe {
        let new = (own.malloc)(wanted);
        if !new.is_null() && !piece.is_null() {
            let bytes = (own.size)(piece).min(wanted);
            ptr::copy_nonoverlapping(
                piece.cast::<u8>(),
                new.cast::<u8>(),
                usize::try_from(bytes).unwrap_or(0),
            );
            wiping_free(piece);
        }
        new
    }
}
