//! The backup file: a header that anyone can read and nobody can change, then the store's files.
//!
//! ```text
//! "HVNBKUP1" · length of the manifest (4 bytes, big endian) · manifest (JSON)
//! SHA-256 over all before it (32) · HMAC-SHA-256 over the same under a key of the store (32)
//! the parts, one after the other, as long as the manifest says and nothing behind them
//! ```

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use haven_model::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::durable::owner_only;
use crate::error::{Result, StoreError};
use crate::keys::Secret;
use crate::lobby::AuditMark;
use crate::seal::{derived, keyed_digest};

const MAGIC: &[u8; 8] = b"HVNBKUP1";
const FORMAT: u32 = 1;
const MAX_MANIFEST_BYTES: u32 = 4 * 1024 * 1024;
const CHUNK_BYTES: usize = 1024 * 1024;

/// What a backup says of itself. Nothing of a patient.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) store_id: String,
    pub(super) device_id: String,
    pub(super) device_name: String,
    pub(super) clinic: String,
    pub(super) schema: u32,
    pub(super) made_at: Timestamp,
    pub(super) audit: AuditMark,
    pub(super) resources: u64,
    pub(super) pending: u64,
    pub(super) conflicts: u64,
    pub(super) parts: Vec<Part>,
}

/// A file within the backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Part {
    /// The file `name` in `dir`, measured.
    pub(super) fn of(dir: &Path, name: &str) -> Result<Self> {
        let mut file = File::open(dir.join(name)).map_err(reading)?;
        let (bytes, sha256) = pour(&mut file, None, u64::MAX)?;
        Ok(Self {
            name: name.to_owned(),
            bytes,
            sha256,
        })
    }
}

impl Manifest {
    pub(super) fn format() -> u32 {
        FORMAT
    }
}

fn reading(error: std::io::Error) -> StoreError {
    StoreError::io("Reading the backup", error)
}

fn writing(error: std::io::Error) -> StoreError {
    StoreError::io("Writing the backup", error)
}

fn damaged(what: impl Into<String>) -> StoreError {
    StoreError::BackupDamaged { what: what.into() }
}

fn mac(key: &Secret, signed: &[u8]) -> [u8; 32] {
    keyed_digest(derived(key, b"HVBACKUP1").as_ref(), signed)
}

/// Copies at most `limit` bytes on, counting and hashing them.
fn pour(from: &mut impl Read, mut to: Option<&mut File>, limit: u64) -> Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; CHUNK_BYTES];
    let mut passed = 0_u64;
    while passed < limit {
        let room = usize::try_from(limit - passed)
            .unwrap_or(CHUNK_BYTES)
            .min(CHUNK_BYTES);
        let Some(space) = buffer.get_mut(..room) else {
            break;
        };
        let length = from.read(space).map_err(reading)?;
        let Some(bytes) = space.get(..length).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        hash.update(bytes);
        if let Some(to) = to.as_deref_mut() {
            to.write_all(bytes).map_err(writing)?;
        }
        passed += u64::try_from(length).unwrap_or(0);
    }
    Ok((passed, hex::encode(hash.finalize())))
}

/// Writes the backup file `path` from the parts that lie in `dir`; answers its size once it is on
/// disk.
pub(super) fn write(path: &Path, manifest: &Manifest, dir: &Path, key: &Secret) -> Result<u64> {
    let json = serde_json::to_vec(manifest)
        .map_err(|_| StoreError::integrity("the backup's manifest could not be written as JSON"))?;
    let length = u32::try_from(json.len())
        .ok()
        .filter(|length| *length <= MAX_MANIFEST_BYTES)
        .ok_or_else(|| StoreError::integrity("the backup's manifest is too long"))?;
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&length.to_be_bytes());
    head.extend_from_slice(&json);
    let (sum, mac) = (Sha256::digest(&head), mac(key, &head));
    let mut out = owner_only(path).map_err(writing)?;
    out.write_all(&head).map_err(writing)?;
    out.write_all(&sum).map_err(writing)?;
    out.write_all(&mac).map_err(writing)?;
    for part in &manifest.parts {
        let mut file = File::open(dir.join(&part.name)).map_err(reading)?;
        let (bytes, sha256) = pour(&mut file, Some(&mut out), part.bytes)?;
        if bytes != part.bytes || sha256 != part.sha256 {
            return Err(damaged(format!(
                "{} changed while it was copied",
                part.name
            )));
        }
        crate::failpoint::step("backup: part written");
    }
    out.sync_all().map_err(writing)?;
    out.stream_position().map_err(writing)
}

/// A backup file, its header read and found whole.
pub(super) struct Container {
    file: File,
    pub(super) manifest: Manifest,
    pub(super) bytes: u64,
    signed: Vec<u8>,
    mac: [u8; 32],
}

impl Container {
    /// Reads the header of `path`; no key is needed for it, nor does it prove anything yet.
    ///
    /// # Errors
    /// `not_found` without a file, `integrity` when it is no backup or its header is damaged.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::not_found("backup file"));
            }
            Err(error) => return Err(reading(error)),
        };
        let metadata = file.metadata().map_err(reading)?;
        if !metadata.is_file() {
            return Err(StoreError::not_found("backup file"));
        }
        let size = metadata.len();
        let short = |_| damaged("it is cut short, or no Haven backup");
        let mut start = [0u8; 12];
        file.read_exact(&mut start).map_err(short)?;
        let (magic, length) = start.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(damaged("it does not begin as a Haven backup does"));
        }
        let length = length
            .try_into()
            .map(u32::from_be_bytes)
            .unwrap_or(u32::MAX);
        if length > MAX_MANIFEST_BYTES {
            return Err(damaged("its header is damaged"));
        }
        let mut json = vec![0u8; usize::try_from(length).unwrap_or(0)];
        let (mut sum, mut mac) = ([0u8; 32], [0u8; 32]);
        file.read_exact(&mut json).map_err(short)?;
        file.read_exact(&mut sum).map_err(short)?;
        file.read_exact(&mut mac).map_err(short)?;
        let signed = [start.as_slice(), &json].concat();
        if Sha256::digest(&signed).as_slice() != sum.as_slice() {
            return Err(damaged("its header does not match its checksum"));
        }
        let manifest: Manifest =
            serde_json::from_slice(&json).map_err(|_| damaged("its header is malformed"))?;
        if manifest.format != FORMAT {
            return Err(damaged(
                "it has a format that this Haven does not know; a newer one may",
            ));
        }
        if manifest.parts.iter().any(|part| !plain_name(&part.name)) {
            return Err(damaged("it names a file that does not belong into a store"));
        }
        let head = u64::from(length) + 12 + 64;
        let told = manifest
            .parts
            .iter()
            .try_fold(head, |sum, part| sum.checked_add(part.bytes));
        if told != Some(size) {
            return Err(damaged("it is not as long as its header says"));
        }
        Ok(Self {
            file,
            manifest,
            bytes: size,
            signed,
            mac,
        })
    }

    /// Whether the header was written by a holder of the store's key.
    pub(super) fn is_genuine(&self, key: &Secret) -> bool {
        mac(key, &self.signed).as_slice().ct_eq(&self.mac).into()
    }

    /// Reads every part, comparing it with its checksum; writes them into `dir` where one is given.
    ///
    /// # Errors
    /// `integrity` naming the first part that is not what it was.
    pub(super) fn unpack(&mut self, dir: Option<&Path>) -> Result<()> {
        let head = u64::try_from(self.signed.len()).unwrap_or(0) + 64;
        self.file.seek(SeekFrom::Start(head)).map_err(reading)?;
        for part in &self.manifest.parts {
            let mut out = match dir {
                Some(dir) => Some(owner_only(&dir.join(&part.name)).map_err(writing)?),
                None => None,
            };
            let (bytes, sha256) = pour(&mut self.file, out.as_mut(), part.bytes)?;
            if bytes != part.bytes || sha256 != part.sha256 {
                return Err(damaged(format!(
                    "{} in it does not match its checksum",
                    part.name
                )));
            }
            if let Some(out) = out {
                out.sync_all().map_err(writing)?;
            }
            crate::failpoint::step("restore: part unpacked");
        }
        Ok(())
    }
}

/// A name that stays within a folder.
fn plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// Gives a finished file its name, over an older backup where one bears it.
pub(super) fn publish(finished: &PathBuf, target: &Path) -> Result<()> {
    fs::rename(finished, target).map_err(writing)?;
    crate::failpoint::step("backup: renamed");
    crate::durable::flush_folder(&super::scratch::folder_of(target)).map_err(writing)
}
