//! Which pages the write-ahead log holds in the place of those in the database.
//!
//! Source: <https://sqlite.org/fileformat2.html#the_write_ahead_log>

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use rusqlite::Connection;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const PAGE_BYTES: i64 = 4096;

/// The pages that every reader takes from the log, so that it does not matter what the database holds
/// of them: after a power cut while they were moved there, half of one.
///
/// Checksums are not looked at. A page that a damaged log only seems to hold is read from the
/// database, and its seal is checked then.
pub(super) fn pages(connection: &Connection) -> HashSet<u32> {
    let Some(path) = connection.path() else {
        return HashSet::new();
    };
    // Without a log, or with one that ends early, these are all.
    let mut committed = HashSet::new();
    let _ended = collect(&format!("{path}-wal"), &mut committed);
    committed
}

fn collect(path: &str, committed: &mut HashSet<u32>) -> std::io::Result<()> {
    let mut log = BufReader::new(File::open(path)?);
    let mut header = [0_u8; HEADER_BYTES];
    log.read_exact(&mut header)?;
    let mut open = Vec::new();
    loop {
        let mut frame = [0_u8; FRAME_HEADER_BYTES];
        log.read_exact(&mut frame)?;
        if frame[8..16] != header[16..24] {
            return Ok(());
        }
        let number = |at: usize| {
            u32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]])
        };
        open.push(number(0));
        let ends_transaction = number(4) != 0;
        if ends_transaction {
            committed.extend(open.drain(..));
        }
        log.seek(SeekFrom::Current(PAGE_BYTES))?;
    }
}
