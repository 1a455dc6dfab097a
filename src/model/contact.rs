//! What a radar, or a system of radars, says of one of its targets.

use serde::{Deserialize, Serialize};

use super::{FeedId, Icao, Position, Squawk, StationId, Text, Time};

/// One word of a sensor about one of its targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// The source that brought it.
    pub feed: FeedId,
    /// The radar within that feed; 0 where it names none.
    pub station: StationId,
    /// Report time: the source's own, else the arrival time.
    pub time: Time,
    /// The sensor's number for the target. Sensors use them again for other targets.
    pub number: u32,
    /// What the sensor thinks of it.
    pub status: ContactStatus,
    /// At sea, in the air, or the sensor does not say.
    pub domain: Option<Domain>,
    /// WGS 84; none in a word that a target was lost.
    pub position: Option<Position>,
    /// How sure the position is; none where neither the format nor the feed's configuration tells.
    pub accuracy: Option<Accuracy>,
    /// Speed over ground, knots.
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true, 0 to below 360.
    pub cog_deg: Option<f64>,
    /// Its larger extent as the sensor sees it, metres.
    pub size_m: Option<f64>,
    /// Pressure altitude, feet.
    pub altitude_ft: Option<f64>,
    /// ICAO 24-bit address that the sensor heard.
    pub icao: Option<Icao>,
    /// Mode 3/A code that the sensor heard.
    pub squawk: Option<Squawk>,
    /// Whether a transponder answered the sensor; none where it cannot tell.
    pub answered: Option<bool>,
    /// Name that the sensor or its operator gave it, or call sign that it heard.
    pub label: Option<Text<20>>,
}

impl Contact {
    /// Whether a transponder answered the sensor.
    pub fn is_answer(&self) -> bool {
        self.answered == Some(true) || self.squawk.is_some() || self.icao.is_some()
    }
}

/// Where a sensor's track is in its life (IEC 62388: acquiring, tracking, lost).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactStatus {
    /// Not yet believed by the sensor.
    Acquiring,
    /// Followed.
    Tracking,
    /// Carried on without a plot in this turn.
    Coasting,
    /// Given up.
    Lost,
}

/// Surface or air.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[allow(missing_docs)]
pub enum Domain {
    #[default]
    Surface,
    Air,
}

impl Domain {
    /// Its word in files, messages and alerts.
    pub fn word(self) -> &'static str {
        match self {
            Domain::Surface => "surface",
            Domain::Air => "air",
        }
    }

    /// The domain of a word.
    pub fn of_word(word: &str) -> Option<Domain> {
        [Domain::Surface, Domain::Air].into_iter().find(|domain| domain.word() == word)
    }
}

/// A position's standard deviations along an axis and across it, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// Along the axis: for one radar, in range.
    pub along_m: f32,
    /// Across it: in bearing, times the range.
    pub across_m: f32,
    /// The axis, degrees true: the bearing from the sensor.
    pub axis_deg: f32,
}

impl Accuracy {
    /// The same in every direction.
    pub fn round(sigma_m: f64) -> Accuracy {
        Accuracy { along_m: sigma_m as f32, across_m: sigma_m as f32, axis_deg: 0.0 }
    }
}

/// What the configuration says of a radar: its resolution, its accuracy, and where it can see.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Radar {
    /// Standard deviation in range, metres.
    pub range_sigma_m: f64,
    /// Standard deviation in bearing, degrees.
    pub bearing_sigma_deg: f64,
    /// Horizontal beam width, degrees: two targets closer than this in bearing are one.
    pub beam_width_deg: f64,
    /// Two targets closer than this in range are one, metres.
    pub range_resolution_m: f64,
    /// How far it sees a small craft, metres.
    pub reach_m: f64,
    /// What it is there to see, where its words do not say.
    pub domain: Option<Domain>,
    /// Where it looks, clockwise from the first to the second bearing, degrees true; all round where there is none.
    pub sector_deg: Option<[f64; 2]>,
}

impl Radar {
    /// Whether it looks to a bearing, degrees true.
    pub fn looks_to(&self, bearing_deg: f64) -> bool {
        let turn = |from: f64, to: f64| (to - from).rem_euclid(360.0);
        self.sector_deg.is_none_or(|[from, to]| turn(from, bearing_deg) <= turn(from, to))
    }
}

impl Default for Radar {
    /// An X-band coastal or ship's radar as IEC 62388 asks for it: 30 m or 1 % of the scale in range, 1 degree in bearing.
    fn default() -> Radar {
        Radar {
            range_sigma_m: 30.0,
            bearing_sigma_deg: 0.5,
            beam_width_deg: 1.0,
            range_resolution_m: 40.0,
            reach_m: 12.0 * 1852.0,
            domain: None,
            sector_deg: None,
        }
    }
}
