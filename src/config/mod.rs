//! Configuration: raw files in, a checked configuration or every error at once out.
//!
//! ```text
//! source      where files come from: a folder, the shipped folder inside the program, memory
//! keys        every key of every file, declared once
//! fields      a TOML table read by its declaration
//! scalars     names, identities, positions, dates
//! values      numbers with units; the limits of patterns
//! settings    node, broker, feeds          topics  MQTT filters
//! zones       GeoJSON                      rings   polygons       locate  where in the text
//! rules, lists
//! centres, policy                           who shares what with whom, and in which form
//! trial                                    values to be tried for limits
//! change      limits and zones written into the files      zone_file   zones that were drawn      put   files on disk
//! snapshot    files of rules and zones as they are        difference  between two versions, in words
//! schema, reference                        made from `keys` and `patterns::ALL`
//! ```

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::engine::Setup;
use crate::engine::version::{Areas, version};
use crate::model::{Centres, Geography, Owner, Position, Radar, Rule, Span, VesselList};
use crate::normalcy::Normalcy;
use crate::wire::Format;
use crate::wire::shared::Peer;

#[cfg(test)]
mod acceptance;
mod alert_schema;
mod centres;
pub mod change;
pub mod difference;
mod fields;
mod in_force;
mod keys;
mod lists;
mod locate;
mod nearest;
mod policy;
mod problem;
mod put;
#[cfg(test)]
mod reference;
mod rings;
mod rules;
mod scalars;
pub mod schema;
mod settings;
pub mod snapshot;
mod source;
mod states;
mod topics;
pub mod trial;
mod values;
mod zone_file;
mod zones;

pub use in_force::in_force;
pub use policy::{Policy, Recipient, Share, Strip, What};
pub use problem::{Gravity, Problem, lines};
pub use source::{SHIPPED, Source};

use fields::Fields;
use problem::{Doc, Problems};

/// Path of the configuration where none is named.
pub const DEFAULT_PATH: &str = "config/vigie.toml";

/// The environment variable with the broker's password.
pub const PASSWORD_VARIABLE: &str = "VIGIE_BROKER_PASSWORD";

/// A checked configuration and the warnings about it.
pub type Loaded = (Config, Vec<Problem>);

/// Reads and checks a configuration.
///
/// # Errors
/// Every error of every file, and the warnings, by file, line and column.
pub fn load(path: &Path) -> Result<Loaded, Vec<Problem>> {
    let (source, name) = on_disk(path);
    load_from(&source, &name)
}

/// Reads and checks the named file, or [`DEFAULT_PATH`] where there is one, or else the shipped configuration.
///
/// # Errors
/// The errors of [`load`].
pub fn load_or_shipped(path: Option<&Path>) -> Result<Loaded, Vec<Problem>> {
    overview(path).map(|overview| (overview.config, overview.warnings))
}

/// Reads and checks a configuration whose main file has this name in a source.
///
/// # Errors
/// The errors of [`load`].
pub fn load_from(source: &Source, name: &str) -> Result<Loaded, Vec<Problem>> {
    overview_of(source, name).map(|overview| (overview.config, overview.warnings))
}

/// Reads lists of vessels, in the form of a file of them; `name` is what problems call it.
///
/// # Errors
/// Every error, by line and column.
pub fn lists(name: &str, text: &str) -> Result<Vec<VesselList>, Vec<Problem>> {
    let (problems, mut lists) = (Problems::default(), lists::Lists::default());
    lists.read(&Doc { name: name.to_owned(), text: text.to_owned() }, None, &problems);
    match problems.any_error() {
        true => Err(problems.sorted()),
        false => Ok(lists.lists),
    }
}

/// A configuration with all that there is to tell about it.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Name of the source.
    pub from: String,
    /// The checked configuration.
    pub config: Config,
    /// Rules with `enabled = false`.
    pub off: Vec<String>,
    /// Warnings: lines that are allowed and probably not meant.
    pub warnings: Vec<Problem>,
}

/// [`load_or_shipped`], with all that there is to tell about it.
///
/// # Errors
/// The errors of [`load`].
pub fn overview(path: Option<&Path>) -> Result<Overview, Vec<Problem>> {
    let (source, name) = place_of(path);
    overview_of(&source, &name)
}

/// Returns where a configuration is: the named file, or [`DEFAULT_PATH`] where there is one, or else the shipped one.
fn place_of(path: Option<&Path>) -> (Source, String) {
    let default = Path::new(DEFAULT_PATH);
    match path.or_else(|| default.exists().then_some(default)) {
        Some(path) => on_disk(path),
        None => (Source::Embedded(&SHIPPED), "vigie.toml".to_owned()),
    }
}

/// Returns the node's name and the file of its key, whatever else is wrong in the configuration: before the node has a key,
/// something is.
///
/// # Errors
/// The main file cannot be read, or names no node.
pub fn key_file(path: Option<&Path>) -> Result<(String, PathBuf), Vec<Problem>> {
    let (source, name) = place_of(path);
    let (problems, quiet) = (Problems::default(), Problems::default());
    let found = source.read(&name).map(|text| {
        let doc = Doc { name: source.shown(&name), text };
        let parsed = fields::parse(&doc, &problems)?;
        let main = Fields::read(&doc, 0, parsed.get_ref(), &keys::MAIN, &quiet);
        let node = settings::node(&main, &problems)?;
        let sharing = settings::sharing(
            &main,
            &source,
            &settings::state(&main, &quiet),
            &centres::Audience::default(),
            &quiet,
        );
        Some((node.name, sharing.key_file))
    });
    match found {
        Ok(Some(found)) => return Ok(found),
        Ok(None) if problems.any_error() => {}
        Ok(None) => {
            problems.error_at_line(&source.shown(&name), 1, 1, "this file lacks [node] with its name")
        }
        Err(text) => problems.error_at_line(&source.shown(&name), 1, 1, text.to_string()),
    }
    Err(problems.sorted())
}

/// A number that is another one when a file of the configuration was written, added or taken away; 0 where there is no
/// file on disk. What a broken main file names is not looked at.
pub fn stamp(path: Option<&Path>) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};

    let default = Path::new(DEFAULT_PATH);
    let Some(path) = path.or_else(|| default.exists().then_some(default)) else { return 0 };
    let (source, name) = on_disk(path);
    let main = source.read(&name).unwrap_or_default();
    let mut files = vec![name];
    files.extend(names_in(&source, &main, &["zones", "rules", "lists", "normalcy", "sharing"]));
    let mut hash = DefaultHasher::new();
    for file in files {
        let meta = std::fs::metadata(source.path(&file)).ok();
        (file, meta.as_ref().map(std::fs::Metadata::len)).hash(&mut hash);
        meta.and_then(|meta| meta.modified().ok()).hash(&mut hash);
    }
    hash.finish().max(1)
}

/// Names of the files that some tables of a main file name, each pattern's in their order; none where the file is broken.
fn names_in(source: &Source, main: &str, tables: &[&str]) -> Vec<String> {
    let main: toml::Table = main.parse().unwrap_or_default();
    let patterns = tables.iter().filter_map(|table| main.get(*table)?.as_table());
    let patterns = patterns.flat_map(|table| table.values()).flat_map(|value| match value {
        toml::Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    });
    let mut names = Vec::new();
    for pattern in patterns {
        names.extend(pattern.as_str().and_then(|pattern| source.find(pattern).ok()).into_iter().flatten());
    }
    names
}

fn on_disk(path: &Path) -> (Source, String) {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    (Source::Folder(folder), name)
}

fn overview_of(source: &Source, name: &str) -> Result<Overview, Vec<Problem>> {
    let password = std::env::var(PASSWORD_VARIABLE).ok().filter(|text| !text.is_empty()).map(Secret);
    let problems = Problems::default();
    let checked = check(source, name, password, &problems);
    match checked {
        Some((config, off)) if !problems.any_error() => {
            Ok(Overview { from: source.shown(name), config, off, warnings: problems.sorted() })
        }
        _ => Err(problems.sorted()),
    }
}

/// Goes through all files, whatever is wrong in one of them.
fn check(
    source: &Source,
    name: &str,
    password: Option<Secret>,
    problems: &Problems,
) -> Option<(Config, Vec<String>)> {
    let doc = match source.read(name) {
        Ok(text) => Doc { name: source.shown(name), text },
        Err(fault) => {
            problems.error_at_line(&source.shown(name), 1, 1, fault.to_string());
            return None;
        }
    };
    let parsed = fields::parse(&doc, problems)?;
    let main = Fields::read(&doc, 0, parsed.get_ref(), &keys::MAIN, problems);
    let files = |table, key| settings::files(&main, table, key, source, problems);
    let node = settings::node(&main, problems);
    let broker = settings::broker(&main, source, password, problems);
    let centre_files = files("sharing", "centres");
    let centres = centres::read(&centre_files, &main, node.as_ref(), problems);
    let zone_files = files("zones", "files");
    let mut zones = zones::Zones { incomplete: !zone_files.complete, ..Default::default() };
    zone_files.docs.iter().for_each(|doc| zones.read(doc, &centres.audience, problems));
    let mut geography = Geography::default();
    files("zones", "coast").docs.iter().for_each(|doc| zones::read_land(doc, &mut geography.land, problems));
    files("zones", "places")
        .docs
        .iter()
        .for_each(|doc| zones::read_places(doc, &mut geography.places, problems));

    let state = settings::state(&main, problems);
    let sharing = settings::sharing(&main, source, &state, &centres.audience, problems);
    let list_files = files("lists", "files");
    let mut lists = lists::Lists { incomplete: !list_files.complete, ..Default::default() };
    let known = lists::Known { levels: &sharing.levels, audience: &centres.audience };
    list_files.docs.iter().for_each(|doc| lists.read(doc, Some(&known), problems));

    let known = rules::Known { zones: &zones, lists: &lists };
    let mut rules = rules::Rules::default();
    let rule_files = files("rules", "files");
    rule_files.docs.iter().for_each(|doc| rules.read(doc, &known, problems));
    let normalcy = read_normalcy(&files("normalcy", "file").docs, problems);
    let mut feeds = settings::feeds(&main, &centres.audience, problems);
    if let Some(node) = &node {
        feeds.extend(centres.feeds(&node.name, &feeds, &main, problems));
    }
    let http = settings::http(&main, source, problems);
    let lists_topic = settings::lists_topic(&main, problems);
    settings::check_markings(&main, &sharing, &feeds, &zones.zones, problems);
    centres.check_areas(&zones, problems);
    centres.check_key_file(&main, &sharing.key_file, node.as_ref(), problems);
    let policy_files = files("sharing", "policy");
    let known = policy::Known {
        centres: &centres,
        levels: &sharing.levels,
        unmarked: &sharing.unmarked,
        zones: &zones,
        rules: &rules,
        node: node.as_ref().map(|node| node.name.as_str()),
    };
    let policy = policy::read(&policy_files.docs, &main, &known, problems);
    let bounds = settings::bounds(&main, problems);
    if rules.rules.is_empty() && !problems.any_error() {
        problems.warning(&doc, main.place("rules"), "no rule is in force: nothing can raise an alert");
    }
    geography.zones = zones.zones;
    let version = version(&rules.rules, Areas::of(&geography));
    let setup = Setup { geography, rules: rules.rules, lists: lists.lists, bounds, normalcy, version };
    let centres = centres.centres;
    Some((
        Config {
            node: node?,
            broker,
            feeds,
            sharing,
            centres,
            policy,
            http,
            lists_topic,
            state,
            setup,
            rule_files: rules.in_files,
        },
        rules.off,
    ))
}

/// Reads files of `vigie learn`.
fn read_normalcy(docs: &[Doc], problems: &Problems) -> Normalcy {
    let mut normalcy = Normalcy::default();
    for doc in docs {
        match Normalcy::from_file(&doc.text) {
            Ok(learnt) => normalcy.merge(&learnt),
            Err(fault) => problems.error_at_line(&doc.name, fault.line, fault.column, fault.text),
        }
    }
    normalcy
}

/// Everything checked; nothing in here can be wrong.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name and State of the node.
    pub node: Node,
    /// Required by `run`.
    pub broker: Option<Broker>,
    /// Feeds in the order of the file; the index of a feed is its `FeedId`.
    pub feeds: Vec<Feed>,
    /// Marking of alerts that leave the node, the node's key, and the broker between centres.
    pub sharing: Sharing,
    /// Centres of the environment and their communities; empty where the node shares with nobody.
    pub centres: Centres,
    /// Rules for what is shared with whom.
    pub policy: Policy,
    /// Address and access of the console, the metrics and the health page.
    pub http: Option<Http>,
    /// MQTT topic that brings lists of vessels.
    pub lists_topic: Option<String>,
    /// Folder on disk, and how long records are kept.
    pub state: State,
    /// Zones, rules, lists and bounds for the engine.
    pub setup: Setup,
    /// Every rule with its file, those that are switched off among them.
    pub rule_files: Vec<RuleInFile>,
}

/// A rule as it stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleInFile {
    /// The rule.
    pub rule: Rule,
    /// Name of the file.
    pub file: String,
    /// Whether the rule is in force.
    pub is_on: bool,
}

/// `[node]`
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Letters, digits, `-`.
    pub name: String,
    /// State or body that runs the node.
    pub owner: Owner,
}

/// `[broker]`
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    /// Host name or address.
    pub host: String,
    /// TCP port; 1883 or 8883 where the URL has none.
    pub port: u16,
    /// `mqtts://`.
    pub tls: bool,
    /// User name.
    pub user: Option<String>,
    /// Password from `password_file`, or from the environment variable `VIGIE_BROKER_PASSWORD`.
    pub password: Option<Secret>,
    /// PEM file of the authority; the system's where absent.
    pub ca_file: Option<PathBuf>,
    /// PKCS #12 identity of the client.
    pub identity_file: Option<PathBuf>,
    /// Actions that all senders together may send in a second.
    pub max_actions_per_second: u32,
    /// Whether actions and lists over MQTT are refused without a signature.
    pub require_signed: bool,
}

/// Actions per second where the configuration names no number.
pub const ACTIONS_PER_SECOND: u32 = 100;

/// Limit on messages in a second; up to a minute's worth may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Messages.
    pub messages_per_second: u32,
    /// Bytes of payload.
    pub bytes_per_second: u32,
}

impl Default for Limit {
    fn default() -> Self {
        Limit { messages_per_second: 10_000, bytes_per_second: 32_000_000 }
    }
}

/// A secret that no log or error shows.
#[derive(Clone, PartialEq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// `[[feed]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// Unique.
    pub name: String,
    /// MQTT topic filters.
    pub topics: Vec<String>,
    /// Station names (TAG `s:`, `,rSTATION`) whose reports are this feed's; its own name is always one.
    pub stations: Vec<String>,
    /// Format of payloads.
    pub format: Format,
    /// The sensor's site.
    pub position: Option<Position>,
    /// Properties of the radar, if the feed is one.
    pub radar: Option<Radar>,
    /// Clock offset of the source, positive where it is ahead of UTC.
    pub clock_ahead: Span,
    /// True where the feed's own times count, however late they are.
    pub is_late: bool,
    /// True where a gateway stores reports and sends them mixed with those of now.
    pub is_stored: bool,
    /// Limit on the messages of the feed.
    pub limit: Limit,
    /// The protective marking of what it brings; `None`: that of [`Sharing::unmarked`].
    pub marking: Option<String>,
    /// States, bodies, centres and communities that what it brings may be released to, besides the own State.
    pub releasable_to: Vec<String>,
    /// The two ends of what another centre sends, where the feed is that of a centre.
    pub peer: Option<Peer>,
}

impl Feed {
    /// One of which no more is known.
    pub fn new(name: impl Into<String>, topics: Vec<String>, format: Format) -> Feed {
        Feed {
            name: name.into(),
            topics,
            stations: Vec::new(),
            format,
            position: None,
            radar: None,
            clock_ahead: Span::ZERO,
            is_late: false,
            is_stored: false,
            limit: Limit::default(),
            marking: None,
            releasable_to: Vec::new(),
            peer: None,
        }
    }

    /// Returns the feed of what another centre sends to this node. Times in it count, however late they are: the letters
    /// say when they were sent, and their age is limited.
    pub fn of_centre(peer: Peer) -> Feed {
        let topics = vec![peer.filter()];
        Feed { is_late: true, peer: Some(peer.clone()), ..Feed::new(peer.from, topics, Format::Vigie) }
    }
}

/// Name of the node's key in the state folder, where the configuration names no other file.
pub const KEY_FILE: &str = "node.key";

/// `[sharing]`
#[derive(Clone, Debug, PartialEq)]
pub struct Sharing {
    /// Markings, the lowest first.
    pub levels: Vec<String>,
    /// Marking of a feed that has none of its own.
    pub unmarked: String,
    /// File of the node's private key.
    pub key_file: PathBuf,
    /// Broker between centres; `None`: the node's own.
    pub broker: Option<Broker>,
    /// Minutes after which an offered hand-over comes back.
    pub hand_over_minutes: u32,
    /// States, bodies, centres and communities that officers' marks may be released to, besides the own State.
    pub marks_releasable_to: Vec<String>,
}

impl Default for Sharing {
    fn default() -> Self {
        let levels = ["public", "restricted", "confidential"].map(str::to_owned).to_vec();
        let key_file = PathBuf::from("state").join(KEY_FILE);
        Sharing {
            levels,
            unmarked: "restricted".to_owned(),
            key_file,
            broker: None,
            hand_over_minutes: 15,
            marks_releasable_to: Vec::new(),
        }
    }
}

/// `[http]`: where the console and monitoring listen, and who is let in.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and key, PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// File of the users who may log in.
    pub users: Option<PathBuf>,
    /// Length of a session of the console, hours.
    pub session_hours: u32,
}

impl Http {
    /// Access from this machine alone, without log-in.
    pub fn on_loopback(port: u16) -> Http {
        let listen = SocketAddr::from(([127, 0, 0, 1], port));
        Http { listen, tls: None, users: None, session_hours: 12 }
    }
}

/// `[state]`
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Journal, input log, checkpoints.
    pub folder: PathBuf,
    /// Seconds between checkpoints.
    pub checkpoint_seconds: u32,
    /// Days that ended alerts are kept.
    pub keep_days: u32,
    /// Days that those closed as false alarms are kept.
    pub keep_false_alarm_days: u32,
    /// Days that the watch log, marks, silences and comments are kept.
    pub keep_log_days: u32,
    /// Days that recordings of the watch are kept.
    pub keep_recording_days: u32,
    /// Minutes within which the coordination channel confirms an alert; 0 asks for no receipts.
    pub receipt_minutes: u32,
}

impl Default for State {
    fn default() -> Self {
        State {
            folder: PathBuf::from("state"),
            checkpoint_seconds: 60,
            keep_days: 400,
            keep_false_alarm_days: 90,
            keep_log_days: 400,
            keep_recording_days: 90,
            receipt_minutes: 0,
        }
    }
}

#[cfg(test)]
mod sharing_tests;
#[cfg(test)]
mod tests;
