//! Zones, coast and named places.

use geo::MultiPolygon;

/// Kinds of zones, in the words of the configuration.
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
    /// Water 12 to 24 nm out where a State claims no contiguous zone: for rules, of no legal meaning.
    Approaches,
}

impl ZoneKind {
    /// All kinds, in order.
    pub const ALL: [ZoneKind; 14] = [
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
        ZoneKind::Approaches,
    ];

    /// Returns the word in files.
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
            ZoneKind::Approaches => "approaches",
        }
    }

    /// Returns the kind that a word names.
    pub fn of_word(word: &str) -> Option<ZoneKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A named polygon.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Identifier, unique among all zones.
    pub id: String,
    /// Kind of zone.
    pub kind: ZoneKind,
    /// State that the zone belongs to, ISO 3166-1 alpha-3; empty where it belongs to none.
    pub state: String,
    /// Name for officers.
    pub name: String,
    /// Legal status: `agreed`, `claimed`, `disputed` or `derived`.
    pub status: Option<String>,
    /// Authority that publishes the zone.
    pub authority: Option<String>,
    /// Date of the publication.
    pub date: Option<String>,
    /// Protective marking of alerts in the zone.
    pub marking: Option<String>,
    /// States, besides the own one, that alerts in the zone may be released to; empty where the zone does not limit it.
    pub releasable_to: Vec<String>,
    /// Lower limit, feet; the surface where `None`.
    pub floor_ft: Option<f64>,
    /// Upper limit, feet; unlimited where `None`.
    pub ceiling_ft: Option<f64>,
    /// Opening of an aerodrome: who may land, and when.
    pub opening: Opening,
    /// Area in WGS 84 degrees, longitude before latitude; no polygon crosses the 180° meridian.
    pub area: MultiPolygon<f64>,
}

impl Zone {
    /// Returns a zone of which only identifier, kind and area are known.
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

    /// Returns an empty zone that takes the place of a removed one, so that the numbers of later zones stay.
    pub fn withdrawn(id: &str) -> Zone {
        let name = format!("{id} (withdrawn)");
        Zone { name, ..Zone::new(id, ZoneKind::Area, MultiPolygon(Vec::new())) }
    }
}

/// Opening of an aerodrome: who may land, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// Open at any hour, as far as is known.
    #[default]
    Always,
    /// Open by day: the aerodrome has no lights.
    Day,
    /// Open to aircraft that the owner expects.
    Private,
    /// Closed.
    Closed,
}

impl Opening {
    /// All openings.
    pub const ALL: [Opening; 4] = [Opening::Always, Opening::Day, Opening::Private, Opening::Closed];

    /// Returns the word in files.
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
    /// Name of the place.
    pub name: String,
    /// Kind of the place, such as `port` or `island`; empty where none is told.
    pub kind: String,
    /// Longitude and latitude, degrees WGS 84.
    pub lon_lat: [f64; 2],
}

/// Zones, land and named places.
#[derive(Clone, Debug, PartialEq)]
pub struct Geography {
    /// Zones in the order of the files.
    pub zones: Vec<Zone>,
    /// Land, WGS 84 degrees.
    pub land: MultiPolygon<f64>,
    /// Named places (the gazetteer).
    pub places: Vec<NamedPlace>,
}

impl Default for Geography {
    fn default() -> Self {
        Geography { zones: Vec::new(), land: MultiPolygon(Vec::new()), places: Vec::new() }
    }
}
