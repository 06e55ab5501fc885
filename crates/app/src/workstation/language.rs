//! In which language this device, and each of its people, wants words.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;

use haven_model::language::Language;
use serde::{Deserialize, Serialize};

use super::Workstation;
use crate::error::{AppError, Code, Result};

/// Beside the store, in the open: the unlock screen needs it, and it says nothing of a patient.
const LANGUAGES_FILE: &str = "languages.json";

#[derive(Default, Serialize, Deserialize)]
struct Languages {
    #[serde(default)]
    device: Language,
    #[serde(default)]
    people: BTreeMap<String, Language>,
}

impl Workstation {
    /// The language of a login, or of the device: before anyone is at work, and for who never chose.
    ///
    /// A file that is absent or cannot be read is no reason to keep anyone out: it is English then.
    #[must_use]
    pub fn language(&self, login: Option<&str>) -> Language {
        let languages = self.languages();
        login
            .and_then(|login| languages.people.get(login).copied())
            .unwrap_or(languages.device)
    }

    /// Keeps the language of a login, or of the device where none is at work.
    ///
    /// # Errors
    /// `io` when it cannot be written.
    pub fn set_language(&self, login: Option<&str>, language: Language) -> Result<()> {
        if !self.dir().exists() {
            // No store yet, and its folder is made whole with the store.
            return Ok(());
        }
        let mut languages = self.languages();
        match login {
            Some(login) => {
                languages.people.insert(login.to_owned(), language);
            }
            None => languages.device = language,
        }
        let place = self.dir().join(LANGUAGES_FILE);
        let beside = self.dir().join(format!("{LANGUAGES_FILE}.new"));
        let text = serde_json::to_vec(&languages).unwrap_or_default();
        let written = fs::File::create(&beside)
            .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&beside, &place));
        written.map_err(|_| {
            AppError::new(
                Code::Io,
                "The language was not kept. Everything else is as it was.",
            )
        })
    }

    fn languages(&self) -> Languages {
        fs::read(self.dir().join(LANGUAGES_FILE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }
}
