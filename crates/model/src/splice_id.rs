//! Giving a resource the id that a server chose.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The same object with `id` in the place of the id it has; bytes without one, or that are no
/// object, come back as they are. Members keep their bytes and their order.
#[must_use]
pub fn with_id(bytes: &[u8], id: &str) -> Vec<u8> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Ok(members) = reader.deserialize_map(Members) else {
        return bytes.to_vec();
    };
    if reader.end().is_err() || !members.iter().any(|(name, _)| name == "id") {
        return bytes.to_vec();
    }
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let parts: Vec<String> = members
        .iter()
        .map(|(name, value)| {
            let value = if name == "id" {
                quoted(id)
            } else {
                value.get().to_owned()
            };
            format!("{}:{value}", quoted(name))
        })
        .collect();
    format!("{{{}}}", parts.join(",")).into_bytes()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = entries.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_replaced_and_decimals_stay() {
        assert_eq!(
            with_id(br#"{"resourceType":"X", "id" : "a","v":{"n": 1.00}}"#, "b"),
            br#"{"resourceType":"X","id":"b","v":{"n": 1.00}}"#
        );
        assert_eq!(with_id(br#"{"v":1.00}"#, "b"), br#"{"v":1.00}"#);
        assert_eq!(with_id(b"nonsense", "b"), b"nonsense");
    }
}
