//! Two workstations and a hub hold the same bytes.

use haven_model::splice::without_server_meta;
use haven_model::{Resource, Timestamp};
use serde_json::Value;

use super::support::folder;
use super::support::hub::Hub;
use super::support::station::Station;
use super::support::{data, rows, say};
use super::{export, ndjson_file};

/// Asserts that a synced resource is the imported one with the hub's `meta`, and nothing else.
fn assert_only_server_meta(imported: &[u8], synced: &[u8]) {
    let parse = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).expect("JSON") };
    let after = parse(synced);
    assert_eq!(
        without_server_meta(&parse(imported)).to_string(),
        without_server_meta(&after).to_string(),
        "members, their order and every number's text stay"
    );
    let meta = |name: &str| {
        after["meta"][name]
            .as_str()
            .expect("the hub names it")
            .to_owned()
    };
    let at = Timestamp::parse(&meta("lastUpdated")).expect("an instant");
    let expected = Resource::parse(imported)
        .and_then(|resource| resource.with_server_meta(&meta("versionId"), at))
        .expect("what was imported can be stamped");
    assert!(
        expected.bytes() == synced,
        "escapes and spaces stay too:\n{}\n{}",
        String::from_utf8_lossy(expected.bytes()),
        String::from_utf8_lossy(synced)
    );
}

#[test]
fn two_workstations_and_the_hub_hold_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(dir.path(), "hub");
    let mut all = rows::nasty();
    all.extend(rows::clinic(3, 5));
    if let Some(data) = data() {
        let packed = std::fs::read(data.join("r4-examples.ndjson.zst")).expect("the examples");
        let examples = folder::split(&zstd::decode_all(packed.as_slice()).expect("zstd"));
        // Ids that repeat are the story of another test.
        let mut seen: Vec<_> = all.iter().map(|row| folder::key(row)).collect();
        for row in examples {
            let key = folder::key(&row);
            if !key.1.is_empty() && !seen.contains(&key) {
                seen.push(key);
                all.push(row);
            }
        }
    }
    let path = ndjson_file(dir.path(), "all.ndjson", &all);
    let ours = Station::joined(dir.path(), &hub, &hub.url(), "albertine", "admin");
    assert_eq!(ours.run(&["import", &path])["imported"], all.len());
    let sent = ours.run(&["sync", "--once"]);
    assert_eq!(
        sent["pushed"],
        all.len(),
        "all that was imported is sent: {sent}"
    );
    let theirs = Station::joined(dir.path(), &hub, &hub.url(), "bashir", "admin");
    let received = theirs.run(&["sync", "--once"]);
    assert_eq!(received["pulled"], all.len(), "and received: {received}");

    let out = export(&ours, dir.path().join("ours"));
    let other = export(&theirs, dir.path().join("theirs"));
    folder::assert_same(&out, &other, "both workstations");
    let synced: std::collections::BTreeMap<_, _> = out
        .values()
        .flatten()
        .map(|row| (folder::key(row), row))
        .collect();
    let token = hub.token();
    for row in &all {
        let key = folder::key(row);
        let held = synced
            .get(&key)
            .expect("every imported resource is exported");
        assert_only_server_meta(row, held);
        let (status, body) = hub.fhir(&token, &format!("{}/{}", key.0, key.1));
        assert_eq!(status, 200, "{}/{} is at the hub", key.0, key.1);
        assert!(
            body == **held,
            "{}/{}: the hub answers the same bytes",
            key.0,
            key.1
        );
    }
    for station in [&ours, &theirs] {
        let status = station.run(&["status"]);
        assert_eq!(
            (&status["pending"], &status["conflicts"]),
            (&0.into(), &0.into())
        );
        let again = station.run(&["sync", "--once"]);
        assert_eq!(
            (&again["pushed"], &again["pulled"]),
            (&0.into(), &0.into()),
            "nothing goes round in circles: {again}"
        );
        station.assert_sound();
    }
    say(&format!("{} resources the same in three places", all.len()));
}
