//! Movement of a hull, second by second: rate of turn and acceleration depend on its length.

use super::globe::{Place, turn, turn_between};
use crate::model::KN_MS;

/// Position and motion of a hull: the truth, before the noise of a receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Motion {
    /// Position.
    pub place: Place,
    /// Speed over ground, knots.
    pub sog_kn: f64,
    /// Course over ground, degrees true.
    pub cog_deg: f64,
    /// Heading, degrees true.
    pub heading_deg: f64,
}

/// Rates at which a hull turns and changes speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agility {
    /// Degrees a second.
    pub turn_deg: f64,
    /// Knots a second.
    pub way_kn: f64,
}

impl Agility {
    /// Returns the agility of a hull by its length: a skiff turns in seconds, a tanker in minutes.
    pub fn of_length(metres: f64) -> Agility {
        match metres {
            m if m > 150.0 => Agility { turn_deg: 0.6, way_kn: 0.02 },
            m if m > 60.0 => Agility { turn_deg: 1.0, way_kn: 0.04 },
            m if m > 20.0 => Agility { turn_deg: 3.0, way_kn: 0.15 },
            _ => Agility { turn_deg: 8.0, way_kn: 0.6 },
        }
    }

    /// Radius of the turning circle at a speed, metres.
    pub fn circle_m(self, sog_kn: f64) -> f64 {
        sog_kn * KN_MS / self.turn_deg.to_radians()
    }

    /// The speed, in knots, from which way can still be lost over a distance.
    pub fn stopping_kn(self, metres: f64) -> f64 {
        libm::sqrt(2.0 * self.way_kn * KN_MS * metres.max(0.0)) / KN_MS
    }
}

impl Motion {
    /// One second under command: towards a heading and a speed.
    pub fn steer(&mut self, heading_deg: f64, speed_kn: f64, agility: Agility) {
        let off = turn_between(self.heading_deg, heading_deg);
        self.heading_deg = turn(self.heading_deg + off.clamp(-agility.turn_deg, agility.turn_deg));
        self.sog_kn += (speed_kn - self.sog_kn).clamp(-agility.way_kn, agility.way_kn);
        self.cog_deg = self.heading_deg;
        self.place = self.place.after(self.cog_deg, self.sog_kn * KN_MS);
    }

    /// One second of being moved to a place; the heading is the caller's.
    pub fn carry(&mut self, to: Place) {
        let metres = self.place.metres_to(to);
        self.sog_kn = metres / KN_MS;
        if metres > 0.01 {
            self.cog_deg = self.place.bearing_to(to);
        }
        self.place = to;
    }

    /// One second nearer to a place, as springs and thrusters bring it there.
    pub fn ease(&mut self, to: Place) {
        let way = self.place.metres_to(to);
        let bearing = self.place.bearing_to(to);
        self.carry(self.place.after(bearing, way * 0.03));
    }

    /// Turns towards a heading at so many degrees a second.
    pub fn swing(&mut self, heading_deg: f64, rate_deg: f64) {
        let off = turn_between(self.heading_deg, heading_deg);
        self.heading_deg = turn(self.heading_deg + off.clamp(-rate_deg, rate_deg));
    }

    /// Returns the position after a time at the present course and speed.
    pub fn ahead(&self, secs: f64) -> Place {
        self.place.after(self.cog_deg, self.sog_kn * KN_MS * secs)
    }
}
