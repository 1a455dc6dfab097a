//! What radars and AIS make of vessels together: a radar that is off, or follows another craft, does not move a vessel on AIS, and
//! boats that lie side by side stay two.

use super::*;
use crate::engine::Bounds;
use crate::geodesy;
use crate::model::{
    Accuracy, Body, Contact, ContactStatus, Feed, FeedId, Geography, Kinematics, Mmsi, Position,
    PositionReport, Radar, Report, Span, StationId, Time, TransponderClass,
};
use crate::picture::Picture;

const SITE: [f64; 2] = [-59.5, 13.0];
const MMSI: Mmsi = Mmsi(314_000_001);
/// Speed of the vessel over ground to the east, m/s and knots.
const WAY_MS: f64 = 5.0;
const WAY_KN: f64 = WAY_MS / geodesy::KN_MS;

/// A receiver and two radars at one place, and a vessel that passes twelve miles north of them.
struct Watch(Picture);

impl Watch {
    fn new() -> Watch {
        let mut picture = Picture::new(Zones::new(Geography::default()), Bounds::default());
        let site = Position::new(SITE[0], SITE[1]);
        picture.declare(&Feed { id: FeedId(0), name: "receiver".to_owned(), position: site, radar: None });
        for id in [FeedId(1), FeedId(2)] {
            picture.declare(&Feed {
                id,
                name: id.0.to_string(),
                position: site,
                radar: Some(Radar::default()),
            });
        }
        Watch(picture)
    }

    /// Where the vessel is, so many metres off.
    fn at(secs: i64, off_m: [f64; 2]) -> Position {
        let from = geodesy::moved_m(Position::new(SITE[0], SITE[1]).unwrap(), [0.0, 22_000.0]);
        geodesy::moved_m(from, [WAY_MS * secs as f64 + off_m[0], off_m[1]])
    }

    fn hear(&mut self, secs: i64) {
        let kinematics = Kinematics {
            position: Some(Watch::at(secs, [0.0; 2])),
            sog_kn: Some(WAY_KN),
            cog_deg: Some(90.0),
            ..Kinematics::default()
        };
        let class = TransponderClass::A;
        let body = Body::Position(PositionReport {
            kinematics,
            class,
            nav_status: None,
            accurate: true,
            altitude_m: None,
        });
        let time = Time::from_secs(1_767_225_600 + secs);
        let (feed, station, transmission) = (FeedId(0), StationId(0), secs as u32);
        self.0.apply_report(&Report { feed, station, time, transmission, mmsi: MMSI, body }, &());
    }

    /// A radar detects its target so many metres off the vessel.
    fn detect(&mut self, secs: i64, radar: u16, off_m: [f64; 2]) {
        let contact = Contact {
            feed: FeedId(radar),
            station: StationId(0),
            time: Time::from_secs(1_767_225_600 + secs),
            number: 7,
            status: ContactStatus::Tracking,
            domain: None,
            position: Some(Watch::at(secs, off_m)),
            accuracy: Some(Accuracy::round(40.0)),
            sog_kn: None,
            cog_deg: None,
            size_m: None,
            altitude_ft: None,
            icao: None,
            squawk: None,
            answered: None,
            label: None,
        };
        let mut decisions = Vec::new();
        self.0.run_cycle(&contact, &(), &mut decisions);
        for decision in decisions {
            self.0.carry_out(decision, &());
        }
        self.0.apply_contact(&contact, &());
    }

    /// How far the vessel's track is from the vessel, metres.
    fn off_m(&self, secs: i64) -> f64 {
        let mut tracks = self.0.ids().map(|id| self.0.track(id));
        let track = tracks.find(|track| track.mmsi == MMSI).expect("she was heard");
        assert_eq!(track.sensed, 1, "the radar feeds her track");
        let now = Time::from_secs(1_767_225_600) + Span::from_secs(secs);
        geodesy::distance_m(track.fix.carried_to(now), Watch::at(secs, [0.0; 2]))
    }
}

#[test]
fn a_radar_that_is_off_does_not_move_a_vessel_on_ais() {
    let mut watch = Watch::new();
    for secs in 0..600 {
        if secs % 10 == 0 {
            watch.hear(secs);
        }
        if secs % 3 == 0 {
            watch.detect(secs, 1, [0.0, 120.0]);
        }
        assert!(secs < 60 || watch.off_m(secs) < 5.0, "{secs} s: {} m", watch.off_m(secs));
    }
}

#[test]
fn ais_that_is_heard_again_puts_a_vessel_right_whose_radar_followed_another_echo() {
    let mut watch = Watch::new();
    let drawn_m = |secs: i64| [0.0, (secs - 120).max(0) as f64 * 2.0];
    for secs in 0..420 {
        if secs <= 120 && secs % 10 == 0 {
            watch.hear(secs);
        }
        if secs % 3 == 0 {
            watch.detect(secs, 1, drawn_m(secs));
        }
    }
    assert!(watch.off_m(419) > 500.0, "radar alone moves her once her AIS is old: {} m", watch.off_m(419));
    watch.hear(420);
    assert!(watch.off_m(420) < 1.0, "{} m", watch.off_m(420));
}

/// Each of two radars detects one of two boats that lie a mile off. A distance of 300 m is within what the radars may be off, and stays
/// what it is for twenty minutes.
#[test]
fn boats_that_lie_side_by_side_stay_two() {
    let mut watch = Watch::new();
    // Comes from the east at 5 kn.
    let lies_m = |secs: i64| [(1_700.0 - 2.5 * secs as f64).max(300.0), -20_000.0];
    for secs in (0..1_800).step_by(3) {
        let way_m = WAY_MS * secs as f64;
        let [east, north] = lies_m(secs);
        watch.detect(secs, 1, [-way_m, north]);
        watch.detect(secs, 2, [east - way_m, north]);
    }
    assert_eq!(watch.0.ids().count(), 2);
}
