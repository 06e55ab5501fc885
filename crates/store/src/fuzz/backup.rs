//! The backup file: header, parts, and the store's files within.

use sha2::{Digest, Sha256};

use super::mutate::{self, Dice};
use crate::backup::{BackupKey, verify_backup};
use crate::faults::model::{Model, perform};
use crate::faults::{NOW, new_store, quick_folder};
use crate::seal::{derived, keyed_digest};

const MAGIC: usize = 12;

/// The manifest of a backup file, and what comes behind its seals.
fn apart(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let length = u32::from_be_bytes([file[8], file[9], file[10], file[11]]);
    let end = MAGIC + usize::try_from(length).expect("small");
    (file[MAGIC..end].to_vec(), file[end + 64..].to_vec())
}

#[test]
fn a_backup_of_anyones_making() {
    let folder = quick_folder();
    let store = new_store(&folder.path().join("store"));
    let mut model = Model::default();
    for _ in 0..12 {
        let act = model.plan(3);
        perform(&store, &act, model.step + 1).expect("kept");
        model.apply(&act);
    }
    let path = folder.path().join("a.backup");
    store.backup(&path, NOW).expect("a backup");
    let keys = store.keys();
    let original = std::fs::read(&path).expect("reads");
    let (manifest, parts) = apart(&original);
    let mac_key = derived(&keys.ring.store, b"HVBACKUP1");
    // With checksum made good; by someone with the store's key, the seal too.
    let put_together = |manifest: &[u8], parts: &[u8], sealed: bool| {
        let length = u32::try_from(manifest.len()).expect("small").to_be_bytes();
        let head = [b"HVNBKUP1".as_slice(), &length, manifest].concat();
        let sum = Sha256::digest(&head);
        let mac = if sealed {
            keyed_digest(mac_key.as_ref(), &head)
        } else {
            [7; 32]
        };
        [head.as_slice(), &sum, &mac, parts].concat()
    };
    let tried = folder.path().join("tried.backup");
    super::fuzz(
        "backup",
        |dice: &mut Dice| match dice.below(8) {
            0 => mutate::bytes(&original, &manifest, dice),
            1 => original[..dice.below(original.len())].to_vec(),
            2 => {
                let mut flipped = original.clone();
                let at = dice.below(flipped.len());
                flipped[at] ^= 1 << dice.below(8);
                flipped
            }
            3 | 4 => {
                let changed = mutate::bytes(&manifest, &original[..manifest.len()], dice);
                put_together(&changed, &parts, dice.one_in(2))
            }
            _ => {
                let changed = mutate::json(&manifest, dice).unwrap_or_default();
                put_together(&changed, &parts, dice.one_in(2))
            }
        },
        |input| {
            std::fs::write(&tried, input).expect("written");
            match verify_backup(&tried, &BackupKey::Store(keys.clone()), NOW) {
                Err(_) => false,
                Ok(report) => {
                    let (told, _) = apart(input);
                    let same = |a: &[u8], b: &[u8]| {
                        let parse = |bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok();
                        parse(a) == parse(b)
                    };
                    // Only whoever holds the store's key can word the header otherwise.
                    let genuine = input == original
                        || !report.problems.is_empty()
                        || put_together(&told, &parts, true) == input;
                    assert!(
                        genuine || same(&told, &manifest),
                        "a changed backup passes for whole"
                    );
                    true
                }
            }
        },
    );
}
