//! What the machine gives: a clock, a time zone, fresh ids.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use haven_model::Timestamp;
use haven_store::Keychain;
use haven_sync::network::Metered;

/// How long deriving the key may take on this machine, in milliseconds: a shared laptop is unlocked
/// many times a day.
const UNLOCK_MS: u64 = 500;

/// From when [`Platform::awake_ms`] counts.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine, as far as Haven needs one; tests bring their own.
pub trait Platform: Send + Sync {
    /// The wall clock: shown to people, kept in records, never used to order edits.
    fn now(&self) -> Timestamp;
    /// How long this computer has been awake since some moment, in milliseconds: never goes back, and
    /// stands while the computer sleeps.
    fn awake_ms(&self) -> u64 {
        u64::try_from(STARTED.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
    /// The zone in which times are shown and typed.
    fn time_zone(&self) -> jiff::tz::TimeZone;
    /// A fresh logical id (UUIDv7, RFC 9562).
    fn new_id(&self) -> String;
    /// The keychain, where there is one.
    fn keychain(&self) -> Option<Arc<dyn Keychain>> {
        None
    }
    /// How long deriving a key from a new passphrase is to take, in milliseconds; 0 for the floor.
    fn derivation_ms(&self) -> u64 {
        0
    }
    /// After how long without input a store locks at most, in milliseconds, where the machine limits it.
    fn idle_lock_ms(&self) -> Option<u64> {
        None
    }
    /// Memory that is free, in KiB, where the machine tells.
    fn free_memory_kib(&self) -> Option<u64> {
        None
    }
    /// Whether the network in use is metered.
    fn metered(&self) -> Metered {
        Metered::Unknown
    }
}

/// This machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemPlatform;

impl Platform for SystemPlatform {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::system()
    }

    fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    fn keychain(&self) -> Option<Arc<dyn Keychain>> {
        crate::keychain::of_this_computer()
    }

    /// `HAVEN_DERIVATION_MS=0` asks for the floor, for tests that unlock a hundred times.
    fn derivation_ms(&self) -> u64 {
        std::env::var("HAVEN_DERIVATION_MS")
            .ok()
            .and_then(|asked| asked.parse().ok())
            .unwrap_or(UNLOCK_MS)
    }

    /// `HAVEN_IDLE_LOCK_MS` shortens it, for tests and for rooms where strangers pass; it cannot make it
    /// longer than the store's own setting.
    fn idle_lock_ms(&self) -> Option<u64> {
        std::env::var("HAVEN_IDLE_LOCK_MS")
            .ok()
            .and_then(|asked| asked.parse().ok())
    }

    fn free_memory_kib(&self) -> Option<u64> {
        let told = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = told
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    fn metered(&self) -> Metered {
        crate::network::metered()
    }
}

/// Makes a limit on the size of files refuse a write, where it would otherwise end the process in the
/// middle of it. Called once, as a program starts.
#[cfg(unix)]
pub fn survive_file_size_limit() {
    let noted = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let handled = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, noted);
    if let Err(error) = handled {
        tracing::warn!(kind = ?error.kind(), "the file size limit stays fatal");
    }
}

/// Only Unix sends a signal for that.
#[cfg(not(unix))]
pub fn survive_file_size_limit() {}
