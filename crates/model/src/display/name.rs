//! Names of people.

use serde_json::Value;

use super::phrase::say;
use super::{items, text_at};

/// A name, whole and in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameDisplay {
    /// "TREVIÑO, Enrique (Mr)".
    pub text: String,
    /// "TREVIÑO, Enrique".
    pub name: String,
    /// As recorded: "Treviño"; empty when none.
    pub family: String,
    /// "Enrique"; empty when none.
    pub given: String,
    /// "Mr"; empty when none.
    pub prefix: String,
}

/// The name of a Patient, Practitioner or RelatedPerson: the official one, else the usual one, else
/// the first that is still in use.
#[must_use]
pub fn human_name(person: &Value) -> NameDisplay {
    items(person, "name")
        .filter(|name| is_said(name))
        .min_by_key(|name| rank(name))
        .map_or_else(unnamed, human_name_of)
}

fn unnamed() -> NameDisplay {
    NameDisplay {
        text: say("Name not recorded").to_owned(),
        name: say("Name not recorded").to_owned(),
        ..NameDisplay::default()
    }
}

fn is_said(name: &Value) -> bool {
    text_at(name, "/family").is_some()
        || text_at(name, "/text").is_some()
        || items(name, "given")
            .any(|given| given.as_str().is_some_and(|given| !given.trim().is_empty()))
}

fn rank(name: &Value) -> u8 {
    let ended = name.pointer("/period/end").is_some();
    match name.get("use").and_then(Value::as_str) {
        Some("official") if !ended => 0,
        Some("usual") if !ended => 1,
        None if !ended => 2,
        // A name that was right until it ended is better than a maiden, old or masked one.
        Some("official") => 3,
        Some("usual") | None => 4,
        Some("temp") => 5,
        Some("nickname") => 6,
        Some("maiden") => 7,
        Some(_) => 8,
    }
}

/// One HumanName.
#[must_use]
pub fn human_name_of(name: &Value) -> NameDisplay {
    let family = text_at(name, "/family").map(clean).unwrap_or_default();
    let given = joined(name, "given");
    let prefix = joined(name, "prefix");
    let prefix = prefix.replace(". ", " ");
    let prefix = prefix.trim_end_matches('.').to_owned();
    let shown = match (family.is_empty(), given.is_empty()) {
        (false, false) => format!("{}{}{given}", upper(&family), comma(&family)),
        (false, true) => upper(&family),
        (true, false) => given.clone(),
        (true, true) => match text_at(name, "/text") {
            Some(text) => clean(text),
            None => return unnamed(),
        },
    };
    let text = if prefix.is_empty() {
        shown.clone()
    } else {
        format!("{shown} ({prefix})")
    };
    NameDisplay {
        text,
        name: shown,
        family,
        given,
        prefix,
    }
}

fn joined(name: &Value, part: &str) -> String {
    // A null holds the place of a part that has only an extension.
    let parts: Vec<String> = items(name, part)
        .filter_map(Value::as_str)
        .map(clean)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" ")
}

/// One line without control characters, and without marks that reorder what stands beside them.
fn clean(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|letter| !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Capital letters in scripts where a name may be written in them.
///
/// Georgian has capitals in Unicode that no one writes names in; a sharp s stays one letter.
fn upper(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ß' => shown.push('ẞ'),
            '\u{10d0}'..='\u{10ff}' => shown.push(letter),
            letter => shown.extend(letter.to_uppercase()),
        }
    }
    shown
}

fn comma(family: &str) -> &'static str {
    let is_arabic = family
        .chars()
        .any(|letter| matches!(letter, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}'));
    if is_arabic { "، " } else { ", " }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(names: Value) -> String {
        human_name(&json!({"resourceType": "Patient", "name": names})).text
    }

    #[test]
    fn the_official_name_is_shown_with_the_family_in_capitals() {
        let name = human_name(&json!({"name": [
            {"use": "nickname", "given": ["Quique"]},
            {"use": "official", "family": "Treviño", "given": ["Enrique"], "prefix": ["Mr."]}
        ]}));
        assert_eq!(name.text, "TREVIÑO, Enrique (Mr)");
        assert_eq!(name.name, "TREVIÑO, Enrique");
        assert_eq!(
            (name.family.as_str(), name.prefix.as_str()),
            ("Treviño", "Mr")
        );
    }

    #[test]
    fn names_of_many_scripts_keep_their_letters() {
        for (family, given, expected) in [
            ("حسینی", "زهرا", "حسینی، زهرا"),
            ("王", "小明", "王, 小明"),
            ("მაისურაძე", "ნინო", "მაისურაძე, ნინო"),
            ("Достоевская", "Анна", "ДОСТОЕВСКАЯ, Анна"),
            ("Weiß", "Jürgen", "WEIẞ, Jürgen"),
            ("d'Aubigné-L’Écuyer", "Zoë", "D'AUBIGNÉ-L’ÉCUYER, Zoë"),
            ("  lead  trail ", "tab\tnew", "LEAD TRAIL, tab new"),
            ("a\u{202e}b\u{202c}", "x", "AB, x"),
        ] {
            assert_eq!(
                shown(json!([{"family": family, "given": [given]}])),
                expected
            );
        }
    }

    #[test]
    fn parts_may_be_missing() {
        assert_eq!(shown(json!([{"family": "Li"}])), "LI");
        assert_eq!(shown(json!([{"given": ["Sukarno"]}])), "Sukarno");
        assert_eq!(shown(json!([{"text": "Sister Mary"}])), "Sister Mary");
        assert_eq!(
            shown(json!([{"family": "Partial", "given": [null, "Second"]}])),
            "PARTIAL, Second"
        );
        assert_eq!(shown(json!([])), "Name not recorded");
        assert_eq!(shown(json!(null)), "Name not recorded");
        assert_eq!(
            shown(json!([{"use": "official"}, {"use": "old", "family": "Old"}])),
            "OLD"
        );
    }

    #[test]
    fn a_name_that_ended_stands_behind_one_in_use() {
        let names = json!([
            {"use": "official", "family": "F3", "period": {"end": "1954-01-01"}},
            {"use": "usual", "family": "F6"},
            {"use": "maiden", "family": "F1"}
        ]);
        assert_eq!(shown(names), "F6");
    }
}
