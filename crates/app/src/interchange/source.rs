//! Reading resources out of a file, one at a time, whatever its packing.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The longest line, and the largest single document, that is read.
const MAX_DOCUMENT_BYTES: u64 = 256 * 1024 * 1024;

/// One candidate for a resource.
pub(super) struct Row {
    /// Line (NDJSON) or entry (Bundle), counted from 1.
    pub number: u64,
    /// The bytes, or why there are none.
    pub bytes: Result<Vec<u8>, String>,
}

/// Hands every row of `path` to `each`, in order.
///
/// A file whose first line is a whole JSON document is NDJSON; any other is one document. A document
/// that is a Bundle, and the only one in its file, is taken apart; in NDJSON a Bundle is a resource
/// like any other.
///
/// # Errors
/// When the file cannot be read or unpacked.
pub(super) fn for_each_row<E: From<io::Error>>(
    path: &Path,
    mut each: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let mut lines = Lines::open(path)?;
    let Some(first) = lines.next_line()? else {
        return Ok(());
    };
    let first_is_whole =
        matches!(&first, Ok(line) if serde_json::from_slice::<&RawValue>(line).is_ok());
    let second = lines.next_line()?;
    if !first_is_whole && let Ok(head) = &first {
        let document = lines.rest_after(head, second.as_ref())?;
        if serde_json::from_slice::<&RawValue>(&document).is_ok() {
            return document_rows(&document, &mut each);
        }
        // Not one document: every line is judged for itself below, from memory.
        let mut again = Lines::over(document);
        let mut number = 0;
        while let Some(line) = again.next_line()? {
            number += 1;
            each(Row { number, bytes: line })?;
        }
        return Ok(());
    }
    if second.is_none()
        && let Ok(line) = &first
    {
        return document_rows(line, &mut each);
    }
    each(Row { number: 1, bytes: first })?;
    let mut number = 1;
    let mut next = second;
    while let Some(line) = next {
        number += 1;
        each(Row { number, bytes: line })?;
        next = lines.next_line()?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct BundleHead<'a> {
    #[serde(rename = "resourceType", default)]
    resource_type: Option<String>,
    #[serde(borrow, default)]
    entry: Vec<BundleEntry<'a>>,
}

#[derive(Deserialize)]
struct BundleEntry<'a> {
    #[serde(rename = "fullUrl", default)]
    full_url: Option<String>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct EntryKey {
    #[serde(rename = "resourceType")]
    resource_type: String,
    id: String,
}

/// A single document: the entries of a Bundle, else the resource itself.
fn document_rows<E: From<io::Error>>(
    document: &[u8],
    each: &mut impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let bundle = serde_json::from_slice::<BundleHead<'_>>(document)
        .ok()
        .filter(|head| head.resource_type.as_deref() == Some("Bundle"));
    let Some(bundle) = bundle else {
        return each(Row {
            number: 1,
            bytes: Ok(document.to_vec()),
        });
    };
    let names = urn_names(&bundle.entry);
    for (index, entry) in bundle.entry.iter().enumerate() {
        let number = index as u64 + 1;
        let bytes = match entry.resource {
            Some(resource) => Ok(rename_urns(resource.get(), &names)),
            None => Err("the entry holds no resource".to_owned()),
        };
        each(Row { number, bytes })?;
    }
    Ok(())
}

/// `urn:uuid:…` full URLs and the `Type/id` that each stands for.
fn urn_names(entries: &[BundleEntry<'_>]) -> HashMap<String, String> {
    entries
        .iter()
        .filter_map(|entry| {
            let url = entry.full_url.as_ref().filter(|url| url.starts_with("urn:"))?;
            let key: EntryKey = serde_json::from_str(entry.resource?.get()).ok()?;
            Some((
                format!("\"{url}\""),
                format!("\"{}/{}\"", key.resource_type, key.id),
            ))
        })
        .collect()
}

/// Rewrites references to other entries (FHIR R4, http.html#trules); other bytes stay.
fn rename_urns(resource: &str, names: &HashMap<String, String>) -> Vec<u8> {
    if !resource.contains("\"urn:") {
        return resource.as_bytes().to_vec();
    }
    let mut out = String::with_capacity(resource.len());
    let mut rest = resource;
    while let Some(at) = rest.find("\"urn:") {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let end = tail
            .get(1..)
            .and_then(|inner| inner.find('"'))
            .map_or(tail.len(), |quote| quote + 2);
        let (token, after) = tail.split_at(end);
        out.push_str(
            names.get(token).map_or(token, String::as_str),
        );
        rest = after;
    }
    out.push_str(rest);
    out.into_bytes()
}

/// Lines that are not blank, each bounded.
struct Lines {
    reader: Box<dyn BufRead>,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
        let head = file.fill_buf()?;
        let reader: Box<dyn BufRead> = if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(file)?))
        } else if head.starts_with(&[0x1f, 0x8b]) {
            Box::new(BufReader::with_capacity(
                1 << 16,
                flate2::bufread::MultiGzDecoder::new(file),
            ))
        } else {
            Box::new(file)
        };
        let mut lines = Self { reader };
        lines.skip_byte_order_mark()?;
        Ok(lines)
    }

    fn over(document: Vec<u8>) -> Self {
        Self {
            reader: Box::new(Cursor::new(document)),
        }
    }

    fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        if self.reader.fill_buf()?.starts_with(&[0xef, 0xbb, 0xbf]) {
            self.reader.consume(3);
        }
        Ok(())
    }

    /// The next line that is not blank, without its end; too long a line is an error of that line.
    fn next_line(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        loop {
            let mut line = Vec::new();
            let read = (&mut self.reader)
                .take(MAX_DOCUMENT_BYTES)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            if read as u64 == MAX_DOCUMENT_BYTES && !line.ends_with(b"\n") {
                self.skip_line()?;
                return Ok(Some(Err(format!(
                    "the line is longer than {MAX_DOCUMENT_BYTES} bytes"
                ))));
            }
            let trimmed = line.trim_ascii();
            if !trimmed.is_empty() {
                return Ok(Some(Ok(trimmed.to_vec())));
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                self.reader.consume(end + 1);
                return Ok(());
            }
            let all = buffer.len();
            self.reader.consume(all);
        }
    }

    /// Everything, the lines already read put back in front.
    fn rest_after(
        &mut self,
        first: &[u8],
        second: Option<&Result<Vec<u8>, String>>,
    ) -> io::Result<Vec<u8>> {
        let mut document = first.to_vec();
        document.push(b'\n');
        if let Some(Ok(line)) = second {
            document.extend_from_slice(line);
            document.push(b'\n');
        }
        (&mut self.reader)
            .take(MAX_DOCUMENT_BYTES)
            .read_to_end(&mut document)?;
        if !self.reader.fill_buf()?.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the file is one document of more than {MAX_DOCUMENT_BYTES} bytes"),
            ));
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Result<String, String>> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("writes");
        let mut found = Vec::new();
        for_each_row::<io::Error>(file.path(), |row| {
            found.push(row.bytes.map(|bytes| String::from_utf8(bytes).expect("utf-8")));
            Ok(())
        })
        .expect("readable");
        found
    }

    #[test]
    fn ndjson_comes_line_by_line_and_a_broken_line_stands_alone() {
        let found = rows("{\"a\":1}\n\nnot json\n{\"b\":1.00}\n");
        assert_eq!(found.len(), 3, "blank lines are no rows");
        assert_eq!(found[2].as_deref(), Ok("{\"b\":1.00}"));
    }

    #[test]
    fn a_pretty_bundle_is_taken_apart_and_its_urns_become_references() {
        let found = rows(
            "{\n \"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[\n\
             {\"fullUrl\":\"urn:uuid:1\",\"resource\":{\"resourceType\":\"Patient\",\"id\":\"p\"}},\n\
             {\"resource\":{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"urn:uuid:1\"},\"v\":1.00}},{}]}\n",
        );
        assert_eq!(
            found[1].as_deref(),
            Ok("{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"Patient/p\"},\"v\":1.00}")
        );
        assert!(found[2].is_err(), "an entry without a resource is told, not dropped");
    }

    #[test]
    fn a_first_line_that_is_broken_does_not_hide_the_others() {
        let found = rows("{\"a\":\n{\"b\":1}\n{\"c\":1}\n");
        assert_eq!(found.len(), 3);
    }
}
