//! The engine under any sequence of inputs: plausible, hostile, and both at once.

use proptest::prelude::*;
use vigie::engine::{Counts, Engine, ReadyLists, Setup};
use vigie::model::saved::{SavedState, StateWriter, Unreadable};
use vigie::model::*;

use vigie::normalcy::Normalcy;

use crate::scenarios::{broken, engine_with_restarts, table};

/// A rule of every pattern, with durations so short that alerts come often; few tracks and short histories.
const RULES: &str = "
rule   loitering min_duration=2min radius=0.5nm max_company=99
rule   drifting min_duration=2min min_speed=0kn max_company=99
rule   rendezvous min_duration=1min max_silence=5min max_speed=none distance=900m max_company=99
rule   rendezvous name=close distance=500m max_speed=none max_relative_speed=9kn min_duration=10s converged_from=10m
rule   zone inside=restricted dwell=10s on=entry,exit margin=10m max_silence=5min
rule   dark-target min_duration=10s slow_duration=30s max_silence=1min min_updates=3 max_company=99
rule   go-fast min_speed=2kn min_duration=5s max_company=99 min_inbound=0nm near_coast=40nm
rule   shadowing max_distance=2nm min_distance=0nm angle=180° max_relative_speed=20kn min_speed=1kn min_duration=20s large=0m
rule   ais-gap min_silence=2min cadence_factor=0.1
rule   ais-gap name=gap-ignored min_silence=2min coverage=ignored cadence_factor=0.1
rule   dark-aircraft min_duration=5s min_updates=2 min_speed=1kn
rule   low-slow min_duration=5s min_speed=0kn max_speed=900kn from_aerodrome=0nm
rule   air-drop distance=1500m max_craft_speed=99kn departs=0nm min_passes=1 slow_down=0.01
rule   unscheduled-landing min_descent=1ft min_speed=0kn min_silence=30s from_aerodrome=0nm max_altitude=9000ft
rule   circling turns=0.2 window=5min
rule   transponder-loss min_silence=30s min_altitude=0ft
rule   squawk codes=7700,1200 min_duration=1s
rule   airspace-entry inside=restricted dwell=1s
rule   gnss-interference min_tracks=1 share=0.1
rule   watchlist listed=wanted likeness=0.8
rule   launch min_apart=100m within=30min min_speed=0kn
rule   drop-pickup max_speed=3kn min_stop=1s max_stop=2h min_wait=1s max_wait=9h distance=2000m max_company=99
rule   coast-hugging max_offing=9nm min_way=100m min_speed=0kn max_company=99
rule   position-mismatch min_duration=1s min_apart=100m min_length=1m min_speed=0kn min_witnesses=0
rule   identity signs=mmsi-form,imo-number,call-sign,renamed,replaced,came-on hold=1s
rule   distress signals=active,test
list   wanted 338000001 name=FICTIOM 0be101
zone   north restricted BRB box 13.0000N 060.0000W 13.0200N 059.9500W
zone   south restricted BRB box 12.9950N 060.0000W 13.0050N 059.9000W
land   box 13.0000N 059.9800W 13.1000N 059.9000W
bound  tracks 12
";
const TRACKS: u64 = 12;

/// One input: kind, number of the sender, feed, how time goes on, place and movement, transmission.
type Raw = (u8, u32, u8, (u8, i64), (f64, f64), (u8, u16, u16), u32);

fn raw() -> impl Strategy<Value = Raw> {
    let time = (any::<u8>(), any::<i64>());
    let place = (0.0..1.0f64, 0.0..1.0f64);
    (any::<u8>(), 0u32..16, any::<u8>(), time, place, any::<(u8, u16, u16)>(), any::<u32>())
}

fn inputs(raws: &[Raw]) -> Vec<Input> {
    let mut now = Time::from_secs(1_767_225_600);
    let hostile = raws.first().is_some_and(|raw| raw.0 % 4 == 0);
    let mut all = Vec::new();
    for raw in raws {
        let input = input(raw, &mut now, hostile);
        // A radar tells of a target over and over.
        let more = if let Input::Contact(contact) = &input { 1 + contact.number * 5 } else { 1 };
        for _ in 1..more {
            all.push(input.clone());
            if let Some(Input::Contact(contact)) = all.last_mut() {
                (contact.time, now) = (now, now + Span::from_secs(3));
            }
        }
        all.push(input);
    }
    all
}

/// Time mostly goes on by seconds, at times by a minute or an hour, at times back.
fn told_time(&(how, any): &(u8, i64), now: &mut Time, hostile: bool) -> Time {
    match how {
        0..=1 if hostile => return Time(any),
        2 if hostile => return Time(i64::MAX - any.rem_euclid(100_000)),
        3..=8 => *now += Span::from_secs(any.rem_euclid(3600)),
        9..=20 => *now += Span::from_secs(any.rem_euclid(200)),
        21..=30 => return *now - Span::from_secs(any.rem_euclid(900)),
        _ => *now += Span(any.rem_euclid(12_000)),
    }
    *now
}

fn input(raw: &Raw, now: &mut Time, hostile: bool) -> Input {
    let (kind, sender, from, ref when, (x, y), (flags, sog, course), transmission) = *raw;
    let time = told_time(when, now, hostile);
    let (feed, station) = (FeedId(u16::from(from % 3)), StationId(u16::from(from / 3 % 2)));
    let numbers =
        [338_000_000, 338_000_000, 3_141_000, 993_141_000, 111_338_000, 970_000_000, 0, 999_999_990];
    let mmsi = Mmsi((numbers[sender as usize % 8] + sender / 4).max(1));
    let position = match flags % 16 {
        0 => Position::new(x * 360.0 - 180.0, y * 180.0 - 90.0),
        1 => Position::new(if x < 0.5 { 180.0 } else { -180.0 }, 90.0 - y / 100.0),
        2 => None,
        _ => Position::new(-60.0 + x * 0.02, 13.0 + y * 0.01),
    };
    let kinematics = Kinematics {
        position,
        sog_kn: (sog % 8 != 0).then(|| f64::from(sog % 60) / 10.0),
        cog_deg: (course % 5 != 0).then(|| f64::from(course % 3600) / 10.0),
        heading_deg: (course % 3 != 0).then(|| f64::from(course % 359)),
    };
    let class = match flags % 5 {
        0 => TransponderClass::B,
        1 => TransponderClass::LongRange,
        2 => TransponderClass::Aircraft,
        _ => TransponderClass::A,
    };
    if from >= 128 {
        return Input::Contact(contact((feed, StationId(0), time), sender % 4, kinematics, kind));
    }
    if from >= 90 {
        let at = Position::new(-60.0 + x * 0.2, 13.0 + y * 0.1).filter(|_| flags % 4 > 0);
        let kinematics = Kinematics { position: at.or(position), ..kinematics };
        return Input::Aircraft(aircraft((feed, station, time), sender, kinematics, (kind, sog)));
    }
    let report = PositionReport { kinematics, class, nav_status: None, accurate: false, altitude_m: None };
    let name = [Text::new(b"FICTION"), Text::new(b"NET 12%"), Text::new(b"")][usize::from(flags % 3)];
    let said = StaticReport { class, name: Some(name), ..StaticReport::default() };
    let body = match kind {
        0..=3 => return Input::Tick { feed, time },
        4 => return Input::Feed(Feed { id: feed, name: format!("f{}", feed.0), position, radar: None }),
        5..=7 => {
            let subject = format!("mmsi:{}", mmsi.0);
            let kind = ActionKind::Silence { subject, lasting: Span::from_secs(i64::from(sog)) };
            return Input::Action(Box::new(Action { time, by: String::new(), centre: None, kind }));
        }
        8..=16 => Body::Static(said),
        17..=20 => Body::PositionAndStatic(report, said),
        21..=26 => Body::BaseStation(FixedReport { position, ..FixedReport::default() }),
        27..=30 => Body::AidToNavigation(FixedReport { position, ..FixedReport::default() }),
        31..=33 => Body::OwnShip(kinematics),
        34..=36 => Body::Heard,
        _ => Body::Position(report),
    };
    Input::Report(Report { feed, station, time, transmission: transmission % 4000, mmsi, body })
}

/// Builds a report of one of few aircraft.
fn aircraft(
    (feed, station, time): (FeedId, StationId, Time),
    sender: u32,
    k: Kinematics,
    (kind, sog): (u8, u16),
) -> AircraftReport {
    let sog_kn = k.sog_kn.map(|kn| kn * 80.0);
    AircraftReport {
        feed,
        station,
        time,
        icao: Icao::new(0x0b_e100 + sender % 6).expect("an address"),
        source: if kind.is_multiple_of(7) { AirSource::Mlat } else { AirSource::AdsB },
        kinematics: Kinematics { sog_kn, ..k },
        pressure_altitude_ft: (kind % 5 > 0).then(|| f64::from(sog % 9000)),
        geometric_altitude_ft: None,
        vertical_rate_fpm: (kind % 3 > 0).then(|| f64::from(kind) * 10.0 - 1280.0),
        on_ground: (kind % 4 > 0).then_some(kind % 16 == 1),
        squawk: Squawk::new([0o7700, 0o1200, 0o2000, 0o7777][usize::from(kind % 4)]),
        emergency: kind.is_multiple_of(31).then_some(Emergency::General),
        call_sign: (kind % 9 == 1).then(|| Text::new(b"JMA1")),
        version: None,
        nic: (kind % 2 == 1).then_some(kind % 12),
        nac_p: Some(kind % 12),
    }
}

/// A radar's word of one of few targets, some of them steady, of others anything.
fn contact(
    (feed, station, time): (FeedId, StationId, Time),
    number: u32,
    k: Kinematics,
    kind: u8,
) -> Contact {
    let steady = |p: Position| Position::new(-60.0 + f64::from(number) * 0.001, 13.005).unwrap_or(p);
    Contact {
        feed,
        station,
        time,
        number,
        status: match kind % 16 {
            0 => ContactStatus::Lost,
            1 => ContactStatus::Acquiring,
            2 => ContactStatus::Coasting,
            _ => ContactStatus::Tracking,
        },
        domain: [None, None, Some(Domain::Air), Some(Domain::Surface)][kind as usize / 4 % 4],
        position: if number == 0 { k.position } else { k.position.map(steady) },
        accuracy: (!kind.is_multiple_of(3)).then(|| Accuracy {
            along_m: f32::from(kind) * 4.0,
            across_m: if kind == 255 { f32::NAN } else { 400.0 },
            axis_deg: f32::from(kind) * 3.0,
        }),
        sog_kn: k.sog_kn,
        cog_deg: k.cog_deg,
        size_m: None,
        altitude_ft: kind.is_multiple_of(5).then(|| f64::from(kind) * 30.0),
        icao: (kind % 11 == 3).then(|| Icao::new(0x0b_e100 + number)).flatten(),
        squawk: (kind % 6 == 2).then(|| Squawk::new(0o7700)).flatten(),
        answered: [None, Some(true), Some(false)][usize::from(kind % 3)],
        label: None,
    }
}

fn run(setup: &Setup, inputs: &[Input], slice: usize) -> (Vec<AlertEvent>, Engine) {
    let mut engine = Engine::new(setup.clone());
    let mut out = Vec::new();
    inputs.chunks(slice).for_each(|slice| engine.step(slice, &mut out));
    (out.into_iter().filter_map(Output::into_alert).map(|event| *event).collect(), engine)
}

fn count(counts: &Counts, name: &str) -> u64 {
    counts.by_name.iter().find(|(n, _)| n == name).map_or(0, |(_, n)| *n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn takes_anything(raws in prop::collection::vec(raw(), 1..1500), slice in 1usize..50) {
        let mut setup = table(RULES).setup;
        setup.bounds.history_points = 10;
        let inputs = inputs(&raws);
        let (events, engine) = run(&setup, &inputs, inputs.len());
        let (counts, (_, histories)) = (engine.counts(), engine.heap_bytes());
        prop_assert_eq!(broken(&events), Vec::<String>::new());
        prop_assert!(counts.tracks <= TRACKS);
        prop_assert!(histories <= TRACKS as usize * 16 * 16 * 2, "{histories} bytes of history");
        // One deadline a rule and track; pairs that met lately have one each.
        let pairs = 2 * 12 * 11 / 2;
        let rules = setup.rules.len() as u64;
        prop_assert!(count(&counts, "deadlines") <= rules * TRACKS + pairs, "{:?}", counts);
        // An alert that ended may go on: its last event tells.
        let last: std::collections::BTreeMap<&str, Phase> = events.iter().map(|e| (e.id.as_str(), e.phase)).collect();
        let open = last.values().filter(|phase| **phase != Phase::Ended).count();
        prop_assert!(open as u64 <= count(&counts, "alerts-open"));
        prop_assert_eq!(&run(&setup, &inputs, slice).0, &events);
        let (restarted, told) = engine_with_restarts(&setup, &inputs, 50 + slice);
        prop_assert_eq!(&told, &events);
        prop_assert_eq!(&restarted.counts(), &counts);
        // What is learnt follows from the messages alone, too.
        prop_assert_eq!(restarted.normalcy(), engine.normalcy());
        let text = engine.normalcy().to_file();
        prop_assert_eq!(&Normalcy::from_file(&text).expect("reads"), engine.normalcy());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Lists change in place, where everything else that changes is loaded anew.
    #[test]
    fn lists_that_are_put_into_force_are_lists_that_were_loaded(
        raws in prop::collection::vec(raw(), 1..800), at in 0.0..1.0
    ) {
        let setup = table(RULES).setup;
        let other = Setup { lists: table("list wanted 338000002\nrule watchlist listed=wanted\n").setup.lists, ..setup.clone() };
        let inputs = inputs(&raws);
        let (before, after) = inputs.split_at((inputs.len() as f64 * at) as usize);
        let (mut put, mut out, mut out_of_loaded) = (Engine::new(setup.clone()), Vec::new(), Vec::new());
        put.step(before, &mut Vec::new());
        let mut loaded = reload::resumed(other.clone(), &reload::saved(&put), &mut Vec::new()).expect("read");
        put.put_lists(ReadyLists::new(&setup.rules, other.lists));
        put.step(after, &mut out);
        loaded.step(after, &mut out_of_loaded);
        prop_assert_eq!(out, out_of_loaded);
        prop_assert_eq!(put.counts(), loaded.counts());
    }
}

/// Patterns that random input does not bring to an alert, each with the reason.
const NEVER_FIRES: &[(&str, &str)] = &[
    ("shadowing", "the ship must give a length, and random static reports give none"),
    ("position-mismatch", "random fixes of one number never settle at two places"),
];

/// The generator is worth its name only if every pattern fires under it.
#[test]
fn anything_fires_every_pattern() {
    use proptest::strategy::ValueTree;
    let setup = table(RULES).setup;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    let expected = 2 * (vigie::patterns::ALL.len() - NEVER_FIRES.len());
    for _ in 0..200 {
        let raws = prop::collection::vec(raw(), 1000..1500).new_tree(&mut runner).unwrap().current();
        seen.extend(
            run(&setup, &inputs(&raws), 32)
                .0
                .into_iter()
                .filter(|e| e.phase != Phase::Updated)
                .map(|e| (e.pattern.into_owned(), e.phase.word())),
        );
        if seen.len() >= expected {
            break;
        }
    }
    let mut faults = Vec::new();
    for pattern in vigie::patterns::ALL.iter().map(|pattern| pattern.name) {
        if !setup.rules.iter().any(|rule| rule.pattern == pattern) {
            faults.push(format!("{pattern} has no rule here"));
        }
        let excused = NEVER_FIRES.iter().any(|(name, _)| *name == pattern);
        let fires = ["raised", "ended"].iter().all(|phase| seen.contains(&(pattern.to_owned(), *phase)));
        match (fires, excused) {
            (false, false) => faults.push(format!("{pattern} is never raised, or never ends")),
            (true, true) => faults.push(format!("{pattern} fires and needs no excuse")),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}\n{seen:?}", faults.join("\n"));
}

/// The same echoes are a vessel or an aircraft, as the radar says, and only the rules of their domain see them.
#[test]
fn what_flies_is_no_track_of_the_sea() {
    let start = Time::from_secs(1_767_225_600);
    // 72 kn to the north: 111 m in 3 s.
    let echo = |domain: Domain, step: i64| {
        let position = Position::new(-59.95, 12.9 + step as f64 * 0.001);
        let time = start + Span::from_secs(3 * step);
        let kinematics = Kinematics { sog_kn: Some(72.0), cog_deg: Some(0.0), ..Kinematics::default() };
        let contact = contact((FeedId(0), StationId(0), time), 1, kinematics, 5);
        Input::Contact(Contact { domain: Some(domain), position, altitude_ft: None, ..contact })
    };
    let alerts = |domain: Domain| {
        let echoes: Vec<Input> = (0..60).map(|step| echo(domain, step)).collect();
        let (events, engine) = run(&table(RULES).setup, &echoes, 8);
        assert_eq!(engine.counts().tracks, 1);
        let alerts = events.iter().map(|e| (e.pattern.to_string(), e.subjects[0].domain.word()));
        alerts.collect::<std::collections::BTreeSet<_>>()
    };
    let (sea, air) = (alerts(Domain::Surface), alerts(Domain::Air));
    assert!(sea.contains(&("go-fast".to_owned(), "surface")), "{sea:?}");
    assert!(air.contains(&("dark-aircraft".to_owned(), "air")), "{air:?}");
    assert!(sea.iter().all(|(_, domain)| *domain == "surface"), "{sea:?}");
    assert!(air.iter().all(|(_, domain)| *domain == "air"), "{air:?}");
}

/// Rules, zones and lists may change under an engine that goes on.
mod reload {
    use super::*;

    const SLOW: &str = "rule loitering name=slow min_duration=10min\n";
    const OTHER: &str = "rule loitering name=other min_duration=20min\n";

    fn lies_still(minutes: std::ops::Range<i64>) -> Vec<Input> {
        let start = Time::from_secs(1_767_240_000);
        let report = |minute: i64| {
            let kinematics = Kinematics {
                position: Position::new(-60.0, 13.0),
                sog_kn: Some(0.2),
                ..Kinematics::default()
            };
            let body = Body::Position(PositionReport {
                kinematics,
                class: TransponderClass::A,
                nav_status: None,
                accurate: true,
                altitude_m: None,
            });
            let time = start + Span::from_secs(60 * minute);
            Input::Report(Report {
                feed: FeedId(0),
                station: StationId(0),
                time,
                transmission: minute as u32,
                mmsi: Mmsi(314_001_000),
                body,
            })
        };
        minutes.map(report).collect()
    }

    fn own(out: &[Output]) -> impl Iterator<Item = &AlertEvent> {
        out.iter().filter_map(|output| if let Output::Alert(event) = output { Some(&**event) } else { None })
    }

    fn told(out: &[Output]) -> Vec<(&str, Phase, Option<EndReason>)> {
        own(out).map(|e| (e.rule.as_str(), e.phase, e.end_reason)).collect()
    }

    /// Hashes a rule's content, as the configuration does.
    fn setup_of(text: &str) -> Setup {
        let mut setup = table(text).setup;
        setup.rules.iter_mut().for_each(|rule| rule.hash = format!("{:?}", rule.limits));
        setup
    }

    pub fn saved(engine: &Engine) -> Vec<u8> {
        let mut saved = StateWriter::default();
        engine.save(&mut saved);
        saved.into_bytes()
    }

    pub fn resumed(setup: Setup, saved: &[u8], out: &mut Vec<Output>) -> Result<Engine, Unreadable> {
        Engine::resume(setup, &mut SavedState::parse(saved)?, out)
    }

    /// Fifteen minutes under the first rules, the rest under the second.
    fn change(first: &str, second: &str) -> (Vec<Output>, Vec<Output>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut engine = Engine::new(setup_of(first));
        engine.step(&lies_still(0..15), &mut before);
        let mut engine = resumed(setup_of(second), &saved(&engine), &mut after).expect("read");
        engine.step(&lies_still(15..40), &mut after);
        (before, after)
    }

    #[test]
    fn a_rule_that_stays_goes_on_whatever_number_it_has() {
        let (before, after) = change(&format!("{SLOW}{OTHER}"), &format!("{OTHER}{SLOW}"));
        assert_eq!(told(&before), [("slow", Phase::Raised, None)]);
        let later = told(&after);
        assert!(later.contains(&("slow", Phase::Updated, None)), "what was raised goes on: {later:?}");
        assert!(!later.contains(&("slow", Phase::Raised, None)), "nothing is raised twice: {later:?}");
        assert!(
            later.contains(&("other", Phase::Raised, None)),
            "what had begun is raised in time: {later:?}"
        );
        let raised = own(&after).find(|e| e.phase == Phase::Raised).unwrap();
        assert_eq!(raised.onset, Time::from_secs(1_767_240_000), "it counts from before the change");
    }

    /// An alert keeps the version of rules that raised it, over every restart and every change of other rules.
    #[test]
    fn an_alert_names_the_version_that_raised_it() {
        let of = |text: &str, version: &str| Setup { version: version.to_owned(), ..setup_of(text) };
        let (mut out, mut engine) = (Vec::new(), Engine::new(of(SLOW, "one")));
        engine.step(&lies_still(0..15), &mut out);
        let both = format!("{OTHER}{SLOW}");
        let mut engine = resumed(of(&both, "two"), &saved(&engine), &mut out).expect("read");
        engine.step(&lies_still(15..30), &mut out);
        let mut engine = resumed(of(&both, "two"), &saved(&engine), &mut out).expect("read");
        engine.step(&lies_still(30..40), &mut out);
        let named: Vec<_> = own(&out).map(|e| (e.rule.as_str(), e.rules_version.as_str())).collect();
        assert!(named.iter().filter(|(rule, _)| *rule == "slow").count() > 1, "{named:?}");
        assert!(named.contains(&("other", "two")), "{named:?}");
        assert!(named.iter().all(|named| [("slow", "one"), ("other", "two")].contains(named)), "{named:?}");
    }

    #[test]
    fn the_alerts_of_a_rule_that_changed_end_with_that() {
        let (_, after) = change(SLOW, &SLOW.replace("10min", "12min"));
        let later = told(&after);
        assert_eq!(later[0], ("slow", Phase::Ended, Some(EndReason::RuleChanged)));
        let (_, after) = change(SLOW, OTHER);
        assert_eq!(told(&after)[0], ("slow", Phase::Ended, Some(EndReason::RuleChanged)), "it has gone");
    }

    #[test]
    fn state_of_another_layout_or_cut_short_is_refused() {
        let (mut engine, mut out) = (Engine::new(table(SLOW).setup), Vec::new());
        engine.step(&lies_still(0..15), &mut out);
        let mut saved = saved(&engine);
        for end in [0, 1, 8, saved.len() / 2, saved.len() - 1] {
            let cut = resumed(table(SLOW).setup, &saved[..end], &mut out);
            assert!(cut.is_err(), "cut after {end} of {} bytes", saved.len());
        }
        saved[3] ^= 1;
        assert!(resumed(table(SLOW).setup, &saved, &mut out).is_err());
    }
}
