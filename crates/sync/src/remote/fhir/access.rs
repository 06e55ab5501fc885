//! Getting in: tokens as they are, or as OAuth2 gives them.

use std::sync::Arc;

use haven_model::Timestamp;
use haven_store::{Op, OpKind, Store};
use reqwest::{Client, RequestBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Mutex;

use super::http::{Reply, not_fhir, read};
use super::server::setting;
use crate::pace::Pace;
use crate::remote::RemoteError;
use crate::remote::answer::transport_error;
use crate::remote::hub::join_url;

/// A token is renewed this long before it runs out.
const RENEW_EARLY_MS: i64 = 30_000;
/// What a token is good for where the server does not say (RFC 6749 §5.1 recommends that it does).
const USUAL_LIFETIME_S: i64 = 300;

/// How this device gets in; kept in the store, under its encryption, and nowhere else.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Access {
    /// No sign-in.
    Open,
    /// A token that someone was given.
    Token {
        /// Sent as it is.
        token: String,
    },
    /// OAuth2 client credentials (RFC 6749 §4.4).
    Client {
        /// The client.
        client_id: String,
        /// Its secret.
        client_secret: String,
        /// Where tokens are had; found from the server where it is left out.
        token_url: Option<String>,
        /// What is asked for.
        scope: Option<String>,
    },
    /// OAuth2 resource owner password (RFC 6749 §4.3).
    Password {
        /// The login there.
        username: String,
        /// Its password.
        password: String,
        /// The client, where the server wants one.
        client_id: Option<String>,
        /// Where tokens are had.
        token_url: Option<String>,
        /// What is asked for.
        scope: Option<String>,
    },
    /// SMART Backend Services (SMART App Launch 2.x, client-confidential-asymmetric).
    Key {
        /// The client.
        client_id: String,
        /// Its private key, PKCS#8 in PEM.
        private_key: String,
        /// How it signs.
        algorithm: Algorithm,
        /// The key's id there.
        key_id: Option<String>,
        /// Where tokens are had.
        token_url: Option<String>,
        /// What is asked for.
        scope: Option<String>,
    },
}

/// How a client's key signs (SMART App Launch 2.x asks servers for both).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA over P-384 with SHA-384.
    #[serde(rename = "ES384")]
    Es384,
    /// RSA PKCS#1 v1.5 with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
}

impl std::fmt::Debug for Access {
    /// The kind only.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.kind())
    }
}

impl Access {
    /// The word for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Token { .. } => "token",
            Self::Client { .. } => "client_credentials",
            Self::Password { .. } => "password",
            Self::Key { .. } => "backend_services",
        }
    }

    fn token_url(&self) -> Option<&str> {
        match self {
            Self::Open | Self::Token { .. } => None,
            Self::Client { token_url, .. }
            | Self::Password { token_url, .. }
            | Self::Key { token_url, .. } => token_url.as_deref(),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Granted {
    access_token: String,
    expires_at_ms: i64,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    #[serde(default)]
    expires_in: Option<Value>,
}

/// Tokens of one server.
pub(super) struct Tokens {
    store: Store,
    name: String,
    access: Access,
    pace: Arc<dyn Pace>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    granted: Option<Granted>,
    is_loaded: bool,
    endpoint: Option<Endpoint>,
}

#[derive(Clone)]
struct Endpoint {
    url: String,
    takes_basic: bool,
}

impl Tokens {
    pub(super) fn new(store: Store, name: String, access: Access, pace: Arc<dyn Pace>) -> Self {
        Self {
            store,
            name,
            access,
            pace,
            state: Mutex::default(),
        }
    }

    /// A token to use now; `None` where none is needed.
    pub(super) async fn access_token(
        &self,
        http: &Client,
        base: &str,
    ) -> Result<Option<String>, RemoteError> {
        match &self.access {
            Access::Open => return Ok(None),
            Access::Token { token } => return Ok(Some(token.clone())),
            Access::Client { .. } | Access::Password { .. } | Access::Key { .. } => {}
        }
        let mut state = self.state.lock().await;
        if !state.is_loaded {
            state.granted = self.load();
            state.is_loaded = true;
        }
        let now_ms = self.pace.now().as_millis();
        if let Some(granted) = &state.granted
            && granted.expires_at_ms.saturating_sub(RENEW_EARLY_MS) > now_ms
        {
            return Ok(Some(granted.access_token.clone()));
        }
        let endpoint = match state.endpoint.clone() {
            Some(endpoint) => endpoint,
            None => self.find_endpoint(http, base).await?,
        };
        let granted = self.grant(http, &endpoint, now_ms).await?;
        state.endpoint = Some(endpoint);
        self.keep(&granted)?;
        let token = granted.access_token.clone();
        state.granted = Some(granted);
        Ok(Some(token))
    }

    /// Forgets a token that the server has just refused; false where there is no way to another.
    pub(super) async fn renew(&self, refused: Option<&str>) -> bool {
        match &self.access {
            Access::Open | Access::Token { .. } => return false,
            Access::Client { .. } | Access::Password { .. } | Access::Key { .. } => {}
        }
        let mut state = self.state.lock().await;
        if state
            .granted
            .as_ref()
            .map(|granted| granted.access_token.as_str())
            == refused
        {
            state.granted = None;
        }
        true
    }

    fn load(&self) -> Option<Granted> {
        let text = self.store.setting(&setting(&self.name, "granted")).ok()??;
        serde_json::from_str(&text).ok()
    }

    fn keep(&self, granted: &Granted) -> Result<(), RemoteError> {
        let text = serde_json::to_string(granted).map_err(|_| RemoteError::TokensNotKept)?;
        let op = Op::new(OpKind::Configure, "sync", self.pace.now());
        self.store
            .transact(op, |tx| {
                tx.set_setting(&setting(&self.name, "granted"), Some(&text))
            })
            .map(|_| ())
            .map_err(|_| RemoteError::TokensNotKept)
    }

    /// The token endpoint: as told by whoever added the server, else by its SMART configuration, else
    /// by its CapabilityStatement.
    async fn find_endpoint(&self, http: &Client, base: &str) -> Result<Endpoint, RemoteError> {
        let smart = open_get(http, &join_url(base, "/.well-known/smart-configuration"))
            .await?
            .filter(Reply::is_success)
            .map(|reply| reply.value());
        let methods = smart
            .as_ref()
            .and_then(|smart| smart.get("token_endpoint_auth_methods_supported"))
            .and_then(Value::as_array)
            .cloned();
        let takes_basic = methods.is_none_or(|methods| {
            methods.is_empty()
                || methods
                    .iter()
                    .any(|method| method.as_str() == Some("client_secret_basic"))
        });
        let told = smart
            .as_ref()
            .and_then(|smart| smart.get("token_endpoint"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let url = match (self.access.token_url(), told) {
            (Some(url), _) => url.to_owned(),
            (None, Some(url)) => url,
            (None, None) => {
                let statement = open_get(http, &join_url(base, "/metadata"))
                    .await?
                    .map(|reply| reply.value())
                    .unwrap_or(Value::Null);
                super::profile::Profile::read(&statement, None, Timestamp(0))
                    .ok()
                    .and_then(|profile| profile.token_url)
                    .ok_or_else(|| {
                        RemoteError::Protocol(
                            "it does not tell where tokens are had; name the place with --token-url"
                                .to_owned(),
                        )
                    })?
            }
        };
        // A secret that travels under TLS to the server does not travel without it to another.
        if base.starts_with("https://") && !url.starts_with("https://") {
            return Err(RemoteError::Protocol(
                "it wants secrets sent to an address without TLS".to_owned(),
            ));
        }
        Ok(Endpoint { url, takes_basic })
    }

    async fn grant(
        &self,
        http: &Client,
        endpoint: &Endpoint,
        now_ms: i64,
    ) -> Result<Granted, RemoteError> {
        let mut form: Vec<(&str, String)> = Vec::new();
        let mut basic = None;
        let scope = match &self.access {
            Access::Open | Access::Token { .. } => return Err(RemoteError::SignedOut),
            Access::Client {
                client_id,
                client_secret,
                scope,
                ..
            } => {
                form.push(("grant_type", "client_credentials".to_owned()));
                if endpoint.takes_basic {
                    basic = Some((client_id.clone(), client_secret.clone()));
                } else {
                    form.push(("client_id", client_id.clone()));
                    form.push(("client_secret", client_secret.clone()));
                }
                scope
            }
            Access::Password {
                username,
                password,
                client_id,
                scope,
                ..
            } => {
                form.push(("grant_type", "password".to_owned()));
                form.push(("username", username.clone()));
                form.push(("password", password.clone()));
                form.extend(client_id.iter().map(|id| ("client_id", id.clone())));
                scope
            }
            Access::Key {
                client_id,
                private_key,
                algorithm,
                key_id,
                scope,
                ..
            } => {
                let assertion = super::assertion::signed(
                    client_id,
                    private_key,
                    *algorithm,
                    key_id.as_deref(),
                    &endpoint.url,
                    now_ms,
                )?;
                form.push(("grant_type", "client_credentials".to_owned()));
                form.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
                ));
                form.push(("client_assertion", assertion));
                scope
            }
        };
        form.extend(scope.iter().map(|scope| ("scope", scope.clone())));
        let mut request: RequestBuilder = http.post(&endpoint.url);
        if let Some((id, secret)) = basic {
            request = request.basic_auth(id, Some(secret));
        }
        let reply = request
            .form(&form)
            .send()
            .await
            .map_err(|error| not_fhir(transport_error(&error)))?;
        let reply = read(reply).await?;
        match reply.status {
            200..300 => {}
            // RFC 6749 §5.2: invalid_client and invalid_grant.
            400 | 401 | 403 => return Err(RemoteError::SignedOut),
            _ => return Err(reply.failure()),
        }
        let grant: Grant = serde_json::from_slice(&reply.body)
            .map_err(|_| RemoteError::NotFhir("it answers with no token".to_owned()))?;
        let lifetime_s = match grant.expires_in {
            Some(Value::Number(seconds)) => seconds.to_string().parse().ok(),
            Some(Value::String(seconds)) => seconds.parse().ok(),
            Some(_) | None => None,
        }
        .unwrap_or(USUAL_LIFETIME_S);
        Ok(Granted {
            access_token: grant.access_token,
            expires_at_ms: now_ms.saturating_add(lifetime_s.saturating_mul(1_000)),
        })
    }
}

/// Asks without a token; `None` where nothing that is JSON answers.
async fn open_get(http: &Client, url: &str) -> Result<Option<Reply>, RemoteError> {
    let response = http
        .get(url)
        .header(reqwest::header::ACCEPT, "application/json")
        .send()
        .await
        .map_err(|error| not_fhir(transport_error(&error)))?;
    let reply = read(response).await?;
    Ok(reply.kind.is_ok().then_some(reply))
}
