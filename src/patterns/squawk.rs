//! `squawk`: a transponder's code, or its emergency status, that calls for somebody.

use serde::{Deserialize, Serialize};

use super::airborne::height_words;
use super::case::{Cases, Conduct, Held, Statement, Verdict};
use super::{Gate, Pattern, World, limits};
use crate::model::word::Word;
use crate::model::{Certainty, EndReason, LimitKey, Rule, Span, Squawk, Time, TrackId, Words};
use crate::picture::Picture;

const CODES: LimitKey<Words> =
    LimitKey::codes("codes", "7500, 7600, 7700").doc("Mode 3/A codes that raise an alert: 7500 unlawful interference, 7600 radio failure, 7700 emergency (ICAO Annex 10, volume IV), and codes that the centre looks for.");
const MIN_DURATION: LimitKey<Span> = LimitKey::duration("min_duration", "15 s")
    .at_least()
    .doc("The transponder sends the code for at least this long.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "squawk",
    doc: "An aircraft's transponder sends one of the codes, or reports an emergency.",
    caution: "Codes that a pilot passes while turning to another one raise nothing. A code is what the crew set: 7500 may be a slip, and 7600 may be a failed fuse of the radio.",
    limits: &[CODES.limit, MIN_DURATION.limit, limits::MAX_SILENCE.with_default("5 min").limit],
    watch: |rule, number| Box::new(Cases::new(rule, number, Calls::new(rule))),
};

/// Another code for this long, and it is over.
const OTHER_FOR: Span = Span::from_secs(30);

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

    fn call(&self, id: TrackId, now: Time, picture: &Picture) -> Option<Call> {
        let flight = picture.flight(id)?;
        let code = flight.squawk_at(now).filter(|code| self.codes.has(code.digits()));
        let told = flight.emergency.filter(|(_, told)| now - *told <= Span::from_secs(60));
        let emergency = told.map(|(emergency, _)| emergency.words());
        (code.is_some() || emergency.is_some()).then_some(Call { code, emergency })
    }
}

impl Conduct for Calls {
    type Memory = Call;

    const HEARD: bool = true;

    fn gate(&self) -> Gate {
        Gate::Aircraft
    }

    fn doubles_from(&self) -> Span {
        Span::from_secs(600)
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Call> {
        self.call(id, w.now, w.picture)
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<Call>, w: &World<'_>) -> Verdict {
        match self.call(id, w.now, w.picture) {
            Some(call) if call.code == held.memory.code || call.code.is_none() => {
                held.memory.emergency = call.emergency.or(held.memory.emergency);
                let long = w.now - held.since >= self.min_duration;
                if long { Verdict::Fits } else { Verdict::Goes }
            }
            // Another code that calls is another matter, told anew.
            Some(_) => Verdict::Over(EndReason::Moved),
            None if w.now - held.last > OTHER_FOR => Verdict::Over(EndReason::Moved),
            None => Verdict::Pauses,
        }
    }

    fn states(&self, id: TrackId, held: &Held<Call>, picture: &Picture) -> Statement {
        let call = &held.memory;
        let means = match call.code.map(Squawk::digits) {
            Some("7500") => " (unlawful interference)",
            Some("7600") => " (radio failure)",
            Some("7700") => " (emergency)",
            _ => "",
        };
        let code = call.code.map(|code| format!("squawks {code}{means}"));
        let emergency = call.emergency.map(|words| format!("says {words}"));
        let says = [code, emergency].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        let altitude = picture.altitude_ft(id, held.last);
        Statement {
            position: picture.track(id).fix.position,
            certainty: Certainty::Observed,
            measured: vec![
                CODES.measured(call.code.map(Squawk::digits).into_iter().collect()),
                MIN_DURATION.measured(held.lasted()),
            ],
            not_judged: Vec::new(),
            deed: format!("{says}{}", height_words(altitude)),
        }
    }
}
