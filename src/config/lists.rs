//! The centre's own dated lists of vessels.

use super::fields::{self, Fields};
use super::keys::LIST_FILE;
use super::problem::{Doc, Problems};
use crate::model::{Icao, Imo, ListEntry, Mmsi, MmsiKind, VesselList};

/// Lists of all files so far, and whether all of them could be read.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub lists: Vec<VesselList>,
    /// A file could not be read, so that rules that name a list cannot be judged.
    pub incomplete: bool,
}

impl Lists {
    /// Adds a file's lists.
    pub fn read(&mut self, doc: &Doc, problems: &Problems) {
        let Some(parsed) = fields::parse(doc, problems) else {
            self.incomplete = true;
            return;
        };
        let file = Fields::read(doc, 0, parsed.get_ref(), &LIST_FILE, problems);
        for list in file.all("list", problems) {
            let entries: Vec<ListEntry> =
                list.all("entry", problems).iter().filter_map(|e| entry(e, problems)).collect();
            let Some(name) = list.text("name") else {
                self.incomplete = true;
                continue;
            };
            if self.lists.iter().any(|other| other.name == name) {
                problems.error(doc, list.place("name"), format!("there is another list \"{name}\""));
                continue;
            }
            self.lists.push(VesselList { name: name.to_owned(), entries });
        }
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
