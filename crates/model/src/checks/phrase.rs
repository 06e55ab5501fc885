//! The words of this module in other languages; names and units stay as recorded.

crate::phrasebooks! {
    Arabic => include_str!("words/ar.json");
    else crate::display::phrase
}

#[cfg(test)]
mod tests {
    use crate::language::Phrasebook;

    #[test]
    fn every_language_has_every_phrase_of_this_module() {
        let book = Phrasebook::read(include_str!("words/ar.json")).expect("the book can be read");
        let source = concat!(
            include_str!("medicine.rs"),
            include_str!("patient.rs"),
            include_str!("period.rs"),
            include_str!("pressure.rs"),
            include_str!("unit.rs"),
        );
        let literal = regex::Regex::new(r#"say(?:_with)?\(\s*"([^"]+)""#).expect("a pattern");
        let mut known = 0;
        for found in literal.captures_iter(source) {
            let english = found.get(1).expect("what was said").as_str();
            let words = book.plain(english);
            assert!(words.is_some(), "without Arabic words: {english}");
            let places = |text: &str| text.matches('{').count();
            assert_eq!(words.map(places), Some(places(english)), "{english}");
            known += 1;
        }
        assert!(known > 10, "the sources were read, found {known}");
    }
}
