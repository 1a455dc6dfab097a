//! Fields of one record in a form that the categories share; units are metres, knots, degrees, feet.

use super::item::{signed, unsigned, walk};
use super::tables::{ACCURACY_062, AIRCRAFT_062, FLIGHT_PLAN_062};
use crate::model::{Icao, Squawk, Text};

/// Knots of one unit of ground speed, 2^-14 nautical miles a second.
const GROUND_SPEED_KN: f64 = 3600.0 / 16_384.0;
/// Degrees of one unit of azimuth, 2^-16 of a circle.
const AZIMUTH_DEG: f64 = 360.0 / 65_536.0;
const NM_M: f64 = 1852.0;
/// Feet of one unit of altitude, a quarter of a flight level.
const QUARTER_LEVEL_FT: f64 = 25.0;

/// Fields of a record about a target, or about the service that sends it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Category: 10, 21, 48 or 62 for targets, 34 or 65 for the service.
    pub category: u8,
    /// System area code and system identification code (item 010).
    pub source: Option<[u8; 2]>,
    /// True for a record about the service and no target: CAT034, CAT065, CAT010 message types 2 to 4.
    pub service: bool,
    /// Time since midnight UTC, 1/128 s.
    pub time_of_day: Option<u32>,
    /// Track number.
    pub number: Option<u16>,
    /// Slant range in metres and azimuth in degrees, from the radar.
    pub polar: Option<[f64; 2]>,
    /// East and north in metres, from the radar or the system's reference point.
    pub cartesian: Option<[f64; 2]>,
    /// Longitude and latitude, WGS 84 degrees.
    pub lon_lat: Option<[f64; 2]>,
    /// Speed (knots) and course (degrees true) over ground.
    pub speed: Option<[f64; 2]>,
    /// Velocity to the east and to the north, m/s.
    pub velocity: Option<[f64; 2]>,
    /// Pressure altitude, feet; below zero on days of high pressure.
    pub altitude_ft: Option<f64>,
    /// Mode 3/A code, twelve bits, where it is validated, not garbled, and from this scan.
    pub squawk: Option<Squawk>,
    /// ICAO 24-bit address.
    pub icao: Option<Icao>,
    /// Target identification, or the flight plan's call sign.
    pub label: Option<Text<20>>,
    /// Larger extent, metres.
    pub size_m: Option<f64>,
    /// Standard deviations east and north, and their covariance with its sign under the root, metres.
    pub sigma_m: Option<[f64; 3]>,
    /// Standard deviations of longitude and latitude, degrees.
    pub sigma_deg: Option<[f64; 2]>,
    /// True for a simulated target, a test target or a field monitor.
    pub test: bool,
    /// True for a tentative track, or one suspected to be false.
    pub tentative: bool,
    /// True where the track had no plot in this scan.
    pub coasted: bool,
    /// True for the last report of a track.
    pub ended: bool,
    /// True for a target on the ground.
    pub ground: bool,
    /// True where a transponder answered.
    pub answered: bool,
    /// Height above the ellipsoid, feet.
    pub geometric_ft: Option<f64>,
    /// Rate of climb, feet a minute.
    pub climb_fpm: Option<f64>,
    /// Navigation integrity category (NIC) and navigation accuracy category for position (NACp).
    pub integrity: [Option<u8>; 2],
    /// ADS-B version.
    pub version: Option<u8>,
    /// Emergency or priority status, 1 to 6.
    pub emergency: u8,
    /// True where the address is not one that ICAO gave an aircraft, or is that of a ground vehicle.
    pub no_aircraft: bool,
}

impl Target {
    /// Reads one item of a record of its category.
    pub(super) fn note(&mut self, number: u16, item: &[u8]) {
        match (self.category, number) {
            (_, 10) => self.source = Some([item[0], item[1]]),
            (10, _) => self.cat010(number, item),
            (21, _) => self.cat021(number, item),
            (48, _) => self.cat048(number, item),
            (62, _) => self.cat062(number, item),
            (_, 30) => self.time_of_day = Some(unsigned(item) as u32),
            _ => {}
        }
    }

    fn cat010(&mut self, number: u16, item: &[u8]) {
        match number {
            0 => self.service = item[0] != 1,
            20 => {
                let more = bits_at(item, 1);
                self.ground |= item[0] & 0x04 != 0 || more & 0x06 == 0x04;
                self.test |= more & 0xe0 != 0;
            }
            40 => self.polar = Some([unsigned(&item[..2]) as f64, azimuth(&item[2..])]),
            41 => self.lon_lat = lon_lat(item, 180.0 / 2_147_483_648.0),
            42 => self.cartesian = Some(pair(item, 1.0)),
            60 => self.mode_3a(item),
            90 => self.flight_level(item),
            140 => self.time_of_day = Some(unsigned(item) as u32),
            161 => self.number = Some(unsigned(item) as u16 & 0x0fff),
            170 => {
                self.tentative |= item[0] & 0x80 != 0 || bits_at(item, 2) & 0x80 != 0;
                self.ended = item[0] & 0x40 != 0;
                self.coasted = item[0] & 0x30 != 0;
            }
            200 => self.speed = Some(speed(item)),
            202 => self.velocity = Some(pair(item, 0.25)),
            220 => self.icao = address(item),
            245 => self.label = six_bit(&item[1..]),
            270 => self.size_m = size(item),
            500 => {
                let quarter = |octet: u8| f64::from(octet) / 4.0;
                self.sigma_m = Some([quarter(item[0]), quarter(item[1]), signed(&item[2..], 16) / 4.0]);
            }
            _ => {}
        }
    }

    fn cat021(&mut self, number: u16, item: &[u8]) {
        let climb = |item: &[u8]| (item[0] & 0x80 == 0).then(|| signed(item, 15) * 6.25);
        match number {
            40 => {
                let more = bits_at(item, 1);
                self.no_aircraft = item[0] >> 5 != 0;
                self.test |= item[0] & 0x02 != 0 || more & 0x30 != 0;
                self.ground |= more & 0x40 != 0;
            }
            70 => self.mode_3a(&[item[0] & 0x0f, item[1]]),
            // Time of applicability of the position, else of its reception, else of the report's transmission.
            71 => self.time_of_day = Some(unsigned(item) as u32),
            73 | 77 => self.time_of_day = self.time_of_day.or(Some(unsigned(item) as u32)),
            80 => self.icao = address(item),
            90 => {
                let accuracy = (item.len() > 1).then(|| item[1] >> 1 & 0x0f);
                self.integrity = [Some(item[0] >> 1 & 0x0f), accuracy];
            }
            130 => {
                let unit = 180.0 / 8_388_608.0;
                self.lon_lat =
                    self.lon_lat.or(Some([signed(&item[3..], 24) * unit, signed(&item[..3], 24) * unit]));
            }
            131 => self.lon_lat = lon_lat(item, 180.0 / 1_073_741_824.0),
            140 => self.geometric_ft = Some(signed(item, 16) * 6.25),
            145 => self.flight_level(&[item[0], item[1]]),
            155 => self.climb_fpm = climb(item),
            157 => self.climb_fpm = self.climb_fpm.or(climb(item)),
            160 if item[0] & 0x80 == 0 => self.speed = Some(speed(item)),
            161 => self.number = Some(unsigned(item) as u16 & 0x0fff),
            170 => self.label = six_bit(item),
            200 => self.emergency = item[0] >> 2 & 7,
            210 => self.version = Some(item[0] >> 3 & 7),
            _ => {}
        }
    }

    fn cat048(&mut self, number: u16, item: &[u8]) {
        match number {
            20 => {
                let kind = item[0] >> 5;
                self.coasted = kind == 0;
                self.answered |= kind >= 2;
                self.test |= item[0] & 0x12 != 0 || bits_at(item, 1) & 0x80 != 0;
            }
            40 => self.polar = Some([unsigned(&item[..2]) as f64 * NM_M / 256.0, azimuth(&item[2..])]),
            42 => self.cartesian = Some(pair(item, NM_M / 128.0)),
            70 => self.mode_3a(item),
            90 => self.flight_level(item),
            140 => self.time_of_day = Some(unsigned(item) as u32),
            161 => self.number = Some(unsigned(item) as u16 & 0x0fff),
            170 => {
                let more = bits_at(item, 1);
                self.tentative |= item[0] & 0x80 != 0 || more & 0x40 != 0;
                self.ended = more & 0x80 != 0;
            }
            200 => self.speed = Some(speed(item)),
            220 => self.icao = address(item),
            230 => self.flight_status(item),
            240 => self.label = six_bit(item),
            _ => {}
        }
    }

    fn cat062(&mut self, number: u16, item: &[u8]) {
        match number {
            40 => self.number = Some(unsigned(item) as u16),
            60 => {
                // The third bit says that the code changed, not that it is from an earlier scan.
                self.mode_3a(&[item[0] & !0x20, item[1]]);
            }
            70 => self.time_of_day = Some(unsigned(item) as u32),
            80 => {
                self.tentative |= item[0] & 0x02 != 0 || bits_at(item, 4) & 0x04 != 0;
                self.test |= bits_at(item, 1) & 0x80 != 0;
                self.ended = bits_at(item, 1) & 0x40 != 0;
                self.coasted = bits_at(item, 3) & 0x80 != 0;
                self.ground |= bits_at(item, 5) & 0x10 != 0;
            }
            100 => {
                self.cartesian = Some([signed(&item[..3], 24) / 2.0, signed(&item[3..], 24) / 2.0]);
            }
            105 => self.lon_lat = lon_lat(item, DEGREES_062),
            // An altitude corrected for the pressure at sea level is not a pressure altitude.
            135 if item[0] & 0x80 == 0 && self.altitude_ft.is_none() => {
                self.altitude_ft = Some(signed(item, 15) * QUARTER_LEVEL_FT);
            }
            136 => {
                self.altitude_ft = Some(signed(item, 16) * QUARTER_LEVEL_FT);
                self.answered = true;
            }
            185 => self.velocity = Some(pair(item, 0.25)),
            245 => self.label = six_bit(&item[1..]).or(self.label),
            270 => self.size_m = size(item),
            380 => each(AIRCRAFT_062, item, |number, item| match number {
                1 => self.icao = address(item),
                2 => self.label = self.label.or(six_bit(item)),
                10 => self.flight_status(item),
                _ => {}
            }),
            390 => each(FLIGHT_PLAN_062, item, |number, item| {
                if number == 2 {
                    self.label = self.label.or(Some(Text::new(item)).filter(|text| !text.is_empty()));
                }
            }),
            500 => self.accuracy(item),
            _ => {}
        }
        self.answered |= self.icao.is_some();
    }

    /// Reads estimated accuracies (I062/500).
    fn accuracy(&mut self, item: &[u8]) {
        let half = |octets: &[u8]| unsigned(octets) as f64 / 2.0;
        each(ACCURACY_062, item, |number, item| match number {
            1 => self.sigma_m = Some([half(&item[..2]), half(&item[2..]), 0.0]),
            2 => {
                if let Some([_, _, covariance]) = &mut self.sigma_m {
                    *covariance = signed(item, 16) / 2.0;
                }
            }
            3 => {
                let [lat, lon] = [&item[..2], &item[2..]].map(|octets| unsigned(octets) as f64);
                self.sigma_deg = Some([lon * DEGREES_062, lat * DEGREES_062]);
            }
            _ => {}
        });
    }

    /// Reads a Mode 3/A code (I048/070 and its counterparts): V not validated, G garbled, L not extracted in this scan.
    fn mode_3a(&mut self, item: &[u8]) {
        self.answered = true;
        self.squawk = Squawk::new(unsigned(item) as u16 & 0x0fff).filter(|_| item[0] & 0xe0 == 0);
    }

    /// Reads a flight level (I048/090 and its counterparts): V not validated, G garbled, then two's complement.
    fn flight_level(&mut self, item: &[u8]) {
        self.answered = true;
        self.altitude_ft = (item[0] & 0xc0 == 0).then(|| signed(item, 14) * QUARTER_LEVEL_FT);
    }

    /// Reads communications capability and flight status (I048/230, I062/380 subitem 10).
    fn flight_status(&mut self, item: &[u8]) {
        self.answered = true;
        self.ground |= matches!(item[0] >> 2 & 7, 1 | 3);
    }
}

/// Degrees of one unit of I062/105.
const DEGREES_062: f64 = 180.0 / 33_554_432.0;

/// Calls `note` with each subitem of an item whose form is known to be right.
fn each<'a>(fields: &[super::item::Field], item: &'a [u8], mut note: impl FnMut(u16, &'a [u8])) {
    walk(fields, item, &mut note);
}

/// Returns an octet of an extended item; 0 for one that was left out.
fn bits_at(item: &[u8], octet: usize) -> u8 {
    item.get(octet).copied().unwrap_or(0)
}

fn azimuth(octets: &[u8]) -> f64 {
    unsigned(octets) as f64 * AZIMUTH_DEG
}

fn pair(item: &[u8], unit: f64) -> [f64; 2] {
    [signed(&item[..2], 16) * unit, signed(&item[2..], 16) * unit]
}

fn lon_lat(item: &[u8], unit: f64) -> Option<[f64; 2]> {
    Some([signed(&item[4..], 32) * unit, signed(&item[..4], 32) * unit])
}

fn speed(item: &[u8]) -> [f64; 2] {
    [unsigned(&item[..2]) as f64 * GROUND_SPEED_KN, azimuth(&item[2..])]
}

fn address(item: &[u8]) -> Option<Icao> {
    Icao::new(unsigned(item) as u32)
}

/// Reads the larger of length and width, metres (I010/270, I062/270: length, orientation, width, each in seven bits).
fn size(item: &[u8]) -> Option<f64> {
    let longest = (item[0] >> 1).max(bits_at(item, 2) >> 1);
    (longest > 0).then_some(f64::from(longest))
}

/// Reads eight characters of six bits (ICAO Annex 10, volume IV, 3.1.2.9.1.2).
fn six_bit(item: &[u8]) -> Option<Text<20>> {
    let all = unsigned(item);
    let mut text = [b' '; 8];
    for (n, character) in text.iter_mut().enumerate() {
        *character = match (all >> (42 - 6 * n) & 0x3f) as u8 {
            letter @ 1..=26 => b'A' + letter - 1,
            digit @ 48..=57 => digit,
            0 | 32 => b' ',
            _ => b'?',
        };
    }
    Some(Text::new(&text)).filter(|text| !text.is_empty())
}
