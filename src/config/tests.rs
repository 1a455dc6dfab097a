//! Whole configurations, right and wrong.

use std::collections::BTreeMap;

use super::*;
use crate::model::{LimitValue, Rule, Selector, ZoneKind};

const MAIN: &str = "[node]\nname = \"bb-ops\"\nstate = \"BRB\"\n";

const ZONES: &str = r#"{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"id": "brb-territorial-sea", "kind": "territorial-sea", "state": "BRB", "name": "Barbados territorial sea"}, "geometry": {"type": "Polygon", "coordinates": [[[-60, 13], [-59, 13], [-59, 14], [-60, 13]]]}},
{"type": "Feature", "properties": {"id": "bridgetown", "kind": "port", "state": "BRB", "name": "Bridgetown"}, "geometry": {"type": "MultiPolygon", "coordinates": [[[[-59.7, 13.1], [-59.6, 13.1], [-59.6, 13.2], [-59.7, 13.1]]]]}}
]}"#;

fn files(files: &[(&str, &str)]) -> Source {
    Source::Memory(
        files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect::<BTreeMap<_, _>>(),
    )
}

fn load_files(given: &[(&str, &str)]) -> Result<Loaded, Vec<Problem>> {
    load_from(&files(given), "vigie.toml")
}

/// Problems of a main file that has a right `[node]` before `text`, as lines without the file's name.
fn of_main(text: &str) -> Vec<String> {
    shown(load_files(&[("vigie.toml", &format!("{MAIN}{text}"))]))
}

/// Problems of one rule file beside zones and lists.
fn of_rules(text: &str) -> Vec<String> {
    let main = format!(
        "{MAIN}[zones]\nfiles = [\"z.geojson\"]\n[rules]\nfiles = [\"r.toml\"]\n[lists]\nfiles = [\"l.toml\"]\n"
    );
    let list = "[[list]]\nname = \"own-units\"\n";
    shown(load_files(&[("vigie.toml", &main), ("z.geojson", ZONES), ("r.toml", text), ("l.toml", list)]))
}

fn of_zones(text: &str) -> Vec<String> {
    let main = format!("{MAIN}[zones]\nfiles = [\"z.geojson\"]\n");
    shown(load_files(&[("vigie.toml", &main), ("z.geojson", text)]))
}

fn shown(loaded: Result<Loaded, Vec<Problem>>) -> Vec<String> {
    let problems = match loaded {
        Ok((_, warnings)) => {
            assert!(warnings.iter().all(|w| w.severity == Gravity::Warning));
            warnings
        }
        Err(problems) => {
            assert!(problems.iter().any(|p| p.severity == Gravity::Error));
            problems
        }
    };
    problems
        .iter()
        .map(Problem::to_string)
        .filter(|line| !line.contains("no rule is in force"))
        .map(|line| line.trim_start_matches("vigie.toml:").to_owned())
        .collect()
}

#[track_caller]
fn expect(found: Vec<String>, wanted: &[&str]) {
    let right = found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| f.starts_with(w));
    assert!(right, "found\n  {}\nwanted\n  {}", found.join("\n  "), wanted.join("\n  "));
}

fn limit<'a>(rule: &'a Rule, name: &str) -> &'a LimitValue {
    let found = rule.limits.0.iter().find(|(limit, _)| limit.name == name);
    &found.expect("the pattern declares it").1
}

const RULE: &str = "[[rule]]\nname = \"r\"\npattern = \"loitering\"\n";

#[test]
fn the_least_is_enough_and_all_else_has_defaults() {
    let (config, warnings) = load_files(&[("vigie.toml", MAIN)]).expect("right");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(config.setup.bounds, crate::engine::Bounds::default());
    assert_eq!(config.state.folder, PathBuf::from("state"));
    assert_eq!((config.broker, config.feeds.len()), (None, 0));
}

#[test]
fn an_empty_file_and_no_file() {
    let empty = load_files(&[("vigie.toml", "")]).expect_err("no node");
    assert!(lines(&empty).contains("vigie.toml:1:1: error: this file lacks \"node\""), "{}", lines(&empty));
    let none = load(Path::new("no-such-folder/vigie.toml")).expect_err("no file");
    assert!(lines(&none).starts_with("no-such-folder/vigie.toml:1:1: error: the file cannot be read"));
}

#[test]
fn a_rule_in_force_has_all_limits_and_a_digest() {
    let main = format!("{MAIN}[zones]\nfiles = [\"*.geojson\"]\n[rules]\nfiles = \"rules/*.toml\"\n");
    let rule = "[[rule]]\nname = \"x\"\npattern = \"loitering\"\nseverity = \"severe\"\ninside = [\"territorial-sea\"]\noutside = [\"bridgetown\"]\n[rule.limits]\nmax_speed = \"3 kn\"\n";
    let load = |rule: &str| {
        let (config, _) = load_files(&[("vigie.toml", &main), ("z.geojson", ZONES), ("rules/x.toml", rule)])
            .expect("right");
        config.setup.rules.into_iter().next().expect("one rule")
    };
    let read = load(rule);
    assert_eq!(read.inside, [Selector::Kind(ZoneKind::TerritorialSea)]);
    assert_eq!(read.outside, [Selector::Id("bridgetown".to_owned())]);
    assert_eq!(limit(&read, "max_speed"), &LimitValue::Number(3.0));
    assert_eq!(limit(&read, "min_duration"), &LimitValue::Number(3600.0));
    assert_eq!(read.limits.0.len(), crate::patterns::loitering::PATTERN.limits.len());
    let written_out = load(&format!("# the default, written\n{rule}min_duration = \"60 min\"\n"));
    assert_eq!(written_out.hash, read.hash);
    assert_ne!(load(&rule.replace("3 kn", "3.5 kn")).hash, read.hash);
    assert!(read.hash.len() == 32 && read.hash.bytes().all(|b| b.is_ascii_hexdigit()));
}

#[test]
fn wrong_keys_and_values_of_the_main_file() {
    expect(of_main("[nod]\n"), &["4:2: error: unknown key \"nod\" in this file; did you mean \"node\"?"]);
    expect(
        of_main("[broker]\nurl = \"http://x\"\npassword = \"hunter2\"\nport = 1883\n"),
        &[
            "5:7: error: the scheme http:// is not known; write mqtt:// or mqtts://",
            "6:1: error: a password does not belong in a configuration; write it to a file and name that file in password_file, or set the environment variable VIGIE_BROKER_PASSWORD",
            "7:1: error: unknown key \"port\" in [broker]; there are: url, user",
        ],
    );
    expect(
        of_main("[broker]\nurl = \"mqtt://x\"\nuser = \"me\"\npassword_file = \"no-such-file\"\n"),
        &[
            "5:7: warning: mqtt:// sends the password unprotected",
            "7:17: error: password_file \"no-such-file\" cannot be read",
            "7:17: error: the first line of password_file is empty",
        ],
    );
    expect(
        of_main("[http]\nlisten = \"0.0.0.0:8470\"\ncert_file = \"none.pem\"\nsession_hours = 0\n"),
        &[
            "5:10: error: \"0.0.0.0:8470\" is not an address of this machine alone: others reach it with TLS and log-in only",
            "6:13: error: a certificate and its key go together: cert_file and key_file",
            "6:13: error: cert_file cannot be read",
            "7:17: error: session_hours is a whole number from 1 to 168",
        ],
    );
    expect(
        of_main("[picture]\ntracks = -1\nhistory_points = \"many\"\n[state]\nfolder = 7\n"),
        &[
            "5:10: error: tracks is a whole number from 1 to 10000000",
            "6:18: error: history_points is a whole number from 2 to 10000",
            "8:10: error: folder is a text in quotes",
        ],
    );
    let wrong_node = "[node]\nname = \"bb ops\"\nstate = \"Barbados\"\n";
    expect(
        shown(load_files(&[("vigie.toml", wrong_node)])),
        &[
            "2:8: error: \"bb ops\" is not a name: letters, digits and -, at most 64 of them, such as \"bb-ops\"",
            "3:9: error: \"Barbados\" is not a State's code",
        ],
    );
    expect(of_main("[rules]\nfiles = \"r/*.toml\"\n"), &["5:9: error: \"r/*.toml\" matches no file"]);
    expect(of_main("[node]\n"), &["4:2: error: TOML: "]);
}

#[test]
fn a_secret_never_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("secret"), "hunter2\n").expect("written");
    let main = format!("{MAIN}[broker]\nurl = \"mqtts://x\"\nuser = \"me\"\npassword_file = \"secret\"\n");
    std::fs::write(folder.path().join("vigie.toml"), main).expect("written");
    let (config, _) = load(&folder.path().join("vigie.toml")).expect("right");
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(config.broker.and_then(|b| b.password), Some(Secret("hunter2".to_owned())));
}

#[test]
fn wrong_feeds() {
    let feed = |name: &str, rest: &str| format!("[[feed]]\nname = \"{name}\"\nformat = \"nmea\"\n{rest}\n");
    expect(
        of_main(&feed("a", "topic = \"a/b\"\nposition = [13.1, -59.4]")),
        &[
            "8:12: warning: this reads like latitude before longitude; for a site in the Caribbean write [-59.4, 13.1]",
        ],
    );
    expect(
        of_main(&feed("a", "topic = \"a/#/b\"\nposition = [59.4, 113.1]")),
        &[
            "7:9: error: in \"a/#/b\", # must be",
            "8:12: error: [59.4, 113.1] is out of range; longitude comes first, so write [113.1, 59.4]",
        ],
    );
    expect(of_main(&feed("a", "topic = []")), &["7:9: error: topic is an empty list"]);
    expect(of_main(&feed("a", "")), &["4:1: error: [[feed]] lacks \"topic\""]);
    expect(
        of_main("[[feed]]\nname = \"a\"\ntopic = \"a\"\nformat = \"nema\"\n"),
        &["7:10: error: \"nema\" is not a value of format; did you mean \"nmea\"?"],
    );
    expect(of_main(&feed("a", "topic = \"#\"")), &["7:9: error: \"#\" also matches Vigie's own topics"]);
    let two = |a: &str, b: &str| of_main(&format!("{}{}", feed("a", a), feed("b", b)));
    expect(
        two("topic = \"x/+\"", "topic = [\"z\", \"x/y\"]"),
        &["11:15: error: a topic can match \"x/y\" and also \"x/+\" of the feed at line 4"],
    );
    expect(
        two("topic = \"x\"\nstations = [\"s\"]", "topic = \"y\"\nstations = [\"s\"]"),
        &["13:13: error: station \"s\" is already that of the feed at line 4"],
    );
    expect(
        of_main(&format!("{}{}", feed("a", "topic = \"x\""), feed("a", "topic = \"y\""))),
        &["9:8: error: there is another feed \"a\", at line 4"],
    );
    expect(of_main("[feed]\nname = \"a\"\n"), &["4:1: error: write this as [[feed]], once for each"]);
}

#[test]
fn radars() {
    let feed =
        "[[feed]]\nname = \"a\"\ntopic = \"a\"\nformat = \"nmea\"\nposition = [-59.4, 13.1]\n[feed.radar]\n";
    let of = |keys: &str| {
        let (config, _) = load_files(&[("vigie.toml", &format!("{MAIN}{feed}{keys}"))]).expect("right");
        config.feeds[0].radar
    };
    assert_eq!(of(""), Some(Radar::default()));
    let declared = |key: &&keys::Key| matches!(key.need, keys::Need::Default(_));
    let defaults: String = keys::RADAR
        .keys
        .iter()
        .filter(declared)
        .map(|key| match key.need {
            keys::Need::Default(value) => format!("{} = {value}\n", key.name),
            _ => String::new(),
        })
        .collect();
    assert_eq!((defaults.lines().count(), of(&defaults)), (5, Some(Radar::default())));
    assert_eq!(
        of("range_sigma = \"2 km\"\nsector = [350, 140.5]\n"),
        Some(Radar { range_sigma_m: 2000.0, sector_deg: Some([350.0, 140.5]), ..Radar::default() })
    );
    expect(
        of_main(&format!(
            "{feed}range_sigma = \"0 m\"\nbearing_sigma = 0.5\nbeam_width = \"100°\"\nreach = \"400 nm\"\nsector = [90, 90]\nsigma = 1\n"
        )),
        &[
            "10:15: error: a distance here is over 0, up to 10000 m",
            "11:17: error: 0.5 has no unit; write \"0.5°\"",
            "12:14: error: an angle here is over 0, up to 90 °",
            "13:9: error: a distance here is over 0, up to 500000 m",
            "14:10: error: [90, 90] is no sector; leave the key out",
            "15:1: error: unknown key \"sigma\" in [feed.radar]",
        ],
    );
    expect(of_main(&format!("{feed}sector = [-10, 90]\n")), &["10:10: error: [-10, 90] is out of range"]);
    expect(of_main(&format!("{feed}sector = 90\n")), &["10:10: error: a sector is two bearings"]);
    expect(
        of_main(&feed.replace("position = [-59.4, 13.1]\n", "")),
        &["8:1: warning: a radar without a position: its ranges and bearings make no contacts"],
    );
}

#[test]
fn wrong_rules() {
    expect(
        of_rules("[[rule]]\nname = \"r\"\npattern = \"loitring\"\n"),
        &["r.toml:3:11: error: \"loitring\" is not a pattern; did you mean \"loitering\"?"],
    );
    expect(
        of_rules(&format!(
            "{RULE}[rule.limits]\nmax_speed = \"2 knots\"\nradius = 1\nshare = 80\nspeed = \"1 kn\"\nmin_duration = \"0 s\"\nmax_silence = \"0.5 s\"\n"
        )),
        &[
            "r.toml:5:13: error: \"2 knots\" is not a speed; write a number and its unit, such as \"2 kn\"",
            "r.toml:6:10: error: 1 has no unit; write \"1 nm\"",
            "r.toml:7:9: error: 80 is not a share from 0 to 1",
            "r.toml:8:1: error: pattern loitering has no limit \"speed\"; there are: max_speed, radius, min_duration, share, max_silence, max_company",
            "r.toml:9:16: error: min_duration must be over 0; its default is \"1 h\"",
            "r.toml:10:15: error: max_silence must be at least 1 s; its default is \"15 min\"",
        ],
    );
    expect(
        of_rules(&format!(
            "{RULE}inside = [\"teritorial-sea\"]\noutside = [\"bridgton\"]\nstates = [\"brb\"]\nseverity = \"high\"\n"
        )),
        &[
            "r.toml:4:11: error: no zone has the kind or the id \"teritorial-sea\"; did you mean \"territorial-sea\"?",
            "r.toml:5:12: error: no zone has the kind or the id \"bridgton\"; did you mean \"bridgetown\"?",
            "r.toml:6:11: error: \"brb\" is not a State's code; write it in capitals, \"BRB\"",
            "r.toml:7:12: error: \"high\" is not a value of severity; there are: minor",
        ],
    );
    expect(
        of_rules(&format!("{RULE}inside = [\"eez\"]\n")),
        &["r.toml:4:10: error: there is no zone eez: the rule could never fire"],
    );
    expect(of_rules(&format!("{RULE}enabled = false\ninside = [\"eez\"]\n")), &[]);
    expect(
        of_rules(&format!("{RULE}outside = [\"anchorage\"]\n")),
        &["r.toml:4:12: warning: there is no zone anchorage"],
    );
    expect(of_rules(&format!("{RULE}states = [\"TTO\"]\n")), &["r.toml:4:11: error: no zone belongs to TTO"]);
    expect(
        of_rules(&format!(
            "{RULE}{RULE}[rule.who]\nship_types = [\"yacht\"]\nmin_length = \"9 feet\"\nnot_listed = [\"own-unit\"]\n"
        )),
        &[
            "r.toml:5:8: error: there is another rule \"r\"",
            "r.toml:8:15: error: \"yacht\" is not a value of ship_types",
            "r.toml:9:14: error: \"9 feet\" is not a distance",
            "r.toml:10:15: error: there is no list \"own-unit\"; did you mean \"own-units\"?",
        ],
    );
    expect(
        of_rules(
            "[[rule]]\nname = \"r\"\npattern = \"drifting\"\n[rule.limits]\nmin_speed = \"5 kn\"\nangle = \"95°\"\n",
        ),
        &[
            "r.toml:5:13: error: min_speed must be under max_speed",
            "r.toml:6:9: error: angle must be under 90°",
        ],
    );
    let many: String =
        (0..=rules::MAX_RULES).map(|n| format!("[[rule]]\nname = \"r{n}\"\npattern = \"zone\"\n")).collect();
    expect(of_rules(&many), &["r.toml:385:1: error: more than 128 rules are in force"]);
}

#[test]
fn all_files_are_told_of_in_one_go() {
    let main = format!(
        "{MAIN}typo = 1\n[zones]\nfiles = \"z.geojson\"\n[rules]\nfiles = \"*r.toml\"\n[lists]\nfiles = \"l.toml\"\n"
    );
    let zones = ZONES.replace("\"kind\": \"port\"", "\"kind\": \"harbour\"");
    let rules =
        "[[rule]]\nname = \"r\"\npattern = \"zone\"\ninside = [\"bridgetown\"]\n[rule.limits]\ndwell = 60\n";
    let lists = "[[list]]\nname = \"own-units\"\n[[list.entry]]\nreason = \"x\"\nfrom = 2026-02-30\nuntil = 2026-01-01\n";
    let found = load_files(&[
        ("vigie.toml", &main),
        ("z.geojson", &zones),
        ("a-r.toml", "[[rule]\n"),
        ("r.toml", rules),
        ("l.toml", lists),
    ]);
    let found = lines(&found.expect_err("wrong"));
    let places: Vec<&str> = found.lines().map(|line| line.split(": error").next().unwrap_or("")).collect();
    assert_eq!(
        places,
        ["a-r.toml:1:8", "l.toml:5:8", "r.toml:6:9", "vigie.toml:4:1", "z.geojson:3:64"],
        "{found}"
    );
}

#[test]
fn wrong_zones() {
    let mut wrong = Vec::new();
    for (from, to, wanted) in [
        (
            "[-60, 13]]]}}",
            "[-60, 13.5]]]}}",
            "2:227: error: the ring is not closed: it ends at [-60, 13.5]; repeat its first position, [-60, 13], at its end",
        ),
        ("[-59, 14], ", "", "2:"),
        (
            "[-59, 14]",
            "[-59, 140]",
            "2:216: error: [-59, 140] is out of range; longitude comes first, so write [140, -59]",
        ),
        (
            "\"bridgetown\"",
            "\"brb-territorial-sea\"",
            "3:42: error: zone id \"brb-territorial-sea\" is already at z.geojson:2",
        ),
        (
            "\"kind\": \"port\"",
            "\"kind\": \"prot\"",
            "3:64: error: \"prot\" is not a kind of zone; did you mean \"port\"?",
        ),
        ("\"id\": \"bridgetown\", ", "", "3:35: error: the zone lacks \"id\", such as"),
        ("\"bridgetown\"", "7", "3:42: error: \"id\" is not a text"),
        ("\"bridgetown\"", "\"port\"", "3:42: error: \"port\" is a kind of zone"),
        ("14]", "NaN]", "2:222: error: JSON: expected value"),
        (
            "\"Polygon\"",
            "\"LineString\"",
            "2:157: error: the geometry must be a Polygon or a MultiPolygon, not LineString",
        ),
        ("\"BRB\", \"name\": \"Bridgetown\"", "\"Brb\", \"name\": \"Bridgetown\"", "3:"),
        ("\"FeatureCollection\"", "\"Feature\"", "1:1: error: this is not a GeoJSON FeatureCollection"),
    ] {
        assert!(ZONES.contains(from), "{from}");
        let found = of_zones(&ZONES.replacen(from, to, 1));
        let found: Vec<String> =
            found.iter().map(|f| f.trim_start_matches("z.geojson:").to_owned()).collect();
        if found.len() != 1 || !found[0].starts_with(wanted) {
            wrong.push(format!("{to}\nfound {found:#?}\nwanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let warned = of_zones(&ZONES.replace(
        "\"state\": \"BRB\", \"name\": \"Bridgetown\"",
        "\"name\": \"Bridgetown\", \"stat\": \"BRB\"",
    ));
    expect(
        warned,
        &["z.geojson:3:35: warning: unknown property \"stat\" is ignored; did you mean \"state\"?"],
    );
}

#[test]
fn lists_are_dated() {
    let main = format!("{MAIN}[lists]\nfiles = \"l.toml\"\n");
    let list = "[[list]]\nname = \"own-units\"\n[[list.entry]]\nmmsi = 314000123\nreason = \"ours\"\nfrom = 2026-01-01\nuntil = 2026-01-31\n";
    let (config, _) = load_files(&[("vigie.toml", &main), ("l.toml", list)]).expect("right");
    let entry = &config.setup.lists[0].entries[0];
    assert_eq!(entry.from.rfc3339_millis(), "2026-01-01T00:00:00.000Z");
    assert_eq!(entry.until.rfc3339_millis(), "2026-01-31T23:59:59.999Z");
    for (from, to, wanted) in [
        ("mmsi = 314000123", "imo = 9074720", "l.toml:4:7: error: 9074720 is not an IMO number"),
        ("mmsi = 314000123", "mmsi = \"314000123\"", "l.toml:4:8: error: mmsi is a number"),
        ("mmsi = 314000123", "mmsi = 123456789", "l.toml:4:8: warning: 123456789 has no form"),
        ("until = 2026-01-31", "until = 2025-01-31", "l.toml:7:9: error: this entry ends before it begins"),
        ("reason = \"ours\"\n", "", "l.toml:3:1: error: [[list.entry]] lacks \"reason\""),
        ("until = 2026-01-31", "until = \"soon\"", "l.toml:7:9: error: until is a day"),
    ] {
        expect(shown(load_files(&[("vigie.toml", &main), ("l.toml", &list.replace(from, to))])), &[wanted]);
    }
}

#[test]
fn what_is_in_force_is_told() {
    let main = format!(
        "{MAIN}[zones]\nfiles = \"z.geojson\"\n[rules]\nfiles = \"r.toml\"\n[broker]\nurl = \"mqtts://b\"\nuser = \"me\"\n"
    );
    let rules = format!(
        "{RULE}[rule.limits]\nmax_speed = \"2.5 kn\"\n{}",
        RULE.replace("\"r\"", "\"s\"\nenabled = false")
    );
    let source = files(&[("vigie.toml", &main), ("z.geojson", ZONES), ("r.toml", &rules)]);
    let text = in_force(&overview_of(&source, "vigie.toml").map_err(|p| lines(&p)).expect("right"));
    for line in [
        "node           bb-ops (BRB)",
        "broker         mqtts://b:8883, user me",
        "  BRB: territorial-sea 1, port 1",
        "  r: loitering, moderate",
        "    max_speed           2.5 kn",
        "    radius              1 nm (default)",
        "switched off   s",
    ] {
        assert!(
            text.lines().any(|found| found == line || found.starts_with(&format!("{line}, with"))),
            "{line}\n{text}"
        );
    }
}

/// A rule that names a kind of zone which the own State lacks never holds there: the reader has to see that.
#[test]
fn a_kind_of_zone_that_the_own_state_lacks_is_told_beside_the_rule() {
    let main = format!("{MAIN}[zones]\nfiles = \"*.geojson\"\n[rules]\nfiles = \"r.toml\"\n");
    let rule = format!("{RULE}inside = [\"territorial-sea\", \"contiguous-zone\"]\n");
    let beyond = ZONES.replace("BRB", "LCA").replace("territorial-sea", "contiguous-zone");
    let beyond = beyond.replace("\"bridgetown\"", "\"castries\"");
    let source =
        files(&[("vigie.toml", &main), ("z.geojson", ZONES), ("beyond.geojson", &beyond), ("r.toml", &rule)]);
    let text = in_force(&overview_of(&source, "vigie.toml").map_err(|p| lines(&p)).expect("right"));
    let line = "    inside              territorial-sea, contiguous-zone (BRB has no contiguous-zone)";
    assert!(text.lines().any(|found| found == line), "{text}");
}

/// Every main file that ships, now and later.
#[test]
fn every_shipped_configuration_is_right() {
    let mains = SHIPPED.files().filter(|file| file.path().extension().is_some_and(|e| e == "toml"));
    let mut seen = 0;
    for file in mains {
        let name = file.path().to_string_lossy();
        let (config, warnings) =
            load_from(&Source::Embedded(&SHIPPED), &name).map_err(|p| lines(&p)).expect("right");
        assert!(warnings.is_empty(), "{}", lines(&warnings));
        for pattern in crate::patterns::ALL {
            // These ship off: no airspace ships; a sea has hundreds of innocent passages, water taxis and fishers a day.
            let off = ["zone", "coast-hugging", "drop-pickup", "airspace-entry"].contains(&pattern.name);
            let fires = config.setup.rules.iter().any(|rule| rule.pattern == pattern.name);
            assert_eq!(fires, !off, "{name}: {}", pattern.name);
        }
        // Patterns ask for limits by name, and panic where the declaration has none.
        drop(crate::engine::Engine::new(config.setup));
        seen += 1;
    }
    assert!(seen > 0);
}

/// Every shipped file writes every limit down, so that nobody has to look one up to change it.
#[test]
fn shipped_rules_write_every_limit() {
    for file in SHIPPED.get_dir("rules").expect("rules ship").files() {
        let text = file.contents_utf8().expect("UTF-8");
        let table = toml::from_str::<toml::Table>(text).expect("TOML");
        for rule in table["rule"].as_array().expect("rules") {
            let pattern = crate::patterns::ALL
                .iter()
                .find(|p| Some(p.name) == rule["pattern"].as_str())
                .expect("known");
            for limit in pattern.limits {
                assert!(rule["limits"].get(limit.name).is_some(), "{:?} lacks {}", file.path(), limit.name);
            }
        }
    }
}

/// A name is a claim: a list that would exempt by it is told where it is used for that.
#[test]
fn a_name_alone_exempts_nobody() {
    let main = SHIPPED.get_file("vigie.toml").and_then(|file| file.contents_utf8()).expect("ships");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("writes");
    write(
        "lists.toml",
        "[[list]]\nname = \"own-units\"\n[[list.entry]]\nname = \"TRIDENT\"\nreason = \"ours\"\nfrom = 2026-01-01\nuntil = 2026-12-31\n",
    );
    write(
        "rules.toml",
        "[[rule]]\nname = \"x\"\npattern = \"squawk\"\nseverity = \"minor\"\n[rule.who]\nnot_listed = [\"own-units\"]\n",
    );
    let node: String = main
        .lines()
        .skip_while(|line| !line.starts_with("[node]"))
        .take(3)
        .map(|l| format!("{l}\n"))
        .collect();
    write(
        "vigie.toml",
        &format!("{node}[rules]\nfiles = [\"rules.toml\"]\n[lists]\nfiles = [\"lists.toml\"]\n"),
    );
    let told = lines(&super::load(&folder.path().join("vigie.toml")).expect_err("wrong"));
    assert!(
        told.contains("rules.toml:6:15: error: 1 of list \"own-units\" have a name or call sign alone"),
        "{told}"
    );
}

#[test]
fn what_was_learnt_is_checked() {
    let of_files = |learnt: &[(&str, &str)]| {
        let main = format!("{MAIN}[normalcy]\nfile = [\"a.json\", \"b.json\"]\n");
        let mut given = vec![("vigie.toml", main.as_str())];
        given.extend(learnt);
        load_files(&given)
    };
    let empty = "{\"schema\":\"vigie.normalcy/1\",\"behaviours\":[],\"habits\":[],\"watched\":[]}";
    let watched = empty.replace("\"watched\":[]", "\"watched\":[[321,374,20500,7]]");
    let (config, _) = of_files(&[("a.json", empty), ("b.json", &watched)]).expect("right");
    assert_eq!(config.setup.normalcy.len(), (0, 0, 1));
    expect(shown(of_files(&[("a.json", empty)])), &["5:19: error: \"b.json\" matches no file in "]);
    let newer = empty.replace("/1", "/2");
    expect(
        shown(of_files(&[("a.json", &newer), ("b.json", "{\n\"schema\":\n")])),
        &[
            "a.json:1:1: error: the form is \"vigie.normalcy/2\"",
            "b.json:3:1: error: this is no file of vigie learn",
        ],
    );
}

#[test]
fn a_toml_file_of_absurd_size_is_refused_unread() {
    let main = format!("{MAIN}[lists]\nfiles = \"l.toml\"\n");
    let found = shown(load_files(&[("vigie.toml", &main), ("l.toml", &"\n".repeat(17 << 20))]));
    expect(found, &["l.toml:1:1: error: the file is larger than 16 MiB"]);
}

#[test]
fn of_too_many_rules_and_lists_the_first_is_told() {
    let main = format!("{MAIN}[lists]\nfiles = \"l.toml\"\n[rules]\nfiles = \"r.toml\"\n");
    let rules: String = (0..400).map(|n| RULE.replace("\"r\"", &format!("\"r{n}\""))).collect();
    let lists: String = (0..1_100).map(|n| format!("[[list]]\nname = \"l{n}\"\n")).collect();
    let found = shown(load_files(&[("vigie.toml", &main), ("l.toml", &lists), ("r.toml", &rules)]));
    let errors = found.into_iter().filter(|line| line.contains("error")).collect();
    expect(
        errors,
        &["l.toml:2001:1: error: there are more than 1000 lists", "r.toml:385:1: error: more than 128 rules"],
    );
}
