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
pub fn in_order(mut waiting: Vec<Sendable>) -> Vec<ResourceKey> {
    waiting.sort_by_key(|change| {
        let rank = rank(&change.key.resource_type);
        match change.operation {
            Operation::Create | Operation::Update => (0_u8, rank, change.seq),
            Operation::Delete => (1_u8, REFERRED_TO.len().saturating_sub(rank), change.seq),
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
}
