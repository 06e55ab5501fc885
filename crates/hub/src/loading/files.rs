//! NDJSON and Bundle files, plain, gzip or zstd.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use haven_model::Resource;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Loaded, Present, ROWS_PER_COMMIT, commit};
use crate::database::make_private;
use crate::error::{HubError, Result};
use crate::fhir::rewrite_references;
use crate::hub::Hub;
use crate::validation::{self, Invalid};

/// The largest single document read.
const MAX_DOCUMENT_BYTES: u64 = 512 * 1024 * 1024;

/// Imports one file, as user `import`: NDJSON, or one Bundle whose entries are taken one by one. A
/// resource that is there with other content gets a new version. Rows that are not taken go, with
/// the reason, to a file of the same name with `.rejected.ndjson` behind it.
///
/// # Errors
/// When a file cannot be read or written, or the database fails; what was committed stays.
pub fn import_file(hub: &Hub, path: &Path) -> Result<Loaded> {
    let fail = |source| HubError::File {
        path: path.to_owned(),
        source,
    };
    let mut lines = Lines {
        reader: open(path).map_err(fail)?,
        number: 0,
    };
    let mut import = Import::into(hub, path);
    let Some((number, mut first)) = lines.next().map_err(fail)? else {
        return import.finish();
    };
    if serde_json::from_slice::<&RawValue>(&first).is_err() {
        // One document over several lines, or nothing that can be read.
        lines
            .reader
            .take(MAX_DOCUMENT_BYTES)
            .read_to_end(&mut first)
            .map_err(fail)?;
        import.document(&first)?;
        return import.finish();
    }
    let Some(second) = lines.next().map_err(fail)? else {
        import.document(&first)?;
        return import.finish();
    };
    import.row(number, &first)?;
    let mut next = Some(second);
    while let Some((number, line)) = next {
        import.row(number, &line)?;
        next = lines.next().map_err(fail)?;
    }
    import.finish()
}

struct Lines {
    reader: Box<dyn BufRead>,
    number: u64,
}

impl Lines {
    /// The next line that is not blank, and its number.
    fn next(&mut self) -> std::io::Result<Option<(u64, Vec<u8>)>> {
        loop {
            let mut line = Vec::new();
            let read = (&mut self.reader)
                .take(MAX_DOCUMENT_BYTES)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if !line.trim_ascii().is_empty() {
                return Ok(Some((self.number, line)));
            }
        }
    }
}

/// The unpacked bytes; how they are packed is seen from the first of them.
fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let magic = file.fill_buf()?;
    Ok(match magic {
        [0x1f, 0x8b, ..] => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(file))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(BufReader::new(
            zstd::stream::read::Decoder::with_buffer(file)?,
        )),
        _ => Box::new(file),
    })
}

struct Import<'a> {
    hub: &'a Hub,
    rejected_path: PathBuf,
    rejected: Option<BufWriter<File>>,
    rows: Vec<(Resource, Value)>,
    loaded: Loaded,
}

impl<'a> Import<'a> {
    fn into(hub: &'a Hub, path: &Path) -> Self {
        let mut rejected_path = path.as_os_str().to_owned();
        rejected_path.push(".rejected.ndjson");
        Self {
            hub,
            rejected_path: rejected_path.into(),
            rejected: None,
            rows: Vec::new(),
            loaded: Loaded::default(),
        }
    }

    fn row(&mut self, line: u64, bytes: &[u8]) -> Result<()> {
        match validation::read_or_assign(bytes, &new_id()) {
            Ok(row) => self.take(row),
            Err(invalid) => self.reject(line, bytes, &invalid),
        }
    }

    /// A Bundle's entries, or one resource.
    fn document(&mut self, bytes: &[u8]) -> Result<()> {
        #[derive(Deserialize)]
        struct Bundle {
            #[serde(rename = "resourceType")]
            resource_type: String,
            #[serde(default)]
            entry: Vec<BundleEntry>,
        }
        match serde_json::from_slice::<Bundle>(bytes) {
            Ok(bundle) if bundle.resource_type == "Bundle" => self.entries(&bundle.entry),
            _ => self.row(1, bytes),
        }
    }

    fn entries(&mut self, entries: &[BundleEntry]) -> Result<()> {
        let keys: Vec<(String, String)> = entries.iter().map(BundleEntry::key).collect();
        let names: HashMap<&str, String> = entries
            .iter()
            .zip(&keys)
            .filter_map(|(entry, (kind, id))| {
                Some((entry.full_url.as_deref()?, format!("{kind}/{id}")))
            })
            .collect();
        for (at, (entry, (_, id))) in (1..).zip(entries.iter().zip(&keys)) {
            let Some(resource) = &entry.resource else {
                continue;
            };
            let bytes =
                rewrite_references(resource.get().as_bytes(), |text| names.get(text).cloned());
            match validation::read_or_assign(&bytes, id) {
                Ok(row) => self.take(row)?,
                Err(invalid) => self.reject(at, resource.get().as_bytes(), &invalid)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, row: (Resource, Value)) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() >= ROWS_PER_COMMIT {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.loaded += commit(self.hub, &self.rows, "import", Present::Replace)?;
        self.rows.clear();
        Ok(())
    }

    fn reject(&mut self, line: u64, bytes: &[u8], invalid: &Invalid) -> Result<()> {
        self.loaded.rejected += 1;
        let text = String::from_utf8_lossy(bytes.trim_ascii());
        let reason = invalid.words();
        // A row that is JSON is kept as it is, any other as a text.
        let row = RawValue::from_string(text.clone().into_owned())
            .or_else(|_| RawValue::from_string(Value::from(text).to_string()))
            .map_err(|_| HubError::Corrupt("a rejected row"))?;
        let head = json!({"line": line, "reason": reason}).to_string();
        let line = format!("{},\"row\":{}}}\n", head.trim_end_matches('}'), row.get());
        self.write_rejected(line.as_bytes())
            .map_err(|source| HubError::File {
                path: self.rejected_path.clone(),
                source,
            })
    }

    fn write_rejected(&mut self, line: &[u8]) -> std::io::Result<()> {
        let file = match &mut self.rejected {
            Some(file) => file,
            none => none.insert(BufWriter::new(make_private(&self.rejected_path)?)),
        };
        file.write_all(line)
    }

    fn finish(mut self) -> Result<Loaded> {
        self.commit()?;
        if let Some(mut file) = self.rejected.take() {
            file.flush().map_err(|source| HubError::File {
                path: self.rejected_path.clone(),
                source,
            })?;
        }
        Ok(self.loaded)
    }
}

#[derive(Deserialize)]
struct BundleEntry {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
    resource: Option<Box<RawValue>>,
}

impl BundleEntry {
    /// Type and id, an id of the hub's own where there is none.
    fn key(&self) -> (String, String) {
        #[derive(Default, Deserialize)]
        struct Key {
            #[serde(rename = "resourceType", default)]
            resource_type: String,
            id: Option<String>,
        }
        let key: Key = self
            .resource
            .as_ref()
            .and_then(|resource| serde_json::from_str(resource.get()).ok())
            .unwrap_or_default();
        (key.resource_type, key.id.unwrap_or_else(new_id))
    }
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
