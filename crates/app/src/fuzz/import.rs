//! NDJSON and Bundles, plain and compressed: each row is a resource or is told with its reason.

use std::io::Write;

use haven_model::Resource;

use super::harness::fuzz;
use super::mutate::{self, Dice};
use crate::interchange::{acceptable, for_each_row};

const LINES: &str = r#"{"resourceType":"Patient","id":"p1","birthDate":"1980-02-03","name":[{"family":"Garcia","given":["Ana"]}]}
{"resourceType":"Observation","id":"o1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8310-5"}]},"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":37.20,"unit":"C"}}

{"resourceType":"Condition","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}
"#;

const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"transaction","entry":[
{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","name":[{"family":"O'Brien"}]},"request":{"method":"POST","url":"Patient"}},
{"resource":{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:1"}}}]}"#;

fn zipped(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text).expect("into memory");
    out.finish().expect("into memory")
}

#[test]
fn an_import_file_of_anyones_making() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = [
        zipped(LINES.as_bytes()),
        zipped(BUNDLE.as_bytes()),
        zstd::encode_all(LINES.as_bytes(), 3).expect("into memory"),
        zstd::encode_all(BUNDLE.as_bytes(), 3).expect("into memory"),
    ];
    // The first byte says how the file is named, as that is what tells how it is packed.
    let names = [
        "rows.ndjson",
        "bundle.json",
        "rows.ndjson.gz",
        "rows.ndjson.zst",
    ];
    fuzz(
        "import",
        |dice: &mut Dice| {
            let (name, text) = match dice.below(8) {
                0 | 1 => (0, mutate::bytes(LINES.as_bytes(), BUNDLE.as_bytes(), dice)),
                2 => {
                    let lines: Vec<Vec<u8>> = LINES
                        .lines()
                        .map(|line| mutate::json(line.as_bytes(), dice).unwrap_or_default())
                        .collect();
                    (0, lines.join(&b'\n'))
                }
                3 => (1, mutate::bytes(BUNDLE.as_bytes(), LINES.as_bytes(), dice)),
                4 => (1, mutate::json(BUNDLE.as_bytes(), dice).unwrap_or_default()),
                5 => (
                    2,
                    zipped(&mutate::bytes(LINES.as_bytes(), BUNDLE.as_bytes(), dice)),
                ),
                other => {
                    let at = dice.below(packed.len());
                    let name = if at < 2 { 2 } else { 3 };
                    let changed = mutate::bytes(&packed[at], &packed[dice.below(4)], dice);
                    (if other == 6 { name } else { dice.below(4) }, changed)
                }
            };
            [&[u8::try_from(name).expect("small")], text.as_slice()].concat()
        },
        |input| {
            let Some((name, content)) = input.split_first() else {
                return false;
            };
            let path = folder.path().join(names[usize::from(*name) % names.len()]);
            std::fs::write(&path, content).expect("written");
            let mut taken = false;
            let read = for_each_row(
                &path,
                || "made-here".to_owned(),
                |row| {
                    if let Ok(bytes) = row.bytes
                        && let Ok(resource) = acceptable(&bytes, || "made-here".to_owned())
                    {
                        let again = Resource::parse(resource.bytes());
                        assert_eq!(
                            again.expect("what is taken is a resource").key(),
                            resource.key(),
                            "and stays the one it is"
                        );
                        taken = true;
                    }
                    Ok::<(), std::io::Error>(())
                },
            );
            read.is_ok() && taken
        },
    );
}
