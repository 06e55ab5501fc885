//! Joining a clinic with the code that its administrator printed.

use haven_model::wire::{EnrolRequest, EnrolResponse};

use super::RemoteError;
use super::answer::{read_json, transport_error};
use super::hub::{http_client, join_url};

/// Trades a one-time code for a place in the clinic: user, role and first tokens.
///
/// Asking again with the same code, device and password answers again, so a lost answer costs
/// nothing.
///
/// # Errors
/// [`RemoteError::CodeRefused`] when the code is wrong or used up; otherwise as any request.
pub async fn enrol(
    url: &str,
    code: &str,
    device_id: &str,
    device_name: &str,
    password: &str,
) -> Result<EnrolResponse, RemoteError> {
    let request = EnrolRequest {
        code: code.to_owned(),
        device_id: device_id.to_owned(),
        device_name: device_name.to_owned(),
        password: password.to_owned(),
    };
    let response = http_client()?
        .post(join_url(url, "/devices"))
        .json(&request)
        .send()
        .await
        .map_err(|error| transport_error(&error))?;
    read_json(response).await.map_err(|error| {
        if matches!(error, RemoteError::Forbidden | RemoteError::SignedOut) {
            RemoteError::CodeRefused
        } else {
            error
        }
    })
}
