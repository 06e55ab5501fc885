//! `/admin`: the dashboard, for admins. One page from the server, no script, nothing from elsewhere.

mod page;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use haven_model::Role;

use super::body::{SMALL_BODY_BYTES, read_body};
use super::{ApiError, Code, gate, status};
use crate::accounts::{self, AuthError, Principal};
use crate::conflicts;
use crate::error::Result;
use crate::hub::Hub;

/// Nothing but this page's own style, and forms back to it.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// The cookie that carries the token of whoever signed in on the page.
const COOKIE: &str = "haven_admin";

/// The most conflicts shown.
const SHOWN: u64 = 200;

pub(super) async fn page(State(hub): State<Hub>, headers: HeaderMap) -> Result<Response, ApiError> {
    let Some(token) = gate::token(&headers).or_else(|| cookie(&headers)) else {
        return Ok(html(StatusCode::OK, page::sign_in(hub.clinic(), "")));
    };
    let who = hub
        .blocking(move |hub| {
            hub.sessions()
                .principal(&token, hub.now())
                .map_err(ApiError::from)
        })
        .await;
    match who {
        Ok(who) if who.role == Role::Admin => dashboard(&hub, who).await,
        Ok(_) => Ok(html(
            StatusCode::FORBIDDEN,
            page::sign_in(hub.clinic(), "This page is for admins."),
        )),
        Err(error) if error.code.status() == StatusCode::UNAUTHORIZED => Ok(html(
            StatusCode::UNAUTHORIZED,
            page::sign_in(hub.clinic(), "Your sign-in has run out. Sign in again."),
        )),
        Err(error) => Err(error),
    }
}

async fn dashboard(hub: &Hub, who: Principal) -> Result<Response, ApiError> {
    let numbers = status::numbers(hub).await?;
    let now = hub.now();
    let found = hub
        .blocking(move |hub| {
            hub.database().read(|tx| -> Result<_> {
                let mut open = Vec::new();
                let mut since = 0;
                while (open.len() as u64) < SHOWN {
                    let page = conflicts::page(tx, &who, "", since, None)?;
                    let waiting = page.conflicts.into_iter();
                    open.extend(waiting.filter(|conflict| conflict.status.waits()));
                    if !page.has_more {
                        break;
                    }
                    since = page.seq;
                }
                Ok(page::Found {
                    who,
                    devices: accounts::list_devices(tx, None)?,
                    standings: conflicts::standings(tx)?,
                    users: accounts::list_users(tx)?,
                    conflicts: open,
                })
            })
        })
        .await?;
    let text = page::dashboard(hub.clinic(), now, &found, &numbers);
    Ok(html(StatusCode::OK, text))
}

pub(super) async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("admin/style.css")).into_response()
}

pub(super) async fn sign_in(
    State(hub): State<Hub>,
    request: Request,
) -> Result<Response, ApiError> {
    let is_secure = request
        .headers()
        .get("x-forwarded-proto")
        .is_some_and(|scheme| scheme.as_bytes() == b"https");
    let body = read_body(request, SMALL_BODY_BYTES).await?;
    let (mut user, mut password) = (String::new(), String::new());
    for (name, value) in crate::query::pairs(&body) {
        match name.as_str() {
            "username" => user = value,
            "password" => password = value,
            _ => {}
        }
    }
    let signed_in = hub
        .hashing(move |hub| hub.sessions().sign_in(&user, &password, None, hub.now()))
        .await;
    let tokens = match signed_in {
        Ok(tokens) => tokens,
        Err(AuthError::WrongPassword) => {
            return Ok(refused(&hub, "The name or the password is wrong."));
        }
        Err(AuthError::Throttled { .. }) => {
            return Ok(refused(
                &hub,
                "Too many attempts. Wait a while, then try again.",
            ));
        }
        Err(error) => return Err(error.into()),
    };
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={}; Path=/admin; HttpOnly; SameSite=Strict; Max-Age={}{secure}",
        tokens.access_token, tokens.expires_in
    );
    back_to_page(&cookie)
}

fn refused(hub: &Hub, words: &str) -> Response {
    html(StatusCode::UNAUTHORIZED, page::sign_in(hub.clinic(), words))
}

pub(super) async fn sign_out() -> Result<Response, ApiError> {
    back_to_page(&format!(
        "{COOKIE}=; Path=/admin; HttpOnly; SameSite=Strict; Max-Age=0"
    ))
}

fn back_to_page(cookie: &str) -> Result<Response, ApiError> {
    let cookie = HeaderValue::from_str(cookie)
        .map_err(|_| ApiError::new(Code::Internal, "the sign-in could not be kept"))?;
    let mut response = html(StatusCode::SEE_OTHER, String::new());
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static("/admin"));
    headers.insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get(header::COOKIE)?.to_str().ok()?;
    all.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE && !value.is_empty()).then(|| value.to_owned())
    })
}

fn html(status: StatusCode, text: String) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
