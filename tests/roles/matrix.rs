//! Role × class × command, through the command line: permitted, refused with exit 4, or left out.

use haven_model::{Action, Role, SensitivityClass};
use serde_json::Value;

use super::clinic::{CLINICAL_WORDS, PEOPLE, REASON, SENSITIVE_WORDS, record, shared_laptop};
use super::support::folder;
use super::support::station::{Batch, Station};

fn type_of(class: SensitivityClass) -> &'static str {
    match class {
        SensitivityClass::Core => "Appointment",
        SensitivityClass::Clinical | SensitivityClass::Sensitive => "Condition",
        SensitivityClass::Admin => "Subscription",
    }
}

/// The class that an id of the clinic names; the two patients by theirs.
fn class_of(id: &str) -> SensitivityClass {
    match id {
        "patient-one-1" => SensitivityClass::Core,
        "p2" => SensitivityClass::Sensitive,
        id => id
            .rsplit_once('-')
            .and_then(|(_, word)| SensitivityClass::from_word(word))
            .expect("ids of the clinic name their class"),
    }
}

/// One login at the shared laptop.
struct Desk {
    user: &'static str,
    role: Role,
    station: Station,
    batch: Batch,
    answers: usize,
}

impl Desk {
    /// Asks, and holds the answer to what its role may see at all.
    fn any(&mut self, line: &str) -> Value {
        let answer = self.batch.any(line);
        self.answers += 1;
        let told = answer.to_string();
        let reads = |class| self.role.permits(Action::Read, class);
        for (class, words) in [
            (SensitivityClass::Sensitive, &SENSITIVE_WORDS[..]),
            (SensitivityClass::Clinical, &CLINICAL_WORDS[..]),
        ] {
            for word in words.iter().filter(|_| !reads(class)) {
                assert!(
                    !told.contains(word),
                    "{}: {line} tells {word}: {told}",
                    self.user
                );
            }
        }
        answer
    }

    /// Asks for something that is done exactly when `permitted`, and else refused as `not_permitted`.
    fn expect(&mut self, line: &str, permitted: bool) -> Value {
        let answer = self.any(line);
        let code = answer["code"]
            .as_str()
            .filter(|_| answer.get("retryable").is_some());
        let expected = if permitted {
            None
        } else {
            Some("not_permitted")
        };
        assert_eq!(
            code, expected,
            "{} ({:?}): {line}: {answer}",
            self.user, self.role
        );
        answer
    }

    /// Asserts that a list names nothing of a class that the role does not read.
    fn only_readable(&self, line: &str, ids: impl Iterator<Item = String>) -> usize {
        let mut count = 0;
        for id in ids {
            let class = class_of(&id);
            assert!(
                self.role.permits(Action::Read, class),
                "{}: {line} names {id} of {class:?}",
                self.user
            );
            count += 1;
        }
        count
    }
}

fn ids(list: &Value) -> impl Iterator<Item = String> {
    let list = list.as_array().cloned().unwrap_or_default();
    list.into_iter()
        .filter_map(|one| one["id"].as_str().map(str::to_owned))
}

/// The ids of `Type/id` keys or of key objects.
fn key_ids(list: &Value, member: &str) -> Vec<String> {
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter()
        .filter_map(|one| {
            let key = &one[member];
            let id = match key.as_str() {
                Some(key) => key.split_once('/').map(|(_, id)| id),
                None => key["id"].as_str(),
            };
            id.map(str::to_owned)
        })
        .collect()
}

#[test]
fn every_role_sees_and_does_through_the_command_line_what_its_table_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let whole = shared_laptop(dir.path());
    let mut answers = 0;
    for (user, role) in PEOPLE {
        let store = dir.path().join(user);
        folder::copy(&whole.store, &store);
        let station = Station {
            store,
            user: user.to_owned(),
            ..whole.clone()
        };
        let mut desk = Desk {
            user,
            role,
            batch: station.batch(),
            station,
            answers: 0,
        };
        one_by_one(&mut desk);
        lists(&mut desk);
        changes(&mut desk);
        answers += desk.answers;
        desk.batch.end();
    }
    super::support::say(&format!("{answers} answers held to the table"));
}

fn one_by_one(desk: &mut Desk) {
    for class in SensitivityClass::ALL {
        let name = class.as_str();
        let reads = desk.role.permits(Action::Read, class);
        for id in ["changed", "new", "plain"] {
            desk.expect(&format!("get {}/{id}-{name}", type_of(class)), reads);
        }
        desk.expect(&format!("history {}/changed-{name}", type_of(class)), reads);
    }
    let reads_hidden = desk.role.permits(Action::Read, SensitivityClass::Sensitive);
    desk.expect("get Patient/p2", reads_hidden);
}

/// What was given up: who reviews sees that it was, who reads the class what it was and why.
fn given_up(desk: &mut Desk, reviews: bool) {
    let answer = desk.expect("outbox discarded list", reviews);
    let listed = answer.as_array().cloned().unwrap_or_default();
    assert_eq!(listed.len(), if reviews { 2 } else { 0 });
    for one in listed {
        let id = one["key"]
            .as_str()
            .and_then(|key| key.split_once('/'))
            .expect("a key")
            .1;
        let reads = desk.role.permits(Action::Read, class_of(id));
        assert_eq!(one["readable"], reads);
        assert_eq!(one["reason"].is_string(), reads, "{one}");
        desk.expect(&format!("outbox discarded show {}", one["seq"]), reads);
    }
    if !reviews {
        desk.expect("outbox discarded show 1", false);
    }
}

fn lists(desk: &mut Desk) {
    for (line, least_for) in [
        ("search Appointment", SensitivityClass::Core),
        ("search Condition", SensitivityClass::Clinical),
        (
            "search 'Condition?code=sqx-710-secret'",
            SensitivityClass::Sensitive,
        ),
        (
            "search 'Condition?patient=patient-one-1'",
            SensitivityClass::Clinical,
        ),
        ("search Subscription", SensitivityClass::Admin),
        (
            "search 'Patient?name=quillfeather'",
            SensitivityClass::Sensitive,
        ),
        (
            "search 'Patient?birthdate=1971-03-14'",
            SensitivityClass::Sensitive,
        ),
    ] {
        let answer = desk.any(line);
        let count = desk.only_readable(line, ids(&answer));
        assert_eq!(
            count > 0,
            desk.role.permits(Action::Read, least_for),
            "{}: {line} finds what there is: {count}",
            desk.user
        );
    }
    for patient in ["patient-one-1", "p2"] {
        let line = format!("chart {patient}");
        let answer = desk.any(&line);
        desk.only_readable(&line, ids(&answer));
    }
    let outbox = desk.any("outbox list");
    desk.only_readable("outbox list", key_ids(&outbox, "key").into_iter());
    let conflicts = desk.any("conflicts list --all");
    desk.only_readable("conflicts list", key_ids(&conflicts, "key").into_iter());
    for class in [SensitivityClass::Clinical, SensitivityClass::Sensitive] {
        let line = format!("conflicts show Condition/disputed-{}", class.as_str());
        desk.expect(&line, desk.role.permits(Action::Read, class));
    }
    let folder = desk.station.store.with_extension("export");
    desk.any(&format!("export {}", folder.display()));
    for rows in folder::exported(&folder).values() {
        let ids = rows.iter().map(|row| folder::key(row).1);
        desk.only_readable("export", ids);
    }
    let audit = desk.any("audit list --limit 1000");
    let entries = audit.as_array().expect("entries");
    let reviews = desk.role.permits(Action::Read, SensitivityClass::Admin);
    assert_eq!(
        entries.iter().any(|entry| entry["actor"] != desk.user),
        reviews,
        "{}: the audit log is for those who review; others see their own acts",
        desk.user
    );
    given_up(desk, reviews);
    let openings = desk.any("break-glass --list");
    let told = openings.to_string().contains(REASON);
    assert_eq!(
        told,
        reviews || desk.role == Role::Nurse,
        "{}: who broke the glass and why",
        desk.user
    );
}

fn changes(desk: &mut Desk) {
    for class in SensitivityClass::ALL {
        let name = class.as_str();
        let permits = |action| desk.role.permits(action, class);
        let (writes, deletes) = (permits(Action::Write), permits(Action::Delete));
        let reads = permits(Action::Read);
        let file = desk.station.file(
            &format!("{name}.json"),
            record(class, &format!("plain-{name}"), "changed").as_bytes(),
        );
        desk.expect(&format!("put {}", file.display()), writes);
        let fresh = desk.station.file(
            &format!("fresh-{name}.json"),
            record(class, &format!("fresh-{name}"), "fresh").as_bytes(),
        );
        desk.expect(&format!("put {}", fresh.display()), writes);
        desk.expect(&format!("delete {}/plain-{name}", type_of(class)), deletes);
        desk.expect(&format!("keys rotate --class {name}"), reads);
    }
    // A label taken off is a change of a sensitive record all the same.
    let bare = record(SensitivityClass::Clinical, "changed-sensitive", "bare");
    let file = desk.station.file("bare.json", bare.as_bytes());
    let writes = desk
        .role
        .permits(Action::Write, SensitivityClass::Sensitive);
    desk.expect(&format!("put {}", file.display()), writes);
    let may = desk.role.may_break_glass(SensitivityClass::Sensitive);
    desk.expect(
        "break-glass patient-one-1 --reason 'found unconscious'",
        may,
    );
}

#[test]
fn a_refusal_exits_with_4_and_the_glass_opens_one_patient() {
    let dir = tempfile::tempdir().expect("a folder");
    let amina = shared_laptop(dir.path());
    let at = |user: &str| Station {
        user: user.to_owned(),
        ..amina.clone()
    };
    let femi = at("femi");
    for arguments in [
        &["get", "Condition/changed-clinical"][..],
        &["get", "Condition/changed-sensitive"],
        &["delete", "Appointment/plain-core"],
        &["break-glass", "patient-one-1", "--reason", "curious"],
        &["keys", "rotate", "--class", "clinical"],
        &["keys", "rotate", "--store-key"],
    ] {
        let refusal = femi.refused(arguments, 4, "not_permitted");
        assert!(
            !refusal.message.contains("vexatious"),
            "{}",
            refusal.message
        );
    }
    let nia = at("nia");
    nia.refused(&["get", "Condition/changed-sensitive"], 4, "not_permitted");
    let opened = nia.run(&[
        "break-glass",
        "patient-one-1",
        "--reason",
        "found unconscious",
    ]);
    assert_eq!(opened["patient"], "patient-one-1");
    let shown = nia.run(&["get", "Condition/changed-sensitive"]);
    assert_eq!(shown["code"]["text"], "vexatious-diagnosis");
    nia.refused(&["get", "Patient/p2"], 4, "not_permitted");
    let audrey = at("audrey");
    let log = audrey.run(&["audit", "list", "--limit", "50"]);
    let acts: Vec<(&str, &str)> = log
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| Some((entry["actor"].as_str()?, entry["action"].as_str()?)))
        .collect();
    assert!(acts.contains(&("nia", "break-glass")), "{acts:?}");
    assert!(
        acts.contains(&("nia", "read")),
        "what was read behind the glass is there: {acts:?}"
    );
    let openings = audrey.run(&["break-glass", "--list"]);
    assert_eq!(
        openings[0]["reason"], "found unconscious",
        "the auditor reviews why"
    );
    amina.assert_sound();
}
