//! From what a record says to a contact: when it was, where on the earth, how sure.

use std::io::Write as _;

use super::target::Target;
use crate::geodesy::{destination, metres_per_degree, normal_deg};
use crate::model::{
    Accuracy, AirSource, AircraftReport, Contact, ContactStatus, Domain, Emergency, FeedId, Kinematics,
    Position, Radar, Span, StationId, Text, Time,
};
use crate::wire::clock::Told;
use crate::wire::radar::accuracy_at;
use crate::wire::session::Desk;
use crate::wire::{Reason, Sensor, Session};

const DAY: Span = Span::from_secs(86_400);
const HALF_DAY: Span = Span::from_secs(43_200);
/// Mean radius of the earth, for the height over a curved surface.
const EARTH_M: f64 = 6_371_000.0;
const FOOT_M: f64 = 0.3048;
const MS_KN: f64 = 3600.0 / 1852.0;

/// Gives what a record tells: a contact, or its time alone.
pub(super) fn take(session: &mut Session, target: &Target, arrival: Time, desk: &mut Desk<'_>) {
    let told = target.time_of_day.and_then(|time| {
        let own = moment(time, arrival);
        if own.is_none() {
            session.count(Reason::BadTime, desk);
        }
        own
    });
    let Some(time) = session.settle(Told { own: told, ..Told::default() }, desk) else { return };
    if target.category == 21 {
        return aircraft(session, target, time, desk);
    }
    let refused = match contact(session, target, time, desk) {
        Ok(contact) => return session.give_contact(contact, desk),
        Err(reason) => reason,
    };
    if let Some(reason) = refused {
        session.count(reason, desk);
    }
    if told.is_some() {
        session.tick(time, desk);
    }
}

/// A time of day, 1/128 s, on the day that brings it nearest to the arrival; `None` for one that no day has.
fn moment(time_of_day: u32, arrival: Time) -> Option<Time> {
    let since = Span(i64::from(time_of_day) * 1000 / 128);
    if since >= DAY {
        return None;
    }
    let on_the_day = Time(arrival.0.div_euclid(DAY.0) * DAY.0) + since;
    Some(match on_the_day - arrival {
        ahead if ahead > HALF_DAY => on_the_day - DAY,
        behind if behind < Span(-HALF_DAY.0) => on_the_day + DAY,
        _ => on_the_day,
    })
}

/// `Err(None)` for a word of the service.
fn contact(
    session: &mut Session,
    target: &Target,
    time: Time,
    desk: &mut Desk<'_>,
) -> Result<Contact, Option<Reason>> {
    if target.service {
        return Err(None);
    }
    if target.test {
        return Err(Some(Reason::TestTarget));
    }
    let number = target.number.ok_or(Some(Reason::NoTrack))?;
    let (feed, station) = station(session, target, desk);
    let status = match () {
        () if target.ended => ContactStatus::Lost,
        () if target.tentative => ContactStatus::Acquiring,
        () if target.coasted => ContactStatus::Coasting,
        () => ContactStatus::Tracking,
    };
    let sensor = desk.stations.sensor(feed);
    let position = match status {
        ContactStatus::Lost => None,
        _ => Some(position(target, sensor.site).ok_or(Some(Reason::NoPosition))?),
    };
    let moves = movement(target);
    Ok(Contact {
        feed,
        station,
        time,
        number: u32::from(number),
        status,
        domain: match () {
            () if target.ground => Some(Domain::Surface),
            () if target.answered => Some(Domain::Air),
            () => None,
        },
        position,
        accuracy: position.and_then(|at| accuracy(target, at, sensor)),
        sog_kn: moves.map(|[sog, _]| sog),
        cog_deg: moves.filter(|[sog, _]| *sog > 0.0).map(|[_, cog]| cog),
        size_m: target.size_m,
        altitude_ft: target.altitude_ft,
        icao: target.icao,
        squawk: target.squawk,
        // A radar that asks nobody says the same of everybody.
        answered: target.answered.then_some(true),
        label: target.label,
    })
}

/// What an ADS-B ground station heard of an aircraft.
fn aircraft(session: &mut Session, target: &Target, time: Time, desk: &mut Desk<'_>) {
    let icao = target.icao.filter(|_| !target.no_aircraft);
    let refused = match icao {
        _ if target.test => Reason::TestTarget,
        None => Reason::IllegalAddress,
        Some(icao) => {
            let (feed, station) = station(session, target, desk);
            let position = target.lon_lat.and_then(|[lon, lat]| Position::new(lon, lat));
            let [nic, nac_p] = target.integrity;
            let [sog_kn, cog_deg] = target.speed.map_or([None; 2], |both| both.map(Some));
            let report = AircraftReport {
                feed,
                station,
                time,
                icao,
                source: if position.is_some() { AirSource::AdsB } else { AirSource::ModeS },
                kinematics: Kinematics { position, sog_kn, cog_deg, heading_deg: None },
                pressure_altitude_ft: target.altitude_ft,
                geometric_altitude_ft: target.geometric_ft,
                vertical_rate_fpm: target.climb_fpm,
                on_ground: Some(target.ground),
                squawk: target.squawk,
                emergency: Emergency::of_status(target.emergency),
                call_sign: target.label.map(|label| Text::new(label.as_str().as_bytes())),
                version: target.version,
                nic,
                nac_p,
            };
            return session.give_aircraft(report, desk);
        }
    };
    session.count(refused, desk);
    session.tick(time, desk);
}

/// The station is called "SAC/SIC".
fn station(session: &mut Session, target: &Target, desk: &mut Desk<'_>) -> (FeedId, StationId) {
    let Some([sac, sic]) = target.source else { return session.station(&[], desk) };
    let mut name = [0; 7];
    let mut rest = &mut name[..];
    // Two octets in decimals and a stroke always fit.
    write!(rest, "{sac}/{sic}").ok();
    let unused = rest.len();
    session.station(&name[..7 - unused], desk)
}

/// As told, else measured from the site, else calculated from it.
fn position(target: &Target, site: Option<Position>) -> Option<Position> {
    if let Some([lon, lat]) = target.lon_lat {
        return Position::new(lon, lat);
    }
    let (bearing, distance) = match (target.polar, target.cartesian) {
        (Some([slant, azimuth]), _) => (azimuth, ground_range(slant, target.altitude_ft.unwrap_or(0.0))),
        (None, Some([east, north])) => (libm::atan2(east, north).to_degrees(), libm::hypot(east, north)),
        (None, None) => return None,
    };
    Some(destination(site?, bearing, distance))
}

/// Distance over a round earth to what is seen at a height at the end of a straight line.
fn ground_range(slant_m: f64, altitude_ft: f64) -> f64 {
    let height = (altitude_ft * FOOT_M).max(0.0);
    let level = (slant_m * slant_m - height * height).max(0.0);
    2.0 * EARTH_M * libm::asin((level / (4.0 * EARTH_M * (EARTH_M + height))).sqrt().min(1.0))
}

/// Knots and degrees true.
fn movement(target: &Target) -> Option<[f64; 2]> {
    target.speed.or_else(|| {
        let [east, north] = target.velocity?;
        let course = normal_deg(libm::atan2(east, north).to_degrees());
        Some([libm::hypot(east, north) * MS_KN, course])
    })
}

/// From the format, else from what is known of the radar.
fn accuracy(target: &Target, at: Position, sensor: Sensor) -> Option<Accuracy> {
    let in_metres = target.sigma_deg.map(|[lon, lat]| {
        let [per_lon, per_lat] = metres_per_degree(at.lat());
        [lon * per_lon, lat * per_lat, 0.0]
    });
    if let Some(sigma) = target.sigma_m.or(in_metres).filter(|[east, north, _]| east + north > 0.0) {
        return Some(ellipse(sigma));
    }
    let (site, measured) = (sensor.site?, target.lon_lat.is_none() && target.polar.is_some());
    let radar = sensor.radar.or(measured.then(Radar::default))?;
    Some(accuracy_at(&radar, site, at, 0.0))
}

/// The axes of the covariance whose roots are given: east, north, and between them with its sign.
fn ellipse([east, north, between]: [f64; 3]) -> Accuracy {
    let (e2, n2, c) = (east * east, north * north, between * between.abs());
    let (mean, half) = ((e2 + n2) / 2.0, libm::hypot((e2 - n2) / 2.0, c));
    let from_east = libm::atan2(2.0 * c, e2 - n2).to_degrees() / 2.0;
    Accuracy {
        along_m: (mean + half).sqrt() as f32,
        across_m: (mean - half).max(0.0).sqrt() as f32,
        axis_deg: normal_deg(90.0 - from_east) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_arrivals_or_the_one_beside_it() {
        let at = |text: &str| Time::parse(text).expect("a time");
        let units = |secs: u32| secs * 128;
        for (secs, arrival, expected) in [
            (36_000, "2026-01-01T10:00:01Z", "2026-01-01T10:00:00Z"),
            (86_399, "2026-01-02T00:00:01Z", "2026-01-01T23:59:59Z"),
            (1, "2026-01-01T23:59:59Z", "2026-01-02T00:00:01Z"),
            (0, "2026-01-01T12:00:00Z", "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(moment(units(secs), at(arrival)), Some(at(expected)), "{secs} {arrival}");
        }
        assert_eq!(moment(units(86_400), at("2026-01-01T00:00:00Z")), None);
        assert_eq!(moment(129, Time(0)), Some(Time(1007)));
    }

    #[test]
    fn axes_of_a_covariance() {
        let axes = |sigma| {
            let Accuracy { along_m, across_m, axis_deg } = ellipse(sigma);
            [along_m, across_m, axis_deg].map(|value| value.round() as i32)
        };
        assert_eq!(axes([30.0, 10.0, 0.0]), [30, 10, 90]);
        assert_eq!(axes([10.0, 30.0, 0.0]), [30, 10, 0]);
        // Variances 500 and 500 with 400 between them: 900 to the north-east, 100 across.
        assert_eq!(axes([500.0_f64.sqrt(), 500.0_f64.sqrt(), 20.0]), [30, 10, 45]);
        assert_eq!(axes([500.0_f64.sqrt(), 500.0_f64.sqrt(), -20.0]), [30, 10, 135]);
        assert_eq!(axes([1.0, 1.0, 50.0])[1], 0, "no covariance is beyond its variances");
    }

    #[test]
    fn what_flies_is_nearer_than_it_is_far() {
        assert!((ground_range(10_000.0, 0.0) - 10_000.0).abs() < 0.01);
        assert!((ground_range(370_400.0, 0.0) - 370_452.2).abs() < 1.0, "the chord is shorter than the arc");
        let high = ground_range(37_040.0, 35_000.0);
        assert!((35_400.0..35_480.0).contains(&high), "{high}");
        assert_eq!(ground_range(9_000.0, 35_000.0), 0.0);
    }
}
