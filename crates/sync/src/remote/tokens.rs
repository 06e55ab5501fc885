//! The tokens of a signed-in device, and where they are kept.

use std::sync::Arc;

use haven_model::wire::TokenResponse;
use haven_store::{Op, OpKind, Store};
use serde::{Deserialize, Serialize};

use super::RemoteError;
use crate::pace::Pace;
use crate::settings;

/// What a device carries: an access token for an hour, a refresh token for its next one.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Tokens {
    /// EdDSA JWT.
    pub access_token: String,
    /// Opaque, one use.
    pub refresh_token: String,
    /// When the access token runs out by this device's clock, milliseconds since the epoch; only a
    /// hint, the server's 401 decides.
    pub expires_at_ms: i64,
}

impl Tokens {
    /// Tokens as received at `now_ms`.
    #[must_use]
    pub fn received(response: &TokenResponse, now_ms: i64) -> Self {
        let lifetime_ms = i64::try_from(response.expires_in)
            .unwrap_or(3_600)
            .saturating_mul(1_000);
        Self {
            access_token: response.access_token.clone(),
            refresh_token: response.refresh_token.clone(),
            expires_at_ms: now_ms.saturating_add(lifetime_ms),
        }
    }
}

/// Where tokens are kept between runs.
pub trait TokenKeeper: Send + Sync {
    /// The tokens kept last; `None` when there are none.
    fn load(&self) -> Option<Tokens>;

    /// Keeps tokens durably, before the new access token is used: a refresh token is good once.
    ///
    /// # Errors
    /// When they could not be kept.
    fn save(&self, tokens: &Tokens) -> Result<(), RemoteError>;
}

/// Asks for the user's password when the refresh token is no longer good.
pub trait Credentials: Send + Sync {
    /// Login name and password; `None` when nobody can be asked now.
    fn password(&self) -> Option<(String, String)>;
}

/// Tokens kept in the store, under its encryption.
pub struct StoreTokens {
    store: Store,
    pace: Arc<dyn Pace>,
}

impl StoreTokens {
    /// Keeps tokens in `store`.
    #[must_use]
    pub fn new(store: Store, pace: Arc<dyn Pace>) -> Self {
        Self { store, pace }
    }
}

impl TokenKeeper for StoreTokens {
    fn load(&self) -> Option<Tokens> {
        let text = self.store.setting(settings::TOKENS).ok().flatten()?;
        serde_json::from_str(&text).ok()
    }

    fn save(&self, tokens: &Tokens) -> Result<(), RemoteError> {
        let text = serde_json::to_string(tokens).map_err(|_| RemoteError::TokensNotKept)?;
        self.store
            .transact(Op::new(OpKind::Configure, "sync", self.pace.now()), |tx| {
                tx.set_setting(settings::TOKENS, Some(&text))
            })
            .map(|_| ())
            .map_err(|_| RemoteError::TokensNotKept)
    }
}
