//! `squawk`: a transponder's code, or its emergency status, that calls for somebody.

use serde::{Deserialize, Serialize};

use super::airborne::height_words;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::model::word::Word;
use crate::model::{Certainty, EndReason, LimitKey, Position, Rule, Span, Squawk, Time, TrackId, Words};
use crate::picture::Picture;

const CODES: LimitKey<Words> =
    LimitKey::codes("codes", "7500, 7600, 7700").doc("Mode 3/A codes that raise an alert: 7500 unlawful interference, 7600 radio failure, 7700 emergency (ICAO Annex 10, volume IV), and codes that the centre looks for.");
const MIN_DURATION: LimitKey<Span> = LimitKey::duration("min_duration", "15 s")
    .at_least()
    .doc("The transponder is received with the code at least twice, this long apart or more.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "squawk",
    doc: "An aircraft's transponder sends one of the codes, or reports an emergency.",
    caution: "One message alone raises nothing, because a garbled one may show any code. An aircraft whose position is not known is told as heard at the receiver. Codes that a pilot passes while turning to another one raise nothing. A code is what the crew set: 7500 may be a slip, and 7600 may be a failed fuse of the radio.",
    limits: &[CODES.limit, MIN_DURATION.limit, limits::MAX_SILENCE.with_default("5 min").limit],
    needs: &[Sensor::Air],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Calls::new(rule))),
};

/// Another code for this long, and it is over.
const OTHER_FOR: Span = Span::from_secs(30);

/// Age up to which a reception lets the receiver stand for the place of the aircraft.
const SITE_HEARD_WITHIN: Span = Span::from_secs(600);

struct Calls {
    codes: Words,
    min_duration: Span,
}

#[derive(Serialize, Deserialize)]
struct Call {
    code: Option<Squawk>,
    #[serde(deserialize_with = "crate::model::word::maybe")]
    emergency: Option<Word>,
}

impl Calls {
    fn new(rule: &Rule) -> Calls {
        Calls { codes: rule.limits.get(CODES), min_duration: rule.limits.get(MIN_DURATION) }
    }

    /// Returns what an aircraft calls, and when that was received last.
    fn call(&self, id: TrackId, now: Time, picture: &Picture) -> Option<(Call, Time)> {
        let flight = picture.flight(id)?;
        let code = flight.squawk_at(now).filter(|code| self.codes.has(code.digits()));
        let told = flight.emergency.filter(|(_, told)| now - *told <= Span::from_secs(60));
        let emergency = told.map(|(emergency, _)| emergency.words());
        let coded_at = flight.squawk.filter(|_| code.is_some()).map(|(_, time)| time);
        let at = coded_at.max(told.map(|(_, time)| time))?;
        Some((Call { code, emergency }, at))
    }
}

const UNLOCATED: &str = "Its own position is not known: that of the station that hears it.";

/// Returns an aircraft's own position, else that of a station that hears it.
fn place(picture: &Picture, id: TrackId) -> Position {
    let track = picture.track(id);
    let heard_at = || track.heard_within(SITE_HEARD_WITHIN).find_map(|heard| picture.site(heard.feed));
    if track.located() { track.fix.position } else { heard_at().unwrap_or_default() }
}

impl Behaviour for Calls {
    type Memory = Call;

    fn reads_heard(&self, _id: TrackId, _w: &World<'_>) -> bool {
        true
    }

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn update_base(&self) -> Span {
        Span::from_secs(600)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Call> {
        let call = self.call(id, w.now, w.picture);
        w.conditions().is(CODES, || call.is_some());
        call.map(|(call, _)| call)
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Call>, w: &World<'_>) -> Verdict {
        match self.call(id, w.now, w.picture) {
            Some((call, at)) if call.code == case.memory.code || call.code.is_none() => {
                case.memory.emergency = call.emergency.or(case.memory.emergency);
                // What was received before is not received again with every other message.
                if at <= case.last {
                    return Verdict::Paused;
                }
                let mut c = w.conditions();
                c.at_least(MIN_DURATION, self.min_duration, || at - case.since);
                if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
            }
            // Another code of the list begins another alert.
            Some(_) => Verdict::Ended(EndReason::Moved),
            None if w.now - case.last > OTHER_FOR => Verdict::Ended(EndReason::Moved),
            None => Verdict::Paused,
        }
    }

    fn statement(&self, id: TrackId, case: &Case<Call>, picture: &Picture) -> Statement {
        let (call, track) = (&case.memory, picture.track(id));
        let means = match call.code.map(Squawk::digits) {
            Some("7500") => " (unlawful interference)",
            Some("7600") => " (radio failure)",
            Some("7700") => " (emergency)",
            _ => "",
        };
        let code = call.code.map(|code| format!("squawks {code}{means}"));
        let emergency = call.emergency.map(|words| format!("says {words}"));
        let says = [code, emergency].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        let altitude = picture.altitude_ft(id, case.last);
        Statement {
            position: place(picture, id),
            certainty: Certainty::Observed,
            measured: vec![
                CODES.measured(call.code.map(Squawk::digits).into_iter().collect()),
                MIN_DURATION.measured(case.lasted()),
            ],
            not_judged: if track.located() { Vec::new() } else { vec![UNLOCATED.to_owned()] },
            deed: format!("{says}{}", height_words(altitude)),
        }
    }
}
