//! Health of the connections to the broker.

use super::Health;
use crate::clock;
use crate::model::Time;
use crate::telemetry;

/// The connections to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Feeds and actions in.
    In,
    /// Alerts and status out.
    Out,
}

/// State of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinkState {
    Starting,
    Connected,
    Away(String),
}

/// Health of the broker, over all connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerHealth {
    /// Whether every connection stands.
    pub connected: bool,
    /// Why a connection does not stand.
    pub reason: Option<String>,
    /// Since when that is so.
    pub since: Time,
    /// Connections made.
    pub connections: u64,
    /// Tries that failed.
    pub failed_tries: u64,
}

impl Health {
    /// Notes that a connection stands; logs when with it every connection does.
    pub fn link_up(&mut self, link: Link, session_kept: bool) {
        self.broker.connections += 1;
        self.links[link as usize] = LinkState::Connected;
        if link == Link::In {
            self.feeds_kept = session_kept;
        }
        if self.links.iter().any(|state| *state != LinkState::Connected) || self.broker.connected {
            return;
        }
        let now = clock::now();
        let (event, away_s) = (telemetry::BROKER_CONNECTED, (now - self.broker.since).secs().round());
        let failed_tries = self.broker.failed_tries;
        let session_kept = self.feeds_kept;
        tracing::info!(event, away_s, failed_tries, session_kept, "connected to the broker");
        self.broker =
            BrokerHealth { connected: true, reason: None, since: now, failed_tries: 0, ..self.broker };
    }

    /// Notes that a connection was lost or refused; logs each reason once, and counts.
    pub fn link_down(&mut self, link: Link, reason: String) {
        self.broker.failed_tries += 1;
        let known =
            self.links.iter().any(|state| matches!(state, LinkState::Away(other) if *other == reason));
        // The second connection to fall tells nothing new; a new reason does when it is this connection's own.
        let news = match &self.links[link as usize] {
            LinkState::Away(last) => *last != reason && !known,
            _ => !self.links.iter().any(|state| matches!(state, LinkState::Away(_))),
        };
        self.links[link as usize] = LinkState::Away(reason.clone());
        if self.broker.connected {
            self.broker.connected = false;
            self.broker.since = clock::now();
        }
        if news {
            let event = telemetry::BROKER_AWAY;
            tracing::warn!(event, %reason, "no connection to the broker; trying again until there is one");
        }
        self.broker.reason = Some(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Board;
    use super::*;

    #[test]
    fn the_broker_is_up_when_both_connections_are() {
        let board = Board::new([]);
        let mut health = board.note();
        health.link_up(Link::In, false);
        assert!(!health.broker.connected);
        health.link_up(Link::Out, false);
        assert!(health.broker.connected);
        health.link_down(Link::In, "gone".to_owned());
        health.link_down(Link::Out, "gone".to_owned());
        assert_eq!((health.broker.connected, health.broker.failed_tries), (false, 2));
    }
}
