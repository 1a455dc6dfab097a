//! The way to a broker: what the feeds' connection and the channel's have in common.

use std::time::Duration;

use anyhow::{Context, bail};
use rumqttc::{ConnectReturnCode, ConnectionError, MqttOptions, NetworkOptions};

use crate::config::Broker;
use crate::feed::clock;

/// The largest packet taken or sent, bytes: a payload may hold thousands of lines.
pub const MAX_PACKET: usize = 4 * 1024 * 1024;
/// A broker that says nothing for one and a half times as long is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a broker may take to answer a connection, seconds.
const CONNECTING_SECS: u64 = 10;
/// The first wait before trying again.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait before trying again.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A connection that stood as long was a good one: waiting starts from the shortest again.
const GOOD_CONNECTION_NS: i64 = 10_000_000_000;
/// Where the password of a PKCS #12 identity is.
const IDENTITY_PASSWORD: &str = "VIGIE_IDENTITY_PASSWORD";

/// What the ids of actions begin with that were done at a node's own console; their stamp follows.
const OWN: &str = "own-";

/// Options of a client of this broker; files that it names are read now.
pub fn options(broker: &Broker, client_id: &str) -> anyhow::Result<MqttOptions> {
    let mut options = MqttOptions::new(client_id, &broker.host, broker.port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(MAX_PACKET, MAX_PACKET);
    if let Some(user) = &broker.user {
        let password = broker.password.as_ref().map_or("", |secret| secret.0.as_str());
        options.set_credentials(user, password);
    }
    if broker.tls {
        options.set_transport(tls(broker)?);
    } else if broker.ca_file.is_some() || broker.identity_file.is_some() {
        bail!("a CA or identity file is given, but the broker's URL is mqtt://; write mqtts://");
    }
    Ok(options)
}

/// Small packets leave at once.
pub fn network_options() -> NetworkOptions {
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECTING_SECS);
    network
}

/// Whether a password would travel in the clear over a network.
pub fn tells_password(broker: &Broker) -> bool {
    let ip: Result<std::net::IpAddr, _> = broker.host.parse();
    let here = broker.host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
    broker.password.is_some() && !broker.tls && !here
}

#[cfg(feature = "tls")]
fn tls(broker: &Broker) -> anyhow::Result<rumqttc::Transport> {
    use native_tls::{Certificate, Identity, Protocol, TlsConnector};

    let mut connector = TlsConnector::builder();
    connector.min_protocol_version(Some(Protocol::Tlsv12));
    if let Some(path) = &broker.ca_file {
        let pem = std::fs::read(path).with_context(|| format!("CA file {}", path.display()))?;
        let stack =
            Certificate::stack_from_pem(&pem).with_context(|| format!("CA file {}", path.display()))?;
        if stack.is_empty() {
            bail!("CA file {} holds no PEM certificate", path.display());
        }
        // A centre that names its authority trusts no other.
        connector.disable_built_in_roots(true);
        for certificate in stack {
            connector.add_root_certificate(certificate);
        }
    }
    if let Some(path) = &broker.identity_file {
        let der = std::fs::read(path).with_context(|| format!("identity file {}", path.display()))?;
        let password = std::env::var(IDENTITY_PASSWORD).unwrap_or_default();
        let identity = Identity::from_pkcs12(&der, &password).with_context(|| {
            format!("identity file {}; its password is read from {IDENTITY_PASSWORD}", path.display())
        })?;
        connector.identity(identity);
    }
    let connector = connector.build().context("TLS")?;
    Ok(rumqttc::Transport::tls_with_config(rumqttc::TlsConfiguration::NativeConnector(connector)))
}

#[cfg(not(feature = "tls"))]
fn tls(_: &Broker) -> anyhow::Result<rumqttc::Transport> {
    drop((IDENTITY_PASSWORD, anyhow::Ok(()).context("")));
    bail!("this vigie was built without TLS; build it with the feature `tls`, or use mqtt://")
}

/// Why a connection failed, in one line that says how to mend it where that is known.
pub fn reason(error: &ConnectionError, broker: &Broker) -> String {
    let user = broker.user.as_deref().unwrap_or("(none)");
    match error {
        ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword)
        | ConnectionError::ConnectionRefused(ConnectReturnCode::NotAuthorized) => {
            format!("the broker refuses user {user}: wrong user or password, or not allowed")
        }
        ConnectionError::NetworkTimeout => format!("no answer within {CONNECTING_SECS} s"),
        ConnectionError::MqttState(rumqttc::StateError::ConnectionAborted) => {
            "connection closed by the broker".to_owned()
        }
        ConnectionError::MqttState(rumqttc::StateError::AwaitPingResp) => {
            "the broker no longer answers".to_owned()
        }
        other => one_line(&other.to_string()),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Waits between tries: doubling, with jitter, so that a coast's clients do not return in step.
#[derive(Debug)]
pub struct Backoff {
    tries: u32,
    up_since_ns: Option<i64>,
}

impl Backoff {
    /// No try has failed yet.
    pub fn new() -> Backoff {
        Backoff { tries: 0, up_since_ns: None }
    }

    /// The connection stands.
    pub fn up(&mut self) {
        self.up_since_ns = Some(clock::nanos());
    }

    /// It was lost, or could not be made: how long to wait.
    pub fn down(&mut self) -> Duration {
        let now = clock::nanos();
        if self.up_since_ns.take().is_some_and(|since| now - since >= GOOD_CONNECTION_NS) {
            self.tries = 0;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << self.tries.min(16)).min(LONGEST_WAIT);
        self.tries = self.tries.saturating_add(1);
        // Half to all of it, by the clock's lower digits.
        wait.mul_f64(0.5 + 0.5 * (now % 1_000_003) as f64 / 1_000_003.0)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff::new()
    }
}

/// Where this node's messages go, and where it reads; an exercise has its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    node: String,
    exercise: Option<String>,
    /// Which of two nodes of the same name.
    instance: Option<String>,
}

impl Topics {
    /// Of a node, in an exercise or for real.
    pub fn new(node: &str, exercise: Option<&str>) -> Topics {
        Topics { node: node.to_owned(), exercise: exercise.map(str::to_owned), instance: None }
    }

    /// Of one of two nodes of the same name: the same topics, and connections of its own.
    pub fn as_instance(self, instance: &str) -> Topics {
        Topics { instance: Some(instance.to_owned()), ..self }
    }

    /// Whether these are an exercise's.
    pub fn is_exercise(&self) -> bool {
        self.exercise.is_some()
    }

    /// The client's name at the broker; `role` tells this node's connections apart.
    pub fn client_id(&self, role: &str) -> String {
        let instance = self.instance.as_ref().map_or(String::new(), |instance| format!("-{instance}"));
        match &self.exercise {
            Some(exercise) => format!("vigie-{}{instance}-exercise-{exercise}-{role}", self.node),
            None => format!("vigie-{}{instance}-{role}", self.node),
        }
    }

    /// What a topic or filter of the real thing is called in here.
    pub fn inbound(&self, topic: &str) -> String {
        match &self.exercise {
            Some(exercise) => format!("vigie/exercise/{exercise}/{topic}"),
            None => topic.to_owned(),
        }
    }

    /// The topic of the real thing that a received one stands for; `None` where it is none of ours.
    pub fn outside<'a>(&self, topic: &'a str) -> Option<&'a str> {
        match &self.exercise {
            Some(exercise) => {
                topic.strip_prefix("vigie/exercise/")?.strip_prefix(exercise.as_str())?.strip_prefix('/')
            }
            None => Some(topic),
        }
    }

    /// The filter of officers' actions, as of the real thing.
    pub fn actions(&self) -> String {
        format!("vigie/{}/actions/+", self.node)
    }

    /// The topic of an action, as of the real thing.
    pub fn action(&self, id: &str) -> String {
        format!("vigie/{}/actions/{id}", self.node)
    }

    /// The id of an action that was done at this node's own console and has this stamp.
    pub fn own_id(arrival_ns: i64) -> String {
        format!("{OWN}{arrival_ns}")
    }

    /// The id of such an action, by its topic as of the real thing.
    pub fn own_action<'a>(&self, topic: &'a str) -> Option<&'a str> {
        let id = topic.strip_prefix("vigie/")?.strip_prefix(self.node.as_str())?.strip_prefix("/actions/")?;
        let stamp = id.strip_prefix(OWN)?;
        (!stamp.is_empty() && stamp.bytes().all(|digit| digit.is_ascii_digit())).then_some(id)
    }

    /// Where this node tells how it is.
    pub fn status(&self) -> String {
        format!("{}/status", self.base())
    }

    /// Which of two nodes of this name is active.
    pub fn active(&self) -> String {
        format!("{}/active", self.base())
    }

    /// What the active one of two shares with the other.
    pub fn replica(&self, what: &str) -> String {
        format!("{}/replica/{what}", self.base())
    }

    /// Where `vigie check --send-test` tries the channel: beside the alerts, so that nobody takes it for one.
    pub fn test(&self) -> String {
        format!("{}/test", self.base())
    }

    /// Where an alert goes.
    pub fn alert(&self, pattern: &str, id: &str) -> String {
        format!("{}/alerts/{pattern}/{id}", self.base())
    }

    fn base(&self) -> String {
        match &self.exercise {
            Some(exercise) => format!("vigie/{}/exercise/{exercise}", self.node),
            None => format!("vigie/{}", self.node),
        }
    }
}

/// Whether a topic filter takes a topic (MQTT 3.1.1, section 4.7).
pub fn filter_takes(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && !filter.starts_with('$') {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        for (filter, topic, takes) in [
            ("a/b", "a/b", true),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("#", "a/b", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("vessels-v2/+/location", "vessels-v2/230/location", true),
            ("a/b", "a/b/", false),
        ] {
            assert_eq!(filter_takes(filter, topic), takes, "{filter} {topic}");
        }
    }

    #[test]
    fn an_exercise_has_its_own_topics() {
        let live = Topics::new("bb-ops", None);
        let play = Topics::new("bb-ops", Some("dawn"));
        assert_eq!(live.status(), "vigie/bb-ops/status");
        assert_eq!(play.alert("zone", "1"), "vigie/bb-ops/exercise/dawn/alerts/zone/1");
        assert_eq!(play.inbound("feeds/+/ais"), "vigie/exercise/dawn/feeds/+/ais");
        assert_eq!(play.outside("vigie/exercise/dawn/feeds/x/ais"), Some("feeds/x/ais"));
        assert_eq!(play.outside("vigie/exercise/dawnbreak/feeds/x/ais"), None);
        assert_eq!(play.outside("feeds/x/ais"), None, "an exercise reads nothing real");
        assert_ne!(live.client_id("in"), play.client_id("in"));
    }

    #[test]
    fn own_actions_are_known_by_their_topic() {
        let topics = Topics::new("bb-ops", None);
        let topic = topics.action(&Topics::own_id(17));
        assert_eq!(topics.own_action(&topic), Some("own-17"));
        for other in ["vigie/bb-ops/actions/own-", "vigie/bb-ops/actions/own-x", "vigie/bb/actions/own-17"] {
            assert_eq!(topics.own_action(other), None, "{other}");
        }
    }

    #[test]
    fn back_off_doubles_and_is_bounded() {
        let mut backoff = Backoff::new();
        for tries in 0..12 {
            let full = FIRST_WAIT.saturating_mul(1 << tries).min(LONGEST_WAIT);
            let wait = backoff.down();
            assert!(wait >= full / 2 && wait <= full, "{tries}: {wait:?}");
        }
        backoff.up();
        assert!(backoff.down() > LONGEST_WAIT / 3, "a connection that fell at once does not reset it");
    }
}
