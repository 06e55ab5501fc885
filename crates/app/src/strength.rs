//! How hard a passphrase is to guess, and words that make a good one.

use haven_store::random_words;
use serde::{Deserialize, Serialize};
use specta::Type;
use zxcvbn::zxcvbn;

use crate::error::Result;

/// The shortest passphrase that counts as strong, in characters (OWASP ASVS 5.0 §6.2).
const STRONG_CHARS: usize = 15;

/// Guesses that a strong passphrase withstands, as a power of ten: at 10,000 guesses a second, which
/// the derivation allows an attacker at most, 10¹⁴ take three hundred years.
const STRONG_LOG10: f64 = 14.0;

/// Words of a suggested passphrase: 55 bits.
const SUGGESTED_WORDS: usize = 5;

/// How strong a passphrase is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PassphraseStrength {
    /// Whether it is strong enough for a clinic.
    pub ok: bool,
    /// Guesses that it withstands, as a power of ten; 0 for an empty one.
    pub guesses_log10: f64,
    /// A sentence for people.
    pub words: String,
}

/// A suggested passphrase.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestedPassphrase {
    /// Five random words with spaces.
    pub passphrase: String,
    /// Guesses that it withstands, as a power of ten.
    pub guesses_log10: f64,
}

/// Judges a passphrase; `known` is what an attacker would try first: names of user, clinic, device.
#[must_use]
pub fn passphrase_strength(text: &str, known: &[&str]) -> PassphraseStrength {
    let chars = text.chars().count();
    let entropy = zxcvbn(text, known);
    let guesses_log10 = entropy.guesses_log10().max(0.0);
    let ok = chars >= STRONG_CHARS && guesses_log10 >= STRONG_LOG10;
    let words = if ok {
        "A strong passphrase.".to_owned()
    } else if chars < STRONG_CHARS {
        format!(
            "Too short: {chars} of at least {STRONG_CHARS} characters. Five random words are strong and easy to remember."
        )
    } else {
        let hint = entropy
            .feedback()
            .and_then(|feedback| feedback.warning())
            .map_or_else(
                || "Its parts are among the first that are tried.".to_owned(),
                |warning| warning.to_string(),
            );
        format!("Too easy to guess. {hint} Five random words are strong and easy to remember.")
    };
    PassphraseStrength {
        ok,
        guesses_log10,
        words,
    }
}

/// Five random words that are strong.
///
/// # Errors
/// When the system gives no randomness.
pub fn suggest_passphrase() -> Result<SuggestedPassphrase> {
    loop {
        let passphrase = random_words(SUGGESTED_WORDS)?.join(" ");
        let strength = passphrase_strength(&passphrase, &[]);
        if strength.ok {
            return Ok(SuggestedPassphrase {
                passphrase,
                guesses_log10: strength.guesses_log10,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_choose_is_told_apart_from_what_is_strong() {
        for weak in [
            "",
            "Summer2026!",
            "password password password",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "qwertyuiopasdfghjkl",
            "123456789012345678901234567890",
            "amina okafor riverside",
        ] {
            let judged = passphrase_strength(weak, &["amina", "okafor", "riverside"]);
            assert!(!judged.ok, "{weak} is weak: {judged:?}");
            assert!(!judged.words.is_empty());
        }
        assert!(passphrase_strength("gravel ostrich maple dentist vivid", &[]).ok);
    }

    #[test]
    fn suggestions_are_strong_and_never_the_same() {
        let suggested: Vec<String> = (0..20)
            .map(|_| suggest_passphrase().expect("random").passphrase)
            .collect();
        for passphrase in &suggested {
            assert_eq!(passphrase.split(' ').count(), 5);
            assert!(passphrase_strength(passphrase, &[]).ok, "{passphrase}");
        }
        let mut distinct = suggested.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), suggested.len());
    }
}
