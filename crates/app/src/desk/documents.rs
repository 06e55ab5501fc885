//! Documents and pictures of a chart: how they stand, out to a file, in from one.

use std::path::PathBuf;

use haven_model::{Action, SensitivityClass};

use super::{Desk, folders};
use crate::error::{AppError, Result};
use crate::present::{self, attachment};
use crate::session::AttachmentRequest;
use crate::view::{AttachmentView, AttachmentsView, NewAttachmentInput};

impl Desk {
    /// The attachments of a patient's chart, and how each stands.
    ///
    /// # Errors
    /// `locked`, or when the store cannot be read.
    pub fn attachments(&self, patient_id: &str) -> Result<AttachmentsView> {
        self.on_stage(|session, backdrop| {
            let folders = folders::to_choose();
            let folder = folders.first().map_or("/", |folder| folder.path.as_str());
            let rows = session.attachments(Some(patient_id))?;
            Ok(AttachmentsView {
                rows: rows
                    .iter()
                    .map(|answer| {
                        let view = attachment::attachment(answer, folder, backdrop);
                        AttachmentView {
                            suggested: folders::free(&view.suggested),
                            ..view
                        }
                    })
                    .collect(),
                may_add: session
                    .who()
                    .role
                    .permits(Action::Write, SensitivityClass::Clinical),
                folder: folders::home().join("").display().to_string(),
                folders,
                kinds: attachment::document_kinds(),
            })
        })
    }

    /// Writes an attachment to a new file, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`, `invalid` for a path that is not whole; otherwise as
    /// [`crate::Session::save_attachment`].
    pub fn save_attachment(&self, id: &str, file: &str) -> Result<String> {
        let (session, file) = (self.unlocked()?, whole_path(file)?);
        let saved = session.save_attachment(id, &file)?;
        Ok(attachment::attachment_saved(
            &saved,
            &file.display().to_string(),
        ))
    }

    /// Takes a file into a chart, and answers what to say of it.
    ///
    /// # Errors
    /// `locked`, `invalid` for a path that is not whole or a document without a kind; otherwise as
    /// [`crate::Session::add_attachment`].
    pub fn add_attachment(&self, input: &NewAttachmentInput) -> Result<String> {
        let file = whole_path(&input.file)?;
        let (kind, title) = (input.kind.trim(), input.title.trim());
        if kind.is_empty() {
            return Err(AppError::invalid(
                "Say what kind of document it is. Nothing was changed.",
            ));
        }
        self.on_stage(|session, backdrop| {
            let added = session.add_attachment(&AttachmentRequest {
                file,
                patient: input.patient_id.clone(),
                kind: kind.to_owned(),
                title: (!title.is_empty()).then(|| title.to_owned()),
                content_type: None,
            })?;
            let clock = backdrop.now.clock(session.platform().now());
            Ok(present::attachment::attachment_added(&added, &clock))
        })
    }
}

fn whole_path(file: &str) -> Result<PathBuf> {
    let file = PathBuf::from(file.trim());
    if !file.is_absolute() || file.file_name().is_none() {
        return Err(AppError::invalid(
            "Name the whole path of the file, from the root of the disk. Nothing was written.",
        ));
    }
    Ok(file)
}
