//! Type and id of a resource, its JSON read as strictly as [`crate::json::parse`] does but without
//! building its tree.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::json::{JsonError, MAX_DEPTH, MAX_RESOURCE_BYTES, NUMBER_TOKEN, describe};

/// What a document says at its top.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) is_object: bool,
    pub(crate) resource_type: Member,
    pub(crate) id: Member,
}

/// A member that should be text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Member {
    #[default]
    Missing,
    Text(String),
    Other,
}

impl Member {
    fn of(text: Option<String>) -> Self {
        text.map_or(Self::Other, Self::Text)
    }
}

/// Reads one document.
///
/// # Errors
/// As [`crate::json::parse`], for the same documents.
pub(crate) fn read(bytes: &[u8]) -> Result<Head, JsonError> {
    if bytes.len() > MAX_RESOURCE_BYTES {
        return Err(JsonError::TooLarge);
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut head = Head::default();
    let top = Check {
        depth: 0,
        keeps_text: false,
        head: Some(&mut head),
    };
    top.deserialize(&mut reader)
        .and_then(|_| reader.end())
        .map_err(|error| JsonError::Syntax(describe(&error)))?;
    Ok(head)
}

/// Checks a value; answers its text where that is wanted and it is one.
struct Check<'h> {
    depth: usize,
    keeps_text: bool,
    head: Option<&'h mut Head>,
}

impl Check<'_> {
    fn below(depth: usize, keeps_text: bool) -> Check<'static> {
        Check {
            depth: depth + 1,
            keeps_text,
            head: None,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom("nested too deeply"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.keeps_text.then(|| text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items
            .next_element_seed(Check::below(self.depth, false))?
            .is_some()
        {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut seen = Seen::default();
        let mut head = self.head;
        if let Some(head) = &mut head {
            head.is_object = true;
        }
        while let Some(key) = entries.next_key_seed(Key)? {
            if key == NUMBER_TOKEN && seen.is_empty() {
                let number = entries.next_value_seed(Key)?;
                if number.parse::<serde_json::Number>().is_err() {
                    return Err(A::Error::custom("not a number"));
                }
                if let Some(head) = head {
                    head.is_object = false;
                }
                return Ok(None);
            }
            let of_head = match (&mut head, key.as_ref()) {
                (Some(head), "resourceType") => Some(&mut head.resource_type),
                (Some(head), "id") => Some(&mut head.id),
                (None | Some(_), _) => None,
            };
            if !seen.add(key) {
                return Err(A::Error::custom("repeated key"));
            }
            let text = entries.next_value_seed(Check::below(self.depth, of_head.is_some()))?;
            if let Some(member) = of_head {
                *member = Member::of(text);
            }
        }
        Ok(None)
    }
}

/// Keys of one object; hashed only where there are many, as most objects have few.
#[derive(Default)]
struct Seen<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

const FEW: usize = 24;

impl<'de> Seen<'de> {
    fn is_empty(&self) -> bool {
        self.few.is_empty()
    }

    /// Adds a key; `false` when it is there.
    fn add(&mut self, key: Cow<'de, str>) -> bool {
        if self.few.contains(&key) || self.many.contains(&key) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(key);
            return true;
        }
        self.many.insert(key)
    }
}

/// A text, borrowed from the document where it stands there unescaped.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn what_one_reader_refuses_the_other_refuses_and_for_the_same_reason() {
        let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        let keys = |n: usize| (0..n).map(|k| format!("\"k{k}\":{k},")).collect::<String>();
        let documents = [
            r#"{"resourceType":"Patient","id":"p","n":1.00,"a":[true,null,-1e5,"x\n"]}"#.to_owned(),
            r#"{"a":{"b":1,"b":2}}"#.to_owned(),
            r#"{"id":"p","\u0069d":"q"}"#.to_owned(),
            r#"{"id":{"x":1,"x":1}}"#.to_owned(),
            r#"{"$serde_json::private::Number":"1.5"}"#.to_owned(),
            r#"{"$serde_json::private::Number":"x"}"#.to_owned(),
            r#"{"$serde_json::private::Number":"1","a":1}"#.to_owned(),
            r#"{"a":1}x"#.to_owned(),
            "{".to_owned(),
            "\"\u{1}\"".to_owned(),
            "01".to_owned(),
            "1".to_owned(),
            String::new(),
            deep(json::MAX_DEPTH),
            deep(json::MAX_DEPTH + 1),
            format!("{{{}\"k0\":1}}", keys(100)),
            format!("{{{}\"k70\":1}}", keys(100)),
            format!("{{{}\"z\":1}}", keys(100)),
        ];
        for document in documents {
            let tree = json::parse(document.as_bytes());
            let head = read(document.as_bytes());
            assert_eq!(
                tree.as_ref()
                    .map(serde_json::Value::is_object)
                    .map_err(ToString::to_string),
                head.as_ref()
                    .map(|head| head.is_object)
                    .map_err(ToString::to_string),
                "both read {document} alike"
            );
            let (Ok(tree), Ok(head)) = (tree, head) else {
                continue;
            };
            let member = |name: &str| match tree.get(name) {
                None => Member::Missing,
                Some(value) => Member::of(value.as_str().map(str::to_owned)),
            };
            assert_eq!(head.id, member("id"));
            assert_eq!(head.resource_type, member("resourceType"));
        }
    }
}
