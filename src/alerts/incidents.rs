//! Incidents: the alerts of any pattern, of this node and of other centres, about one object.
//!
//! Two alerts belong to one incident if they have a party in common and overlap in time, or lie within two hours of each other.
//! The incident has the id of the alert that was told first. An alert that has parties in common with several incidents makes
//! them one, under the id that was told first. Incidents never split: an alert keeps its incident.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{SharedAlert, Span, Subject, Time, TrackId};
use crate::picture::Picture;

use super::Open;

/// Longest time from the end of one alert of an incident to the onset of another.
const WITHIN: Span = Span::from_secs(2 * 3600);
/// How long an alert that ended is kept: another centre's alert may arrive that late and still join.
const KEPT: Span = Span::from_secs(24 * 3600);
/// How long an alert without an end is kept after its last event: the end of another centre's alert may be lost.
const KEPT_OPEN: Span = Span::from_secs(7 * 24 * 3600);
/// Number of alerts above which those whose time is over are removed.
const PRUNED_ABOVE: usize = 256;
/// Number of alerts above which those that were told longest ago are removed.
const MOST: usize = 20_000;
/// Number of parties above which an alert is about an area, and not about an object.
const PARTIES: usize = 2;

/// Keys by which an object is known: keys of tracks, `mmsi:…`, `imo:…`, `icao:…`.
pub type Names = Vec<String>;

/// An alert's event as incidents see it.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// Key of the alert at this node.
    pub key: &'a str,
    /// Id of the alert.
    pub id: &'a str,
    /// Names of each party, and of the alert itself.
    pub parties: Vec<Names>,
    /// Time when the behaviour began.
    pub onset: Time,
    /// Time when the behaviour ended; `None` while it goes on.
    pub until: Option<Time>,
    /// Event time.
    pub time: Time,
}

impl<'a> Told<'a> {
    /// Returns the event of an own alert, whose parties are tracks of the picture.
    pub fn own(
        picture: &Picture,
        id: &'a str,
        tracks: &[TrackId],
        subjects: &[Subject],
        (onset, until, time): (Time, Option<Time>, Time),
    ) -> Told<'a> {
        let names = |(&track, subject): (&TrackId, &Subject)| {
            let mut names = vec![subject.track.clone(), picture.key(track)];
            names.extend(identities(subject));
            names
        };
        let mut parties = Vec::new();
        if tracks.len() <= PARTIES {
            parties.extend(tracks.iter().zip(subjects).map(names));
        }
        parties.push(vec![of_incident(id)]);
        Told { key: id, id, parties, onset, until, time }
    }

    /// Returns the event of a flood, whose only party is a feed.
    pub fn flood(id: &'a str, feed: &str, (onset, until, time): (Time, Option<Time>, Time)) -> Told<'a> {
        Told { key: id, id, parties: vec![vec![feed.to_owned()], vec![of_incident(id)]], onset, until, time }
    }

    /// Returns the event of an alert that another centre shared. Its parties are known by identity, and by the shared tracks
    /// that are tracks of the picture.
    pub fn shared(picture: &Picture, alert: &'a SharedAlert, key: &'a str) -> Told<'a> {
        let event = &*alert.message.event;
        let names = |(at, subject): (usize, &Subject)| {
            let here = track_here(picture, alert, at).map(|id| picture.key(id));
            let there = match is_global(&subject.track) {
                true => subject.track.clone(),
                false => format!("{}:{}", alert.from, subject.track),
            };
            here.into_iter().chain([there]).chain(identities(subject)).collect()
        };
        let mut parties: Vec<Names> = Vec::new();
        if event.subjects.len() <= PARTIES {
            parties.extend(event.subjects.iter().enumerate().map(names));
        }
        // What the other centre knows to be one incident is one here.
        let there = event.incident.as_deref().unwrap_or(&event.id);
        parties.push(
            [there].into_iter().chain(event.joins.iter().map(String::as_str)).map(of_incident).collect(),
        );
        let until = event.end_reason.map(|_| event.ended.unwrap_or(event.time));
        Told { key, id: &event.id, parties, onset: event.onset, until, time: event.time }
    }
}

impl Told<'_> {
    /// Adds the key under which a party was known before. An alert about an area has no parties.
    pub fn continues(&mut self, party: usize, earlier: Option<String>) {
        // The last names are those of the alert itself.
        if let (Some(earlier), true) = (earlier, party + 1 < self.parties.len()) {
            self.parties[party].push(earlier);
        }
    }
}

/// Returns the track of the picture that the shared track of a subject feeds.
pub fn track_here(picture: &Picture, alert: &SharedAlert, subject: usize) -> Option<TrackId> {
    let target = alert.targets.get(subject).copied().flatten()?;
    picture.sensors.track_of(alert.feed, target).filter(|&id| picture.get(id).is_some())
}

/// Returns the name that the alerts of an incident of any centre have in common.
fn of_incident(id: &str) -> String {
    format!("incident:{id}")
}

/// Returns whether a subject key means the same object at every node.
fn is_global(key: &str) -> bool {
    (key.starts_with("mmsi:") || key.starts_with("icao:")) && !key.contains('@')
}

/// Returns the identities of a party, the one that a dark craft had on AIS before among them. The second track of an MMSI
/// is another craft than the first: the number does not name it.
fn identities(subject: &Subject) -> impl Iterator<Item = String> + '_ {
    let second = subject.track.starts_with("mmsi:") && subject.track.contains('@');
    let mmsi = subject.mmsi.filter(|_| !second).map(|mmsi| format!("mmsi:{mmsi}"));
    let before = subject.formerly.iter().map(|was| format!("mmsi:{}", was.mmsi));
    let imo = subject.imo.map(|imo| format!("imo:{imo}"));
    let icao = subject.icao.as_ref().map(|icao| format!("icao:{icao}"));
    mmsi.into_iter().chain(before).chain(imo).chain(icao)
}

/// An alert that was told, with its incident.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Member {
    incident: u64,
    parties: Vec<Names>,
    onset: Time,
    until: Option<Time>,
    /// Event time of its newest event.
    last: Time,
}

impl Member {
    /// Returns whether two alerts overlap, or lie within the time of one incident.
    fn is_near(&self, other: &Member) -> bool {
        let follows =
            |late: &Member, early: &Member| early.until.is_none_or(|until| late.onset - until <= WITHIN);
        follows(self, other) && follows(other, self)
    }

    fn add(&mut self, parties: Vec<Names>) {
        for (at, names) in parties.into_iter().enumerate() {
            if at == self.parties.len() {
                self.parties.push(Names::new());
            }
            let known = &mut self.parties[at];
            for name in names {
                if !known.contains(&name) {
                    known.push(name);
                }
            }
        }
    }
}

/// An incident: its id, and what events are still to tell of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Incident {
    id: String,
    /// Whether it has ever had more than one alert.
    is_shared: bool,
    /// Ids of the incidents that became part of it, which no event has told yet.
    joins: Vec<String>,
}

/// What an event says of its incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Id of the incident; `None` while the alert stands alone.
    pub incident: Option<String>,
    /// Ids of other incidents that have become part of it.
    pub joins: Vec<String>,
    /// Keys of the alerts of those incidents.
    pub moved: Vec<String>,
}

/// All incidents of the last day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Incidents {
    /// Alerts by their keys.
    members: BTreeMap<String, Member>,
    /// Incidents in the order in which they were first told.
    incidents: BTreeMap<u64, Incident>,
    count: u64,
    newest: Time,
    pruned_to: usize,
    /// Keys of the alerts that have a party of a name.
    #[serde(skip)]
    by_name: BTreeMap<String, BTreeSet<String>>,
}

impl Incidents {
    /// Returns the incidents of open alerts that say which incident they belong to, as earlier builds saved them.
    pub(super) fn of_alerts<'a>(alerts: impl Iterator<Item = &'a Open>) -> Incidents {
        let mut incidents = Incidents::default();
        for open in alerts.filter(|open| open.seq > 0) {
            let mut parties: Vec<Names> = open.keys.iter().map(|key| vec![key.clone()]).collect();
            parties.push(open.incident.iter().chain([&open.id]).map(|id| of_incident(id)).collect());
            let (id, onset, time) = (open.id.as_str(), open.onset, open.last_event);
            incidents.note(Told { key: id, id, parties, onset, until: None, time });
            let at = incidents.members.get(id).map_or(NONE, |member| member.incident);
            if let (Some(of), Some(incident)) = (&open.incident, incidents.incidents.get_mut(&at)) {
                (incident.id, incident.is_shared) = (of.clone(), true);
            }
        }
        incidents
    }

    /// Notes an event of an alert, and returns the alert's incident.
    pub fn note(&mut self, told: Told<'_>) -> Noted {
        self.newest = self.newest.max(told.time);
        if !self.members.contains_key(told.key) {
            self.prune();
            let member = Member {
                incident: NONE,
                parties: Vec::new(),
                onset: told.onset,
                until: None,
                last: told.time,
            };
            self.members.insert(told.key.to_owned(), member);
        }
        let Some(member) = self.members.get_mut(told.key) else { return Noted::default() };
        member.add(told.parties);
        // An event that was lost under way may come after a later one.
        if told.time >= member.last {
            (member.until, member.last) = (told.until, told.time);
        }
        self.index(told.key);
        let (at, moved) = self.join(told.key, told.id);
        let Some(incident) = self.incidents.get_mut(&at) else { return Noted::default() };
        let joins = std::mem::take(&mut incident.joins);
        Noted { incident: incident.is_shared.then(|| incident.id.clone()), joins, moved }
    }

    /// Notes that two tracks are one object: the incidents of both become one. Returns the keys of the alerts whose incident is
    /// another one now.
    pub fn unite(&mut self, gone: &str, into: &str) -> Vec<String> {
        let mut moved = Vec::new();
        for key in self.by_name.get(gone).cloned().unwrap_or_default() {
            if let Some(member) = self.members.get_mut(&key) {
                for names in member.parties.iter_mut().filter(|names| names.iter().any(|name| name == gone)) {
                    names.push(into.to_owned());
                }
                self.index(&key);
                moved.extend(self.join(&key, &key).1);
            }
        }
        moved
    }

    /// Notes that an own alert was forgotten without an event about its end.
    pub fn forget(&mut self, key: &str) {
        if let Some(member) = self.members.get_mut(key) {
            member.until = Some(member.last);
        }
    }

    /// Builds the index that is not saved.
    pub fn restore(&mut self) {
        let keys: Vec<String> = self.members.keys().cloned().collect();
        keys.iter().for_each(|key| self.index(key));
    }

    fn index(&mut self, key: &str) {
        for name in self.members.get(key).iter().flat_map(|member| member.parties.iter().flatten()) {
            self.by_name.entry(name.clone()).or_default().insert(key.to_owned());
        }
    }

    /// Makes one incident of those that an alert belongs to. Returns that one, and the keys of the alerts that moved to it.
    fn join(&mut self, key: &str, id: &str) -> (u64, Vec<String>) {
        let mut near = self.incidents_near(key);
        let Some(into) = near.pop_first() else {
            self.count += 1;
            let alone = Incident { id: id.to_owned(), is_shared: false, joins: Vec::new() };
            self.incidents.insert(self.count, alone);
            self.put(key, self.count);
            return (self.count, Vec::new());
        };
        let absorbed: Vec<Incident> = near.iter().filter_map(|at| self.incidents.remove(at)).collect();
        let moved = self.move_all(&near, into);
        let others = self.members.iter().any(|(other, member)| other != key && member.incident == into);
        self.put(key, into);
        if let Some(incident) = self.incidents.get_mut(&into) {
            incident.is_shared |= others;
            for gone in absorbed {
                incident.joins.push(gone.id);
                incident.joins.extend(gone.joins);
            }
        }
        (into, moved)
    }

    fn put(&mut self, key: &str, into: u64) {
        if let Some(member) = self.members.get_mut(key) {
            member.incident = into;
        }
    }

    /// Moves the alerts of some incidents to another one, and returns their keys.
    fn move_all(&mut self, from: &BTreeSet<u64>, into: u64) -> Vec<String> {
        let mut moved = Vec::new();
        if from.is_empty() {
            return moved;
        }
        for (key, member) in self.members.iter_mut().filter(|(_, member)| from.contains(&member.incident)) {
            member.incident = into;
            moved.push(key.clone());
        }
        moved
    }

    /// Returns the incidents of an alert, and of those near it that have a party in common with it.
    fn incidents_near(&self, key: &str) -> BTreeSet<u64> {
        let Some(member) = self.members.get(key) else { return BTreeSet::new() };
        let mut near = BTreeSet::new();
        for (names, name) in
            member.parties.iter().flat_map(|names| names.iter().map(move |name| (names, name)))
        {
            if is_claim(name) && self.is_claimed_twice(name, member) {
                continue;
            }
            for other in self.by_name.get(name).into_iter().flatten().filter_map(|at| self.members.get(at)) {
                if other.is_near(member) && other.parties.iter().any(|theirs| are_one(name, names, theirs)) {
                    near.insert(other.incident);
                }
            }
        }
        near.insert(member.incident);
        near.remove(&NONE);
        near
    }

    /// Returns whether parties of different MMSIs have a number, in alerts near a member: then the number names none of them.
    fn is_claimed_twice(&self, number: &str, member: &Member) -> bool {
        let alerts = self.by_name.get(number).into_iter().flatten().filter_map(|at| self.members.get(at));
        let near = alerts.filter(|other| other.is_near(member)).chain([member]);
        let parties = near.flat_map(|other| &other.parties).filter(|names| names.iter().any(|n| n == number));
        let mut first: Option<&Names> = None;
        parties.filter(|names| has_mmsi(names)).any(|names| {
            let known = first.get_or_insert(names);
            !names.iter().any(|name| name.starts_with(MMSI) && known.contains(name))
        })
    }

    /// Removes alerts whose time is over, and incidents without alerts.
    fn prune(&mut self) {
        if self.members.len() < PRUNED_ABOVE.max(2 * self.pruned_to).min(MOST) {
            return;
        }
        let newest = self.newest;
        self.members.retain(|_, member| match member.until {
            Some(until) => newest - until.max(member.last) <= KEPT,
            None => newest - member.last <= KEPT_OPEN,
        });
        if self.members.len() >= MOST {
            let mut last: Vec<Time> = self.members.values().map(|member| member.last).collect();
            last.sort_unstable();
            let limit = last[MOST / 2];
            self.members.retain(|_, member| member.last > limit);
        }
        let alive: BTreeSet<u64> = self.members.values().map(|member| member.incident).collect();
        self.incidents.retain(|at, _| alive.contains(at));
        self.pruned_to = self.members.len();
        self.by_name.clear();
        self.restore();
    }
}

/// Number of an incident that an alert does not have yet.
const NONE: u64 = 0;

/// Start of a name that is an MMSI.
const MMSI: &str = "mmsi:";

fn has_mmsi(names: &[String]) -> bool {
    names.iter().any(|name| name.starts_with(MMSI))
}

/// Whether a name is a number that several vessels may claim.
fn is_claim(name: &str) -> bool {
    name.starts_with("imo:") || name.starts_with("icao:")
}

/// Returns whether two parties that have a name in common are one object: not where they are of two MMSIs, and the name is a claim.
fn are_one(name: &str, one: &[String], other: &[String]) -> bool {
    other.iter().any(|theirs| theirs == name) && !(is_claim(name) && has_mmsi(one) && has_mmsi(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes an alert of some parties, each by its names, from one minute to another.
    fn note(incidents: &mut Incidents, id: &str, parties: &str, from: i64, until: Option<i64>) -> Noted {
        let mut parties: Vec<Names> =
            parties.split(' ').map(|party| party.split('=').map(str::to_owned).collect()).collect();
        parties.push(vec![of_incident(id)]);
        let at = |minute: i64| Time::from_secs(1_767_240_000 + 60 * minute);
        let (onset, until, time) = (at(from), until.map(at), at(until.unwrap_or(from)));
        incidents.note(Told { key: id, id, parties, onset, until, time })
    }

    fn is(noted: &Noted, incident: Option<&str>, joins: &[&str]) -> bool {
        noted.incident.as_deref() == incident && noted.joins == joins
    }

    #[test]
    fn alerts_about_one_object_are_one_incident_for_two_hours() {
        let mut incidents = Incidents::default();
        assert!(is(&note(&mut incidents, "a", "mmsi:1", 0, None), None, &[]), "alone");
        assert!(is(&note(&mut incidents, "b", "mmsi:2", 1, None), None, &[]), "another object");
        assert!(is(&note(&mut incidents, "c", "radar:r:7=mmsi:1", 5, Some(9)), Some("a"), &[]));
        assert!(is(&note(&mut incidents, "a", "mmsi:1", 0, Some(10)), Some("a"), &[]), "its first alert");
        assert!(is(&note(&mut incidents, "d", "mmsi:1", 130, Some(140)), Some("a"), &[]), "within two hours");
        assert!(is(&note(&mut incidents, "e", "mmsi:1", 261, None), None, &[]), "later");
    }

    #[test]
    fn a_late_member_joins_and_the_id_stays() {
        let mut incidents = Incidents::default();
        note(&mut incidents, "own", "mmsi:1", 300, None);
        assert!(is(&note(&mut incidents, "early", "mmsi:1", 60, Some(90)), None, &[]), "too early");
        assert!(
            is(&note(&mut incidents, "late", "mmsi:1", 200, Some(250)), Some("own"), &["early"]),
            "links both"
        );
        assert!(is(&note(&mut incidents, "early", "mmsi:1", 60, Some(90)), Some("own"), &[]));
    }

    #[test]
    fn an_alert_about_two_objects_makes_one_incident_of_theirs() {
        let mut incidents = Incidents::default();
        note(&mut incidents, "a", "mmsi:1", 0, None);
        note(&mut incidents, "b", "radar:r:7", 1, None);
        note(&mut incidents, "b2", "radar:r:7", 1, None);
        let met = note(&mut incidents, "c", "mmsi:1 radar:r:7", 5, None);
        assert!(is(&met, Some("a"), &["b"]), "{met:?}");
        assert_eq!(met.moved, ["b", "b2"]);
        assert!(is(&note(&mut incidents, "d", "radar:r:7", 9, None), Some("a"), &[]));
    }

    #[test]
    fn tracks_that_become_one_make_one_incident_which_the_next_event_tells() {
        let mut incidents = Incidents::default();
        note(&mut incidents, "a", "radar:lc:3", 0, None);
        note(&mut incidents, "b", "radar:own:7", 1, None);
        assert_eq!(incidents.unite("radar:own:9", "radar:lc:3"), Vec::<String>::new(), "no alert about it");
        assert_eq!(incidents.unite("radar:own:7", "radar:lc:3"), ["b"]);
        assert!(is(&note(&mut incidents, "b", "radar:own:7", 1, Some(4)), Some("a"), &["b"]), "told once");
        assert!(is(&note(&mut incidents, "a", "radar:lc:3", 0, Some(6)), Some("a"), &[]), "never split");
    }

    #[test]
    fn two_vessels_that_claim_one_imo_number_are_two_objects() {
        let mut incidents = Incidents::default();
        note(&mut incidents, "a", "mmsi:1=imo:9", 0, None);
        assert!(is(&note(&mut incidents, "b", "mmsi:2=imo:9", 1, None), None, &[]));
        assert!(is(&note(&mut incidents, "c", "imo:9", 2, None), None, &[]), "the IMO number names neither");
    }

    #[test]
    fn an_imo_number_alone_names_the_one_vessel_that_claims_it() {
        let mut incidents = Incidents::default();
        note(&mut incidents, "a", "imo:9", 0, None);
        assert!(is(&note(&mut incidents, "b", "mmsi:1=imo:9", 1, None), Some("a"), &[]));
        assert!(is(&note(&mut incidents, "c", "mmsi:2=imo:9", 2, None), None, &[]), "another vessel");
        assert!(is(&note(&mut incidents, "d", "mmsi:2", 3, None), Some("c"), &[]));
        assert!(is(&note(&mut incidents, "e", "mmsi:1", 4, None), Some("a"), &[]), "never split");
    }

    #[test]
    fn memory_is_bounded_and_an_index_is_not_needed() {
        let mut incidents = Incidents::default();
        for n in 0..MOST + 10 {
            note(&mut incidents, &format!("{n}"), &format!("mmsi:{n}"), 0, None);
        }
        assert!(incidents.members.len() <= MOST && incidents.incidents.len() == incidents.members.len());
        for n in 0..1000 {
            note(
                &mut incidents,
                &format!("later {n}"),
                &format!("mmsi:{n}"),
                60 * 24 * 9 + n,
                Some(60 * 24 * 9 + n),
            );
        }
        assert!(incidents.members.len() < 2_000, "{}", incidents.members.len());
        let saved = postcard::to_allocvec(&incidents).expect("is written");
        let mut again: Incidents = postcard::from_bytes(&saved).expect("is read");
        again.restore();
        let next = |incidents: &mut Incidents| note(incidents, "new", "mmsi:999", 60 * 24 * 9 + 1000, None);
        assert_eq!(next(&mut again), next(&mut incidents));
    }
}
