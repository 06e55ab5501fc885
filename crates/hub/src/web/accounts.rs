//! `/auth` and `/devices`.

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use haven_model::wire::{EnrolRequest, EnrolResponse, TokenResponse};
use haven_model::{Role, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{SMALL_BODY_BYTES, media_type, parse_json, read_json};
use super::{ApiError, Code, bearer, gate, read_body};
use crate::accounts::{self, AuthError};
use crate::hub::Hub;

/// The members of RFC 6749 §4.3 and §6, and the device's.
#[derive(Default, Deserialize)]
struct TokenForm {
    grant_type: Option<String>,
    username: Option<String>,
    password: Option<String>,
    refresh_token: Option<String>,
    device_id: Option<String>,
    device_name: Option<String>,
}

/// An answer in the shape of RFC 6749 §5.2, with the code of the other routes beside it.
pub(super) struct OAuthError {
    error: &'static str,
    status: StatusCode,
    api: ApiError,
}

impl OAuthError {
    fn new(error: &'static str, words: &str) -> Self {
        Self {
            error,
            status: StatusCode::BAD_REQUEST,
            api: ApiError::new(Code::BadRequest, words),
        }
    }
}

impl From<ApiError> for OAuthError {
    fn from(api: ApiError) -> Self {
        let (error, status) = match api.code {
            Code::DeviceRevoked => ("device_revoked", StatusCode::FORBIDDEN),
            Code::WrongPassword => ("invalid_grant", StatusCode::UNAUTHORIZED),
            Code::Unauthorized | Code::TokenExpired => ("invalid_grant", StatusCode::UNAUTHORIZED),
            Code::TooManyRequests => ("slow_down", StatusCode::TOO_MANY_REQUESTS),
            Code::Busy | Code::Timeout => {
                ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE)
            }
            Code::Internal => ("server_error", StatusCode::INTERNAL_SERVER_ERROR),
            other @ (Code::BadRequest
            | Code::BadInvitation
            | Code::Forbidden
            | Code::NotFound
            | Code::MethodNotAllowed
            | Code::Conflict
            | Code::CursorExpired
            | Code::TooLarge
            | Code::UnsupportedMediaType) => ("invalid_request", other.status()),
        };
        Self { error, status, api }
    }
}

impl From<AuthError> for OAuthError {
    fn from(error: AuthError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<crate::HubError> for OAuthError {
    fn from(error: crate::HubError) -> Self {
        ApiError::from(error).into()
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Json(json!({
            "error": self.error, "error_description": self.api.message,
            "code": self.api.code.as_str(), "message": self.api.message,
        }));
        let response = (self.status, [(header::CACHE_CONTROL, "no-store")], body).into_response();
        self.api.with_headers(response)
    }
}

pub(super) async fn token(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Json<TokenResponse>, OAuthError> {
    let form = read_form(request).await?;
    match form.grant_type.as_deref() {
        Some("password") => sign_in(&hub, form).await,
        Some("refresh_token") => trade(&hub, form).await,
        Some(_) => Err(OAuthError::new(
            "unsupported_grant_type",
            "grant_type is password or refresh_token",
        )),
        None => Err(OAuthError::new("invalid_request", "grant_type is missing")),
    }
}

pub(super) async fn refresh(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Json<TokenResponse>, OAuthError> {
    let form = read_form(request).await?;
    trade(&hub, form).await
}

async fn sign_in(hub: &Hub, form: TokenForm) -> Result<Json<TokenResponse>, OAuthError> {
    let (Some(user), Some(password)) = (form.username, form.password) else {
        return Err(OAuthError::new(
            "invalid_request",
            "username and password are needed",
        ));
    };
    let (device, name) = (form.device_id, form.device_name);
    hub.hashing(move |hub| {
        let device = device.as_deref().map(|id| (id, name.as_deref()));
        hub.sessions().sign_in(&user, &password, device, hub.now())
    })
    .await
    .map(Json)
    .map_err(OAuthError::from)
}

async fn trade(hub: &Hub, form: TokenForm) -> Result<Json<TokenResponse>, OAuthError> {
    let Some(token) = form.refresh_token else {
        return Err(OAuthError::new(
            "invalid_request",
            "refresh_token is missing",
        ));
    };
    hub.blocking(move |hub| hub.sessions().refresh(&token, hub.now()))
        .await
        .map(Json)
        .map_err(OAuthError::from)
}

/// A form, or the same as JSON.
async fn read_form(request: Request) -> Result<TokenForm, OAuthError> {
    let as_json = media_type(request.headers()).ends_with("json");
    let bytes = read_body(request, SMALL_BODY_BYTES).await?;
    if as_json {
        return Ok(parse_json(&bytes)?);
    }
    let mut form = TokenForm::default();
    for (name, value) in crate::query::pairs(&bytes) {
        let member = match name.as_str() {
            "grant_type" => &mut form.grant_type,
            "username" => &mut form.username,
            "password" => &mut form.password,
            "refresh_token" => &mut form.refresh_token,
            "device_id" => &mut form.device_id,
            "device_name" => &mut form.device_name,
            _ => continue,
        };
        *member = Some(value);
    }
    Ok(form)
}

pub(super) async fn key_set(State(hub): State<Hub>) -> Json<Value> {
    Json(hub.sessions().key_set())
}

/// With a bearer token a device is added to one's own; without one, a code admits a person.
pub(super) async fn enrol(State(hub): State<Hub>, request: Request) -> Result<Response, ApiError> {
    if gate::token(request.headers()).is_some() {
        return add_device(&hub, request).await;
    }
    let request: EnrolRequest = read_json(request, SMALL_BODY_BYTES).await?;
    let joined = hub
        .hashing(move |hub| {
            hub.sessions()
                .enrol(&request, hub.now())
                .map_err(ApiError::from)
        })
        .await?;
    let answer = EnrolResponse {
        hub_id: hub.id().to_owned(),
        clinic: hub.clinic().to_owned(),
        user: joined.user,
        display_name: joined.display_name,
        role: joined.role,
        tokens: joined.tokens,
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn add_device(hub: &Hub, request: Request) -> Result<Response, ApiError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct NewDevice {
        device_id: String,
        device_name: String,
    }
    let principal = bearer(hub, request.headers()).await?;
    let new: NewDevice = read_json(request, SMALL_BODY_BYTES).await?;
    let device = hub
        .blocking(move |hub| {
            let now = hub.now();
            hub.database().write(|tx| -> Result<_, ApiError> {
                accounts::refuse_revoked(tx, &new.device_id)?;
                accounts::record_device(
                    tx,
                    &new.device_id,
                    Some(&new.device_name),
                    &principal.user,
                    now,
                )?;
                Ok(accounts::find_device(tx, &new.device_id)?)
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(device)).into_response())
}

pub(super) async fn devices(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Json<Vec<accounts::Device>>, ApiError> {
    let principal = bearer(&hub, request.headers()).await?;
    hub.blocking(move |hub| {
        let whose = (principal.role != Role::Admin).then_some(principal.user.as_str());
        hub.database()
            .read(|tx| accounts::list_devices(tx, whose))
            .map_err(ApiError::from)
    })
    .await
    .map(Json)
}

/// Emergency access on the devices, for those who review.
pub(super) async fn alerts(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Json<Vec<accounts::GlassAlertKept>>, ApiError> {
    let principal = bearer(&hub, request.headers()).await?;
    if !matches!(principal.role, Role::Admin | Role::Auditor) {
        return Err(ApiError::new(
            Code::Forbidden,
            "emergency access is reviewed by admins and auditors",
        ));
    }
    hub.blocking(move |hub| {
        hub.database()
            .read(accounts::list_glass)
            .map_err(ApiError::from)
    })
    .await
    .map(Json)
}

pub(super) async fn revoke(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<accounts::Device>, ApiError> {
    let principal = bearer(&hub, request.headers()).await?;
    hub.blocking(move |hub| {
        let now: Timestamp = hub.now();
        hub.database().write(|tx| -> Result<_, ApiError> {
            // To others a device that is not theirs is not there.
            let found = accounts::find_device(tx, &id)?
                .filter(|device| principal.role == Role::Admin || device.user == principal.user);
            if found.is_none() {
                return Err(ApiError::new(Code::NotFound, "there is no such device"));
            }
            Ok(accounts::revoke_device(tx, &id, &principal.user, now)?)
        })
    })
    .await
    .map(Json)
}
