//! One conflict: three versions, the choices so far, and what they come to.

mod draft;
mod edit;
mod issues;
mod raw;
mod record;
mod sides;
mod unknown;

use crate::present::phrase::{say, told};
use haven_model::rounding::compared;
use haven_model::{ConflictKind, FieldConflict, display};
use haven_store::ConflictRow;
use serde_json::Value;

use super::case::{self, Reader};
use super::filed::text;
use super::segments::{same, segments, spoken};
use super::{Backdrop, People, words};
use crate::session::Case;
use crate::view::{
    BannerView, ConflictView, EditWidget, FieldView, InboxRow, KeepBothView, PickView, SideView,
};

pub use draft::{ChoiceError, Draft, NotReady, Resolution};
pub(crate) use raw::raw;
pub(crate) use sides::{
    Sides, field_words, fields, is_high_risk, is_whole, risk_word, title, what,
};

use draft::{Chosen, can_keep_both};
pub(crate) use sides::{Absent, value_words};
use sides::{WHOLE_LABEL, side_words};

/// What the conflict view shows.
#[derive(Clone, Debug)]
pub(crate) struct ConflictInput<'a> {
    /// The conflict.
    pub case: &'a Case,
    /// Who looks at it.
    pub reader: Reader<'a>,
    /// The choices so far.
    pub draft: &'a Draft,
    /// Other records of the patient that the result is looked at beside.
    pub beside: &'a [Value],
    /// Who it is about; `None` for what belongs to no patient.
    pub banner: Option<BannerView>,
    /// All open conflicts in inbox order, this one included.
    pub queue: Vec<InboxRow>,
    /// Conflicts that people on this device resolved today.
    pub resolved_today: u32,
    /// The clinic of this device.
    pub clinic: &'a str,
    /// Whether this user may see the versions as JSON.
    pub may_show_raw: bool,
}

/// The conflict view. Looking at it changes nothing and chooses nothing.
#[must_use]
pub(crate) fn conflict(input: &ConflictInput<'_>, backdrop: Backdrop<'_>) -> ConflictView {
    let row = &input.case.row;
    let device = case::device_label(input.case);
    let sides = Sides::of(row);
    let fields = fields(row);
    let keeps_both = input.draft.keeps_both_notes(row);
    let current = input.draft.current(&fields);
    let mut so_far = input.draft.so_far(row, &sides);
    if keeps_both {
        so_far.resource = Some(sides.remote.clone());
    }
    let views: Vec<FieldView> = in_order(&fields)
        .into_iter()
        .map(|field| {
            let chosen = current.get(field.path.as_str());
            let view = field_view(row, &sides, field, chosen, &device);
            if keeps_both {
                in_both_notes(field, view)
            } else {
                view
            }
        })
        .collect();
    let is_left = |view: &&FieldView| view.pick == PickView::Undecided;
    let left = views.iter().filter(is_left).count();
    let left_high_risk = views
        .iter()
        .filter(is_left)
        .filter(|view| view.high_risk)
        .count();
    let high_risk = is_high_risk(row);
    let merged = if is_whole(row) {
        Vec::new()
    } else {
        record::merged(&sides, &fields)
    };
    // Of a record that is decided as a whole there is no result before the one choice.
    let result = so_far.resource.as_ref();
    let result = result.filter(|_| left == 0 || !is_whole(row));
    let record = record::lines(&sides, result, &views, &merged);
    ConflictView {
        id: row.id.clone(),
        title: title(row),
        subtitle: subtitle(row, &sides, backdrop.people),
        kind: row.kind.as_str().to_owned(),
        device: device_side(input, backdrop),
        server: server_side(row, backdrop),
        unchanged: record::unchanged(&record),
        merged,
        record,
        left: u32::try_from(left).unwrap_or(u32::MAX),
        left_text: left_text(left, left_high_risk),
        issues: issues::issues(&sides, so_far.resource.as_ref(), input.beside),
        keep_both: keep_both(input, keeps_both),
        reason_required: high_risk || views.iter().any(|view| view.pick != PickView::Both),
        reasons: REASONS.map(|reason| say(reason).to_owned()).into(),
        confirm_text: high_risk.then(|| confirm_text(input.banner.as_ref())),
        can_undo: input.draft.can_undo(),
        stale: input.draft.is_stale(row),
        queue_text: queue_text(&input.queue, input.resolved_today),
        may_show_raw: input.may_show_raw,
        case: case::case(input.case, &input.reader, backdrop),
        queue: input.queue.clone(),
        banner: input.banner.clone(),
        fields: views,
    }
}

/// The way to keep both texts of a signed note; none where it is no such note.
fn keep_both(input: &ConflictInput<'_>, chosen: bool) -> Option<KeepBothView> {
    let row = &input.case.row;
    if is_whole(row) {
        return None;
    }
    crate::session::addendum_of(row)?;
    let whose = if case::is_from_here(input.case) {
        say("this device").to_owned()
    } else {
        case::device_label(input.case)
    };
    Some(KeepBothView {
        path: row.key.resource_type.clone(),
        text: told!(
            "This note is signed, so its texts are not merged. Both can be kept: the server’s stands, and the text of {} becomes an addendum to it.",
            whose
        ),
        label: say("Keep both, with an addendum").to_owned(),
        chosen,
    })
}

/// A field of a note of which both texts are kept.
fn in_both_notes(field: &FieldConflict, view: FieldView) -> FieldView {
    let words = |value: &Value| value_words(&field.path, value, Absent::NotRecorded);
    FieldView {
        pick: PickView::Both,
        result: told!(
            "{}; addendum: {}",
            words(&field.remote),
            words(&field.local)
        ),
        ..view
    }
}

/// Reasons to choose from; any other can be typed.
pub(crate) const REASONS: [&str; 5] = [
    "Checked with the patient",
    "Checked with the prescriber",
    "Checked against the paper or source record",
    "The other value is older",
    "The other value was entered by mistake",
];

/// High risk first; else the order of the document.
fn in_order(fields: &[FieldConflict]) -> Vec<&FieldConflict> {
    let mut sorted: Vec<&FieldConflict> = fields.iter().collect();
    sorted.sort_by_key(|field| !field.guarded);
    sorted
}

fn field_view(
    row: &ConflictRow,
    sides: &Sides,
    field: &FieldConflict,
    chosen: Option<&Chosen<'_>>,
    device_label: &str,
) -> FieldView {
    if is_whole(row) {
        return whole_view(row, sides, field, chosen, device_label);
    }
    let path = &field.path;
    let before = value_words(path, &field.base, Absent::NotRecorded);
    let absent = if field.base.is_null() {
        Absent::NotRecorded
    } else {
        Absent::Removed
    };
    // What was not there before is wholly added; the words "Not recorded" are no old value.
    let old = if field.base.is_null() { "" } else { &before };
    let side = |value: &Value| {
        let words = value_words(path, value, absent);
        if value.is_null() && field.base.is_null() {
            same(&words)
        } else if value.is_null() {
            segments(old, "")
        } else {
            segments(old, &words)
        }
    };
    let (device, server) = (side(&field.local), side(&field.remote));
    let pick = chosen.map_or(PickView::Undecided, |chosen| chosen.pick);
    let shown = match (pick, chosen.and_then(|chosen| chosen.value)) {
        (PickView::Edited, Some(value)) => value,
        _ if field.local.is_null() => &field.remote,
        _ => &field.local,
    };
    FieldView {
        path: path.clone(),
        label: words::field_label(path),
        why: with_rounding(why_of(row, field), field),
        high_risk: field.guarded,
        can_keep_both: can_keep_both(sides, field),
        can_be_unknown: unknown::unknown(sides, field).is_some(),
        spoken: told!(
            "{}: {}. Server: {}.",
            device_label,
            spoken(&device),
            spoken(&server)
        ),
        device,
        server,
        before,
        pick,
        result: chosen.map_or_else(String::new, |chosen| result_words(field, chosen)),
        edit: edit::widget(field),
        edit_text: edit::edit_text(field, shown),
    }
}

fn result_words(field: &FieldConflict, chosen: &Chosen<'_>) -> String {
    let words = |value: &Value| value_words(&field.path, value, Absent::Removed);
    match chosen.pick {
        PickView::Undecided => String::new(),
        PickView::Device => words(&field.local),
        PickView::Server => words(&field.remote),
        PickView::Before => value_words(&field.path, &field.base, Absent::NotRecorded),
        PickView::Both => format!("{}; {}", words(&field.local), words(&field.remote)),
        PickView::Edited => chosen.value.map_or_else(String::new, words),
        PickView::Unknown => say("Unknown").to_owned(),
    }
}

/// A record that one side deleted, or that is not the same record at all: one decision, in words.
fn whole_view(
    row: &ConflictRow,
    sides: &Sides,
    field: &FieldConflict,
    chosen: Option<&Chosen<'_>>,
    device_label: &str,
) -> FieldView {
    let device = side_words(&sides.base, &sides.local);
    let server = side_words(&sides.base, &sides.remote);
    let pick = chosen.map_or(PickView::Undecided, |chosen| chosen.pick);
    let kept = |side: &Value, whose: &str| {
        if side.is_null() {
            say("Deleted").to_owned()
        } else {
            told!("Kept as it is {}: {}", whose, words::summary(side))
        }
    };
    FieldView {
        path: field.path.clone(),
        label: say(WHOLE_LABEL).to_owned(),
        why: why_of(row, field).to_owned(),
        high_risk: is_high_risk(row),
        can_keep_both: can_keep_both(sides, field),
        can_be_unknown: false,
        before: if sides.base.is_null() {
            say(super::now::NOT_RECORDED).to_owned()
        } else {
            words::summary(&sides.base)
        },
        spoken: told!("{}: {}. Server: {}.", device_label, device, server),
        device: same(&device),
        server: same(&server),
        pick,
        result: match pick {
            PickView::Undecided | PickView::Edited | PickView::Unknown => String::new(),
            PickView::Both => told!(
                "Kept for reading, marked as entered in error: {}",
                words::summary(sides.any_edited())
            ),
            PickView::Device => kept(&sides.local, say("on this device")),
            PickView::Server => kept(&sides.remote, say("on the server")),
            PickView::Before => kept(&sides.base, say("from before both")),
        },
        edit: EditWidget::None,
        edit_text: String::new(),
    }
}

/// Two spellings of one measurement are said to be that; which of them stands is a person's to say.
fn with_rounding(why: &str, field: &FieldConflict) -> String {
    let Some(found) = compared(&field.local, &field.remote) else {
        return why.to_owned();
    };
    let unit = words::unit_of(&field.local);
    match (found.converted, found.same) {
        (None, false) => why.to_owned(),
        (None, true) => told!("{}. Same within rounding.", why),
        (Some(number), true) => told!(
            "{}. Same within rounding: the server’s value is {} {}.",
            why,
            number,
            unit
        ),
        (Some(number), false) => told!("{}. The server’s value is {} {}.", why, number, unit),
    }
}

/// Why a person decides a field: what stopped the whole record, else the field's own rule.
fn why_of(row: &ConflictRow, field: &FieldConflict) -> &'static str {
    match row.rule.as_str() {
        rule @ ("decided-twice" | "merged-too-often" | "moved-on") => why(rule),
        _ => why(&field.rule),
    }
}

/// The rule that stopped the machine, in words.
fn why(rule: &str) -> &'static str {
    match rule {
        "guarded" => say("Both sides changed it, and a wrong value could harm the patient"),
        "guarded-group" => {
            say("It belongs to something that both sides changed and that could harm the patient")
        }
        "weakened" => say("One side weakened a safety fact"),
        "removed-and-changed" => say("One side removed it and the other changed it"),
        "identifier-system" => say("The two sides give different identifiers"),
        "order" => say("The two sides put the list in different orders"),
        "ambiguous-key" => say("The entries of the list cannot be told apart"),
        "signed" => say("The document is signed"),
        "created-twice" => say("Both sides added it"),
        "manual" => say("This kind of record is never merged by the machine"),
        "invalid" => say("Put together, the two changes make a record that is not valid"),
        "implausible" => say("Put together, the two changes say what cannot be true"),
        "different-patient" => say("One side made it the record of another patient"),
        "different-resource" => say("The two sides are not the same record"),
        "subsetted" => say("One side holds only a part of the record"),
        "deleted-and-changed" => say("One side deleted it and the other edited it"),
        "decided-twice" => say("It was decided in two places, and the decisions differ"),
        "merged-too-often" => say("The machine merged it again and again without an end"),
        "moved-on" => say("The record changed again at the server while it waited for a person"),
        "merge-unreadable" => say("The two changes cannot be put together"),
        _ => say("Both sides changed it"),
    }
}

/// A longer version id is opaque and tells a reader nothing.
const READABLE_VERSION: usize = 6;

/// "Medicine · Changed in two places since version 6".
fn subtitle(row: &ConflictRow, sides: &Sides, people: &People) -> String {
    let what = match row.kind {
        ConflictKind::UpdateDelete => told!(
            "Deleted by {} on server; edited by {} here",
            people.short(row.remote_author.as_deref()),
            people.short(row.local_author.as_deref())
        ),
        ConflictKind::DeleteUpdate => told!(
            "Deleted by {} here; edited by {} on server",
            people.short(row.local_author.as_deref()),
            people.short(row.remote_author.as_deref())
        ),
        ConflictKind::UpdateUpdate | ConflictKind::CreateCreate | ConflictKind::Reference => {
            what(row.kind).to_owned()
        }
    };
    let since = text(&sides.base, "meta.versionId")
        .filter(|version| version.len() <= READABLE_VERSION)
        .map(|version| told!(" since version {}", version))
        .unwrap_or_default();
    format!("{} · {what}{since}", display::resource_kind(sides.any()))
}

fn device_side(input: &ConflictInput<'_>, backdrop: Backdrop<'_>) -> SideView {
    let row = &input.case.row;
    let verb = if row.local.is_none() {
        say("Deleted")
    } else {
        say("Edited")
    };
    SideView {
        label: case::device_label(input.case),
        person: backdrop.people.with_role(row.local_author.as_deref()),
        place: joined(&[&row.local_device, input.clinic]),
        edited: told!(
            "{} {} · not uploaded",
            verb,
            backdrop.now.today_or_date_time(row.local_at)
        ),
        deleted: row.local.is_none(),
        identity: sides::identity(row, &row.local, backdrop.now),
    }
}

fn server_side(row: &ConflictRow, backdrop: Backdrop<'_>) -> SideView {
    let verb = if row.remote.is_none() {
        say("Deleted")
    } else {
        say("Edited")
    };
    let version = if row.remote_version.is_empty() || row.remote_version.len() > READABLE_VERSION {
        String::new()
    } else {
        told!("version {}", row.remote_version)
    };
    SideView {
        label: say("Server").to_owned(),
        person: backdrop.people.with_role(row.remote_author.as_deref()),
        place: joined(&[row.remote_device.as_deref().unwrap_or_default(), &version]),
        edited: format!("{verb} {}", backdrop.now.today_or_date_time(row.remote_at)),
        deleted: row.remote.is_none(),
        identity: sides::identity(row, &row.remote, backdrop.now),
    }
}

fn joined(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" · ")
}

/// "2 fields left · 1 high risk", "All decided".
fn left_text(left: usize, high_risk: usize) -> String {
    let fields = match left {
        0 => return say("All decided").to_owned(),
        1 => say("1 field left").to_owned(),
        _ => told!("{} fields left", left),
    };
    match high_risk {
        0 => fields,
        _ => told!("{} · {} high risk", fields, high_risk),
    }
}

/// The sentence to confirm repeats who it is with two identifiers.
fn confirm_text(banner: Option<&BannerView>) -> String {
    match banner {
        Some(banner) => told!(
            "I have checked the result for {}, born {}, {} {}.",
            banner.name,
            banner.born,
            banner.identifier_label,
            banner.identifier
        ),
        None => say("I have checked the result against its source.").to_owned(),
    }
}

/// "3 of 7 resolved · 2 high risk".
fn queue_text(queue: &[InboxRow], resolved_today: u32) -> String {
    let open = u32::try_from(queue.len()).unwrap_or(u32::MAX);
    let high_risk = queue.iter().filter(|row| row.high_risk).count();
    let resolved = told!(
        "{} of {} resolved",
        resolved_today,
        resolved_today.saturating_add(open)
    );
    match high_risk {
        0 => resolved,
        _ => told!("{} · {} high risk", resolved, high_risk),
    }
}
