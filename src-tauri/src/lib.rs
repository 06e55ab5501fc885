//! The shell around the window: thin commands that hand over to `haven_app`, and one event.
//!
//! Invariant: no logic lives here. Every command runs off the main thread, where a slow disk cannot
//! freeze the window.

mod commands;
mod keeping;
mod reviewing;
#[cfg(target_os = "linux")]
mod suspend;

use std::path::PathBuf;
use std::process::ExitCode;

use haven_app::Desk;
use tauri::Manager;
use tauri_specta::{Builder, Event, collect_commands, collect_events};

/// The event that tells the window to ask again; see [`haven_app::view::AppEvent`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, specta::Type, Event)]
#[tauri_specta(event_name = "app-event")]
pub struct ShellEvent(pub haven_app::view::AppEvent);

/// Commands and events, from which the TypeScript side is generated.
#[must_use]
pub fn bindings() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .commands(collect_commands![
            commands::language,
            commands::set_language,
            commands::lobby,
            commands::unlock,
            commands::lock,
            commands::session,
            commands::status,
            commands::patients,
            commands::today,
            commands::chart,
            commands::vitals_form,
            commands::check_vitals,
            commands::save_vitals,
            commands::sync_centre,
            commands::sync_now,
            commands::retry_change,
            commands::discard_change,
            commands::judge_held,
            commands::attachments,
            commands::save_attachment,
            commands::add_attachment,
            commands::inbox,
            commands::conflict,
            commands::choose,
            commands::undo_choice,
            commands::raw_conflict,
            commands::accept_conflict,
            reviewing::escalate_conflict,
            reviewing::assign_conflict,
            reviewing::comment_on_conflict,
            reviewing::review_conflict,
            reviewing::merges,
            reviewing::measures,
            reviewing::history,
            reviewing::bring_back_preview,
            reviewing::bring_back,
            reviewing::decided,
            reviewing::take_back_preview,
            reviewing::take_back,
            reviewing::bulk_choices,
            reviewing::bulk,
            reviewing::take_batch_back,
            reviewing::doubles,
            reviewing::judge_double,
            reviewing::mark_in_error,
            keeping::pin_offered,
            keeping::unlock_with_pin,
            keeping::set_pin,
            keeping::remove_pin,
            keeping::recover,
            keeping::passphrase_strength,
            keeping::suggest_passphrase,
            keeping::still_here,
            keeping::set_idle_minutes,
            keeping::drafts,
            keeping::keep_draft,
            keeping::drop_draft,
            keeping::glass,
            keeping::break_glass,
            keeping::workstation,
            keeping::back_up,
            keeping::show_recovery,
            keeping::renew_recovery,
            keeping::add_login,
            keeping::remove_login,
            keeping::reset_login,
            keeping::rotate_keys,
            keeping::verify,
            keeping::discarded,
            keeping::look_at_discarded,
        ])
        .events(collect_events![ShellEvent])
        .disable_serde_phases()
}

/// Opens the window and stays until it is closed.
#[must_use]
pub fn run() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("HAVEN_LOG"))
        .with_writer(std::io::stderr)
        .init();
    haven_app::survive_file_size_limit();
    haven_app::forbid_core_files();
    haven_app::wipe_what_is_freed();
    let bindings = bindings();
    let handler = bindings.invoke_handler();
    let outcome = tauri::Builder::default()
        .invoke_handler(handler)
        .setup(move |app| {
            bindings.mount_events(app);
            let desk = Desk::on_this_machine(store_dir(app)?);
            forward_events(app.handle().clone(), &desk);
            #[cfg(target_os = "linux")]
            suspend::lock_before_sleep({
                let desk = desk.clone();
                move || desk.lock()
            });
            app.manage(desk);
            open_window(app)?;
            Ok(())
        })
        .run(tauri::generate_context!());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}

fn store_dir(app: &tauri::App) -> tauri::Result<PathBuf> {
    match std::env::var_os("HAVEN_STORE") {
        Some(dir) => Ok(PathBuf::from(dir)),
        None => Ok(app.path().data_dir()?.join("haven")),
    }
}

/// An incognito page: nothing of a chart is left in the web view's folders.
///
/// Under a WebDriver it is a plain page, since WebKitGTK lets no driver into a private one.
fn open_window(app: &tauri::App) -> tauri::Result<()> {
    let is_driven = std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some();
    tauri::WebviewWindowBuilder::new(app, "main", tauri::WebviewUrl::default())
        .title("Haven")
        .inner_size(1366.0, 768.0)
        .min_inner_size(900.0, 600.0)
        .incognito(!is_driven)
        .build()
        .map(|_| ())
}

fn forward_events(handle: tauri::AppHandle, desk: &Desk) {
    let mut events = desk.events();
    tauri::async_runtime::spawn(async move {
        use tokio::sync::broadcast::error::RecvError;
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Err(error) = ShellEvent(event).emit(&handle) {
                        tracing::warn!(%error, "the window did not hear of a change");
                    }
                }
                // The window asks again for all it shows at the next event.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typescript_side_is_generated_from_here() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/backend/bindings.ts");
        let language = specta_typescript::Typescript::default().header(
            "// Generated from Rust by a test of the shell; do not edit.\n/* eslint-disable */\n",
        );
        bindings()
            .export(language, path)
            .expect("the bindings can be written");
        let written = std::fs::read_to_string(path).expect("the bindings can be read");
        assert!(
            written.contains("acceptConflict"),
            "every command has its TypeScript side"
        );
    }
}
