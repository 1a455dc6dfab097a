//! The centre's own dated lists of vessels.

use super::centres::Audience;
use super::fields::{self, Fields};
use super::keys::LIST_FILE;
use super::nearest::hint;
use super::problem::{Doc, Problems};
use crate::model::{Icao, Imo, ListEntry, ListMarking, Mmsi, MmsiKind, VesselList};

/// Lists of a configuration, or of one message, at most.
const MOST_LISTS: usize = 1_000;

/// Lists of all files so far, and whether all of them could be read.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub lists: Vec<VesselList>,
    /// A file could not be read, so that rules that name a list cannot be judged.
    pub incomplete: bool,
}

impl Lists {
    /// Adds a file's lists.
    pub fn read(&mut self, doc: &Doc, known: Option<&Known<'_>>, problems: &Problems) {
        let Some(parsed) = fields::parse(doc, problems) else {
            self.incomplete = true;
            return;
        };
        let file = Fields::read(doc, 0, parsed.get_ref(), &LIST_FILE, problems);
        for list in file.all("list", problems) {
            let own = marking(&list, &ListMarking::default(), known, problems);
            let tables = list.all("entry", problems);
            let read = tables.iter().filter_map(|table| {
                let marking = marking(table, &own, known, problems);
                entry(table, problems).map(|entry| (entry, marking))
            });
            let (entries, markings) = read.unzip();
            let Some(name) = list.text("name") else {
                self.incomplete = true;
                continue;
            };
            if self.lists.iter().any(|other| other.name == name) {
                problems.error(doc, list.place("name"), format!("there is another list \"{name}\""));
                continue;
            }
            if self.lists.len() == MOST_LISTS {
                problems.error(doc, list.at, format!("there are more than {MOST_LISTS} lists"));
                return;
            }
            self.lists.push(VesselList { name: name.to_owned(), entries, markings });
        }
    }
}

/// Levels and words that markings of lists may have.
pub(super) struct Known<'a> {
    pub levels: &'a [String],
    pub audience: &'a Audience,
}

/// Reads the marking of a list or of an entry; what an entry does not say, the list says.
fn marking(
    table: &Fields<'_>,
    of_list: &ListMarking,
    known: Option<&Known<'_>>,
    problems: &Problems,
) -> ListMarking {
    let level = table.text("marking");
    if let (Some(level), Some(known)) = (level, known)
        && !known.levels.iter().any(|other| other == level)
    {
        let hint = hint(level, known.levels.iter().map(String::as_str));
        let text = format!("\"{level}\" is none of [sharing] levels{hint}");
        problems.error(table.doc, table.place("marking"), text);
    }
    for (at, word) in table.texts("releasable_to") {
        if let Some(fault) = known.and_then(|known| known.audience.fault(word)) {
            problems.error(table.doc, *at, fault);
        }
    }
    let given = table.given("releasable_to");
    ListMarking {
        level: level.map(str::to_owned).or_else(|| of_list.level.clone()),
        releasable_to: if given { table.words("releasable_to") } else { of_list.releasable_to.clone() },
    }
}

fn entry(entry: &Fields<'_>, problems: &Problems) -> Option<ListEntry> {
    let number = |key| entry.number(key).map(|n| n as u32);
    let mmsi = number("mmsi").and_then(Mmsi::new);
    let imo = number("imo").and_then(Imo::new);
    let icao = entry.text("icao").and_then(Icao::of_hex);
    if entry.given("icao") && icao.is_none() {
        let text = "an ICAO 24-bit address has six hexadecimal digits, such as \"0be123\"";
        problems.error(entry.doc, entry.place("icao"), text);
    }
    if !["mmsi", "imo", "icao", "name", "call_sign"].iter().any(|key| entry.given(key)) {
        let text = "this entry names no vessel or aircraft; give its mmsi, its imo or its icao";
        problems.error(entry.doc, entry.at, text);
    }
    if let Some(mmsi) = mmsi.filter(|mmsi| mmsi.kind() == MmsiKind::Malformed) {
        let text = format!("{mmsi} has no form that an MMSI has (ITU-R M.585); is a digit wrong?");
        problems.warning(entry.doc, entry.place("mmsi"), text);
    }
    let (from, _) = entry.date("from")?;
    let (_, until) = entry.date("until")?;
    if from > until {
        problems.error(entry.doc, entry.place("until"), "this entry ends before it begins");
    }
    let text = |key| entry.text(key).map(str::to_owned);
    let (name, call_sign, source, action) = (text("name"), text("call_sign"), text("source"), text("action"));
    Some(ListEntry { mmsi, imo, icao, name, call_sign, reason: text("reason")?, source, action, from, until })
}
