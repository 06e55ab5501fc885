//! The numbers of conflicts and sync.

use super::Desk;
use crate::error::{AppError, Code, Result};
use crate::present;
use crate::view::MeasuresView;

impl Desk {
    /// The numbers of the last so many days, for administrators.
    ///
    /// # Errors
    /// `locked`; `not_permitted` for anyone else.
    pub fn measures(&self, days: u32) -> Result<MeasuresView> {
        self.on_stage(|session, backdrop| {
            if session.who().role != haven_model::Role::Admin {
                return Err(AppError::new(
                    Code::NotPermitted,
                    "Only an administrator sees the numbers of this device. Nothing was changed.",
                ));
            }
            let measured = session.metrics(days)?;
            Ok(present::measures(&measured, backdrop))
        })
    }
}
