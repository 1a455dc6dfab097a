//! Chance that is the same everywhere: a seeded PCG per actor, so that a change to one moves no other.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// A source of numbers for one actor.
#[derive(Clone, Debug)]
pub struct Chance(Pcg32);

impl Chance {
    /// The source of one actor: the same for the same seed and name.
    pub fn of(seed: u64, actor: u64) -> Chance {
        Chance(Pcg32::seed_from_u64(mix(seed ^ mix(actor))))
    }

    /// Returns a number from 0 to below 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Returns a number from `low` to below `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// About normal, mean 0, deviation 1, never beyond 3.5 (the sum of twelve uniform numbers, scaled tails cut).
    pub fn normal(&mut self) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        (sum - 6.0).clamp(-3.5, 3.5)
    }

    /// A whole number with this mean, by Poisson's law (Knuth's product; for means up to some dozens).
    pub fn count(&mut self, mean: f64) -> usize {
        let (limit, mut product, mut count) = (libm::exp(-mean.clamp(0.0, 100.0)), self.unit(), 0);
        while product > limit && count < 400 {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let at = (self.unit() * choices.len() as f64) as usize;
        choices.get(at)
    }
}

/// The number of an actor that has a name only (FNV-1a), never that of one with an MMSI.
pub fn hash(name: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, fold) | 1 << 63
}

/// SplitMix64's finaliser (Steele, Lea and Flood 2014): neighbouring seeds give unlike streams.
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Noise that remembers: a first-order Gauss-Markov process, stepped once a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wander {
    value: f64,
}

impl Wander {
    /// The next second's value, for a deviation and a correlation time in seconds.
    pub fn step(&mut self, chance: &mut Chance, deviation: f64, correlation_s: f64) -> f64 {
        let keep = 1.0 - 1.0 / correlation_s.max(1.0);
        self.value = self.value * keep + chance.normal() * deviation * libm::sqrt(1.0 - keep * keep);
        self.value
    }

    /// The present value.
    pub fn value(self) -> f64 {
        self.value
    }
}
