//! Breaking the glass of one chart.

use super::Desk;
use crate::error::Result;
use crate::present;
use crate::session::Session;
use crate::view::GlassView;

impl Desk {
    /// Whether some of a chart lies behind the glass for this user.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn glass(&self, patient_id: &str) -> Result<GlassView> {
        let session = self.unlocked()?;
        self.glass_of(&session, patient_id)
    }

    /// Opens the sensitive records of one patient to this user for 60 minutes.
    ///
    /// # Errors
    /// `locked`; otherwise as [`Session::break_glass`].
    pub fn break_glass(&self, patient_id: &str, reason: &str) -> Result<GlassView> {
        let session = self.unlocked()?;
        session.break_glass(patient_id, reason)?;
        if let Some(open) = self.lock_open().as_mut() {
            // The chart as it is shown from now on is another reading.
            open.last_chart = None;
        }
        self.glass_of(&session, patient_id)
    }

    fn glass_of(&self, session: &Session, patient_id: &str) -> Result<GlassView> {
        let store = session.store();
        let open = store.glass().filter(|window| window.patient == patient_id);
        let hides = store.has_behind_glass(patient_id)?;
        Ok(present::glass(open.as_ref(), hides, &self.now()))
    }
}
