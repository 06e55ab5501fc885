//! The raw folder and one's own passphrase, Haven left aside: a role's limit is a key one has not.

use std::collections::BTreeSet;

use super::attacker::{Attacker, every_value};
use super::clinic::{CLINICAL_WORDS, REASON, SENSITIVE_WORDS, shared_laptop};
use super::support::folder;
use super::support::needle::Needles;
use super::support::say;
use super::support::station::PASSPHRASE;

fn needles(words: &[&str]) -> Needles {
    Needles::of(&words.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn a_front_desk_with_the_raw_files_opens_no_clinical_or_sensitive_body() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = shared_laptop(dir.path());
    let folder = &station.store;

    let femi = Attacker::of(folder, "femi", PASSPHRASE);
    let kinds: Vec<&str> = femi.keys.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        ["audit", "class:core:1", "class:core:2", "dsk:2"],
        "the keys of a front desk"
    );
    assert!(femi.tried_of_others > 20, "others' grants were tried");
    let database = femi.database(folder);
    let opened = femi.opened_bodies(&database);
    say(&format!("the front desk opens, of each class: {opened:?}"));
    for (class, (opened, all)) in &opened {
        assert!(*all >= 4, "there are bodies of {class} to be tried");
        match *class {
            "core" => assert_eq!(
                opened, all,
                "the attack knows how to open what it has keys for"
            ),
            _ => assert_eq!(*opened, 0, "bodies of {class}"),
        }
    }

    let values = every_value(&database);
    let plain = folder.with_file_name("plain.db");
    database
        .execute_batch(&format!(
            "ATTACH DATABASE '{}' AS plain KEY ''; SELECT sqlcipher_export('plain'); DETACH DATABASE plain;",
            plain.display()
        ))
        .expect("whoever holds the store's key can write the database out plainly");
    let bodies = needles(&CLINICAL_WORDS);
    let sensitive = needles(&[&SENSITIVE_WORDS[..], &[REASON]].concat());
    let mut found = BTreeSet::new();
    for (column, bytes) in &values {
        for word in sensitive.found_in(bytes) {
            found.insert(format!("{word} in {column}"));
        }
        // Of clinical records the index holds codes; no word of a body, except what a server refused.
        for word in bodies.found_in(bytes) {
            if column != "outbox.last_error" {
                found.insert(format!("{word} in {column}"));
            }
        }
    }
    let bytes = std::fs::read(&plain).expect("written out");
    assert!(bytes.starts_with(b"SQLite format 3"), "it is plain");
    for word in sensitive.found_in(&bytes) {
        found.insert(format!("{word} in the database written out plainly"));
    }
    drop(database);
    for (path, bytes) in folder::content(folder, &[]) {
        for word in sensitive
            .found_in(&bytes)
            .into_iter()
            .chain(bodies.found_in(&bytes))
        {
            found.insert(format!("{word} in {}", path.display()));
        }
    }
    assert_eq!(found, BTreeSet::new(), "words of others' records");
    let looked: usize = values.iter().map(|(_, bytes)| bytes.len()).sum();
    say(&format!(
        "{} values, {looked} bytes, looked through for {} words",
        values.len(),
        SENSITIVE_WORDS.len()
    ));
}

#[test]
fn what_each_login_can_reach_outside_is_what_its_role_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = shared_laptop(dir.path());
    for (user, readable) in [
        ("amina", &["core", "clinical", "sensitive", "admin"][..]),
        ("chidi", &["core", "clinical", "sensitive"][..]),
        // The nurse's key for breaking the glass is hers beforehand: outside Haven nobody asks her why.
        ("nia", &["core", "clinical", "sensitive"][..]),
        ("femi", &["core"][..]),
        ("audrey", &["admin"][..]),
    ] {
        let login = Attacker::of(&station.store, user, PASSPHRASE);
        let opened = login.opened_bodies(&login.database(&station.store));
        for (class, (opened, all)) in opened {
            let expected = if readable.contains(&class) { all } else { 0 };
            assert_eq!(opened, expected, "{user}: bodies of {class}");
        }
        let glass = login.keys.keys().any(|kind| kind.starts_with("glass:"));
        assert_eq!(
            glass,
            user == "nia",
            "{user}: only who treats patients has a key behind glass"
        );
        let finds = login.keys.keys().any(|kind| kind.starts_with("blind"));
        assert_eq!(
            finds,
            ["amina", "chidi"].contains(&user),
            "{user}: the key of blind terms goes with the sensitive class"
        );
    }
}
