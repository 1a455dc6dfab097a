//! Decisions and forms: hand-made cases, and properties over random policies and alerts.

use std::borrow::Cow;

use proptest::prelude::*;
use proptest::sample::select;

use super::explain::{explain, in_words};
use super::policy::{ByHand, Decision, Form, Item, Miss, Rules, Withheld};
use super::rendering::{accuracy_m, render, render_action, rounded};
use crate::config::{self, Config, Policy, Recipient, Share, Source, Strip, What};
use crate::model::{
    Action, ActionKind, AlertEvent, AlertMessage, Centre, Centres, Community, Decimals, Deed, Domain,
    Formerly, ListEntry, Measure, Mmsi, Outcome, Owner, Position, Selector, Severity, Span, Time, ZoneKind,
    ZoneRef,
};
use crate::sinks::event_json::tests::sample;

const LEVELS: [&str; 3] = ["public", "restricted", "confidential"];
const NAMES: [&str; 5] = ["bb-ops", "lc-ops", "vc-ops", "jrcc", "rss-hq"];

/// Three centres, as `centres.toml` has them.
pub(super) const CENTRES: &str = r#"
[[centre]]
name = "bb-ops"
label = "Barbados"
state = "BRB"
key = "bT4dYb-jh9dDJxTW6Du9K5-VgozGFyycPDfgrhMyedg"
[[centre]]
name = "lc-ops"
label = "Saint Lucia"
state = "LCA"
key = "JdJasqDxdzGXyH7aRDh75sK240efrZCJ7Ybxl17cK8c"
[[centre]]
name = "jrcc"
label = "JRCC"
body = "JRCC"
key = "aJCnki6AdfuizBX5cFvpF09wJa20-5OVd0zqSrYHUNg"
"#;

/// Reads a configuration of these files.
pub(super) fn read(files: &[(&str, &str)]) -> Config {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let loaded = config::load_from(&Source::Memory(files), "vigie.toml");
    loaded.unwrap_or_else(|problems| panic!("{}", config::lines(&problems))).0
}

fn centres() -> Centres {
    let owners = [("BRB", true), ("LCA", true), ("VCT", true), ("JRCC", false), ("RSS", false)];
    let centre = |(name, (owner, is_state)): (&str, (&str, bool))| Centre {
        name: name.to_owned(),
        label: format!("centre {name}"),
        owner: if is_state { Owner::State(owner.to_owned()) } else { Owner::Body(owner.to_owned()) },
        area: Vec::new(),
        contacts: None,
        key: None,
    };
    let community = |name: &str, members: &[&str], span: Option<(i64, i64)>| Community {
        name: name.to_owned(),
        members: members.iter().map(|member| (*member).to_owned()).collect(),
        from: span.map(|(from, _)| Time(from)),
        until: span.map(|(_, until)| Time(until)),
    };
    Centres {
        centres: NAMES.into_iter().zip(owners).map(centre).collect(),
        communities: vec![
            community("rss", &["bb-ops", "lc-ops", "vc-ops", "rss-hq"], None),
            community("op", &["jrcc", "vc-ops"], Some((100, 200))),
        ],
    }
}

fn rules(shares: Vec<Share>) -> Rules {
    Rules {
        node: "bb-ops".to_owned(),
        centres: centres(),
        policy: Policy { shares },
        levels: LEVELS.map(str::to_owned).to_vec(),
        own_units: vec![ListEntry {
            mmsi: Mmsi::new(314_999_001),
            imo: None,
            icao: None,
            name: Some("HMBS TRIDENT".to_owned()),
            call_sign: None,
            reason: "patrol".to_owned(),
            source: None,
            action: None,
            from: Time(0),
            until: Time(i64::MAX),
        }],
    }
}

fn message(event: AlertEvent, marking: &str, to: &[&str]) -> AlertMessage<'static> {
    AlertMessage {
        node: "bb-ops".into(),
        state: "BRB".into(),
        exercise: None,
        marking: marking.to_owned().into(),
        releasable_to: to.iter().map(|word| Cow::Owned((*word).to_owned())).collect(),
        event: Cow::Owned(event),
    }
}

/// The rules of a node whose policy is a file's text.
fn of_policy(policy: &str) -> Rules {
    let main = r#"[node]
name = "bb-ops"
state = "BRB"
[sharing]
centres = "centres.toml"
policy = "policy.toml"
[zones]
files = "zones.geojson"
"#;
    let key = |first: char| format!("key = \"{first}1qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"\n");
    let centres = [
        ("bb-ops", "state = \"BRB\""),
        ("lc-ops", "state = \"LCA\""),
        ("vc-ops", "state = \"VCT\""),
        ("jrcc", "body = \"JRCC\""),
    ];
    let mut text: String = centres
        .iter()
        .zip('1'..)
        .map(|((name, owner), n)| format!("[[centre]]\nname = \"{name}\"\n{owner}\n{}", key(n)))
        .collect();
    text += "[[community]]\nname = \"rss\"\nmembers = [\"bb-ops\", \"lc-ops\", \"vc-ops\"]\n";
    let zone = r#"{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "brb-territorial-sea",
        "kind": "territorial-sea", "state": "BRB", "name": "Barbados territorial sea"}, "geometry": {"type": "Polygon",
        "coordinates": [[[-60, 13], [-59, 13], [-59, 14], [-60, 13]]]}}]}"#;
    let files =
        [("vigie.toml", main), ("centres.toml", &text), ("policy.toml", policy), ("zones.geojson", zone)];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    match config::load_from(&Source::Memory(files.into()), "vigie.toml") {
        Ok((config, _)) => Rules::of(&config),
        Err(problems) => panic!("{}", config::lines(&problems)),
    }
}

/// What a decision says in short: `share`, `-share` for one that withholds, `!` for a marking, `?` for no match.
fn short(decision: &Decision) -> String {
    match decision {
        Decision::Released { rule, .. } => rule.clone().unwrap_or_else(|| "by hand".to_owned()),
        Decision::Withheld { rule: Some(rule), .. } => format!("-{rule}"),
        Decision::Withheld { reason: Withheld::NotReleasable(_), .. } => "!".to_owned(),
        Decision::Withheld { reason: Withheld::NoShare, .. } => "?".to_owned(),
        Decision::Withheld { reason, .. } => reason.to_string(),
    }
}

/// Policy, severity, marking and `releasable_to`; then what lc-ops, vc-ops and jrcc get.
type Case<'a> = (String, Severity, &'a str, &'a [&'a str], [&'a str; 3]);

#[test]
fn hand_made_cases() {
    let all = &["BRB", "LCA", "VCT", "JRCC"][..];
    let share = |name: &str, to: &str, rest: &str| {
        format!("[[share]]\nname = \"{name}\"\nto = {to}\nwhat = \"alerts\"\n{rest}\n")
    };
    let rss = "[\"community:rss\"]";
    let cases: &[Case] = &[
        (String::new(), Severity::Extreme, "public", all, ["?", "?", "?"]),
        (share("a", rss, ""), Severity::Minor, "restricted", all, ["a", "a", "?"]),
        (share("a", rss, ""), Severity::Minor, "restricted", &["BRB", "VCT"], ["!", "a", "!"]),
        (share("a", rss, ""), Severity::Minor, "restricted", &["community:rss"], ["a", "a", "!"]),
        (share("a", rss, ""), Severity::Minor, "restricted", &["lc-ops"], ["a", "!", "!"]),
        (share("a", rss, ""), Severity::Minor, "restricted", &[], ["!", "!", "!"]),
        (share("a", rss, ""), Severity::Minor, "confidential", all, ["?", "?", "?"]),
        (
            share("a", rss, "marking = \"confidential\""),
            Severity::Minor,
            "confidential",
            all,
            ["a", "a", "?"],
        ),
        (share("a", rss, "marking = \"confidential\""), Severity::Minor, "secret", all, ["?", "?", "?"]),
        (share("a", rss, "marking = \"public\""), Severity::Minor, "restricted", all, ["?", "?", "?"]),
        (
            share("a", "[\"jrcc\"]", "severity = \"severe\""),
            Severity::Moderate,
            "public",
            all,
            ["?", "?", "?"],
        ),
        (
            share("a", "[\"jrcc\"]", "severity = \"severe\""),
            Severity::Extreme,
            "public",
            all,
            ["?", "?", "a"],
        ),
        (
            share("no", "[\"vc-ops\"]", "withhold = true\npatterns = [\"loitering\"]") + &share("a", rss, ""),
            Severity::Minor,
            "public",
            all,
            ["a", "-no", "?"],
        ),
        (
            share("gone", rss, "patterns = [\"rendezvous\"]") + &share("b", "[\"lc-ops\", \"jrcc\"]", ""),
            Severity::Minor,
            "public",
            all,
            ["b", "?", "b"],
        ),
        (share("a", rss, "inside = [\"territorial-sea\"]"), Severity::Minor, "public", all, ["a", "a", "?"]),
        (share("a", rss, "states = [\"BRB\"]"), Severity::Minor, "public", all, ["a", "a", "?"]),
        (share("a", rss, "states = [\"LCA\"]"), Severity::Minor, "public", all, ["?", "?", "?"]),
        (share("a", rss, "inside = [\"eez\"]"), Severity::Minor, "public", all, ["?", "?", "?"]),
        (share("a", rss, "dark = true"), Severity::Minor, "public", all, ["?", "?", "?"]),
        (
            share("a", rss, "dark = false\ndomain = \"surface\""),
            Severity::Minor,
            "public",
            all,
            ["a", "a", "?"],
        ),
        (share("a", rss, "domain = \"air\""), Severity::Minor, "public", all, ["?", "?", "?"]),
        (share("a", rss, "").replace("alerts", "tracks"), Severity::Minor, "public", all, ["?", "?", "?"]),
    ];
    for (policy, severity, marking, to, want) in cases {
        let rules = of_policy(policy);
        let message = message(AlertEvent { severity: *severity, ..sample() }, marking, to);
        let item = Item::alert(&message, &rules);
        let found =
            ["lc-ops", "vc-ops", "jrcc"].map(|centre| short(&rules.decide(&item, centre, None, Time(0))));
        assert_eq!(found, *want, "{policy}\n{severity:?} {marking} {to:?}");
        for nobody in ["bb-ops", "nobody", ""] {
            let decision = rules.decide(&item, nobody, None, Time(0));
            assert_eq!(short(&decision), "is no other centre", "{nobody}");
        }
    }
}

#[test]
fn an_officer_overrides_the_policy_and_never_a_marking() {
    let rules = of_policy("[[share]]\nname = \"a\"\nto = [\"lc-ops\"]\nwhat = \"alerts\"\n");
    let message = message(sample(), "confidential", &["BRB", "JRCC", "LCA"]);
    let item = Item::alert(&message, &rules);
    let word = |is_released| ByHand {
        is_released,
        by: "clarke".to_owned(),
        text: "asked for by telephone".to_owned(),
    };
    let decide = |centre: &str, word: Option<&ByHand>| rules.decide(&item, centre, word, Time(0));
    assert_eq!(short(&decide("jrcc", None)), "?");
    let Decision::Released { rule: None, form } = decide("jrcc", Some(&word(true))) else {
        panic!("released")
    };
    assert!(form.strip.list_reasons && form.strip.officers && form.strip.own_units);
    assert_eq!(short(&decide("vc-ops", Some(&word(true)))), "!");
    assert_eq!(short(&decide("lc-ops", Some(&word(false)))), "withheld by clarke: asked for by telephone");
}

#[test]
fn a_community_counts_within_its_time() {
    let share = Share { to: vec![Recipient::Community("op".to_owned())], ..plain_share("a") };
    let rules = rules(vec![share]);
    let message = message(sample(), "public", &["community:op"]);
    let item = Item::alert(&message, &rules);
    let at = |now| short(&rules.decide(&item, "jrcc", None, Time(now)));
    assert_eq!([99, 100, 200, 201].map(at), ["!", "a", "a", "!"]);
}

#[test]
fn tracks_are_shared_where_they_are_near() {
    let share = Share { what: What::Tracks, within_m: Some(1000.0), ..plain_share("near") };
    let rules = rules(vec![share]);
    let near = |within: f64, _: Span, centre: &Centre| within == 1000.0 && centre.name == "lc-ops";
    let mut item = Item::plain(What::Tracks, "public", vec!["community:rss"]);
    assert_eq!(
        short(&rules.decide(&item, "lc-ops", None, Time(0))),
        "?",
        "nothing is known of where the track is"
    );
    item.near = Some(&near);
    assert_eq!(short(&rules.decide(&item, "lc-ops", None, Time(0))), "near");
    let centre = rules.centres.get("vc-ops").expect("a centre");
    assert_eq!(rules.miss(&rules.policy.shares[0], &item, centre, Time(0)), Some(Miss::Within));
}

#[test]
fn the_explanation_names_every_centre() {
    let rules = of_policy(
        "[[share]]\nname = \"dark\"\nto = [\"lc-ops\"]\nwhat = \"alerts\"\ndark = true\n[[share]]\nname = \"all\"\nto = [\"lc-ops\"]\nwhat = \"alerts\"\nprecision = \"1 nm\"\ndelay = \"10 min\"\nstrip = \"names\"\n",
    );
    let message = message(sample(), "restricted", &["BRB", "LCA", "JRCC"]);
    let text = in_words(&explain(&rules, &message, |_| None, Time(0)));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "lc-ops (lc-ops, LCA) gets it (share \"all\"): positions to 1852 m; 10 min later; without names"
    );
    assert_eq!(lines[1], "  share \"dark\" does not match: dark");
    assert!(lines[2].starts_with("  \"Vessel has stayed"), "{text}");
    assert_eq!(lines[3], "vc-ops (vc-ops, VCT) does not get it: is releasable to BRB, LCA, JRCC only");
    assert_eq!(lines[4], "jrcc (jrcc, JRCC) does not get it: no share matches");
}

pub(super) fn plain_share(name: &str) -> Share {
    Share {
        name: name.to_owned(),
        to: vec![Recipient::Community("rss".to_owned())],
        what: What::Alerts,
        withhold: false,
        severity: Severity::Minor,
        patterns: Vec::new(),
        rules: Vec::new(),
        inside: Vec::new(),
        states: Vec::new(),
        domain: None,
        dark: None,
        marking: "restricted".to_owned(),
        precision_m: None,
        delay: Span::ZERO,
        strip: Strip::default(),
        within_m: None,
        lead: Span::ZERO,
        rate: Span::from_secs(30),
    }
}

const PATTERNS: [&str; 3] = ["loitering", "rendezvous", "watchlist"];
const WORDS: [&str; 8] = ["BRB", "LCA", "VCT", "JRCC", "lc-ops", "rss-hq", "community:rss", "community:op"];

fn some_of(words: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(select(words), 0..3)
        .prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn any_share() -> impl Strategy<Value = Share> {
    let to = proptest::collection::vec(
        prop_oneof![
            select(&NAMES[1..]).prop_map(|name| Recipient::Centre(name.to_owned())),
            select(&["rss", "op"][..]).prop_map(|name| Recipient::Community(name.to_owned())),
        ],
        1..3,
    );
    let inside = proptest::collection::vec(
        prop_oneof![
            Just(Selector::Kind(ZoneKind::Eez)),
            Just(Selector::Kind(ZoneKind::TerritorialSea)),
            Just(Selector::Id("box".to_owned())),
        ],
        0..2,
    );
    let first =
        (to, any::<bool>(), select(&Severity::ALL[..]), some_of(&PATTERNS), some_of(&["r1", "r2"]), inside);
    let domain = proptest::option::of(select(&[Domain::Surface, Domain::Air][..]));
    let second = (
        some_of(&["BRB", "LCA"]),
        domain,
        proptest::option::of(any::<bool>()),
        select(&LEVELS[..]),
        any::<[bool; 4]>(),
        proptest::option::of(50.0..20_000.0),
    );
    (first, second).prop_map(|(first, second)| {
        let (to, withhold, severity, patterns, rules, inside) = first;
        let (states, domain, dark, marking, [names, list_reasons, officers, own_units], precision_m) = second;
        Share {
            to,
            withhold,
            severity,
            patterns,
            rules,
            inside,
            states,
            domain,
            dark,
            marking: marking.to_owned(),
            precision_m,
            strip: Strip { names, list_reasons, officers, own_units },
            ..plain_share("")
        }
    })
}

/// A random alert: its sentence has everything that a form may remove.
fn any_alert() -> impl Strategy<Value = AlertMessage<'static>> {
    let zone = prop_oneof![
        Just(("z1", "eez", "BRB", "Eez of BRB")),
        Just(("z2", "territorial-sea", "LCA", "Sea of LCA")),
        Just(("box", "area", "", "Secret box")),
        Just(("p", "port", "LCA", "Port Q")),
    ];
    let marking = prop_oneof![select(&LEVELS[..]), Just("of another")];
    let what = (select(&PATTERNS[..]), select(&["r1", "r2"][..]), select(&Severity::ALL[..]), marking);
    let to = proptest::collection::vec(select(&WORDS[..]), 0..4);
    let subjects = (any::<bool>(), any::<bool>(), any::<bool>());
    (what, to, proptest::collection::vec(zone, 0..3), subjects, -60.9..-59.1, 12.1..13.9).prop_map(
        |((pattern, rule, severity, marking), to, zones, (dark, air, own), lon, lat)| {
            let at = Position::new(lon, lat).expect("a position");
            let mut event = AlertEvent { severity, rule: rule.to_owned(), position: at, ..sample() };
            event.pattern = pattern.into();
            let zone = |(id, kind, state, name): &(&'static str, &'static str, &str, &str)| ZoneRef {
                id: (*id).to_owned(),
                kind: (*kind).into(),
                state: (*state).to_owned(),
                name: (*name).to_owned(),
                status: None,
            };
            event.zones = zones.iter().map(zone).collect();
            let first = &mut event.subjects[0];
            (first.name, first.call_sign) = (Some("ZQXVESSEL".to_owned()), Some("8PQZX".to_owned()));
            (first.dark, first.domain) = (dark, if air { Domain::Air } else { Domain::Surface });
            first.position = Some(at);
            first.formerly = vec![Formerly { mmsi: 314_000_777, name: Some("ZQXFORMER".to_owned()), until: Time(0) }];
            if own {
                let mut unit = event.subjects[0].clone();
                (unit.mmsi, unit.track) = (Some(314_999_001), "mmsi:314999001".to_owned());
                (unit.name, unit.call_sign, unit.formerly) = (Some("HMBS TRIDENT".to_owned()), None, Vec::new());
                event.subjects.push(unit);
            }
            event.measured.push(("from_coast_nm".to_owned(), Measure::Number(9417.3)));
            let with = if own { " and HMBS TRIDENT (MMSI 314999001)" } else { "" };
            let zone = event.zones.first().map_or("", |zone| &zone.name).to_owned();
            let place = crate::alerts::place::degrees_minutes(at);
            let list = "on the watch list as ZQXLISTED: INFORMANT SAYS (police)";
            let deed = if pattern == "watchlist" { list } else { "within 0.3 nm for 1 h in" };
            event.summary = format!(
                "ZQXVESSEL (MMSI 314001000), which was ZQXFORMER{with} {deed} {zone}, 9417.3 nm off the coast, bearing 118° from Ragged Point, bearing 118°, 4.17 miles from Ragged Point, at {place}. Course 210°."
            );
            message(event, marking, &to)
        },
    )
}

/// Whether a share matches, in words of the reference page: an account of its own.
fn should_match(share: &Share, message: &AlertMessage<'_>, centre: &str, now: i64) -> bool {
    let members = |name: &str| match name {
        "rss" => ["lc-ops", "vc-ops", "rss-hq"].contains(&centre),
        "op" => (100..=200).contains(&now) && ["jrcc", "vc-ops"].contains(&centre),
        _ => false,
    };
    let event = &message.event;
    let to = share.to.iter().any(|to| match to {
        Recipient::Centre(name) => name == centre,
        Recipient::Community(name) => members(name),
    });
    let level = |word: &str| LEVELS.iter().position(|level| *level == word);
    let marked = level(&message.marking).is_some() && level(&message.marking) <= level(&share.marking);
    let severe = Severity::ALL.iter().position(|s| *s == event.severity)
        >= Severity::ALL.iter().position(|s| *s == share.severity);
    let zone = event.zones.iter().any(|zone| {
        let named = share.inside.iter().any(|selector| match selector {
            Selector::Kind(kind) => kind.word() == zone.kind,
            Selector::Id(id) => *id == zone.id,
        });
        (named || share.inside.is_empty()) && (share.states.is_empty() || share.states.contains(&zone.state))
    });
    let anywhere = share.inside.is_empty() && share.states.is_empty();
    to && marked
        && severe
        && (share.patterns.is_empty() || share.patterns.iter().any(|pattern| *pattern == event.pattern))
        && (share.rules.is_empty() || share.rules.contains(&event.rule))
        && (anywhere || zone)
        && share.domain.is_none_or(|domain| event.subjects.iter().any(|subject| subject.domain == domain))
        && share.dark.is_none_or(|dark| event.subjects.iter().any(|subject| subject.dark) == dark)
}

/// Whether a word of `releasable_to` is for a centre.
fn is_for(word: &str, centre: &str, now: i64) -> bool {
    let words: &[&str] = match centre {
        "lc-ops" => &["LCA", "lc-ops", "community:rss"],
        "vc-ops" => &["VCT", "community:rss"],
        "jrcc" => &["JRCC"],
        _ => &["rss-hq", "community:rss"],
    };
    let in_operation = (100..=200).contains(&now) && ["jrcc", "vc-ops"].contains(&centre);
    words.contains(&word) || (word == "community:op" && in_operation)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_released_is_what_the_policy_says(
        shares in proptest::collection::vec(any_share(), 0..5),
        message in any_alert(),
        now in 0..300_i64,
    ) {
        let mut shares = shares;
        shares.iter_mut().enumerate().for_each(|(n, share)| share.name = format!("s{n}"));
        let rules = rules(shares);
        let item = Item::alert(&message, &rules);
        for centre in &NAMES[1..] {
            let first = rules.policy.shares.iter().find(|share| should_match(share, &message, centre, now));
            let releasable = message.releasable_to.iter().any(|word| is_for(word, centre, now));
            let want = first.filter(|share| releasable && !share.withhold);
            match rules.decide(&item, centre, None, Time(now)) {
                Decision::Released { rule, form } => {
                    let share = want.expect("the policy releases it");
                    prop_assert_eq!(rule.as_ref(), Some(&share.name));
                    prop_assert_eq!((form.precision_m, form.strip), (share.precision_m, share.strip));
                }
                Decision::Withheld { .. } => prop_assert!(want.is_none(), "{:?} of {}", want, centre),
            }
            let word = ByHand { is_released: true, by: "x".into(), text: "y".into() };
            let by_hand = rules.decide(&item, centre, Some(&word), Time(now));
            prop_assert_eq!(matches!(by_hand, Decision::Released { .. }), releasable);
        }
    }

    #[test]
    fn nothing_stripped_is_in_the_text(
        message in any_alert(),
        [names, list_reasons, officers, own_units] in any::<[bool; 4]>(),
        precision_m in proptest::option::of(200.0..20_000.0),
    ) {
        let form = Form { precision_m, delay: Span::ZERO, strip: Strip { names, list_reasons, officers, own_units } };
        let rendered = render(&message, &form, &rules(Vec::new()));
        let text = rendered.render();
        let gone = |words: &[&str]| -> Result<(), TestCaseError> {
            for word in words {
                prop_assert!(!text.contains(word), "{} in {}", word, text);
            }
            Ok(())
        };
        if names {
            gone(&["ZQXVESSEL", "8PQZX", "ZQXFORMER", "ZQXLISTED"])?;
        }
        if list_reasons {
            gone(&["INFORMANT", "police", "ZQXLISTED"])?;
        }
        if own_units {
            gone(&["TRIDENT", "314999001"])?;
        }
        if let Some(metres) = precision_m {
            let at = message.event.position;
            // A distance longer than any degree, so that no coordinate holds its digits.
            gone(&["9417.3", "4.17 nm", "bearing 118°", "Secret box", "Port Q", "trail\":[["])?;
            gone(&[&format!("{},{}", at.lon(), at.lat())])?;
            let there = rounded(at, metres);
            if crate::alerts::place::degrees_minutes(at) != crate::alerts::place::degrees_minutes(there) {
                gone(&[&crate::alerts::place::degrees_minutes(at)])?;
            }
            prop_assert_eq!(rendered.event.position, there);
            let off = crate::geodesy::distance_m(at, there);
            prop_assert!(off <= accuracy_m(metres) * 1.02, "{} m off for cells of {} m", off, metres);
            prop_assert!(text.contains("Course 210°") || message.event.pattern == "watchlist");
        }
        prop_assert_eq!(AlertMessage::read(&text).map(|again| again.render()).ok(), Some(text.clone()));
        // What is stripped twice is what is stripped once, so that a recipient may share on.
        if precision_m.is_none() && message.event.pattern != "watchlist" {
            prop_assert_eq!(render(&rendered, &form, &rules(Vec::new())).render(), text);
        }
    }
}

#[test]
fn without_a_form_nothing_changes() {
    let message = message(sample(), "public", &["BRB"]);
    assert_eq!(render(&message, &Form::default(), &rules(Vec::new())), message);
}

#[test]
fn neighbours_in_a_cell_look_alike() {
    let at = |lon, lat| Position::new(lon, lat).expect("a position");
    let cell = rounded(at(-59.7101, 13.0201), 926.0);
    assert_eq!(rounded(at(-59.7102, 13.0202), 926.0), cell);
    assert_eq!(rounded(cell, 926.0), cell, "rounding twice changes nothing");
    assert_ne!(rounded(at(-59.7201, 13.0201), 926.0), cell);
}

#[test]
fn sentences_keep_what_gives_no_position_away() {
    let mut event = sample();
    event.measured.push(("from_coast_nm".to_owned(), Measure::Number(9.99)));
    event.summary = "CALYPSO (MMSI 314001000) has stayed within 0.3 nm for 1 h 2 min, 2.4 nm from the other, at 0.9 kn, course 210°, bearing 118°, 4.1 miles from Ragged Point.".to_owned();
    let form = Form { precision_m: Some(1852.0), ..Form::default() };
    let rendered = render(&message(event, "public", &[]), &form, &rules(Vec::new()));
    let event = &rendered.event;
    let want = "CALYPSO (MMSI 314001000) has stayed within 0.3 nm for 1 h 2 min, 2.4 nm from the other, at 0.9 kn, course 210°, some way from Ragged Point. Position to 1.0 nm: ";
    assert!(event.summary.starts_with(want), "{}", event.summary);
    assert!(event.measured.iter().all(|(name, _)| name != "from_coast_nm"));
    assert_eq!(event.place.distance_nm, None);
    assert_eq!(event.subjects[0].accuracy_m, Some(Decimals(accuracy_m(1852.0))));
}

#[test]
fn actions_without_officers() {
    let action = |deed| Action {
        time: Time(5),
        by: "Clarke".to_owned(),
        centre: None,
        kind: ActionKind::Alert { alert: "a".to_owned(), deed },
    };
    let form = Form { strip: Strip { officers: true, ..Strip::default() }, ..Form::default() };
    let text = || Some("Clarke saw her".to_owned());
    let outcome = Outcome::Confirmed;
    let shared = [
        Deed::Acknowledge,
        Deed::Assign { to: "Clarke".to_owned(), text: text() },
        Deed::Close { outcome, text: text() },
        Deed::Offer { to: "jrcc".to_owned(), text: text() },
        Deed::Refuse { text: text() },
    ];
    for deed in shared {
        let rendered = render_action(&action(deed.clone()), &form, "bb-ops").expect("is shared");
        assert!(!format!("{rendered:?}").contains("Clarke"), "{rendered:?}");
        assert_eq!(render_action(&action(deed.clone()), &Form::default(), "bb-ops"), Some(action(deed)));
    }
    for own in [
        Deed::Comment { text: "x".to_owned() },
        Deed::Mute,
        Deed::Hold { held: true },
        Deed::Withhold { to: "jrcc".to_owned(), text: "x".to_owned() },
        Deed::Disclose { to: "jrcc".to_owned(), text: "x".to_owned() },
    ] {
        assert_eq!(render_action(&action(own), &Form::default(), "bb-ops"), None);
    }
}
