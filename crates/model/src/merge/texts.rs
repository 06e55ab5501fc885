//! The merge of three texts, of which only what differs is read.
//!
//! Members of the document that stand byte for byte alike on all sides are never read, nor are runs
//! of items in long lists: the merge takes what is equal in all three versions as it is. Invariant:
//! the outcome is that of [`merge`](super::merge) over the three values.

use serde_json::{Map, Value};

use super::assemble::assemble;
use super::document::{Document, Item};
use super::elements::{Order, Traits, element_name};
use super::kept::{Kept, write_string};
use super::piece::{Side, Three};
use super::reduce::{FEWEST_UNTOUCHED, Lists};
use super::scan::Scanner;
use super::{MergeRules, Plan, merge, planned, verdict_of};
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

/// Elements that the merge looks at whatever became of them.
const ALWAYS_READ: [&str; 4] = ["resourceType", "id", "status", "docStatus"];

/// Lists within longer texts are cut into their items.
const LONG_TEXT_BYTES: usize = 16 * 1024;

/// Merges as [`merge`](super::merge) does, from text to text; `None` is deleted or absent.
///
/// # Errors
/// When one of the texts is not JSON that Haven reads; of what stands alike in all three only the form
/// is looked at, since it has been read before.
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
    if texts
        .all()
        .iter()
        .any(|text| text.len() > MAX_RESOURCE_BYTES)
    {
        return None;
    }
    let base_text = std::str::from_utf8(texts.base).ok()?;
    let lists = texts.base.len() > LONG_TEXT_BYTES;
    let base = Document::of(base_text, None, lists)?;
    let side = |text| Document::of(std::str::from_utf8(text).ok()?, Some(&base), lists);
    let (local, remote) = (side(texts.local)?, side(texts.remote)?);
    let documents = Three {
        base,
        local,
        remote,
    };
    // What both sides contain may be given another id, which every reference then follows.
    let contained =
        documents.map(|document| document.member("contained").map(|member| member.value));
    if contained.local != contained.base && contained.remote != contained.base {
        return None;
    }
    let node = resource_node(&documents.base)?;
    let plan = Cut::of(&documents, node);
    let mut kept = Kept::default();
    let versions = plan.read(&documents, base_text, &mut kept)?;
    planned(
        versions.map(Some),
        MergeRules::default(),
        |decided| match decided {
            Plan::Done(Some(result)) => {
                // One side's text as it is; one that was made for the occasion is none.
                let is = |version: &Value| std::ptr::eq(version, result);
                if versions.local == versions.remote {
                    return None;
                }
                if is(&versions.local) {
                    Some(texts.local.to_vec())
                } else if is(&versions.remote) {
                    Some(texts.remote.to_vec())
                } else {
                    is(&versions.base).then(|| texts.base.to_vec())
                }
            }
            Plan::Done(None) | Plan::Whole { .. } => None,
            Plan::Fields { tree, verdicts, .. } => {
                if verdicts.iter().any(|verdict| verdict.is_conflict()) {
                    return None;
                }
                let result = assemble(&tree, &mut |number| verdict_of(&verdicts, number))?;
                plan.written(result.as_object()?, &documents.base, &kept)
            }
        },
    )
}

fn resource_node(document: &Document<'_>) -> Option<Option<&'static Node>> {
    let name = document.member("resourceType")?.value;
    let name = name.strip_prefix('"')?.strip_suffix('"')?;
    (!name.contains('\\')).then(|| r4().type_node(name))
}

/// One element of the document and whether it is to be read.
struct Part<'t> {
    element: &'t str,
    traits: Traits,
    alike: bool,
    /// How many of its members the base has, and how many each side repeats.
    members: Three<usize>,
}

/// Which elements are to be read, and their order on every side.
struct Cut<'t> {
    node: Option<&'static Node>,
    parts: Vec<Part<'t>>,
    orders: Three<Vec<usize>>,
    /// The element of each of the base's members.
    of_base: Vec<usize>,
}

impl<'t> Cut<'t> {
    /// A member is read where it differs, or another of its element (a sibling, another spelling of a
    /// choice) does.
    fn of(documents: &Three<Document<'t>>, node: Option<&'static Node>) -> Self {
        let mut cut = Self {
            node,
            parts: Vec::with_capacity(documents.base.members.len() + 4),
            orders: Three::default(),
            of_base: Vec::with_capacity(documents.base.members.len()),
        };
        for side in [Side::Base, Side::Local, Side::Remote] {
            let mut order: Vec<usize> = Vec::with_capacity(cut.parts.len() + 2);
            for member in &documents.of(side).members {
                let known = member.same.and_then(|at| cut.of_base.get(at).copied());
                let at = known.unwrap_or_else(|| cut.part(member.name));
                if side == Side::Base {
                    cut.of_base.push(at);
                }
                if let Some(part) = cut.parts.get_mut(at) {
                    if side == Side::Base || known.is_some() {
                        *part.members.of_mut(side) += 1;
                    } else {
                        part.alike = false;
                    }
                }
                if !order.contains(&at) {
                    order.push(at);
                }
            }
            *cut.orders.of_mut(side) = order;
        }
        for part in &mut cut.parts {
            let Three {
                base,
                local,
                remote,
            } = part.members;
            part.alike &= base == local && base == remote;
        }
        cut
    }

    fn part(&mut self, name: &'t str) -> usize {
        let traits = Traits::of(self.node, name);
        let element = traits.element_of(name);
        let known = self.parts.iter().position(|part| part.element == element);
        known.unwrap_or_else(|| {
            self.parts.push(Part {
                element,
                traits,
                alike: true,
                members: Three::default(),
            });
            self.parts.len() - 1
        })
    }

    /// The three versions as far as they are to be read.
    fn read(
        &self,
        documents: &Three<Document<'t>>,
        base_text: &'t str,
        kept: &mut Kept<'t>,
    ) -> Option<Three<Value>> {
        let is_read = |at: usize| {
            self.parts
                .get(at)
                .is_some_and(|part| !part.alike || ALWAYS_READ.contains(&part.element))
        };
        let mut base: Vec<Option<Value>> = vec![None; documents.base.members.len()];
        let mut waiting = Vec::new();
        for (at, member) in documents.base.members.iter().enumerate() {
            if !self.of_base.get(at).is_some_and(|part| is_read(*part)) {
                continue;
            }
            match &member.items {
                Some(items) if items.len() >= FEWEST_UNTOUCHED => {
                    waiting.push((at, items.as_slice()))
                }
                Some(_) | None => {
                    let value = Scanner::new(member.value).read(1, kept)?;
                    *base.get_mut(at)? = Some(value);
                }
            }
        }
        kept.read_base();
        let mut folded: Vec<(&str, Three<Value>)> = Vec::new();
        for (at, items) in waiting {
            let member = documents.base.members.get(at)?;
            let datatype = self.parts.get(*self.of_base.get(at)?)?.traits.datatype;
            let side = |document: &'_ Document<'t>| -> Option<Vec<Item<'t>>> {
                let twin = document.member(member.name)?;
                match twin.same {
                    // The items repeat the base's one by one.
                    Some(_) => Some(repeated(items)),
                    None => twin.items.clone(),
                }
            };
            let lists = side(&documents.local).zip(side(&documents.remote));
            let fold = datatype.zip(lists).and_then(|(datatype, (local, remote))| {
                Lists {
                    element: member.name,
                    datatype,
                    text: base_text,
                    items: Three {
                        base: items,
                        local: &local,
                        remote: &remote,
                    },
                }
                .folded(kept)
            });
            match fold {
                Some(lists) => folded.push((member.name, lists)),
                None => {
                    let value = Scanner::new(member.value).read(1, kept)?;
                    *base.get_mut(at)? = Some(value);
                }
            }
        }
        let fold_of = |name: &str, side: Side| {
            let fold = folded.iter().find(|(other, _)| *other == name);
            fold.map(|(_, lists)| lists.of(side).clone())
        };
        let version = |side: Side, kept: &mut Kept<'t>| -> Option<Value> {
            let mut members = Map::new();
            for (at, member) in documents.of(side).members.iter().enumerate() {
                let twin = if side == Side::Base {
                    Some(at)
                } else {
                    member.same
                };
                if let Some(part) = twin.and_then(|at| self.of_base.get(at))
                    && !is_read(*part)
                {
                    continue;
                }
                let value = match (fold_of(member.name, side), twin) {
                    (Some(folded), _) => folded,
                    (None, Some(at)) => base.get(at)?.clone()?,
                    (None, None) => Scanner::new(member.value).read(1, kept)?,
                };
                members.insert(member.name.to_owned(), value);
            }
            Some(Value::Object(members))
        };
        Some(Three {
            base: version(Side::Base, kept)?,
            local: version(Side::Local, kept)?,
            remote: version(Side::Remote, kept)?,
        })
    }

    /// The result as text, what was not read copied from the base.
    fn written<'r>(
        &self,
        result: &'r Map<String, Value>,
        base: &Document<'t>,
        kept: &Kept<'t>,
    ) -> Option<Vec<u8>> {
        let order = Order {
            parts: self.parts.len(),
            of: &self.orders,
        }
        .woven(&|at| self.parts.get(at).map_or("", |part| part.element));
        let length = base.members.iter().map(|member| member.text.len() + 1);
        let mut text = Vec::with_capacity(length.sum::<usize>() + 256);
        text.push(b'{');
        let named =
            |(name, value): (&'r String, &'r Value)| (element_name(self.node, name), name, value);
        let members: Vec<(&str, &String, &Value)> = result.iter().map(named).collect();
        let mut written = 0;
        for at in order {
            let part = self.parts.get(at)?;
            let own = || {
                members
                    .iter()
                    .filter(|(element, ..)| *element == part.element)
            };
            if part.alike {
                written += own().count();
                for (member, of) in base.members.iter().zip(&self.of_base) {
                    if *of == at {
                        comma(&mut text);
                        text.extend_from_slice(member.text.as_bytes());
                    }
                }
                continue;
            }
            for (_, name, value) in own() {
                written += 1;
                comma(&mut text);
                write_string(name, &mut text)?;
                text.push(b':');
                kept.write(value, &mut text)?;
            }
        }
        text.push(b'}');
        (written == members.len()).then_some(text)
    }
}

fn repeated<'t>(items: &[Item<'t>]) -> Vec<Item<'t>> {
    let items = items.iter().enumerate();
    items
        .map(|(at, item)| Item {
            same: Some(at),
            ..*item
        })
        .collect()
}

fn comma(text: &mut Vec<u8>) {
    if text.len() > 1 {
        text.push(b',');
    }
}
