//! Retention: entries older than their retention time lose all personal data; their hashes stay, so the chain stays valid.

use super::{Journal, New, PutOut, insert};
use crate::clock;
use crate::model::{Span, Time};

/// Retention time of each class of personal data.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Alerts that ended, and what officers did about them.
    pub alerts: Span,
    /// Retention time of alerts closed as false alarms; at most that of other alerts.
    pub false_alarms: Span,
    /// The watch log, marks and silences, comments on alerts that ended, and who read what.
    pub log: Span,
}

/// Time before and after an alert that belongs to its case.
const ROUND_A_CASE: Span = Span::from_secs(3600);

impl Journal {
    /// Times of this machine's clock that alerts which are open or held are about.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn cases(&self) -> rusqlite::Result<Vec<[Time; 2]>> {
        // Of one that is open the end is to come.
        let sql = "SELECT min(a.onset_ms, min(e.written_ms)), iif(a.phase = 'ended', max(e.written_ms), ?)
                   FROM alert a JOIN entry e ON e.kind IN ('alert', 'shared') AND e.id = a.id
                   WHERE a.held <> 0 OR a.phase <> 'ended' GROUP BY a.id";
        let mut statement = self.db.prepare(sql)?;
        let cases = statement.query_map([clock::now().0], |row| {
            Ok([Time(row.get(0)?) - ROUND_A_CASE, Time(row.get(1)?) + ROUND_A_CASE])
        })?;
        cases.collect()
    }

    /// Empties entries that are older than their class is kept, but for alerts that are open, held, or not sent yet, and
    /// what was done about these. How many.
    ///
    /// # Errors
    /// The disk refuses; nothing was emptied.
    pub fn retain(&mut self, keep: &Keep) -> rusqlite::Result<usize> {
        let now = clock::now();
        let limits = [keep.alerts, keep.false_alarms.min(keep.alerts), keep.log].map(|span| (now - span).0);
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // An action that names no alert of here is the log's; a comment is both's, whichever time is over first.
        let over = "n IN (
            SELECT e.n FROM entry e LEFT JOIN alert a ON a.id = e.about
            WHERE e.kind IN ('alert', 'shared', 'published', 'action', 'read') AND e.body IS NOT NULL AND e.n NOT IN (SELECT n FROM outbox)
              AND CASE
                WHEN a.id IS NULL THEN e.written_ms < iif(e.kind IN ('alert', 'shared'), ?1, ?3)
                WHEN a.phase <> 'ended' OR a.held <> 0 THEN 0
                WHEN max(e.written_ms, a.time_ms) < iif(a.outcome IS 'false-alarm', ?2, ?1) THEN 1
                ELSE e.kind = 'action' AND e.written_ms < ?3 AND e.body ->> '$.action' = 'comment'
              END)";
        // Lists follow from no entry: their time is that of alerts.
        let lists = "UPDATE release SET body = NULL WHERE body IS NOT NULL AND sink GLOB 'share:*/*' AND decided_ms < ?";
        transaction.execute(lists, [limits[0]])?;
        let newest = format!("SELECT max(n) FROM entry WHERE {over}");
        let until: Option<i64> = transaction.query_row(&newest, limits, |row| row.get(0))?;
        let Some(until) = until else {
            transaction.commit()?;
            return Ok(0);
        };
        let emptied = transaction.execute(&format!("UPDATE entry SET body = NULL WHERE {over}"), limits)?;
        let sent = "UPDATE release SET body = NULL
                    WHERE body IS NOT NULL AND n IN (SELECT n FROM entry WHERE body IS NULL)";
        transaction.execute(sent, [])?;
        let gone = "SELECT id FROM alert a WHERE phase = 'ended' AND held = 0
                    AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.kind IN ('alert', 'shared') AND e.id = a.id AND e.body IS NOT NULL)";
        for table in ["subject", "zone"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE alert IN ({gone})"), [])?;
        }
        transaction.execute(&format!("DELETE FROM alert WHERE id IN ({gone})"), [])?;
        let kept_ms = keep.alerts.min(keep.false_alarms).min(keep.log).0;
        let before = (now - keep.alerts).rfc3339();
        let body =
            serde_json::json!({ "until": until, "emptied": emptied, "before": before, "kept_ms": kept_ms });
        let (last, before) = super::newest(&transaction)?;
        let (id, body) = (format!("retention-{}", last + 1), body.to_string());
        let new = New { kind: "retention", id: &id, seq: 0, body: &body, put_out: PutOut::Nowhere };
        let new = insert(&transaction, (last, &before), &new)?;
        transaction.commit()?;
        (self.last, self.hash) = new.unwrap_or((last, before));
        Ok(emptied)
    }
}
