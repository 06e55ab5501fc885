//! Export: NDJSON by type, what the user may read, byte for byte.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::error::{AppError, Result};
use crate::session::Session;

/// What an export wrote.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportSummary {
    /// Resources written.
    pub exported: u64,
    /// Of each type, how many.
    pub types: BTreeMap<String, u64>,
    /// The files, in the folder named.
    pub files: Vec<String>,
}

impl Session {
    /// Writes `<Type>.ndjson` files into `dir`, each complete or absent.
    ///
    /// A resource goes out with the bytes it came in with; line ends inside it (which JSON allows
    /// between tokens only) become spaces, since NDJSON ends a record with them.
    ///
    /// # Errors
    /// When the folder cannot be written or the store not read.
    pub fn export(&self, dir: &Path) -> Result<ExportSummary> {
        fs::create_dir_all(dir).map_err(|error| export_error(&error))?;
        let mut summary = ExportSummary::default();
        for (resource_type, _) in self.store().counts()?.by_type {
            let name = format!("{resource_type}.ndjson");
            let partial = dir.join(format!("{name}.partial"));
            let file = File::create(&partial).map_err(|error| export_error(&error))?;
            let mut out = BufWriter::new(file);
            let mut written = 0_u64;
            self.store().for_each(Some(&resource_type), |stored| {
                if let Some(resource) = stored.resource {
                    write_line(&mut out, resource.bytes()).map_err(|error| export_error(&error))?;
                    written += 1;
                }
                Ok::<(), AppError>(())
            })?;
            out.into_inner()
                .map_err(|error| export_error(error.error()))?
                .sync_all()
                .map_err(|error| export_error(&error))?;
            if written == 0 {
                fs::remove_file(&partial).map_err(|error| export_error(&error))?;
                continue;
            }
            fs::rename(&partial, dir.join(&name)).map_err(|error| export_error(&error))?;
            summary.exported += written;
            summary.types.insert(resource_type, written);
            summary.files.push(name);
        }
        Ok(summary)
    }
}

fn write_line(out: &mut impl Write, bytes: &[u8]) -> std::io::Result<()> {
    if bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        let line: Vec<u8> = bytes
            .iter()
            .map(|byte| {
                if matches!(byte, b'\n' | b'\r') {
                    b' '
                } else {
                    *byte
                }
            })
            .collect();
        out.write_all(&line)?;
    } else {
        out.write_all(bytes)?;
    }
    out.write_all(b"\n")
}

fn export_error(error: &std::io::Error) -> AppError {
    AppError::new(
        super::file_code(error),
        format!(
            "The export folder cannot be written ({}). The store is unchanged; files without \
             \".partial\" in the folder are complete.",
            error.kind()
        ),
    )
}
