//! How the content of documents stands, in words.

use haven_model::Timestamp;

use super::Backdrop;
use super::centre::size;
use super::phrase::{numbered, say, told};
use super::status::{badge, retrying_words};
use crate::session::AttachmentAnswer;
use crate::view::{AttachmentView, BadgeState, SyncBadge};

/// Failures that Haven gets over by itself.
const PASSING: [&str; 3] = ["cut_off", "server_error", "changing"];

/// One attachment; `folder` is where files of the person's own lie.
pub(crate) fn attachment(
    answer: &AttachmentAnswer,
    folder: &str,
    backdrop: Backdrop<'_>,
) -> AttachmentView {
    AttachmentView {
        id: answer.id.clone(),
        owner: answer.owner.clone(),
        kind: kind_words(answer.content_type.as_deref()),
        size: answer
            .bytes
            .map_or_else(|| say("Size not known").to_owned(), size),
        state: state(answer, backdrop),
        detail: detail(answer),
        here: answer.here,
        suggested: format!(
            "{folder}document-{}.{}",
            backdrop.now.file_date(),
            extension(answer.content_type.as_deref())
        ),
    }
}

fn state(answer: &AttachmentAnswer, backdrop: Backdrop<'_>) -> SyncBadge {
    let part = |done: u64| answer.bytes.filter(|all| done > 0 && done < *all);
    let failed = answer.reason.as_deref();
    let passes = failed.is_some_and(|reason| PASSING.contains(&reason));
    let again = answer
        .next_attempt_at
        .as_deref()
        .and_then(Timestamp::parse)
        .filter(|at| *at > backdrop.now.at);
    match (answer.standing, failed) {
        ("whole", _) => badge(BadgeState::Synced, say("On this device")),
        ("elsewhere", _) => badge(BadgeState::Saved, say("Not on this device")),
        ("to_send", Some(_)) if !passes => badge(BadgeState::Refused, say("Server refused it")),
        (_, Some(_)) if passes => badge(BadgeState::Retrying, retrying_words(again, backdrop.now)),
        ("to_send", _) => match part(answer.sent_bytes.unwrap_or(0)) {
            Some(all) => badge(
                BadgeState::Syncing,
                told!(
                    "Saved on this device; {} of {} sent",
                    size(answer.sent_bytes.unwrap_or(0)),
                    size(all)
                ),
            ),
            None => badge(
                BadgeState::Waiting,
                say("Saved on this device; waiting to sync"),
            ),
        },
        (_, Some(_)) => badge(BadgeState::Refused, say("Not on this device")),
        (_, None) => match part(answer.held_bytes) {
            Some(all) => badge(
                BadgeState::Syncing,
                told!(
                    "{} of {} on this device",
                    size(answer.held_bytes),
                    size(all)
                ),
            ),
            None => badge(BadgeState::Waiting, say("Not on this device")),
        },
    }
}

fn detail(answer: &AttachmentAnswer) -> String {
    match (answer.standing, answer.message) {
        ("whole", _) => String::new(),
        ("elsewhere", _) => {
            say("It is at another server, from which Haven fetches nothing.").to_owned()
        }
        (_, Some(message)) => numbered(message).unwrap_or_else(|| message.to_owned()),
        ("to_send", None) => String::new(),
        (_, None) => say("It comes with one of the next syncs.").to_owned(),
    }
}

/// What is said once it stands in a file.
pub(crate) fn attachment_saved(answer: &AttachmentAnswer, file: &str) -> String {
    told!("{}, verified, are in {}", size(answer.held_bytes), file)
}

/// What is said of a file that became a document.
pub(crate) fn attachment_added(answer: &AttachmentAnswer, clock: &str) -> String {
    told!(
        "{}. Saved on this device {}",
        size(answer.held_bytes),
        clock
    )
}

/// Kinds of document to choose from.
pub(crate) fn document_kinds() -> Vec<String> {
    [
        say("Letter"),
        say("Referral"),
        say("Discharge summary"),
        say("Picture"),
        say("Consent form"),
        say("Other document"),
    ]
    .map(str::to_owned)
    .to_vec()
}

fn kind_words(content_type: Option<&str>) -> String {
    match content_type {
        Some("application/pdf") => say("PDF").to_owned(),
        Some("image/jpeg") => say("JPEG picture").to_owned(),
        Some("image/png") => say("PNG picture").to_owned(),
        Some("image/gif") => say("GIF picture").to_owned(),
        Some("image/tiff") => say("TIFF picture").to_owned(),
        Some("text/plain") => say("Plain text").to_owned(),
        Some("application/dicom") => say("DICOM images").to_owned(),
        Some("audio/mpeg") => say("Sound recording").to_owned(),
        Some("video/mp4") => say("Video").to_owned(),
        Some(other) if !other.trim().is_empty() => other.to_owned(),
        Some(_) | None => say("Kind of file not known").to_owned(),
    }
}

fn extension(content_type: Option<&str>) -> &'static str {
    match content_type {
        Some("application/pdf") => "pdf",
        Some("image/jpeg") => "jpg",
        Some("image/png") => "png",
        Some("image/gif") => "gif",
        Some("image/tiff") => "tif",
        Some("text/plain") => "txt",
        Some("text/csv") => "csv",
        Some("application/dicom") => "dcm",
        Some("audio/mpeg") => "mp3",
        Some("video/mp4") => "mp4",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::present::{Now, People, SyncFacts};

    fn shown(change: impl FnOnce(&mut AttachmentAnswer)) -> (BadgeState, String, String) {
        let mut answer = AttachmentAnswer {
            id: "b".to_owned(),
            owner: "DocumentReference/d".to_owned(),
            patient: Some("p".to_owned()),
            standing: "wanted",
            here: false,
            content_type: Some("application/pdf".to_owned()),
            bytes: Some(11_000_000),
            held_bytes: 0,
            sent_bytes: None,
            sha256: None,
            verified_by: None,
            reason: None,
            message: None,
            attempts: 0,
            next_attempt_at: None,
        };
        change(&mut answer);
        let now = Now::with_offset(
            Timestamp::parse("2026-11-23T14:05:00Z").expect("an instant"),
            0,
        );
        let (facts, people) = (SyncFacts::not_enrolled(), People::default());
        let backdrop = Backdrop {
            now: &now,
            facts: &facts,
            people: &people,
        };
        let view = attachment(&answer, "/home/ada/", backdrop);
        assert!(
            view.suggested.starts_with("/home/ada/document-2026")
                && view.suggested.ends_with(".pdf"),
            "a file name tells nothing of the patient: {}",
            view.suggested
        );
        (view.state.state, view.state.text, view.detail)
    }

    #[test]
    fn every_standing_of_an_attachment_has_its_words() {
        let (state, text, detail) = shown(|_| {});
        assert_eq!(
            (state, text.as_str()),
            (BadgeState::Waiting, "Not on this device")
        );
        assert_eq!(detail, "It comes with one of the next syncs.");
        let (state, text, _) = shown(|answer| answer.held_bytes = 3_000_000);
        assert_eq!(
            (state, text.as_str()),
            (BadgeState::Syncing, "3 MB of 11 MB on this device")
        );
        let (state, text, detail) = shown(|answer| {
            answer.standing = "whole";
            answer.here = true;
        });
        assert_eq!(
            (state, text.as_str(), detail.as_str()),
            (BadgeState::Synced, "On this device", "")
        );
        let (state, text, _) = shown(|answer| {
            answer.standing = "to_send";
            answer.sent_bytes = Some(0);
        });
        assert_eq!(
            (state, text.as_str()),
            (BadgeState::Waiting, "Saved on this device; waiting to sync"),
            "a local save never claims the server"
        );
        let (state, text, detail) = shown(|answer| {
            answer.reason = Some("cut_off".to_owned());
            answer.message = Some("The connection failed.");
            answer.next_attempt_at = Some("2026-11-23T14:07:00Z".to_owned());
        });
        assert_eq!(
            (state, text.as_str(), detail.as_str()),
            (
                BadgeState::Retrying,
                "Couldn’t reach server. Trying again in 2 min.",
                "The connection failed."
            )
        );
        let (state, text, detail) = shown(|answer| {
            answer.reason = Some("forbidden".to_owned());
            answer.message = Some("The server does not let this user have it.");
        });
        assert_eq!(
            (state, text.as_str(), detail.as_str()),
            (
                BadgeState::Refused,
                "Not on this device",
                "The server does not let this user have it."
            )
        );
    }
}
