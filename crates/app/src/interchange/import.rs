//! Import: every row is kept as it came, or is told with its reason.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use haven_model::Resource;
use haven_model::validate::{Severity, validate};
use haven_store::OpKind;
use serde::Serialize;
use serde_json::Value;

use super::source::{Row, for_each_row};
use crate::error::{AppError, Code, Result};
use crate::session::Session;

/// Rows written in one transaction: large enough to be quick, small enough to bound memory.
const ROWS_PER_TRANSACTION: usize = 1_000;

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
    batch: Vec<(u64, Resource)>,
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
            batch: Vec::with_capacity(ROWS_PER_TRANSACTION),
            rejected: None,
        }
    }

    fn run(mut self) -> Result<()> {
        let path = self.path;
        let session = self.session;
        for_each_row(path, || session.new_id(), |row| self.row(row)).map_err(|error: ImportError| match error {
            ImportError::Read(error) => AppError::new(
                Code::Io,
                format!(
                    "{} cannot be read ({}). Rows read before are kept; the file was not changed.",
                    file_name(path),
                    error.kind()
                ),
            ),
            ImportError::App(error) => error,
        })?;
        self.flush()?;
        if let Some(mut file) = self.rejected.take() {
            file.flush().map_err(|error| rejected_file_error(&error))?;
        }
        Ok(())
    }

    fn row(&mut self, row: Row) -> Result<(), ImportError> {
        self.summary.rows += 1;
        let bytes = match row.bytes {
            Ok(bytes) => bytes,
            Err(reason) => return Ok(self.reject(row.number, reason, b"")?),
        };
        match acceptable(&bytes, || self.session.new_id()) {
            Ok(resource) => {
                self.batch.push((row.number, resource));
                if self.batch.len() == ROWS_PER_TRANSACTION {
                    self.flush()?;
                }
            }
            Err(reason) => self.reject(row.number, reason, &bytes)?,
        }
        Ok(())
    }

    /// Writes the batch; where a row of it is refused, each row goes alone so that one cannot take
    /// the others with it.
    fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        if self.options.dry_run {
            self.summary.imported += batch.len() as u64;
            return Ok(());
        }
        self.session.store().require_room()?;
        let together = self.session.transact(OpKind::Import, |tx| {
            for (_, resource) in &batch {
                tx.edit(resource.clone())?;
            }
            Ok(())
        });
        match together {
            Ok(()) => self.summary.imported += batch.len() as u64,
            Err(error) if concerns_one_row(error.code) => {
                for (number, resource) in batch {
                    self.alone(number, &resource)?;
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn alone(&mut self, number: u64, resource: &Resource) -> Result<()> {
        let written = self
            .session
            .transact(OpKind::Import, |tx| Ok(tx.edit(resource.clone())?));
        match written {
            Ok(()) => self.summary.imported += 1,
            Err(error) if concerns_one_row(error.code) => {
                self.reject(number, error.message, resource.bytes())?;
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

enum ImportError {
    Read(std::io::Error),
    App(AppError),
}

impl From<std::io::Error> for ImportError {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<AppError> for ImportError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

/// Whether an error is about the row itself, not about the store or the disk.
fn concerns_one_row(code: Code) -> bool {
    matches!(code, Code::Invalid | Code::Conflict | Code::NotPermitted)
}

/// The resource in these bytes, given an id where it has none; else the reason in words.
fn acceptable(bytes: &[u8], new_id: impl Fn() -> String) -> Result<Resource, String> {
    let resource = match Resource::parse(bytes) {
        Err(haven_model::ResourceError::MissingId) => Resource::parse_or_assign(bytes, &new_id()),
        parsed => parsed,
    }
    .map_err(|error| error.to_string())?;
    match first_error(&resource.value()) {
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
