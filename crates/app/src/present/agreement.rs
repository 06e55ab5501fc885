//! Where this device and the server do not agree by themselves: the clock, and deletions that are too many
//! to be done unseen.

use haven_model::Resource;
use haven_model::display::resource_kind;
use serde_json::Value;

use super::centre::size;
use super::phrase::{say, told};
use super::status::grouped;
use super::{Backdrop, Patients, words};
use crate::session::AttachmentCountsAnswer;
use crate::view::{HeldKind, HeldRow, HeldView};

/// A clock off by less is as good as right, in milliseconds.
const NOTICEABLE_MS: i64 = 2 * 60 * 1000;

/// So many of the records are named.
const MAX_ROWS: usize = 100;

/// What is known of it.
#[derive(Clone, Debug, Default)]
pub struct AgreementInput {
    /// This computer's clock minus the server's, in milliseconds.
    pub clock_skew_ms: Option<i64>,
    /// The records whose deletion waits for a person.
    pub held: Vec<Resource>,
    /// How many attachments stand where.
    pub attachments: Option<AttachmentCountsAnswer>,
}

/// "This computer's clock is 9 min fast"; `None` while it is as good as right.
pub(crate) fn clock_words(skew_ms: i64) -> Option<String> {
    if skew_ms.saturating_abs() < NOTICEABLE_MS {
        return None;
    }
    let minutes = skew_ms.unsigned_abs() / 60_000;
    let much = match minutes {
        0..120 => told!("{} min", minutes),
        120..2_880 => told!("{} h", minutes / 60),
        _ => told!("{} days", minutes / 1_440),
    };
    Some(if skew_ms > 0 {
        told!("This computer's clock is {} fast", much)
    } else {
        told!("This computer's clock is {} slow", much)
    })
}

/// The deletions that wait for a person; `None` where there are none.
pub(crate) fn held(
    held: &[Resource],
    patients: &Patients,
    backdrop: Backdrop<'_>,
) -> Option<HeldView> {
    if held.is_empty() {
        return None;
    }
    let mut kinds: Vec<(String, u32)> = Vec::new();
    for resource in held {
        let kind = resource_kind(&resource.value());
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds.sort_by(|(one, mine), (other, theirs)| theirs.cmp(mine).then_with(|| one.cmp(other)));
    let total = u32::try_from(held.len()).unwrap_or(u32::MAX);
    Some(HeldView {
        text: told!(
            "The server deleted {} records at once. They are still on this device.",
            grouped(total)
        ),
        total,
        kinds: kinds
            .into_iter()
            .map(|(label, count)| HeldKind {
                label,
                count: grouped(count),
            })
            .collect(),
        rows: held
            .iter()
            .take(MAX_ROWS)
            .map(|resource| row(resource, patients, backdrop))
            .collect(),
    })
}

fn row(resource: &Resource, patients: &Patients, backdrop: Backdrop<'_>) -> HeldRow {
    let value = resource.value();
    let id = Resource::patient_of(&value);
    let own = resource.key().resource_type == "Patient";
    let patient: Option<&Value> = if own {
        Some(&value)
    } else {
        id.as_ref().and_then(|id| patients.get(id))
    };
    HeldRow {
        key: resource.key().to_string(),
        name: patient.map_or_else(|| say("No patient").to_owned(), words::banner_name),
        born: patient.map_or_else(String::new, |patient| words::born(patient, backdrop.now)),
        identifier: patient.map_or_else(String::new, |patient| words::identifier(patient).1),
        title: if own {
            say("Patient details").to_owned()
        } else {
            words::key_title(&value)
        },
    }
}

/// What is said once the deletions were done here, too.
pub(crate) fn accepted(count: u64) -> String {
    told!("{} records deleted on this device, too.", count)
}

/// What is said once the records were kept.
pub(crate) fn kept(count: u64, clock: &str) -> String {
    told!("{} records kept. Saved on this device {}", count, clock)
}

/// "3 to receive, 11 MB · 1 failed"; `None` where all are where they should be.
pub(crate) fn attachments(counts: &AttachmentCountsAnswer) -> Option<String> {
    let mut parts = Vec::new();
    if counts.to_receive > 0 {
        parts.push(told!(
            "{} to receive, {}",
            counts.to_receive,
            size(counts.to_receive_bytes)
        ));
    }
    if counts.to_send > 0 {
        parts.push(told!(
            "{} to send, {}",
            counts.to_send,
            size(counts.to_send_bytes)
        ));
    }
    if counts.failed > 0 {
        parts.push(told!("{} with trouble", counts.failed));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::clock_words;

    #[test]
    fn a_wrong_clock_is_said_in_the_words_people_use() {
        let words = |minutes: i64| clock_words(minutes * 60_000 + 5_000);
        assert_eq!(words(0), None, "a few seconds are nothing");
        assert_eq!(
            words(9).as_deref(),
            Some("This computer's clock is 9 min fast")
        );
        assert_eq!(
            words(-180).as_deref(),
            Some("This computer's clock is 2 h slow")
        );
        assert_eq!(
            words(60 * 24 * 3).as_deref(),
            Some("This computer's clock is 3 days fast")
        );
    }
}
