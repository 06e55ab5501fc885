//! One command for each thing the window can ask; none is longer than its hand-over.

use haven_app::view::{
    AcceptInput, AcceptedView, AttachmentsView, ChartView, ChoiceInput, ConflictView, HeldVerdict,
    InboxView, Language, LobbyView, NewAttachmentInput, PatientListQuery, PatientListView,
    RawConflictView, SavedView, SessionView, StatusView, SyncCentreView, TodayView,
    VitalsCheckView, VitalsFormView, VitalsInput,
};
use haven_app::{AppError, Code, Desk, Passphrase};
use tauri::State;

pub(crate) type Answer<T> = Result<T, AppError>;

/// Runs `work` on a thread that may block.
pub(crate) async fn off_main<T: Send + 'static>(
    desk: &State<'_, Desk>,
    work: impl FnOnce(&Desk) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let desk = Desk::clone(desk);
    tauri::async_runtime::spawn_blocking(move || desk.in_its_language(work))
        .await
        .unwrap_or_else(|_| {
            Err(AppError::new(
                Code::Io,
                "Haven met a fault of its own. What was saved before is safe. Lock and unlock, \
                 then try again.",
            ))
        })
}

#[tauri::command]
#[specta::specta]
pub async fn language(desk: State<'_, Desk>) -> Answer<Language> {
    off_main(&desk, |desk| Ok(desk.language())).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_language(desk: State<'_, Desk>, language: Language) -> Answer<()> {
    off_main(&desk, move |desk| desk.set_language(language)).await
}

#[tauri::command]
#[specta::specta]
pub async fn lobby(desk: State<'_, Desk>) -> Answer<LobbyView> {
    off_main(&desk, Desk::lobby).await
}

#[tauri::command]
#[specta::specta]
pub async fn unlock(
    desk: State<'_, Desk>,
    user: String,
    passphrase: String,
) -> Answer<SessionView> {
    let passphrase = Passphrase::new(passphrase);
    off_main(&desk, move |desk| desk.unlock(&user, &passphrase)).await
}

#[tauri::command]
#[specta::specta]
pub async fn lock(desk: State<'_, Desk>) -> Answer<()> {
    off_main(&desk, |desk| {
        desk.lock();
        Ok(())
    })
    .await
}

#[tauri::command]
#[specta::specta]
pub async fn session(desk: State<'_, Desk>) -> Answer<Option<SessionView>> {
    off_main(&desk, |desk| Ok(desk.session())).await
}

#[tauri::command]
#[specta::specta]
pub async fn status(desk: State<'_, Desk>) -> Answer<StatusView> {
    off_main(&desk, Desk::status).await
}

#[tauri::command]
#[specta::specta]
pub async fn patients(desk: State<'_, Desk>, query: PatientListQuery) -> Answer<PatientListView> {
    off_main(&desk, move |desk| desk.patients(&query)).await
}

#[tauri::command]
#[specta::specta]
pub async fn today(desk: State<'_, Desk>) -> Answer<TodayView> {
    off_main(&desk, Desk::today).await
}

#[tauri::command]
#[specta::specta]
pub async fn chart(desk: State<'_, Desk>, patient_id: String) -> Answer<ChartView> {
    off_main(&desk, move |desk| desk.chart(&patient_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn vitals_form(desk: State<'_, Desk>, patient_id: String) -> Answer<VitalsFormView> {
    off_main(&desk, move |desk| desk.vitals_form(&patient_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn check_vitals(desk: State<'_, Desk>, input: VitalsInput) -> Answer<VitalsCheckView> {
    off_main(&desk, move |desk| desk.check_vitals(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn save_vitals(desk: State<'_, Desk>, input: VitalsInput) -> Answer<SavedView> {
    off_main(&desk, move |desk| desk.save_vitals(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn sync_centre(desk: State<'_, Desk>) -> Answer<SyncCentreView> {
    off_main(&desk, Desk::sync_centre).await
}

#[tauri::command]
#[specta::specta]
pub async fn sync_now(desk: State<'_, Desk>) -> Answer<()> {
    off_main(&desk, Desk::sync_now).await
}

#[tauri::command]
#[specta::specta]
pub async fn retry_change(desk: State<'_, Desk>, key: String) -> Answer<()> {
    off_main(&desk, move |desk| desk.retry_change(&key)).await
}

#[tauri::command]
#[specta::specta]
pub async fn discard_change(desk: State<'_, Desk>, key: String, reason: String) -> Answer<()> {
    off_main(&desk, move |desk| desk.discard_change(&key, &reason)).await
}

#[tauri::command]
#[specta::specta]
pub async fn judge_held(
    desk: State<'_, Desk>,
    verdict: HeldVerdict,
    reason: String,
) -> Answer<String> {
    off_main(&desk, move |desk| desk.judge_held(verdict, &reason)).await
}

#[tauri::command]
#[specta::specta]
pub async fn attachments(desk: State<'_, Desk>, patient_id: String) -> Answer<AttachmentsView> {
    off_main(&desk, move |desk| desk.attachments(&patient_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn save_attachment(desk: State<'_, Desk>, id: String, file: String) -> Answer<String> {
    off_main(&desk, move |desk| desk.save_attachment(&id, &file)).await
}

#[tauri::command]
#[specta::specta]
pub async fn add_attachment(desk: State<'_, Desk>, input: NewAttachmentInput) -> Answer<String> {
    off_main(&desk, move |desk| desk.add_attachment(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn inbox(desk: State<'_, Desk>) -> Answer<InboxView> {
    off_main(&desk, Desk::inbox).await
}

#[tauri::command]
#[specta::specta]
pub async fn conflict(desk: State<'_, Desk>, id: String) -> Answer<ConflictView> {
    off_main(&desk, move |desk| desk.conflict(&id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn choose(desk: State<'_, Desk>, input: ChoiceInput) -> Answer<ConflictView> {
    off_main(&desk, move |desk| desk.choose(&input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn undo_choice(desk: State<'_, Desk>, conflict_id: String) -> Answer<ConflictView> {
    off_main(&desk, move |desk| desk.undo_choice(&conflict_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn raw_conflict(desk: State<'_, Desk>, conflict_id: String) -> Answer<RawConflictView> {
    off_main(&desk, move |desk| desk.raw_conflict(&conflict_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn accept_conflict(desk: State<'_, Desk>, input: AcceptInput) -> Answer<AcceptedView> {
    off_main(&desk, move |desk| desk.accept_conflict(&input)).await
}
