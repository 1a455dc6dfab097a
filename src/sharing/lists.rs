//! Lists of vessels for other centres: each recipient holds what the policy releases to it now. What differs from what it holds is
//! written down and sent, and what it may hold no more is taken away.
//!
//! ```text
//! lists in force ──> entries that may leave ──> parts ──> differ from what the recipient holds? ──> letter
//! ```
//!
//! A long list leaves in parts. A list is looked at when the configuration changes and each minute, because entries and communities
//! begin and end. Every part leaves again after some hours, for a recipient that has lost its memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::pictures::InForce;
use super::policy::{Decision, Form, Item, OWN_UNITS};
use super::recipient::{disk, follow};
use super::{Content, Sender, is_removal};
use crate::clock;
use crate::config::{Broker, What};
use crate::journal::Releases;
use crate::model::{Action, ActionKind, ListEntry, ListMarking, SharedEntry, SharedList, Time, VesselList};
use crate::mqtt::{Connection, Options};
use crate::sinks::Undelivered;
use crate::sinks::acked::{Acked, acked};
use crate::telemetry;
use crate::wire::actions::{self, MOST_ENTRIES};
use crate::wire::shared::What as Kind;

/// Interval at which lists are looked at.
const EVERY: Duration = Duration::from_secs(60);
/// Pause after a letter that did not leave.
const PAUSE: Duration = Duration::from_secs(5);
/// Times after which a part leaves again, the last one from then on: soon for a recipient that starts at the same time, and always
/// within the day that a console shows.
const AGAIN_AFTER: [Duration; 4] = [
    Duration::from_secs(60),
    Duration::from_secs(600),
    Duration::from_secs(3600),
    Duration::from_secs(6 * 3600),
];
/// Bytes of the entries of one part, about.
const PART_BYTES: usize = 10 * 1024;
/// Events of the connection that wait to be looked at.
const EVENTS: usize = 16;
/// Requests that a client holds.
const CAPACITY: usize = 16;

/// Part of a list that may leave, with the shares that release its entries, and the highest marking of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    list: SharedList,
    rules: String,
    marking: String,
}

/// A part that a recipient holds.
#[derive(Debug)]
struct Held {
    list: String,
    number: u32,
    /// The last letter of this run.
    left: Option<Left>,
}

/// A letter that left.
#[derive(Debug)]
struct Left {
    list: SharedList,
    at: Instant,
    /// How often the same letter has left before.
    repeats: usize,
}

impl Left {
    /// Whether the recipient has this content, and has had it lately.
    fn is_current(&self, list: &SharedList) -> bool {
        let again_after = AGAIN_AFTER[self.repeats.min(AGAIN_AFTER.len() - 1)];
        self.list == *list && self.at.elapsed() < again_after
    }
}

/// Shares lists of vessels.
pub struct Lists {
    sender: Sender,
    in_force: watch::Receiver<Arc<InForce>>,
    /// Recipients with their decisions, and what each of them holds by identifier.
    recipients: Vec<(String, Releases, BTreeMap<String, Held>)>,
}

impl Lists {
    /// Returns what shares lists with recipients.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn new(
        sender: Sender,
        in_force: watch::Receiver<Arc<InForce>>,
        recipients: Vec<(String, Releases)>,
    ) -> anyhow::Result<Lists> {
        let mut all = Vec::new();
        for (to, releases) in recipients {
            let left = releases.left_beneath()?.into_iter();
            // What was emptied since may be there still.
            let there = left.filter(|(_, body)| body.as_ref().is_none_or(|body| !is_removal(body)));
            let held = there.filter_map(|(id, _)| {
                let (list, number) = id.rsplit_once('.')?;
                let held = Held { list: list.to_owned(), number: number.parse().ok()?, left: None };
                Some((id.clone(), held))
            });
            let held = held.collect();
            all.push((to, releases, held));
        }
        Ok(Lists { sender, in_force, recipients: all })
    }

    /// Connects to the broker between centres, and shares lists until the policies end.
    ///
    /// # Errors
    /// Files that the broker's configuration names cannot be read.
    pub fn start(self, broker: &Broker) -> anyhow::Result<JoinHandle<()>> {
        let options = Options {
            capacity: CAPACITY,
            in_flight: Some(1),
            ..Options::new(self.sender.topics.client_id("share-lists"))
        };
        let (events, connection) = Connection::new(broker, options)?.spawn(EVENTS);
        let (link, acked) = acked();
        let link = tokio::spawn(follow(events, link, "lists".to_owned()));
        Ok(tokio::spawn(async move {
            self.run(acked).await;
            link.abort();
            connection.abort();
        }))
    }

    async fn run(mut self, mut acked: Acked) {
        loop {
            acked.up().await;
            let in_force = Arc::clone(&self.in_force.borrow_and_update());
            let wait = if self.share(&in_force, &mut acked).await { EVERY } else { PAUSE };
            tokio::select! {
                changed = self.in_force.changed() => if changed.is_err() {
                    return;
                },
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Brings every recipient to what it may hold; false where something did not leave.
    async fn share(&mut self, in_force: &InForce, acked: &mut Acked) -> bool {
        for (to, releases, held) in &mut self.recipients {
            let mut wanted = parts(in_force, to, clock::now());
            for (id, there) in held.iter().filter(|(id, _)| !wanted.contains_key(*id)).collect::<Vec<_>>() {
                let list = SharedList { list: there.list.clone(), part: there.number, entries: Vec::new() };
                wanted.insert(id.clone(), Part { list, rules: String::new(), marking: String::new() });
            }
            for (id, part) in wanted {
                let left = held.get(&id).and_then(|held| held.left.as_ref());
                if left.is_some_and(|left| left.is_current(&part.list)) {
                    continue;
                }
                let repeats = left.filter(|left| left.list == part.list).map_or(0, |left| left.repeats + 1);
                if let Err(why) = send(&self.sender, to, releases, acked, &id, &part).await {
                    let event = telemetry::BROKER_AWAY;
                    tracing::debug!(event, to, id, ?why, "a list did not leave; tried again");
                    return false;
                }
                if part.list.entries.is_empty() {
                    held.remove(&id);
                } else {
                    let (list, number) = (part.list.list.clone(), part.list.part);
                    let left = Left { list: part.list, at: Instant::now(), repeats };
                    held.insert(id, Held { list, number, left: Some(left) });
                }
            }
        }
        true
    }
}

/// Writes down that a part leaves, and sends it; returns once the broker has it.
async fn send(
    sender: &Sender,
    to: &str,
    releases: &mut Releases,
    acked: &mut Acked,
    id: &str,
    part: &Part,
) -> Result<(), Undelivered> {
    let action = Action {
        time: clock::now(),
        by: sender.node.clone(),
        centre: Some(sender.node.clone()),
        kind: ActionKind::Listed(Box::new(part.list.clone())),
    };
    let body = actions::render(&action);
    let rules = Some(part.rules.as_str()).filter(|rules| !rules.is_empty());
    let seq = releases.release_beneath(id, rules, &body).map_err(disk)?;
    let marking = Some(part.marking.clone()).filter(|marking| !marking.is_empty());
    let content = Content { what: Kind::Lists, id: id.to_owned(), seq, marking, body };
    let (topic, sealed) =
        sender.seal(to, content).ok_or_else(|| Undelivered::Never("it is no JSON".to_owned()))?;
    acked.publish(topic, &sealed).await
}

/// Returns the parts of lists that a recipient may hold at a time, by identifier.
pub fn parts(in_force: &InForce, recipient: &str, now: Time) -> BTreeMap<String, Part> {
    let mut parts = BTreeMap::new();
    for (at, list) in in_force.lists.iter().enumerate() {
        // A name may tell what the list is about: lists whose reasons are removed are numbered.
        let mut by_name: BTreeMap<String, Vec<(SharedEntry, String)>> = BTreeMap::new();
        for (entry, rule, form) in released(in_force, list, recipient, now) {
            let name = if form.strip.list_reasons { format!("list-{}", at + 1) } else { list.name.clone() };
            by_name.entry(name).or_default().push((shared(entry, &form), rule));
        }
        for (name, entries) in by_name {
            for (number, entries) in (1..).zip(in_parts(entries)) {
                let part = part_of(in_force, &name, number, entries);
                parts.insert(format!("{name}.{number}"), part);
            }
        }
    }
    parts
}

/// Returns the entries of a list that may go to a recipient at a time, with their marking, the share, and the form.
fn released<'a>(
    in_force: &'a InForce,
    list: &'a VesselList,
    recipient: &'a str,
    now: Time,
) -> impl Iterator<Item = ((&'a ListEntry, &'a str), String, Form)> {
    const UNMARKED: &ListMarking = &ListMarking { level: None, releasable_to: Vec::new() };
    let markings = list.markings.iter().chain(std::iter::repeat(UNMARKED));
    let is_over = move |entry: &ListEntry| entry.until < now;
    list.entries.iter().zip(markings).filter(move |(entry, _)| !is_over(entry)).filter_map(
        move |(entry, marking)| {
            let (level, to) = in_force.marks.of_entry(marking);
            let item = Item { is_own_unit: list.name == OWN_UNITS, ..Item::plain(What::Lists, level, to) };
            match in_force.rules.decide(&item, recipient, None, now) {
                Decision::Released { rule, form } => Some(((entry, level), rule.unwrap_or_default(), form)),
                Decision::Withheld { .. } => None,
            }
        },
    )
}

/// Returns an entry in the form for a recipient.
fn shared((entry, marking): (&ListEntry, &str), form: &Form) -> SharedEntry {
    // Words of a list are not told apart from names in them.
    let is_named = !form.strip.names;
    let is_told = is_named && !form.strip.list_reasons;
    let text = |text: &Option<String>, shown: bool| text.clone().filter(|_| shown);
    SharedEntry {
        mmsi: entry.mmsi.map(|mmsi| mmsi.0),
        imo: entry.imo.map(|imo| imo.0),
        icao: entry.icao.map(|icao| icao.to_string()),
        name: text(&entry.name, is_named),
        call_sign: text(&entry.call_sign, is_named),
        reason: Some(entry.reason.clone()).filter(|_| is_told),
        source: text(&entry.source, is_told),
        action: text(&entry.action, is_told),
        from: entry.from.0,
        until: entry.until.0,
        marking: marking.to_owned(),
    }
}

/// Cuts entries into parts that fit into a letter.
fn in_parts(entries: Vec<(SharedEntry, String)>) -> Vec<Vec<(SharedEntry, String)>> {
    let mut parts: Vec<Vec<(SharedEntry, String)>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let more = serde_json::to_string(&entry.0).map_or(0, |text| text.len());
        let fits = |part: &&mut Vec<_>| part.len() < MOST_ENTRIES && bytes + more <= PART_BYTES;
        match parts.last_mut().filter(fits) {
            Some(part) => {
                bytes += more;
                part.push(entry);
            }
            None => {
                bytes = more;
                parts.push(vec![entry]);
            }
        }
    }
    parts
}

fn part_of(in_force: &InForce, name: &str, number: u32, entries: Vec<(SharedEntry, String)>) -> Part {
    let rank = |level: &str| in_force.rules.levels.iter().position(|known| known == level);
    let (entries, mut rules): (Vec<SharedEntry>, Vec<String>) = entries.into_iter().unzip();
    let marking = entries.iter().map(|entry| entry.marking.as_str()).max_by_key(|level| rank(level));
    let marking = marking.unwrap_or_default().to_owned();
    rules.sort();
    rules.dedup();
    Part {
        list: SharedList { list: name.to_owned(), part: number, entries },
        rules: rules.join(","),
        marking,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::tests::{CENTRES, read};

    const MAIN: &str = r#"
[node]
name = "bb-ops"
state = "BRB"
[sharing]
centres = "centres.toml"
policy = ["policy.toml"]
[lists]
files = ["lists.toml"]
[[feed]]
name = "north"
topic = "north"
format = "nmea"
"#;
    const POLICY: &str = r#"
[[share]]
name = "bare"
to = ["jrcc"]
what = "lists"
marking = "confidential"
strip = ["list-reasons", "own-units"]
[[share]]
name = "whole"
to = ["lc-ops"]
what = "lists"
marking = "restricted"
"#;
    const LISTS: &str = r#"
[[list]]
name = "smugglers"
marking = "restricted"
releasable_to = ["LCA", "JRCC"]
[[list.entry]]
mmsi = 314000001
name = "ONE"
reason = "told by an informant"
from = 2026-01-01
until = 2030-01-01
[[list.entry]]
mmsi = 314000002
reason = "of all"
marking = "confidential"
from = 2026-01-01
until = 2030-01-01
[[list.entry]]
mmsi = 314000003
reason = "of Barbados"
releasable_to = ["BRB"]
from = 2026-01-01
until = 2030-01-01
[[list.entry]]
mmsi = 314000004
reason = "over"
from = 2025-01-01
until = 2025-06-01
[[list]]
name = "unmarked"
[[list.entry]]
mmsi = 314000005
reason = "the highest, own State alone"
from = 2026-01-01
until = 2030-01-01
[[list]]
name = "own-units"
marking = "public"
releasable_to = ["JRCC", "LCA"]
[[list.entry]]
mmsi = 314000006
reason = "patrol"
from = 2026-01-01
until = 2030-01-01
"#;
    const NOW: Time = Time::from_secs(1_785_000_000);

    fn in_force(lists: &str) -> InForce {
        let others = [("vigie.toml", MAIN), ("centres.toml", CENTRES), ("policy.toml", POLICY)];
        InForce::of(&read(&[&others[..], &[("lists.toml", lists)]].concat()))
    }

    #[test]
    fn each_entry_leaves_where_its_marking_and_the_policy_allow() {
        let in_force = in_force(LISTS);
        let of = |to: &str| {
            let parts = parts(&in_force, to, NOW);
            let numbers = |part: &Part| part.list.entries.iter().filter_map(|e| e.mmsi).collect::<Vec<_>>();
            let all = parts.iter().map(|(id, part)| (id.clone(), part.rules.clone(), numbers(part)));
            all.collect::<Vec<_>>()
        };
        let part = |id: &str, rule: &str, numbers: &[u32]| (id.to_owned(), rule.to_owned(), numbers.to_vec());
        assert_eq!(
            of("lc-ops"),
            [part("own-units.1", "whole", &[314_000_006]), part("smugglers.1", "whole", &[314_000_001])]
        );
        assert_eq!(of("jrcc"), [part("list-1.1", "bare", &[314_000_001, 314_000_002])]);
        let text = |to: &str| format!("{:?}", parts(&in_force, to, NOW));
        for word in ["informant", "smugglers", "of all"] {
            assert!(!text("jrcc").contains(word), "{word}");
        }
        assert!(text("lc-ops").contains("told by an informant"));
        assert_eq!(parts(&in_force, "jrcc", NOW)["list-1.1"].marking, "confidential", "the highest");
        assert!(parts(&in_force, "bb-ops", NOW).is_empty());
    }

    #[test]
    fn a_long_list_leaves_in_parts_that_are_read_again() {
        let entry = |n: usize| {
            format!(
                "[[list.entry]]\nmmsi = {}\nreason = \"{}\"\nfrom = 2026-01-01\nuntil = 2030-01-01\n",
                314_000_000 + n,
                "long".repeat(25)
            )
        };
        let head = "[[list]]\nname = \"watch\"\nmarking = \"restricted\"\nreleasable_to = [\"LCA\"]\n";
        let entries: String = (1..=300).map(entry).collect();
        let parts = parts(&in_force(&format!("{head}{entries}")), "lc-ops", NOW);
        let count: usize = parts.values().map(|part| part.list.entries.len()).sum();
        assert!(parts.len() > 3 && count == 300, "{} parts, {count} entries", parts.len());
        for part in parts.into_values() {
            let kind = ActionKind::Listed(Box::new(part.list));
            let action =
                Action { time: NOW, by: "bb-ops".to_owned(), centre: Some("bb-ops".to_owned()), kind };
            let again =
                actions::parse_of_centre(actions::render(&action).as_bytes(), "bb-ops", "lc-ops", NOW);
            assert_eq!(again, Ok(action));
        }
    }
}
