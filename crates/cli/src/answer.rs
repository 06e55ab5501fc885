//! An answer for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

/// What a command answers, before it is known who reads it.
pub struct Answer {
    /// One JSON document.
    pub json: Vec<u8>,
    /// Lines for people.
    pub human: Vec<u8>,
    /// The exit status.
    pub status: u8,
}

impl Answer {
    /// A document that people read as indented `name: value` lines.
    pub fn of(document: &impl Serialize) -> Self {
        let json = serde_json::to_vec(document).unwrap_or_default();
        let human = serde_json::from_slice(&json)
            .map(|value| outline(&value))
            .unwrap_or_default();
        Self {
            json,
            human: human.into_bytes(),
            status: 0,
        }
    }

    /// A document with words of its own for people.
    pub fn with_words(document: &impl Serialize, words: impl Into<String>) -> Self {
        Self {
            human: words.into().into_bytes(),
            ..Self::of(document)
        }
    }

    /// Stored bytes, the same for both.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self {
            json: bytes.to_vec(),
            human: bytes.to_vec(),
            status: 0,
        }
    }

    /// A JSON array of stored bytes; people get one resource a line.
    pub fn array<'a>(items: impl Iterator<Item = &'a [u8]>) -> Self {
        let (mut json, mut human) = (vec![b'['], Vec::new());
        for (index, item) in items.enumerate() {
            if index > 0 {
                json.push(b',');
            }
            json.extend_from_slice(item);
            human.extend(one_line(item));
            human.push(b'\n');
        }
        json.push(b']');
        Self {
            json,
            human,
            status: 0,
        }
    }

    /// The same answer with another exit status.
    pub fn exiting(self, status: u8) -> Self {
        Self { status, ..self }
    }
}

/// The bytes on one line: raw line ends stand between JSON tokens only.
pub fn one_line(bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
    bytes.iter().map(|byte| match byte {
        b'\n' | b'\r' => b' ',
        other => *other,
    })
}

fn outline(value: &Value) -> String {
    let mut text = String::new();
    write_outline(&mut text, value, 0);
    text
}

fn write_outline(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                write_member(text, &indent, name, member, depth);
            }
        }
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(_) | Value::Array(_) => {
                        let _ = writeln!(text, "{indent}-");
                        write_outline(text, item, depth + 1);
                    }
                    scalar => {
                        let _ = writeln!(text, "{indent}- {}", word(scalar));
                    }
                }
            }
        }
        scalar => {
            let _ = writeln!(text, "{indent}{}", word(scalar));
        }
    }
}

fn write_member(text: &mut String, indent: &str, name: &str, member: &Value, depth: usize) {
    match member {
        Value::Object(members) if !members.is_empty() => {
            let _ = writeln!(text, "{indent}{name}:");
            write_outline(text, member, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            let _ = writeln!(text, "{indent}{name}:");
            write_outline(text, member, depth + 1);
        }
        scalar => {
            let _ = writeln!(text, "{indent}{name}: {}", word(scalar));
        }
    }
}

fn word(scalar: &Value) -> String {
    match scalar {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        Value::Object(_) | Value::Array(_) => "none".to_owned(),
        other => other.to_string(),
    }
}
