//! TLS for the console, through the system's library. A slow handshake delays no other connection.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Longest time of a handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most handshakes at the same time.
const SHAKING: usize = 64;
/// Pause after an error of the system, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);

type Stream = tokio_native_tls::TlsStream<TcpStream>;

/// Listener whose connections use TLS.
#[derive(Debug)]
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(Stream, SocketAddr)>,
}

impl TlsListener {
    /// Makes a listener with a certificate chain and its key (PEM, PKCS #8).
    ///
    /// # Errors
    /// The files cannot be used.
    pub fn new(listener: TcpListener, cert: &Path, key: &Path) -> anyhow::Result<TlsListener> {
        let read = |path: &Path| std::fs::read(path).with_context(|| format!("[http] {}", path.display()));
        let identity = native_tls::Identity::from_pkcs8(&read(cert)?, &read(key)?).with_context(|| {
            format!(
                "[http] {} and {} are not a certificate and its key (PEM, PKCS #8)",
                cert.display(),
                key.display()
            )
        })?;
        let mut builder = native_tls::TlsAcceptor::builder(identity);
        builder.min_protocol_version(Some(native_tls::Protocol::Tlsv12));
        let acceptor = tokio_native_tls::TlsAcceptor::from(builder.build().context("[http] TLS")?);
        let address = listener.local_addr()?;
        let (in_, ready) = mpsc::channel(SHAKING);
        tokio::spawn(accept(listener, acceptor, in_));
        Ok(TlsListener { address, ready })
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: tokio_native_tls::TlsAcceptor,
    ready: mpsc::Sender<(Stream, SocketAddr)>,
) {
    loop {
        let Ok(room) = ready.clone().reserve_owned().await else { return };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        stream.set_nodelay(true).ok();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                room.send((stream, from));
            }
        });
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
