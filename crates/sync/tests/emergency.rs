//! Emergency access on a device is told to the hub at the next sync, once, and its end too.

mod parts;

use haven_hub::accounts::{self, GlassAlertKept};
use haven_model::Role;
use haven_store::{KdfParams, NewUser, Passphrase, Store};
use parts::{Clinic, PASSWORD, Station, patient};

fn at_hub(clinic: &Clinic) -> Vec<GlassAlertKept> {
    clinic
        .hub()
        .database()
        .read(accounts::list_glass)
        .expect("the hub reads")
}

#[tokio::test]
async fn the_hub_hears_of_it_once_whatever_becomes_of_the_answer() {
    let mut clinic = Clinic::start().await;
    let ana = Station::join_as(&clinic, "ana", Role::Admin).await;
    ana.put(&patient("p1"));
    let nurse = NewUser {
        name: "nia".to_owned(),
        display_name: "Nia".to_owned(),
        role: Role::Nurse,
        kdf: KdfParams::default(),
    };
    let passphrase = Passphrase::new(PASSWORD.to_owned());
    ana.store
        .add_user(&nurse, &passphrase, Station::now())
        .expect("added");
    let nia = Store::unlock(ana.dir.path(), "nia", &passphrase, Station::now()).expect("unlocks");
    nia.break_glass("p1", "unconscious", Station::now())
        .expect("open");
    clinic.stop().await;
    ana.try_sync().await.expect_err("nobody hears");
    assert_eq!(
        ana.store.untold_glass().expect("reads").len(),
        1,
        "kept until told"
    );
    clinic.start_again().await;
    ana.sync().await;
    let heard = at_hub(&clinic);
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (
            heard[0].actor.as_str(),
            heard[0].patient.as_str(),
            heard[0].seq
        ),
        ("nia", "p1", 1)
    );
    assert_eq!(heard[0].device, ana.store.session().device_id);
    assert_eq!(heard[0].ended_at, None);
    assert_eq!(ana.store.untold_glass().expect("reads"), Vec::new());
    // As after an answer that was lost: the same again is the same.
    let again = ana.remote.push(haven_model::wire::PushRequest {
        device_id: ana.store.session().device_id.clone(),
        glass: vec![haven_model::wire::GlassAlert {
            seq: 1,
            actor: "someone".to_owned(),
            patient: "p2".to_owned(),
            opened_at: heard[0].opened_at.clone(),
            until: heard[0].until.clone(),
            ended_at: None,
        }],
        ..haven_model::wire::PushRequest::default()
    });
    assert_eq!(again.await.expect("an answer").glass_taken, [1]);
    assert_eq!(at_hub(&clinic), heard, "what was told is not taken back");
    nia.end_glass(None, Station::now()).expect("ended");
    ana.sync().await;
    let heard = at_hub(&clinic);
    assert!(heard.len() == 1 && heard[0].ended_at.is_some(), "{heard:?}");
}
