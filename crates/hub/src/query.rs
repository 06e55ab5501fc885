//! Query strings and forms (`application/x-www-form-urlencoded`).

/// The decoded pairs in their order; bytes that are not UTF-8 become the replacement character.
pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    encoded
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            (decode(name), decode(value))
        })
        .collect()
}

/// One part, percent signs and plus signs decoded.
pub(crate) fn decode(part: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, hex_pair(tail)) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_pair(tail: &[u8]) -> Option<u8> {
    let digits = tail.get(..2)?;
    let text = std::str::from_utf8(digits).ok()?;
    let plain = digits.iter().all(u8::is_ascii_hexdigit);
    plain.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

/// One part, everything but letters, digits and `-._~` percent-encoded.
pub(crate) fn encode(part: &str) -> String {
    part.bytes()
        .fold(String::with_capacity(part.len()), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_text_survives_encoding(text: String, noise: Vec<u8>) {
            proptest::prop_assert_eq!(decode(encode(&text).as_bytes()), text);
            pairs(&noise);
        }
    }

    #[test]
    fn what_was_encoded_decodes_and_broken_escapes_stay() {
        let text = "a b+c%d&e=é|/";
        assert_eq!(decode(encode(text).as_bytes()), text);
        assert_eq!(decode(b"%"), "%");
        assert_eq!(decode(b"%z1%4"), "%z1%4");
        assert_eq!(
            pairs(b"a=1&b&&c=d=e"),
            [("a", "1"), ("b", ""), ("c", "d=e")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }
}
