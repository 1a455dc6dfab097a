//! What has had its time is emptied: who it was about goes, the hashes stay, so that the chain does.

use super::verify::hash_of;
use super::{Journal, insert};
use crate::feed::clock;
use crate::model::Span;

impl Journal {
    /// Empties entries older than this, but for alerts that are open, held, or not sent yet. How many.
    ///
    /// # Errors
    /// The disk refuses; nothing was emptied.
    pub fn retain(&mut self, keep: Span) -> rusqlite::Result<usize> {
        let now = clock::now();
        let before_ms = (now - keep).0;
        let transaction = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let over = "kind IN ('alert', 'action') AND body IS NOT NULL AND written_ms < ?1
                    AND n NOT IN (SELECT n FROM outbox)
                    AND id NOT IN (SELECT id FROM alert WHERE phase <> 'ended' OR held <> 0 OR time_ms >= ?1)";
        let until: Option<i64> =
            transaction.query_row(&format!("SELECT max(n) FROM entry WHERE {over}"), [before_ms], |row| {
                row.get(0)
            })?;
        let Some(until) = until else { return Ok(0) };
        let emptied =
            transaction.execute(&format!("UPDATE entry SET body = NULL WHERE {over}"), [before_ms])?;
        let gone = "SELECT id FROM alert a WHERE phase = 'ended' AND held = 0
                    AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.kind = 'alert' AND e.id = a.id AND e.body IS NOT NULL)";
        for table in ["subject", "zone"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE alert IN ({gone})"), [])?;
        }
        transaction.execute(&format!("DELETE FROM alert WHERE id IN ({gone})"), [])?;
        let body =
            format!(r#"{{"until":{until},"emptied":{emptied},"before":"{}"}}"#, (now - keep).rfc3339());
        let (n, hash) = (self.last + 1, hash_of(&self.hash, "retention", &body));
        insert(&transaction, n, "retention", (&format!("retention-{n}"), 0), &body, &hash)?;
        transaction.commit()?;
        (self.last, self.hash) = (n, hash);
        Ok(emptied)
    }
}
