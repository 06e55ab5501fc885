//! A second look at a merge, before it is accepted: is it still FHIR, and can it be true?
//!
//! Only what the two sides made together is looked at. What one side wrote by itself was looked at
//! when it was written, and no merge may hold it back.

use serde_json::{Map, Value};

use super::assemble::assemble;
use super::elements::element_name;
use super::judge::{Rule, Verdict, is_edit};
use super::piece::{Piece, Side, Three};
use super::tree::{Leaf, LeafKind, Tree};
use super::verdict_of;
use crate::checks::{self, Finding, FindingCode, Severity};
use crate::definitions::r4;
use crate::validate::{self, IssueCode};

/// Leaves to a person what the merge made worse than both sides, and says why.
pub(super) fn review(
    versions: &Three<Option<&Value>>,
    tree: &Tree,
    verdicts: &mut [Verdict],
) -> Vec<Finding> {
    let (Some(base), Some(local), Some(remote)) = (versions.base, versions.local, versions.remote)
    else {
        return Vec::new();
    };
    let mut findings = patients(local, remote, tree, verdicts);
    let tops = |side: Side| -> Vec<&str> {
        let leaves = tree.leaves.iter().zip(verdicts.iter());
        let mut tops: Vec<&str> = leaves
            .filter(|(leaf, verdict)| is_taken(leaf, **verdict, side))
            .map(|(leaf, _)| leaf.top)
            .collect();
        tops.dedup();
        tops
    };
    let (ours, theirs) = (tops(Side::Local), tops(Side::Remote));
    if ours.is_empty() || theirs.is_empty() {
        return findings;
    }
    let resource_type = base.get("resourceType").and_then(Value::as_str);
    let resource_type = resource_type.unwrap_or_default();
    let mixed: Vec<&str> = ours
        .iter()
        .copied()
        .filter(|top| theirs.contains(top))
        .collect();
    let measured = |tops: &[&str]| tops.contains(&"value") || tops.contains(&"component");
    let units = resource_type == "Observation" && (measured(&ours) || measured(&theirs));
    let crossed = checks::may_arise(resource_type, &ours, &theirs);
    let within = ours.contains(&"contained") || theirs.contains(&"contained");
    if mixed.is_empty() && !units && !crossed && !within {
        return findings;
    }
    let result = assemble(tree, &mut |number| verdict_of(verdicts, number));
    let Some(result) = result.filter(Value::is_object) else {
        return findings;
    };
    let sides = [local, remote];
    for top in mixed {
        // Values in the place of values leave every object as whole as it was on either side.
        let reshaped = tree
            .leaves
            .iter()
            .zip(verdicts.iter())
            .any(|(leaf, verdict)| {
                let taken =
                    is_taken(leaf, *verdict, Side::Local) || is_taken(leaf, *verdict, Side::Remote);
                taken && leaf.top == top && !has_same_members(&leaf.pieces)
            });
        if reshaped && is_newly_invalid(&result, sides, resource_type, top) {
            leave(tree, verdicts, Rule::Invalid, &|leaf| leaf.top == top);
        }
    }
    if within {
        for id in newly_dangling(&result, sides) {
            leave(tree, verdicts, Rule::Invalid, &|leaf| mentions(leaf, &id));
        }
    }
    let mut found = Vec::new();
    if crossed {
        let known: Vec<Finding> = sides.iter().flat_map(|side| checks::within(side)).collect();
        let arisen = checks::within(&result).into_iter();
        found.extend(arisen.filter(|finding| {
            !known
                .iter()
                .any(|other| other.code == finding.code && other.paths == finding.paths)
        }));
    }
    if units {
        let arisen = checks::unit::changed(base, &result).into_iter();
        found.extend(arisen.filter(|finding| finding.severity == Severity::Blocker));
    }
    for finding in found {
        let concerned = |leaf: &Leaf| finding.paths.iter().any(|path| top_of(path) == leaf.top);
        leave(tree, verdicts, Rule::Implausible, &concerned);
        findings.push(finding);
    }
    findings
}

/// Whether an edit of one side alone goes into the result.
fn is_taken(leaf: &Leaf, verdict: Verdict, side: Side) -> bool {
    let changed = match side {
        Side::Local => leaf.local_changed(),
        Side::Remote => leaf.remote_changed(),
        Side::Base => false,
    };
    verdict == Verdict::Take(side)
        && changed
        && !leaf.agreed()
        && !matches!(leaf.kind, LeafKind::Stamp(_))
}

/// Whether all versions write a piece with the same members.
fn has_same_members(pieces: &Three<Piece>) -> bool {
    let same = |other: &Piece| {
        other.0.len() == pieces.base.0.len()
            && pieces
                .base
                .0
                .iter()
                .all(|(name, _)| other.0.iter().any(|(is, _)| is == name))
    };
    !pieces.base.is_absent() && same(&pieces.local) && same(&pieces.remote)
}

/// Makes conflicts of the edits that a test picks out.
fn leave(tree: &Tree, verdicts: &mut [Verdict], rule: Rule, concerns: &dyn Fn(&Leaf) -> bool) {
    for (leaf, verdict) in tree.leaves.iter().zip(verdicts) {
        let taken = is_taken(leaf, *verdict, Side::Local) || is_taken(leaf, *verdict, Side::Remote);
        if taken && concerns(leaf) {
            *verdict = Verdict::Conflict {
                rule,
                guarded: true,
            };
        }
    }
}

/// A record that one side moved to another patient waits, whatever else was edited.
fn patients(local: &Value, remote: &Value, tree: &Tree, verdicts: &mut [Verdict]) -> Vec<Finding> {
    let elements = checks::patient::mismatched(local, remote);
    let edits = || tree.leaves.iter().filter(|leaf| is_edit(leaf));
    let both =
        edits().any(|leaf| leaf.local_changed()) && edits().any(|leaf| leaf.remote_changed());
    if elements.is_empty() || !both {
        return Vec::new();
    }
    leave(tree, verdicts, Rule::OtherPatient, &|leaf| {
        elements.contains(&leaf.top)
    });
    let context = checks::Context {
        local: Some(local),
        remote: Some(remote),
        ..checks::Context::default()
    };
    let mut findings = checks::of(local, &context);
    findings.retain(|finding| finding.code == FindingCode::PatientMismatch);
    findings
}

/// Whether an element has an error in the result that it has on neither side.
fn is_newly_invalid(result: &Value, sides: [&Value; 2], resource_type: &str, top: &str) -> bool {
    let errors = |value: &Value| errors_of(value, resource_type, top);
    let after = errors(result);
    if after.is_empty() {
        return false;
    }
    let [ours, theirs] = sides.map(errors);
    after
        .iter()
        .any(|error| !ours.contains(error) && !theirs.contains(error))
}

/// The errors within one element of a resource: what kind, and where but for places in lists.
fn errors_of(resource: &Value, resource_type: &str, top: &str) -> Vec<(IssueCode, String, String)> {
    let node = r4().type_node(resource_type);
    let Some(members) = resource.as_object() else {
        return Vec::new();
    };
    let mut part: Map<String, Value> = members
        .iter()
        .filter(|(name, _)| element_name(node, name) == top)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    part.insert(
        "resourceType".to_owned(),
        Value::String(resource_type.to_owned()),
    );
    let issues = validate::validate(&Value::Object(part));
    issues
        .into_iter()
        .filter(|issue| issue.severity == validate::Severity::Error)
        // What the part leaves out is not missing, and what it refers to is looked at elsewhere.
        .filter(|issue| issue.code != IssueCode::NotFound)
        .filter(|issue| issue.code != IssueCode::Required || top_of(&issue.path) == top)
        .map(|issue| (issue.code, issue.message, without_places(&issue.path)))
        .collect()
}

fn without_places(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut within = false;
    for letter in path.chars() {
        match letter {
            '[' => within = true,
            ']' => within = false,
            _ if within => {}
            _ => plain.push(letter),
        }
    }
    plain
}

/// Ids that the result refers to within itself and does not contain, though each side does.
fn newly_dangling(result: &Value, sides: [&Value; 2]) -> Vec<String> {
    let known: Vec<String> = sides.iter().flat_map(|side| dangling(side)).collect();
    let mut ids = dangling(result);
    ids.retain(|id| !known.contains(id));
    ids
}

fn dangling(resource: &Value) -> Vec<String> {
    let contained = resource.get("contained").and_then(Value::as_array);
    let ids: Vec<&str> = contained
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("id")?.as_str())
        .collect();
    let mut found = Vec::new();
    references(resource, &mut |id| {
        if !id.is_empty() && !ids.contains(&id) && !found.iter().any(|known| known == id) {
            found.push(id.to_owned());
        }
    });
    found
}

/// Calls with every id that a value refers to within its own resource.
fn references<'a>(value: &'a Value, each: &mut dyn FnMut(&'a str)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let id = member.as_str().and_then(|text| text.strip_prefix('#'));
                match id {
                    Some(id) if name == "reference" => each(id),
                    _ => references(member, each),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a piece, in any version, is the contained resource of that id or refers to it.
fn mentions(leaf: &Leaf, id: &str) -> bool {
    let is = |value: &Value| {
        let own = value.get("resourceType").is_some()
            && value.get("id").and_then(Value::as_str) == Some(id);
        let mut refers = false;
        references(value, &mut |other| refers |= other == id);
        own || refers
    };
    let within = |piece: &Piece| piece.values().any(is);
    leaf.pieces.all().into_iter().any(within)
}

/// The element of the resource that a path leads into.
fn top_of(path: &str) -> &str {
    let element = path.split('.').nth(1).unwrap_or_default();
    element.split('[').next().unwrap_or(element)
}
