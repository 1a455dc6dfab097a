//! Which rules are about which vessel and which waters, worked out once and kept as sets of bits.

use crate::model::{Rule, Selector, VesselList, Zone, ZoneKind};
use crate::picture::{Identity, RuleBits, Track, ZoneSet, Zones};

/// The rules' zones and subjects, compiled.
pub struct Scope {
    rules: Vec<RuleScope>,
    by_set: Vec<RuleBits>,
    lists: Vec<VesselList>,
}

struct RuleScope {
    rule: Rule,
    inside: Vec<bool>,
    outside: Vec<bool>,
    everywhere: bool,
}

impl Scope {
    /// Compiles.
    pub fn new(rules: &[Rule], lists: Vec<VesselList>, zones: &Zones) -> Scope {
        let compiled = rules.iter().map(|rule| RuleScope {
            inside: zones.all().iter().map(|z| in_states(rule, z) && selected(&rule.inside, z)).collect(),
            outside: zones
                .all()
                .iter()
                .map(|z| !rule.outside.is_empty() && selected(&rule.outside, z))
                .collect(),
            everywhere: rule.inside.is_empty() && rule.states.is_empty(),
            rule: rule.clone(),
        });
        Scope { rules: compiled.collect(), by_set: Vec::new(), lists }
    }

    /// The rules that hold in a set of zones.
    pub fn rules_in(&mut self, set: ZoneSet, zones: &Zones) -> RuleBits {
        while self.by_set.len() < zones.set_count() {
            let members = zones.of_set(ZoneSet(self.by_set.len() as u32));
            let holds = |scope: &RuleScope| {
                let any = |flags: &[bool]| members.iter().any(|&z| flags[z as usize]);
                (scope.everywhere || any(&scope.inside)) && !any(&scope.outside)
            };
            let bits = self.rules.iter().enumerate().filter(|(_, s)| holds(s));
            self.by_set.push(bits.fold(0, |all, (i, _)| all | 1 << i));
        }
        self.by_set[set.0 as usize]
    }

    /// The rules that hold in a set of zones already met; none for others.
    pub fn known_rules_in(&self, set: ZoneSet) -> RuleBits {
        self.by_set.get(set.0 as usize).copied().unwrap_or(0)
    }

    /// Whether a rule looks at a zone, by its place in the configuration.
    pub fn selects(&self, rule: usize, zone: u32) -> bool {
        self.rules[rule].inside.get(zone as usize).copied().unwrap_or(false)
    }

    /// The rules whose `who` a track fulfils.
    pub fn rules_about(&self, track: &Track, identity: &Identity) -> RuleBits {
        let fits = self.rules.iter().enumerate().filter(|(_, s)| self.is_about(&s.rule, track, identity));
        fits.fold(0, |all, (i, _)| all | 1 << i)
    }

    fn is_about(&self, rule: &Rule, track: &Track, identity: &Identity) -> bool {
        let who = &rule.who;
        let named = |list: &[String], word: Option<&str>| {
            list.is_empty() || word.is_none_or(|word| list.iter().any(|w| w == word))
        };
        let length = identity.length_m().map(f64::from);
        let source = match (track.on_ais(), track.icao) {
            (true, _) => "ais",
            (_, Some(_)) => "transponder",
            _ => "radar",
        };
        named(&who.sources, Some(source))
            && named(&who.ship_types, identity.ship_type.map(|t| t.word()))
            && named(&who.flags, track.mmsi.flag())
            && who.min_length_m.is_none_or(|min| length.is_none_or(|l| l >= min))
            && who.max_length_m.is_none_or(|max| length.is_none_or(|l| l <= max))
            && (who.listed.is_empty() || self.on_a_list(&who.listed, track, identity))
            && !self.on_a_list(&who.not_listed, track, identity)
    }

    fn on_a_list(&self, names: &[String], track: &Track, identity: &Identity) -> bool {
        let lists = self.lists.iter().filter(|list| names.contains(&list.name));
        let mut entries = lists.flat_map(|list| &list.entries);
        entries.any(|e| {
            let same = e.mmsi == Some(track.mmsi)
                || e.imo.is_some() && e.imo == identity.imo
                || e.icao.is_some() && e.icao == track.icao;
            same && (e.from..=e.until).contains(&track.last_heard)
        })
    }
}

fn in_states(rule: &Rule, zone: &Zone) -> bool {
    rule.states.is_empty() || rule.states.contains(&zone.state)
}

/// With States alone named, any of their waters counts as inside, their ports and anchorages too.
fn selected(selectors: &[Selector], zone: &Zone) -> bool {
    use ZoneKind::{Adiz, Aerodrome, Area, Cable, Fir};
    let waters = !matches!(zone.kind, Aerodrome | Area | Cable | Fir | Adiz);
    if selectors.is_empty() {
        return waters;
    }
    selectors.iter().any(|s| match s {
        Selector::Kind(kind) => zone.kind == *kind,
        Selector::Id(id) => zone.id == *id,
    })
}
