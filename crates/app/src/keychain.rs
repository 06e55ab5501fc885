//! This computer's keychain: the Secret Service of a Linux desktop, Keychain, Credential Manager.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use haven_store::{Keychain, KeychainUnavailable};
use zeroize::Zeroizing;

/// Under which the keychain files Haven's secrets.
const SERVICE: &str = "org.haven.workstation";

/// How long an answer is waited for: a keychain that asks its user to unlock it must not hold up
/// whoever has the passphrase.
const PATIENCE: Duration = Duration::from_secs(3);

type Answer = Result<Option<Zeroizing<Vec<u8>>>, KeychainUnavailable>;

enum Ask {
    Get(String),
    Set(String, Zeroizing<Vec<u8>>),
    Remove(String),
}

/// A question, and where its answer goes.
type Asked = (Ask, SyncSender<Answer>);

/// The keychain of the signed-in user, asked in a thread of its own.
struct SystemKeychain {
    /// `None` once it did not answer in time: it is not asked again by this process.
    line: Mutex<Option<SyncSender<Asked>>>,
}

/// The keychain of this computer; `None` where there is none or it is switched off.
///
/// `HAVEN_KEYCHAIN=off` switches it off, for tests and for machines that are not to keep anything.
pub(crate) fn of_this_computer() -> Option<Arc<dyn Keychain>> {
    static FOUND: OnceLock<Option<Arc<dyn Keychain>>> = OnceLock::new();
    FOUND.get_or_init(find).clone()
}

fn find() -> Option<Arc<dyn Keychain>> {
    if std::env::var_os("HAVEN_KEYCHAIN").is_some_and(|value| value == "off") || !has_session_bus()
    {
        return None;
    }
    let (line, asked) = sync_channel(1);
    std::thread::Builder::new()
        .name("haven-keychain".to_owned())
        .spawn(move || serve(&asked))
        .ok()?;
    Some(Arc::new(SystemKeychain {
        line: Mutex::new(Some(line)),
    }))
}

/// Without the bus there is nobody to ask; a headless machine should not wait to learn that.
#[cfg(target_os = "linux")]
fn has_session_bus() -> bool {
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty())
        || std::env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|folder| std::path::Path::new(&folder).join("bus").exists())
}

#[cfg(not(target_os = "linux"))]
fn has_session_bus() -> bool {
    true
}

fn serve(asked: &Receiver<Asked>) {
    while let Ok((ask, reply)) = asked.recv() {
        // An error says that nobody waits for the answer any more.
        let _late = reply.send(answer(&ask));
    }
}

fn answer(ask: &Ask) -> Answer {
    let entry = |name: &str| keyring::v1::Entry::new(SERVICE, name).map_err(refused);
    let done = match ask {
        Ask::Get(name) => entry(name)?.get_secret().map(|secret| Some(secret.into())),
        Ask::Set(name, secret) => entry(name)?.set_secret(secret).map(|()| None),
        Ask::Remove(name) => entry(name)?.delete_credential().map(|()| None),
    };
    match done {
        Err(keyring::v1::Error::NoEntry) => Ok(None),
        other => other.map_err(refused),
    }
}

fn refused(error: keyring::v1::Error) -> KeychainUnavailable {
    // The kind alone: the words may hold what was kept.
    let kind = if matches!(error, keyring::v1::Error::NoStorageAccess(_)) {
        "it is locked"
    } else if matches!(error, keyring::v1::Error::NoDefaultStore) {
        "there is none"
    } else {
        "it failed"
    };
    tracing::debug!(kind, "the keychain does not answer");
    KeychainUnavailable
}

impl SystemKeychain {
    fn ask(&self, ask: Ask) -> Answer {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = line.as_ref() else {
            return Err(KeychainUnavailable);
        };
        let (reply, answer) = sync_channel(1);
        let answered = open
            .send((ask, reply))
            .ok()
            .and_then(|()| answer.recv_timeout(PATIENCE).ok());
        answered.unwrap_or_else(|| {
            *line = None;
            tracing::warn!("the keychain did not answer in time and is left alone from now on");
            Err(KeychainUnavailable)
        })
    }
}

impl Keychain for SystemKeychain {
    fn get(&self, name: &str) -> Answer {
        self.ask(Ask::Get(name.to_owned()))
    }

    fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeychainUnavailable> {
        let kept = Zeroizing::new(secret.to_vec());
        self.ask(Ask::Set(name.to_owned(), kept)).map(|_| ())
    }

    fn remove(&self, name: &str) -> Result<(), KeychainUnavailable> {
        self.ask(Ask::Remove(name.to_owned())).map(|_| ())
    }
}
