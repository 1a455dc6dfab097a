//! AIS messages of a vessel and their reporting intervals (ITU-R M.1371-5, tables 1 and 2; static data every 6 min).

use super::chance::{Chance, Wander};
use super::claims::{Claim, Kind};
use super::file::Class;
use super::globe::turn_between;
use super::helm::Motion;
use super::sentence::{self, Fix, Particulars};
use crate::model::{Dimensions, Span, Time};
use crate::wire::ais::encode::Bits;

const STATIC_EVERY: Span = Span::from_secs(360);
/// Navigational status of an active AIS-SART.
const DISTRESS: u8 = 14;

/// Year, month, day, hour, minute, second.
pub fn utc(at: Time) -> [u16; 6] {
    let text = at.rfc3339();
    let mut parts = text.split(['-', 'T', ':', 'Z']).map_while(|part| part.parse().ok());
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// A vessel's AIS.
#[derive(Clone, Debug)]
pub struct Transponder {
    /// Identity that the transponder sends.
    pub mmsi: u32,
    /// Class.
    pub class: Class,
    /// Ship's name.
    pub name: String,
    /// Call sign.
    pub call_sign: String,
    /// IMO number.
    pub imo: Option<u32>,
    /// Destination.
    pub destination: String,
    /// Type of ship and cargo.
    pub ship_type: u8,
    /// Length over all, metres.
    pub length_m: f64,
    /// Deviation of its fixes, metres.
    pub noise_m: f64,
    position_due: Option<Time>,
    static_due: Option<Time>,
    part_b_due: Option<Time>,
    mean_heading: f64,
    east: Wander,
    north: Wander,
}

impl Transponder {
    /// One that is not switched on yet.
    pub fn new(mmsi: u32, class: Class, name: &str) -> Transponder {
        Transponder {
            mmsi,
            class,
            name: name.to_owned(),
            call_sign: String::new(),
            imo: None,
            destination: String::new(),
            ship_type: 0,
            length_m: 0.0,
            noise_m: 0.0,
            position_due: None,
            static_due: None,
            part_b_due: None,
            mean_heading: 0.0,
            east: Wander::default(),
            north: Wander::default(),
        }
    }

    /// Off: it starts anew when it is switched on again.
    pub fn switch_off(&mut self) {
        self.position_due = None;
        self.static_due = None;
        self.part_b_due = None;
    }

    /// Returns the messages of the second that begins now.
    pub fn speak(
        &mut self,
        motion: &Motion,
        status: u8,
        claim: Option<&Claim>,
        now: Time,
        chance: &mut Chance,
        say: &mut impl FnMut(Time, Bits),
    ) {
        if let Some(claim) = claim {
            let mut liar = self.pretending(claim);
            liar.say_all(motion, status, Some(claim), now, chance, say);
            // The clocks of the reports go on, whatever they say.
            (self.position_due, self.static_due, self.part_b_due) =
                (liar.position_due, liar.static_due, liar.part_b_due);
            (self.mean_heading, self.east, self.north) = (liar.mean_heading, liar.east, liar.north);
            return;
        }
        self.say_all(motion, status, None, now, chance, say);
    }

    /// Returns the transponder with the static data that it claims.
    fn pretending(&self, claim: &Claim) -> Transponder {
        let mut liar = self.clone();
        liar.mmsi = claim.mmsi.unwrap_or(liar.mmsi);
        liar.length_m = claim.length.map_or(liar.length_m, |length| length.m());
        if let Some(name) = &claim.name {
            liar.name.clone_from(name);
        }
        liar
    }

    /// Returns the messages of the second that begins now, by the data of this transponder.
    fn say_all(
        &mut self,
        motion: &Motion,
        status: u8,
        claim: Option<&Claim>,
        now: Time,
        chance: &mut Chance,
        say: &mut impl FnMut(Time, Bits),
    ) {
        let status = if self.is_distress_device() { DISTRESS } else { status };
        let end = now + Span::from_secs(1);
        let interval = self.interval(motion, status);
        if self.position_due.is_none() {
            // A unit just switched on waits a minute of its own before its first report.
            self.position_due = Some(now + Span((chance.unit() * interval.0 as f64) as i64));
            self.static_due = Some(now + Span((chance.unit() * STATIC_EVERY.0 as f64) as i64));
            self.mean_heading = motion.heading_deg;
        }
        while let Some(due) = self.position_due.filter(|due| *due < end) {
            say(due.max(now), self.position(motion, status, claim, due.max(now) - now, now, chance));
            self.position_due =
                Some(due.max(now) + Span((interval.0 as f64 * chance.between(0.9, 1.1)) as i64));
        }
        // A vessel that speeds up or turns reports sooner.
        let soonest = end + interval;
        self.position_due = self.position_due.map(|due| due.min(soonest));
        let sends_static = claim.is_none_or(|claim| claim.station.is_none()) && !self.is_distress_device();
        if let Some(due) = self.static_due.filter(|due| *due < end && sends_static) {
            match self.class {
                Class::A => say(due, sentence::static_a(self.mmsi, self.particulars())),
                Class::B | Class::None => {
                    say(due, sentence::name_b(self.mmsi, self.particulars()));
                    self.part_b_due = Some(due + Span((chance.between(2.0, 40.0) * 1000.0) as i64));
                }
            }
            self.static_due = Some(due + STATIC_EVERY);
        }
        if let Some(due) = self.part_b_due.filter(|due| *due < end) {
            say(due.max(now), sentence::static_b(self.mmsi, self.particulars()));
            self.part_b_due = None;
        }
        let off = turn_between(self.mean_heading, motion.heading_deg);
        self.mean_heading += off / 30.0;
    }

    /// Time between position reports.
    fn interval(&self, motion: &Motion, status: u8) -> Span {
        let turning = turn_between(self.mean_heading, motion.heading_deg).abs() > 5.0;
        let ms = match self.class {
            Class::B | Class::None if motion.sog_kn <= 2.0 => 180_000,
            Class::B | Class::None => 30_000,
            Class::A if matches!(status, 1 | 5) => {
                if motion.sog_kn <= 3.0 {
                    180_000
                } else {
                    10_000
                }
            }
            Class::A => match (motion.sog_kn, turning) {
                (kn, true) if kn <= 14.0 => 3_333,
                (kn, false) if kn <= 14.0 => 10_000,
                (kn, false) if kn <= 23.0 => 6_000,
                _ => 2_000,
            },
        };
        Span(ms)
    }

    /// Whether the MMSI is that of an AIS-SART, a man overboard device or an EPIRB.
    fn is_distress_device(&self) -> bool {
        matches!(self.mmsi / 1_000_000, 970 | 972 | 974)
    }

    fn position(
        &mut self,
        motion: &Motion,
        status: u8,
        claim: Option<&Claim>,
        into: Span,
        now: Time,
        chance: &mut Chance,
    ) -> Bits {
        let east = self.east.step(chance, self.noise_m, 8.0);
        let north = self.north.step(chance, self.noise_m, 8.0);
        let sog_kn = (motion.sog_kn + 0.06 * chance.normal()).max(0.0);
        // A receiver that hardly moves makes up its course.
        let wild = if sog_kn < 0.3 { 180.0 } else { (2.0 / sog_kn).min(30.0) };
        let compass = self.class == Class::A && self.length_m >= 15.0;
        let mut place = motion.ahead(into.secs()).moved(east, north);
        if let Some(claim) = claim {
            if let Some(moved) = claim.moved {
                place = place.after(moved.towards.deg(), moved.by.m());
            }
            if claim.glitches.0 > 0.0 && chance.happens(claim.glitches.0) {
                place = place.after(chance.between(0.0, 360.0), chance.between(2_000.0, 60_000.0));
            }
        }
        let fix = Fix {
            place,
            sog_kn,
            cog_deg: super::globe::turn(motion.cog_deg + wild * chance.normal().clamp(-1.0, 1.0)),
            heading_deg: compass.then(|| super::globe::turn(motion.heading_deg + 0.4 * chance.normal())),
            second: ((now + into).0.div_euclid(1000) % 60) as u8,
        };
        match claim.and_then(|claim| claim.station) {
            Some(Kind::BaseStation) => return sentence::base_station(self.mmsi, utc(now + into), place),
            Some(Kind::Aid) => return sentence::aid(self.mmsi, 1, &self.name, place, fix.second, false),
            None => {}
        }
        match self.class {
            Class::A => sentence::position_a(self.mmsi, status, fix),
            Class::B | Class::None => sentence::position_b(self.mmsi, fix),
        }
    }

    fn particulars(&self) -> Particulars<'_> {
        let length = self.length_m;
        let beam = if length > 40.0 { length / 6.5 } else { length / 3.5 };
        let whole = |m: f64| libm::round(m) as u16;
        let half = whole(beam / 2.0).min(63) as u8;
        let hull = Dimensions {
            bow_m: whole(length * 0.8).min(511),
            stern_m: whole(length * 0.2).min(511),
            port_m: half,
            starboard_m: half,
        };
        Particulars {
            name: &self.name,
            call_sign: &self.call_sign,
            imo: self.imo,
            destination: &self.destination,
            ship_type: self.ship_type,
            hull,
        }
    }
}
