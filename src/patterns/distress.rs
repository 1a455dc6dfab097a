//! `distress`: an AIS-SART, a man overboard device or an EPIRB is heard.

use super::case::{Cases, Conduct, Held, Statement, Verdict};
use super::{Gate, Pattern, World};
use crate::model::{
    Certainty, EndReason, Limit, LimitKind, Measure, NavStatus, Position, Rule, Span, TrackId,
};
use crate::picture::{Kind, Picture, Track};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "distress",
    doc: "An AIS-SART (MMSI 970…), a man overboard device (972…) or an EPIRB with AIS (974…) is heard.",
    caution: "One message is enough. A device under test says so, by its status or its text, and is raised only by a rule that asks for tests. One that does not know yet where it is stands at the station that hears it; without a site of that, it is counted as not judged.",
    limits: &[
        Limit {
            name: "signals",
            kind: LimitKind::SomeOf(&["active", "test"]),
            default: "active",
            doc: "Which of its signals: a distress, a test.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "30 min",
            doc: "Not heard for this long, it is lost: a device sends every minute, a coast hears some of it.",
        },
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, Distress::new(rule))),
};

/// A device sends so often at least.
const EVERY: Span = Span::from_secs(600);

struct Distress {
    active: bool,
    test: bool,
}

impl Distress {
    fn new(rule: &Rule) -> Distress {
        let limits = &rule.limits;
        Distress { active: limits.has_word("signals", "active"), test: limits.has_word("signals", "test") }
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
    track.heard_within(EVERY).find_map(|heard| picture.site(heard.feed))
}

impl Conduct for Distress {
    type Memory = ();

    const HEARD: bool = true;

    fn gate(&self) -> Gate {
        Gate::Distress
    }

    fn doubles_from(&self) -> Span {
        EVERY
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<()> {
        let track = w.picture.track(id);
        (track.kind == Kind::Distress && self.asks_for(track)).then_some(())
    }

    fn goes_on(&mut self, id: TrackId, _held: &mut Held<()>, w: &World<'_>) -> Verdict {
        let asked_for = self.asks_for(w.picture.track(id));
        if asked_for { Verdict::Fits } else { Verdict::Over(EndReason::Identified) }
    }

    fn doubt(&self, id: TrackId, _held: &Held<()>, w: &World<'_>) -> Option<&'static str> {
        place(w.picture, id).is_none().then_some("no-position")
    }

    fn states(&self, id: TrackId, _held: &Held<()>, picture: &Picture) -> Statement {
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
            measured: vec![("signals", Measure::words([signal]))],
            not_judged: if track.located() { Vec::new() } else { vec![unlocated.to_owned()] },
            deed: deed.to_owned(),
        }
    }
}
