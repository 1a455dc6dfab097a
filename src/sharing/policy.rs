//! Decides what is shared with whom: markings first, then officers, then the policy. Without a match nothing is shared.

use crate::config::{Config, Policy, Recipient, Share, Strip, What};
use crate::model::{
    Action, ActionKind, AlertMessage, Centre, Centres, Deed, Domain, ListEntry, Selector, Severity, Span,
    Subject, Time, ZoneRef,
};

/// Name of the list of the centre's own patrol units.
pub(super) const OWN_UNITS: &str = "own-units";

/// Everything that decisions rest on, from one checked configuration.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Name of this node.
    pub node: String,
    /// Centres and communities.
    pub centres: Centres,
    /// Shares in their order.
    pub policy: Policy,
    /// Markings, the lowest first.
    pub levels: Vec<String>,
    /// Entries of the list `own-units`.
    pub(super) own_units: Vec<ListEntry>,
}

/// The form in which an item is released.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Form {
    /// Side of the cells that positions are rounded to, metres; `None`: as they are.
    pub precision_m: Option<f64>,
    /// Time for which the item is held back.
    pub delay: Span,
    /// Parts that are removed.
    pub strip: Strip,
}

impl Form {
    /// Returns the form of an alert that an officer releases by hand: at once, with positions, without what is the node's own.
    pub fn by_hand() -> Form {
        let strip = Strip { names: false, list_reasons: true, officers: true, own_units: true };
        Form { precision_m: None, delay: Span::ZERO, strip }
    }
}

/// A decision about one item and one recipient.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The recipient gets the item.
    Released {
        /// Name of the share that decided; `None` where an officer did.
        rule: Option<String>,
        /// Form of the item.
        form: Form,
    },
    /// The recipient does not get the item.
    Withheld {
        /// Name of the share that decided, if one did.
        rule: Option<String>,
        /// Reason.
        reason: Withheld,
    },
}

/// Reason why an item is withheld.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// No centre has this name, or the name is this node's own.
    #[error("is no other centre")]
    NoCentre,
    /// The markings do not allow the recipient.
    #[error("is releasable to {0} only")]
    NotReleasable(String),
    /// An officer withheld the alert.
    #[error("withheld by {by}: {text}")]
    ByHand {
        /// Name of the officer.
        by: String,
        /// Reason of the officer.
        text: String,
    },
    /// A share with `withhold = true` matches.
    #[error("the share withholds")]
    ByShare,
    /// The share strips own units, and nothing else is left.
    #[error("is about an own unit, which the share strips")]
    OwnUnit,
    /// No share matches.
    #[error("no share matches")]
    NoShare,
}

/// An officer's word about one alert and one centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// Whether the alert is released.
    pub is_released: bool,
    /// Name of the officer.
    pub by: String,
    /// Reason of the officer.
    pub text: String,
}

impl ByHand {
    /// Returns what an officer's deed says about a centre, with the centre's name.
    pub fn of<'a>(deed: &'a Deed, by: &str) -> Option<(&'a str, ByHand)> {
        let (is_released, to, text) = match deed {
            Deed::Disclose { to, text } => (true, to, text),
            Deed::Withhold { to, text } => (false, to, text),
            _ => return None,
        };
        Some((to, ByHand { is_released, by: by.to_owned(), text: text.clone() }))
    }

    /// Returns the newest word about a centre among actions on one alert, in their order. Another centre's officers have no
    /// say.
    pub fn newest(actions: &[Action], centre: &str) -> Option<ByHand> {
        let own = actions.iter().rev().filter(|action| action.centre.is_none());
        let mut words = own.filter_map(|action| match &action.kind {
            ActionKind::Alert { deed, .. } => ByHand::of(deed, &action.by),
            _ => None,
        });
        words.find(|(to, _)| *to == centre).map(|(_, word)| word)
    }
}

/// The first condition of a share that an item does not fulfil.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // keys of [[share]]
pub enum Miss {
    To,
    What,
    Marking,
    Severity,
    Patterns,
    Rules,
    Inside,
    Domain,
    Dark,
    Within,
}

impl Miss {
    /// Returns the key of `[[share]]`.
    pub fn key(self) -> &'static str {
        match self {
            Miss::To => "to",
            Miss::What => "what",
            Miss::Marking => "marking",
            Miss::Severity => "severity",
            Miss::Patterns => "patterns",
            Miss::Rules => "rules",
            Miss::Inside => "inside",
            Miss::Domain => "domain",
            Miss::Dark => "dark",
            Miss::Within => "within",
        }
    }
}

/// Whether a track is within a distance (metres) of a centre's area, or would enter it within a time.
pub type Near<'a> = &'a dyn Fn(f64, Span, &Centre) -> bool;

/// What a decision must know of an item.
#[derive(Clone)]
pub struct Item<'a> {
    /// Kind.
    pub what: What,
    /// Protective marking.
    pub marking: &'a str,
    /// Words of `releasable_to`.
    pub releasable_to: Vec<&'a str>,
    /// Severity of an alert.
    pub severity: Severity,
    /// Pattern of an alert.
    pub pattern: &'a str,
    /// Rule of an alert.
    pub rule: &'a str,
    /// Zones of the item: id, kind, State.
    pub zones: Vec<[&'a str; 3]>,
    /// Domains of the subjects.
    pub domains: Vec<Domain>,
    /// Whether a subject is dark.
    pub dark: bool,
    /// Whether every subject is an own unit.
    pub is_own_unit: bool,
    /// Whether a track is near a centre; `None` for other items.
    pub near: Option<Near<'a>>,
}

impl<'a> Item<'a> {
    /// Returns an item without subjects: a zone, a list, a mark.
    pub fn plain(what: What, marking: &'a str, releasable_to: Vec<&'a str>) -> Item<'a> {
        Item {
            what,
            marking,
            releasable_to,
            severity: Severity::Minor,
            pattern: "",
            rule: "",
            zones: Vec::new(),
            domains: Vec::new(),
            dark: false,
            is_own_unit: false,
            near: None,
        }
    }

    /// Returns an alert event as an item.
    pub fn alert(message: &'a AlertMessage<'_>, rules: &Rules) -> Item<'a> {
        let event = &message.event;
        let zone = |zone: &'a ZoneRef| [&*zone.id, &*zone.kind, &*zone.state];
        Item {
            severity: event.severity,
            pattern: &event.pattern,
            rule: &event.rule,
            zones: event.zones.iter().map(zone).collect(),
            domains: event.subjects.iter().map(|subject| subject.domain).collect(),
            dark: event.subjects.iter().any(|subject| subject.dark),
            is_own_unit: event.subjects.iter().all(|subject| rules.is_own_unit(subject)),
            ..Item::plain(
                What::Alerts,
                &message.marking,
                message.releasable_to.iter().map(|word| &**word).collect(),
            )
        }
    }
}

impl Rules {
    /// Returns the rules of a checked configuration.
    pub fn of(config: &Config) -> Rules {
        let own = config.setup.lists.iter().filter(|list| list.name == OWN_UNITS);
        Rules {
            node: config.node.name.clone(),
            centres: config.centres.clone(),
            policy: config.policy.clone(),
            levels: config.sharing.levels.clone(),
            own_units: own.flat_map(|list| list.entries.iter().cloned()).collect(),
        }
    }

    /// Returns the centres that may be recipients: every one but this node's own.
    pub fn recipients(&self) -> impl Iterator<Item = &Centre> {
        self.centres.centres.iter().filter(|centre| centre.name != self.node)
    }

    /// Returns whether a subject is one of the centre's own patrol units, by its identifiers.
    pub fn is_own_unit(&self, subject: &Subject) -> bool {
        self.is_own(subject.mmsi, subject.imo, subject.icao.as_deref())
    }

    /// Returns whether identifiers are those of one of the centre's own patrol units.
    pub fn is_own(&self, mmsi: Option<u32>, imo: Option<u32>, icao: Option<&str>) -> bool {
        self.own_units.iter().any(|entry| {
            (mmsi.is_some() && entry.mmsi.map(|own| own.0) == mmsi)
                || (imo.is_some() && entry.imo.map(|own| own.0) == imo)
                || (icao.is_some() && entry.icao.map(|own| own.to_string()).as_deref() == icao)
        })
    }

    /// Decides about one item and one recipient at a time. `by_hand` is the newest word of an officer about both.
    pub fn decide(&self, item: &Item<'_>, recipient: &str, by_hand: Option<&ByHand>, now: Time) -> Decision {
        let withheld = |rule: Option<&Share>, reason| Decision::Withheld {
            rule: rule.map(|share| share.name.clone()),
            reason,
        };
        let Some(centre) = self.recipients().find(|centre| centre.name == recipient) else {
            return withheld(None, Withheld::NoCentre);
        };
        if !item.releasable_to.iter().any(|word| self.centres.stands_for(word, centre, now)) {
            let to = item.releasable_to.join(", ");
            let to = if to.is_empty() { "nobody".to_owned() } else { to };
            return withheld(None, Withheld::NotReleasable(to));
        }
        match by_hand {
            Some(ByHand { is_released: true, .. }) if item.is_own_unit => {
                return withheld(None, Withheld::OwnUnit);
            }
            Some(ByHand { is_released: true, .. }) => {
                return Decision::Released { rule: None, form: Form::by_hand() };
            }
            Some(ByHand { by, text, .. }) => {
                return withheld(None, Withheld::ByHand { by: by.clone(), text: text.clone() });
            }
            None => {}
        }
        let matches = |share: &&Share| self.miss(share, item, centre, now).is_none();
        match self.policy.shares.iter().find(matches) {
            None => withheld(None, Withheld::NoShare),
            Some(share) if share.withhold => withheld(Some(share), Withheld::ByShare),
            Some(share) if share.strip.own_units && item.is_own_unit => {
                withheld(Some(share), Withheld::OwnUnit)
            }
            Some(share) => Decision::Released { rule: Some(share.name.clone()), form: share.form() },
        }
    }

    /// Returns the first condition of a share that an item does not fulfil for a recipient; `None` where the share matches.
    pub fn miss(&self, share: &Share, item: &Item<'_>, centre: &Centre, now: Time) -> Option<Miss> {
        let rank = |level: &str| self.levels.iter().position(|known| known == level);
        let marked =
            rank(item.marking).is_some_and(|own| rank(&share.marking).is_some_and(|most| own <= most));
        let named = |list: &[String], word: &str| list.is_empty() || list.iter().any(|known| known == word);
        let is_alert = item.what == What::Alerts;
        let conditions = [
            (Miss::To, share.to.iter().any(|to| self.is_to(to, centre, now))),
            (Miss::What, share.what == item.what),
            (Miss::Marking, marked),
            (Miss::Severity, !is_alert || share.severity <= item.severity),
            (Miss::Patterns, !is_alert || named(&share.patterns, item.pattern)),
            (Miss::Rules, !is_alert || named(&share.rules, item.rule)),
            (Miss::Inside, is_inside(share, &item.zones)),
            (Miss::Domain, share.domain.is_none_or(|domain| item.domains.contains(&domain))),
            (Miss::Dark, share.dark.is_none_or(|dark| dark == item.dark)),
        ];
        let missed = conditions.into_iter().find(|(_, met)| !met).map(|(miss, _)| miss);
        // The geometry is looked at last: it costs most.
        missed.or_else(|| {
            let within = share.within_m?;
            let is_near = item.near.is_some_and(|near| near(within, share.lead, centre));
            (!is_near).then_some(Miss::Within)
        })
    }

    fn is_to(&self, to: &Recipient, centre: &Centre, now: Time) -> bool {
        match to {
            Recipient::Centre(name) => *name == centre.name,
            Recipient::Community(name) => self
                .centres
                .community(name)
                .is_some_and(|found| found.exists_at(now) && found.members.contains(&centre.name)),
        }
    }
}

impl Share {
    /// Returns the form of what the share releases.
    fn form(&self) -> Form {
        Form { precision_m: self.precision_m, delay: self.delay, strip: self.strip }
    }
}

/// Whether one of an item's zones is one that a share names.
fn is_inside(share: &Share, zones: &[[&str; 3]]) -> bool {
    if share.inside.is_empty() && share.states.is_empty() {
        return true;
    }
    zones.iter().any(|zone| selects(share, *zone))
}

/// Whether the zones that a share names are, or hold, a zone of this id, kind and State. A share that names none selects none.
pub(super) fn selects(share: &Share, [id, kind, state]: [&str; 3]) -> bool {
    let names_zones = !share.inside.is_empty() || !share.states.is_empty();
    names_zones && {
        let selected = share.inside.iter().any(|selector| match selector {
            Selector::Kind(known) => known.word() == kind,
            Selector::Id(known) => known == id,
        });
        (share.inside.is_empty() || selected)
            && (share.states.is_empty() || share.states.iter().any(|known| known == state))
    }
}
