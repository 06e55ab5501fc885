//! Stories of FHIR search: whatever is asked, the answer is that of looking at every resource.

#![expect(
    clippy::print_stderr,
    reason = "a seeded test says its seed, a skipped one why"
)]

mod clinic;
mod search_oracle;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use clinic::*;
use haven_model::{Resource, Role, json};
use haven_store::{KdfParams, NewUser, OpKind, SearchPage, Store, StoreError};
use search_oracle::{Dice, by_looking, has_query, plainly, query};
use serde_json::{Value, json};

fn asked(store: &Store, resource_type: &str, query: &[(String, String)]) -> SearchPage {
    store.search(resource_type, query).expect("a page")
}

fn ids(page: &SearchPage) -> Vec<String> {
    page.resources
        .iter()
        .map(|stored| stored.key.id.clone())
        .collect()
}

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn found(store: &Store, resource_type: &str, query: &[(&str, &str)]) -> Vec<String> {
    ids(&asked(store, resource_type, &pairs(query)))
}

fn keep(store: &Store, resources: &[Value]) {
    store
        .transact(op(OpKind::Import), |tx| {
            for value in resources {
                tx.edit(resource(value))?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("kept");
}

const RESTRICTED: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// A clinic with something of everything: zones, open periods, other bases, groups, sensitive ones.
fn everything(seed: u64) -> Vec<Value> {
    let mut dice = Dice(seed);
    let mut all = Vec::new();
    let families = [
        "García-Márquez",
        "O'Brien",
        "Smith",
        "Schmidt",
        "علوی",
        "山田",
        "Okafor",
    ];
    let given = ["José", "Zoë", "Sam", "Ana María", "علی", "太郎"];
    for n in 0..30 {
        let mut person = json!({"resourceType": "Patient", "id": format!("p{n}"),
            "name": [{"family": dice.one_of(&families), "given": [dice.one_of(&given)]}],
            "gender": dice.one_of(&["male", "female", "other"]), "active": n % 3 > 0,
            "birthDate": dice.one_of(&["1962-07-25", "1962-07", "1962", "1980-01-31", "2001-12-01"]),
            "telecom": [{"system": "phone", "value": format!("+44 20 7946 {n:04}")}],
            "address": [{"city": dice.one_of(&["West Ham", "Hamburg", "Örebro"])}],
            "identifier": [{"system": "urn:nhs", "value": format!("943 476 {n:04}"),
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                    "code": dice.one_of(&["MR", "NI"])}]}}]});
        if n % 7 == 0 {
            person["meta"] = json!({"security": [{"system": RESTRICTED, "code": "R"}]});
        }
        all.push(person);
        all.push(json!({"resourceType": "Encounter", "id": format!("e{n}"), "status": "finished",
            "class": {"code": "AMB"}, "subject": {"reference": format!("Patient/p{n}")},
            "period": dice.one_of(&[json!({"start": "2024-01-01T08:00:00Z", "end": "2024-01-01T09:00:00Z"}),
                json!({"start": "2024-03-31T23:30:00-05:00"}), json!({"end": "2023-12"}), json!({})])}));
    }
    for n in 0..200 {
        let owner = dice.below(34);
        let mut reading = json!({"resourceType": "Observation", "id": format!("o{n}"),
            "status": dice.one_of(&["final", "amended", "preliminary"]),
            "category": [{"coding": [{"system": "urn:cat", "code": dice.one_of(&["vital-signs", "laboratory"])}]}],
            "code": {"text": "Reading", "coding": [{"system": "http://loinc.org",
                "code": dice.one_of(&["8310-5", "2339-0", "718-7"]), "display": "A reading"}]},
            "subject": {"reference": match owner % 5 {
                0 => format!("https://a.example/fhir/Patient/p{owner}"),
                1 if owner > 29 => "Group/g".to_owned(),
                _ => format!("Patient/p{owner}"),
            }},
            "encounter": {"reference": format!("Encounter/e{}", dice.below(30))}});
        if n % 4 == 0 {
            let part = |dice: &mut Dice, code: &str| {
                json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                    "valueQuantity": {"value": 60 + dice.below(120), "unit": "mmHg",
                        "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}})
            };
            reading["component"] = json!([part(&mut dice, "8480-6"), part(&mut dice, "8462-4")]);
        }
        let unit = *dice.one_of(&["mg/dL", "g/L", "mmol/L"]);
        let number = dice.below(200) as f64 / 10.0;
        reading["valueQuantity"] = json!({"value": number, "unit": unit,
            "system": "http://unitsofmeasure.org", "code": unit});
        match dice.below(6) {
            0 => reading["effectivePeriod"] = json!({"start": "2024-02-01", "end": "2024-02-03"}),
            1 => reading["effectivePeriod"] = json!({"end": "2024-02-03"}),
            2 => reading["effectiveTiming"] = json!({"event": ["2024-02-05", "2024-02-09"]}),
            3 => {}
            _ => {
                reading["effectiveDateTime"] = dice
                    .one_of(&[
                        "2024-02-01T23:30:00-05:00",
                        "2024-02-02",
                        "2024-02",
                        "2023",
                        "2024-02-02T00:00:00.500Z",
                        "2024-02-29T12:00:00Z",
                    ])
                    .to_owned()
                    .into();
            }
        }
        if n % 11 == 0 {
            reading["meta"] = json!({"security": [{"code": "V"}], "tag": [{"code": "private"}]});
        }
        all.push(reading);
    }
    all.push(json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true}));
    all
}

/// How many queries are asked; `HAVEN_SEARCH_QUERIES` asks for more.
fn rounds(usual: usize) -> usize {
    std::env::var("HAVEN_SEARCH_QUERIES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

/// Asks seeded queries of a store that holds exactly these resources.
fn compare(store: &Store, resources: &[Value], seed: u64, rounds: usize) {
    eprintln!("seed {seed}, {rounds} queries");
    let mut dice = Dice(seed);
    let (mut asked_of, mut plain, mut hits) = (0, 0, 0);
    while asked_of < rounds {
        let seen = dice.one_of(resources);
        let resource_type = seen["resourceType"].as_str().expect("a type");
        let wanted = 1 + dice.below(3);
        let mut asked_for: Vec<_> = (0..wanted * 3)
            .filter_map(|_| query(&mut dice, resource_type, seen))
            .take(wanted)
            .collect();
        if dice.below(8) == 0 {
            asked_for.extend(has_query(&mut dice, resources, seen));
        }
        if asked_for.is_empty() {
            continue;
        }
        asked_of += 1;
        let expected = by_looking(resources, resource_type, &asked_for);
        hits += usize::from(!expected.is_empty());
        let mut whole = asked_for.clone();
        whole.extend(pairs(&[("_count", "1000"), ("_format", "json")]));
        let answered: BTreeSet<String> = match store.search(resource_type, &whole) {
            Ok(page) => {
                assert_eq!(
                    page.total,
                    expected.len() as u64,
                    "{resource_type}?{asked_for:?}"
                );
                ids(&page).into_iter().collect()
            }
            Err(error) => panic_free(&error, resource_type, &asked_for),
        };
        let shown: BTreeSet<String> = expected.iter().take(1000).cloned().collect();
        if expected.len() <= 1000 {
            assert_eq!(
                answered, shown,
                "{resource_type}?{asked_for:?}, seed {seed}"
            );
        }
        // One criterion at a time, told by code that shares nothing with the store or the model.
        if let [(name, value)] = asked_for.as_slice() {
            for one in resources
                .iter()
                .filter(|one| one["resourceType"] == resource_type)
            {
                if let Some(says) = plainly(one, resource_type, name, value) {
                    plain += 1;
                    let id = one["id"].as_str().expect("an id");
                    assert_eq!(
                        expected.contains(id),
                        says,
                        "{resource_type}/{id} {name}={value}"
                    );
                }
            }
        }
    }
    eprintln!("{hits} of {asked_of} found something; {plain} answers told by plain reading too");
    assert!(hits * 3 > asked_of, "the queries are about what is there");
}

fn panic_free(
    error: &StoreError,
    resource_type: &str,
    query: &[(String, String)],
) -> BTreeSet<String> {
    assert_eq!(
        error.code().as_str(),
        "done",
        "{resource_type}?{query:?}: {error}"
    );
    BTreeSet::new()
}

#[test]
fn an_indexed_answer_is_that_of_looking_at_everything() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let seed = 20_261_122;
    let mut all = everything(seed);
    keep(&store, &all);
    // Some change, some go: an index that lags behind would tell.
    let changed: Vec<Value> = everything(seed + 1).into_iter().step_by(3).collect();
    keep(&store, &changed);
    for value in changed {
        let same = |one: &&mut Value| {
            one["id"] == value["id"] && one["resourceType"] == value["resourceType"]
        };
        if let Some(at) = all.iter_mut().find(same) {
            *at = value;
        }
    }
    for n in (0..200).step_by(9) {
        store
            .transact(op(OpKind::Edit), |tx| {
                tx.delete(&key(&format!("Observation/o{n}")))
            })
            .expect("deleted");
        all.retain(|one| one["id"] != format!("o{n}") || one["resourceType"] != "Observation");
    }
    compare(&store, &all, seed, rounds(200));
}

fn data(name: &str) -> Option<Vec<Value>> {
    let folder = std::env::var_os("HAVEN_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    let mut files: Vec<PathBuf> = match std::fs::read_dir(&path) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![path],
    };
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let mut text = String::new();
        let opened = std::fs::File::open(file).ok()?;
        zstd::Decoder::new(opened)
            .ok()?
            .read_to_string(&mut text)
            .ok()?;
        all.extend(
            text.lines()
                .filter_map(|line| json::parse(line.as_bytes()).ok()),
        );
    }
    Some(all)
}

#[test]
fn so_it_is_with_real_resources() {
    for (name, every, usual) in [("r4-examples.ndjson.zst", 1, 80), ("synthea-demo", 12, 25)] {
        let Some(lines) = data(name) else {
            eprintln!("skipped: no data folder");
            return;
        };
        let dir = tempfile::tempdir().expect("a folder");
        let store = new_store(dir.path());
        let mut kept: Vec<Value> = Vec::new();
        let mut seen = BTreeSet::new();
        for line in lines.into_iter().step_by(every) {
            let known = Resource::from_value(&line).ok().filter(|one| {
                haven_model::definitions::r4().is_resource_type(&one.key().resource_type)
            });
            if known.is_some_and(|one| seen.insert(one.key().clone())) {
                kept.push(line);
            }
        }
        keep(&store, &kept);
        compare(&store, &kept, 7, rounds(usual));
    }
}

#[test]
fn pages_are_complete_and_repeat_nothing_in_every_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    keep(&store, &everything(3));
    for sort in [
        "",
        "date",
        "-date",
        "code,-date",
        "-value-quantity,_id",
        "_id",
        "-_lastUpdated",
        "status,subject",
        "-_id",
    ] {
        for narrowed in [vec![], vec![("code", "8310-5")], vec![("date", "ge2024")]] {
            let mut query = narrowed.clone();
            if !sort.is_empty() {
                query.push(("_sort", sort));
            }
            query.push(("_count", "1000"));
            let whole = found(&store, "Observation", &query);
            let (mut offset, mut paged) = (0_u64, Vec::new());
            loop {
                let at = offset.to_string();
                let mut part = query.clone();
                part.pop();
                part.extend([
                    ("_count", "7"),
                    ("_offset", at.as_str()),
                    ("_total", "none"),
                ]);
                let page = asked(&store, "Observation", &pairs(&part));
                paged.extend(ids(&page));
                match page.next_offset {
                    Some(next) => offset = next,
                    None => break,
                }
            }
            assert_eq!(paged, whole, "_sort={sort} {narrowed:?}");
            let distinct: BTreeSet<_> = whole.iter().collect();
            assert_eq!(distinct.len(), whole.len(), "nothing twice, _sort={sort}");
        }
    }
    let by_id = found(&store, "Patient", &[("_sort", "-_id"), ("_count", "3")]);
    assert_eq!(by_id, ["p9", "p8", "p7"]);
    let page = asked(
        &store,
        "Observation",
        &pairs(&[("_sort", "date"), ("_count", "1000")]),
    );
    let dated: Vec<bool> = page
        .resources
        .iter()
        .map(|stored| {
            let body = stored.resource.as_ref().expect("a body").value();
            ["effectiveDateTime", "effectivePeriod", "effectiveTiming"]
                .iter()
                .any(|name| body.get(name).is_some())
        })
        .collect();
    assert!(
        dated.is_sorted_by(|left, right| left >= right),
        "what has no date comes last"
    );
    let count = asked(&store, "Patient", &pairs(&[("_summary", "count")]));
    assert_eq!((count.total, count.resources.len()), (30, 0));
}

#[test]
fn chains_and_includes_follow_references() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    keep(
        &store,
        &[
            json!({"resourceType": "Patient", "id": "a", "name": [{"family": "Garcia"}], "generalPractitioner": [{"reference": "Practitioner/d"}]}),
            json!({"resourceType": "Patient", "id": "b", "name": [{"family": "Garland"}],
            "meta": {"security": [{"code": "R"}]}}),
            json!({"resourceType": "Practitioner", "id": "d", "name": [{"family": "Okafor"}]}),
            json!({"resourceType": "Encounter", "id": "e", "status": "finished", "class": {"code": "AMB"},
            "subject": {"reference": "Patient/a"}, "participant": [{"individual": {"reference": "Practitioner/d"}}]}),
            json!({"resourceType": "Observation", "id": "oa", "status": "final", "code": {"text": "x"},
            "subject": {"reference": "Patient/a"}, "encounter": {"reference": "Encounter/e"}}),
            json!({"resourceType": "Observation", "id": "ob", "status": "final", "code": {"text": "x"},
            "subject": {"reference": "Patient/b"}}),
        ],
    );
    for (query, expected) in [
        (("subject:Patient.name", "gar"), vec!["oa", "ob"]),
        (("patient.family", "garl"), vec!["ob"]),
        (("subject.name", "garc"), vec!["oa"]),
        (("encounter.status", "finished"), vec!["oa"]),
        (
            ("encounter:Encounter.participant", "Practitioner/d"),
            vec!["oa"],
        ),
        (("patient.name", "nobody"), vec![]),
        (("patient.name:exact", "Garcia"), vec!["oa"]),
    ] {
        assert_eq!(
            found(&store, "Observation", &[query]),
            expected,
            "{query:?}"
        );
    }
    let included = |resource_type, query: &[(&str, &str)]| -> Vec<String> {
        let page = asked(&store, resource_type, &pairs(query));
        page.included
            .iter()
            .map(|stored| stored.key.to_string())
            .collect()
    };
    assert_eq!(
        included(
            "Observation",
            &[
                ("_include", "Observation:subject"),
                ("_include", "Observation:encounter")
            ]
        ),
        ["Patient/a", "Patient/b", "Encounter/e"]
    );
    assert_eq!(
        included("Observation", &[("_include", "Observation:subject:Group")]),
        [""; 0]
    );
    assert_eq!(
        included(
            "Patient",
            &[
                ("_id", "a"),
                ("_revinclude", "Observation:patient"),
                ("_revinclude", "Encounter:subject"),
                ("_include", "Patient:general-practitioner")
            ]
        ),
        ["Practitioner/d", "Observation/oa", "Encounter/e"]
    );
    assert_eq!(
        included("Encounter", &[("_revinclude", "Observation:encounter")]),
        ["Observation/oa"]
    );
}

#[test]
fn a_front_desk_finds_nothing_of_what_it_may_not_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    keep(&store, &everything(5));
    let desk = NewUser {
        name: "desk".to_owned(),
        display_name: "Front desk".to_owned(),
        role: Role::FrontDesk,
        kdf: KdfParams::default(),
    };
    store.add_user(&desk, &passphrase(), NOW).expect("a login");
    drop(store);
    let store = Store::unlock(dir.path(), "desk", &passphrase(), NOW).expect("unlocks");
    for (resource_type, query) in [
        ("Observation", vec![("code", "8310-5")]),
        ("Observation", vec![("patient", "p1")]),
        ("Observation", vec![("_tag", "private")]),
        ("Patient", vec![("_security", "R")]),
        ("Patient", vec![("_id", "p0")]),
        ("Patient", vec![("identifier", "urn:nhs|9434760000")]),
        ("Patient", vec![("phone", "79460000")]),
    ] {
        let page = asked(&store, resource_type, &pairs(&query));
        assert_eq!(
            (page.total, page.resources.len()),
            (0, 0),
            "{resource_type}?{query:?}"
        );
    }
    let page = asked(
        &store,
        "Patient",
        &pairs(&[("_revinclude", "Observation:subject")]),
    );
    assert_eq!(
        (page.total, page.included.len()),
        (25, 0),
        "30 less the sensitive ones"
    );
}

#[test]
fn parts_that_belong_together_and_what_refers_to_a_match() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = new_store(dir.path());
    let pressure = |id: &str, patient: &str, systolic: u32, diastolic: u32| {
        let part = |code: &str, value: u32| {
            json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                "valueQuantity": {"value": value, "unit": "mmHg",
                    "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}})
        };
        json!({"resourceType": "Observation", "id": id, "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
            "subject": {"reference": format!("Patient/{patient}")},
            "component": [part("8480-6", systolic), part("8462-4", diastolic)]})
    };
    keep(
        &store,
        &[
            json!({"resourceType": "Patient", "id": "a", "managingOrganization": {"reference": "Organization/o1"},
                "identifier": [{"type": {"coding": [{"system": "urn:types", "code": "MR"}]}, "value": "12 34"},
                    {"type": {"coding": [{"system": "urn:types", "code": "NI"}]}, "value": "56"}]}),
            json!({"resourceType": "Patient", "id": "b"}),
            json!({"resourceType": "Organization", "id": "o1", "partOf": {"reference": "Organization/o2"}}),
            json!({"resourceType": "Organization", "id": "o2", "partOf": {"reference": "Organization/o1"}}),
            pressure("high", "a", 150, 80),
            pressure("low", "b", 90, 60),
            json!({"resourceType": "Observation", "id": "t", "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "8310-5"}]},
                "subject": {"reference": "Patient/b"},
                "valueQuantity": {"value": 37.5, "unit": "Cel", "system": "http://unitsofmeasure.org", "code": "Cel"}}),
        ],
    );
    for (resource_type, name, value, expected) in [
        (
            "Observation",
            "component-code-value-quantity",
            "8480-6$gt140",
            vec!["high"],
        ),
        // 150 is the systolic one.
        (
            "Observation",
            "component-code-value-quantity",
            "8462-4$gt140",
            vec![],
        ),
        (
            "Observation",
            "combo-code-value-quantity",
            "8310-5$gt37,http://loinc.org|8480-6$lt100",
            vec!["low", "t"],
        ),
        (
            "Observation",
            "code-value-quantity",
            "8310-5$37.5||Cel",
            vec!["t"],
        ),
        ("Observation", "code-value-quantity", "85354-9$37.5", vec![]),
        (
            "Patient",
            "_has:Observation:patient:code",
            "8310-5",
            vec!["b"],
        ),
        (
            "Patient",
            "_has:Observation:subject:component-code-value-quantity",
            "8480-6$gt140",
            vec!["a"],
        ),
        (
            "Patient",
            "_has:Observation:patient:code:not",
            "8310-5",
            vec!["a", "b"],
        ),
        (
            "Patient",
            "identifier:of-type",
            "urn:types|MR|1234",
            vec!["a"],
        ),
        ("Patient", "identifier:of-type", "urn:types|NI|1234", vec![]),
    ] {
        assert_eq!(
            found(&store, resource_type, &[(name, value)]),
            expected,
            "{name}={value}"
        );
    }
    let both = [
        ("_has:Observation:patient:code", "85354-9"),
        ("_has:Observation:patient:code", "8310-5"),
    ];
    assert_eq!(found(&store, "Patient", &both), ["b"], "each must hold");
    let included = |query: &[(&str, &str)]| -> Vec<String> {
        let page = asked(&store, "Observation", &pairs(query));
        page.included
            .iter()
            .map(|stored| stored.key.to_string())
            .collect()
    };
    let steps = [
        ("_id", "high"),
        ("_include", "Observation:subject"),
        ("_include:iterate", "Patient:organization"),
        ("_include:iterate", "Organization:partof"),
        ("_revinclude:iterate", "Observation:subject"),
    ];
    assert_eq!(
        included(&steps),
        ["Patient/a", "Organization/o1", "Organization/o2"],
        "a circle ends, and no match is included"
    );
    assert_eq!(included(&steps[..2]), ["Patient/a"]);
    for (name, value) in [
        ("code:in", "http://example.org/vs"),
        ("code:not-in", "http://example.org/vs"),
        ("code:above", "x"),
        ("code:below", "x"),
        ("code-value-quantity:missing", "true"),
        (
            "_has:Observation:patient:_has:Encounter:subject:status",
            "x",
        ),
        ("_has:Observation:patient:subject.name", "x"),
        ("_has:Observation:nothing:code", "x"),
        ("_summary", "true"),
        ("_include:recurse", "Observation:subject"),
    ] {
        let refused = store
            .search("Observation", &pairs(&[(name, value)]))
            .expect_err(name);
        assert_eq!(
            refused.code().as_str(),
            "unsupported_search",
            "{name}: {refused}"
        );
    }
    let refused = store
        .search("Observation", &pairs(&[("code-value-quantity", "8310-5")]))
        .expect_err("half a value");
    assert_eq!(refused.code().as_str(), "invalid");
}
