//! `haven search`.

use haven_app::{AppError, Session};
use serde_json::json;

use super::tell;
use crate::answer::Answer;

/// Prints the matches of a page, then what was included with them; or only their number.
pub fn run(session: &Session, expression: &str) -> Result<Answer, AppError> {
    let page = session.search(expression)?;
    if page.only_total {
        return Ok(Answer::of(&json!({"total": page.total})));
    }
    if let Some(next) = page.next_offset {
        tell(&format!(
            "{} of {} shown. The next page: _offset={next}",
            page.resources.len(),
            page.total
        ));
    }
    Ok(Answer::array(
        page.resources
            .iter()
            .chain(&page.included)
            .filter_map(|stored| stored.resource.as_ref())
            .map(|resource| resource.bytes()),
    ))
}
