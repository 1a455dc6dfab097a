//! `squawk`: a transponder's code, or its emergency status, that calls for somebody.

use serde::{Deserialize, Serialize};

use super::airborne::height_words;
use super::case::{Cases, Conduct, Held, Statement, Verdict, max_silence};
use super::{Gate, Pattern, World};
use crate::model::word::Word;
use crate::model::{Certainty, EndReason, Limit, LimitKind, Measure, Rule, Span, Squawk, Time, TrackId};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "squawk",
    doc: "An aircraft's transponder sends one of the codes, or says that there is an emergency.",
    caution: "Codes that a pilot turns past on the way to another are not told. A code is what the crew set: 7500 may be a hand's slip, and 7600 a radio's fuse.",
    limits: &[
        Limit {
            name: "codes",
            kind: LimitKind::Codes,
            default: "7500, 7600, 7700",
            doc: "Mode 3/A codes: 7500 unlawful interference, 7600 radio failure, 7700 emergency (ICAO Annex 10, volume IV), and those that the centre looks for.",
        },
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "15 s",
            doc: "Sent for at least this long.",
        },
        max_silence("5 min"),
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, Calls::new(rule))),
};

/// Another code for this long, and it is over.
const OTHER_FOR: Span = Span::from_secs(30);

struct Calls {
    rule: Rule,
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
        let min_duration = Span::from_secs_f64(rule.limits.number("min_duration"));
        Calls { rule: rule.clone(), min_duration }
    }

    fn call(&self, id: TrackId, now: Time, picture: &Picture) -> Option<Call> {
        let flight = picture.flight(id)?;
        let code = flight.squawk_at(now).filter(|code| self.rule.limits.has_word("codes", code.digits()));
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
                ("codes", Measure::words(call.code.map(Squawk::digits))),
                ("min_duration", Measure::Number(held.lasted().secs())),
            ],
            not_judged: Vec::new(),
            deed: format!("{says}{}", height_words(altitude)),
        }
    }
}
