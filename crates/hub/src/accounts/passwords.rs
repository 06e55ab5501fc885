//! Argon2id for passwords; the same work for a user who does not exist.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use crate::error::{HubError, Result};

/// The shortest password taken.
pub const MIN_PASSWORD_CHARS: usize = 8;

/// A hash of a password that nobody knows: made once in a process, since it takes as long as any.
static NOBODY: OnceLock<String> = OnceLock::new();

/// Hashes and verifies passwords (Argon2id, 19 MiB, two passes: the OWASP floor for a server).
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    nobody: &'static str,
}

impl PasswordHasher {
    /// A hasher, with a hash of nobody's password ready.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new() -> Result<Self> {
        let argon2 = Argon2::default();
        if let Some(nobody) = NOBODY.get() {
            return Ok(Self { argon2, nobody });
        }
        let mut password = [0_u8; 32];
        getrandom::fill(&mut password)?;
        let hash = argon2
            .hash_password(&password)
            .map_err(|_| HubError::PasswordHash)?
            .to_string();
        let nobody = NOBODY.get_or_init(|| hash);
        Ok(Self { argon2, nobody })
    }

    /// The PHC string of a password.
    ///
    /// # Errors
    /// When the password is too short, or hashing fails.
    pub fn hash(&self, password: &str) -> Result<String> {
        if password.chars().count() < MIN_PASSWORD_CHARS {
            return Err(HubError::BadInput(format!(
                "a password has at least {MIN_PASSWORD_CHARS} characters"
            )));
        }
        if password.len() > 1024 {
            return Err(HubError::BadInput(
                "a password has at most 1024 bytes".to_owned(),
            ));
        }
        Ok(self
            .argon2
            .hash_password(password.as_bytes())
            .map_err(|_| HubError::PasswordHash)?
            .to_string())
    }

    /// Whether the password is the one that was hashed; `None` is a user without one, and takes as
    /// long as any other.
    #[must_use]
    pub fn verify(&self, password: &str, stored: Option<&str>) -> bool {
        let hash = stored.unwrap_or(self.nobody);
        let matches = self
            .argon2
            .verify_password(password.as_bytes(), hash)
            .is_ok();
        matches && stored.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_only_its_own_hash() {
        let hasher = PasswordHasher::new().expect("randomness");
        let hash = hasher.hash("correct horse").expect("long enough");
        assert!(hasher.verify("correct horse", Some(&hash)));
        assert!(!hasher.verify("correct hors", Some(&hash)));
        assert!(!hasher.verify("anything", None), "nobody has no password");
        assert!(hasher.hash("short").is_err());
    }
}
