//! Prints the configuration that is in force, for people to read.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::values::{default_of, shown};
use super::{Config, Overview, Recipient, Share, What};
use crate::model::{Centres, Community, Owner, Rule, Selector, Span, UntilLearnt, Who, ZoneKind};

/// The whole configuration as text: node, feeds, zones, lists, rules with every limit.
pub fn in_force(overview: &Overview) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    write_all(&mut out, overview).ok();
    out
}

fn write_all(out: &mut String, overview: &Overview) -> fmt::Result {
    let config = &overview.config;
    writeln!(out, "configuration  {}", overview.from)?;
    writeln!(out, "node           {} ({})", config.node.name, config.node.owner.word())?;
    match &config.broker {
        None => writeln!(out, "broker         none: `run` needs one")?,
        Some(broker) => {
            let scheme = if broker.tls { "mqtts" } else { "mqtt" };
            let user = broker.user.as_ref().map_or(String::new(), |user| format!(", user {user}"));
            let password = if broker.password.is_some() { ", with a password" } else { "" };
            writeln!(out, "broker         {scheme}://{}:{}{user}{password}", broker.host, broker.port)?;
        }
    }
    if let Some(http) = &config.http {
        let who = if http.users.is_some() { "those who log in" } else { "this machine alone" };
        let scheme = if http.tls.is_some() { "https" } else { "http" };
        writeln!(out, "console        {scheme}://{}, for {who}", http.listen)?;
    }
    writeln!(out, "state          {}", config.state.folder.display())?;
    write_sharing(out, config)?;
    write_feeds(out, config)?;
    write_zones(out, config)?;
    writeln!(out, "lists          {}", config.setup.lists.len())?;
    for list in &config.setup.lists {
        writeln!(out, "  {}: {}", list.name, counted(list.entries.len(), "entry", "entries"))?;
    }
    if !config.setup.normalcy.is_empty() {
        let (behaviours, habits, blocks) = config.setup.normalcy.len();
        writeln!(
            out,
            "learnt         {behaviours} entries, {habits} habits of vessels, {blocks} blocks of water"
        )?;
    }
    writeln!(out, "rules in force {}", config.setup.rules.len())?;
    config.setup.rules.iter().try_for_each(|rule| write_rule(out, rule, &absent_kinds(config, rule)))?;
    if !overview.off.is_empty() {
        writeln!(out, "switched off   {}", overview.off.join(", "))?;
    }
    Ok(())
}

fn write_sharing(out: &mut String, config: &Config) -> fmt::Result {
    let Centres { centres, communities } = &config.centres;
    if centres.is_empty() {
        return Ok(());
    }
    writeln!(out, "centres        {}", centres.len())?;
    for centre in centres {
        let own = if centre.name == config.node.name { ", this node" } else { "" };
        let key = if centre.key.is_some() { "" } else { ", no key" };
        writeln!(out, "  {}: {}, {}{own}{key}", centre.name, centre.label, centre.owner.word())?;
    }
    for community in communities {
        write!(out, "  {}{}: {}", Community::PREFIX, community.name, community.members.join(", "))?;
        community.from.map_or(Ok(()), |from| write!(out, ", from {}", from.rfc3339()))?;
        community.until.map_or(Ok(()), |until| write!(out, ", until {}", until.rfc3339()))?;
        writeln!(out)?;
    }
    let shares = &config.policy.shares;
    let otherwise =
        if shares.is_empty() { ": nothing is shared" } else { "; the first that matches decides" };
    writeln!(out, "shares         {}{otherwise}", shares.len())?;
    shares.iter().try_for_each(|share| write_share(out, share))
}

fn write_share(out: &mut String, share: &Share) -> fmt::Result {
    let to = share.to.iter().map(|to| match to {
        Recipient::Centre(name) => name.clone(),
        Recipient::Community(name) => format!("{}{name}", Community::PREFIX),
    });
    let (to, what) = (to.collect::<Vec<_>>().join(", "), share.what.word());
    let verb = if share.withhold { "withholds" } else { "gives" };
    write!(out, "  {}: {verb} {what} to {to}; marked {} or lower", share.name, share.marking)?;
    if share.what == What::Alerts {
        write!(out, "; {} or worse", share.severity.word())?;
    }
    let inside = selectors(&share.inside);
    let lists =
        [("pattern", share.patterns.join(", ")), ("rule", share.rules.join(", ")), ("inside", inside)];
    let states = ("waters of", share.states.join(", "));
    for (word, list) in lists.into_iter().chain([states]).filter(|(_, list)| !list.is_empty()) {
        write!(out, "; {word} {list}")?;
    }
    share.domain.map_or(Ok(()), |domain| write!(out, "; {} only", domain.word()))?;
    share.dark.map_or(Ok(()), |dark| write!(out, "; {}dark", if dark { "" } else { "not " }))?;
    if let Some(metres) = share.within_m {
        write!(out, "; within {metres:.0} m of the area, or in it in {}", share.lead.words())?;
    }
    share.precision_m.map_or(Ok(()), |metres| write!(out, "; positions to {metres:.0} m"))?;
    if share.delay > Span::ZERO {
        write!(out, "; {} later", share.delay.words())?;
    }
    let strip = share.strip.words().join(", ");
    if strip.is_empty() { writeln!(out) } else { writeln!(out, "; without {strip}") }
}

/// Returns selectors as words.
pub(super) fn selectors(selectors: &[Selector]) -> String {
    let words = selectors.iter().map(|selector| match selector {
        Selector::Kind(kind) => kind.word(),
        Selector::Id(id) => id,
    });
    words.collect::<Vec<_>>().join(", ")
}

fn write_feeds(out: &mut String, config: &Config) -> fmt::Result {
    writeln!(out, "feeds          {}", config.feeds.len())?;
    for feed in &config.feeds {
        let format = format!("{:?}", feed.format).to_lowercase();
        write!(out, "  {}: {format}, topic {}", feed.name, feed.topics.join(", "))?;
        if !feed.stations.is_empty() {
            write!(out, ", stations {}", feed.stations.join(", "))?;
        }
        if let Some(position) = feed.position {
            write!(out, ", at [{}, {}]", position.lon(), position.lat())?;
        }
        if let Some(radar) = feed.radar {
            let (range, bearing) = (radar.range_sigma_m, radar.bearing_sigma_deg);
            write!(out, ", a radar of {range} m and {bearing}°")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_zones(out: &mut String, config: &Config) -> fmt::Result {
    let geography = &config.setup.geography;
    writeln!(out, "zones          {}", geography.zones.len())?;
    let mut states: BTreeMap<&str, BTreeMap<ZoneKind, usize>> = BTreeMap::new();
    for zone in &geography.zones {
        *states.entry(&zone.state).or_default().entry(zone.kind).or_default() += 1;
    }
    for (state, kinds) in states {
        let kinds: Vec<String> = kinds.iter().map(|(kind, n)| format!("{} {n}", kind.word())).collect();
        let state = if state.is_empty() { "no State" } else { state };
        writeln!(out, "  {state}: {}", kinds.join(", "))?;
    }
    let land = counted(geography.land.0.len(), "polygon", "polygons");
    writeln!(out, "land           {land}, {}", counted(geography.places.len(), "named place", "named places"))
}

/// Returns the kinds in a rule's `inside` of which the node's own State has no zone: there the rule never holds.
fn absent_kinds(config: &Config, rule: &Rule) -> Option<String> {
    let Owner::State(own) = &config.node.owner else { return None };
    if !rule.states.is_empty() && !rule.states.contains(own) {
        return None;
    }
    let zones = &config.setup.geography.zones;
    let is_absent = |kind: ZoneKind| !zones.iter().any(|z| z.kind == kind && z.state == *own);
    let kinds = rule.inside.iter().filter_map(|selector| match selector {
        Selector::Kind(kind) if is_absent(*kind) => Some(kind.word()),
        _ => None,
    });
    let kinds: Vec<&str> = kinds.collect();
    (!kinds.is_empty()).then(|| format!("{own} has no {}", kinds.join(", no ")))
}

fn write_rule(out: &mut String, rule: &Rule, absent: &Option<String>) -> fmt::Result {
    writeln!(out, "  {}: {}, {}", rule.name, rule.pattern, rule.severity.word())?;
    let inside = if rule.inside.is_empty() { "everywhere".to_owned() } else { selectors(&rule.inside) };
    let absent = absent.as_ref().map_or(String::new(), |absent| format!(" ({absent})"));
    writeln!(out, "    inside              {inside}{absent}")?;
    if !rule.outside.is_empty() {
        writeln!(out, "    outside             {}", selectors(&rule.outside))?;
    }
    if !rule.states.is_empty() {
        writeln!(out, "    states              {}", rule.states.join(", "))?;
    }
    writeln!(out, "    who                 {}", who(&rule.who))?;
    if let Some(min_rarity) = rule.min_rarity {
        writeln!(out, "    min rarity          once in {}", min_rarity.words())?;
    }
    if rule.until_learnt != UntilLearnt::Raise {
        writeln!(out, "    until learnt        {}", rule.until_learnt.word())?;
    }
    for (limit, value) in &rule.limits.0 {
        let mark = if *value == default_of(limit) { " (default)" } else { "" };
        writeln!(out, "    {:<19} {}{mark}", limit.name, shown(limit, value))?;
    }
    Ok(())
}

/// Returns in words whom a rule is about.
pub(super) fn who(who: &Who) -> String {
    let mut parts = Vec::new();
    let mut words = |what: &str, words: &[String]| {
        if !words.is_empty() {
            let mut part = String::new();
            write!(part, "{what} {}", words.join(" or ")).ok();
            parts.push(part);
        }
    };
    words("ship type", &who.ship_types);
    words("flag", &who.flags);
    words("on list", &who.listed);
    words("not on list", &who.not_listed);
    words("known by", &who.sources);
    parts.extend(who.min_length_m.map(|m| format!("{m} m or longer")));
    parts.extend(who.max_length_m.map(|m| format!("{m} m or shorter")));
    if parts.is_empty() { "everyone".to_owned() } else { parts.join("; ") }
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
