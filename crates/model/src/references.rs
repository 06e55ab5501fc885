//! References inside a resource's bytes, rewritten without touching anything else.

/// The members whose text may name another resource (FHIR R4, transaction rules: Reference, uri and
/// url); an identifier's value is none of them.
const NAMING: [&str; 6] = [
    "reference",
    "url",
    "uri",
    "valueUri",
    "valueUrl",
    "valueUuid",
];

/// The same bytes with each naming text replaced where `replace` gives another.
///
/// # Errors
/// Those of `replace`.
pub fn rewrite<E>(
    bytes: &[u8],
    mut replace: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<Vec<u8>, E> {
    let mut written = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = next_quote(bytes, at) {
        let end = string_end(bytes, start);
        at = end;
        let Some(value_start) = value_after_key(bytes, end) else {
            continue;
        };
        let name = text(bytes, start, end);
        if !name.is_some_and(|name| NAMING.contains(&name.as_str())) {
            at = value_start;
            continue;
        }
        let value_end = string_end(bytes, value_start);
        at = value_end;
        let Some(value) = text(bytes, value_start, value_end) else {
            continue;
        };
        if let Some(other) = replace(&value)? {
            written.extend_from_slice(bytes.get(copied..value_start).unwrap_or_default());
            written.extend_from_slice(serde_json::Value::from(other).to_string().as_bytes());
            copied = value_end;
        }
    }
    written.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Ok(written)
}

fn next_quote(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter()
        .position(|byte| *byte == b'"')
        .map(|offset| from + offset)
}

/// Just behind the closing quote of the string that starts at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Where the text begins, when what ended at `end` is the name of a member with a text.
fn value_after_key(bytes: &[u8], end: usize) -> Option<usize> {
    let colon = skip_space(bytes, end);
    if bytes.get(colon) != Some(&b':') {
        return None;
    }
    let value = skip_space(bytes, colon + 1);
    (bytes.get(value) == Some(&b'"')).then_some(value)
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

fn text(bytes: &[u8], start: usize, end: usize) -> Option<String> {
    serde_json::from_slice(bytes.get(start..end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        let bytes = rewrite(text.as_bytes(), |value| {
            Ok::<_, ()>((value == "urn:uuid:a").then(|| "Patient/1".to_owned()))
        })
        .expect("no error");
        String::from_utf8(bytes).expect("utf-8")
    }

    #[test]
    fn references_change_and_identifiers_and_prose_do_not() {
        assert_eq!(
            rewritten(
                r#"{"subject": {"reference" : "urn:uuid:a"}, "identifier":[{"value":"urn:uuid:a"}],"note":"\"reference\":\"urn:uuid:a\"","n":1.00,"reference":{"reference":"urn:uuid:b"}}"#
            ),
            r#"{"subject": {"reference" : "Patient/1"}, "identifier":[{"value":"urn:uuid:a"}],"note":"\"reference\":\"urn:uuid:a\"","n":1.00,"reference":{"reference":"urn:uuid:b"}}"#
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_come_back_when_nothing_is_replaced(bytes: Vec<u8>, text in r#"[{}\[\]",:\\a-z]{0,60}"#) {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let rewritten = rewrite(bytes, |_| Ok::<_, ()>(None)).expect("no error");
                proptest::prop_assert_eq!(rewritten, bytes);
            }
        }
    }

    #[test]
    fn broken_text_is_left_alone() {
        for broken in [r#"{"reference":"#, r#"{"reference":"urn"#, r#""\"#, ""] {
            assert_eq!(rewritten(broken), broken);
        }
    }
}
