//! Options of a client by the configuration of its broker, and why a connection failed.

use std::time::Duration;

#[cfg(feature = "tls")]
use anyhow::Context;
use anyhow::bail;
use rumqttc::{ConnectReturnCode, ConnectionError, MqttOptions, NetworkOptions};

use crate::config::Broker;

/// The largest payload that is taken, and the largest packet for others, bytes: a payload may hold thousands of lines.
pub const MAX_PACKET: usize = 4 * 1024 * 1024;
/// The largest packet that a broker can send (MQTT 3.1.1, section 2.2.3), bytes. One that is refused unread ends the connection, and
/// comes again with the next: whoever may write to one topic would stop the watch.
const MOST_READ: usize = 268_435_455;
/// The largest packet that is sent, bytes: to the other node of a pair a message goes with its topic and its stamp.
pub(super) const MOST_SENT: usize = 2 * MAX_PACKET;
/// Interval of keep-alive packets: a broker that is silent for one and a half times as long is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Time limit for the broker to answer a connection, seconds.
const CONNECTING_SECS: u64 = 10;
/// Environment variable that holds the password of a PKCS #12 identity.
#[cfg(feature = "tls")]
const IDENTITY_PASSWORD: &str = "VIGIE_IDENTITY_PASSWORD";

/// Returns the options of a client of this broker; reads the files that the broker's configuration names.
///
/// # Errors
/// A file cannot be read, or the configuration contradicts itself.
pub(super) fn options(broker: &Broker, client_id: &str) -> anyhow::Result<MqttOptions> {
    let mut options = MqttOptions::new(client_id, &broker.host, broker.port);
    options.set_keep_alive(KEEP_ALIVE).set_max_packet_size(MOST_READ, MOST_SENT);
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

/// Returns socket options: small packets leave at once.
pub(super) fn network_options() -> NetworkOptions {
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECTING_SECS);
    network
}

/// Whether a password would travel in the clear over a network.
pub fn sends_password_in_clear(broker: &Broker) -> bool {
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
    bail!("this vigie was built without TLS; build it with the feature `tls`, or use mqtt://")
}

/// Says in one line why a connection failed, and how to mend it where that is known.
pub(super) fn reason(error: &ConnectionError, broker: &Broker) -> String {
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
