//! The FHIR R4 face of the hub, as a client that knows only FHIR sees it.

mod bundle;
#[path = "../clinic/mod.rs"]
mod clinic;
mod request;
mod version;

use clinic::{Clinic, Person};
use haven_model::Role;
use reqwest::Response;

async fn ana() -> (Clinic, Person) {
    let clinic = Clinic::open().await;
    let ana = clinic.enrol("ana", Role::Clinician, "dev-a").await;
    (clinic, ana)
}

fn header(answer: &Response, name: &str) -> String {
    answer
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

async fn put(person: &Person, path: &str, body: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = person
        .request("PUT", path)
        .header("content-type", "application/fhir+json")
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}
