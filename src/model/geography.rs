//! Zones, coast and named places.

use geo::MultiPolygon;

/// What an area is, in the words of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the names say it
pub enum ZoneKind {
    InternalWaters,
    ArchipelagicWaters,
    TerritorialSea,
    ContiguousZone,
    Eez,
    Port,
    Anchorage,
    Restricted,
    Cable,
    Aerodrome,
    Fir,
    Adiz,
    Area,
}

impl ZoneKind {
    /// Every kind, in order.
    pub const ALL: [ZoneKind; 13] = [
        ZoneKind::InternalWaters,
        ZoneKind::ArchipelagicWaters,
        ZoneKind::TerritorialSea,
        ZoneKind::ContiguousZone,
        ZoneKind::Eez,
        ZoneKind::Port,
        ZoneKind::Anchorage,
        ZoneKind::Restricted,
        ZoneKind::Cable,
        ZoneKind::Aerodrome,
        ZoneKind::Fir,
        ZoneKind::Adiz,
        ZoneKind::Area,
    ];

    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            ZoneKind::InternalWaters => "internal-waters",
            ZoneKind::ArchipelagicWaters => "archipelagic-waters",
            ZoneKind::TerritorialSea => "territorial-sea",
            ZoneKind::ContiguousZone => "contiguous-zone",
            ZoneKind::Eez => "eez",
            ZoneKind::Port => "port",
            ZoneKind::Anchorage => "anchorage",
            ZoneKind::Restricted => "restricted",
            ZoneKind::Cable => "cable",
            ZoneKind::Aerodrome => "aerodrome",
            ZoneKind::Fir => "fir",
            ZoneKind::Adiz => "adiz",
            ZoneKind::Area => "area",
        }
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<ZoneKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A named polygon.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Unique among all zones.
    pub id: String,
    /// What it is.
    pub kind: ZoneKind,
    /// ISO 3166-1 alpha-3; empty where it belongs to none.
    pub state: String,
    /// For people.
    pub name: String,
    /// `agreed`, `claimed`, `disputed` or `derived`.
    pub status: Option<String>,
    /// Who says so.
    pub authority: Option<String>,
    /// As of when.
    pub date: Option<String>,
    /// Protective marking.
    pub marking: Option<String>,
    /// States that what happens in it may be released to, besides the own one; empty: it says nothing of that.
    pub releasable_to: Vec<String>,
    /// It reaches down to this height, feet; to the surface where there is none.
    pub floor_ft: Option<f64>,
    /// And up to this one; without end where there is none.
    pub ceiling_ft: Option<f64>,
    /// Of an aerodrome: who may land, and when.
    pub opening: Opening,
    /// WGS 84 degrees, longitude before latitude, none crossing 180°.
    pub area: MultiPolygon<f64>,
}

impl Zone {
    /// One of which no more is known.
    pub fn new(id: impl Into<String>, kind: ZoneKind, area: MultiPolygon<f64>) -> Zone {
        let id = id.into();
        Zone {
            name: id.clone(),
            id,
            kind,
            state: String::new(),
            status: None,
            authority: None,
            date: None,
            marking: None,
            releasable_to: Vec::new(),
            floor_ft: None,
            ceiling_ft: None,
            opening: Opening::Always,
            area,
        }
    }

    /// In place of one that is no more: nothing is in it.
    pub fn withdrawn(id: &str) -> Zone {
        let name = format!("{id} (withdrawn)");
        Zone { name, ..Zone::new(id, ZoneKind::Area, MultiPolygon(Vec::new())) }
    }
}

/// When an aerodrome expects aircraft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// At any hour, as far as is known.
    #[default]
    Always,
    /// Not at night: it has no lights.
    Day,
    /// By those alone whom its owner expects.
    Private,
    /// Never: it is closed.
    Closed,
}

impl Opening {
    /// Every opening.
    pub const ALL: [Opening; 4] = [Opening::Always, Opening::Day, Opening::Private, Opening::Closed];

    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            Opening::Always => "always",
            Opening::Day => "day",
            Opening::Private => "private",
            Opening::Closed => "closed",
        }
    }
}

/// A place that an alert can name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedPlace {
    /// Its name.
    pub name: String,
    /// Longitude and latitude, degrees.
    pub lon_lat: [f64; 2],
}

/// All that does not move.
#[derive(Clone, Debug, PartialEq)]
pub struct Geography {
    /// In the order of the files.
    pub zones: Vec<Zone>,
    /// Land.
    pub land: MultiPolygon<f64>,
    /// The gazetteer.
    pub places: Vec<NamedPlace>,
}

impl Default for Geography {
    fn default() -> Self {
        Geography { zones: Vec::new(), land: MultiPolygon(Vec::new()), places: Vec::new() }
    }
}
