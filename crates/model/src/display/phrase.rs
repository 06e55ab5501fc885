//! The words of this module in other languages.

crate::phrasebooks! {
    Arabic => include_str!("words/ar.json")
}

/// "Not recorded" in the language of the moment: what stands where a value is absent.
#[must_use]
pub fn not_recorded() -> &'static str {
    say(super::NOT_RECORDED)
}

/// A phrase of this module in the language of the moment; `None` where the book does not have it.
#[must_use]
pub fn phrase(english: &str) -> Option<&'static str> {
    book()?.plain(english)
}

/// Words that a table holds, or that were made from a code; what a book does not have stays.
pub(super) fn say_known(english: &str) -> String {
    phrase(english).unwrap_or(english).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::language::{Language, Phrasebook, speaking};
    use crate::vitals::{Measure, VitalKind};

    #[test]
    fn every_language_has_every_phrase_of_this_module() {
        let book = Phrasebook::read(include_str!("words/ar.json")).expect("the book can be read");
        let source: &'static str = concat!(
            include_str!("allergy.rs"),
            include_str!("coded.rs"),
            include_str!("datatype.rs"),
            include_str!("date.rs"),
            include_str!("identifier.rs"),
            include_str!("label.rs"),
            include_str!("mod.rs"),
            include_str!("title.rs"),
        );
        let literal = regex::Regex::new(r#"say(?:_with)?\(\s*"([^"]+)""#).expect("a pattern");
        let mut english: Vec<&str> = literal
            .captures_iter(source)
            .filter_map(|found| Some(found.get(1)?.as_str()))
            .collect();
        english.extend(super::super::label::labels());
        english.extend(Measure::TYPED.into_iter().map(Measure::label));
        english.extend(VitalKind::ALL.into_iter().map(VitalKind::label));
        english.extend("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(' '));
        english.retain(|english| book.plain(english).is_none());
        let missing = english;
        assert!(missing.is_empty(), "without Arabic words: {missing:?}");
    }

    #[test]
    fn a_record_is_told_in_arabic_and_what_it_holds_stays_as_recorded() {
        let patient = serde_json::json!({"gender": "female", "birthDate": "1984-02-29",
            "name": [{"family": "Moen", "given": ["Leanne"]}]});
        speaking(Language::Arabic, || {
            assert_eq!(super::super::gender(&patient), "أنثى");
            assert_eq!(
                super::super::date("1984-02-29"),
                "\u{2068}29-فبراير-1984\u{2069}"
            );
            assert_eq!(
                super::super::field_label("Patient.telecom[system=phone,use=home]"),
                "الهاتف، المنزل"
            );
            assert_eq!(super::super::human_name(&patient).name, "MOEN, Leanne");
            assert_eq!(super::super::code_words("entered-in-error"), "أُدخل خطأً");
        });
        assert_eq!(super::super::gender(&patient), "Female", "English again");
    }
}
