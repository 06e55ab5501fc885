//! Where a conflict stands before the clinic, in words.

use haven_model::escalation::{Act, ActKind, EscalatedConflict, EscalationStatus};
use haven_model::{Resource, Role, Timestamp, changes};
use haven_store::{Escalation, QueuedAct};
use serde_json::Value;

use super::conflict::{Absent, value_words};
use super::phrase::{say, told};
use super::{Backdrop, Now, words};
use crate::session::Case;
use crate::view::{CaseView, ChangeLine, CommentView, PersonChoice, ProposalView};

/// Who looks at it, and what this device and the clinic allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    /// The login name.
    pub me: &'a str,
    /// What they are.
    pub role: Role,
    /// The resource types at which the clinic asks for a second person.
    pub asked_for: &'a [String],
    /// Whether there is a server to put a conflict before the clinic at.
    pub has_server: bool,
}

/// What the clinic says of a conflict.
pub(crate) fn case(case: &Case, reader: &Reader<'_>, backdrop: Backdrop<'_>) -> CaseView {
    let row = &case.row;
    let known = case.escalation.as_ref();
    let record = case.record();
    let assignee = assignee(known);
    let asks = reader.asked_for.contains(&row.key.resource_type)
        || record.is_some_and(|record| record.needs_review);
    CaseView {
        escalated: known.is_some(),
        stage: known.map_or_else(String::new, |known| stage(known, backdrop)),
        origin: origin(case),
        assignee_text: assignee_text(&assignee, reader.me, backdrop),
        mine: !assignee.is_empty() && assignee == reader.me,
        people: backdrop
            .people
            .deciders(row.kind, row.class)
            .into_iter()
            .map(|login| PersonChoice {
                label: backdrop.people.with_role(Some(&login)),
                login,
            })
            .collect(),
        assignee,
        comments: comments(known, reader.me, backdrop),
        proposal: proposal(case, reader, backdrop),
        second: if asks {
            say(
                "The clinic asks for a second person here: what you decide is proposed, and a \
                 colleague approves it.",
            )
            .to_owned()
        } else {
            String::new()
        },
        may_escalate: case.is_here && known.is_none() && reader.has_server,
        age: backdrop.now.age(row.opened_at),
    }
}

/// The device on which it began; empty of this one.
pub(crate) fn origin(case: &Case) -> String {
    if case.is_here {
        return String::new();
    }
    case.record()
        .map_or_else(String::new, |record| record.origin_device_name.clone())
}

/// What the column of one side is called: away from its origin "This device" is that device's name.
pub(crate) fn device_label(case: &Case) -> String {
    let origin = origin(case);
    if origin.is_empty() {
        say("This device").to_owned()
    } else {
        origin
    }
}

/// Whether its device's side was made on this device.
pub(crate) fn is_from_here(case: &Case) -> bool {
    origin(case).is_empty()
}

/// In a row of the inbox: "Before the clinic", "Waits for approval".
pub(crate) fn short_stage(case: &Case) -> String {
    let Some(known) = &case.escalation else {
        return String::new();
    };
    let is_proposed = waiting_proposal(known).is_some();
    match &known.record {
        _ if is_proposed => say("Waits for approval"),
        None => say("Goes before the clinic"),
        Some(_) => say("Before the clinic"),
    }
    .to_owned()
}

/// How many have spoken.
pub(crate) fn comment_count(case: &Case) -> u32 {
    let told = case.record().map_or(0, |record| record.comments.len());
    let queued = case.escalation.iter().flat_map(|known| &known.queued);
    let queued = queued.filter(|queued| is_said(queued)).count();
    u32::try_from(told + queued).unwrap_or(u32::MAX)
}

/// Whether the server will keep this among what was said.
fn is_said(queued: &QueuedAct) -> bool {
    let text = queued.act.text.as_deref().unwrap_or_default();
    matches!(queued.kind, ActKind::Comments | ActKind::Reason) && !text.trim().is_empty()
}

/// The login of who is to decide: what was done here last counts before the server has heard of it.
pub(crate) fn assignee(known: Option<&Escalation>) -> String {
    let Some(known) = known else {
        return String::new();
    };
    let queued = known.queued.iter().rev();
    let mut queued = queued.filter(|queued| queued.kind == ActKind::Assign);
    let named = match queued.next() {
        Some(queued) => queued.act.assignee.clone(),
        None => known
            .record
            .as_ref()
            .and_then(|record| record.assignee.clone()),
    };
    named.unwrap_or_default()
}

pub(crate) fn assignee_text(login: &str, me: &str, backdrop: Backdrop<'_>) -> String {
    match login {
        "" => String::new(),
        login if login == me => say("You").to_owned(),
        login => backdrop.people.short(Some(login)),
    }
}

fn stage(known: &Escalation, backdrop: Backdrop<'_>) -> String {
    let Some(record) = &known.record else {
        return say("Goes before the clinic at the next sync.").to_owned();
    };
    let since = told!(
        "Before the clinic since {}",
        when(&record.escalated_at, backdrop.now)
    );
    if record.reopened > 0 && record.status == EscalationStatus::Open {
        return told!("{}; a decision was taken back.", since);
    }
    match record.conflict.escalated_because.as_str() {
        "age" => told!("{}, because nobody had decided it.", since),
        "role" => told!("{}, because the role there may not decide it.", since),
        _ => told!("{}, by {}.", since, by(record, backdrop)),
    }
}

fn by(record: &EscalatedConflict, backdrop: Backdrop<'_>) -> String {
    backdrop.people.short(Some(&record.escalated_by))
}

fn when(instant: &str, now: &Now) -> String {
    match Timestamp::parse(instant) {
        Some(at) => now.today_or_date_time(at),
        None => say("date not recorded").to_owned(),
    }
}

fn comments(known: Option<&Escalation>, me: &str, backdrop: Backdrop<'_>) -> Vec<CommentView> {
    let Some(known) = known else {
        return Vec::new();
    };
    let who = |login: &str| assignee_text(login, me, backdrop);
    let told = known.record.iter().flat_map(|record| &record.comments);
    let told = told.map(|comment| CommentView {
        who: who(&comment.author),
        at: when(&comment.at, backdrop.now),
        text: comment.text.clone(),
        waits: false,
    });
    let queued = known.queued.iter();
    let queued = queued.filter(|queued| is_said(queued));
    let queued = queued.map(|queued| CommentView {
        who: who(me),
        at: when(queued.act.at.as_deref().unwrap_or_default(), backdrop.now),
        text: queued.act.text.clone().unwrap_or_default(),
        waits: true,
    });
    told.chain(queued).collect()
}

/// What was decided here and the server has still to hear of.
fn queued_proposal(known: &Escalation) -> Option<&Act> {
    let mut queued = known.queued.iter().rev();
    queued
        .find(|queued| queued.kind == ActKind::Resolve)
        .map(|queued| &queued.act)
}

fn is_sent_back(known: &Escalation) -> bool {
    let mut queued = known.queued.iter();
    queued.any(|queued| queued.kind == ActKind::Return)
}

/// Whether a decision waits for a second person, told or not.
fn waiting_proposal(known: &Escalation) -> Option<()> {
    let told = known.record.as_ref();
    let told = told.filter(|record| record.status == EscalationStatus::Review);
    let told = told.filter(|_| !is_sent_back(known));
    (queued_proposal(known).is_some() || told.is_some()).then_some(())
}

fn proposal(case: &Case, reader: &Reader<'_>, backdrop: Backdrop<'_>) -> Option<ProposalView> {
    let known = case.escalation.as_ref()?;
    let row = &case.row;
    if let Some(act) = queued_proposal(known) {
        let at = when(act.at.as_deref().unwrap_or_default(), backdrop.now);
        let body = act.data.as_ref().map(|data| data.get());
        let (changes, outcome) = outcome(row.remote.as_ref(), body);
        let outcome = with_addendum(case, act.addendum, outcome);
        return Some(ProposalView {
            text: told!("Proposed by you, {}", at),
            reason: act.text.clone().unwrap_or_default(),
            changes,
            outcome,
            may_approve: false,
            may_return: false,
            why_not: say("It goes before a colleague at the next sync.").to_owned(),
        });
    }
    waiting_proposal(known)?;
    let proposal = known.record.as_ref()?.proposal.as_ref()?;
    let (changes, outcome) = outcome(
        row.remote.as_ref(),
        proposal.data.as_ref().map(|data| data.get()),
    );
    let outcome = with_addendum(case, proposal.addendum, outcome);
    let decides = reader.role.decides(row.kind, row.class);
    let is_mine = proposal.by == reader.me;
    Some(ProposalView {
        text: told!(
            "Proposed by {}, {}",
            if is_mine {
                say("you").to_owned()
            } else {
                backdrop.people.short(Some(&proposal.by))
            },
            when(&proposal.at, backdrop.now)
        ),
        reason: proposal.reason.clone(),
        changes,
        outcome,
        may_approve: decides && !is_mine,
        may_return: decides,
        why_not: match (decides, is_mine) {
            (false, _) => say("Your role may not decide this conflict."),
            (true, true) => say("Who decided cannot approve it: a colleague does."),
            (true, false) => "",
        }
        .to_owned(),
    })
}

/// Says of a proposal that keeps both texts of a signed note what becomes of the other one.
fn with_addendum(case: &Case, addendum: bool, outcome: String) -> String {
    if !addendum {
        return outcome;
    }
    let whose = if is_from_here(case) {
        say("this device").to_owned()
    } else {
        device_label(case)
    };
    let added = told!(
        "The text of {} becomes an addendum: a note of its own.",
        whose
    );
    [outcome, added]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a body changes at the server, and what there is to say where it is no change of elements.
fn outcome(server: Option<&Resource>, body: Option<&str>) -> (Vec<ChangeLine>, String) {
    let after = body.and_then(|body| serde_json::from_str::<Value>(body).ok());
    let before = server.map(Resource::value);
    let lines = lines(before.as_ref(), after.as_ref());
    let words = match (&before, &after) {
        (Some(_), None) => say("The record is deleted.").to_owned(),
        (None, Some(after)) => told!("The record is kept: {}", words::summary(after)),
        _ if lines.is_empty() => say("The record at the server stays as it is.").to_owned(),
        _ => String::new(),
    };
    (lines, words)
}

/// The elements that differ between two versions of a record; none where one of them is not there.
pub(crate) fn lines(before: Option<&Value>, after: Option<&Value>) -> Vec<ChangeLine> {
    if before.is_none() || after.is_none() {
        return Vec::new();
    }
    changes(before, after)
        .into_iter()
        .map(|change| ChangeLine {
            label: words::field_label(&change.path),
            from: value_words(&change.path, &change.from, Absent::NotRecorded),
            to: value_words(&change.path, &change.to, Absent::Removed),
            high_risk: change.guarded,
        })
        .collect()
}
