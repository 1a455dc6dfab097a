use std::fs;

use serde_json::json;

use super::*;
use crate::patterns::ALL;

const MAIN: &str =
    "[node]\nname = \"t\"\nstate = \"BRB\"\n\n[rules] # all of them\nfiles = \"rules/*.toml\"\n";
const RULES: &str = "# Fast boats.\n[[rule]]\nname    = \"fast\"\npattern = \"go-fast\"\n[rule.limits]\n\
    min_speed    = \"25 kn\"     # of a pirogue\n# for so long\nmin_duration = \"3 min\"\n\n\
    # Ships that wait.\n[[rule]]\nname = \"wait\"\npattern = \"loitering\"\n";

fn change(rule: &str, limit: &str, value: impl Into<Json>) -> Change {
    serde_json::from_value(json!({"rule": rule, "limit": limit, "value": value.into()})).expect("a change")
}

/// Makes a configuration of a main file and one file of rules.
fn folder(main: &str, rules: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("made");
    fs::create_dir(folder.path().join("rules")).expect("made");
    fs::write(folder.path().join("rules/a.toml"), rules).expect("writes");
    let path = folder.path().join("vigie.toml");
    fs::write(&path, main).expect("writes");
    (folder, path)
}

/// Returns the file of rules after changes, and checks that the configuration holds with it.
fn after(rules: &str, changes: &[Change]) -> String {
    let (_folder, path) = folder(MAIN, rules);
    let edited = apply(Some(&path), changes, None).expect("applies");
    edited.overview().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    edited.files.get("rules/a.toml").map_or_else(|| rules.to_owned(), |edit| edit.after.clone())
}

#[test]
fn a_value_changes_and_nothing_else() {
    let text = after(RULES, &[change("fast", "min_speed", "9.5 kn")]);
    assert_eq!(text, RULES.replace("\"25 kn\"     #", "\"9.5 kn\"    #"));
    // A number has the unit that alerts have; it is written as people write it.
    let text = after(RULES, &[change("fast", "min_duration", 3600)]);
    assert_eq!(text, RULES.replace("\"3 min\"", "\"1 h\""));
    // A comment gives way where its column is not enough.
    let text = after(RULES, &[change("fast", "min_speed", "25.123456789 kn")]);
    assert_eq!(text, RULES.replace("\"25 kn\"     #", "\"25.123456789 kn\" #"));
}

#[test]
fn a_value_that_is_in_force_already_changes_no_file() {
    let same = [
        change("fast", "min_speed", 25),
        change("fast", "min_duration", "180 s"),
        change(
            "wait",
            "radius",
            ALL.iter().find(|p| p.name == "loitering").expect("there").limits[0].default,
        ),
    ];
    let (_folder, path) = folder(MAIN, RULES);
    assert!(apply(Some(&path), &same[..2], None).expect("applies").files.is_empty());
    for pattern in ALL {
        for limit in pattern.limits {
            let rules = format!("[[rule]]\nname = \"r\"\npattern = \"{}\"\n", pattern.name);
            let (_folder, path) = folder(MAIN, &rules);
            let value = match limit.kind {
                LimitKind::SomeOf(_) | LimitKind::Codes => {
                    json!(limit.default.split(", ").collect::<Vec<_>>())
                }
                _ => json!(limit.default),
            };
            let edited = apply(Some(&path), &[change("r", limit.name, value)], None).expect(limit.name);
            assert!(edited.files.is_empty(), "the default of {}", limit.name);
        }
    }
}

#[test]
fn a_limit_that_the_file_does_not_have_is_added_in_line() {
    let text = after(RULES, &[change("fast", "inside", json!([])), change("fast", "max_company", 3)]);
    assert_eq!(text, RULES.replace("\"3 min\"\n", "\"3 min\"\nmax_company  = 3\n"));
    let text = after(RULES, &[change("wait", "max_speed", "1.5 kn")]);
    assert_eq!(text, format!("{RULES}\n[rule.limits]\nmax_speed = \"1.5 kn\"\n"));
}

#[test]
fn every_way_to_write_a_rule_is_edited_in_its_own_way() {
    let inline = "rule = [\n  { name = \"fast\", pattern = \"go-fast\", limits = { min_speed = \"25 kn\" } }, # one\n]\n";
    let text = after(inline, &[change("fast", "min_speed", "20 kn"), change("fast", "max_company", 3)]);
    assert_eq!(text, inline.replace("\"25 kn\" }", "\"20 kn\", max_company = 3 }"));
    let dotted = "[[rule]]\nname = \"fast\"\npattern = \"go-fast\"\nlimits.min_speed = \"25 kn\" # dotted\n";
    let text = after(dotted, &[change("fast", "min_speed", "20 kn"), change("fast", "max_company", 3)]);
    assert_eq!(text, format!("{}limits.max_company = 3\n", dotted.replace("25 kn", "20 kn")));
    let windows = format!("\u{feff}{}", RULES.trim_end().replace('\n', "\r\n"));
    let text = after(&windows, &[change("fast", "min_speed", "20 kn")]);
    assert_eq!(text, windows.replace("25 kn", "20 kn"));
}

#[test]
fn a_rules_own_keys_change_too() {
    let text = after(RULES, &[change("fast", "enabled", false), change("fast", "severity", "extreme")]);
    let with = "pattern = \"go-fast\"\nenabled = false\nseverity = \"extreme\"\n";
    assert_eq!(text, RULES.replace("pattern = \"go-fast\"\n", with));
    let limits = ALL.iter().flat_map(|pattern| pattern.limits).map(|limit| limit.name);
    assert!(limits.clone().all(|limit| !RULE_KEYS.contains(&limit)), "no limit has the name of a key");
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let (_folder, path) = folder(MAIN, RULES);
    let refused = |change: Change| apply(Some(&path), &[change], None).expect_err("does not fit").to_string();
    let text = refused(change("fats", "min_speed", 1));
    assert_eq!(text, "no rule of the configuration is called \"fats\"; did you mean \"fast\"?");
    let text = refused(change("fast", "min_sped", 1));
    assert_eq!(
        text,
        "rule \"fast\" of pattern go-fast has no limit \"min_sped\"; did you mean \"min_speed\"?"
    );
    let text = refused(change("fast", "min_speed", "25 km"));
    assert!(text.starts_with("rule \"fast\": "), "{text}");
    assert!(refused(change("fast", "min_speed", -1)).starts_with("rule \"fast\": "));
    assert!(refused(change("fast", "min_speed", json!(["1 kn"]))).starts_with("rule \"fast\": "));
    assert!(refused(change("fast", "enabled", "no")).contains("enabled is true or false"));
    assert!(matches!(apply(Some(&path), &[], Some(&json!({"type": "Feature"}))), Err(ChangeError::Zones(_))));
}

#[test]
fn drawn_zones_are_a_file_that_the_main_file_names() {
    let zone = |id: &str, name: &str| {
        json!({"type": "FeatureCollection", "features": [{
            "type": "Feature",
            "properties": {"id": id, "kind": "area", "name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[-59.6, 13.0], [-59.5, 13.0], [-59.5, 13.1], [-59.6, 13.0]]]},
        }]})
    };
    let (folder, path) = folder(MAIN, RULES);
    let uses = [change("fast", "inside", json!(["box"]))];
    let edited = apply(Some(&path), &uses, Some(&zone("box", "Box"))).expect("applies");
    assert_eq!(
        edited.files["vigie.toml"].after,
        format!("{MAIN}\n[zones]\nfiles = [\"zones/drawn.geojson\"]\n")
    );
    let overview = edited.overview().expect("right");
    assert_eq!(overview.config.setup.geography.zones[0].name, "Box");
    assert!(!folder.path().join("zones").exists(), "nothing is written yet");
    edited.write().expect("writes");
    let edited = apply(Some(&path), &[], Some(&zone("box", "Other"))).expect("applies");
    assert_eq!(edited.files.keys().collect::<Vec<_>>(), ["zones/drawn.geojson"]);
    edited.write().expect("writes");
    let edited = apply(Some(&path), &[], Some(&zone("second", "Second"))).expect("applies");
    let zones = edited.overview().expect("right").config.setup.geography.zones;
    assert_eq!(zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>(), ["Other", "Second"]);
}
