//! The live stream: a new subscriber gets everything, then changes. A slow subscriber gets fewer frames, never old ones.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream::{StreamExt as _, once, unfold};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until};

use super::frame::Frame;
use super::packing;
use super::scene::{News, Scene};
use crate::model::Time;

/// Interval after which a silent stream sends an empty comment.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
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
    first: VecDeque<Next>,
    frames: watch::Receiver<Arc<Frame>>,
    news: broadcast::Receiver<News>,
    seq: u64,
    still_may: StillMay,
    asks: Instant,
    _place: Place,
}

/// The next event of a stream.
enum Next {
    News(News),
    /// The changes of a second.
    Delta(Arc<Frame>),
    /// The whole picture.
    Full(Arc<Frame>),
}

impl Next {
    /// Returns the name and the data of the event.
    fn parts(&self) -> News {
        match self {
            Next::News(news) => news.clone(),
            Next::Delta(frame) => ("picture", Arc::clone(&frame.delta)),
            Next::Full(frame) => ("picture", frame.full()),
        }
    }

    /// Returns the event, compressed. A picture is compressed once for all.
    fn packed(&self) -> Bytes {
        match self {
            Next::News((name, data)) => packing::block(&packing::event(name, data)),
            Next::Delta(frame) => frame.packed_delta(),
            Next::Full(frame) => frame.packed_full(),
        }
    }
}

/// Returns a stream that lasts while `still_may` allows it, and begins with `first`; compressed with gzip where the browser takes that.
pub fn stream(
    scene: Arc<Scene>,
    first: Vec<News>,
    still_may: StillMay,
    place: Place,
    takes_gzip: bool,
) -> Response {
    let reader = Reader::new(scene, first, still_may, place);
    if takes_gzip { compressed(reader) } else { plain(reader) }
}

fn plain(reader: Reader) -> Response {
    let events = unfold(reader, |mut reader| async move {
        let (name, data) = reader.next().await?.parts();
        Some((Ok::<_, Infallible>(Event::default().event(name).data(&*data)), reader))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)).into_response()
}

fn compressed(reader: Reader) -> Response {
    let blocks = unfold(reader, |mut reader| async move {
        let block = match tokio::time::timeout(ALIVE_EVERY, reader.next()).await {
            Ok(next) => next?.packed(),
            Err(_) => packing::block(":\n\n"),
        };
        Some((block, reader))
    });
    let head = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_ENCODING, "gzip"),
        (header::VARY, "accept-encoding"),
    ];
    let stream = once(async { packing::HEAD }).chain(blocks).map(Ok::<_, Infallible>);
    (head, Body::from_stream(stream)).into_response()
}

/// Returns the events with all alerts, marks and silences.
fn whole(scene: &Scene) -> [News; 3] {
    let (marks, silences) = {
        let queue = scene.queue();
        // The page leaves out what is over, by its own time.
        (serde_json::to_string(&queue.marks()), serde_json::to_string(&queue.silences(Time::NEVER)))
    };
    let text = |json: Result<String, _>| json.unwrap_or_default().into();
    [("alerts", scene.queue_text()), ("marks", text(marks)), ("silences", text(silences))]
}

impl Reader {
    /// Subscribes; everything comes first.
    fn new(scene: Arc<Scene>, first: Vec<News>, still_may: StillMay, place: Place) -> Reader {
        let (mut frames, news) = scene.watch();
        let frame = frames.borrow_and_update().clone();
        // Alerts come first: over a slow link the picture takes its time.
        let real = scene.real().map(|real| ("real", real));
        let mut first: VecDeque<Next> =
            first.into_iter().chain(whole(&scene)).chain(real).map(Next::News).collect();
        if frame.seq > 0 {
            first.push_back(Next::Full(Arc::clone(&frame)));
        }
        let asks = Instant::now() + SESSION_EVERY;
        Reader { scene, first, frames, news, seq: frame.seq, still_may, asks, _place: place }
    }

    async fn next(&mut self) -> Option<Next> {
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
                    return Some(if follows { Next::Delta(frame) } else { Next::Full(frame) });
                }
                news = self.news.recv() => match news {
                    Ok(news) => return Some(Next::News(news)),
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        // What is left in the queue is older than the whole: alerts would go back to what they were.
                        self.news = self.news.resubscribe();
                        self.first.extend(whole(&self.scene).map(Next::News));
                    }
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
    use std::borrow::Cow;

    use futures_util::FutureExt as _;
    use rand_core::{Rng as _, SeedableRng as _};
    use rand_pcg::Pcg32;

    use super::*;
    use crate::model::AlertMessage;
    use crate::sinks::event_json::tests::WANT;

    /// Runs of consoles that read at their own pace, and the events of a run.
    const SEEDS: u64 = 10;
    const EVENTS: u32 = 1_000;
    const ALERTS: u32 = 12;

    /// A console, and the number of the newest event of each alert that it shows.
    struct Console {
        reader: Reader,
        shown: BTreeMap<String, u64>,
    }

    impl Console {
        fn new(scene: &Arc<Scene>, streams: &Arc<Streams>) -> Console {
            let place = streams.take("viewer".to_owned()).expect("free");
            let reader = Reader::new(Arc::clone(scene), Vec::new(), Box::new(|| true), place);
            Console { reader, shown: BTreeMap::new() }
        }

        /// Reads the next event, where there is one.
        fn read(&mut self) -> bool {
            let Some(Some(next)) = self.reader.next().now_or_never() else { return false };
            let (name, data) = next.parts();
            if !matches!(name, "alert" | "alerts") {
                return true;
            }
            let rows: serde_json::Value = serde_json::from_str(&data).expect("is JSON");
            let rows = rows.as_array().cloned().unwrap_or_else(|| vec![rows]);
            for row in rows {
                let id = row["alert"]["id"].as_str().expect("a text").to_owned();
                let seq = row["alert"]["properties"]["seq"].as_u64().expect("a number");
                let before = self.shown.insert(id, seq);
                assert!(before.is_none_or(|before| before <= seq), "an alert goes back to {seq}: {before:?}");
            }
            true
        }
    }

    #[test]
    fn a_console_that_reads_late_shows_everything_in_the_end_and_no_alert_goes_back() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("starts");
        let _within = runtime.enter();
        for seed in 0..SEEDS {
            let mut draws = Pcg32::seed_from_u64(seed);
            let mut below = |end: u32| draws.next_u32() % end;
            let (scene, streams) = (Scene::new(), Arc::default());
            // One reads at once, one late, one never.
            let mut consoles = [0; 3].map(|_| Console::new(&scene, &streams));
            let mut seqs = [0; ALERTS as usize];
            for _ in 0..EVENTS {
                let which = below(ALERTS);
                let mut message = AlertMessage::read(WANT).expect("an alert");
                let mut event = message.event.into_owned();
                seqs[which as usize] += 1;
                (event.id, event.seq) = (format!("alert-{which}"), seqs[which as usize]);
                message.event = Cow::Owned(event);
                scene.alert(None, &message.render(), Time(0));
                while consoles[0].read() {}
                if below(400) == 0 {
                    for _ in 0..below(600) {
                        consoles[1].read();
                    }
                }
            }
            let want: BTreeMap<_, _> =
                (0..).zip(seqs).map(|(which, seq)| (format!("alert-{which}"), u64::from(seq))).collect();
            for mut console in consoles {
                while console.read() {}
                assert_eq!(console.shown, want, "seed {seed}");
            }
        }
    }

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
