//! A process that ends at any step between a conflict and its end loses nothing.

use super::clinic::{Clinic, born, patient};
use super::support::proxy::{Mood, Proxy};
use super::support::station::Station;

/// Kills both workstations after every step, and loses the answer to every request once.
#[test]
fn killed_after_every_step_it_goes_on_where_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));
    clinic.here.kill();
    clinic
        .here
        .ask(&format!("conflicts escalate {id} --comment 'look'"));
    clinic.here.kill();
    assert_eq!(clinic.here.one()["escalated"], true, "queued durably");
    clinic.here.sync();
    clinic.here.kill();
    clinic.admin.sync();
    clinic.admin.kill();
    assert_eq!(clinic.admin.one()["comments"][0]["text"], "look");
    clinic.admin.ask(&format!(
        "conflicts resolve {id} --take local --reason card"
    ));
    clinic.admin.kill();
    assert!(clinic.admin.open().is_empty(), "decided durably");
    clinic.hub.kill();
    clinic.admin.batch().any("sync --once");
    assert_eq!(
        clinic.here.one()["id"],
        id.as_str(),
        "still open where it began"
    );
    clinic.hub.serve();
    clinic.admin.sync();
    clinic.admin.kill();
    clinic.hub.kill();
    clinic.hub.serve();
    assert_eq!(
        clinic.here.ask("get Patient/p")["birthDate"],
        "1981-01-01",
        "until the decision is here, the edit is"
    );
    clinic.here.sync();
    clinic.here.kill();
    assert!(clinic.here.open().is_empty());
    let held = clinic.assert_agreed("Patient/p");
    assert_eq!(held["birthDate"], "1981-01-01");
}

/// Every request about a conflict reaches the hub, and its answer is lost: the next sync tells it
/// again, and the hub takes it for what it is.
#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let proxy = Proxy::to(&clinic.hub.address);
    let far = Station::joined(dir.path(), &clinic.hub, &proxy.url(), "dora", "clinician");
    let mut far = far.batch();
    far.ask("sync --once");
    clinic.there.change("Patient/p", born("1982-02-02"));
    clinic.there.sync();
    let mut edited = far.ask("get Patient/p");
    edited["birthDate"] = "1981-01-01".into();
    let path = clinic
        .there
        .station
        .file("far.json", edited.to_string().as_bytes());
    far.ask(&format!("put {}", path.display()));
    far.ask("sync --once");
    let id = far.ask("conflicts list")[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    far.ask(&format!(
        "conflicts escalate {id} --comment 'look' --assign chen"
    ));
    for path in [
        "/api/v2/conflicts",
        "/api/v2/conflicts/changes",
        "/api/v2/conflicts/",
    ] {
        proxy.set(Mood::CutsAnswer(path));
        far.any("sync --once");
    }
    proxy.set(Mood::Straight);
    far.ask("sync --once");
    far.ask("sync --once");
    let open = clinic.escalated("open");
    assert_eq!(open.len(), 1, "once");
    let comments = open[0]["comments"].as_array().expect("comments");
    assert_eq!(comments.len(), 1, "and said once: {comments:?}");
    assert_eq!(open[0]["assignee"], "chen");

    far.ask(&format!(
        "conflicts resolve {id} --take local --reason mine"
    ));
    proxy.set(Mood::CutsAnswer("/api/v2/sync/push"));
    far.any("sync --once");
    proxy.set(Mood::Straight);
    far.ask("sync --once");
    assert_eq!(far.ask("outbox list"), serde_json::json!([]));
    assert_eq!(clinic.escalated("open").len(), 0, "it is over");
    assert_eq!(clinic.at_hub("Patient/p")["birthDate"], "1981-01-01");
}
