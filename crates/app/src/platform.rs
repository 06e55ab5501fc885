//! What the machine gives: a clock, a time zone, fresh ids.

use haven_model::Timestamp;

/// The machine, as far as Haven needs one; tests bring their own.
pub trait Platform: Send + Sync {
    /// The wall clock: shown to people, kept in records, never used to order edits.
    fn now(&self) -> Timestamp;
    /// The zone in which times are shown and typed.
    fn time_zone(&self) -> jiff::tz::TimeZone;
    /// A fresh logical id (UUIDv7, RFC 9562).
    fn new_id(&self) -> String;
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
