//! FHIR requests and responses as HTTP.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use haven_model::Timestamp;

use super::ask::{
    Ask, Expected, Interaction, Method, etags, expected_version, interaction, split_url,
    vector_clock,
};
use super::dispatch::{Context, answer, answer_read};
use super::problem::Problem;
use super::reply::Reply;
use super::{ROOT, bundle, capability};
use crate::accounts::Principal;
use crate::hub::Hub;
use crate::query;
use crate::records::Accepting;
use crate::web::{MAX_BODY_BYTES, bearer, media_type, read_body};

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");
const VECTOR_CLOCK: HeaderName = HeaderName::from_static("x-vector-clock");
const EXPECTED_VERSION: HeaderName = HeaderName::from_static("x-expected-version");

/// What `Prefer: return=` asks to be answered after a write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Returned {
    Minimal,
    Representation,
    Outcome,
}

/// Answers every request below the root.
pub(crate) async fn handle(State(hub): State<Hub>, request: Request) -> Response {
    let base = base_url(request.headers());
    let returned = returned(request.headers());
    let response = match respond(&hub, request, &base, returned).await {
        Ok((reply, is_write)) => written(reply, &base, returned, is_write),
        Err(problem) => refused(problem),
    };
    hub.counters().fhir_answered(response.status().as_u16());
    response
}

async fn respond(
    hub: &Hub,
    request: Request,
    base: &str,
    returned: Returned,
) -> Result<(Reply, bool), Problem> {
    check_accept(request.headers())?;
    let method = Method::of(request.method().as_str())
        .ok_or_else(|| Problem::not_allowed("GET, HEAD, POST, PUT, DELETE"))?;
    let (segments, pairs) = below_root(request.uri());
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let interaction = interaction(method, &segments)?;
    if interaction == Interaction::Capabilities {
        return Ok((capability::statement(base, hub.now()), false));
    }
    let principal = bearer(hub, request.headers()).await?;
    let mut ask = Ask::of(interaction, pairs);
    read_headers(&mut ask, request.headers())?;
    if !method.is_read() {
        let media_type = media_type(request.headers());
        let body = read_body(request, MAX_BODY_BYTES).await?;
        read_payload(&mut ask, &media_type, &body)?;
    }
    let is_write = matches!(
        ask.interaction,
        Interaction::Create(_) | Interaction::Update(_)
    );
    let base = base.to_owned();
    let reply = hub
        .blocking(move |hub| perform(hub, &principal, &base, ask, returned))
        .await?;
    Ok((reply, is_write))
}

fn perform(
    hub: &Hub,
    principal: &Principal,
    base: &str,
    ask: Ask,
    returned: Returned,
) -> Result<Reply, Problem> {
    let context = Context {
        principal,
        base,
        now: hub.now(),
    };
    match ask.interaction {
        Interaction::Bundle => {
            let with_bodies = returned != Returned::Minimal;
            bundle::answer_bundle(hub.database(), &context, &ask.body, with_bodies, || {
                hub.now()
            })
        }
        Interaction::Create(_) | Interaction::Update(_) | Interaction::Delete(_) => {
            hub.database().write(|tx| {
                let accepting = Accepting::begin(tx, hub.now())?;
                answer(&accepting, &context, &ask)
            })
        }
        Interaction::Capabilities
        | Interaction::Read(_)
        | Interaction::VersionRead(..)
        | Interaction::InstanceHistory(_)
        | Interaction::History(_)
        | Interaction::Search(_) => hub.database().read(|tx| answer_read(tx, &context, &ask)),
    }
}

fn below_root(uri: &Uri) -> (Vec<String>, Vec<(String, String)>) {
    let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
    split_url(whole.strip_prefix(ROOT).unwrap_or(whole))
}

fn read_headers(ask: &mut Ask, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    ask.expected = match (text(&EXPECTED_VERSION), text(&header::IF_MATCH)) {
        (Some(version), _) => Some(expected_version(version)),
        (None, Some(tags)) => Some(Expected::Match(etags(tags))),
        (None, None) => None,
    };
    ask.none_match = text(&header::IF_NONE_MATCH).map(etags);
    ask.if_none_exist = text(&HeaderName::from_static("if-none-exist")).map(str::to_owned);
    if let Some(clock) = text(&VECTOR_CLOCK) {
        ask.clock = vector_clock(clock)?;
    }
    Ok(())
}

fn read_payload(ask: &mut Ask, media_type: &str, body: &Bytes) -> Result<(), Problem> {
    let is_form = media_type == "application/x-www-form-urlencoded";
    if let Interaction::Delete(_) = ask.interaction {
        return Ok(());
    }
    let is_search = matches!(ask.interaction, Interaction::Search(_));
    if is_search && (is_form || body.is_empty()) {
        ask.query.extend(query::pairs(body));
        return Ok(());
    }
    if media_type.is_empty() || media_type.ends_with("json") {
        ask.body = body.to_vec();
        return Ok(());
    }
    Err(Problem::new(
        415,
        "not-supported",
        "the body is not declared as JSON",
    ))
}

fn check_accept(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(accept) = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(());
    };
    let fits = accept.trim().is_empty()
        || ["json", "*/*", "application/*"]
            .iter()
            .any(|kind| accept.contains(kind));
    if fits {
        Ok(())
    } else {
        Err(Problem::new(
            406,
            "not-supported",
            "only application/fhir+json is spoken here",
        ))
    }
}

fn returned(headers: &HeaderMap) -> Returned {
    let prefer: String = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",")
        .to_ascii_lowercase();
    if prefer.contains("return=minimal") {
        Returned::Minimal
    } else if prefer.contains("return=operationoutcome") {
        Returned::Outcome
    } else {
        Returned::Representation
    }
}

/// The root as the client addresses it.
fn base_url(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("host").filter(|host| {
        host.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'[' | b']')
        })
    });
    let scheme = match text("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    format!("{scheme}://{}{ROOT}", host.unwrap_or("localhost"))
}

fn written(reply: Reply, base: &str, returned: Returned, is_write: bool) -> Response {
    let created = reply.created();
    let body = match returned {
        Returned::Minimal if is_write => None,
        Returned::Outcome if is_write => Some(done().into_bytes()),
        Returned::Minimal | Returned::Outcome | Returned::Representation => reply.body,
    };
    let mut response = shell(reply.status, body);
    let headers = response.headers_mut();
    set_version(headers, reply.etag.as_deref(), reply.last_modified);
    if (created || is_write)
        && let Some(location) = reply.location
    {
        set(headers, header::LOCATION, &format!("{base}/{location}"));
    }
    if let Some(clock) = reply.clock {
        set(headers, VECTOR_CLOCK, &clock.to_json());
    }
    response
}

fn refused(problem: Problem) -> Response {
    let lost_race = matches!(problem.status, 409 | 412);
    let current = problem.current;
    let body = current
        .as_ref()
        .filter(|_| lost_race)
        .and_then(|current| current.body.clone())
        .unwrap_or_else(|| problem.outcome.to_string().into_bytes());
    let mut response = shell(problem.status, Some(body));
    if let Some(current) = current {
        let headers = response.headers_mut();
        set_version(headers, Some(&current.etag()), Some(current.last_updated));
        set(headers, VECTOR_CLOCK, &current.clock.to_json());
    }
    if let Some(allow) = problem.allow {
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    match problem.api {
        Some(api) => api.with_headers(response),
        None => response,
    }
}

fn shell(status: u16, body: Option<Vec<u8>>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        Some(body) => (
            status,
            [(header::CONTENT_TYPE, FHIR_JSON)],
            Body::from(body),
        )
            .into_response(),
        None => status.into_response(),
    }
}

fn set_version(headers: &mut HeaderMap, etag: Option<&str>, last_modified: Option<Timestamp>) {
    if let Some(etag) = etag {
        set(headers, header::ETAG, etag);
    }
    if let Some(date) = last_modified.and_then(http_date) {
        set(headers, header::LAST_MODIFIED, &date);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn http_date(instant: Timestamp) -> Option<String> {
    jiff::Timestamp::from_millisecond(instant.as_millis())
        .ok()
        .map(|instant| instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn done() -> String {
    haven_model::validate::operation_outcome(&[]).to_string()
}
