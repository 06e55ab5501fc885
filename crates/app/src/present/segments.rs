//! What changed between two texts, word by word.

use haven_model::language;

use crate::present::phrase::{say, told};
use crate::view::{Segment, SegmentOp};

/// Above this many comparisons the whole text counts as replaced: the table is bounded, and a
/// patchwork of that size tells a reader nothing.
const MAX_COMPARISONS: usize = 400_000;

/// The words of `after`, with what was taken out of and put into `before`.
pub(crate) fn segments(before: &str, after: &str) -> Vec<Segment> {
    let (old, new) = (words(before), words(after));
    let head = old
        .iter()
        .zip(&new)
        .take_while(|(a, b)| a.trim() == b.trim())
        .count();
    let (old_rest, new_rest) = (
        old.get(head..).unwrap_or_default(),
        new.get(head..).unwrap_or_default(),
    );
    let tail = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(a, b)| a.trim() == b.trim())
        .count();
    let old_mid = old_rest.get(..old_rest.len() - tail).unwrap_or_default();
    let new_mid = new_rest.get(..new_rest.len() - tail).unwrap_or_default();

    let mut run = Run::default();
    for word in new.iter().take(head) {
        run.push(SegmentOp::Same, word);
    }
    if old_mid.len().saturating_mul(new_mid.len()) > MAX_COMPARISONS {
        for word in old_mid {
            run.push(SegmentOp::Removed, word);
        }
        for word in new_mid {
            run.push(SegmentOp::Added, word);
        }
    } else {
        align(old_mid, new_mid, &mut run);
    }
    for word in new_rest.iter().skip(new_mid.len()) {
        run.push(SegmentOp::Same, word);
    }
    run.finish()
}

/// One text, unchanged.
pub(crate) fn same(text: &str) -> Vec<Segment> {
    if text.is_empty() {
        return Vec::new();
    }
    vec![Segment {
        op: SegmentOp::Same,
        text: text.to_owned(),
    }]
}

/// The change in spoken words: "removed 10 mg, added 20 mg"; "unchanged" when there is none.
pub(crate) fn spoken(segments: &[Segment]) -> String {
    let changes: Vec<String> = segments
        .iter()
        .filter_map(|segment| {
            let text = segment.text.trim();
            match segment.op {
                SegmentOp::Same => None,
                SegmentOp::Removed => Some(told!("removed {}", text)),
                SegmentOp::Added => Some(told!("added {}", text)),
            }
        })
        .collect();
    if changes.is_empty() {
        say("unchanged").to_owned()
    } else {
        changes.join(language::spoken().comma())
    }
}

/// Longest common subsequence of the words, removals before additions.
fn align(old: &[&str], new: &[&str], run: &mut Run) {
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let length = if a.trim() == b.trim() {
                lengths.get(at(i + 1, j + 1)).copied().unwrap_or(0) + 1
            } else {
                let below = lengths.get(at(i + 1, j)).copied().unwrap_or(0);
                let right = lengths.get(at(i, j + 1)).copied().unwrap_or(0);
                below.max(right)
            };
            if let Some(cell) = lengths.get_mut(at(i, j)) {
                *cell = length;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a.trim() == b.trim() => {
                run.push(SegmentOp::Same, b);
                i += 1;
                j += 1;
            }
            (Some(a), Some(_))
                if lengths.get(at(i + 1, j)).copied().unwrap_or(0)
                    >= lengths.get(at(i, j + 1)).copied().unwrap_or(0) =>
            {
                run.push(SegmentOp::Removed, a);
                i += 1;
            }
            (Some(a), None) => {
                run.push(SegmentOp::Removed, a);
                i += 1;
            }
            (_, Some(b)) => {
                run.push(SegmentOp::Added, b);
                j += 1;
            }
            (None, None) => break,
        }
    }
}

/// Cuts a text into words that keep the space after them.
///
/// A number and the unit after it are one word: half a dose must never look like a change. Stops and
/// commas stand alone, so that a sentence can grow without its last word seeming to change.
fn words(text: &str) -> Vec<&str> {
    let mut cuts = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map(|(_, c)| *c);
        let end = at + c.len_utf8();
        let so_far = text.get(start..end).unwrap_or_default();
        let cut = match next {
            None => true,
            Some(next) if c.is_whitespace() => {
                !next.is_whitespace() && !joins_unit(so_far, text.get(end..).unwrap_or_default())
            }
            Some(next) => {
                is_stop(next) && !is_number_mark(c, next, text.get(end..).unwrap_or_default())
            }
        };
        if cut {
            cuts.push(text.get(start..end).unwrap_or_default());
            start = end;
        }
    }
    cuts
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '،' | '؛' | '؟' | '।')
}

/// A point or colon between two figures belongs to the number or the time.
fn is_number_mark(before: char, mark: char, rest: &str) -> bool {
    matches!(mark, '.' | ',' | ':')
        && before.is_ascii_digit()
        && rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
}

fn joins_unit(number: &str, rest: &str) -> bool {
    let is_number = {
        let number = number.trim();
        !number.is_empty()
            && number
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | '/' | ','))
            && number.starts_with(|c: char| c.is_ascii_digit())
    };
    let unit = rest
        .split(|c: char| c.is_whitespace() || is_stop(c))
        .next()
        .unwrap_or_default();
    is_number && UNITS.contains(&unit)
}

/// The units that Haven writes after a number.
const UNITS: [&str; 30] = [
    "mg", "g", "kg", "mcg", "µg", "ng", "mL", "L", "dL", "mmol", "mmol/L", "mg/dL", "g/dL", "mmHg",
    "°C", "°F", "%", "/min", "cm", "m", "mm", "units", "unit", "IU", "mEq", "h", "kg/m2", "tablet",
    "tablets", "puffs",
];

#[derive(Default)]
struct Run {
    done: Vec<Segment>,
    removed: String,
    added: String,
}

impl Run {
    fn push(&mut self, op: SegmentOp, text: &str) {
        match op {
            SegmentOp::Removed => self.removed.push_str(text),
            SegmentOp::Added => self.added.push_str(text),
            SegmentOp::Same => {
                self.flush();
                match self.done.last_mut() {
                    Some(last) if last.op == SegmentOp::Same => last.text.push_str(text),
                    _ => self.done.push(Segment {
                        op,
                        text: text.to_owned(),
                    }),
                }
            }
        }
    }

    /// A stretch of changes reads as one removal and one addition.
    fn flush(&mut self) {
        for (op, text) in [
            (SegmentOp::Removed, std::mem::take(&mut self.removed)),
            (SegmentOp::Added, std::mem::take(&mut self.added)),
        ] {
            if !text.is_empty() {
                self.done.push(Segment { op, text });
            }
        }
    }

    fn finish(mut self) -> Vec<Segment> {
        self.flush();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(before: &str, after: &str) -> String {
        segments(before, after)
            .iter()
            .map(|segment| match segment.op {
                SegmentOp::Same => segment.text.clone(),
                SegmentOp::Removed => format!("[-{}]", segment.text.trim()),
                SegmentOp::Added => format!("[+{}]", segment.text.trim()),
            })
            .collect()
    }

    #[test]
    fn a_dose_changes_as_one_piece() {
        assert_eq!(
            marked("10 mg – oral – once a day", "20 mg – oral – once a day"),
            "[-10 mg][+20 mg]– oral – once a day",
            "a number must not part from its unit"
        );
        assert_eq!(
            marked(
                "Recheck potassium in 4 weeks.",
                "Recheck potassium in 2 weeks."
            ),
            "Recheck potassium in [-4][+2]weeks."
        );
    }

    #[test]
    fn a_decimal_is_one_word() {
        assert_eq!(marked("0.5 mg", "0.25 mg"), "[-0.5 mg][+0.25 mg]");
    }

    #[test]
    fn a_sentence_added_leaves_the_rest_alone() {
        assert_eq!(
            marked("Blister pack.", "Blister pack. Large print."),
            "Blister pack. [+Large print.]"
        );
    }

    #[test]
    fn removed_and_added_text_give_both_sides_back() {
        let (before, after) = (
            "ten mg at night, with food",
            "five mg in the morning with food daily",
        );
        let parts = segments(before, after);
        let rebuilt: String = parts
            .iter()
            .filter(|segment| segment.op != SegmentOp::Removed)
            .map(|segment| segment.text.as_str())
            .collect();
        assert_eq!(
            rebuilt, after,
            "nothing of the side's own text may be missing"
        );
    }

    #[test]
    fn two_long_texts_stay_bounded() {
        let long = "word ".repeat(5000);
        let other = "other ".repeat(5000);
        assert_eq!(segments(&long, &other).len(), 2);
    }
}
