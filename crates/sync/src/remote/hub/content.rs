//! Content of attachments at the hub: received in ranges, sent in pieces.

use haven_model::attachment::{AttachmentOffer, AttachmentStanding};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, RANGE};
use reqwest::{RequestBuilder, StatusCode};

use super::{HubRemote, with_version};
use crate::remote::RemoteError;
use crate::remote::answer::read_json;
use crate::remote::content::{Content, ContentAsk, ContentPiece, refusal};

impl HubRemote {
    pub(super) async fn open(&self, ask: ContentAsk) -> Result<Content, RemoteError> {
        let path = format!("/api/v2/attachments/{}", ask.id);
        let response = self
            .with_token(|http| {
                http.get(self.url(&path))
                    .header(ACCEPT_ENCODING, "identity")
                    .header(RANGE, format!("bytes={}-", ask.from))
            })
            .await?;
        let status = response.status();
        if status.is_success() {
            return Content::of(response, ask.from).await;
        }
        // The hub's own words tell a lost sign-in from a revoked device.
        let words = read_json::<serde_json::Value>(response).await;
        Err(words.err().unwrap_or_else(|| refusal(status, None)))
    }

    pub(super) async fn offer(
        &self,
        offer: AttachmentOffer,
    ) -> Result<AttachmentStanding, RemoteError> {
        let path = format!("/api/v2/attachments/{}", offer.id);
        self.authorised(&path, &offer).await
    }

    pub(super) async fn hand_over(
        &self,
        piece: ContentPiece,
    ) -> Result<AttachmentStanding, RemoteError> {
        let path = format!(
            "/api/v2/attachments/{}?at={}&sha256={}",
            piece.offer.id, piece.begins_at, piece.offer.sha256
        );
        let response = self
            .with_token(|http| {
                http.put(self.url(&path))
                    .header(CONTENT_TYPE, "application/octet-stream")
                    .body(piece.bytes.clone())
            })
            .await?;
        read_json(response).await
    }

    /// Makes a request with a good access token, renewing it once when the hub says it is none.
    async fn with_token(
        &self,
        request: impl Fn(&reqwest::Client) -> RequestBuilder,
    ) -> Result<reqwest::Response, RemoteError> {
        if !self.state.lock().await.is_right_hub {
            self.ask_health().await?;
        }
        let mut token = self.access_token(None).await?;
        let mut renewed = false;
        loop {
            let request = with_version(request(&self.http).bearer_auth(&token));
            let answer = self.meter.send(request).await;
            match answer {
                Ok(response) if response.status() == StatusCode::UNAUTHORIZED && !renewed => {
                    match read_json::<serde_json::Value>(response).await {
                        Err(RemoteError::SignedOut) => {}
                        Err(error) => return Err(error),
                        Ok(_) => return Err(RemoteError::SignedOut),
                    }
                    renewed = true;
                    token = self.access_token(Some(&token)).await?;
                }
                Ok(response) => return Ok(response),
                Err(error) => {
                    self.state.lock().await.is_right_hub = false;
                    return Err(error);
                }
            }
        }
    }
}
