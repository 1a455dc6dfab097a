//! What the journals of a pair have at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;

use super::air::{brief, tell};
use crate::journal::{self, Journal};

/// What a journal has of alerts and actions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// Alert events by id and number: as they were published, where this node had written another one.
    pub events: BTreeMap<(String, u32), String>,
    /// Actions that came as messages. A node that died with one that it had not shared has it twice: the other one's has another
    /// stamp.
    pub actions: BTreeSet<String>,
    /// Phase, number and acknowledgement of each alert.
    pub alerts: BTreeMap<String, String>,
}

impl Kept {
    pub(super) fn of(folder: &Path) -> Kept {
        let path = folder.join(journal::FILE);
        drop(Journal::open(&path).expect("the journal opens"));
        let db = journal::open_for_reading(&path).expect("the journal opens");
        let mut kept = Kept::default();
        let sql = "SELECT kind, id, seq, body, n, put_out FROM entry WHERE body IS NOT NULL ORDER BY n";
        let mut statement = db.prepare(sql).expect("is right");
        let mut rows = statement.query([]).expect("reads");
        while let Some(row) = rows.next().expect("reads") {
            let text = |at: usize| row.get::<_, String>(at).expect("a text");
            let (kind, id, seq, body) = (text(0), text(1), row.get(2).expect("a number"), text(3));
            tell(|| {
                let [n, put_out]: [i64; 2] = [4, 5].map(|at| row.get(at).expect("a number"));
                format!("entry {n}, to {put_out}: {kind} {id} {seq} {}", brief(&body))
            });
            match kind.as_str() {
                "action" if id.starts_with("own-") => {}
                "action" => {
                    kept.actions.insert(body);
                }
                "alert" => {
                    kept.events.entry((id, seq)).or_insert(body);
                }
                "published" => {
                    kept.events.insert((id, seq), body);
                }
                _ => {}
            }
        }
        let sql = "SELECT id, json_array(phase, seq, acknowledged_by) FROM alert";
        let mut statement = db.prepare(sql).expect("is right");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("reads");
        kept.alerts = rows.collect::<Result<_, _>>().expect("reads");
        kept
    }

    pub(super) fn difference(&self, want: &Kept) -> Option<String> {
        fn first<K: Ord + Debug>(is: &BTreeMap<K, String>, want: &BTreeMap<K, String>) -> Option<String> {
            let key = is.keys().chain(want.keys()).find(|key| is.get(*key) != want.get(*key))?;
            let brief = |body: Option<&String>| body.map_or("nothing".to_owned(), |body| brief(body));
            Some(format!("{key:?} is {} and should be {}", brief(is.get(key)), brief(want.get(key))))
        }
        let action = self.actions.symmetric_difference(&want.actions).next();
        let events = first(&self.events, &want.events);
        events
            .or_else(|| action.map(|action| format!("one has, and the other has not: {action}")))
            .or_else(|| first(&self.alerts, &want.alerts))
    }
}
