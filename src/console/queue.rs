//! The alert queue with officers' actions, folded from the journal's entries in their order: the same after a restart as before,
//! and the same on every console.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::value::RawValue;

use super::api::{AlertRow, LogKind, LogLine, Marked, Silence};
use super::deeds::{carry_out, signed};
use super::marks::{ListOfCentre, Marks};
use super::region::{HandOver, Lead, Region};
use crate::model::{
    Action, ActionKind, AlertMessage, Attention, Deed, Phase, Severity, Span, Subject, Time, key_of,
};
use crate::sharing::policy::ByHand;

/// Rows beyond which the oldest go. A row that is open and not acknowledged stays.
const ROWS: usize = 2_000;
/// Most lines of the watch log.
const LINES: usize = 5_000;
/// Largest short number; after it numbers begin again at 1.
const NUMBERS: u32 = 999;
/// Added to a number that an open alert has already.
const NEXT_NUMBER: u32 = 1_000;

/// Change that an entry made.
#[derive(Debug)]
pub enum Changed {
    /// Nothing that is shown changed.
    Nothing,
    /// A row changed.
    Row(Box<AlertRow>),
    /// Rows of an incident changed.
    Rows(Vec<AlertRow>),
    /// The marks changed.
    Marks(Vec<Marked>),
    /// The silences changed.
    Silences(Vec<Silence>),
}

impl Changed {
    /// Returns the change of some rows.
    fn of(mut rows: Vec<AlertRow>) -> Changed {
        match rows.len() {
            1 => rows.pop().map_or(Changed::Nothing, |row| Changed::Row(Box::new(row))),
            0 => Changed::Nothing,
            _ => Changed::Rows(rows),
        }
    }
}

/// The queue, the marks on the picture, and the watch log.
#[derive(Debug, Default)]
pub struct Queue {
    rows: BTreeMap<u64, AlertRow>,
    /// Places in `rows` by alert.
    places: FxHashMap<String, u64>,
    /// Number of alerts since the journal's beginning: the newest alert's place.
    count: u64,
    marks: Marks,
    /// Silences by subject.
    silences: BTreeMap<String, Silence>,
    log: VecDeque<LogLine>,
    region: Arc<Region>,
    /// What officers decided about the lead of each incident.
    hand_overs: BTreeMap<String, HandOver>,
    /// Newest word of an officer about an alert and a centre.
    by_hand: BTreeMap<(String, String), ByHand>,
}

impl Queue {
    /// Makes a queue before which the journal has a number of alerts.
    pub fn after(count: u64, region: Arc<Region>) -> Queue {
        Queue { count, region, ..Queue::default() }
    }

    /// Returns the centres that share with this node.
    pub fn region(&self) -> &Arc<Region> {
        &self.region
    }

    /// Applies an event of an own alert, or of another centre's.
    pub fn put(&mut self, from: Option<&str>, body: &str, at: Time, place: Option<u64>) -> Changed {
        match from {
            Some(from) => self.shared(from, body, at, place),
            None => self.alert(body, at, place),
        }
    }

    /// Applies an event of another centre's alert, as it is in the journal.
    pub fn shared(&mut self, from: &str, body: &str, at: Time, place: Option<u64>) -> Changed {
        let Ok(mut message) = AlertMessage::read(body) else { return Changed::Nothing };
        let key = key_of(from, &message.event.id);
        message.event.to_mut().id = key;
        self.event(Some(from), &message.render(), at, place)
    }

    /// Applies an alert's event as published, which arrived at `at`. `place` counts alerts from 1, and is known where an old event
    /// is read again.
    pub fn alert(&mut self, body: &str, at: Time, place: Option<u64>) -> Changed {
        self.event(None, body, at, place)
    }

    fn event(&mut self, from: Option<&str>, body: &str, at: Time, place: Option<u64>) -> Changed {
        let (Ok(message), Ok(alert)) = (AlertMessage::read(body), RawValue::from_string(body.to_owned()))
        else {
            return Changed::Nothing;
        };
        let event = message.event.into_owned();
        if event.id.is_empty() {
            return Changed::Nothing;
        }
        let id = event.id.clone();
        let place = self.places.get(&id).copied().or(place).unwrap_or(self.count + 1);
        self.count = self.count.max(place);
        self.places.insert(id.clone(), place);
        let (severity, ended) = (event.severity, event.phase == Phase::Ended);
        let area = self.region.centre_in(event.zones.iter().map(|zone| zone.id.as_str())).map(str::to_owned);
        let bare =
            from.map_or(id.as_str(), |from| id.strip_prefix(from).map_or(&*id, |id| &id[1..])).to_owned();
        let quiet = event.attention == Attention::Quiet;
        let row = self.rows.entry(place).or_insert_with(|| AlertRow {
            number: spoken(place),
            alert: alert.clone(),
            raised: at.0,
            acknowledged: None,
            assigned: None,
            muted: None,
            closed: None,
            comments: Vec::new(),
            escalated: false,
            held: false,
            incident: String::new(),
            from: from.map(str::to_owned),
            lead: None,
            offer: None,
            area: None,
            centres: Vec::new(),
            begins: (event.onset.0, bare.clone()),
            first_area: area.clone(),
            id: id.clone(),
            severity,
            quiet,
            ended,
            seq: 0,
            first: body.into(),
        });
        if event.seq <= row.seq {
            return Changed::Nothing;
        }
        (row.alert, row.severity, row.ended, row.seq) = (alert, severity, ended, event.seq);
        row.quiet = quiet;
        if ended {
            row.escalated = false;
        }
        row.area = area;
        let incident = event.incident.unwrap_or(bare);
        let moved = row.incident != incident && !row.incident.is_empty();
        row.incident.clone_from(&incident);
        let number = self.give_number(&id);
        let of = from.map_or(String::new(), |from| format!(" from {from}"));
        let text = format!("alert {number}{of} {} {}: {}", event.phase.word(), event.pattern, event.summary);
        self.note(LogLine {
            time: at.0,
            what: LogKind::Alert,
            by: None,
            alert: Some(id.clone()),
            number: Some(number),
            text,
        });
        self.make_room();
        for gone in &event.joins {
            self.rows
                .values_mut()
                .filter(|row| row.incident == *gone)
                .for_each(|row| row.incident.clone_from(&incident));
            if let Some(other) = self.hand_overs.remove(gone) {
                self.hand_overs.entry(incident.clone()).or_default().absorb(other);
            }
        }
        let mut rows = self.refresh(&incident);
        if !moved && event.joins.is_empty() {
            rows.retain(|row| row.id == id);
        }
        match rows.len() {
            0 => self.row(&id).map_or(Changed::Nothing, |row| Changed::Row(Box::new(row.clone()))),
            _ => Changed::of(rows),
        }
    }

    /// Works out the lead of an incident anew, and returns its rows.
    fn refresh(&mut self, incident: &str) -> Vec<AlertRow> {
        let of_incident = |row: &&AlertRow| row.incident == incident;
        let first = self.rows.values().filter(of_incident).min_by_key(|row| &row.begins);
        let by_area = first
            .map(|row| row.first_area.as_ref().or(row.from.as_ref()).unwrap_or(&self.region.own).clone());
        let decided = self.hand_overs.get(incident);
        let lead = decided.and_then(|decided| decided.lead.clone());
        let lead = lead.or(by_area.map(|centre| Lead { centre, since: None, by: None }));
        let offer = decided.and_then(|decided| decided.offer.clone());
        let mut rows = Vec::new();
        for row in self.rows.values_mut().filter(|row| row.incident == incident) {
            if self.region.is_shared() {
                (row.lead, row.offer) = (lead.clone(), offer.clone());
            }
            rows.push(row.clone());
        }
        rows
    }

    /// Applies what an officer of a centre decided about the lead of an alert's incident.
    fn hand_over(&mut self, alert: &str, deed: &Deed, action: &Action) -> Option<(Changed, u32, String)> {
        let row = self.row(alert)?;
        let (incident, number) = (row.incident.clone(), row.number);
        let centre = action.centre.as_deref().unwrap_or(&self.region.own);
        let within = self.region.hand_over;
        let text = self.hand_overs.entry(incident.clone()).or_default().act(
            deed,
            centre,
            &action.by,
            action.time,
            within,
        )?;
        Some((Changed::of(self.refresh(&incident)), number, format!("{text}, alert {number}")))
    }

    /// Ends the offers that nobody answered in time, and returns the rows that changed.
    fn expire(&mut self, now: Time) -> Vec<AlertRow> {
        let over = self
            .hand_overs
            .iter_mut()
            .filter_map(|(incident, hand_over)| Some((incident.clone(), hand_over.expire(now)?)));
        let over: Vec<(String, (String, i64))> = over.collect();
        let mut told = Vec::new();
        for (incident, (text, time)) in over {
            let rows = self.refresh(&incident);
            let row = rows.first().map(|row| (row.id.clone(), row.number));
            let (alert, number) = row.unzip();
            self.note(LogLine { time, what: LogKind::Alert, by: None, alert, number, text });
            told.extend(rows);
        }
        told
    }

    /// Applies an officer's action.
    pub fn action(&mut self, action: &Action) -> Changed {
        let (by, time) = (signed(action), action.time.0);
        let (changed, alert, text) = match &action.kind {
            ActionKind::Alert { alert, deed } if self.is_of_lead(deed) => {
                let Some((changed, number, text)) = self.hand_over(alert, deed, action) else {
                    return Changed::Nothing;
                };
                (changed, Some((alert.clone(), number)), text)
            }
            ActionKind::Alert { alert, deed } => {
                let Some(row) = self.row_of(alert) else { return Changed::Nothing };
                let Some(text) = carry_out(row, deed, action) else { return Changed::Nothing };
                let number = self.give_number(alert);
                let changed =
                    self.row(alert).map_or(Changed::Nothing, |row| Changed::Row(Box::new(row.clone())));
                if let Some((centre, word)) = ByHand::of(deed, &by).filter(|_| action.centre.is_none()) {
                    self.by_hand.insert((alert.clone(), centre.to_owned()), word);
                }
                (changed, Some((alert.clone(), number)), text)
            }
            // A centre silences for itself alone.
            ActionKind::Silence { .. } if action.centre.is_some() => return Changed::Nothing,
            ActionKind::Silence { subject, lasting } => {
                let text = self.silence(subject, *lasting, &by, time);
                (Changed::Silences(self.silences(action.time)), None, text)
            }
            ActionKind::Mark(_) | ActionKind::Unmark { .. } | ActionKind::Listed(_) => {
                let Some(text) = self.marks.act(action) else { return Changed::Nothing };
                (Changed::Marks(self.marks()), None, text)
            }
            ActionKind::Log { text } => (Changed::Nothing, None, text.clone()),
        };
        let (alert, number) = alert.unzip();
        self.note(LogLine { time, what: LogKind::Action, by: Some(by), alert, number, text });
        changed
    }

    /// Begins or ends the silence about a subject, and returns the log's text.
    fn silence(&mut self, subject: &str, lasting: Span, by: &str, time: i64) -> String {
        let named = self.name_of(subject);
        self.silences.retain(|_, silence| silence.until >= time);
        if lasting.0 == 0 {
            self.silences.remove(subject);
            return format!("ended the silence about {named}");
        }
        let text = format!("silenced {named} for {}", lasting.words());
        let (until, by) = (time + lasting.0, by.to_owned());
        let silence = Silence { subject: subject.to_owned(), name: named, since: time, until, by };
        self.silences.insert(subject.to_owned(), silence);
        text
    }

    /// Returns the name for officers of a subject: that of its newest alert, else its key.
    fn name_of(&self, key: &str) -> String {
        let rows = self.rows.values().rev().filter(|row| row.alert.get().contains(key));
        let subjects = rows.filter_map(|row| AlertMessage::read(row.alert.get()).ok());
        let mut all = subjects.flat_map(|message| message.event.into_owned().subjects);
        all.find(|subject| subject.track == key).map_or_else(|| key.to_owned(), |subject| called(&subject))
    }

    /// Notes that rules, zones or lists changed.
    pub fn change(&mut self, at: Time) {
        let text = "other rules, zones or lists are in force".to_owned();
        self.note(LogLine { time: at.0, what: LogKind::Change, by: None, alert: None, number: None, text });
    }

    /// Returns whether a deed is about the lead of an incident. Who assigns an alert to a centre offers the lead.
    fn is_of_lead(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Assign { to, .. } => self.region.centres.get(to).is_some(),
            _ => deed.is_of_lead(),
        }
    }

    /// Escalates the rows that nobody of this centre acknowledged within their severity's time, each once, and ends the offers that
    /// nobody answered. Returns the rows that changed.
    pub fn escalate(&mut self, now: Time) -> Vec<AlertRow> {
        let mut told = Vec::new();
        for row in self.rows.values_mut() {
            let waits = row.acknowledged.is_none()
                && row.closed.is_none()
                && !row.ended
                && !row.escalated
                && !row.quiet;
            let limit = patience(row.severity);
            if waits && limit.is_some_and(|limit| now.0 - row.raised >= limit.0) {
                row.escalated = true;
                told.push(row.clone());
            }
        }
        for row in &told {
            let text = format!("alert {} escalated: nobody has acknowledged it", row.number);
            let (alert, number) = (Some(row.id.clone()), Some(row.number));
            self.note(LogLine { time: now.0, what: LogKind::Alert, by: None, alert, number, text });
        }
        told.extend(self.expire(now));
        told
    }

    /// Returns an alert's row.
    pub fn row(&self, alert: &str) -> Option<&AlertRow> {
        self.rows.get(self.places.get(alert)?)
    }

    /// Returns the newest word of an officer about an alert and a centre.
    pub fn by_hand(&self, alert: &str, centre: &str) -> Option<&ByHand> {
        self.by_hand.get(&(alert.to_owned(), centre.to_owned()))
    }

    /// Returns every row, oldest first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &AlertRow> {
        self.rows.values()
    }

    /// Returns every mark: the own ones first, then those of each centre, and the vessels of its lists.
    pub fn marks(&self) -> Vec<Marked> {
        self.marks.all()
    }

    /// Returns the centre that put a mark on the picture which this node's officers cannot take away.
    pub fn marked_by(&self, mark: &str) -> Option<&str> {
        self.marks.of_another(mark)
    }

    /// Returns the lists that other centres shared.
    pub fn shared_lists(&self) -> Vec<ListOfCentre> {
        self.marks.lists()
    }

    /// Returns the silences that last at a time.
    pub fn silences(&self, now: Time) -> Vec<Silence> {
        self.silences.values().filter(|silence| silence.until >= now.0).cloned().collect()
    }

    /// Returns lines of the watch log since a time, newest first.
    pub fn log(&self, since: Time) -> impl Iterator<Item = &LogLine> {
        self.log.iter().rev().filter(move |line| line.time >= since.0)
    }

    fn row_of(&mut self, alert: &str) -> Option<&mut AlertRow> {
        self.rows.get_mut(self.places.get(alert)?)
    }

    fn note(&mut self, line: LogLine) {
        if self.log.len() == LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    /// Gives an alert another number if an open one has its number already, and returns the number.
    fn give_number(&mut self, alert: &str) -> u32 {
        let Some(row) = self.row(alert) else { return 0 };
        let is_taken = |number: u32| {
            let has_it = |other: &&AlertRow| other.number == number && !is_over(other) && other.id != alert;
            !is_over(row) && self.rows.values().any(|other| has_it(&other))
        };
        let number = (0..).map(|n| row.number + n * NEXT_NUMBER).find(|number| !is_taken(*number));
        let number = number.unwrap_or(row.number);
        if let Some(row) = self.row_of(alert) {
            row.number = number;
        }
        number
    }

    /// Removes the oldest rows beyond the bound: those that are over first, then those that somebody acknowledged.
    fn make_room(&mut self) {
        let is_done = |row: &AlertRow| row.closed.is_some() || row.ended && row.acknowledged.is_some();
        let is_seen = |row: &AlertRow| row.acknowledged.is_some();
        while self.rows.len() > ROWS {
            let oldest = |may_go: fn(&AlertRow) -> bool| {
                self.rows.iter().find(|(_, row)| may_go(row)).map(|(place, _)| *place)
            };
            let place = oldest(is_done).or_else(|| oldest(is_over)).or_else(|| oldest(is_seen));
            let Some(row) = place.and_then(|place| self.rows.remove(&place)) else { return };
            self.places.remove(&row.id);
            if !self.rows.values().any(|other| other.incident == row.incident) {
                self.hand_overs.remove(&row.incident);
            }
            self.by_hand.retain(|(alert, _), _| *alert != row.id);
        }
    }
}

/// Returns the name for officers of a subject.
fn called(subject: &Subject) -> String {
    let own = subject.name.as_ref().or(subject.call_sign.as_ref());
    match (own, subject.mmsi, subject.icao.as_ref().or(subject.number.as_ref())) {
        (Some(name), Some(mmsi), _) => format!("{name} (MMSI {mmsi})"),
        (None, Some(mmsi), _) => format!("MMSI {mmsi}"),
        (Some(name), None, _) | (None, None, Some(name)) => name.clone(),
        (None, None, None) => subject.track.clone(),
    }
}

/// Returns whether an alert has ended, or an officer has closed it.
fn is_over(row: &AlertRow) -> bool {
    row.ended || row.closed.is_some()
}

/// Returns the short number of the alert in a place, which counts from 1.
pub fn spoken(place: u64) -> u32 {
    (place.saturating_sub(1) % u64::from(NUMBERS)) as u32 + 1
}

/// Returns the time in which an alert must be acknowledged.
fn patience(severity: Severity) -> Option<Span> {
    match severity {
        Severity::Extreme => Some(Span::from_secs(60)),
        Severity::Severe => Some(Span::from_secs(180)),
        Severity::Moderate => Some(Span::from_secs(900)),
        Severity::Minor => None,
    }
}

#[cfg(test)]
mod tests;
