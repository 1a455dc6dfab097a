//! Words for behaviours and kinds of craft: in files, and in sentences.

use super::{Behaviour, Kind};
use crate::model::ShipType;

impl Behaviour {
    /// Every behaviour.
    pub const ALL: [Behaviour; 10] = [
        Behaviour::Slow,
        Behaviour::Inbound,
        Behaviour::Meeting,
        Behaviour::Silence,
        Behaviour::Company,
        Behaviour::Fast,
        Behaviour::Launch,
        Behaviour::Circling,
        Behaviour::LowFlight,
        Behaviour::SilentFlight,
    ];

    /// Returns the behaviour that alerts of a pattern are about, if the model counts it.
    pub fn of_pattern(pattern: &str) -> Option<Behaviour> {
        Some(match pattern {
            "loitering" | "drifting" => Behaviour::Slow,
            "dark-target" => Behaviour::Inbound,
            "rendezvous" => Behaviour::Meeting,
            "ais-gap" => Behaviour::Silence,
            "shadowing" => Behaviour::Company,
            "go-fast" => Behaviour::Fast,
            "launch" => Behaviour::Launch,
            "circling" => Behaviour::Circling,
            "low-slow" => Behaviour::LowFlight,
            "transponder-loss" => Behaviour::SilentFlight,
            _ => return None,
        })
    }

    /// Whether it is how a craft runs: two patterns see one run, and the second says nothing that is new.
    pub fn is_run(self) -> bool {
        matches!(self, Behaviour::Inbound | Behaviour::Fast)
    }

    /// Whether the model learns the behaviour from tracks; it learns the others from the findings of rules.
    pub fn is_learnt_from_tracks(self) -> bool {
        matches!(self, Behaviour::Slow | Behaviour::Inbound)
    }

    /// Returns the word in a file.
    pub fn word(self) -> &'static str {
        match self {
            Behaviour::Slow => "slow",
            Behaviour::Inbound => "inbound",
            Behaviour::Meeting => "meeting",
            Behaviour::Silence => "silence",
            Behaviour::Company => "company",
            Behaviour::Fast => "fast",
            Behaviour::Launch => "launch",
            Behaviour::Circling => "circling",
            Behaviour::LowFlight => "low-flight",
            Behaviour::SilentFlight => "silent-flight",
        }
    }

    /// Returns the behaviour in a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Behaviour::Slow => "slow or stopped",
            Behaviour::Inbound => "inbound at this speed and course",
            Behaviour::Meeting => "meeting",
            Behaviour::Silence => "falling silent",
            Behaviour::Company => "keeping beside a ship",
            Behaviour::Fast => "at this speed",
            Behaviour::Launch => "coming out of another vessel",
            Behaviour::Circling => "circling",
            Behaviour::LowFlight => "low and slow",
            Behaviour::SilentFlight => "falling silent",
        }
    }
}

impl Kind {
    /// Every kind of craft.
    pub const ALL: [Kind; 8] = [
        Kind::Merchant,
        Kind::Passenger,
        Kind::Fishing,
        Kind::Pleasure,
        Kind::Service,
        Kind::Other,
        Kind::Dark,
        Kind::Aircraft,
    ];

    /// Returns the kind of a vessel on AIS.
    pub fn of_type(claimed: Option<ShipType>) -> Kind {
        match claimed.map(ShipType::word) {
            Some("cargo" | "tanker") => Kind::Merchant,
            Some("passenger" | "high-speed" | "wing-in-ground") => Kind::Passenger,
            Some("fishing") => Kind::Fishing,
            Some("sailing" | "pleasure") => Kind::Pleasure,
            None | Some("other") => Kind::Other,
            Some(_) => Kind::Service,
        }
    }

    /// Returns the word in a file.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Merchant => "merchant",
            Kind::Passenger => "passenger",
            Kind::Fishing => "fishing",
            Kind::Pleasure => "pleasure",
            Kind::Service => "service",
            Kind::Other => "other",
            Kind::Dark => "dark",
            Kind::Aircraft => "aircraft",
        }
    }

    /// Returns the kind in a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Kind::Merchant => "merchant ships",
            Kind::Passenger => "passenger ships",
            Kind::Fishing => "fishing vessels",
            Kind::Pleasure => "pleasure craft",
            Kind::Service => "vessels at work",
            Kind::Other => "vessels of other or unknown type",
            Kind::Dark => "craft without AIS",
            Kind::Aircraft => "aircraft",
        }
    }
}
