//! Makes the body of a report from a message.

use super::Reading;
use super::message::{ClassB, Content, Fix, Message, StaticB, Voyage};
use crate::model::{
    Body, Dimensions, Eta, FixedReport, Imo, Kinematics, NavStatus, Position, PositionReport, SafetyText,
    ShipType, StaticReport, Text, TransponderClass,
};

/// Returns the body of the report of a message. `own_ship` marks VDO: a message of own ship, which is never traffic.
#[inline]
pub fn body(message: &Message, own_ship: bool) -> Body {
    if own_ship {
        return Body::OwnShip(kinematics(&message.content));
    }
    match &message.content {
        Content::ClassA(m) => Body::Position(PositionReport {
            kinematics: moving(&m.fix, m.sog, m.cog, m.heading),
            class: TransponderClass::A,
            nav_status: nav_status(m.nav_status),
            accurate: m.fix.accurate,
            altitude_m: None,
        }),
        Content::ClassB(m) => class_b(m),
        Content::LongRange(m) => Body::Position(PositionReport {
            kinematics: kinematics(&message.content),
            class: TransponderClass::LongRange,
            nav_status: nav_status(m.nav_status),
            accurate: m.fix.accurate,
            altitude_m: None,
        }),
        Content::Aircraft(m) => Body::Position(PositionReport {
            kinematics: kinematics(&message.content),
            class: TransponderClass::Aircraft,
            nav_status: None,
            accurate: m.fix.accurate,
            altitude_m: m.altitude.known(),
        }),
        Content::Voyage(m) => Body::Static(voyage(m)),
        Content::StaticA(name) => Body::Static(StaticReport {
            class: TransponderClass::B,
            name: some(*name),
            ..StaticReport::default()
        }),
        Content::StaticB(m) => Body::Static(static_b(m)),
        Content::Base(m) => Body::BaseStation(fixed(&m.fix, None)),
        Content::Aid(m) => Body::AidToNavigation(fixed(&m.fix, some(m.name))),
        Content::Safety(m) => Body::Safety(SafetyText(m.text.clone())),
        Content::Dgnss(_) | Content::Rare => Body::Heard,
    }
}

#[inline]
fn class_b(m: &ClassB) -> Body {
    let position = PositionReport {
        kinematics: moving(&m.fix, m.sog, m.cog, m.heading),
        class: TransponderClass::B,
        nav_status: None,
        accurate: m.fix.accurate,
        altitude_m: None,
    };
    match &m.identity {
        None => Body::Position(position),
        Some(identity) => Body::PositionAndStatic(
            position,
            StaticReport {
                class: TransponderClass::B,
                name: some(identity.name),
                ship_type: ship_type(identity.ship_type),
                dimensions: hull(identity.dimensions),
                ..StaticReport::default()
            },
        ),
    }
}

fn voyage(m: &Voyage) -> StaticReport {
    StaticReport {
        class: TransponderClass::A,
        name: some(m.name),
        call_sign: some(m.call_sign),
        // A flag State's own number (10,000,000 on) is no IMO number.
        imo: m.imo.known().and_then(Imo::new),
        ship_type: ship_type(m.ship_type),
        dimensions: hull(m.dimensions),
        destination: some(m.destination),
        draught_m: (m.draught > 0).then(|| f32::from(m.draught) / 10.0),
        eta: Eta::new(m.eta_month, m.eta_day, m.eta_hour, m.eta_minute),
    }
}

/// Returns the report of a base station or an aid to navigation.
fn fixed(fix: &Fix, name: Option<Text<34>>) -> FixedReport {
    FixedReport { position: position(fix), accurate: fix.accurate, name }
}

fn static_b(m: &StaticB) -> StaticReport {
    StaticReport {
        class: TransponderClass::B,
        call_sign: some(m.call_sign),
        ship_type: ship_type(m.ship_type),
        dimensions: m.dimensions.and_then(hull),
        ..StaticReport::default()
    }
}

#[inline]
fn kinematics(content: &Content) -> Kinematics {
    match content {
        Content::ClassA(m) => moving(&m.fix, m.sog, m.cog, m.heading),
        Content::ClassB(m) => moving(&m.fix, m.sog, m.cog, m.heading),
        Content::LongRange(m) => moving(&m.fix, m.sog, m.cog, Reading::NotAvailable),
        Content::Aircraft(m) => Kinematics {
            // Knots, not tenths (§3.7).
            sog_kn: m.sog.known().map(f64::from),
            ..moving(&m.fix, Reading::NotAvailable, m.cog, Reading::NotAvailable)
        },
        Content::Base(m) => Kinematics { position: position(&m.fix), ..Kinematics::default() },
        Content::Aid(m) => Kinematics { position: position(&m.fix), ..Kinematics::default() },
        _ => Kinematics::default(),
    }
}

#[inline]
fn moving(fix: &Fix, sog: Reading<u16>, cog: Reading<u16>, heading: Reading<u16>) -> Kinematics {
    Kinematics {
        position: position(fix),
        sog_kn: sog.known().map(tenths),
        cog_deg: cog.known().map(tenths),
        heading_deg: heading.known().map(f64::from),
    }
}

#[inline]
fn tenths(value: u16) -> f64 {
    f64::from(value) / 10.0
}

/// Returns the position of a fix, where both coordinates are known.
#[inline]
fn position(fix: &Fix) -> Option<Position> {
    Position::from_ais(fix.lon.known()?, fix.lat.known()?)
}

#[inline]
fn nav_status(raw: u8) -> Option<NavStatus> {
    (raw < 15).then_some(NavStatus(raw))
}

/// Returns the type of ship. Types from 100 on are reserved for regional and future use (table 53) and give none.
fn ship_type(raw: u8) -> Option<ShipType> {
    (1..=99).contains(&raw).then_some(ShipType(raw))
}

fn hull(dimensions: Dimensions) -> Option<Dimensions> {
    (dimensions != Dimensions::default()).then_some(dimensions)
}

fn some<const N: usize>(text: Text<N>) -> Option<Text<N>> {
    (!text.is_empty()).then_some(text)
}

/// Returns how many fields of a message have a value that M.1371-5 leaves undefined. The report has them as "not
/// available".
#[inline]
pub fn illegal(message: &Message) -> u32 {
    let of_fix = |fix: &Fix| fix.lon.illegal() + fix.lat.illegal();
    match &message.content {
        Content::ClassA(m) => of_fix(&m.fix) + m.cog.illegal() + m.heading.illegal(),
        Content::ClassB(m) => of_fix(&m.fix) + m.cog.illegal() + m.heading.illegal(),
        Content::LongRange(m) => of_fix(&m.fix) + m.cog.illegal(),
        Content::Aircraft(m) => of_fix(&m.fix) + m.cog.illegal(),
        Content::Base(m) => of_fix(&m.fix),
        Content::Aid(m) => of_fix(&m.fix),
        Content::Dgnss(m) => m.lon.illegal() + m.lat.illegal(),
        Content::Voyage(m) => m.imo.illegal(),
        Content::StaticA(_) | Content::StaticB(_) | Content::Safety(_) | Content::Rare => 0,
    }
}
