//! The same resources in every packing that import reads.

use std::io::Write;

use serde_json::Value;

use super::support::folder::{self, Lines};
use super::support::rows;
use super::support::station::Station;
use super::{export, file};

/// Imports one file into a store of its own and exports it.
fn through(name: &str, bytes: &[u8]) -> (Lines, Value) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = file(dir.path(), name, bytes);
    let station = Station::own(dir.path());
    let rejected = dir.path().join("rejected.ndjson").display().to_string();
    let summary = station.run(&["import", &path, "--rejected", &rejected]);
    assert_eq!(summary["rejected"], 0, "{name}: {summary}");
    (export(&station, dir.path().join("out")), summary)
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("packs");
    packer.finish().expect("packs")
}

#[test]
fn every_packing_of_ndjson_gives_the_same_resources() {
    let nasty = rows::nasty();
    let plain = rows::ndjson(&nasty);
    let expected = folder::by_type(&nasty);
    let crlf = nasty.join(b"\r\n".as_slice());
    let with_mark = [b"\xef\xbb\xbf".as_slice(), &plain].concat();
    let gappy = [
        b"\n\r\n  \n".as_slice(),
        &nasty.join(b"\n \n\n".as_slice()),
        b"\n\n",
    ]
    .concat();
    // A packed file may be several, one after the other.
    let (head, tail) = plain.split_at(plain.len() / 2);
    let two_members = [gzipped(head), gzipped(tail)].concat();
    let two_frames = [head, tail]
        .map(|part| zstd::encode_all(part, 3).expect("packs"))
        .concat();
    for (name, bytes) in [
        ("plain.ndjson", plain.clone()),
        ("no-end.ndjson", nasty.join(&b'\n')),
        ("packed.ndjson.gz", gzipped(&plain)),
        (
            "packed.ndjson.zst",
            zstd::encode_all(plain.as_slice(), 3).expect("packs"),
        ),
        ("members.gz", two_members),
        ("frames.zst", two_frames),
        ("crlf.ndjson", crlf),
        ("mark.ndjson", with_mark.clone()),
        ("mark.ndjson.gz", gzipped(&with_mark)),
        ("gappy.ndjson", gappy),
        // What a file is, its first bytes say and not its name.
        ("wrong-name.zst", plain.clone()),
    ] {
        folder::assert_same(&through(name, &bytes).0, &expected, name);
    }
}

#[test]
fn a_single_pretty_resource_keeps_its_lines_in_the_store() {
    let pretty = "{\r\n    \"resourceType\": \"Patient\",\n\n\t\"id\": \"pretty\",\n   \"name\": [\n     {\"family\": \"Tañedo\",  \"given\": [ \"Jo\" ]}\n  ],\n  \"multipleBirthInteger\": 2\n}";
    let dir = tempfile::tempdir().expect("a folder");
    let path = file(
        dir.path(),
        "pretty.json",
        format!("\u{feff}{pretty}\n\n").as_bytes(),
    );
    let station = Station::own(dir.path());
    let summary = station.run(&["import", &path]);
    assert_eq!(
        (&summary["rows"], &summary["imported"]),
        (&1.into(), &1.into())
    );
    let got = station.attempt(&["get", "Patient/pretty"]);
    assert_eq!(
        String::from_utf8_lossy(&got.stdout).trim_end(),
        pretty,
        "the stored bytes are those of the file, line ends and indents included"
    );
    let out = export(&station, dir.path().join("out"));
    let on_one_line = pretty.replace(['\r', '\n'], " ");
    assert_eq!(
        out["Patient"],
        [on_one_line.into_bytes()],
        "NDJSON ends a record with a line end, so inside one they become spaces"
    );
}

#[test]
fn a_collection_is_taken_apart_and_its_entries_keep_their_bytes() {
    let nasty: Vec<Vec<u8>> = rows::nasty();
    let entries: Vec<String> = nasty
        .iter()
        .map(|row| format!("{{\"resource\": {}  }}", String::from_utf8_lossy(row)))
        .collect();
    let bundle = format!(
        "{{\n \"resourceType\": \"Bundle\",\n \"type\": \"collection\",\n \"entry\": [\n{}\n]}}",
        entries.join(",\n")
    );
    let (out, summary) = through("bundle.json", bundle.as_bytes());
    assert_eq!(summary["rows"], nasty.len(), "each entry is a row");
    folder::assert_same(&out, &folder::by_type(&nasty), "a collection");
}

#[test]
fn a_transaction_s_temporary_names_become_references() {
    let bundle = r#"{"resourceType":"Bundle","type":"transaction","entry":[
      {"fullUrl":"urn:uuid:0a5b2c3d-1111-4000-8000-000000000001","request":{"method":"PUT","url":"Patient/p-1"},
       "resource":{"resourceType":"Patient","id":"p-1","active":true}},
      {"fullUrl":"urn:uuid:0a5b2c3d-1111-4000-8000-000000000002","request":{"method":"POST","url":"Encounter"},
       "resource":{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:0a5b2c3d-1111-4000-8000-000000000001"}}},
      {"fullUrl":"urn:uuid:0a5b2c3d-1111-4000-8000-000000000003","request":{"method":"POST","url":"Observation"},
       "resource":{"resourceType":"Observation","status":"final","code":{"text":"see urn:uuid:0a5b2c3d-1111-4000-8000-000000000001"},
         "subject":{"reference":"urn:uuid:0a5b2c3d-1111-4000-8000-000000000001"},
         "encounter":{"reference":"urn:uuid:0a5b2c3d-1111-4000-8000-000000000002"},
         "specimen":{"reference":"urn:uuid:0a5b2c3d-9999-4000-8000-00000000000f"},
         "valueQuantity":{"value":1.00}}}
    ]}"#;
    let (out, _) = through("transaction.json", bundle.as_bytes());
    let encounter = folder::key(&out["Encounter"][0]).1;
    assert!(!encounter.is_empty(), "an entry without an id is given one");
    let observation = String::from_utf8(out["Observation"][0].clone()).expect("UTF-8");
    for expected in [
        r#""subject":{"reference":"Patient/p-1"}"#.to_owned(),
        format!(r#""encounter":{{"reference":"Encounter/{encounter}"}}"#),
        r#""text":"see urn:uuid:0a5b2c3d-1111-4000-8000-000000000001""#.to_owned(),
        r#""specimen":{"reference":"urn:uuid:0a5b2c3d-9999-4000-8000-00000000000f"}"#.to_owned(),
        r#""value":1.00"#.to_owned(),
    ] {
        assert!(
            observation.contains(&expected),
            "{expected} stands in {observation}"
        );
    }
}
