//! Which ids a server shows, for finding what it no longer does.

use haven_model::ResourceKey;
use serde_json::Value;

use super::bundle::{Bundle, Shown};
use super::http::Ask;
use super::{FhirRemote, Said};
use crate::remote::{RemoteError, RollCall};

/// Ids asked for at a time.
const PAGE: usize = 1_000;

impl FhirRemote {
    /// How many resources of a type the server shows; `None` when it does not tell.
    pub(super) async fn count_of(&self, resource_type: &str) -> Result<Option<u64>, RemoteError> {
        let ask = Ask::get(resource_type).query("_summary", "count");
        let reply = self.ask(&ask).await?.require_json()?;
        match reply.status {
            200..300 => {}
            400 | 403 | 404 | 405 | 501 => return Ok(None),
            _ => return Err(reply.failure()),
        }
        let value = reply.value();
        Ok(value.get("total").and_then(Value::as_u64))
    }

    /// A page of ids. `from` is a next link, or `offset:N` where the server gives none.
    pub(super) async fn ids_of(
        &self,
        resource_type: &str,
        from: Option<String>,
    ) -> Result<RollCall, RemoteError> {
        let mut offset = 0;
        let ask = match from.as_deref() {
            Some(link) if !link.starts_with("offset:") => Ask::get(link),
            other => {
                let ask = Ask::get(resource_type)
                    .query("_elements", "id,meta")
                    .query("_sort", "_lastUpdated")
                    .query("_count", PAGE.to_string());
                offset = other
                    .and_then(|text| text.strip_prefix("offset:")?.parse().ok())
                    .unwrap_or(0);
                if offset > 0 {
                    ask.query("_offset", offset.to_string())
                } else {
                    ask
                }
            }
        };
        let mut reply = self.ask(&ask).await?.require_json()?;
        if reply.status == 400 && from.is_none() {
            let plain = Ask::get(resource_type).query("_count", PAGE.to_string());
            reply = self.ask(&plain).await?.require_json()?;
        }
        if !reply.is_success() {
            return Err(reply.failure());
        }
        let bundle = Bundle::read(&reply.body)?;
        let ids: Vec<(String, Option<String>)> = bundle
            .matches()
            .filter_map(|raw| {
                let shown = Shown::read(raw)?;
                let key: ResourceKey = shown.key()?;
                let version = shown.meta.and_then(|meta| meta.version_id);
                (key.resource_type == resource_type).then_some((key.id, version))
            })
            .collect();
        let next = bundle.next().and_then(|link| self.own_link(link));
        let next = match next {
            Some(next) => Some(next),
            None if ids.is_empty() || self.profile().next_links == Said::Yes => None,
            None => {
                let seen = offset + ids.len();
                let is_all = bundle.total.is_some_and(|total| seen as u64 >= total);
                (!is_all).then(|| format!("offset:{seen}"))
            }
        };
        Ok(RollCall { ids, next })
    }
}
