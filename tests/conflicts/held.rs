//! Many deletions at once, in the window: named, then kept or followed.

use serde_json::{Value, json};

use haven_app::Code;
use haven_app::view::{HeldVerdict, HeldView};

use super::clinic::{Clinic, patient};
use super::window::{Window, at};

/// More than are done unseen.
const MANY: usize = 25;

fn reading(id: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-11-20T09:30:00Z",
        "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}})
}

/// A clinic whose readings were all deleted from another workstation; what the window here is told.
async fn deleted_elsewhere(clinic: &mut Clinic) -> (Window, HeldView) {
    let mut all = vec![patient("p", "Fontaine")];
    all.extend((0..MANY).map(|n| reading(&format!("o{n}"))));
    clinic.share(&all);
    for n in 0..MANY {
        clinic.there.ask(&format!("delete Observation/o{n}"));
    }
    clinic.there.sync();
    let mut here = at(&clinic.here);
    let held = here
        .until("the deletions are held", |desk| {
            desk.sync_centre().expect("the centre opens").held
        })
        .await;
    (here, held)
}

fn readings(desk: &mut super::clinic::Desk) -> usize {
    desk.found("Observation?_count=100").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_deletions_are_named_and_the_records_kept_and_sent_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    let (mut here, held) = deleted_elsewhere(&mut clinic).await;
    assert_eq!(held.total as usize, MANY);
    assert_eq!(held.kinds[0].count, MANY.to_string());
    assert!(
        held.rows
            .iter()
            .all(|row| row.name.contains("FONTAINE") && !row.born.is_empty()),
        "every record says whose it is: {:?}",
        held.rows.first()
    );
    let refused = here.desk.judge_held(HeldVerdict::Keep, " ");
    assert_eq!(refused.expect_err("a reason is needed").code, Code::Invalid);
    let said = here
        .desk
        .judge_held(HeldVerdict::Keep, "deleted by mistake")
        .expect("they are kept");
    assert!(said.starts_with(&format!("{MANY} records kept")), "{said}");
    here.until("everything kept has reached the server", |desk| {
        let centre = desk.sync_centre().expect("the centre opens");
        (centre.total == 0 && centre.held.is_none()).then_some(())
    })
    .await;
    clinic.there.sync();
    assert_eq!(
        readings(&mut clinic.there),
        MANY,
        "they are back where they were deleted"
    );
    assert!(clinic.there.open().is_empty(), "without a conflict");
    let told = clinic.there.found("Provenance?_count=100");
    assert_eq!(told.len(), MANY, "each with who kept it, and why");
    assert!(told[0].to_string().contains("deleted by mistake"));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_deletions_that_were_meant_are_followed() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    let (here, _) = deleted_elsewhere(&mut clinic).await;
    assert_eq!(readings(&mut clinic.here), MANY, "until then they stay");
    let desk = here.desk.clone();
    let said = tokio::task::spawn_blocking(move || desk.judge_held(HeldVerdict::Delete, ""))
        .await
        .expect("it ends")
        .expect("they are followed");
    assert!(said.starts_with(&MANY.to_string()), "{said}");
    assert_eq!(readings(&mut clinic.here), 0);
    let centre = here.desk.sync_centre().expect("the centre opens");
    assert!(centre.held.is_none(), "nothing is asked any more");
}

/// Ends the process while it keeps what was deleted, whenever the database's log has grown so often: each
/// time a record is either still asked about or kept whole, never a conflict that nobody opened.
#[test]
fn killed_while_it_keeps_them_it_loses_nothing_and_asks_about_the_rest() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    let mut all = vec![patient("p", "Fontaine")];
    all.extend((0..MANY).map(|n| reading(&format!("o{n}"))));
    clinic.share(&all);
    for n in 0..MANY {
        clinic.there.ask(&format!("delete Observation/o{n}"));
    }
    clinic.there.sync();
    let told = clinic.here.sync();
    assert_eq!(told["heldDeletions"]["Observation"], MANY, "{told}");
    clinic.here.kill();
    // Without the server nothing but the keeping is done.
    clinic.hub.kill();
    let mut midway = 0;
    let mut kept = 0;
    for growths in [1, 2, 3, 5, 8, usize::MAX] {
        let log = clinic.here.station.store.join("store.db-wal");
        clinic.here.ask("status");
        assert!(
            clinic
                .here
                .batch()
                .send("sync --once --keep-deleted 'a mistake'")
        );
        if growths == usize::MAX {
            clinic.here.batch().answer();
        } else {
            grown(&log, growths);
        }
        clinic.here.kill();
        assert_eq!(
            clinic.here.open(),
            Vec::<Value>::new(),
            "none was left half-way after {growths} writes"
        );
        assert_eq!(readings(&mut clinic.here), MANY, "and all are here");
        let before = kept;
        kept = clinic.here.found("Provenance?_count=100").len();
        assert_eq!(
            clinic.here.ask("outbox list").as_array().map(Vec::len),
            Some(2 * kept),
            "what is kept waits to be sent, each with its Provenance"
        );
        midway += usize::from(before < kept && kept < MANY);
    }
    super::support::say(&format!("{midway} of 5 times it was ended midway"));
    assert!(midway > 0, "it was ended between two records at least once");
    assert_eq!(kept, MANY, "in the end all are kept, each once");
    clinic.hub.serve();
    clinic.here.sync();
    clinic.there.sync();
    assert_eq!(readings(&mut clinic.there), MANY);
    assert!(clinic.there.open().is_empty());
}

/// Waits until the database's log was written to so often.
fn grown(log: &std::path::Path, growths: usize) {
    let looked = || {
        let meta = std::fs::metadata(log).expect("the log of an open store");
        (meta.len(), meta.modified().expect("a time"))
    };
    let mut seen = looked();
    for _ in 0..growths {
        while looked() == seen {
            std::hint::spin_loop();
        }
        seen = looked();
    }
}
