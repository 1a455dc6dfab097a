//! The centres that share with one another, and their communities: `centres.toml`.

use std::path::Path;

use super::fields::{self, Fields};
use super::keys::CENTRE_FILE;
use super::nearest::hint;
use super::problem::{Doc, Problems};
use super::settings::Files;
use super::states;
use super::zones::Zones;
use super::{Feed, Node};
use crate::model::{Centre, Centres, Community, Owner, PublicKey};
use crate::wire::shared::Peer;

/// The centres as read, with what later checks need.
#[derive(Debug, Default)]
pub(super) struct Read<'a> {
    pub centres: Centres,
    pub audience: Audience,
    /// Every area of a centre, with its place.
    areas: Vec<(&'a Doc, usize, String, String)>,
    /// Marking of each centre's tracks, and the centre's permission to release what rests on them.
    tracks: Vec<(String, Option<String>, Vec<String>)>,
    /// Every word of such a permission, with its place.
    permitted: Vec<(&'a Doc, usize, String)>,
}

/// Words that `releasable_to` may have beside States.
#[derive(Debug, Default)]
pub(super) struct Audience {
    words: Vec<String>,
    /// A file of centres could not be read, so that no word can be judged.
    pub is_incomplete: bool,
}

impl Audience {
    /// Returns the fault of a word with its mend, if it has one.
    pub fn fault(&self, word: &str) -> Option<String> {
        if self.is_incomplete || states::is_state(word) || self.words.iter().any(|known| known == word) {
            return None;
        }
        if self.words.is_empty() {
            return states::fault(word)
                .map(|text| format!("{text}; centres and communities need [sharing] centres"));
        }
        let upper = word.to_uppercase();
        if states::is_state(&upper) {
            return states::fault(word);
        }
        let hint = hint(word, self.words.iter().map(String::as_str));
        Some(format!(
            "\"{word}\" is neither a State nor a body, a centre or a community of [sharing] centres{hint}"
        ))
    }
}

/// Reads the file of centres that `[sharing] centres` names.
pub(super) fn read<'a>(
    files: &'a Files,
    main: &Fields<'_>,
    node: Option<&Node>,
    problems: &Problems,
) -> Read<'a> {
    let mut read = Read::default();
    read.audience.is_incomplete = !files.complete;
    for doc in &files.docs {
        let Some(parsed) = fields::parse(doc, problems) else {
            read.audience.is_incomplete = true;
            continue;
        };
        let file = Fields::read(doc, 0, parsed.get_ref(), &CENTRE_FILE, problems);
        for table in file.all("centre", problems) {
            read.centre(doc, &table, problems);
        }
        for table in file.all("community", problems) {
            read.community(doc, &table, node, problems);
        }
    }
    if !files.docs.is_empty()
        && let Some(node) = node
    {
        check_own(&read, main, node, problems);
    }
    let centres = &read.centres;
    let owners = centres.centres.iter().map(|centre| centre.owner.word().to_owned());
    let names = centres.centres.iter().map(|centre| centre.name.clone());
    let communities = centres.communities.iter().map(|found| format!("{}{}", Community::PREFIX, found.name));
    read.audience.words = names.chain(communities).chain(owners).collect();
    for (doc, at, word) in &read.permitted {
        if let Some(fault) = read.audience.fault(word) {
            problems.error(doc, *at, fault);
        }
    }
    read
}

impl Read<'_> {
    /// Returns the feed of each other centre; a feed of the configuration must not have its name.
    pub fn feeds(&self, own: &str, feeds: &[Feed], main: &Fields<'_>, problems: &Problems) -> Vec<Feed> {
        let others = self.centres.centres.iter().filter(|centre| centre.name != own);
        let made = others.map(|centre| {
            if feeds.iter().any(|feed| feed.name == centre.name) {
                let text = format!(
                    "a feed has the name of the centre \"{}\", whose messages are a feed of that name; give it another name",
                    centre.name
                );
                problems.error(main.doc, main.place("feed"), text);
            }
            let peer = Peer {
                own: own.to_owned(),
                from: centre.name.clone(),
                key: centre.key.map(|key| key.0),
                exercise: None,
            };
            // What rests on a centre's own reports may go back to that centre, and where that centre permits.
            let known = self.tracks.iter().find(|(name, ..)| *name == centre.name);
            let (marking, permitted) =
                known.map(|(_, marking, to)| (marking.clone(), to.clone())).unwrap_or_default();
            let releasable_to = std::iter::once(centre.name.clone()).chain(permitted).collect();
            Feed { marking, releasable_to, ..Feed::of_centre(peer) }
        });
        made.collect()
    }
}

impl<'a> Read<'a> {
    fn centre(&mut self, doc: &'a Doc, table: &Fields<'_>, problems: &Problems) {
        let owner = owner(table, problems);
        let key = table.text("key").and_then(|text| {
            let key = PublicKey::of_text(text);
            if key.is_none() {
                let text = format!(
                    "\"{text}\" is not a public key: 43 characters, as `vigie keys show` prints it on the centre's own node"
                );
                problems.error(doc, table.place("key"), text);
            }
            key
        });
        let (Some(name), Some(owner)) = (table.text("name"), owner) else {
            self.audience.is_incomplete = true;
            return;
        };
        if name == "exercise" {
            let text = "\"exercise\" cannot name a centre: topics of exercises start with vigie/exercise";
            problems.error(doc, table.place("name"), text);
        }
        if self.centres.get(name).is_some() {
            let text = format!("there is another centre \"{name}\"; names of centres are unique");
            problems.error(doc, table.place("name"), text);
            return;
        }
        for other in &self.centres.centres {
            if key.is_some() && key == other.key {
                let text = format!(
                    "this is also the key of centre \"{}\"; every centre makes its own with `vigie keys new`",
                    other.name
                );
                problems.error(doc, table.place("key"), text);
            }
            let pairs = [(&*other.name, owner.word(), "body"), (other.owner.word(), name, "name")];
            for (taken, own, what) in pairs {
                if taken == own {
                    let text = format!(
                        "\"{own}\" is the name of one centre and the body of another; releasable_to would mean both"
                    );
                    problems.error(doc, table.place(what), text);
                }
            }
        }
        for (at, zone) in table.texts("area") {
            self.areas.push((doc, *at, name.to_owned(), zone.clone()));
        }
        let permitted = table.texts("releasable_to");
        self.permitted.extend(permitted.iter().map(|(at, word)| (doc, *at, word.clone())));
        let marking = table.text("marking").map(str::to_owned);
        self.tracks.push((name.to_owned(), marking, table.words("releasable_to")));
        self.centres.centres.push(Centre {
            name: name.to_owned(),
            label: table.text("label").unwrap_or(name).to_owned(),
            owner,
            area: table.words("area"),
            contacts: table.text("contacts").map(str::to_owned),
            key,
        });
    }

    fn community(&mut self, doc: &Doc, table: &Fields<'_>, node: Option<&Node>, problems: &Problems) {
        let (from, until) =
            (table.date("from").map(|(first, _)| first), table.date("until").map(|(_, last)| last));
        if let (Some(from), Some(until)) = (from, until)
            && from > until
        {
            problems.error(doc, table.place("until"), "this community ends before it begins");
        }
        for (at, member) in table.texts("members") {
            if self.centres.get(member).is_none() && !self.audience.is_incomplete {
                let hint = hint(member, self.centres.centres.iter().map(|centre| centre.name.as_str()));
                problems.error(doc, *at, format!("no [[centre]] has the name \"{member}\"{hint}"));
            }
        }
        let Some(name) = table.text("name") else {
            self.audience.is_incomplete = true;
            return;
        };
        if self.centres.community(name).is_some() {
            let text = format!("there is another community \"{name}\"; names of communities are unique");
            problems.error(doc, table.place("name"), text);
            return;
        }
        let members = table.words("members");
        if let [only] = members.as_slice()
            && node.is_some_and(|node| node.name == *only)
        {
            let text = "this node is the only member: nothing can be shared with this community";
            problems.warning(doc, table.place("members"), text);
        }
        self.centres.communities.push(Community { name: name.to_owned(), members, from, until });
    }

    /// Reports areas of centres that are no zones.
    pub fn check_areas(&self, zones: &Zones<'_>, problems: &Problems) {
        if zones.incomplete {
            return;
        }
        for (doc, at, centre, area) in &self.areas {
            if !zones.zones.iter().any(|zone| zone.id == *area) {
                let near = super::nearest::nearest(area, zones.zones.iter().map(|zone| zone.id.as_str()));
                let near = near.map_or_else(
                    || "; the file of that zone is missing in [zones] files".to_owned(),
                    |near| format!("; did you mean \"{near}\"?"),
                );
                problems.error(
                    doc,
                    *at,
                    format!("no zone has the id \"{area}\" of centre \"{centre}\"{near}"),
                );
            }
        }
    }

    /// Reports a key file that cannot be read or does not fit the node's key in the file of centres.
    pub fn check_key_file(&self, main: &Fields<'_>, file: &Path, node: Option<&Node>, problems: &Problems) {
        let Some(own) = node.and_then(|node| self.centres.get(&node.name)) else { return };
        let Some(sharing) = main.fields("sharing", &Problems::default()) else { return };
        let at = sharing.place("key_file");
        let shown = file.display();
        match std::fs::read_to_string(file) {
            Err(error) if sharing.given("key_file") => {
                let text = format!("key_file \"{shown}\" cannot be read: {error}; `vigie keys new` makes it");
                problems.error(sharing.doc, at, text);
            }
            Err(_) => {
                let text = format!(
                    "there is no key file \"{shown}\": `run` refuses to start before `vigie keys new` has made it"
                );
                problems.warning(sharing.doc, at, text);
            }
            Ok(text) => match public_key_of(&text) {
                None => {
                    let text = format!("\"{shown}\" is not a key file of `vigie keys new`");
                    problems.error(sharing.doc, at, text);
                }
                Some(key) if own.key.is_some_and(|known| known != key) => {
                    let text = format!(
                        "the key in \"{shown}\" does not fit the key of centre \"{}\" in the file of centres; `vigie keys show` prints the right one: {}",
                        own.name,
                        key.text()
                    );
                    problems.error(sharing.doc, at, text);
                }
                Some(_) => {}
            },
        }
    }
}

/// Returns the public key of a key file, a JSON Web Key (RFC 8037).
fn public_key_of(text: &str) -> Option<PublicKey> {
    let key: serde_json::Value = serde_json::from_str(text).ok()?;
    let is_ours = key["kty"] == "OKP" && key["crv"] == "Ed25519" && key["d"].is_string();
    PublicKey::of_text(key["x"].as_str().filter(|_| is_ours)?)
}

/// Reads the State or the body that runs a node or a centre: exactly one of them.
pub(super) fn owner(table: &Fields<'_>, problems: &Problems) -> Option<Owner> {
    if table.given("state") && table.given("body") {
        let text = "a centre is run by a State or by a body, not by both; keep one of state and body";
        problems.error(table.doc, table.place("body"), text);
        return None;
    }
    if !table.given("state") && !table.given("body") {
        let text = "this lacks \"state\", or \"body\" for a centre of several States: who runs it, such as state = \"BRB\" or body = \"JRCC\"";
        problems.error(table.doc, table.at, text);
        return None;
    }
    if let Some(body) = table.text("body").filter(|body| states::is_state(body)) {
        let text = format!("\"{body}\" is the code of a State; write state = \"{body}\"");
        problems.error(table.doc, table.place("body"), text);
        return None;
    }
    let state = table.text("state").map(|state| Owner::State(state.to_owned()));
    state.or_else(|| table.text("body").map(|body| Owner::Body(body.to_owned())))
}

/// Reports a node that is not among the centres, or is there as another.
fn check_own(read: &Read<'_>, main: &Fields<'_>, node: &Node, problems: &Problems) {
    let Some(table) = main.fields("node", &Problems::default()) else { return };
    let error = |key: &str, text: String| problems.error(table.doc, table.place(key), text);
    match read.centres.get(&node.name) {
        None if read.audience.is_incomplete => {}
        None => {
            let text = format!(
                "this node, \"{}\", is not among the centres; add it to the file of [sharing] centres",
                node.name
            );
            error("name", text);
        }
        Some(own) => {
            if own.owner != node.owner {
                let text = format!(
                    "this node is of {}, and the file of centres says that \"{}\" is of {}",
                    node.owner.word(),
                    own.name,
                    own.owner.word()
                );
                error(if table.given("state") { "state" } else { "body" }, text);
            }
            if own.key.is_none() {
                let text = format!(
                    "the file of centres has no key of \"{}\": nobody would believe what this node sends; `vigie keys new` makes one and prints the line for that file",
                    own.name
                );
                error("name", text);
            }
        }
    }
    for centre in
        read.centres.centres.iter().filter(|centre| centre.key.is_none() && centre.name != node.name)
    {
        let text = format!("the file of centres has no key of \"{}\": what it sends is refused", centre.name);
        let sharing = main.fields("sharing", &Problems::default());
        let (doc, at) =
            sharing.map_or((table.doc, table.at), |sharing| (sharing.doc, sharing.place("centres")));
        problems.warning(doc, at, text);
    }
}
