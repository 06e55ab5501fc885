//! Content of Binary resources that devices send piece by piece, and that anyone who may see it reads
//! in ranges.
//!
//! Invariants: pieces are taken in order and each only once, whatever is sent twice; nothing is read
//! that is not whole and of the SHA-256 announced for it; content that was whole never changes.

use base64::Engine as _;
use haven_model::attachment::{
    AttachmentOffer, AttachmentStanding, MAX_CONTENT_BYTES, MAX_PIECE_BYTES,
};
use haven_model::{Action, ResourceKey, SensitivityClass, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::accounts::Principal;
use crate::error::{HubError, Result};
use crate::records;

/// Why content is not taken or not given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContentError {
    /// There is none, or none that this user may see.
    #[error("there is no such content here")]
    NotFound,
    /// The user's role does not permit it.
    #[error("your role may not do that")]
    Forbidden,
    /// Something else is kept under that id.
    #[error("other content is kept under this id; it was left as it is")]
    Taken,
    /// What was received does not have the hash announced; all of it was thrown away.
    #[error("what was received is not what was announced; send it again from its beginning")]
    HashMismatch,
    /// The piece does not begin where the last one ended.
    #[error("the piece does not begin where the last one ended; ask how much is here")]
    NotNext,
    /// Too large.
    #[error("the content or the piece is larger than this hub takes")]
    TooLarge,
    /// A member of the request is not what it should be.
    #[error("{0}")]
    Invalid(&'static str),
    /// Everything else.
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<rusqlite::Error> for ContentError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Hub(HubError::Database(error))
    }
}

/// What is kept of one content.
struct Kept {
    id: String,
    sha256: Vec<u8>,
    bytes: u64,
    received: u64,
    whole: bool,
    content_type: String,
    class: SensitivityClass,
}

impl Kept {
    fn find(tx: &Transaction<'_>, id: &str) -> Result<Option<Self>> {
        tx.prepare_cached(include_str!("../sql/attachment_find.sql"))?
            .query_row(named_params! {":id": id}, |row| Ok(Self::read(row)))
            .optional()?
            .transpose()
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        let number = |name: &str| -> Result<u64> {
            u64::try_from(row.get::<_, i64>(name)?)
                .map_err(|_| HubError::Corrupt("the size of a content"))
        };
        Ok(Self {
            id: row.get("id")?,
            sha256: row.get("sha256")?,
            bytes: number("bytes")?,
            received: number("received")?,
            whole: row.get("whole")?,
            content_type: row.get("content_type")?,
            class: SensitivityClass::from_word(&row.get::<_, String>("class")?)
                .ok_or(HubError::Corrupt("the class of a content"))?,
        })
    }

    fn standing(&self) -> AttachmentStanding {
        AttachmentStanding {
            received: self.received,
            whole: self.whole,
            id: None,
        }
    }

    fn put(&self, tx: &Transaction<'_>) -> Result<()> {
        tx.prepare_cached(include_str!("../sql/attachment_move.sql"))?
            .execute(named_params! {
                ":id": self.id, ":received": signed(self.received), ":whole": self.whole,
            })?;
        Ok(())
    }

    fn forget_chunks(&self, tx: &Transaction<'_>) -> Result<()> {
        tx.prepare_cached(include_str!("../sql/attachment_chunks_remove.sql"))?
            .execute(named_params! {":id": self.id})?;
        Ok(())
    }

    /// Hands the bytes from a place up to another to `visit`.
    fn visit(
        &self,
        tx: &Transaction<'_>,
        from: u64,
        to: u64,
        mut visit: impl FnMut(&[u8]),
    ) -> Result<()> {
        let mut statement = tx.prepare_cached(include_str!("../sql/attachment_chunks.sql"))?;
        let mut rows = statement.query(named_params! {
            ":id": self.id, ":from": signed(from), ":to": signed(to),
        })?;
        while let Some(row) = rows.next()? {
            let begins_at = u64::try_from(row.get::<_, i64>("begins_at")?).unwrap_or(0);
            let body: Vec<u8> = row.get("body")?;
            let start = usize::try_from(from.saturating_sub(begins_at)).unwrap_or(usize::MAX);
            let end = usize::try_from(to.saturating_sub(begins_at)).unwrap_or(usize::MAX);
            visit(body.get(start..end.min(body.len())).unwrap_or_default());
        }
        Ok(())
    }
}

/// Takes note of content that a device is about to send; answers how much of it is here.
///
/// # Errors
/// See [`ContentError`].
pub(crate) fn offer(
    tx: &Transaction<'_>,
    principal: &Principal,
    offer: &AttachmentOffer,
    now: Timestamp,
) -> Result<AttachmentStanding, ContentError> {
    let sha256 = digest_of(&offer.sha256)?;
    ResourceKey::new("Binary", &offer.id).map_err(|_| ContentError::Invalid("id is no FHIR id"))?;
    let is_type = (1..=255).contains(&offer.content_type.len())
        && offer
            .content_type
            .bytes()
            .all(|byte| (0x20..0x7f).contains(&byte));
    if !is_type {
        return Err(ContentError::Invalid("contentType is no media type"));
    }
    if offer.bytes > MAX_CONTENT_BYTES {
        return Err(ContentError::TooLarge);
    }
    if !principal.role.permits(Action::Write, offer.class) {
        return Err(ContentError::Forbidden);
    }
    let kept = Kept::find(tx, &offer.id)?;
    match kept {
        Some(kept) if kept.sha256 == sha256 && kept.bytes == offer.bytes => {
            return Ok(kept.standing());
        }
        Some(kept) if kept.whole => return Err(ContentError::Taken),
        // What never became whole is nobody's record yet.
        Some(kept) => {
            kept.forget_chunks(tx)?;
            tx.prepare_cached(include_str!("../sql/attachment_remove.sql"))?
                .execute(named_params! {":id": kept.id})?;
        }
        None => {}
    }
    let is_resource = records::current(tx, &binary(&offer.id)?)?.is_some();
    if is_resource {
        return Err(ContentError::Taken);
    }
    tx.prepare_cached(include_str!("../sql/attachment_add.sql"))?
        .execute(named_params! {
            ":id": offer.id, ":sha256": sha256, ":bytes": signed(offer.bytes),
            ":content_type": offer.content_type, ":class": offer.class.as_str(),
            ":op_id": offer.op_id, ":user_name": principal.user, ":device_id": principal.device,
            ":now": now.as_millis(),
        })?;
    if offer.bytes > 0 {
        return Ok(AttachmentStanding {
            received: 0,
            whole: false,
            id: None,
        });
    }
    take(tx, principal, &offer.id, &offer.sha256, 0, &[])
}

/// Takes the next piece; one that is here already is passed over.
///
/// # Errors
/// See [`ContentError`].
pub(crate) fn take(
    tx: &Transaction<'_>,
    principal: &Principal,
    id: &str,
    sha256: &str,
    begins_at: u64,
    piece: &[u8],
) -> Result<AttachmentStanding, ContentError> {
    if piece.len() > MAX_PIECE_BYTES {
        return Err(ContentError::TooLarge);
    }
    let mut kept = Kept::find(tx, id)?.ok_or(ContentError::NotFound)?;
    if !principal.role.permits(Action::Write, kept.class) {
        return Err(ContentError::Forbidden);
    }
    if kept.sha256 != digest_of(sha256)? {
        return Err(ContentError::Taken);
    }
    let end = begins_at.saturating_add(piece.len() as u64);
    if kept.whole || (end <= kept.received && !piece.is_empty()) {
        return Ok(kept.standing());
    }
    if begins_at != kept.received || end > kept.bytes {
        return Err(ContentError::NotNext);
    }
    if !piece.is_empty() {
        tx.prepare_cached(include_str!("../sql/attachment_chunk_add.sql"))?
            .execute(named_params! {":id": id, ":begins_at": signed(begins_at), ":body": piece})?;
    }
    kept.received = end;
    if end == kept.bytes {
        let mut digest = Sha256::new();
        kept.visit(tx, 0, kept.bytes, |bytes| digest.update(bytes))?;
        kept.whole = digest.finalize().as_slice() == kept.sha256;
        if !kept.whole {
            kept.forget_chunks(tx)?;
            kept.received = 0;
        }
    }
    kept.put(tx)?;
    Ok(kept.standing())
}

/// Part of a content.
pub(crate) struct Part {
    pub(crate) content_type: String,
    pub(crate) sha256: String,
    /// Of the whole.
    pub(crate) total: u64,
    pub(crate) begins_at: u64,
    pub(crate) bytes: Vec<u8>,
}

/// The bytes of a content from a place on, `most` at most; of what devices sent, and of Binary
/// resources that came with theirs inside.
///
/// # Errors
/// See [`ContentError`].
pub(crate) fn part(
    tx: &Transaction<'_>,
    principal: &Principal,
    id: &str,
    from: u64,
    to: u64,
) -> Result<Part, ContentError> {
    if let Some(kept) = Kept::find(tx, id)?.filter(|kept| kept.whole) {
        if !principal.role.permits(Action::Read, kept.class) {
            return Err(ContentError::NotFound);
        }
        let mut bytes = Vec::new();
        let to = to.min(kept.bytes);
        kept.visit(tx, from, to, |piece| bytes.extend_from_slice(piece))?;
        return Ok(Part {
            content_type: kept.content_type,
            sha256: hex_of(&kept.sha256),
            total: kept.bytes,
            begins_at: from,
            bytes,
        });
    }
    let version = records::current(tx, &binary(id)?)?
        .filter(|version| version.readable_by(principal.role))
        .ok_or(ContentError::NotFound)?;
    let value: Value = version
        .body
        .and_then(|body| serde_json::from_slice(&body).ok())
        .ok_or(ContentError::NotFound)?;
    let data = value
        .get("data")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let data: String = data.split_ascii_whitespace().collect();
    let content = base64::engine::general_purpose::STANDARD
        .decode(data)
        .map_err(|_| ContentError::NotFound)?;
    let content_type = value.get("contentType").and_then(Value::as_str);
    let start = usize::try_from(from).unwrap_or(usize::MAX);
    let end = usize::try_from(to).unwrap_or(usize::MAX).min(content.len());
    Ok(Part {
        content_type: content_type
            .unwrap_or("application/octet-stream")
            .to_owned(),
        sha256: hex_of(&Sha256::digest(&content)),
        total: content.len() as u64,
        begins_at: from,
        bytes: content.get(start..end).unwrap_or_default().to_vec(),
    })
}

/// A content as the Binary resource it is to a FHIR client; `None` where there is none that is whole
/// and that the role may see.
///
/// # Errors
/// When the database fails.
pub(crate) fn as_resource(
    tx: &Transaction<'_>,
    role: haven_model::Role,
    id: &str,
) -> Result<Option<Vec<u8>>> {
    let kept =
        Kept::find(tx, id)?.filter(|kept| kept.whole && role.permits(Action::Read, kept.class));
    let Some(kept) = kept else {
        return Ok(None);
    };
    let mut content = Vec::new();
    kept.visit(tx, 0, kept.bytes, |bytes| content.extend_from_slice(bytes))?;
    let data = base64::engine::general_purpose::STANDARD.encode(&content);
    let resource = serde_json::json!({
        "resourceType": "Binary", "id": kept.id, "meta": {"versionId": "1"},
        "contentType": kept.content_type, "data": data,
    });
    Ok(Some(resource.to_string().into_bytes()))
}

fn binary(id: &str) -> Result<ResourceKey, ContentError> {
    ResourceKey::new("Binary", id).map_err(|_| ContentError::NotFound)
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn digest_of(hex: &str) -> Result<Vec<u8>, ContentError> {
    let wrong = || ContentError::Invalid("sha256 is 64 hex digits");
    if hex.len() != 64 || !hex.is_ascii() {
        return Err(wrong());
    }
    (0..64)
        .step_by(2)
        .map(|at| {
            hex.get(at..at + 2)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or_else(wrong)
        })
        .collect()
}

fn hex_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
