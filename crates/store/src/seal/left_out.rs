//! Ids that a row tells already, left out of its body before it is packed: of a chart's bodies each
//! repeats its own id and its patient's, which no compression can foretell.
//!
//! A control byte stands in place of each. RFC 8259 §7 lets none stand in JSON but the white space, so
//! what is put back is what was there, byte for byte.

use memchr::memmem::Finder;
use memchr::{memchr_iter, memchr2_iter};

/// Stand for the resource's own id and for its patient's.
const OWN: u8 = 1;
const PATIENT: u8 = 2;

/// Shorter ids are as short packed; longer ones FHIR does not know (R4 §2.24.0.1, `id`).
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=64;

/// How many ids a body leaves out at most, mostly: room for them is made at once.
const USUALLY_LEFT_OUT: usize = 3;

/// A body without the ids that its row tells.
pub(crate) struct Shortened {
    pub(crate) body: Vec<u8>,
    /// Whether the patient's is among them.
    pub(crate) has_patient: bool,
}

/// Takes `own` and `patient` out of a body; `None` when nothing can be: the body stays as it is.
pub(crate) fn leave_out(body: &[u8], own: &str, patient: Option<&str>) -> Option<Shortened> {
    if memchr2_iter(OWN, PATIENT, body).next().is_some() {
        return None;
    }
    let own = Some(own).filter(|own| LENGTHS.contains(&own.len()));
    let patient =
        patient.filter(|patient| Some(*patient) != own && LENGTHS.contains(&patient.len()));
    if let (Some(own), Some(patient)) = (uuid_or_none(own), uuid_or_none(patient)) {
        return without_uuids(body, own, patient);
    }
    let without_patient = patient.and_then(|patient| without(body, patient, PATIENT));
    let has_patient = without_patient.is_some();
    let without_own =
        own.and_then(|own| without(without_patient.as_deref().unwrap_or(body), own, OWN));
    let body = without_own.or(without_patient)?;
    Some(Shortened { body, has_patient })
}

/// The length of a UUID's text, and where its first dash stands. Source: RFC 9562 §4.
const UUID_CHARS: usize = 36;
const FIRST_DASH: usize = 8;

type Uuid = [u8; UUID_CHARS];

/// `None` for an id that is spelled in another way.
fn uuid_or_none(id: Option<&str>) -> Option<Option<&Uuid>> {
    let Some(id) = id else {
        return Some(None);
    };
    let text: &Uuid = id.as_bytes().try_into().ok()?;
    (text[FIRST_DASH] == b'-').then_some(Some(text))
}

/// Both in one pass, from dash to dash: most ids are such, and a search that has to be prepared for
/// each of them costs more than it saves.
fn without_uuids(body: &[u8], own: Option<&Uuid>, patient: Option<&Uuid>) -> Option<Shortened> {
    let mut shortened = Vec::new();
    let (mut from, mut has_patient) = (0, false);
    for dash in memchr_iter(b'-', body) {
        let Some(text) = dash
            .checked_sub(FIRST_DASH)
            .filter(|start| *start >= from)
            .and_then(|start| body.get(start..)?.first_chunk::<UUID_CHARS>())
        else {
            continue;
        };
        let mark = if own == Some(text) {
            OWN
        } else if patient == Some(text) {
            has_patient = true;
            PATIENT
        } else {
            continue;
        };
        if from == 0 {
            shortened.reserve_exact(body.len());
        }
        shortened.extend_from_slice(body.get(from..dash - FIRST_DASH).unwrap_or_default());
        shortened.push(mark);
        from = dash - FIRST_DASH + UUID_CHARS;
    }
    if from == 0 {
        return None;
    }
    shortened.extend_from_slice(body.get(from..).unwrap_or_default());
    Some(Shortened {
        body: shortened,
        has_patient,
    })
}

/// Puts back what was left out.
pub(super) fn put_back(body: &[u8], own: &str, patient: &str) -> Vec<u8> {
    let mut whole =
        Vec::with_capacity(body.len() + USUALLY_LEFT_OUT * own.len().max(patient.len()));
    let mut from = 0;
    for at in memchr2_iter(OWN, PATIENT, body) {
        let (before, id) = match body.get(from..=at) {
            Some([before @ .., OWN]) => (before, own),
            Some([before @ .., _]) => (before, patient),
            Some([]) | None => break,
        };
        whole.extend_from_slice(before);
        whole.extend_from_slice(id.as_bytes());
        from = at + 1;
    }
    whole.extend_from_slice(body.get(from..).unwrap_or_default());
    whole
}

fn without(body: &[u8], id: &str, mark: u8) -> Option<Vec<u8>> {
    let finder = Finder::new(id);
    let mut found = finder.find_iter(body).peekable();
    found.peek()?;
    let mut shortened = Vec::with_capacity(body.len());
    let mut from = 0;
    for at in found {
        shortened.extend_from_slice(body.get(from..at).unwrap_or_default());
        shortened.push(mark);
        from = at + id.len();
    }
    shortened.extend_from_slice(body.get(from..).unwrap_or_default());
    Some(shortened)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    const PATIENT_ID: &str = "7f0e3a52-0000-4000-8000-00000000000a";

    #[test]
    fn own_id_and_patient_are_left_out_and_put_back() {
        let body = format!(
            r#"{{"resourceType":"Observation","id":"{OWN_ID}","subject":{{"reference":"Patient/{PATIENT_ID}"}},"note":"{OWN_ID}{PATIENT_ID}"}}"#
        );
        let short = leave_out(body.as_bytes(), OWN_ID, Some(PATIENT_ID)).expect("both are there");
        assert!(short.has_patient);
        assert_eq!(short.body.len(), body.len() - 4 * 35, "a byte for each id");
        assert_eq!(put_back(&short.body, OWN_ID, PATIENT_ID), body.as_bytes());
    }

    #[test]
    fn what_could_be_misread_stays_whole() {
        let with_mark = format!("{{\"id\":\"{OWN_ID}\u{1}\"}}");
        assert!(
            leave_out(with_mark.as_bytes(), OWN_ID, None).is_none(),
            "a body that holds a mark itself could not be told from one that was shortened"
        );
        assert!(leave_out(b"{}", OWN_ID, Some(PATIENT_ID)).is_none());
        assert!(
            leave_out(br#"{"id":"p1"}"#, "p1", None).is_none(),
            "a short id is no gain"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_left_out_comes_back(
            parts in prop::collection::vec(
                prop_oneof!["[ -~é]{0,20}", Just("abcabcabcabc".to_owned()), Just("abcabcabcabcabc".to_owned())],
                0..12,
            ),
            swapped: bool,
        ) {
            let body = parts.concat();
            let (own, patient) = if swapped {
                ("abcabcabcabcabc", "abcabcabcabc")
            } else {
                ("abcabcabcabc", "abcabcabcabcabc")
            };
            if let Some(short) = leave_out(body.as_bytes(), own, Some(patient)) {
                let patient = if short.has_patient { patient } else { "" };
                prop_assert_eq!(put_back(&short.body, own, patient), body.as_bytes());
            } else {
                prop_assert!(!body.contains(own) && !body.contains(patient));
            }
        }
    }
}
