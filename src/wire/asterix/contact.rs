//! Contacts and aircraft of records: report time, position on the earth, accuracy.

use std::io::Write as _;

use super::target::Target;
use crate::geodesy::{destination, is_within, metres_per_degree, normal_deg};
use crate::model::{
    Accuracy, AirSource, AircraftReport, Contact, ContactStatus, Domain, Emergency, FeedId, Kinematics,
    Position, Radar, Span, StationId, Text, Time,
};
use crate::wire::context::Context;
use crate::wire::radar::{RANGE_MAX_M, accuracy_at};
use crate::wire::reason::Reason;
use crate::wire::source::Source;
use crate::wire::stations::Sensor;
use crate::wire::times::on_nearest_day;

const DAY: Span = Span::from_secs(86_400);
/// Mean radius of the earth, metres, for the height over a curved surface.
const EARTH_M: f64 = 6_371_000.0;
const FOOT_M: f64 = 0.3048;
const MS_KN: f64 = 3600.0 / 1852.0;

/// Gives the input of a record: a contact, an aircraft, or its time alone.
pub(super) fn give(source: &mut Source, target: &Target, arrival: Time, context: &mut Context<'_>) {
    let own = target.time_of_day.and_then(|time| {
        let own = moment(time, arrival);
        if own.is_none() {
            context.count(Reason::BadTime);
        }
        own
    });
    let Some(time) = source.settle(own, None, &[], context) else { return };
    if target.category == 21 {
        return aircraft(source, target, time, context);
    }
    let refused = match contact(source, target, time, context) {
        Ok(contact) => return source.give_contact(contact, context),
        Err(reason) => reason,
    };
    if let Some(reason) = refused {
        context.count(reason);
    }
    if own.is_some() {
        source.give_tick(time, context);
    }
}

/// Returns the time of a time of day in 1/128 s on the day nearest to the arrival; `None` where it exceeds a day.
fn moment(time_of_day: u32, arrival: Time) -> Option<Time> {
    let since_midnight = Span(i64::from(time_of_day) * 1000 / 128);
    (since_midnight < DAY).then(|| on_nearest_day(since_midnight, arrival))
}

/// Makes a contact of a record.
///
/// # Errors
/// [`Reason::TestTarget`], [`Reason::NoTrack`], [`Reason::NoPosition`]; `None` for a message of the radar service.
fn contact(
    source: &mut Source,
    target: &Target,
    time: Time,
    context: &mut Context<'_>,
) -> Result<Contact, Option<Reason>> {
    if target.service {
        return Err(None);
    }
    if target.test {
        return Err(Some(Reason::TestTarget));
    }
    let number = target.number.ok_or(Some(Reason::NoTrack))?;
    let (feed, station) = station(source, target, context);
    let status = match () {
        () if target.ended => ContactStatus::Lost,
        () if target.tentative => ContactStatus::Acquiring,
        () if target.coasted => ContactStatus::Coasting,
        () => ContactStatus::Tracking,
    };
    let sensor = context.stations.sensor(feed);
    let position = match status {
        ContactStatus::Lost => None,
        _ => {
            let in_reach = |at: &Position| {
                // System tracks (category 62) are those of radars all over a country.
                let site = sensor.site.filter(|_| target.category != 62 || sensor.radar.is_some());
                site.is_none_or(|site| is_within(site, *at, RANGE_MAX_M))
            };
            Some(position(target, sensor.site).filter(in_reach).ok_or(Some(Reason::NoPosition))?)
        }
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
        // Without an answer nothing follows: a primary radar interrogates no target.
        answered: target.answered.then_some(true),
        label: target.label,
    })
}

/// Gives the report of an aircraft that an ADS-B ground station heard (category 21).
fn aircraft(source: &mut Source, target: &Target, time: Time, context: &mut Context<'_>) {
    let icao = target.icao.filter(|_| !target.no_aircraft);
    let refused = match icao {
        _ if target.test => Reason::TestTarget,
        None => Reason::IllegalAddress,
        Some(icao) => {
            let (feed, station) = station(source, target, context);
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
                call_sign: target.label.map(|label| Text::new(label.as_bytes())),
                version: target.version,
                nic,
                nac_p,
            };
            return source.give_aircraft(report, context);
        }
    };
    context.count(refused);
    source.give_tick(time, context);
}

/// Returns feed and number of the station that is named "SAC/SIC" (data item 010).
fn station(source: &mut Source, target: &Target, context: &mut Context<'_>) -> (FeedId, StationId) {
    let Some([sac, sic]) = target.source else { return source.station(&[], context) };
    let mut name = [0; 7];
    let mut rest = &mut name[..];
    // Two octets in decimals and a slash always fit.
    write!(rest, "{sac}/{sic}").ok();
    let unused = rest.len();
    source.station(&name[..7 - unused], context)
}

/// Returns the position of a target: as sent, else measured from the site in range and azimuth, else calculated from it in
/// cartesian coordinates. None where the range is 0, which stands for no measurement: no radar sees its own antenna.
fn position(target: &Target, site: Option<Position>) -> Option<Position> {
    if let Some([lon, lat]) = target.lon_lat {
        return Position::new(lon, lat);
    }
    let (bearing, distance) = match (target.polar, target.cartesian) {
        (Some([0.0, _]), _) | (None, Some([0.0, 0.0])) => return None,
        (Some([slant, azimuth]), _) => (azimuth, ground_range(slant, target.altitude_ft.unwrap_or(0.0))),
        (None, Some([east, north])) => (libm::atan2(east, north).to_degrees(), libm::hypot(east, north)),
        (None, None) => return None,
    };
    Some(destination(site?, bearing, distance))
}

/// Returns the distance over a spherical earth to a target at an altitude at the end of a slant range, metres.
fn ground_range(slant_m: f64, altitude_ft: f64) -> f64 {
    let height = (altitude_ft * FOOT_M).max(0.0);
    let level = (slant_m * slant_m - height * height).max(0.0);
    2.0 * EARTH_M * libm::asin((level / (4.0 * EARTH_M * (EARTH_M + height))).sqrt().min(1.0))
}

/// Returns speed (knots) and course (degrees true) over ground.
fn movement(target: &Target) -> Option<[f64; 2]> {
    target.speed.or_else(|| {
        let [east, north] = target.velocity?;
        let course = normal_deg(libm::atan2(east, north).to_degrees());
        Some([libm::hypot(east, north) * MS_KN, course])
    })
}

/// Returns the accuracy of a position: that of the record, else that of the radar as configured.
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

/// Returns the axes of a covariance of which the roots are given: east, north, and between them with its sign.
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
    fn a_time_of_day_counts_on_the_day_of_the_arrival_or_the_one_beside_it() {
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
    fn the_axes_of_a_covariance_are_its_greatest_and_least_deviation() {
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
    fn the_ground_range_of_a_high_target_is_shorter_than_its_slant_range() {
        assert!((ground_range(10_000.0, 0.0) - 10_000.0).abs() < 0.01);
        assert!((ground_range(370_400.0, 0.0) - 370_452.2).abs() < 1.0, "the chord is shorter than the arc");
        let high = ground_range(37_040.0, 35_000.0);
        assert!((35_400.0..35_480.0).contains(&high), "{high}");
        assert_eq!(ground_range(9_000.0, 35_000.0), 0.0);
    }
}
