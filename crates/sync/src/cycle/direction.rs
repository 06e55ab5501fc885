//! Which types are taken in, and what follows when that changes.

use haven_store::{OpKind, StoreError};

use super::Cycle;
use crate::error::SyncError;
use crate::settings;

impl Cycle<'_> {
    /// What is taken in from now on and was not before lies behind the cursor: everything is read
    /// again, which costs nothing of what is known.
    pub(super) fn follow_directions(&mut self) -> Result<(), SyncError> {
        let taken = self.strategies.pulled_types();
        let known = self.store.setting(&self.names.pulled_types)?;
        let words = taken.join(" ");
        if known.as_deref().unwrap_or_default() == words {
            return Ok(());
        }
        let widened = known.is_some_and(|known| {
            let before: Vec<&str> = known.split(' ').collect();
            taken.is_empty() || taken.iter().any(|name| !before.contains(&name.as_str()))
        });
        let begins_again = self.realm.name.is_none()
            && settings::first_sync(self.store)?.is_some_and(|first| !first.is_complete());
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(
                &self.names.pulled_types,
                (!words.is_empty()).then_some(words.as_str()),
            )?;
            if widened {
                tx.set_setting(&self.names.cursor, None)?;
                if begins_again {
                    tx.set_setting(settings::FIRST_SYNC, None)?;
                }
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(())
    }
}
