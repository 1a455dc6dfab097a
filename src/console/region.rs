//! Incidents between centres: the lead of each incident, offers to hand it over, and what each centre has done about an alert.

use serde::Serialize;
use utoipa::ToSchema;

use super::api::{AlertRow, Closed, Done};
use crate::config::Config;
use crate::model::{Centres, Deed, Owner, Span, Time};
use crate::wire::actions::Asked;

/// The centres that share with this node, as the queue needs them. Without centres, every alert is this node's own.
#[derive(Clone, Debug, Default)]
pub struct Region {
    /// Name of this node.
    pub own: String,
    /// Every centre, and the communities.
    pub centres: Centres,
    /// Time after which an offer that nobody answers is over.
    pub hand_over: Span,
}

impl Region {
    /// Returns the centres of a configuration.
    pub fn of(config: &Config) -> Region {
        Region {
            own: config.node.name.clone(),
            centres: config.centres.clone(),
            hand_over: Span::from_secs(60 * i64::from(config.sharing.hand_over_minutes)),
        }
    }

    /// Returns whether this node shares with other centres.
    pub fn is_shared(&self) -> bool {
        !self.centres.centres.is_empty()
    }

    /// Returns the first centre whose area holds one of some zones.
    pub fn centre_in<'a>(&self, zones: impl Iterator<Item = &'a str> + Clone) -> Option<&str> {
        let holds = |area: &[String]| zones.clone().any(|zone| area.iter().any(|own| own == zone));
        self.centres.centres.iter().find(|centre| holds(&centre.area)).map(|centre| centre.name.as_str())
    }

    /// Returns the centres as the page shows them.
    pub fn described(&self) -> Vec<CentreInfo> {
        let owner = |owner: &Owner| match owner {
            Owner::State(state) => (Some(state.clone()), None),
            Owner::Body(body) => (None, Some(body.clone())),
        };
        let described = self.centres.centres.iter().map(|centre| {
            let (state, body) = owner(&centre.owner);
            let (name, label) = (centre.name.clone(), centre.label.clone());
            let of = self.centres.communities.iter().filter(|community| community.members.contains(&name));
            let communities = of.map(|community| community.name.clone()).collect();
            CentreInfo { name, label, state, body, contacts: centre.contacts.clone(), communities }
        });
        described.collect()
    }

    /// Checks what an officer of this node asks about the lead of an incident.
    ///
    /// # Errors
    /// The reason why it cannot be done.
    pub fn check(&self, row: &AlertRow, asked: &Asked) -> Result<(), NoHandOver> {
        let leads = row.lead.as_ref().is_some_and(|lead| lead.centre == self.own);
        let lead = || row.lead.as_ref().map_or("nobody", |lead| lead.centre.as_str());
        match asked {
            Asked::Offer { to, .. } => self.check_offer(row, to, leads),
            Asked::Assign { to, .. } if self.centres.get(to).is_some() => self.check_offer(row, to, leads),
            Asked::Accept { .. } | Asked::Refuse { .. } => {
                let offered = row
                    .offer
                    .as_ref()
                    .filter(|offer| offer.to == self.own && offer.state == OfferState::Waiting);
                let offer = offered.ok_or_else(|| NoHandOver::NotOffered(lead().to_owned()))?;
                // The centre of an alert tells the answer to every centre that has it.
                let is_heard = row.from.is_some() || has_received(row, &offer.from);
                is_heard.then_some(()).ok_or_else(|| NoHandOver::OffererLacks(self.label(&offer.from)))
            }
            Asked::Take { .. } if leads => Err(NoHandOver::LeadsAlready),
            Asked::Take { .. } if !self.is_shared() => Err(NoHandOver::NotShared),
            _ => Ok(()),
        }
    }

    fn label(&self, centre: &str) -> String {
        self.centres.get(centre).map_or_else(|| centre.to_owned(), |centre| centre.label.clone())
    }

    fn check_offer(&self, row: &AlertRow, to: &str, leads: bool) -> Result<(), NoHandOver> {
        let has = row.from.as_deref() == Some(to) || has_received(row, to);
        match self.centres.get(to) {
            None => Err(NoHandOver::NoCentre(to.to_owned())),
            Some(_) if to == self.own => Err(NoHandOver::OwnCentre),
            Some(_) if !leads => Err(NoHandOver::LeadsNot),
            Some(centre) if !has => Err(NoHandOver::NotReceived(centre.label.clone())),
            Some(_) => Ok(()),
        }
    }
}

fn has_received(row: &AlertRow, centre: &str) -> bool {
    row.centres.iter().any(|state| state.centre == centre && state.received.is_some())
}

/// Why the lead of an incident cannot be handed over, in words for the officer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoHandOver {
    /// The lead is not offered to this centre.
    #[error("nobody offers the lead; {0} has it")]
    NotOffered(String),
    /// The centre that offers would not hear of the answer.
    #[error(
        "{0} offers the lead and does not have this alert; answer on an alert of the incident that it has"
    )]
    OffererLacks(String),
    /// This centre cannot take what it has.
    #[error("this centre has the lead already")]
    LeadsAlready,
    /// The node shares with nobody.
    #[error("no other centre has this alert")]
    NotShared,
    /// The name is that of no centre.
    #[error("\"{0}\" is no centre of [sharing] centres")]
    NoCentre(String),
    /// The lead is offered to the own centre.
    #[error("this is the own centre")]
    OwnCentre,
    /// This centre cannot offer what it does not have.
    #[error("another centre has the lead: only that centre can hand it over")]
    LeadsNot,
    /// The other centre would not know what it is about.
    #[error("{0} has not received this alert")]
    NotReceived(String),
}

/// A centre, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Centre)]
pub struct CentreInfo {
    /// Name of the centre's node.
    pub name: String,
    /// Name for officers.
    pub label: String,
    /// State of the centre, ISO 3166-1 alpha-3; null where a body of several States runs it.
    #[schema(required)]
    pub state: Option<String>,
    /// Body that runs the centre.
    #[schema(required)]
    pub body: Option<String>,
    /// Ways by which officers reach the centre: telephone, channel, mail.
    #[schema(required)]
    pub contacts: Option<String>,
    /// Names of the communities that the centre is in.
    pub communities: Vec<String>,
}

/// Receipt and actions of another centre on an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CentreState {
    /// Name of the centre.
    pub centre: String,
    /// Time of the newest receipt, milliseconds UTC.
    #[schema(required)]
    pub received: Option<i64>,
    /// First acknowledgement there.
    #[schema(required)]
    pub seen: Option<Done>,
    /// Officer who works on the alert there.
    #[schema(required)]
    pub taken: Option<Done>,
    /// Closing there.
    #[schema(required)]
    pub closed: Option<Closed>,
}

/// The centre that leads an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lead {
    /// Name of the centre.
    pub centre: String,
    /// Time since which it leads, milliseconds UTC; null where the area decides.
    #[schema(required)]
    pub since: Option<i64>,
    /// Officer who accepted or took the lead; null where the area decides.
    #[schema(required)]
    pub by: Option<String>,
}

/// State of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OfferState {
    /// The other centre has not answered yet.
    Waiting,
    /// The other centre refused.
    Refused,
    /// The other centre did not answer in time.
    TimedOut,
}

/// Offer of the lead of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Offer {
    /// Name of the centre that offers.
    pub from: String,
    /// Name of the centre that is to lead.
    pub to: String,
    /// Officer who offers.
    pub by: String,
    /// Remark of that officer.
    #[schema(required)]
    pub text: Option<String>,
    /// Time, milliseconds UTC.
    pub time: i64,
    /// Time until which the other centre can accept, milliseconds UTC.
    pub until: i64,
    /// State of the offer.
    pub state: OfferState,
    /// Reason of a refusal.
    #[schema(required)]
    pub answer: Option<String>,
}

/// Lead of an incident as officers decided it, and the newest offer.
#[derive(Clone, Debug, Default)]
pub(super) struct HandOver {
    pub lead: Option<Lead>,
    pub offer: Option<Offer>,
}

impl HandOver {
    /// Applies a deed of an officer of a centre. Returns the words for the log; `None` where nothing changes.
    pub fn act(&mut self, deed: &Deed, centre: &str, by: &str, at: Time, within: Span) -> Option<String> {
        let with = |text: &Option<String>| text.as_ref().map_or(String::new(), |text| format!(": {text}"));
        let lead = Lead { centre: centre.to_owned(), since: Some(at.0), by: Some(by.to_owned()) };
        let newer = self.lead.as_ref().is_none_or(|lead| lead.since.is_none_or(|since| since <= at.0));
        match deed {
            Deed::Offer { to, text } | Deed::Assign { to, text } => {
                self.offer = Some(Offer {
                    from: centre.to_owned(),
                    to: to.clone(),
                    by: by.to_owned(),
                    text: text.clone(),
                    time: at.0,
                    until: (at + within).0,
                    state: OfferState::Waiting,
                    answer: None,
                });
                Some(format!("offered the lead to {to}{}", with(text)))
            }
            Deed::Accept => {
                // An answer that was given in time counts, however late it arrives.
                let offer = self.offer.take_if(|offer| offer.to == centre && at.0 <= offer.until)?;
                self.lead = Some(lead);
                Some(format!("accepted the lead from {}", offer.from))
            }
            Deed::Refuse { text } => {
                let offer = self.offer.as_mut().filter(|offer| offer.to == centre)?;
                (offer.state, offer.answer) = (OfferState::Refused, text.clone());
                Some(format!("refused the lead{}", with(text)))
            }
            Deed::Take { text } if newer => {
                (self.lead, self.offer) = (Some(lead), None);
                Some(format!("took the lead{}", with(text)))
            }
            _ => None,
        }
    }

    /// Ends an offer that nobody answered in time. Returns the words for the log, and their time.
    pub fn expire(&mut self, now: Time) -> Option<(String, i64)> {
        let offer = self.offer.as_mut()?;
        if offer.state != OfferState::Waiting || now.0 <= offer.until {
            return None;
        }
        offer.state = OfferState::TimedOut;
        Some((
            format!("the offer to {} timed out: the lead stays with {}", offer.to, offer.from),
            offer.until,
        ))
    }

    /// Takes over what was decided for an incident that became part of this one.
    pub fn absorb(&mut self, other: HandOver) {
        let since = |lead: &Option<Lead>| lead.as_ref().and_then(|lead| lead.since);
        if since(&other.lead) > since(&self.lead) {
            self.lead = other.lead;
        }
        let time = |offer: &Option<Offer>| offer.as_ref().map(|offer| offer.time);
        if time(&other.offer) > time(&self.offer) {
            self.offer = other.offer;
        }
    }
}

/// Applies what an officer of another centre did about an alert. Nothing of it ends what this centre still has to do. Returns the
/// words for the log; `None` where nothing changes.
pub(super) fn note_centre(
    row: &mut AlertRow,
    deed: &Deed,
    centre: &str,
    by: &str,
    at: Time,
) -> Option<String> {
    let number = row.number;
    let place = match row.centres.iter().position(|state| state.centre == centre) {
        Some(place) => place,
        None => {
            row.centres.push(CentreState { centre: centre.to_owned(), ..CentreState::default() });
            row.centres.len() - 1
        }
    };
    let state = &mut row.centres[place];
    let done = || Done { by: by.to_owned(), time: at.0 };
    state.received.get_or_insert(at.0);
    match deed {
        Deed::Received { seq } => {
            state.received = state.received.max(Some(at.0));
            Some(format!("has received alert {number}, event {seq}"))
        }
        Deed::Acknowledge => {
            state.seen.get_or_insert_with(done);
            Some(format!("acknowledged alert {number}"))
        }
        Deed::Assign { to, .. } => {
            state.taken = Some(Done { by: to.clone(), time: at.0 });
            Some(format!("gave alert {number} to {to}"))
        }
        Deed::Close { outcome, text } => {
            state.closed =
                Some(Closed { outcome: *outcome, text: text.clone(), by: by.to_owned(), time: at.0 });
            Some(format!("closed alert {number} as {}", outcome.word()))
        }
        Deed::Reopen => {
            state.closed.take()?;
            Some(format!("reopened alert {number}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::queue::{Changed, Queue};
    use super::*;
    use crate::model::{
        Action, ActionKind, AlertEvent, AlertMessage, Centre, Community, EndReason, Outcome, Phase, Severity,
    };
    use crate::sinks::event_json::tests::WANT;

    const AT: Time = Time::from_secs(1_767_243_609);

    fn queue_of(own: &str) -> Queue {
        let centre = |name: &str, area: &str| Centre {
            name: name.to_owned(),
            label: name.to_uppercase(),
            owner: if area.is_empty() {
                Owner::Body("JRCC".to_owned())
            } else {
                Owner::State("BRB".to_owned())
            },
            area: vec![area.to_owned()],
            contacts: None,
            key: None,
        };
        let centres =
            vec![centre("bb-ops", "brb-territorial-sea"), centre("lc-ops", "lca-eez"), centre("jrcc", "")];
        let members = vec!["bb-ops".to_owned(), "lc-ops".to_owned()];
        let rss = Community { name: "rss".to_owned(), members, from: None, until: None };
        let centres = Centres { centres, communities: vec![rss] };
        Queue::after(0, Arc::new(Region { own: own.to_owned(), centres, hand_over: Span::from_secs(900) }))
    }

    /// Returns an event, in a zone, of an incident.
    fn event(id: &str, seq: u32, zone: &str, incident: Option<&str>) -> String {
        let mut message = AlertMessage::read(WANT).expect("an alert");
        let event: &mut AlertEvent = message.event.to_mut();
        (event.id, event.seq, event.severity) = (id.to_owned(), seq, Severity::Severe);
        event.attention = crate::model::Attention::Interrupt;
        event.incident = incident.map(str::to_owned);
        event.zones[0].id = zone.to_owned();
        if seq == 9 {
            (event.phase, event.end_reason) = (Phase::Ended, Some(EndReason::Moved));
        }
        message.render()
    }

    fn act(
        queue: &mut Queue,
        secs: i64,
        (by, centre): (&str, Option<&str>),
        alert: &str,
        deed: Deed,
    ) -> Changed {
        let kind = ActionKind::Alert { alert: alert.to_owned(), deed };
        let centre = centre.map(str::to_owned);
        queue.action(&Action { time: AT + Span::from_secs(secs), by: by.to_owned(), centre, kind })
    }

    fn lead<'a>(queue: &'a Queue, alert: &str) -> &'a str {
        &queue.row(alert).expect("there").lead.as_ref().expect("led").centre
    }

    const CLARKE: (&str, Option<&str>) = ("Clarke", None);
    const JOSEPH: (&str, Option<&str>) = ("Joseph", Some("lc-ops"));

    #[test]
    fn a_shared_alert_is_a_row_under_its_key_in_its_incident() {
        let mut queue = queue_of("jrcc");
        queue.shared("lc-ops", &event("a", 1, "lca-eez", None), AT, None);
        queue.shared("bb-ops", &event("a", 1, "lca-eez", Some("a")), AT, None);
        let rows: Vec<_> =
            queue.rows().map(|row| (row.id.as_str(), row.incident.as_str(), row.from.as_deref())).collect();
        assert_eq!(rows, [("lc-ops:a", "a", Some("lc-ops")), ("bb-ops:a", "a", Some("bb-ops"))]);
        assert!(
            queue.row("lc-ops:a").expect("there").alert.get().contains(r#""id":"lc-ops:a""#),
            "as the page names it"
        );
        assert_eq!(lead(&queue, "bb-ops:a"), "lc-ops");
    }

    #[test]
    fn what_another_centre_does_is_shown_and_ends_nothing_here() {
        let mut queue = queue_of("bb-ops");
        queue.alert(&event("a", 1, "brb-territorial-sea", None), AT, None);
        act(&mut queue, 1, JOSEPH, "a", Deed::Received { seq: 1 });
        act(&mut queue, 2, JOSEPH, "a", Deed::Acknowledge);
        act(&mut queue, 3, JOSEPH, "a", Deed::Assign { to: "Pierre".to_owned(), text: None });
        act(&mut queue, 4, JOSEPH, "a", Deed::Close { outcome: Outcome::FalseAlarm, text: None });
        act(&mut queue, 5, JOSEPH, "a", Deed::Mute);
        act(&mut queue, 6, JOSEPH, "a", Deed::Comment { text: "seen it before".to_owned() });
        let row = queue.row("a").expect("there");
        assert!(
            row.acknowledged.is_none()
                && row.assigned.is_none()
                && row.closed.is_none()
                && row.muted.is_none()
        );
        assert_eq!(row.comments[0].centre.as_deref(), Some("lc-ops"));
        let [state] = row.centres.as_slice() else { panic!("one centre") };
        let seen = state.seen.as_ref().map(|seen| (seen.by.as_str(), seen.time));
        assert_eq!((state.centre.as_str(), seen), ("lc-ops", Some(("Joseph", (AT + Span::from_secs(2)).0))));
        assert_eq!(state.taken.as_ref().map(|taken| taken.by.as_str()), Some("Pierre"));
        assert!(state.received.is_some() && state.closed.is_some());
        assert_eq!(queue.escalate(AT + Span::from_secs(180)).len(), 1, "nobody of this centre has looked");
        act(&mut queue, 200, CLARKE, "a", Deed::Acknowledge);
        assert!(!queue.row("a").expect("there").escalated);
        assert!(queue.log(AT).any(|line| line.by.as_deref() == Some("Joseph (lc-ops)")));
    }

    #[test]
    fn the_first_alert_decides_whose_area_leads_and_an_offer_changes_it_when_it_is_accepted() {
        // The same acts at both consoles: alert "a" is of bb-ops.
        for (own, alert, clarke, joseph) in
            [("bb-ops", "a", None, Some("lc-ops")), ("lc-ops", "bb-ops:a", Some("bb-ops"), None)]
        {
            let mut queue = queue_of(own);
            let first = event("a", 1, "brb-territorial-sea", None);
            match own {
                "bb-ops" => queue.alert(&first, AT, None),
                _ => queue.shared("bb-ops", &first, AT, None),
            };
            let (clarke, joseph) = (("Clarke", clarke), ("Joseph", joseph));
            assert_eq!(lead(&queue, alert), "bb-ops");
            let offer = || Deed::Offer { to: "lc-ops".to_owned(), text: None };
            act(&mut queue, 10, clarke, alert, offer());
            act(&mut queue, 20, joseph, alert, Deed::Refuse { text: Some("no boat".to_owned()) });
            let row = queue.row(alert).expect("there");
            assert_eq!(row.offer.as_ref().map(|offer| offer.state), Some(OfferState::Refused));
            assert_eq!(lead(&queue, alert), "bb-ops", "refused");
            // To assign an alert to a centre is to offer the lead.
            act(&mut queue, 30, clarke, alert, Deed::Assign { to: "lc-ops".to_owned(), text: None });
            assert!(queue.row(alert).expect("there").assigned.is_none());
            assert!(queue.escalate(AT + Span::from_secs(31)).is_empty());
            let told = queue.escalate(AT + Span::from_secs(931));
            assert!(
                told.iter()
                    .any(|row| row.offer.as_ref().is_some_and(|offer| offer.state == OfferState::TimedOut))
            );
            act(&mut queue, 931, joseph, alert, Deed::Accept);
            assert_eq!(lead(&queue, alert), "bb-ops", "too late");
            act(&mut queue, 929, joseph, alert, Deed::Accept);
            assert_eq!(lead(&queue, alert), "lc-ops", "an answer in time counts, though it arrives late");
            assert!(queue.row(alert).expect("there").offer.is_none());
            act(&mut queue, 940, ("Sealy", Some("jrcc")), alert, Deed::Take { text: None });
            assert_eq!(lead(&queue, alert), "jrcc");
            act(&mut queue, 935, clarke, alert, Deed::Take { text: None });
            assert_eq!(lead(&queue, alert), "jrcc", "the newest decision holds");
        }
    }

    #[test]
    fn an_answer_on_an_alert_that_the_offering_centre_lacks_is_refused_in_words() {
        let mut queue = queue_of("bb-ops");
        queue.shared("lc-ops", &event("l", 1, "lca-eez", None), AT, None);
        queue.alert(&event("a", 1, "brb-territorial-sea", Some("l")), AT, None);
        act(&mut queue, 5, JOSEPH, "lc-ops:l", Deed::Offer { to: "bb-ops".to_owned(), text: None });
        let check = |queue: &Queue, alert: &str| {
            let asked = Asked::Accept { alert: alert.to_owned() };
            queue.region().check(queue.row(alert).expect("there"), &asked)
        };
        assert_eq!(check(&queue, "lc-ops:l"), Ok(()));
        let refused = check(&queue, "a").expect_err("lc-ops would not hear of it").to_string();
        assert!(refused.contains("LC-OPS offers the lead and does not have this alert"), "{refused}");
        act(&mut queue, 6, JOSEPH, "a", Deed::Received { seq: 1 });
        assert_eq!(check(&queue, "a"), Ok(()));
    }

    #[test]
    fn a_third_centre_sees_the_answer_of_an_offer_and_that_none_came() {
        let mut queue = queue_of("jrcc");
        queue.shared("bb-ops", &event("a", 1, "brb-territorial-sea", None), AT, None);
        let (bridgetown, castries) = (("Clarke", Some("bb-ops")), ("Joseph", Some("lc-ops")));
        let offer = || Deed::Offer { to: "lc-ops".to_owned(), text: None };
        act(&mut queue, 5, bridgetown, "bb-ops:a", offer());
        queue.escalate(AT + Span::from_secs(5 + 901));
        let state =
            |queue: &Queue| queue.row("bb-ops:a").expect("there").offer.as_ref().map(|offer| offer.state);
        assert_eq!(state(&queue), Some(OfferState::TimedOut));
        act(&mut queue, 1000, bridgetown, "bb-ops:a", offer());
        act(&mut queue, 1010, castries, "bb-ops:a", Deed::Accept);
        assert_eq!((lead(&queue, "bb-ops:a"), state(&queue)), ("lc-ops", None));
    }

    #[test]
    fn incidents_that_become_one_keep_the_newest_decision() {
        let mut queue = queue_of("jrcc");
        queue.shared("bb-ops", &event("b", 1, "brb-territorial-sea", None), AT, None);
        queue.shared("lc-ops", &event("l", 1, "lca-eez", None), AT, None);
        act(&mut queue, 5, ("Sealy", None), "lc-ops:l", Deed::Take { text: None });
        let joined = event("b2", 1, "brb-territorial-sea", Some("b"))
            .replace(r#""incident":"b","#, r#""incident":"b","joins":["l"],"#);
        let Changed::Rows(rows) = queue.shared("bb-ops", &joined, AT, None) else {
            panic!("all rows are told")
        };
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.incident == "b" && row.lead.as_ref().is_some_and(|lead| lead.centre == "jrcc")));
    }

    #[test]
    fn what_cannot_be_handed_over_is_refused_in_words() {
        let mut queue = queue_of("bb-ops");
        queue.alert(&event("a", 1, "brb-territorial-sea", None), AT, None);
        let check =
            |queue: &Queue, asked: Asked| queue.region().check(queue.row("a").expect("there"), &asked);
        let offer = |to: &str| Asked::Offer { alert: "a".to_owned(), to: to.to_owned(), text: None };
        for (to, why) in
            [("lc-ops", "LC-OPS has not received"), ("xx", "is no centre"), ("bb-ops", "own centre")]
        {
            assert!(check(&queue, offer(to)).expect_err(to).to_string().contains(why), "{to}");
        }
        let refused =
            check(&queue, Asked::Accept { alert: "a".to_owned() }).expect_err("no offer").to_string();
        assert!(refused.contains("nobody offers"), "{refused}");
        act(&mut queue, 1, JOSEPH, "a", Deed::Received { seq: 1 });
        assert_eq!(check(&queue, offer("lc-ops")), Ok(()));
        act(&mut queue, 2, JOSEPH, "a", Deed::Take { text: None });
        assert!(
            check(&queue, offer("lc-ops"))
                .expect_err("not ours")
                .to_string()
                .contains("another centre has the lead")
        );
    }
}
