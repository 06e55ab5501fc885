//! Random edits of any resource, and what must hold of every merge, checked without looking at how
//! the merge works.

mod edits;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use haven_model::conflict::{ConflictKind, FieldConflict, MergeOutcome, Outcome};
use haven_model::{
    Choice, MergeRules, MergedText, Strategy, changes, merge, merge_texts, merge_with, resolve,
};
use serde_json::Value;

pub use edits::{Edit, edited};

type Tokens = BTreeMap<String, usize>;

/// Every primitive of a document, as its element names and its value, counted.
fn tokens(value: &Value) -> Tokens {
    let mut found = Tokens::new();
    gather(value, String::new(), &mut found);
    found
}

fn gather(value: &Value, names: String, found: &mut Tokens) {
    if names == ".meta.versionId" || names == ".meta.lastUpdated" || names == ".meta.source" {
        return;
    }
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|item| gather(item, names.clone(), found)),
        Value::Object(members) => {
            for (name, member) in members {
                gather(member, format!("{names}.{name}"), found);
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            *found.entry(format!("{names}={value}")).or_insert(0) += 1;
        }
    }
}

fn count(tokens: &Tokens, token: &str) -> usize {
    tokens.get(token).copied().unwrap_or(0)
}

/// The primitives of one column of the conflicts, by value alone.
fn shown(fields: &[FieldConflict], column: impl Fn(&FieldConflict) -> &Value) -> HashSet<String> {
    let mut found = Tokens::new();
    for field in fields {
        gather(column(field), String::new(), &mut found);
    }
    found
        .into_keys()
        .filter_map(|token| token.split_once('=').map(|(_, v)| v.to_owned()))
        .collect()
}

static MERGES: AtomicUsize = AtomicUsize::new(0);
static ASKED_AGAIN: AtomicUsize = AtomicUsize::new(0);

/// Merging the texts, of which only a part is read, gives what merging the values gives.
fn agrees_with_texts(base: &Value, local: &Value, remote: &Value, outcome: &MergeOutcome) {
    let texts = [base, local, remote].map(|value| value.to_string().into_bytes());
    let [base, local, remote] = texts.each_ref().map(|text| Some(text.as_slice()));
    match merge_texts(base, local, remote) {
        Ok(MergedText::Resource(text)) => {
            assert!(outcome.fields.is_empty(), "a conflict is not passed over");
            assert_eq!(
                String::from_utf8(text).expect("utf-8"),
                outcome.resource.to_string(),
                "the texts merge as the values do"
            );
        }
        Ok(MergedText::Outcome(other)) => assert_eq!(&other, outcome),
        // Nested more deeply than Haven reads.
        Err(_) => {}
    }
}

/// Checks everything that must hold of any three documents.
pub fn check(base: &Value, local: &Value, remote: &Value) -> MergeOutcome {
    let outcome = merge(Some(base), Some(local), Some(remote));
    let story = || {
        let edits = |side: &Value| -> Vec<String> {
            let changes = changes(Some(base), Some(side));
            changes
                .iter()
                .map(|c| format!("  {}: {} -> {}", c.path, c.from, c.to))
                .collect()
        };
        let (ours, theirs) = (edits(local).join("\n"), edits(remote).join("\n"));
        let full = std::env::var("HAVEN_MERGE_VERBOSE").map_or(String::new(), |_| {
            format!(
                "\nbase {base}\nlocal {local}\nremote {remote}\nresult {}",
                outcome.resource
            )
        });
        format!(
            "\nlocal:\n{ours}\nremote:\n{theirs}\nfields: {:#?}{full}",
            outcome.fields
        )
    };
    agrees_with_texts(base, local, remote, &outcome);
    let swapped = merge(Some(base), Some(remote), Some(local));
    assert_eq!(
        outcome.resource.to_string(),
        swapped.resource.to_string(),
        "swapped{}",
        story()
    );
    assert_eq!(
        outcome.fields.len(),
        swapped.fields.len(),
        "swapped fields{}",
        story()
    );
    for (field, other) in outcome.fields.iter().zip(&swapped.fields) {
        let turned = FieldConflict {
            local: other.remote.clone(),
            remote: other.local.clone(),
            ..other.clone()
        };
        assert_eq!(*field, turned, "swapped field{}", story());
    }
    let kind = match swapped.kind {
        Some(ConflictKind::UpdateDelete) => Some(ConflictKind::DeleteUpdate),
        Some(ConflictKind::DeleteUpdate) => Some(ConflictKind::UpdateDelete),
        other => other,
    };
    assert_eq!(outcome.kind, kind);
    assert_eq!(
        outcome.fields.is_empty(),
        outcome.outcome == Outcome::Merged
    );
    let paths: HashSet<&str> = outcome
        .fields
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    assert_eq!(
        paths.len(),
        outcome.fields.len(),
        "a path names one conflict{}",
        story()
    );
    for field in &outcome.fields {
        assert!(
            field.local != field.base || field.remote != field.base,
            "a conflict shows a change{}",
            story()
        );
        assert_ne!(
            field.local,
            field.remote,
            "agreement is no conflict{}",
            story()
        );
    }
    nothing_lost(base, local, remote, &outcome, &story);
    nothing_lost(base, remote, local, &swapped, &story);
    if outcome.outcome == Outcome::Merged {
        for side in [local, remote] {
            let again = merge(Some(base), Some(&outcome.resource), Some(side));
            // A removal and an addition look, once merged, like an edit of what was removed, and an
            // item that changed beyond its keys cannot be traced: a person is asked again. Rarely.
            let item =
                |field: &FieldConflict| field.path.ends_with(']') || field.rule == "ambiguous-key";
            let merges = MERGES.fetch_add(1, Ordering::Relaxed) + 1;
            if again.fields.iter().any(item) {
                let asked = ASKED_AGAIN.fetch_add(1, Ordering::Relaxed) + 1;
                assert!(
                    asked <= 10 + merges / 50,
                    "{asked} of {merges} asked again{}",
                    story()
                );
                continue;
            }
            assert_eq!(
                again.fields,
                [],
                "merging again finds no conflict{}",
                story()
            );
            // Where one side moved items and the other put new ones in their place, the result does
            // not tell which came for which: their order alone may differ.
            assert_eq!(
                tokens(&again.resource),
                tokens(&outcome.resource),
                "merging again changes nothing{}",
                story()
            );
        }
    }
    resolvable(base, local, remote, &outcome, &story);
    for strategy in [Strategy::ServerWins, Strategy::ClientWins] {
        let won = merge_with(
            Some(base),
            Some(local),
            Some(remote),
            &MergeRules { strategy },
        );
        // What only the combination makes wrong depends on which edits are combined.
        let stands = |field: &&FieldConflict| {
            field.guarded && !["invalid", "implausible"].contains(&field.rule.as_str())
        };
        let guarded: Vec<&FieldConflict> = outcome.fields.iter().filter(stands).collect();
        assert_eq!(
            won.fields.iter().filter(stands).collect::<Vec<_>>(),
            guarded,
            "guarded stays{}",
            story()
        );
    }
    outcome
}

/// Every primitive that a side put in or took out is so in the result, or is shown in a conflict.
fn nothing_lost(
    base: &Value,
    side: &Value,
    other: &Value,
    outcome: &MergeOutcome,
    story: &dyn Fn() -> String,
) {
    let (before, after, others) = (tokens(base), tokens(side), tokens(other));
    let result = tokens(&outcome.resource);
    let ours = shown(&outcome.fields, |field| &field.local);
    let bases = shown(&outcome.fields, |field| &field.base);
    let value = |token: &str| {
        token
            .split_once('=')
            .map_or(String::new(), |(_, v)| v.to_owned())
    };
    for (token, number) in &after {
        if *number > count(&before, token) {
            let gone_by_other = count(&before, token).saturating_sub(count(&others, token));
            assert!(
                count(&result, token) + gone_by_other >= *number || ours.contains(&value(token)),
                "added and lost: {token}{}",
                story()
            );
        }
    }
    // Where the other side edited the same list, it may have made another item of the removed one,
    // which then stays as an addition.
    let edited = |token: &str| {
        let element = token[1..].split(['.', '=']).next().unwrap_or_default();
        (base[element].is_array() || base[element].is_object()) && base[element] != other[element]
    };
    for (token, number) in before.iter().filter(|(token, _)| !edited(token)) {
        if *number > count(&after, token) {
            let others_added = count(&others, token).saturating_sub(*number);
            assert!(
                count(&result, token) <= count(&after, token) + others_added
                    || bases.contains(&value(token)),
                "removed and back: {token}{}",
                story()
            );
        }
    }
}

/// Taking one side everywhere keeps all of that side's edits; taking none keeps the outcome.
fn resolvable(
    base: &Value,
    local: &Value,
    remote: &Value,
    outcome: &MergeOutcome,
    story: &dyn Fn() -> String,
) {
    let none = resolve(Some(base), Some(local), Some(remote), &[]).expect("no choice is fine");
    assert_eq!(
        none.resource.as_ref(),
        Some(&outcome.resource),
        "undecided{}",
        story()
    );
    assert_eq!(none.left.len(), outcome.fields.len());
    let choices: Vec<(String, Choice)> = outcome
        .fields
        .iter()
        .map(|field| (field.path.clone(), Choice::Local))
        .collect();
    let taken = resolve(Some(base), Some(local), Some(remote), &choices).expect("known paths");
    assert!(taken.left.is_empty(), "all decided{}", story());
    let result = tokens(&taken.resource.unwrap_or_default());
    let (before, after, others) = (tokens(base), tokens(local), tokens(remote));
    for (token, number) in after
        .iter()
        .filter(|(token, number)| **number > count(&before, token))
    {
        let gone_by_other = count(&before, token).saturating_sub(count(&others, token));
        assert!(
            count(&result, token) + gone_by_other >= *number,
            "local was taken everywhere, and lacks {token}{}",
            story()
        );
    }
    let values: Vec<(String, Choice)> = outcome
        .fields
        .iter()
        .map(|field| (field.path.clone(), Choice::Value(field.remote.clone())))
        .collect();
    let given = resolve(Some(base), Some(local), Some(remote), &values);
    let given = given
        .unwrap_or_else(|error| unreachable!("a shown value must be usable: {error}{}", story()));
    let remotes: Vec<(String, Choice)> = outcome
        .fields
        .iter()
        .map(|field| (field.path.clone(), Choice::Remote))
        .collect();
    let expected = resolve(Some(base), Some(local), Some(remote), &remotes).expect("known paths");
    assert_eq!(
        tokens(&given.resource.unwrap_or_default()),
        tokens(&expected.resource.unwrap_or_default()),
        "a shown value can be given back{}",
        story()
    );
}
