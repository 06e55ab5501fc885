//! Stepping through JSON text without copying it, and reading only what is asked for.
//!
//! Invariants: what is stepped over is well-formed JSON of bounded depth; no input makes it panic.
//! What it will not judge (escapes of surrogates, repeated names) it declines, and the caller reads
//! the text in full.

use serde_json::{Map, Number, Value};

use super::kept::Kept;
use crate::json::{MAX_DEPTH, NUMBER_TOKEN};

/// A place in a text.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    /// What lies between an earlier place and this one.
    pub fn since(&self, start: usize) -> Option<&'t str> {
        self.text.get(start..self.at)
    }

    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Steps over one byte, if it is the one that must come here.
    pub fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Steps over a text that stands here as it is, with an end behind it.
    pub fn repeats(&mut self, text: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let here = rest.starts_with(text.as_bytes())
            && matches!(
                rest.get(text.len()),
                Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')
            );
        if here {
            self.at += text.len();
        }
        here
    }

    /// After a value: whether another one follows, before the closing byte.
    pub fn another(&mut self, close: u8) -> Option<bool> {
        self.space();
        let more = self.peek()? == b',';
        if !more {
            return self.expect(close).map(|()| false);
        }
        self.at += 1;
        self.space();
        Some(true)
    }

    /// The name of a member and the colon; `None` for one that is written with escapes.
    pub fn name(&mut self) -> Option<&'t str> {
        let (name, escaped) = self.string()?;
        self.space();
        self.expect(b':')?;
        self.space();
        (!escaped).then_some(name)
    }

    /// Steps over a string; answers what stands between the quotes, and whether it has escapes.
    pub fn string(&mut self) -> Option<(&'t str, bool)> {
        self.expect(b'"')?;
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain_bytes(bytes.get(self.at..)?);
            match bytes.get(self.at)? {
                b'"' => {
                    let text = self.since(start)?;
                    self.at += 1;
                    return Some((text, escaped));
                }
                b'\\' => {
                    escaped = true;
                    self.at += escape_bytes(bytes.get(self.at + 1..)?)?;
                }
                _ => return None,
            }
        }
    }

    /// Steps over one value.
    pub fn skip(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' => {
                self.at += 1;
                self.space();
                if self.expect(b'}').is_some() {
                    return Some(());
                }
                loop {
                    self.string()?;
                    self.space();
                    self.expect(b':')?;
                    self.space();
                    self.skip(depth + 1)?;
                    if !self.another(b'}')? {
                        return Some(());
                    }
                }
            }
            b'[' => {
                self.at += 1;
                self.space();
                if self.expect(b']').is_some() {
                    return Some(());
                }
                loop {
                    self.skip(depth + 1)?;
                    if !self.another(b']')? {
                        return Some(());
                    }
                }
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word().map(|_| ()),
        }
    }

    /// Reads one value as [`crate::json::parse`] does, with placeholders for what is kept as text.
    pub fn read(&mut self, depth: usize, kept: &mut Kept<'t>) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let start = self.at;
        match self.peek()? {
            b'"' => {
                let (text, escaped) = self.string()?;
                if let Some(placeholder) = kept.long_string(self.since(start)?) {
                    return Some(placeholder);
                }
                if !escaped {
                    return Some(Value::String(text.to_owned()));
                }
                serde_json::from_str(self.since(start)?)
                    .ok()
                    .map(Value::String)
            }
            b'{' => self.object(depth, kept),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                self.space();
                if self.expect(b']').is_some() {
                    return Some(Value::Array(items));
                }
                loop {
                    items.push(self.read(depth + 1, kept)?);
                    if !self.another(b']')? {
                        return Some(Value::Array(items));
                    }
                }
            }
            b'-' | b'0'..=b'9' => {
                self.number()?;
                let text = self.since(start)?.to_owned();
                Some(Value::Number(Number::from_string_unchecked(text)))
            }
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize, kept: &mut Kept<'t>) -> Option<Value> {
        self.at += 1;
        self.space();
        let mut members = Map::new();
        if self.expect(b'}').is_some() {
            return Some(Value::Object(members));
        }
        loop {
            let name = self.name()?;
            if name == NUMBER_TOKEN {
                return None;
            }
            let value = self.read(depth + 1, kept)?;
            if members.insert(name.to_owned(), value).is_some() {
                return None;
            }
            if !self.another(b'}')? {
                return Some(Value::Object(members));
            }
        }
    }

    fn word(&mut self) -> Option<Value> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let (length, value) = if rest.starts_with(b"true") {
            (4, Value::Bool(true))
        } else if rest.starts_with(b"false") {
            (5, Value::Bool(false))
        } else if rest.starts_with(b"null") {
            (4, Value::Null)
        } else {
            return None;
        };
        self.at += length;
        Some(value)
    }

    /// Steps over a number (RFC 8259 §6).
    fn number(&mut self) -> Option<()> {
        let _minus = self.expect(b'-');
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.expect(b'.').is_some() {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

/// How many bytes at the front need no second look: no quote, no escape, no control character.
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut count = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * 0x22);
        let slash = word ^ (ONES * 0x5c);
        let found = ((quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word))
            & TOPS;
        // The lowest mark is exact; a carry can only set marks above it.
        if found != 0 {
            return count + (found.trailing_zeros() / 8) as usize;
        }
        count += 8;
    }
    let plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..=0x1f);
    count + rest.iter().take_while(plain).count()
}

/// The length of an escape, its backslash included, from what follows the backslash.
fn escape_bytes(after: &[u8]) -> Option<usize> {
    match after.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => {
            let digits = after.get(1..5)?;
            let surrogate = matches!(
                digits,
                [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]
            );
            (digits.iter().all(u8::is_ascii_hexdigit) && !surrogate).then_some(6)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(text: &str) -> Option<usize> {
        let mut scanner = Scanner::new(text);
        scanner.skip(0).map(|()| scanner.at())
    }

    #[test]
    fn what_is_skipped_is_json_to_the_letter() {
        for text in [
            r#"{"a":[1,-0.50e+3,true,null,"q\"\\\u00e9, and more than eight"],"b":{}}"#,
            r#"[ ]"#,
            "\"é — ünïcode that is long enough for words of eight\"",
            "0",
        ] {
            assert_eq!(skipped(text), Some(text.len()), "{text}");
        }
        for text in [
            "",
            "{",
            "[1,]",
            "[,1]",
            r#"{"a" 1}"#,
            r#"{"a":1,}"#,
            "\"tab\there\"",
            r#""\x""#,
            "-",
            "1.",
            "tru",
            r#""\ud800""#,
        ] {
            assert_eq!(skipped(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_read_is_what_the_strict_reader_reads() {
        let text =
            r#"{"resourceType":"Basic","n":1.00,"s":"a\n\"b","l":[{"x":[]},null,true,-1e-7]}"#;
        let value = Scanner::new(text).read(0, &mut Kept::default());
        assert_eq!(value, crate::json::parse(text.as_bytes()).ok());
        for text in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#] {
            assert_eq!(
                Scanner::new(text).read(0, &mut Kept::default()),
                None,
                "a name repeats"
            );
        }
    }
}
