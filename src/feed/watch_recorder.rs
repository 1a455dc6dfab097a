//! The recorder of a running watch: a disk that refuses costs the recording, never the watch.

use super::recording::Recorder;
use crate::telemetry;

/// A recorder that goes on after the disk has refused, and counts the messages that it missed.
pub struct WatchRecorder {
    recorder: Recorder,
    missed: u64,
}

impl WatchRecorder {
    /// Wraps a recorder that works, as far as is known.
    pub fn new(recorder: Recorder) -> WatchRecorder {
        WatchRecorder { recorder, missed: 0 }
    }

    /// Records a message. Logs once that the disk refuses, and once that it records again.
    pub fn write(&mut self, topic: &str, arrival_ns: i64, payload: &[u8]) {
        let written = self.recorder.write(topic, u64::try_from(arrival_ns).unwrap_or(0), payload);
        let ok = written.is_ok();
        self.settle(written, 1);
        if ok && self.missed > 0 {
            tracing::info!(event = telemetry::RECORDER, missed = self.missed, "recording again");
            self.missed = 0;
        }
    }

    /// Notes messages that were not given to the recorder: it is behind.
    pub fn miss(&mut self, messages: u64) {
        self.settle(Err(anyhow::anyhow!("the recorder is behind")), messages);
    }

    /// Closes chunks that are a second old.
    pub fn tick(&mut self, now_ns: i64) {
        let ticked = self.recorder.tick(u64::try_from(now_ns).unwrap_or(0));
        self.settle(ticked, 0);
    }

    /// Writes the end of the file.
    pub fn finish(self) {
        if let Err(error) = self.recorder.finish() {
            tracing::error!(
                event = telemetry::RECORDER,
                error = format!("{error:#}"),
                "the recording lacks its end"
            );
        }
    }

    fn settle(&mut self, outcome: anyhow::Result<()>, messages: u64) {
        if let Err(error) = outcome {
            if self.missed == 0 {
                let error = format!("{error:#}");
                tracing::error!(event = telemetry::RECORDER, error, "not recorded; the watch goes on");
            }
            self.missed += messages.max(1);
        }
    }
}
