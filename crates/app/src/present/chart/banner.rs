use serde_json::Value;

use super::{ChartInput, allergies};
use crate::present::filed::Filed;
use crate::present::{Backdrop, words};
use crate::view::BannerView;

pub(super) fn banner(
    input: &ChartInput<'_>,
    patient: &Value,
    allergies: &[&Filed<'_>],
    backdrop: Backdrop<'_>,
) -> BannerView {
    let (identifier_label, identifier) = words::identifier(patient);
    BannerView {
        id: input.patient.key.id.clone(),
        name: words::banner_name(patient),
        title: words::title(patient),
        born: words::born(patient, backdrop.now),
        age: words::age(patient, backdrop.now),
        gender: words::gender(patient),
        identifier_label,
        identifier,
        similar_name: input.similar_name,
        deceased: words::deceased(patient, backdrop.now),
        allergies: allergies::line(allergies, input.whole, input.complete),
    }
}
