//! What other centres share with this node, and the keys by which centres name each other's alerts.

use serde::{Deserialize, Serialize};

use super::{AlertMessage, FeedId};

/// Part of a list of vessels that one centre shares with another. A long list comes in several parts. A part without
/// entries takes the part of that number away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedList {
    /// Name of the list at the centre that shares it.
    pub list: String,
    /// Number of the part, from 1.
    pub part: u32,
    /// Entries of the part.
    pub entries: Vec<SharedEntry>,
}

/// Entry of a list, as one centre shares it with another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SharedEntry {
    /// MMSI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mmsi: Option<u32>,
    /// IMO number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imo: Option<u32>,
    /// ICAO 24-bit address, six hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icao: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Call sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_sign: Option<String>,
    /// Reason of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Authority that listed the vessel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Instruction to the officer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Time from which the entry is valid, milliseconds since 1970.
    pub from: i64,
    /// Time until which the entry is valid, milliseconds since 1970.
    pub until: i64,
    /// Protective marking.
    pub marking: String,
}

impl SharedEntry {
    /// Returns the subject key of the vessel or aircraft; `None` where the entry has neither MMSI nor ICAO address.
    pub fn key(&self) -> Option<String> {
        let mmsi = self.mmsi.map(|mmsi| format!("mmsi:{mmsi}"));
        mmsi.or_else(|| self.icao.as_ref().map(|icao| format!("icao:{icao}")))
    }
}

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
