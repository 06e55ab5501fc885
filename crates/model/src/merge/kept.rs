//! Text that a merge carries over without reading it.
//!
//! In the values that are merged a placeholder stands for it: a number that no JSON text can hold.
//! Two placeholders are equal if and only if they stand for the same text.

use serde_json::{Map, Number, Value};

/// A string of at least so many bytes is not copied where the base has it too.
const LONG_STRING_BYTES: usize = 4096;

/// The name of the member that makes an object stand for a run of list items.
const RUN: &str = "@";

/// What the placeholders stand for.
#[derive(Default)]
pub(super) struct Kept<'t> {
    texts: Vec<&'t str>,
    /// How many of the texts are long strings of the base, which come first.
    strings: usize,
    beside_base: bool,
}

impl<'t> Kept<'t> {
    /// From here on the sides are read: only strings that the base has are kept.
    pub fn read_base(&mut self) {
        self.strings = self.texts.len();
        self.beside_base = true;
    }

    /// The placeholder of a long string, written with its quotes.
    pub fn long_string(&mut self, written: &'t str) -> Option<Value> {
        if written.len() < LONG_STRING_BYTES {
            return None;
        }
        let strings = if self.beside_base {
            self.strings
        } else {
            self.texts.len()
        };
        let mut known = self.texts.iter().take(strings);
        match known.position(|text| *text == written) {
            Some(at) => Some(number(at)),
            None if self.beside_base => None,
            None => {
                self.texts.push(written);
                Some(number(self.texts.len() - 1))
            }
        }
    }

    /// A list item that stands for a run of untouched ones; with an id where all items have one.
    pub fn run(&mut self, written: &'t str, with_id: bool) -> Value {
        self.texts.push(written);
        let at = self.texts.len() - 1;
        let mut item = Map::with_capacity(2);
        if with_id {
            item.insert("id".to_owned(), Value::String(format!("\u{0}{at}")));
        }
        item.insert(RUN.to_owned(), number(at));
        Value::Object(item)
    }

    /// Writes a value, what was kept as it was written.
    pub fn write(&self, value: &Value, out: &mut Vec<u8>) -> Option<()> {
        match value {
            Value::Number(number) => {
                let text = self.text_of(number.as_str()).unwrap_or(number.as_str());
                out.extend_from_slice(text.as_bytes());
            }
            Value::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    self.write(item, out)?;
                }
                out.push(b']');
            }
            Value::Object(members) => {
                if let Some((name, Value::Number(number))) = members.iter().next_back()
                    && name == RUN
                    && let Some(text) = self.text_of(number.as_str())
                {
                    out.extend_from_slice(text.as_bytes());
                    return Some(());
                }
                out.push(b'{');
                for (at, (name, member)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    write_string(name, out)?;
                    out.push(b':');
                    self.write(member, out)?;
                }
                out.push(b'}');
            }
            Value::String(text) => write_string(text, out)?,
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
        }
        Some(())
    }

    fn text_of(&self, number: &str) -> Option<&'t str> {
        let at: usize = number.strip_prefix('@')?.parse().ok()?;
        self.texts.get(at).copied()
    }
}

/// Writes a string with its quotes, escaped only where JSON asks for it.
pub(super) fn write_string(text: &str, out: &mut Vec<u8>) -> Option<()> {
    serde_json::to_writer(out, text).ok()
}

fn number(at: usize) -> Value {
    Value::Number(Number::from_string_unchecked(format!("@{at}")))
}
