use std::collections::HashMap;

use crate::present::phrase::say;
use haven_model::language::spoken;
use haven_model::{ConflictKind, Role, SensitivityClass};
use haven_store::Lobby;

/// Who the login names and references of records stand for.
#[derive(Clone, Debug, Default)]
pub struct People {
    users: HashMap<String, (String, Option<Role>)>,
    references: HashMap<String, String>,
}

impl People {
    /// The people who can unlock this device.
    #[must_use]
    pub fn of_lobby(lobby: &Lobby) -> Self {
        let mut people = Self::default();
        for user in &lobby.users {
            people.add_user(&user.name, &user.display_name, Some(user.role));
        }
        people
    }

    /// Adds one login name.
    pub fn add_user(&mut self, login: &str, display_name: &str, role: Option<Role>) {
        self.users
            .insert(login.to_owned(), (display_name.to_owned(), role));
    }

    /// Adds what a reference, `Practitioner/q1`, is called.
    pub fn add_reference(&mut self, reference: &str, name: &str) {
        self.references
            .insert(reference.to_owned(), name.to_owned());
    }

    /// The logins of those who may decide a conflict that is before the clinic, by name.
    pub(crate) fn deciders(&self, kind: ConflictKind, class: SensitivityClass) -> Vec<String> {
        let mut found: Vec<(&str, &String)> = self
            .users
            .iter()
            .filter(|(_, (_, role))| {
                role.is_some_and(|role| role.hears_escalations() && role.decides(kind, class))
            })
            .map(|(login, (display, _))| (display.as_str(), login))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, login)| login.clone()).collect()
    }

    /// "A. Orn"; a login name that nobody here knows stays as it is.
    pub(crate) fn short(&self, login: Option<&str>) -> String {
        match login {
            None | Some("") => say("Unknown person").to_owned(),
            Some(login) => match self.users.get(login) {
                Some((display, _)) => short_name(display),
                None => login.to_owned(),
            },
        }
    }

    /// "A. Orn, clinician".
    pub(crate) fn with_role(&self, login: Option<&str>) -> String {
        let role = login
            .and_then(|login| self.users.get(login))
            .and_then(|(_, role)| *role);
        match role {
            Some(role) => format!(
                "{}{}{}",
                self.short(login),
                spoken().comma(),
                role_word(role).to_lowercase()
            ),
            None => self.short(login),
        }
    }

    /// "Q. Beahan", from a FHIR reference with a display or to someone known.
    pub(crate) fn short_reference(&self, reference: &serde_json::Value) -> Option<String> {
        let text = |name: &str| {
            reference
                .get(name)
                .and_then(serde_json::Value::as_str)
                .filter(|text| !text.trim().is_empty())
        };
        text("display")
            .or_else(|| {
                text("reference")
                    .and_then(|reference| self.references.get(reference))
                    .map(String::as_str)
            })
            .map(short_name)
    }
}

/// "Clinician", "Front desk".
pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Clinician => say("Clinician"),
        Role::Nurse => say("Nurse"),
        Role::FrontDesk => say("Front desk"),
        Role::Admin => say("Admin"),
        Role::Auditor => say("Auditor"),
    }
}

/// "A. Orn" from "Orn, Albertine", "Albertine Orn" or "Dr. Albertine Orn"; one word stays as it is.
pub(crate) fn short_name(display: &str) -> String {
    let (family, given) = parts(display);
    match given.chars().next() {
        Some(initial) if !family.is_empty() => format!("{}. {family}", initial.to_uppercase()),
        Some(_) | None => display.trim().to_owned(),
    }
}

/// "AO": given name first.
pub(crate) fn initials(display: &str) -> String {
    let (family, given) = parts(display);
    [given, family]
        .iter()
        .filter_map(|part| part.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

fn parts(display: &str) -> (&str, &str) {
    let display = display.trim();
    if let Some((family, given)) = display.split_once(',') {
        return (family.trim(), given.trim());
    }
    let mut words = display;
    for title in ["Dr.", "Dr ", "Prof.", "Mr.", "Mrs.", "Ms."] {
        words = words.strip_prefix(title).unwrap_or(words).trim_start();
    }
    match words.rsplit_once(char::is_whitespace) {
        Some((given, family)) => (family.trim(), given.trim()),
        None => (words, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_shorten_whichever_way_they_are_written() {
        for name in ["Orn, Albertine", "Albertine Orn", "Dr. Albertine Orn"] {
            assert_eq!(short_name(name), "A. Orn");
            assert_eq!(initials(name), "AO");
        }
        assert_eq!(short_name("reception"), "reception");
    }
}
