//! Exchanging changes with the server, once or until interrupted.

use std::sync::Arc;
use std::time::Duration;

use haven_model::{MergeOutcome, json, merge};
use haven_store::OutboxState;
use haven_sync::pace::SystemPace;
use haven_sync::remote::StoreTokens;
use haven_sync::{
    AttachmentLimits, Events, HubRemote, Phase, Remote, SyncError, SyncEvent, SyncOptions,
    SyncSummary, SyncWorker, WorkerOptions,
};
use serde_json::Value;
use tokio::sync::broadcast;

use super::{Session, Take};
use crate::error::{AppError, Code, Result};
use crate::network::PlatformNetwork;
use crate::workstation::in_runtime;

/// How many steps a slow listener may fall behind.
const PROGRESS_BACKLOG: usize = 256;

/// How long another run of the same store is waited for.
const BUSY_PATIENCE: Duration = Duration::from_secs(30);

/// One step of a run, in words.
#[derive(Clone, Debug)]
pub struct SyncProgress {
    /// "Syncing 4 of 12".
    pub text: String,
}

/// Whom to exchange with, and how.
#[derive(Clone, Debug, Default)]
pub struct SyncWith {
    /// The server's name; without one, the store's own server.
    pub remote: Option<String>,
    /// Whether deletions are followed however many they are.
    pub accept_deletions: bool,
    /// Whether every chart is compared with the server.
    pub compare_all: bool,
}

impl Session {
    /// The hub's address, where the store is enrolled at one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hub_url(&self) -> Result<Option<String>> {
        Ok(haven_sync::settings::hub_settings(self.store())?.map(|settings| settings.url))
    }

    /// Exchanges everything that can be exchanged now.
    ///
    /// # Errors
    /// `precondition` without a server, `network` when it could not be used or failed at what was
    /// offered; what was done until then is kept.
    pub fn sync_once(&self, progress: &(dyn Fn(&SyncProgress) + Sync)) -> Result<SyncSummary> {
        self.sync_with(&SyncWith::default(), progress)
    }

    /// Exchanges everything that can be exchanged now with one server.
    ///
    /// # Errors
    /// As [`Session::sync_once`]; `not_found` for a server that the store does not know.
    pub fn sync_with(
        &self,
        with: &SyncWith,
        progress: &(dyn Fn(&SyncProgress) + Sync),
    ) -> Result<SyncSummary> {
        let remote = self.remote(with.remote.as_deref())?;
        let options = SyncOptions {
            accept_deletions: with.accept_deletions,
            compare_all: with.compare_all,
            attachments: AttachmentLimits {
                bytes: haven_sync::attachment_bytes(
                    &self.store().strategies()?,
                    &PlatformNetwork(self.platform().clone()),
                ),
                ..AttachmentLimits::default()
            },
            ..SyncOptions::new(self.dir())
        };
        let summary = in_runtime(async {
            let (sender, receiver) = broadcast::channel(PROGRESS_BACKLOG);
            let run = self.run_patiently(&remote, &options, sender);
            let (outcome, ()) = tokio::join!(run, tell_steps(receiver, progress));
            outcome
        })??;
        self.store().remember_head();
        if summary.waiting > 0 {
            self.tell_failures()?;
        }
        Ok(summary)
    }

    /// A run that reached the server ends well even when the server failed at some changes, since the
    /// worker offers those again; whoever asked for one run is told.
    fn tell_failures(&self) -> Result<()> {
        let failed: Vec<String> = self
            .store()
            .outbox()?
            .into_iter()
            .filter(|entry| matches!(entry.state, OutboxState::Pending | OutboxState::Syncing))
            .filter(|entry| entry.attempts > 0)
            .filter_map(|entry| entry.last_error)
            .collect();
        match failed.last() {
            None => Ok(()),
            Some(reason) => Err(AppError {
                code: Code::Network,
                message: format!(
                    "{} of your changes could not be sent. {reason}",
                    failed.len()
                ),
                retryable: true,
            }),
        }
    }

    /// A run; where another window or command runs one, this waits for its end first.
    async fn run_patiently(
        &self,
        remote: &Arc<dyn Remote>,
        options: &SyncOptions,
        sender: broadcast::Sender<SyncEvent>,
    ) -> Result<SyncSummary, SyncError> {
        let events = Events::to(sender);
        let mut attempts = tokio::time::interval(Duration::from_millis(250));
        let started = tokio::time::Instant::now();
        loop {
            attempts.tick().await;
            match haven_sync::sync_once(self.store(), remote, options, &events).await {
                Err(SyncError::Busy) if started.elapsed() < BUSY_PATIENCE => {}
                outcome => return outcome,
            }
        }
    }

    /// Exchanges changes as they come, until the process is interrupted.
    ///
    /// # Errors
    /// `precondition` without a server.
    pub fn sync_until_interrupted(
        &self,
        with: &SyncWith,
        progress: &(dyn Fn(&SyncProgress) + Sync),
    ) -> Result<()> {
        let remote = self.remote(with.remote.as_deref())?;
        let mut options = WorkerOptions::new(SyncOptions::new(self.dir()));
        options.network = Arc::new(PlatformNetwork(self.platform().clone()));
        let worker = SyncWorker::start(self.store().clone(), remote, options)?;
        let steps = worker.subscribe();
        in_runtime(async {
            tokio::select! {
                () = tell_steps(steps, progress) => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        })?;
        worker.stop();
        Ok(())
    }

    pub(crate) fn hub(&self) -> Result<Arc<dyn Remote>> {
        let settings = haven_sync::settings::hub_settings(self.store())?
            .ok_or(SyncError::NotEnrolled)
            .map_err(AppError::from)?;
        let pace = Arc::new(SystemPace);
        let tokens = Arc::new(StoreTokens::new(self.store().clone(), pace.clone()));
        let remote = HubRemote::new(settings, tokens, self.sign_in.clone(), pace)
            .map_err(|error| AppError::from(SyncError::from(error)))?;
        Ok(Arc::new(remote))
    }
}

async fn tell_steps(
    mut events: broadcast::Receiver<SyncEvent>,
    progress: &(dyn Fn(&SyncProgress) + Sync),
) {
    use broadcast::error::RecvError;
    loop {
        match events.recv().await {
            Ok(event) => {
                if let Some(text) = words(&event) {
                    progress(&SyncProgress { text });
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn words(event: &SyncEvent) -> Option<String> {
    match event {
        SyncEvent::Progress { phase, done, total } => {
            let verb = match phase {
                Phase::Receiving => "Receiving",
                Phase::Sending => "Syncing",
            };
            Some(match total {
                Some(total) => format!("{verb} {done} of {total}"),
                None => format!("{verb} {done}"),
            })
        }
        SyncEvent::Failed { message, .. } => Some(message.clone()),
        SyncEvent::Metered => {
            Some("This network is metered: waiting for another one. Nothing is lost.".to_owned())
        }
        SyncEvent::Connection(_)
        | SyncEvent::Started { .. }
        | SyncEvent::Finished(_)
        | SyncEvent::Paused => None,
    }
}

impl From<SyncError> for AppError {
    fn from(error: SyncError) -> Self {
        let message = error.to_string();
        let retryable = error.is_transient();
        let code = match error {
            SyncError::Store(error) => return error.into(),
            SyncError::Busy => Code::Locked,
            SyncError::NotEnrolled => Code::Precondition,
            SyncError::Lock(_) => Code::Io,
            SyncError::Remote(error) => return error.into(),
        };
        Self {
            code,
            message,
            retryable,
        }
    }
}

impl From<haven_sync::RemoteError> for AppError {
    fn from(error: haven_sync::RemoteError) -> Self {
        use haven_sync::RemoteError as Remote;
        let code = match &error {
            Remote::SignedOut | Remote::Revoked => Code::SignedOut,
            Remote::Forbidden | Remote::CodeRefused => Code::NotPermitted,
            Remote::TokensNotKept => Code::Io,
            Remote::Unreachable
            | Remote::Timeout
            | Remote::NotAHub(_)
            | Remote::NotFhir(_)
            | Remote::WrongServer
            | Remote::CursorExpired
            | Remote::TooLarge
            | Remote::RateLimited { .. }
            | Remote::Server { .. }
            | Remote::Protocol(_) => Code::Network,
        };
        Self {
            code,
            message: error.to_string(),
            retryable: error.is_transient(),
        }
    }
}

/// Merges three bodies; `null`, or no base at all, stands for a deleted or absent side.
///
/// # Errors
/// `invalid` when a side is not strict JSON, or is neither an object nor `null`.
pub fn merge_files(base: Option<&[u8]>, local: &[u8], remote: &[u8]) -> Result<MergeOutcome> {
    let read = |side: &str, bytes: &[u8]| -> Result<Option<Value>> {
        let value = json::parse(bytes.trim_ascii()).map_err(|error| {
            AppError::invalid(format!("The {side} side is {error}. Nothing was merged."))
        })?;
        match value {
            Value::Null => Ok(None),
            Value::Object(_) => Ok(Some(value)),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(AppError::invalid(format!(
                    "The {side} side is not a JSON object. Nothing was merged."
                )))
            }
        }
    };
    let base = base.map(|bytes| read("base", bytes)).transpose()?.flatten();
    let (local, remote) = (read("local", local)?, read("remote", remote)?);
    Ok(merge::merge(base.as_ref(), local.as_ref(), remote.as_ref()))
}

impl Take {
    /// Field decisions as typed: `PATH=local|remote|base`.
    ///
    /// # Errors
    /// `invalid` when one is not of that form.
    pub fn by_field(fields: &[String]) -> Result<Self> {
        use haven_model::resolve::Choice;
        let decide = |text: &String| {
            // The path itself may hold `=` within its brackets; the choice is what follows the last.
            let (path, side) = text.rsplit_once('=').unwrap_or((text, ""));
            let choice = match side {
                "local" => Choice::Local,
                "remote" => Choice::Remote,
                "base" => Choice::Base,
                "both" => Choice::Both,
                _ => {
                    return Err(AppError::invalid(
                        "A field is decided like Patient.birthDate=local (or remote, or base).",
                    ));
                }
            };
            Ok((path.to_owned(), choice))
        };
        Ok(Self::Fields(
            fields.iter().map(decide).collect::<Result<_>>()?,
        ))
    }
}
