//! Signing in, joining, staying signed in.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use haven_model::wire::{EnrolRequest, TokenResponse};
use haven_model::{Action, Role, SensitivityClass, Timestamp};
use rusqlite::{OptionalExtension, Transaction, named_params};
use serde_json::{Map, Value, json};

use super::jwt::Offline;
use super::{
    PasswordHasher, Throttle, TokenError, TokenSigner, devices, invites, secret_hash, users,
};
use crate::database::Database;
use crate::error::{HubError, Result};

/// How long an access token is good for.
pub const ACCESS_LIFETIME_S: i64 = 3600;

/// How long a device may work without the hub, and a refresh token is good for.
const OFFLINE_LIFETIME_MS: i64 = 30 * 24 * 3600 * 1000;

/// How long a used refresh token is answered once more: the first answer may have been lost.
const LOST_ANSWER_MS: i64 = 120_000;

/// Why someone is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Name and password do not belong together.
    #[error("the name or the password is wrong")]
    WrongPassword,
    /// Too many wrong passwords.
    #[error("too many attempts; try again in {retry_after_s} seconds")]
    Throttled {
        /// When to come back.
        retry_after_s: u64,
    },
    /// The code is unknown, used or too old.
    #[error("the code is not valid: it is mistyped, used or too old")]
    BadCode,
    /// The device has been shut out.
    #[error("this device has been revoked")]
    DeviceRevoked,
    /// The token, access or refresh, is not accepted.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Everything else.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<rusqlite::Error> for AuthError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Hub(HubError::Database(error))
    }
}

/// Who makes a request.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The login name.
    pub user: String,
    /// The name for people.
    pub display_name: String,
    /// What they are, as of now.
    pub role: Role,
    /// The device the token was made for.
    pub device: Option<String>,
}

/// A person who has just joined.
pub struct EnrolledUser {
    /// The login name.
    pub user: String,
    /// The name for people.
    pub display_name: String,
    /// What they are.
    pub role: Role,
    /// Tokens for the first contact.
    pub tokens: TokenResponse,
}

/// Issues and checks what people carry.
pub struct Sessions {
    database: Arc<Database>,
    signer: TokenSigner,
    hasher: PasswordHasher,
    throttle: Throttle,
}

impl Sessions {
    pub(crate) fn new(
        database: Arc<Database>,
        signer: TokenSigner,
        hasher: PasswordHasher,
    ) -> Self {
        Self {
            database,
            signer,
            hasher,
            throttle: Throttle::default(),
        }
    }

    /// The public keys of this hub.
    #[must_use]
    pub fn key_set(&self) -> Value {
        self.signer.key_set()
    }

    /// The hash of a password, for accounts made on the command line.
    ///
    /// # Errors
    /// When it is too short or hashing fails.
    pub fn hash_password(&self, password: &str) -> Result<String> {
        self.hasher.hash(password)
    }

    /// Signs a person in; a device not seen before is enrolled by it. Slow by intent: not for the
    /// async threads.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn sign_in(
        &self,
        user: &str,
        password: &str,
        device: Option<(&str, Option<&str>)>,
        now: Timestamp,
    ) -> Result<TokenResponse, AuthError> {
        self.check_throttle(user, now)?;
        let account = self
            .database
            .read(|tx| users::find(tx, user))?
            .filter(|account| !account.removed);
        let stored = account
            .as_ref()
            .and_then(|account| account.password_hash.as_deref());
        let matches = self.hasher.verify(password, stored);
        let Some(account) = account.filter(|_| matches) else {
            self.throttle.failed(user, now);
            return Err(AuthError::WrongPassword);
        };
        self.throttle.succeeded(user);
        self.database.write(|tx| {
            if let Some((id, name)) = device {
                refuse_revoked(tx, id)?;
                devices::record(tx, id, name, user, now)?;
            }
            self.issue(tx, &account, device.map(|(id, _)| id), now)
        })
    }

    /// Lets an invited person join with a code, which sets their password and enrols the device.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn enrol(&self, request: &EnrolRequest, now: Timestamp) -> Result<EnrolledUser, AuthError> {
        // All guesses at codes share one counter: there is no name to count by.
        const CODES: &str = "\u{0}codes";
        self.check_throttle(CODES, now)?;
        let (invite, account) = self.database.read(|tx| -> Result<_, AuthError> {
            let Some(invite) = invites::find(tx, &request.code)? else {
                return Ok((None, None));
            };
            let account = users::find(tx, &invite.user)?.filter(|account| !account.removed);
            Ok((Some(invite), account))
        })?;
        let (Some(invite), Some(account)) = (invite, account) else {
            self.throttle.failed(CODES, now);
            return Err(AuthError::BadCode);
        };
        if !invite.open_to(&request.device_id, now) {
            return Err(AuthError::BadCode);
        }
        let again = invite.used_by.is_some();
        if again
            && !self
                .hasher
                .verify(&request.password, account.password_hash.as_deref())
        {
            return Err(AuthError::BadCode);
        }
        let password_hash = if again {
            None
        } else {
            Some(self.hasher.hash(&request.password)?)
        };
        let tokens = self.database.write(|tx| -> Result<_, AuthError> {
            refuse_revoked(tx, &request.device_id)?;
            match invites::consume(tx, &invite, &request.device_id, now) {
                Err(HubError::Precondition(_)) => return Err(AuthError::BadCode),
                other => other?,
            }
            if let Some(password_hash) = &password_hash {
                users::set_password(tx, &account.name, password_hash)?;
            }
            devices::record(
                tx,
                &request.device_id,
                Some(&request.device_name),
                &account.name,
                now,
            )?;
            self.issue(tx, &account, Some(&request.device_id), now)
        })?;
        self.throttle.succeeded(&account.name);
        Ok(EnrolledUser {
            user: account.name,
            display_name: account.display_name,
            role: account.role,
            tokens,
        })
    }

    /// Trades a refresh token for a new pair. Each is used once; one that comes back later than a
    /// lost answer would explain ends the whole session.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn refresh(&self, token: &str, now: Timestamp) -> Result<TokenResponse, AuthError> {
        let replayed = std::cell::Cell::new(false);
        let tokens = self
            .database
            .write(|tx| -> Result<Option<TokenResponse>, AuthError> {
                let Some(stored) = find_refresh(tx, token)? else {
                    return Ok(None);
                };
                if let Some(device) = &stored.device {
                    refuse_revoked(tx, device)?;
                }
                if stored.expires_at <= now {
                    return Ok(None);
                }
                if stored
                    .used_at
                    .is_some_and(|at| at.plus_ms(LOST_ANSWER_MS) < now)
                {
                    replayed.set(true);
                    forget_session(tx, &stored.user, stored.device.as_deref())?;
                    return Ok(None);
                }
                let Some(account) =
                    users::find(tx, &stored.user)?.filter(|account| !account.removed)
                else {
                    return Ok(None);
                };
                tx.execute(
                    include_str!("../sql/refresh_use.sql"),
                    named_params! {":token_hash": secret_hash(token), ":now": now.as_millis()},
                )?;
                self.issue(tx, &account, stored.device.as_deref(), now)
                    .map(Some)
            })?;
        if replayed.get() {
            tracing::warn!("a used refresh token came back: its session was ended");
        }
        tokens.ok_or(AuthError::Token(TokenError::Invalid))
    }

    /// Who carries this access token: the user must still be there and the device not revoked.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub fn principal(&self, token: &str, now: Timestamp) -> Result<Principal, AuthError> {
        let claims = self.signer.verify(token, now)?;
        let device = claims.offline.map(|offline| offline.device_id);
        self.database.read(|tx| {
            if let Some(device) = &device {
                refuse_revoked(tx, device)?;
            }
            let account = users::find(tx, &claims.sub)?
                .filter(|account| !account.removed)
                .ok_or(TokenError::Invalid)?;
            Ok(Principal {
                user: account.name,
                display_name: account.display_name,
                role: account.role,
                device,
            })
        })
    }

    fn check_throttle(&self, name: &str, now: Timestamp) -> Result<(), AuthError> {
        match self.throttle.wait_s(name, now) {
            Some(retry_after_s) => Err(AuthError::Throttled { retry_after_s }),
            None => Ok(()),
        }
    }

    fn issue(
        &self,
        tx: &Transaction<'_>,
        account: &users::User,
        device: Option<&str>,
        now: Timestamp,
    ) -> Result<TokenResponse, AuthError> {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).map_err(HubError::from)?;
        let refresh_token = URL_SAFE_NO_PAD.encode(random);
        tx.execute(
            include_str!("../sql/refresh_add.sql"),
            named_params! {
                ":token_hash": secret_hash(&refresh_token), ":user_name": account.name,
                ":device_id": device, ":now": now.as_millis(),
                ":expires_at": now.plus_ms(OFFLINE_LIFETIME_MS).as_millis(),
            },
        )?;
        tx.execute(
            include_str!("../sql/refresh_sweep.sql"),
            named_params! {":user_name": account.name, ":now": now.as_millis()},
        )?;
        let mut claims = self.signer.claims(
            &account.name,
            &account.display_name,
            account.role,
            now,
            ACCESS_LIFETIME_S,
        );
        claims.offline = device.map(|device| Offline {
            device_id: device.to_owned(),
            valid_until: now.plus_ms(OFFLINE_LIFETIME_MS).as_millis(),
            sync_permissions: sync_permissions(account.role),
        });
        Ok(TokenResponse {
            access_token: self.signer.sign(&claims),
            token_type: "Bearer".to_owned(),
            expires_in: u64::try_from(ACCESS_LIFETIME_S).unwrap_or_default(),
            refresh_token,
        })
    }
}

struct StoredRefresh {
    user: String,
    device: Option<String>,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
}

fn find_refresh(tx: &Transaction<'_>, token: &str) -> Result<Option<StoredRefresh>> {
    Ok(tx
        .prepare_cached(include_str!("../sql/refresh_find.sql"))?
        .query_row(named_params! {":token_hash": secret_hash(token)}, |row| {
            Ok(StoredRefresh {
                user: row.get("user_name")?,
                device: row.get("device_id")?,
                expires_at: Timestamp(row.get("expires_at")?),
                used_at: row.get::<_, Option<i64>>("used_at")?.map(Timestamp),
            })
        })
        .optional()?)
}

fn forget_session(tx: &Transaction<'_>, user: &str, device: Option<&str>) -> Result<()> {
    tx.execute(
        include_str!("../sql/refresh_forget_session.sql"),
        named_params! {":user_name": user, ":device_id": device},
    )?;
    Ok(())
}

/// # Errors
/// [`AuthError::DeviceRevoked`], and the database's own.
pub(crate) fn refuse_revoked(tx: &Transaction<'_>, device: &str) -> Result<(), AuthError> {
    match devices::find(tx, device)? {
        Some(device) if device.is_revoked() => Err(AuthError::DeviceRevoked),
        _ => Ok(()),
    }
}

/// What a role may sync, by sensitivity class.
fn sync_permissions(role: Role) -> Value {
    let actions = [
        ("read", Action::Read),
        ("write", Action::Write),
        ("delete", Action::Delete),
    ];
    let classes: Map<String, Value> = SensitivityClass::ALL
        .into_iter()
        .map(|class| {
            let permitted: Vec<&str> = actions
                .iter()
                .filter(|(_, action)| role.permits(*action, class))
                .map(|(word, _)| *word)
                .collect();
            (class.as_str().to_owned(), json!(permitted))
        })
        .collect();
    json!({"classes": classes, "collections": "*"})
}
