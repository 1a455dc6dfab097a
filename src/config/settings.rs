//! The main file: node, broker, feeds, and where the other files are.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::centres::{self, Audience};
use super::fields::Fields;
use super::problem::{Doc, Problems};
use super::scalars::seems_swapped;
use super::source::Source;
use super::{ACTIONS_PER_SECOND, Broker, Feed, Http, KEY_FILE, Limit, Node, Secret, Sharing, State, topics};
use crate::engine::Bounds;
use crate::model::{Domain, Radar, Span, Zone};
use crate::wire::Format;

/// Feeds are numbered in 16 bits, and those that are found on the way need numbers too.
const MAX_FEEDS: usize = 1000;

/// `[node]`
pub(super) fn node(main: &Fields<'_>, problems: &Problems) -> Option<Node> {
    let node = main.fields("node", problems)?;
    let name = node.text("name").map(str::to_owned);
    if name.as_deref() == Some("exercise") {
        let text = "\"exercise\" cannot name a node: topics of exercises start with vigie/exercise";
        problems.error(node.doc, node.place("name"), text);
    }
    let owner = centres::owner(&node, problems);
    Some(Node { name: name?, owner: owner? })
}

/// `[broker]`; `environment` is the password that the environment holds.
pub(super) fn broker(
    main: &Fields<'_>,
    source: &Source,
    environment: Option<Secret>,
    problems: &Problems,
) -> Option<Broker> {
    let table = main.fields("broker", problems)?;
    let broker = read_broker(&table, source, environment, problems)?;
    let require_signed = table.switch("require_signed").unwrap_or(broker.require_signed);
    Some(Broker { require_signed, ..broker })
}

fn read_broker(
    broker: &Fields<'_>,
    source: &Source,
    environment: Option<Secret>,
    problems: &Problems,
) -> Option<Broker> {
    let url = broker.text("url").map(url);
    if let Some(Err(fault)) = &url {
        problems.error(broker.doc, broker.place("url"), fault);
    }
    let file = |key: &str| -> Option<PathBuf> {
        let path = source.path(broker.text(key)?);
        if let Err(error) = std::fs::File::open(&path) {
            let text = format!("{key} \"{}\" cannot be read: {error}", path.display());
            problems.error(broker.doc, broker.place(key), text);
        }
        Some(path)
    };
    let mut password = environment;
    if let Some(path) = file("password_file") {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        password = Some(Secret(text.lines().next().unwrap_or_default().to_owned()));
        if password.as_ref().is_some_and(|secret| secret.0.is_empty()) {
            problems.error(
                broker.doc,
                broker.place("password_file"),
                "the first line of password_file is empty or unreadable",
            );
        }
    }
    if broker.has("password_file") && !broker.given("user") {
        let text = "a password without a user is not sent; add the key user";
        problems.error(broker.doc, broker.place("password_file"), text);
    }
    let (host, port, tls) = url?.ok()?;
    let user = broker.text("user").map(str::to_owned);
    let near = ["localhost", "127.0.0.1", "::1"].contains(&host.as_str());
    if !tls && !near && user.is_some() && password.is_some() {
        let text = "mqtt:// sends the password unprotected; mqtts:// does not";
        problems.warning(broker.doc, broker.place("url"), text);
    }
    let (ca_file, identity_file) = (file("ca_file"), file("identity_file"));
    for key in ["ca_file", "identity_file"] {
        if !tls && broker.has(key) {
            let text = format!("{key} is for mqtts://, and this url is mqtt://");
            problems.error(broker.doc, broker.place(key), text);
        }
    }
    let max_actions_per_second = broker.count("max_actions_per_second", ACTIONS_PER_SECOND);
    Some(Broker {
        host,
        port,
        tls,
        user,
        password,
        ca_file,
        identity_file,
        max_actions_per_second,
        require_signed: !near,
    })
}

/// Host, port, and whether TLS is spoken.
fn url(text: &str) -> Result<(String, u16, bool), String> {
    let such = "such as \"mqtts://broker.example:8883\"";
    let (scheme, rest) = text
        .split_once("://")
        .ok_or_else(|| format!("\"{text}\" is not a broker's address; write one {such}"))?;
    let tls = match scheme {
        "mqtt" => false,
        "mqtts" => true,
        "ssl" | "tls" => return Err(format!("the scheme {scheme}:// is not known; write mqtts://{rest}")),
        "tcp" => return Err(format!("the scheme tcp:// is not known; write mqtt://{rest}")),
        _ => {
            return Err(format!(
                "the scheme {scheme}:// is not known; write mqtt:// or mqtts:// (TLS), {such}"
            ));
        }
    };
    if rest.contains('@') {
        return Err(
            "a user or a password does not belong in the url; use the keys user and password_file".to_owned()
        );
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#']) {
        return Err(format!("the url has a path; write host and port only, {such}"));
    }
    let (host, port) = match rest.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let bad = |c: char| c.is_whitespace() || "[]\"'".contains(c);
    if host.is_empty() || host.contains(bad) || (host.contains(':') && !rest.starts_with('[')) {
        return Err(format!("\"{text}\" names no host; write an address {such}"));
    }
    let port = match port {
        None => {
            if tls {
                8883
            } else {
                1883
            }
        }
        Some(port) => match port.parse() {
            Ok(port) if port != 0 => port,
            _ => return Err(format!("\"{port}\" is not a port from 1 to 65535")),
        },
    };
    Ok((host.to_owned(), port, tls))
}

/// `[[feed]]`
pub(super) fn feeds(main: &Fields<'_>, audience: &Audience, problems: &Problems) -> Vec<Feed> {
    let tables = main.all("feed", problems);
    let mut feeds = Vec::new();
    for (n, table) in tables.iter().enumerate() {
        if n == MAX_FEEDS {
            problems.error(table.doc, table.at, format!("more than {MAX_FEEDS} feeds"));
            break;
        }
        for other in &tables[..n] {
            compare(table, other, problems);
        }
        own_topics(table, problems);
        for (at, word) in table.texts("releasable_to") {
            if let Some(fault) = audience.fault(word) {
                problems.error(table.doc, *at, fault);
            }
        }
        if let Some(position) = table.position("position")
            && seems_swapped(position.lon(), position.lat())
        {
            let text = format!(
                "this reads like latitude before longitude; for a site in the Caribbean write [{}, {}]",
                position.lat(),
                position.lon()
            );
            problems.warning(table.doc, table.place("position"), text);
        }
        let name = table.text("name").map(str::to_owned);
        let format = table.text("format").and_then(Format::of_word);
        let (Some(name), Some(format), true) = (name, format, table.has("topic")) else { continue };
        feeds.push(Feed {
            name,
            topics: table.words("topic"),
            stations: table.words("stations"),
            format,
            position: table.position("position"),
            radar: radar(table, problems),
            clock_ahead: clock_ahead(table, problems),
            is_late: matches!(table.text("own_times"), Some("always" | "stored")),
            is_stored: table.text("own_times") == Some("stored"),
            limit: limit(table),
            marking: table.text("marking").map(str::to_owned),
            releasable_to: table.words("releasable_to"),
            peer: None,
        });
    }
    feeds
}

fn limit(feed: &Fields<'_>) -> Limit {
    let default = Limit::default();
    Limit {
        messages_per_second: feed.count("max_messages_per_second", default.messages_per_second),
        bytes_per_second: feed.count("max_bytes_per_second", default.bytes_per_second),
    }
}

/// Returns how far the source's clock is ahead of UTC.
fn clock_ahead(feed: &Fields<'_>, problems: &Problems) -> Span {
    let (ahead, behind) = (feed.number("clock_ahead"), feed.number("clock_behind"));
    if ahead.is_some() && behind.is_some() {
        let text = "a clock is ahead or behind, not both; keep one of clock_ahead and clock_behind";
        problems.error(feed.doc, feed.place("clock_behind"), text);
    }
    Span::from_secs_f64(ahead.unwrap_or(0.0) - behind.unwrap_or(0.0))
}

/// `[feed.radar]`
fn radar(feed: &Fields<'_>, problems: &Problems) -> Option<Radar> {
    let fields = feed.fields("radar", problems)?;
    if !feed.given("position") {
        let text = "a radar without a position: its ranges and bearings make no contacts, unless its own stream tells where it is; add the key position";
        problems.warning(fields.doc, fields.at, text);
    }
    let default = Radar::default();
    let or = |key, otherwise| fields.number(key).unwrap_or(otherwise);
    Some(Radar {
        range_sigma_m: or("range_sigma", default.range_sigma_m),
        bearing_sigma_deg: or("bearing_sigma", default.bearing_sigma_deg),
        beam_width_deg: or("beam_width", default.beam_width_deg),
        range_resolution_m: or("range_resolution", default.range_resolution_m),
        reach_m: or("reach", default.reach_m),
        domain: fields.text("domain").and_then(Domain::of_word),
        sector_deg: fields.pair("sector"),
    })
}

/// Two feeds share neither name, station nor topic.
fn compare(feed: &Fields<'_>, other: &Fields<'_>, problems: &Problems) {
    let line = feed.doc.place(other.at).0;
    let (name, other_name) = (feed.text("name"), other.text("name"));
    if let Some(name) = name.filter(|_| name == other_name) {
        let text = format!("there is another feed \"{name}\", at line {line}; names of feeds are unique");
        problems.error(feed.doc, feed.place("name"), text);
        return;
    }
    for (at, filter) in feed.texts("topic") {
        if let Some((_, same)) = other.texts("topic").iter().find(|(_, f)| topics::overlap(filter, f)) {
            let text = format!(
                "a topic can match \"{filter}\" and also \"{same}\" of the feed at line {line}; every topic is one feed's"
            );
            problems.error(feed.doc, *at, text);
        }
    }
    let taken = |station: &str| {
        other_name == Some(station) || other.texts("stations").iter().any(|(_, s)| s == station)
    };
    for (at, station) in feed.texts("stations").iter().filter(|(_, station)| taken(station)) {
        let text = format!("station \"{station}\" is already that of the feed at line {line}");
        problems.error(feed.doc, *at, text);
    }
    if let Some(name) = name.filter(|name| other.texts("stations").iter().any(|(_, s)| s == name)) {
        let text = format!("\"{name}\" is already a station of the feed at line {line}");
        problems.error(feed.doc, feed.place("name"), text);
    }
}

/// A feed that also matches what Vigie itself publishes would read its own words.
fn own_topics(feed: &Fields<'_>, problems: &Problems) {
    for (at, filter) in feed.texts("topic") {
        let own = [
            "vigie/+/alerts/#",
            "vigie/+/status",
            "vigie/+/actions/#",
            "vigie/+/replica/#",
            "vigie/exercise/#",
            "vigie/share/#",
        ];
        if own.iter().any(|topic| topics::overlap(filter, topic)) {
            let text = format!(
                "\"{filter}\" also matches Vigie's own topics under vigie/; name the feed's own, such as \"feeds/bb/#\""
            );
            problems.error(feed.doc, *at, text);
        }
    }
}

/// `[picture]`
pub(super) fn bounds(main: &Fields<'_>, problems: &Problems) -> Bounds {
    let default = Bounds::default();
    let Some(picture) = main.fields("picture", problems) else { return default };
    let count = |key, otherwise: usize| picture.count(key, otherwise as u32) as usize;
    Bounds {
        history_points: count("history_points", default.history_points),
        tracks: count("tracks", default.tracks),
        new_per_hour: picture.count("new_per_hour", default.new_per_hour),
        lone_alerts: count("lone_alerts", default.lone_alerts),
    }
}

/// `[sharing]`, but for the files of centres and of the policy.
pub(super) fn sharing(
    main: &Fields<'_>,
    source: &Source,
    state: &State,
    audience: &Audience,
    problems: &Problems,
) -> Sharing {
    let default = Sharing::default();
    let key_file = state.folder.join(KEY_FILE);
    let Some(table) = main.fields("sharing", problems) else { return Sharing { key_file, ..default } };
    for (at, word) in table.texts("marks_releasable_to") {
        if let Some(fault) = audience.fault(word) {
            problems.error(table.doc, *at, fault);
        }
    }
    let levels = if table.given("levels") { table.words("levels") } else { default.levels };
    Sharing {
        levels,
        unmarked: table.text("unmarked").map_or(default.unmarked, str::to_owned),
        key_file: table.text("key_file").map_or(key_file, |name| source.path(name)),
        broker: table
            .fields("broker", problems)
            .and_then(|broker| read_broker(&broker, source, None, problems)),
        hand_over_minutes: table.count("hand_over_minutes", default.hand_over_minutes),
        marks_releasable_to: table.words("marks_releasable_to"),
    }
}

/// Reports markings that are none of the levels.
pub(super) fn check_markings(
    main: &Fields<'_>,
    sharing: &Sharing,
    feeds: &[Feed],
    zones: &[Zone],
    problems: &Problems,
) {
    let table = main.fields("sharing", &Problems::default());
    let (doc, at) = table.as_ref().map_or((main.doc, main.at), |sharing| (sharing.doc, sharing.at));
    let marks = feeds.iter().map(|feed| (format!("feed \"{}\"", feed.name), feed.marking.as_ref()));
    let zones = zones.iter().map(|zone| (format!("zone \"{}\"", zone.id), zone.marking.as_ref()));
    let own = std::iter::once(("[sharing] unmarked".to_owned(), Some(&sharing.unmarked)));
    for (what, mark) in own.chain(marks).chain(zones) {
        if let Some(mark) = mark.filter(|mark| !sharing.levels.contains(mark)) {
            let known = sharing.levels.join(", ");
            problems.error(
                doc,
                at,
                format!("the marking \"{mark}\" of {what} is none of the levels: {known}"),
            );
        }
    }
}

/// `[http]`
pub(super) fn http(main: &Fields<'_>, source: &Source, problems: &Problems) -> Option<Http> {
    let http = main.fields("http", problems)?;
    let text = http.text("listen")?;
    let file = |key: &str| http.text(key).map(|name| source.path(name));
    let (cert, key, users) = (file("cert_file"), file("key_file"), file("users_file"));
    for (key, path) in [("cert_file", &cert), ("key_file", &key), ("users_file", &users)] {
        if let Some(Err(error)) = path.as_ref().map(std::fs::File::open) {
            let mend = if key == "users_file" { "; `vigie user` writes it" } else { "" };
            let text = format!("{key} cannot be read: {error}{mend}");
            problems.error(http.doc, http.place(key), text);
        }
    }
    if cert.is_some() != key.is_some() {
        let text = "a certificate and its key go together: cert_file and key_file";
        problems.error(http.doc, http.place(if cert.is_some() { "cert_file" } else { "key_file" }), text);
    }
    let Ok(listen) = text.parse::<SocketAddr>() else {
        let text = format!("\"{text}\" is not an address with a port, such as 127.0.0.1:8470");
        problems.error(http.doc, http.place("listen"), text);
        return None;
    };
    let tls = cert.zip(key);
    if !listen.ip().is_loopback() && (tls.is_none() || users.is_none()) {
        let text = format!(
            "\"{text}\" is not an address of this machine alone: others reach it with TLS and log-in only; give cert_file, key_file and users_file, or write 127.0.0.1"
        );
        problems.error(http.doc, http.place("listen"), text);
    }
    let session_hours = http.count("session_hours", 12);
    Some(Http { listen, tls, users, session_hours })
}

/// `[lists] topic`
pub(super) fn lists_topic(main: &Fields<'_>, problems: &Problems) -> Option<String> {
    // The table's own faults are told where its files are asked for.
    let lists = main.fields("lists", &Problems::default())?;
    let topic = lists.text("topic")?;
    if let Some(fault) = topics::fault(topic) {
        problems.error(lists.doc, lists.place("topic"), fault);
    }
    Some(topic.to_owned())
}

/// `[state]`
pub(super) fn state(main: &Fields<'_>, problems: &Problems) -> State {
    let default = State::default();
    let Some(state) = main.fields("state", problems) else { return default };
    State {
        folder: state.text("folder").map_or(default.folder, PathBuf::from),
        checkpoint_seconds: state.count("checkpoint_seconds", default.checkpoint_seconds),
        keep_days: state.count("keep_days", default.keep_days),
        keep_false_alarm_days: state.count("keep_false_alarm_days", default.keep_false_alarm_days),
        keep_log_days: state.count("keep_log_days", default.keep_log_days),
        keep_recording_days: state.count("keep_recording_days", default.keep_recording_days),
        receipt_minutes: state.count("receipt_minutes", default.receipt_minutes),
    }
}

/// The files that `[table] key` names, read; what cannot be read is told.
pub(super) fn files(
    main: &Fields<'_>,
    table: &str,
    key: &str,
    source: &Source,
    problems: &Problems,
) -> Files {
    let mut files = Files { docs: Vec::new(), complete: true };
    // The table's own faults are told once, where its first key is asked for.
    let quiet = Problems::default();
    let first = !matches!(key, "coast" | "places");
    let Some(table) = main.fields(table, if first { problems } else { &quiet }) else { return files };
    let mut names: Vec<String> = Vec::new();
    for (at, pattern) in table.texts(key) {
        match source.find(pattern) {
            Ok(found) if found.is_empty() => {
                files.complete = false;
                let text = format!("\"{pattern}\" matches no file in {}", source.shown(""));
                problems.error(table.doc, *at, text);
            }
            Ok(found) => names.extend(found),
            Err(fault) => {
                files.complete = false;
                problems.error(table.doc, *at, fault.to_string());
            }
        }
    }
    names.sort();
    names.dedup();
    for name in names {
        let shown = source.shown(&name);
        match source.read(&name) {
            Ok(text) => files.docs.push(Doc { name: shown, text }),
            Err(fault) => {
                files.complete = false;
                problems.error_at_line(&shown, 1, 1, fault.to_string());
            }
        }
    }
    files
}

/// Files read, and whether all were.
#[derive(Debug)]
pub(super) struct Files {
    pub docs: Vec<Doc>,
    pub complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        assert_eq!(url("mqtts://broker.example:8884"), Ok(("broker.example".to_owned(), 8884, true)));
        assert_eq!(url("mqtt://10.0.0.1/"), Ok(("10.0.0.1".to_owned(), 1883, false)));
        assert_eq!(url("mqtts://[::1]"), Ok(("::1".to_owned(), 8883, true)));
        assert_eq!(url("mqtts://[fe80::1]:99"), Ok(("fe80::1".to_owned(), 99, true)));
        for wrong in [
            "broker",
            "http://broker",
            "tcp://broker",
            "mqtt://",
            "mqtt://:1883",
            "mqtt://a:b@broker",
            "mqtt://broker:0",
            "mqtt://broker:99999",
            "mqtt://broker/path",
            "mqtt://::1",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
