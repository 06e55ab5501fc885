//! Strict JSON reading: what two parsers could read differently is refused.
//!
//! Numbers keep their text (`1.00` is not `1.0`) and objects their order.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The largest single resource that is read, in bytes.
pub const MAX_RESOURCE_BYTES: usize = 16 * 1024 * 1024;

/// The deepest nesting that is read: with the envelope of a Bundle or of a push around it, still within
/// the 128 levels at which the parser below stops.
pub const MAX_DEPTH: usize = 118;

/// Why a text is not JSON that Haven reads.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, a repeated key, or nested too deeply; the message carries line and column only.
    #[error("not valid JSON: {0}")]
    Syntax(String),
    /// Larger than [`MAX_RESOURCE_BYTES`].
    #[error("larger than {MAX_RESOURCE_BYTES} bytes")]
    TooLarge,
}

/// Reads one JSON document.
///
/// # Errors
/// When the text is not JSON, repeats a key within one object, nests deeper than [`MAX_DEPTH`], or
/// is larger than [`MAX_RESOURCE_BYTES`]. No message contains the document's text.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    if bytes.len() > MAX_RESOURCE_BYTES {
        return Err(JsonError::TooLarge);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| JsonError::Syntax(describe(&error)))?;
    Ok(value)
}

pub(crate) fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Syntax => "syntax error",
        serde_json::error::Category::Data => "repeated key or nested too deeply",
        serde_json::error::Category::Io => "could not be read",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// The key under which `serde_json` hands over a number with its text (`arbitrary_precision`).
pub(crate) const NUMBER_TOKEN: &str = "$serde_json::private::Number";

struct Strict {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom("nested too deeply"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict {
            depth: self.depth + 1,
        })? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key == NUMBER_TOKEN && object.is_empty() {
                let text: String = entries.next_value()?;
                let number: Number = text.parse().map_err(|_| A::Error::custom("not a number"))?;
                return Ok(Value::Number(number));
            }
            if object.contains_key(&key) {
                return Err(A::Error::custom("repeated key"));
            }
            let value = entries.next_value_seed(Strict {
                depth: self.depth + 1,
            })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_keeps_its_digits() {
        let text = br#"{"value":1.00,"big":123456789012345678901234567890.10}"#;
        let value = parse(text).expect("valid JSON");
        assert_eq!(
            serde_json::to_vec(&value).expect("writes"),
            text,
            "precision is clinical information"
        );
    }

    #[test]
    fn a_repeated_key_is_refused() {
        assert!(
            parse(br#"{"a":{"status":"final","status":"entered-in-error"}}"#).is_err(),
            "two parsers could disagree on the status"
        );
    }

    #[test]
    fn a_hostile_depth_is_refused_without_a_panic() {
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes()).is_err(), "depth must be bounded");
    }

    #[test]
    fn an_error_does_not_quote_the_document() {
        let error = parse(br#"{"family":"Trevino" "#).expect_err("truncated");
        assert!(
            !error.to_string().contains("Trevino"),
            "no patient data in errors"
        );
    }
}
