//! Signing in anew where the store holds no tokens of this user, as after a restore.

use std::sync::Arc;

use haven_store::Passphrase;
use haven_sync::remote::Credentials;

use super::Session;

/// A login's name and passphrase, which is its password at the hub too.
struct SignIn {
    user: String,
    passphrase: Passphrase,
}

impl Credentials for SignIn {
    fn password(&self) -> Option<(String, String)> {
        let password = self.passphrase.expose_secret().to_owned();
        Some((self.user.clone(), password))
    }
}

impl Session {
    /// Keeps the passphrase for the length of the session when the hub will ask for it: the store
    /// names a hub and holds no tokens for it. In any other store it is not kept.
    pub(crate) fn ready_to_sign_in(mut self, passphrase: &Passphrase) -> Self {
        let hub = self.store.setting(haven_sync::settings::HUB_URL);
        let tokens = self.store.setting(haven_sync::settings::TOKENS);
        if matches!((hub, tokens), (Ok(Some(_)), Ok(None))) {
            self.sign_in = Some(Arc::new(SignIn {
                user: self.who().user.clone(),
                passphrase: Passphrase::new(passphrase.expose_secret().to_owned()),
            }));
        }
        self
    }
}
