//! Documents and pictures: taken in from files, listed, written out.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use haven_model::attachment::MAX_CONTENT_BYTES;
use haven_model::{Resource, ResourceKey};
use haven_store::{AttachmentRow, AttachmentStanding, NewAttachment, OpKind};
use haven_sync::digest::{Digests, Found};
use serde::Serialize;
use serde_json::json;

use super::Session;
use crate::error::{AppError, Code, Result};

/// Read from a file and kept at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// What is taken in.
#[derive(Clone, Debug)]
pub struct AttachmentRequest {
    /// The file.
    pub file: PathBuf,
    /// The patient's id.
    pub patient: String,
    /// What kind of document it is, in words.
    pub kind: String,
    /// Its title; the file's name is not kept.
    pub title: Option<String>,
    /// Its media type; told from the file's extension where it is left out.
    pub content_type: Option<String>,
}

/// An attachment and how it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentAnswer {
    /// The Binary's id: `haven attachments get` takes it.
    pub id: String,
    /// The resource that refers to it.
    pub owner: String,
    /// The patient in whose chart that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// `wanted`, `whole`, `to_send` or `elsewhere`.
    pub standing: &'static str,
    /// Whether the content can be read here now.
    pub here: bool,
    /// Media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Size of the whole, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// So much of it is here.
    pub held_bytes: u64,
    /// So much of it is known to be at the server, of what was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_bytes: Option<u64>,
    /// SHA-256 of the whole, in hex, once verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What it was verified by: `hash`, `server`, `size`, `nothing` or `made_here`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<String>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// That, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'static str>,
    /// Failed attempts in a row.
    pub attempts: u32,
    /// When it is tried again, FHIR `instant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<String>,
}

impl AttachmentAnswer {
    fn of(row: AttachmentRow) -> Self {
        Self {
            standing: row.standing.as_str(),
            here: row.sha256.is_some(),
            bytes: row.total_bytes.or(row.declared_bytes),
            sent_bytes: row.own.then_some(row.sent_bytes),
            sha256: row.sha256.map(|digest| {
                use std::fmt::Write as _;
                digest.iter().fold(String::new(), |mut text, byte| {
                    let _infallible = write!(text, "{byte:02x}");
                    text
                })
            }),
            message: row.reason.as_deref().map(words),
            next_attempt_at: row.next_attempt_at.map(haven_model::Timestamp::to_instant),
            id: row.id,
            owner: row.owner.to_string(),
            patient: row.patient,
            content_type: row.content_type,
            held_bytes: row.held_bytes,
            verified_by: row.verified_by,
            reason: row.reason,
            attempts: row.attempts,
        }
    }
}

/// How many attachments stand where.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentCountsAnswer {
    /// Here and verified.
    pub whole: u64,
    /// Still to be received.
    pub to_receive: u64,
    /// So many bytes of them, as far as that is known.
    pub to_receive_bytes: u64,
    /// Still to be sent.
    pub to_send: u64,
    /// So many bytes of them.
    pub to_send_bytes: u64,
    /// Of both, those whose last attempt failed.
    pub failed: u64,
}

fn words(reason: &str) -> &'static str {
    match reason {
        "hash_mismatch" => {
            "What the server gave is not what it was declared to be. It was not kept; Haven asks again by itself."
        }
        "size_mismatch" => {
            "What the server gave is not of the declared size. It was not kept; Haven asks again by itself."
        }
        "missing" => {
            "The server does not have it, or does not show it. Haven asks again by itself."
        }
        "forbidden" => "The server does not let this user have it. Ask your administrator.",
        "too_large" => "It is larger than the server or Haven takes. It stays where it is.",
        "altered_here" => {
            "What was kept on this device was altered. It is not used; what the server has is fetched anew."
        }
        "taken" => "Other content is at the server under this name. This one stays on this device.",
        "changing" => "It changes at the server while it is read. Haven asks again by itself.",
        "no_room" => {
            "There is room left for records only. Free some space, run `haven prune`, or raise the limit with `haven storage --quota-bytes`; Haven then goes on by itself."
        }
        "cut_off" | "server_error" => {
            "The connection or the server failed before it was whole. What has come is kept; Haven goes on by itself."
        }
        _ => "The server refused it. It stays where it is; Haven asks again by itself.",
    }
}

impl Session {
    /// Takes a file into a patient's chart: its content, and a DocumentReference that refers to it.
    /// Both are durable here before this ends, and travel to the server.
    ///
    /// # Errors
    /// `not_found` without that patient, `invalid` for an empty or too large file, `io` when it cannot
    /// be read; then nothing was changed.
    pub fn add_attachment(&self, request: &AttachmentRequest) -> Result<AttachmentAnswer> {
        let patient = request
            .patient
            .strip_prefix("Patient/")
            .unwrap_or(&request.patient);
        let key = ResourceKey::new("Patient", patient)
            .map_err(|_| AppError::invalid("A patient is named by the id of its record."))?;
        let stored = self.store().get(&key)?;
        if stored.is_none_or(|stored| stored.resource.is_none()) {
            return Err(AppError::not_found("Patient"));
        }
        let found = digests_of(&request.file)?;
        if found.bytes == 0 {
            return Err(AppError::invalid("The file is empty. Nothing was changed."));
        }
        let (id, binary) = (self.new_id(), self.new_id());
        let url = format!("Binary/{binary}");
        let content_type = request
            .content_type
            .clone()
            .unwrap_or_else(|| media_type(&request.file).to_owned());
        let now = self.platform().now().to_instant();
        let mut attachment = json!({
            "contentType": content_type, "url": url, "size": found.bytes, "hash": found.hash,
            "creation": now,
        });
        if let Some(title) = &request.title {
            attachment["title"] = json!(title);
        }
        let mut document = json!({
            "resourceType": "DocumentReference", "id": id, "status": "current",
            "type": {"text": request.kind}, "subject": {"reference": key.to_string()},
            "date": now, "content": [{"attachment": attachment}],
        });
        if let Some(title) = &request.title {
            document["description"] = json!(title);
        }
        if let Some(reason) = crate::interchange::first_error(&document) {
            return Err(AppError::invalid(format!(
                "This makes no valid document. {}. Nothing was changed.",
                reason.trim_end_matches('.')
            )));
        }
        let document = Resource::from_value(&document)
            .map_err(|error| AppError::invalid(format!("{error}. Nothing was changed.")))?;
        let new = NewAttachment {
            owner: document.key().clone(),
            url,
            bytes: found.bytes,
            sha256: found.sha256,
        };
        let row = self.transact(OpKind::Edit, |tx| {
            tx.edit(document)?;
            let mut row = tx.begin_own_attachment(&new)?;
            let again = each_piece(&request.file, |bytes| {
                Ok(tx.append_content(&mut row, bytes)?)
            })?;
            if again != found {
                return Err(AppError::new(
                    Code::Io,
                    "The file changed while it was read. Nothing was changed.",
                ));
            }
            Ok(row)
        })?;
        Ok(AttachmentAnswer::of(row))
    }

    /// The attachments that the user may see, of one patient or of all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn attachments(&self, patient: Option<&str>) -> Result<Vec<AttachmentAnswer>> {
        let patient = patient.map(|id| id.strip_prefix("Patient/").unwrap_or(id));
        Ok(self
            .store()
            .attachments(None)?
            .into_iter()
            .filter(|row| patient.is_none_or(|patient| row.patient.as_deref() == Some(patient)))
            .map(AttachmentAnswer::of)
            .collect())
    }

    /// Writes the content of an attachment to a new file; it stands there only when it is right.
    ///
    /// # Errors
    /// `not_found`; `precondition` while it is not whole on this device; `already_exists` when there is
    /// such a file; `integrity` when what is kept is not what was verified.
    pub fn save_attachment(&self, id: &str, out: &Path) -> Result<AttachmentAnswer> {
        let id = id.strip_prefix("Binary/").unwrap_or(id);
        let rows = self.store().attachments(Some(id))?;
        let row = rows
            .iter()
            .find(|row| row.sha256.is_some())
            .or_else(|| rows.first())
            .cloned()
            .ok_or_else(|| AppError::not_found("attachment"))?;
        if row.sha256.is_none() {
            let why = match (row.standing, row.reason.as_deref()) {
                (AttachmentStanding::Elsewhere, _) => {
                    "It is at another server, from which Haven fetches nothing."
                }
                (_, Some(reason)) => words(reason),
                (_, None) => "It comes with one of the next syncs.",
            };
            return Err(AppError::new(
                Code::Precondition,
                format!("The content is not on this device. {why}"),
            ));
        }
        self.note_behind_glass(&row.owner, row.class, row.patient.as_deref())?;
        if out.exists() {
            return Err(AppError::new(
                Code::AlreadyExists,
                format!(
                    "{} is there already. Nothing was overwritten.",
                    out.display()
                ),
            ));
        }
        let unwritable = |error: std::io::Error| {
            AppError::new(
                Code::Io,
                format!("{} cannot be written ({}).", out.display(), error.kind()),
            )
        };
        let mut part = out.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options
            .open(&part)
            .map_err(unwritable)
            .and_then(|mut file| {
                self.store()
                    .attachment_content(&row, |bytes| file.write_all(bytes).map_err(unwritable))?;
                file.sync_all().map_err(unwritable)?;
                std::fs::rename(&part, out).map_err(unwritable)
            });
        if let Err(error) = written {
            // What was written of it is not known to be right; a failure to remove it changes nothing.
            let _left = std::fs::remove_file(&part);
            return Err(error);
        }
        if let Some(patient) = &row.patient {
            self.store().record_read(patient, self.platform().now())?;
        }
        Ok(AttachmentAnswer::of(row))
    }

    pub(crate) fn attachment_counts(&self) -> Result<AttachmentCountsAnswer> {
        let counts = self.store().snapshot(|reader| reader.attachment_counts())?;
        Ok(AttachmentCountsAnswer {
            whole: counts.whole,
            to_receive: counts.to_receive,
            to_receive_bytes: counts.to_receive_bytes,
            to_send: counts.to_send,
            to_send_bytes: counts.to_send_bytes,
            failed: counts.failed,
        })
    }
}

fn digests_of(file: &Path) -> Result<Found> {
    each_piece(file, |_| Ok(()))
}

/// Hands a file's bytes to `visit`, and answers their digests.
fn each_piece(file: &Path, mut visit: impl FnMut(&[u8]) -> Result<()>) -> Result<Found> {
    let unreadable = |error: std::io::Error| {
        AppError::new(
            Code::Io,
            format!(
                "{} cannot be read ({}). Nothing was changed.",
                file.display(),
                error.kind()
            ),
        )
    };
    let mut opened = File::open(file).map_err(unreadable)?;
    let mut digests = Digests::default();
    let mut read = 0_u64;
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        let length = Read::by_ref(&mut opened)
            .take(PIECE_BYTES as u64)
            .read_to_end(&mut piece)
            .map_err(unreadable)?;
        if length == 0 {
            return Ok(digests.finish());
        }
        read = read.saturating_add(length as u64);
        if read > MAX_CONTENT_BYTES {
            return Err(AppError::invalid(format!(
                "A file has at most {MAX_CONTENT_BYTES} bytes. Nothing was changed."
            )));
        }
        digests.update(&piece);
        visit(&piece)?;
    }
}

fn media_type(file: &Path) -> &'static str {
    let extension = file
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("pdf") => "application/pdf",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("tif" | "tiff") => "image/tiff",
        Some("txt") => "text/plain",
        Some("csv") => "text/csv",
        Some("xml") => "application/xml",
        Some("json") => "application/json",
        Some("dcm") => "application/dicom",
        Some("mp3") => "audio/mpeg",
        Some("mp4") => "video/mp4",
        _ => "application/octet-stream",
    }
}
