//! Bad input: refused by name, the good rows beside it kept.

use std::fs;

use serde_json::{Value, json};

use super::support::folder;
use super::support::rows;
use super::support::station::Station;
use super::{file_of, patient};

/// A bad body, and a word that the reason must hold.
fn bad() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let mut invalid_utf8 = text(r#"{"resourceType":"Patient","id":"u","gender":""#);
    invalid_utf8.extend(b"\xff\xfe\"}");
    let large = format!(
        r#"{{"resourceType":"Binary","id":"large","contentType":"text/plain","data":"{}"}}"#,
        "QUJD".repeat(5 * 1024 * 1024)
    );
    vec![
        ("not JSON", text("hello"), "JSON"),
        (
            "cut short",
            text(r#"{"resourceType":"Patient","id":"#),
            "JSON",
        ),
        (
            "two documents",
            text(r#"{"resourceType":"Patient","id":"a"}{"resourceType":"Patient","id":"b"}"#),
            "JSON",
        ),
        ("an array", text("[1,2]"), "object"),
        (
            "a repeated key",
            text(r#"{"resourceType":"Patient","id":"r","gender":"male","gender":"female"}"#),
            "repeated key",
        ),
        (
            "a repeated key deep inside",
            text(r#"{"resourceType":"Patient","id":"r","name":[{"family":"a","family":"b"}]}"#),
            "repeated key",
        ),
        (
            "100,000 deep",
            format!(
                r#"{{"resourceType":"Patient","id":"d","x":{}{}}}"#,
                "[".repeat(100_000),
                "]".repeat(100_000)
            )
            .into_bytes(),
            "deep",
        ),
        ("extensions 200 deep", rows::deep(200).into_bytes(), "deep"),
        ("20 MB", large.into_bytes(), "larger than"),
        ("invalid UTF-8", invalid_utf8, "JSON"),
        (
            "a lone surrogate",
            text(r#"{"resourceType":"Patient","id":"s","name":[{"family":"\ud83d"}]}"#),
            "JSON",
        ),
        (
            "no type",
            text(r#"{"id":"x","active":true}"#),
            "resourceType",
        ),
        (
            "an unknown type",
            text(r#"{"resourceType":"Patiente","id":"x"}"#),
            "resourceType",
        ),
        (
            "an id that climbs",
            text(r#"{"resourceType":"Patient","id":"../../x"}"#),
            "id",
        ),
        (
            "an id of 65",
            format!(r#"{{"resourceType":"Patient","id":"{}"}}"#, "a".repeat(65)).into_bytes(),
            "id",
        ),
        (
            "an id that is a number",
            text(r#"{"resourceType":"Patient","id":7}"#),
            "id",
        ),
        (
            "an empty id",
            text(r#"{"resourceType":"Patient","id":""}"#),
            "id",
        ),
        (
            "a bad code",
            text(r#"{"resourceType":"Patient","id":"g","gender":"femal"}"#),
            "Patient.gender",
        ),
        (
            "a bad date",
            text(r#"{"resourceType":"Patient","id":"g","birthDate":"1980-02-31"}"#),
            "Patient.birthDate",
        ),
        (
            "a missing element",
            text(r#"{"resourceType":"Observation","id":"o","code":{"text":"x"}}"#),
            "Observation.status",
        ),
        (
            "a list that is none",
            text(r#"{"resourceType":"Patient","id":"n","name":{"family":"x"}}"#),
            "Patient.name",
        ),
        (
            "meta that is text",
            text(r#"{"resourceType":"Patient","id":"m","meta":"x"}"#),
            "meta",
        ),
    ]
}

#[test]
fn a_put_of_nonsense_names_what_is_wrong_and_changes_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let mut batch = station.batch();
    for (name, bytes, word) in bad() {
        let path = station.file("bad.json", &bytes);
        let refusal = batch.refused(&format!("put {}", path.display()), "invalid");
        assert!(
            refusal.message.contains(word),
            "{name}: {}",
            refusal.message
        );
        refusal.comforts();
        assert!(!refusal.retryable, "{name}: trying again does not mend it");
    }
    assert_eq!(
        batch.ask("status")["resources"],
        0,
        "nothing of it was kept"
    );
    batch.end();
    let path = station.file(
        "bad.json",
        br#"{"resourceType":"Patient","id":"g","gender":"femal"}"#,
    );
    station
        .refused(&["put", &path.display().to_string()], 1, "invalid")
        .says("Patient.gender")
        .comforts();
    let missing = dir.path().join("nowhere.json").display().to_string();
    station.refused(&["put", &missing], 1, "io").comforts();
    station.assert_sound();
}

#[test]
fn an_import_keeps_the_good_rows_and_tells_each_bad_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    // A row within NDJSON has no line ends, and one that opens a document would swallow the next.
    let bad: Vec<_> = bad()
        .into_iter()
        .filter(|(name, ..)| *name != "two documents")
        .collect();
    let mut lines = vec![patient("good-first", "Adeyemi").to_string().into_bytes()];
    for (number, (_, bytes, _)) in bad.iter().enumerate() {
        lines.push(bytes.clone());
        lines.push(
            patient(&format!("good-{number}"), "Adeyemi")
                .to_string()
                .into_bytes(),
        );
    }
    // Lines are counted as an editor counts them.
    let mut file = b"\n\n".to_vec();
    file.extend(rows::ndjson(&lines));
    let path = station.file("mixed.ndjson", &file);
    let rejected = dir.path().join("rejected.ndjson");
    let name = path.display().to_string();
    let to = rejected.display().to_string();

    let dry = station.run(&["import", &name, "--dry-run"]);
    assert_eq!(dry["rejected"], bad.len(), "{}", dry["rejections"]);
    assert!(!rejected.exists(), "a dry run writes nothing");
    let summary = station.run(&["import", &name, "--rejected", &to]);
    assert_eq!(
        summary["imported"],
        bad.len() + 1,
        "good rows are kept: {}",
        summary["rejections"]
    );
    assert_eq!(summary["rejected"], bad.len());

    let told: Vec<Value> = folder::split(&fs::read(&rejected).expect("the file of rejected rows"))
        .iter()
        .map(|line| serde_json::from_slice(line).expect("each is JSON"))
        .collect();
    assert_eq!(told.len(), bad.len());
    for (number, ((what, bytes, word), row)) in bad.iter().zip(&told).enumerate() {
        assert_eq!(row["file"], "mixed.ndjson");
        assert_eq!(row["row"], 4 + 2 * number, "{what}: the line it stood in");
        let reason = row["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(word), "{what}: {reason}");
        if let Ok(text) = std::str::from_utf8(bytes) {
            assert_eq!(
                row["content"], text,
                "{what}: it can be mended and imported"
            );
        }
    }
    let shown = summary["rejections"]
        .as_array()
        .expect("named in the summary");
    assert!(
        shown.iter().all(|row| row.get("content").is_none()),
        "the summary names rows and reasons, not content"
    );
    assert_eq!(station.run(&["status"])["patients"], bad.len() + 1);
    station.assert_sound();
}

#[test]
fn an_import_of_what_is_no_file_of_resources_fails_clearly() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let rejected = dir.path().join("rejected.ndjson").display().to_string();
    let good = station.file("good.ndjson", &rows::ndjson(&rows::nasty()));
    let packed = zstd::encode_all(&*fs::read(&good).expect("reads"), 3).expect("packs");
    let cut = station
        .file("cut.zst", &packed[..packed.len() / 2])
        .display()
        .to_string();
    station
        .refused(&["import", &cut, "--rejected", &rejected], 1, "io")
        .says("cut.zst")
        .comforts();
    let missing = dir.path().join("nowhere.ndjson").display().to_string();
    station
        .refused(&["import", &missing], 1, "io")
        .says("nowhere.ndjson")
        .comforts();
    let folder = dir.path().display().to_string();
    station.refused(&["import", &folder], 1, "io").comforts();
    let nonsense = station
        .file("nonsense.txt", b"hello\nworld\n")
        .display()
        .to_string();
    let output = station.attempt(&["import", &nonsense, "--rejected", &rejected]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "a file with no resource in it has failed"
    );
    assert_eq!(super::support::station::json(&output)["rejected"], 2);
    let empty = station.file("empty.ndjson", b"").display().to_string();
    assert_eq!(
        station.run(&["import", &empty])["rows"],
        0,
        "an empty file holds nothing"
    );
    station.assert_sound();
}

#[test]
fn an_unknown_search_parameter_is_named_and_never_ignored() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let mut batch = station.batch();
    for (search, word) in [
        ("Patient?shoe-size=43", "shoe-size"),
        ("Patient?name=a&favourite=b", "favourite"),
        ("Observation?birthdate=1980", "birthdate"),
        ("Patient?name:above=a", "name:above"),
        ("Patient?phonetic=a", "phonetic"),
        ("Observation?code:in=http://x", "code:in"),
        ("Patient?_sort=shoe", "_sort"),
    ] {
        batch
            .refused(&format!("search '{search}'"), "unsupported_search")
            .says(word);
    }
    for search in [
        "Patiente?name=a",
        "Patient?name=%zz",
        "Patient?_count=many",
        "Patient?birthdate=soon",
    ] {
        batch.refused(&format!("search '{search}'"), "invalid");
    }
    batch.end();
    station
        .refused(&["search", "Patient?shoe-size=43"], 1, "unsupported_search")
        .says("shoe-size");
}

#[test]
fn what_is_not_there_or_was_deleted_is_told_apart() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let path = file_of(&station, &patient("gone", "Silva"));
    station.run(&["put", &path]);
    station
        .refused(&["get", "Patient/nobody"], 1, "not_found")
        .comforts();
    assert_eq!(station.run(&["delete", "Patient/gone"])["deleted"], true);
    station
        .refused(&["get", "Patient/gone"], 1, "not_found")
        .says("was deleted")
        .comforts();
    let mut batch = station.batch();
    batch.refused("delete Patient/gone", "not_found").comforts();
    batch.refused("delete Patient/nobody", "not_found");
    batch.refused("history Patient/nobody", "not_found");
    batch.refused("chart nobody", "not_found");
    batch.refused("get ../../etc/passwd", "invalid");
    batch.refused("get Patient", "invalid");
    batch.refused("conflicts show nothing", "not_found");
    batch.refused("outbox discard Patient/gone --reason x", "not_found");
    batch.refused("init", "invalid");
    batch.refused("put -", "invalid");
    batch.refused("not a command", "invalid");
    batch.refused("get 'unclosed", "invalid");
    let history = batch.ask("history Patient/gone");
    assert_eq!(
        history.as_array().map(Vec::len),
        Some(2),
        "a deleted patient's versions are kept"
    );
    assert_eq!(
        history[1]["resource"],
        patient("gone", "Silva"),
        "with their content"
    );
    assert_eq!(
        batch.ask("search 'Patient?name=silva'"),
        json!([]),
        "and found no more"
    );
    batch.end();
    station.assert_sound();
}

#[test]
fn misuse_of_the_command_line_exits_2_and_says_how() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::at(dir.path().join("store"), "ada");
    for arguments in [
        &["frobnicate"][..],
        &["get"],
        &["import"],
        &["status", "--colour"],
        &["conflicts", "resolve", "x"],
        &["conflicts", "resolve", "x", "--take", "either"],
        &["sync", "--once", "--watch"],
    ] {
        let output = station.attempt(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("--help"),
            "{arguments:?} says where to read on: {told}"
        );
        let answer = super::support::station::json(&output);
        assert_eq!(
            answer["code"], "invalid",
            "{arguments:?}: programs are told too: {answer}"
        );
    }
    assert!(!station.store.exists(), "misuse makes nothing");
}
