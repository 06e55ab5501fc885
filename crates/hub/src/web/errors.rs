//! What `/api`, `/auth` and `/devices` answer when they do not do what was asked.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::accounts::{AuthError, TokenError};
use crate::conflicts::ActError;
use crate::error::HubError;
use crate::exchange::{PullError, PushError};

/// The closed set of `code`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    BadRequest,
    Unauthorized,
    TokenExpired,
    WrongPassword,
    BadInvitation,
    DeviceRevoked,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    CursorExpired,
    TooLarge,
    UnsupportedMediaType,
    TooManyRequests,
    Busy,
    Timeout,
    Internal,
}

impl Code {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::Unauthorized => "unauthorized",
            Self::TokenExpired => "token-expired",
            Self::WrongPassword => "wrong-password",
            Self::BadInvitation => "code-invalid",
            Self::DeviceRevoked => "device-revoked",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Conflict => "conflict",
            Self::CursorExpired => "cursor-expired",
            Self::TooLarge => "too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::TooManyRequests => "too-many-requests",
            Self::Busy => "busy",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::TokenExpired | Self::WrongPassword | Self::DeviceRevoked => {
                StatusCode::UNAUTHORIZED
            }
            Self::BadInvitation | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::CursorExpired => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn retryable(self) -> bool {
        matches!(
            self,
            Self::CursorExpired
                | Self::TooManyRequests
                | Self::Busy
                | Self::Timeout
                | Self::Internal
        )
    }
}

/// An answer other than what was asked for.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) retry_after_s: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_s: None,
        }
    }

    pub(crate) fn busy(message: &str) -> Self {
        Self {
            retry_after_s: Some(1),
            ..Self::new(Code::Busy, message)
        }
    }

    /// Adds the headers that go with the code.
    pub(crate) fn with_headers(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(
            self.code,
            Code::Unauthorized | Code::TokenExpired | Code::DeviceRevoked
        ) {
            let challenge =
                HeaderValue::from_static(r#"Bearer realm="haven", error="invalid_token""#);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = axum::Json(json!({
            "code": self.code.as_str(), "message": self.message, "retryable": self.code.retryable(),
        }));
        let response = (self.code.status(), body).into_response();
        self.with_headers(response)
    }
}

impl From<HubError> for ApiError {
    fn from(error: HubError) -> Self {
        match error {
            HubError::BadInput(words) => Self::new(Code::BadRequest, words),
            HubError::NotFound(words) => Self::new(Code::NotFound, words),
            HubError::Precondition(words) => Self::new(Code::Conflict, words),
            HubError::Database(rusqlite::Error::SqliteFailure(failure, _))
                if failure.code == rusqlite::ErrorCode::DatabaseBusy =>
            {
                Self::busy("the hub's database is busy")
            }
            other @ (HubError::Database(_)
            | HubError::Migration(_)
            | HubError::AlreadyExists(_)
            | HubError::Missing(_)
            | HubError::NotAHub(_)
            | HubError::File { .. }
            | HubError::Socket(_)
            | HubError::Randomness(_)
            | HubError::PasswordHash
            | HubError::Corrupt(_)
            | HubError::TaskEnded) => {
                tracing::error!(error = &other as &dyn std::error::Error, "a request failed");
                Self::new(
                    Code::Internal,
                    "the hub could not do this now; nothing was changed",
                )
            }
        }
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        HubError::Database(error).into()
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        let words = error.to_string();
        match error {
            AuthError::WrongPassword => Self::new(Code::WrongPassword, words),
            AuthError::Throttled { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(Code::TooManyRequests, words)
            },
            AuthError::BadCode => Self::new(Code::BadInvitation, words),
            AuthError::DeviceRevoked => Self::new(Code::DeviceRevoked, words),
            AuthError::Token(TokenError::Expired) => Self::new(Code::TokenExpired, words),
            AuthError::Token(TokenError::Invalid) => Self::new(Code::Unauthorized, words),
            AuthError::Hub(error) => error.into(),
        }
    }
}

impl From<PullError> for ApiError {
    fn from(error: PullError) -> Self {
        let words = error.to_string();
        match error {
            PullError::CursorExpired | PullError::HubRestored => {
                Self::new(Code::CursorExpired, words)
            }
            PullError::BadRequest(_) => Self::new(Code::BadRequest, words),
            PullError::Hub(error) => error.into(),
        }
    }
}

impl From<PushError> for ApiError {
    fn from(error: PushError) -> Self {
        let words = error.to_string();
        match error {
            PushError::TooMany => Self::new(Code::TooLarge, words),
            PushError::Hub(error) => error.into(),
        }
    }
}

impl From<ActError> for ApiError {
    fn from(error: ActError) -> Self {
        let words = error.to_string();
        match error {
            ActError::NotFound => Self::new(Code::NotFound, words),
            ActError::Forbidden => Self::new(Code::Forbidden, words),
            ActError::OtherDevice | ActError::State(_) => Self::new(Code::Conflict, words),
            ActError::Invalid(_) => Self::new(Code::BadRequest, words),
            ActError::Hub(error) => error.into(),
        }
    }
}

pub(super) async fn no_route() -> ApiError {
    ApiError::new(Code::NotFound, "there is nothing at this address")
}

pub(super) async fn method_not_allowed() -> ApiError {
    ApiError::new(
        Code::MethodNotAllowed,
        "this address does not take this method",
    )
}
