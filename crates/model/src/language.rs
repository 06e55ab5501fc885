//! The language that words for people are in, and the books of phrases that hold them.
//!
//! Every word is written in English where it is made; a phrasebook gives what it is in another
//! language, and English stands in for what a book does not have. The language is that of the thread
//! for as long as [`speaking`] runs: presenters are many layers deep, and none of them decides it.
//!
//! What a record holds (names, notes, medicines, doses) is never looked up: it stays as recorded.

use std::cell::Cell;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// A language of words for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// In which every word is written first.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Modern Standard Arabic, written from right to left.
    #[serde(rename = "ar")]
    Arabic,
}

impl Language {
    /// Every language, English first.
    pub const ALL: [Self; 2] = [Self::English, Self::Arabic];

    /// The BCP 47 tag: "en", "ar".
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Arabic => "ar",
        }
    }

    /// The language of a BCP 47 tag; `None` for one that Haven does not speak.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Whether it is written from right to left.
    #[must_use]
    pub fn is_right_to_left(self) -> bool {
        match self {
            Self::English => false,
            Self::Arabic => true,
        }
    }

    /// The mark between the items of a list within a sentence.
    #[must_use]
    pub fn comma(self) -> &'static str {
        match self {
            Self::English => ", ",
            Self::Arabic => "، ",
        }
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// Runs `work` with its words in a language.
pub fn speaking<T>(language: Language, work: impl FnOnce() -> T) -> T {
    struct Before(Language);
    impl Drop for Before {
        fn drop(&mut self) {
            SPOKEN.set(self.0);
        }
    }
    let _before = Before(SPOKEN.replace(language));
    work()
}

/// The language of this thread's words; English unless [`speaking`] says otherwise.
#[must_use]
pub fn spoken() -> Language {
    SPOKEN.get()
}

/// A phrase in another language.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Phrase {
    /// The same words whatever is counted.
    Plain(String),
    /// Words by number.
    Counted(Box<Forms>),
}

/// Words for each plural category (CLDR).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forms {
    /// Of none.
    pub zero: String,
    /// Of one.
    pub one: String,
    /// Of two.
    pub two: String,
    /// Of 3 to 10, 103 to 110 and so on.
    pub few: String,
    /// Of 11 to 99, 111 to 199 and so on.
    pub many: String,
    /// Of 100 to 102 and so on.
    pub other: String,
}

impl Forms {
    /// The words for a number, by the rules of Arabic (CLDR 46).
    fn of(&self, count: u64) -> &str {
        match (count, count % 100) {
            (0, _) => &self.zero,
            (1, _) => &self.one,
            (2, _) => &self.two,
            (_, 3..=10) => &self.few,
            (_, 11..=99) => &self.many,
            _ => &self.other,
        }
    }
}

/// What English phrases are in one other language.
#[derive(Debug, Default)]
pub struct Phrasebook {
    phrases: HashMap<String, Phrase>,
}

impl Phrasebook {
    /// Reads a book: a JSON object from English to the other language. `{}` stands for a value, in
    /// the order of the English; `{0}`, `{1}` take them out of it.
    ///
    /// # Errors
    /// When it is not such an object.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self {
            phrases: serde_json::from_str(json)?,
        })
    }

    /// The phrase for an English one.
    #[must_use]
    pub fn phrase(&self, english: &str) -> Option<&Phrase> {
        self.phrases.get(english)
    }

    /// The words for an English phrase that counts nothing.
    #[must_use]
    pub fn plain(&self, english: &str) -> Option<&str> {
        match self.phrase(english)? {
            Phrase::Plain(words) => Some(words),
            Phrase::Counted(_) => None,
        }
    }

    /// The words for so many; the key is the English plural.
    #[must_use]
    pub fn counted(&self, english: &str, count: u64) -> Option<&str> {
        match self.phrase(english)? {
            Phrase::Plain(words) => Some(words),
            Phrase::Counted(forms) => Some(forms.of(count)),
        }
    }

    /// Every English phrase that the book has.
    pub fn english(&self) -> impl Iterator<Item = &str> {
        self.phrases.keys().map(String::as_str)
    }
}

/// Puts values into a phrase, each kept from the direction of the words around it (UAX #9) where
/// these are written from right to left.
#[must_use]
pub fn fill(phrase: &str, values: &[String]) -> String {
    const MARK: char = '\u{200F}';
    let is_right_to_left = spoken().is_right_to_left();
    let mut told = String::with_capacity(phrase.len() + 16);
    let mut rest = phrase;
    let mut next = 0;
    while let Some((before, after)) = rest.split_once('{') {
        told.push_str(before);
        let Some((which, after)) = after.split_once('}') else {
            told.push('{');
            rest = after;
            continue;
        };
        let at = which.parse().unwrap_or(next);
        next += 1;
        let value = values.get(at).map_or("", String::as_str);
        if is_right_to_left && value.chars().any(char::is_alphanumeric) {
            if told.is_empty() {
                // The sentence is of its own language even when it begins with a foreign word.
                told.push(MARK);
            }
            told.push('\u{2068}');
            told.push_str(value);
            told.push('\u{2069}');
        } else {
            told.push_str(value);
        }
        rest = after;
    }
    told.push_str(rest);
    told
}

/// A value kept from the direction of the words around it (UAX #9), where these run from right to
/// left; else as it is.
#[must_use]
pub fn apart(value: String) -> String {
    if spoken().is_right_to_left() {
        format!("\u{2068}{value}\u{2069}")
    } else {
        value
    }
}

/// The number that a value begins with, "1,200" and all; it picks the plural form.
#[must_use]
pub fn count_in(value: &str) -> u64 {
    let digits: String = value
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || *letter == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(0)
}

/// Makes `say` and `say_with` of a module's own books: a language and the text of its book, each;
/// behind them what `else` names looks a phrase up elsewhere.
#[macro_export]
macro_rules! phrasebooks {
    ($($language:ident => $book:expr),+ $(; else $behind:path)?) => {
        /// The book of the language of the moment; none for English.
        fn book() -> Option<&'static $crate::language::Phrasebook> {
            match $crate::language::spoken() {
                $crate::language::Language::English => None,
                $($crate::language::Language::$language => {
                    static BOOK: std::sync::LazyLock<$crate::language::Phrasebook> =
                        std::sync::LazyLock::new(|| {
                            $crate::language::Phrasebook::read($book).unwrap_or_default()
                        });
                    Some(&BOOK)
                })+
            }
        }

        /// The phrase in the language of the moment.
        pub(crate) fn say(english: &'static str) -> &'static str {
            book()
                .and_then(|book| book.plain(english))
                $(.or_else(|| $behind(english)))?
                .unwrap_or(english)
        }

        /// The phrase in the language of the moment, with values in it; the first is what is counted.
        pub(crate) fn say_with(english: &'static str, values: &[String]) -> String {
            let count = values.first().map_or(0, |value| $crate::language::count_in(value));
            let phrase = book().and_then(|book| book.counted(english, count)).unwrap_or(english);
            $crate::language::fill(phrase, values)
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_holds_for_the_work_and_no_longer() {
        let inner = speaking(Language::Arabic, spoken);
        assert_eq!((inner, spoken()), (Language::Arabic, Language::English));
    }

    #[test]
    fn arabic_has_six_forms() {
        let forms = Forms {
            zero: "zero".to_owned(),
            one: "one".to_owned(),
            two: "two".to_owned(),
            few: "few".to_owned(),
            many: "many".to_owned(),
            other: "other".to_owned(),
        };
        for (count, form) in [
            (0, "zero"),
            (1, "one"),
            (2, "two"),
            (3, "few"),
            (10, "few"),
            (11, "many"),
            (99, "many"),
            (100, "other"),
            (102, "other"),
            (103, "few"),
            (111, "many"),
        ] {
            assert_eq!(forms.of(count), form, "{count}");
        }
    }

    #[test]
    fn values_are_kept_apart_from_words_that_run_the_other_way() {
        let values = ["Q. Beahan".to_owned(), "14:05".to_owned()];
        assert_eq!(fill("{} at {}", &values), "Q. Beahan at 14:05");
        assert_eq!(
            speaking(Language::Arabic, || fill("{1} – {0}", &values)),
            "\u{200F}\u{2068}14:05\u{2069} – \u{2068}Q. Beahan\u{2069}"
        );
    }
}
