//! Values of fields: known, "not available", or undefined in M.1371-5.

/// Value of a field in the field's own unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// A defined value.
    Known(T),
    /// The value that stands for "not available".
    NotAvailable,
    /// A raw value that M.1371-5 leaves undefined: faulty equipment or a forged message.
    Illegal(i32),
}

impl<T: Copy> Reading<T> {
    /// Returns the value, where there is one.
    #[inline]
    pub fn known(self) -> Option<T> {
        match self {
            Reading::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Returns 1 for an illegal value, else 0.
    #[inline]
    pub fn illegal(self) -> u32 {
        u32::from(matches!(self, Reading::Illegal(_)))
    }
}

/// Reads a longitude in 1/10,000 min; 181° is "not available" (M.1371-5, table 48).
#[inline]
pub(super) fn longitude(raw: i32) -> Reading<i32> {
    bounded(raw, 180 * 600_000, 181 * 600_000)
}

/// Reads a latitude in 1/10,000 min; 91° is "not available" (M.1371-5, table 48).
#[inline]
pub(super) fn latitude(raw: i32) -> Reading<i32> {
    bounded(raw, 90 * 600_000, 91 * 600_000)
}

/// Reads a longitude of types 17 and 27 in 1/10 min (§3.15, §3.25); the result is in 1/10,000 min.
#[inline]
pub(super) fn longitude_coarse(raw: i32) -> Reading<i32> {
    longitude(raw * 1000)
}

/// Reads a latitude of types 17 and 27 in 1/10 min (§3.15, §3.25); the result is in 1/10,000 min.
#[inline]
pub(super) fn latitude_coarse(raw: i32) -> Reading<i32> {
    latitude(raw * 1000)
}

#[inline]
fn bounded(raw: i32, most: i32, not_available: i32) -> Reading<i32> {
    if (-most..=most).contains(&raw) {
        Reading::Known(raw)
    } else if raw == not_available {
        Reading::NotAvailable
    } else {
        Reading::Illegal(raw)
    }
}

/// Reads a value that is known below `limit`, "not available" at one value, else illegal.
#[inline]
fn below(raw: u32, limit: u32, not_available: u32) -> Reading<u16> {
    if raw < limit {
        Reading::Known(raw as u16)
    } else if raw == not_available {
        Reading::NotAvailable
    } else {
        Reading::Illegal(raw as i32)
    }
}

/// Reads a SOG in 1/10 kn; 1,022 stands for 102.2 kn and more, 1,023 is "not available" (table 48).
#[inline]
pub(super) fn sog(raw: u32) -> Reading<u16> {
    below(raw, 1023, 1023)
}

/// Reads the SOG of a SAR aircraft in kn; 1,022 stands for that and more, 1,023 is "not available" (§3.7).
#[inline]
pub(super) fn sog_aircraft(raw: u32) -> Reading<u16> {
    below(raw, 1023, 1023)
}

/// Reads a COG in 1/10°, 3,600 is "not available", more should not be used (table 48).
#[inline]
pub(super) fn cog(raw: u32) -> Reading<u16> {
    below(raw, 3600, 3600)
}

/// Reads a heading in degrees, 511 is "not available" (table 48).
#[inline]
pub(super) fn heading(raw: u32) -> Reading<u16> {
    below(raw, 360, 511)
}

/// Reads the SOG of type 27 in kn, 63 is "not available" (§3.25); the result is in 1/10 kn.
#[inline]
pub(super) fn sog_coarse(raw: u32) -> Reading<u16> {
    tenfold(below(raw, 63, 63))
}

/// Reads the COG of type 27 in degrees, 511 is "not available" (§3.25); the result is in 1/10°.
#[inline]
pub(super) fn cog_coarse(raw: u32) -> Reading<u16> {
    tenfold(below(raw, 360, 511))
}

#[inline]
fn tenfold(reading: Reading<u16>) -> Reading<u16> {
    match reading {
        Reading::Known(value) => Reading::Known(value * 10),
        other => other,
    }
}

/// Reads an IMO number, or the official number of a flag State from 10,000,000 on; 0 is "not available", 1 to 999,999
/// is not used (§3.3).
#[inline]
pub(super) fn imo(raw: u32) -> Reading<u32> {
    match raw {
        0 => Reading::NotAvailable,
        1..=999_999 => Reading::Illegal(raw as i32),
        _ => Reading::Known(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_available_is_told_from_illegal_at_the_edge_of_every_range() {
        assert_eq!(longitude(108_600_000), Reading::NotAvailable);
        assert_eq!(longitude(108_000_001), Reading::Illegal(108_000_001));
        assert_eq!(latitude(54_600_000), Reading::NotAvailable);
        assert_eq!(latitude(-54_000_000), Reading::Known(-54_000_000));
        assert_eq!(latitude(-54_600_000), Reading::Illegal(-54_600_000));
        assert_eq!(longitude_coarse(108_600), Reading::NotAvailable);
        assert_eq!((sog(1022), sog(1023)), (Reading::Known(1022), Reading::NotAvailable));
        assert_eq!(
            (cog(3599), cog(3600), cog(3601)),
            (Reading::Known(3599), Reading::NotAvailable, Reading::Illegal(3601))
        );
        assert_eq!(
            (heading(359), heading(360), heading(511)),
            (Reading::Known(359), Reading::Illegal(360), Reading::NotAvailable)
        );
        assert_eq!((sog_coarse(62), sog_coarse(63)), (Reading::Known(620), Reading::NotAvailable));
        assert_eq!((cog_coarse(359), cog_coarse(360)), (Reading::Known(3590), Reading::Illegal(360)));
        assert_eq!(
            (imo(0), imo(999_999), imo(1_000_000)),
            (Reading::NotAvailable, Reading::Illegal(999_999), Reading::Known(1_000_000))
        );
    }
}
