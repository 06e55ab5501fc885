//! Access tokens: JWS compact, Ed25519 and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use haven_model::{Role, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The audience of every token.
const AUDIENCE: &str = "haven";

/// How far `nbf` may lie ahead.
const NOT_BEFORE_LEEWAY_S: i64 = 60;

/// The longest token read, in bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of this hub.
    #[error("the token is not valid here")]
    Invalid,
    /// Its hour is over.
    #[error("the token has expired")]
    Expired,
}

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The login name.
    pub sub: String,
    /// The name for people.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// The same, as a list.
    pub roles: Vec<Role>,
    /// The hub's id.
    pub iss: String,
    /// Always `haven`.
    pub aud: String,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Seconds since the epoch.
    pub nbf: i64,
    /// Seconds since the epoch.
    pub exp: i64,
    /// Names this token.
    pub jti: String,
    /// What a device may do without the hub.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offline: Option<Offline>,
}

/// The offline grant of a token made for a device.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offline {
    /// For which device.
    pub device_id: String,
    /// Milliseconds since the epoch.
    pub valid_until: i64,
    /// By sensitivity class, the actions permitted.
    pub sync_permissions: Value,
}

/// Signs tokens and checks them.
pub struct TokenSigner {
    key: SigningKey,
    public: VerifyingKey,
    key_id: String,
    hub_id: String,
}

impl TokenSigner {
    /// The signer of one hub.
    #[must_use]
    pub fn new(seed: &[u8; 32], hub_id: &str) -> Self {
        let key = SigningKey::from_bytes(seed);
        let public = key.verifying_key();
        let x = URL_SAFE_NO_PAD.encode(public.as_bytes());
        // RFC 7638: the thumbprint of the key's required members, in lexical order.
        let thumbprint = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self {
            key,
            public,
            key_id: URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint)),
            hub_id: hub_id.to_owned(),
        }
    }

    /// The public key as a JWK set.
    #[must_use]
    pub fn key_set(&self) -> Value {
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.key_id,
            "x": URL_SAFE_NO_PAD.encode(self.public.as_bytes()),
        }]})
    }

    /// Claims of this hub for a person, valid from `now` for `lifetime_s`.
    #[must_use]
    pub fn claims(
        &self,
        user: &str,
        name: &str,
        role: Role,
        now: Timestamp,
        lifetime_s: i64,
    ) -> Claims {
        let now_s = now.as_millis().div_euclid(1000);
        Claims {
            sub: user.to_owned(),
            name: name.to_owned(),
            role,
            roles: vec![role],
            iss: self.hub_id.clone(),
            aud: AUDIENCE.to_owned(),
            iat: now_s,
            nbf: now_s,
            exp: now_s.saturating_add(lifetime_s),
            jti: uuid::Uuid::new_v4().to_string(),
            offline: None,
        }
    }

    /// The signed token.
    #[must_use]
    pub fn sign(&self, claims: &Claims) -> String {
        let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": self.key_id}).to_string();
        let payload = serde_json::to_string(claims).unwrap_or_default();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }

    /// Reads a token, whose algorithm, signature, issuer, audience and times must all be right.
    ///
    /// # Errors
    /// [`TokenError::Expired`] for a token that was good, else [`TokenError::Invalid`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Invalid)?;
        let header: Header = read(header)?;
        if header.alg != "EdDSA" {
            return Err(TokenError::Invalid);
        }
        let signature: [u8; 64] = decode(signature)?
            .try_into()
            .map_err(|_| TokenError::Invalid)?;
        self.public
            .verify_strict(signed.as_bytes(), &Signature::from_bytes(&signature))
            .map_err(|_| TokenError::Invalid)?;
        let claims: Claims = read(payload)?;
        let now_s = now.as_millis().div_euclid(1000);
        if claims.iss != self.hub_id
            || claims.aud != AUDIENCE
            || claims.nbf > now_s.saturating_add(NOT_BEFORE_LEEWAY_S)
        {
            return Err(TokenError::Invalid);
        }
        if claims.exp <= now_s {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Invalid)
}

fn read<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_442_700_000);

    #[test]
    fn a_token_is_read_by_its_own_hub_in_its_hour_only() {
        let signer = TokenSigner::new(&[7; 32], "hub-1");
        let token = signer.sign(&signer.claims("ana", "Ana", Role::Nurse, NOW, 3600));
        let claims = signer.verify(&token, NOW).expect("its own token");
        assert_eq!((claims.sub.as_str(), claims.role), ("ana", Role::Nurse));
        assert_eq!(
            signer.verify(&token, NOW.plus_ms(3_600_000)).err(),
            Some(TokenError::Expired)
        );
        let other_hub = TokenSigner::new(&[7; 32], "hub-2");
        assert!(
            other_hub.verify(&token, NOW).is_err(),
            "another issuer with the same key"
        );
        let other_key = TokenSigner::new(&[8; 32], "hub-1");
        assert!(other_key.verify(&token, NOW).is_err(), "another key");
    }

    #[test]
    fn unsigned_and_altered_tokens_are_refused() {
        let signer = TokenSigner::new(&[7; 32], "hub-1");
        let token = signer.sign(&signer.claims("ana", "Ana", Role::Nurse, NOW, 3600));
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let (_, payload) = signed.split_once('.').expect("three parts");
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{}"#] {
            let header = URL_SAFE_NO_PAD.encode(header);
            for end in ["", signature] {
                let forged = format!("{header}.{payload}.{end}");
                assert!(
                    signer.verify(&forged, NOW).is_err(),
                    "{header} must not pass"
                );
            }
        }
        for garbage in ["", ".", "..", "a.b.c", &"x".repeat(100_000)] {
            assert!(signer.verify(garbage, NOW).is_err());
        }
    }
}
