//! Alerts with the outcome with which officers closed them.

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::model::Time;

/// An alert and what officers said about it, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertOutcome {
    /// First event that is still in the journal.
    pub raised: String,
    /// Newest event.
    pub newest: String,
    /// Action that closed the alert; `None` for an alert that is not closed.
    pub closing: Option<String>,
}

/// Returns this node's alerts between two times in the order of their newest events, each with the action that closed it. `tell`
/// gets how many of them are read, and how many there are.
///
/// # Errors
/// The file cannot be read.
pub fn alert_outcomes(
    db: &Connection,
    [from, until]: [Option<Time>; 2],
    mut tell: impl FnMut(u64, u64),
) -> rusqlite::Result<Vec<AlertOutcome>> {
    let between = "FROM alert a JOIN entry e ON e.n = a.last_n
        WHERE e.kind IN ('alert', 'published') AND e.body IS NOT NULL
            AND coalesce(a.ended_ms, a.time_ms) >= coalesce(?1, a.time_ms) AND a.onset_ms < coalesce(?2, a.onset_ms + 1)";
    let bound = |time: Option<Time>| time.map_or(Value::Null, |time| Value::Integer(time.0));
    let bounds = [bound(from), bound(until)];
    let count = db.query_row(&format!("SELECT count(*) {between}"), bounds.clone(), |row| row.get(0))?;
    let mut statement = db.prepare(&format!(
        "SELECT
            (SELECT body FROM entry WHERE kind = e.kind AND id = a.id AND body IS NOT NULL ORDER BY seq LIMIT 1),
            e.body,
            iif(a.outcome IS NULL, NULL, (SELECT body FROM entry WHERE about = a.id AND kind = 'action' AND body IS NOT NULL
                AND body ->> '$.action' = 'close' ORDER BY n DESC LIMIT 1))
        {between} ORDER BY e.n"
    ))?;
    let rows = statement.query_map(bounds, |row| {
        Ok(AlertOutcome { raised: row.get(0)?, newest: row.get(1)?, closing: row.get(2)? })
    })?;
    rows.zip(1..).map(|(row, n)| row.inspect(|_| tell(n, count))).collect()
}
