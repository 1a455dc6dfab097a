//! Alerts that other centres share with this node, and the keys by which centres name each other's alerts.

use super::{AlertMessage, FeedId};

/// An alert event that another centre shared with this node.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedAlert {
    /// Feed of the centre that sent the event.
    pub feed: FeedId,
    /// Name of that centre.
    pub from: String,
    /// The event, as that centre rendered it for this node.
    pub message: AlertMessage<'static>,
    /// Target number, in the feed's detections, of each subject's shared track; `None` where the centre shares no track of the
    /// subject, or the subject is known by its MMSI or ICAO address.
    pub targets: Vec<Option<u32>>,
}

impl SharedAlert {
    /// Returns the key of the alert at this node: journal, console and actions name the alert by it.
    pub fn key(&self) -> String {
        key_of(&self.from, &self.message.event.id)
    }
}

/// Returns the key that other centres give an alert of a centre.
pub fn key_of(centre: &str, alert: &str) -> String {
    format!("{centre}:{alert}")
}

/// Returns this node's key of an alert that an action of another centre names. A bare id is an alert of that centre.
pub fn key_here(alert: &str, from: &str, own: &str) -> String {
    match alert.split_once(':') {
        Some((centre, id)) if centre == own => id.to_owned(),
        Some(_) => alert.to_owned(),
        None => key_of(from, alert),
    }
}

/// Returns the centre that raised an alert, by the alert's key: `None` for the own node.
pub fn centre_of(key: &str) -> Option<&str> {
    key.split_once(':').map(|(centre, _)| centre)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_centre_finds_the_alert_that_an_action_names() {
        // The alert "a" is of lc-ops.
        assert_eq!(key_here("a", "lc-ops", "jrcc"), "lc-ops:a", "its own centre acts");
        assert_eq!(key_here("lc-ops:a", "bb-ops", "jrcc"), "lc-ops:a", "a third centre acts");
        assert_eq!(key_here("lc-ops:a", "jrcc", "lc-ops"), "a", "another centre acts on an own alert");
        assert_eq!((centre_of("lc-ops:a"), centre_of("a")), (Some("lc-ops"), None));
    }
}
