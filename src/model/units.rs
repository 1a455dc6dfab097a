//! Units of measure: the types that limits, settings, scenarios and alerts give their figures in.

/// Metres in an international nautical mile (SI Brochure, 8th edition, table 8).
pub const NM_M: f64 = 1852.0;
/// Metres per second in a knot.
pub const KN_MS: f64 = 1852.0 / 3600.0;

/// A speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Speed(f64);

impl Speed {
    /// A speed in knots.
    pub const fn from_kn(knots: f64) -> Speed {
        Speed(knots)
    }

    /// Returns the speed in knots.
    pub const fn kn(self) -> f64 {
        self.0
    }
}

/// A length or a distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Length(f64);

impl Length {
    /// A length in metres.
    pub const fn from_m(metres: f64) -> Length {
        Length(metres)
    }

    /// A length in nautical miles.
    pub const fn from_nm(miles: f64) -> Length {
        Length(miles * NM_M)
    }

    /// Returns the length in metres.
    pub const fn m(self) -> f64 {
        self.0
    }

    /// Returns the length in nautical miles.
    pub const fn nm(self) -> f64 {
        self.0 / NM_M
    }
}

/// An angle, or a direction from true north.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Angle(f64);

impl Angle {
    /// An angle in degrees.
    pub const fn from_deg(degrees: f64) -> Angle {
        Angle(degrees)
    }

    /// Returns the angle in degrees.
    pub const fn deg(self) -> f64 {
        self.0
    }
}

/// A height above the sea, or a pressure altitude.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Height(f64);

impl Height {
    /// A height in feet.
    pub const fn from_ft(feet: f64) -> Height {
        Height(feet)
    }

    /// Returns the height in feet.
    pub const fn ft(self) -> f64 {
        self.0
    }
}

/// The unit of a figure in an alert. The figure's name ends in the unit's suffix: `max_speed_kn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Knots.
    Knots,
    /// Metres.
    Metres,
    /// Nautical miles.
    NauticalMiles,
    /// Seconds.
    Seconds,
    /// Feet.
    Feet,
    /// Degrees.
    Degrees,
    /// No unit: a share, a factor, a count, words.
    Plain,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 7] = [
        Unit::Knots,
        Unit::Metres,
        Unit::NauticalMiles,
        Unit::Seconds,
        Unit::Feet,
        Unit::Degrees,
        Unit::Plain,
    ];

    /// Returns the end of a figure's name, `_kn`; empty where there is no unit.
    pub const fn suffix(self) -> &'static str {
        match self {
            Unit::Knots => "_kn",
            Unit::Metres => "_m",
            Unit::NauticalMiles => "_nm",
            Unit::Seconds => "_s",
            Unit::Feet => "_ft",
            Unit::Degrees => "_deg",
            Unit::Plain => "",
        }
    }

    /// Returns how many decimals a figure in this unit has in an alert.
    pub const fn decimals(self) -> usize {
        match self {
            Unit::Seconds | Unit::Metres | Unit::Feet => 0,
            Unit::Knots | Unit::Degrees => 1,
            Unit::NauticalMiles | Unit::Plain => 2,
        }
    }

    /// Returns the unit that a figure's name ends in.
    pub fn of_name(name: &str) -> Unit {
        let has_suffix = |unit: &Unit| *unit != Unit::Plain && name.ends_with(unit.suffix());
        Unit::ALL.into_iter().find(has_suffix).unwrap_or(Unit::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_unit() {
        for (name, unit) in [
            ("max_speed_kn", Unit::Knots),
            ("distance_m", Unit::Metres),
            ("radius_nm", Unit::NauticalMiles),
            ("min_duration_s", Unit::Seconds),
            ("max_altitude_ft", Unit::Feet),
            ("angle_deg", Unit::Degrees),
            ("share", Unit::Plain),
            ("turns", Unit::Plain),
            ("max_company", Unit::Plain),
        ] {
            assert_eq!(Unit::of_name(name), unit, "{name}");
        }
    }
}
