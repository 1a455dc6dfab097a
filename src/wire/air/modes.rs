//! Raw Mode S: Beast frames, AVR lines (`*…;`, `@…;`), and objects with a `frame` and its `timestamp`; decoded by `rs1090`.

use std::collections::BTreeMap;

use rs1090::decode::adsb::ME;
use rs1090::decode::bds::bds05::Source;
use rs1090::decode::bds::bds09::AirborneVelocitySubType;
use rs1090::decode::bds::bds61::AircraftStatusType;
use rs1090::decode::bds::bds65::{ADSBVersionAirborne, AircraftOperationStatus};
use rs1090::decode::cpr::{AircraftState, Position as Reference, decode_position};
use rs1090::decode::{Capability, ControlFieldType, DF, FlightStatus, ICAO, Message};
use serde::Deserialize;

use super::blank;
use crate::model::{AirSource, AircraftReport, Emergency, Icao, Position, Span, Squawk, Text, Time};
use crate::wire::clock::plausible;
use crate::wire::json::{Loose, objects};
use crate::wire::session::Desk;
use crate::wire::{Reason, Session};

/// Aircraft whose half positions are remembered, at most: those silent for a minute make room.
pub const AIRCRAFT_MAX: usize = 8192;
const FORGOTTEN: Span = Span::from_secs(60);
/// An address that only a parity tells is believed if a whole message told it within this.
const KNOWN: Span = Span::from_secs(300);
/// Bytes of a long and of a short frame.
const LONG: usize = 14;
const SHORT: usize = 7;

/// What the reading of one connection remembers.
#[derive(Default)]
pub(in super::super) struct ModeS {
    halves: BTreeMap<ICAO, AircraftState>,
    heard: BTreeMap<Icao, Time>,
}

impl std::fmt::Debug for ModeS {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ModeS({} aircraft)", self.heard.len())
    }
}

impl ModeS {
    /// Takes note of an address that a whole message told.
    fn note(&mut self, icao: Icao, time: Time) -> bool {
        if self.heard.len() >= AIRCRAFT_MAX && !self.heard.contains_key(&icao) {
            self.heard.retain(|_, last| (time - *last).secs().abs() <= FORGOTTEN.secs());
            let heard = &self.heard;
            self.halves.retain(|icao, _| Icao::new(icao.0).is_some_and(|icao| heard.contains_key(&icao)));
            if self.heard.len() >= AIRCRAFT_MAX {
                return false;
            }
        }
        self.heard.insert(icao, time);
        true
    }

    fn knows(&self, icao: Icao, time: Time) -> bool {
        self.heard.get(&icao).is_some_and(|last| (time - *last).secs().abs() <= KNOWN.secs())
    }
}

#[derive(Deserialize)]
struct Framed<'a> {
    #[serde(borrow, default)]
    frame: Loose<'a>,
    #[serde(borrow, default)]
    timestamp: Loose<'a>,
}

/// Reads a payload: Beast where it begins with its escape, objects where it begins with a brace, else AVR lines.
pub(in super::super) fn modes(session: &mut Session, payload: &[u8], desk: &mut Desk<'_>) {
    match payload.first() {
        Some(&ESCAPE) => beast(session, payload, desk),
        Some(b'{' | b'[') => objects(payload, |object| {
            session.count(Reason::Lines, desk);
            let done = object.and_then(|bytes| {
                let said: Framed<'_> = serde_json::from_slice(bytes).map_err(|_| Reason::BadJson)?;
                let Loose::Text(hex) = &said.frame else { return Err(Reason::JsonFields) };
                let seconds = said.timestamp.number();
                let own = seconds.and_then(|s| plausible(Time(libm::rint(s * 1000.0) as i64)));
                hexadecimal(session, hex.as_bytes(), own, desk)
            });
            if let Err(reason) = done {
                session.count(reason, desk);
            }
        }),
        _ => {
            let lines = payload.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            for line in lines.filter(|line| !line.is_empty()) {
                session.count(Reason::Lines, desk);
                if let Err(reason) = avr(session, line, desk) {
                    session.count(reason, desk);
                }
            }
        }
    }
}

/// `*8d…;`, or `@` with twelve digits of the receiver's own clock before.
fn avr(session: &mut Session, line: &[u8], desk: &mut Desk<'_>) -> Result<(), Reason> {
    let hex = match line {
        [b'*', hex @ .., b';'] => hex,
        [b'@', rest @ .., b';'] => rest.get(12..).ok_or(Reason::BadFrame)?,
        _ => return Err(Reason::NotASentence),
    };
    hexadecimal(session, hex, None, desk)
}

fn hexadecimal(
    session: &mut Session,
    hex: &[u8],
    own: Option<Time>,
    desk: &mut Desk<'_>,
) -> Result<(), Reason> {
    let mut frame = [0; LONG];
    if hex.len() != 2 * LONG && hex.len() != 2 * SHORT {
        // Mode A and C replies have two bytes: a code or a height of nobody in particular.
        return Err(if hex.len() == 4 { Reason::OtherSentence } else { Reason::BadFrame });
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    for (byte, pair) in frame.iter_mut().zip(hex.chunks_exact(2)) {
        *byte =
            digit(pair[0]).zip(digit(pair[1])).map(|(high, low)| high << 4 | low).ok_or(Reason::BadFrame)?;
    }
    take(session, &frame[..hex.len() / 2], own, desk)
}

const ESCAPE: u8 = 0x1a;

/// Escape, type, six bytes of the receiver's clock, one of strength, the frame; escapes in it are doubled.
fn beast(session: &mut Session, payload: &[u8], desk: &mut Desk<'_>) {
    let mut at = 0;
    while at < payload.len() {
        session.count(Reason::Lines, desk);
        let mut frame = [0; 7 + LONG];
        let length = match payload.get(at + 1) {
            Some(b'1') => 7 + 2,
            Some(b'2') => 7 + SHORT,
            Some(b'3') => 7 + LONG,
            _ => 0,
        };
        let mut next = at + 2;
        let whole = length > 0 && {
            let mut bytes = frame[..length].iter_mut();
            bytes.all(|byte| {
                let Some(&found) = payload.get(next) else { return false };
                let escaped = found == ESCAPE;
                if escaped && payload.get(next + 1) != Some(&ESCAPE) {
                    return false;
                }
                *byte = found;
                next += if escaped { 2 } else { 1 };
                true
            })
        };
        let done = match whole {
            true if length == 7 + 2 => Err(Reason::OtherSentence),
            true => take(session, &frame[7..length], None, desk),
            false => Err(Reason::BadFrame),
        };
        if let Err(reason) = done {
            session.count(reason, desk);
        }
        at = match whole {
            true if payload.get(next).is_none_or(|byte| *byte == ESCAPE) => next,
            // The next escape that begins a frame: one that is doubled does not.
            _ => {
                let begins = |two: &[u8]| two[0] == ESCAPE && (b'1'..=b'3').contains(&two[1]);
                match payload[at + 1..].windows(2).position(begins) {
                    Some(on) => at + 1 + on,
                    None => return,
                }
            }
        };
    }
}

fn take(session: &mut Session, frame: &[u8], own: Option<Time>, desk: &mut Desk<'_>) -> Result<(), Reason> {
    let message = Message::try_from(frame).map_err(|_| Reason::BadParity)?;
    let by_parity = |ap: u32| Icao::new(ap);
    let (icao, whole) = match &message.df {
        DF::ExtendedSquitterADSB(squitter) => (Icao::new(squitter.icao24.0), true),
        DF::ExtendedSquitterTisB { cf, .. } if message.crc == 0 => (Icao::new(cf.aa.0), true),
        // The low seven bits of its parity are the interrogator's.
        DF::AllCallReply { icao, .. } if message.crc & 0xff_ff80 == 0 => (Icao::new(icao.0), true),
        DF::ShortAirAirSurveillance { ap, .. }
        | DF::SurveillanceAltitudeReply { ap, .. }
        | DF::SurveillanceIdentityReply { ap, .. }
        | DF::LongAirAirSurveillance { ap, .. }
        | DF::CommBAltitudeReply { ap, .. }
        | DF::CommBIdentityReply { ap, .. } => (by_parity(ap.0), false),
        DF::ExtendedSquitterTisB { .. } | DF::AllCallReply { .. } => return Err(Reason::BadParity),
        _ => return Err(Reason::OtherSentence),
    };
    let icao = icao.ok_or(Reason::IllegalAddress)?;
    let Some(mut report) = blank(session, icao, own, desk) else { return Err(Reason::NoTime) };
    if whole && !session.mode_s.note(icao, report.time) {
        return Err(Reason::StationsFull);
    }
    if !whole && !session.mode_s.knows(icao, report.time) {
        return Err(Reason::BadParity);
    }
    let feet = |feet: Option<i32>| feet.map(f64::from);
    match message.df {
        DF::ExtendedSquitterADSB(squitter) => {
            report.source = AirSource::AdsB;
            if squitter.capability == Capability::AG_AIRBORNE {
                report.on_ground = Some(false);
            }
            squitted(session, &mut report, squitter.icao24, squitter.message, desk);
        }
        DF::ExtendedSquitterTisB { cf, .. } => {
            report.source = match cf.field_type {
                ControlFieldType::ADSB_ES_NT => AirSource::AdsB,
                ControlFieldType::TISB_ADSB => AirSource::AdsR,
                ControlFieldType::TISB_FINE | ControlFieldType::TISB_COARSE => AirSource::TisB,
                // Addresses of these are no ICAO addresses.
                _ => return Err(Reason::IllegalAddress),
            };
            squitted(session, &mut report, cf.aa, cf.me, desk);
        }
        DF::ShortAirAirSurveillance { ac, .. } | DF::LongAirAirSurveillance { ac, .. } => {
            report.pressure_altitude_ft = feet(ac.0);
        }
        DF::SurveillanceAltitudeReply { ac, fs, .. } => {
            report.pressure_altitude_ft = feet(ac.0);
            report.on_ground = grounded(fs);
        }
        DF::CommBAltitudeReply { ac, fs, .. } => {
            report.pressure_altitude_ft = feet(ac.0);
            report.on_ground = grounded(fs);
        }
        DF::SurveillanceIdentityReply { id, fs, .. } => {
            report.squawk = squawk(id.0);
            report.on_ground = grounded(fs);
        }
        DF::CommBIdentityReply { id, fs, .. } => {
            report.squawk = squawk(id.0);
            report.on_ground = grounded(fs);
        }
        _ => {}
    }
    if report.kinematics.position.is_none() {
        report.source = AirSource::ModeS;
    }
    session.give_aircraft(report, desk);
    Ok(())
}

/// An extended squitter's register.
fn squitted(
    session: &mut Session,
    report: &mut AircraftReport,
    icao: ICAO,
    mut register: ME,
    desk: &mut Desk<'_>,
) {
    if matches!(register, ME::BDS05 { .. } | ME::BDS06 { .. }) {
        let site = desk.stations.sensor(report.feed).site;
        let mut reference = site.map(|at| Reference { latitude: at.lat(), longitude: at.lon() });
        let seconds = report.time.0 as f64 / 1000.0;
        let halves = &mut session.mode_s.halves;
        decode_position(&mut register, seconds, &icao, halves, &mut reference, &None);
    }
    let at = |lat: Option<f64>, lon: Option<f64>| lon.zip(lat).and_then(|(lon, lat)| Position::new(lon, lat));
    match register {
        ME::BDS05 { tc, inner } => {
            report.kinematics.position = at(inner.latitude, inner.longitude);
            let feet = inner.alt.map(f64::from);
            match inner.source {
                Source::Barometric => report.pressure_altitude_ft = feet,
                Source::Gnss => report.geometric_altitude_ft = feet,
            }
            report.on_ground = Some(false);
            report.nic = nic(tc);
        }
        ME::BDS06 { inner, .. } => {
            report.kinematics.position = at(inner.latitude, inner.longitude);
            report.kinematics.sog_kn = inner.groundspeed;
            report.kinematics.cog_deg = inner.track.filter(|_| inner.track_status);
            report.on_ground = Some(true);
        }
        // A character that the code has none for makes a name that nobody has.
        ME::BDS08 { inner, .. } if inner.callsign.contains('#') => session.count(Reason::IllegalValue, desk),
        ME::BDS08 { inner, .. } => {
            report.call_sign =
                Some(Text::new(inner.callsign.trim().as_bytes())).filter(|text| !text.is_empty());
        }
        ME::BDS09(velocity) => {
            report.vertical_rate_fpm = velocity.vertical_rate.map(f64::from);
            if let AirborneVelocitySubType::GroundSpeedDecoding(ground) = velocity.velocity {
                report.kinematics.sog_kn = Some(ground.groundspeed);
                report.kinematics.cog_deg = Some(ground.track.rem_euclid(360.0));
            }
        }
        ME::BDS61(status) if status.subtype == AircraftStatusType::EmergencyPriorityStatus => {
            report.squawk = squawk(status.squawk.0);
            report.emergency = Emergency::of_status(status.emergency_state as u8);
        }
        ME::BDS62(state) => report.nac_p = Some(state.nac_p),
        ME::BDS65(AircraftOperationStatus::Airborne(status)) => {
            (report.version, report.nac_p) = match status.version {
                ADSBVersionAirborne::DOC9871AppendixA(_) => (Some(0), None),
                ADSBVersionAirborne::DOC9871AppendixB(v1) => (Some(1), Some(v1.nac_p)),
                ADSBVersionAirborne::DOC9871AppendixC(v2) => (Some(2), Some(v2.nac_p)),
                ADSBVersionAirborne::Reserved { .. } => (None, None),
            };
        }
        _ => {}
    }
}

/// By the type code of an airborne position, the lower category where a supplement would tell (DO-260B, table N-4).
fn nic(type_code: u8) -> Option<u8> {
    Some(match type_code {
        9 | 20 => 11,
        10 | 21 => 10,
        11 => 8,
        12 => 7,
        13 => 6,
        14 => 5,
        15 => 4,
        16 => 2,
        17 => 1,
        18 | 22 => 0,
        _ => return None,
    })
}

/// From four digits in half an octet each.
fn squawk(digits: u16) -> Option<Squawk> {
    Squawk::new((0..4).fold(0, |code, place| code | (digits >> (4 * place) & 7) << (3 * place)))
}

fn grounded(status: FlightStatus) -> Option<bool> {
    match status {
        FlightStatus::NoAlertNoSpiAirborne | FlightStatus::AlertNoSpiAirborne => Some(false),
        FlightStatus::NoAlertNoSpiOnGround | FlightStatus::AlertNoSpiOnGround => Some(true),
        _ => None,
    }
}
