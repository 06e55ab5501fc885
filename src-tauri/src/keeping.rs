//! Commands that keep the store safe: other ways in, drafts, the glass, this workstation.

use haven_app::view::{
    DiscardedContent, DiscardedRow, DraftView, GlassView, LoginInput, SessionView, VerifyView,
    VitalsInput, WorkstationView,
};
use haven_app::{Desk, Passphrase, PassphraseStrength};
use tauri::State;

use crate::commands::{Answer, off_main};

#[tauri::command]
#[specta::specta]
pub async fn pin_offered(desk: State<'_, Desk>, user: String) -> Answer<bool> {
    off_main(&desk, move |desk| Ok(desk.pin_offered(&user))).await
}

#[tauri::command]
#[specta::specta]
pub async fn unlock_with_pin(
    desk: State<'_, Desk>,
    user: String,
    pin: String,
) -> Answer<SessionView> {
    let pin = Passphrase::new(pin);
    off_main(&desk, move |desk| desk.unlock_with_pin(&user, &pin)).await
}

#[tauri::command]
#[specta::specta]
pub async fn set_pin(desk: State<'_, Desk>, pin: String) -> Answer<()> {
    let pin = Passphrase::new(pin);
    off_main(&desk, move |desk| desk.set_pin(&pin)).await
}

#[tauri::command]
#[specta::specta]
pub async fn remove_pin(desk: State<'_, Desk>) -> Answer<()> {
    off_main(&desk, Desk::remove_pin).await
}

#[tauri::command]
#[specta::specta]
pub async fn recover(
    desk: State<'_, Desk>,
    user: String,
    words: String,
    passphrase: String,
) -> Answer<SessionView> {
    let (words, new) = (Passphrase::new(words), Passphrase::new(passphrase));
    off_main(&desk, move |desk| desk.recover(&user, &words, &new)).await
}

#[tauri::command]
#[specta::specta]
pub async fn passphrase_strength(
    desk: State<'_, Desk>,
    text: String,
    user: String,
) -> Answer<PassphraseStrength> {
    let text = Passphrase::new(text);
    off_main(&desk, move |desk| desk.passphrase_strength(&text, &user)).await
}

#[tauri::command]
#[specta::specta]
pub async fn suggest_passphrase(desk: State<'_, Desk>) -> Answer<String> {
    off_main(&desk, Desk::suggest_passphrase).await
}

#[tauri::command]
#[specta::specta]
pub fn still_here(desk: State<'_, Desk>) {
    desk.still_here();
}

#[tauri::command]
#[specta::specta]
pub async fn set_idle_minutes(desk: State<'_, Desk>, minutes: u32) -> Answer<()> {
    off_main(&desk, move |desk| desk.set_idle_minutes(minutes)).await
}

#[tauri::command]
#[specta::specta]
pub async fn drafts(desk: State<'_, Desk>) -> Answer<Vec<DraftView>> {
    off_main(&desk, Desk::drafts).await
}

#[tauri::command]
#[specta::specta]
pub async fn keep_draft(desk: State<'_, Desk>, input: VitalsInput) -> Answer<()> {
    off_main(&desk, move |desk| desk.keep_draft(input)).await
}

#[tauri::command]
#[specta::specta]
pub async fn drop_draft(desk: State<'_, Desk>, patient_id: String) -> Answer<()> {
    off_main(&desk, move |desk| desk.drop_draft(&patient_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn glass(desk: State<'_, Desk>, patient_id: String) -> Answer<GlassView> {
    off_main(&desk, move |desk| desk.glass(&patient_id)).await
}

#[tauri::command]
#[specta::specta]
pub async fn break_glass(
    desk: State<'_, Desk>,
    patient_id: String,
    reason: String,
) -> Answer<GlassView> {
    off_main(&desk, move |desk| desk.break_glass(&patient_id, &reason)).await
}

#[tauri::command]
#[specta::specta]
pub async fn workstation(desk: State<'_, Desk>) -> Answer<WorkstationView> {
    off_main(&desk, Desk::workstation).await
}

#[tauri::command]
#[specta::specta]
pub async fn back_up(desk: State<'_, Desk>, file: String) -> Answer<String> {
    off_main(&desk, move |desk| desk.back_up(&file)).await
}

#[tauri::command]
#[specta::specta]
pub async fn show_recovery(desk: State<'_, Desk>) -> Answer<Vec<String>> {
    off_main(&desk, Desk::show_recovery).await
}

#[tauri::command]
#[specta::specta]
pub async fn renew_recovery(desk: State<'_, Desk>) -> Answer<Vec<String>> {
    off_main(&desk, Desk::renew_recovery).await
}

#[tauri::command]
#[specta::specta]
pub async fn add_login(desk: State<'_, Desk>, input: LoginInput, passphrase: String) -> Answer<()> {
    let passphrase = Passphrase::new(passphrase);
    off_main(&desk, move |desk| desk.add_login(&input, &passphrase)).await
}

#[tauri::command]
#[specta::specta]
pub async fn remove_login(desk: State<'_, Desk>, name: String) -> Answer<()> {
    off_main(&desk, move |desk| desk.remove_login(&name)).await
}

#[tauri::command]
#[specta::specta]
pub async fn reset_login(desk: State<'_, Desk>, name: String, passphrase: String) -> Answer<()> {
    let passphrase = Passphrase::new(passphrase);
    off_main(&desk, move |desk| desk.reset_login(&name, &passphrase)).await
}

#[tauri::command]
#[specta::specta]
pub async fn rotate_keys(desk: State<'_, Desk>) -> Answer<String> {
    off_main(&desk, Desk::rotate_keys).await
}

#[tauri::command]
#[specta::specta]
pub async fn verify(desk: State<'_, Desk>) -> Answer<VerifyView> {
    off_main(&desk, Desk::verify).await
}

#[tauri::command]
#[specta::specta]
pub async fn discarded(desk: State<'_, Desk>) -> Answer<Vec<DiscardedRow>> {
    off_main(&desk, Desk::discarded).await
}

#[tauri::command]
#[specta::specta]
pub async fn look_at_discarded(desk: State<'_, Desk>, seq: u32) -> Answer<DiscardedContent> {
    off_main(&desk, move |desk| desk.look_at_discarded(seq)).await
}
