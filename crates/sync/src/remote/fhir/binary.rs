//! Content of attachments at a plain server: `Binary` (FHIR R4, binary.html), read in ranges where the
//! server knows them, written whole.

use base64::Engine as _;
use haven_model::attachment::AttachmentStanding;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, RANGE};
use serde_json::json;

use super::http::{Ask, not_fhir};
use super::{FhirRemote, Said};
use crate::remote::RemoteError;
use crate::remote::content::{Content, ContentAsk, ContentPiece, refusal};

impl FhirRemote {
    pub(super) async fn open(&self, ask: ContentAsk) -> Result<Content, RemoteError> {
        // A FHIR media type here would ask for the resource around the content.
        let expected = ask
            .content_type
            .as_deref()
            .filter(|kind| !kind.contains("json") && !kind.contains("xml"))
            .map(|kind| format!("{kind}, */*;q=0.5"))
            .unwrap_or_else(|| "application/octet-stream, */*;q=0.5".to_owned());
        let response = self
            .line
            .open(&format!("Binary/{}", ask.id), |request| {
                let request = request
                    .header(reqwest::header::ACCEPT, &expected)
                    .header(ACCEPT_ENCODING, "identity");
                if ask.from > 0 {
                    request.header(RANGE, format!("bytes={}-", ask.from))
                } else {
                    request
                }
            })
            .await?;
        let status = response.status();
        if !status.is_success() {
            return Err(refusal(status, None));
        }
        Content::of(response, ask.from).await.map_err(not_fhir)
    }

    /// Puts the whole content there; where the server chooses ids, the answer tells which.
    pub(super) async fn put_binary(
        &self,
        piece: &ContentPiece,
    ) -> Result<AttachmentStanding, RemoteError> {
        let data = base64::engine::general_purpose::STANDARD.encode(&piece.bytes);
        let mut resource = json!({
            "resourceType": "Binary", "contentType": piece.offer.content_type, "data": data,
        });
        let whole = |id: Option<String>| AttachmentStanding {
            received: piece.offer.bytes,
            whole: true,
            id,
        };
        if !self.profile().client_ids.is_no() {
            resource["id"] = json!(piece.offer.id);
            let path = format!("Binary/{}", piece.offer.id);
            let body = resource.to_string().into_bytes();
            let reply = self.ask(&Ask::quietly(Method::PUT, path, body)).await?;
            if reply.is_success() {
                return Ok(whole(None));
            }
            let chooses = self.profile().client_ids != Said::Yes
                && matches!(reply.status, 400 | 404 | 405 | 422);
            if !chooses {
                return Err(reply.failure());
            }
            resource.as_object_mut().map(|members| members.remove("id"));
        }
        let body = resource.to_string().into_bytes();
        let reply = self
            .ask(&Ask::quietly(Method::POST, "Binary", body))
            .await?;
        if !reply.is_success() {
            return Err(reply.failure());
        }
        let told = reply.location.as_deref().and_then(|location| {
            let (_, id) = haven_model::attachment::binary_of(location)?;
            Some(id.to_owned())
        });
        let id = told
            .or_else(|| reply.value().get("id")?.as_str().map(str::to_owned))
            .ok_or_else(|| {
                RemoteError::NotFhir("it does not tell where it put a Binary".to_owned())
            })?;
        Ok(whole(Some(id)))
    }
}
