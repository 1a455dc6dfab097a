//! A wire that can be cut: between the program and a broker that lives on.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Forwards a port of the loopback interface to another.
pub struct Proxy {
    pub port: u16,
    accepting: JoinHandle<()>,
    open: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Proxy {
    pub async fn to(port: u16) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let own_port = listener.local_addr().expect("address").port();
        let open: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
        let connections = Arc::clone(&open);
        let accepting = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let forward = tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                        near.set_nodelay(true).ok();
                        far.set_nodelay(true).ok();
                        tokio::io::copy_bidirectional(&mut near, &mut far).await.ok();
                    }
                });
                connections.lock().expect("lock").push(forward);
            }
        });
        Proxy { port: own_port, accepting, open }
    }

    /// Cuts every connection there is; new ones are made at once.
    pub fn cut(&self) {
        self.open.lock().expect("lock").drain(..).for_each(|connection| connection.abort());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}
