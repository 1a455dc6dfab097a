//! `distress`: an AIS-SART, a man overboard device or an EPIRB is heard.

use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::model::{Certainty, EndReason, LimitKey, NavStatus, Position, Reason, Rule, Span, TrackId, Words};
use crate::picture::{Kind, Picture, Track};

const SIGNALS: LimitKey<Words> = LimitKey::some_of("signals", &["active", "test"], "active")
    .doc("Signals that raise an alert: a distress (active), a test (test).");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("30 min")
    .doc("A device that is not heard for this long is lost. A device sends every minute; a coast station hears some of it.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "distress",
    doc: "An AIS-SART (MMSI 970…), a man overboard device (972…) or an EPIRB with AIS (974…) is heard.",
    caution: "One message is enough. A device under test says so, by its status or its text, and raises an alert only where a rule asks for tests. A text of a test does not take back an active status. A device without a position is placed at the station that hears it; where the site of the station is not known, the rule cannot judge.",
    limits: &[SIGNALS.limit, MAX_SILENCE.limit],
    needs: &[Sensor::Ais],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Distress::new(rule))),
};

/// Longest time between two reports of a device.
const DEVICE_SENDS_EVERY: Span = Span::from_secs(600);

struct Distress {
    active: bool,
    test: bool,
}

impl Distress {
    fn new(rule: &Rule) -> Distress {
        let limits = &rule.limits;
        Distress { active: limits.get(SIGNALS).has("active"), test: limits.get(SIGNALS).has("test") }
    }

    fn asks_for(&self, track: &Track) -> bool {
        if is_test(track) { self.test } else { self.active }
    }
}

/// Status 15 is a test, 14 a distress; another one is a device that does not know better.
fn is_test(track: &Track) -> bool {
    track.nav_status.is_none()
}

/// Its own position, or that of a station that hears it.
fn place(picture: &Picture, id: TrackId) -> Option<Position> {
    let track = picture.track(id);
    if track.located() {
        return Some(track.fix.position);
    }
    track.heard_within(DEVICE_SENDS_EVERY).find_map(|heard| picture.site(heard.feed))
}

impl Behaviour for Distress {
    type Memory = ();

    const OF_NET_BUOYS: bool = true;

    fn reads_heard(&self, _id: TrackId, _w: &World<'_>) -> bool {
        true
    }

    fn gate(&self) -> Gate {
        Gate::Distress
    }

    fn update_base(&self) -> Span {
        DEVICE_SENDS_EVERY
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<()> {
        let track = w.picture.track(id);
        let mut c = w.conditions();
        c.is(SIGNALS, || track.kind == Kind::Distress && self.asks_for(track));
        c.are_met().then_some(())
    }

    fn assess(&mut self, id: TrackId, _held: &mut Case<()>, w: &World<'_>) -> Verdict {
        let mut c = w.conditions();
        c.is(SIGNALS, || self.asks_for(w.picture.track(id)));
        if c.are_met() { Verdict::Fulfilled } else { Verdict::Ended(EndReason::Identified) }
    }

    fn doubt(&self, id: TrackId, _held: &Case<()>, w: &World<'_>) -> Option<Reason> {
        place(w.picture, id).is_none().then_some(Reason::NoPosition)
    }

    fn statement(&self, id: TrackId, _held: &Case<()>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let (signal, deed) = match (is_test(track), track.nav_status) {
            (true, _) => ("test", "is under test"),
            (false, Some(NavStatus::DISTRESS)) => ("active", "is active: persons in distress"),
            (false, _) => ("active", "is heard, and does not say that it is a test"),
        };
        let unlocated = "Its own position is not known yet: that of the station that hears it.";
        Statement {
            position: place(picture, id).unwrap_or_default(),
            certainty: Certainty::Observed,
            measured: vec![SIGNALS.measured(vec![signal])],
            not_judged: if track.located() { Vec::new() } else { vec![unlocated.to_owned()] },
            deed: deed.to_owned(),
        }
    }
}
