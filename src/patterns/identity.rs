//! `identity`: what a vessel claims to be cannot be so, or was something else a while ago.

use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Resumes;
use crate::model::{
    Certainty, EndReason, LimitKey, MmsiKind, Reason, Rule, Span, Time, TrackId, Words, state_of_call_sign,
};
use crate::picture::{Picture, Signs};

const SIGNS: LimitKey<Words> =
    LimitKey::some_of("signs", &[ "mmsi-form", "imo-number", "call-sign", "renamed", "replaced", "came-on", "station", ], "imo-number, call-sign, renamed, replaced, came-on, station").doc("Signs that raise an alert. mmsi-form: the MMSI has no form of ITU-R M.585, or that of an aid to navigation, a coast station or a SAR aircraft. imo-number: the check digit of the IMO number is wrong. call-sign: the call sign is of another State than the MMSI. renamed: the name or the IMO number changed under way. replaced: the MMSI changed while radars followed the vessel. came-on: AIS came on while an alert was open on the track. station: it sends as a base station or an aid to navigation, and makes way as a craft.");
const HOLD: LimitKey<Span> = LimitKey::duration("hold", "12 min")
    .at_least()
    .doc("A sign in what a crew typed in lasts at least this long, which is two static reports. A sign that radars saw counts at once.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "identity",
    doc: "The static data of a vessel contradict each other or changed: the form of the MMSI, the check digit of the IMO number, the call sign against the flag of the MMSI; a new name under way, another MMSI on the same echo, AIS that came on while an alert was open.",
    caution: "A sign is evidence, not proof: crews mistype, and ships change flag. A corrected spelling, or a prefix added to a name, is no change. Two senders that alternate under one MMSI are not judged. What radars or positions show counts at once.",
    limits: &[SIGNS.limit, HOLD.limit, limits::MAX_SILENCE.with_default("1 h").limit],
    needs: &[Sensor::Ais],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Claims::new(rule))),
};

const WORDS: [(&str, Signs); 7] = [
    ("mmsi-form", Signs::FORM),
    ("imo-number", Signs::IMO),
    ("call-sign", Signs::CALL_SIGN),
    ("renamed", Signs::RENAMED),
    ("replaced", Signs::REPLACED),
    ("came-on", Signs::CAME_ON),
    ("station", Signs::STATION),
];

/// What radars or positions show stands at once.
const SEEN: Signs = Signs(Signs::REPLACED.0 | Signs::CAME_ON.0 | Signs::STATION.0);

struct Claims {
    signs: Signs,
    hold: Span,
}

impl Claims {
    fn new(rule: &Rule) -> Claims {
        let limits = &rule.limits;
        let asked = WORDS.iter().filter(|(word, _)| limits.get(SIGNS).has(word));
        Claims {
            signs: asked.fold(Signs::default(), |all, (_, sign)| all.and(*sign)),
            hold: limits.get(HOLD),
        }
    }

    /// The signs that the rule asks for and that stand.
    fn of(&self, picture: &Picture, id: TrackId) -> Signs {
        picture.track(id).signs.among(self.signs)
    }
}

/// Returns each sign in words.
fn in_words(picture: &Picture, id: TrackId, signs: Signs) -> Vec<String> {
    let (track, identity) = (picture.track(id), picture.identity(id));
    let mut words = Vec::new();
    if signs.has(Signs::FORM) {
        words.push(match track.mmsi.kind() {
            MmsiKind::CoastStation => "sends as a vessel under the number of a coast station".to_owned(),
            MmsiKind::AidToNavigation => {
                "sends as a vessel under the number of an aid to navigation".to_owned()
            }
            MmsiKind::SarAircraft => "sends as a vessel under the number of a SAR aircraft".to_owned(),
            _ => "has an MMSI of no form that there is".to_owned(),
        });
    }
    if let Some(imo) = identity.imo.filter(|_| signs.has(Signs::IMO)) {
        words.push(format!("gives IMO number {}, whose check digit is wrong", imo.0));
    }
    if let Some(sign) = identity.call_sign.filter(|_| signs.has(Signs::CALL_SIGN)) {
        let (state, flag) = (state_of_call_sign(sign.as_str()), track.mmsi.flag());
        words.push(format!(
            "gives call sign {}, which is of {}, with an MMSI of {}",
            sign.as_str(),
            state.unwrap_or("another State"),
            flag.unwrap_or("no State")
        ));
    }
    if let Some(at) = identity.before.renamed.filter(|_| signs.has(Signs::RENAMED)) {
        let at = at.hour_minute();
        words.push(match identity.before.name {
            Some(name) => format!("took another name under way at {at} UTC, {} before", name.as_str()),
            None => format!("took another IMO number under way at {at} UTC"),
        });
    }
    if let Some((mmsi, until)) = identity.before.mmsi.filter(|_| signs.has(Signs::REPLACED)) {
        let until = until.hour_minute();
        words.push(format!("sent MMSI {} until {until} UTC while radars followed it", mmsi.0));
    }
    if signs.has(Signs::CAME_ON) {
        let since = track.first_heard.hour_minute();
        words.push(format!("came on AIS under an open alert, followed by radar since {since} UTC"));
    }
    if signs.has(Signs::STATION) {
        let kn = track.speed_kn().map_or(String::new(), |kn| format!(" at {kn:.0} kn"));
        words.push(format!("sends as a base station or an aid to navigation, and makes way{kn} as a craft"));
    }
    words
}

impl Behaviour for Claims {
    type Memory = ();

    const OF_NET_BUOYS: bool = true;

    const RESUMES: Resumes = Resumes::NEVER;

    fn gate(&self) -> Gate {
        Gate::Signs
    }

    fn update_base(&self) -> Span {
        Span::from_secs(24 * 3600)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<()> {
        let mut c = w.conditions();
        c.holds(Check::IsVessel, || w.picture.track(id).is_vessel());
        c.is(SIGNS, || !self.of(w.picture, id).is_empty());
        c.are_met().then_some(())
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<()>, w: &World<'_>) -> Verdict {
        let signs = self.of(w.picture, id);
        if !w.picture.track(id).is_vessel() || signs.is_empty() {
            return Verdict::Ended(EndReason::Identified);
        }
        let changed = w.picture.identity(id).before.renamed.unwrap_or(Time::NEVER);
        let mut c = w.conditions();
        c.any_of(|any| {
            any.at_least(HOLD, self.hold, || w.now - case.since.max(changed));
            any.is(SIGNS, || signs.has(SEEN));
        });
        if c.decide() { Verdict::Fulfilled } else { Verdict::Continues }
    }

    fn doubt(&self, id: TrackId, _held: &Case<()>, w: &World<'_>) -> Option<Reason> {
        w.picture.track(id).signs.has(Signs::SHARED).then_some(Reason::SharedMmsi)
    }

    fn statement(&self, id: TrackId, case: &Case<()>, picture: &Picture) -> Statement {
        let lasted = case.lasted();
        let track = picture.track(id);
        let signs = self.of(picture, id);
        let words: Vec<&str> = WORDS.iter().filter(|(_, s)| signs.has(*s)).map(|(word, _)| *word).collect();
        let sentences = in_words(picture, id, signs);
        let only_call_sign = signs == Signs::CALL_SIGN;
        Statement {
            position: track.fix.position,
            certainty: if only_call_sign { Certainty::Likely } else { Certainty::Observed },
            measured: vec![SIGNS.measured(words), HOLD.measured(lasted)],
            not_judged: Vec::new(),
            deed: match sentences.is_empty() {
                true => "has mended its claims".to_owned(),
                false => sentences.join("; it "),
            },
        }
    }
}
