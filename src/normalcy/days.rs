//! Memory by day: which vessels were seen on each of the last days, and on which days anything was.

use serde::{Deserialize, Serialize};

/// Days before today that count.
pub const PAST_DAYS: usize = 20;
/// Days remembered, today among them.
pub const WINDOW_DAYS: usize = PAST_DAYS + 1;
/// Number of vessels by the number of bits that they set, each in one of 16 places at random: `-16 ln(1 - bits/16)`.
const VESSELS_BY_BITS: [f64; 17] =
    [0.0, 1.0, 2.1, 3.3, 4.6, 6.0, 7.5, 9.2, 11.1, 13.2, 15.7, 18.6, 22.2, 26.8, 33.3, 44.4, 44.4];

/// Returns the bit of a vessel, one of 16.
pub fn bit_of(who: u64) -> u16 {
    // The multiplier of Fibonacci hashing: 2^64 over the golden ratio.
    1 << (who.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60)
}

/// Returns about how many vessels a set of bits stands for.
pub fn vessels_in(bits: u16) -> f64 {
    VESSELS_BY_BITS[bits.count_ones() as usize]
}

/// Vessels seen on each day of the window, newest day first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VesselDays {
    newest: u16,
    vessels: [u16; WINDOW_DAYS],
}

impl VesselDays {
    /// Returns the days of sets that a file holds.
    pub fn new(newest: u16, vessels: [u16; WINDOW_DAYS]) -> VesselDays {
        VesselDays { newest, vessels }
    }

    /// Returns the newest day.
    pub fn newest(&self) -> u16 {
        self.newest
    }

    /// Returns the sets of vessels, newest day first.
    pub fn vessels(&self) -> &[u16; WINDOW_DAYS] {
        &self.vessels
    }

    /// Adds vessels to a day.
    pub fn note(&mut self, day: u16, bits: u16) {
        if day > self.newest {
            let by = usize::from(day - self.newest);
            if by >= WINDOW_DAYS {
                self.vessels = [0; WINDOW_DAYS];
            } else {
                self.vessels.rotate_right(by);
                self.vessels[..by].fill(0);
            }
            self.newest = day;
        }
        if let Some(set) = self.vessels.get_mut(usize::from(self.newest - day)) {
            *set |= bits;
        }
    }

    /// Adds the sets of the days before a day to others, that of the day before first.
    pub fn add_before(&self, day: u16, to: &mut [u16; PAST_DAYS]) {
        for (back, set) in to.iter_mut().enumerate() {
            let Some(then) = day.checked_sub(back as u16 + 1) else { return };
            if let Some(ago) = self.newest.checked_sub(then) {
                *set |= self.vessels.get(usize::from(ago)).copied().unwrap_or(0);
            }
        }
    }

    /// Adds what another one holds.
    pub fn merge(&mut self, other: &VesselDays) {
        self.note(other.newest, 0);
        for (ago, set) in other.vessels.iter().enumerate().filter(|(_, set)| **set != 0) {
            if let Some(day) = other.newest.checked_sub(ago as u16) {
                self.note(day, *set);
            }
        }
    }
}

/// Days of the window as a set of bits, the newest day in the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayMask {
    newest: u16,
    days: u32,
}

/// Bits of [`DayMask`] that stand for days of the window.
const MASK: u32 = (1 << WINDOW_DAYS) - 1;

impl DayMask {
    /// Returns the days that a file holds.
    pub fn new(newest: u16, days: u32) -> DayMask {
        DayMask { newest, days: days & MASK }
    }

    /// Returns the newest day.
    pub fn newest(self) -> u16 {
        self.newest
    }

    /// Returns the days as bits.
    pub fn days(self) -> u32 {
        self.days
    }

    /// Counts the days.
    pub fn count(self) -> u32 {
        self.days.count_ones()
    }

    /// Notes a day.
    pub fn note(&mut self, day: u16) {
        if day > self.newest {
            let by = u32::from(day - self.newest);
            self.days = if by < 32 { self.days << by & MASK } else { 0 };
            self.newest = day;
        }
        let ago = u32::from(self.newest - day);
        if ago < WINDOW_DAYS as u32 {
            self.days |= 1 << ago;
        }
    }

    /// Counts the days before a day, within [`PAST_DAYS`].
    pub fn before(self, day: u16) -> usize {
        let is_seen = |back: &u16| {
            let ago = day.checked_sub(*back).and_then(|then| self.newest.checked_sub(then));
            ago.is_some_and(|ago| ago < 32 && self.days >> ago & 1 == 1)
        };
        (1..=PAST_DAYS as u16).filter(is_seen).count()
    }

    /// Adds the days of another one.
    pub fn merge(&mut self, other: &DayMask) {
        for ago in (0..WINDOW_DAYS as u16).filter(|ago| other.days >> ago & 1 == 1) {
            if let Some(day) = other.newest.checked_sub(ago) {
                self.note(day);
            }
        }
    }
}
