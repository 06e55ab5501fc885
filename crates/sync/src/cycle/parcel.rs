//! How much is sent at a time.

use std::collections::HashMap;

use haven_model::strategy::Strategies;
use haven_store::InFlight;

use super::Cycle;

impl Cycle<'_> {
    /// Divides what is sent again into parcels.
    pub(super) fn parcels(&self, sent: Vec<InFlight>) -> Vec<Vec<InFlight>> {
        let mut parcels: Vec<Vec<InFlight>> = Vec::new();
        let mut size = 0_usize;
        let mut room = TypeRoom::default();
        for one in sent {
            let bytes = body_bytes(&one);
            let fits = room.take(&one.key.resource_type, &self.strategies);
            match parcels.last_mut() {
                Some(last)
                    if fits
                        && last.len() < self.options.batch_entries
                        && size < self.options.batch_bytes =>
                {
                    size = size.saturating_add(bytes);
                    last.push(one);
                }
                _ => {
                    size = bytes;
                    room = TypeRoom::default();
                    room.take(&one.key.resource_type, &self.strategies);
                    parcels.push(vec![one]);
                }
            }
        }
        parcels
    }
}

/// How many changes of each type a parcel has, where its type allows only so many.
#[derive(Default)]
pub(super) struct TypeRoom(HashMap<String, u32>);

impl TypeRoom {
    /// Counts one more of a type; `false` when the parcel has all that the type allows.
    pub(super) fn take(&mut self, resource_type: &str, strategies: &Strategies) -> bool {
        let Some(most) = strategies.of(resource_type).batch_size else {
            return true;
        };
        let taken = self.0.entry(resource_type.to_owned()).or_insert(0);
        let fits = *taken < most;
        *taken = taken.saturating_add(1);
        fits
    }
}

/// How large a change's body is.
pub(super) fn body_bytes(sent: &InFlight) -> usize {
    sent.resource
        .as_ref()
        .map_or(0, |resource| resource.bytes().len())
}
