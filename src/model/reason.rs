//! Reasons why a pattern cannot judge: what is counted where an alert is missing and the doubt is not gone.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares the reasons: each with its word in counts and its sentence.
macro_rules! reasons {
    ($($name:ident = $word:literal, $sentence:literal;)+) => {
        /// A reason why a pattern cannot judge.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = $sentence] $name,)+
        }

        impl Reason {
            /// Every reason, in the order of their words.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)+];

            /// Returns the word under which the reason is counted.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Reason::$name => $word,)+
                }
            }

            /// Returns the reason as a sentence.
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Reason::$name => $sentence,)+
                }
            }
        }
    };
}

// In alphabetical order, which is the order of counts.
reasons! {
    AisCoverage = "ais-coverage", "No AIS station is known to hear vessels there.";
    AtBerth = "at-berth", "The vessels lie at a berth or close to the shore.";
    BelowHorizon = "below-horizon", "The aircraft went below the horizon of the sensors.";
    Clutter = "clutter", "The echo jumps as clutter does.";
    ComesHome = "comes-home", "Radars saw a craft like it put out from there, and saw none come back.";
    Convergence = "convergence", "Nobody saw where the vessels came from.";
    FewReports = "few-reports", "Too few reports have come to know how often it is heard.";
    FixedObject = "fixed-object", "The echo has stood there for days.";
    Flood = "flood", "Too many such alerts come from one source, and nothing but its own messages supports this one.";
    Gathering = "gathering", "Many vessels lie there: an anchorage, a regatta, a fleet.";
    Ghost = "ghost", "The echo may be a radar ghost of a ship.";
    HeardElsewhere = "heard-elsewhere", "The number is heard elsewhere.";
    LateReports = "late-reports", "The positions may be old ones that were passed on late.";
    LeavesCoverage = "leaves-coverage", "The track leads out of coverage.";
    MmsiForm = "mmsi-form", "The number has no form that an MMSI has.";
    MovesWithOthers = "moves-with-others", "Echoes move as one: rain, weed, a fleet.";
    Multilateration = "multilateration", "The position is calculated by multilateration, and jumps.";
    NetBuoy = "net-buoy", "The vessel has the name of a net buoy, and goes no faster than one.";
    NeverUnderWay = "never-under-way", "The vessels were never seen under way.";
    NoHeight = "no-height", "No height is known.";
    NoPosition = "no-position", "No position is known.";
    NoReceiver = "no-receiver", "No receiver would hear a transponder there.";
    NoWitnesses = "no-witnesses", "Too few other vessels or aircraft were heard there.";
    NothingLearnt = "nothing-learnt", "What is usual there is not learnt yet.";
    ReceiverMoves = "receiver-moves", "The receiver moves.";
    SameGround = "same-ground", "The alert of another vessel of its kind on the same ground stands for it.";
    SharedMmsi = "shared-mmsi", "Two senders share the number.";
    StationSilent = "station-silent", "The station that heard the vessel is silent.";
    UsualHere = "usual-here", "Such a thing is usual there, at that time of day, by that kind of craft.";
    WhereOneStops = "where-one-stops", "Many vessels stop there: a fishing ground, a buoy.";
}

impl Reason {
    /// Returns the reason that a word stands for.
    pub fn of_word(word: &str) -> Option<Reason> {
        Reason::ALL.iter().copied().find(|reason| reason.word() == word)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
        let word = <&str>::deserialize(deserializer)?;
        Reason::of_word(word).ok_or_else(|| serde::de::Error::custom("no reason has this word"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_in_order() {
        let words: Vec<&str> = Reason::ALL.iter().map(|reason| reason.word()).collect();
        assert!(words.is_sorted_by(|a, b| a < b), "{words:?}");
        for reason in Reason::ALL {
            let word = reason.word();
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{word}");
            assert!(reason.sentence().ends_with('.'), "{word}");
            assert_eq!(Reason::of_word(word), Some(*reason));
        }
    }
}
