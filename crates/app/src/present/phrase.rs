//! The words of the presenters in other languages; those of the model's stand behind them.

use haven_model::language::{count_in, fill};

haven_model::phrasebooks! {
    Arabic => include_str!("words/ar.json");
    else haven_model::display::phrase
}

/// The phrase in the language of the moment, with values in it: `told!("Synced {}", clock)`.
macro_rules! told {
    ($english:literal, $($value:expr),+ $(,)?) => {
        $crate::present::phrase::say_with($english, &[$($value.to_string()),+])
    };
}
pub(crate) use told;

/// A finished English sentence in the language of the moment, its numbers aside; `None` where no book
/// has it.
pub(crate) fn numbered(english: &str) -> Option<String> {
    let book = book()?;
    if let Some(words) = book.plain(english) {
        return Some(words.to_owned());
    }
    let (template, numbers) = without_numbers(english);
    let count = numbers.first().map_or(0, |number| count_in(number));
    let words = book.counted(&template, count)?;
    Some(fill(words, &numbers))
}

/// "5 attempts left" as "{} attempts left" and "5".
fn without_numbers(sentence: &str) -> (String, Vec<String>) {
    let (mut template, mut numbers) = (String::new(), Vec::new());
    let mut within = false;
    for letter in sentence.chars() {
        if !letter.is_ascii_digit() {
            template.push(letter);
            within = false;
            continue;
        }
        if !within {
            template.push_str("{}");
            numbers.push(String::new());
            within = true;
        }
        if let Some(number) = numbers.last_mut() {
            number.push(letter);
        }
    }
    (template, numbers)
}

/// "Saved on this device 14:05".
pub(crate) fn saved_words(clock: &str) -> String {
    told!("Saved on this device {}", clock)
}

/// What is said of a record that was marked as entered in error.
pub(crate) fn marked_in_error_words(clock: &str) -> String {
    told!(
        "Marked as entered in error. Saved on this device {}. An earlier version can be brought back from its history.",
        clock
    )
}

/// What is said of a proposal that goes back.
pub(crate) fn sent_back_words() -> String {
    say("Sent back. It waits for another decision.").to_owned()
}

/// What is said of a decision: it is saved, or waits for a second person.
pub(crate) fn accepted_words(awaits_review: bool, clock: &str) -> String {
    if awaits_review {
        say("Proposed. A colleague approves it before it counts.").to_owned()
    } else {
        saved_words(clock)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use haven_model::language::{Language, Phrasebook, speaking};

    fn sources(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder)
            .expect("the sources are here")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("tests") {
                sources(&path, into);
            } else if path.extension().is_some_and(|name| name == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                into.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
            }
        }
    }

    #[test]
    fn every_language_has_every_phrase_of_the_presenters() {
        let book = Phrasebook::read(include_str!("words/ar.json")).expect("the book can be read");
        let mut source = String::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/present"),
            &mut source,
        );
        let calls = ["say(", "say_with(", "told!("];
        let mut missing = Vec::new();
        let mut known = 0;
        for call in calls {
            for rest in source.split(call).skip(1) {
                let Some(literal) = rest.trim_start().strip_prefix('"') else {
                    continue;
                };
                let english = literal.split('"').next().unwrap_or_default();
                let mut lines = english.split("\\\n");
                let first = lines.next().unwrap_or_default().to_owned();
                let english = lines
                    .map(str::trim_start)
                    .fold(first, |whole, line| whole + line);
                let in_model = speaking(Language::Arabic, || {
                    haven_model::display::phrase(&english).is_some()
                });
                if book.phrase(&english).is_some() || in_model {
                    known += 1;
                } else {
                    missing.push(english);
                }
            }
        }
        assert!(missing.is_empty(), "without Arabic words: {missing:#?}");
        assert!(known > 200, "the sources were read, found {known}");
    }

    #[test]
    fn a_phrase_keeps_every_value_of_the_english_one() {
        let book = Phrasebook::read(include_str!("words/ar.json")).expect("the book can be read");
        for english in book.english() {
            let wanted = english.matches("{}").count();
            let Some(words) = book.plain(english) else {
                continue;
            };
            assert_eq!(words.matches('{').count(), wanted, "{english}: {words}");
        }
    }
}
