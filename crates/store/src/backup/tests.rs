//! Ended at every place where it could be: the old or the new opens, never neither.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use haven_model::{Resource, Role, Timestamp};

use super::*;
use crate::failpoint::counting;
use crate::keys::KdfParams;
use crate::op::{Op, OpKind};
use crate::retention::{RetentionPolicy, RetentionRule};
use crate::store::{InitOptions, Store};
use crate::stored::RemoteVersion;

const NOW: Timestamp = Timestamp(1_795_442_700_000);
const USER: &str = "amina";
const ACT: &str = "HAVEN_TEST_ACT";
const PLACE: &str = "HAVEN_TEST_ENDS_AT";
const DIR: &str = "HAVEN_TEST_LIFE_DIR";

fn passphrase() -> Passphrase {
    Passphrase::new("four random words together".to_owned())
}

fn basic(id: &str) -> Resource {
    let body = format!(r#"{{"resourceType":"Basic","id":"{id}"}}"#);
    Resource::parse(body.as_bytes()).expect("valid")
}

/// A store with one edit that waits and some copies of what the server has.
fn clinic(dir: &Path) -> Store {
    let options = InitOptions {
        user: USER.to_owned(),
        display_name: "Amina".to_owned(),
        role: Role::Admin,
        clinic: "Riverside".to_owned(),
        device_name: "Laptop".to_owned(),
        device_id: None,
        kdf: KdfParams::default(),
    };
    let store = Store::init(dir, &options, &passphrase(), NOW).expect("made");
    store
        .transact(Op::new(OpKind::Pull, "sync", NOW), |tx| -> Result<()> {
            for n in 0..300 {
                let resource = basic(&format!("r{n}"));
                tx.apply_remote(RemoteVersion {
                    key: resource.key().clone(),
                    resource: Some(resource),
                    server_version: "1".to_owned(),
                    vector_clock: [("hub".to_owned(), n + 1)].into_iter().collect(),
                    last_modified: Timestamp(1_000),
                    device_id: None,
                    device_name: None,
                    user: None,
                    edited_at: None,
                })?;
            }
            tx.edit(basic("waits"))
        })
        .expect("kept");
    store
}

fn file(dir: &Path) -> PathBuf {
    dir.with_extension("backup")
}

fn restored(dir: &Path) -> PathBuf {
    dir.with_extension("restored")
}

fn act(name: &str, dir: &Path) -> Result<()> {
    let key = BackupKey::Passphrase {
        user: None,
        passphrase: passphrase(),
    };
    let unlocked = || Store::unlock(dir, USER, &passphrase(), NOW);
    match name {
        "backup" => {
            let store = unlocked()?;
            counting::end_at(ends_at());
            store.backup(&file(dir), NOW).map(drop)
        }
        "restore" => {
            counting::end_at(ends_at());
            let request = RestoreRequest {
                file: &file(dir),
                dir: &restored(dir),
                replacing: None,
            };
            Store::restore(&request, &key, NOW).map(drop)
        }
        "archive" => {
            let store = unlocked()?;
            counting::end_at(ends_at());
            store.archive_audit(NOW.plus_ms(1), NOW).map(drop)
        }
        "prune" => {
            let store = unlocked()?;
            counting::end_at(ends_at());
            store.prune(&all_old(), false, NOW).map(drop)
        }
        "migrate" => {
            counting::end_at(ends_at());
            for target in [Some(6), None] {
                Store::migrate_to(dir, USER, &passphrase(), target, true, NOW)?;
            }
            Ok(())
        }
        other => unreachable!("no act is called {other}"),
    }
}

fn all_old() -> RetentionPolicy {
    RetentionPolicy {
        default: RetentionRule {
            days: Some(1),
            whole_chart: false,
        },
        ..RetentionPolicy::default()
    }
}

fn ends_at() -> u64 {
    std::env::var(PLACE)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

/// The process that ends: not a story of its own, run by those below.
#[test]
fn acting_process() {
    let (Ok(name), Some(dir)) = (std::env::var(ACT), std::env::var_os(DIR)) else {
        return;
    };
    act(&name, Path::new(&dir)).expect("what is not ended succeeds");
}

/// Whether the act came to its end.
fn run_until(name: &str, dir: &Path, place: u64) -> bool {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "backup::tests::acting_process", "--nocapture"])
        .env(ACT, name)
        .env(PLACE, place.to_string())
        .env(DIR, dir)
        .output()
        .expect("a process of its own")
        .status
        .success()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("lists") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
    }
}

/// Ends the act at each of its places in turn, on a fresh copy of the same store each time.
fn at_every_place(
    name: &str,
    prepare: impl Fn(&Path, &StoreKeys),
    check: impl Fn(&Path, &StoreKeys, &str),
) {
    if std::env::var_os(ACT).is_some() {
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let whole = dir.path().join("whole");
    let keys = clinic(&whole).keys();
    let mut place = 0;
    loop {
        place += 1;
        let store = dir.path().join(format!("{name}-{place}"));
        copy(&whole, &store);
        prepare(&store, &keys);
        let ended_by_itself = run_until(name, &store, place);
        let what = format!("{name} ended at place {place}");
        let opened = Store::open_with_keys(&store, &keys, NOW).expect(&what);
        assert_eq!(
            opened.verify_deep().expect(&what).problems,
            Vec::new(),
            "{what}"
        );
        assert_eq!(
            opened.counts().expect(&what).pending,
            1,
            "{what}: what waits is not lost"
        );
        drop(opened);
        check(&store, &keys, &what);
        if ended_by_itself {
            break;
        }
        assert!(place < 100, "an act has an end");
    }
    assert!(place > 2, "{name} has places to end at");
    tell_places(name, place - 1);
}

fn tell_places(name: &str, places: u64) {
    use std::io::Write;
    let _ = writeln!(
        std::io::stderr(),
        "    {name}: ended at each of {places} places"
    );
}

#[test]
fn a_backup_ended_anywhere_leaves_the_older_one_or_the_newer_one() {
    at_every_place(
        "backup",
        |store, keys| {
            let older = Store::open_with_keys(store, keys, NOW).expect("opens");
            older.backup(&file(store), NOW).expect("an older backup");
        },
        |store, keys, what| {
            let report =
                verify_backup(&file(store), &BackupKey::Store(keys.clone()), NOW).expect(what);
            assert_eq!(report.problems, Vec::new(), "{what}");
        },
    );
}

#[test]
fn a_restore_ended_anywhere_leaves_a_whole_store_or_none() {
    at_every_place(
        "restore",
        |store, keys| {
            let source = Store::open_with_keys(store, keys, NOW).expect("opens");
            source.backup(&file(store), NOW).expect("a backup");
        },
        |store, keys, what| {
            let place = restored(store);
            if place.exists() {
                let opened = Store::open_with_keys(&place, keys, NOW).expect(what);
                assert_eq!(
                    opened.verify_deep().expect(what).problems,
                    Vec::new(),
                    "{what}"
                );
                return;
            }
            let request = RestoreRequest {
                file: &file(store),
                dir: &place,
                replacing: None,
            };
            let (again, _) =
                Store::restore(&request, &BackupKey::Store(keys.clone()), NOW).expect(what);
            assert_eq!(again.counts().expect(what).pending, 1, "{what}");
        },
    );
}

#[test]
fn schema_moves_ended_anywhere_leave_a_store_that_opens() {
    at_every_place("migrate", |_, _| {}, |_, _, _| {});
}

#[test]
fn archiving_ended_anywhere_loses_no_entry() {
    at_every_place("archive", |_, _| {}, |_, _, _| {});
}

#[test]
fn pruning_ended_anywhere_is_done_for_each_copy_or_not() {
    at_every_place("prune", |_, _| {}, |_, _, _| {});
}
