//! Checking the audit log, and taking it out.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::path::Path;

use haven_app::{AppError, Code, Session};

use super::{EXIT_INTEGRITY, tell};
use crate::answer::Answer;

/// `haven audit verify` and `haven verify`.
pub fn verify(session: &Session, deep: bool) -> Result<Answer, AppError> {
    let report = session.verify(deep)?;
    let status = if report.is_sound() { 0 } else { EXIT_INTEGRITY };
    for problem in &report.problems {
        tell(&problem.what);
    }
    if report.unread > 0 {
        tell(&unread(report.unread));
    }
    match &report.anchor {
        Some(anchor) => tell(&covered(anchor.age_seconds.unwrap_or(0), anchor.since)),
        None => tell(
            "Not anchored at a hub: a rollback of the whole store would show only in this computer's keychain.",
        ),
    }
    Ok(Answer::of(&report).exiting(status))
}

fn unread(bodies: u64) -> String {
    let records = if bodies == 1 { "record" } else { "records" };
    format!(
        "{bodies} {records} are of a class that this login does not read: they are as the audit log says, and what search knows of them was not checked. Have someone verify who reads them."
    )
}

fn covered(age_seconds: u64, since: u64) -> String {
    let entries = if since == 1 { "entry" } else { "entries" };
    format!(
        "Anchored at the hub {}, {since} {entries} since.",
        ago(age_seconds)
    )
}

/// An age in the largest unit that fits.
fn ago(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => return "less than a minute ago".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

/// `haven audit export`.
pub fn export(session: &Session, file: Option<&Path>) -> Result<Answer, AppError> {
    let Some(file) = file else {
        let mut lines = Vec::new();
        session.export_audit(&mut lines)?;
        return Ok(Answer::bytes(&lines));
    };
    let refused = |error: std::io::Error| {
        AppError::new(
            Code::Io,
            format!(
                "{} cannot be made ({}). Nothing was written. Name a new file.",
                file.display(),
                error.kind()
            ),
        )
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let target = options.open(file).map_err(refused)?;
    let answer = session
        .export_audit(&mut BufWriter::new(target))
        .inspect_err(|_| {
            // Half of a log must not pass for the whole.
            let _gone = std::fs::remove_file(file);
        })?;
    let words = format!(
        "{} audit events are in {}. They name people and patients: keep the file as the charts are kept.",
        answer.entries,
        file.display()
    );
    Ok(Answer::with_words(&answer, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_the_anchor_reads_as_people_say_it() {
        assert_eq!(
            covered(12 * 60 + 5, 3),
            "Anchored at the hub 12 minutes ago, 3 entries since."
        );
        assert_eq!(
            covered(60, 1),
            "Anchored at the hub 1 minute ago, 1 entry since."
        );
        assert!(covered(5, 0).contains("less than a minute ago"));
        assert!(covered(3 * 86_400, 0).contains("3 days ago"));
    }
}
