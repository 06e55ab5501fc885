//! What the worker needs of a server, and how a server can fail it.

mod answer;
mod content;
mod enrol;
mod fhir;
mod hints;
mod hub;
mod realm;
mod tokens;
mod wire;

use std::future::Future;
use std::pin::Pin;

use haven_model::ResourceKey;
use haven_model::attachment::{AttachmentOffer, AttachmentStanding};
use haven_model::escalation::{
    Act, ActKind, ConflictChanges, ConflictChangesRequest, EscalateRequest, EscalatedConflict,
};
use haven_model::outline::{DigestRequest, DigestResponse, Outline, OutlineRequest};
use haven_model::wire::{Health, PullRequest, PullResponse, PushRequest, PushResponse};

pub use content::{Content, ContentAsk, ContentPiece};
pub use enrol::enrol;
pub(crate) use fhir::setting as plain_setting;
pub use fhir::{Access, Algorithm, FhirRemote, FirstOfType, FirstSync, PlainServer, Profile, Said};
pub(crate) use fhir::{DELETED, Likeness, deletion, is_masked, likeness, origin_of, referred};
pub use hints::Hints;
pub use hub::{HubRemote, HubSettings};
pub(crate) use realm::key_of;
pub use realm::{Delivered, Offer, Reading, Realm, RollCall, Taken, Verdict};
pub use tokens::{Credentials, StoreTokens, TokenKeeper, Tokens};
pub(crate) use wire::Meter;
pub use wire::{Transport, Wire};

/// A request under way.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, RemoteError>> + Send + 'a>>;

/// A server that keeps versions of resources: Haven's hub, or any FHIR R4 server.
///
/// Invariant: a change is named by its op id, and offering the same op id again answers what was
/// answered before, whatever happened to the first answer; a server that knows no op ids is asked
/// what it holds before it is offered anything a second time.
pub trait Remote: Send + Sync {
    /// Asks the server who it is; cheap, needs no sign-in, and fails with
    /// [`RemoteError::WrongServer`] when it is not the one that this device joined.
    fn probe(&self) -> Answer<'_, Health>;

    /// One page of what changed behind a cursor.
    fn pull(&self, request: PullRequest) -> Answer<'_, PullResponse>;

    /// Offers edits; every one of them is named in the answer.
    fn push(&self, request: PushRequest) -> Answer<'_, PushResponse>;

    /// Which of the store's resources this server is about.
    fn realm(&self) -> Realm {
        Realm::hub()
    }

    /// Whether it keeps the heads of audit logs.
    fn keeps_audit_heads(&self) -> bool {
        true
    }

    /// Offers edits one by one or together, as the server takes them; what it answers is told of each.
    fn deliver(&self, device_id: String, offers: Vec<Offer>) -> Answer<'_, Delivered> {
        Box::pin(async move {
            let request = PushRequest {
                device_id,
                changes: offers.into_iter().map(|offer| offer.change).collect(),
                ..PushRequest::default()
            };
            self.push(request).await.map(Delivered::from)
        })
    }

    /// The types of which it has to be asked for all ids now and then, as its feed does not tell of
    /// deletions.
    fn swept_types(&self) -> Vec<String> {
        Vec::new()
    }

    /// How many resources of a type it shows; `None` when it does not count them.
    fn count(&self, _resource_type: String) -> Answer<'_, Option<u64>> {
        Box::pin(async { Ok(None) })
    }

    /// A page of the ids that it shows of a type, from where the page before ended.
    fn roll_call(&self, _resource_type: String, _from: Option<String>) -> Answer<'_, RollCall> {
        Box::pin(async { Ok(RollCall::default()) })
    }

    /// What it shows under a key.
    fn read(&self, _key: ResourceKey) -> Answer<'_, Reading> {
        Box::pin(async { Ok(Reading::Nothing) })
    }

    /// What was found out about it since this was asked last, for people.
    fn notices(&self) -> Vec<String> {
        Vec::new()
    }

    /// What is new about conflicts before the clinic; `None` where the server keeps none.
    fn conflict_changes(
        &self,
        _request: ConflictChangesRequest,
    ) -> Answer<'_, Option<ConflictChanges>> {
        Box::pin(async { Ok(None) })
    }

    /// Puts a conflict before the clinic; `None` where the server keeps none.
    fn escalate(&self, _request: EscalateRequest) -> Answer<'_, Option<EscalatedConflict>> {
        Box::pin(async { Ok(None) })
    }

    /// Tells what was done about a conflict; `None` where the server keeps none.
    fn act(
        &self,
        _conflict_id: String,
        _kind: ActKind,
        _act: Act,
    ) -> Answer<'_, Option<EscalatedConflict>> {
        Box::pin(async { Ok(None) })
    }

    /// Hints that something is new, as they come; `None` where the server gives none.
    fn hints(&self) -> Answer<'_, Option<Hints>> {
        Box::pin(async { Ok(None) })
    }

    /// What a first sync will bring and what of it comes first; `None` where the server cannot tell.
    fn outline(&self, _request: OutlineRequest) -> Answer<'_, Option<Outline>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Digests of charts, to find out where they differ; `None` where the server has none.
    fn digest(&self, _request: DigestRequest) -> Answer<'_, Option<DigestResponse>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// The address below which its Binaries are; a url elsewhere is not fetched.
    fn attachment_base(&self) -> String {
        String::new()
    }

    /// Whether content is sent in pieces that are gone on with; else it is sent whole.
    fn takes_pieces(&self) -> bool {
        false
    }

    /// Content of a Binary, from a place on or whole, as the server will.
    fn open_content(&self, _ask: ContentAsk) -> Answer<'_, Content> {
        Box::pin(std::future::ready(Err(no_content())))
    }

    /// Announces content that is about to be sent in pieces; answers how much of it is there.
    fn offer_content(&self, _offer: AttachmentOffer) -> Answer<'_, AttachmentStanding> {
        Box::pin(std::future::ready(Err(no_content())))
    }

    /// Sends a piece, or the whole to a server that takes no pieces.
    fn send_content(&self, _piece: ContentPiece) -> Answer<'_, AttachmentStanding> {
        Box::pin(std::future::ready(Err(no_content())))
    }

    /// What its requests and answers have taken so far.
    fn wire(&self) -> Wire {
        Wire::default()
    }

    /// By how many milliseconds this computer's clock was ahead of the server's at the last answer.
    fn clock_skew_ms(&self) -> Option<i64> {
        None
    }
}

fn no_content() -> RemoteError {
    RemoteError::Protocol("it keeps no content of attachments".to_owned())
}

/// Why a request brought no answer that can be used. No message carries patient data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// No connection could be made.
    #[error(
        "The server cannot be reached. Your changes are kept on this device and will be sent when it answers again."
    )]
    Unreachable,
    /// The connection was made, and no whole answer came in time.
    #[error(
        "The server did not answer in time. Your changes are kept on this device; Haven tries again by itself."
    )]
    Timeout,
    /// Something other than a Haven hub answers at this address.
    #[error(
        "What answers at this address is not a Haven hub ({0}). Nothing was sent. Your changes are kept on this device. Check the network's sign-in page or the server's address."
    )]
    NotAHub(String),
    /// Something other than a FHIR R4 server answers at this address.
    #[error(
        "What answers at this address is not a FHIR R4 server ({0}). Nothing was sent. Your changes are kept on this device. Check the network's sign-in page or the server's address."
    )]
    NotFhir(String),
    /// Another hub than the one this device joined.
    #[error(
        "Another server answers at this address than the one this device joined. Nothing was sent. Your changes are kept on this device. Ask your administrator before going on."
    )]
    WrongServer,
    /// The sign-in has run out.
    #[error("Sign in to sync. Your work is safe on this device.")]
    SignedOut,
    /// The device has been shut out.
    #[error(
        "This device has been shut out by the clinic. Your changes are kept here, encrypted. Ask your administrator."
    )]
    Revoked,
    /// The user may not do this there.
    #[error(
        "The server does not let this user do that. Your changes are kept on this device. Ask your administrator."
    )]
    Forbidden,
    /// The invitation code does not open the door.
    #[error(
        "The code is wrong, used up or too old. Nothing was changed on this device. Ask your administrator for a new code."
    )]
    CodeRefused,
    /// The server no longer knows where this device stood.
    #[error(
        "The server asks this device to read everything again. Your changes are kept on this device."
    )]
    CursorExpired,
    /// The request was larger than the server takes.
    #[error("The server takes smaller parcels only. Your changes are kept on this device.")]
    TooLarge,
    /// The server asks for patience.
    #[error(
        "The server is busy. Your changes are kept on this device; Haven tries again by itself."
    )]
    RateLimited {
        /// How long it asks to be left alone, if it said.
        retry_after_ms: Option<u64>,
    },
    /// The server failed.
    #[error(
        "The server has a problem of its own (HTTP {status}). Your changes are kept on this device; Haven tries again by itself."
    )]
    Server {
        /// The HTTP status.
        status: u16,
        /// How long it asks to be left alone, if it said.
        retry_after_ms: Option<u64>,
    },
    /// The server refused the request as a whole.
    #[error(
        "The server refused the request: {0}. Your changes are kept on this device. Haven and the hub may be of different versions."
    )]
    Protocol(String),
    /// The new sign-in could not be kept on this device.
    #[error(
        "The sign-in could not be saved on this device. Your changes are kept. Check the disk, then sync again."
    )]
    TokensNotKept,
}

impl RemoteError {
    /// The word that callers branch on and JSON answers print.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::NotAHub(_) => "not_a_hub",
            Self::NotFhir(_) => "not_fhir",
            Self::WrongServer => "wrong_server",
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::Forbidden => "forbidden",
            Self::CodeRefused => "code_refused",
            Self::CursorExpired => "cursor_expired",
            Self::TooLarge => "too_large",
            Self::RateLimited { .. } => "rate_limited",
            Self::Server { .. } => "server_error",
            Self::Protocol(_) => "protocol",
            Self::TokensNotKept => "tokens_not_kept",
        }
    }

    /// Whether the same request may succeed later with nobody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable
            | Self::Timeout
            | Self::NotAHub(_)
            | Self::NotFhir(_)
            | Self::RateLimited { .. }
            | Self::Server { .. }
            | Self::TooLarge
            | Self::CursorExpired
            | Self::WrongServer
            | Self::TokensNotKept => true,
            Self::SignedOut
            | Self::Revoked
            | Self::Forbidden
            | Self::CodeRefused
            | Self::Protocol(_) => false,
        }
    }

    /// How long the server asked to be left alone.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after_ms } | Self::Server { retry_after_ms, .. } => {
                *retry_after_ms
            }
            Self::Unreachable
            | Self::Timeout
            | Self::NotAHub(_)
            | Self::NotFhir(_)
            | Self::WrongServer
            | Self::SignedOut
            | Self::Revoked
            | Self::Forbidden
            | Self::CodeRefused
            | Self::CursorExpired
            | Self::TooLarge
            | Self::Protocol(_)
            | Self::TokensNotKept => None,
        }
    }
}
