//! `dark-target`: a craft that radars follow and no AIS explains.
//!
//! Dark is an attribute of a track, and most small craft lawfully are. The rule asks for more: how fast, whence, how
//! steadily; and it is silent where AIS would not be heard, or where a whole field of echoes moves as one.

use serde::{Deserialize, Serialize};

use super::clutter_test::{moving_alike, reason_for_doubt, velocity_sigma_kn};
use super::conditions::{Check, Conditions};
use super::grounds::{Anchor, Began, Grounds, Way};
use super::life_cycle::{Behaviour, Case, CasesByTrack, Statement, Verdict};
use super::outings::Outings;
use super::states::{States, read_layout_1};
use super::time_of_day::{TIME_OF_DAY, TimeOfDay};
use super::track_cases::TrackCases;
use super::{Gate, Pattern, Sensor, World, limits};
use crate::alerts::Handle;
use crate::geodesy::{self, KN_MS, NM_M};
use crate::model::saved::{self, Unreadable};
use crate::model::{
    Certainty, EndReason, Length, LimitKey, Reason, Rule, RuleId, Span, Speed, Time, TrackId, Words,
};
use crate::picture::{Picture, Signs, Track};

const MIN_DURATION: LimitKey<Span> = LimitKey::duration("min_duration", "3 min")
    .at_least()
    .doc("A craft at the speed `fast` or more is dark for at least this long.");
const SLOW_DURATION: LimitKey<Span> = LimitKey::duration("slow_duration", "20 min")
    .at_most()
    .doc("A craft slower than `fast` must be dark for min_duration times `fast` divided by its speed, and for this long at most.");
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
const ORIGIN: LimitKey<Words> = LimitKey::one_of("origin", &["any", "seaward", "from-afar"], "any").doc(
    "\"seaward\": the craft has come nearer to a coast by min_inbound. \"from-afar\": the same, and a craft that was never on AIS was at least from_coast away when radars first saw it: they did not see it put out from this coast. \"any\": it may come from anywhere.",
);
const MIN_INBOUND: LimitKey<Length> = LimitKey::nautical_miles("min_inbound", "1 nm").at_least().doc(
    "With origin \"seaward\" or \"from-afar\", the craft is nearer to a coast by this than at its farthest, and has come nearer in the last two minutes.",
);
const FROM_COAST: LimitKey<Option<Length>> = LimitKey::nautical_miles("from_coast", "none")
    .at_least()
    .or_none()
    .doc("The craft was seen at least this far from every coast.");
const MADE_GOOD: LimitKey<Option<f64>> = LimitKey::share("made_good", "none").at_least().or_none().doc(
    "In the time for which the craft must be dark it made good at least this share of the way that its speed would take it: one at work on a ground turns, one that comes from afar goes straight.",
);
const MAX_COMPANY: LimitKey<usize> = limits::MAX_COMPANY.with_default("4").doc("This many dark echoes within 2 nm that move alike, the craft included, are weather or weed, and are not judged. They are boats, with one alert for all, where twice as many were each followed for ten minutes, or so many for half an hour.");
const MAX_SILENCE: LimitKey<Span> =
    limits::MAX_SILENCE.with_default("3 min").doc("A craft that no radar reports for this long is lost.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "dark-target",
    doc: "A craft that radars follow steadily, and that no vessel on AIS explains.",
    caution: "The rule cannot judge in these cases: no AIS station is known to hear vessels there; the echo jumps or does not move as its speed says (clutter); the echo keeps station on a ship as a radar ghost does; the echo has been there for days (a fixed object); several dark echoes move as one (rain, weed): boats are told from those by how long each is followed, and a group of boats has one alert. With origin from-afar, a craft that moves like one that radars saw put out and lost, and that is bound for where that one came from, is held to come home; each outing explains one such craft within 18 h. Also with origin from-afar: where two others without AIS lay within 4 nm at the same time, that is a ground, and the alert of the first craft that runs in from it stands for 12 h for those that run in from within 8 nm of there and are not much faster; two alerts about craft that came from one place on like courses at like speeds stand for others on that way. Neither holds for a craft that radars saw come to the ground from seaward, nor for one under 10 kn that they did not see lie there. AIS that comes on under an alert does not end it. While an alert about the silence of a vessel is open, that stands for what is no more severe. The alert says whether the craft was never on AIS or went dark, and as which vessel.",
    limits: &[
        MIN_DURATION.limit,
        SLOW_DURATION.limit,
        FAST.limit,
        MIN_UPDATES.limit,
        MIN_SPEED.limit,
        ORIGIN.limit,
        MIN_INBOUND.limit,
        FROM_COAST.limit,
        MADE_GOOD.limit,
        TIME_OF_DAY.limit,
        MAX_COMPANY.limit,
        MAX_SILENCE.limit,
    ],
    needs: &[Sensor::Radar, Sensor::Ais],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, DarkTarget::new(rule, number))),
};

/// Time in which a craft that is on its way in comes nearer to a coast, by at least this share of its way.
const CLOSES_WITHIN: Span = Span::from_secs(120);
const CLOSES: f64 = 0.1;
/// Interval at which a track is looked at.
const TRACK_LOOK_EVERY: Span = Span::from_secs(10);
/// Distance within which a vessel on AIS shows that AIS is heard.
const HEARD_NEAR_M: f64 = 6.0 * NM_M;
/// Time within which that vessel was heard.
const HEARD_LATELY: Span = Span::from_secs(1800);
/// Standard deviation of the velocity from which on nobody can say how a track moves, knots: it turns, or echoes of
/// several things were joined up.
const UNCERTAIN_KN: f64 = 2.0;

/// Patterns of which an open alert on the craft says that it is dark.
const TOLD_BY: [&str; 2] = [PATTERN.name, super::ais_gap::PATTERN.name];

/// Factor up to which a craft from a ground is faster than the one whose alert stands for it.
const FASTER_THAN_THE_FIRST: f64 = 1.6;
/// Speed up to which those that may come from afar run home as boats do, knots.
const HOMEWARD_KN: f64 = 20.0;

/// The behaviour: radars follow a track that no AIS explains. A case begins when the track is all that the rule asks
/// for; what is known of a track before that, and between its alerts, is in `watched`.
struct DarkTarget {
    rule: RuleId,
    min_duration: Span,
    slow_duration: Span,
    fast_kn: f64,
    min_updates: u32,
    min_speed_kn: Option<f64>,
    inbound_m: Option<f64>,
    from_coast_m: Option<f64>,
    made_good: Option<f64>,
    from_afar: bool,
    time_of_day: TimeOfDay,
    max_company: usize,
    watched: States<Watched>,
    outings: Outings,
    grounds: Grounds,
}

/// What is known of a dark track; kept while the track is.
#[derive(Default, Serialize, Deserialize)]
struct Watched {
    next_look: Time,
    /// Doubts that were counted.
    doubts: Vec<Reason>,
    /// End of the last alert: the next begins after that.
    ended: Option<Time>,
    off: Off,
    /// Place of the first look.
    began: Option<Began>,
    /// Where it is, until it has gone some way.
    anchor: Option<Anchor>,
}

/// Memory of a case.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Dark {
    /// Whether the track was on AIS before.
    went: bool,
    off: Off,
}

/// Distance from the coast, metres.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Off {
    furthest_m: f64,
    now_m: f64,
}

impl Off {
    /// Returns how much nearer to a coast the craft is than it was.
    fn inbound_m(self) -> f64 {
        self.furthest_m - self.now_m
    }

    fn seen_at(&mut self, now_m: f64) {
        (self.furthest_m, self.now_m) = (self.furthest_m.max(now_m), now_m);
    }
}

impl DarkTarget {
    fn new(rule: &Rule, number: RuleId) -> DarkTarget {
        let limits = &rule.limits;
        DarkTarget {
            rule: number,
            min_duration: limits.get(MIN_DURATION),
            slow_duration: limits.get(SLOW_DURATION),
            fast_kn: limits.get(FAST).kn(),
            min_updates: limits.get(MIN_UPDATES) as u32,
            min_speed_kn: limits.get(MIN_SPEED).map(Speed::kn),
            inbound_m: (!limits.get(ORIGIN).has("any")).then(|| limits.get(MIN_INBOUND).m()),
            from_coast_m: limits.get(FROM_COAST).map(Length::m),
            made_good: limits.get(MADE_GOOD),
            from_afar: limits.get(ORIGIN).has("from-afar"),
            time_of_day: TimeOfDay::of(rule),
            max_company: limits.get(MAX_COMPANY),
            watched: States::default(),
            outings: Outings::default(),
            grounds: Grounds::default(),
        }
    }

    /// Returns how long a craft of a speed must have been dark.
    fn min_dark(&self, speed_kn: f64) -> Span {
        let slower = (self.fast_kn / speed_kn.max(0.1)).max(1.0);
        Span::from_secs_f64((self.min_duration.secs() * slower).min(self.slow_duration.secs()))
    }

    /// Compares a craft with what the rule asks for, but for what speaks against judging it.
    fn compare(&self, id: TrackId, since: Time, off: Off, w: &World<'_>, c: &mut Conditions<'_>) {
        let track = w.picture.track(id);
        let speed_kn = track.speed_kn().unwrap_or(0.0);
        c.at_least(MIN_UPDATES, self.min_updates as usize, || track.reports as usize);
        c.holds(Check::SteadySpeed, || velocity_sigma_kn(w.picture, id) <= UNCERTAIN_KN);
        c.at_least(MIN_DURATION, self.min_dark(speed_kn), || w.now - since);
        if let Some(min) = self.min_speed_kn {
            c.at_least(MIN_SPEED, Speed::from_kn(min), || Speed::from_kn(speed_kn));
        }
        if let Some(min) = self.from_coast_m {
            c.at_least(FROM_COAST, Length::from_m(min), || Length::from_m(off.furthest_m));
        }
        if let Some(min) = self.inbound_m {
            c.at_least(MIN_INBOUND, Length::from_m(min), || Length::from_m(off.inbound_m()));
            c.is(ORIGIN, || is_closing(id, off, speed_kn, w));
        }
        if let Some(min) = self.made_good {
            c.at_least(MADE_GOOD, min, || made_good(id, self.min_dark(speed_kn), speed_kn, w));
        }
        c.is(TIME_OF_DAY, || self.time_of_day.is_it(track.fix.position, w.now));
    }

    /// Whether a craft may come from afar: it was far out when it was first seen. A vessel that was on AIS and fell dark is judged
    /// wherever it came from.
    fn may_come_from_afar(&self, id: TrackId, first_m: f64, picture: &Picture) -> bool {
        let far = |m: f64| self.from_coast_m.is_none_or(|min| m >= min);
        !self.from_afar || far(first_m) || was_on_ais(picture, id)
    }

    /// Returns a sentence about the ground that a craft comes from.
    fn ground_in_words(&self, id: TrackId, case: &Case<Dark>) -> Option<String> {
        if !self.from_afar || case.memory.went {
            return None;
        }
        self.grounds.in_words(id, self.watched.peek(id)?.began?, case.now)
    }

    /// Returns why a craft that was never on AIS is told already: it comes home from an outing that radars saw begin, or the alert of
    /// another one from the same ground stands for it.
    fn is_known(&self, id: TrackId, w: &World<'_>) -> Option<Reason> {
        if !self.from_afar {
            return None;
        }
        if self.outings.home_from(w.picture, id).is_some() {
            return Some(Reason::ComesHome);
        }
        let began = self.watched.peek(id)?.began?;
        let way = way_of(w.picture.track(id));
        let is_like = |first_kn: f64| way.speed_kn <= (FASTER_THAN_THE_FIRST * first_kn).max(HOMEWARD_KN);
        let is_told = self.grounds.is_told(id, began, way.speed_kn, is_like, w.now)
            || self.grounds.is_of_stream(id, began, way, w.now);
        is_told.then_some(Reason::SameGround)
    }

    /// Whether it is too early to look at a track again.
    fn is_early(watched: &Watched, now: Time) -> bool {
        now < watched.next_look && watched.next_look - now <= Self::DOUBT_FOR
    }

    /// Judges a candidate: fulfilled, or no case at all.
    fn consider(
        &self,
        id: TrackId,
        case: &mut Case<Dark>,
        ended: Option<Time>,
        w: &World<'_>,
        mut c: Conditions<'_>,
    ) -> Verdict {
        if !c.are_met() && !c.are_traced() {
            return Verdict::Ended(EndReason::Left);
        }
        let since = dark_since(w.picture, id).max(ended.unwrap_or(Time::NEVER));
        self.compare(id, since, case.memory.off, w, &mut c);
        c.holds(Check::NotTold, || {
            !TOLD_BY.iter().any(|pattern| w.alerts.is_told(self.rule, id, pattern, w.now))
        });
        if !c.decide() {
            return Verdict::Ended(EndReason::Left);
        }
        (case.since, case.memory.went) = (since, was_on_ais(w.picture, id));
        Verdict::Fulfilled
    }
}

impl Behaviour for DarkTarget {
    type Memory = Dark;

    const OUTLASTS_SCOPE: bool = true;
    const GOES_ON_LATE: bool = true;
    const DOUBT_FOR: Span = Span::from_secs(120);
    const LAYOUT: u16 = 6;

    fn gate(&self) -> Gate {
        Gate::Seen
    }

    fn reads_heard(&self, id: TrackId, w: &World<'_>) -> bool {
        !w.picture.track(id).is_dark(w.now)
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Dark> {
        let track = w.picture.track(id);
        let mut c = w.conditions();
        c.holds(Check::IsVessel, || track.is_vessel());
        c.holds(Check::Dark, || track.is_dark(w.now));
        if !c.are_met() || Self::is_early(self.watched.make(id), w.now) {
            return None;
        }
        Some(Dark { went: false, off: Off::default() })
    }

    fn assess(&mut self, id: TrackId, case: &mut Case<Dark>, w: &World<'_>) -> Verdict {
        let track = w.picture.track(id);
        let came_on = !track.is_dark(w.now) && came_on(track, case);
        if !came_on && !track.is_dark(w.now) || !track.is_vessel() {
            let went = case.memory.went;
            // Who it is is known: it comes home as itself.
            self.outings.forget(id);
            return Verdict::Ended(if went { EndReason::Reappeared } else { EndReason::Identified });
        }
        let watched = self.watched.make(id);
        if !case.is_raised() && !case.applies {
            return Verdict::Ended(EndReason::Left);
        }
        if Self::is_early(watched, w.now) {
            return Verdict::Waiting;
        }
        watched.next_look = w.now + TRACK_LOOK_EVERY;
        let off_m = w.picture.zones.off_coast_m(track.fix.position);
        watched.off.seen_at(off_m);
        let began = *watched.began.get_or_insert(Began { at: track.fix.position, off_m });
        let (off, ended, first_m) = (watched.off, watched.ended, began.off_m);
        if self.from_afar && !was_on_ais(w.picture, id) {
            self.grounds.note(w.picture, id, &mut watched.anchor, off_m);
            self.outings.note(w.picture, id, first_m, off.furthest_m, off.now_m);
            if case.is_raised() {
                self.grounds.tell(id, began, way_of(track), w.now);
            }
        }
        if !case.applies {
            return Verdict::Ended(EndReason::Left);
        }
        case.memory.off = off;
        if case.is_raised() {
            return Verdict::Continues;
        }
        let mut c = w.conditions();
        c.is(ORIGIN, || self.may_come_from_afar(id, first_m, w.picture));
        self.consider(id, case, ended, w, c)
    }

    fn doubt(&self, id: TrackId, _case: &Case<Dark>, w: &World<'_>) -> Option<Reason> {
        let echo = reason_for_doubt(w, id, self.max_company);
        echo.or_else(|| (!is_ais_heard(w.picture, id, w.now)).then_some(Reason::AisCoverage))
            .or_else(|| if was_on_ais(w.picture, id) { None } else { self.is_known(id, w) })
    }

    fn note_doubt(&mut self, id: TrackId, case: &mut Case<Dark>, reason: Reason, w: &World<'_>) -> bool {
        if reason == Reason::ComesHome
            && let Some(outing) = self.outings.home_from(w.picture, id)
        {
            self.outings.came_home(outing, id);
        }
        let watched = self.watched.make(id);
        // The track is looked at again only then, and then there is no doubt to wait for.
        (watched.next_look, case.doubt_until) = (w.now + Self::DOUBT_FOR, Time::NEVER);
        let is_new = !watched.doubts.contains(&reason);
        if is_new {
            watched.doubts.push(reason);
        }
        is_new
    }

    fn before_end(&mut self, id: TrackId, case: &mut Case<Dark>, _picture: &Picture) {
        self.watched.make(id).ended = Some(case.last.max(case.now));
    }

    fn reports(&self, id: TrackId, _case: &Case<Dark>, picture: &Picture) -> u32 {
        picture.track(id).reports
    }

    fn update_base(&self) -> Span {
        self.slow_duration
    }

    fn statement(&self, id: TrackId, case: &Case<Dark>, picture: &Picture) -> Statement {
        let track = picture.track(id);
        let lasted = case.lasted();
        let radars = picture.sensors.feeding(id).count();
        let inbound = Length::from_m(case.memory.off.inbound_m());
        let nearer = inbound.nm();
        let who = match picture
            .sensors
            .formerly(id)
            .map(|(_, until)| until)
            .or(track.on_ais().then_some(track.last_heard))
        {
            _ if came_on(track, case) => {
                let (mmsi, lately) = (track.mmsi, if case.memory.went { "fell dark, " } else { "" });
                format!("{lately}came on AIS as MMSI {mmsi} under this alert, and has been")
            }
            Some(until) if case.memory.went => {
                format!("fell dark at {} UTC and has been", until.hour_minute())
            }
            _ => "was never on AIS and has been".to_owned(),
        };
        let way = match (track.fix.sog_kn(), track.fix.cog_deg()) {
            (Some(sog), Some(cog)) => format!(", making {sog:.0} kn on course {cog:03.0}°"),
            (Some(sog), None) => format!(", making {sog:.0} kn"),
            _ => String::new(),
        };
        let coming =
            if nearer >= 0.5 { format!(", closing the coast by {nearer:.1} miles") } else { String::new() };
        let alike = moving_alike(picture, id);
        let group = match alike >= self.max_company {
            true => format!(", one of {alike} echoes within 2 nm that move alike"),
            false => String::new(),
        };
        Statement {
            position: track.fix.position,
            certainty: if radars > 1 { Certainty::Observed } else { Certainty::Likely },
            measured: [
                Some(MIN_DURATION.measured(lasted)),
                Some(MIN_UPDATES.measured(track.reports as usize)),
                Some(MIN_SPEED.measured(Speed::from_kn(track.speed_kn().unwrap_or(0.0)))),
                self.inbound_m.map(|_| MIN_INBOUND.measured(inbound)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            not_judged: self.ground_in_words(id, case).into_iter().collect(),
            deed: format!("{who} followed by radar for {}{way}{coming}{group}", lasted.words()),
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        saved::put(&self.watched, out);
        saved::put(&self.outings, out);
        saved::put(&self.grounds, out);
    }

    fn load(&mut self, from: &mut &[u8]) -> Result<(), Unreadable> {
        self.watched = saved::get(from)?;
        self.outings = saved::get(from)?;
        self.grounds = saved::get(from)?;
        Ok(())
    }

    fn migrate(&mut self, version: u16, from: &mut &[u8]) -> Result<Option<CasesByTrack<Dark>>, Unreadable> {
        if (3..=5).contains(&version) {
            let cases = saved::get(from)?;
            self.watched = match version {
                3 => saved::get::<States<WatchedBefore>>(from)?.map(WatchedBefore::renewed),
                _ => saved::get::<States<WatchedBefore5>>(from)?.map(WatchedBefore5::renewed),
            };
            if version == 5 {
                self.outings = saved::get(from)?;
            }
            return Ok(Some(cases));
        }
        let before: States<TrackBefore> = match version {
            1 => read_layout_1(from, |before: TrackBefore1| before.into())?,
            2 => saved::get(from)?,
            _ => return Ok(None),
        };
        self.watched = before.clone().map(TrackBefore::watched);
        Ok(Some(before.map(|before| before.case())))
    }
}

/// What was known of a dark track in layout 3.
#[derive(Deserialize)]
struct WatchedBefore {
    next_look: Time,
    doubts: Vec<Reason>,
    ended: Option<Time>,
    off: Off,
}

impl WatchedBefore {
    /// Where the track was first seen is not saved there: its furthest place stands for it, so that nothing is hidden.
    fn renewed(self) -> Watched {
        let WatchedBefore { next_look, doubts, ended, off } = self;
        let first_m = (off.furthest_m > 0.0).then_some(off.furthest_m);
        WatchedBefore5 { next_look, doubts, ended, off, first_m }.renewed()
    }
}

/// What was known of a dark track in layouts 4 and 5.
#[derive(Clone, Default, Deserialize)]
struct WatchedBefore5 {
    next_look: Time,
    doubts: Vec<Reason>,
    ended: Option<Time>,
    off: Off,
    first_m: Option<f64>,
}

impl WatchedBefore5 {
    /// The place of the first look is not saved there: a place far from every ground stands for it, so that no ground explains it.
    fn renewed(self) -> Watched {
        let WatchedBefore5 { next_look, doubts, ended, off, first_m } = self;
        let began = first_m.map(|off_m| Began { off_m, ..Began::default() });
        Watched { next_look, doubts, ended, off, began, anchor: None }
    }
}

/// What was held on a track in layout 2.
#[derive(Clone, Default, Deserialize)]
struct TrackBefore {
    next_look: Time,
    last_report: Time,
    told: Vec<Reason>,
    raised: Option<RaisedBefore>,
    ended: Option<Time>,
    off: Off,
}

/// What was held on a track in layout 1, with the time of the track's first report in it.
#[derive(Deserialize)]
struct TrackBefore1 {
    next_look: Time,
    last_report: Time,
    told: Vec<Reason>,
    raised: Option<RaisedBefore>,
    ended: Option<Time>,
    #[expect(dead_code, reason = "read to get past it")]
    first_heard: Time,
    off: Off,
}

#[derive(Clone, Copy, Deserialize)]
struct RaisedBefore {
    handle: Handle,
    since: Time,
    last: Time,
    went: bool,
    off: Off,
}

impl From<TrackBefore1> for TrackBefore {
    fn from(before: TrackBefore1) -> TrackBefore {
        let TrackBefore1 { next_look, last_report, told, raised, ended, off, .. } = before;
        TrackBefore { next_look, last_report, told, raised, ended, off }
    }
}

impl TrackBefore {
    fn watched(self) -> Watched {
        let TrackBefore { next_look, told: doubts, ended, off, .. } = self;
        WatchedBefore { next_look, doubts, ended, off }.renewed()
    }

    fn case(self) -> Option<Case<Dark>> {
        let RaisedBefore { handle, since, last, went, off } = self.raised?;
        Some(Case {
            memory: Dark { went, off },
            since,
            last,
            seen: self.last_report,
            reports: 0,
            doubt_until: Time::NEVER,
            doubted: None,
            raised: Some(handle),
            now: self.last_report,
            applies: true,
        })
    }
}

/// Whether a craft under an alert came on AIS: what it says now explains nothing of what it did before. A vessel that fell dark
/// and speaks again under her own number is none.
fn came_on(track: &Track, case: &Case<Dark>) -> bool {
    let another = track.signs.has(Signs::REPLACED);
    case.is_raised() && track.on_ais() && (!case.memory.went || another)
}

/// Whether a craft is on its way in: nearer to a coast than it was two minutes ago, by a share of its way.
fn is_closing(id: TrackId, off: Off, speed_kn: f64, w: &World<'_>) -> bool {
    let then = w.picture.history(id).position_at(w.picture.track(id).fix.time - CLOSES_WITHIN);
    then.is_none_or(|then| {
        let closed_m = w.picture.zones.off_coast_m(then) - off.now_m;
        closed_m >= CLOSES * speed_kn * KN_MS * CLOSES_WITHIN.secs()
    })
}

/// Returns the way that a craft made good in the last time, as a share of the way at its speed.
fn made_good(id: TrackId, over: Span, speed_kn: f64, w: &World<'_>) -> f64 {
    let now = w.picture.track(id).fix;
    let Some(then) = w.picture.history(id).since(now.time - over).next() else { return 0.0 };
    let way_m = speed_kn * KN_MS * (now.time - then.time()).secs();
    geodesy::distance_m(then.position(), now.position) / way_m.max(1.0)
}

/// Returns the speed and course of a track.
fn way_of(track: &Track) -> Way {
    Way { speed_kn: track.speed_kn().unwrap_or(0.0), course_deg: track.fix.cog_deg().unwrap_or(0.0) }
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

/// Whether AIS is heard where it is: a vessel near it was heard lately; or a station that is heard now has received vessels from
/// as far on that bearing within a day, or from as far on any bearing where it stands beside a radar that sees the craft.
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
    let (at, site_of) = (track.fix.position, |feed| picture.site(feed));
    let beside_a_radar = || {
        let radars = picture.sensors.feeds_of(id).filter_map(site_of);
        radars.into_iter().any(|radar| picture.reception.hears_beside(site_of, radar, at, now))
    };
    heard || picture.reception.hears_there(site_of, id, at, now) || beside_a_radar()
}
