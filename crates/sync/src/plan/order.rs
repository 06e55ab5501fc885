//! What is sent first: what others refer to before what refers to it.

use haven_model::{Operation, ResourceKey};

/// A waiting change, as far as its place in the order depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sendable {
    /// The resource.
    pub key: ResourceKey,
    /// What the server is to do.
    pub operation: Operation,
    /// Its place in the outbox.
    pub seq: i64,
}

/// Types that others refer to, the most referred to first; every other type comes after them.
///
/// Source: FHIR R4 reference targets of the resources in the patient compartment.
const REFERRED_TO: [&str; 16] = [
    "Organization",
    "Location",
    "HealthcareService",
    "Practitioner",
    "PractitionerRole",
    "Device",
    "Substance",
    "Medication",
    "Patient",
    "RelatedPerson",
    "Schedule",
    "Slot",
    "EpisodeOfCare",
    "Appointment",
    "Encounter",
    "Condition",
];

/// The keys in the order in which they are offered.
///
/// Creates and updates go by type (what is referred to first) and then by age; deletions come last
/// and the other way round, so that nothing is deleted while something on its way refers to it.
#[must_use]
pub fn in_order(waiting: Vec<Sendable>) -> Vec<ResourceKey> {
    in_order_by(waiting, |_| 0)
}

/// As [`in_order`], types of lower `priority` first.
///
/// What is made new and may be referred to is never later than the most urgent change that may refer
/// to it; what the server has already needs no such place.
#[must_use]
pub fn in_order_by(mut waiting: Vec<Sendable>, priority: impl Fn(&str) -> u8) -> Vec<ResourceKey> {
    // The most urgent priority among the changes of each rank and the ranks behind it.
    let mut urgent_behind = [u8::MAX; REFERRED_TO.len() + 1];
    for change in &waiting {
        if let Some(slot) = urgent_behind.get_mut(rank(&change.key.resource_type)) {
            *slot = (*slot).min(priority(&change.key.resource_type));
        }
    }
    let mut urgent = u8::MAX;
    for slot in urgent_behind.iter_mut().rev() {
        urgent = urgent.min(*slot);
        *slot = urgent;
    }
    waiting.sort_by_key(|change| {
        let rank = rank(&change.key.resource_type);
        let own = priority(&change.key.resource_type);
        match change.operation {
            Operation::Create => {
                let lifted = urgent_behind
                    .get(rank.saturating_add(1))
                    .map_or(own, |urgent| own.min(*urgent));
                (0_u8, lifted, rank, change.seq)
            }
            Operation::Update => (0_u8, own, rank, change.seq),
            Operation::Delete => (1_u8, 0, REFERRED_TO.len().saturating_sub(rank), change.seq),
        }
    });
    waiting.into_iter().map(|change| change.key).collect()
}

fn rank(resource_type: &str) -> usize {
    REFERRED_TO
        .iter()
        .position(|known| *known == resource_type)
        .unwrap_or(REFERRED_TO.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, operation: Operation, seq: i64) -> Sendable {
        Sendable {
            key: key.parse().expect("a key"),
            operation,
            seq,
        }
    }

    #[test]
    fn a_patient_goes_before_what_was_written_about_it_and_is_deleted_after_it() {
        let order = in_order(vec![
            change("Observation/o", Operation::Create, 1),
            change("Patient/gone", Operation::Delete, 2),
            change("Observation/gone", Operation::Delete, 3),
            change("Encounter/e", Operation::Update, 4),
            change("Patient/p", Operation::Create, 5),
        ]);
        let order: Vec<String> = order.iter().map(ToString::to_string).collect();
        assert_eq!(
            order,
            [
                "Patient/p",
                "Encounter/e",
                "Observation/o",
                "Observation/gone",
                "Patient/gone"
            ]
        );
    }

    #[test]
    fn urgent_types_go_first_and_take_with_them_what_they_may_refer_to() {
        let waiting = vec![
            change("Task/t", Operation::Create, 1),
            change("Patient/known", Operation::Update, 2),
            change("Patient/new", Operation::Create, 3),
            change("AllergyIntolerance/a", Operation::Create, 4),
        ];
        let order = in_order_by(waiting, |name| match name {
            "AllergyIntolerance" => 1,
            "Patient" => 8,
            _ => 5,
        });
        let order: Vec<String> = order.iter().map(ToString::to_string).collect();
        assert_eq!(
            order,
            [
                "Patient/new",
                "AllergyIntolerance/a",
                "Task/t",
                "Patient/known"
            ],
            "a new patient goes before the allergy; one that the server has keeps its own place"
        );
    }
}
