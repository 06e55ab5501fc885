//! Documents of a chart in the window: taken in from a file, told how they stand, out to a file again.

use std::path::Path;
use std::sync::Arc;

use haven_app::view::{BadgeState, NewAttachmentInput};
use haven_app::{Code, Desk, InitRequest, Passphrase, Platform, Workstation};
use haven_model::Timestamp;
use serde_json::json;

struct Machine;

impl Platform for Machine {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn new_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }
}

fn secret() -> Passphrase {
    Passphrase::new("gravel ostrich maple dentist vivid".to_owned())
}

fn window(dir: &Path) -> Desk {
    let workstation = Workstation::new(dir.join("store"), Arc::new(Machine));
    let request = InitRequest {
        user: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        clinic: "Harbour".to_owned(),
        device_name: "Laptop".to_owned(),
    };
    let session = workstation.init(&request, &secret()).expect("a store");
    let patient = json!({"resourceType": "Patient", "id": "p", "name": [{"family": "Garcia"}]});
    session
        .put(patient.to_string().as_bytes())
        .expect("a patient");
    let desk = Desk::new(workstation);
    desk.unlock("ada", &secret()).expect("unlocked");
    desk
}

fn letter(file: &Path) -> NewAttachmentInput {
    NewAttachmentInput {
        patient_id: "p".to_owned(),
        file: file.display().to_string(),
        kind: "Letter".to_owned(),
        title: "From the registry".to_owned(),
    }
}

#[test]
fn a_file_becomes_a_document_of_the_chart_and_a_file_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let desk = window(dir.path());
    let (file, out) = (dir.path().join("letter.pdf"), dir.path().join("out.pdf"));
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&file, &bytes).expect("a file");

    let said = desk.add_attachment(&letter(&file)).expect("it is taken in");
    assert!(said.starts_with("1 MB. Saved on this device "), "{said}");
    let view = desk.attachments("p").expect("listed");
    assert!(view.may_add && !view.kinds.is_empty());
    let row = view.rows.first().expect("it is in the chart");
    assert_eq!(
        (row.kind.as_str(), row.size.as_str(), row.here),
        ("PDF", "1 MB", true)
    );
    assert_eq!(
        (row.state.state, row.state.text.as_str()),
        (BadgeState::Waiting, "Saved on this device; waiting to sync"),
        "nothing is claimed of a server"
    );
    let chart = desk.chart("p").expect("the chart opens");
    assert!(
        chart.notes.iter().any(|note| note.key == row.owner),
        "the list of documents has the one it belongs to"
    );

    let to = out.display().to_string();
    let said = desk.save_attachment(&row.id, &to).expect("it is written");
    assert!(said.contains(&to), "{said}");
    assert_eq!(
        std::fs::read(&out).expect("the file"),
        bytes,
        "byte for byte"
    );
    let again = desk.save_attachment(&row.id, &to);
    assert_eq!(
        again.expect_err("nothing is overwritten").code,
        Code::AlreadyExists
    );
    let refused = desk.save_attachment(&row.id, "letter.pdf");
    assert_eq!(refused.expect_err("a whole path").code, Code::Invalid);
    let unnamed = NewAttachmentInput {
        kind: " ".to_owned(),
        ..letter(&file)
    };
    let refused = desk.add_attachment(&unnamed);
    assert_eq!(refused.expect_err("a kind").code, Code::Invalid);
    assert_eq!(desk.attachments("p").expect("listed").rows.len(), 1);
}
