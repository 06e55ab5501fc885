//! The dashboard as HTML. Nothing of a patient: a conflict is named by type, kind and its own id.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use haven_model::Timestamp;
use haven_model::escalation::{EscalatedConflict, EscalationStatus, Standing};

use crate::accounts::{Device, Principal, User};
use crate::conflicts::WINDOW_DAYS;
use crate::web::Number;

/// What the dashboard shows.
pub(super) struct Found {
    pub(super) who: Principal,
    pub(super) devices: Vec<Device>,
    /// By device: when it was last in touch, and how it stood then.
    pub(super) standings: BTreeMap<String, (Timestamp, Standing)>,
    pub(super) users: Vec<User>,
    pub(super) conflicts: Vec<EscalatedConflict>,
}

/// The page on which an admin signs in.
pub(super) fn sign_in(clinic: &str, message: &str) -> String {
    let said = if message.is_empty() {
        String::new()
    } else {
        format!("<p class=\"warn\" role=\"alert\">{}</p>", escape(message))
    };
    frame(
        clinic,
        "Sign in",
        &format!(
            "<main><h1>{}: hub</h1>{said}\
             <form class=\"sign-in\" method=\"post\" action=\"/admin/sign-in\">\
             <label>Login name<input name=\"username\" autocomplete=\"username\" required></label>\
             <label>Passphrase<input name=\"password\" type=\"password\" \
             autocomplete=\"current-password\" required></label>\
             <button type=\"submit\">Sign in</button></form></main>",
            escape(clinic)
        ),
    )
}

/// The dashboard.
pub(super) fn dashboard(clinic: &str, now: Timestamp, found: &Found, numbers: &[Number]) -> String {
    let mut text = format!(
        "<header><div><h1>{}: hub</h1><p class=\"as-of\">As of <time datetime=\"{at}\">{at}</time>. \
         Signed in as {}.</p></div>\
         <div class=\"actions\"><a href=\"/admin\">Refresh</a>\
         <form method=\"post\" action=\"/admin/sign-out\"><button type=\"submit\">Sign out</button>\
         </form></div></header><main>",
        escape(clinic),
        escape(&found.who.display_name),
        at = now.to_instant(),
    );
    text.push_str(&conflicts(&found.conflicts, now));
    text.push_str(&devices(found, now));
    text.push_str(&users(&found.users));
    text.push_str(&metrics(numbers, now));
    text.push_str("</main>");
    frame(clinic, "Dashboard", &text)
}

fn conflicts(conflicts: &[EscalatedConflict], now: Timestamp) -> String {
    let rows = conflicts.iter().map(|known| {
        let case = &known.conflict;
        let opened = Timestamp::parse(&case.opened_at).unwrap_or(now);
        let state = match known.status {
            EscalationStatus::Review => "waits for a second person",
            EscalationStatus::Open | EscalationStatus::Resolved | EscalationStatus::Closed => {
                "waits for a decision"
            }
        };
        vec![
            Cell::text(&case.collection),
            Cell::text(case.kind.as_str()),
            Cell::text(state),
            Cell::text(&age(opened, now)),
            Cell::text(known.assignee.as_deref().unwrap_or("nobody")),
            Cell::text(&known.origin_device_name),
            Cell::number(known.comments.len() as u64),
            Cell::text(&case.id),
        ]
    });
    section(
        "conflicts",
        "Unresolved conflicts",
        "Conflicts that devices have put before the clinic and that nobody has resolved.",
        &[
            "Type",
            "Kind",
            "State",
            "Age",
            "Assignee",
            "Began on",
            "#Comments",
            "Conflict",
        ],
        rows,
    )
}

fn devices(found: &Found, now: Timestamp) -> String {
    let rows = found.devices.iter().map(|device| {
        let standing = found.standings.get(&device.id);
        let seen = standing.map(|(at, _)| *at);
        let signed_in = Timestamp::parse(&device.last_signed_in_at);
        let contact = seen.max(signed_in);
        let number = |of: fn(&Standing) -> u64| {
            standing.map_or_else(|| Cell::text("unknown"), |(_, told)| Cell::number(of(told)))
        };
        let oldest = standing
            .and_then(|(_, told)| told.oldest_waiting_at.as_deref())
            .and_then(Timestamp::parse);
        vec![
            Cell::text(&device.name),
            Cell::text(&device.user),
            match (&device.revoked_at, &device.audit_head_conflict) {
                (Some(_), _) => Cell::warn("revoked"),
                (None, Some(_)) => Cell::warn("audit log in conflict"),
                (None, None) => Cell::text("enrolled"),
            },
            Cell::text(
                &contact.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(at, now))),
            ),
            number(|told| told.waiting),
            Cell::text(&oldest.map_or_else(|| "–".to_owned(), |at| age(at, now))),
            number(|told| told.conflicts),
            number(|told| told.rejected),
        ]
    });
    section(
        "devices",
        "Devices",
        "What waits is what each device said at its last contact.",
        &[
            "Device",
            "User",
            "State",
            "Last contact",
            "#Waiting changes",
            "Oldest waiting",
            "#Open conflicts",
            "#Refused changes",
        ],
        rows,
    )
}

fn users(users: &[User]) -> String {
    let rows = users.iter().map(|user| {
        let state = match (user.removed, user.joined) {
            (true, _) => "removed",
            (false, true) => "joined",
            (false, false) => "invited",
        };
        vec![
            Cell::text(&user.name),
            Cell::text(&user.display_name),
            Cell::text(user.role.as_str()),
            Cell::text(state),
        ]
    });
    section(
        "users",
        "Users",
        "Everyone with a login at this hub.",
        &["Login", "Name", "Role", "State"],
        rows,
    )
}

fn metrics(numbers: &[Number], now: Timestamp) -> String {
    let rows = numbers.iter().map(|number| {
        let window = match number.kind {
            "counter" => "since the hub was started".to_owned(),
            _ if number.name.contains("resolution") => format!("the last {WINDOW_DAYS} days"),
            _ => "now".to_owned(),
        };
        vec![
            Cell::text(&number.series()),
            Cell::number(number.value),
            Cell::text(number.help),
            Cell::text(&window),
        ]
    });
    section(
        "metrics",
        "Metrics",
        &format!("As of {}.", now.to_instant()),
        &["Metric", "#Value", "Definition", "Window"],
        rows,
    )
}

struct Cell {
    class: &'static str,
    text: String,
}

impl Cell {
    fn text(text: &str) -> Self {
        Self {
            class: "",
            text: text.to_owned(),
        }
    }

    fn number(value: u64) -> Self {
        Self {
            class: " class=\"number\"",
            text: value.to_string(),
        }
    }

    fn warn(text: &str) -> Self {
        Self {
            class: " class=\"warn\"",
            text: text.to_owned(),
        }
    }
}

/// A table under a heading; a column whose name begins with `#` holds numbers, and the first cell of a
/// row names it.
fn section(
    id: &str,
    title: &str,
    caption: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> String {
    let rows: Vec<Vec<Cell>> = rows.collect();
    let mut text = format!(
        "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title} ({})</h2>",
        rows.len()
    );
    if rows.is_empty() {
        text.push_str("<p class=\"none\">None.</p></section>");
        return text;
    }
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{id}\"><table>\
         <caption>{}</caption><thead><tr>",
        escape(caption)
    );
    for column in columns {
        let (class, name) = match column.strip_prefix('#') {
            Some(name) => (" class=\"number\"", name),
            None => ("", *column),
        };
        let _ = write!(text, "<th scope=\"col\"{class}>{name}</th>");
    }
    text.push_str("</tr></thead><tbody>");
    for row in rows {
        text.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let words = escape(&cell.text);
            let _ = if place == 0 {
                write!(text, "<th scope=\"row\">{words}</th>")
            } else {
                write!(text, "<td{}>{words}</td>", cell.class)
            };
        }
        text.push_str("</tr>");
    }
    text.push_str("</tbody></table></div></section>");
    text
}

fn frame(clinic: &str, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} · {}</title><link rel=\"stylesheet\" href=\"/admin/style.css\"></head>\
         <body>{body}</body></html>",
        escape(clinic)
    )
}

/// Text as HTML shows it, in an element or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// "3 minutes", "2 days".
fn age(from: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_millis().saturating_sub(from.as_millis()).max(0) / 1_000;
    let (n, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        let page = sign_in("<script>alert(1)</script>\" onload='x'", "a & b");
        assert!(
            !page.contains("<script") && !page.contains("onload='"),
            "{page}"
        );
        assert!(page.contains("a &amp; b"));
    }

    #[test]
    fn an_age_has_a_unit() {
        let at = Timestamp(0);
        for (seconds, words) in [
            (1, "1 second"),
            (120, "2 minutes"),
            (7_200, "2 hours"),
            (86_400, "1 day"),
        ] {
            assert_eq!(age(at, Timestamp(seconds * 1_000)), words);
        }
    }
}
