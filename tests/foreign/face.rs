//! Haven's own hub, met by its FHIR face as any server.

use super::desk::Desk;
use super::support::hub::Hub;
use super::support::station::{PASSPHRASE, Station};
use super::{change, observation, patient, put, sync};

fn at_the_face(dir: &std::path::Path, name: &str, hub: &Hub) -> Desk {
    let folder = dir.join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let station = Desk::own(&folder);
    let file = station.file("password", PASSPHRASE.as_bytes());
    station.run(&[
        "remote",
        "add",
        "clinic",
        "--fhir",
        &format!("{}/fhir/R4", hub.url()),
        "--login",
        "ines",
        "--password-file",
        &file.display().to_string(),
        "--token-url",
        &format!("{}/auth/token", hub.url()),
    ]);
    station
}

#[test]
fn two_workstations_meet_at_the_hubs_fhir_face() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    // The login of someone who joined.
    Station::joined(dir.path(), &hub, &hub.url(), "ines", "clinician");
    let one = at_the_face(dir.path(), "one", &hub);
    let two = at_the_face(dir.path(), "two", &hub);
    put(
        &one,
        &patient("0192e5a0-0000-7000-8000-0000000000a1", "Okafor"),
    );
    put(
        &one,
        &observation(
            "0192e5a0-0000-7000-8000-0000000000b1",
            "0192e5a0-0000-7000-8000-0000000000a1",
            71,
        ),
    );
    assert_eq!(sync(&one)["pushed"], 2);
    assert_eq!(sync(&two)["pulled"], 2);
    let key = "Patient/0192e5a0-0000-7000-8000-0000000000a1";
    change(&one, key, |patient| patient["active"] = true.into());
    change(&two, key, |patient| patient["language"] = "es".into());
    for station in [&one, &two, &one] {
        sync(station);
    }
    let (here, there) = (one.run(&["get", key]), two.run(&["get", key]));
    assert_eq!(here, there);
    assert_eq!(
        (&here["active"], &here["language"]),
        (&true.into(), &"es".into())
    );
    two.run(&["delete", "Observation/0192e5a0-0000-7000-8000-0000000000b1"]);
    sync(&two);
    assert_eq!(sync(&one)["removed"], 1);
    for station in [&one, &two] {
        assert_eq!(station.run(&["status"])["pending"], 0);
        station.assert_sound();
    }
}
