//! The difference between two versions of rules and zones, in words.

use std::collections::BTreeMap;

use super::in_force::selectors;
use super::values::shown;
use crate::model::{Geography, Rule, Span, Zone};

/// Returns what differs between the rules and zones before and those after, one line for each difference; lines about rules
/// come first.
pub fn difference(before: (&[Rule], &Geography), after: (&[Rule], &Geography)) -> Vec<String> {
    let by_name = |rules| -> BTreeMap<&str, &Rule> {
        let rules: &[Rule] = rules;
        rules.iter().map(|rule| (rule.name.as_str(), rule)).collect()
    };
    let (was, is) = (by_name(before.0), by_name(after.0));
    let mut lines = Vec::new();
    for (name, rule) in &is {
        match was.get(name) {
            None => lines.push(format!("{name}: added, pattern {}", rule.pattern)),
            Some(old) => lines.extend(of_rule(old, rule).into_iter().map(|line| format!("{name}: {line}"))),
        }
    }
    let gone = was.keys().filter(|name| !is.contains_key(*name));
    lines.extend(gone.map(|name| format!("{name}: no longer in force")));
    lines.extend(of_zones(before.1, after.1));
    lines
}

fn of_rule(old: &Rule, new: &Rule) -> Vec<String> {
    if old.hash == new.hash {
        return Vec::new();
    }
    if old.pattern != new.pattern {
        return vec![format!("pattern {} -> {}", old.pattern, new.pattern)];
    }
    let rarity = |rule: &Rule| rule.min_rarity.map_or("none".to_owned(), Span::words);
    let who = |rule: &Rule| super::in_force::who(&rule.who);
    let pairs = [
        ("severity", old.severity.word().to_owned(), new.severity.word().to_owned()),
        ("inside", selectors(&old.inside), selectors(&new.inside)),
        ("outside", selectors(&old.outside), selectors(&new.outside)),
        ("states", old.states.join(", "), new.states.join(", ")),
        ("who", who(old), who(new)),
        ("min_rarity", rarity(old), rarity(new)),
        ("until_learnt", old.until_learnt.word().to_owned(), new.until_learnt.word().to_owned()),
    ];
    let mut lines: Vec<String> = pairs
        .into_iter()
        .filter(|(_, was, is)| was != is)
        .map(|(key, was, is)| format!("{key} {} -> {}", or_none(&was), or_none(&is)))
        .collect();
    for ((limit, was), (_, is)) in old.limits.0.iter().zip(&new.limits.0).filter(|(old, new)| old.1 != new.1)
    {
        lines.push(format!("{} {} -> {}", limit.name, shown(limit, was), shown(limit, is)));
    }
    lines
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn of_zones(before: &Geography, after: &Geography) -> Vec<String> {
    let by_id = |geography| -> BTreeMap<&str, &Zone> {
        let geography: &Geography = geography;
        geography.zones.iter().map(|zone| (zone.id.as_str(), zone)).collect()
    };
    let (was, is) = (by_id(before), by_id(after));
    let mut lines = Vec::new();
    for (id, zone) in &is {
        match was.get(id) {
            None => lines.push(format!("zone {id}: added, {}", zone.kind.word())),
            Some(old) if old.area != zone.area => lines.push(format!("zone {id}: another area")),
            Some(old) if old != zone => lines.push(format!("zone {id}: other properties")),
            Some(_) => {}
        }
    }
    lines.extend(was.keys().filter(|id| !is.contains_key(*id)).map(|id| format!("zone {id}: removed")));
    if before.land != after.land {
        lines.push("coast: another one".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::snapshot::Snapshot;

    fn read(rules: &str, size: u8) -> (Vec<Rule>, Geography) {
        let main = "[zones]\nfiles = [\"z.geojson\"]\n[rules]\nfiles = [\"r.toml\"]\n".to_owned();
        let zone = format!(
            r#"{{"type": "FeatureCollection", "features": [{{"type": "Feature", "properties": {{"id": "box", "kind": "area", "name": "Box"}},
               "geometry": {{"type": "Polygon", "coordinates": [[[0, 0], [{size}, 0], [{size}, {size}], [0, 0]]]}}}}]}}"#
        );
        let texts = [("vigie.toml", main), ("r.toml", rules.to_owned()), ("z.geojson", zone)];
        let texts = texts.map(|(name, text)| (name.to_owned(), text)).into();
        Snapshot { main: "vigie.toml".to_owned(), texts }.read()
    }

    #[test]
    fn differences_are_told_line_by_line() {
        let fast = "[[rule]]\nname = \"fast\"\npattern = \"go-fast\"\n";
        let (rules, areas) = read(fast, 1);
        let same = read(&format!("# another comment\n{fast}\n"), 1);
        assert_eq!(difference((&rules, &areas), (&same.0, &same.1)), [""; 0]);
        let more = format!(
            "{fast}severity = \"severe\"\ninside = [\"box\"]\n[rule.limits]\nmin_speed = \"31 kn\"\n{}",
            fast.replace("\"fast\"", "\"too\"")
        );
        let (now, wider) = read(&more, 2);
        let lines = difference((&rules, &areas), (&now, &wider));
        assert_eq!(lines[0], "fast: severity moderate -> severe");
        assert_eq!(lines[1], "fast: inside none -> box");
        assert!(lines[2].starts_with("fast: min_speed ") && lines[2].ends_with(" -> 31 kn"), "{lines:?}");
        assert_eq!(lines[3..], ["too: added, pattern go-fast", "zone box: another area"]);
        let lines = difference((&now, &wider), (&[], &Geography::default()));
        assert_eq!(lines, ["fast: no longer in force", "too: no longer in force", "zone box: removed"]);
    }
}
