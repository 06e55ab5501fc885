//! The words of notices, of the coming lock, of drafts and of the glass.

use crate::present::phrase::{say, told};
use crate::present::said;
use haven_model::Timestamp;
use haven_store::{DISK_FULL, GlassWindow};
use serde_json::Value;

use super::{Now, words};
use crate::view::{DraftView, GlassState, GlassView, NoticeView, VitalsInput};

const MINUTE_MS: u64 = 60_000;

/// What the store found amiss when it was unlocked, for people.
#[must_use]
pub fn notices(found: &[String]) -> Vec<NoticeView> {
    let mut notices: Vec<NoticeView> = found.iter().map(|notice| worded(notice)).collect();
    notices.sort_by_key(|notice| !notice.critical);
    notices.dedup();
    notices
}

fn worded(notice: &str) -> NoticeView {
    if notice == DISK_FULL {
        return NoticeView {
            critical: false,
            title: say("The disk is full").to_owned(),
            detail: say(
                "Everything saved before can be read; nothing can be saved until space is freed. \
                 Free some space, then lock and unlock.",
            )
            .to_owned(),
        };
    }
    let what = notice
        .strip_suffix(". See `haven verify`.")
        .unwrap_or(notice)
        .trim_end_matches('.');
    NoticeView {
        critical: true,
        title: say("This store may have been altered outside Haven").to_owned(),
        detail: told!(
            "{}. Every record is checked as it is opened; one that was altered does not open. Tell your administrator, and verify the store under Device.",
            capitalised(&said(what.to_owned()))
        ),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// "Locks in 1 minute", "Locks in 20 seconds".
#[must_use]
pub fn locking_soon(left_ms: u64) -> String {
    match left_ms.div_ceil(1000) {
        60 => say("Locks in 1 minute").to_owned(),
        1 => say("Locks in 1 second").to_owned(),
        seconds if seconds < 60 => told!("Locks in {} seconds", seconds),
        _ => told!("Locks in {} minutes", left_ms.div_ceil(MINUTE_MS)),
    }
}

/// A draft of a patient who can still be read.
#[must_use]
pub fn draft(input: VitalsInput, kept_at: Timestamp, patient: &Value, now: &Now) -> DraftView {
    DraftView {
        input,
        patient: words::two_identifiers(patient, now),
        kept: told!("Vitals, kept {}", now.today_or_date_time(kept_at)),
    }
}

/// What a chart says of records behind the glass; `open` is the window of this very patient.
#[must_use]
pub fn glass(open: Option<&GlassWindow>, hides: bool, now: &Now) -> GlassView {
    if let Some(window) = open {
        let left_ms = window.until.as_millis() - now.at.as_millis();
        return GlassView {
            state: GlassState::Broken,
            text: told!(
                "Emergency access until {} – recorded",
                now.clock(window.until)
            ),
            detail: say(
                "Sensitive records of this patient are shown. Your name, the time and the reason \
                 are in the audit log and are reviewed.",
            )
            .to_owned(),
            left_ms: u32::try_from(left_ms.max(0)).ok(),
        };
    }
    if hides {
        return GlassView {
            state: GlassState::Hidden,
            text: say("Some records of this patient are hidden from you").to_owned(),
            detail: say(
                "They are sensitive. In an emergency you can open them for 60 minutes with a \
                 reason, which is recorded and reviewed.",
            )
            .to_owned(),
            left_ms: None,
        };
    }
    GlassView {
        state: GlassState::Clear,
        text: String::new(),
        detail: String::new(),
        left_ms: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alteration_comes_before_a_full_disk_and_both_say_what_to_do() {
        let found = [
            DISK_FULL.to_owned(),
            "the audit log is shorter than it was. See `haven verify`.".to_owned(),
        ];
        let notices = notices(&found);
        assert_eq!(notices.len(), 2);
        assert!(notices[0].critical && !notices[1].critical);
        assert!(
            notices[0]
                .detail
                .starts_with("The audit log is shorter than it was. ")
        );
        assert!(notices[1].detail.contains("can be read"));
        assert!(
            notices
                .iter()
                .all(|notice| !notice.detail.contains("haven verify")),
            "no command line in the window"
        );
    }

    #[test]
    fn the_lock_is_announced_in_whole_words() {
        assert_eq!(locking_soon(60_000), "Locks in 1 minute");
        assert_eq!(locking_soon(59_400), "Locks in 1 minute");
        assert_eq!(locking_soon(20_000), "Locks in 20 seconds");
        assert_eq!(locking_soon(700), "Locks in 1 second");
        assert_eq!(locking_soon(120_000), "Locks in 2 minutes");
    }

    #[test]
    fn the_glass_says_until_when() {
        let at = Timestamp::parse("2026-11-23T14:05:00Z").expect("an instant");
        let now = Now::with_offset(at, 0);
        let window = GlassWindow {
            patient: "p1".to_owned(),
            until: at.plus_ms(3_600_000),
        };
        let broken = glass(Some(&window), false, &now);
        assert_eq!(broken.text, "Emergency access until 15:05 – recorded");
        assert_eq!(broken.left_ms, Some(3_600_000));
        assert_eq!(glass(None, true, &now).state, GlassState::Hidden);
        assert_eq!(glass(None, false, &now).text, "");
    }
}
