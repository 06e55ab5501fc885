//! The signed assertion by which a client shows who it is (RFC 7523 §2.2; SMART App Launch 2.x,
//! client-confidential-asymmetric).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA384, RsaKeyPair,
};
use serde_json::json;

use super::access::Algorithm;
use crate::remote::RemoteError;

/// SMART allows five minutes at most.
const LIFETIME_S: i64 = 240;

/// A JWT for the token endpoint at `audience`, good for four minutes from `now_ms`.
pub(super) fn signed(
    client_id: &str,
    private_key: &str,
    algorithm: Algorithm,
    key_id: Option<&str>,
    audience: &str,
    now_ms: i64,
) -> Result<String, RemoteError> {
    let unusable = || RemoteError::Protocol("the client's private key cannot be used".to_owned());
    let key = pkcs8(private_key).ok_or_else(unusable)?;
    let name = match algorithm {
        Algorithm::Es384 => "ES384",
        Algorithm::Rs384 => "RS384",
    };
    let mut header = json!({"alg": name, "typ": "JWT"});
    if let Some(key_id) = key_id {
        header["kid"] = key_id.into();
    }
    let now_s = now_ms.div_euclid(1_000);
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "exp": now_s.saturating_add(LIFETIME_S),
        "iat": now_s,
        "jti": format!("{:032x}", rand::random::<u128>()),
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let random = SystemRandom::new();
    let signature = match algorithm {
        Algorithm::Es384 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &key, &random)
                .map_err(|_| unusable())?;
            let signature = pair
                .sign(&random, message.as_bytes())
                .map_err(|_| unusable())?;
            signature.as_ref().to_vec()
        }
        Algorithm::Rs384 => {
            let pair = RsaKeyPair::from_pkcs8(&key).map_err(|_| unusable())?;
            let mut signature = vec![0; pair.public().modulus_len()];
            pair.sign(
                &RSA_PKCS1_SHA384,
                &random,
                message.as_bytes(),
                &mut signature,
            )
            .map_err(|_| unusable())?;
            signature
        }
    };
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The bytes of a PKCS#8 key in PEM (RFC 7468).
fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem
        .split("-----BEGIN PRIVATE KEY-----")
        .nth(1)?
        .split("-----END PRIVATE KEY-----")
        .next()?
        .split_ascii_whitespace()
        .collect();
    STANDARD.decode(body).ok()
}
