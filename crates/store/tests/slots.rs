//! Key files as an attacker would write them: refused clearly, at once, and without much memory.
//!
//! Source: the project's corpus of bad input, crypto files.

mod clinic;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use clinic::*;
use haven_model::Role;
use haven_store::{KdfParams, NewUser, Passphrase, Store};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The file's keys, without their checksum.
fn keys(dir: &Path) -> Value {
    let bytes = fs::read(dir.join("keys.json")).expect("keys");
    let file: Value = serde_json::from_slice(&bytes).expect("JSON");
    file["keys"].clone()
}

/// Writes keys with the checksum that an attacker would also write.
fn plant(dir: &Path, keys: &Value) {
    let text = keys.to_string();
    let sum = hex::encode(Sha256::digest(text.as_bytes()));
    let file = format!(r#"{{"sha256":"{sum}","keys":{text}}}"#);
    fs::write(dir.join("keys.json"), file).expect("planted");
}

/// The slot of a login.
fn slot<'a>(keys: &'a mut Value, user: &str) -> &'a mut Value {
    keys["slots"]
        .as_array_mut()
        .expect("slots")
        .iter_mut()
        .find(|slot| slot["user"] == user)
        .expect("the slot")
}

fn two_logins(dir: &Path) {
    let store = new_store(dir);
    let ben = NewUser {
        name: "ben".to_owned(),
        display_name: String::new(),
        role: Role::FrontDesk,
        kdf: KdfParams::default(),
    };
    store.add_user(&ben, &passphrase(), NOW).expect("added");
}

#[test]
fn a_planted_key_file_is_refused_clearly_and_cheaply() {
    let dir = tempfile::tempdir().expect("a folder");
    two_logins(dir.path());
    let genuine = keys(dir.path());
    let original = fs::read(dir.path().join("keys.json")).expect("reads");
    let swapped = {
        let mut keys = genuine.clone();
        let salt = slot(&mut keys, "ben")["salt"].clone();
        let own = slot(&mut keys, USER)["salt"].clone();
        slot(&mut keys, "ben")["salt"] = own;
        slot(&mut keys, USER)["salt"] = salt;
        keys
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut keys = genuine.clone();
        change(&mut keys);
        keys
    };
    let on_slot = |name: &'static str, value: Value| {
        changed(&move |keys| slot(keys, USER)[name] = value.clone())
    };
    let kdf = |memory: Value, passes: Value, lanes: Value| {
        on_slot(
            "kdf",
            json!({"memory_kib": memory, "passes": passes, "lanes": lanes}),
        )
    };
    let planted: Vec<(&str, Value, &[&str])> = vec![
        (
            "4 TiB of memory",
            kdf(json!(4u64 << 30), json!(3), json!(1)),
            &["unreadable"],
        ),
        (
            "just under 4 TiB",
            kdf(json!(u32::MAX), json!(3), json!(1)),
            &["integrity"],
        ),
        (
            "2 GiB of memory",
            kdf(json!(2 << 20), json!(3), json!(1)),
            &["integrity"],
        ),
        (
            "no passes",
            kdf(json!(65536), json!(0), json!(1)),
            &["integrity"],
        ),
        (
            "endless passes",
            kdf(json!(65536), json!(u32::MAX), json!(1)),
            &["integrity"],
        ),
        (
            "2^24 lanes",
            kdf(json!(65536), json!(3), json!(1 << 24)),
            &["integrity"],
        ),
        (
            "a cheap derivation",
            kdf(json!(8), json!(1), json!(1)),
            &["integrity"],
        ),
        ("no cost", on_slot("kdf", Value::Null), &["integrity"]),
        (
            "an unknown suite",
            on_slot("suite", json!(9)),
            &["integrity"],
        ),
        (
            "an impossible suite",
            on_slot("suite", json!(1000)),
            &["unreadable"],
        ),
        (
            "an unknown kind",
            on_slot("kind", json!("magic")),
            &["integrity"],
        ),
        (
            "a passphrase taken for the recovery key",
            on_slot("kind", json!("recovery")),
            &["not_found"],
        ),
        (
            "a short salt",
            on_slot("salt", json!("00")),
            &["unreadable"],
        ),
        (
            "another salt",
            on_slot("salt", json!("00".repeat(16))),
            &["wrong_passphrase"],
        ),
        ("swapped salts", swapped, &["wrong_passphrase"]),
        (
            "another commitment",
            on_slot("commitment", json!("00".repeat(32))),
            &["wrong_passphrase"],
        ),
        (
            "another nonce",
            on_slot("nonce", json!("00".repeat(12))),
            &["integrity"],
        ),
        (
            "another public key",
            on_slot("public_key", json!("00".repeat(32))),
            &["integrity"],
        ),
        (
            "nothing sealed",
            on_slot("sealed", json!("")),
            &["integrity"],
        ),
        (
            "ben's slot under my name",
            changed(&|keys| {
                let mut copy = slot(keys, "ben").clone();
                copy["user"] = json!(USER);
                *slot(keys, USER) = copy;
            }),
            &["wrong_passphrase"],
        ),
        (
            "two slots of one login",
            changed(&|keys| {
                let copy = slot(keys, USER).clone();
                keys["slots"].as_array_mut().expect("slots").push(copy);
            }),
            &["unreadable"],
        ),
        (
            "generation 2^32 - 1",
            changed(&|keys| {
                for grant in keys["grants"].as_array_mut().expect("grants") {
                    if grant["kind"]
                        .as_str()
                        .is_some_and(|kind| kind.starts_with("class:core"))
                    {
                        grant["kind"] = json!("class:core:4294967295");
                    }
                }
            }),
            &["integrity"],
        ),
        (
            "another generation",
            changed(&|keys| {
                for grant in keys["grants"].as_array_mut().expect("grants") {
                    if grant["kind"] == "class:core:1" {
                        grant["kind"] = json!("class:core:65535");
                    }
                }
            }),
            &["integrity"],
        ),
        (
            "ben's grants under my name",
            changed(&|keys| {
                let grants = keys["grants"].as_array_mut().expect("grants");
                grants.retain(|grant| grant["recipient"] != USER);
                for grant in grants {
                    grant["recipient"] = json!(USER);
                }
            }),
            &["integrity"],
        ),
        (
            "no grants",
            changed(&|keys| keys["grants"] = json!([])),
            &["integrity"],
        ),
        (
            "another store's id",
            changed(&|keys| keys["store_id"] = json!("other")),
            &["wrong_passphrase"],
        ),
    ];
    for (what, keys, expected) in planted {
        plant(dir.path(), &keys);
        fs::remove_file(dir.path().join("attempts.json")).ok();
        let started = Instant::now();
        let answer = code(Store::unlock(dir.path(), USER, &passphrase(), NOW));
        assert!(expected.contains(&answer), "{what}: {answer}");
        // One derivation at the floor, on a machine that is busy with other tests.
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{what} took {:?}",
            started.elapsed()
        );
    }
    let huge = vec![b' '; 17 * 1024 * 1024];
    fs::write(dir.path().join("keys.json"), huge).expect("written");
    assert_eq!(
        code(Store::unlock(dir.path(), USER, &passphrase(), NOW)),
        "unreadable"
    );
    fs::write(dir.path().join("keys.json"), original).expect("put back");
    fs::remove_file(dir.path().join("attempts.json")).ok();
    Store::unlock(dir.path(), USER, &passphrase(), NOW).expect("and the genuine one opens");
}

#[test]
fn a_planted_recovery_slot_opens_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let (words, others) = {
        let store = new_store(dir.path());
        let words = store.show_recovery_once(NOW).expect("shown");
        let other = tempfile::tempdir().expect("a folder");
        let elsewhere = new_store(other.path());
        let others = elsewhere.show_recovery_once(NOW).expect("shown");
        (words, others)
    };
    let genuine = keys(dir.path());
    let original = fs::read(dir.path().join("keys.json")).expect("reads");
    let newer = Passphrase::new("entirely other words today".to_owned());
    let recover = |words| {
        code(Store::recover(
            dir.path(),
            USER,
            words,
            &newer,
            KdfParams::default(),
            NOW,
            None,
        ))
    };
    assert_eq!(
        recover(&others),
        "wrong_passphrase",
        "another store's words"
    );
    for (name, value, expected) in [
        ("salt", json!("00".repeat(16)), "wrong_passphrase"),
        ("commitment", json!("00".repeat(32)), "wrong_passphrase"),
        ("nonce", json!("00".repeat(12)), "integrity"),
        ("public_key", json!("00".repeat(32)), "integrity"),
        ("suite", json!(7), "integrity"),
        ("kind", json!("passphrase"), "precondition"),
    ] {
        let mut keys = genuine.clone();
        slot(&mut keys, "*recovery")[name] = value;
        plant(dir.path(), &keys);
        assert_eq!(recover(&words), expected, "another {name}");
    }
    plant(dir.path(), &genuine);
    assert_eq!(
        recover(&words),
        "integrity",
        "the right slots in a file that Haven did not write"
    );
    fs::write(dir.path().join("keys.json"), original).expect("put back");
    assert_eq!(recover(&words), "done");
}
