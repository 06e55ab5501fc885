//! The audit log's head in the keychain, so that a rollback of the whole folder is noticed.
//!
//! The head is remembered when a session ends, after an exchange with the server and when a session
//! begins; what was written since is not covered. Whoever controls the keychain of the signed-in user
//! controls this check too.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Inner, Standing, Store};
use crate::audit::merkle::Tree;
use crate::binding::length_prefixed;
use crate::error::Result;
use crate::keychain::Keychain;
use crate::link::Link;
use crate::lobby::AuditMark;
use crate::seal::{Vault, keyed_digest};
use crate::session::Session;
use crate::table::audit::{self, Continuation};

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
        // Not over the writer: a keychain that takes its time must not hold up a save.
        let read: Result<()> = self.read(|reader| {
            self.inner.remember_head(reader.link);
            Ok(())
        });
        if let Err(error) = read {
            tracing::debug!(
                code = error.code().as_str(),
                "the audit log's head was not read"
            );
        }
    }

    /// Whether the keychain remembers nothing of this store that it lacks.
    pub(super) fn keychain_agrees(&self) -> bool {
        self.inner.keychain.get().is_none_or(|keychain| {
            suspicion(keychain.as_ref(), &self.writer(), &self.inner.vault).is_none()
        })
    }

    /// Remembers the head whatever was remembered before: someone decided to go on with this store.
    pub(super) fn remember_instead(&self) {
        if let Some(keychain) = self.inner.keychain.get() {
            // Without an answer nothing is remembered, and the user is told again.
            let _forgotten = keychain.remove(&name(&self.inner.vault.session));
        }
        self.remember_head();
    }

    /// The head that the keychain remembers of this store, if it does.
    pub(super) fn remembered_head(&self) -> Option<AuditMark> {
        remembered(self.inner.keychain.get()?.as_ref(), &self.inner.vault)
    }
}

impl Inner {
    fn remember_head(&self, link: &Link) {
        // Found amiss, the store is not made the new truth.
        if self.standing != Standing::Sound || !self.suspicions.is_empty() {
            return;
        }
        let Some(keychain) = self.keychain.get() else {
            return;
        };
        // Nor is one that does not continue what is remembered, however it was opened.
        if suspicion(keychain.as_ref(), link, &self.vault).is_some() {
            return;
        }
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
        self.lobby.end();
        if let Ok(link) = self.writer.lock() {
            self.remember_head(&link);
        }
    }
}

/// What the keychain tells of a rollback of the whole folder, as a clause for people.
pub(super) fn suspicion(keychain: &dyn Keychain, link: &Link, vault: &Vault) -> Option<String> {
    let mark = remembered(keychain, vault)?;
    let key = &vault.keys.ring.audit;
    let found = audit::head(link, key).and_then(|head| audit::continues(link, key, &mark, &head));
    match found {
        Ok(Continuation::Whole) => None,
        Ok(Continuation::Shorter { stands }) => Some(format!(
            "the store is older than this computer remembers: {stands} audit entries stand where {} were written, so the folder was rolled back",
            mark.size
        )),
        Ok(Continuation::Other) => Some(format!(
            "the store is another one than this computer remembers: its audit log does not continue the {} entries that were written here, so the folder was rolled back or replaced",
            mark.size
        )),
        Err(error) => Some(error.to_string()),
    }
}

fn remember(keychain: &dyn Keychain, vault: &Vault, tree: &Tree) -> Result<()> {
    if remembered(keychain, vault).is_some_and(|mark| mark.size >= tree.size()) {
        return Ok(());
    }
    let mark = AuditMark::of(tree);
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
    let said = length_prefixed(&[
        b"HVHEAD1",
        &mark.size.to_be_bytes(),
        &mark.root,
        &mark.frontier,
    ]);
    keyed_digest(vault.keys.ring.audit.as_ref(), &said)
}

/// Of this incarnation alone: a store restored from a backup is another one, with a head of its own.
fn name(session: &Session) -> String {
    format!("head:{}:{}", session.store_id, session.device_id)
}
