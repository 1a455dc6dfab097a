//! Centres, communities and the policy: what is read, and every contradiction with its line.

use super::*;
use crate::model::Time;

const KEY_BB: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const KEY_LC: &str = "22qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

const MAIN: &str = r#"[node]
name = "bb-ops"
state = "BRB"
[sharing]
centres = "centres.toml"
policy = ["sharing/*.toml"]
[zones]
files = ["zones.geojson"]
[rules]
files = ["rules.toml"]
[[feed]]
name = "shore"
topic = "a"
format = "nmea"
releasable_to = ["LCA", "JRCC", "lc-ops", "community:rss"]
"#;

const CENTRES: &str = r#"[[centre]]
name = "bb-ops"
label = "Barbados operations centre"
state = "BRB"
area = ["brb-sea"]
key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
[[centre]]
name = "lc-ops"
state = "LCA"
area = ["lca-sea"]
contacts = "VHF 16"
key = "22qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
[[centre]]
name = "jrcc"
body = "JRCC"
key = "33qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
[[community]]
name = "rss"
members = ["bb-ops", "lc-ops", "jrcc"]
[[community]]
name = "op"
members = ["lc-ops"]
from = 2026-03-01
until = 2026-03-31
"#;

const POLICY: &str = r#"[[share]]
name = "severe-to-jrcc"
to = ["jrcc", "community:op"]
what = "alerts"
severity = "moderate"
marking = "restricted"
precision = "0.1 nm"
delay = "10 min"
strip = ["names", "list-reasons", "officers", "own-units"]
[[share]]
name = "approach-picture"
to = ["lc-ops"]
what = "tracks"
within = "24 nm"
lead = "2 h"
rate = "30 s"
"#;

const RULES: &str = "[[rule]]\nname = \"r\"\npattern = \"loitering\"\n";

fn zones() -> String {
    let zone = |id: &str| {
        format!(
            r#"{{"type": "Feature", "properties": {{"id": "{id}", "kind": "eez", "name": "{id}", "releasable_to": ["community:rss"]}},
            "geometry": {{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}}}}"#
        )
    };
    format!(r#"{{"type": "FeatureCollection", "features": [{}, {}]}}"#, zone("brb-sea"), zone("lca-sea"))
}

fn loaded(main: &str, centres: &str, policy: &str) -> Result<Loaded, Vec<Problem>> {
    let zones = zones();
    let files = [
        ("vigie.toml", main),
        ("centres.toml", centres),
        ("sharing/one.toml", policy),
        ("zones.geojson", &zones),
        ("rules.toml", RULES),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    load_from(&Source::Memory(files.into()), "vigie.toml")
}

/// The problems of one replacement in one of the three files, less the warning that there is no key file.
fn wrong(from: &str, to: &str) -> String {
    let texts = [MAIN, CENTRES, POLICY].map(|text| text.replacen(from, to, 1));
    assert!(texts != [MAIN, CENTRES, POLICY], "{from} is in none of the files");
    problems(&texts[0], &texts[1], &texts[2])
}

fn problems(main: &str, centres: &str, policy: &str) -> String {
    let problems = match loaded(main, centres, policy) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems,
    };
    lines(&problems)
        .lines()
        .filter(|line| !line.contains("there is no key file"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_is_written_is_what_is_read() {
    let (config, warnings) = loaded(MAIN, CENTRES, POLICY).expect("right");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].text.contains("`vigie keys new`"), "{warnings:?}");
    let centres = &config.centres;
    let names: Vec<&str> = centres.centres.iter().map(|centre| &*centre.label).collect();
    assert_eq!(names, ["Barbados operations centre", "lc-ops", "jrcc"]);
    let lc = centres.get("lc-ops").expect("a centre");
    assert_eq!((lc.owner.word(), lc.contacts.as_deref()), ("LCA", Some("VHF 16")));
    assert_eq!(
        (lc.area.as_slice(), lc.key.map(|key| key.text()).as_deref()),
        (&["lca-sea".to_owned()][..], Some(KEY_LC))
    );
    let op = centres.community("op").expect("a community");
    assert_eq!(op.until, Time::parse("2026-03-31T23:59:59.999Z"));
    let [alerts, tracks] = config.policy.shares.as_slice() else { panic!("two shares") };
    assert_eq!(alerts.to, [Recipient::Centre("jrcc".to_owned()), Recipient::Community("op".to_owned())]);
    assert_eq!(
        (alerts.precision_m.map(f64::round), alerts.delay),
        (Some(185.0), crate::model::Span::from_secs_f64(600.0))
    );
    assert_eq!(alerts.strip.words(), Strip::WORDS);
    assert_eq!(
        (tracks.what, tracks.within_m, tracks.marking.as_str()),
        (What::Tracks, Some(44_448.0), "restricted")
    );
    assert_eq!(config.sharing.hand_over_minutes, 15);
}

#[test]
fn what_is_shared_is_told() {
    let (config, warnings) = loaded(MAIN, CENTRES, POLICY).expect("right");
    let told = in_force(&Overview { from: "x".to_owned(), config, off: Vec::new(), warnings });
    for line in [
        "centres        3",
        "  bb-ops: Barbados operations centre, BRB, this node",
        "  community:op: lc-ops, from 2026-03-01T00:00:00Z, until 2026-03-31T23:59:59Z",
        "shares         2; the first that matches decides",
        "  severe-to-jrcc: gives alerts to jrcc, community:op; marked restricted or lower; moderate or worse; positions to 185 m; 10 min later; without names, list-reasons, officers, own-units",
        "  approach-picture: gives tracks to lc-ops; marked restricted or lower; within 44448 m of the area, or in it in 2 h 0 min",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}\n{told}");
    }
}

#[test]
fn a_node_of_a_body() {
    let main = MAIN.replace("name = \"bb-ops\"\nstate = \"BRB\"", "name = \"jrcc\"\nbody = \"JRCC\"");
    let policy = POLICY.replace("\"jrcc\", ", "\"bb-ops\", ");
    let (config, _) = loaded(&main, CENTRES, &policy).expect("right");
    assert_eq!(config.node.owner, Owner::Body("JRCC".to_owned()));
}

#[test]
fn contradictions_among_centres() {
    for (from, to, want) in [
        (
            "name = \"bb-ops\"\nstate",
            "name = \"bb-op\"\nstate",
            "vigie.toml:2:8: error: this node, \"bb-op\", is not among the centres",
        ),
        (
            "state = \"BRB\"\n[sharing]",
            "state = \"LCA\"\n[sharing]",
            "vigie.toml:3:9: error: this node is of LCA, and the file of centres says that \"bb-ops\" is of BRB",
        ),
        (
            "state = \"BRB\"\n[sharing]",
            "body = \"BRB\"\n[sharing]",
            "vigie.toml:3:8: error: \"BRB\" is the code of a State; write state = \"BRB\"",
        ),
        (
            "state = \"BRB\"\n[sharing]",
            "[sharing]",
            "vigie.toml:1:1: error: this lacks \"state\", or \"body\"",
        ),
        (
            "body = \"JRCC\"",
            "body = \"JRCC\"\nstate = \"TTO\"",
            "centres.toml:15:8: error: a centre is run by a State or by a body, not by both",
        ),
        (
            "body = \"JRCC\"",
            "body = \"lc-ops\"",
            "centres.toml:15:8: error: \"lc-ops\" is the name of one centre and the body of another",
        ),
        (
            "name = \"jrcc\"",
            "name = \"lc-ops\"",
            "centres.toml:14:8: error: there is another centre \"lc-ops\"",
        ),
        (KEY_LC, KEY_BB, "centres.toml:12:7: error: this is also the key of centre \"bb-ops\""),
        (
            KEY_LC,
            "abc",
            "centres.toml:12:7: error: \"abc\" is not a public key: 43 characters, as `vigie keys show` prints it",
        ),
        (
            "area = [\"lca-sea\"]",
            "area = [\"lca-see\"]",
            "centres.toml:10:9: error: no zone has the id \"lca-see\" of centre \"lc-ops\"; did you mean \"lca-sea\"?",
        ),
        (
            "members = [\"lc-ops\"]",
            "members = [\"lc-opps\"]",
            "centres.toml:22:12: error: no [[centre]] has the name \"lc-opps\"; did you mean \"lc-ops\"?",
        ),
        (
            "members = [\"lc-ops\"]",
            "members = [\"bb-ops\"]",
            "centres.toml:22:11: warning: this node is the only member",
        ),
        (
            "until = 2026-03-31",
            "until = 2026-02-28",
            "centres.toml:24:9: error: this community ends before it begins",
        ),
        ("name = \"op\"", "name = \"rss\"", "centres.toml:21:8: error: there is another community \"rss\""),
        (
            "name = \"jrcc\"",
            "name = \"exercise\"",
            "centres.toml:14:8: error: \"exercise\" cannot name a centre",
        ),
        ("key = \"33", "#", "vigie.toml:5:11: warning: the file of centres has no key of \"jrcc\""),
        ("key = \"11", "#", "vigie.toml:2:8: error: the file of centres has no key of \"bb-ops\""),
        (
            "\"LCA\", ",
            "\"rss\", ",
            "vigie.toml:15:18: error: \"rss\" is neither a State nor a body, a centre or a community of [sharing] centres",
        ),
        (
            "\"LCA\", ",
            "\"lca\", ",
            "vigie.toml:15:18: error: \"lca\" is not a State's code; write it in capitals, \"LCA\"",
        ),
        ("centres.toml", "center.toml", "vigie.toml:5:11: error: \"center.toml\" matches no file"),
    ] {
        let found = wrong(from, to);
        assert!(
            found.lines().any(|line| line.starts_with(want)),
            "{from} -> {to}\nfound\n{found}\nwanted\n{want}"
        );
    }
}

#[test]
fn contradictions_in_the_policy() {
    for (from, to, want) in [
        (
            "\"jrcc\", ",
            "\"jrc\", ",
            "sharing/one.toml:3:7: error: no [[centre]] has the name \"jrc\"; did you mean \"jrcc\"?",
        ),
        (
            "\"jrcc\", ",
            "\"rss\", ",
            "sharing/one.toml:3:7: error: \"rss\" is a community; write \"community:rss\"",
        ),
        (
            "\"jrcc\", ",
            "\"LCA\", ",
            "sharing/one.toml:3:7: error: \"LCA\" is not a centre; a centre of LCA is \"lc-ops\"",
        ),
        (
            "\"jrcc\", ",
            "\"bb-ops\", ",
            "sharing/one.toml:3:7: error: \"bb-ops\" is this node: it shares nothing with itself",
        ),
        (
            "community:op",
            "community:ops",
            "sharing/one.toml:3:15: error: no [[community]] has the name \"ops\"; did you mean \"op\"?",
        ),
        (
            "what = \"alerts\"",
            "what = \"alert\"",
            "sharing/one.toml:4:8: error: \"alert\" is not a value of what; did you mean \"alerts\"?",
        ),
        (
            "marking = \"restricted\"",
            "marking = \"secret\"",
            "sharing/one.toml:6:11: error: \"secret\" is none of [sharing] levels",
        ),
        (
            "severity = \"moderate\"",
            "patterns = [\"loitring\"]",
            "sharing/one.toml:5:13: error: \"loitring\" is not a pattern; did you mean \"loitering\"?",
        ),
        (
            "severity = \"moderate\"",
            "rules = [\"q\"]",
            "sharing/one.toml:5:10: error: no rule has the name \"q\"",
        ),
        (
            "severity = \"moderate\"",
            "inside = [\"brb-see\"]",
            "sharing/one.toml:5:11: error: no zone has the kind or the id \"brb-see\"; did you mean \"brb-sea\"?",
        ),
        (
            "severity = \"moderate\"",
            "within = \"2 nm\"",
            "sharing/one.toml:5:10: error: within is for tracks, and this shares alerts",
        ),
        ("within = \"24 nm\"\n", "", "sharing/one.toml:14:8: error: lead widens within, which is absent"),
        (
            "within = \"24 nm\"",
            "severity = \"severe\"",
            "sharing/one.toml:14:12: error: severity is for alerts, and this shares tracks",
        ),
        (
            "what = \"tracks\"",
            "what = \"lists\"",
            "sharing/one.toml:14:10: error: within is for tracks, and this shares lists",
        ),
        (
            "to = [\"lc-ops\"]",
            "to = [\"jrcc\"]",
            "sharing/one.toml:14:10: error: centre \"jrcc\" has no area",
        ),
        (
            "severity = \"moderate\"",
            "withhold = true",
            "sharing/one.toml:7:13: error: precision is the form of what is shared, and this share withholds",
        ),
        (
            "name = \"approach-picture\"",
            "name = \"severe-to-jrcc\"",
            "sharing/one.toml:11:8: error: there is another share \"severe-to-jrcc\"",
        ),
        (
            "[[share]]\nname = \"a",
            "[[shares]]\nname = \"a",
            "sharing/one.toml:10:3: error: unknown key \"shares\" in this file; did you mean \"share\"?",
        ),
        (
            "centres = \"centres.toml\"\n",
            "",
            "vigie.toml:5:10: error: a policy names centres, and there are none; add the key centres",
        ),
    ] {
        let found = wrong(from, to);
        assert!(
            found.lines().any(|line| line.starts_with(want)),
            "{from} -> {to}\nfound\n{found}\nwanted\n{want}"
        );
    }
}

#[test]
fn a_share_that_never_decides() {
    let share = |name: &str, rest: &str| format!("[[share]]\nname = \"{name}\"\nwhat = \"alerts\"\n{rest}\n");
    let never = |above: &str, below: &str| {
        let policy = share("above", above) + &share("below", below);
        let found = problems(MAIN, CENTRES, &policy);
        let is_told =
            found.contains("this share never decides: \"above\" at sharing/one.toml:1 matches everything");
        assert_eq!(is_told, !found.is_empty(), "{found}");
        is_told
    };
    let rss = "to = [\"community:rss\"]";
    assert!(never(rss, rss));
    assert!(never(rss, "to = [\"lc-ops\"]\nseverity = \"severe\"\npatterns = [\"loitering\"]"));
    assert!(never(rss, "to = [\"community:op\", \"jrcc\"]"), "each member is one of rss");
    assert!(!never("to = [\"community:op\"]", "to = [\"lc-ops\"]"), "op is not for always");
    assert!(never("to = [\"community:op\"]", "to = [\"community:op\"]\ndark = true"));
    assert!(!never("to = [\"lc-ops\"]", "to = [\"lc-ops\", \"jrcc\"]"));
    for condition in [
        "severity = \"severe\"",
        "patterns = [\"loitering\"]",
        "rules = [\"r\"]",
        "inside = [\"eez\"]",
        "states = [\"BRB\"]",
        "domain = \"air\"",
        "dark = true",
        "marking = \"public\"",
    ] {
        let narrow = format!("{rss}\n{condition}");
        assert!(!never(&narrow, rss), "{condition}");
        assert!(never(rss, &narrow) && never(&narrow, &narrow), "{condition}");
    }
}

#[test]
fn a_key_file_fits_the_key_of_the_centre() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let main = MAIN.replace("[sharing]", "[sharing]\nkey_file = \"own.key\"");
    for (name, text) in [
        ("vigie.toml", &*main),
        ("centres.toml", CENTRES),
        ("sharing/a.toml", POLICY),
        ("zones.geojson", &zones()),
        ("rules.toml", RULES),
    ] {
        write(name, text);
    }
    let path = folder.path().join("vigie.toml");
    let told = || match load(&path) {
        Ok((_, warnings)) => lines(&warnings),
        Err(problems) => lines(&problems),
    };
    assert!(told().contains("own.key\" cannot be read"), "{}", told());
    let key = |x: &str| {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","kid":"bb-ops","x":"{x}","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}}"#
        )
    };
    write("own.key", &key(KEY_BB));
    assert_eq!(told(), "");
    write("own.key", &key(KEY_LC));
    assert!(told().contains(&format!("does not fit the key of centre \"bb-ops\" in the file of centres; `vigie keys show` prints the right one: {KEY_LC}")), "{}", told());
    write("own.key", "hunter2");
    assert!(
        told().contains("is not a key file of `vigie keys new`") && !told().contains("hunter2"),
        "{}",
        told()
    );
}
