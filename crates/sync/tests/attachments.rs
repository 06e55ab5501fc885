//! Content of attachments over a hub on a port of its own: behind the records, in pieces, verified.

#![allow(clippy::print_stdout, reason = "seeds and figures are told")]

mod parts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use haven_hub::HubError;
use haven_model::attachment::AttachmentOffer;
use haven_model::{Resource, ResourceKey, Role, SensitivityClass};
use haven_store::{
    AttachmentRow, AttachmentStanding, ErrorCode, NewAttachment, Op, OpKind, Passphrase, Store,
    StoreError,
};
use haven_sync::digest::Digests;
use haven_sync::pace::{Pace as _, SystemPace};
use haven_sync::remote::{ContentPiece, StoreTokens};
use haven_sync::{
    AttachmentLimits, Events, HubRemote, Remote, SyncOptions, SyncSummary, settings, sync_once,
};
use parts::{Clinic, PASSWORD, Station, patient};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

const SEED: u64 = 28;

/// Bytes that no compression makes smaller.
fn noise(bytes: usize) -> Vec<u8> {
    println!("seed {SEED}");
    let mut noise = vec![0; bytes];
    ChaCha8Rng::seed_from_u64(SEED).fill_bytes(&mut noise);
    noise
}

fn document(id: &str, binary: &str, content: &[u8]) -> Value {
    let mut digests = Digests::default();
    digests.update(content);
    let found = digests.finish();
    json!({"resourceType": "DocumentReference", "id": id, "status": "current",
        "subject": {"reference": "Patient/p"}, "content": [{"attachment": {
            "contentType": "application/pdf", "url": format!("Binary/{binary}"),
            "size": found.bytes, "hash": found.hash}}]})
}

fn observation(id: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"text": "Body weight"}, "subject": {"reference": "Patient/p"}})
}

/// Keeps content made on a station beside a document that refers to it.
fn attach(station: &Station, id: &str, binary: &str, content: &[u8]) {
    let document = Resource::from_value(&document(id, binary, content)).expect("a document");
    let mut digests = Digests::default();
    digests.update(content);
    let found = digests.finish();
    let new = NewAttachment {
        owner: document.key().clone(),
        url: format!("Binary/{binary}"),
        bytes: found.bytes,
        sha256: found.sha256,
    };
    let op = Op::new(OpKind::Edit, station.user.clone(), SystemPace.now());
    station
        .store
        .transact(op, |tx| {
            tx.edit(document)?;
            let mut row = tx.begin_own_attachment(&new)?;
            for piece in content.chunks(100_000) {
                tx.append_content(&mut row, piece)?;
            }
            Ok::<_, StoreError>(())
        })
        .expect("the attachment is kept");
}

fn row(store: &Store, binary: &str) -> AttachmentRow {
    let mut rows = store.attachments(Some(binary)).expect("the store reads");
    assert_eq!(rows.len(), 1, "one attachment of that id");
    rows.remove(0)
}

fn content(store: &Store, binary: &str) -> Result<Vec<u8>, StoreError> {
    let mut content = Vec::new();
    store.attachment_content(&row(store, binary), |bytes| {
        content.extend_from_slice(bytes);
        Ok::<_, StoreError>(())
    })?;
    Ok(content)
}

async fn sync_within(
    store: &Store,
    remote: &Arc<dyn Remote>,
    dir: &std::path::Path,
    limits: AttachmentLimits,
) -> SyncSummary {
    let options = SyncOptions {
        attachments: limits,
        ..SyncOptions::new(dir)
    };
    sync_once(store, remote, &options, &Events::silent())
        .await
        .expect("attachments fail no sync")
}

fn of_bytes(bytes: u64) -> AttachmentLimits {
    AttachmentLimits {
        bytes: Some(bytes),
        ..AttachmentLimits::default()
    }
}

/// The process ends, and another opens the same store.
fn killed(station: Station) -> Station {
    let Station {
        dir, store, user, ..
    } = station;
    drop(store);
    let passphrase = Passphrase::new(PASSWORD.to_owned());
    let store = Store::unlock(dir.path(), &user, &passphrase, SystemPace.now()).expect("opens");
    let remote = Arc::new(parts::hub_remote(&store));
    Station {
        dir,
        store,
        user,
        remote,
    }
}

fn at_the_hub(clinic: &Clinic, sql: &str) -> usize {
    let done = clinic
        .hub()
        .database()
        .write(|tx| Ok::<_, HubError>(tx.execute(sql, [])?));
    done.expect("the hub's table changes")
}

#[tokio::test(flavor = "multi_thread")]
async fn case_28_a_missing_or_corrupt_attachment_keeps_no_record_back_and_is_never_shown() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let scan = noise(300_000);
    ana.put(&patient("p"));
    attach(&ana, "d", "scan", &scan);
    assert_eq!(ana.sync().await.attachments.sent, 1);

    // The hub has lost it.
    at_the_hub(&clinic, "UPDATE attachment SET whole = 0");
    let told = ben.sync().await;
    assert_eq!(
        (told.pulled, told.attachments.failed),
        (2, 1),
        "records come"
    );
    let held = row(&ben.store, "scan");
    assert_eq!(held.reason.as_deref(), Some("missing"));
    let refused = content(&ben.store, "scan").expect_err("nothing to show");
    assert_eq!(refused.code(), ErrorCode::Precondition);

    // The hub has it, with one bit flipped.
    at_the_hub(&clinic, "UPDATE attachment SET whole = 1");
    let flip = "UPDATE attachment_chunk SET body = CAST(substr(body, 1, 99) || \
         CASE substr(body, 100, 1) WHEN x'00' THEN x'01' ELSE x'00' END || substr(body, 101) AS BLOB) \
         WHERE begins_at = 0";
    at_the_hub(
        &clinic,
        "CREATE TABLE kept AS SELECT * FROM attachment_chunk",
    );
    assert_eq!(at_the_hub(&clinic, flip), 1);
    ana.put(&observation("o1"));
    ana.sync().await;
    let told = ben.sync().await;
    assert_eq!(
        (told.pulled, told.attachments.failed),
        (1, 1),
        "records come"
    );
    let held = row(&ben.store, "scan");
    assert_eq!(held.reason.as_deref(), Some("hash_mismatch"));
    assert_eq!(held.held_bytes, 0, "what is wrong is not kept");
    assert!(content(&ben.store, "scan").is_err(), "nor shown");
    assert!(held.next_attempt_at.is_some(), "it is tried again");

    at_the_hub(&clinic, "DELETE FROM attachment_chunk");
    at_the_hub(&clinic, "INSERT INTO attachment_chunk SELECT * FROM kept");
    let told = ben.sync().await;
    assert_eq!((told.attachments.received, told.attachments.failed), (1, 0));
    assert_eq!(content(&ben.store, "scan").expect("whole"), scan);
    assert_eq!(row(&ben.store, "scan").verified_by.as_deref(), Some("hash"));
    let problems = ben.store.verify_deep().expect("it runs").problems;
    assert!(problems.is_empty(), "{problems:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_in_the_middle_goes_on_where_it_was_both_ways() {
    let clinic = Clinic::start().await;
    let mut ana = Station::join(&clinic, "ana").await;
    let mut ben = Station::join(&clinic, "ben").await;
    let scan = noise(700_000);
    ana.put(&patient("p"));
    attach(&ana, "d", "scan", &scan);
    let mut sent = 0;
    for _ in 0..20 {
        let told = sync_within(&ana.store, &ana.remote, ana.dir.path(), of_bytes(40_000)).await;
        sent += told.attachments.bytes_sent;
        ana = killed(ana);
        if told.attachments.to_send == 0 {
            break;
        }
        assert_eq!(told.waiting, 0, "records do not wait for content");
    }
    assert_eq!(row(&ana.store, "scan").standing, AttachmentStanding::Whole);
    assert_eq!(sent, 700_000, "nothing was sent twice");

    let mut received = 0;
    for _ in 0..20 {
        let told = sync_within(&ben.store, &ben.remote, ben.dir.path(), of_bytes(100_000)).await;
        received += told.attachments.bytes_received;
        ben = killed(ben);
        if told.attachments.to_receive == 0 {
            break;
        }
        assert!(
            content(&ben.store, "scan").is_err(),
            "half of it is not shown"
        );
    }
    assert_eq!(content(&ben.store, "scan").expect("whole"), scan);
    assert_eq!(received, 700_000, "nothing was received twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_every_so_many_bytes_brings_it_all_in_the_end() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let scan = noise(400_000);
    ana.put(&patient("p"));
    attach(&ana, "d", "scan", &scan);
    ana.sync().await;
    for (who, every) in [("ben", 7_000_u64), ("cem", 33_333), ("dee", 131_072)] {
        let station = Station::join(&clinic, who).await;
        let nothing = of_bytes(0);
        sync_within(&station.store, &station.remote, station.dir.path(), nothing).await;
        assert_eq!(row(&station.store, "scan").held_bytes, 0, "records only");
        let cut = Arc::new(AtomicU64::new(0));
        let proxy = cutting(clinic.address, every, Arc::clone(&cut)).await;
        let remote = through(&station.store, &format!("http://{proxy}"));
        let mut received = 0;
        for _ in 0..200 {
            let told = sync_within(
                &station.store,
                &remote,
                station.dir.path(),
                AttachmentLimits::default(),
            )
            .await;
            received += told.attachments.bytes_received;
            if told.attachments.to_receive == 0 {
                break;
            }
        }
        assert_eq!(content(&station.store, "scan").expect("whole"), scan);
        assert!(cut.load(Ordering::SeqCst) > 2, "connections were cut");
        assert_eq!(
            received, 400_000,
            "no byte was needed twice, cut every {every}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_wait_stop_attachments_at_once_and_a_metered_budget_is_kept() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    ana.put(&patient("p"));
    attach(&ana, "d", "scan", &noise(300_000));
    let wanted = Arc::new(Notify::new());
    wanted.notify_one();
    let limits = AttachmentLimits {
        wanted: Some(wanted),
        ..AttachmentLimits::default()
    };
    let told = sync_within(&ana.store, &ana.remote, ana.dir.path(), limits).await;
    assert_eq!((told.pushed, told.waiting), (2, 0), "records went first");
    assert!(told.attachments.more, "and more could be done at once");
    let told = sync_within(&ana.store, &ana.remote, ana.dir.path(), of_bytes(0)).await;
    assert_eq!(told.attachments.bytes_sent, 0);
    assert!(
        !told.attachments.more,
        "nothing more until the network is another"
    );
    assert_eq!(ana.sync().await.attachments.sent, 1);
}

/// Leaves so many bytes short of four fifths of the quota, where the warning comes.
fn leave_room(store: &Store, bytes: u64) {
    let used = store.storage().expect("the folder is there").used_bytes;
    let quota = (used + bytes) / 4 * 5;
    store.set_quota(quota, SystemPace.now()).expect("a quota");
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_leave_room_for_records() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let bo = Station::join_as(&clinic, "bo", Role::Admin).await;
    ana.put(&patient("p"));
    attach(&ana, "d", "scan", &noise(3_000_000));
    ana.sync().await;
    leave_room(&bo.store, 1_000_000);
    bo.sync().await;
    let waits = row(&bo.store, "scan");
    assert_eq!(
        (waits.reason.as_deref(), waits.held_bytes),
        (Some("no_room"), 0),
        "it would take the room of records, and nothing of it is fetched in vain"
    );
    ana.put(&observation("after"));
    ana.sync().await;
    assert_eq!(bo.sync().await.pulled, 1, "a record still finds room");
    leave_room(&bo.store, 20_000_000);
    let at_once = SyncOptions {
        ignore_waits: true,
        ..bo.options()
    };
    sync_once(&bo.store, &bo.remote, &at_once, &Events::silent())
        .await
        .expect("it syncs");
    assert!(
        content(&bo.store, "scan").expect("it opens") == noise(3_000_000),
        "room was made, and it goes on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_takes_each_piece_once_and_nothing_that_is_not_what_was_announced() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    ana.sync().await;
    let scan = noise(5_000);
    let mut digests = Digests::default();
    digests.update(&scan);
    let sha256 = digests.finish().sha256;
    let offer = AttachmentOffer {
        device_id: ana.store.session().device_id.clone(),
        op_id: "op".to_owned(),
        id: "scan".to_owned(),
        sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        bytes: 5_000,
        content_type: "image/png".to_owned(),
        class: SensitivityClass::Clinical,
    };
    let piece = |begins_at: usize, bytes: &[u8]| ContentPiece {
        offer: offer.clone(),
        begins_at: begins_at as u64,
        bytes: bytes.to_vec(),
    };
    let there = ana
        .remote
        .offer_content(offer.clone())
        .await
        .expect("taken");
    assert_eq!((there.received, there.whole), (0, false));
    for _ in 0..2 {
        let there = ana.remote.send_content(piece(0, &scan[..3_000])).await;
        assert_eq!(
            there.expect("taken").received,
            3_000,
            "sent twice, kept once"
        );
    }
    let gap = ana.remote.send_content(piece(4_000, &scan[4_000..])).await;
    assert!(gap.is_err(), "no gap");
    let wrong = ana.remote.send_content(piece(3_000, &[0; 2_000])).await;
    assert!(wrong.is_err(), "the hash is another");
    let there = ana
        .remote
        .offer_content(offer.clone())
        .await
        .expect("taken");
    assert_eq!(
        (there.received, there.whole),
        (0, false),
        "all of it was dropped"
    );
    ana.remote
        .send_content(piece(0, &scan[..3_000]))
        .await
        .expect("taken");
    let there = ana.remote.send_content(piece(3_000, &scan[3_000..])).await;
    assert!(there.expect("taken").whole);
    let there = ana
        .remote
        .offer_content(offer.clone())
        .await
        .expect("taken");
    assert!(there.whole, "offered again, it is there");
    let other = AttachmentOffer {
        sha256: "00".repeat(32),
        ..offer.clone()
    };
    let refused = ana.remote.offer_content(other).await;
    assert!(refused.is_err(), "what is whole never changes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_binary_at_the_hub_travels_behind_the_records_and_elsewhere_is_left() {
    use base64::Engine as _;
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    let scan = noise(200_000);
    ana.put(&patient("p"));
    let binary = ana.put(
        &json!({"resourceType": "Binary", "id": "b", "contentType": "image/png",
        "data": base64::engine::general_purpose::STANDARD.encode(&scan)}),
    );
    let mut own = document("d", "b", &scan);
    own["content"][0]["attachment"]["url"] = json!(format!("{}/fhir/R4/Binary/b", clinic.url()));
    ana.put(&own);
    let mut far = document("e", "c", &scan);
    far["content"][0]["attachment"]["url"] = json!("https://elsewhere.example/fhir/Binary/c");
    ana.put(&far);
    ana.sync().await;
    let told = ben.sync().await;
    assert!(
        ben.store.get(&binary).expect("reads").is_none(),
        "it is no record here"
    );
    assert_eq!(told.attachments.received, 1);
    assert_eq!(content(&ben.store, "b").expect("whole"), scan);
    assert_eq!(row(&ben.store, "c").standing, AttachmentStanding::Elsewhere);
    assert_eq!(
        told.attachments.failed, 0,
        "what is elsewhere is no failure"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_sealed_at_rest_follows_its_class_and_its_key_and_is_kept_until_sent() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    ana.put(&patient("p"));
    let mut letter = b"Findings of the pathology department. ".repeat(4_000);
    letter.extend_from_slice(&noise(1_000));
    attach(&ana, "d", "scan", &letter);
    let key: ResourceKey = "DocumentReference/d".parse().expect("a key");
    ana.change(&key, |value| {
        value["meta"] = json!({"security": [{"system":
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]});
    });
    assert_eq!(row(&ana.store, "scan").class, SensitivityClass::Sensitive);
    assert_eq!(
        content(&ana.store, "scan").expect("opens under its new class"),
        letter
    );
    for entry in std::fs::read_dir(ana.dir.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            let found = bytes.windows(8).any(|window| window == b"patholog");
            assert!(!found, "{} shows content", path.display());
        }
    }
    let op = Op::new(OpKind::Configure, "ana", SystemPace.now());
    let dropped = ana.store.transact(op, |tx| {
        let mut row = row(&ana.store, "scan");
        tx.drop_content(&mut row)
    });
    assert!(dropped.is_err(), "what exists nowhere else is not dropped");
    ana.sync().await;
    assert_eq!(content(&ana.store, "scan").expect("stays"), letter);
}

/// A proxy that ends every connection after so many bytes of answers.
async fn cutting(
    target: std::net::SocketAddr,
    every: u64,
    cut: Arc<AtomicU64>,
) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let cut = Arc::clone(&cut);
            tokio::spawn(async move {
                let Ok(server) = TcpStream::connect(target).await else {
                    return;
                };
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let up = tokio::spawn(async move {
                    let _ended = tokio::io::copy(&mut from_client, &mut to_server).await;
                });
                let mut left = every;
                let mut buffer = vec![0; 4_096];
                while left > 0 {
                    let most = usize::try_from(left).unwrap_or(4_096).min(4_096);
                    let Ok(read) = from_server.read(&mut buffer[..most]).await else {
                        break;
                    };
                    if read == 0 || to_client.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                    left -= read as u64;
                }
                if left == 0 {
                    cut.fetch_add(1, Ordering::SeqCst);
                }
                up.abort();
            });
        }
    });
    address
}

/// The store's hub at another address.
fn through(store: &Store, url: &str) -> Arc<dyn Remote> {
    let hub = settings::hub_settings(store)
        .expect("the store reads")
        .expect("it is enrolled");
    let pace = Arc::new(SystemPace);
    let tokens = Arc::new(StoreTokens::new(store.clone(), pace.clone()));
    let hub = haven_sync::remote::HubSettings {
        url: url.to_owned(),
        ..hub
    };
    Arc::new(HubRemote::new(hub, tokens, None, pace).expect("a client"))
}

/// A proxy that counts bytes both ways.
async fn counting(
    target: std::net::SocketAddr,
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(target).await else {
                return;
            };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::spawn(counted(from_client, to_server, Arc::clone(&up)));
            tokio::spawn(counted(from_server, to_client, Arc::clone(&down)));
        }
    });
    address
}

async fn counted(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    count: Arc<AtomicU64>,
) {
    let mut buffer = vec![0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        count.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_told_of_a_sync_are_those_on_the_wire() {
    let clinic = Clinic::start().await;
    let ana = Station::join(&clinic, "ana").await;
    let ben = Station::join(&clinic, "ben").await;
    ana.put(&patient("p"));
    for number in 0..300 {
        ana.put(&observation(&format!("o{number}")));
    }
    attach(&ana, "d", "scan", &noise(100_000));
    for station in [&ana, &ben] {
        let (up, down) = (Arc::default(), Arc::default());
        let proxy = counting(clinic.address, Arc::clone(&up), Arc::clone(&down)).await;
        let remote = through(&station.store, &format!("http://{proxy}"));
        let limits = AttachmentLimits::default();
        let told = sync_within(&station.store, &remote, station.dir.path(), limits).await;
        assert!(told.pulled + told.pushed >= 302, "records moved");
        let near = |told: u64, counted: &AtomicU64| {
            let counted = counted.load(Ordering::SeqCst);
            assert!(
                told.abs_diff(counted) * 25 <= counted,
                "{told} told, {counted} on the wire, for {}",
                station.user
            );
        };
        near(told.wire.bytes_sent, &up);
        near(told.wire.bytes_received, &down);
        let both = told.wire.bytes_sent + told.wire.bytes_received;
        let content = told.attachments.bytes_sent + told.attachments.bytes_received;
        let each = (both - content) / (told.pulled + told.pushed);
        assert_eq!(told.wire.bytes_per_change, Some(each));
        println!("{}: {each} bytes for each record", station.user);
    }
}
