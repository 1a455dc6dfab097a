//! Connections to the console: how many there may be, and for how long one may say nothing.
//!
//! Files that a process may open are few, and the input log needs them. When all places are taken, a connection from which nobody
//! has shown that he may be here makes room: the oldest one of the address that has most of these. Where there is none, the user who
//! has most connections makes room with the oldest of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tower_service::Service;

use super::tries::Client;

/// Longest time for the head of a request, and between requests.
const HEAD: Duration = Duration::from_secs(30);
/// Longest time of a TLS handshake.
#[cfg(feature = "tls")]
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Pause after an error of the system, such as too many open files.
const PAUSE: Duration = Duration::from_millis(200);
/// Fewest and most connections; between them, a quarter of the files that the process may open.
const CONNECTIONS: (usize, usize) = (64, 1024);

/// Way from a TCP connection to bytes: TLS, or none.
#[derive(Clone)]
pub enum Security {
    /// Plain HTTP, on this machine alone.
    None,
    /// HTTPS.
    #[cfg(feature = "tls")]
    Tls(tokio_native_tls::TlsAcceptor),
}

/// Mark that a connection's sender may be here; the guard sets it. Name of the user, where users log in.
#[derive(Clone, Debug, Default)]
pub struct Admitted(Arc<OnceLock<Option<String>>>);

impl Admitted {
    /// Notes that the sender may be here; the first user of a connection counts.
    pub fn admit(&self, user: Option<&str>) {
        self.0.get_or_init(|| user.map(str::to_owned));
    }
}

/// Sender of a connection's requests, as far as the requests have shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sender {
    Stranger(Client),
    User(String),
    /// Whoever is on this machine, where nobody logs in.
    Anybody,
}

/// Connections that are open.
#[derive(Debug)]
struct Places {
    most: usize,
    taken: Mutex<Vec<Place>>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    client: Client,
    admitted: Admitted,
    task: AbortHandle,
}

impl Place {
    fn sender(&self) -> Sender {
        match self.admitted.0.get() {
            None => Sender::Stranger(self.client),
            Some(Some(user)) => Sender::User(user.clone()),
            Some(None) => Sender::Anybody,
        }
    }
}

/// Serves connections until it is dropped.
pub async fn serve(listener: TcpListener, security: Security, app: Router) {
    let places = Arc::new(Places { most: most(), taken: Mutex::default() });
    let mut tasks = JoinSet::new();
    for number in 0_u64.. {
        let (stream, from) = loop {
            match listener.accept().await {
                Ok(accepted) => break accepted,
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        };
        while tasks.try_join_next().is_some() {}
        if !places.make_room() {
            continue;
        }
        let admitted = Admitted::default();
        let (app, security) = (app.clone(), security.clone());
        let (mark, places_) = (admitted.clone(), Arc::clone(&places));
        let client = Client::from(from.ip());
        let task = tasks.spawn(async move {
            let _leaves = Leaves { number, places: places_ };
            secured(stream, client, security, app, mark).await;
        });
        places.taken().push(Place { number, client, admitted, task });
    }
}

impl Places {
    fn taken(&self) -> MutexGuard<'_, Vec<Place>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether one more connection has room; closes one where none is free.
    fn make_room(&self) -> bool {
        let mut taken = self.taken();
        taken.retain(|place| !place.task.is_finished());
        if taken.len() < self.most {
            return true;
        }
        let senders: Vec<Sender> = taken.iter().map(Place::sender).collect();
        to_close(&senders).map(|at| taken.remove(at).task.abort()).is_some()
    }
}

/// Returns the place of the connection that makes room; the senders are those of all connections from the oldest on.
fn to_close(senders: &[Sender]) -> Option<usize> {
    let mut counts: BTreeMap<&Sender, usize> = BTreeMap::new();
    senders.iter().for_each(|sender| *counts.entry(sender).or_default() += 1);
    let closable = senders.iter().enumerate().rev().filter(|(_, sender)| **sender != Sender::Anybody);
    let rank = |sender: &Sender| (matches!(sender, Sender::Stranger(_)), counts.get(sender).copied());
    closable.max_by_key(|(_, sender)| rank(sender)).map(|(at, _)| at)
}

/// Frees a place when its connection ends.
struct Leaves {
    number: u64,
    places: Arc<Places>,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        self.places.taken().retain(|place| place.number != self.number);
    }
}

async fn secured(stream: TcpStream, client: Client, security: Security, app: Router, admitted: Admitted) {
    stream.set_nodelay(true).ok();
    match security {
        Security::None => answer(stream, client, app, admitted).await,
        #[cfg(feature = "tls")]
        Security::Tls(acceptor) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                answer(stream, client, app, admitted).await;
            }
        }
    }
}

/// Answers the requests of a connection; each carries its [`Client`] and [`Admitted`].
async fn answer<S>(stream: S, client: Client, app: Router, admitted: Admitted)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut app = app.clone();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(admitted.clone());
        async move { app.call(request).await }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    // What a client breaks off is no matter.
    http.serve_connection(TokioIo::new(stream), service).await.ok();
}

/// Returns the number of connections that the process has files for.
fn most() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let files = files.and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
    files.map_or(CONNECTIONS.0, |files| (files / 4).clamp(CONNECTIONS.0, CONNECTIONS.1))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_address_with_most_strangers_makes_room_and_its_oldest_goes_first() {
        let of =
            |last: u8| Sender::Stranger(Client::from(std::net::IpAddr::from(Ipv4Addr::new(10, 0, 0, last))));
        let (officer, flood, inside) = (of(1), of(2), Sender::User("clarke".to_owned()));
        let all = [&officer, &inside, &inside, &inside, &flood, &flood].map(Sender::clone);
        assert_eq!(to_close(&all), Some(4));
        assert_eq!(to_close(&[officer, flood]), Some(0), "the oldest of equals");
    }

    #[test]
    fn a_user_who_takes_all_places_makes_room() {
        let [officer, viewer] = ["clarke", "viewer"].map(|name| Sender::User(name.to_owned()));
        assert_eq!(to_close(&[officer, viewer.clone(), viewer.clone()]), Some(1));
        assert_eq!(to_close(&[viewer.clone(), viewer]), Some(0), "an officer has yet to log in");
        assert_eq!(to_close(&[Sender::Anybody, Sender::Anybody]), None);
    }
}
