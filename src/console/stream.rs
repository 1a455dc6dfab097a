//! The live stream: a new subscriber gets everything, then changes. A slow subscriber gets fewer frames, never old ones.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::frame::Frame;
use super::scene::{News, Scene};

/// Interval at which the stream checks its session.
const SESSION_EVERY: Duration = Duration::from_secs(30);

/// Most streams at the same time.
const STREAMS: usize = 200;
/// Most streams of one user, or of one address where nobody logs in.
const FOR_ONE: usize = 20;

/// Counts open streams, so that one user cannot shut the others out.
#[derive(Debug, Default)]
pub struct Streams {
    open: Mutex<BTreeMap<String, usize>>,
}

/// A place among the open streams, until it is dropped.
#[derive(Debug)]
pub struct Place {
    streams: Arc<Streams>,
    holder: String,
}

/// Reason why no stream can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// All places are taken.
    #[error("too many consoles are open: close one")]
    All,
    /// The user has as many as one may have.
    #[error("you have {FOR_ONE} consoles open, which is the most for one user: close one")]
    One,
}

impl Streams {
    /// Takes a place for a user or an address.
    ///
    /// # Errors
    /// No place is free.
    pub fn take(self: &Arc<Self>, holder: String) -> Result<Place, Full> {
        let mut open = self.open();
        if open.values().sum::<usize>() >= STREAMS {
            return Err(Full::All);
        }
        if open.get(&holder).is_some_and(|count| *count >= FOR_ONE) {
            return Err(Full::One);
        }
        *open.entry(holder.clone()).or_default() += 1;
        Ok(Place { streams: Arc::clone(self), holder })
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if let Some(count) = open.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.holder);
            }
        }
    }
}

/// Check whether the session still allows the stream.
pub type StillMay = Box<dyn Fn() -> bool + Send>;

struct Reader {
    scene: Arc<Scene>,
    first: VecDeque<News>,
    frames: watch::Receiver<Arc<Frame>>,
    news: broadcast::Receiver<News>,
    seq: u64,
    still_may: StillMay,
    asks: Instant,
    _place: Place,
}

/// Returns a stream that lasts while `still_may` allows it, and begins with `first`.
pub fn stream(
    scene: Arc<Scene>,
    first: Vec<News>,
    still_may: StillMay,
    place: Place,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (mut frames, news) = scene.watch();
    let mut first = VecDeque::from(first);
    let frame = frames.borrow_and_update().clone();
    if frame.seq > 0 {
        first.push_back(("picture", frame.full()));
    }
    first.extend(whole(&scene));
    first.extend(scene.real().map(|real| ("real", real)));
    let asks = Instant::now() + SESSION_EVERY;
    let reader = Reader { scene, first, frames, news, seq: frame.seq, still_may, asks, _place: place };
    let events = unfold(reader, |mut reader| async move {
        let (name, data) = reader.next().await?;
        Some((Ok(Event::default().event(name).data(&*data)), reader))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Returns the events with all alerts and marks.
fn whole(scene: &Scene) -> [News; 2] {
    let marks = serde_json::to_string(&scene.queue().marks()).unwrap_or_default();
    [("alerts", scene.queue_text()), ("marks", marks.into())]
}

impl Reader {
    async fn next(&mut self) -> Option<News> {
        loop {
            if let Some(news) = self.first.pop_front() {
                return Some(news);
            }
            tokio::select! {
                changed = self.frames.changed() => {
                    changed.ok()?;
                    let frame = self.frames.borrow_and_update().clone();
                    let follows = frame.seq == self.seq + 1;
                    self.seq = frame.seq;
                    return Some(("picture", if follows { Arc::clone(&frame.delta) } else { frame.full() }));
                }
                news = self.news.recv() => match news {
                    Ok(news) => return Some(news),
                    Err(broadcast::error::RecvError::Lagged(_)) => self.first.extend(whole(&self.scene)),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                () = sleep_until(self.asks) => {
                    self.asks = Instant::now() + SESSION_EVERY;
                    if !(self.still_may)() {
                        return None;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_does_not_shut_the_others_out() {
        let streams = Arc::new(Streams::default());
        let mut held: Vec<_> =
            (0..FOR_ONE).map(|_| streams.take("viewer".to_owned()).expect("free")).collect();
        assert_eq!(streams.take("viewer".to_owned()).map(drop), Err(Full::One));
        assert!(streams.take("officer".to_owned()).is_ok());
        held.pop();
        assert!(streams.take("viewer".to_owned()).is_ok());
    }
}
