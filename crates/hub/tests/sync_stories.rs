//! What a device lives through with the hub.

mod clinic;

use clinic::{Clinic, edit, outcome, patient};
use haven_model::wire::PullRequest;
use haven_model::{Operation, Role};
use reqwest::StatusCode;
use serde_json::Value;

#[tokio::test]
async fn a_device_joins_pushes_and_another_pulls_the_same_bytes() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let ben = clinic.enrol("ben", Role::Clinician, "dev-b").await;

    let body = r#"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"Weight"},"subject":{"reference":"Patient/p1"},"valueQuantity":{"value":71.00,"unit":"kg"},"_x":{"extension":[]}}"#;
    let answer = ana
        .push(vec![
            edit(
                "dev-a:1",
                Operation::Create,
                &patient("p1", "Trevino"),
                None,
            ),
            edit("dev-a:2", Operation::Create, body, None),
        ])
        .await;
    assert_eq!(answer.accepted, ["dev-a:1", "dev-a:2"]);
    assert!(answer.rejected.is_empty());

    let page = ben.pull(None).await;
    assert_eq!(
        (page.changes.len(), page.has_more, page.total),
        (2, false, Some(2))
    );
    let change = &page.changes[1];
    let accepted = &answer.results[1];
    assert_eq!(change.version, accepted.version);
    assert_eq!(change.last_modified, accepted.last_modified);
    assert_eq!(change.vector_clock, accepted.vector_clock);
    assert_eq!(
        (
            change.vector_clock.get("dev-a"),
            change.vector_clock.get("hub")
        ),
        (1, 1)
    );
    assert_eq!(change.device_name.as_deref(), Some("laptop dev-a"));
    assert_eq!(change.user.as_deref(), Some("ana"));
    let expected = haven_model::Resource::parse(body.as_bytes())
        .expect("valid")
        .with_server_meta(
            &accepted.version,
            haven_model::Timestamp::parse(&accepted.last_modified).expect("an instant"),
        )
        .expect("spliced");
    assert_eq!(
        change.data.as_ref().map(|data| data.get().as_bytes()),
        Some(expected.bytes()),
        "the pusher can make the hub's bytes itself, 71.00 and all"
    );
    let again = ben.pull(Some(&page.cursor)).await;
    assert!(again.changes.is_empty(), "a cursor remembers what was seen");
    assert!(again.server_vector_clock.get("dev-a") >= 1);
}

#[tokio::test]
async fn an_edit_on_a_version_that_the_hub_lost_is_not_taken_for_one_on_its_namesake() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Clinician, "dev-a").await;
    let ben = clinic.enrol("ben", Role::Clinician, "dev-b").await;
    ana.push(vec![edit(
        "dev-a:1",
        Operation::Create,
        &patient("p1", "Trevino"),
        None,
    )])
    .await;
    // As after a restore: ben knows a version 1 of this hub, and it was another one.
    let mut stale = edit(
        "dev-b:1",
        Operation::Update,
        &patient("p1", "Okafor"),
        Some("1"),
    );
    stale.vector_clock = stale.vector_clock.tick("hub");
    let answer = ben.push(vec![stale.clone()]).await;
    assert!(
        answer.rejected[0].reason.starts_with("conflict"),
        "{answer:?}"
    );
    let current = answer.rejected[0].conflict.as_ref().expect("what is there");
    let mut after = edit(
        "dev-b:2",
        Operation::Update,
        &patient("p1", "Okafor"),
        Some("1"),
    );
    after.vector_clock = stale.vector_clock.join(&current.vector_clock);
    let answer = ben.push(vec![after]).await;
    assert_eq!(answer.accepted, ["dev-b:2"], "having seen it, it follows");
}

#[tokio::test]
async fn a_lost_reply_is_given_again_and_a_reused_op_id_is_refused_loudly() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let first = edit(
        "dev-a:1",
        Operation::Create,
        &patient("p1", "Trevino"),
        None,
    );
    let reply = ana.push(vec![first.clone()]).await;
    // Meanwhile the resource moves on.
    ana.push(vec![edit(
        "dev-a:2",
        Operation::Update,
        &patient("p1", "Treviño"),
        Some("1"),
    )])
    .await;
    let replay = ana.push(vec![first]).await;
    assert_eq!(
        replay.results, reply.results,
        "the same op has the same answer for ever"
    );

    let reused = ana
        .push(vec![edit(
            "dev-a:1",
            Operation::Update,
            &patient("p1", "Other"),
            Some("2"),
        )])
        .await;
    assert!(reused.rejected[0].reason.starts_with("op-id-reused"));
    let page = ana.pull(None).await;
    let stored = page.changes[0].data.as_ref().expect("a body").get();
    assert!(
        stored.contains("Treviño"),
        "nothing of the refused content was stored"
    );
}

#[tokio::test]
async fn a_stale_base_is_a_conflict_with_the_current_version() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let ben = clinic.enrol("ben", Role::Nurse, "dev-b").await;
    ana.push(vec![edit(
        "dev-a:1",
        Operation::Create,
        &patient("p1", "One"),
        None,
    )])
    .await;
    ana.push(vec![edit(
        "dev-a:2",
        Operation::Update,
        &patient("p1", "Two"),
        Some("1"),
    )])
    .await;

    let lost = ben
        .push(vec![
            edit(
                "dev-b:1",
                Operation::Update,
                &patient("p1", "Three"),
                Some("1"),
            ),
            edit("dev-b:2", Operation::Create, &patient("p2", "Other"), None),
        ])
        .await;
    assert_eq!(
        lost.accepted,
        ["dev-b:2"],
        "one lost race does not hold up the others"
    );
    assert!(lost.rejected[0].reason.starts_with("conflict: "));
    let current = lost.rejected[0]
        .conflict
        .as_ref()
        .expect("the current version");
    assert_eq!(
        (current.version.as_str(), current.user.as_deref()),
        ("2", Some("ana"))
    );
    assert!(current.data.as_ref().expect("a body").get().contains("Two"));

    let same = ben
        .push(vec![edit(
            "dev-b:3",
            Operation::Update,
            &patient("p1", "Two"),
            Some("1"),
        )])
        .await;
    assert_eq!(
        same.results[0].version, "2",
        "equal content is no conflict and no new version"
    );
    assert_eq!(
        same.results[0].vector_clock.get("dev-b"),
        1,
        "but it has been seen"
    );
}

#[tokio::test]
async fn a_deletion_travels_as_a_tombstone_and_may_be_repeated() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let body = patient("p1", "Gone");
    ana.push(vec![edit("dev-a:1", Operation::Create, &body, None)])
        .await;
    let cursor = ana.pull(None).await.cursor;
    let stale = ana
        .push(vec![edit("dev-a:2", Operation::Delete, &body, Some("7"))])
        .await;
    assert!(
        stale.rejected[0].reason.starts_with("conflict"),
        "a deletion has a base too"
    );
    let deleted = ana
        .push(vec![edit("dev-a:3", Operation::Delete, &body, Some("1"))])
        .await;
    assert_eq!(deleted.results[0].version, "2");
    let again = ana
        .push(vec![edit("dev-a:4", Operation::Delete, &body, Some("1"))])
        .await;
    assert_eq!(
        again.results[0].version, "2",
        "deleting the deleted is done already"
    );

    for cursor in [Some(cursor.as_str()), None] {
        let page = ana.pull(cursor).await;
        let [change] = page.changes.as_slice() else {
            unreachable!("one change, not {}", page.changes.len())
        };
        assert_eq!(change.operation, Operation::Delete);
        assert!(change.data.is_none(), "a tombstone has no body");
        assert_eq!(change.user.as_deref(), Some("ana"), "it says who");
    }
    let resurrect = ana
        .push(vec![edit("dev-a:5", Operation::Create, &body, None)])
        .await;
    assert!(
        resurrect.rejected[0].reason.starts_with("conflict"),
        "delete against edit is for a person"
    );
    let decided = ana
        .push(vec![edit("dev-a:6", Operation::Create, &body, Some("2"))])
        .await;
    assert_eq!(
        decided.results[0].version, "3",
        "made on the tombstone it may live again"
    );
}

#[tokio::test]
async fn pages_follow_on_without_gap_or_repeat() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let changes = (0..25)
        .map(|n| {
            edit(
                &format!("dev-a:{n}"),
                Operation::Create,
                &patient(&format!("p{n}"), "Page"),
                None,
            )
        })
        .collect();
    ana.push(changes).await;
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let request = PullRequest {
            cursor,
            device_id: "dev-a".to_owned(),
            max_records: Some(10),
            ..PullRequest::default()
        };
        let answer = ana.pull_with(&request).await;
        let page: haven_model::wire::PullResponse = answer.json().await.expect("a page");
        assert_eq!(
            page.total,
            Some(25 - seen.len() as u64),
            "what lies behind is counted"
        );
        seen.extend(page.changes.iter().map(|change| change.record_id.clone()));
        cursor = Some(page.cursor);
        if !page.has_more {
            break;
        }
    }
    let expected: Vec<String> = (0..25).map(|n| format!("p{n}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn cursors_of_elsewhere_and_garbage_are_gone() {
    let clinic = Clinic::open().await;
    let other = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let foreign = other
        .enrol("eve", Role::Nurse, "dev-e")
        .await
        .pull(None)
        .await
        .cursor;
    for cursor in [
        foreign.as_str(),
        "garbage",
        "",
        "AAAAAAAAAAAAAAAA",
        &"x".repeat(50_000),
    ] {
        let request = PullRequest {
            cursor: Some(cursor.to_owned()),
            device_id: "dev-a".to_owned(),
            ..PullRequest::default()
        };
        let (status, body) = outcome(ana.pull_with(&request).await).await;
        assert_eq!(status, StatusCode::GONE);
        assert_eq!(body["code"], "cursor-expired");
        assert_eq!(body["retryable"], true);
    }
}

#[tokio::test]
async fn a_hub_restored_from_a_backup_finds_out_from_the_first_cursor() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    ana.push(vec![edit(
        "dev-a:1",
        Operation::Create,
        &patient("p1", "Kept"),
        None,
    )])
    .await;
    let old = ana.pull(None).await.cursor;
    let backup = clinic.folder.path().join("backup.db");
    let source = rusqlite::Connection::open(clinic.folder.path().join("hub.db")).expect("opens");
    source
        .execute("VACUUM INTO ?1", [backup.to_str().expect("a path")])
        .expect("a backup");
    ana.push(vec![edit(
        "dev-a:2",
        Operation::Create,
        &patient("p2", "Lost"),
        None,
    )])
    .await;
    let ahead = ana.pull(None).await.cursor;

    let hub = haven_hub::Hub::open(&backup).expect("the backup opens");
    let restored = haven_hub::spawn(hub, ([127, 0, 0, 1], 0).into())
        .await
        .expect("a port");
    let ana = clinic::Person {
        base: restored.url(),
        ..ana
    };
    let request = |cursor: &str| PullRequest {
        cursor: Some(cursor.to_owned()),
        device_id: "dev-a".to_owned(),
        ..PullRequest::default()
    };
    let before: Value = ana.get("/healthz").await.json().await.expect("health");
    let behind = ana.pull_with(&request(&old)).await;
    assert_eq!(
        behind.status(),
        StatusCode::OK,
        "an old cursor proves nothing"
    );
    assert_eq!(
        ana.pull_with(&request(&ahead)).await.status(),
        StatusCode::GONE
    );
    let after: Value = ana.get("/healthz").await.json().await.expect("health");
    assert_ne!(
        before["epoch"], after["epoch"],
        "a cursor from beyond the end starts a new epoch"
    );
    assert_eq!(
        ana.pull_with(&request(&old)).await.status(),
        StatusCode::GONE,
        "for everyone"
    );
}

#[tokio::test]
async fn two_devices_push_at_once_and_nothing_is_lost() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let ben = clinic.enrol("ben", Role::Nurse, "dev-b").await;
    let push_all = |person: clinic::Person| async move {
        let mut accepted = 0;
        for n in 0..20 {
            let device = person.device.clone();
            let own = patient(&format!("{device}-{n}"), "Own");
            let shared = patient(&format!("shared-{n}"), &device);
            let answer = person
                .push(vec![
                    edit(&format!("{device}:{n}a"), Operation::Create, &own, None),
                    edit(&format!("{device}:{n}b"), Operation::Create, &shared, None),
                ])
                .await;
            assert_eq!(
                answer.accepted.len() + answer.rejected.len(),
                2,
                "each has an outcome"
            );
            accepted += answer.accepted.len();
        }
        accepted
    };
    let (a, b) = tokio::join!(push_all(ana.clone()), push_all(ben));
    assert_eq!(a + b, 60, "each shared id is won by exactly one");
    let page = ana.pull(None).await;
    assert_eq!(page.changes.len(), 60);
    let instants: Vec<&str> = page
        .changes
        .iter()
        .map(|c| c.last_modified.as_str())
        .collect();
    assert!(
        instants.is_sorted(),
        "the hub's clock never falls in the hub's order"
    );
}

#[tokio::test]
async fn a_hub_killed_in_the_middle_takes_every_op_once() {
    let mut clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let ops: Vec<_> = (0..300)
        .map(|n| {
            let body = patient(&format!("p{n}"), "Once");
            edit(&format!("dev-a:{n}"), Operation::Create, &body, None)
        })
        .collect();
    let request = haven_model::wire::PushRequest {
        device_id: "dev-a".to_owned(),
        changes: ops.clone(),
        ..Default::default()
    };
    for round in 0..6 {
        let push = ana
            .request("POST", "/api/v2/sync/push")
            .json(&request)
            .send();
        // Killed later each round: before, while or after the work is done.
        let push = tokio::spawn(push);
        for _ in 0..(1 << (2 * round)) {
            tokio::task::yield_now().await;
        }
        let address = clinic.running.address();
        clinic.running.kill();
        let _ = push.await;
        let hub = haven_hub::Hub::open(&clinic.folder.path().join("hub.db")).expect("opens");
        let running = spawn_at(hub.clone(), address).await;
        clinic = Clinic {
            hub,
            running,
            ..clinic
        };
    }
    let ana = clinic.person(&ana.token, "dev-a");
    let answer = ana.push(ops).await;
    assert_eq!(
        answer.accepted.len(),
        300,
        "every op is answered as accepted"
    );
    let versions: Vec<&str> = answer.results.iter().map(|r| r.version.as_str()).collect();
    assert!(
        versions.iter().all(|version| *version == "1"),
        "and was applied once"
    );
    assert_eq!(ana.pull(None).await.total, Some(300));
}

/// Listens where the killed hub did, as soon as the address is free.
async fn spawn_at(hub: haven_hub::Hub, address: std::net::SocketAddr) -> haven_hub::RunningHub {
    for _ in 0..1000 {
        match haven_hub::spawn(hub.clone(), address).await {
            Ok(running) => return running,
            Err(_) => tokio::task::yield_now().await,
        }
    }
    haven_hub::spawn(hub, ([127, 0, 0, 1], 0).into())
        .await
        .expect("a free port")
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let op = edit("dev-a:1", Operation::Create, &patient("p1", "Kept"), None);
    let reply = ana.push(vec![op.clone()]).await;
    let cursor = ana.pull(None).await.cursor;
    let clinic = clinic.restart().await;
    let ana = clinic.person(&ana.token, "dev-a");
    assert!(
        ana.pull(Some(&cursor)).await.changes.is_empty(),
        "token and cursor still hold"
    );
    assert_eq!(
        ana.push(vec![op]).await.results,
        reply.results,
        "the kept reply too"
    );
}

#[tokio::test]
async fn a_role_neither_pushes_nor_pulls_what_it_may_not_see() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Clinician, "dev-a").await;
    let desk = clinic.enrol("dora", Role::FrontDesk, "dev-d").await;
    let allergy =
        r#"{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"}}"#;
    let restricted = r#"{"resourceType":"Patient","id":"p2","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}}"#;
    let answer = ana
        .push(vec![
            edit("dev-a:1", Operation::Create, &patient("p1", "Open"), None),
            edit("dev-a:2", Operation::Create, allergy, None),
            edit("dev-a:3", Operation::Create, restricted, None),
        ])
        .await;
    assert_eq!(answer.accepted.len(), 3, "{:?}", answer.rejected);
    let page = desk.pull(None).await;
    let ids: Vec<&str> = page
        .changes
        .iter()
        .map(|change| change.record_id.as_str())
        .collect();
    assert_eq!((ids.as_slice(), page.total), (["p1"].as_slice(), Some(1)));
    let refused = desk
        .push(vec![
            edit(
                "dev-d:1",
                Operation::Create,
                &allergy.replace("a1", "a2"),
                None,
            ),
            edit(
                "dev-d:2",
                Operation::Update,
                &patient("p2", "Peek"),
                Some("1"),
            ),
            edit(
                "dev-d:3",
                Operation::Delete,
                &patient("p1", "Open"),
                Some("1"),
            ),
        ])
        .await;
    assert!(refused.accepted.is_empty());
    for rejection in refused.rejected {
        assert!(
            rejection.reason.starts_with("forbidden"),
            "{}",
            rejection.reason
        );
        assert!(
            rejection.conflict.is_none(),
            "a refusal shows nothing of what is there"
        );
    }
}

#[tokio::test]
async fn invalid_content_names_its_element() {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Nurse, "dev-a").await;
    let mut moved = edit("dev-a:2", Operation::Create, &patient("p1", "X"), None);
    moved.record_id = "p9".to_owned();
    let answer = ana
        .push(vec![
            edit(
                "dev-a:1",
                Operation::Create,
                r#"{"resourceType":"Observation","id":"o1","code":{"text":"x"}}"#,
                None,
            ),
            moved,
            edit(
                "dev-a:3",
                Operation::Create,
                r#"{"resourceType":"Nonsense","id":"n1"}"#,
                None,
            ),
        ])
        .await;
    assert!(answer.accepted.is_empty());
    for rejection in &answer.rejected {
        assert!(
            rejection.reason.starts_with("invalid: "),
            "{}",
            rejection.reason
        );
        let outcome = rejection.outcome.as_ref().expect("an OperationOutcome");
        assert_eq!(outcome["resourceType"], "OperationOutcome");
    }
    assert!(
        answer.rejected[0].reason.contains("Observation.status"),
        "{}",
        answer.rejected[0].reason
    );
}
