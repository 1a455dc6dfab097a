//! Whether the active node is there, as its standby finds it: claims, signs of life, and probes, by which the broker shows that it
//! answers.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Next;
use crate::clock;
use crate::pipeline::claims::{Claim, Sign};

/// Time before a take-over from which on the broker must have answered this node: one that is cut off hears nobody.
const PROBED_FOR: Duration = Duration::from_secs(1);
/// Age of the newest sign of life up to which the active node is there to be asked.
const FRESH: Duration = Duration::from_secs(2);
/// Time between two looks beyond which this process was paused.
const PAUSED: Duration = Duration::from_secs(2);

/// A message to itself, by which a standby finds out whether the broker answers.
#[derive(Debug, Serialize, Deserialize)]
struct Probe {
    instance: String,
    /// When it was sent, milliseconds since the standby began.
    sent_ms: u64,
}

/// What is known of the active node's presence.
pub(super) struct Presence {
    /// Name of this node among the two.
    instance: String,
    began: Instant,
    /// The newest claim that was heard.
    claim: Claim,
    /// Claim of the node that is active.
    followed: Option<Claim>,
    /// The newest sign of life of the active node: nobody's copy of an older one keeps the standby waiting.
    newest: Option<(Claim, u64)>,
    /// When the active node was heard last.
    pub(super) heard: Instant,
    /// When this node last looked whether it was.
    looked: Instant,
    /// When the connection to the broker came to stand; `None` while there is none.
    up_since: Option<Instant>,
    /// When the newest probe that came back was sent.
    probed: Option<Instant>,
    /// When the active node was heard last after a probe of then.
    met: Option<Instant>,
}

/// A sign of life, as it changes what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing: it is not newer than the last.
    Old,
    /// The active node is there.
    Same,
    /// Another node than before is active, or another run of it.
    Another,
}

impl Presence {
    pub(super) fn new(instance: &str) -> Presence {
        let now = clock::moment();
        Presence {
            instance: instance.to_owned(),
            began: now,
            claim: Claim { term: 0, instance: String::new() },
            followed: None,
            newest: None,
            heard: now,
            looked: now,
            up_since: None,
            probed: None,
            met: None,
        }
    }

    /// Notes that a connection to the broker stands, or that there is none.
    pub(super) fn set_connected(&mut self, is_connected: bool) {
        self.up_since = is_connected.then(clock::moment);
    }

    /// Takes note of a claim; whether it is newer than those before.
    pub(super) fn note_claim(&mut self, claim: Claim) -> bool {
        let is_newer = claim > self.claim;
        if is_newer {
            self.claim = claim;
        }
        is_newer
    }

    /// Takes note of a sign of life.
    pub(super) fn note_sign(&mut self, Sign { claim, beat, .. }: Sign) -> Heard {
        // An earlier vigie tells no moment.
        if let Some(beat) = beat {
            let sign = Some((claim.clone(), beat));
            if sign <= self.newest {
                return Heard::Old;
            }
            self.newest = sign;
        }
        if self.followed.as_ref() == Some(&claim) {
            return Heard::Same;
        }
        self.followed = Some(claim);
        Heard::Another
    }

    /// Returns the claim of the node that is active, as far as it was heard.
    pub(super) fn followed(&self) -> Option<&Claim> {
        self.followed.as_ref()
    }

    /// Notes that the active node was heard.
    pub(super) fn note_heard(&mut self) {
        self.heard = clock::moment();
        // What a broker sends after a message of this node was published after that.
        if self.probed.is_some_and(|sent| self.heard < sent + FRESH) {
            self.met = Some(self.heard);
        }
    }

    /// Takes note of a probe of its own that came back: the broker answers, and what came before is here.
    pub(super) fn note_probe(&mut self, payload: &[u8]) {
        let probe: Option<Probe> = serde_json::from_slice(payload).ok();
        let sent = probe.filter(|probe| probe.instance == self.instance).and_then(|probe| {
            self.began
                .checked_add(Duration::from_millis(probe.sent_ms))
                .filter(|sent| *sent <= clock::moment())
        });
        self.probed = self.probed.max(sent);
    }

    /// Looks whether the active node is silent for longer than this node's patience; `None` where it is not.
    pub(super) fn look(&mut self, now: Instant, patience: Duration) -> Option<Next> {
        // A node that was paused itself has heard nothing, and knows nothing of the other one.
        if now - std::mem::replace(&mut self.looked, now) > PAUSED {
            self.heard = now;
        }
        let Some(since) = self.up_since else { return Some(Next::Wait) };
        let gone = self.heard.max(since) + patience;
        (now + PROBED_FOR >= gone).then(|| match self.probed {
            Some(probed) if now >= gone && probed + PROBED_FOR >= gone => Next::TakeOver,
            _ => self.probe(now),
        })
    }

    /// Returns the probe that is sent now.
    pub(super) fn probe(&self, now: Instant) -> Next {
        let sent_ms = u64::try_from((now - self.began).as_millis()).unwrap_or(u64::MAX);
        let probe = Probe { instance: self.instance.clone(), sent_ms };
        Next::Publish("probe", serde_json::to_string(&probe).unwrap_or_default())
    }

    /// Whether the active node is there to be asked.
    pub(super) fn is_there(&self, now: Instant) -> bool {
        self.followed.is_some() && now < self.heard + FRESH
    }

    /// Whether the active node is there, and was heard after a probe: signs of life that waited at the broker may be those of a node
    /// that has died since.
    pub(super) fn is_met(&self, now: Instant) -> bool {
        self.is_there(now) && self.met.is_some_and(|met| now < met + FRESH)
    }

    /// Whether this node was the active one last, or nobody was.
    pub(super) fn was_active(&self) -> bool {
        self.claim.term == 0 || self.claim.instance == self.instance
    }

    /// Returns the claim by which this node takes over.
    pub(super) fn next_claim(&self) -> Claim {
        Claim { term: self.claim.term + 1, instance: self.instance.clone() }
    }
}
