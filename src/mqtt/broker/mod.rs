//! A small MQTT 3.1.1 broker inside the process, on the loopback interface: for demonstrations and tests only.
//!
//! The broker has no access control, no TLS and no disk: sessions and retained messages live until the process ends.
//! Packets are read and written by the codec of `rumqttc`; `sessions` holds what the broker remembers.

mod sessions;

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::BytesMut;
use rumqttc::{ConnAck, ConnectReturnCode, Packet, Protocol};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedReadHalf;

use self::sessions::{Connection, Sessions};
use crate::config;
use crate::mqtt::MAX_PACKET;

/// Time limit of [`wait_for`].
const PATIENCE: Duration = Duration::from_secs(5);
/// Wait before the next try to accept a connection.
const AGAIN: Duration = Duration::from_millis(100);
/// Bytes of outgoing packets that are written at once.
const CHUNK: usize = 64 * 1024;

/// Starts a broker and returns its port. `port` 0 takes a free one.
///
/// # Errors
/// The port is taken, or the thread cannot be started.
pub fn start(port: u16) -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("the embedded broker cannot open port {port}"))?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    std::thread::Builder::new().name("broker".to_owned()).spawn(move || {
        let serving = tokio::task::LocalSet::new();
        if let Err(error) = serving.block_on(&runtime, accept(listener)) {
            tracing::error!(event = crate::telemetry::BROKER_EMBEDDED, %error, "the embedded broker stopped");
        }
    })?;
    Ok(address.port())
}

/// Accepts connections for as long as the process runs.
async fn accept(listener: TcpListener) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let sessions = Rc::new(RefCell::new(Sessions::default()));
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // The client is gone again, or the process has no file descriptor left.
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        stream.set_nodelay(true).ok();
        let sessions = Rc::clone(&sessions);
        tokio::task::spawn_local(async move {
            if let Err(error) = serve(stream, &sessions).await {
                report(peer, &error);
            }
        });
    }
}

/// Logs why a connection ended.
fn report(peer: SocketAddr, error: &anyhow::Error) {
    tracing::debug!(%peer, error = format!("{error:#}"), "a connection to the embedded broker ended");
}

/// Serves one client from its CONNECT to the end of its connection.
async fn serve(stream: tokio::net::TcpStream, sessions: &RefCell<Sessions>) -> anyhow::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut incoming = Incoming { reader, bytes: BytesMut::new(), silence: PATIENCE };
    let Packet::Connect(connect) = incoming.next().await? else { bail!("the first packet is no CONNECT") };
    // A keep-alive of zero switches the supervision off (MQTT 3.1.1, section 3.1.2.10).
    incoming.silence = match connect.keep_alive {
        0 => Duration::MAX,
        seconds => Duration::from_secs(seconds.into()).mul_f64(1.5),
    };
    if connect.protocol != Protocol::V4 {
        let mut answer = BytesMut::new();
        Packet::ConnAck(ConnAck::new(ConnectReturnCode::RefusedProtocolVersion, false))
            .write(&mut answer, MAX_PACKET)?;
        writer.write_all(&answer).await?;
        bail!("the client asks for another protocol than MQTT 3.1.1");
    }
    let connection = sessions.borrow_mut().open(connect);
    let reading = async {
        loop {
            let packet = incoming.next().await?;
            if !sessions.borrow_mut().apply(&connection, packet)? {
                return Ok(());
            }
        }
    };
    // Reading never waits for writing: a client that writes a large packet before it reads would block both.
    let ended = tokio::select! {
        ended = reading => ended,
        ended = write(&mut writer, sessions, &connection) => ended,
    };
    sessions.borrow_mut().close(&connection);
    ended
}

/// Writes what the session has for its client, until the connection ends or another one takes the session over.
async fn write(
    writer: &mut tokio::net::tcp::OwnedWriteHalf,
    sessions: &RefCell<Sessions>,
    connection: &Connection,
) -> anyhow::Result<()> {
    let mut bytes = BytesMut::new();
    loop {
        while bytes.len() < CHUNK {
            let Some(packet) = sessions.borrow_mut().next_packet(connection)? else { break };
            packet.write(&mut bytes, MAX_PACKET)?;
        }
        if bytes.is_empty() {
            connection.wake.notified().await;
        } else {
            writer.write_all(&bytes).await?;
            bytes.clear();
        }
    }
}

/// The packets that a client sends.
struct Incoming {
    reader: OwnedReadHalf,
    bytes: BytesMut,
    /// Longest silence of the client that is tolerated.
    silence: Duration,
}

impl Incoming {
    /// Returns the next packet.
    ///
    /// # Errors
    /// The connection ended, the client was silent for too long, or the bytes are no packet.
    async fn next(&mut self) -> anyhow::Result<Packet> {
        loop {
            match Packet::read(&mut self.bytes, MAX_PACKET) {
                Ok(packet) => return Ok(packet),
                Err(rumqttc::Error::InsufficientBytes(_)) => {}
                Err(error) => bail!("not a packet: {error}"),
            }
            let reading = self.reader.read_buf(&mut self.bytes);
            let read =
                tokio::time::timeout(self.silence, reading).await.context("the client is silent")??;
            if read == 0 {
                bail!("the client closed the connection");
            }
        }
    }
}

/// Returns the configuration that reaches a broker on this machine.
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
        require_signed: false,
    }
}

/// Returns a port of the loopback interface that was free a moment ago.
///
/// # Errors
/// The machine has no free port.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until something listens on a port of the loopback interface.
///
/// # Errors
/// Nothing listens there after five seconds.
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
