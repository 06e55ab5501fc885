//! Numbers of escalated conflicts; nothing of a patient.

use haven_model::Timestamp;
use haven_model::escalation::EscalationStatus;
use rusqlite::{Transaction, named_params};

use crate::error::Result;
use crate::web::Number;

/// How far back the times to resolve look.
pub(crate) const WINDOW_DAYS: i64 = 30;

const DAY_MS: i64 = 86_400_000;

/// How many there are, how old the oldest open one is, and how long those resolved in the last days
/// took from their finding.
///
/// # Errors
/// When the database fails.
pub(crate) fn measure(tx: &Transaction<'_>, now: Timestamp) -> Result<Vec<Number>> {
    let mut counts = [0_u64; EscalationStatus::ALL.len()];
    let mut oldest: Option<i64> = None;
    let mut statement = tx.prepare_cached(include_str!("../sql/conflict_totals.sql"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let word: String = row.get("status")?;
        let at = EscalationStatus::ALL
            .iter()
            .position(|status| status.as_str() == word);
        if let Some(slot) = at.and_then(|at| counts.get_mut(at)) {
            *slot = u64::try_from(row.get::<_, i64>("n")?).unwrap_or(0);
        }
        let waits = EscalationStatus::from_word(&word).is_some_and(EscalationStatus::waits);
        if waits {
            let at: i64 = row.get("oldest")?;
            oldest = Some(oldest.map_or(at, |oldest| oldest.min(at)));
        }
    }
    let mut numbers: Vec<Number> = EscalationStatus::ALL
        .iter()
        .zip(counts)
        .map(|(status, n)| Number {
            labels: format!("{{status=\"{}\"}}", status.as_str()),
            ..Number::gauge("haven_hub_conflicts", "Escalated conflicts, by status.", n)
        })
        .collect();
    let age_ms = oldest.map_or(0, |at| now.as_millis().saturating_sub(at));
    numbers.push(Number::gauge(
        "haven_hub_conflict_oldest_age_seconds",
        "How long the oldest unresolved conflict has been before the clinic; 0 for none.",
        u64::try_from(age_ms / 1_000).unwrap_or(0),
    ));
    numbers.extend(times(tx, now)?);
    Ok(numbers)
}

fn times(tx: &Transaction<'_>, now: Timestamp) -> Result<Vec<Number>> {
    let mut groups: Vec<(String, Vec<u64>)> = Vec::new();
    let mut statement = tx.prepare_cached(include_str!("../sql/conflict_times.sql"))?;
    let since = now.plus_ms(-WINDOW_DAYS * DAY_MS);
    let mut rows = statement.query(named_params! {":since": since.as_millis()})?;
    while let Some(row) = rows.next()? {
        let (of_type, kind): (String, String) = (row.get("type")?, row.get("kind")?);
        let labels = format!("{{type=\"{of_type}\",kind=\"{kind}\"}}");
        let took = u64::try_from(row.get::<_, i64>("took_ms")? / 1_000).unwrap_or(0);
        match groups.last_mut() {
            Some((last, seconds)) if *last == labels => seconds.push(took),
            _ => groups.push((labels, vec![took])),
        }
    }
    let of = |name: &'static str, help: &'static str, percent: usize| {
        groups.iter().map(move |(labels, seconds)| Number {
            labels: labels.clone(),
            ..Number::gauge(name, help, percentile(seconds, percent))
        })
    };
    let middle = of(
        "haven_hub_conflict_resolution_median_seconds",
        "From finding to resolution, over the last 30 days: the middle one.",
        50,
    );
    let late = of(
        "haven_hub_conflict_resolution_p95_seconds",
        "From finding to resolution, over the last 30 days: 95 of 100 took no longer.",
        95,
    );
    Ok(middle.chain(late).collect())
}

/// The nearest-rank percentile of sorted numbers; 0 of none.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}
