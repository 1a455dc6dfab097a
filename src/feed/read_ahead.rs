//! Reading ahead: a thread of its own reads and decodes a recording while those who judge it are at what was read before.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::reading::{Came, Reading};
use super::recording::Recording;
use super::speed::Throttle;
use crate::model::Input;

/// Batches that wait at most: one is judged meanwhile, and one is read.
const WAITING: usize = 2;

/// Inputs of each reading, in the order of the readings.
type Inputs = Vec<Vec<Input>>;

/// Inputs that were read, and how far the reading had come with them. Their memory is used again once the batch is dropped.
pub struct Batch {
    /// Inputs of each reading, in the order of the readings.
    pub inputs: Vec<Vec<Input>>,
    /// How far all readings have come.
    pub came: Came,
    /// Whether the next piece is not due yet, or there is none.
    pub is_pause: bool,
    back: Sender<Inputs>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        let mut inputs = std::mem::take(&mut self.inputs);
        inputs.iter_mut().for_each(Vec::clear);
        // At the end nobody wants it.
        let _ = self.back.send(inputs);
    }
}

/// Reads a recording to its end, or until `take` breaks off: gives it batches of at least `least` inputs, fewer before a pause and
/// at the end. Where a batch ends follows from the recording and `throttle` alone. Returns the time that reading took, and the last
/// answer.
///
/// # Errors
/// The recording cannot be read on.
pub fn read_ahead<B>(
    recording: &mut Recording,
    readings: &mut [Reading],
    throttle: Throttle,
    least: usize,
    mut take: impl FnMut(Batch) -> ControlFlow<B>,
) -> anyhow::Result<(Duration, ControlFlow<B>)> {
    let (batches, read) = sync_channel(WAITING);
    let (wanted, is_wanted) = channel();
    let (back, used) = channel();
    let (bytes, took) = (0, Duration::ZERO);
    let reader = Reader { readings, throttle, least, batches, is_wanted, back, used, bytes, took };
    thread::scope(|scope| {
        let named = thread::Builder::new().name("reading".to_owned());
        let reader = named.spawn_scoped(scope, move || reader.run(recording))?;
        let answer = read.into_iter().try_for_each(&mut take);
        drop(wanted);
        let took = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok((took, answer))
    })
}

struct Reader<'a> {
    readings: &'a mut [Reading],
    throttle: Throttle,
    least: usize,
    batches: SyncSender<Batch>,
    /// Closed once nobody wants any more; nothing comes over it.
    is_wanted: Receiver<()>,
    back: Sender<Inputs>,
    /// Inputs whose memory may be used again.
    used: Receiver<Inputs>,
    bytes: u64,
    /// Time of reading, without any waiting.
    took: Duration,
}

/// Nobody takes what is read.
struct Unwanted;

impl Reader<'_> {
    /// Reads to the end, or until nobody takes what is read; returns the time that reading took.
    fn run(mut self, recording: &mut Recording) -> anyhow::Result<Duration> {
        let mut started = Instant::now();
        while let Some(piece) = recording.next_piece()? {
            let wait = self.throttle.wait_for(piece.time);
            if !wait.is_zero() {
                self.took += started.elapsed();
                if self.send(true).and_then(|()| self.wait(wait)).is_err() {
                    return Ok(self.took);
                }
                started = Instant::now();
            }
            for reading in &mut *self.readings {
                reading.read(piece);
            }
            self.bytes = recording.bytes_read();
            if self.readings.iter().any(|reading| reading.inputs.len() >= self.least) {
                self.took += started.elapsed();
                if self.send(false).is_err() {
                    return Ok(self.took);
                }
                started = Instant::now();
            }
        }
        self.readings.iter_mut().for_each(Reading::end);
        self.took += started.elapsed();
        let _ = self.send(true);
        Ok(self.took)
    }

    /// Gives away what was read.
    fn send(&mut self, is_pause: bool) -> Result<(), Unwanted> {
        let mut inputs = self.used.try_recv().unwrap_or_default();
        inputs.resize_with(self.readings.len(), Vec::new);
        for (reading, inputs) in self.readings.iter_mut().zip(&mut inputs) {
            std::mem::swap(&mut reading.inputs, inputs);
        }
        let came = Came::of(self.readings, self.bytes);
        let batch = Batch { inputs, came, is_pause, back: self.back.clone() };
        self.batches.send(batch).map_err(|_| Unwanted)
    }

    /// Waits, unless nobody takes what is read any more.
    fn wait(&self, span: Duration) -> Result<(), Unwanted> {
        match self.is_wanted.recv_timeout(span) {
            Err(RecvTimeoutError::Disconnected) => Err(Unwanted),
            Ok(()) | Err(RecvTimeoutError::Timeout) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::{Grain, Options};
    use super::super::speed::Speed;
    use super::*;
    use crate::config;

    /// Reads a log of three lines, each ten seconds after the one before: sizes of the batches and whether each ends with a pause,
    /// until `most` have come.
    fn batches(speed: Speed, least: usize, most: usize) -> Vec<(usize, bool)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day.nmea");
        let line =
            |n: i64| format!("!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24 {}\n", 1_700_000_000 + 10 * n);
        std::fs::write(&path, (0..3).map(line).collect::<String>()).unwrap();
        let options = Options { grain: Grain::Line, ..Options::default() };
        let mut recording = Recording::open(&[path], options).unwrap();
        let (config, _) = config::load_or_shipped(None).expect("the shipped configuration");
        let mut readings = [Reading::new(&config, None)];
        let mut taken = Vec::new();
        let take = |batch: Batch| {
            let reports = batch.inputs[0].iter().filter(|input| matches!(input, Input::Report(_))).count();
            taken.push((reports, batch.is_pause));
            if taken.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let _ = read_ahead(&mut recording, &mut readings, Throttle::new(speed), least, take).unwrap();
        taken
    }

    #[test]
    fn batches_end_where_they_are_large_enough_before_pauses_and_at_the_end() {
        assert_eq!(batches(Speed::Max, 100, 9), [(3, true)]);
        // With the first comes the declaration of the feed.
        assert_eq!(batches(Speed::Max, 3, 9), [(2, false), (1, true)]);
        assert_eq!(batches(Speed::Times(200.0), 100, 9), [(1, true), (1, true), (1, true)]);
    }

    #[test]
    fn one_who_has_enough_waits_for_nothing() {
        let started = Instant::now();
        assert_eq!(batches(Speed::Times(0.01), 100, 1), [(1, true)]);
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "the second line is due after a thousand seconds"
        );
    }
}
