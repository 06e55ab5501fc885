//! Allergies that were marked as entered in error: out of every list, still to be found.

use haven_model::display;
use haven_store::Stored;

use super::recorded_twice::by;
use crate::present::Backdrop;
use crate::present::filed::Filed;
use crate::present::status::badge_unless_synced;
use crate::view::RetractedView;

pub(super) fn retracted(resources: &[Stored], backdrop: Backdrop<'_>) -> Vec<RetractedView> {
    resources
        .iter()
        .filter(|stored| stored.key.resource_type == "AllergyIntolerance")
        .filter_map(Filed::open)
        .filter(Filed::is_entered_in_error)
        .map(|filed| RetractedView {
            key: filed.key.to_string(),
            name: display::allergy(&filed.value).substance,
            by: by(&filed, backdrop),
            sync: badge_unless_synced(filed.status, backdrop.facts, backdrop.now),
        })
        .collect()
}
