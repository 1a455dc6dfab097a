//! `identity`: what a vessel claims to be cannot be so, or was something else a while ago.

use super::case::{Cases, Conduct, Held, Statement, Verdict, max_silence};
use super::{Gate, Pattern, World};
use crate::model::{
    Certainty, EndReason, Limit, LimitKind, Measure, Rule, Span, Time, TrackId, state_of_call_sign,
};
use crate::picture::{Picture, Signs};

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "identity",
    doc: "A vessel's claims do not fit: the form of its MMSI, the check digit of its IMO number, its call sign against the flag of its MMSI; or they changed: a new name under way, another MMSI on the same echo, AIS that came on while an alert was open.",
    caution: "A sign is evidence, not proof: crews mistype, and ships change flag. Spelling mended, and prefixes put to a name, are no change. Two senders that take turns with their names under one MMSI are counted as not judged. A net buoy's number has no form, and is passed.",
    limits: &[
        Limit {
            name: "signs",
            kind: LimitKind::SomeOf(&[
                "mmsi-form",
                "imo-number",
                "call-sign",
                "renamed",
                "replaced",
                "came-on",
            ]),
            default: "imo-number, call-sign, renamed, replaced, came-on",
            doc: "Which of the signs: mmsi-form is of no form that ITU-R M.585 has, imo-number fails its check digit, call-sign is of another State's series than the MMSI, renamed took another name or IMO number under way, replaced took another MMSI while radars followed it, came-on came on AIS while an alert was open on it.",
        },
        Limit {
            name: "hold",
            kind: LimitKind::Duration,
            default: "12 min",
            doc: "What was typed in must stand for this long: two static reports. What radars saw need not.",
        },
        max_silence("1 h"),
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, Claims::new(rule))),
};

const WORDS: [(&str, Signs); 6] = [
    ("mmsi-form", Signs::FORM),
    ("imo-number", Signs::IMO),
    ("call-sign", Signs::CALL_SIGN),
    ("renamed", Signs::RENAMED),
    ("replaced", Signs::REPLACED),
    ("came-on", Signs::CAME_ON),
];

/// What radars saw stands at once.
const SEEN: Signs = Signs(Signs::REPLACED.0 | Signs::CAME_ON.0);

struct Claims {
    signs: Signs,
    hold: Span,
}

impl Claims {
    fn new(rule: &Rule) -> Claims {
        let limits = &rule.limits;
        let asked = WORDS.iter().filter(|(word, _)| limits.has_word("signs", word));
        Claims {
            signs: asked.fold(Signs::default(), |all, (_, sign)| all.and(*sign)),
            hold: Span::from_secs_f64(limits.number("hold")),
        }
    }

    /// The signs that the rule asks for and that stand.
    fn of(&self, picture: &Picture, id: TrackId) -> Signs {
        picture.track(id).signs.among(self.signs)
    }
}

/// Each sign in words.
fn told(picture: &Picture, id: TrackId, signs: Signs) -> Vec<String> {
    let (track, identity) = (picture.track(id), picture.identity(id));
    let mut told = Vec::new();
    if signs.has(Signs::FORM) {
        told.push("has an MMSI of no form that there is".to_owned());
    }
    if let Some(imo) = identity.imo.filter(|_| signs.has(Signs::IMO)) {
        told.push(format!("gives IMO number {}, whose check digit is wrong", imo.0));
    }
    if let Some(sign) = identity.call_sign.filter(|_| signs.has(Signs::CALL_SIGN)) {
        let (state, flag) = (state_of_call_sign(sign.as_str()), track.mmsi.flag());
        told.push(format!(
            "gives call sign {}, which is of {}, with an MMSI of {}",
            sign.as_str(),
            state.unwrap_or("another State"),
            flag.unwrap_or("no State")
        ));
    }
    if let Some(at) = identity.before.renamed.filter(|_| signs.has(Signs::RENAMED)) {
        let at = at.hour_minute();
        told.push(match identity.before.name {
            Some(name) => format!("took another name under way at {at} UTC, {} before", name.as_str()),
            None => format!("took another IMO number under way at {at} UTC"),
        });
    }
    if let Some((mmsi, until)) = identity.before.mmsi.filter(|_| signs.has(Signs::REPLACED)) {
        let until = until.hour_minute();
        told.push(format!("sent MMSI {} until {until} UTC while radars followed it", mmsi.0));
    }
    if signs.has(Signs::CAME_ON) {
        let since = track.first_heard.hour_minute();
        told.push(format!("came on AIS under an open alert, followed by radar since {since} UTC"));
    }
    told
}

impl Conduct for Claims {
    type Memory = ();

    fn gate(&self) -> Gate {
        Gate::Signs
    }

    fn doubles_from(&self) -> Span {
        Span::from_secs(24 * 3600)
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<()> {
        (w.picture.track(id).is_vessel() && !self.of(w.picture, id).is_empty()).then_some(())
    }

    fn goes_on(&mut self, id: TrackId, held: &mut Held<()>, w: &World<'_>) -> Verdict {
        let signs = self.of(w.picture, id);
        if !w.picture.track(id).is_vessel() || signs.is_empty() {
            return Verdict::Over(EndReason::Identified);
        }
        let changed = w.picture.identity(id).before.renamed.unwrap_or(Time::NEVER);
        let stands = w.now - held.since.max(changed) >= self.hold;
        if stands || signs.has(SEEN) { Verdict::Fits } else { Verdict::Goes }
    }

    fn doubt(&self, id: TrackId, _held: &Held<()>, w: &World<'_>) -> Option<&'static str> {
        w.picture.track(id).signs.has(Signs::SHARED).then_some("shared-mmsi")
    }

    fn states(&self, id: TrackId, held: &Held<()>, picture: &Picture) -> Statement {
        let lasted = held.lasted();
        let track = picture.track(id);
        let signs = self.of(picture, id);
        let words: Vec<&str> = WORDS.iter().filter(|(_, s)| signs.has(*s)).map(|(word, _)| *word).collect();
        let told = told(picture, id, signs);
        let only_call_sign = signs == Signs::CALL_SIGN;
        Statement {
            position: track.fix.position,
            certainty: if only_call_sign { Certainty::Likely } else { Certainty::Observed },
            measured: vec![("signs", Measure::words(words)), ("hold", Measure::Number(lasted.secs()))],
            not_judged: Vec::new(),
            deed: if told.is_empty() { "has mended its claims".to_owned() } else { told.join("; it ") },
        }
    }
}
