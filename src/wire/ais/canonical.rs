//! One line of JSON for each message, for digests and for comparison with other decoders.
//!
//! Numbers are in the units of [`super::message`]; `null` is "not available", `{"illegal": raw}` a raw value
//! that M.1371-5 leaves undefined.

use serde_json::{Map, Value, json};

use super::message::{
    Aid, Aircraft, Base, ClassA, ClassB, Content, Fix, LongRange, Message, StaticB, Voyage,
};
use super::{Payload, Reading, rare};
use crate::model::Dimensions;

/// Returns the fields of a message, their names in alphabetical order; `bits` are those from which it was decoded.
pub fn canonical(message: &Message, bits: &Payload) -> String {
    let mut fields = Map::new();
    fields.insert("type".into(), message.kind.into());
    fields.insert("repeat".into(), message.repeat.into());
    fields.insert("mmsi".into(), message.mmsi.into());
    let more = match &message.content {
        Content::ClassA(m) => class_a(m),
        Content::Base(m) => base(m),
        Content::Voyage(m) => voyage(m),
        Content::Aircraft(m) => aircraft(m),
        Content::Safety(m) => match m.to {
            Some((to, sequence, again)) => {
                json!({"dest_mmsi": to, "seqno": sequence, "retransmit": again, "text": m.text})
            }
            None => json!({"text": m.text}),
        },
        Content::Dgnss(m) => json!({"lon": reading(m.lon), "lat": reading(m.lat)}),
        Content::ClassB(m) => class_b(m),
        Content::Aid(m) => aid(m),
        Content::StaticA(name) => json!({"partno": 0, "shipname": name.as_str()}),
        Content::StaticB(m) => static_b(m),
        Content::LongRange(m) => long_range(m),
        Content::Rare => rare::fields(message.kind, bits),
    };
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    Value::Object(fields).to_string()
}

fn reading<T: Copy + Into<Value>>(reading: Reading<T>) -> Value {
    match reading {
        Reading::Known(value) => value.into(),
        Reading::NotAvailable => Value::Null,
        Reading::Illegal(raw) => json!({ "illegal": raw }),
    }
}

/// Joins objects.
fn join(parts: impl IntoIterator<Item = Value>) -> Value {
    let mut all = Map::new();
    for part in parts {
        if let Value::Object(part) = part {
            all.extend(part);
        }
    }
    Value::Object(all)
}

fn fix(fix: &Fix) -> Value {
    json!({"lon": reading(fix.lon), "lat": reading(fix.lat), "accuracy": fix.accurate, "raim": fix.raim})
}

fn hull(d: &Dimensions) -> Value {
    json!({"to_bow": d.bow_m, "to_stern": d.stern_m, "to_port": d.port_m, "to_starboard": d.starboard_m})
}

fn motion(sog: Reading<u16>, cog: Reading<u16>) -> Value {
    json!({"speed": reading(sog), "course": reading(cog)})
}

fn class_a(m: &ClassA) -> Value {
    let more = json!({"status": m.nav_status, "turn": reading(m.rot), "heading": reading(m.heading),
        "second": m.second, "maneuver": m.manoeuvre, "radio": m.radio});
    join([fix(&m.fix), motion(m.sog, m.cog), more])
}

fn base(m: &Base) -> Value {
    let more = json!({"year": m.year, "month": m.month, "day": m.day, "hour": m.hour, "minute": m.minute,
        "second": m.second, "epfd": m.epfd, "radio": m.radio});
    join([fix(&m.fix), more])
}

fn voyage(m: &Voyage) -> Value {
    let more = json!({"ais_version": m.version, "imo": reading(m.imo), "callsign": m.call_sign.as_str(),
        "shipname": m.name.as_str(), "ship_type": m.ship_type, "epfd": m.epfd, "month": m.eta_month,
        "day": m.eta_day, "hour": m.eta_hour, "minute": m.eta_minute, "draught": m.draught,
        "destination": m.destination.as_str(), "dte": m.dte});
    join([hull(&m.dimensions), more])
}

fn aircraft(m: &Aircraft) -> Value {
    let more = json!({"alt": reading(m.altitude), "second": m.second, "alt_sensor": m.barometric, "dte": m.dte,
        "assigned": m.assigned, "radio": m.radio});
    join([fix(&m.fix), motion(m.sog, m.cog), more])
}

fn class_b(m: &ClassB) -> Value {
    let more = json!({"heading": reading(m.heading), "second": m.second, "assigned": m.assigned});
    let unit = m.unit.map_or(Value::Null, |u| {
        json!({"cs": u.carrier_sense, "display": u.display, "dsc": u.dsc, "band": u.band, "msg22": u.msg22,
            "radio": u.radio})
    });
    let identity = m.identity.map_or(Value::Null, |i| {
        let more =
            json!({"shipname": i.name.as_str(), "ship_type": i.ship_type, "epfd": i.epfd, "dte": i.dte});
        join([hull(&i.dimensions), more])
    });
    join([fix(&m.fix), motion(m.sog, m.cog), more, unit, identity])
}

fn aid(m: &Aid) -> Value {
    let more = json!({"aid_type": m.aid_type, "name": m.name.as_str(), "epfd": m.epfd, "second": m.second,
        "off_position": m.off_position, "reserved_1": m.status, "virtual_aid": m.virtual_aid,
        "assigned": m.assigned});
    join([fix(&m.fix), hull(&m.dimensions), more])
}

fn static_b(m: &StaticB) -> Value {
    let more = json!({"partno": 1, "ship_type": m.ship_type, "vendorid": m.vendor.as_str(), "model": m.model,
        "serial": m.serial, "callsign": m.call_sign.as_str(), "mothership_mmsi": m.mother_ship});
    let dimensions = m.dimensions.as_ref().map_or(Value::Null, hull);
    join([dimensions, more])
}

fn long_range(m: &LongRange) -> Value {
    let more = json!({"status": m.nav_status, "gnss": m.late});
    join([fix(&m.fix), motion(m.sog, m.cog), more])
}
