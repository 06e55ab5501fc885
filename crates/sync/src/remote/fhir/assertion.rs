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

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P384_SHA384_FIXED, KeyPair as _, UnparsedPublicKey};

    use super::*;

    #[test]
    fn an_assertion_names_its_client_and_its_audience_and_is_signed_by_its_key() {
        let random = SystemRandom::new();
        let key =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).expect("a key");
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, key.as_ref(), &random)
                .expect("its pair");
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(key.as_ref())
        );
        let audience = "https://server.example/token";
        let jwt = signed(
            "haven",
            &pem,
            Algorithm::Es384,
            Some("k1"),
            audience,
            1_000_000,
        )
        .expect("signed");
        let (message, signature) = jwt.rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, pair.public_key().as_ref())
            .verify(message.as_bytes(), &signature)
            .expect("the signature is the key's");
        let part = |at: usize| -> serde_json::Value {
            let text = message.split('.').nth(at).expect("a part");
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
        };
        assert_eq!(part(0)["alg"], "ES384");
        assert_eq!(part(0)["kid"], "k1");
        let claims = part(1);
        assert_eq!(
            (&claims["iss"], &claims["aud"]),
            (&"haven".into(), &audience.into())
        );
        assert_eq!(claims["exp"], 1_240, "five minutes at most");
    }

    #[test]
    fn what_is_no_key_is_refused_without_a_word_of_it() {
        let refused =
            signed("haven", "secret words", Algorithm::Rs384, None, "x", 0).expect_err("no key");
        assert!(!refused.to_string().contains("secret words"));
    }
}
