//! One flood: what is known of it, and the events that tell it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fields::zone_refs;
use super::{Finding, Label, NAMESPACE, place};
use crate::geodesy::{self, NM_M};
use crate::model::{
    AlertEvent, Attention, Certainty, Decimals, Domain, EndReason, Evidence, FeedId, FloodCount, Phase,
    Position, Span, Subject, Time, ZoneId,
};
use crate::picture::{Kind, Picture};

/// Time after which a flood is over that nothing new belongs to.
pub(super) const OVER_AFTER: Span = Span::from_secs(1800);

/// A flood that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Flood {
    pub id: String,
    /// Subject key of the feed.
    pub key: String,
    pub seq: u32,
    pub onset: Time,
    pub first: Position,
    pub zones: Vec<ZoneId>,
    pub domain_is_air: bool,
    pub reach_m: f64,
    pub held: u32,
    pub apart: u32,
    /// Time of the newest alert that was counted.
    pub newest: Time,
    /// Time at which an alert was last held back, again or for the first time.
    pub active: Time,
    /// Alerts held back as last told.
    pub told: u32,
    pub told_at: Time,
}

impl Flood {
    /// Makes the flood that begins with a finding, by the new alerts before it.
    pub fn begin(
        picture: &Picture,
        rule: &str,
        feed: FeedId,
        f: &Finding<'_>,
        new: &VecDeque<(Time, Position)>,
    ) -> Flood {
        let onset = new.front().map_or(f.time, |&(time, _)| time.min(f.time));
        let key = format!("feed:{}", picture.feed(feed).map_or("", |feed| &feed.name));
        let text = format!("{rule}|{key}||{}", onset.rfc3339_millis());
        let track = picture.track(f.subjects[0]);
        let mut flood = Flood {
            id: Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string(),
            key,
            seq: 0,
            onset,
            first: f.position,
            zones: picture.zones.of_set(track.zones).to_vec(),
            domain_is_air: track.kind == Kind::Aircraft,
            reach_m: 0.0,
            held: 0,
            // The newest one is the finding's own.
            apart: new.len().saturating_sub(1) as u32,
            newest: f.time,
            active: f.time,
            told: 0,
            told_at: f.time,
        };
        new.iter().for_each(|&(time, position)| flood.reach(time, position));
        flood
    }

    /// Widens the flood to an alert that belongs to it.
    pub fn reach(&mut self, time: Time, position: Position) {
        self.newest = self.newest.max(time);
        self.reach_m = self.reach_m.max(geodesy::distance_m(self.first, position));
    }

    pub fn event(
        &self,
        picture: &Picture,
        label: &Label,
        feed: FeedId,
        end: Option<EndReason>,
    ) -> AlertEvent {
        let lasted = self.newest - self.onset;
        let count = FloodCount {
            alerts: self.held.saturating_add(self.apart),
            apart: self.apart,
            radius_nm: Decimals(self.reach_m / NM_M),
            duration_s: Decimals(lasted.secs()),
        };
        let place = place::place_of(&picture.zones, self.first);
        let summary = self.sentence(label, &count, &place::in_words(&place, self.first), end);
        let name = picture.feed(feed).map_or(String::new(), |feed| feed.name.clone());
        AlertEvent {
            id: self.id.clone(),
            seq: self.seq,
            pattern: label.pattern.into(),
            rule: label.rule.clone(),
            rules_hash: label.hash.clone(),
            rules_version: String::new(),
            phase: match (self.seq, end) {
                (_, Some(_)) => Phase::Ended,
                (1, None) => Phase::Raised,
                _ => Phase::Updated,
            },
            end_reason: end,
            severity: label.severity,
            certainty: Certainty::Possible,
            attention: Attention::Interrupt,
            usual: None,
            onset: self.onset,
            time: self.told_at,
            ended: end.map(|_| self.active),
            subjects: vec![self.subject()],
            position: self.first,
            zones: zone_refs(picture, &self.zones),
            place,
            not_judged: Vec::new(),
            incident: None,
            joins: Vec::new(),
            flood: Some(count),
            measured: Vec::new(),
            limits: label.limits.clone(),
            summary,
            evidence: Evidence {
                reports: self.held.saturating_add(self.apart),
                first: self.onset,
                last: self.active,
                feeds: vec![name],
                trail: Vec::new(),
            },
        }
    }

    fn sentence(&self, label: &Label, count: &FloodCount, place: &str, end: Option<EndReason>) -> String {
        let what = if label.pattern == "distress" { "distress devices" } else { "such alerts" };
        let (all, held) = (count.alerts, self.held);
        let radius = libm::ceil(count.radius_nm.0).max(1.0);
        let lasted = (self.newest - self.onset).words();
        let over = match end {
            Some(EndReason::RuleChanged) => " The rule has changed.".to_owned(),
            Some(_) => format!(" No more for {}.", OVER_AFTER.words()),
            None => String::new(),
        };
        format!(
            "{all} {what} within {radius:.0} nm in {lasted}, {place}: interference or deception is likely. \
             Nothing but their own messages supports {held} of them, which have no alert of their own.{over}"
        )
    }

    /// Returns the feed as the party of the alert.
    fn subject(&self) -> Subject {
        Subject {
            track: self.key.clone(),
            domain: if self.domain_is_air { Domain::Air } else { Domain::Surface },
            mmsi: None,
            imo: None,
            name: None,
            call_sign: None,
            number: None,
            label: None,
            ship_type: None,
            length_m: None,
            flag: None,
            dark: false,
            formerly: Vec::new(),
            position: None,
            position_time: None,
            accuracy_m: None,
            source: "feed".into(),
            sog_kn: None,
            cog_deg: None,
            icao: None,
            squawk: None,
            altitude_ft: None,
        }
    }
}
