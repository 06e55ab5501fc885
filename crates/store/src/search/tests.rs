//! What stands in the search indexes: of rows that an older Haven wrote, and of sensitive ones.

use haven_model::{Resource, Role, Timestamp};
use rusqlite::types::Value;
use serde_json::{Value as Json, json};

use crate::keys::{KdfParams, Passphrase};
use crate::link::{Link, Purpose};
use crate::migration::migrate;
use crate::op::{Op, OpKind};
use crate::{InitOptions, NewUser, Store, StoreError};

const NOW: Timestamp = Timestamp(1_795_442_700_000);

fn passphrase() -> Passphrase {
    Passphrase::new("four random words".to_owned())
}

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
    Store::init(dir, &options, &passphrase(), NOW).expect("made")
}

fn keep(store: &Store, resources: impl IntoIterator<Item = Json>) {
    store
        .transact(Op::new(OpKind::Import, "amina", NOW), |tx| {
            for value in resources {
                tx.edit(Resource::from_value(&value).expect("a resource"))?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("kept");
}

fn reading(n: usize, meta: Json) -> Json {
    json!({"resourceType": "Observation", "id": format!("o{n}"), "status": "final", "meta": meta,
        "code": {"coding": [{"system": "urn:zq-system", "code": format!("zqcode{}", n % 5)}]},
        "category": [{"coding": [{"code": format!("zqcategory{}", n % 2)}]}],
        "subject": {"reference": "Patient/zqperson"}, "encounter": {"reference": "Encounter/zqvisit"},
        "identifier": [{"value": format!("ZQ {n}")}], "effectiveDateTime": "2024-02-03"})
}

fn rows(link: &Link, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = link.connection.prepare(sql).expect("a query");
    let width = statement.column_count();
    statement
        .query_map([], |row| (0..width).map(|at| row.get(at)).collect())
        .expect("rows")
        .collect::<rusqlite::Result<_>>()
        .expect("rows")
}

const TERMS: &str = "SELECT kind, text, system_no, row_id FROM term ORDER BY 1, 4, 2, 3";
const DATES: &str = "SELECT * FROM search_date ORDER BY 1, 2, 3";
const WAITING: &str = "SELECT row_id FROM search_pending";

fn tables(store: &Store) -> [Vec<Vec<Value>>; 2] {
    let link = store.writer_for_tests();
    [rows(&link, TERMS), rows(&link, DATES)]
}

/// Takes the store to the schema before this one and answers its keys.
fn aged(store: Store) -> crate::StoreKeys {
    let keys = store.keys();
    let dir = store.dir().to_owned();
    drop(store);
    let mut link = Link::open(&dir, &keys.ring.store, Purpose::Write).expect("opens");
    migrate(&mut link.connection, 6, NOW).expect("down");
    keys
}

#[test]
fn rows_of_an_older_haven_are_indexed_when_someone_who_may_read_them_unlocks() {
    let dir = tempfile::tempdir().expect("a folder");
    let made = store(dir.path());
    keep(
        &made,
        (0..1_200).map(|n| match n % 10 {
            0 => reading(n, json!({"security": [{"code": "R"}]})),
            _ => reading(n, json!({})),
        }),
    );
    keep(
        &made,
        [
            json!({"resourceType": "Patient", "id": "zqperson", "birthDate": "1962",
        "name": [{"family": "Zqfamily"}]}),
        ],
    );
    let desk = NewUser {
        name: "desk".to_owned(),
        display_name: "Desk".to_owned(),
        role: Role::FrontDesk,
        kdf: KdfParams::default(),
    };
    made.add_user(&desk, &passphrase(), NOW).expect("a login");
    let before = tables(&made);
    aged(made);

    let at_desk = Store::unlock(dir.path(), "desk", &passphrase(), NOW).expect("unlocks");
    let waiting = rows(&at_desk.writer_for_tests(), WAITING).len();
    assert_eq!(
        waiting, 1_200,
        "what the front desk cannot open goes on waiting"
    );
    drop(at_desk);

    let store = Store::unlock(dir.path(), "amina", &passphrase(), NOW).expect("unlocks");
    assert_eq!(rows(&store.writer_for_tests(), WAITING).len(), 0);
    assert_eq!(
        tables(&store),
        before,
        "as if they had been written by this Haven"
    );
    let report = store.verify_deep().expect("checked");
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

#[test]
fn rows_that_wait_to_be_indexed_are_found_and_may_be_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let made = store(dir.path());
    keep(&made, (0..20).map(|n| reading(n, json!({}))));
    let before = tables(&made);
    {
        let link = made.writer_for_tests();
        link.connection
            .execute_batch(
                "DELETE FROM term WHERE kind > 7; DELETE FROM search_date;
                 INSERT INTO search_pending SELECT row_id FROM resource;",
            )
            .expect("as a migration leaves it");
    }
    let count = |name: &str, value: &str| {
        let query = [(name.to_owned(), value.to_owned())];
        made.search("Observation", &query).expect("a page").total
    };
    for (name, value, found) in [
        ("category", "zqcategory1", 10),
        ("encounter", "Encounter/zqvisit", 20),
        ("date", "2024-02", 20),
        ("date", "gt2024-02", 0),
        ("code", "zqcode1", 4),
    ] {
        assert_eq!(count(name, value), found, "{name}={value}");
    }
    keep(
        &made,
        (0..20).map(|n| reading(n, json!({"tag": [{"code": "x"}]}))),
    );
    assert_eq!(tables(&made), before, "a change indexes what was not");
    assert_eq!(rows(&made.writer_for_tests(), WAITING).len(), 0);
}

#[test]
fn no_index_tells_anything_of_a_sensitive_row() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = store(dir.path());
    let restricted = json!({"security": [{"code": "V"}]});
    keep(
        &store,
        [
            reading(1, restricted.clone()),
            json!({"resourceType": "Patient", "id": "zqpatient", "meta": restricted, "birthDate": "1962-07-25",
            "name": [{"family": "Zqfamily", "given": ["Zqgiven"]}], "identifier": [{"value": "ZQ 7"}],
            "telecom": [{"value": "0790 0900"}]}),
        ],
    );
    let link = store.writer_for_tests();
    for (sql, what) in [
        ("SELECT text FROM word", "a word"),
        ("SELECT text FROM term", "a term"),
        (
            "SELECT sort_name, birth_date FROM patient_entry",
            "the list",
        ),
    ] {
        for row in rows(&link, sql) {
            let shown = format!("{row:?}").to_lowercase();
            assert!(
                !shown.contains("zq") && !shown.contains("1962"),
                "{what}: {shown}"
            );
        }
    }
    let plain = rows(
        &link,
        "SELECT kind, text FROM term WHERE typeof(text) <> 'blob'",
    );
    assert!(plain.is_empty(), "{plain:?}");
    let dated = rows(&link, "SELECT from_ms, length_ms FROM search_date");
    assert!(
        dated
            .iter()
            .all(|row| *row == [Value::Integer(i64::MIN), Value::Null]),
        "only that there are rows: {dated:?}"
    );
}
