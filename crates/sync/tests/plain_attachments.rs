//! A plain FHIR server on a port of its own. Content of attachments: in ranges where it knows them,
//! whole where not, under ids of ours or of its choosing. And what it lets a client do: compressed
//! requests, limits of rate.

mod parts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::StreamExt as _;
use haven_model::{Resource, ResourceKey, Role};
use haven_store::{
    AttachmentStanding, InitOptions, KdfParams, NewAttachment, Op, OpKind, Passphrase, Store,
    StoreError,
};
use haven_sync::digest::Digests;
use haven_sync::pace::{Pace as _, SystemPace};
use haven_sync::remote::{Access, PlainServer};
use haven_sync::{Events, FhirRemote, Remote, SyncOptions, SyncSummary, sync_once};
use parts::{PASSWORD, patient};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the server is like, and what it holds.
#[derive(Default)]
struct Server {
    /// Whether it lets clients choose ids.
    client_ids: bool,
    ranges: bool,
    /// Whether it knows compressed requests.
    gzip: bool,
    held: BTreeMap<String, Value>,
    binaries: BTreeMap<String, Vec<u8>>,
    versions: u64,
    /// Ends every answer with content after so many bytes.
    cut_after: Option<usize>,
    /// Headers of the next answers to reads of types.
    slow: bool,
    /// Method, path and content encoding of each request.
    asked: Vec<String>,
    given_bytes: usize,
}

type Shared = Arc<Mutex<Server>>;

async fn answer(
    State(server): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    path: Option<Path<String>>,
    body: Bytes,
) -> Response {
    let mut server = server.lock().expect("no panic holds it");
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("plain");
    server.asked.push(format!("{method} {path} {encoding}"));
    let body = if encoding == "gzip" {
        if !server.gzip {
            return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
        }
        let mut text = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&body[..]);
        std::io::Read::read_to_end(&mut decoder, &mut text).expect("gzip");
        text
    } else {
        body.to_vec()
    };
    let fhir = |status: StatusCode, value: &Value| {
        let kind = [(header::CONTENT_TYPE, "application/fhir+json")];
        (status, kind, value.to_string()).into_response()
    };
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["metadata"]) => fhir(
            StatusCode::OK,
            &json!({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1",
                "software": {"name": "Stub"}, "rest": [{"mode": "server", "resource": [
                    {"type": "Patient"}, {"type": "DocumentReference"}]}]}),
        ),
        ("GET", ["Binary", id]) => {
            let Some(content) = server.binaries.get(*id).cloned() else {
                return fhir(
                    StatusCode::NOT_FOUND,
                    &json!({"resourceType": "OperationOutcome"}),
                );
            };
            let from = headers
                .get(header::RANGE)
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
                .filter(|_| server.ranges)
                .unwrap_or(0_usize);
            let rest = content.get(from..).unwrap_or_default().to_vec();
            let shown = server.cut_after.unwrap_or(usize::MAX).min(rest.len());
            server.given_bytes += shown;
            let status = if from > 0 { 206 } else { 200 };
            let mut reply = Response::builder()
                .status(status)
                .header(header::ETAG, "W/\"1\"")
                .header(header::CONTENT_LENGTH, rest.len())
                .header(header::CONTENT_TYPE, "application/pdf");
            if from > 0 {
                let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
                reply = reply.header(header::CONTENT_RANGE, range);
            }
            let given = rest.get(..shown).unwrap_or_default().to_vec();
            let ends_early = shown < rest.len();
            // What was given before the cut is on its way when the cut comes.
            let given: Vec<Bytes> = given.chunks(8_192).map(Bytes::copy_from_slice).collect();
            let cut = ends_early.then(|| Err(std::io::Error::other("cut")));
            let pieces = futures_util::stream::iter(given.into_iter().map(Ok).chain(cut)).then(
                async |piece| {
                    tokio::task::yield_now().await;
                    piece
                },
            );
            reply.body(Body::from_stream(pieces)).expect("an answer")
        }
        ("GET", [kind]) => {
            if server.slow {
                server.slow = false;
                let limits = [("ratelimit", "\"default\";r=0;t=1")];
                return (
                    limits,
                    fhir(
                        StatusCode::OK,
                        &json!({"resourceType": "Bundle", "type": "searchset"}),
                    ),
                )
                    .into_response();
            }
            let prefix = format!("{kind}/");
            let entries: Vec<Value> = server
                .held
                .iter()
                .filter(|(key, _)| key.starts_with(&prefix))
                .map(|(_, resource)| json!({"resource": resource}))
                .collect();
            let _asked = uri.query();
            fhir(
                StatusCode::OK,
                &json!({"resourceType": "Bundle", "type": "searchset",
                    "total": entries.len(), "entry": entries}),
            )
        }
        ("GET", [kind, id]) => match server.held.get(&format!("{kind}/{id}")) {
            Some(resource) => fhir(StatusCode::OK, resource),
            None => fhir(
                StatusCode::NOT_FOUND,
                &json!({"resourceType": "OperationOutcome"}),
            ),
        },
        ("PUT", [kind, id]) => {
            let key = format!("{kind}/{id}");
            let known = server.held.contains_key(&key) || server.binaries.contains_key(*id);
            if !known && !server.client_ids {
                return fhir(
                    StatusCode::NOT_FOUND,
                    &json!({"resourceType": "OperationOutcome"}),
                );
            }
            let stale = headers.get(header::IF_MATCH).is_some_and(|tag| {
                let held = server.held.get(&key).map(|held| {
                    format!(
                        "W/\"{}\"",
                        held["meta"]["versionId"].as_str().unwrap_or_default()
                    )
                });
                held.as_deref() != tag.to_str().ok()
            });
            if stale {
                let outcome = json!({"resourceType": "OperationOutcome"});
                return fhir(StatusCode::PRECONDITION_FAILED, &outcome);
            }
            keep(&mut server, kind, id, &body)
        }
        ("POST", [kind]) => {
            let id = format!("server-{}", server.versions + 1);
            let kept = keep(&mut server, kind, &id, &body);
            let location = [(
                header::LOCATION,
                format!("http://x/fhir/{kind}/{id}/_history/1"),
            )];
            let (mut parts, body) = kept.into_parts();
            parts.status = StatusCode::CREATED;
            (location, Response::from_parts(parts, body)).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn keep(server: &mut Server, kind: &str, id: &str, body: &[u8]) -> Response {
    use base64::Engine as _;
    let mut resource: Value = serde_json::from_slice(body).expect("JSON");
    server.versions += 1;
    if kind == "Binary" {
        let data = resource["data"].as_str().unwrap_or_default();
        let content = base64::engine::general_purpose::STANDARD.decode(data);
        server
            .binaries
            .insert(id.to_owned(), content.expect("base64"));
        return StatusCode::OK.into_response();
    }
    resource["id"] = json!(id);
    resource["meta"]["versionId"] = json!(server.versions.to_string());
    resource["meta"]["lastUpdated"] =
        json!(format!("2026-01-01T00:00:{:02}.000Z", server.versions % 60));
    server.held.insert(format!("{kind}/{id}"), resource.clone());
    let kind = [(header::CONTENT_TYPE, "application/fhir+json")];
    (StatusCode::OK, kind, resource.to_string()).into_response()
}

struct Desk {
    dir: TempDir,
    store: Store,
    remote: Arc<dyn Remote>,
    server: Shared,
}

impl Desk {
    async fn before(server: Server) -> Self {
        let server = Arc::new(Mutex::new(server));
        let router = Router::new()
            .route("/fhir", any(answer))
            .route("/fhir/{*path}", any(answer))
            .with_state(Arc::clone(&server));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}/fhir", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self::at(server, url)
    }

    fn at(server: Shared, url: String) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = InitOptions {
            user: "ana".to_owned(),
            display_name: "Ana".to_owned(),
            role: Role::Clinician,
            clinic: "Clinic".to_owned(),
            device_name: "Laptop".to_owned(),
            device_id: None,
            kdf: KdfParams::default(),
        };
        let passphrase = Passphrase::new(PASSWORD.to_owned());
        let now = SystemPace.now();
        let store = Store::init(dir.path(), &options, &passphrase, now).expect("a store");
        let plain = PlainServer {
            name: "stub".to_owned(),
            url,
            added_at: now.to_instant(),
            types: None,
        };
        plain.keep(&store, &Access::Open, "ana", now).expect("kept");
        let remote = FhirRemote::new(store.clone(), plain, true, Arc::new(SystemPace));
        Self {
            dir,
            store,
            remote: Arc::new(remote.expect("a client")),
            server,
        }
    }

    async fn sync(&self) -> SyncSummary {
        let options = SyncOptions::new(self.dir.path());
        sync_once(&self.store, &self.remote, &options, &Events::silent())
            .await
            .expect("it syncs")
    }

    fn put(&self, value: &Value) -> ResourceKey {
        let resource = Resource::from_value(value).expect("a resource");
        let key = resource.key().clone();
        let op = Op::new(OpKind::Edit, "ana", SystemPace.now());
        self.store
            .transact(op, |tx| tx.edit(resource))
            .expect("kept");
        key
    }

    fn attach(&self, content: &[u8]) {
        let mut digests = Digests::default();
        digests.update(content);
        let found = digests.finish();
        let owner = self.put(&document("d", "scan", &found.hash, content.len()));
        let new = NewAttachment {
            owner,
            url: "Binary/scan".to_owned(),
            bytes: found.bytes,
            sha256: found.sha256,
        };
        let op = Op::new(OpKind::Edit, "ana", SystemPace.now());
        self.store
            .transact(op, |tx| {
                let mut row = tx.begin_own_attachment(&new)?;
                tx.append_content(&mut row, content)
            })
            .expect("kept");
    }

    fn server(&self) -> std::sync::MutexGuard<'_, Server> {
        self.server.lock().expect("no panic holds it")
    }

    fn content(&self) -> Result<Vec<u8>, StoreError> {
        let rows = self.store.attachments(None).expect("the store reads");
        let mut content = Vec::new();
        self.store.attachment_content(&rows[0], |bytes| {
            content.extend_from_slice(bytes);
            Ok::<_, StoreError>(())
        })?;
        Ok(content)
    }
}

fn document(id: &str, binary: &str, hash: &str, bytes: usize) -> Value {
    json!({"resourceType": "DocumentReference", "id": id, "status": "current",
        "subject": {"reference": "Patient/p"}, "content": [{"attachment": {
            "contentType": "application/pdf", "url": format!("Binary/{binary}"),
            "size": bytes, "hash": hash}}]})
}

fn scan() -> Vec<u8> {
    (0..200_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn with_document(hash: &str, ranges: bool, cut_after: Option<usize>) -> Server {
    let scan = scan();
    let mut held = document("d", "scan", hash, scan.len());
    held["meta"] = json!({"versionId": "1", "lastUpdated": "2026-01-01T00:00:00.000Z"});
    Server {
        client_ids: true,
        ranges,
        cut_after,
        held: BTreeMap::from([("DocumentReference/d".to_owned(), held)]),
        binaries: BTreeMap::from([("scan".to_owned(), scan)]),
        ..Server::default()
    }
}

fn hash_of(content: &[u8]) -> String {
    let mut digests = Digests::default();
    digests.update(content);
    digests.finish().hash
}

#[tokio::test(flavor = "multi_thread")]
async fn content_comes_in_ranges_where_the_server_knows_them_and_whole_where_not() {
    let hash = hash_of(&scan());
    let desk = Desk::before(with_document(&hash, true, Some(90_000))).await;
    let told = desk.sync().await;
    assert_eq!((told.attachments.received, told.attachments.failed), (1, 0));
    assert_eq!(desk.content().expect("whole"), scan());
    assert_eq!(
        desk.server().given_bytes,
        scan().len(),
        "gone on with each time"
    );

    let desk = Desk::before(with_document(&hash, false, None)).await;
    assert_eq!(desk.sync().await.attachments.received, 1);
    assert_eq!(desk.content().expect("whole"), scan());

    // A hash that is not the content's: the record is here, the content is not shown.
    let desk = Desk::before(with_document(&hash_of(b"other"), true, None)).await;
    let told = desk.sync().await;
    assert_eq!((told.pulled, told.attachments.failed), (1, 1));
    assert!(desk.content().is_err(), "never shown as right");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_put_under_our_id_or_the_one_that_the_server_chooses() {
    for client_ids in [true, false] {
        let desk = Desk::before(Server {
            client_ids,
            ..Server::default()
        })
        .await;
        desk.put(&patient("p"));
        desk.attach(&scan());
        let told = desk.sync().await;
        assert_eq!(told.attachments.sent, 1, "ids of ours: {client_ids}");
        let told = desk.sync().await;
        assert_eq!((told.waiting, told.attachments.to_send), (0, 0));
        let server = desk.server();
        let (id, content) = server.binaries.iter().next().expect("a Binary");
        assert_eq!((content, server.binaries.len()), (&scan(), 1));
        let document = server
            .held
            .iter()
            .find(|(key, _)| key.starts_with("DocumentReference/"))
            .map(|(_, document)| document.clone())
            .expect("the document");
        let url = document["content"][0]["attachment"]["url"].clone();
        assert_eq!(url, json!(format!("Binary/{id}")), "the document names it");
        drop(server);
        let rows = desk.store.attachments(None).expect("the store reads");
        assert_eq!(
            (rows.len(), rows[0].standing),
            (1, AttachmentStanding::Whole)
        );
        assert_eq!(desk.content().expect("it stays here"), scan());
    }
}

fn large_patient(note: &str) -> Value {
    let mut large = patient("p");
    large["text"] = json!({"status": "generated",
        "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", note.repeat(600))});
    large
}

#[tokio::test(flavor = "multi_thread")]
async fn large_requests_are_compressed_where_the_server_takes_that_and_it_is_found_out_once() {
    for gzip in [true, false] {
        let desk = Desk::before(Server {
            client_ids: true,
            gzip,
            ..Server::default()
        })
        .await;
        desk.put(&large_patient("calm "));
        let told = desk.sync().await;
        assert_eq!((told.pushed, told.waiting), (1, 0));
        desk.put(&large_patient("well "));
        let told = desk.sync().await;
        assert_eq!((told.pushed, told.waiting), (1, 0));
        let asked: Vec<String> = desk
            .server()
            .asked
            .iter()
            .filter(|line| line.starts_with("PUT Patient/p"))
            .cloned()
            .collect();
        let packed = asked.iter().filter(|line| line.ends_with("gzip")).count();
        let plain = asked.iter().filter(|line| line.ends_with("plain")).count();
        if gzip {
            assert_eq!(plain, 0, "all of them: {asked:?}");
        } else {
            assert_eq!(packed, 1, "tried once: {asked:?}");
        }
        let held = desk.server().held["Patient/p"]["text"].clone();
        assert_eq!(held, large_patient("well ")["text"], "it arrived whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_nothing_left_of_its_limit_is_left_alone_for_as_long_as_it_says() {
    let desk = Desk::before(Server {
        client_ids: true,
        slow: true,
        ..Server::default()
    })
    .await;
    desk.put(&patient("p"));
    let started = std::time::Instant::now();
    let told = desk.sync().await;
    assert_eq!((told.pushed, told.waiting), (1, 0), "in the end it has it");
    assert!(
        started.elapsed().as_millis() >= 900,
        "the second that it asked for was waited"
    );
}
