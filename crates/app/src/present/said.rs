//! What went wrong, in the language of the moment. It is worded in English far below and comes up as a
//! text: whole where a book has it, else sentence by sentence.

use std::sync::LazyLock;

use haven_model::language::{Language, Phrasebook, count_in, fill, spoken};

use super::phrase;

/// What is shorter than this beside its values would match anything, in bytes.
const TELLING_BYTES: usize = 12;

static ARABIC: LazyLock<Book> = LazyLock::new(|| Book::read(include_str!("words/said.ar.json")));

struct Book {
    phrases: Phrasebook,
    /// Sentences with values in them, the most telling first.
    templates: Vec<String>,
}

impl Book {
    fn read(json: &str) -> Self {
        let phrases = Phrasebook::read(json).unwrap_or_default();
        let telling = |english: &&str| english.len() - 2 * english.matches("{}").count();
        let mut templates: Vec<String> = phrases
            .english()
            .filter(|english| english.contains("{}") && telling(english) >= TELLING_BYTES)
            .map(str::to_owned)
            .collect();
        templates.sort_by_key(|english| {
            (
                std::cmp::Reverse(telling(&english.as_str())),
                english.clone(),
            )
        });
        Self { phrases, templates }
    }

    /// A whole text.
    fn whole(&self, english: &str) -> Option<String> {
        if let Some(words) = self.phrases.plain(english) {
            return Some(words.to_owned());
        }
        if let Some(words) = phrase::numbered(english) {
            return Some(words);
        }
        self.templates.iter().find_map(|template| {
            let values = values_in(template, english)?;
            let count = values.first().map_or(0, |value| count_in(value));
            let words = self.phrases.counted(template, count)?;
            let values: Vec<String> = values
                .into_iter()
                .map(|value| self.phrases.plain(&value).map_or(value, str::to_owned))
                .collect();
            Some(fill(words, &values))
        })
    }

    /// Every sentence by itself; `None` where one is not known, so that no text is in two languages.
    fn by_sentence(&self, english: &str) -> Option<String> {
        let told: Option<Vec<String>> = sentences(english)
            .into_iter()
            .map(|sentence| self.whole(sentence))
            .collect();
        told.map(|told| told.join(" "))
    }
}

/// A finished English text in the language of the moment, as far as it is known there.
pub(crate) fn said(english: String) -> String {
    let book = match spoken() {
        Language::English => return english,
        Language::Arabic => &*ARABIC,
    };
    book.whole(&english)
        .or_else(|| book.by_sentence(&english))
        .unwrap_or(english)
}

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(". ").map(str::trim_end).collect()
}

/// What stands in a text where a template has `{}`; at least one value, none of more than a sentence.
fn values_in(template: &str, text: &str) -> Option<Vec<String>> {
    let mut pieces = template.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut pieces = pieces.peekable();
    let mut values = Vec::new();
    while let Some(piece) = pieces.next() {
        let (value, after) = if pieces.peek().is_none() {
            (rest.strip_suffix(piece)?, "")
        } else {
            rest.split_once(piece)?
        };
        if value.is_empty() || value.contains(". ") {
            return None;
        }
        values.push(value.to_owned());
        rest = after;
    }
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use haven_model::language::speaking;
    use haven_model::{Action, ResourceKey, Role, SensitivityClass};
    use haven_store::StoreError;

    use super::*;
    use crate::error::{AppError, Code};

    fn in_arabic(error: impl Into<AppError>) -> String {
        speaking(Language::Arabic, || said(error.into().message))
    }

    fn assert_arabic(told: &str) {
        let latin = told
            .split('`')
            .step_by(2)
            .flat_map(|text| text.split(|letter: char| !letter.is_ascii_alphabetic()));
        let foreign: Vec<&str> = latin
            .filter(|word| word.len() > 2 && !["Haven", "Patient", "FHIR", "JSON"].contains(word))
            .collect();
        assert!(foreign.is_empty(), "{told}: {foreign:?}");
    }

    #[test]
    fn what_a_store_refuses_is_said_in_the_language_of_the_window() {
        let key = ResourceKey::new("Patient", "p").expect("a key");
        for error in [
            StoreError::Busy,
            StoreError::WrongPassphrase { attempts_left: 4 },
            StoreError::WrongPin { attempts_left: 2 },
            StoreError::WrongRecoveryKey,
            StoreError::TooManyAttempts {
                retry_after_ms: 12_000,
            },
            StoreError::SlotDisabled,
            StoreError::UnknownUser,
            StoreError::NoStore,
            StoreError::NotFound {
                what: "conflict".to_owned(),
            },
            StoreError::NotPermitted {
                role: Role::Nurse,
                action: Action::Delete,
                class: SensitivityClass::Sensitive,
            },
            StoreError::InConflict {
                key,
                conflict_id: "c".to_owned(),
            },
            StoreError::AlreadyExists,
            StoreError::LoginExists,
            StoreError::DiskFull,
            StoreError::NoRoom {
                used_bytes: 500_000_000,
                quota_bytes: 500_000_000,
            },
            StoreError::Precondition {
                what: "The record has changed since the conflict was decided; change it again instead.".to_owned(),
            },
        ] {
            let english = error.to_string();
            let told = in_arabic(error);
            assert_ne!(told, english);
            assert_arabic(&told);
        }
    }

    #[test]
    fn what_the_use_cases_of_conflicts_refuse_is_known_sentence_by_sentence() {
        let sources = [
            include_str!("../session/escalation.rs"),
            include_str!("../desk/review.rs"),
            include_str!("../desk/workstation.rs"),
            include_str!("../desk/idle.rs"),
        ];
        let mut known = 0;
        for source in sources {
            for literal in source.split('"').skip(1).step_by(2) {
                let text = literal
                    .split("\\\n")
                    .map(str::trim_start)
                    .collect::<String>();
                let is_message = text.starts_with(|letter: char| letter.is_ascii_uppercase())
                    && text.ends_with('.')
                    && !text.contains('{');
                if is_message {
                    let told = in_arabic(AppError::new(Code::Invalid, text));
                    assert_arabic(&told);
                    known += 1;
                }
            }
        }
        assert!(known > 10, "messages were found, {known}");
    }

    #[test]
    fn a_text_of_which_a_sentence_is_not_known_stays_whole() {
        let english = "The moon is full. Nothing was changed.".to_owned();
        let told = speaking(Language::Arabic, || said(english.clone()));
        assert_eq!(told, english);
        assert_eq!(said(english.clone()), english, "and English is English");
    }

    #[test]
    fn a_phrase_keeps_every_value_of_the_english_one() {
        for english in ARABIC.phrases.english() {
            let words = ARABIC.phrases.plain(english).unwrap_or_default();
            assert_eq!(
                words.matches('{').count(),
                english.matches("{}").count(),
                "{english}: {words}"
            );
        }
    }
}
