//! A recorder of a running watch on a thread of its own: compression and files hold the watch up for nothing.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::watch_recorder::WatchRecorder;

/// Bytes after which a batch goes to the thread; a tick sends what there is.
const BATCH_BYTES: usize = 64 << 10;
/// Batches that wait for the thread, at most: 64 MiB and a little.
const WAITING: usize = 1_024;

/// A recorder on a thread of its own.
pub struct RecorderThread {
    batch: Batch,
    batches: SyncSender<Batch>,
    thread: JoinHandle<()>,
}

/// Messages one after another: a topic and a payload each.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Length of topic and payload, and the stamp.
    messages: Vec<(usize, usize, i64)>,
    /// Messages before these for which there was no room.
    missed: u64,
    /// The time, where a second has passed.
    tick_ns: Option<i64>,
}

impl RecorderThread {
    /// Starts the thread of a recorder.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start(recorder: WatchRecorder) -> std::io::Result<RecorderThread> {
        let (batches, taken) = sync_channel(WAITING);
        let thread =
            std::thread::Builder::new().name("recorder".to_owned()).spawn(move || run(recorder, &taken))?;
        Ok(RecorderThread { batch: Batch::default(), batches, thread })
    }

    /// Records a message: it goes to the thread with the next batch.
    pub fn write(&mut self, topic: &str, arrival_ns: i64, payload: &[u8]) {
        let batch = &mut self.batch;
        batch.bytes.extend_from_slice(topic.as_bytes());
        batch.bytes.extend_from_slice(payload);
        batch.messages.push((topic.len(), payload.len(), arrival_ns));
        if batch.bytes.len() >= BATCH_BYTES {
            self.send();
        }
    }

    /// Lets the thread write what there is, and close chunks that are a second old.
    pub fn tick(&mut self, now_ns: i64) {
        self.batch.tick_ns = Some(now_ns);
        self.send();
    }

    /// Writes what there is and the end of the file, and waits for that.
    pub fn finish(mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.batches.send(batch).ok();
        drop(self.batches);
        self.thread.join().ok();
    }

    /// Sends the batch. One that finds no room is missed, and the watch goes on.
    fn send(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if let Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) =
            self.batches.try_send(batch)
        {
            self.batch.missed = batch.missed + batch.messages.len() as u64;
        }
    }
}

fn run(mut recorder: WatchRecorder, batches: &Receiver<Batch>) {
    while let Ok(Batch { bytes, messages, missed, tick_ns }) = batches.recv() {
        if missed > 0 {
            recorder.miss(missed);
        }
        let mut rest = bytes.as_slice();
        for (topic_bytes, payload_bytes, arrival_ns) in messages {
            let (topic, after) = rest.split_at(topic_bytes);
            let (payload, after) = after.split_at(payload_bytes);
            rest = after;
            recorder.write(&String::from_utf8_lossy(topic), arrival_ns, payload);
        }
        if let Some(now_ns) = tick_ns {
            recorder.tick(now_ns);
        }
    }
    recorder.finish();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::recording::{About, Options, Recorder, Recording};

    #[test]
    fn every_message_is_in_the_file_once_the_recorder_has_finished() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("night.mcap");
        let recorder = Recorder::create(&file, About::default()).expect("creates");
        let mut thread = RecorderThread::start(WatchRecorder::new(recorder)).expect("starts");
        let payload = |n: i64| format!("message {n}{}", "-".repeat(1_000));
        for n in 1..=300 {
            thread.write(["a", "some/topic"][n as usize % 2], n * 1_000_000, payload(n).as_bytes());
            if n == 10 {
                thread.tick(n * 1_000_000);
            }
        }
        thread.finish();
        let mut recording = Recording::open(&[file], Options::default()).expect("opens");
        let mut n = 0;
        while let Some(piece) = recording.next_piece().expect("reads") {
            n += 1;
            assert_eq!(
                (piece.topic, piece.payload),
                (["a", "some/topic"][n as usize % 2], payload(n).as_bytes())
            );
        }
        assert_eq!(n, 300);
    }
}
