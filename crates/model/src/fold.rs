//! Folding names so that what sounds the same to a reader is found however it was typed.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// One word, folded: compatibility forms unified, accents and vowel points off, case off, letters
/// that several scripts of one family spell differently made one.
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.nfkd() {
        if is_accent(letter) || is_invisible(letter) {
            continue;
        }
        for lower in letter.to_lowercase() {
            match replacement(lower) {
                Some(text) => folded.push_str(text),
                // Lower-casing may bring a mark of its own (Turkish dotted I).
                None if is_accent(lower) => {}
                None => folded.push(digit(lower)),
            }
        }
    }
    folded
}

/// Accents, harakat and points; not the vowel signs, nukta and virama that Indic scripts need.
fn is_accent(letter: char) -> bool {
    is_combining_mark(letter) && !matches!(canonical_combining_class(letter), 0 | 7 | 8 | 9)
}

fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{640}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn replacement(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ς' => "σ",
        // Arabic, Persian, Urdu and Kurdish letters for one sound.
        'ى' | 'ی' | 'ې' | 'ے' => "ي",
        'ک' | 'ڪ' => "ك",
        'ة' | 'ە' | 'ہ' | 'ھ' | 'ۀ' => "ه",
        'ٱ' => "ا",
        'ء' => "",
        // Hebrew letters in their final form.
        'ך' => "כ",
        'ם' => "מ",
        'ן' => "נ",
        'ף' => "פ",
        'ץ' => "צ",
        _ => return None,
    })
}

/// Digits of other scripts as 0 to 9.
fn digit(letter: char) -> char {
    const ZEROS: [u32; 10] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xe50, 0xed0,
    ];
    let code = u32::from(letter);
    ZEROS
        .into_iter()
        .find(|zero| (*zero..*zero + 10).contains(&code))
        .and_then(|zero| char::from_digit(code - zero, 10))
        .unwrap_or(letter)
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | 'ʹ' | '`' | '´' | '׳')
}

fn chunks(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| {
        !(letter.is_alphanumeric()
            || is_combining_mark(letter)
            || is_apostrophe(letter)
            || is_invisible(letter))
    })
    .filter(|chunk| !chunk.is_empty())
}

/// The words of something typed into a search box.
pub fn query_words(text: &str) -> Vec<String> {
    chunks(text)
        .map(|chunk| fold(&chunk.replace(is_apostrophe, "")))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Adds every word under which a name is found: whole, and its parts around an apostrophe, and, for
/// scripts written without spaces, from each letter on.
pub fn index_words(text: &str, words: &mut BTreeSet<String>) {
    for chunk in chunks(text) {
        words.insert(fold(&chunk.replace(is_apostrophe, "")));
        if chunk.contains(is_apostrophe) {
            words.extend(chunk.split(is_apostrophe).map(fold));
        }
        if chunk.chars().any(is_spaceless) {
            words.extend(
                chunk
                    .char_indices()
                    .skip(1)
                    .take(7)
                    .filter(|(_, letter)| is_spaceless(*letter))
                    .map(|(at, _)| fold(chunk.get(at..).unwrap_or_default())),
            );
        }
    }
    words.remove("");
}

fn is_spaceless(letter: char) -> bool {
    matches!(u32::from(letter),
        0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// An identifier with case, spaces and punctuation taken away.
pub fn compact(text: &str) -> String {
    fold(text)
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// The digits of a text.
pub fn digits(text: &str) -> String {
    fold(text).chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_a_reader_takes_for_one_name_fold_to_one() {
        for (left, right) in [
            ("Zoë", "ZOE"),
            ("Zoe\u{308}", "zoë"),
            ("Łukasz", "lukasz"),
            ("Groß", "GROSS"),
            ("İbrahim", "ibrahim"),
            ("Σωκράτης", "ΣΩΚΡΑΤΗΣ"),
            ("علي", "علی"),
            ("كريم", "کریم"),
            ("فاطمة", "فاطمه"),
            ("أحمد", "احمد"),
            ("مُحَمَّد", "محمد"),
            ("שָׁלוֹם", "שלומ"),
            ("Ｔａｎａｋａ", "tanaka"),
            ("Фёдор", "Федор"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} and {right} are one name");
        }
        assert_ne!(fold("कि"), fold("कु"), "vowel signs tell Hindi words apart");
        assert_ne!(fold("が"), fold("か"), "voicing tells Japanese words apart");
    }

    #[test]
    fn a_name_is_indexed_by_each_of_its_parts() {
        let mut words = BTreeSet::new();
        index_words("Sinéad O'Brien-García", &mut words);
        index_words("山田太郎", &mut words);
        for word in ["sinead", "obrien", "brien", "garcia", "山田太郎", "太郎"] {
            assert!(words.contains(word), "{word} must be found");
        }
    }

    #[test]
    fn identifiers_ignore_spaces_and_other_digits() {
        assert_eq!(compact("943 476-5919"), "9434765919");
        assert_eq!(digits("۰۹۱۲ ۳۴۵"), "0912345");
    }
}
