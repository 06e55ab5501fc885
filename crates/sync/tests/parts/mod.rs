//! A hub on a port of its own and stations that joined it, for the stories beside this folder.
#![allow(dead_code, reason = "each story uses a part of it")]
#![allow(clippy::panic, reason = "a story ends where it cannot go on")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use haven_hub::{Hub, RunningHub};
use haven_model::{Resource, ResourceKey, Role, Timestamp};
use haven_store::{InitOptions, KdfParams, Op, OpKind, Passphrase, Store};
use haven_sync::pace::{Pace as _, SystemPace};
use haven_sync::remote::{Answer, StoreTokens};
use haven_sync::{
    Events, HubRemote, Remote, RemoteError, SyncError, SyncOptions, SyncSummary, enrol, settings,
    sync_once,
};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const PASSWORD: &str = "a long passphrase";

pub struct Clinic {
    pub dir: TempDir,
    hub: Option<Hub>,
    running: Option<RunningHub>,
    pub address: SocketAddr,
}

impl Clinic {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("hub.db");
        let hub = Hub::create(&path, "admin", PASSWORD, "Clinic", SystemPace.now()).expect("a hub");
        let running = haven_hub::spawn(hub.clone(), ([127, 0, 0, 1], 0).into())
            .await
            .expect("a port");
        let address = running.address();
        Self {
            dir,
            hub: Some(hub),
            running: Some(running),
            address,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn database(&self) -> PathBuf {
        self.dir.path().join("hub.db")
    }

    pub fn hub(&self) -> &Hub {
        self.hub.as_ref().expect("the hub runs")
    }

    /// The hub's process ends, and lets its file go.
    pub async fn stop(&mut self) {
        self.running
            .take()
            .expect("the hub runs")
            .stop()
            .await
            .expect("the hub stops");
        self.hub = None;
    }

    /// The hub comes back where it was, from whatever lies in its file now.
    pub async fn start_again(&mut self) {
        let hub = Hub::open(&self.database()).expect("the hub opens");
        self.hub = Some(hub.clone());
        self.serve(hub).await;
    }

    pub async fn serve(&mut self, hub: Hub) {
        self.running = Some(
            haven_hub::spawn(hub, self.address)
                .await
                .expect("the port is free again"),
        );
    }

    pub fn version_of(&self, key: &ResourceKey) -> Option<i64> {
        let current = self
            .hub()
            .database()
            .read(|tx| haven_hub::records::current(tx, key));
        current
            .expect("the hub reads")
            .map(|version| version.version)
    }

    pub fn bytes_of(&self, key: &ResourceKey) -> Option<Vec<u8>> {
        let current = self
            .hub()
            .database()
            .read(|tx| haven_hub::records::current(tx, key));
        current
            .expect("the hub reads")
            .and_then(|version| version.body)
    }
}

pub struct Station {
    pub dir: TempDir,
    pub store: Store,
    pub user: String,
    pub remote: Arc<dyn Remote>,
}

impl Station {
    pub async fn join(clinic: &Clinic, user: &str) -> Self {
        Self::join_as(clinic, user, Role::Clinician).await
    }

    pub async fn join_as(clinic: &Clinic, user: &str, role: Role) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = InitOptions {
            user: user.to_owned(),
            display_name: user.to_owned(),
            role,
            clinic: "Clinic".to_owned(),
            device_name: format!("Laptop of {user}"),
            device_id: None,
            kdf: KdfParams::default(),
        };
        let passphrase = Passphrase::new(PASSWORD.to_owned());
        let store =
            Store::init(dir.path(), &options, &passphrase, SystemPace.now()).expect("a store");
        let code = clinic
            .hub()
            .invite(user, role, None)
            .expect("an invitation");
        let session = store.session().clone();
        let answer = enrol(
            &clinic.url(),
            &code,
            &session.device_id,
            &session.device_name,
            PASSWORD,
        )
        .await
        .unwrap_or_else(|error| panic!("the code admits: {error}"));
        settings::remember_enrolment(&store, &clinic.url(), &answer, &SystemPace)
            .expect("the enrolment is kept");
        let remote = Arc::new(hub_remote(&store));
        Self {
            dir,
            store,
            user: user.to_owned(),
            remote,
        }
    }

    pub fn options(&self) -> SyncOptions {
        SyncOptions::new(self.dir.path())
    }

    pub async fn try_sync(&self) -> Result<SyncSummary, SyncError> {
        sync_once(
            &self.store,
            &self.remote,
            &self.options(),
            &Events::silent(),
        )
        .await
    }

    pub async fn sync(&self) -> SyncSummary {
        self.try_sync()
            .await
            .unwrap_or_else(|error| panic!("{} syncs: {error}", self.user))
    }

    pub fn put(&self, value: &Value) -> ResourceKey {
        let resource = Resource::from_value(value).expect("a resource");
        let key = resource.key().clone();
        let op = Op::new(OpKind::Edit, self.user.clone(), SystemPace.now());
        self.store
            .transact(op, |tx| tx.edit(resource))
            .expect("the edit is kept");
        key
    }

    pub fn change(&self, key: &ResourceKey, change: impl FnOnce(&mut Value)) {
        let mut value = self.value(key);
        change(&mut value);
        self.put(&value);
    }

    pub fn value(&self, key: &ResourceKey) -> Value {
        let held = self
            .store
            .get(key)
            .expect("the store reads")
            .expect("it is here");
        held.resource.expect("it lives").value()
    }

    pub fn bytes(&self, key: &ResourceKey) -> Option<Vec<u8>> {
        let held = self.store.get(key).expect("the store reads")?;
        held.resource.map(|resource| resource.bytes().to_vec())
    }

    pub fn now() -> Timestamp {
        SystemPace.now()
    }
}

pub fn hub_remote(store: &Store) -> HubRemote {
    let hub = settings::hub_settings(store)
        .expect("the store reads")
        .expect("it is enrolled");
    let pace = Arc::new(SystemPace);
    let tokens = Arc::new(StoreTokens::new(store.clone(), pace.clone()));
    HubRemote::new(hub, tokens, None, pace).expect("a client")
}

pub fn patient(id: &str) -> Value {
    json!({
        "resourceType": "Patient", "id": id,
        "name": [{"use": "official", "family": "Trevino", "given": ["Enrique"]}],
        "telecom": [{"system": "phone", "use": "home", "value": "+1 555 0100"}],
        "gender": "male", "birthDate": "1962-07-25",
    })
}

/// Something that befalls a push on its way.
type Befalls = Box<dyn FnMut(&haven_model::wire::PushRequest) -> Mishap + Send>;

pub enum Mishap {
    None,
    Refused(RemoteError),
    ReplyLost,
}

/// A remote whose pushes meet mishaps.
pub struct Mishaps {
    inner: Arc<dyn Remote>,
    befalls: Mutex<Befalls>,
}

impl Mishaps {
    pub fn on(
        inner: Arc<dyn Remote>,
        befalls: impl FnMut(&haven_model::wire::PushRequest) -> Mishap + Send + 'static,
    ) -> Arc<dyn Remote> {
        Arc::new(Self {
            inner,
            befalls: Mutex::new(Box::new(befalls)),
        })
    }
}

impl Remote for Mishaps {
    fn probe(&self) -> Answer<'_, haven_model::wire::Health> {
        self.inner.probe()
    }

    fn pull(
        &self,
        request: haven_model::wire::PullRequest,
    ) -> Answer<'_, haven_model::wire::PullResponse> {
        self.inner.pull(request)
    }

    fn push(
        &self,
        request: haven_model::wire::PushRequest,
    ) -> Answer<'_, haven_model::wire::PushResponse> {
        let mishap = (self.befalls.lock().expect("no panic holds it"))(&request);
        Box::pin(async move {
            match mishap {
                Mishap::None => self.inner.push(request).await,
                Mishap::Refused(error) => Err(error),
                Mishap::ReplyLost => {
                    let _lost = self.inner.push(request).await;
                    Err(RemoteError::Unreachable)
                }
            }
        })
    }
}
