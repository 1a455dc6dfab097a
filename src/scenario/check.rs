//! Checks a scenario file: a scenario that makes sense, or every error with line and column.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;

use super::Scenario;
use super::file::{Class, Expect, File, Fleet, Leg, Silence, Vessel};
use super::legs::Plan;
use super::units::Party;
use crate::model::{Imo, Mmsi, Span, Time};
use crate::patterns;

/// Greatest number of vessels of a scenario.
const MOST_VESSELS: usize = 200_000;
/// Greatest length of a scenario.
const LONGEST: Span = Span::from_secs(31 * 86_400);

/// Errors of a scenario file: one line each, `file:line:column: what`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Errors(pub Vec<String>);

/// Reads and checks the text of a file that is called `file`.
///
/// # Errors
/// All that is wrong, at once, unless it is no TOML of the right shape: then the first fault.
pub fn parse(text: &str, file: &str) -> Result<Scenario, Errors> {
    let parsed: File = toml::from_str(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        Errors(vec![located(text, file, at, error.message())])
    })?;
    let mut check = Check { text, file, errors: Vec::new() };
    let scenario = check.scenario(parsed);
    if check.errors.is_empty() { Ok(scenario) } else { Err(Errors(check.errors)) }
}

fn located(text: &str, file: &str, at: Range<usize>, what: &str) -> String {
    let before = text.get(..at.start.min(text.len())).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    format!("{file}:{line}:{column}: {}", what.replace('\n', " "))
}

/// Places of vessels and fleets in the simulation's list: the vessels in their order, then the fleets in theirs.
struct Index {
    parties: BTreeMap<Party, usize>,
    fleets: BTreeMap<String, Range<usize>>,
}

impl Index {
    fn of(file: &File) -> Index {
        let mut next = file.vessel.len();
        let mut fleets = BTreeMap::new();
        for fleet in file.fleet.iter().map(Spanned::get_ref) {
            let first = next;
            next += fleet.count as usize;
            fleets.insert(fleet.name.clone(), first..next);
        }
        let parties = file.vessel.iter().enumerate().map(|(i, v)| (v.get_ref().party(), i)).collect();
        Index { parties, fleets }
    }
}

struct Check<'a> {
    text: &'a str,
    file: &'a str,
    errors: Vec<String>,
}

impl Check<'_> {
    fn wrong(&mut self, at: &Range<usize>, what: &str) {
        self.errors.push(located(self.text, self.file, at.clone(), what));
    }

    fn scenario(&mut self, file: File) -> Scenario {
        let start = file.start.after(Time(0));
        let top = 0..0;
        if start.0 < 86_400_000 {
            self.wrong(&top, "start is a date and time: \"2026-03-14T22:00:00Z\"");
        }
        if !is_word(&file.exercise) {
            self.wrong(&top, "exercise is a name of letters, digits and '-'");
        }
        if *file.duration <= Span::ZERO || *file.duration > LONGEST {
            self.wrong(&top, "duration is over 0 and at most 31 days");
        }
        self.stations(&file);
        self.radars(&file);
        self.aircraft(&file);
        self.identities(&file);
        self.acts(&file);
        let index = Index::of(&file);
        let fleet_names: BTreeSet<&str> = file.fleet.iter().map(|f| f.get_ref().name.as_str()).collect();
        for decoy in &file.decoy {
            for name in decoy.get_ref().fleets.iter().filter(|name| !fleet_names.contains(name.as_str())) {
                self.wrong(&decoy.span(), &format!("there is no [[fleet]] named \"{name}\""));
            }
        }
        let mut vessels = Vec::new();
        for vessel in &file.vessel {
            self.vessel(vessel, start);
            let plans = self.plans(&vessel.get_ref().leg, &index, vessel.span());
            vessels.push((vessel.get_ref().clone(), plans));
        }
        let mut fleets = Vec::new();
        for fleet in &file.fleet {
            self.fleet(fleet);
            let plans = self.plans(&fleet.get_ref().leg, &index, fleet.span());
            fleets.push((fleet.get_ref().clone(), plans));
        }
        let current = file.current.map_or((0.0, 0.0), |c| (c.set.deg(), c.rate.kn()));
        Scenario {
            current,
            acts: file.act.into_iter().map(Spanned::into_inner).collect(),
            exercise: file.exercise,
            start,
            duration: *file.duration,
            warm_up: *file.warm_up,
            seed: file.seed,
            wind_deg: file.wind.deg(),
            wind_kn: file.wind_speed.kn(),
            stations: file.station.into_iter().map(Spanned::into_inner).collect(),
            radars: file.radar.into_iter().map(Spanned::into_inner).collect(),
            clutter: file.clutter.into_iter().map(Spanned::into_inner).collect(),
            vessels,
            fleets,
            aids: file.aid.into_iter().map(Spanned::into_inner).collect(),
            aircraft: file.aircraft.into_iter().map(Spanned::into_inner).collect(),
            receivers: file.receiver.into_iter().map(Spanned::into_inner).collect(),
            air_radars: file.air_radar.into_iter().map(Spanned::into_inner).collect(),
            decoys: file.decoy.into_iter().map(Spanned::into_inner).collect(),
        }
    }

    /// Every act that a vessel or an aircraft gives is there; times of leaving are times of day.
    fn acts(&mut self, file: &File) {
        let names: BTreeSet<&str> = file.act.iter().map(|act| act.get_ref().name.as_str()).collect();
        let vessels = file.vessel.iter().map(|v| (v.span(), v.get_ref().act.as_deref()));
        let aircraft = file.aircraft.iter().map(|a| (a.span(), a.get_ref().act.as_deref()));
        for (span, act) in vessels.chain(aircraft) {
            if let Some(name) = act.filter(|name| !names.contains(name)) {
                self.wrong(&span, &format!("there is no [[act]] named \"{name}\""));
            }
        }
        let vessels = file.vessel.iter().map(|v| (v.span(), v.get_ref().daily));
        let fleets = file.fleet.iter().map(|f| (f.span(), f.get_ref().daily));
        for (span, daily) in vessels.chain(fleets) {
            if daily.is_some_and(|daily| !daily.is_of_day()) {
                self.wrong(&span, "leave has two times of day, such as \"05:30\"");
            }
        }
    }

    fn stations(&mut self, file: &File) {
        let no_air = file.receiver.is_empty() && file.air_radar.is_empty();
        if file.station.is_empty() && file.radar.is_empty() && no_air {
            self.wrong(
                &(0..0),
                "without a [[station]] nothing is heard, without a [[radar]] nothing is seen",
            );
        }
        let mut names = BTreeSet::new();
        let stations = file.station.iter().map(|s| ("station", s.span(), &s.get_ref().name));
        let radars = file.radar.iter().map(|r| ("radar", r.span(), &r.get_ref().name));
        let receivers = file.receiver.iter().map(|r| ("receiver", r.span(), &r.get_ref().name));
        let air = file.air_radar.iter().map(|r| ("air_radar", r.span(), &r.get_ref().name));
        for (what, span, name) in stations.chain(radars).chain(receivers).chain(air) {
            if !is_word(name) {
                self.wrong(&span, &format!("a {what}'s name has letters, digits and '-'"));
            }
            if !names.insert(name) {
                self.wrong(&span, &format!("a second {what} is named \"{name}\", or a station is"));
            }
        }
    }

    fn aircraft(&mut self, file: &File) {
        let mut taken = BTreeSet::new();
        for aircraft in &file.aircraft {
            let (one, at) = (aircraft.get_ref(), aircraft.span());
            if one.leg.is_empty() {
                self.wrong(&at, "an aircraft has one leg at least");
            }
            if !(1..=1000).contains(&one.count) {
                self.wrong(&at, "count is 1 to 1000");
            }
            let first = one.icao.map(|address| address.0.address());
            for n in 0..first.map_or(0, |_| one.count.min(1000)) {
                if !taken.insert(first.map(|first| first + n)) {
                    self.wrong(&at, "another aircraft has one of its addresses");
                    break;
                }
            }
            let legs = one.leg.iter().filter_map(|leg| leg.expect.as_ref());
            let silences = one.silent.iter().filter_map(|s| s.expect.as_ref());
            let codes = one.squawks.iter().filter_map(|s| s.expect.as_ref());
            for expect in legs.chain(silences).chain(codes).chain(&one.expect) {
                self.expect(Some(expect), &at);
            }
        }
        for radar in &file.air_radar {
            if let Some(what) = super::radar::file::period_fault(radar.get_ref().period) {
                self.wrong(&radar.span(), what);
            }
        }
    }

    fn radars(&mut self, file: &File) {
        for spanned in &file.radar {
            spanned.get_ref().faults().into_iter().for_each(|what| self.wrong(&spanned.span(), what));
        }
        let mut names = BTreeSet::from(["sea", "noise"]);
        for spanned in &file.clutter {
            let clutter = spanned.get_ref();
            clutter.faults().into_iter().for_each(|what| self.wrong(&spanned.span(), what));
            if !names.insert(&clutter.name) {
                self.wrong(&spanned.span(), &format!("a second clutter is named \"{}\"", clutter.name));
            }
        }
    }

    /// Every MMSI is given once and has nine digits at most, every name of a vessel without one once; a number of
    /// vessels that a machine can hold.
    fn identities(&mut self, file: &File) {
        let mut seen = BTreeSet::new();
        let mut claims: Vec<(Range<usize>, Party)> = Vec::new();
        claims.extend(file.vessel.iter().map(|v| (v.span(), v.get_ref().party())));
        claims.extend(file.aid.iter().map(|a| (a.span(), Party::Mmsi(a.get_ref().mmsi))));
        claims.extend(file.station.iter().filter_map(|s| Some((s.span(), Party::Mmsi(s.get_ref().mmsi?)))));
        let many = file.fleet.iter().map(|f| f.get_ref().count as usize).sum::<usize>() + file.vessel.len();
        if many > MOST_VESSELS {
            self.wrong(&(0..0), &format!("{many} vessels are more than {MOST_VESSELS}"));
            return;
        }
        for fleet in &file.fleet {
            let (f, span) = (fleet.get_ref(), fleet.span());
            claims.extend((0..f.count).map(|n| (span.clone(), f.party(n))));
        }
        for (span, party) in claims {
            if matches!(party, Party::Mmsi(mmsi) if Mmsi::new(mmsi).is_none()) {
                self.wrong(&span, &format!("{party} has more than nine digits"));
            }
            if !seen.insert(party.clone()) {
                self.wrong(&span, &format!("a second bearer of {party}"));
            }
        }
    }

    fn vessel(&mut self, spanned: &Spanned<Vessel>, start: Time) {
        let vessel = spanned.get_ref();
        self.class(vessel.class, vessel.mmsi, &spanned.span());
        if vessel.imo.is_some_and(|imo| !Imo::new(imo).is_some_and(Imo::check_digit_fits)) {
            self.wrong(&spanned.span(), "imo has seven digits, of which the last checks the others");
        }
        for expect in &vessel.expect {
            self.expect(Some(expect.get_ref()), &expect.span());
        }
        for Silence { from, to, expect } in &vessel.ais_off {
            if from.after(start) >= to.after(start) {
                self.wrong(&spanned.span(), "ais_off ends before it begins");
            }
            self.expect(expect.as_ref(), &spanned.span());
        }
    }

    fn class(&mut self, class: Class, mmsi: Option<u32>, at: &Range<usize>) {
        match (class, mmsi) {
            (Class::None, Some(_)) => {
                self.wrong(at, "without AIS (class = \"none\") there is no mmsi: its name is who it is")
            }
            (Class::A | Class::B, None) => self.wrong(at, "missing field `mmsi`: with AIS it has one"),
            _ => {}
        }
    }

    fn fleet(&mut self, spanned: &Spanned<Fleet>) {
        let fleet = spanned.get_ref();
        self.class(fleet.class, fleet.mmsi, &spanned.span());
        if fleet.start.is_some() != fleet.area.is_empty() {
            self.wrong(&spanned.span(), "a fleet has a start or an area");
        }
        if fleet.start.is_none() && fleet.area.len() < 3 {
            self.wrong(&spanned.span(), "an area has three corners at least");
        }
        let [low, high] = fleet.speed_factor;
        if !(low > 0.0 && low <= high && high <= 10.0) {
            self.wrong(&spanned.span(), "speed_factor is [lowest, highest], over 0 and up to 10");
        }
        if fleet.leg.iter().any(|leg| leg.get_ref().expect.is_some()) {
            self.wrong(&spanned.span(), "a fleet expects no alert: write what deserves one as a [[vessel]]");
        }
    }

    fn plans(&mut self, legs: &[Spanned<Leg>], index: &Index, whole: Range<usize>) -> Vec<Plan> {
        if legs.is_empty() {
            self.wrong(&whole, "it needs a leg");
        }
        let mut plans = Vec::new();
        for leg in legs {
            self.expect(leg.get_ref().expect.as_ref(), &leg.span());
            let find = |party: &Party| index.parties.get(party).copied();
            match Plan::of(leg.get_ref(), find, |name| index.fleets.get(name).cloned()) {
                Ok(plan) => plans.push(plan),
                Err(fault) => self.wrong(&leg.span(), &fault.to_string()),
            }
        }
        plans
    }

    fn expect(&mut self, expect: Option<&Expect>, at: &Range<usize>) {
        let Some(expect) = expect else { return };
        let names: Vec<&str> = patterns::ALL.iter().map(|p| p.name).collect();
        if !names.contains(&expect.pattern.as_str()) {
            self.wrong(at, &format!("there is no pattern \"{}\": {}", expect.pattern, names.join(", ")));
        }
    }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
