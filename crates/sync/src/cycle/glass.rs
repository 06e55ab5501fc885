//! Word of emergency access for the hub: kept until it is taken.

use haven_model::Timestamp;
use haven_model::wire::{GlassAlert, PushRequest};
use haven_store::UntoldGlass;

use super::Cycle;
use crate::error::SyncError;

impl Cycle<'_> {
    /// Tells of what the hub has not heard of; what fails is told of at the next sync.
    pub(super) async fn tell_of_glass(&mut self) {
        if let Err(error) = self.tell_untold().await {
            tracing::warn!(%error, "the hub was not told of emergency access; the next sync does");
        }
    }

    async fn tell_untold(&mut self) -> Result<(), SyncError> {
        let untold = self.store.untold_glass()?;
        if untold.is_empty() {
            return Ok(());
        }
        let request = PushRequest {
            device_id: self.store.session().device_id.clone(),
            glass: untold.iter().map(alert).collect(),
            ..PushRequest::default()
        };
        let taken = self.remote.push(request).await?.glass_taken;
        // A hub of an earlier version takes none: it is told again when it is of this one.
        let told: Vec<UntoldGlass> = untold
            .into_iter()
            .filter(|one| taken.contains(&one.seq))
            .collect();
        if !told.is_empty() {
            self.store.glass_told(&told, self.now())?;
        }
        Ok(())
    }
}

fn alert(untold: &UntoldGlass) -> GlassAlert {
    GlassAlert {
        seq: untold.seq,
        actor: untold.actor.clone(),
        patient: untold.patient.clone(),
        opened_at: untold.opened_at.to_instant(),
        until: untold.until.to_instant(),
        ended_at: untold.ended_at.map(Timestamp::to_instant),
    }
}
