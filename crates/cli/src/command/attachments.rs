//! Documents and pictures.

use haven_app::{AppError, AttachmentRequest, Session};

use crate::answer::Answer;
use crate::arguments::AttachmentsCommand;

/// `haven attachments …`.
pub fn run(session: &Session, action: AttachmentsCommand) -> Result<Answer, AppError> {
    match action {
        AttachmentsCommand::Add(add) => {
            let added = session.add_attachment(&AttachmentRequest {
                file: add.file,
                patient: add.patient,
                kind: add.kind,
                title: add.title,
                content_type: add.content_type,
            })?;
            let words = format!(
                "{} is on this device, {} bytes; it is sent with the next sync.",
                added.id, added.held_bytes
            );
            Ok(Answer::with_words(&added, words))
        }
        AttachmentsCommand::List { patient } => {
            Ok(Answer::of(&session.attachments(patient.as_deref())?))
        }
        AttachmentsCommand::Get { id, out } => {
            let saved = session.save_attachment(&id, &out)?;
            let words = format!(
                "{} bytes, verified, are in {}.",
                saved.held_bytes,
                out.display()
            );
            Ok(Answer::with_words(&saved, words))
        }
    }
}
