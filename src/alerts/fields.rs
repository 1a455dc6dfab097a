//! Fields of an event: limits, subjects, zones, evidence, and the words for how it ended.

use crate::geodesy::{self, NM_M};
use crate::model::{
    Decimals, Domain, EndReason, Evidence, Formerly, Icao, LimitValue, Measure, Mmsi, Rule, Span, Subject,
    Time, TrackId, TrailPoint, ZoneId, ZoneRef,
};
use crate::picture::{Kind, Picture};

use super::Finding;

/// Age of a position that may still be compared with another's.
const RECENT: Span = Span::from_secs(120);
/// Points of a trail at most.
const TRAIL: usize = 60;

/// Returns a rule's limits under their names with units.
pub(super) fn limits_of(rule: &Rule) -> Vec<(String, Measure)> {
    let measure = |value: &LimitValue| match value {
        LimitValue::Number(n) => Measure::Number(*n),
        LimitValue::Words(words) => Measure::words(words.iter().copied()),
        LimitValue::None => Measure::None,
    };
    rule.limits.0.iter().map(|(limit, value)| (limit.name_with_unit(), measure(value))).collect()
}

/// Returns a party as it is now.
pub(super) fn subject_of(picture: &Picture, id: TrackId, key: &str, now: Time) -> Subject {
    let (track, identity) = (picture.track(id), picture.identity(id));
    let air = track.kind == Kind::Aircraft;
    let flight = picture.flight(id).filter(|_| air);
    let (dark, source) = picture.source(id, now);
    let seen = picture.sensors.fused(id);
    Subject {
        track: key.to_owned(),
        domain: if air { Domain::Air } else { Domain::Surface },
        mmsi: track.on_ais().then_some(track.mmsi.0),
        imo: identity.imo.map(|imo| imo.0),
        name: identity.name.map(|n| n.as_str().to_owned()),
        call_sign: match flight.and_then(|flight| flight.call_sign) {
            Some(call_sign) => Some(call_sign.as_str().to_owned()),
            None => identity.call_sign.map(|c| c.as_str().to_owned()),
        },
        number: picture.number(id).map(|number| number.to_string()),
        label: picture.label(id).map(|label| label.as_str().to_owned()),
        ship_type: identity.ship_type.map(|t| t.word().into()),
        length_m: identity.length_m(),
        flag: track.mmsi.flag().or(track.icao.and_then(Icao::flag)).map(Into::into),
        dark,
        formerly: formerly_of(picture, id, dark).into_iter().collect(),
        position: track.located().then_some(track.fix.position),
        position_time: track.located().then_some(track.fix.time),
        accuracy_m: seen.map(|fused| Decimals(CIRCLE_95 * fused.estimate().variance().radius())),
        source: source.into(),
        sog_kn: track.fix.sog_kn().map(Decimals),
        cog_deg: track.fix.cog_deg().map(Decimals),
        icao: track.icao.map(|icao| icao.to_string()),
        squawk: flight.and_then(|flight| flight.squawk_at(now)).map(|code| code.digits().into()),
        altitude_ft: flight.and_then(|flight| flight.altitude_ft(now)).map(Decimals),
    }
}

/// Radius of the circle that holds 95 % of positions, in standard deviations.
const CIRCLE_95: f64 = 2.45;

/// Returns the identity that a dark target had on AIS.
fn formerly_of(picture: &Picture, id: TrackId, dark: bool) -> Option<Formerly> {
    let track = picture.track(id);
    if track.on_ais() {
        let name = picture.identity(id).name.map(|name| name.as_str().to_owned());
        return dark.then_some(Formerly { mmsi: track.mmsi.0, name, until: track.last_heard });
    }
    let (mmsi, until) = picture.sensors.formerly(id)?;
    let named = picture.same_mmsi(mmsi).next().and_then(|id| picture.identity(id).name);
    Some(Formerly { mmsi: mmsi.0, name: named.map(|name| name.as_str().to_owned()), until })
}

/// Returns the name of a party within a sentence.
pub(super) fn spoken_name(subject: &Subject) -> String {
    if subject.domain == Domain::Air {
        return spoken_aircraft(subject);
    }
    let Some(mmsi) = subject.mmsi else {
        let was = subject.formerly.first().map_or(String::new(), |was| match &was.name {
            Some(name) => format!(", which was {name} (MMSI {})", was.mmsi),
            None => format!(", which was MMSI {}", was.mmsi),
        });
        return format!("unidentified craft {}({}{was})", number_of(subject), target_of(subject));
    };
    if let Some(device) = Mmsi(mmsi).kind().distress_device() {
        return format!("{device} (MMSI {mmsi})");
    }
    match (&subject.name, &subject.flag) {
        (Some(name), _) => format!("{name} (MMSI {mmsi})"),
        (None, Some(flag)) => format!("unnamed vessel of flag {flag} (MMSI {mmsi})"),
        (None, None) => format!("unnamed vessel (MMSI {mmsi})"),
    }
}

/// Returns a text with a capital first letter: the first word of a sentence.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// Returns the system track number and a space; nothing where there is no number.
fn number_of(subject: &Subject) -> String {
    subject.number.as_ref().map_or(String::new(), |number| format!("{number} "))
}

/// Returns the name that a radar has for its target: `target 53 of south-point-radar`.
fn target_of(subject: &Subject) -> String {
    let target = subject.track.strip_prefix("radar:").and_then(|key| key.split_once('@'));
    let (radar, number) = target.and_then(|(key, _)| key.rsplit_once(':')).unwrap_or_default();
    let label = subject.label.as_ref().map_or(String::new(), |label| format!(" \"{label}\""));
    format!("target {number}{label} of {radar}")
}

fn spoken_aircraft(subject: &Subject) -> String {
    let Some(icao) = &subject.icao else {
        return match (&subject.name, subject.mmsi) {
            (Some(name), Some(mmsi)) => format!("aircraft {name} (MMSI {mmsi})"),
            (None, Some(mmsi)) => format!("SAR aircraft (MMSI {mmsi})"),
            (_, None) => format!("unidentified aircraft {}({})", number_of(subject), target_of(subject)),
        };
    };
    let of = subject.flag.as_ref().map_or(String::new(), |flag| format!(" of {flag}"));
    match &subject.call_sign {
        Some(call_sign) => format!("aircraft {call_sign}{of} (ICAO {icao})"),
        None => format!("aircraft{of} (ICAO {icao})"),
    }
}

/// Returns the words for a length that a party claims and that would take it out of the rule, if a claim could.
pub(super) fn long_claim(rule: &Rule, subjects: &[Subject]) -> Option<String> {
    let max_m = rule.who.max_length_m?;
    let claimed = subjects.iter().filter_map(|subject| subject.length_m).find(|&m| f64::from(m) > max_m)?;
    Some(format!(", and claims to be {claimed} m long"))
}

/// Returns the words for a speed that a party claims and that its positions speak against.
pub(super) fn false_speed(picture: &Picture, ids: &[TrackId], names: &[String]) -> Option<String> {
    let speeds = |id: &TrackId| {
        let track = picture.track(*id);
        Some((track.fix.sog_kn()?, track.speed_against_claim_kn()?))
    };
    let (at, (claimed, made_good)) = ids.iter().enumerate().find_map(|(at, id)| Some((at, speeds(id)?)))?;
    let who = names.get(at).filter(|_| ids.len() > 1).map_or(String::new(), |name| format!(" {name}"));
    Some(format!(", and{who} reports {claimed:.0} kn where its positions make {made_good:.0} kn"))
}

/// Whether nothing but radars ever told of a party.
fn is_unidentified(subject: &Subject) -> bool {
    subject.mmsi.is_none() && subject.icao.is_none()
}

/// Returns the last sentence of an alert that ended.
pub(super) fn over_in_words(reason: EndReason, subjects: &[Subject], now: Time) -> String {
    let seen = |word: &str| match (subjects[0].sog_kn, subjects[0].cog_deg) {
        (Some(Decimals(kn)), Some(Decimals(cog))) if kn >= 0.5 => {
            format!(" {word} {kn:.1} kn, course {cog:03.0}°.")
        }
        (Some(Decimals(kn)), _) => format!(" {word} {kn:.1} kn."),
        (None, _) => " The condition is no longer met.".to_owned(),
    };
    match reason {
        EndReason::Left => " Now out of the zone.".to_owned(),
        EndReason::Moved => seen("Last reported at"),
        EndReason::Stopped => seen("Adrift no longer: last reported at"),
        EndReason::Parted => apart(subjects, now),
        EndReason::Lost if subjects[0].dark || is_unidentified(&subjects[0]) => {
            " Not detected any more.".to_owned()
        }
        EndReason::Lost => " Not heard any more.".to_owned(),
        EndReason::Reappeared => String::new(),
        EndReason::Identified => " Now identified.".to_owned(),
        EndReason::RuleChanged => " The rule has changed.".to_owned(),
    }
}

/// Returns how far two parties are apart, where both positions are recent.
fn apart(subjects: &[Subject], now: Time) -> String {
    let recent = |subject: &Subject| subject.position_time.is_some_and(|time| now - time <= RECENT);
    match subjects {
        [one, other] if recent(one) && recent(other) => match (one.position, other.position) {
            (Some(a), Some(b)) => format!(" Now {:.1} nm apart.", geodesy::distance_m(a, b) / NM_M),
            _ => " No longer together.".to_owned(),
        },
        _ => " No longer together.".to_owned(),
    }
}

/// Returns the zones that a party is in; the one that the alert is about comes first.
pub(super) fn zones_of(picture: &Picture, id: TrackId, f: &Finding<'_>) -> Vec<ZoneRef> {
    let set = picture.track(id).zones;
    let others = picture.zones.of_set(set).iter().copied().filter(|zone| Some(*zone) != f.zone);
    let places: Vec<ZoneId> = f.zone.into_iter().chain(others).collect();
    zone_refs(picture, &places)
}

/// Returns the description of some zones in an event.
pub(super) fn zone_refs(picture: &Picture, places: &[ZoneId]) -> Vec<ZoneRef> {
    let zone = |&z: &ZoneId| {
        let zone = &picture.zones.all()[z.index()];
        ZoneRef {
            id: zone.id.clone(),
            kind: zone.kind.word().into(),
            state: zone.state.clone(),
            name: zone.name.clone(),
            status: zone.status.clone(),
        }
    };
    places.iter().map(zone).collect()
}

/// Returns the evidence of a finding: the trail is of the first party, from shortly before the onset, thinned.
pub(super) fn evidence_of(picture: &Picture, first: TrackId, f: &Finding<'_>) -> Evidence {
    let mut feeds: Vec<String> = Vec::new();
    for &id in f.subjects {
        let heard = picture.track(id).heard_within(Span::from_secs(3600));
        feeds.extend(heard.filter_map(|h| picture.feed(h.feed)).map(|feed| feed.name.clone()));
    }
    feeds.sort();
    feeds.dedup();
    let (fix, located) = (picture.track(first).fix, picture.track(first).located());
    let mut trail: Vec<TrailPoint> = picture
        .history(first)
        .since(f.onset - Span::from_secs(60))
        .filter(|p| p.time() < fix.time - Span::from_secs(1))
        .map(|p| TrailPoint { time: p.time(), position: p.position(), sog_kn: p.sog_kn() })
        .collect();
    let step = trail.len().div_ceil(TRAIL - 1).max(1);
    let keep = trail.len();
    let mut at = 0;
    trail.retain(|_| {
        at += 1;
        (keep - at).is_multiple_of(step)
    });
    if located {
        trail.push(TrailPoint { time: fix.time, position: fix.position, sog_kn: fix.sog_kn() });
    }
    Evidence { reports: f.reports, first: f.onset, last: f.last, feeds, trail }
}
