//! Import: every row is kept as it came, or is told with its reason.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

use haven_model::Resource;
use haven_model::validate::{Severity, validate};
use haven_store::{OpKind, Prepared};
use serde::Serialize;
use serde_json::Value;

use super::source::{Row, for_each_row};
use crate::error::{AppError, Code, Result};
use crate::session::Session;

/// Rows and bytes written in one transaction: large enough to be quick (an index page is sealed once
/// for all its rows), small enough to bound memory.
const ROWS_PER_TRANSACTION: usize = 4_000;
const BYTES_PER_TRANSACTION: usize = 8 << 20;

/// Rows and bytes handed from reading to writing at once, and how many such parcels wait at most.
const ROWS_PER_PARCEL: usize = 500;
const BYTES_PER_PARCEL: usize = 1 << 20;
const PARCELS_WAITING: usize = 3;

/// How many rejected rows a summary names; the file holds all of them.
const REJECTIONS_SHOWN: usize = 50;

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Check every row and write nothing.
    pub dry_run: bool,
    /// Where rejected rows go; `<file>.rejected.ndjson` in the working directory when absent.
    pub rejected: Option<PathBuf>,
}

/// What an import did.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportSummary {
    /// Whether nothing was written on purpose.
    pub dry_run: bool,
    /// Files read.
    pub files: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows kept (or that would be, in a dry run).
    pub imported: u64,
    /// Rows that were not kept.
    pub rejected: u64,
    /// The first of them.
    pub rejections: Vec<RejectedRow>,
    /// The files that hold the rejected rows.
    pub rejected_files: Vec<String>,
}

/// A row that was not kept, and why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectedRow {
    /// The file it stood in.
    pub file: String,
    /// Its line or entry, from 1.
    pub row: u64,
    /// Why, without its content.
    pub reason: String,
}

impl Session {
    /// Reads NDJSON files and Bundles into the store, each row pending until synced.
    ///
    /// # Errors
    /// When a file cannot be read, a rejected row cannot be kept in its file, or the store cannot be
    /// written; what earlier transactions wrote stays.
    pub fn import(&self, files: &[PathBuf], options: &ImportOptions) -> Result<ImportSummary> {
        let mut summary = ImportSummary {
            dry_run: options.dry_run,
            ..ImportSummary::default()
        };
        if !options.dry_run {
            self.store().require_room()?;
            self.learn_ahead(files)?;
        }
        for file in files {
            Import::of(self, file, options, &mut summary).run()?;
            summary.files += 1;
        }
        Ok(summary)
    }
}

struct Import<'a> {
    session: &'a Session,
    path: &'a Path,
    options: &'a ImportOptions,
    summary: &'a mut ImportSummary,
    batch: Vec<(u64, Prepared)>,
    batch_bytes: usize,
    rejected: Option<BufWriter<File>>,
}

impl<'a> Import<'a> {
    fn of(
        session: &'a Session,
        path: &'a Path,
        options: &'a ImportOptions,
        summary: &'a mut ImportSummary,
    ) -> Self {
        Self {
            session,
            path,
            options,
            summary,
            batch: Vec::new(),
            batch_bytes: 0,
            rejected: None,
        }
    }

    /// Reads, checks and prepares on one thread, writes on this one; what lies between them is bounded.
    fn run(mut self) -> Result<()> {
        let (path, session) = (self.path, self.session);
        std::thread::scope(|scope| {
            let (sender, judged) = sync_channel::<Vec<Judged>>(PARCELS_WAITING);
            let reading = scope.spawn(move || read_and_judge(path, session, &sender));
            for parcel in judged {
                for row in parcel {
                    self.row(row)?;
                }
            }
            // A thread that panicked has told why on its own.
            reading.join().unwrap_or(Ok(()))
        })?;
        self.flush()?;
        if let Some(mut file) = self.rejected.take() {
            file.flush().map_err(|error| rejected_file_error(&error))?;
        }
        Ok(())
    }

    fn row(&mut self, row: Judged) -> Result<()> {
        self.summary.rows += 1;
        match row.outcome {
            Ok(prepared) => {
                self.batch_bytes += prepared.resource().bytes().len();
                self.batch.push((row.number, prepared));
                let full = self.batch.len() == ROWS_PER_TRANSACTION;
                if full || self.batch_bytes >= BYTES_PER_TRANSACTION {
                    self.flush()?;
                }
                Ok(())
            }
            Err((reason, bytes)) => self.reject(row.number, reason, &bytes),
        }
    }

    /// Writes the batch; where a row of it is refused, each row goes alone so that one cannot take
    /// the others with it.
    fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if batch.is_empty() {
            return Ok(());
        }
        if self.options.dry_run {
            self.summary.imported += batch.len() as u64;
            return Ok(());
        }
        self.session.store().require_room()?;
        let together = self.session.transact(OpKind::Import, |tx| {
            for (_, prepared) in &batch {
                tx.edit_prepared(prepared)?;
            }
            Ok(())
        });
        match together {
            Ok(()) => self.summary.imported += batch.len() as u64,
            Err(error) if concerns_one_row(error.code) => {
                for (number, prepared) in batch {
                    self.alone(number, &prepared)?;
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn alone(&mut self, number: u64, prepared: &Prepared) -> Result<()> {
        let written = self
            .session
            .transact(OpKind::Import, |tx| Ok(tx.edit_prepared(prepared)?));
        match written {
            Ok(()) => self.summary.imported += 1,
            Err(error) if concerns_one_row(error.code) => {
                self.reject(number, error.message, prepared.resource().bytes())?;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn reject(&mut self, number: u64, reason: String, bytes: &[u8]) -> Result<()> {
        self.summary.rejected += 1;
        if self.rejected.is_none() && !self.options.dry_run {
            let path = self.options.rejected.clone().unwrap_or_else(|| {
                PathBuf::from(format!("{}.rejected.ndjson", file_name(self.path)))
            });
            let file = File::options()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(|error| rejected_file_error(&error))?;
            self.summary.rejected_files.push(path.display().to_string());
            self.rejected = Some(BufWriter::new(file));
        }
        let rejection = RejectedRow {
            file: file_name(self.path),
            row: number,
            reason,
        };
        if let Some(file) = &mut self.rejected {
            let line = serde_json::json!({
                "file": rejection.file,
                "row": rejection.row,
                "reason": rejection.reason,
                "content": String::from_utf8_lossy(bytes),
            });
            writeln!(file, "{line}").map_err(|error| rejected_file_error(&error))?;
        }
        if self.summary.rejections.len() < REJECTIONS_SHOWN {
            self.summary.rejections.push(rejection);
        }
        Ok(())
    }
}

/// A row as it was read: a resource ready to be written, or why it is none and what it was.
struct Judged {
    number: u64,
    outcome: Result<Prepared, (String, Vec<u8>)>,
}

fn read_and_judge(path: &Path, session: &Session, sender: &SyncSender<Vec<Judged>>) -> Result<()> {
    let mut parcel = Vec::with_capacity(ROWS_PER_PARCEL);
    let mut bytes = 0;
    let read = for_each_row(
        path,
        || session.new_id(),
        |row| {
            let judged = judge(row, || session.new_id());
            bytes += judged
                .outcome
                .as_ref()
                .map_or(0, |prepared| prepared.resource().bytes().len());
            parcel.push(judged);
            if parcel.len() < ROWS_PER_PARCEL && bytes < BYTES_PER_PARCEL {
                return Ok(());
            }
            bytes = 0;
            sender
                .send(std::mem::take(&mut parcel))
                .map_err(|_| Halt::Writing)
        },
    );
    match read {
        Ok(()) => {
            // Whoever writes and has gone away tells why itself.
            sender.send(parcel).ok();
            Ok(())
        }
        Err(Halt::Writing) => Ok(()),
        Err(Halt::Reading(error)) => {
            sender.send(parcel).ok();
            Err(AppError::new(
                Code::Io,
                format!(
                    "{} cannot be read ({}). Rows read before are kept; the file was not changed.",
                    file_name(path),
                    error.kind()
                ),
            ))
        }
    }
}

fn judge(row: Row, new_id: impl Fn() -> String) -> Judged {
    let outcome = match row.bytes {
        Ok(bytes) => acceptable(&bytes, new_id)
            .and_then(|resource| Prepared::of(resource).map_err(|error| error.to_string()))
            .map_err(|reason| (reason, bytes)),
        Err(reason) => Err((reason, Vec::new())),
    };
    Judged {
        number: row.number,
        outcome,
    }
}

/// Why reading ends early.
enum Halt {
    Reading(std::io::Error),
    /// Nobody takes what is read.
    Writing,
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        Self::Reading(error)
    }
}

/// Whether an error is about the row itself, not about the store or the disk.
fn concerns_one_row(code: Code) -> bool {
    matches!(code, Code::Invalid | Code::Conflict | Code::NotPermitted)
}

/// The resource in these bytes, given an id where it has none; else the reason in words.
pub(crate) fn acceptable(bytes: &[u8], new_id: impl Fn() -> String) -> Result<Resource, String> {
    let (resource, value) = match Resource::parse_with_value(bytes) {
        Err(haven_model::ResourceError::MissingId) => Resource::parse_or_assign(bytes, &new_id())
            .map(|resource| {
                let value = resource.value();
                (resource, value)
            }),
        parsed => parsed,
    }
    .map_err(|error| error.to_string())?;
    match first_error(&value) {
        Some(reason) => Err(reason),
        None => Ok(resource),
    }
}

/// The first rule of FHIR R4 that a resource breaks, with the element's name.
pub(crate) fn first_error(value: &Value) -> Option<String> {
    validate(value)
        .into_iter()
        .find(|issue| issue.severity == Severity::Error)
        .map(|issue| format!("{}: {}", issue.path, issue.message))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn rejected_file_error(error: &std::io::Error) -> AppError {
    AppError::new(
        super::file_code(error),
        format!(
            "The file for rejected rows cannot be written ({}). Rows imported before are kept. \
             Name another place with --rejected, then import again.",
            error.kind()
        ),
    )
}
