//! Limits on guessed passwords. A try is counted before its password is looked at, and a stranger's tries hold up nobody whom
//! the console knows.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Wrong passwords for a name from one client, after which this client must wait before it tries that name again.
pub const FOR_NAME: u32 = 5;
/// Wrong passwords from one client, whatever the names.
pub const FROM_CLIENT: u32 = 20;
/// Wrong passwords for a name from all clients, after which only clients that have logged in with it may try.
pub const FROM_ALL: u32 = 50;
/// Time after the last try for which tries count.
pub const WAIT: Duration = Duration::from_secs(300);
/// Most strangers' passwords that wait to be looked at.
const WAITING: usize = 8;
/// Most counts of each kind; beyond them the oldest is forgotten.
const COUNTS: usize = 10_000;

/// Address of a client: of IPv6 the first 64 bits, for a subscriber has all addresses behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(IpAddr);

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Client {
        match address.to_canonical() {
            IpAddr::V6(six) => {
                let [a, b, c, d, ..] = six.segments();
                Client(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            four => Client(four),
        }
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Reason why a password is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// Too many passwords were wrong.
    TooOften,
    /// Too many passwords wait to be looked at.
    Busy,
}

/// Hash of a name: whoever guesses may send names of any length.
type Name = [u8; 32];

fn hashed(name: &str) -> Name {
    Sha256::digest(name.as_bytes()).into()
}

/// Tries of passwords, counted.
#[derive(Debug)]
pub struct Tries {
    counts: Mutex<Counts>,
    /// Turns of clients that have logged in with the name that they try.
    known: Arc<Semaphore>,
    /// Turns of all others.
    strangers: Arc<Semaphore>,
    /// Places in the strangers' queue.
    queue: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Counts {
    by_pair: BTreeMap<(Name, Client), Count>,
    by_client: BTreeMap<Client, Count>,
    by_name: BTreeMap<Name, Count>,
    /// Clients that have logged in with a name, and when.
    known: BTreeMap<(Name, Client), Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    tries: u32,
    last: Instant,
}

/// A try that has been counted. Holds its turn until it is dropped, so that no more passwords are looked at than there are turns.
#[derive(Debug)]
pub struct Turn {
    _turn: OwnedSemaphorePermit,
}

impl Default for Tries {
    fn default() -> Self {
        let turns = |number| Arc::new(Semaphore::new(number));
        Tries { counts: Mutex::default(), known: turns(1), strangers: turns(1), queue: turns(WAITING) }
    }
}

impl Tries {
    /// Counts a try as wrong, and waits for its turn.
    ///
    /// # Errors
    /// The try may not be looked at.
    pub async fn begin(&self, name: &str, client: Client) -> Result<Turn, NotNow> {
        let name = hashed(name);
        let is_known = self.counts().count(name, client, Instant::now())?;
        let turn = match is_known {
            true => Arc::clone(&self.known).acquire_owned().await,
            false => {
                let Ok(_place) = Arc::clone(&self.queue).try_acquire_owned() else {
                    self.counts().take_back(name, client);
                    return Err(NotNow::Busy);
                };
                Arc::clone(&self.strangers).acquire_owned().await
            }
        };
        turn.map(|_turn| Turn { _turn }).map_err(|_| NotNow::Busy)
    }

    /// Notes that the password of a try was right.
    pub fn was_right(&self, name: &str, client: Client) {
        let (mut counts, name) = (self.counts(), hashed(name));
        counts.take_back(name, client);
        let pair = (name, client);
        counts.by_pair.remove(&pair);
        make_room(&mut counts.known, |since| *since);
        counts.known.insert(pair, Instant::now());
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Counts a try, and returns whether the client is known.
    fn count(&mut self, name: Name, client: Client, now: Instant) -> Result<bool, NotNow> {
        let pair = (name, client);
        let tries = |count: Option<&Count>| {
            count.filter(|count| now - count.last < WAIT).map_or(0, |count| count.tries)
        };
        let is_known = self.known.contains_key(&pair);
        let too_often = tries(self.by_pair.get(&pair)) >= FOR_NAME
            || tries(self.by_client.get(&client)) >= FROM_CLIENT
            || !is_known && tries(self.by_name.get(&name)) >= FROM_ALL;
        if too_often {
            return Err(NotNow::TooOften);
        }
        add(&mut self.by_pair, pair, now);
        add(&mut self.by_client, client, now);
        add(&mut self.by_name, name, now);
        Ok(is_known)
    }

    /// Takes a try back that was counted.
    fn take_back(&mut self, name: Name, client: Client) {
        take_back(&mut self.by_pair, &(name, client));
        take_back(&mut self.by_client, &client);
        take_back(&mut self.by_name, &name);
    }
}

/// Takes a try from a count. One that has none is forgotten: tries that were not looked at displace no others.
fn take_back<K: Ord>(counts: &mut BTreeMap<K, Count>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        count.tries = count.tries.saturating_sub(1);
        if count.tries == 0 {
            counts.remove(key);
        }
    }
}

/// Adds a try to a count, which begins anew where it is older than [`WAIT`].
fn add<K: Ord + Clone>(counts: &mut BTreeMap<K, Count>, key: K, now: Instant) {
    if !counts.contains_key(&key) {
        make_room(counts, |count| count.last);
    }
    let count = counts.entry(key).or_insert(Count { tries: 0, last: now });
    let before = if now - count.last < WAIT { count.tries } else { 0 };
    *count = Count { tries: before + 1, last: now };
}

/// Forgets the oldest entry where the map is full.
fn make_room<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, since: impl Fn(&V) -> Instant) {
    if map.len() >= COUNTS
        && let Some(oldest) = map.iter().min_by_key(|(_, value)| since(value)).map(|(key, _)| key.clone())
    {
        map.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Client {
        Client::from(text.parse::<IpAddr>().expect("an address"))
    }

    #[tokio::test]
    async fn guesses_at_the_same_time_count_as_guesses_one_after_another() {
        let tries = Arc::new(Tries::default());
        let guess = |n: u32| {
            let tries = Arc::clone(&tries);
            async move { tries.begin("clarke", client(&format!("192.0.2.{}", n % 2))).await.is_ok() }
        };
        let all = futures_util::future::join_all((0..500).map(guess)).await;
        let looked_at = all.iter().filter(|ok| **ok).count();
        assert!(looked_at <= 2 * FOR_NAME as usize, "{looked_at} guesses were looked at");
    }

    #[tokio::test]
    async fn a_stranger_shuts_nobody_out() {
        let (tries, desk) = (Tries::default(), client("10.0.0.7"));
        drop(tries.begin("clarke", desk).await.expect("first"));
        tries.was_right("clarke", desk);
        let mut looked_at = 0;
        for n in 0..200 {
            looked_at += u32::from(tries.begin("clarke", client(&format!("192.0.2.{n}"))).await.is_ok());
        }
        assert_eq!(looked_at, FROM_ALL, "guesses from all sides are looked at");
        assert!(tries.begin("clarke", desk).await.is_ok(), "the desk that clarke uses");
        assert!(tries.begin("joseph", client("10.0.0.8")).await.is_ok(), "another name");
    }

    #[tokio::test]
    async fn a_known_client_waits_for_no_stranger() {
        let (tries, desk) = (Arc::new(Tries::default()), client("10.0.0.7"));
        drop(tries.begin("clarke", desk).await.expect("first"));
        tries.was_right("clarke", desk);
        let held = tries.begin("x", client("192.0.2.1")).await.expect("a turn");
        let waits = Arc::clone(&tries);
        let waits = tokio::spawn(async move { waits.begin("y", client("192.0.2.2")).await.map(drop) });
        tokio::task::yield_now().await;
        assert!(tries.begin("clarke", desk).await.is_ok());
        assert!(!waits.is_finished());
        drop(held);
        assert_eq!(waits.await.expect("ends"), Ok(()));
    }

    #[tokio::test]
    async fn tries_that_are_not_looked_at_leave_nothing() {
        let (tries, stranger) = (Arc::new(Tries::default()), client("192.0.2.1"));
        let held = tries.begin("x", stranger).await.expect("a turn");
        let waiting = (0..WAITING).map(|n| {
            let tries = Arc::clone(&tries);
            tokio::spawn(async move { tries.begin(&format!("waits {n}"), stranger).await.map(drop) })
        });
        let waiting: Vec<_> = waiting.collect();
        tokio::task::yield_now().await;
        for n in 0..2 * COUNTS {
            assert_eq!(tries.begin(&n.to_string(), stranger).await.map(drop), Err(NotNow::Busy));
        }
        let left = tries.counts().by_name.len();
        assert_eq!((left, tries.counts().by_pair.len()), (1 + WAITING, 1 + WAITING));
        drop(held);
        for one in waiting {
            assert_eq!(one.await.expect("ends"), Ok(()));
        }
    }

    #[test]
    fn addresses_of_one_subscriber_are_one_client() {
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    }
}
