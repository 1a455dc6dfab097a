//! `watchlist`: one that the centre looks for is seen.

use serde::{Deserialize, Serialize};

use super::case::{Cases, Conduct, Held, Statement, Verdict};
use super::scope::Hit;
use super::{Gate, Pattern, World};
use crate::model::{Certainty, Limit, LimitKind, ListEntry, Measure, RuleId, Span, TrackId};
use crate::picture::Picture;

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "watchlist",
    doc: "A vessel or aircraft of a list that the rule names (who.listed) is seen: by MMSI, IMO number or ICAO address; likely, by its call sign or a name that is like it.",
    caution: "A name is what somebody typed in: a likely hit says so, and an IMO number or a call sign that differs rules it out. Once hit, the track is followed when its AIS goes silent, and a radar's track that was it is a hit again. Aircraft are found by their address alone.",
    limits: &[
        Limit {
            name: "likeness",
            kind: LimitKind::Share,
            default: "0.94",
            doc: "A name counts from this likeness on (Jaro-Winkler); 1 is the same letters and digits.",
        },
        Limit {
            name: "max_silence",
            kind: LimitKind::Duration,
            default: "6 h",
            doc: "Neither seen nor heard for this long, it is lost; seen again, it is told again.",
        },
    ],
    watch: |rule, number| Box::new(Cases::new(rule, number, Watchlist::new(number))),
};

/// It is told again after so long, twice that …
const TOLD_AGAIN: Span = Span::from_secs(12 * 3600);

struct Watchlist {
    rule: RuleId,
}

#[derive(Serialize, Deserialize)]
struct Wanted {
    entry: ListEntry,
    hit: Hit,
}

impl Watchlist {
    fn new(number: RuleId) -> Watchlist {
        Watchlist { rule: number }
    }
}

impl Conduct for Watchlist {
    type Memory = Wanted;

    const STAYS: bool = true;

    fn gate(&self) -> Gate {
        Gate::Anyone
    }

    fn doubles_from(&self) -> Span {
        TOLD_AGAIN
    }

    fn begins(&mut self, id: TrackId, w: &World<'_>) -> Option<Wanted> {
        let (entry, hit) = w.scope.hit(self.rule, w.picture, id)?;
        Some(Wanted { entry: entry.clone(), hit })
    }

    fn goes_on(&mut self, _id: TrackId, _held: &mut Held<Wanted>, _w: &World<'_>) -> Verdict {
        Verdict::Fits
    }

    fn states(&self, id: TrackId, held: &Held<Wanted>, picture: &Picture) -> Statement {
        let Wanted { entry, hit } = &held.memory;
        let named = entry.name.as_deref().map_or(String::new(), |name| format!(" as {name}"));
        let found = match hit {
            Hit::Exact => format!("is on the watch list{named}"),
            Hit::Formerly => format!(
                "was MMSI {} before, which is on the watch list{named}",
                entry.mmsi.map_or(0, |m| m.0)
            ),
            Hit::CallSign | Hit::Name(_) => format!("is likely one of the watch list{named}"),
        };
        let source = entry.source.as_deref().map_or(String::new(), |source| format!(" ({source})"));
        let action = entry.action.as_deref().map_or(String::new(), |action| format!("; {action}"));
        Statement {
            position: picture.track(id).fix.position,
            certainty: match hit {
                Hit::Exact => Certainty::Observed,
                Hit::Formerly => Certainty::Likely,
                Hit::CallSign | Hit::Name(_) => Certainty::Possible,
            },
            measured: match hit {
                Hit::Exact | Hit::Formerly => vec![("likeness", Measure::Number(1.0))],
                Hit::Name(likeness) => vec![("likeness", Measure::Number(*likeness))],
                // No name was compared.
                Hit::CallSign => Vec::new(),
            },
            not_judged: Vec::new(),
            deed: format!("{found}: {}{source}{action}", entry.reason),
        }
    }
}
