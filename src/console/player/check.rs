//! Check of a message that the director of an exercise sends: it is read as its feed would read it.

use crate::config::Feed;
use crate::console::api::PlayerFeed;
use crate::feed::intake::{Intake, Taken};
use crate::model::{FeedId, Input, Time};
use crate::wire::Arrival;

/// Reason why a message reaches no feed, or tells it nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// No feed has the topic.
    #[error("no feed takes the topic \"{topic}\"; there are {feeds}")]
    Topic {
        /// The topic.
        topic: String,
        /// The feeds and their topics.
        feeds: String,
    },
    /// The feed reads nothing in the payload.
    #[error("the feed {feed} ({format}) reads no report in this payload: {reasons}")]
    Payload {
        /// Name of the feed.
        feed: String,
        /// Format of the feed.
        format: &'static str,
        /// What was counted.
        reasons: String,
    },
}

/// Reads a message as the feed of its topic would at a time.
///
/// # Errors
/// No feed has the topic, or the feed reads no report in the payload.
pub(super) fn check(feeds: &[Feed], topic: &str, payload: &str, now: Time) -> Result<(), Unread> {
    let mut inputs = Vec::new();
    let mut intake = Intake::new(feeds, &mut inputs);
    inputs.clear();
    let taken = intake.read(topic, payload.as_bytes(), Arrival::Stamped(now), now, &mut inputs);
    intake.release(&mut inputs);
    // A topic that no feed has would begin a feed of its own.
    let is_known = |id: FeedId| usize::from(id.0) < feeds.len();
    match taken {
        Taken::Action(_) => Ok(()),
        Taken::Feed(id) if is_known(id) && inputs.iter().any(is_report) => Ok(()),
        Taken::Feed(id) if is_known(id) => {
            let feed = &feeds[usize::from(id.0)];
            let (reasons, format) = (reasons_of(&intake), feed.format.word());
            Err(Unread::Payload { feed: feed.name.clone(), format, reasons })
        }
        Taken::Feed(_) | Taken::Nobody => {
            let all = feeds.iter().map(|feed| format!("{} ({})", feed.name, feed.topics.join(", ")));
            let feeds = all.collect::<Vec<_>>().join("; ");
            Err(Unread::Topic { topic: topic.to_owned(), feeds })
        }
    }
}

/// Returns a feed as the director chooses it.
pub(super) fn feed_of(feed: &Feed) -> PlayerFeed {
    PlayerFeed { name: feed.name.clone(), topics: feed.topics.clone(), format: feed.format.word().to_owned() }
}

/// Returns whether an input tells something: a time or a feed alone does not.
fn is_report(input: &Input) -> bool {
    matches!(
        input,
        Input::Report(_)
            | Input::Contact(_)
            | Input::Aircraft(_)
            | Input::OwnShip { .. }
            | Input::SharedAlert(_)
    )
}

/// Returns what was counted of a message, in words.
fn reasons_of(intake: &Intake) -> String {
    let words: Vec<String> = intake.tally.list().iter().map(|(_, word, n)| format!("{word} {n}")).collect();
    if words.is_empty() { "nothing was understood".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Format;

    #[test]
    fn a_message_that_no_feed_reads_is_refused_with_the_reason() {
        let feeds = [Feed::new("south-point", vec!["feeds/bb/+/ais".to_owned()], Format::Nmea)];
        let at = Time::from_secs(1_767_243_609);
        let told = |topic: &str, payload: &str| {
            check(&feeds, topic, payload, at).map_err(|unread| unread.to_string()).unwrap_err()
        };
        let nobody = told("no/such/topic", "!AIVDM,1,1,,A,14eG;o@034o8sd<L9i:a;WF>062D,0*7D");
        assert!(nobody.contains("there are south-point (feeds/bb/+/ais)"), "{nobody}");
        let unread = told("feeds/bb/x/ais", "hello this is no sentence");
        assert!(unread.starts_with("the feed south-point (nmea) reads no report"), "{unread}");
        let good = "!AIVDM,1,1,,A,14eG;o@034o8sd<L9i:a;WF>062D,0*7D";
        assert_eq!(check(&feeds, "feeds/bb/x/ais", good, at), Ok(()));
    }
}
