//! Commands about conflicts beyond deciding one: the clinic, the past, many at once.

use haven_app::Desk;
use haven_app::view::{AcceptedView, ConflictView, EscalateInput, ReviewInput};
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
