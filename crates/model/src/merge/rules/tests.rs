//! The tables against the official definitions.

use std::fmt::Write as _;

use super::lists::LISTS;
use super::types::TYPES;
use super::*;
use crate::definitions::{Node, r4};

#[test]
fn every_rule_of_a_type_names_elements_that_r4_has() {
    for row in TYPES {
        let node = r4().type_node(row.resource);
        let node = node.unwrap_or_else(|| unreachable!("{} is no type", row.resource));
        let named = [row.guarded, row.group, row.per_item];
        let signed = row.signed.map(|(element, _)| element);
        for name in named.iter().flat_map(|words| words.iter()).chain(signed) {
            assert!(
                node.elements.iter().any(|element| element.stem() == name),
                "{} has no {name}",
                row.resource
            );
        }
        if let Some((element, codes)) = row.signed {
            let url = r4()
                .element(row.resource, element)
                .and_then(|element| element.required_value_set);
            let set = url
                .and_then(|url| r4().value_set(url))
                .expect("a listed value set");
            for code in codes.iter() {
                assert!(
                    set.has_code(code),
                    "{}.{element} is never {code}",
                    row.resource
                );
            }
        }
        for name in row.per_item.iter() {
            assert!(
                row.group.contains(name),
                "{name} stands alone within a group"
            );
        }
    }
    assert!(
        TYPES.is_sorted_by_key(|row| row.resource),
        "rows are found by eye"
    );
}

#[test]
fn every_weakening_names_an_element_that_r4_has() {
    for (resource, place, change) in WEAKENINGS {
        if *resource == "*" {
            continue;
        }
        assert!(
            r4().element(resource, place).is_some(),
            "{resource} has no {place}"
        );
        let url = r4()
            .element(resource, place)
            .and_then(|element| element.required_value_set);
        let Some(set) = url.and_then(|url| r4().value_set(url)) else {
            continue;
        };
        let codes: Vec<&str> = match change {
            Weakening::Loses(code) => vec![code],
            Weakening::Becomes(codes) | Weakening::Lowered(codes) => codes.iter().collect(),
            Weakening::Removed | Weakening::Unset => Vec::new(),
        };
        for code in codes {
            assert!(set.has_code(code), "{resource}.{place} is never {code}");
        }
    }
}

/// Every node that stands in a list of R4's resources, with the name of the list.
fn lists() -> Vec<(String, &'static Node)> {
    fn walk(node: &'static Node, depth: usize, found: &mut Vec<(String, &'static Node)>) {
        for element in &node.elements {
            let Some(member) = node.member(element.stem()) else {
                continue;
            };
            let crate::definitions::Target::Node(id) = member.target else {
                continue;
            };
            let Some(inner) = r4().node_at(id) else {
                continue;
            };
            if element.is_list() {
                found.push((element.stem().to_owned(), inner));
            }
            if member.type_code == "BackboneElement"
                && element.content_reference.is_none()
                && depth < 8
            {
                walk(inner, depth + 1, found);
            }
        }
    }
    let mut found = Vec::new();
    for name in r4().resource_types() {
        walk(r4().type_node(name).expect("a type"), 0, &mut found);
    }
    found
}

#[test]
fn every_list_key_is_a_list_of_r4_with_such_children() {
    let lists = lists();
    for (name, keys) in LISTS {
        // Resources of any type, which have no children of their own to name.
        if *name == "contained" {
            continue;
        }
        let of_name: Vec<&Node> = lists
            .iter()
            .filter(|(list, _)| list == name)
            .map(|(_, node)| *node)
            .collect();
        assert!(!of_name.is_empty(), "R4 has no list {name}");
        let children = keys
            .strong
            .iter()
            .chain(keys.weak)
            .flat_map(|set| set.split_ascii_whitespace());
        for child in children {
            let has = |node: &&Node| node.elements.iter().any(|element| element.stem() == child);
            assert!(of_name.iter().any(has), "no {name} has {child}");
        }
    }
    assert!(
        LISTS.is_sorted_by_key(|(name, _)| *name),
        "rows are found by eye"
    );
}

#[test]
fn the_page_of_rules_is_up_to_date() {
    let mut page = String::from(PAGE_HEAD);
    let mut types: Vec<&str> = r4().resource_types().collect();
    types.sort_unstable();
    let mut count = 0;
    for resource_type in types {
        let rows = table::rule_table(resource_type);
        if rows.is_empty() {
            let _written = write!(page, "\n## {resource_type}\n\nThe defaults only.\n");
            continue;
        }
        count += rows.len();
        let _written = write!(
            page,
            "\n## {resource_type}\n\n| Element | Merges as | A person decides |\n|---|---|---|\n"
        );
        for row in rows {
            let path = row
                .path
                .strip_prefix(resource_type)
                .unwrap_or(&row.path)
                .trim_start_matches('.');
            let _written = writeln!(page, "| {path} | {} | {} |", row.merges, row.guarded);
        }
    }
    assert!(count > 500, "the page lists what the tables say");
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/merge-rules.md");
    if std::env::var_os("HAVEN_WRITE_RULES").is_some() {
        std::fs::write(&file, &page).expect("docs can be written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == page,
        "docs/merge-rules.md is not what the tables say: run this test with HAVEN_WRITE_RULES=1"
    );
}

const PAGE_HEAD: &str = "\
# How each resource type merges

Written by a test of `crates/model` (`the_page_of_rules_is_up_to_date`) from the tables in
`crates/model/src/merge/rules` over HL7's definitions of FHIR R4 (4.0.1); not to be edited.

What holds everywhere, and is not repeated below:

- Two different edits of one value need a person; equal edits, and an edit beside none, do not.
- A removal against an edit needs a person.
- A data type whose parts only mean something together is one piece (Quantity, Dosage, CodeableConcept,
  Period, HumanName, Identifier, Reference, …). Address and ContactPoint merge element by element,
  but new content against a use or period given to the old needs a person.
- All spellings of a choice (`value[x]`) are one element; a primitive and its `_` sibling are one piece.
- Lists go by `id` where every item has one. Identifiers go by system and value, contact points by
  system, use and value, names by use and period, codings by system and code, extensions by url,
  contained resources by id, references by what they refer to, notes by time and author. Two values in
  one identifier system need a person.
- Order matters for given names, prefixes, suffixes, lines of an address, doses, sections, items,
  entries, actions and steps; elsewhere a reordering never conflicts.
- Guarded everywhere when both sides changed it: what R4 calls a modifier, every status, identifiers,
  `subject`, `patient`, `intent`, `doNotPerform`, `implicitRules`, `modifierExtension`, `meta.security`,
  and every number with a unit.
- One side alone against any edit of the other: a record that becomes entered in error, another
  patient's, loses a modifier extension or a `doNotPerform`, loses a code for blood group, pregnancy
  or resuscitation, or loses a security label or goes to a lower confidentiality.
- What the two sides made together is validated, and checked for what cannot be true (pressures, order
  of dates, units); a fault leaves the edits concerned to a person.
";
