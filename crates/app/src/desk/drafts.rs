//! Forms that were typed and not saved: sealed under the user's own key until they are saved.

use haven_model::{ResourceKey, Timestamp};
use haven_store::{Changes, OpKind};
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::error::{AppError, Code, Result};
use crate::present;
use crate::session::Session;
use crate::view::{DraftView, VitalsInput};

/// The setting that holds them; the store keeps it for its user alone.
pub(super) const DRAFTS: &str = "drafts.vitals";

/// More than these are not kept; the oldest goes first.
const MOST: usize = 20;

/// The longest text of one typed value that is kept, in bytes.
const LONGEST_BYTES: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct Draft {
    input: VitalsInput,
    kept_at: i64,
}

/// Whether a commit touched nothing but drafts, which no screen shows.
pub(super) fn is_of_drafts(changes: &Changes) -> bool {
    let others = Changes {
        settings: Vec::new(),
        ..changes.clone()
    };
    others.is_empty() && changes.settings == [DRAFTS]
}

fn read(session: &Session) -> Result<Vec<Draft>> {
    let text = session.store().setting(DRAFTS)?;
    // A draft of another version of Haven is not worth refusing to work for.
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn without(session: &Session, patient_id: &str) -> Result<(Vec<Draft>, bool)> {
    let mut drafts = read(session)?;
    let before = drafts.len();
    drafts.retain(|draft| draft.input.patient_id != patient_id);
    let had = drafts.len() < before;
    Ok((drafts, had))
}

/// The setting's new value: none where no draft is left.
fn written(drafts: &[Draft]) -> Result<Option<String>> {
    if drafts.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(drafts).map(Some).map_err(|_| {
        AppError::new(
            Code::Invalid,
            "The draft cannot be kept. It is still in the form.",
        )
    })
}

/// What to write with a save that makes the draft of that patient needless; `None` for nothing.
pub(super) fn after_saving(session: &Session, patient_id: &str) -> Result<Option<Option<String>>> {
    let (left, had) = without(session, patient_id)?;
    had.then(|| written(&left)).transpose()
}

impl Desk {
    /// What this user typed and did not save, the newest last; patients that cannot be read any more
    /// are left out.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn drafts(&self) -> Result<Vec<DraftView>> {
        let (session, now) = (self.unlocked()?, self.now());
        let mut views = Vec::new();
        for draft in read(&session)? {
            let Ok(key) = ResourceKey::new("Patient", draft.input.patient_id.clone()) else {
                continue;
            };
            let patient = match session.store().get(&key) {
                Ok(stored) => stored.and_then(|stored| stored.resource),
                Err(error) if error.code() == haven_store::ErrorCode::NotPermitted => None,
                Err(error) => return Err(error.into()),
            };
            if let Some(patient) = patient {
                let kept_at = Timestamp(draft.kept_at);
                views.push(present::draft(draft.input, kept_at, &patient.value(), &now));
            }
        }
        Ok(views)
    }

    /// Keeps what was typed for one patient in the place of an earlier draft.
    ///
    /// # Errors
    /// `locked`, `invalid` for a text that no vital sign has, `disk_full`.
    pub fn keep_draft(&self, input: VitalsInput) -> Result<()> {
        let is_too_long = input
            .values
            .iter()
            .any(|value| value.text.len() > LONGEST_BYTES);
        if is_too_long {
            return Err(AppError::invalid(
                "What was typed is too long to be kept as a draft. It is still in the form.",
            ));
        }
        let session = self.unlocked()?;
        let (mut drafts, _) = without(&session, &input.patient_id)?;
        drafts.push(Draft {
            input,
            kept_at: session.platform().now().as_millis(),
        });
        let surplus = drafts.len().saturating_sub(MOST);
        drafts.drain(..surplus);
        keep(&session, &drafts)
    }

    /// Forgets the draft of one patient.
    ///
    /// # Errors
    /// `locked`, `disk_full`.
    pub fn drop_draft(&self, patient_id: &str) -> Result<()> {
        let session = self.unlocked()?;
        match without(&session, patient_id)? {
            (left, true) => keep(&session, &left),
            (_, false) => Ok(()),
        }
    }
}

fn keep(session: &Session, drafts: &[Draft]) -> Result<()> {
    let value = written(drafts)?;
    session.transact(OpKind::Configure, |tx| {
        Ok(tx.set_setting(DRAFTS, value.as_deref())?)
    })
}
