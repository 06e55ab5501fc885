//! Looking for what must not be found: texts in raw files, however they might be written down.

use std::collections::BTreeSet;

/// Texts shorter than this stand in random bytes by chance.
pub const SHORTEST: usize = 6;

/// What is looked for, in every form it is looked for in.
pub struct Needles {
    forms: Vec<(Vec<u8>, String)>,
    /// For each two first bytes, the forms that begin with them.
    starts: Vec<Vec<u32>>,
}

impl Needles {
    /// Each text as UTF-8 (as it is, in lower and in upper case), UTF-16 in both orders, base64 at
    /// each alignment and hexadecimal; a UUID also as its 16 bytes.
    pub fn of(texts: &BTreeSet<String>) -> Self {
        let mut forms = BTreeSet::new();
        for text in texts {
            assert!(text.len() >= SHORTEST, "a needle must not occur by chance");
            let lower = text.to_lowercase();
            for spelt in [text.clone(), lower, text.to_uppercase()] {
                let bytes = spelt.as_bytes().to_vec();
                forms.insert((hex(&bytes).into_bytes(), text.clone()));
                forms.extend(
                    base64_cores(&bytes)
                        .into_iter()
                        .map(|core| (core, text.clone())),
                );
                let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
                    spelt.encode_utf16().flat_map(order).collect()
                };
                forms.insert((wide(u16::to_le_bytes), text.clone()));
                forms.insert((wide(u16::to_be_bytes), text.clone()));
                forms.insert((bytes, text.clone()));
            }
            if let Some(bytes) = uuid_bytes(text) {
                forms.insert((bytes, text.clone()));
            }
        }
        let forms: Vec<_> = forms.into_iter().collect();
        let mut starts = vec![Vec::new(); 1 << 16];
        for (number, (form, _)) in (0_u32..).zip(&forms) {
            starts[start(form)].push(number);
        }
        Self { forms, starts }
    }

    /// The texts that stand somewhere in `hay`.
    pub fn found_in(&self, hay: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for at in 0..hay.len().saturating_sub(1) {
            let rest = &hay[at..];
            for number in &self.starts[start(rest)] {
                let (form, text) = &self.forms[*number as usize];
                if rest.starts_with(form) {
                    found.insert(text.as_str());
                }
            }
        }
        found
    }
}

fn start(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What of the base64 does not depend on the bytes around, at each of the three alignments.
fn base64_cores(bytes: &[u8]) -> Vec<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..3)
        .filter_map(|skipped| {
            let core = bytes.get(skipped..)?;
            let whole = &core[..core.len() / 3 * 3];
            // Four letters are too few to be told from chance.
            (whole.len() >= 6).then(|| {
                whole
                    .chunks(3)
                    .flat_map(|three| {
                        let bits = u32::from(three[0]) << 16
                            | u32::from(three[1]) << 8
                            | u32::from(three[2]);
                        [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize])
                    })
                    .collect()
            })
        })
        .collect()
}

fn uuid_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    if text.len() != 36 || digits.len() != 32 {
        return None;
    }
    (0..16)
        .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok())
        .collect()
}
