//! Stories of finding people and their resources.

mod clinic;

use clinic::*;
use haven_store::{OpKind, PatientFilter, PatientQuery, Store};
use serde_json::{Value, json};

fn family(store: &Store, typed: &str) -> Vec<String> {
    let query = PatientQuery {
        text: typed.to_owned(),
        ..PatientQuery::default()
    };
    let page = store.patients(&query).expect("a list");
    assert_eq!(
        page.total,
        page.rows.len() as u64,
        "the total counts what is shown"
    );
    page.rows
        .into_iter()
        .map(|row| row.patient.key.id)
        .collect()
}

fn search(store: &Store, resource_type: &str, query: &[(&str, &str)]) -> Vec<String> {
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    store
        .search(resource_type, &query)
        .expect("a page")
        .resources
        .into_iter()
        .map(|stored| stored.key.id)
        .collect()
}

fn people(store: &Store) {
    let people: Vec<Value> = vec![
        json!({"id": "garcia", "name": [{"use": "official", "family": "García-Márquez", "given": ["José", "Luis"]}],
            "birthDate": "1962-07-25", "telecom": [{"system": "phone", "value": "+44 (0)20 7946-0958"}],
            "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "943 476 5919"}]}),
        json!({"id": "obrien", "name": [{"family": "O'Brien", "given": ["Zoë"]}], "birthDate": "1980-01-02"}),
        json!({"id": "rajavi", "name": [{"family": "علوی", "given": ["علی"]}], "birthDate": "1971-03"}),
        json!({"id": "yamada", "name": [{"text": "山田太郎"}], "birthDate": "1999"}),
        json!({"id": "fyodor", "name": [{"family": "Фёдоров", "given": ["Пётр"]}]}),
        json!({"id": "hidden", "name": [{"family": "Whitlock", "given": ["Sam"]}], "birthDate": "1990-05-05",
            "identifier": [{"system": "s", "value": "HID 77"}],
            "meta": {"security": [{"code": "R"}]}}),
    ];
    store
        .transact(op(OpKind::Import), |tx| {
            for mut person in people {
                person["resourceType"] = "Patient".into();
                tx.edit(resource(&person))?;
            }
            Ok::<_, haven_store::StoreError>(())
        })
        .expect("kept");
}

#[test]
fn people_are_found_however_their_name_is_typed() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    people(&store);
    for (typed, found) in [
        ("gar", vec!["garcia"]),
        ("MARQUEZ", vec!["garcia"]),
        ("jose garcia", vec!["garcia"]),
        ("luis garcía", vec!["garcia"]),
        ("jose obrien", vec![]),
        ("o'br", vec!["obrien"]),
        ("obrien zoe", vec!["obrien"]),
        ("Brien", vec!["obrien"]),
        ("علي", vec!["rajavi"]),
        ("علوي", vec!["rajavi"]),
        ("太郎", vec!["yamada"]),
        ("федор", vec!["fyodor"]),
        ("1962", vec!["garcia"]),
        ("25-Jul-1962", vec!["garcia"]),
        ("25/07/1962", vec!["garcia"]),
        ("1962-07", vec!["garcia"]),
        ("garcia 1962-07-25", vec!["garcia"]),
        ("obrien 1962", vec![]),
        ("943 476 5919", vec!["garcia"]),
        ("9434765919", vec!["garcia"]),
        ("79460958", vec!["garcia"]),
        ("whitlock", vec!["hidden"]),
        ("whitl", vec![]),
        ("hid77", vec!["hidden"]),
        ("1990-05-05", vec!["hidden"]),
        ("'; DROP TABLE term; --", vec![]),
    ] {
        assert_eq!(family(&store, typed), found, "typed {typed:?}");
    }
    assert_eq!(family(&store, "").len(), 6, "nothing typed, everyone shown");
}

#[test]
fn a_changed_name_is_found_by_the_new_one_only() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    edit(&store, patient("p1", "Garcia"));
    edit(&store, patient("p1", "Lopez"));
    assert_eq!(
        (
            family(&store, "garcia").len(),
            family(&store, "lopez").len()
        ),
        (0, 1)
    );
    store
        .transact(op(OpKind::Edit), |tx| tx.delete(&key("Patient/p1")))
        .expect("deleted");
    assert_eq!(
        family(&store, "lopez").len(),
        0,
        "a deleted patient is not listed"
    );
}

#[test]
fn the_list_shows_where_each_chart_stands() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    pull(&store, remote(&patient("p1", "Adams"), 1, "b"));
    pull(&store, remote(&patient("p2", "Brown"), 2, "b"));
    let visit = json!({"resourceType": "Encounter", "id": "e1", "status": "finished",
        "class": {"code": "AMB"}, "subject": {"reference": "Patient/p1"}, "period": {"start": "2026-11-02T09:00:00Z"}});
    pull(&store, remote(&resource(&visit), 3, "b"));
    edit(&store, observation("o1", "p2", 38.4));
    let page = store.patients(&PatientQuery::default()).expect("list");
    let adams = &page.rows[0];
    assert_eq!(
        (adams.patient.key.id.as_str(), adams.pending),
        ("p1", 0),
        "in order of name"
    );
    assert_eq!(adams.last_seen.as_deref(), Some("2026-11-02T09:00:00Z"));
    assert_eq!(adams.last_synced, Some(NOW));
    assert_eq!(page.rows[1].pending, 1);
    for (filter, found) in [
        (PatientFilter::NotSynced, vec!["p2"]),
        (PatientFilter::NeedsReview, vec![]),
        (
            PatientFilter::Today(vec!["p1".to_owned(), "gone".to_owned()]),
            vec!["p1"],
        ),
        (PatientFilter::Today(Vec::new()), vec![]),
    ] {
        let query = PatientQuery {
            filter: filter.clone(),
            ..PatientQuery::default()
        };
        let ids: Vec<_> = store
            .patients(&query)
            .expect("list")
            .rows
            .into_iter()
            .map(|row| row.patient.key.id)
            .collect();
        assert_eq!(ids, found, "{filter:?}");
    }
    let second = PatientQuery {
        offset: 1,
        limit: 1,
        ..PatientQuery::default()
    };
    let page = store.patients(&second).expect("list");
    assert_eq!(
        (page.total, page.rows[0].patient.key.id.as_str()),
        (2, "p2")
    );
}

#[test]
fn a_search_answers_in_pages_and_refuses_what_it_does_not_know() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    people(&store);
    for n in 0..5 {
        pull(
            &store,
            remote(&observation(&format!("o{n}"), "garcia", 36.0), n + 1, "b"),
        );
    }
    assert_eq!(search(&store, "Patient", &[("name", "gar")]), ["garcia"]);
    assert_eq!(search(&store, "Patient", &[("family", "jose")]), [""; 0]);
    assert_eq!(
        search(
            &store,
            "Patient",
            &[("given", "jose"), ("family", "márquez")]
        ),
        ["garcia"]
    );
    assert_eq!(
        search(&store, "Patient", &[("birthdate", "ge1980")]),
        ["obrien", "yamada", "hidden"],
        "who may see a sensitive one finds it by every parameter"
    );
    assert_eq!(
        search(&store, "Patient", &[("birthdate", "1962-07")]),
        ["garcia"]
    );
    assert_eq!(
        search(&store, "Patient", &[("birthdate", "lt1971-03")]),
        ["garcia"]
    );
    assert_eq!(search(&store, "Patient", &[("phone", "79460959")]), [""; 0]);
    assert_eq!(
        search(&store, "Patient", &[("phone", "79460958")]),
        ["garcia"]
    );
    assert_eq!(
        search(
            &store,
            "Patient",
            &[("identifier", "https://fhir.nhs.uk/Id/nhs-number|9434765919")]
        ),
        ["garcia"]
    );
    assert_eq!(
        search(&store, "Patient", &[("identifier", "s|HID 77")]),
        ["hidden"]
    );
    assert_eq!(
        search(&store, "Patient", &[("identifier", "other|9434765919")]),
        [""; 0]
    );
    assert_eq!(
        search(&store, "Patient", &[("_id", "obrien,yamada,none")]),
        ["obrien", "yamada"]
    );
    assert_eq!(
        search(&store, "Observation", &[("patient", "garcia")]).len(),
        5
    );
    assert_eq!(
        search(
            &store,
            "Observation",
            &[
                ("subject", "Patient/garcia"),
                ("code", "http://loinc.org|8310-5")
            ]
        )
        .len(),
        5
    );
    assert_eq!(
        search(
            &store,
            "Observation",
            &[("code", "http://snomed.info/sct|8310-5")]
        )
        .len(),
        0
    );
    assert_eq!(
        search(
            &store,
            "Observation",
            &[("code", "8310-5,x"), ("_count", "2"), ("_offset", "4")]
        ),
        ["o4"]
    );
    assert_eq!(
        search(
            &store,
            "Observation",
            &[("_sort", "-_lastUpdated"), ("_count", "1")]
        ),
        ["o4"]
    );
    assert_eq!(
        search(
            &store,
            "Observation",
            &[("_lastUpdated", "ge2000"), ("_lastUpdated", "lt2100-01")]
        )
        .len(),
        5
    );
    assert_eq!(
        search(&store, "Observation", &[("_lastUpdated", "gt2100")]).len(),
        0
    );
    let page = store
        .search("Observation", &[("_count".to_owned(), "2".to_owned())])
        .expect("a page");
    assert_eq!((page.total, page.next_offset), (5, Some(2)));
    for (name, value) in [("name:above", "x"), ("shoe-size", "43"), ("_sort", "size")] {
        let refused = store.search("Patient", &[(name.to_owned(), value.to_owned())]);
        let error = refused.expect_err("not silently left out");
        assert_eq!(error.code().as_str(), "unsupported_search");
        assert!(error.to_string().contains(name), "{error} must name it");
    }
    assert_eq!(
        code(store.search(
            "Observation",
            &[("_lastUpdated".to_owned(), "soon".to_owned())]
        )),
        "invalid"
    );
}
