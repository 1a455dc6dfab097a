//! Searches and exports: recorded in the journal before the answer, and limited in number.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use rustc_hash::FxHashMap;

use super::access::Visitor;
use super::guard::Problem;
use super::{Console, Source};
use crate::clock;
use crate::config::Limit;
use crate::feed::rate_limits::Meter;
use crate::journal::Read;

/// Most searches and exports of one user in a minute, which may come at once.
const A_SECOND: u32 = 2;
/// Most users that are counted.
const USERS: usize = 10_000;
/// Longest text of a search, characters.
const LONGEST: usize = 100;
/// Time that the disk has for a record.
const PATIENCE: Duration = Duration::from_secs(5);
/// Name in the record where no users are configured.
const NOBODY: &str = "this machine";

/// Counts of each user's searches and exports.
#[derive(Debug)]
pub struct Readers {
    since: Instant,
    meters: Mutex<FxHashMap<String, Meter>>,
}

impl Default for Readers {
    fn default() -> Readers {
        Readers { since: Instant::now(), meters: Mutex::default() }
    }
}

impl Readers {
    fn takes(&self, user: &str) -> bool {
        let mut readers = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() >= USERS {
            readers.clear();
        }
        let limit = Limit { messages_per_second: A_SECOND, ..Limit::default() };
        let meter = readers.entry(user.to_owned()).or_insert_with(|| Meter::new(limit));
        meter.takes(0, self.since.elapsed().as_nanos() as i64)
    }
}

impl Console {
    /// Records a search or an export before it is answered. A recording that is played has no journal.
    ///
    /// # Errors
    /// The user asks too often or for too much, or the record cannot be written: then there is no answer.
    pub(super) async fn note_read(
        &self,
        visitor: &Option<Visitor>,
        what: &'static str,
        asked: &str,
    ) -> Result<(), Problem> {
        let user = visitor.as_ref().and_then(|visitor| visitor.user.as_ref());
        let by = user.map_or(NOBODY, |user| &user.name);
        if asked.chars().count() > LONGEST {
            let text = format!("what is asked for has {LONGEST} characters at most");
            return Err(Problem(StatusCode::UNPROCESSABLE_ENTITY, text));
        }
        if !self.readers.takes(by) {
            let text =
                format!("so much at once: wait some seconds, then {A_SECOND} searches or exports a second");
            return Err(Problem(StatusCode::TOO_MANY_REQUESTS, text));
        }
        let Source::Watch(own) = &self.source else { return Ok(()) };
        let read = Read { time: clock::now(), by: by.to_owned(), what, asked: asked.to_owned() };
        let noted = async { own.note_read(read)?.await.ok() };
        match tokio::time::timeout(PATIENCE, noted).await {
            Ok(Some(())) => Ok(()),
            _ => {
                let text = "the journal cannot take down who asks, so there is no answer: see its disk in the health".to_owned();
                Err(Problem(StatusCode::SERVICE_UNAVAILABLE, text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_asks_too_often_waits_and_the_others_do_not() {
        let readers = Readers::default();
        let taken = (0..1000).filter(|_| readers.takes("clarke")).count();
        assert!((120..140).contains(&taken), "{taken}");
        assert!(readers.takes("joseph"));
    }
}
