//! A broker inside the process, on a free port of the loopback interface: for demonstrations and tests only.
//!
//! It has no access control and keeps nothing on disk; it lives until the process ends.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::Context;
use rumqttd::{ConnectionSettings, RouterConfig, ServerSettings};

use crate::config;
use crate::mqtt::MAX_PACKET;

/// Messages sent to a connection before it must acknowledge one.
const IN_FLIGHT: usize = 200;
/// Time limit for a thread to open its port.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts a broker and returns its port. `port` 0 takes a free one.
pub fn start(port: u16) -> anyhow::Result<u16> {
    let port = match port {
        0 => free_port()?,
        given => given,
    };
    let settings = ServerSettings {
        name: "embedded".to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        tls: None,
        next_connection_delay_ms: 1,
        connections: ConnectionSettings {
            connection_timeout_ms: 10_000,
            max_payload_size: MAX_PACKET,
            max_inflight_count: IN_FLIGHT,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        },
    };
    let config = rumqttd::Config {
        router: RouterConfig {
            max_connections: 1000,
            max_outgoing_packet_count: 200,
            // What no subscriber has read yet is lost beyond segment size times count, a topic filter each.
            max_segment_size: 16 * 1024 * 1024,
            max_segment_count: 16,
            ..RouterConfig::default()
        },
        v4: Some(HashMap::from([("1".to_owned(), settings)])),
        ..rumqttd::Config::default()
    };
    let mut broker = rumqttd::Broker::new(config);
    std::thread::Builder::new().name("broker".to_owned()).spawn(move || {
        if let Err(error) = broker.start() {
            tracing::error!(event = crate::telemetry::BROKER_EMBEDDED, %error, "the embedded broker stopped");
        }
    })?;
    wait_for(port)?;
    Ok(port)
}

/// The configuration that reaches a broker on this machine.
pub fn on_loopback(port: u16) -> config::Broker {
    config::Broker {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port,
        tls: false,
        user: None,
        password: None,
        ca_file: None,
        identity_file: None,
        max_actions_per_second: config::ACTIONS_PER_SECOND,
    }
}

/// A port of the loopback interface that was free a moment ago.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until something listens there.
pub fn wait_for(port: u16) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(()),
            Err(error) if started.elapsed() > PATIENCE => {
                return Err(error).with_context(|| format!("no broker listens on 127.0.0.1:{port}"));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
