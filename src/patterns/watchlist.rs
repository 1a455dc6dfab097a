//! `watchlist`: one that the centre looks for is seen.

use serde::{Deserialize, Serialize};

use super::conditions::Check;
use super::life_cycle::{Behaviour, Case, Statement, Verdict};
use super::scope::Hit;
use super::track_cases::TrackCases;
use super::{Gate, Pattern, World, limits};
use crate::alerts::Resumes;
use crate::model::{Certainty, LimitKey, ListEntry, RuleId, Span, TrackId};
use crate::picture::Picture;

const LIKENESS: LimitKey<f64> = limits::LIKENESS
    .with_default("0.94")
    .doc("A name is a likely hit from this likeness on (Jaro-Winkler); 1 is the same letters and digits.");
const MAX_SILENCE: LimitKey<Span> = limits::MAX_SILENCE
    .with_default("6 h")
    .doc("A vessel or aircraft that is neither seen nor heard for this long is lost. When it is seen again, a new alert is raised.");

/// Declaration.
pub const PATTERN: Pattern = Pattern {
    name: "watchlist",
    doc: "A vessel or aircraft of a list that the rule names (who.listed) is seen: by its MMSI, IMO number or ICAO address; or likely, by its call sign or a similar name.",
    caution: "A name is what somebody typed in: a hit by name is marked as likely, and a different IMO number or call sign rules it out. After a hit the track is followed when its AIS falls silent, and a radar track that was this vessel is a hit again. Aircraft are found by their address alone.",
    limits: &[LIKENESS.limit, MAX_SILENCE.limit],
    needs: &[],
    watch: |rule, number| Box::new(TrackCases::new(rule, number, Watchlist::new(number))),
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

impl Behaviour for Watchlist {
    type Memory = Wanted;

    const OF_NET_BUOYS: bool = true;

    const RESUMES: Resumes = Resumes::WITHIN_SIX_HOURS;

    const OUTLASTS_SCOPE: bool = true;

    fn gate(&self) -> Gate {
        Gate::Anyone
    }

    fn update_base(&self) -> Span {
        TOLD_AGAIN
    }

    fn begin(&mut self, id: TrackId, w: &World<'_>) -> Option<Wanted> {
        let hit = w.scope.hit(self.rule, w.picture, id);
        w.conditions().holds(Check::Listed, || hit.is_some());
        let (entry, hit) = hit?;
        Some(Wanted { entry: entry.clone(), hit })
    }

    fn assess(&mut self, _id: TrackId, _held: &mut Case<Wanted>, _w: &World<'_>) -> Verdict {
        Verdict::Fulfilled
    }

    fn statement(&self, id: TrackId, case: &Case<Wanted>, picture: &Picture) -> Statement {
        let Wanted { entry, hit } = &case.memory;
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
                Hit::Exact | Hit::Formerly => vec![LIKENESS.measured(1.0)],
                Hit::Name(likeness) => vec![LIKENESS.measured(*likeness)],
                // No name was compared.
                Hit::CallSign => Vec::new(),
            },
            not_judged: Vec::new(),
            deed: format!("{found}: {}{source}{action}", entry.reason),
        }
    }
}
