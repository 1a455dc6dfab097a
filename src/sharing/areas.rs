//! Areas of centres, to tell whether a track is near one or heading for it.

use geo::{Contains, Coord};

use super::policy::selects;
use crate::config::{Policy, What};
use crate::geodesy;
use crate::model::{Centres, NM_M, Position, Span, Zone};

/// Interval at which a way ahead is looked at, metres: less than the width of any area.
const STEP_M: f64 = 2.0 * NM_M;
/// Steps of a way ahead, at most.
const STEPS: usize = 60;

/// Area of each centre.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    by_centre: Vec<(String, Vec<Part>)>,
}

/// Zones that decide about tracks in them: those that shares of tracks name, and those with a marking.
#[derive(Clone, Debug, Default)]
pub struct DecidingZones(Vec<Part>);

impl DecidingZones {
    /// Returns these of the zones of a configuration.
    pub fn of(policy: &Policy, zones: &[Zone]) -> DecidingZones {
        let shares = || policy.shares.iter().filter(|share| share.what == What::Tracks);
        let decides = |zone: &&Zone| {
            let words = [&*zone.id, zone.kind.word(), &*zone.state];
            let is_marked = zone.marking.is_some() || !zone.releasable_to.is_empty();
            is_marked || shares().any(|share| selects(share, words))
        };
        DecidingZones(zones.iter().filter(decides).cloned().map(Part::new).collect())
    }

    /// Returns id, kind and State of the zones that hold a position.
    pub fn holding(&self, at: Position) -> Vec<[&str; 3]> {
        let holding = self.0.iter().filter(|part| part.is_within(at, 0.0)).map(|part| &part.zone);
        holding.map(|zone| [&*zone.id, zone.kind.word(), &*zone.state]).collect()
    }
}

/// One zone of an area.
#[derive(Clone, Debug)]
struct Part {
    zone: Zone,
    /// West, south, east and north.
    bounds: [f64; 4],
}

/// Place and motion of a track.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Position.
    pub at: Position,
    /// Speed over ground, knots.
    pub sog_kn: Option<f64>,
    /// Course over ground, degrees true.
    pub cog_deg: Option<f64>,
}

impl Areas {
    /// Returns the areas of centres, of the zones of a configuration.
    pub fn of(centres: &Centres, zones: &[Zone]) -> Areas {
        let part = |id: &String| zones.iter().find(|zone| zone.id == *id).cloned().map(Part::new);
        let area = |ids: &[String]| ids.iter().filter_map(part).collect();
        Areas {
            by_centre: centres
                .centres
                .iter()
                .map(|centre| (centre.name.clone(), area(&centre.area)))
                .collect(),
        }
    }

    /// Returns whether a track is within a distance of a centre's area, or would be within a time.
    pub fn is_near(&self, centre: &str, way: Way, within_m: f64, lead: Span) -> bool {
        let Some((_, parts)) = self.by_centre.iter().find(|(name, _)| name == centre) else { return false };
        if parts.iter().any(|part| part.is_within(way.at, within_m)) {
            return true;
        }
        let (Some(sog_kn), Some(cog_deg)) = (way.sog_kn, way.cog_deg) else { return false };
        let length_m = sog_kn * NM_M * lead.hours();
        let steps = ((length_m / STEP_M).ceil() as usize).min(STEPS);
        (1..=steps).any(|step| {
            let ahead = length_m * step as f64 / steps as f64;
            let there = geodesy::destination(way.at, cog_deg, ahead);
            parts.iter().any(|part| part.is_within(there, within_m))
        })
    }
}

impl Part {
    fn new(zone: Zone) -> Part {
        let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for Coord { x, y } in zone.area.iter().flat_map(|polygon| polygon.exterior().coords()) {
            bounds = [bounds[0].min(*x), bounds[1].min(*y), bounds[2].max(*x), bounds[3].max(*y)];
        }
        Part { zone, bounds }
    }

    fn is_within(&self, at: Position, within_m: f64) -> bool {
        let [lon, lat] = at.lon_lat();
        let [east_m, north_m] = geodesy::metres_per_degree(lat);
        let (dx, dy) = (within_m / east_m.max(1.0), within_m / north_m);
        let [west, south, east, north] = self.bounds;
        if lon < west - dx || lon > east + dx || lat < south - dy || lat > north + dy {
            return false;
        }
        self.zone.area.contains(&Coord { x: lon, y: lat }) || within_m > 0.0 && self.edge_m(at) <= within_m
    }

    fn edge_m(&self, at: Position) -> f64 {
        let offset = |coord: &Coord<f64>| geodesy::offset_m(at.lon_lat(), [coord.x, coord.y]);
        let rings = self.zone.area.iter().map(|polygon| polygon.exterior());
        let edges = rings.flat_map(|ring| ring.0.windows(2));
        edges.map(|edge| geodesy::to_segment_m(offset(&edge[0]), offset(&edge[1]))).fold(f64::MAX, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use geo::{MultiPolygon, polygon};

    use super::*;
    use crate::config::Share;
    use crate::model::{Centre, Owner, Selector, ZoneKind};
    use crate::sharing::tests::plain_share;

    #[test]
    fn zones_that_decide_about_tracks() {
        let square = || polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0), (x: 0.0, y: 1.0)];
        let zone = |id: &str, kind| Zone::new(id, kind, MultiPolygon(vec![square()]));
        let marked = Zone { marking: Some("secret".to_owned()), ..zone("marked", ZoneKind::Area) };
        let zones = [zone("sea", ZoneKind::Eez), zone("box", ZoneKind::Area), marked];
        let holding = |shares: Vec<Share>, lon| {
            let at = Position::new(lon, 0.5).expect("a position");
            let zones = DecidingZones::of(&Policy { shares }, &zones);
            zones.holding(at).into_iter().map(|[id, ..]| id.to_owned()).collect::<Vec<_>>()
        };
        let share = |what, inside| Share { what, inside, ..plain_share("a") };
        assert_eq!(holding(vec![share(What::Tracks, Vec::new())], 0.5), ["marked"]);
        let eez = || vec![Selector::Kind(ZoneKind::Eez)];
        assert_eq!(holding(vec![share(What::Tracks, eez())], 0.5), ["sea", "marked"]);
        assert_eq!(holding(vec![share(What::Alerts, eez())], 0.5), ["marked"]);
        assert_eq!(holding(vec![share(What::Tracks, eez())], 1.5), Vec::<String>::new());
    }

    #[test]
    fn near_is_inside_within_or_on_the_way() {
        let square = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0), (x: 0.0, y: 1.0)];
        let zone = Zone::new("box", ZoneKind::Area, MultiPolygon(vec![square]));
        let centre = Centre {
            name: "lc-ops".to_owned(),
            label: String::new(),
            owner: Owner::State("LCA".to_owned()),
            area: vec!["box".to_owned()],
            contacts: None,
            key: None,
        };
        let areas = Areas::of(&Centres { centres: vec![centre], communities: Vec::new() }, &[zone]);
        let way = |lon: f64, cog_deg| Way {
            at: Position::new(lon, 0.5).expect("a position"),
            sog_kn: Some(20.0),
            cog_deg: Some(cog_deg),
        };
        let near = |lon, cog, nm: f64, hours: i64| {
            areas.is_near("lc-ops", way(lon, cog), nm * NM_M, Span::from_secs(3600 * hours))
        };
        assert!(near(0.5, 0.0, 0.0, 0) && near(1.15, 0.0, 10.0, 0));
        assert!(!near(1.2, 0.0, 10.0, 0) && !near(1.2, 90.0, 10.0, 2), "twelve miles off, and going away");
        assert!(near(1.2, 270.0, 10.0, 1) && !near(2.5, 270.0, 10.0, 1) && near(2.5, 270.0, 10.0, 5));
        assert!(!areas.is_near("vc-ops", way(0.5, 0.0), 1.0, Span::ZERO));
    }
}
