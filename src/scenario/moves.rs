//! Legs as written in the file: what a vessel may be told to do, and the alert that it deserves.

use serde::Deserialize;

use super::units::{Angle, Lasting, Length, Moment, Party, Point, Speed};

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

/// From point to point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sail {
    /// One or more.
    pub to: Vec<Point>,
    /// Through the water as over ground.
    pub speed: Speed,
}

/// For so long, until then, or to the end.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stay {
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// At anchor.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Radius of the swinging circle.
    #[serde(default = "swing")]
    pub swing: Length,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// Carried, not steering.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Where it is carried to.
    pub set: Angle,
    /// How fast.
    pub rate: Speed,
    /// Its heading meanwhile; across the set where absent.
    pub heading: Option<Angle>,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// Wandering within a circle round where it began.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loiter {
    /// The circle.
    pub radius: Length,
    /// At most, and half of it at least.
    pub speed: Speed,
    /// Now and then it sprints so fast.
    pub sprint: Option<Speed>,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// Zigzag along a course, and back.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fish {
    /// The course it works along.
    pub course: Angle,
    /// How far it goes along before it turns back.
    pub reach: Length,
    /// With its gear out.
    pub speed: Speed,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// Alongside another vessel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// A vessel of this file, by MMSI or by name; waits while that one is not there.
    pub with: Party,
    /// On the way there.
    pub speed: Speed,
    /// How far off it keeps.
    pub distance: Length,
    /// On which side, from the other's bow clockwise.
    #[serde(default = "abeam")]
    pub side: Angle,
    /// Deviation of the place that it keeps there.
    #[serde(default = "fenders")]
    pub sway: Length,
    /// For so long once there.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// To and fro through points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shuttle {
    /// From berth through waypoints to berth.
    pub through: Vec<Point>,
    /// Between them.
    pub speed: Speed,
    /// At each berth.
    pub stop: Lasting,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// Round and round.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Race {
    /// Marks in their order.
    pub marks: Vec<Point>,
    /// On a reach.
    pub speed: Speed,
    /// For so long.
    #[serde(rename = "for")]
    pub lasting: Option<Lasting>,
    /// Until then.
    pub until: Option<Moment>,
}

/// The alert that a leg or a silence deserves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The pattern's word.
    pub pattern: String,
    /// The rule's shortest time: the alert is due so long after the behaviour began.
    pub after: Lasting,
    /// Further parties, by MMSI or by name; the one joined is always one.
    #[serde(default)]
    pub with: Vec<Party>,
    /// An alert on it is right, silence no miss.
    #[serde(default)]
    pub optional: bool,
    /// What happens, in words.
    pub note: String,
}

fn swing() -> Length {
    Length(40.0)
}
fn fenders() -> Length {
    Length(4.0)
}
fn abeam() -> Angle {
    Angle(90.0)
}
