//! Notes, reports and immunizations.

use crate::present::phrase::{say, told};
use base64::Engine as _;
use serde_json::Value;

use super::person;
use crate::present::filed::{Filed, date_words, items, newest_first, text};
use crate::present::now::Moment;
use crate::present::{Backdrop, words};
use crate::view::DocumentView;

/// Longer texts are opened on their own, not carried with every chart.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Documents, and reports that say something in words; newest first.
pub(super) fn notes(filed: &[Filed<'_>], backdrop: Backdrop<'_>) -> Vec<DocumentView> {
    let mut rows: Vec<(Option<Moment>, DocumentView)> = filed
        .iter()
        .filter_map(|filed| {
            let when = note_moment(filed, backdrop)?;
            let body = match filed.key.resource_type.as_str() {
                "DocumentReference" => document_text(&filed.value),
                _ => Some(report_text(&filed.value)?),
            };
            Some((
                when,
                DocumentView {
                    key: filed.key.to_string(),
                    title: note_title(&filed.value),
                    date: date_words(when, backdrop.now),
                    detail: note_detail(filed, backdrop),
                    text: body,
                },
            ))
        })
        .collect();
    rows.sort_by_key(|(when, _)| newest_first(*when));
    rows.into_iter().map(|(_, view)| view).collect()
}

/// When a note or report is of; the outer `None` is for what is neither.
fn note_moment(filed: &Filed<'_>, backdrop: Backdrop<'_>) -> Option<Option<Moment>> {
    match filed.key.resource_type.as_str() {
        "DocumentReference" => Some(filed.moment(&["date", "context.period.start"], backdrop.now)),
        "DiagnosticReport" => Some(filed.moment(
            &["effectiveDateTime", "effectivePeriod.start", "issued"],
            backdrop.now,
        )),
        _ => None,
    }
}

pub(super) fn note_title(value: &Value) -> String {
    text(value, "description")
        .map(str::to_owned)
        .or_else(|| {
            ["type", "code"]
                .iter()
                .filter_map(|name| value.get(name))
                .map(words::concept)
                .find(|words| !words.is_empty())
        })
        .or_else(|| {
            items(value, "content")
                .iter()
                .find_map(|content| text(content, "attachment.title"))
                .map(str::to_owned)
        })
        .unwrap_or_else(|| say("Document").to_owned())
}

/// "Signed · Q. Beahan".
fn note_detail(filed: &Filed<'_>, backdrop: Backdrop<'_>) -> String {
    let state = match (filed.text("docStatus"), filed.state()) {
        (Some("final"), _) => say("Signed"),
        (Some("amended"), _) => say("Amended"),
        (Some("preliminary"), _) => say("Draft"),
        (_, "superseded") => say("Replaced by a newer one"),
        (_, "preliminary") => say("Preliminary"),
        (_, "amended" | "corrected") => say("Corrected"),
        (_, "cancelled") => say("Cancelled"),
        _ => "",
    };
    let person = person(
        &filed.value,
        &["author", "performer", "resultsInterpreter", "authenticator"],
        backdrop.people,
    );
    [Some(state.to_owned()), person]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

fn document_text(document: &Value) -> Option<String> {
    items(document, "content")
        .iter()
        .filter_map(|content| content.get("attachment"))
        .find_map(plain_text)
}

fn report_text(report: &Value) -> Option<String> {
    items(report, "presentedForm")
        .iter()
        .find_map(plain_text)
        .or_else(|| text(report, "conclusion").map(str::to_owned))
}

/// The text of an attachment that is plain text, whole or not at all: half a note misleads.
fn plain_text(attachment: &Value) -> Option<String> {
    let kind = text(attachment, "contentType")?;
    if !kind.starts_with("text/plain") && !kind.starts_with("text/markdown") {
        return None;
    }
    let data = text(attachment, "data")?;
    if data.len() > MAX_TEXT_BYTES / 3 * 4 + 4 {
        return None;
    }
    let data: String = data.split_ascii_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(data)
        .ok()?;
    String::from_utf8(bytes).ok()
}

/// Newest first.
pub(super) fn immunizations(filed: &[Filed<'_>], backdrop: Backdrop<'_>) -> Vec<DocumentView> {
    let mut rows: Vec<(Option<Moment>, DocumentView)> = filed
        .iter()
        .filter(|filed| filed.is("Immunization"))
        .map(|filed| {
            let when = filed.moment(&["occurrenceDateTime", "recorded"], backdrop.now);
            (
                when,
                DocumentView {
                    key: filed.key.to_string(),
                    title: words::name_of(filed.value.get("vaccineCode")),
                    date: when
                        .map(|when| when.date(backdrop.now))
                        .or_else(|| filed.text("occurrenceString").map(str::to_owned))
                        .unwrap_or_else(|| date_words(None, backdrop.now)),
                    detail: immunization_detail(filed, backdrop),
                    text: None,
                },
            )
        })
        .collect();
    rows.sort_by_key(|(when, _)| newest_first(*when));
    rows.into_iter().map(|(_, view)| view).collect()
}

/// "Left arm · L. Moen"; what was not given says so first.
pub(super) fn immunization_detail(filed: &Filed<'_>, backdrop: Backdrop<'_>) -> String {
    let not_done = (filed.state() == "not-done").then(|| {
        filed
            .value
            .get("statusReason")
            .map(words::concept)
            .filter(|reason| !reason.is_empty())
            .map_or_else(
                || say("Not given").to_owned(),
                |reason| told!("Not given: {}", reason),
            )
    });
    let site = filed
        .value
        .get("site")
        .map(words::concept)
        .filter(|site| !site.is_empty());
    let lot = filed.text("lotNumber").map(|lot| told!("lot {}", lot));
    let by = person(&filed.value, &["performer"], backdrop.people);
    [not_done, site, lot, by]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}
