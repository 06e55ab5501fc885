//! Pages of searches and histories: how many, from where, and the link to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::problem::Problem;
use crate::query;

const DEFAULT_COUNT: u32 = 100;
const MAX_COUNT: u32 = 1000;

/// A page ends when its bodies pass this.
pub(super) const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

/// The parameter that carries the place in a next link.
pub(super) const PAGE: &str = "_page";

/// What every paged interaction takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    /// How many entries; 0 asks for the total alone.
    pub(super) count: u32,
    /// The last place of the page before.
    pub(super) behind: Option<i64>,
}

impl Paging {
    pub(super) fn first() -> Self {
        Self {
            count: DEFAULT_COUNT,
            behind: None,
        }
    }

    /// Takes a parameter that is about paging; `false` for any other.
    pub(super) fn take(&mut self, name: &str, value: &str) -> Result<bool, Problem> {
        match name {
            "_count" => {
                let count: u32 = value
                    .parse()
                    .map_err(|_| Problem::new(400, "value", "_count is not a number"))?;
                self.count = count.min(MAX_COUNT);
            }
            PAGE => {
                let bytes = URL_SAFE_NO_PAD.decode(value).ok();
                let place = bytes.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
                let place = place.ok_or_else(|| {
                    Problem::new(400, "value", "_page is not from a link of this server")
                })?;
                self.behind = Some(i64::from_be_bytes(place));
            }
            "_format" => {
                if !value.contains("json") {
                    return Err(Problem::new(
                        406,
                        "not-supported",
                        "only JSON is spoken here",
                    ));
                }
            }
            "_pretty" | "_total" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The address of a page: the same parameters, with the place of the last entry where there is a
/// page to follow.
pub(super) fn link(
    base: &str,
    path: &str,
    pairs: &[(String, String)],
    behind: Option<i64>,
) -> String {
    let place = behind.map(|seq| (PAGE.to_owned(), URL_SAFE_NO_PAD.encode(seq.to_be_bytes())));
    let search: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| behind.is_none() || name != PAGE)
        .chain(place.as_ref())
        .map(|(name, value)| format!("{}={}", query::encode(name), query::encode(value)))
        .collect();
    if search.is_empty() {
        format!("{base}/{path}")
    } else {
        format!("{base}/{path}?{}", search.join("&"))
    }
}
