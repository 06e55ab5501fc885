//! Records that should not have been made.

use super::Desk;
use crate::error::Result;
use crate::present::phrase::marked_in_error_words;

impl Desk {
    /// Marks a record as entered in error, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`; otherwise as [`crate::Session::mark_in_error`].
    pub fn mark_in_error(&self, key: &str, reason: &str) -> Result<String> {
        self.on_stage(|session, backdrop| {
            session.mark_in_error(key, reason)?;
            let clock = backdrop.now.clock(session.platform().now());
            Ok(marked_in_error_words(&clock))
        })
    }
}
