use haven_store::{ConflictRow, ConflictStatus};

use crate::present::{Backdrop, conflict};
use crate::view::{ChartConflictField, ChartConflictView};

/// How many fields a card of the chart has room for.
const SHOWN_FIELDS: usize = 3;

/// The open conflicts, high risk first; medicines before the rest.
pub(super) fn conflicts(rows: &[ConflictRow], backdrop: Backdrop<'_>) -> Vec<ChartConflictView> {
    let now = backdrop.now;
    let mut open: Vec<&ConflictRow> = rows
        .iter()
        .filter(|row| row.status == ConflictStatus::Open)
        .collect();
    open.sort_by_key(|row| {
        (
            !conflict::is_high_risk(row),
            !row.key.resource_type.starts_with("Medication"),
            row.opened_at,
        )
    });
    open.into_iter()
        .map(|row| ChartConflictView {
            id: row.id.clone(),
            key: row.key.to_string(),
            title: conflict::title(row),
            high_risk: conflict::is_high_risk(row),
            fields: conflict::field_words(row)
                .into_iter()
                .take(SHOWN_FIELDS)
                .map(|field| ChartConflictField {
                    label: field.label,
                    device: field.device,
                    server: field.server,
                    before: field.before,
                })
                .collect(),
            device_who: format!(
                "{} · {}",
                backdrop.people.short(row.local_author.as_deref()),
                now.today_or_date_time(row.local_at)
            ),
            server_who: format!(
                "{} · {}",
                backdrop.people.short(row.remote_author.as_deref()),
                now.today_or_date_time(row.remote_at)
            ),
        })
        .collect()
}
