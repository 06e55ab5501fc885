//! The same, in the window: what it shows of conflicts, and what is done from there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use haven_app::view::{
    AcceptInput, AppEvent, BulkInput, ChoiceInput, ConflictView, EscalateInput, PickView,
    ReviewInput,
};
use haven_app::{Code, Desk, Passphrase, Platform, SystemPlatform, Workstation};
use haven_model::Timestamp;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::clinic::{Clinic, born, dose, patient, phone, prescription};
use super::support::station::PASSPHRASE;

/// This machine without its keychain, which these stories are not about.
struct Machine(SystemPlatform);

impl Platform for Machine {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn new_id(&self) -> String {
        self.0.new_id()
    }
}

/// An unlocked window, and what it hears.
pub(super) struct Window {
    pub(super) desk: Desk,
    events: Receiver<AppEvent>,
}

impl Window {
    fn open(store: &Path, user: &str) -> Self {
        let machine = Arc::new(Machine(SystemPlatform));
        let desk = Desk::new(Workstation::new(store.to_owned(), machine));
        let events = desk.events();
        desk.unlock(user, &Passphrase::new(PASSPHRASE.to_owned()))
            .expect("the window unlocks");
        Self { desk, events }
    }

    /// Waits until something is so, looking again at every event.
    pub(super) async fn until<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&Desk) -> Option<T>,
    ) -> T {
        let patience = Duration::from_secs(60);
        loop {
            if let Some(found) = look(&self.desk) {
                return found;
            }
            self.desk.sync_now().expect("the window is unlocked");
            match tokio::time::timeout(patience, self.events.recv()).await {
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
                Ok(Err(RecvError::Closed)) => unreachable!("the desk is there"),
                Err(_) => assert!(look(&self.desk).is_some(), "waited in vain until {what}"),
            }
        }
    }

    async fn until_open(&mut self, id: &str) -> haven_app::view::InboxRow {
        self.until("the conflict is in the inbox", |desk| {
            let inbox = desk.inbox().expect("the inbox opens");
            inbox.rows.into_iter().find(|row| row.id == id)
        })
        .await
    }

    async fn until_nothing_is_open(&mut self) {
        self.until("nothing is open", |desk| {
            let inbox = desk.inbox().expect("the inbox opens");
            inbox.rows.is_empty().then_some(())
        })
        .await;
    }

    /// Takes one side everywhere and accepts it.
    fn decide(&self, view: &ConflictView, pick: PickView, reason: &str) -> String {
        for field in &view.fields {
            let choice = ChoiceInput {
                conflict_id: view.id.clone(),
                path: field.path.clone(),
                pick,
                text: None,
            };
            self.desk.choose(&choice).expect("the side can be chosen");
        }
        let accepted = self.desk.accept_conflict(&AcceptInput {
            conflict_id: view.id.clone(),
            reason: reason.to_owned(),
            confirmed: true,
        });
        accepted.expect("the decision is accepted").text
    }
}

pub(super) fn at(desk: &super::clinic::Desk) -> Window {
    Window::open(&desk.station.store, &desk.station.user)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_decides_what_began_elsewhere_and_takes_it_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    let id = clinic.collide("Patient/p", born("1981-01-01"), born("1982-02-02"));

    let mut here = at(&clinic.here);
    let asked = here.desk.escalate_conflict(&EscalateInput {
        conflict_id: id.clone(),
        assignee: "chen".to_owned(),
        comment: "the card says 1981".to_owned(),
    });
    let asked = asked.expect("it goes before the clinic").case;
    assert!(asked.escalated && !asked.may_escalate);
    assert_eq!(asked.assignee, "chen", "named before the server has heard");
    assert_eq!(asked.comments[0].text, "the card says 1981");
    here.until("the server has heard", |desk| {
        let view = desk.conflict(&id).expect("the conflict opens");
        view.case
            .stage
            .starts_with("Before the clinic since")
            .then_some(())
    })
    .await;

    let mut admin = at(&clinic.admin);
    let row = admin.until_open(&id).await;
    assert_eq!(row.origin, "albertine", "where it came from is said");
    assert_eq!(row.device_label, "albertine", "and is no \"This device\"");
    assert!(row.mine && row.high_risk);
    assert_eq!((row.assignee.as_str(), row.comments), ("You", 1));
    let status = admin.desk.status().expect("a status");
    assert_eq!(status.needs_review, 1, "the rail counts it, too");
    let view = admin.desk.conflict(&id).expect("it opens");
    assert_eq!(view.device.label, "albertine");
    admin
        .desk
        .comment_on_conflict(&id, "seen it")
        .expect("the admin answers");
    let said = admin.decide(&view, PickView::Device, "saw the card");
    assert!(said.starts_with("Saved on this device"), "{said}");
    admin.until_nothing_is_open().await;
    here.until_nothing_is_open().await;

    let over = here
        .until("it is listed where it began", |desk| {
            let decided = desk.decided().expect("the decisions are listed");
            let row = decided.rows.into_iter().find(|row| row.id == id)?;
            assert_ne!(row.reason, "seen it", "a comment is not the reason");
            (!row.reason.is_empty()).then_some(row)
        })
        .await;
    assert_eq!(over.reason, "saw the card");

    // It was wrong after all.
    let preview = admin
        .until("the server has the decision", |desk| {
            let preview = desk.take_back_preview(&id).expect("a preview");
            preview.possible.then_some(preview)
        })
        .await;
    let birth = preview
        .changes
        .iter()
        .find(|line| line.label == "Birth date");
    let birth = birth.expect("the preview names the birth date");
    assert_eq!(
        (birth.from.as_str(), birth.to.as_str()),
        ("01-Jan-1981", "02-Feb-1982"),
        "what returns is shown before"
    );
    let refused = admin
        .desk
        .take_back(&id, " ")
        .expect_err("without a reason");
    assert_eq!(refused.code, Code::Invalid);
    let history = admin.desk.history("Patient/p").expect("a history");
    let newest = &history.versions[0];
    assert_eq!((newest.what.as_str(), newest.current), ("Decided", true));
    assert_eq!(newest.conflict_id, id, "the version leads to its decision");
    admin
        .desk
        .take_back(&id, "another card")
        .expect("it is taken back");
    here.until_open(&id).await;
    admin.until_open(&id).await;
    assert_eq!(clinic.at_hub("Patient/p")["birthDate"], "1982-02-02");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_sees_what_approving_changes() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    let setting = [
        "settings",
        "set",
        "conflicts.second_reviewer",
        "MedicationRequest",
    ];
    clinic.hub.tool(&setting);
    clinic.share(&[patient("p", "Fontaine"), prescription("m", "p", 10)]);
    let id = clinic.collide("MedicationRequest/m", dose(20), dose(30));

    let mut here = at(&clinic.here);
    let view = here.desk.conflict(&id).expect("it opens");
    assert!(
        !view.case.second.is_empty(),
        "it says that a colleague approves"
    );
    let said = here.decide(&view, PickView::Device, "kidneys");
    assert!(said.starts_with("Proposed"), "{said}");
    let mine = here.desk.conflict(&id).expect("it stays open").case;
    let mine = mine.proposal.expect("the proposal is shown");
    assert!(!mine.may_approve && !mine.why_not.is_empty());

    let mut admin = at(&clinic.admin);
    let proposal = admin
        .until("the proposal has come", |desk| {
            let view = desk.conflict(&id).ok()?;
            view.case.proposal
        })
        .await;
    assert!(proposal.may_approve);
    assert_eq!(proposal.reason, "kidneys");
    assert!(
        proposal
            .changes
            .iter()
            .any(|line| line.high_risk && line.from.contains("30 mg") && line.to.contains("20 mg")),
        "what approving changes at the server: {:?}",
        proposal.changes
    );
    let word = |approve, reason: &str| ReviewInput {
        conflict_id: id.clone(),
        approve,
        reason: reason.to_owned(),
    };
    let refused = admin.desk.review_conflict(&word(false, ""));
    assert_eq!(
        refused.expect_err("sending back needs a reason").code,
        Code::Invalid
    );
    admin
        .desk
        .review_conflict(&word(true, "ok"))
        .expect("approved");
    admin.until_nothing_is_open().await;
    here.until_nothing_is_open().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_decided_by_one_rule_and_taken_back_in_one_step() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    let people: Vec<_> = (0..6)
        .map(|n| patient(&format!("p{n}"), &format!("Fontaine{n}")))
        .collect();
    clinic.share(&people);
    for n in 0..6 {
        let key = format!("Patient/p{n}");
        if n == 2 {
            clinic.there.change(&key, born("1982-02-02"));
            clinic.here.change(&key, born("1981-01-01"));
        }
        clinic.there.change(&key, phone(&format!("555-2{n:03}")));
        clinic.here.change(&key, phone(&format!("555-1{n:03}")));
    }
    clinic.there.sync();
    clinic.here.sync();

    let mut here = at(&clinic.here);
    let choices = here.desk.bulk_choices().expect("there are rules");
    let most = choices.elements.first().expect("the phones wait");
    assert_eq!((most.path.as_str(), most.count), ("Patient.telecom", 6));
    let mut rule = BulkInput {
        resource_type: most.resource_type.clone(),
        path: most.path.clone(),
        take: "remote".to_owned(),
        exclude: Vec::new(),
        reason: None,
    };
    let preview = here.desk.bulk(&rule).expect("a preview");
    assert_eq!((preview.applied, preview.rows.len()), (5, 6));
    let left = preview.rows.iter().find(|row| !row.applies);
    let left = left.expect("the high-risk one is listed");
    assert!(left.because.starts_with("High risk"), "{}", left.because);
    assert!(
        preview.text.contains("high risk, always left"),
        "{}",
        preview.text
    );
    let spared = preview.rows[0].id.clone();
    rule.exclude.push(spared.clone());
    assert_eq!(here.desk.bulk(&rule).expect("a preview").applied, 4);
    assert_eq!(
        here.desk.inbox().expect("the inbox").rows.len(),
        6,
        "a preview changes nothing"
    );

    rule.reason = Some("the registry rang them".to_owned());
    let done = here.desk.bulk(&rule).expect("decided");
    let batch = done.batch_id.expect("a batch");
    let open = here.desk.inbox().expect("the inbox").rows;
    assert_eq!(open.len(), 2);
    assert!(open.iter().any(|row| row.id == spared));
    let decided = here.desk.decided().expect("the decisions are listed");
    assert_eq!(decided.batches.len(), 1);
    assert_eq!(decided.batches[0].id, batch);

    here.until("the server has the decisions", |desk| {
        let waiting = desk.status().expect("a status").waiting;
        (waiting == 0).then_some(())
    })
    .await;
    let said = here.desk.take_batch_back(&batch, "").expect("taken back");
    assert!(said.starts_with("4 taken back"), "{said}");
    assert_eq!(
        here.desk.inbox().expect("the inbox").rows.len(),
        6,
        "all are open again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_merged_can_be_undone_from_the_history() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut clinic = Clinic::open(dir.path());
    clinic.share(&[patient("p", "Fontaine")]);
    clinic.there.change("Patient/p", |patient| {
        patient["gender"] = serde_json::json!("other");
    });
    clinic.here.change("Patient/p", phone("555-0199"));
    clinic.there.sync();
    clinic.here.sync();
    assert!(clinic.here.open().is_empty(), "a machine put it together");

    let here = at(&clinic.here);
    let history = here.desk.history("Patient/p").expect("a history");
    let merged = history.versions.iter().find(|version| version.merged);
    let merged = merged.expect("the merge is in the history");
    assert_eq!(merged.what, "Merged automatically");
    let earlier = history
        .versions
        .iter()
        .find(|version| version.version < merged.version && version.may_return)
        .expect("an earlier version");
    let preview = here
        .desk
        .bring_back_preview("Patient/p", earlier.version)
        .expect("a preview");
    assert!(preview.possible && !preview.changes.is_empty());
    let refused = here.desk.bring_back("Patient/p", earlier.version, "");
    assert_eq!(refused.expect_err("a reason is needed").code, Code::Invalid);
    here.desk
        .bring_back("Patient/p", earlier.version, "the merge was wrong")
        .expect("brought back");
    let after = here.desk.history("Patient/p").expect("a history");
    assert!(
        after.versions.len() > history.versions.len(),
        "nothing of the past is lost"
    );
    assert_eq!(
        after.versions[0].changes, preview.changes,
        "what was shown before is what came"
    );
    let told = clinic.here.found("Provenance?_count=200");
    let told: Vec<_> = told
        .iter()
        .filter(|one| one["activity"]["coding"][0]["code"] == "bring-back")
        .collect();
    assert_eq!(told.len(), 1, "it is told of");
    assert_eq!(told[0]["reason"][0]["text"], "the merge was wrong");
}
