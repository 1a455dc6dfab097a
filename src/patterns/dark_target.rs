//! `dark-target`: a craft that radars follow and no AIS explains.
//!
//! Dark is an attribute of a track, and most small craft lawfully are. The rule asks for more: how fast, whence, how
//! steadily; and it is silent where AIS would not be heard, or where a whole field of echoes moves as one.

use serde::{Deserialize, Serialize};

use super::doubt::{doubt, velocity_sigma_kn};
use super::states::{States, read_layout_1};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::{Deadline, Gate, Pattern, Watch, World};
use crate::alerts::{Finding, Handle, Length};
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{Certainty, EndReason, Limit, LimitKind, Measure, Rule, RuleId, Span, Time, TrackId};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "dark-target",
    doc: "A craft that radars follow steadily, and that no vessel on AIS explains.",
    caution: "Raises nothing, and counts \"cannot judge\", where no AIS station is known to hear vessels, where the echo jumps or comes nowhere (clutter), where it keeps station on a ship as only a ghost of her echo would, where something has lain for days (a fixed object), and where several dark echoes move as one (rain, weed, a fleet). Says whether the craft was never on AIS or went dark, and as whom.",
    limits: &[
        Limit {
            name: "min_duration",
            kind: LimitKind::Duration,
            default: "3 min",
            doc: "Dark for at least this long, at the speed `fast` or more.",
        },
        Limit {
            name: "slow_duration",
            kind: LimitKind::Duration,
            default: "20 min",
            doc: "A slower craft must be dark for longer, in proportion, up to this.",
        },
        Limit { name: "fast", kind: LimitKind::Speed, default: "18 kn", doc: "See min_duration." },
        Limit {
            name: "min_updates",
            kind: LimitKind::Count,
            default: "10",
            doc: "The radars' words of it so far.",
        },
        Limit {
            name: "min_speed",
            kind: LimitKind::Speed,
            default: "none",
            doc: "At least this fast when the alert is raised.",
        },
        Limit {
            name: "origin",
            kind: LimitKind::OneOf(&["any", "seaward"]),
            default: "any",
            doc: "\"seaward\": it has come nearer to a coast by min_inbound than it was at its furthest.",
        },
        Limit { name: "min_inbound", kind: LimitKind::NauticalMiles, default: "1 nm", doc: "See origin." },
        Limit {
            name: "from_coast",
            kind: LimitKind::NauticalMiles,
            default: "none",
            doc: "It was seen at least this far from any coast.",
        },
        TIME_OF_DAY,
        Limit {
            name: "max_company",
            kind: LimitKind::Count,
            default: "4",
            doc: "This many dark echoes within 2 nm that move alike, itself included, are weather, weed or a fleet: not judged.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "3 min",
            doc: "Not seen for this long, it is lost.",
        },
    ],
    watch: |rule, number| Box::new(DarkTarget::new(rule, number)),
};

/// Looked at this often.
const LOOK_EVERY: Span = Span::from_secs(10);
/// What could not be judged is looked at again after this.
const DOUBT_FOR: Span = Span::from_secs(120);
/// AIS is heard where a vessel on it was within this …
const HEARD_NEAR_M: f64 = 6.0 * NM_M;
/// … within this time.
const HEARD_LATELY: Span = Span::from_secs(1800);
/// In a turn, or where echoes are joined up that are none of one craft, nobody can say yet how it moves, knots.
const UNCERTAIN_KN: f64 = 2.0;

struct DarkTarget {
    rule: RuleId,
    min_duration: Span,
    slow_duration: Span,
    fast_kn: f64,
    min_updates: u32,
    min_speed_kn: Option<f64>,
    inbound_m: Option<f64>,
    from_coast_m: Option<f64>,
    time_of_day: TimeOfDay,
    max_company: usize,
    max_silence: Span,
    states: States<State>,
}

#[derive(Default, Serialize, Deserialize)]
struct State {
    next_look: Time,
    last_report: Time,
    #[serde(deserialize_with = "crate::model::word::several")]
    told: Vec<crate::model::word::Word>,
    raised: Option<Raised>,
    /// The last alert on it ended then: the next begins after that. Kept while the track is.
    ended: Option<Time>,
    off: Off,
}

/// What was held on a track in layout 1, with the time of the track's first report in it.
#[derive(Deserialize)]
struct StateBefore {
    next_look: Time,
    last_report: Time,
    #[serde(deserialize_with = "crate::model::word::several")]
    told: Vec<crate::model::word::Word>,
    raised: Option<Raised>,
    ended: Option<Time>,
    #[expect(dead_code, reason = "read to get past it")]
    first_heard: Time,
    off: Off,
}

impl From<StateBefore> for State {
    fn from(before: StateBefore) -> State {
        let StateBefore { next_look, last_report, told, raised, ended, off, .. } = before;
        State { next_look, last_report, told, raised, ended, off }
    }
}

/// How far from the coast, metres.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Off {
    furthest_m: f64,
    now_m: f64,
}

impl Off {
    /// How much nearer to a coast it is than it was.
    fn inbound_m(self) -> f64 {
        self.furthest_m - self.now_m
    }

    fn seen_at(&mut self, now_m: f64) {
        (self.furthest_m, self.now_m) = (self.furthest_m.max(now_m), now_m);
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Raised {
    handle: Handle,
    since: Time,
    last: Time,
    /// It was on AIS before.
    went: bool,
    off: Off,
}

impl DarkTarget {
    fn new(rule: &Rule, number: RuleId) -> DarkTarget {
        let limits = &rule.limits;
        let inbound = limits.has_word("origin", "seaward").then(|| limits.number("min_inbound") * NM_M);
        DarkTarget {
            rule: number,
            min_duration: Span::from_secs_f64(limits.number("min_duration")),
            slow_duration: Span::from_secs_f64(limits.number("slow_duration")),
            fast_kn: limits.number("fast"),
            min_updates: limits.number("min_updates") as u32,
            min_speed_kn: limits.optional("min_speed"),
            inbound_m: inbound,
            from_coast_m: limits.optional("from_coast").map(|nm| nm * NM_M),
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.number("max_company") as usize,
            max_silence: Span::from_secs_f64(limits.number("max_silence")),
            states: States::default(),
        }
    }

    /// How long a craft of a speed must have been dark.
    fn patience(&self, speed_kn: f64) -> Span {
        let slower = (self.fast_kn / speed_kn.max(0.1)).max(1.0);
        Span::from_secs_f64((self.min_duration.secs() * slower).min(self.slow_duration.secs()))
    }

    /// Whether it is what the rule asks for, but for what speaks against judging it.
    fn asked_for(&self, id: TrackId, since: Time, off: Off, speed_kn: f64, w: &World<'_>) -> bool {
        let track = w.picture.track(id);
        track.reports >= self.min_updates
            && velocity_sigma_kn(w.picture, id) <= UNCERTAIN_KN
            && w.now - since >= self.patience(speed_kn)
            && self.min_speed_kn.is_none_or(|min| speed_kn >= min)
            && self.from_coast_m.is_none_or(|min| off.furthest_m >= min)
            && self.inbound_m.is_none_or(|min| off.inbound_m() >= min)
            && self.time_of_day.is_it(track.fix.position, w.now)
    }

    /// What speaks against judging it.
    fn doubt(&self, id: TrackId, w: &World<'_>) -> Option<&'static str> {
        let echo = doubt(w.picture, id, w.now, self.max_company);
        echo.or_else(|| (!is_ais_heard(w.picture, id, w.now)).then_some("ais-coverage"))
    }

    fn consider(&mut self, id: TrackId, w: &mut World<'_>) {
        let track = w.picture.track(id);
        let speed_kn = track.speed_kn().unwrap_or(0.0);
        let off = self.states.make(id).off;
        let since = dark_since(w.picture, id).max(self.states.make(id).ended.unwrap_or(Time::NEVER));
        if !self.asked_for(id, since, off, speed_kn, w)
            || w.alerts.is_open_on(id) && w.alerts.is_told(self.rule, id)
        {
            return;
        }
        if let Some(doubt) = self.doubt(id, w) {
            let state = self.states.make(id);
            state.next_look = w.now + DOUBT_FOR;
            let told = &mut state.told;
            if !told.contains(&doubt) {
                told.push(doubt);
                w.tally.cannot_judge(self.rule, doubt);
            }
            return;
        }
        let mut raised =
            Raised { handle: Handle::default(), since, last: w.now, went: was_on_ais(w.picture, id), off };
        let ids = [id];
        let finding = self.finding(&ids, &raised, w.picture, w.now);
        if let Some(handle) = w.alerts.raise(w.picture, self.rule, &finding, w.out) {
            raised.handle = handle;
            self.states.make(id).raised = Some(raised);
            w.arm(self.rule, id, w.now + self.max_silence);
        }
    }

    fn finding<'a>(&self, ids: &'a [TrackId], r: &Raised, picture: &Picture, now: Time) -> Finding<'a> {
        let track = picture.track(ids[0]);
        let lasted = r.last - r.since;
        let radars = picture.sensors.feeding(ids[0]).count();
        let nearer = r.off.inbound_m() / NM_M;
        let who = match picture
            .sensors
            .formerly(ids[0])
            .map(|(_, until)| until)
            .or(track.on_ais().then_some(track.last_heard))
        {
            Some(until) if r.went => format!("fell dark at {} UTC and has been", until.hour_minute()),
            _ => "was never on AIS and has been".to_owned(),
        };
        let way = match (track.fix.sog_kn(), track.fix.cog_deg()) {
            (Some(sog), Some(cog)) => format!(", making {sog:.0} kn on course {cog:03.0}°"),
            (Some(sog), None) => format!(", making {sog:.0} kn"),
            _ => String::new(),
        };
        let coming = if nearer >= 0.5 {
            format!(", {nearer:.1} nm nearer to the coast than it was")
        } else {
            String::new()
        };
        Finding {
            subjects: ids,
            zone: None,
            onset: r.since,
            time: now,
            last: r.last,
            position: track.fix.position,
            certainty: if radars > 1 { Certainty::Observed } else { Certainty::Likely },
            length: self.length(lasted),
            reports: track.reports,
            measured: [
                Some(("min_duration", Measure::Number(lasted.secs()))),
                Some(("min_updates", Measure::Number(f64::from(track.reports)))),
                Some(("min_speed", Measure::Number(track.speed_kn().unwrap_or(0.0)))),
                self.inbound_m.map(|_| ("min_inbound", Measure::Number(nearer))),
            ]
            .into_iter()
            .flatten()
            .collect(),
            not_judged: Vec::new(),
            deed: format!("{who} followed by radar for {}{way}{coming}", lasted.words()),
        }
    }

    fn length(&self, lasted: Span) -> Length {
        Length { duration_s: lasted.secs(), limit_s: self.slow_duration.secs() }
    }

    fn end(&mut self, id: TrackId, reason: EndReason, w: &mut World<'_>) {
        let Some(state) = self.states.get(id) else { return };
        let Some(raised) = state.raised.take() else { return };
        state.ended = Some(raised.last.max(w.now));
        let ids = [id];
        let finding = self.finding(&ids, &raised, w.picture, w.now);
        w.alerts.end(w.picture, raised.handle, reason, &finding, w.out);
    }
}

impl Watch for DarkTarget {
    fn gate(&self) -> Gate {
        Gate::Seen
    }

    fn report(&mut self, id: TrackId, applies: bool, w: &mut World<'_>) -> bool {
        let track = w.picture.track(id);
        if !track.is_dark(w.now) || !track.is_vessel() {
            let went = self.states.get(id).and_then(|s| s.raised.as_ref()).is_some_and(|r| r.went);
            self.end(id, if went { EndReason::Reappeared } else { EndReason::Identified }, w);
            return false;
        }
        let state = self.states.make(id);
        state.last_report = w.now;
        if w.now < state.next_look && state.next_look - w.now <= DOUBT_FOR {
            return state.raised.is_some();
        }
        state.next_look = w.now + LOOK_EVERY;
        state.off.seen_at(w.picture.zones.off_coast_m(track.fix.position));
        let off = state.off;
        match self.states.make(id).raised {
            Some(_) if !applies => self.end(id, EndReason::Left, w),
            Some(mut raised) => {
                (raised.last, raised.off) = (raised.last.max(w.now), off);
                self.states.make(id).raised = Some(raised);
                let ids = [id];
                let finding = || self.finding(&ids, &raised, w.picture, w.now);
                let length = self.length(w.now - raised.since);
                w.alerts.goes_on(w.picture, raised.handle, w.now, length, finding, w.out);
            }
            None if applies => self.consider(id, w),
            None => {}
        }
        self.states.make(id).raised.is_some()
    }

    fn heard(&mut self, id: TrackId, w: &mut World<'_>) {
        if !w.picture.track(id).is_dark(w.now) {
            self.report(id, true, w);
            w.engage(self.rule, id, false);
        }
    }

    fn gone(&mut self, id: TrackId, _into: TrackId, w: &mut World<'_>) {
        self.end(id, EndReason::Identified, w);
    }

    fn due(&mut self, deadline: Deadline, w: &mut World<'_>) -> Option<Time> {
        let id = deadline.parties.first();
        let state = self.states.get(id).filter(|state| state.raised.is_some())?;
        let silent_at = state.last_report + self.max_silence;
        if silent_at > deadline.time {
            return Some(silent_at);
        }
        self.end(id, EndReason::Lost, w);
        w.engage(self.rule, id, false);
        None
    }

    fn layout(&self) -> u16 {
        2
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.states, out);
    }

    fn load(&mut self, version: u16, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.states = match version {
            1 => read_layout_1(from, |before: StateBefore| before.into())?,
            _ => saved::get(from)?,
        };
        Ok(())
    }
}

fn was_on_ais(picture: &Picture, id: TrackId) -> bool {
    picture.track(id).on_ais() || picture.sensors.formerly(id).is_some()
}

/// Since when AIS does not explain it.
fn dark_since(picture: &Picture, id: TrackId) -> Time {
    let track = picture.track(id);
    match picture.sensors.formerly(id) {
        Some((_, since)) => since,
        None if track.on_ais() => track.last_heard,
        None => track.first_heard,
    }
}

/// Whether AIS is heard where it is: a vessel near it was heard lately.
fn is_ais_heard(picture: &Picture, id: TrackId, now: Time) -> bool {
    let track = picture.track(id);
    if track.on_ais() {
        return true;
    }
    let mut heard = false;
    picture.surface_near(track.fix.position, HEARD_NEAR_M, |other| {
        let theirs = picture.track(other);
        heard = theirs.on_ais()
            && now - theirs.last_heard <= HEARD_LATELY
            && geodesy::distance_m(track.fix.position, theirs.fix.position) <= HEARD_NEAR_M;
        !heard
    });
    heard
}
