//! Reading resources out of a file, one at a time, whatever its packing.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use haven_model::{Resource, ResourceError, ResourceKey};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The longest line, and the largest single document, that is read.
const MAX_DOCUMENT_BYTES: u64 = 256 * 1024 * 1024;

/// One candidate for a resource.
pub(crate) struct Row {
    /// Line (NDJSON) or entry (Bundle), counted from 1.
    pub number: u64,
    /// The bytes, or why there are none.
    pub bytes: Result<Vec<u8>, String>,
}

/// Hands every row of `path` to `each`, in order; `new_id` names entries that come without an id.
///
/// A file whose first line is a whole JSON document is NDJSON; any other is one document. A document
/// that is a Bundle, and the only one in its file, is taken apart; in NDJSON a Bundle is a resource
/// like any other.
///
/// # Errors
/// When the file cannot be read or unpacked.
pub(crate) fn for_each_row<E: From<io::Error>>(
    path: &Path,
    new_id: impl Fn() -> String,
    mut each: impl FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let mut lines = Lines::open(path)?;
    let Some(first) = lines.next_line()? else {
        return Ok(());
    };
    if let Ok(head) = &first.bytes
        && !is_whole(head)
    {
        let document = lines.rest_after(head)?;
        if is_whole(&document) {
            return document_rows(&document, &new_id, &mut each);
        }
        // Not one document: every line is judged for itself below, from memory.
        let mut again = Lines::over(document, first.number);
        while let Some(line) = again.next_line()? {
            each(line.into_row())?;
        }
        return Ok(());
    }
    let second = lines.next_line()?;
    if second.is_none()
        && let Ok(line) = &first.bytes
    {
        return document_rows(line.trim_ascii(), &new_id, &mut each);
    }
    let mut next = second;
    each(first.into_row())?;
    while let Some(line) = next {
        each(line.into_row())?;
        next = lines.next_line()?;
    }
    Ok(())
}

/// Whether this is one JSON document, whatever is in it.
fn is_whole(bytes: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(bytes).is_ok()
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
struct EntryHead {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(default)]
    id: Option<String>,
}

/// A single document: the entries of a Bundle, else the resource itself.
fn document_rows<E: From<io::Error>>(
    document: &[u8],
    new_id: &impl Fn() -> String,
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
    let given: Vec<Option<Named>> = bundle
        .entry
        .iter()
        .map(|entry| Named::of(entry, new_id))
        .collect();
    let names: HashMap<String, String> = given
        .iter()
        .flatten()
        .map(|named| (named.token.clone(), format!("\"{}\"", named.key)))
        .collect();
    for (index, (entry, named)) in bundle.entry.iter().zip(&given).enumerate() {
        let number = index as u64 + 1;
        let bytes = match entry.resource {
            Some(resource) => {
                let renamed = rename_urns(resource.get(), &names);
                Ok(match named {
                    Some(named) => named.with_id(renamed),
                    None => renamed,
                })
            }
            None => Err("the entry holds no resource".to_owned()),
        };
        each(Row { number, bytes })?;
    }
    Ok(())
}

/// An entry that others refer to by a name that holds within its Bundle only.
struct Named {
    /// The name as it stands in a reference, quotes included.
    token: String,
    /// What it stands for.
    key: ResourceKey,
}

impl Named {
    /// The entry's `Type/id`; one without an id is given a new one, since a temporary name must not
    /// hit what an earlier Bundle made under the same name.
    fn of(entry: &BundleEntry<'_>, new_id: &impl Fn() -> String) -> Option<Self> {
        let url = entry
            .full_url
            .as_ref()
            .filter(|url| url.starts_with("urn:"))?;
        let head: EntryHead = serde_json::from_str(entry.resource?.get()).ok()?;
        Some(Self {
            token: format!("\"{url}\""),
            key: ResourceKey::new(head.resource_type, head.id.unwrap_or_else(new_id)).ok()?,
        })
    }

    /// The resource with this id where it has none; what is no resource stays, to be refused by name.
    fn with_id(&self, bytes: Vec<u8>) -> Vec<u8> {
        match Resource::parse(&bytes) {
            Err(ResourceError::MissingId) => Resource::parse_or_assign(&bytes, &self.key.id)
                .map_or(bytes, |resource| resource.bytes().to_vec()),
            _ => bytes,
        }
    }
}

/// The members in which FHIR R4 has temporary names replaced (http.html#trules) that Haven meets; an
/// identifier that looks the same stays.
const LINKING_MEMBERS: [&str; 4] = ["\"reference\"", "\"url\"", "\"valueUri\"", "\"valueUrl\""];

/// Rewrites links to other entries; all other bytes stay.
fn rename_urns(resource: &str, names: &HashMap<String, String>) -> Vec<u8> {
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
        let links = out
            .trim_ascii_end()
            .strip_suffix(':')
            .map(str::trim_ascii_end)
            .is_some_and(|before| LINKING_MEMBERS.iter().any(|name| before.ends_with(name)));
        let replaced = names.get(token).filter(|_| links);
        out.push_str(replaced.map_or(token, String::as_str));
        rest = after;
    }
    out.push_str(rest);
    out.into_bytes()
}

/// Lines that are not blank, each bounded.
struct Lines {
    reader: Box<dyn BufRead>,
    /// The number of the line to come.
    number: u64,
}

/// One line, with its end, or why it was not read.
struct Line {
    /// Counted from 1, blank ones too.
    number: u64,
    bytes: Result<Vec<u8>, String>,
}

impl Line {
    fn into_row(self) -> Row {
        Row {
            number: self.number,
            bytes: self.bytes.map(|line| line.trim_ascii().to_vec()),
        }
    }
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
        let head = file.fill_buf()?;
        let reader: Box<dyn BufRead> = if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Box::new(BufReader::with_capacity(
                1 << 16,
                zstd::Decoder::with_buffer(file)?,
            ))
        } else if head.starts_with(&[0x1f, 0x8b]) {
            Box::new(BufReader::with_capacity(
                1 << 16,
                flate2::bufread::MultiGzDecoder::new(file),
            ))
        } else {
            Box::new(file)
        };
        let mut lines = Self { reader, number: 1 };
        lines.skip_byte_order_mark()?;
        Ok(lines)
    }

    fn over(document: Vec<u8>, number: u64) -> Self {
        Self {
            reader: Box::new(Cursor::new(document)),
            number,
        }
    }

    fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        if self.reader.fill_buf()?.starts_with(&[0xef, 0xbb, 0xbf]) {
            self.reader.consume(3);
        }
        Ok(())
    }

    /// The next line that is not blank; too long a line is an error of that line.
    fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut line = Vec::new();
            let read = (&mut self.reader)
                .take(MAX_DOCUMENT_BYTES)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            let number = self.number;
            self.number += 1;
            if read as u64 == MAX_DOCUMENT_BYTES && !line.ends_with(b"\n") {
                self.skip_line()?;
                let why = format!("the line is longer than {MAX_DOCUMENT_BYTES} bytes");
                return Ok(Some(Line {
                    number,
                    bytes: Err(why),
                }));
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(Line {
                    number,
                    bytes: Ok(line),
                }));
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

    /// Everything, the line already read put back in front.
    fn rest_after(&mut self, first: &[u8]) -> io::Result<Vec<u8>> {
        let mut document = first.to_vec();
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
        for_each_row::<io::Error>(
            file.path(),
            || "new-1".to_owned(),
            |row| {
                found.push(
                    row.bytes
                        .map(|bytes| String::from_utf8(bytes).expect("utf-8")),
                );
                Ok(())
            },
        )
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
            Ok(
                "{\"resourceType\":\"Observation\",\"subject\":{\"reference\":\"Patient/p\"},\"v\":1.00}"
            )
        );
        assert!(
            found[2].is_err(),
            "an entry without a resource is told, not dropped"
        );
    }

    #[test]
    fn an_entry_without_an_id_is_named_before_others_refer_to_it() {
        let found = rows(
            "{\"resourceType\":\"Bundle\",\"entry\":[\
             {\"resource\":{\"resourceType\":\"Observation\",\"identifier\":[{\"value\":\"urn:uuid:1\"}],\"subject\":{\"reference\" : \"urn:uuid:1\"}}},\
             {\"fullUrl\":\"urn:uuid:1\",\"resource\":{\"resourceType\":\"Patient\"}}]}",
        );
        assert_eq!(
            found,
            [
                Ok("{\"resourceType\":\"Observation\",\"identifier\":[{\"value\":\"urn:uuid:1\"}],\"subject\":{\"reference\" : \"Patient/new-1\"}}".to_owned()),
                Ok("{\"id\":\"new-1\",\"resourceType\":\"Patient\"}".to_owned()),
            ],
            "the link follows; an identifier that reads the same stays"
        );
    }

    #[test]
    fn a_document_over_several_lines_keeps_every_space() {
        let pretty = "{\r\n\n   \"resourceType\": \"Patient\",\n\t\"id\":\"p\"}";
        assert_eq!(rows(&format!("\n{pretty}\n")), [Ok(format!("{pretty}\n"))]);
    }

    #[test]
    fn a_first_line_that_is_broken_does_not_hide_the_others() {
        let found = rows("{\"a\":\n{\"b\":1}\n{\"c\":1}\n");
        assert_eq!(found.len(), 3);
    }
}
