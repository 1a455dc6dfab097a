//! Detections: reports of a radar, or of a system of radars, about one of its targets.

use serde::{Deserialize, Serialize};

use super::{FeedId, Icao, Position, Squawk, StationId, Text, Time};

/// One detection: a report of a sensor about one of its targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Feed that brought the detection.
    pub feed: FeedId,
    /// Radar within the feed; 0 where the feed names none.
    pub station: StationId,
    /// Report time: the source's own, else the arrival time.
    pub time: Time,
    /// Number that the sensor gives the target. Sensors reuse a number for later targets.
    pub number: u32,
    /// Status of the target in the sensor's own tracker.
    pub status: ContactStatus,
    /// Domain of the target; `None` where the sensor does not state one.
    pub domain: Option<Domain>,
    /// Position, WGS 84; `None` in a report that the target was lost.
    pub position: Option<Position>,
    /// Accuracy of the position; `None` where neither the format nor the feed's configuration states one.
    pub accuracy: Option<Accuracy>,
    /// Speed over ground, knots.
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true, 0 to below 360.
    pub cog_deg: Option<f64>,
    /// Larger extent of the target as the sensor sees it, metres.
    pub size_m: Option<f64>,
    /// Pressure altitude, feet.
    pub altitude_ft: Option<f64>,
    /// ICAO 24-bit address that the sensor heard.
    pub icao: Option<Icao>,
    /// Mode 3/A code that the sensor heard.
    pub squawk: Option<Squawk>,
    /// Whether a transponder answered the sensor; `None` where the sensor cannot tell.
    pub answered: Option<bool>,
    /// Name that the sensor or its operator gave the target, or the call sign that the sensor heard.
    pub label: Option<Text<20>>,
}

impl Contact {
    /// Returns whether a transponder answered the sensor: it says so, or it heard a code or an address.
    pub fn is_answer(&self) -> bool {
        self.answered == Some(true) || self.squawk.is_some() || self.icao.is_some()
    }
}

/// Status of a target in its sensor's tracker (IEC 62388: acquiring, tracking, lost).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactStatus {
    /// Tentative: the sensor has not confirmed the target yet.
    Acquiring,
    /// Confirmed: the sensor follows the target.
    Tracking,
    /// Extrapolated: the sensor had no plot in its last scan.
    Coasting,
    /// Deleted: the sensor has lost the target.
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
    /// Returns the word in files, messages and alerts.
    pub fn word(self) -> &'static str {
        match self {
            Domain::Surface => "surface",
            Domain::Air => "air",
        }
    }

    /// Returns the domain that a word names.
    pub fn of_word(word: &str) -> Option<Domain> {
        [Domain::Surface, Domain::Air].into_iter().find(|domain| domain.word() == word)
    }
}

/// Standard deviations of a position along an axis and across it, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// Standard deviation along the axis, metres; for one radar, in range.
    pub along_m: f32,
    /// Standard deviation across the axis, metres; for one radar, in bearing, times the range.
    pub across_m: f32,
    /// Direction of the axis, degrees true; for one radar, the bearing from the sensor.
    pub axis_deg: f32,
}

impl Accuracy {
    /// Returns an accuracy that is equal in all directions, metres.
    pub fn round(sigma_m: f64) -> Accuracy {
        Accuracy { along_m: sigma_m as f32, across_m: sigma_m as f32, axis_deg: 0.0 }
    }
}

/// A radar as configured: resolution, accuracy and coverage.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Radar {
    /// Standard deviation in range, metres.
    pub range_sigma_m: f64,
    /// Standard deviation in bearing, degrees.
    pub bearing_sigma_deg: f64,
    /// Horizontal beam width, degrees: two targets closer than this in bearing give one echo.
    pub beam_width_deg: f64,
    /// Range resolution, metres: two targets closer than this in range give one echo.
    pub range_resolution_m: f64,
    /// Range at which the radar sees a small craft, metres.
    pub reach_m: f64,
    /// Domain of all targets, where the detections do not state one.
    pub domain: Option<Domain>,
    /// Sector that the radar scans, clockwise from the first to the second bearing, degrees true; all round where `None`.
    pub sector_deg: Option<[f64; 2]>,
}

impl Radar {
    /// Returns whether the sector contains a bearing, degrees true.
    pub fn looks_to(&self, bearing_deg: f64) -> bool {
        let turn = |from: f64, to: f64| (to - from).rem_euclid(360.0);
        self.sector_deg.is_none_or(|[from, to]| turn(from, bearing_deg) <= turn(from, to))
    }
}

impl Default for Radar {
    /// Returns an X-band coastal or ship's radar of IEC 62388: 30 m or 1 % of the range scale in range, 1° in bearing.
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
