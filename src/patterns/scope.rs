//! Rules that apply to each vessel and to each water, computed once and kept as bit sets.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::RuleBits;
use super::limits::LIKENESS;
use crate::model::{
    Icao, Imo, ListEntry, Mmsi, Rule, RuleId, Selector, TrackId, VesselList, Zone, ZoneId, ZoneKind,
};
use crate::picture::{Identity, Picture, Signs, Track, ZoneSet, Zones};

/// The rules' zones and subjects, compiled.
pub struct Scope {
    rules: Vec<RuleScope>,
    by_set: Vec<RuleBits>,
    lists: Lists,
}

/// Lists of vessels, with indexes. Making them takes longer than putting them into force.
pub struct Lists(Vec<List>);

impl Lists {
    /// Indexes lists.
    pub fn new(lists: Vec<VesselList>) -> Lists {
        Lists(lists.into_iter().map(List::new).collect())
    }
}

impl std::fmt::Debug for Lists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|list| (&list.name, list.entries.len()))).finish()
    }
}

/// A list, with indexes: a track is compared with the few entries that it can be, however many there are.
struct List {
    name: String,
    entries: Vec<Listed>,
    by_mmsi: FxHashMap<Mmsi, Vec<u32>>,
    by_imo: FxHashMap<Imo, Vec<u32>>,
    by_icao: FxHashMap<Icao, Vec<u32>>,
    by_call_sign: FxHashMap<String, Vec<u32>>,
    /// Entries by the first letter and the ordinal of their names.
    by_name: FxHashMap<(Option<u8>, String), Vec<u32>>,
}

impl List {
    fn new(list: VesselList) -> List {
        let mut new = List {
            name: list.name,
            entries: list.entries.into_iter().map(Listed::new).collect(),
            by_mmsi: FxHashMap::default(),
            by_imo: FxHashMap::default(),
            by_icao: FxHashMap::default(),
            by_call_sign: FxHashMap::default(),
            by_name: FxHashMap::default(),
        };
        for (at, listed) in (0..).zip(&new.entries) {
            let Listed { entry, name, ordinal, call_sign } = listed;
            entry.mmsi.iter().for_each(|key| new.by_mmsi.entry(*key).or_default().push(at));
            entry.imo.iter().for_each(|key| new.by_imo.entry(*key).or_default().push(at));
            entry.icao.iter().for_each(|key| new.by_icao.entry(*key).or_default().push(at));
            if call_sign.len() >= CALL_SIGN_LETTERS {
                new.by_call_sign.entry(call_sign.clone()).or_default().push(at);
            }
            // Shorter ones are compared with nothing.
            if name.len() >= NAME_LETTERS {
                let key = (name.bytes().next(), ordinal.clone());
                new.by_name.entry(key).or_default().push(at);
            }
        }
        new
    }

    /// Returns the entries in some places, in the order of the list.
    fn at(&self, places: [Option<&Vec<u32>>; 3]) -> impl Iterator<Item = &Listed> {
        let mut found: Vec<u32> = places.into_iter().flatten().flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| &self.entries[at as usize])
    }

    /// Returns the entries that have an identifier of a track.
    fn same(&self, track: &Track, identity: &Identity) -> impl Iterator<Item = &Listed> {
        let imo = identity.imo.and_then(|imo| self.by_imo.get(&imo));
        let icao = track.icao.and_then(|icao| self.by_icao.get(&icao));
        self.at([self.by_mmsi.get(&track.mmsi), imo, icao])
    }
}

/// An entry of a list, and its name and call sign as they are compared.
struct Listed {
    entry: ListEntry,
    name: String,
    ordinal: String,
    call_sign: String,
}

impl Listed {
    fn new(entry: ListEntry) -> Listed {
        Listed {
            name: entry.name.as_deref().map(letters).unwrap_or_default(),
            ordinal: entry.name.as_deref().map(ordinal).unwrap_or_default().to_owned(),
            call_sign: entry.call_sign.as_deref().map(letters).unwrap_or_default(),
            entry,
        }
    }
}

struct RuleScope {
    rule: Rule,
    inside: Vec<bool>,
    outside: Vec<bool>,
    everywhere: bool,
    /// Least likeness of a name for a match with a list entry; `None` where only exact identifiers match.
    likeness: Option<f64>,
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
            likeness: rule.limits.find(LIKENESS),
            rule: rule.clone(),
        });
        Scope { rules: compiled.collect(), by_set: Vec::new(), lists: Lists::new(lists) }
    }

    /// Puts other lists in the place of those in force. Tracks must be assessed anew.
    pub fn put_lists(&mut self, lists: Lists) {
        self.lists = lists;
    }

    /// The rules that hold in a set of zones.
    pub fn rules_in(&mut self, set: ZoneSet, zones: &Zones) -> RuleBits {
        while self.by_set.len() < zones.set_count() {
            let members = zones.of_set(ZoneSet(self.by_set.len() as u32));
            let holds = |scope: &RuleScope| {
                let any = |flags: &[bool]| members.iter().any(|&z| flags[z.index()]);
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

    /// Whether a rule looks at a zone.
    pub fn selects(&self, rule: RuleId, zone: ZoneId) -> bool {
        self.rules[rule.index()].inside.get(zone.index()).copied().unwrap_or(false)
    }

    /// The rules whose `who` a track fulfils.
    pub fn rules_about(&self, picture: &Picture, id: TrackId) -> RuleBits {
        let fits = self.rules.iter().enumerate().filter(|(_, scope)| self.is_about(scope, picture, id));
        fits.fold(0, |all, (i, _)| all | 1 << i)
    }

    fn is_about(&self, scope: &RuleScope, picture: &Picture, id: TrackId) -> bool {
        let (track, identity) = (picture.track(id), picture.identity(id));
        let who = &scope.rule.who;
        let named = |list: &[String], word: Option<&str>| {
            list.is_empty() || word.is_none_or(|word| list.iter().any(|w| w == word))
        };
        // A length that it claims takes it out of a rule only where radars see one so long.
        let (length, seen_m) = (identity.length_m().map(f64::from), f64::from(track.seen_m));
        let source = match (track.on_ais(), track.icao) {
            (true, _) => "ais",
            (_, Some(_)) => "transponder",
            _ => "radar",
        };
        named(&who.sources, Some(source))
            && named(&who.ship_types, identity.ship_type.map(|t| t.word()))
            && named(&who.flags, track.mmsi.flag())
            && who.min_length_m.is_none_or(|min| length.is_none_or(|l| l >= min) || seen_m >= min)
            && who.max_length_m.is_none_or(|max| length.is_none_or(|l| l <= max) || seen_m <= max)
            && (who.listed.is_empty() || self.entry(scope, picture, id).is_some())
            && !self
                .lists(&who.not_listed)
                .flat_map(|list| list.same(track, identity))
                .any(|listed| is_exempt(&listed.entry, track, identity))
    }

    /// Whether a track is on a list that some rule looks for.
    pub fn is_looked_for(&self, picture: &Picture, id: TrackId) -> bool {
        let listed = self.rules.iter().filter(|scope| !scope.rule.who.listed.is_empty());
        listed.into_iter().any(|scope| self.entry(scope, picture, id).is_some())
    }

    fn lists<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a List> {
        self.lists.0.iter().filter(|list| names.contains(&list.name))
    }

    /// The entry of a rule's lists that a track is, exactly or likely.
    pub fn hit(&self, rule: RuleId, picture: &Picture, id: TrackId) -> Option<(&ListEntry, Hit)> {
        self.entry(&self.rules[rule.index()], picture, id)
    }

    fn entry<'a>(
        &'a self,
        scope: &'a RuleScope,
        picture: &Picture,
        id: TrackId,
    ) -> Option<(&'a ListEntry, Hit)> {
        let (track, identity) = (picture.track(id), picture.identity(id));
        let lists = || self.lists(&scope.rule.who.listed);
        let mut same = lists().flat_map(|list| list.same(track, identity));
        if let Some(listed) = same.find(|listed| is_it(&listed.entry, track, identity)) {
            return Some((&listed.entry, Hit::Exact));
        }
        let likeness = scope.likeness?;
        if lists().all(|list| list.entries.is_empty()) {
            return None;
        }
        // Who it was before it went dark, or took another number.
        let before = picture.sensors.formerly(id).or(identity.before.mmsi).map(|(mmsi, _)| mmsi);
        let own = [
            identity.name.map(|name| letters(name.as_str())).unwrap_or_default(),
            identity.name.map(|name| ordinal(name.as_str()).to_owned()).unwrap_or_default(),
            identity.call_sign.map(|sign| letters(sign.as_str())).unwrap_or_default(),
        ];
        let key = (own[0].bytes().next(), own[1].clone());
        let similar = lists().flat_map(|list| {
            let was = before.and_then(|mmsi| list.by_mmsi.get(&mmsi));
            list.at([was, list.by_call_sign.get(&own[2]), list.by_name.get(&key)])
        });
        similar.filter(|listed| is_in_force(&listed.entry, track)).find_map(|listed| {
            let hit = if before.is_some() && listed.entry.mmsi == before {
                Some(Hit::Formerly)
            } else {
                likely_hit(listed, identity, &own, likeness)
            };
            hit.map(|hit| (&listed.entry, hit))
        })
    }
}

/// Kind of match between a track and a list entry. Saved with open alerts: new variants go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Hit {
    /// The same MMSI, IMO number or ICAO address.
    Exact,
    /// The MMSI that the track had before.
    Formerly,
    /// The same call sign.
    CallSign,
    /// A similar name, and its likeness (Jaro-Winkler): 1 is the same letters and digits.
    Name(f64),
}

/// Names shorter than this are too common to go by.
const NAME_LETTERS: usize = 5;
/// Call signs shorter than this are none.
const CALL_SIGN_LETTERS: usize = 4;

fn is_in_force(entry: &ListEntry, track: &Track) -> bool {
    (entry.from..=entry.until).contains(&track.last_heard)
}

fn is_it(entry: &ListEntry, track: &Track, identity: &Identity) -> bool {
    let same = entry.mmsi == Some(track.mmsi)
        || entry.imo.is_some() && entry.imo == identity.imo
        || entry.icao.is_some() && entry.icao == track.icao;
    same && is_in_force(entry, track)
}

/// Signs that a number is not, or may not be, that of the unit that has it.
const NOT_ITS_OWN: Signs = Signs(Signs::SECOND.0 | Signs::REPLACED.0 | Signs::CAME_ON.0 | Signs::STATION.0);

/// Whether a list exempts a track. Anyone can send the number of an own unit: the entry's MMSI, where it has one, must be the
/// track's, and nothing may speak against the track's being that unit.
fn is_exempt(entry: &ListEntry, track: &Track, identity: &Identity) -> bool {
    let other_number = entry.mmsi.is_some_and(|mmsi| track.on_ais() && mmsi != track.mmsi);
    is_it(entry, track, identity) && !other_number && !track.signs.has(NOT_ITS_OWN)
}

/// Compares a track with an entry by call sign, else by name. An IMO number or a call sign that differs rules the entry out.
/// One slip of a hand is allowed in a name, but not in its first letter: that spares most comparisons.
fn likely_hit(
    listed: &Listed,
    identity: &Identity,
    [name, number, sign]: &[String; 3],
    least: f64,
) -> Option<Hit> {
    let imo = listed.entry.imo;
    if imo.is_some() && identity.imo.is_some_and(|own| Some(own) != imo) {
        return None;
    }
    if listed.call_sign.len() >= CALL_SIGN_LETTERS && !sign.is_empty() {
        return (listed.call_sign == *sign).then_some(Hit::CallSign);
    }
    let comparable = listed.name.len() >= NAME_LETTERS
        && listed.ordinal == *number
        && listed.name.as_bytes().first() == name.as_bytes().first();
    if !comparable {
        return None;
    }
    let likeness = strsim::jaro_winkler(&listed.name, name);
    (likeness >= least).then_some(Hit::Name(likeness))
}

/// The number that tells her from her sisters: ANTARES I is not ANTARES.
fn ordinal(name: &str) -> &str {
    let last = name.split_ascii_whitespace().next_back().unwrap_or_default();
    let is_number = last.bytes().all(|c| c.is_ascii_digit()) || last.bytes().all(|c| b"IVXivx".contains(&c));
    if is_number { last } else { "" }
}

/// Returns the letters and digits in capitals, without a prefix such as the type of ship.
fn letters(text: &str) -> String {
    let bare = ["M/V ", "M/T ", "F/V ", "S/Y ", "M/Y ", "MV ", "MT ", "FV ", "SY ", "MY "];
    let upper = text.trim().to_ascii_uppercase();
    let name = bare.iter().find_map(|prefix| upper.strip_prefix(prefix)).unwrap_or(&upper);
    name.chars().filter(char::is_ascii_alphanumeric).collect()
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
