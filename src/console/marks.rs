//! Marks on the picture: those of this node's officers, and those and the lists that other centres shared. Each centre's are kept
//! apart: no centre changes or removes those of another one.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::api::Marked;
use super::deeds::signed;
use crate::model::{Action, ActionKind, Mark, MarkKind, SharedEntry, SharedList};

/// Most marks of one centre.
const MARKS: usize = 500;
/// Most parts of lists of one centre.
const PARTS: usize = 200;
/// Most vessels of lists that are shown as marks.
const LISTED: usize = 2_000;

/// A list of vessels that another centre shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListOfCentre {
    /// Name of the centre.
    pub centre: String,
    /// Name of the list there.
    pub list: String,
    /// Entries of the list.
    #[schema(value_type = Vec<Object>)]
    pub entries: Vec<SharedEntry>,
}

/// Every mark on the picture, and the lists that other centres shared. The own centre is `None`.
#[derive(Debug, Default)]
pub(super) struct Marks {
    marks: BTreeMap<(Option<String>, String), Marked>,
    /// Entries by centre, list and part.
    lists: BTreeMap<(String, String, u32), Listed>,
}

#[derive(Debug)]
struct Listed {
    entries: Vec<SharedEntry>,
    time: i64,
}

impl Marks {
    /// Applies an action about marks or lists. Returns the words for the log; `None` where nothing changes.
    pub fn act(&mut self, action: &Action) -> Option<String> {
        match &action.kind {
            ActionKind::Mark(mark) => self.put(mark, action),
            ActionKind::Unmark { mark } => {
                let gone = self.marks.remove(&(action.centre.clone(), mark.clone()))?;
                Some(format!("took away {}", gone.mark.name))
            }
            ActionKind::Listed(list) => self.list(list, action),
            _ => None,
        }
    }

    fn put(&mut self, mark: &Mark, action: &Action) -> Option<String> {
        let key = (action.centre.clone(), mark.id.clone());
        let of_centre = self.marks.keys().filter(|(centre, _)| *centre == action.centre).count();
        if of_centre >= MARKS && !self.marks.contains_key(&key) {
            return None;
        }
        let marked = Marked {
            mark: mark.clone(),
            by: signed(action),
            time: action.time.0,
            centre: action.centre.clone(),
        };
        self.marks.insert(key, marked);
        Some(format!("marked {}", mark.name))
    }

    fn list(&mut self, list: &SharedList, action: &Action) -> Option<String> {
        let centre = action.centre.clone()?;
        let key = (centre.clone(), list.list.clone(), list.part);
        if list.entries.is_empty() {
            self.lists.remove(&key)?;
            return Some(format!("took away part {} of the list {}", list.part, list.list));
        }
        let of_centre = self.lists.keys().filter(|(other, ..)| *other == centre).count();
        if of_centre >= PARTS && !self.lists.contains_key(&key) {
            return None;
        }
        let listed = Listed { entries: list.entries.clone(), time: action.time.0 };
        let before = self.lists.insert(key, listed);
        // A centre sends its lists again now and then.
        if before.is_some_and(|before| before.entries == list.entries) {
            return None;
        }
        Some(format!("shared part {} of the list {}, vessels: {}", list.part, list.list, list.entries.len()))
    }

    /// Returns every mark: the own ones first, then those of each centre, and the vessels of its lists.
    pub fn all(&self) -> Vec<Marked> {
        let listed = self.lists.iter().flat_map(|((centre, list, _), listed)| {
            listed.entries.iter().filter_map(|entry| of_entry(centre, list, entry, listed.time))
        });
        self.marks.values().cloned().chain(listed.take(LISTED)).collect()
    }

    /// Returns the centre that put a mark on the picture, where this node has none of that id.
    pub fn of_another(&self, mark: &str) -> Option<&str> {
        if self.marks.contains_key(&(None, mark.to_owned())) {
            return None;
        }
        self.marks.keys().find(|(_, id)| id == mark).and_then(|(centre, _)| centre.as_deref())
    }

    /// Returns the lists that other centres shared.
    pub fn lists(&self) -> Vec<ListOfCentre> {
        let mut lists: Vec<ListOfCentre> = Vec::new();
        for ((centre, list, _), listed) in &self.lists {
            match lists.last_mut().filter(|last| last.centre == *centre && last.list == *list) {
                Some(last) => last.entries.extend(listed.entries.iter().cloned()),
                None => lists.push(ListOfCentre {
                    centre: centre.clone(),
                    list: list.clone(),
                    entries: listed.entries.clone(),
                }),
            }
        }
        lists
    }
}

/// Returns the mark by which a listed vessel is shown; `None` where the entry has neither MMSI nor ICAO address.
fn of_entry(centre: &str, list: &str, entry: &SharedEntry, time: i64) -> Option<Marked> {
    let track = entry.key()?;
    let remark = [&entry.name, &entry.reason, &entry.source, &entry.action];
    let remark: Vec<&str> = remark.into_iter().flatten().map(String::as_str).collect();
    let mark = Mark {
        id: format!("{list}/{track}"),
        kind: MarkKind::Tag,
        name: list.to_owned(),
        text: (!remark.is_empty()).then(|| remark.join(" · ")),
        position: None,
        cog_deg: None,
        sog_kn: None,
        track: Some(track),
        top_speed_kn: None,
        marking: Some(entry.marking.clone()),
        releasable_to: None,
    };
    Some(Marked { mark, by: centre.to_owned(), time, centre: Some(centre.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Time;

    fn act(marks: &mut Marks, centre: Option<&str>, kind: ActionKind) -> Option<String> {
        marks.act(&Action { time: Time(5), by: "x".to_owned(), centre: centre.map(str::to_owned), kind })
    }

    fn mark(id: &str, name: &str) -> ActionKind {
        let text = format!(r#"{{"id":"{id}","kind":"contact","name":"{name}","position":[-59.6,13.1]}}"#);
        ActionKind::Mark(serde_json::from_str(&text).expect("a mark"))
    }

    fn unmark(id: &str) -> ActionKind {
        ActionKind::Unmark { mark: id.to_owned() }
    }

    fn list(part: u32, numbers: &[u32]) -> ActionKind {
        let entry = |mmsi: &u32| SharedEntry {
            mmsi: Some(*mmsi),
            marking: "restricted".to_owned(),
            ..SharedEntry::default()
        };
        let entries = numbers.iter().map(entry).collect();
        ActionKind::Listed(Box::new(SharedList { list: "watch".to_owned(), part, entries }))
    }

    #[test]
    fn no_centre_changes_or_removes_what_another_one_marked() {
        let mut marks = Marks::default();
        act(&mut marks, None, mark("1", "own"));
        act(&mut marks, Some("lc-ops"), mark("1", "theirs"));
        act(&mut marks, Some("lc-ops"), mark("2", "second"));
        let names = |marks: &Marks| {
            let all = marks.all();
            all.iter().map(|m| (m.mark.name.clone(), m.centre.clone())).collect::<Vec<_>>()
        };
        let theirs = |name: &str| (name.to_owned(), Some("lc-ops".to_owned()));
        assert_eq!(names(&marks), [("own".to_owned(), None), theirs("theirs"), theirs("second")]);
        assert_eq!(act(&mut marks, Some("vc-ops"), unmark("1")), None);
        assert_eq!(act(&mut marks, None, unmark("2")), None);
        assert_eq!((marks.of_another("2"), marks.of_another("1")), (Some("lc-ops"), None));
        act(&mut marks, Some("lc-ops"), unmark("1"));
        assert_eq!(names(&marks), [("own".to_owned(), None), theirs("second")]);
        for n in 0..2 * MARKS {
            act(&mut marks, Some("vc-ops"), mark(&n.to_string(), "flood"));
        }
        assert_eq!(marks.all().len(), 2 + MARKS);
        assert!(act(&mut marks, None, mark("9", "own")).is_some(), "others take no room");
    }

    #[test]
    fn the_vessels_of_a_shared_list_are_tags_until_the_centre_takes_them_away() {
        let mut marks = Marks::default();
        act(&mut marks, Some("lc-ops"), list(1, &[314_001_000, 314_001_001]));
        act(&mut marks, Some("lc-ops"), list(2, &[314_001_002]));
        assert_eq!(act(&mut marks, Some("lc-ops"), list(2, &[314_001_002])), None, "sent again");
        act(&mut marks, Some("vc-ops"), list(1, &[314_001_000]));
        let all = marks.all();
        let tag = &all[0];
        assert_eq!((tag.mark.name.as_str(), tag.centre.as_deref()), ("watch", Some("lc-ops")));
        assert_eq!(tag.mark.marking.as_deref(), Some("restricted"));
        assert_eq!((tag.mark.track.as_deref(), tag.mark.kind), (Some("mmsi:314001000"), MarkKind::Tag));
        assert_eq!((all.len(), marks.lists().len(), marks.lists()[0].entries.len()), (4, 2, 3));
        act(&mut marks, Some("lc-ops"), list(2, &[]));
        act(&mut marks, Some("lc-ops"), list(1, &[314_001_001]));
        assert_eq!(marks.lists()[0].entries.len(), 1);
        assert_eq!(act(&mut marks, None, list(1, &[314_001_001])), None, "no own officer shares a list");
    }
}
