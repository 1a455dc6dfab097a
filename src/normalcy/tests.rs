use super::*;

const DAY_S: i64 = 86_400;
/// Midnight UTC before the first day, 60° W: 20:00 solar time the day before.
const START: Time = Time::from_secs(1_767_225_600);

fn at(lon: f64, lat: f64) -> Position {
    Position::new(lon, lat).expect("a position")
}

/// A vessel slow on a bank at 08:00 solar time of a day.
fn slow(mmsi: u32, day: i64) -> Observation {
    Observation {
        behaviour: Behaviour::Slow,
        manner: 0,
        kind: Kind::Fishing,
        position: at(-60.01, 13.01),
        time: START + crate::model::Span::from_secs(day * DAY_S + 12 * 3600),
        who: u64::from(mmsi),
        mmsi: Some(Mmsi(mmsi)),
        other: None,
        slower: 0,
    }
}

fn inbound(who: u64, day: i64, manner: u8) -> Observation {
    Observation { behaviour: Behaviour::Inbound, manner, kind: Kind::Dark, who, mmsi: None, ..slow(0, day) }
}

fn taught(seen: impl IntoIterator<Item = Observation>) -> Normalcy {
    let mut model = Normalcy::default();
    for day in 0..14 {
        model.watch(at(-60.01, 13.01), slow(0, day).time);
    }
    seen.into_iter().for_each(|seen| model.learn(&seen));
    model
}

#[test]
fn what_several_do_on_many_days_is_a_habit() {
    let fleet = (0..10).flat_map(|day| (1..=4).map(move |boat| slow(314_000_000 + boat, day)));
    let model = taught(fleet);
    let rate = model.rate(&slow(314_000_009, 14)).expect("watched");
    assert!(rate.is_habit() && !rate.is_rare());
    let usual = rate.usual();
    assert_eq!((usual.days, usual.of_days, usual.own_days), (10, 14, Some(0)));
    assert!(usual.words.starts_with("about 3 times a day here"), "{}", usual.words);
    let own = model.rate(&slow(314_000_001, 14)).expect("watched").usual();
    assert_eq!(own.own_days, Some(10));
    assert!(rate.between().expect("a habit").hours() < 40.0);
}

#[test]
fn other_hours_places_and_kinds_are_not_covered() {
    let fleet = (0..14).flat_map(|day| (1..=4).map(move |boat| slow(314_000_000 + boat, day)));
    let model = taught(fleet);
    let here = slow(314_000_009, 14);
    for other in [
        Observation { time: here.time + crate::model::Span::from_secs(12 * 3600), ..here },
        Observation { position: at(-60.01, 12.93), ..here },
        Observation { kind: Kind::Merchant, ..here },
        Observation { behaviour: Behaviour::Meeting, ..here },
    ] {
        let rate = model.rate(&other).expect("watched");
        assert!(rate.is_rare(), "{other:?}");
    }
    assert_eq!(model.rate(&Observation { position: at(-61.5, 13.01), ..here }), None, "never watched");
    assert_eq!(taught([]).rate(&slow(1, 1)), None, "too few days");
}

#[test]
fn one_attacker_teaches_nothing_in_three_days_nor_alone() {
    let many_in_three_days = (11..14).flat_map(|day| (1..=9).map(move |boat| slow(314_000_000 + boat, day)));
    assert!(!taught(many_in_three_days).rate(&slow(1, 14)).expect("watched").is_habit());
    let alone = (0..14).map(|day| slow(314_000_001, day));
    let rate = taught(alone).rate(&slow(314_000_001, 14)).expect("watched");
    assert!(!rate.is_habit() && !rate.is_rare());
    let today = (1..=9).map(|boat| slow(314_000_000 + boat, 14));
    assert!(taught(today).rate(&slow(1, 14)).expect("watched").is_rare(), "today does not count");
}

#[test]
fn a_run_that_nobody_else_makes_is_no_habit() {
    let home = manner(7.0, 90.0);
    // Two or three pirogues come home each night, eastward, at 7 kn.
    let fleet =
        (0..14).flat_map(|day| (0..3).map(move |boat| inbound((day * 31 + boat * 7) as u64, day, home)));
    let model = taught(fleet);
    let rate = |manner| model.rate(&inbound(1, 14, manner)).expect("watched");
    assert!(rate(home).is_habit());
    assert!(rate(manner(7.0, 130.0)).is_habit(), "the next octant");
    assert!(!rate(manner(25.0, 90.0)).is_habit(), "faster");
    assert!(!rate(manner(7.0, 250.0)).is_habit(), "from another side");
    // One dark craft a night is one craft for all that a radar knows.
    let alone = taught((0..14).map(|day| inbound(day as u64, day, home)));
    assert!(!alone.rate(&inbound(1, 14, home)).expect("watched").is_habit());
}

#[test]
fn severe_alerts_interrupt_whatever_is_usual() {
    use crate::model::{Attention, Severity};
    for (severity, is_counted, never_quiet, want) in [
        (Severity::Severe, true, false, Attention::Interrupt),
        (Severity::Extreme, true, false, Attention::Interrupt),
        (Severity::Moderate, true, false, Attention::Quiet),
        (Severity::Moderate, true, true, Attention::Interrupt),
        (Severity::Moderate, false, false, Attention::Interrupt),
        (Severity::Minor, true, false, Attention::Quiet),
        (Severity::Minor, false, false, Attention::Quiet),
    ] {
        assert_eq!(
            attention(severity, is_counted, never_quiet),
            want,
            "{severity:?} {is_counted} {never_quiet}"
        );
    }
}

#[test]
fn a_vessel_has_its_own_ground_where_several_lie() {
    let own = |days: i64| (0..days).map(|day| slow(314_000_001, day));
    let at_another_hour =
        |seen: Observation| Observation { time: seen.time + crate::model::Span::from_secs(9 * 3600), ..seen };
    let others = || {
        (0..10).flat_map(move |day| (2..=4).map(move |boat| at_another_hour(slow(314_000_000 + boat, day))))
    };
    let here = slow(314_000_001, 14);
    assert!(taught(own(5).chain(others())).is_at_home(&here));
    assert!(
        !taught(own(5).chain(others())).rate(&here).expect("watched").is_habit(),
        "nobody else at this hour"
    );
    assert!(!taught(own(4).chain(others())).is_at_home(&here), "four days");
    assert!(!taught(own(10)).is_at_home(&here), "nobody else");
    assert!(!taught(own(10).chain(others())).is_at_home(&slow(314_000_009, 14)), "another vessel");
    let dark = Observation { kind: Kind::Dark, mmsi: None, ..here };
    assert!(!taught(own(10).chain(others())).is_at_home(&dark));
}

#[test]
fn two_are_at_home_where_their_kinds_lie() {
    let fleet = (0..10).flat_map(|day| (1..=4).map(move |boat| slow(314_000_000 + boat, day)));
    let model = taught(fleet);
    let meeting =
        |kind, other| Observation { behaviour: Behaviour::Meeting, kind, other, ..slow(314_000_009, 14) };
    assert!(model.is_at_home(&meeting(Kind::Fishing, Some(Kind::Fishing))));
    assert!(!model.is_at_home(&meeting(Kind::Merchant, Some(Kind::Fishing))), "no merchant ship lies there");
    assert!(!model.is_at_home(&meeting(Kind::Dark, None)));
}

#[test]
fn it_forgets_in_event_time() {
    let fleet = (0..14).flat_map(|day| (1..=4).map(move |boat| slow(314_000_000 + boat, day)));
    let mut model = taught(fleet);
    assert!(model.rate(&slow(1, 18)).expect("watched").is_habit());
    assert!(!model.rate(&slow(1, 25)).expect("watched").is_habit());
    model.watch(at(10.0, 50.0), slow(0, 60).time);
    assert_eq!(model.len(), (0, 0, 1));
}

#[test]
fn a_file_gives_back_what_was_learnt() {
    let fleet = (0..14).flat_map(|day| (1..=4).map(move |boat| slow(314_000_000 + boat, day)));
    let mut model = taught(fleet);
    model.learn(&inbound(5, 13, manner(15.0, 300.0)));
    let text = model.to_file();
    assert_eq!(Normalcy::from_file(&text).as_ref(), Ok(&model));
    let mut merged = Normalcy::default();
    merged.merge(&model);
    merged.merge(&model);
    assert_eq!(merged, model, "once more changes nothing");
}

#[test]
fn a_wrong_file_is_refused_with_its_place() {
    let text = taught([slow(1, 13)]).to_file();
    for (wrong, what) in [
        (text.replace("normalcy/1", "normalcy/9"), "run vigie learn again"),
        (text.replace("\"fishing\"", "\"whaling\""), "entry 1 of behaviours is out of range"),
        (text.replace("\"habits\"", "\"manners\""), "this is no file of vigie learn"),
        (String::new(), "this is no file of vigie learn"),
    ] {
        let fault = Normalcy::from_file(&wrong).expect_err("wrong");
        assert!(fault.text.contains(what), "{fault:?}");
        assert!(fault.line >= 1 && fault.column >= 1);
    }
}

#[test]
fn days_shift_and_merge() {
    let mut days = VesselDays::default();
    days.note(100, 1);
    days.note(103, 2);
    days.note(101, 4);
    days.note(50, 8);
    let mut before = [0; PAST_DAYS];
    days.add_before(104, &mut before);
    assert_eq!(&before[..4], &[2, 0, 4, 1]);
    let mut mask = DayMask::default();
    [100, 103, 101, 50].iter().for_each(|day| mask.note(*day));
    assert_eq!((mask.before(103), mask.before(104), mask.before(121), mask.before(140)), (2, 3, 2, 0));
}

/// Positions from all over the globe on one day leave the water that is watched each day, also where models are merged.
#[test]
fn water_that_is_watched_each_day_is_not_pushed_out() {
    let mut model = taught((0..4).map(|boat| slow(314_000_000 + boat, 13)));
    let mut flood = Normalcy::default();
    for n in 0..MOST_BLOCKS + 500 {
        let place = at(-179.0 + 0.35 * (n % 1000) as f64, -60.0 + 0.35 * (n / 1000) as f64);
        model.watch(place, slow(0, 14).time);
        flood.watch(place, slow(0, 14).time);
    }
    assert_eq!((model.len().2, flood.len().2), (MOST_BLOCKS, MOST_BLOCKS));
    model.merge(&flood);
    assert_eq!(model.len().2, MOST_BLOCKS);
    assert!(model.rate(&slow(314_000_009, 15)).is_some(), "this water was watched on 14 days");
}

#[test]
fn a_file_with_more_entries_than_are_held_is_refused() {
    let blocks: Vec<String> =
        (0..=MOST_BLOCKS).map(|n| format!("[{},{},20000,1]", n / 1000, n % 1000)).collect();
    let schema = file::SCHEMA;
    let text = format!(
        "{{\"schema\":\"{schema}\",\"behaviours\":[],\"habits\":[],\"watched\":[{}]}}",
        blocks.join(",")
    );
    let fault = Normalcy::from_file(&text).expect_err("too many");
    assert!(fault.text.starts_with("watched has 20001 entries"), "{}", fault.text);
}
