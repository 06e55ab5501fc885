//! The rules of one resource type as rows for people: the tables, spelt out over the official
//! definitions.

use super::{
    ALWAYS_GUARDED, ATOMIC, ATOMIC_TYPES, ListKeys, ORDERED, TELLING, TypeRules, WEAKENINGS,
    Weakening, Words, named, of_datatype, of_type,
};
use crate::definitions::{Element, Node, Target, r4};

/// How one element merges, where that is not the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// The element, from its resource: `Patient.contact.telecom`.
    pub path: String,
    /// How its versions are put together.
    pub merges: String,
    /// When a person decides; empty where only two different edits of it need one.
    pub guarded: String,
}

/// Elements that every resource and every backbone has; their rules are the same everywhere.
const COMMON: [&str; 8] = [
    "id",
    "meta",
    "implicitRules",
    "language",
    "text",
    "contained",
    "extension",
    "modifierExtension",
];

/// The elements of a type that are lists of things, guarded, or facts that can be weakened.
#[must_use]
pub fn rule_table(resource_type: &str) -> Vec<RuleRow> {
    let mut rows = Vec::new();
    if let Some(node) = r4().type_node(resource_type) {
        let walk = Walk {
            rules: of_type(resource_type),
            resource_type,
        };
        walk.rows(node, &mut Vec::new(), false, &mut rows);
    }
    rows
}

struct Walk<'t> {
    rules: &'static TypeRules,
    resource_type: &'t str,
}

impl Walk<'_> {
    fn rows(
        &self,
        node: &Node,
        trail: &mut Vec<&'static str>,
        guarded_above: bool,
        rows: &mut Vec<RuleRow>,
    ) {
        for element in &node.elements {
            if COMMON.contains(&element.stem()) {
                continue;
            }
            trail.push(element.stem());
            let children = children(node, element);
            let guard = self.guard(element, trail);
            let is_atomic = is_atomic(element);
            let telling = element.is_list() && (children.is_some() || named_list(element));
            let ordered = element.is_list() && ORDERED.contains(element.stem());
            if (!guard.is_empty() && !guarded_above) || telling || ordered {
                rows.push(RuleRow {
                    path: format!("{}.{}", self.resource_type, trail.join(".")),
                    merges: merges(element, children),
                    guarded: guard.clone(),
                });
            }
            // Questions within questions: the inner ones have the same rules.
            let repeats = element.content_reference.is_some();
            if let Some(children) = children.filter(|_| !is_atomic && !repeats) {
                self.rows(children, trail, guarded_above || !guard.is_empty(), rows);
            }
            trail.pop();
        }
    }

    fn guard(&self, element: &Element, trail: &[&'static str]) -> String {
        let stem = element.stem();
        let top = trail.len() == 1;
        let mut words: Vec<String> = Vec::new();
        if self.rules.whole {
            words.push("the record is decided as a whole".to_owned());
        } else if top && self.rules.group.contains(stem) {
            let others: Vec<&str> = self
                .rules
                .group
                .iter()
                .filter(|other| *other != stem)
                .collect();
            let alone = if self.rules.per_item.contains(stem) {
                "; its items stand alone among themselves"
            } else {
                ""
            };
            words.push(format!("decided with {}{alone}", others.join(", ")));
        } else if (top && self.rules.guarded.contains(stem))
            || ALWAYS_GUARDED.contains(stem)
            || (element.is_modifier && stem != "use")
        {
            words.push("both sides".to_owned());
        } else if element
            .types
            .iter()
            .any(|kind| MEASURES.contains(kind.code))
        {
            words.push("both sides (number with unit)".to_owned());
        }
        if let Some((signed, codes)) = self.rules.signed
            && top
            && signed == stem
        {
            let codes: Vec<&str> = codes.iter().collect();
            words.push(format!("{} closes the whole record", codes.join(", ")));
        }
        let here = trail.join(".");
        for (resource, place, change) in WEAKENINGS {
            let at = match place.strip_prefix('*') {
                Some(name) => stem == name,
                None => *place == here,
            };
            if at && (*resource == "*" || *resource == self.resource_type) {
                words.push(weakened(change));
            }
        }
        words.join("; ")
    }
}

const MEASURES: Words =
    Words("Age Count Distance Duration Money MoneyQuantity Quantity SimpleQuantity");

fn weakened(change: &Weakening) -> String {
    let list = |words: &Words| words.iter().collect::<Vec<_>>().join(", ");
    match change {
        Weakening::Loses(code) => format!("one side: no longer {code}"),
        Weakening::Becomes(codes) => format!("one side: becomes {}", list(codes)),
        Weakening::Lowered(ladder) => {
            let ladder: Vec<&str> = ladder.iter().collect();
            format!("one side: lowered ({})", ladder.join(" > "))
        }
        Weakening::Removed => "one side: removed".to_owned(),
        Weakening::Unset => "one side: taken back".to_owned(),
    }
}

fn children(node: &Node, element: &Element) -> Option<&'static Node> {
    let member = node.member(element.stem())?;
    match member.target {
        Target::Node(id)
            if member.type_code == "BackboneElement" || member.type_code == "Element" =>
        {
            r4().node_at(id)
        }
        Target::Node(_) | Target::Primitive(_) | Target::Resource => None,
    }
}

fn is_atomic(element: &Element) -> bool {
    ATOMIC.contains(element.stem())
        || (!element.types.is_empty()
            && element
                .types
                .iter()
                .all(|kind| ATOMIC_TYPES.contains(kind.code)))
}

fn named_list(element: &Element) -> bool {
    let datatype = element.types.first().map_or("", |kind| kind.code);
    of_datatype(datatype).is_none() && named(element.stem()).is_some()
}

fn merges(element: &Element, children: Option<&'static Node>) -> String {
    let each = if is_atomic(element) {
        "one piece"
    } else {
        "element by element"
    };
    if !element.is_list() {
        return match children {
            Some(_) => each.to_owned(),
            None if is_atomic(element) => "one piece".to_owned(),
            None => "one value".to_owned(),
        };
    }
    let order = if ORDERED.contains(element.stem()) {
        "ordered list"
    } else {
        "list"
    };
    let datatype = element.types.first().map_or("", |kind| kind.code);
    let keys = of_datatype(datatype).or_else(|| named(element.stem()));
    match (keys, children) {
        (Some(keys), Some(_)) => format!("{order} by {}; items {each}", told_by(keys)),
        (Some(keys), None) => format!("{order} by {}", told_by(keys)),
        (None, Some(children)) => {
            let telling: Vec<&str> = TELLING
                .iter()
                .filter(|name| children.elements.iter().any(|child| child.stem() == *name))
                .filter(|name| *name != "id")
                .collect();
            format!(
                "{order} by id, else the first of these that tell the items apart: {}; items {each}",
                telling.join(", ")
            )
        }
        (None, None) => format!("{order} by its values"),
    }
}

fn told_by(keys: &ListKeys) -> String {
    let set = |set: &&'static str| {
        if *set == "." {
            "the whole item".to_owned()
        } else {
            set.split_ascii_whitespace().collect::<Vec<_>>().join("+")
        }
    };
    let mut words = vec!["id".to_owned()];
    words.extend(keys.strong.iter().map(set));
    if !keys.weak.is_empty() {
        let weak: Vec<String> = keys.weak.iter().map(set).collect();
        words.push(format!("(an edited one still by {})", weak.join(" or ")));
    }
    words.join(", else ").replace(", else (", " (")
}
