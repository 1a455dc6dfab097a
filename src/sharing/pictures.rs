//! Tracks for other centres: the newest of each, in signed batches, at the rate of the share. Nothing is queued: what a
//! recipient misses, the next batch replaces.
//!
//! The task works on the snapshot that the console is painted from. It holds nothing of the engine.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::{mpsc, watch};

use super::areas::{Areas, DecidingZones, Way};
use super::policy::{Decision, Form, Item, Rules};
use super::rendering::{accuracy_m, rounded};
use super::{Content, Sender, telemetry_of};
use crate::clock;
use crate::config::{Broker, Config, Share, What};
use crate::engine::{Look, TrackView};
use crate::model::{Centre, Domain, Position, Span, Time, VesselList};
use crate::mqtt::{Client, Connection, Event, Options, Qos};
use crate::picture::{Kind, key_of};
use crate::sinks::marking::Marks;
use crate::wire::shared::{self, BATCH_MAX, SharedTrack, TRACKS_SCHEMA};

/// Events of the connection that wait to be looked at.
const EVENTS: usize = 16;
/// Batches that a client holds.
const CAPACITY: usize = 256;
/// Silence after which a track is not shared.
const SILENT_FOR: Span = Span::from_secs(600);
/// Time after which nothing is remembered of a track that is no longer shared.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3600);

/// Configuration that decides which tracks leave.
#[derive(Clone, Debug, Default)]
pub struct InForce {
    /// Centres, policy and levels.
    pub rules: Rules,
    /// Markings of feeds.
    pub marks: Arc<Marks>,
    /// Areas of the centres.
    pub areas: Areas,
    /// Zones that decide about tracks in them.
    pub zones: DecidingZones,
    /// Names of the feeds of other centres.
    pub centres: Vec<String>,
    /// Lists of vessels.
    pub lists: Vec<VesselList>,
}

impl InForce {
    /// Returns whether any share is of tracks.
    pub fn shares_tracks(&self) -> bool {
        shortest_rate(&self.rules).is_some()
    }

    /// Returns what a checked configuration decides.
    pub fn of(config: &Config) -> InForce {
        let peers = config.feeds.iter().filter(|feed| feed.peer.is_some());
        InForce {
            rules: Rules::of(config),
            marks: Arc::new(Marks::of(config)),
            areas: Areas::of(&config.centres, &config.setup.geography.zones),
            zones: DecidingZones::of(&config.policy, &config.setup.geography.zones),
            centres: peers.map(|feed| feed.name.clone()).collect(),
            lists: config.setup.lists.clone(),
        }
    }
}

/// Batch of tracks as it leaves: a [`shared::TrackBatch`] that owns no tracks.
#[derive(Serialize)]
struct Batch<'a> {
    schema: &'a str,
    tracks: &'a [SharedTrack<'static>],
}

/// Shares tracks until the snapshots end.
pub struct Pictures {
    sender: Sender,
    in_force: watch::Receiver<Arc<InForce>>,
    /// What left for each recipient: by the track's key, its time and when it left.
    left: BTreeMap<String, HashMap<String, (Time, Instant)>>,
    /// When each recipient's tracks were looked at last.
    looked: BTreeMap<String, Instant>,
    /// Number of the newest batch: above all of an earlier run.
    newest: u64,
}

impl Pictures {
    /// Returns what has shared nothing yet.
    pub fn new(sender: Sender, in_force: watch::Receiver<Arc<InForce>>) -> Pictures {
        let newest = u64::try_from(clock::now().0).unwrap_or_default();
        Pictures { sender, in_force, left: BTreeMap::new(), looked: BTreeMap::new(), newest }
    }

    /// Connects to the broker between centres, and shares the tracks of each snapshot.
    ///
    /// # Errors
    /// Files that the broker's configuration names cannot be read.
    pub fn start(
        self,
        broker: &Broker,
        looks: watch::Receiver<Option<Arc<Look>>>,
    ) -> anyhow::Result<tokio::task::JoinHandle<()>> {
        let options =
            Options { capacity: CAPACITY, ..Options::new(self.sender.topics.client_id("share-tracks")) };
        let (events, _connection) = Connection::new(broker, options)?.spawn(EVENTS);
        Ok(tokio::spawn(self.run(events, looks)))
    }

    async fn run(mut self, mut events: mpsc::Receiver<Event>, mut looks: watch::Receiver<Option<Arc<Look>>>) {
        let mut client: Option<Client> = None;
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Up { client: up, .. }) => client = Some(up),
                    Some(Event::Down { reason }) => {
                        telemetry_of("tracks", reason);
                        client = None;
                    }
                    Some(Event::Ended) | None => return,
                    Some(_) => {}
                },
                more = looks.changed() => {
                    if more.is_err() {
                        return;
                    }
                    let look = looks.borrow_and_update().clone();
                    let (Some(look), Some(client)) = (look, &client) else { continue };
                    for (topic, sealed) in self.letters(&look, Instant::now()) {
                        // What finds no room is replaced by the next batch.
                        client.try_publish(topic, Qos::AtMostOnce, false, sealed);
                    }
                }
            }
        }
    }

    /// Returns the letters that are due, with their topics.
    pub fn letters(&mut self, look: &Look, now: Instant) -> Vec<(String, String)> {
        let in_force = Arc::clone(&self.in_force.borrow());
        let Some(rate) = shortest_rate(&in_force.rules) else { return Vec::new() };
        let is_due = |to: &String| self.looked.get(to).is_none_or(|last| now - *last >= duration(rate));
        let recipients = in_force.rules.recipients().map(|centre| centre.name.clone());
        let due: Vec<String> = recipients.filter(is_due).collect();
        if due.is_empty() {
            return Vec::new();
        }
        let mut letters = Vec::new();
        for ((at, marking), tracks) in self.tracks(look, &due, &in_force, now) {
            for batch in tracks.chunks(BATCH_MAX) {
                letters.extend(self.letter(&due[at], &marking, batch));
            }
        }
        for to in due {
            if let Some(left) = self.left.get_mut(&to) {
                left.retain(|_, (_, at)| now - *at < FORGOTTEN_AFTER);
            }
            self.looked.insert(to, now);
        }
        letters
    }

    /// Returns the tracks that leave now, by the recipient's place in `due` and by marking. All that does not depend on the recipient
    /// is worked out once for each track.
    fn tracks(
        &mut self,
        look: &Look,
        due: &[String],
        in_force: &InForce,
        now: Instant,
    ) -> BTreeMap<(usize, String), Vec<SharedTrack<'static>>> {
        let mut tracks: BTreeMap<(usize, String), Vec<SharedTrack<'static>>> = BTreeMap::new();
        let time = clock::now();
        for view in look.tracks.iter().filter(|view| is_heard(look, view)) {
            let key = key_of(view.origin, view.mmsi, view.icao, view.split_at, view.first_heard, |feed| {
                look.feeds.get(usize::from(feed.0)).map_or("", String::as_str)
            });
            let is_new = |to: &String| self.left_to(to, &key).is_none_or(|(time, _)| view.time > time);
            let wanting: Vec<usize> = (0..due.len()).filter(|&at| is_new(&due[at])).collect();
            if wanting.is_empty() {
                continue;
            }
            let told_by = told_by(look, view, in_force);
            let item = item_of(look, view, in_force);
            let way = Way { at: view.position, sog_kn: view.sog_kn, cog_deg: view.cog_deg };
            let near = |within_m: f64, lead: Span, centre: &Centre| {
                in_force.areas.is_near(&centre.name, way, within_m, lead)
            };
            let item = Item { near: Some(&near), ..item };
            for at in wanting {
                let to = &due[at];
                // Nobody hears from others what they told themselves.
                if told_by.is_some() && feeds_of(look, view).any(|feed| feed == to) {
                    continue;
                }
                let Some((share, form)) = released(&in_force.rules, &item, to, time) else { continue };
                // A look may come a little early.
                let waited = self.left_to(to, &key).map(|(_, when)| now - when + Duration::from_millis(500));
                if waited.is_some_and(|waited| waited < duration(share.rate)) {
                    continue;
                }
                tracks.entry((at, item.marking.to_owned())).or_default().push(shared_track(
                    view,
                    (&key, told_by),
                    &form,
                ));
                self.left.entry(to.clone()).or_default().insert(key.clone(), (view.time, now));
            }
        }
        tracks
    }

    /// Returns the time of a track that left for a recipient last, and when it left.
    fn left_to(&self, recipient: &str, key: &str) -> Option<(Time, Instant)> {
        self.left.get(recipient)?.get(key).copied()
    }

    fn letter(
        &mut self,
        recipient: &str,
        marking: &str,
        tracks: &[SharedTrack<'static>],
    ) -> Option<(String, String)> {
        self.newest += 1;
        let batch = Batch { schema: TRACKS_SCHEMA, tracks };
        let content = Content {
            what: shared::What::Tracks,
            id: self.newest.to_string(),
            seq: self.newest,
            marking: Some(marking.to_owned()),
            body: serde_json::to_string(&batch).ok()?,
        };
        self.sender.seal(recipient, content)
    }
}

/// Returns the shortest interval of a policy's shares of tracks; `None` where it shares none.
fn shortest_rate(rules: &Rules) -> Option<Span> {
    rules
        .policy
        .shares
        .iter()
        .filter(|share| share.what == What::Tracks && !share.withhold)
        .map(|share| share.rate)
        .min()
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.0).unwrap_or_default())
}

/// Returns whether a track is of now, and moves.
fn is_heard(look: &Look, view: &TrackView) -> bool {
    look.now.is_some_and(|now| now - view.time <= SILENT_FOR) && !matches!(view.kind, Kind::Fixed)
}

fn feeds_of<'a>(look: &'a Look, view: &TrackView) -> impl Iterator<Item = &'a String> {
    let feeds = view.feeds.into_iter().flatten();
    feeds.filter_map(|feed| look.feeds.get(usize::from(feed.0)))
}

/// Returns the centre that tells of a track, where nobody but other centres does.
fn told_by<'a>(look: &'a Look, view: &TrackView, in_force: &InForce) -> Option<&'a str> {
    let is_own = |feed: &String| !in_force.centres.contains(feed);
    match feeds_of(look, view).any(is_own) {
        true => None,
        false => feeds_of(look, view).next().map(String::as_str),
    }
}

/// Returns what decisions must know of a track, but for what it is near.
fn item_of<'a>(look: &Look, view: &TrackView, in_force: &'a InForce) -> Item<'a> {
    let InForce { rules, marks, zones, .. } = in_force;
    let zones = zones.holding(view.position);
    let zone_ids = zones.iter().map(|[id, ..]| *id);
    let feeds = feeds_of(look, view).map(String::as_str);
    let (marking, releasable_to) = marks.mark_track(feeds, zone_ids, view.time);
    let icao = view.icao.map(|icao| icao.to_string());
    let imo = view.identity.imo.map(|imo| imo.0);
    Item {
        zones,
        domains: vec![domain_of(view)],
        dark: view.dark,
        is_own_unit: rules.is_own(view.mmsi.is_some().then_some(view.mmsi.0), imo, icao.as_deref()),
        ..Item::plain(What::Tracks, marking, releasable_to)
    }
}

/// Returns the share that releases a track to a recipient, and the track's form.
fn released<'a>(rules: &'a Rules, item: &Item<'_>, recipient: &str, time: Time) -> Option<(&'a Share, Form)> {
    match rules.decide(item, recipient, None, time) {
        Decision::Released { rule: Some(rule), form } => {
            let share = rules.policy.shares.iter().find(|share| share.name == rule)?;
            Some((share, form))
        }
        Decision::Released { rule: None, .. } | Decision::Withheld { .. } => None,
    }
}

fn domain_of(view: &TrackView) -> Domain {
    if view.kind == Kind::Aircraft { Domain::Air } else { Domain::Surface }
}

/// Returns a track, with its key and the centre that tells of it, as this node shows it in a form.
fn shared_track(view: &TrackView, (key, told_by): (&str, Option<&str>), form: &Form) -> SharedTrack<'static> {
    let named = !form.strip.names;
    let identity = &view.identity;
    let accuracy = view.accurate.then_some(10.0);
    let (at, accuracy): (Position, Option<f64>) = match form.precision_m {
        Some(metres) => {
            (rounded(view.position, metres), Some(accuracy_m(metres).max(accuracy.unwrap_or(0.0))))
        }
        None => (view.position, accuracy),
    };
    let call_sign = view.flight_call_sign.map(|sign| sign.to_string());
    SharedTrack {
        key: key.to_owned().into(),
        time: view.time.0,
        lon: at.lon(),
        lat: at.lat(),
        accuracy_m: accuracy,
        sog_kn: view.sog_kn,
        cog_deg: view.cog_deg,
        heading_deg: view.heading_deg,
        altitude_ft: view.altitude_ft,
        air: view.kind == Kind::Aircraft,
        dark: view.dark,
        from: told_by.map(|centre| centre.to_owned().into()),
        source: view.source.into(),
        mmsi: view.mmsi.is_some().then_some(view.mmsi.0),
        imo: identity.imo.map(|imo| imo.0),
        icao: view.icao.map(|icao| icao.to_string().into()),
        squawk: view.squawk.map(|squawk| squawk.digits().into()),
        name: identity.name.filter(|_| named).map(|name| name.to_string().into()),
        call_sign: call_sign
            .or_else(|| identity.call_sign.map(|sign| sign.to_string()))
            .filter(|_| named)
            .map(Into::into),
        ship_type: identity.ship_type.map(|kind| kind.0),
        length_m: identity.length_m(),
        size_m: view.particulars.size_m,
        destination: view.particulars.destination.map(|text| text.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::model::{
        Body, Feed, FeedId, Input, Kinematics, Mmsi, PositionReport, Report, StationId, TransponderClass,
    };
    use crate::mqtt::Topics;
    use crate::sharing::tests::{CENTRES, read};
    use crate::wire::shared::{SecretKey, TrackBatch, open};

    const MAIN: &str = r#"
[node]
name = "bb-ops"
state = "BRB"
[sharing]
centres = "centres.toml"
policy = ["policy.toml"]
[[feed]]
name = "north"
topic = "north"
format = "nmea"
releasable_to = ["JRCC", "LCA"]
[[feed]]
name = "secret"
topic = "secret"
format = "nmea"
"#;
    const POLICY: &str = r#"
[[share]]
name = "picture"
to = ["jrcc", "lc-ops"]
what = "tracks"
precision = "1 nm"
rate = "30 s"
"#;

    fn report(feed: u16, mmsi: u32, secs: i64) -> Input {
        let kinematics = Kinematics {
            position: crate::model::Position::new(-59.7 - f64::from(mmsi % 10) * 0.1, 13.1),
            sog_kn: Some(8.0),
            cog_deg: Some(90.0),
            heading_deg: None,
        };
        let said = PositionReport {
            kinematics,
            class: TransponderClass::A,
            nav_status: None,
            accurate: true,
            altitude_m: None,
        };
        let station = if feed >= 2 { StationId::RELAYED } else { StationId(0) };
        let (time, transmission) = (Time::from_secs(1_767_240_000 + secs), secs as u32);
        let (feed, mmsi, body) = (FeedId(feed), Mmsi(mmsi), Body::Position(said));
        Input::Report(Report { feed, station, time, transmission, mmsi, body })
    }

    /// Returns the MMSIs that letters hold, by recipient.
    fn held(letters: &[(String, String)], key: &SecretKey) -> BTreeMap<String, Vec<u32>> {
        let mut by_recipient: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (topic, sealed) in letters {
            let letter = open(sealed.as_bytes(), "bb-ops", &key.public()).expect("opens");
            assert_eq!(*topic, format!("vigie/share/{}/bb-ops/tracks/{}", letter.to, letter.id));
            let batch: TrackBatch<'_> = serde_json::from_str(letter.body.get()).expect("a batch");
            assert!(batch.tracks.iter().all(|track| track.accuracy_m.is_some_and(|m| m > 1000.0)), "rounded");
            let all = by_recipient.entry(letter.to.clone()).or_default();
            all.extend(batch.tracks.iter().filter_map(|track| track.mmsi));
            all.sort_unstable();
        }
        by_recipient
    }

    fn configured(main: &str, centres: &str) -> Config {
        read(&[("vigie.toml", main), ("centres.toml", centres), ("policy.toml", POLICY)])
    }

    /// Returns what names the feeds of a configuration to the engine.
    fn named(config: &Config) -> Vec<Input> {
        let feed = |(n, feed): (u16, &crate::config::Feed)| {
            Input::Feed(Feed { id: FeedId(n), name: feed.name.clone(), position: None, radar: None })
        };
        (0..).zip(&config.feeds).map(feed).collect()
    }

    /// Tracks that lc-ops told of, alone or beside an own feed: who gets them, and what they say of their owner.
    #[test]
    fn what_a_centre_told_is_shared_on_where_that_centre_permits() {
        let of_lc = |more: &str| CENTRES.replacen("state = \"LCA\"", &format!("state = \"LCA\"\n{more}"), 1);
        let own_for_lc = MAIN.replacen("releasable_to = [\"JRCC\", \"LCA\"]", "releasable_to = [\"LCA\"]", 1);
        for (case, main, centres, by, jrcc_gets, owner) in [
            ("no permission", MAIN, CENTRES.to_owned(), &[2][..], false, None),
            ("permitted to the JRCC", MAIN, of_lc("releasable_to = [\"JRCC\"]"), &[2], true, Some("lc-ops")),
            ("permitted to another", MAIN, of_lc("releasable_to = [\"BRB\"]"), &[2], false, None),
            (
                "above the share's marking",
                MAIN,
                of_lc("releasable_to = [\"JRCC\"]\nmarking = \"confidential\""),
                &[2],
                false,
                None,
            ),
            ("seen here too, no permission", MAIN, CENTRES.to_owned(), &[2, 0], false, None),
            ("seen here too, permitted", MAIN, of_lc("releasable_to = [\"JRCC\"]"), &[2, 0], true, None),
            (
                "permitted, own feed not",
                &own_for_lc,
                of_lc("releasable_to = [\"JRCC\"]"),
                &[2, 0],
                false,
                None,
            ),
        ] {
            let config = configured(main, &centres);
            let mut engine = Engine::new(config.setup.clone());
            let mut inputs = named(&config);
            inputs.extend(by.iter().zip(0..).map(|(feed, secs)| report(*feed, 343_000_003, secs)));
            engine.step(&inputs, &mut Vec::new());
            let key = Arc::new(SecretKey::of_seed([1; 32]).expect("a key"));
            let letters = pictures(&config, &key).letters(&engine.look(), Instant::now());
            let of_jrcc: Vec<_> = letters.iter().filter(|(topic, _)| topic.contains("/jrcc/")).collect();
            assert_eq!(!of_jrcc.is_empty(), jrcc_gets, "{case}");
            let back = letters.iter().any(|(topic, _)| topic.contains("/lc-ops/bb-ops/"));
            assert_eq!(back, by.len() > 1, "{case}: what lc-ops told alone does not go back");
            for (_, sealed) in of_jrcc {
                let letter = open(sealed.as_bytes(), "bb-ops", &key.public()).expect("opens");
                let batch: TrackBatch<'_> = serde_json::from_str(letter.body.get()).expect("a batch");
                assert_eq!(batch.tracks[0].from.as_deref(), owner, "{case}");
            }
        }
    }

    fn pictures(config: &Config, key: &Arc<SecretKey>) -> Pictures {
        let sender = Sender {
            node: "bb-ops".to_owned(),
            exercise: None,
            topics: Topics::new("bb-ops", None),
            key: Arc::clone(key),
        };
        Pictures::new(sender, watch::channel(Arc::new(InForce::of(config))).1)
    }

    #[test]
    fn each_recipient_gets_what_it_may_once_in_each_interval_and_nobody_his_own() {
        let config = configured(MAIN, CENTRES);
        let names: Vec<&str> = config.feeds.iter().map(|feed| feed.name.as_str()).collect();
        assert_eq!(names, ["north", "secret", "lc-ops", "jrcc"]);
        let mut engine = Engine::new(config.setup.clone());
        let mut inputs = named(&config);
        inputs.extend([report(0, 314_000_001, 0), report(1, 314_000_002, 0), report(2, 343_000_003, 0)]);
        engine.step(&inputs, &mut Vec::new());

        let key = Arc::new(SecretKey::of_seed([1; 32]).expect("a key"));
        let mut pictures = pictures(&config, &key);
        let began = Instant::now();
        let after = |secs: u64| began + Duration::from_secs(secs);
        let of = |to: &str, mmsi: u32| (to.to_owned(), vec![mmsi]);
        let all = BTreeMap::from([of("jrcc", 314_000_001), of("lc-ops", 314_000_001)]);
        let first = pictures.letters(&engine.look(), after(0));
        assert_eq!(held(&first, &key), all, "not what is unmarked, and not what another centre told");
        assert!(pictures.letters(&engine.look(), after(31)).is_empty(), "nothing is new");
        engine.step(&[report(0, 314_000_001, 20)], &mut Vec::new());
        assert!(pictures.letters(&engine.look(), after(40)).is_empty(), "its interval is not over");
        assert_eq!(held(&pictures.letters(&engine.look(), after(62)), &key), all);
    }
}
