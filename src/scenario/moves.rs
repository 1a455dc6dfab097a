//! Legs as written in the file: what a vessel may be told to do, and the alert that it deserves.

use serde::Deserialize;

use super::units::{Direction, Distance, Duration, Moment, Party, Point, ShipSpeed};
use crate::model::{Angle, Length};

/// One thing that a vessel does. Exactly one of the actions is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// An alert is due on it.
    pub expect: Option<Expect>,
    /// Sails from point to point.
    pub sail: Option<Sail>,
    /// Lies at anchor and swings.
    pub anchor: Option<Anchor>,
    /// Lies at a berth.
    pub moor: Option<Stay>,
    /// Keeps its place under power.
    pub hold: Option<Stay>,
    /// Keeps its place with its AIS off.
    pub off: Option<Stay>,
    /// Is carried by wind and current.
    pub drift: Option<Drift>,
    /// Wanders about within a circle.
    pub loiter: Option<Loiter>,
    /// Works its gear to and fro along a course.
    pub fish: Option<Fish>,
    /// Goes to another vessel and keeps by it.
    pub join: Option<Join>,
    /// Plies between points.
    pub shuttle: Option<Shuttle>,
    /// Races round marks.
    pub race: Option<Race>,
}

/// Waypoints.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sail {
    /// One or more, unless `among` is given.
    #[serde(default)]
    pub to: Vec<Point>,
    /// Through the water as over ground.
    pub speed: ShipSpeed,
    /// The last point is one of these. A vessel that goes out daily mostly goes to the same.
    #[serde(default)]
    pub among: Vec<Point>,
    /// The last point is the vessel's own start.
    #[serde(default)]
    pub home: bool,
    /// The last point is shifted by up to this, mostly alike from day to day.
    #[serde(default = "exactly")]
    pub spread: Distance,
}

/// A duration, a moment, or neither for the rest of the scenario.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stay {
    /// Duration of the leg.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// Leg at anchor.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Radius of the swinging circle.
    #[serde(default = "swing")]
    pub swing: Distance,
    /// Duration of the leg.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// Carried, not steering.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Direction of the drift; the current's where absent.
    pub set: Option<Direction>,
    /// Speed of the drift; the current's where absent.
    pub rate: Option<ShipSpeed>,
    /// Heading during the drift; across the set where absent.
    pub heading: Option<Direction>,
    /// Duration of the leg.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// Wandering within a circle round where it began.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loiter {
    /// The circle.
    pub radius: Distance,
    /// Greatest speed; the least is half of it.
    pub speed: ShipSpeed,
    /// Now and then it sprints so fast.
    pub sprint: Option<ShipSpeed>,
    /// Duration of the leg.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// Zigzag along a course, and back.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fish {
    /// The course it works along.
    pub course: Direction,
    /// Distance along the course before the vessel turns back.
    pub reach: Distance,
    /// Speed with the gear out.
    pub speed: ShipSpeed,
    /// Duration of the leg.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// Alongside another vessel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// A vessel of this file, by MMSI or by name; waits while that one is not there.
    pub with: Option<Party>,
    /// Or a fleet: goes to one of its vessels within `within`; waits while there is none.
    pub fleet: Option<String>,
    /// Greatest distance at which a vessel of the fleet is chosen.
    #[serde(default = "in_sight")]
    pub within: Distance,
    /// Longest time until it is alongside; then the leg is over. No limit where absent.
    pub patience: Option<Duration>,
    /// Speed on the way there.
    pub speed: ShipSpeed,
    /// Distance that the vessel keeps.
    pub distance: Distance,
    /// Bearing from the other vessel's bow, clockwise.
    #[serde(default = "abeam")]
    pub side: Direction,
    /// Deviation of the place that it keeps there.
    #[serde(default = "fenders")]
    pub sway: Distance,
    /// Duration of the stay alongside.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// Leg to and fro through points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shuttle {
    /// Berths at both ends, and waypoints between.
    pub through: Vec<Point>,
    /// Speed between them.
    pub speed: ShipSpeed,
    /// Time at each berth.
    pub stop: Duration,
    /// Duration of the leg.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// Round and round.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Race {
    /// Marks in their order.
    pub marks: Vec<Point>,
    /// Speed on a reach.
    pub speed: ShipSpeed,
    /// Duration of the leg.
    #[serde(rename = "for")]
    pub lasting: Option<Duration>,
    /// End of the leg.
    pub until: Option<Moment>,
}

/// The alert that a leg or a silence deserves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The pattern's word.
    pub pattern: String,
    /// The rule's shortest time: the alert is due so long after the behaviour began.
    pub after: Duration,
    /// Further parties, by MMSI or by name; the one joined is always one.
    #[serde(default)]
    pub with: Vec<Party>,
    /// An alert on it is right, silence no miss.
    #[serde(default)]
    pub optional: bool,
    /// Description of the behaviour.
    pub note: String,
}

fn swing() -> Distance {
    Distance::new(Length::from_m(40.0))
}
fn fenders() -> Distance {
    Distance::new(Length::from_m(4.0))
}
fn exactly() -> Distance {
    Distance::new(Length::from_m(0.0))
}
fn in_sight() -> Distance {
    Distance::new(Length::from_nm(10.0))
}
fn abeam() -> Direction {
    Direction::new(Angle::from_deg(90.0))
}
