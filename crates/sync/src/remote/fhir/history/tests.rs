use super::*;

const FROM: Timestamp = Timestamp(1_700_000_000_000);

fn reply(body: &str) -> Reply {
    Reply {
        status: 200,
        version: None,
        last_modified: None,
        location: None,
        date: None,
        retry_after_ms: None,
        kind: Ok(()),
        body: body.as_bytes().to_vec(),
    }
}

fn entry(id: &str, version: &str, minute: u32) -> String {
    format!(
        r#"{{"resource":{{"resourceType":"Patient","id":"{id}","meta":{{"versionId":"{version}","lastUpdated":"2024-01-01T10:{minute:02}:00Z"}}}}}}"#
    )
}

fn take(entries: &[String], more: &str) -> (History, Option<Further>) {
    let body = format!(
        r#"{{"resourceType":"Bundle","type":"history"{more},"entry":[{}]}}"#,
        entries.join(",")
    );
    let mut history = History::default();
    let further = history.take("Patient", FROM, 10, &reply(&body));
    (history, further)
}

#[test]
fn the_newest_version_counts_in_whatever_order_they_come() {
    let gone = r#"{"request":{"method":"DELETE","url":"Patient/b"},"response":{"status":"204","lastModified":"2024-01-01T10:09:00Z"}}"#.to_owned();
    let mut entries = vec![
        entry("a", "9", 2),
        entry("a", "10", 2),
        gone,
        entry("b", "2", 3),
    ];
    for _ in 0..2 {
        let (history, further) = take(&entries, "");
        assert_eq!(further, Some(Further::No));
        assert_eq!(history.newest["a"].version.as_deref(), Some("10"));
        assert!(history.newest["b"].body.is_none(), "it was deleted last");
        assert!(!history.newest["a"].is_unsure);
        entries.reverse();
    }
    let (history, _) = take(&[entry("a", "x", 2), entry("a", "y", 2)], "");
    assert!(history.newest["a"].is_unsure, "the server is asked which");
}

#[test]
fn a_history_that_may_be_cut_short_or_is_another_tells_nothing() {
    let many: Vec<String> = (0..10).map(|n| entry(&format!("p{n}"), "1", n)).collect();
    assert_eq!(
        take(&many, "").1,
        Some(Further::Unsaid),
        "a full page, no link"
    );
    assert_eq!(take(&many[..3], r#","total":7"#).1, Some(Further::Unsaid));
    assert_eq!(take(&many, r#","total":10"#).1, Some(Further::No));
    let early = entry("a", "1", 1).replace("2024", "2013");
    assert_eq!(take(&[early], "").1, None, "it passes over _since");
    let mut history = History::default();
    let search = r#"{"resourceType":"Bundle","type":"searchset","entry":[]}"#;
    assert_eq!(history.take("Patient", FROM, 10, &reply(search)), None);
}

#[test]
fn ids_are_found_in_every_form_of_address() {
    for url in [
        "Patient/1",
        "https://x.example/fhir/Patient/1",
        "Patient/1/_history/3",
    ] {
        assert_eq!(id_in(url, "Patient").as_deref(), Some("1"), "{url}");
    }
    assert_eq!(id_in("Observation/1", "Patient"), None);
}
