//! The language of the window: of the one at work, or of the device while nobody is.

use std::sync::PoisonError;

use haven_model::language::{Language, speaking};

use super::Desk;
use crate::error::{AppError, Result};
use crate::present;
use crate::view;

impl Desk {
    /// The language of the moment.
    #[must_use]
    pub fn language(&self) -> view::Language {
        self.spoken().into()
    }

    /// Chooses the language of the one at work, or of the device before anyone is.
    ///
    /// # Errors
    /// `io` when it cannot be kept; the words change all the same until the next start.
    pub fn set_language(&self, language: view::Language) -> Result<()> {
        let login = self
            .unlocked()
            .ok()
            .map(|session| session.who().user.clone());
        self.speak(language.into());
        self.inner
            .workstation
            .set_language(login.as_deref(), language.into())
    }

    /// Does something for the window, every word of it in its language.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn in_its_language<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        speaking(self.spoken(), || {
            work(self).map_err(|error| AppError {
                message: present::said(error.message),
                ..error
            })
        })
    }

    /// Takes up the language of a login, or the device's own.
    pub(super) fn speak_for(&self, login: Option<&str>) {
        self.speak(self.inner.workstation.language(login));
    }

    pub(super) fn spoken(&self) -> Language {
        *self
            .inner
            .language
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn speak(&self, language: Language) {
        *self
            .inner
            .language
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = language;
    }
}
