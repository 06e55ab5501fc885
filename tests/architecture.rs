//! The arrows between the parts, as `design` draws them, checked against what Cargo resolved.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each part may depend on; tests may depend on everything.
const ARROWS: [(&str, &[&str]); 7] = [
    ("haven-model", &[]),
    ("haven-store", &["haven-model"]),
    ("haven-sync", &["haven-model", "haven-store"]),
    ("haven-app", &["haven-model", "haven-store", "haven-sync"]),
    ("haven-cli", &["haven-app", "haven-store"]),
    ("haven-hub", &["haven-model"]),
    ("haven-workstation", &["haven-app"]),
];

/// Libraries that would break a part's promise: IO in the model, the network in the store, Tauri
/// below the shell.
const ABSENCES: [(&str, &[&str]); 5] = [
    (
        "haven-model",
        &[
            "tokio",
            "reqwest",
            "axum",
            "rusqlite",
            "tauri",
            "getrandom",
            "rand",
        ],
    ),
    ("haven-store", &["tokio", "reqwest", "axum", "tauri"]),
    ("haven-sync", &["rusqlite", "tauri"]),
    ("haven-app", &["rusqlite", "tauri", "reqwest", "axum"]),
    ("haven-hub", &["tauri", "reqwest"]),
];

fn direct_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata answers in a checkout");
    metadata
        .packages
        .iter()
        .map(|package| {
            let names = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal)
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), names)
        })
        .collect()
}

#[test]
fn parts_depend_only_along_the_arrows() {
    let found = direct_dependencies();
    let parts: BTreeSet<&str> = ARROWS.iter().map(|(part, _)| *part).collect();
    assert_eq!(
        found.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        parts,
        "every crate of the workspace has its arrows written down"
    );
    for (part, allowed) in ARROWS {
        let ours: BTreeSet<&str> = found[part]
            .iter()
            .map(String::as_str)
            .filter(|name| parts.contains(name))
            .collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert!(
            ours.is_subset(&allowed),
            "{part} may depend on {allowed:?}, but depends on {ours:?}"
        );
    }
}

#[test]
fn parts_lack_what_would_break_their_promise() {
    let found = direct_dependencies();
    for (part, absent) in ABSENCES {
        for library in absent {
            assert!(
                !found[part].contains(*library),
                "{part} promises to do without {library}"
            );
        }
    }
}
