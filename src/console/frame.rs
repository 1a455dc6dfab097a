//! The picture as the page gets it: the changes of each second, the whole picture for a new subscriber, and the last half hour.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use rustc_hash::FxHashMap;

use super::api::{PictureFrame, Rewind, RewindFrame, TrackAbout, TrackRow, TrailRow};
use super::packing;
use crate::engine::{Look, TrackView};
use crate::model::{Icao, NavStatus, Span};
use crate::picture::{Kind, key_of};

/// Length of the rewind.
pub(in crate::console) const REWIND: Span = Span::from_secs(30 * 60);
/// Interval between two frames of the rewind.
const REWIND_EVERY: Span = Span::from_secs(10);
/// Length of a foot, metres.
const FOOT_M: f64 = 0.3048;
/// Most rows of the rewind: some 60 MB.
const REWIND_ROWS: usize = 1_000_000;

/// A track as the page gets it.
pub type Seen = (TrackRow, Arc<TrackAbout>);

/// A moment of the picture, in the types of the API. Its JSON is made once for all subscribers.
#[derive(Debug)]
pub struct Frame {
    /// Number of the frame; 0 is before the first.
    pub seq: u64,
    /// Event time, milliseconds UTC.
    pub now: i64,
    /// Every track, in the order of their places.
    pub tracks: Arc<Vec<Seen>>,
    /// Changes since the frame before, as JSON.
    pub delta: Arc<str>,
    full: OnceLock<Arc<str>>,
    packed_delta: OnceLock<Bytes>,
    packed_full: OnceLock<Bytes>,
}

impl Frame {
    /// Returns the frame before the first, without tracks.
    pub fn empty() -> Frame {
        Frame::of(0, 0, Arc::default(), "".into())
    }

    fn of(seq: u64, now: i64, tracks: Arc<Vec<Seen>>, delta: Arc<str>) -> Frame {
        let (full, packed_delta, packed_full) = Default::default();
        Frame { seq, now, tracks, delta, full, packed_delta, packed_full }
    }

    /// Returns the changes since the frame before as an event, compressed.
    pub(super) fn packed_delta(&self) -> Bytes {
        let make = || packing::block(&packing::event("picture", &self.delta));
        self.packed_delta.get_or_init(make).clone()
    }

    /// Returns the whole frame as an event, compressed.
    pub(super) fn packed_full(&self) -> Bytes {
        let make = || packing::block(&packing::event("picture", &self.full()));
        self.packed_full.get_or_init(make).clone()
    }

    /// Returns the whole frame as JSON.
    pub fn full(&self) -> Arc<str> {
        let make = || {
            let frame = PictureFrame {
                seq: self.seq,
                now: self.now,
                full: true,
                tracks: self.tracks.iter().map(|(row, _)| *row).collect(),
                about: self.tracks.iter().map(|(_, about)| &**about).collect(),
                gone: Vec::new(),
            };
            serde_json::to_string(&frame).unwrap_or_default().into()
        };
        Arc::clone(self.full.get_or_init(make))
    }
}

/// Makes frames of the engine's snapshots.
#[derive(Debug, Default)]
pub struct Canvas {
    known: FxHashMap<u32, Known>,
    /// Every track of the newest frame, in the order of their places.
    tracks: Arc<Vec<Seen>>,
    seq: u64,
    rewind: VecDeque<RewindFrame>,
    rewind_rows: usize,
    /// Rows as the newest frame of the rewind has them.
    rewound: FxHashMap<u32, TrackRow>,
    /// Positions of each track from before the first frame, where a recording was moved to another time.
    before: FxHashMap<u32, Vec<TrailRow>>,
}

#[derive(Debug)]
struct Known {
    seen: TrackView,
    row: TrackRow,
    about: Arc<TrackAbout>,
}

impl Canvas {
    /// Makes the next frame.
    pub fn paint(&mut self, look: Look) -> Frame {
        self.seq += 1;
        let now = look.now.map_or(0, |now| now.0);
        let (mut moved, mut changed, mut seen_now) =
            (Vec::new(), Vec::new(), Vec::with_capacity(look.tracks.len()));
        for seen in look.tracks {
            let (slot, row) = (seen.id.slot(), row_of(&seen));
            let before = self.known.get(&slot);
            let about = match before.filter(|known| is_same(&known.seen, &seen)) {
                Some(known) => Arc::clone(&known.about),
                None => Arc::new(about_of(&seen, &look.feeds)),
            };
            if before.is_none_or(|known| known.about != about) {
                changed.push(Arc::clone(&about));
            }
            if before.is_none_or(|known| known.row != row) {
                moved.push(row);
            }
            seen_now.push((row, Arc::clone(&about)));
            self.known.insert(slot, Known { seen, row, about });
        }
        let hidden = look.is_of_changes.then_some(look.hidden.as_slice());
        let (tracks, gone) = merged(&self.tracks, seen_now, hidden);
        gone.iter().for_each(|slot| drop(self.known.remove(slot)));
        self.keep_for_rewind(now, &tracks);
        self.tracks = Arc::new(tracks);
        let frame = PictureFrame {
            seq: self.seq,
            now,
            full: false,
            tracks: moved,
            about: changed.iter().map(|about| &**about).collect(),
            gone,
        };
        let delta = serde_json::to_string(&frame).unwrap_or_default().into();
        Frame::of(self.seq, now, Arc::clone(&self.tracks), delta)
    }

    /// Clears the rewind, because a recording was moved to another time.
    pub fn forget(&mut self) {
        self.rewind.clear();
        self.rewound.clear();
        self.before.clear();
        self.rewind_rows = 0;
    }

    /// Takes the positions of each track from before a recording was moved to another time.
    pub fn take_trails(&mut self, trails: &[(u32, Vec<TrailRow>)]) {
        self.before = trails.iter().cloned().collect();
    }

    fn keep_for_rewind(&mut self, now: i64, tracks: &[Seen]) {
        let newest = self.rewind.back().map_or(i64::MIN, |frame| frame.now);
        if now == 0 || now < newest.saturating_add(REWIND_EVERY.0) {
            return;
        }
        let here: FxHashMap<u32, TrackRow> = tracks.iter().map(|(row, _)| (row.0, *row)).collect();
        let is_new = |row: &&TrackRow| self.rewound.get(&row.0) != Some(row);
        let changed: Vec<TrackRow> = tracks.iter().map(|(row, _)| row).filter(is_new).copied().collect();
        let mut gone: Vec<u32> = self.rewound.keys().filter(|id| !here.contains_key(id)).copied().collect();
        gone.sort_unstable();
        self.rewind_rows += changed.len();
        self.rewound = here;
        self.rewind.push_back(RewindFrame { now, tracks: changed, gone });
        while self.rewind.len() > 1 && (now - self.rewind[0].now > REWIND.0 || self.rewind_rows > REWIND_ROWS)
        {
            self.merge_oldest();
        }
    }

    /// Drops the oldest frame of the rewind: the next one takes over the rows that it lacks.
    fn merge_oldest(&mut self) {
        let Some(oldest) = self.rewind.pop_front() else { return };
        let Some(next) = self.rewind.front_mut() else { return };
        let told: rustc_hash::FxHashSet<u32> =
            next.tracks.iter().map(|row| row.0).chain(next.gone.iter().copied()).collect();
        let had = oldest.tracks.len() + next.tracks.len();
        next.tracks.extend(oldest.tracks.into_iter().filter(|row| !told.contains(&row.0)));
        self.rewind_rows -= had - next.tracks.len();
    }

    /// Returns the last half hour.
    pub fn rewind(&self) -> Rewind {
        Rewind { frames: self.rewind.iter().cloned().collect() }
    }

    /// Returns the positions of a track in the last half hour, oldest first.
    pub fn trail(&self, id: u32) -> Vec<TrailRow> {
        let since = self.known.get(&id).map_or(0, |known| known.seen.first_heard.0);
        let rows =
            self.rewind.iter().flat_map(|frame| &frame.tracks).chain(self.known.get(&id).map(|k| &k.row));
        let rows = rows.filter(|row| row.0 == id && row.7 >= since);
        let after: Vec<_> = rows.map(|row| TrailRow(row.7, row.1, row.2, row.3)).collect();
        let first = after.first().map_or(i64::MAX, |point| point.0);
        let before = self.before.get(&id).into_iter().flatten().filter(|point| point.0 < first);
        let mut trail: Vec<_> = before.copied().chain(after.iter().copied()).collect();
        trail.dedup_by_key(|point| point.0);
        trail
    }
}

/// Returns all tracks, in the order of their places, and the places whose tracks are gone: `seen` stands for what was there before at
/// the same places. What is not seen goes on unless it is among `hidden`; where there is no such list, it is gone.
fn merged(before: &[Seen], seen: Vec<Seen>, hidden: Option<&[u32]>) -> (Vec<Seen>, Vec<u32>) {
    let (mut tracks, mut gone) = (Vec::with_capacity(before.len().max(seen.len())), Vec::new());
    let mut seen = seen.into_iter().peekable();
    for track in before {
        let slot = track.0.0;
        while let Some(new) = seen.next_if(|(row, _)| row.0 < slot) {
            tracks.push(new);
        }
        if let Some(new) = seen.next_if(|(row, _)| row.0 == slot) {
            tracks.push(new);
        } else if hidden.is_some_and(|hidden| hidden.binary_search(&slot).is_err()) {
            tracks.push(track.clone());
        } else {
            gone.push(slot);
        }
    }
    tracks.extend(seen);
    (tracks, gone)
}

/// Returns whether two snapshots of a place show one track with the same identity and attributes.
fn is_same(a: &TrackView, b: &TrackView) -> bool {
    let who =
        |seen: &TrackView| (seen.origin, seen.mmsi, seen.icao, seen.split_at, seen.first_heard, seen.feeds);
    let called = |seen: &TrackView| (seen.number, seen.label);
    let says =
        |seen: &TrackView| (seen.nav_status, seen.squawk, seen.flight_call_sign, seen.source, seen.accurate);
    who(a) == who(b)
        && called(a) == called(b)
        && says(a) == says(b)
        && a.identity == b.identity
        && a.particulars == b.particulars
}

/// Returns a value rounded to a fraction: by 10 to tenths.
pub(in crate::console) fn rounded(value: f64, by: f64) -> f64 {
    (value * by).round() / by
}

fn row_of(seen: &TrackView) -> TrackRow {
    let tenths = |value: Option<f64>| value.map(|value| rounded(value, 10.0));
    let kind = match seen.kind {
        Kind::Vessel => 0,
        Kind::Fixed => 1,
        Kind::Aircraft => 2,
        Kind::Distress => 3,
        Kind::NetBuoy => 4,
    };
    let bits = [seen.dark, seen.by_radar, seen.cooperative, seen.lost, seen.alert];
    let flags = bits.iter().zip(3..).fold(kind, |flags, (set, bit)| flags | u16::from(*set) << bit);
    let [lon, lat] = seen.position.lon_lat();
    TrackRow(
        seen.id.slot(),
        rounded(lon, 1e5),
        rounded(lat, 1e5),
        tenths(seen.sog_kn),
        tenths(seen.cog_deg),
        tenths(seen.heading_deg),
        seen.altitude_ft.or(seen.particulars.altitude_m.map(|m| f64::from(m) / FOOT_M)).map(f64::round),
        seen.time.0,
        flags,
    )
}

fn about_of(seen: &TrackView, feeds: &[String]) -> TrackAbout {
    let feed_name = |id: crate::model::FeedId| feeds.get(usize::from(id.0)).map_or("", String::as_str);
    let (identity, particulars) = (&seen.identity, &seen.particulars);
    let on_ais = seen.mmsi.is_some();
    let mut names: Vec<String> = seen.feeds.iter().flatten().map(|id| feed_name(*id).to_owned()).collect();
    names.sort();
    names.dedup();
    TrackAbout {
        id: seen.id.slot(),
        key: key_of(seen.origin, seen.mmsi, seen.icao, seen.split_at, seen.first_heard, feed_name),
        mmsi: on_ais.then_some(seen.mmsi.0),
        imo: identity.imo.map(|imo| imo.0),
        number: seen.number.map(|number| number.to_string()),
        label: seen.label.map(|label| label.as_str().to_owned()),
        icao: seen.icao.map(|icao| icao.to_string()),
        name: identity
            .name
            .map(|name| name.as_str().to_owned())
            .or_else(|| particulars.aid_name.map(|name| name.as_str().to_owned())),
        call_sign: match seen.flight_call_sign {
            Some(call_sign) => Some(call_sign.as_str().to_owned()),
            None => identity.call_sign.map(|call_sign| call_sign.as_str().to_owned()),
        },
        ship_type: identity.ship_type.map(|kind| kind.word()),
        length_m: identity.length_m(),
        flag: if on_ais { seen.mmsi.flag() } else { None }.or(seen.icao.and_then(Icao::flag)),
        nav_status: seen.nav_status.and_then(status_words),
        destination: particulars.destination.map(|destination| destination.as_str().to_owned()),
        eta: particulars.eta.map(|eta| eta.to_string()),
        draught_m: particulars.draught_m,
        size_m: particulars.size_m,
        accurate: seen.accurate,
        squawk: seen.squawk.map(|code| code.digits().to_owned()),
        source: seen.source,
        feeds: names,
        first_heard: seen.first_heard.0,
    }
}

/// Returns a navigational status in the words of ITU-R M.1371-5 table 48.
fn status_words(status: NavStatus) -> Option<&'static str> {
    Some(match status.0 {
        0 => "under way using engine",
        1 => "at anchor",
        2 => "not under command",
        3 => "restricted manoeuvrability",
        4 => "constrained by her draught",
        5 => "moored",
        6 => "aground",
        7 => "engaged in fishing",
        8 => "under way sailing",
        11 => "power-driven vessel towing astern",
        12 => "power-driven vessel pushing ahead",
        14 => "distress device active",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Bounds, Engine, Setup};
    use crate::model::{
        Body, FeedId, Input, Kinematics, Mmsi, Position, PositionReport, Report, StationId, Time,
        TransponderClass,
    };
    use crate::picture::{Identity, Origin};
    use proptest::prelude::*;

    fn seen(slot: u32, secs: i64, lon: f64) -> TrackView {
        TrackView {
            id: crate::model::TrackId::new(slot, 0),
            origin: Origin::Broadcast,
            number: None,
            label: None,
            mmsi: Mmsi(314_001_000 + slot),
            icao: None,
            split_at: None,
            first_heard: Time::from_secs(1),
            kind: Kind::Vessel,
            nav_status: Some(NavStatus(1)),
            time: Time::from_secs(secs),
            position: Position::new(lon, 13.0).expect("on the globe"),
            accurate: true,
            sog_kn: Some(7.04),
            cog_deg: None,
            heading_deg: None,
            altitude_ft: None,
            squawk: None,
            flight_call_sign: None,
            dark: false,
            by_radar: true,
            cooperative: true,
            lost: false,
            alert: false,
            source: "ais+radar",
            identity: Identity::default(),
            particulars: Default::default(),
            feeds: std::array::from_fn(|place| (place == 0).then_some(FeedId(0))),
        }
    }

    fn look(secs: i64, tracks: Vec<TrackView>) -> Look {
        Look { now: Some(Time::from_secs(secs)), tracks, feeds: vec!["north".to_owned()], ..Look::default() }
    }

    #[test]
    fn a_frame_tells_what_changed_and_all_on_request() {
        let mut canvas = Canvas::default();
        canvas.paint(look(100, vec![seen(1, 100, -59.5), seen(2, 100, -59.6)]));
        let frame = canvas.paint(look(101, vec![seen(1, 101, -59.50001)]));
        let delta: serde_json::Value = serde_json::from_str(&frame.delta).expect("JSON");
        assert_eq!(
            delta["tracks"],
            serde_json::json!([[1, -59.50001, 13.0, 7.0, null, null, null, 101_000, 48]])
        );
        assert_eq!((&delta["gone"], &delta["about"]), (&serde_json::json!([2]), &serde_json::json!([])));
        let full: serde_json::Value = serde_json::from_str(&frame.full()).expect("JSON");
        assert_eq!(full["about"][0]["key"], "mmsi:314001001");
        assert_eq!((&full["about"][0]["feeds"][0], &full["full"]), (&"north".into(), &true.into()));
        let mut renamed = seen(1, 101, -59.50001);
        renamed.identity.call_sign = Some(crate::model::Text::new(b"8PAB"));
        let delta: serde_json::Value =
            serde_json::from_str(&canvas.paint(look(102, vec![renamed])).delta).expect("JSON");
        assert_eq!(
            (&delta["tracks"], &delta["about"][0]["call_sign"]),
            (&serde_json::json!([]), &"8PAB".into())
        );
    }

    proptest! {
        /// The picture of changes is that of whole looks. What shows with time alone may come later.
        #[test]
        fn changes_make_the_same_picture_as_whole_looks(
            seconds in prop::collection::vec(prop::collection::vec((0u32..60, 0i64..400), 0..8), 1..60),
        ) {
            let bounds = Bounds { tracks: 40, ..Bounds::default() };
            let mut engine = Engine::new(Setup { bounds, ..Setup::default() });
            let (mut whole, mut changes, mut out) = (Canvas::default(), Canvas::default(), Vec::new());
            let shown = |frame: &Frame| -> Vec<_> {
                frame.tracks.iter().map(|(TrackRow(slot, lon, lat, .., time, _), about)| {
                    (*slot, *lon, *lat, *time, about.key.clone())
                }).collect()
            };
            for (sender, place) in seconds.iter().enumerate().flat_map(|(n, reports)| {
                reports.iter().map(move |(sender, place)| ((n as i64, *sender), *place))
            }) {
                engine.step(&[report(1_000 + sender.0 * 10, 314_001_000 + sender.1, place)], &mut out);
                if place % 3 == 0 {
                    let by_changes = changes.paint(engine.look_at_changes());
                    prop_assert_eq!(shown(&by_changes), shown(&whole.paint(engine.look())));
                }
            }
        }
    }

    fn report(secs: i64, mmsi: u32, place: i64) -> Input {
        let position = Position::new(-59.5 + place as f64 / 1e5, 13.0);
        let kinematics = Kinematics { position, sog_kn: Some(5.0), ..Kinematics::default() };
        Input::Report(Report {
            feed: FeedId(0),
            station: StationId(1),
            time: Time::from_secs(secs),
            transmission: (place as u32).wrapping_mul(2_246_822_519) ^ mmsi,
            mmsi: Mmsi(mmsi),
            body: Body::Position(PositionReport {
                kinematics,
                class: TransponderClass::A,
                nav_status: None,
                accurate: true,
                altitude_m: None,
            }),
        })
    }

    #[test]
    fn a_trail_goes_back_before_the_moment_that_a_recording_was_moved_to() {
        let mut canvas = Canvas::default();
        canvas.paint(look(100, vec![seen(1, 100, -59.5)]));
        canvas.forget();
        let before = |secs: i64| TrailRow(secs * 1000, -59.6, 13.0, None);
        canvas.take_trails(&[(1, vec![before(1_940), before(1_980), before(2_000)])]);
        canvas.paint(look(2_000, vec![seen(1, 2_000, -59.5)]));
        let times: Vec<i64> = canvas.trail(1).iter().map(|point| point.0).collect();
        assert_eq!(times, [1_940_000, 1_980_000, 2_000_000]);
    }

    #[test]
    fn half_an_hour_can_be_rewound_and_no_more() {
        let mut canvas = Canvas::default();
        for secs in 0..3_600 {
            // One moves, one stands: told once, it is still there when its frame has gone.
            canvas.paint(look(1_000 + secs, vec![seen(1, 1_000 + secs, -59.0), seen(2, 900, -60.0)]));
        }
        let rewind = canvas.rewind();
        let (first, last) = (&rewind.frames[0], &rewind.frames[rewind.frames.len() - 1]);
        assert_eq!((rewind.frames.len(), last.now - first.now), (181, 1_800_000));
        assert_eq!((first.tracks.len(), last.tracks.len()), (2, 1));
        let trail = canvas.trail(1);
        assert!(trail.windows(2).all(|pair| pair[0].0 < pair[1].0), "{trail:?}");
        assert_eq!((canvas.trail(2).len(), canvas.rewind_rows), (1, 182));
    }
}
