//! Commands about conflicts beyond deciding one: the clinic, the past, many at once.

use haven_app::Desk;
use haven_app::view::{
    AcceptedView, BulkChoicesView, BulkInput, BulkView, ConflictView, DecidedView, DoubleInput,
    DoubleView, EscalateInput, HistoryView, MeasuresView, MergesView, ReturnPreview, ReviewInput,
};
use tauri::State;

use crate::commands::{Answer, off_main};

#[tauri::command]
#[specta::specta]
pub async fn escalate_conflict(
    desk: State<'_, Desk>,
    input: EscalateInput,
) -> Answer<ConflictView> {
    off_main(&desk, move |desk| desk.escalate_conflict(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn assign_conflict(
    desk: State<'_, Desk>,
    conflict_id: String,
    assignee: String,
) -> Answer<ConflictView> {
    off_main(&desk, move |desk| {
        desk.assign_conflict(&conflict_id, &assignee)
    })
    .await
}

#[tauri::command]
#[specta::specta]
pub async fn comment_on_conflict(
    desk: State<'_, Desk>,
    conflict_id: String,
    text: String,
) -> Answer<ConflictView> {
    off_main(&desk, move |desk| {
        desk.comment_on_conflict(&conflict_id, &text)
    })
    .await
}

#[tauri::command]
#[specta::specta]
pub async fn review_conflict(desk: State<'_, Desk>, input: ReviewInput) -> Answer<AcceptedView> {
    off_main(&desk, move |desk| desk.review_conflict(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn merges(desk: State<'_, Desk>) -> Answer<MergesView> {
    off_main(&desk, Desk::merges).await
}

#[tauri::command]
#[specta::specta]
pub async fn measures(desk: State<'_, Desk>, days: u32) -> Answer<MeasuresView> {
    off_main(&desk, move |desk| desk.measures(days)).await
}

#[tauri::command]
#[specta::specta]
pub async fn history(desk: State<'_, Desk>, key: String) -> Answer<HistoryView> {
    off_main(&desk, move |desk| desk.history(&key)).await
}

#[tauri::command]
#[specta::specta]
pub async fn bring_back_preview(
    desk: State<'_, Desk>,
    key: String,
    version: u32,
) -> Answer<ReturnPreview> {
    off_main(&desk, move |desk| desk.bring_back_preview(&key, version)).await
}

#[tauri::command]
#[specta::specta]
pub async fn bring_back(
    desk: State<'_, Desk>,
    key: String,
    version: u32,
    reason: String,
) -> Answer<String> {
    off_main(&desk, move |desk| desk.bring_back(&key, version, &reason)).await
}

#[tauri::command]
#[specta::specta]
pub async fn decided(desk: State<'_, Desk>) -> Answer<DecidedView> {
    off_main(&desk, Desk::decided).await
}

#[tauri::command]
#[specta::specta]
pub async fn take_back_preview(
    desk: State<'_, Desk>,
    conflict_id: String,
) -> Answer<ReturnPreview> {
    off_main(&desk, move |desk| desk.take_back_preview(&conflict_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn take_back(
    desk: State<'_, Desk>,
    conflict_id: String,
    reason: String,
) -> Answer<String> {
    off_main(&desk, move |desk| desk.take_back(&conflict_id, &reason)).await
}

#[tauri::command]
#[specta::specta]
pub async fn bulk_choices(desk: State<'_, Desk>) -> Answer<BulkChoicesView> {
    off_main(&desk, Desk::bulk_choices).await
}

#[tauri::command]
#[specta::specta]
pub async fn bulk(desk: State<'_, Desk>, input: BulkInput) -> Answer<BulkView> {
    off_main(&desk, move |desk| desk.bulk(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn take_batch_back(
    desk: State<'_, Desk>,
    batch_id: String,
    reason: String,
) -> Answer<String> {
    off_main(&desk, move |desk| desk.take_batch_back(&batch_id, &reason)).await
}

#[tauri::command]
#[specta::specta]
pub async fn doubles(desk: State<'_, Desk>, patient_id: String) -> Answer<Vec<DoubleView>> {
    off_main(&desk, move |desk| desk.doubles(&patient_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn judge_double(desk: State<'_, Desk>, input: DoubleInput) -> Answer<String> {
    off_main(&desk, move |desk| desk.judge_double(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn mark_in_error(desk: State<'_, Desk>, key: String, reason: String) -> Answer<String> {
    off_main(&desk, move |desk| desk.mark_in_error(&key, &reason)).await
}
