//! Radars that speak NMEA 0183: what their sentences say, from where, when, and how sure it is.

use super::*;
use crate::geodesy::{bearing_deg, distance_m};
use crate::model::{Contact, Position, Radar, Span};
use crate::wire::ais::encode::{self, sentence};
use crate::wire::ais::{ClassA, Fix, Reading};
use crate::wire::{Reason, Sensor};

const T0: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z
const NOON: i64 = T0 + 12 * 3_600_000;

fn site() -> Position {
    Position::new(-59.432, 13.164).expect("in range")
}

/// The checksum, and `$`.
fn dollar(body: &str) -> String {
    sentence(body).replacen('!', "$", 1)
}

fn tag(body: &str, line: &str) -> String {
    format!("\\{body}*{:02X}\\{line}", crate::wire::words::xor(body.as_bytes()))
}

#[test]
fn a_bearing_without_a_letter_counts_from_north_and_blanks_are_dropped() {
    let mut feed = RadarFeed::new(Some(site()));
    feed.at(0, &dollar("RATTM,01,  3.00, 90.0,, 0.0,  0.0,, , ,N,,T,,,"));
    let contact = feed.last();
    let at = contact.position.expect("a position");
    assert!((distance_m(site(), at) - 3.0 * 1852.0).abs() < 1.0);
    assert!((bearing_deg(site().lon_lat(), at.lon_lat()) - 90.0).abs() < 0.01);
}

#[test]
fn a_position_beyond_the_range_of_any_radar_is_refused_as_a_range_is() {
    let mut feed = RadarFeed::new(Some(site()));
    feed.at(0, &dollar("RATLL,07,1306.000,N,05912.000,W,T7,,T,"));
    feed.at(10, &dollar("RATLL,07,1306.000,N,05912.000,E,T7,,T,"));
    feed.at(20, &dollar("RATTM,07,300.0,90.0,T,0.0,0.0,T,,,N,,T,,,"));
    assert_eq!(
        (feed.contacts().len(), counted(&feed.tally).as_str()),
        (1, "contacts 1, radar-fields 2, ticks 2")
    );
}

/// Decoder of a radar feed, with or without a configured site, and its results.
struct RadarFeed {
    decoder: Decoder,
    stations: Stations,
    tally: Tally,
    out: Vec<Input>,
}

impl RadarFeed {
    fn new(site: Option<Position>) -> RadarFeed {
        let mut stations = Stations::default();
        stations.declare(FeedId(0), Sensor { site, radar: None });
        let decoder = Decoder::new(FeedId(0), Format::Nmea);
        RadarFeed { decoder, stations, tally: Tally::default(), out: Vec::new() }
    }

    fn read(&mut self, line: &str, arrival: Arrival) -> &mut RadarFeed {
        let counts = self.decoder.read("t", line.as_bytes(), arrival, &mut self.stations, &mut self.out);
        self.tally.record(FeedId(0), &counts);
        self
    }

    /// At a time after noon, in milliseconds.
    fn at(&mut self, ms: i64, line: &str) -> &mut RadarFeed {
        self.read(line, Arrival::Stamped(Time(NOON + ms)))
    }

    fn contacts(&self) -> Vec<&Contact> {
        contacts(&self.out)
    }

    fn last(&self) -> &Contact {
        self.contacts().pop().expect("a contact")
    }

    fn counted(&self) -> String {
        let all = counted(&self.tally);
        let words =
            all.split(", ").filter(|word| !word.starts_with("contacts") && !word.starts_with("ticks"));
        words.collect::<Vec<_>>().join(", ")
    }
}

fn contacts(out: &[Input]) -> Vec<&Contact> {
    let found = out.iter().filter_map(|input| match input {
        Input::Contact(contact) => Some(contact),
        _ => None,
    });
    found.collect()
}

/// `number status range-nm bearing sog cog label` as seen from a place.
fn seen(contact: &Contact, from: Position) -> String {
    let place = contact.position.map_or("nowhere".to_owned(), |at| {
        let bearing = bearing_deg(from.lon_lat(), at.lon_lat());
        format!("{:.2} {:.1}", distance_m(from, at) / 1852.0, bearing)
    });
    let figure = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    let label = contact.label.map_or("-".to_owned(), |label| label.to_string());
    let (sog, cog) = (figure(contact.sog_kn), figure(contact.cog_deg));
    format!("{} {:?} {place} {sog} {cog} {label}", contact.number, contact.status)
}

#[test]
fn each_radar_sentence_is_read_or_refused_for_its_reason() {
    for (body, expected) in [
        (
            "RATTM,11,11.40,13.6,T,7.0,20.0,T,0.0,0.0,N,,Q,,154125.82,A",
            "11 Acquiring 11.40 13.6 7.0 20.0 -, bad-time 1",
        ),
        ("RATTM,11,11.40,13.6,T,7.0,20.0,T,0.0,0.0,N,,Q,,115959.82,A", "11 Acquiring 11.40 13.6 7.0 20.0 -"),
        (
            "IITTM,1,3.25,123.4,T,12.5,270.0,T,1.2,-3.4,N,TGT 01,T,,120000.00,M",
            "1 Tracking 3.25 123.4 12.5 270.0 TGT 01",
        ),
        ("RATTM,04,5.0,180.0,T,10.0,270.0,T,1.0,5.0,N,,T,", "4 Tracking 5.00 180.0 10.0 270.0 -"),
        ("RATTM,04,5.0,180.0,T,10.0,270.0,T,1.0,5.0,N,,T", "4 Tracking 5.00 180.0 10.0 270.0 -"),
        ("RATTM,04,5.0,180.0,T,10.0,270.0,T,1.0,5.0,N,,T,,120000", "4 Tracking 5.00 180.0 10.0 270.0 -"),
        (
            "RATTM,04,5.0,180.0,T,10.0,270.0,T, , ,N,MARPA (4) [x],T, ",
            "4 Tracking 5.00 180.0 10.0 270.0 MARPA (4) [x]",
        ),
        ("RATTM,1023,5.0,180.0,T,10.0,270.0,T,,,N,A^2CB,T,,,", "1023 Tracking 5.00 180.0 10.0 270.0 A,B"),
        ("RATTM,65535,5.0,180.0,t,,,,,,n,Pêcheur,t,,,", "65535 Tracking 5.00 180.0 - - P??cheur"),
        ("RATTM,1,9.26,90.0,T,18.52,0.0,T,,,K,,T,,,", "1 Tracking 5.00 90.0 10.0 0.0 -"),
        ("RATTM,1,5.7539,90.0,T,11.5078,0.0,T,,,S,,T,,,", "1 Tracking 5.00 90.0 10.0 0.0 -"),
        ("RATTM,1,5.0,90.0,T,10.0,0.0,T,,,,,T,,,", "1 Tracking 5.00 90.0 10.0 0.0 -"),
        ("RATTM,1,5.0,360.0,T,1.0,360.0,T,,,N,,T,,,", "1 Tracking 5.00 0.0 1.0 0.0 -"),
        ("RATTM,1,5.0,90.0,T,1.0,1.0,T,,,N,,L,,,", "1 Lost nowhere 1.0 1.0 -"),
        ("RATTM,1,,,,,,,,,N,,L,,,", "1 Lost nowhere - - -"),
        ("RATTM,1,5.0,90.0,T,2000.0,1.0,T,,,N,,T,,,", "1 Tracking 5.00 90.0 - 1.0 -, illegal-value 1"),
        ("RATTM,1,5.0,90.0,T,1.0,1.0,T,,,N,REF,T,R,,", "reference-target 1"),
        ("RATTM,1,5.0,90.0,T,1.0,1.0,T,,,N,AIS,T,,,R", "reference-target 1"),
        ("RATTM,1,5.0,360.1,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,5.0,500,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,5.0,-90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,NaN,90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,inf,90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,1e3,90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,300.0,90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,0.0,0.0,T,0.0,0.0,T,,,N,,Q,,,", "radar-fields 1"),
        ("RATTM,1,,90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,5.0,,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,5.0,90.0,,1.0,1.0,T,,,N,,T,,,", "1 Tracking 5.00 90.0 1.0 1.0 -"),
        ("RATTM,1,5.0,90.0,M,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,5.0,90.0,T,1.0,1.0,T,,,X,,T,,,", "radar-fields 1"),
        ("RATTM,1,5.0,90.0,T,1.0,1.0,T,,,N,,X,,,", "radar-fields 1"),
        ("RATTM,1,5.0,90.0,T,1.0,1.0,T,,,N,a,b,T,,", "radar-fields 1"),
        ("RATTM,,5.0,90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,65536,5.0,90.0,T,1.0,1.0,T,,,N,,T,,,", "radar-fields 1"),
        ("RATTM,1,5.0,90.0,T", "radar-fields 1"),
        ("RATTM", "radar-fields 1"),
        ("RATTM,1,5.0,90.0,R,1.0,1.0,T,,,N,,T,,,", "no-heading 1"),
        ("RATLL,7,1314.000,N,05925.920,W,TGT7,120000,T,", "7 Tracking 4.14 0.0 - - TGT7"),
        ("RATLL,1023,1314.000,N,05925.920,W", "1023 Tracking 4.14 0.0 - - -"),
        ("RATLL,7,1314.000,N,05925.920,W,,,L,", "7 Lost nowhere - - -"),
        ("RATLL,7,1314.000,N,05925.920,W,,,T,R", "reference-target 1"),
        ("RATLL,7,1364.000,N,05925.920,W,,,T,", "radar-fields 1"),
        ("RATLL,7,1314.000,X,05925.920,W,,,T,", "radar-fields 1"),
        ("RATLL,7,,,,,,,T,", "radar-fields 1"),
    ] {
        let mut feed = RadarFeed::new(Some(site()));
        feed.at(0, &dollar(body));
        let said = feed.contacts().first().map(|contact| seen(contact, site()));
        let both: Vec<String> =
            said.into_iter().chain(Some(feed.counted())).filter(|t| !t.is_empty()).collect();
        let both = both.join(", ");
        assert_eq!(both, expected, "{body}");
    }
    let mut feed = RadarFeed::new(Some(site()));
    feed.at(0, &dollar("RATTM,1,5.0,90.0,T,1.0,1.0,T,,,N,,T,,,").replace(",90", ",80"));
    assert_eq!((feed.contacts().len(), feed.counted()), (0, "bad-checksum 1".to_owned()));
}

#[test]
fn bearings_from_the_bow_need_a_heading_of_their_own_stream() {
    let ttm = dollar("RATTM,1,5.0,350.0,R,6.0,30.0,R,,,N,,T,,,");
    for heading in
        ["HEHDT,25.0,T", "HETHS,25.0,A", "HCHDG,38.0,2.0,E,15.0,W", "RAOSD,25.0,A,20.0,W,5.0,W,,,N"]
    {
        let mut feed = RadarFeed::new(Some(site()));
        feed.at(0, &ttm).at(100, &dollar(heading)).at(5100, &ttm).at(5101, &ttm);
        assert_eq!(seen(feed.last(), site()), "1 Tracking 5.00 15.0 6.0 55.0 -", "{heading}");
        assert_eq!(feed.counted(), "no-heading 2, own-ship 1", "{heading}");
    }
    // A heading that a device says is not valid, or of another ship, is none.
    let mut feed = RadarFeed::new(Some(site()));
    feed.at(0, &dollar("HETHS,25.0,V")).at(0, &tag("s:other", &dollar("HEHDT,25.0,T"))).at(0, &ttm);
    assert_eq!(feed.counted(), "no-heading 1, own-ship 2");
    // Devices of one ship, by their names on its network, are one ship's.
    let mut feed = RadarFeed::new(Some(site()));
    feed.at(0, &tag("s:HE0001", &dollar("HEHDT,25.0,T"))).at(0, &tag("s:RA0002", &ttm));
    assert_eq!((feed.contacts().len(), feed.last().station.0), (1, 2));
}

#[test]
fn a_radar_that_moves_is_where_its_stream_says() {
    let ttm = dollar("RATTM,1,5.0,90.0,T,6.0,30.0,T,,,N,,T,,,");
    let ship = Position::new(-59.71, 13.0).expect("in range");
    let vdo = {
        let fix = Fix {
            lon: Reading::Known((ship.lon() * 600_000.0) as i32),
            lat: Reading::Known((ship.lat() * 600_000.0) as i32),
            accurate: true,
            raim: false,
        };
        let report = ClassA {
            nav_status: 0,
            rot: Reading::Known(0),
            sog: Reading::Known(100),
            fix,
            cog: Reading::Known(300),
            heading: Reading::Known(25),
            second: 7,
            manoeuvre: 0,
            radio: None,
        };
        encode::sentences(&encode::class_a(1, 314_001_000, &report), b'A', 0, true).remove(0)
    };
    for line in [
        dollar("GPGGA,115959,1300.00,N,05942.60,W,1,05,1.0,2,M,,M,,"),
        dollar("GPGLL,1300.00,N,05942.60,W,115959,A,D"),
        dollar("GPRMC,120000,A,1300.00,N,05942.60,W,0.0,0.0,010126,0.7,E,A"),
        vdo.clone(),
    ] {
        let mut feed = RadarFeed::new(None);
        feed.at(-1, &ttm).at(0, &line).at(10_000, &ttm).at(10_001, &ttm);
        assert_eq!(seen(feed.last(), ship), "1 Tracking 5.00 90.0 6.0 30.0 -", "{line}");
        assert_eq!((feed.contacts().len(), feed.tally.total(Reason::NoSite)), (1, 2), "{line}");
    }
    // Its own report tells the heading too; a course from the bow of a ship under way is not over ground.
    let mut feed = RadarFeed::new(None);
    feed.at(0, &vdo).at(0, &dollar("RATTM,1,5.0,350.0,R,6.0,30.0,R,,,N,,T,,,"));
    assert_eq!(seen(feed.last(), ship), "1 Tracking 5.00 15.0 - - -");
    // The configured site wins.
    let mut feed = RadarFeed::new(Some(site()));
    feed.at(0, &vdo).at(0, &ttm);
    assert_eq!(seen(feed.last(), site()), "1 Tracking 5.00 90.0 6.0 30.0 -");
    // A position of a target needs no site; without one nobody knows from where it was measured.
    let mut feed = RadarFeed::new(None);
    feed.at(0, &dollar("RATLL,7,1314.000,N,05925.920,W,TGT7,,T,"));
    assert_eq!((feed.last().accuracy, feed.counted()), (None, String::new()));
}

#[test]
fn each_station_has_its_own_feeds_site() {
    let north = Position::new(-59.6, 13.3).expect("in range");
    let south = Position::new(-59.5, 13.1).expect("in range");
    let mut feed = RadarFeed::new(None);
    let radar = Radar { range_sigma_m: 100.0, ..Radar::default() };
    feed.stations.claim("north", FeedId(1));
    feed.stations.claim("south", FeedId(2));
    feed.stations.declare(FeedId(1), Sensor { site: Some(north), radar: Some(radar) });
    feed.stations.declare(FeedId(2), Sensor { site: Some(south), radar: None });
    let ttm = dollar("RATTM,1,5.000,90.0,T,6.0,30.0,T,,,N,,T,,,");
    for name in ["north", "south", "nobody"] {
        feed.at(0, &tag(&format!("s:{name}"), &ttm));
    }
    // A TAG block alone on its line names the next sentence's.
    feed.at(0, &tag("s:south,c:1767268801", "")).at(0, &ttm);
    let found: Vec<_> = feed.contacts().iter().map(|contact| (contact.feed.0, contact.position)).collect();
    let from = |site| crate::wire::radar::polar_position(site, 5.0 * 1852.0, 90.0);
    assert_eq!(found, [(1, Some(from(north))), (2, Some(from(south))), (2, Some(from(south)))]);
    assert_eq!(feed.last().time, Time(NOON + 1000));
    let along: Vec<_> =
        feed.contacts().iter().filter_map(|contact| contact.accuracy).map(|a| a.along_m.round()).collect();
    assert_eq!((along, feed.counted()), (vec![100.0, 30.0, 30.0], "no-site 1".to_owned()));
}

#[test]
fn accuracy_is_that_of_the_radar_and_of_the_written_step() {
    let of = |body: &str| {
        let mut feed = RadarFeed::new(Some(site()));
        feed.at(0, &dollar(body));
        let found = feed.last().accuracy.expect("known");
        (found.along_m, found.across_m, found.axis_deg)
    };
    // 30 m and 0.5 degrees; steps of 0.01 nm and 0.1 degrees add 5.3 m and 0.03 degrees.
    let (along, across, axis) = of("RATTM,1,10.00,90.0,T,,,,,,N,,T");
    assert!((along - 30.48).abs() < 0.01 && (across - 161.9).abs() < 0.1 && axis == 90.0, "{along} {across}");
    // Whole miles and degrees: 535 m and 0.29 degrees.
    let (along, across, _) = of("RATTM,1,10,90,T,,,,,,N,,T");
    assert!((along - 535.5).abs() < 0.1 && (across - 186.6).abs() < 0.1, "{along} {across}");
    // By position: hundredths of a minute are 18.5 m.
    let (along, across, axis) = of("RATLL,7,1314.00,N,05925.92,W,,,T,");
    assert!((along - 30.48).abs() < 0.01 && (across - 67.1).abs() < 0.5 && axis < 0.1, "{along} {across}");
}

#[test]
fn a_targets_time_of_day_gets_the_nearest_date_or_is_not_believed() {
    let ttm = |utc: &str| dollar(&format!("RATTM,1,5.0,90.0,T,6.0,30.0,T,,,N,,T,,{utc},A"));
    let mut feed = RadarFeed::new(Some(site()));
    feed.at(500, &ttm("115959.25")) // its own
        .at(600, &tag("c:1767268799", &ttm("115959.25"))) // the TAG block's
        .at(700, &ttm("120004.00")) // 3.3 s ahead: believed
        .at(800, &ttm("120006.00")) // 5.2 s ahead: not
        .at(900, &ttm("110000.00")) // an hour late, by its clock or on its way: dropped
        .at(1000, &ttm("080000.00")) // local time
        .at(1100, &ttm("995959.00"))
        .at(1200, &ttm(""))
        .at(12 * 3_600_000 + 1000, &ttm("235959.50")); // the day before
    let times: Vec<i64> = feed.contacts().iter().map(|contact| contact.time.0 - NOON).collect();
    assert_eq!(times, [-750, -1000, 4000, 800, 1000, 1100, 1200, 43_199_500]);
    assert_eq!(feed.counted(), "bad-time 2, no-time 1, time-ahead 1");
    // In a log, the day is that of the time told last, and a contact's time moves the feed's clock.
    let mut feed = RadarFeed::new(Some(site()));
    let zda = |hms: &str| dollar(&format!("GPZDA,{hms},01,01,2026,00,00"));
    for line in
        [ttm("115900.00"), zda("115959.00"), ttm("120000.50"), ttm(""), ttm("120001.00"), zda("120000.75")]
    {
        feed.read(&line, Arrival::FromSource);
    }
    let times: Vec<i64> = feed.contacts().iter().map(|contact| contact.time.0 - NOON).collect();
    assert_eq!(times, [500, -1000, 1000]);
    assert_eq!((feed.tally.total(Reason::Ticks), feed.counted()), (1, "no-time 1".to_owned()));
    assert!(Span(times[2]) > Span(750), "the last ZDA is no news");
}

/// A yacht's network with its radar at work: the headings and positions in it place what its radar would tell.
#[test]
fn the_sentences_of_a_real_ships_network_place_its_targets() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = ["../shared/data", "../../shared/data"].map(|path| root.join(path));
    let data = std::env::var_os("VIGIE_DATA").map(std::path::PathBuf::from);
    let file = |path: std::path::PathBuf| path.join("radar/mayara_halo_and_0183.pcap");
    let Some(bytes) = data.into_iter().chain(beside).find_map(|path| std::fs::read(file(path)).ok()) else {
        eprintln!("SKIPPED: no recording at $VIGIE_DATA/radar or ../shared/data/radar");
        return;
    };
    let mut feed = RadarFeed::new(None);
    let ttm = dollar("RATTM,1,5.00,90.0,R,6.0,30.0,T,,,N,,T,,,");
    let sentences = bytes.split(|byte| *byte == b'$').filter_map(|rest| {
        let end = rest.iter().take(82).position(|byte| *byte == b'*')? + 3;
        std::str::from_utf8(rest.get(..end)?).ok().filter(|text| text.is_ascii() && text.contains(','))
    });
    for sentence in sentences {
        feed.at(0, &format!("${sentence}")).at(0, &ttm);
    }
    // 64 headings and 17 positions; the first targets come before the first heading or position.
    assert_eq!(feed.tally.total(Reason::OwnShip), 81, "{}", feed.counted());
    assert_eq!(
        feed.tally.faults() - feed.tally.total(Reason::NoSite) - feed.tally.total(Reason::NoHeading),
        0
    );
    let at = Position::new(5.268, 53.179).expect("in range");
    let target = feed.last().position.expect("known");
    assert!((distance_m(at, target) / 1852.0 - 5.0).abs() < 0.05, "{}", seen(feed.last(), at));
    // 90 degrees from a bow that points to 296.
    assert!((bearing_deg(at.lon_lat(), target.lon_lat()) - 26.0).abs() < 0.5, "{}", seen(feed.last(), at));
}
