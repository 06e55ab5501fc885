//! How alike two folded words are, for names spelt another way.

use std::collections::BTreeSet;

/// Shorter words are like too many others.
pub(crate) const SHORTEST: usize = 4;

/// Enough trigrams in common to be taken for one word.
const ALIKE: f64 = 0.45;

/// A typed word, ready to be held against many.
pub(crate) struct Typed {
    letters: Vec<char>,
    trigrams: BTreeSet<[char; 3]>,
}

impl Typed {
    /// `None` for a word too short, or with a digit in it.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let letters: Vec<char> = word.chars().collect();
        let usable = letters.len() >= SHORTEST && !letters.iter().any(char::is_ascii_digit);
        usable.then(|| Self {
            trigrams: trigrams(&letters),
            letters,
        })
    }

    /// From 0 to 1 where the words are alike: by their trigrams, or by one slip of the hand (two in
    /// a long word); `None` where they are not.
    pub(crate) fn likeness(&self, word: &str) -> Option<f64> {
        let letters: Vec<char> = word.chars().collect();
        let (shorter, longer) = (
            self.letters.len().min(letters.len()),
            self.letters.len().max(letters.len()),
        );
        if shorter < SHORTEST - 1 || longer - shorter > shorter {
            return None;
        }
        let others = trigrams(&letters);
        let shared = self.trigrams.intersection(&others).count();
        let all = self.trigrams.len() + others.len() - shared;
        let by_trigrams = shared as f64 / all as f64;
        let allowed = if shorter >= 8 { 2 } else { 1 };
        let slips = if longer - shorter <= allowed {
            slips(&self.letters, &letters)
        } else {
            longer
        };
        if slips <= allowed {
            return Some(by_trigrams.max(1.0 - slips as f64 / longer as f64));
        }
        (by_trigrams >= ALIKE).then_some(by_trigrams)
    }
}

/// Three letters at a time, the word's beginning weighing more than its end.
fn trigrams(letters: &[char]) -> BTreeSet<[char; 3]> {
    let padded: Vec<char> = [' ', ' ']
        .into_iter()
        .chain(letters.iter().copied())
        .chain([' '])
        .collect();
    padded
        .windows(3)
        .filter_map(|window| window.try_into().ok())
        .collect()
}

/// Letters to put in, take out, replace or swap with a neighbour (optimal string alignment).
fn slips(left: &[char], right: &[char]) -> usize {
    let width = right.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, from) in left.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, to) in right.iter().enumerate() {
            let at = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(&last, j) + usize::from(from != to))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped =
                i > 0 && j > 0 && left.get(i - 1) == Some(to) && right.get(j - 1) == Some(from);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = least;
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_and_of_the_ear_are_forgiven_and_other_names_are_not() {
        let like =
            |typed: &str, word: &str| Typed::of(typed).and_then(|typed| typed.likeness(word));
        for (typed, word) in [
            ("garica", "garcia"),
            ("smyth", "smith"),
            ("catherine", "katherine"),
            ("macdonald", "mcdonald"),
            ("shmidt", "schmidt"),
            ("okafer", "okafor"),
            ("фёдаров", "фёдоров"),
            ("μαρια", "μαρία"),
            ("علوىي", "علوىىي"),
        ] {
            assert!(like(typed, word).is_some(), "{typed} may be {word}");
        }
        for (typed, word) in [
            ("garcia", "gomez"),
            ("smith", "jones"),
            ("anna", "hans"),
            ("lee", "leo"),
            ("1962", "1963"),
            ("martin", "marta"),
        ] {
            assert_eq!(like(typed, word), None, "{typed} is not {word}");
        }
        assert_eq!(like("smith", "smith"), Some(1.0));
        assert!(
            like("smyth", "smith") > like("smith", "smithers").or(Some(0.0)),
            "the nearer first"
        );
    }
}
