//! The audit log's head in the keychain, so that a rollback of the whole folder is noticed.
//!
//! The head is remembered when a session ends, after an exchange with the server and when a session
//! begins; what was written since is not covered. Whoever controls the keychain of the signed-in user
//! controls this check too.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Inner, Store};
use crate::audit::merkle::Tree;
use crate::error::Result;
use crate::keychain::Keychain;
use crate::link::Link;
use crate::lobby::AuditMark;
use crate::seal::{Vault, keyed_digest};
use crate::session::Session;
use crate::table::audit;

/// The mark, and a mac over it: another program of the same user must not be able to plant one that
/// cries wolf.
#[derive(Serialize, Deserialize)]
struct Remembered {
    mark: AuditMark,
    #[serde(with = "hex::serde")]
    mac: [u8; 32],
}

impl Store {
    /// Lets the session use the keychain of this computer; the first call counts.
    pub fn use_keychain(&self, keychain: Arc<dyn Keychain>) {
        // An error says that the session has one already, which is the same machine's.
        let _had_one = self.inner.keychain.set(keychain);
    }

    /// Remembers the audit log's head in the keychain; without one, nothing happens.
    pub fn remember_head(&self) {
        self.inner.remember_head(&self.writer());
    }

    /// The head that the keychain remembers of this store, if it does.
    pub(super) fn remembered_head(&self) -> Option<AuditMark> {
        remembered(self.inner.keychain.get()?.as_ref(), &self.inner.vault)
    }
}

impl Inner {
    fn remember_head(&self, link: &Link) {
        // Found amiss, the store is not made the new truth.
        if !self.notices.is_empty() {
            return;
        }
        let Some(keychain) = self.keychain.get() else {
            return;
        };
        let kept = audit::head(link, &self.vault.keys.ring.audit)
            .and_then(|tree| remember(keychain.as_ref(), &self.vault, &tree));
        if let Err(error) = kept {
            tracing::debug!(
                code = error.code().as_str(),
                "the audit log's head was not remembered"
            );
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Ok(link) = self.writer.lock() {
            self.remember_head(&link);
        }
    }
}

/// What the keychain tells of a rollback of the whole folder, as a clause for people.
pub(super) fn suspicion(keychain: &dyn Keychain, vault: &Vault, tree: &Tree) -> Option<String> {
    let mark = remembered(keychain, vault)?;
    if tree.size() < mark.size {
        return Some(format!(
            "the store is older than this computer remembers: {} audit entries stand where {} were written, so the folder was rolled back",
            tree.size(),
            mark.size
        ));
    }
    (tree.size() == mark.size && tree.root() != mark.root).then(|| {
        "the store is not the one that this computer remembers; the folder was replaced".to_owned()
    })
}

fn remember(keychain: &dyn Keychain, vault: &Vault, tree: &Tree) -> Result<()> {
    if remembered(keychain, vault).is_some_and(|mark| mark.size >= tree.size()) {
        return Ok(());
    }
    let mark = AuditMark {
        size: tree.size(),
        root: tree.root(),
    };
    let mac = mac(vault, &mark);
    if let Ok(bytes) = serde_json::to_vec(&Remembered { mark, mac })
        && keychain.set(&name(&vault.session), &bytes).is_err()
    {
        tracing::debug!("the keychain does not keep the audit log's head");
    }
    Ok(())
}

fn remembered(keychain: &dyn Keychain, vault: &Vault) -> Option<AuditMark> {
    let bytes = keychain.get(&name(&vault.session)).ok().flatten()?;
    let kept: Remembered = serde_json::from_slice(&bytes).ok()?;
    (mac(vault, &kept.mark) == kept.mac).then_some(kept.mark)
}

fn mac(vault: &Vault, mark: &AuditMark) -> [u8; 32] {
    let said = [b"HVHEAD1".as_slice(), &mark.size.to_be_bytes(), &mark.root].concat();
    keyed_digest(vault.keys.ring.audit.as_ref(), &said)
}

/// Of this incarnation alone: a store restored from a backup is another one, with a head of its own.
fn name(session: &Session) -> String {
    format!("head:{}:{}", session.store_id, session.device_id)
}
