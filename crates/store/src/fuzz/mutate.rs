//! Turning an input that is taken into one that may not be: bytes, JSON trees, and words.
//!
//! Also compiled into the tests of `haven-app`, which fuzz what reads import files.

/// SplitMix64: dice that need nothing beside a seed.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`; 0 for none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("small").max(1);
        usize::try_from(self.next() % end).expect("small")
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// No mutation makes an input larger than this.
const MOST_BYTES: usize = 1 << 20;

/// Pieces that break readers: numbers at their edges, unfinished escapes, words of the formats.
const PIECES: [&[u8]; 36] = [
    b"",
    b"0",
    b"-1",
    b"1e400",
    b"18446744073709551616",
    b"9223372036854775807",
    b"4294967295",
    b"-0.0",
    b"null",
    b"true",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":{\"a\":",
    b"]",
    b"}",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b"../../x",
    b"%00",
    b"%",
    b"$",
    b"|",
    b"resourceType",
    b"Bundle",
    b"entry",
    "\u{202e}".as_bytes(),
    "\u{fb03}\u{0301}".as_bytes(),
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

/// One to a few changes of bytes; `other` is what parts are taken from.
pub(crate) fn bytes(input: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(out.len() + 1);
        match dice.below(9) {
            0 if at < out.len() => out[at] ^= 1 << dice.below(8),
            1 if at < out.len() => out[at] = u8::try_from(dice.below(256)).expect("a byte"),
            2 => out.truncate(at),
            3 => {
                let end = at + dice.below(64).min(out.len() - at);
                out.drain(at..end);
            }
            4 => {
                let end = at + dice.below(256).min(out.len() - at);
                let again = out[at..end].to_vec();
                out.splice(at..at, again);
            }
            5 => {
                let from = dice.below(other.len() + 1);
                let end = from + dice.below(512).min(other.len() - from);
                out.splice(at..at, other[from..end].iter().copied());
            }
            6 => {
                let from = dice.below(other.len() + 1);
                out.truncate(at);
                out.extend_from_slice(&other[from..]);
            }
            _ => {
                let piece = dice.of(&PIECES);
                let end = at + dice.below(8).min(out.len() - at);
                out.splice(at..end, piece.iter().copied());
            }
        }
        out.truncate(MOST_BYTES);
    }
    out
}

/// One to a few changes of a JSON tree; `None` when `input` is none.
pub(crate) fn json(input: &[u8], dice: &mut Dice) -> Option<Vec<u8>> {
    let mut tree: serde_json::Value = serde_json::from_slice(input).ok()?;
    for _ in 0..=dice.below(3) {
        change(&mut tree, dice, 0);
    }
    let mut out = serde_json::to_vec(&tree).ok()?;
    if dice.one_in(20) {
        let depth = 1 + dice.below(5_000);
        let mut deep = b"[".repeat(depth);
        deep.extend_from_slice(&out);
        deep.extend(b"]".repeat(depth));
        out = deep;
    }
    out.truncate(MOST_BYTES);
    Some(out)
}

fn change(tree: &mut serde_json::Value, dice: &mut Dice, depth: usize) {
    use serde_json::Value;
    let descend = depth < 12 && !dice.one_in(4);
    match tree {
        Value::Array(items) if descend && !items.is_empty() => {
            let at = dice.below(items.len());
            change(&mut items[at], dice, depth + 1);
        }
        Value::Object(members) if descend && !members.is_empty() => {
            let at = dice.below(members.len());
            if let Some(value) = members.values_mut().nth(at) {
                change(value, dice, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = dice.below(items.len());
            match dice.below(4) {
                0 => drop(items.remove(at)),
                1 => items.extend(items.clone().into_iter().take(64)),
                2 => items.swap(0, at),
                _ => *tree = odd(dice),
            }
        }
        Value::Object(members) if !members.is_empty() => {
            let at = dice.below(members.len());
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            match dice.below(4) {
                0 => drop(members.remove(&name)),
                1 => drop(members.insert(name, odd(dice))),
                2 => drop(members.insert(format!("_{name}"), odd(dice))),
                _ => *tree = odd(dice),
            }
        }
        Value::String(text) if !dice.one_in(3) => {
            let changed = bytes(text.as_bytes(), b"", dice);
            *text = String::from_utf8_lossy(&changed).into_owned();
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => *tree = odd(dice),
    }
}

fn odd(dice: &mut Dice) -> serde_json::Value {
    let texts = [
        "null",
        "true",
        "0",
        "-1",
        "4294967296",
        "1e308",
        "18446744073709551615",
        "0.10",
        "\"\"",
        "\"00\"",
        "\"2026-02-30T25:61:61Z\"",
        "\"\\u0000\"",
        "[]",
        "{}",
        "[null,null]",
        "{\"reference\":\"Patient/p1\"}",
        "{\"resourceType\":\"Patient\"}",
    ];
    serde_json::from_str(dice.of(&texts)).unwrap_or_default()
}
