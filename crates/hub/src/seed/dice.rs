//! Chance that repeats: every draw comes from the clinic's seed and nothing else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Builder;

/// A stream of draws that is the same for the same seed and stream number.
///
/// Ranges are mapped here rather than by `rand`, whose sampling may change between versions; only
/// the cipher's output is relied upon.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Opens stream `stream` of `seed`; two streams share no draw.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut cipher = ChaCha8Rng::seed_from_u64(seed);
        cipher.set_stream(stream);
        Self(cipher)
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).unwrap_or_default();
        low + i64::try_from(self.below(span)).unwrap_or_default()
    }

    /// True in `percent` of 100 draws.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < u64::from(percent)
    }

    /// True in `rate` of 1000 draws.
    pub(super) fn rare(&mut self, rate: u32) -> bool {
        self.below(1000) < u64::from(rate)
    }

    /// An index below `count`; 0 when there is nothing to choose from.
    pub(super) fn index(&mut self, count: usize) -> usize {
        let bound = u64::try_from(count).unwrap_or_default();
        usize::try_from(self.below(bound)).unwrap_or_default()
    }

    /// One of `items`, or the type's default when there is none.
    pub(super) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        items
            .get(self.index(items.len()))
            .copied()
            .unwrap_or_default()
    }

    /// A number in −1..1 that is small more often than large.
    pub(super) fn sway(&mut self) -> f64 {
        let sum: i64 = (0..3).map(|_| self.between(-1000, 1000)).sum();
        // Three draws of at most 1000: exact in an f64.
        f64::from(i32::try_from(sum).unwrap_or_default()) / 3000.0
    }

    /// A number in 0..1.
    pub(super) fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.below(10_001)).unwrap_or_default()) / 10_000.0
    }

    /// A UUID (form of version 4) made from the next 128 bits.
    pub(super) fn uuid(&mut self) -> String {
        let mut bytes = [0_u8; 16];
        self.0.fill_bytes(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// `pattern` with every `#` replaced by a digit and every `?` by a capital letter.
    pub(super) fn fill(&mut self, pattern: &str) -> String {
        pattern
            .chars()
            .map(|mark| match mark {
                '#' => char::from(b'0' + u8::try_from(self.below(10)).unwrap_or_default()),
                '?' => char::from(b'A' + u8::try_from(self.below(26)).unwrap_or_default()),
                other => other,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stream_repeats_and_another_differs() {
        let draws = |stream| {
            let mut dice = Dice::new(7, stream);
            (dice.uuid(), dice.between(-5, 5), dice.fill("##-??"))
        };
        assert_eq!(
            draws(3),
            draws(3),
            "a stream is a function of seed and number"
        );
        assert_ne!(draws(3), draws(4), "streams are independent");
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut dice = Dice::new(1, 1);
        for _ in 0..2000 {
            assert!(
                (-3..=4).contains(&dice.between(-3, 4)),
                "both ends included, nothing outside"
            );
            assert!(dice.sway().abs() <= 1.0, "sway is a share of one");
            assert!(dice.index(3) < 3, "an index is valid");
        }
        assert_eq!(
            dice.pick::<u8>(&[]),
            0,
            "an empty table gives the default, never a panic"
        );
    }
}
