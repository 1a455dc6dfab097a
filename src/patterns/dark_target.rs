//! `dark-target`: a craft that radars follow and no AIS explains.
//!
//! Dark is an attribute of a track, and most small craft lawfully are. The rule asks for more: how fast, whence, how
//! steadily; and it is silent where AIS would not be heard, or where a whole field of echoes moves as one.

use serde::{Deserialize, Serialize};

use super::doubt::{doubt, velocity_sigma_kn};
use super::states::{States, read_layout_1};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::{Deadline, Gate, Pattern, Watch, World, limits};
use crate::alerts::{Elapsed, Finding, Handle};
use crate::geodesy::{self, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Reason, Rule, RuleId, Span, Speed, Time, TrackId, Words,
};
use crate::picture::Picture;

const MIN_DURATION: LimitKey<Span> = LimitKey::duration("min_duration", "3 min")
    .at_least()
    .doc("A craft at the speed `fast` or more is dark for at least this long.");
const SLOW_DURATION: LimitKey<Span> = LimitKey::duration("slow_duration", "20 min")
    .at_most()
    .doc("A craft slower than `fast` must be dark for longer, in proportion to its speed, up to this time.");
const FAST: LimitKey<Speed> =
    LimitKey::speed("fast", "18 kn").doc("Speed from which min_duration is long enough.");
const MIN_UPDATES: LimitKey<usize> = LimitKey::count("min_updates", "10")
    .at_least()
    .doc("Radars have reported the craft at least this many times.");
const MIN_SPEED: LimitKey<Option<Speed>> = LimitKey::speed("min_speed", "none")
    .at_least()
    .may_be_zero()
    .or_none()
    .doc("The craft is at least this fast when the alert is raised.");
const ORIGIN: LimitKey<Words> = LimitKey::one_of("origin", &["any", "seaward"], "any").doc(
    "\"seaward\": the craft has come nearer to a coast by min_inbound. \"any\": it may come from anywhere.",
);
const MIN_INBOUND: LimitKey<Length> = LimitKey::nautical_miles("min_inbound", "1 nm")
    .at_least()
    .doc("With origin \"seaward\", the craft is nearer to a coast by this than at its farthest.");
const FROM_COAST: LimitKey<Option<Length>> = LimitKey::nautical_miles("from_coast", "none")
    .at_least()
    .or_none()
    .doc("The craft was seen at least this far from every coast.");
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY.with_default("4").doc("This many dark echoes within 2 nm that move alike, the craft included, are weather, weed or a fleet, and are not judged.");
const MAX_SILENCE: LimitKey<Span> =
    limits::MAX_SILENCE.with_default("3 min").doc("A craft that no radar reports for this long is lost.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "dark-target",
    doc: "A craft that radars follow steadily, and that no vessel on AIS explains.",
    caution: "The rule cannot judge in these cases: no AIS station is known to hear vessels there; the echo jumps or does not move as its speed says (clutter); the echo keeps station on a ship as a radar ghost does; the echo has been there for days (a fixed object); several dark echoes move as one (rain, weed, a fleet). The alert says whether the craft was never on AIS or went dark, and as which vessel.",
    limits: &[
        MIN_DURATION.limit,
        SLOW_DURATION.limit,
        FAST.limit,
        MIN_UPDATES.limit,
        MIN_SPEED.limit,
        ORIGIN.limit,
        MIN_INBOUND.limit,
        FROM_COAST.limit,
        TIME_OF_DAY.limit,
        MAX_COMPANY.limit,
        MAX_SILENCE.limit,
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
    /// Reasons counted so far.
    told: Vec<Reason>,
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
    told: Vec<Reason>,
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
        let inbound = limits.get(ORIGIN).has("seaward").then(|| limits.get(MIN_INBOUND).m());
        DarkTarget {
            rule: number,
            min_duration: limits.get(MIN_DURATION),
            slow_duration: limits.get(SLOW_DURATION),
            fast_kn: limits.get(FAST).kn(),
            min_updates: limits.get(MIN_UPDATES) as u32,
            min_speed_kn: limits.get(MIN_SPEED).map(Speed::kn),
            inbound_m: inbound,
            from_coast_m: limits.get(FROM_COAST).map(Length::m),
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.get(MAX_COMPANY),
            max_silence: limits.get(MAX_SILENCE),
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
    fn doubt(&self, id: TrackId, w: &World<'_>) -> Option<Reason> {
        let echo = doubt(w.picture, id, w.now, self.max_company);
        echo.or_else(|| (!is_ais_heard(w.picture, id, w.now)).then_some(Reason::AisCoverage))
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
        let inbound = Length::from_m(r.off.inbound_m());
        let nearer = inbound.nm();
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
                Some(MIN_DURATION.measured(lasted)),
                Some(MIN_UPDATES.measured(track.reports as usize)),
                Some(MIN_SPEED.measured(Speed::from_kn(track.speed_kn().unwrap_or(0.0)))),
                self.inbound_m.map(|_| MIN_INBOUND.measured(inbound)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            not_judged: Vec::new(),
            deed: format!("{who} followed by radar for {}{way}{coming}", lasted.words()),
        }
    }

    fn length(&self, lasted: Span) -> Elapsed {
        Elapsed { duration_s: lasted.secs(), limit_s: self.slow_duration.secs() }
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
