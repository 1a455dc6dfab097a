//! The live stream: a new subscriber gets everything, then changes. A slow subscriber gets fewer frames, never old ones.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::frame::Frame;
use super::scene::{News, Scene};

/// Interval at which the stream checks its session.
const SESSION_EVERY: Duration = Duration::from_secs(30);

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
    _room: OwnedSemaphorePermit,
}

/// Returns a stream that lasts while `still_may` allows it, and begins with `first`.
pub fn stream(
    scene: Arc<Scene>,
    first: Vec<News>,
    still_may: StillMay,
    room: OwnedSemaphorePermit,
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
    let reader = Reader { scene, first, frames, news, seq: frame.seq, still_may, asks, _room: room };
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
