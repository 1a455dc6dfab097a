//! Decoding: messages with known fields, random bits against another decoder, encoding and back.

#![allow(clippy::unwrap_used)]

use aivdm::AisMessage;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::encode::{self, Bits};
use super::*;
use crate::model::{Body, Dimensions, Eta, FixedReport, Position, StaticReport, Text};

fn fields(armour: &str, fill_bits: u8) -> Value {
    let bits = Payload::from_armour(armour.as_bytes(), fill_bits).unwrap();
    serde_json::from_str(&canonical(&Message::decode(&bits).unwrap(), &bits)).unwrap()
}

/// Payloads from gpsd's documentation of AIVDM with the unscaled fields that it prints for them.
#[test]
fn published_messages_decode_to_their_published_values() {
    for (armour, fill, expected) in [
        (
            "15RTgt0PAso;90TKcjM8h6g208CQ",
            0,
            json!({"type": 1, "repeat": 0, "mmsi": 371798000, "status": 0, "turn": -127, "speed": 123,
                "accuracy": true, "lon": -74037230, "lat": 29028980, "course": 2240, "heading": 215, "second": 33,
                "maneuver": 0, "raim": false, "radio": 34017}),
        ),
        (
            "403OviQuMGCqWrRO9>E6fE700@GO",
            0,
            json!({"type": 4, "repeat": 0, "mmsi": 3669702, "year": 2007, "month": 5, "day": 14, "hour": 19,
                "minute": 57, "second": 39, "accuracy": true, "lon": -45811417, "lat": 22130260, "epfd": 7,
                "raim": false, "radio": 67039}),
        ),
        (
            "55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp888888888880",
            2,
            json!({"type": 5, "repeat": 0, "mmsi": 351759000, "imo": 9134270, "ais_version": 0,
                "callsign": "3FOF8", "shipname": "EVER DIADEM", "ship_type": 70, "to_bow": 225, "to_stern": 70,
                "to_port": 1, "to_starboard": 31, "epfd": 1, "month": 5, "day": 15, "hour": 14, "minute": 0,
                "draught": 122, "destination": "NEW YORK", "dte": false}),
        ),
        (
            "91b77=h3h00nHt0Q3r@@07000<0b",
            0,
            json!({"type": 9, "repeat": 0, "mmsi": 111265591, "alt": 15, "speed": 0, "accuracy": false,
                "lon": 7128960, "lat": 34667073, "course": 0, "second": 28, "alt_sensor": false, "dte": false,
                "assigned": false, "raim": false, "radio": 49194}),
        ),
        (
            "<02:oP0kKcv0@<51C5PB5@?BDPD?P:?2?EB7PDB16693P381>>5<PikP",
            0,
            json!({"type": 12, "repeat": 0, "mmsi": 2275200, "seqno": 0, "dest_mmsi": 215724000,
                "retransmit": false, "text": "PLEASE REPORT TO JOBOURG TRAFFIC CHANNEL 13"}),
        ),
        (
            ">5?Per18=HB1U:1@E=B0m<L",
            2,
            json!({"type": 14, "repeat": 0, "mmsi": 351809000, "text": "RCVD YR TEST MSG"}),
        ),
        (
            "A02VqLPA4I6C07h5Ed1h<OrsuBTTwS?r:C?w`?la<gno1RTRwSP9:BcurA8a:Oko02TSwu8<:Jbb",
            0,
            json!({"type": 17, "repeat": 0, "mmsi": 2734450, "lon": 17478000, "lat": 35992000}),
        ),
        (
            "B52K>;h00Fc>jpUlNV@ikwpUoP06",
            0,
            json!({"type": 18, "repeat": 0, "mmsi": 338087471, "speed": 1, "accuracy": false, "lon": -44443279,
                "lat": 24410724, "course": 796, "heading": null, "second": 49, "cs": true, "display": false,
                "dsc": true, "band": true, "msg22": true, "assigned": false, "raim": true, "radio": 917510}),
        ),
        (
            "C5N3SRgPEnJGEBT>NhWAwwo862PaLELTBJ:V00000000S0D:R220",
            0,
            json!({"type": 19, "repeat": 0, "mmsi": 367059850, "speed": 87, "accuracy": false, "lon": -53286235,
                "lat": 17726217, "course": 3359, "heading": null, "second": 46, "shipname": "CAPT.J.RIMES",
                "ship_type": 70, "to_bow": 5, "to_stern": 21, "to_port": 4, "to_starboard": 4, "epfd": 1,
                "raim": false, "dte": false, "assigned": false}),
        ),
        (
            "E1mg=5J1T4W0h97aRh6ba84<h2d;W:Te=eLvH50```q:D44QDlp0C1DU00",
            2,
            json!({"type": 21, "repeat": 0, "mmsi": 123456789, "aid_type": 20,
                "name": "CHINA ROSE MURPHY EXPRESS ALERT", "accuracy": false, "lon": -73619155, "lat": 28752371,
                "to_bow": 5, "to_stern": 5, "to_port": 5, "to_starboard": 5, "epfd": 1, "second": 50,
                "off_position": false, "reserved_1": 165, "raim": false, "virtual_aid": false, "assigned": false}),
        ),
        (
            "H42O55i18tMET00000000000000",
            2,
            json!({"type": 24, "repeat": 0, "mmsi": 271041815, "partno": 0, "shipname": "PROGUY"}),
        ),
        (
            "H42O55lti4hhhilD3nink000?050",
            0,
            json!({"type": 24, "repeat": 0, "mmsi": 271041815, "partno": 1, "ship_type": 60, "vendorid": "1D0",
                "model": 12, "serial": 199796, "callsign": "TC6163", "to_bow": 0, "to_stern": 15, "to_port": 0,
                "to_starboard": 5, "mothership_mmsi": null}),
        ),
        (
            "KCQ9r=hrFUnH7P00",
            0,
            json!({"type": 27, "repeat": 1, "mmsi": 236091959, "status": 3, "accuracy": false, "lon": -92521000,
                "lat": 52239000, "speed": 0, "course": 0, "raim": false, "gnss": false}),
        ),
    ] {
        assert_eq!(fields(armour, fill), expected);
    }
}

fn reported(bits: &Bits) -> (Body, u32) {
    let (armour, fill) = bits.armour();
    let message = decode(&armour, fill).unwrap();
    (body(&message, false), illegal(&message))
}

/// A type 1 field by field (§3.1), by hand.
fn type_1(lon: i32, lat: i32, sog: u32, cog: u32, heading: u32) -> Bits {
    let mut bits = Bits::begin(1, 314_001_000);
    bits.put(15, 4).put_signed(-128, 8).put(sog, 10).put(1, 1).put_signed(lon, 28).put_signed(lat, 27);
    bits.put(cog, 12).put(heading, 9).put(60, 6).put(0, 2).put(0, 3).put(0, 1).put(0, 19);
    bits
}

#[test]
fn sentinels_become_none_and_illegal_values_are_counted() {
    let (Body::Position(none), 0) = reported(&type_1(181 * 600_000, 91 * 600_000, 1023, 3600, 511)) else {
        panic!()
    };
    assert_eq!(none.kinematics, Default::default());
    assert_eq!((none.nav_status, none.accurate), (None, true));
    let (Body::Position(bad), 4) = reported(&type_1(110_000_000, -60_000_000, 1022, 3601, 400)) else {
        panic!()
    };
    assert_eq!(
        (bad.kinematics.position, bad.kinematics.cog_deg, bad.kinematics.heading_deg),
        (None, None, None)
    );
    assert_eq!(bad.kinematics.sog_kn, Some(102.2));
    let (Body::Position(good), 0) = reported(&type_1(-35_826_000, 7_812_000, 9, 2104, 0)) else { panic!() };
    assert_eq!(good.kinematics.position, Position::new(-59.71, 13.02));
    assert_eq!((good.kinematics.sog_kn, good.kinematics.cog_deg), (Some(0.9), Some(210.4)));
    assert_eq!(good.kinematics.heading_deg, Some(0.0));
}

#[test]
fn messages_too_short_or_of_unknown_type_are_refused() {
    let (armour, _) = type_1(0, 0, 0, 0, 0).armour();
    assert_eq!(decode(&armour[..24], 0), Err(Reason::ShortPayload));
    assert!(decode(&armour, 5).is_ok());
    for kind in [0, 28, 63] {
        let (armour, fill) = Bits::begin(kind, 1).put(0, 32).put(0, 32).put(0, 32).armour();
        assert_eq!(decode(&armour, fill), Err(Reason::UnknownType));
    }
    // Some transponders send part A with two bits less than its fields have.
    let mut part_a = Bits::begin(24, 314_001_000);
    let (armour, fill) = part_a.put(0, 2).text("A BOAT", 19).put(0, 4).armour();
    assert!(
        matches!(decode(&armour, fill).map(|part| part.content), Ok(Content::StaticA(name)) if name.as_str() == "A BOAT")
    );
    let mut part_c = Bits::begin(24, 314_001_000);
    part_c.put(2, 2).text("X", 20).put(0, 8);
    assert_eq!(decode(&part_c.armour().0, 0), Err(Reason::UnknownType));
}

#[test]
fn text_is_cut_at_the_first_at_sign_and_trimmed() {
    let name = |text: &str| match reported(&encode::static_a(314_001_000, text)).0 {
        Body::Static(report) => report.name.map(|name| name.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(name("LADY B  @JUNK"), Some("LADY B".to_owned()));
    assert_eq!(name("  lady_b's boat"), Some("LADY_B'S BOAT".to_owned()));
    assert_eq!(name(""), None);
    assert_eq!(name("@@@@@"), None);
}

#[test]
fn an_auxiliary_craft_names_its_mother_ship() {
    let report = StaticB {
        ship_type: 37,
        vendor: Text::new(b"SRT"),
        model: 3,
        serial: 12_345,
        call_sign: Text::new(b"8PAB"),
        dimensions: None,
        mother_ship: Some(314_001_000),
        epfd: Some(1),
    };
    let (armour, fill) = encode::static_b(983_140_001, &report).armour();
    assert_eq!(decode(&armour, fill).unwrap().content, Content::StaticB(report));
    let (armour, fill) = encode::static_b(314_001_001, &report).armour();
    let Content::StaticB(other) = decode(&armour, fill).unwrap().content else { panic!() };
    assert_eq!((other.mother_ship, other.dimensions), (None, Some(Dimensions::default())));
}

#[test]
fn own_ship_is_never_traffic() {
    for bits in [type_1(0, 0, 0, 0, 0), encode::static_a(1, "A"), aid_of(b"BUOY")] {
        let (armour, fill) = bits.armour();
        assert!(matches!(body(&decode(&armour, fill).unwrap(), true), Body::OwnShip(_)));
    }
}

fn aid_of(name: &[u8]) -> Bits {
    let fix = Fix { lon: Reading::Known(1), lat: Reading::Known(2), accurate: true, raim: false };
    let aid = Aid {
        aid_type: 1,
        name: Text::new(name),
        fix,
        dimensions: Dimensions::default(),
        epfd: 1,
        second: 60,
        off_position: false,
        status: 0,
        virtual_aid: true,
        assigned: false,
    };
    encode::aid(993_141_000, &aid)
}

#[test]
fn an_aids_name_goes_on_in_its_extension() {
    for name in ["BUOY", "EXACTLY TWENTY CHARS", "NORTH EAST CARDINAL MARK NO 34 ABC"] {
        let (Body::AidToNavigation(said), 0) = reported(&aid_of(name.as_bytes())) else { panic!() };
        let expected = FixedReport {
            position: Position::from_ais(1, 2),
            accurate: true,
            name: Some(Text::new(name.as_bytes())),
        };
        assert_eq!(said, expected);
    }
    let (Body::AidToNavigation(said), 0) = reported(&aid_of(b"")) else { panic!() };
    assert_eq!(said.name, None);
}

#[test]
fn a_voyages_fields_reach_the_report_and_not_available_is_none() {
    let voyage = Voyage {
        version: 2,
        imo: Reading::Known(9_074_729),
        call_sign: Text::new(b"8PAB"),
        name: Text::new(b"LADY B"),
        ship_type: 70,
        dimensions: Dimensions { bow_m: 100, stern_m: 20, port_m: 10, starboard_m: 9 },
        epfd: 1,
        eta_month: 11,
        eta_day: 6,
        eta_hour: 3,
        eta_minute: 0,
        draught: 61,
        destination: Text::new(b"BRIDGETOWN"),
        dte: Some(false),
    };
    let report_of = |voyage: &Voyage| match reported(&encode::voyage(314_001_000, voyage)) {
        (Body::Static(said), 0) => said,
        other => panic!("{other:?}"),
    };
    let said = report_of(&voyage);
    assert_eq!((said.draught_m, said.eta), (Some(6.1), Eta::new(11, 6, 3, 0)));
    assert_eq!((said.destination, said.dimensions), (Some(voyage.destination), Some(voyage.dimensions)));
    let nothing = Voyage {
        imo: Reading::NotAvailable,
        call_sign: Text::EMPTY,
        name: Text::EMPTY,
        ship_type: 0,
        dimensions: Dimensions::default(),
        eta_month: 0,
        eta_day: 0,
        eta_hour: 24,
        eta_minute: 60,
        draught: 0,
        destination: Text::EMPTY,
        ..voyage
    };
    assert_eq!(report_of(&nothing), StaticReport::default());
    // A date that no calendar has costs the ETA and nothing else.
    let impossible = report_of(&Voyage { eta_month: 2, eta_day: 30, ..voyage });
    assert_eq!((impossible.eta, impossible.draught_m), (None, Some(6.1)));
    let day_alone = report_of(&Voyage { eta_hour: 24, eta_minute: 60, draught: 255, ..voyage });
    assert_eq!(day_alone.eta.and_then(Eta::hour_minute), None);
    assert_eq!(
        (day_alone.eta.map(|eta| (eta.month(), eta.day())), day_alone.draught_m),
        (Some((11, 6)), Some(25.5))
    );
}

prop_compose! {
    fn reading_of(least: i32, most: i32)(value in least..=most, known in prop::bool::weighted(0.9)) -> Reading<i32> {
        if known { Reading::Known(value) } else { Reading::NotAvailable }
    }
}

fn small(reading: Reading<i32>) -> Reading<u16> {
    reading.known().map_or(Reading::NotAvailable, |value| Reading::Known(value as u16))
}

prop_compose! {
    fn fixes()(lon in reading_of(-108_000_000, 108_000_000), lat in reading_of(-54_000_000, 54_000_000),
        accurate: bool, raim: bool) -> Fix {
        Fix { lon, lat, accurate, raim }
    }
}

prop_compose! {
    fn hulls()(bow_m in 0_u16..512, stern_m in 0_u16..512, port_m in 0_u8..64, starboard_m in 0_u8..64) -> Dimensions {
        Dimensions { bow_m, stern_m, port_m, starboard_m }
    }
}

/// Letters of the six-bit table; text that the wire gives back as it was.
fn words(longest: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(0x20_u8..0x60, 0..=longest).prop_map(|letters| {
        let letters: Vec<u8> = letters.into_iter().filter(|c| *c != b'@').collect();
        String::from_utf8(letters).unwrap().trim().to_owned()
    })
}

proptest! {
    #[test]
    fn positions_survive_encoding(fix in fixes(), sog in reading_of(0, 1022), cog in reading_of(0, 3599),
        heading in reading_of(0, 359), kind in 1_u8..=3, mmsi in 1_u32..1 << 30, nav_status in 0_u8..16,
        rot in reading_of(-127, 127), second in 0_u8..64, manoeuvre in 0_u8..3, radio in 0_u32..1 << 19) {
        let rot = rot.known().map_or(Reading::NotAvailable, |rot| Reading::Known(rot as i8));
        let (sog, cog, heading) = (small(sog), small(cog), small(heading));
        let a = ClassA { nav_status, rot, sog, fix, cog, heading, second, manoeuvre, radio: Some(radio) };
        let (armour, fill) = encode::class_a(kind, mmsi, &a).armour();
        let message = Message { kind, repeat: 0, mmsi, content: Content::ClassA(a) };
        prop_assert_eq!(decode(&armour, fill), Ok(message));
        let unit = Unit { carrier_sense: fix.raim, display: true, dsc: false, band: fix.accurate, msg22: true,
            radio: Some(radio) };
        let b = ClassB { sog, fix, cog, heading, second, assigned: fix.raim, unit: Some(unit), identity: None };
        let (armour, fill) = encode::class_b(mmsi, &b).armour();
        prop_assert_eq!(decode(&armour, fill).map(|m| m.content), Ok(Content::ClassB(b)));
        let base = Base { year: 2026, month: 1, day: 2, hour: 3, minute: 4, second, fix, epfd: 7, radio: Some(radio) };
        let (armour, fill) = encode::base(4, mmsi, &base).armour();
        prop_assert_eq!(decode(&armour, fill).map(|m| m.content), Ok(Content::Base(base)));
    }

    #[test]
    fn long_range_survives_encoding_in_its_steps(lon in -108_000..=108_000, lat in -54_000..=54_000,
        sog in 0_u16..63, cog in 0_u16..360, late: bool, nav_status in 0_u8..16) {
        let fix = Fix { lon: Reading::Known(lon * 1000), lat: Reading::Known(lat * 1000), accurate: late, raim: !late };
        let m = LongRange { nav_status, fix, sog: Reading::Known(sog * 10), cog: Reading::Known(cog * 10), late };
        let (armour, fill) = encode::long_range(5, &m).armour();
        prop_assert_eq!(decode(&armour, fill).map(|m| m.content), Ok(Content::LongRange(m)));
    }

    #[test]
    fn identities_survive_encoding(name in words(20), call_sign in words(7), destination in words(20),
        long in words(34), dimensions in hulls(), imo in 1_000_000_u32..1 << 30, ship_type: u8, draught: u8,
        epfd in 0_u8..16, serial in 0_u32..1 << 20, model in 0_u8..16, fix in fixes()) {
        let v = Voyage { version: 2, imo: Reading::Known(imo), call_sign: Text::new(call_sign.as_bytes()),
            name: Text::new(name.as_bytes()), ship_type, dimensions, epfd, eta_month: 12, eta_day: 31, eta_hour: 24,
            eta_minute: 60, draught, destination: Text::new(destination.as_bytes()), dte: Some(false) };
        let bits = encode::voyage(314_001_000, &v);
        prop_assert_eq!(bits.len(), 424);
        let lines = encode::sentences(&bits, b'B', 3, false);
        prop_assert_eq!(lines.len(), 2);
        prop_assert!(lines.iter().all(|line| line.len() <= 80), "{:?}", lines);
        let (armour, fill) = bits.armour();
        prop_assert_eq!(decode(&armour, fill).map(|m| m.content), Ok(Content::Voyage(v)));
        let b = StaticB { ship_type, vendor: Text::new(call_sign.get(..3).unwrap_or("ABC").as_bytes()), model, serial,
            call_sign: v.call_sign, dimensions: Some(dimensions), mother_ship: None, epfd: Some(epfd) };
        let (armour, fill) = encode::static_b(314_001_000, &b).armour();
        prop_assert_eq!(decode(&armour, fill).map(|m| m.content), Ok(Content::StaticB(b)));
        let (armour, fill) = encode::static_a(314_001_000, &name).armour();
        prop_assert_eq!(decode(&armour, fill).map(|m| m.content), Ok(Content::StaticA(v.name)));
        let identity = ClassBIdentity { name: v.name, ship_type, dimensions, epfd, dte: true };
        let e = ClassB { sog: Reading::Known(1), fix, cog: Reading::NotAvailable, heading: Reading::NotAvailable,
            second: 9, assigned: false, unit: None, identity: Some(identity) };
        let (armour, fill) = encode::class_b(7, &e).armour();
        prop_assert_eq!(decode(&armour, fill).map(|m| m.content), Ok(Content::ClassB(e)));
        // An extension begins after twenty letters: a blank there would be trimmed from neither part.
        let (armour, fill) = aid_of(long.as_bytes()).armour();
        let Content::Aid(aid) = decode(&armour, fill).unwrap().content else { panic!() };
        prop_assert_eq!(aid.name.as_str(), long.as_str());
    }

    /// Random bits of every type: aivdm's numbers are ours, but for what docs/ais-differences.md lists.
    #[test]
    fn random_bits_read_as_aivdm_reads_them(kind in 1_u8..=27, more in prop::collection::vec(any::<u32>(), 14)) {
        let mut bits = Bits::default();
        bits.put(u32::from(kind), 6);
        for word in &more {
            bits.put(*word, 32);
        }
        let (mut armour, _) = bits.armour();
        armour.truncate(BITS[usize::from(kind)].div_ceil(6));
        let fill = (armour.len() * 6 - BITS[usize::from(kind)]) as u8;
        let ours = decode(&armour, fill);
        match aivdm::decode_payload(&armour, fill) {
            Ok(theirs) => compare(&ours.unwrap(), &theirs)?,
            // A type 24 part that is neither A nor B.
            Err(_) => prop_assert_eq!(ours, Err(Reason::UnknownType)),
        }
    }
}

/// Whole messages of each type, bits.
#[rustfmt::skip]
const BITS: [usize; 28] = [0, 168, 168, 168, 168, 424, 168, 72, 168, 168, 72, 168, 168, 72, 168, 160, 144, 168, 168, 312,
    160, 272, 168, 160, 168, 168, 168, 96];

fn compare(ours: &Message, theirs: &AisMessage) -> Result<(), TestCaseError> {
    let raw = |value: Reading<i32>, absent: i32| match value {
        Reading::Known(value) | Reading::Illegal(value) => value,
        Reading::NotAvailable => absent,
    };
    let lon = |fix: &Fix| raw(fix.lon, 181 * 600_000);
    let lat = |fix: &Fix| raw(fix.lat, 91 * 600_000);
    let tenths = |value: Reading<u16>, absent: i32| match value {
        Reading::Known(value) => i32::from(value),
        Reading::Illegal(value) => value,
        Reading::NotAvailable => absent,
    };
    match (&ours.content, theirs) {
        (Content::ClassA(a), AisMessage::PositionReportClassA(b)) => {
            prop_assert_eq!(ours.mmsi, b.mmsi.raw());
            prop_assert_eq!((lon(&a.fix), lat(&a.fix)), (b.longitude.raw(), b.latitude.raw()));
            prop_assert_eq!(tenths(a.sog, 1023), i32::from(b.sog.raw()));
            prop_assert_eq!(tenths(a.cog, 3600), i32::from(b.cog.raw()));
            prop_assert_eq!(tenths(a.heading, 511), i32::from(b.heading.raw()));
            prop_assert_eq!((a.fix.raim, a.radio), (b.raim, Some(b.radio_status)));
        }
        (Content::ClassB(a), AisMessage::PositionReportClassB(b)) => {
            prop_assert_eq!((lon(&a.fix), lat(&a.fix)), (b.longitude.raw(), b.latitude.raw()));
            prop_assert_eq!(tenths(a.sog, 1023), i32::from(b.sog.raw()));
            prop_assert_eq!((a.fix.raim, a.assigned), (b.raim, b.assigned));
        }
        (Content::ClassB(a), AisMessage::PositionReportClassBExtended(b)) => {
            let identity = a.identity.unwrap();
            prop_assert_eq!((lon(&a.fix), lat(&a.fix)), (b.longitude.raw(), b.latitude.raw()));
            prop_assert_eq!(identity.ship_type, b.ship_type);
            prop_assert_eq!(identity.dimensions.stern_m, b.dimension_to_stern);
            prop_assert_eq!(identity.name.as_str(), up_to_at(b.name.as_str()));
        }
        (Content::Voyage(a), AisMessage::StaticVoyageData(b)) => {
            prop_assert_eq!(
                raw(a.imo.known().map_or(Reading::NotAvailable, |n| Reading::Known(n as i32)), 0),
                if (1..1_000_000).contains(&b.imo_number) { 0 } else { b.imo_number as i32 }
            );
            prop_assert_eq!(a.name.as_str(), up_to_at(b.name.as_str()));
            prop_assert_eq!(a.call_sign.as_str(), up_to_at(b.call_sign.as_str()));
            prop_assert_eq!(a.destination.as_str(), up_to_at(b.destination.as_str()));
            prop_assert_eq!((a.ship_type, a.draught), (b.ship_type, b.draught_decimeters));
            prop_assert_eq!(a.dimensions.starboard_m, b.dimension_to_starboard);
            prop_assert_eq!(
                (a.eta_month, a.eta_minute, a.dte),
                (b.eta_month, b.eta_minute, Some(b.dte_not_ready))
            );
        }
        (Content::StaticA(name), AisMessage::StaticDataReport(aivdm::message::StaticDataReport::A(b))) => {
            prop_assert_eq!(name.as_str(), up_to_at(b.name.as_str()));
        }
        (Content::StaticB(a), AisMessage::StaticDataReport(aivdm::message::StaticDataReport::B(b))) => {
            prop_assert_eq!(a.call_sign.as_str(), up_to_at(b.call_sign.as_str()));
            prop_assert_eq!(a.ship_type, b.ship_type);
        }
        (Content::LongRange(a), AisMessage::LongRangeBroadcast(_)) => prop_assert!(lat(&a.fix) % 1000 == 0),
        _ => prop_assert_eq!(ours.kind, theirs.message_type()),
    }
    Ok(())
}

fn up_to_at(text: &str) -> &str {
    text.split('@').next().unwrap_or("").trim()
}
