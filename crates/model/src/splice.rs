//! Setting `meta.versionId` and `meta.lastUpdated` in a resource's bytes without touching the rest.

use serde_json::Value;

use crate::resource::ResourceError;

/// Sets both members of `meta`, replacing their values where they stand, appending them where they
/// are missing, and adding `meta` right after the opening brace where there is none.
///
/// The input is known to be a strict JSON object (no repeated keys).
///
/// # Errors
/// When `meta` is not an object.
pub(crate) fn set_server_meta(
    bytes: &[u8],
    version_id: &str,
    last_updated: &str,
) -> Result<Vec<u8>, ResourceError> {
    let version = Value::String(version_id.to_owned()).to_string();
    let updated = Value::String(last_updated.to_owned()).to_string();
    let Some((start, end)) = member_span(bytes, "meta") else {
        let meta = format!("\"meta\":{{\"versionId\":{version},\"lastUpdated\":{updated}}}");
        return Ok(append_member(bytes, &meta));
    };
    let meta = bytes.get(start..end).unwrap_or_default();
    if !meta.starts_with(b"{") {
        return Err(ResourceError::BadMeta);
    }
    let meta = set_member(meta, "versionId", &version);
    let meta = set_member(&meta, "lastUpdated", &updated);
    Ok(replace(bytes, start, end, &meta))
}

/// The same bytes without `meta.versionId` and `meta.lastUpdated`, and without a `meta` that holds
/// nothing else: what a person or another server wrote, for comparing contents.
#[must_use]
pub fn without_server_meta(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut()
        && let Some(meta) = object.get_mut("meta").and_then(Value::as_object_mut)
    {
        meta.shift_remove("versionId");
        meta.shift_remove("lastUpdated");
        if meta.is_empty() {
            object.shift_remove("meta");
        }
    }
    value
}

fn set_member(object: &[u8], name: &str, value: &str) -> Vec<u8> {
    match member_span(object, name) {
        Some((start, end)) => replace(object, start, end, value.as_bytes()),
        None => append_member(object, &format!("\"{name}\":{value}")),
    }
}

fn replace(bytes: &[u8], start: usize, end: usize, with: &[u8]) -> Vec<u8> {
    let (head, tail) = (
        bytes.get(..start).unwrap_or_default(),
        bytes.get(end..).unwrap_or_default(),
    );
    [head, with, tail].concat()
}

/// Adds a member before the closing brace.
fn append_member(object: &[u8], member: &str) -> Vec<u8> {
    let body = object.trim_ascii_end();
    let inner = body.strip_suffix(b"}").unwrap_or(body).trim_ascii_end();
    let mut bytes = inner.to_vec();
    if !inner.ends_with(b"{") {
        bytes.push(b',');
    }
    bytes.extend_from_slice(member.as_bytes());
    bytes.push(b'}');
    bytes
}

/// Where the value of a top-level member lies, as a byte range.
fn member_span(object: &[u8], name: &str) -> Option<(usize, usize)> {
    let mut scanner = Scanner {
        bytes: object,
        at: 0,
    };
    scanner.space();
    scanner.expect(b'{')?;
    loop {
        scanner.space();
        if scanner.peek()? == b'}' {
            return None;
        }
        let (key_start, key_end) = scanner.string()?;
        scanner.space();
        scanner.expect(b':')?;
        scanner.space();
        let start = scanner.at;
        scanner.value()?;
        let end = scanner.at;
        let raw = object.get(key_start..key_end)?;
        let key: String = serde_json::from_slice(raw).ok()?;
        if key == name {
            return Some((start, end));
        }
        scanner.space();
        if scanner.peek()? == b',' {
            scanner.at += 1;
        }
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn string(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        self.expect(b'"')?;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some((start, self.at));
                }
                _ => self.at += 1,
            }
        }
    }

    /// Steps over one value by counting brackets outside strings.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    if depth == 0 {
                        return Some(());
                    }
                    depth -= 1;
                    self.at += 1;
                }
                b',' if depth == 0 => return Some(()),
                byte if depth == 0 && byte.is_ascii_whitespace() => return Some(()),
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> String {
        String::from_utf8(
            set_server_meta(text.as_bytes(), "7", "2026-11-23T14:05:00.000Z")
                .expect("meta is fine"),
        )
        .expect("utf-8")
    }

    #[test]
    fn meta_is_added_at_the_end_when_missing() {
        assert_eq!(
            set(r#"{ "resourceType":"Patient", "id":"p" }"#),
            r#"{ "resourceType":"Patient", "id":"p","meta":{"versionId":"7","lastUpdated":"2026-11-23T14:05:00.000Z"}}"#
        );
    }

    #[test]
    fn values_are_replaced_where_they_stand() {
        assert_eq!(
            set(
                r#"{"a":{"meta":1},"meta":{"lastUpdated" : "x", "tag":[{"code":"}"}] ,"versionId":"6"},"v":1.00}"#
            ),
            r#"{"a":{"meta":1},"meta":{"lastUpdated" : "2026-11-23T14:05:00.000Z", "tag":[{"code":"}"}] ,"versionId":"7"},"v":1.00}"#
        );
    }

    #[test]
    fn setting_twice_is_setting_once() {
        let once = set(r#"{"resourceType":"Patient","id":"p","meta":{}}"#);
        assert_eq!(set(&once), once);
    }

    #[test]
    fn a_meta_that_is_no_object_is_refused() {
        assert!(set_server_meta(br#"{"meta":3}"#, "1", "x").is_err());
    }
}
