//! The key file, with slots, grants and costs of another's making.

use sha2::{Digest, Sha256};

use super::mutate::{self, Dice};
use crate::faults::{USER, new_store, private_key, quick_folder};
use crate::keys::{KEYS_FILE, KeyFile, Opener, RecoveryWords, Secret, random_secret};

/// The file around those keys, its checksum made good: damage is not what is looked for.
fn whole(keys: &[u8]) -> Vec<u8> {
    let sum = hex::encode(Sha256::digest(keys));
    [
        format!(r#"{{"sha256":"{sum}","turn":1,"mac":"","keys":"#).as_bytes(),
        keys,
        b"}",
    ]
    .concat()
}

fn keys_in(file: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let from = text.find("\"keys\":").expect("keys") + "\"keys\":".len();
    text[from..text.len() - 1].as_bytes().to_vec()
}

#[test]
fn a_key_file_of_anyones_making() {
    let folder = quick_folder();
    let dir = folder.path().join("store");
    drop(new_store(&dir));
    let private = private_key(&dir);
    let path = dir.join(KEYS_FILE);
    let original = std::fs::read(&path).expect("reads");
    let keys = keys_in(&original);
    let ring = KeyFile::read(&dir)
        .and_then(|file| file.open_grants(USER, &private))
        .expect("opens as it is");
    let words = RecoveryWords::of_key(&random_secret().expect("random")).expect("words");
    let other: Secret = random_secret().expect("random");
    super::fuzz(
        "keys",
        |dice: &mut Dice| match dice.below(4) {
            0 => mutate::bytes(&original, &keys, dice),
            1 => whole(&mutate::bytes(&keys, &original, dice)),
            _ => whole(&mutate::json(&keys, dice).unwrap_or_default()),
        },
        |input| {
            std::fs::write(&path, input).expect("written");
            let Ok(file) = KeyFile::read(&dir) else {
                return false;
            };
            // No derivation is paid for here: what a slot's cost may be is checked before it is.
            for slot in file.logins() {
                if slot
                    .kdf
                    .is_some_and(|cost| cost.memory_kib > 1 << 20 || cost.passes > 10)
                {
                    let passphrase = crate::faults::passphrase();
                    assert!(
                        slot.open(&file.store_id, &Opener::Passphrase(&passphrase))
                            .is_err(),
                        "a ruinous cost is refused unpaid"
                    );
                }
            }
            assert!(
                file.open_recovery(&words).is_err()
                    || matches!(file.open_recovery(&words), Ok(None)),
                "other words open nothing"
            );
            assert!(
                file.open_grants(USER, &other).is_err(),
                "another's private key opens nothing"
            );
            match file.open_grants(USER, &private) {
                Ok(opened) => {
                    assert_eq!(
                        opened.store.bytes(),
                        ring.store.bytes(),
                        "no other store key"
                    );
                    assert_eq!(
                        opened.audit.bytes(),
                        ring.audit.bytes(),
                        "no other audit key"
                    );
                    for key in &opened.classes {
                        let same = ring.classes.iter().any(|one| {
                            (one.class, one.generation, one.key.bytes())
                                == (key.class, key.generation, key.key.bytes())
                        });
                        assert!(same, "no key takes another's place");
                    }
                    true
                }
                Err(_) => false,
            }
        },
    );
}
