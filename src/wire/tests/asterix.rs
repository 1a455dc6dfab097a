//! ASTERIX: records laid out by hand to contacts and ticks, and any bytes.

use proptest::prelude::*;

use super::*;
use crate::geodesy::{bearing_deg, distance_m};
use crate::model::{Contact, ContactStatus, Domain, Icao, Position, Radar, Squawk, StationId};
use crate::wire::{Reason, Sensor};

/// 2026-01-01T00:00:00Z.
const MIDNIGHT: i64 = 1_767_225_600_000;
/// 04:00:01 on that day; records tell 04:00:00.
const ARRIVAL: Arrival = Arrival::Stamped(Time(MIDNIGHT + 14_401_000));
const FOUR: &str = "1c2000";

fn site() -> Position {
    Position::new(-59.5, 13.1).expect("a position")
}

/// Returns the counts of [`super::counted`] without contacts, which each test counts itself.
fn counted(tally: &Tally) -> String {
    let words = super::counted(tally);
    words.split(", ").filter(|word| !word.starts_with("contacts")).collect::<Vec<_>>().join(", ")
}

/// Octets in hexadecimal; blanks are passed over.
fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn block(category: u8, records: &str) -> Vec<u8> {
    let records = octets(records);
    let [high, low] = (records.len() as u16 + 3).to_be_bytes();
    [vec![category, high, low], records].concat()
}

fn read_at(site: Option<Position>, payload: &[u8], arrival: Arrival) -> (Vec<Input>, Tally, Stations) {
    let (mut out, mut tally, mut stations) = (Vec::new(), Tally::default(), Stations::default());
    stations.declare(FeedId(0), Sensor { site, radar: Some(Radar::default()) });
    let mut decoder = Decoder::new(FeedId(0), Format::Asterix);
    tally.record(FeedId(0), &decoder.read("t", payload, arrival, &mut stations, &mut out));
    (out, tally, stations)
}

fn one(payload: &[u8]) -> Contact {
    let (mut out, tally, _) = read_at(Some(site()), payload, ARRIVAL);
    assert_eq!(counted(&tally), "");
    match out.pop() {
        Some(Input::Contact(contact)) if out.is_empty() => contact,
        other => panic!("{other:?}"),
    }
}

/// Source 25/201, 04:00:00, combined detection, 10 NM at 090 degrees, track 5, 8 kn at 045 degrees.
fn cat048(descriptor: &str, status: &str) -> Vec<u8> {
    // Presence: 010 140 020 040, then 161 200 170.
    block(48, &format!("f1 16 19c9 {FOUR} {descriptor} 0a00 4000 0005 0024 2000 {status}"))
}

#[test]
fn a_radar_track_of_cat048() {
    let contact = one(&cat048("20", "20"));
    let at = contact.position.expect("a position");
    assert!((distance_m(site(), at) - 18_520.0).abs() < 4.0, "{at:?}");
    assert!((bearing_deg(site().lon_lat(), at.lon_lat()) - 90.0).abs() < 0.05);
    assert_eq!(contact.time, Time(MIDNIGHT + 14_400_000));
    assert_eq!((contact.number, contact.station, contact.status), (5, StationId(1), ContactStatus::Tracking));
    assert!((contact.sog_kn.expect("a speed") - 7.91).abs() < 0.01);
    assert_eq!((contact.cog_deg, contact.domain, contact.altitude_ft), (Some(45.0), None, None));
    let accuracy = contact.accuracy.expect("of the radar");
    assert_eq!((accuracy.along_m, accuracy.across_m.round()), (30.0, 162.0), "half a degree at 10 NM");
    assert_eq!(accuracy.axis_deg.round(), 90.0);
}

#[test]
fn a_track_is_acquired_tracked_coasted_and_lost_as_its_records_say() {
    for (descriptor, status, expected) in [
        ("20", "80", ContactStatus::Acquiring),
        ("20", "2140", ContactStatus::Acquiring),
        ("00", "20", ContactStatus::Coasting),
        ("20", "2180", ContactStatus::Lost),
    ] {
        let contact = one(&cat048(descriptor, status));
        assert_eq!(contact.status, expected, "{descriptor} {status}");
        assert_eq!(contact.position.is_none(), expected == ContactStatus::Lost);
    }
}

#[test]
fn records_that_give_no_contact_are_counted_by_reason() {
    let tick = [Input::Tick { feed: FeedId(0), time: Time(MIDNIGHT + 14_400_000) }];
    for (payload, expected) in [
        // Simulated; a field monitor; a test target.
        (cat048("30", "20"), "test-target 1, ticks 1"),
        (cat048("22", "20"), "test-target 1, ticks 1"),
        (cat048("2180", "20"), "test-target 1, ticks 1"),
        // No item 161; no position at all.
        (block(48, &format!("f0 19c9 {FOUR} 20 0a00 4000")), "no-track 1, ticks 1"),
        (block(48, &format!("c1 10 19c9 {FOUR} 0005")), "no-position 1, ticks 1"),
        // A range of 0, polar and cartesian: no radar sees its own antenna.
        (block(48, &format!("f1 16 19c9 {FOUR} 20 0000 4000 0005 0024 2000 20")), "no-position 1, ticks 1"),
        (block(48, &format!("e1 1c 19c9 {FOUR} 20 0005 0000 0000 0024 2000")), "no-position 1, ticks 1"),
        // Latitude 100 degrees.
        (block(62, &format!("99 08 19c9 {FOUR} 011c71c7 00000000 0005")), "no-position 1, ticks 1"),
        // A north marker; the end of a batch.
        (block(34, &format!("e0 19c9 01 {FOUR}")), "ticks 1"),
        (block(65, &format!("f0 1964 02 04 {FOUR}")), "ticks 1"),
        (block(10, &format!("d0 19c9 03 {FOUR}")), "ticks 1"),
        (block(1, "ffff"), "other-category 1"),
        (block(48, "00"), "bad-record 1"),
        (vec![48, 0, 2], "bad-block 1"),
        (vec![48, 0], "bad-block 1"),
        (vec![48, 0, 9, 1, 2], "bad-block 1"),
    ] {
        let (out, tally, _) = read_at(Some(site()), &payload, ARRIVAL);
        assert_eq!(counted(&tally), expected, "{payload:02x?}");
        assert_eq!(out, if expected.contains("ticks") { &tick[..] } else { &[] }, "{payload:02x?}");
    }
    let (_, tally, _) = read_at(None, &cat048("20", "20"), ARRIVAL);
    assert_eq!(counted(&tally), "no-position 1, ticks 1", "without a site a bearing leads nowhere");
}

#[test]
fn transponder_data_reach_the_contact_unless_garbled_or_old() {
    // 010 140 020 040 070 090, 220 240 161, 230 (third octet, seventh place).
    let aircraft = |code: &str, level: &str, status: &str| {
        let head = format!("fd d1 02 19c9 {FOUR} a0 0a00 4000");
        one(&block(48, &format!("{head} {code} {level} 0c4a11 097074c75820 0005 {status}")))
    };
    let low = aircraft("0200", "3ff8", "2000");
    assert_eq!(
        (low.altitude_ft, low.squawk, low.icao),
        (Some(-200.0), Squawk::of_digits("1000"), Icao::new(0x0c4a11))
    );
    assert_eq!(low.label.map(|label| label.to_string()), Some("BWA415".to_owned()));
    assert_eq!(low.domain, Some(Domain::Air));
    // Not validated, garbled, not extracted in this turn; on the ground.
    for code in ["8200", "4200", "2200"] {
        assert_eq!(aircraft(code, "0528", "2400").squawk, None, "{code}");
    }
    assert_eq!(aircraft("0200", "8528", "2400").altitude_ft, None);
    assert_eq!(aircraft("0200", "4528", "2400").domain, Some(Domain::Surface));
    // 33,000 ft at 10 NM of slant range: 10,058 m up, 15,538 m away.
    let high = aircraft("0200", "0528", "2000").position.expect("a position");
    assert!((distance_m(site(), high) - 15_538.0).abs() < 30.0, "{}", distance_m(site(), high));
}

#[test]
fn a_system_track_of_cat062() {
    // 010 070 105, 185 in the first octet; 040 080 in the second; 136 270 500 further on.
    let record = format!(
        "9b 0d 21 84 1964 {FOUR} 00254f84 ff4fa5a0 fff0 0010 1f75 00 ffd0 3d211e \
         a0 0014000a 00100020"
    );
    let contact = one(&block(62, &record));
    let at = contact.position.expect("a position");
    let unit = 180.0 / 33_554_432.0;
    assert!((at.lat() - f64::from(0x0025_4f84) * unit).abs() < 1e-7);
    assert!((at.lon() - f64::from(0xff4f_a5a0_u32 as i32) * unit).abs() < 1e-7);
    assert_eq!((contact.number, contact.altitude_ft), (0x1f75, Some(-1200.0)));
    assert_eq!(contact.size_m, Some(30.0), "the longer of length and width");
    // 4 m/s west and 4 m/s north.
    assert_eq!(contact.cog_deg, Some(315.0));
    assert!((contact.sog_kn.expect("a speed") - 10.996).abs() < 0.001);
    let accuracy = contact.accuracy.expect("its own");
    assert_eq!((accuracy.along_m, accuracy.across_m, accuracy.axis_deg), (10.0, 5.0, 90.0));
}

#[test]
fn a_track_further_from_its_radar_than_any_radar_sees_is_refused_and_one_of_a_system_is_not() {
    // The latitude of the one is 13 degrees north, that of the other 47.
    for (latitude, refused) in [("00254f84", 0), ("00854f84", 1)] {
        let payload = block(62, &format!("9b 0c 1964 {FOUR} {latitude} ff4fa5a0 fff0 0010 1f75 00"));
        let (out, tally, _) = read_at(Some(site()), &payload, ARRIVAL);
        assert_eq!(tally.total(Reason::NoPosition), refused, "{latitude}");
        assert_eq!(matches!(out[..], [Input::Contact(_)]), refused == 0, "{latitude}: {out:?}");
        let (mut out, mut stations) = (Vec::new(), Stations::default());
        stations.declare(FeedId(0), Sensor { site: Some(site()), radar: None });
        let counts =
            Decoder::new(FeedId(0), Format::Asterix).read("t", &payload, ARRIVAL, &mut stations, &mut out);
        assert_eq!(counts.of(Reason::Contacts), 1, "{latitude}: a system has radars all over a country");
    }
}

#[test]
fn a_surface_track_of_cat010() {
    // 010 000 020 140 042; 202 161 170; 500 in the fourth octet. 300 m east and 400 m south; 2.5 m/s east.
    let record = format!("f3 71 01 80 0007 01 60 {FOUR} 012c fe70 000a 0000 0123 00 0814 0000");
    let contact = one(&block(10, &record));
    let at = contact.position.expect("a position");
    assert!((distance_m(site(), at) - 500.0).abs() < 0.1);
    assert!((bearing_deg(site().lon_lat(), at.lon_lat()) - 143.13).abs() < 0.01);
    assert_eq!((contact.number, contact.cog_deg), (0x123, Some(90.0)));
    let accuracy = contact.accuracy.expect("its own");
    assert_eq!((accuracy.along_m, accuracy.across_m, accuracy.axis_deg), (5.0, 2.0, 0.0));
}

#[test]
fn stations_are_named_by_sac_and_sic_and_times_of_day_get_their_date() {
    let (out, tally, stations) = read_at(Some(site()), &cat048("20", "20"), ARRIVAL);
    assert_eq!((out.len(), stations.list()[0].2.as_str(), counted(&tally)), (1, "25/201", String::new()));
    // A radar of another feed stands elsewhere: its ranges are measured from there.
    let (mut out, mut tally, mut stations) = (Vec::new(), Tally::default(), Stations::default());
    stations.claim("25/201", FeedId(7));
    stations.declare(FeedId(0), Sensor { site: Some(site()), radar: None });
    let mut decoder = Decoder::new(FeedId(0), Format::Asterix);
    tally.record(FeedId(0), &decoder.read("t", &cat048("20", "20"), ARRIVAL, &mut stations, &mut out));
    assert_eq!(counted(&tally), "no-position 1, ticks 1", "nobody said where it stands");
    let north = Position::new(-59.5, 14.1).expect("a position");
    stations.declare(FeedId(7), Sensor { site: Some(north), radar: None });
    tally.record(FeedId(0), &decoder.read("t", &cat048("20", "20"), ARRIVAL, &mut stations, &mut out));
    let Some(Input::Contact(contact)) = out.last() else { panic!() };
    let at = contact.position.expect("a position");
    assert!(contact.feed == FeedId(7) && (distance_m(north, at) - 18_520.0).abs() < 4.0);
    assert!(contact.accuracy.is_some(), "a range and bearing have the default accuracy");

    let time = |payload: &[u8], arrival| {
        let (out, tally, _) = read_at(Some(site()), payload, arrival);
        let told = out.first().and_then(|input| match input {
            Input::Contact(contact) => Some(contact.time),
            _ => None,
        });
        (told, counted(&tally))
    };
    let four = Some(Time(MIDNIGHT + 14_400_000));
    let early = Time(MIDNIGHT + 14_390_000);
    let told = cat048("20", "20");
    assert_eq!(time(&told, Arrival::Stamped(early)), (Some(early), "time-ahead 1".to_owned()));
    let after = Time(MIDNIGHT + 86_400_000);
    let mut late = told.clone();
    late[7..10].copy_from_slice(&octets("a8c000"));
    assert_eq!(time(&late, Arrival::Stamped(after)), (Some(after), "bad-time 1".to_owned()));
    late[7..10].copy_from_slice(&octets("a8bf80"));
    let before = Time(after.0 - 1000);
    assert_eq!(time(&late, Arrival::Stamped(after)), (Some(before), String::new()), "the day before");

    // An exercise's clock has no date but for a TAG block; live, the TAG block tells nothing that arrival does not.
    assert_eq!(time(&told, Arrival::FromSource), (None, "no-time 1".to_owned()));
    let mut tagged = Vec::new();
    crate::feed::recording::timed(&told, Time(MIDNIGHT + 14_401_000), &mut tagged);
    assert_eq!(time(&tagged, Arrival::FromSource), (four, String::new()));
    assert_eq!(time(&tagged, ARRIVAL), (four, String::new()));
}

/// Blocks of every category and most forms of items.
fn real_forms() -> Vec<Vec<u8>> {
    let aircraft = "a0 0014000a 00100020";
    vec![
        cat048("20", "2180"),
        block(48, &format!("fd d1 02 19c9 {FOUR} a0 0a00 4000 0200 3ff8 0c4a11 097074c75820 0005 2000")),
        block(
            48,
            "83 21 05 20 19c9 fe 01020304050607 01 1122334455667788 c0 0102 02 010203040506 010203040506 0042",
        ),
        block(
            62,
            &format!("9b 0d 21 84 1964 {FOUR} 00254f84 ff4fa5a0 fff0 0010 1f75 00 ffd0 3d211e {aircraft}"),
        ),
        block(
            62,
            "81 11 01 01 06 1964 c1 41 01 10 0c4a11 097074c75820 02 000000000000000000000000000001 000000000000000000000000000002 01 1122334455667788 04010203 03aabb",
        ),
        block(10, &format!("f3 71 01 80 0007 01 60 {FOUR} 012c fe70 000a 0000 0123 00 0814 0000")),
        block(34, &format!("f6 1910 02 {FOUR} 08 9c 40 10 20 3040 90 00 11")),
        block(65, &format!("f0 1964 02 04 {FOUR}")),
        block(2, "f0f0f0"),
    ]
}

#[test]
fn every_form_is_read_to_its_end() {
    let (out, tally, _) = read_at(Some(site()), &real_forms().concat(), ARRIVAL);
    assert_eq!(counted(&tally), "no-track 2, other-category 1");
    assert_eq!(out.len(), 4);
}

fn last() -> Vec<u8> {
    cat048("20", "20")
}

/// The contact of [`last`] is there: the block after all that was read.
fn ends_with_last(out: &[Input]) -> bool {
    matches!(out.last(), Some(Input::Contact(contact)) if contact.number == 5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Records go wrong in any way: the block after theirs is read.
    #[test]
    fn no_record_loses_the_next_block(
        forms in prop::collection::vec(prop::sample::select(real_forms()), 1..4),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 0..6),
    ) {
        let mut payload = Vec::new();
        for mut form in forms {
            for (at, octet, what) in &changes {
                let at = 3 + at.index(form.len() - 3);
                match what {
                    0 => form[at] = *octet,
                    1 => form[at] ^= 1 << (octet % 8),
                    2 => form.truncate(at.max(4)),
                    _ => form.insert(at, *octet),
                }
            }
            let [high, low] = (form.len() as u16).to_be_bytes();
            (form[1], form[2]) = (high, low);
            payload.extend(form);
        }
        payload.extend(last());
        let (out, tally, stations) = read_at(Some(site()), &payload, ARRIVAL);
        prop_assert!(ends_with_last(&out), "{payload:02x?}");
        prop_assert!(out.len() <= payload.len() && stations.len() <= payload.len());
        let made = tally.total(Reason::Contacts) + tally.total(Reason::Ticks);
        prop_assert_eq!(made, out.len() as u64);
    }

    /// A block of nothing that has a sense, of right length.
    #[test]
    fn rubbish_in_a_block_stays_in_it(
        category in prop::sample::select(vec![10_u8, 34, 48, 62, 65, 240, 0]),
        rubbish in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let [high, low] = (rubbish.len() as u16 + 3).to_be_bytes();
        let payload = [vec![category, high, low], rubbish, last()].concat();
        let (out, _, _) = read_at(Some(site()), &payload, ARRIVAL);
        prop_assert!(ends_with_last(&out));
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_give_at_most_one_input_a_byte(payload in prop::collection::vec(any::<u8>(), 0..600), cut in any::<prop::sample::Index>()) {
        for arrival in [ARRIVAL, Arrival::FromSource] {
            let (out, tally, _) = read_at(Some(site()), &payload, arrival);
            prop_assert!(out.len() <= payload.len());
            prop_assert!(tally.total(Reason::Lines) <= payload.len() as u64 + 1);
        }
        let whole = real_forms().concat();
        read_at(Some(site()), &whole[..cut.index(whole.len())], ARRIVAL);
    }
}

#[test]
fn chains_without_end_are_errors() {
    for category in [10, 34, 48, 62, 65] {
        let endless = [vec![category, 0x10, 3], vec![0xff; 0x1000], last()].concat();
        let (out, tally, _) = read_at(Some(site()), &endless, ARRIVAL);
        assert_eq!((out.len(), counted(&tally)), (1, "bad-record 1".to_owned()));
        let empty = [vec![category, 0x10, 3], vec![0x01; 0x1000], last()].concat();
        let (out, tally, _) = read_at(Some(site()), &empty, ARRIVAL);
        assert_eq!((out.len(), counted(&tally)), (1, "bad-record 1".to_owned()));
    }
    // A track status, a count of Mode S data, a field of explicit length that pass their block's end.
    for record in ["01 02 21", "01 20 ff 00", "01 01 01 02 00", "01 01 01 02 09 00"] {
        let payload = [block(48, record), last()].concat();
        let (out, tally, _) = read_at(Some(site()), &payload, ARRIVAL);
        assert_eq!((out.len(), counted(&tally)), (1, "bad-record 1".to_owned()), "{record}");
    }
}
