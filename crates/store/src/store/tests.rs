//! A full disk, and a transaction that panics.

use haven_model::{Resource, Role, Timestamp};

use super::{InitOptions, Store};
use crate::error::StoreError;
use crate::keys::{KdfParams, Passphrase};
use crate::op::{Op, OpKind};

const NOW: Timestamp = Timestamp(1_795_442_700_000);

fn store(dir: &std::path::Path) -> Store {
    let options = InitOptions {
        user: "amina".to_owned(),
        display_name: "Amina".to_owned(),
        role: Role::Admin,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    };
    Store::init(
        dir,
        &options,
        &Passphrase::new("four random words".to_owned()),
        NOW,
    )
    .expect("made")
}

fn note(n: usize) -> Resource {
    // Hardly compressible, so that the pages run out soon.
    let text: String = (0..200)
        .map(|k| format!("{:x}", (n * 7919 + k * 104_729) ^ (k << 9)))
        .collect();
    let body = format!(r#"{{"resourceType":"Basic","id":"b{n}","text":{{"div":"{text}"}}}}"#);
    Resource::parse(body.as_bytes()).expect("valid")
}

#[test]
fn a_full_disk_refuses_the_write_whole_and_leaves_the_store_readable() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = store(dir.path());
    let op = || Op::new(OpKind::Edit, "amina", NOW);
    store
        .transact(op(), |tx| tx.edit(note(0)))
        .expect("room for one");
    {
        let link = store.writer();
        let pages: i64 = link
            .connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .expect("pages");
        link.connection
            .pragma_update(None, "max_page_count", pages + 12)
            .expect("a small disk");
    }
    let mut kept = 1;
    let refused = loop {
        let outcome = store.transact(op(), |tx| {
            for n in 0..5 {
                tx.edit(note(kept * 5 + n))?;
            }
            Ok::<_, StoreError>(())
        });
        match outcome {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1000, "the disk must fill");
    };
    assert_eq!(refused.code().as_str(), "disk_full");
    assert!(
        refused.to_string().contains("safe"),
        "the message says what is safe"
    );
    let live = store.counts().expect("still readable").pending;
    assert_eq!(
        live as usize,
        1 + (kept - 1) * 5,
        "nothing of the refused write stayed"
    );
    assert!(store.verify_deep().expect("verifies").is_sound());
    store
        .writer()
        .connection
        .pragma_update(None, "max_page_count", 1_000_000)
        .expect("space was freed");
    store
        .transact(op(), |tx| tx.edit(note(99_999)))
        .expect("saves again");
}

#[test]
fn a_panic_inside_a_transaction_rolls_it_back_and_the_store_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = store(dir.path());
    let op = || Op::new(OpKind::Edit, "amina", NOW);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.transact(op(), |tx| -> Result<(), StoreError> {
            tx.edit(note(1))?;
            unreachable!("a bug in a caller")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(store.counts().expect("readable").pending, 0);
    store
        .transact(op(), |tx| tx.edit(note(2)))
        .expect("writes again");
    assert!(store.verify_deep().expect("verifies").is_sound());
}
