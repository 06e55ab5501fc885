//! The merge of three texts, of which only what differs is read.
//!
//! Members of the document that are objects or lists and stand byte for byte alike on all sides are
//! never parsed: the merge takes an element that is equal in all three versions as it is. Invariant:
//! the outcome is that of [`merge`](super::merge) over the three values.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::assemble::assemble;
use super::elements::element_name;
use super::piece::Three;
use super::{MergeRules, Plan, conflicts, merge, planned, verdict_of};
use crate::conflict::MergeOutcome;
use crate::definitions::{Node, r4};
use crate::json::{self, JsonError, MAX_RESOURCE_BYTES};

/// What merging three texts gives.
#[derive(Clone, Debug, PartialEq)]
pub enum MergedText {
    /// The resource that both sides' edits make; what no side touched keeps its bytes.
    Resource(Vec<u8>),
    /// A deletion, or a conflict for a person.
    Outcome(MergeOutcome),
}

/// Members that the merge looks at whatever became of them.
const ALWAYS_READ: [&str; 2] = ["meta", "contained"];

/// With more members than these the quick way is none.
const MOST_MEMBERS: usize = 200;

/// Merges as [`merge`](super::merge) does, from text to text; `None` is deleted or absent.
///
/// # Errors
/// When one of the texts is not JSON that Haven reads; what stands alike in all three is taken to have
/// been read before.
pub fn merge_texts(
    base: Option<&[u8]>,
    local: Option<&[u8]>,
    remote: Option<&[u8]>,
) -> Result<MergedText, JsonError> {
    if let (Some(base), Some(local), Some(remote)) = (base, local, remote)
        && let Some(text) = in_part(&Three {
            base,
            local,
            remote,
        })
    {
        return Ok(MergedText::Resource(text));
    }
    let read = |text: Option<&[u8]>| text.map(json::parse).transpose();
    let (base, local, remote) = (read(base)?, read(local)?, read(remote)?);
    let outcome = merge(base.as_ref(), local.as_ref(), remote.as_ref());
    if outcome.fields.is_empty() && outcome.resource.is_object() {
        return Ok(MergedText::Resource(
            outcome.resource.to_string().into_bytes(),
        ));
    }
    Ok(MergedText::Outcome(outcome))
}

/// The merged text, where it can be told without reading all three in full.
fn in_part(texts: &Three<&[u8]>) -> Option<Vec<u8>> {
    let members = Three {
        base: Members::of(texts.base)?,
        local: Members::of(texts.local)?,
        remote: Members::of(texts.remote)?,
    };
    let alike = alike(&members)?;
    let trees = Three {
        base: members.base.tree(&alike)?,
        local: members.local.tree(&alike)?,
        remote: members.remote.tree(&alike)?,
    };
    let versions = trees.map(Some);
    planned(versions, MergeRules::default(), |plan| match plan {
        Plan::Done(Some(result)) => written(result, &members.base, &alike),
        Plan::Done(None) | Plan::Whole { .. } => None,
        Plan::Fields { tree, verdicts, .. } => {
            if !conflicts(&tree, &verdicts).is_empty() {
                return None;
            }
            let result = assemble(&tree, &mut |number| verdict_of(&verdicts, number))?;
            written(&result, &members.base, &alike)
        }
    })
}

/// The members of the base that stand alike in all versions and are not to be read, by name.
///
/// A member is read where another of its element (a sibling, another spelling of a choice) differs.
fn alike<'m>(members: &'m Three<Members<'_>>) -> Option<Vec<&'m str>> {
    let Three {
        base,
        local,
        remote,
    } = members;
    let sides = [base, local, remote];
    let contains = |name: &str| sides.iter().any(|side| side.raw(name).is_some());
    // What is contained may be given another id, which every reference then follows.
    if contains("contained") || sides.iter().any(|side| side.0.len() > MOST_MEMBERS) {
        return None;
    }
    let same = |name: &str, raw: &str| sides.iter().all(|side| side.raw(name) == Some(raw));
    let node = resource_node(base)?;
    let differing: Vec<&str> = sides
        .iter()
        .flat_map(|side| side.0.iter())
        .filter(|(name, raw)| !same(name, raw.get()))
        .map(|(name, _)| element_name(node, name))
        .collect();
    let of_base = base.0.iter().filter(|(name, raw)| {
        raw.get().starts_with(['{', '['])
            && !ALWAYS_READ.contains(&name.as_ref())
            && same(name, raw.get())
            && !differing.contains(&element_name(node, name))
    });
    Some(of_base.map(|(name, _)| name.as_ref()).collect())
}

fn resource_node(members: &Members<'_>) -> Option<Option<&'static Node>> {
    let name: Cow<'_, str> = serde_json::from_str(members.raw("resourceType")?).ok()?;
    Some(r4().type_node(&name))
}

/// The result as text, what was not read copied from the base.
fn written(result: &Value, base: &Members<'_>, alike: &[&str]) -> Option<Vec<u8>> {
    let mut text = vec![b'{'];
    for (name, value) in result.as_object()? {
        if text.len() > 1 {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, name).ok()?;
        text.push(b':');
        if alike.contains(&name.as_str()) {
            text.extend_from_slice(base.raw(name)?.as_bytes());
        } else {
            serde_json::to_writer(&mut text, value).ok()?;
        }
    }
    text.push(b'}');
    Some(text)
}

/// The members of one document, unread.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// `None` for what is no object, repeats a name, or is too large.
    fn of(text: &'a [u8]) -> Option<Self> {
        (text.len() <= MAX_RESOURCE_BYTES)
            .then(|| serde_json::from_slice(text).ok())
            .flatten()
    }

    fn raw(&self, name: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, raw)| raw.get())
    }

    /// The document with `null` for what is not to be read.
    fn tree(&self, alike: &[&str]) -> Option<Value> {
        let mut tree = Map::with_capacity(self.0.len());
        for (name, raw) in &self.0 {
            let value = if alike.contains(&name.as_ref()) {
                Value::Null
            } else {
                json::parse_member(raw.get()).ok()?
            };
            tree.insert(name.clone().into_owned(), value);
        }
        Some(Value::Object(tree))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersOf)
    }
}

struct MembersOf;

impl<'de> Visitor<'de> for MembersOf {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        while let Some(Name(name)) = entries.next_key()? {
            if members.len() <= MOST_MEMBERS && members.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom("repeated key"));
            }
            members.push((name, entries.next_value()?));
        }
        Ok(Members(members))
    }
}

/// A member's name, borrowed where it is written without escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Self)
    }
}
