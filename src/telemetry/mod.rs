//! Logging, and the one list of event and metric names that monitoring may rely on.
//!
//! Every log line about the running watch carries `event=<name>`. A WARN line reports a fault that the program repairs or
//! tries again; an ERROR line reports a fault that somebody has to repair.

pub mod traces;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// A connection to the broker was lost or refused. The line gives the reason; retries are counted, not logged.
pub const BROKER_AWAY: &str = "broker-away";
/// The key of this node is another one than other centres know.
pub const KEY_OTHER: &str = "key-other";
/// Every connection to the broker is established.
pub const BROKER_CONNECTED: &str = "broker-connected";
/// The embedded broker of a demonstration or test ended.
pub const BROKER_EMBEDDED: &str = "broker-embedded";
/// The configuration sends a password to the broker without encryption.
pub const BROKER_PLAIN: &str = "broker-plain";
/// The broker refused a subscription to a topic filter.
pub const FEED_REFUSED: &str = "feed-refused";
/// Messages or actions exceeded a limit per second.
pub const OVER_LIMIT: &str = "over-limit";
/// A feed fell silent, or delivers again.
pub const FEED_CHANGED: &str = "feed-changed";
/// The clock of a feed's source is behind: arrival times stand for its own. The first time of each feed is logged, all are
/// counted.
pub const FEED_CLOCK: &str = "feed-clock";
/// The machine's clock leapt ahead; or a leap that was held is taken over.
pub const CLOCK_SET_AHEAD: &str = "clock-set-ahead";
/// The machine's clock was set back.
pub const CLOCK_SET_BACK: &str = "clock-set-back";
/// A retained message arrived on a feed's topic. The first of each feed is logged, all are counted.
pub const FEED_RETAINED: &str = "feed-retained";
/// A topic matches two feeds; the first in the configuration reads it.
pub const FEED_AMBIGUOUS: &str = "feed-ambiguous";
/// An alert was raised, updated or ended.
pub const ALERT: &str = "alert";
/// The journal could not be written or read. The program tries again.
pub const JOURNAL_DISK: &str = "journal-disk";
/// The journal is damaged and was set aside; a new one begins.
pub const JOURNAL_DAMAGED: &str = "journal-damaged";
/// A journal entry cannot be sent and is skipped.
pub const JOURNAL_SKIPPED: &str = "journal-skipped";
/// The reserve of the disk was given up, or is kept again.
pub const DISK_RESERVE: &str = "disk-reserve";
/// The state folder was removed.
pub const STATE_FOLDER: &str = "state-folder";
/// An event whose number another event of its alert has.
pub const JOURNAL_RENUMBERED: &str = "journal-renumbered";
/// Alerts from before a restart are still to be sent.
pub const JOURNAL_BACKLOG: &str = "journal-backlog";
/// Journal entries older than their retention were emptied.
pub const JOURNAL_RETENTION: &str = "journal-retention";
/// The coordination channel did not confirm alerts in time; they are sent again.
pub const UNRECEIVED: &str = "unreceived";
/// The watch resumes from a checkpoint, or cannot.
pub const RESUME: &str = "resume";
/// Messages are missing between the checkpoint and the input log.
pub const RESUME_HOLE: &str = "resume-hole";
/// Frames of the input log that the disk has damaged.
pub const RESUME_DAMAGE: &str = "resume-damage";
/// The input log or a checkpoint could not be written. The watch continues; a restart would lack the messages since then.
pub const INPUT_LOG: &str = "input-log";
/// One of two nodes of the same name waits, takes over, or ends because the other is active.
pub const STANDBY: &str = "standby";
/// Rules, zones or lists were reloaded, or the reload was refused.
pub const RELOAD: &str = "reload";
/// An officer's action was applied.
pub const ACTION: &str = "action";
/// An action could not be read.
pub const ACTION_BAD: &str = "action-bad";
/// The recording could not be written; the watch continues without it.
pub const RECORDER: &str = "recorder";
/// The HTTP server started or stopped listening.
pub const LISTENING: &str = "listening";
/// A trial of changed rules is over.
pub const TRIAL: &str = "trial";
/// A recording plays on a console, or cannot be played.
pub const PLAYER: &str = "player";
/// A real distress alert arrived while an exercise is played.
pub const REAL: &str = "real-distress";
/// A subscription beside the feeds failed. The program tries again.
pub const SUBSCRIPTION: &str = "subscription";
/// Vessel lists arrived over MQTT, or were refused.
pub const LISTS: &str = "lists";
/// Somebody logged in at the console, or was refused.
pub const LOG_IN: &str = "log-in";
/// The program started or stopped watching.
pub const WATCH: &str = "watch";

/// All event names.
pub const EVENTS: &[&str] = &[
    BROKER_AWAY,
    BROKER_CONNECTED,
    BROKER_EMBEDDED,
    BROKER_PLAIN,
    KEY_OTHER,
    FEED_REFUSED,
    OVER_LIMIT,
    FEED_CHANGED,
    FEED_CLOCK,
    CLOCK_SET_AHEAD,
    CLOCK_SET_BACK,
    FEED_RETAINED,
    FEED_AMBIGUOUS,
    ALERT,
    JOURNAL_DISK,
    JOURNAL_DAMAGED,
    JOURNAL_SKIPPED,
    DISK_RESERVE,
    STATE_FOLDER,
    JOURNAL_RENUMBERED,
    JOURNAL_BACKLOG,
    JOURNAL_RETENTION,
    UNRECEIVED,
    RESUME,
    RESUME_HOLE,
    RESUME_DAMAGE,
    INPUT_LOG,
    STANDBY,
    RELOAD,
    ACTION,
    ACTION_BAD,
    RECORDER,
    LISTENING,
    LISTS,
    LOG_IN,
    PLAYER,
    REAL,
    SUBSCRIPTION,
    TRIAL,
    WATCH,
];

/// Starts logging to stderr, as text, or as one JSON object per line if `VIGIE_LOG_FORMAT` is `json`.
///
/// The filter is `VIGIE_LOG`, in the syntax of `tracing_subscriber::filter::Targets`, or `default` if that is unset or
/// wrong.
pub fn start(default: &str) {
    let wanted = std::env::var("VIGIE_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let filter = wanted.unwrap_or_else(|| default.parse().unwrap_or_default());
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match std::env::var("VIGIE_LOG_FORMAT").as_deref() {
        Ok("json") => lines.json().flatten_event(true).boxed(),
        _ => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
    };
    // Tests start logging more than once; only the first start counts.
    tracing_subscriber::registry().with(lines.with_filter(filter)).try_init().ok();
}

/// The log filter of a watch: lines of Vigie itself, and warnings of its libraries.
pub const WATCH_FILTER: &str = "warn,vigie=info,rumqttc=off";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_names_are_one_list() {
        let mut names = EVENTS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EVENTS.len(), "each name once");
        assert!(EVENTS.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}

/// A metric as it is exposed to Prometheus.
#[derive(Debug)]
pub struct Metric {
    /// The name in the exposition format.
    pub name: &'static str,
    /// `counter` or `gauge`.
    pub kind: &'static str,
    /// One sentence for `# HELP`.
    pub help: &'static str,
}

/// All metrics.
pub mod metric {
    use super::Metric;

    macro_rules! metrics {
        ($($constant:ident $kind:literal $name:literal $help:literal;)*) => {
            $(#[doc = $help] pub const $constant: Metric = Metric { name: $name, kind: $kind, help: $help };)*
            /// All metrics, in the order of exposition.
            pub const ALL: &[Metric] = &[$($constant),*];
        };
    }

    metrics! {
        BUILD "gauge" "vigie_build_info" "The version that runs.";
        STARTED "gauge" "vigie_started_timestamp_seconds" "When the watch began, UTC.";
        FEED_MESSAGES "counter" "vigie_feed_messages_total" "Messages that a feed brought.";
        FEED_REPORTS "counter" "vigie_feed_reports_total" "Reports read from them.";
        FEED_RETAINED "counter" "vigie_feed_retained_total" "Retained messages dropped.";
        FEED_ERRORS "counter" "vigie_feed_errors_total" "What was refused or mended, by reason.";
        FEED_SILENT "gauge" "vigie_feed_silent" "1 while a feed brings nothing.";
        FEED_LATE "gauge" "vigie_feed_late" "1 while a feed brings reports that are all older than the picture.";
        FEED_LAST "gauge" "vigie_feed_last_arrival_timestamp_seconds" "When a feed last brought anything, UTC.";
        FEED_LAG "gauge" "vigie_feed_lag_seconds" "How far the newest report is behind its arrival.";
        FEED_OFFSET "gauge" "vigie_feed_clock_offset_seconds" "How far a feed's clock is ahead of arrival: the median of the last minutes.";
        CLOCK_AHEAD "gauge" "vigie_clock_ahead_seconds" "How far arrival times are ahead of the machine's clock since that was set back; 0 while it is right.";
        BROKER "gauge" "vigie_broker_connected" "1 while every connection to the broker stands.";
        CONNECTIONS "counter" "vigie_broker_connections_total" "Connections made.";
        MESSAGES "counter" "vigie_messages_total" "Messages taken in.";
        REDELIVERED "counter" "vigie_messages_redelivered_total" "Messages that the broker delivered again and that had been taken.";
        NOBODYS "counter" "vigie_messages_nobodys_total" "Messages that no feed reads.";
        WAITS "counter" "vigie_input_waits_total" "Times that reading had to wait for the engine.";
        QUEUED "gauge" "vigie_queue_length" "What waits: messages for the engine, alerts for the disk, alerts for the broker.";
        ALERTS "counter" "vigie_alert_events_total" "Alert events, by rule and phase.";
        UNRECEIVED "gauge" "vigie_alerts_unreceived" "Alerts that the coordination channel has not confirmed.";
        SINK_SENT "counter" "vigie_sink_sent_total" "Alert events that a sink has, those of earlier runs included.";
        SINK_WAITING "gauge" "vigie_sink_waiting" "Alert events that a sink does not have yet.";
        SINK_ERROR "gauge" "vigie_sink_error" "1 while a sink takes nothing, or has passed an entry over.";
        ACTIONS "counter" "vigie_actions_total" "Officers' actions.";
        LISTS "counter" "vigie_lists_total" "Messages with vessel lists.";
        HELD "gauge" "vigie_input_held" "Messages that are read but in no log, since the disk refuses them.";
        JOURNAL "gauge" "vigie_journal_entries" "Entries in the journal.";
        JOURNAL_ERROR "gauge" "vigie_journal_error" "1 while the journal cannot be written, or a damaged one is set aside.";
        INPUT_ERROR "gauge" "vigie_input_log_error" "1 while messages are not logged in the state folder.";
        LATENCY "gauge" "vigie_alert_latency_seconds" "From a message's arrival to its alert's publishing, of the latest alerts.";
        ENGINE_BUSY "counter" "vigie_engine_busy_seconds_total" "Time that the engine's thread has worked.";
        TRACKS "gauge" "vigie_tracks" "Tracks in the picture.";
        EVENT_TIME "gauge" "vigie_event_time_seconds" "The newest report time, UTC.";
        BEHIND "gauge" "vigie_behind_seconds" "How far event time is behind this machine's clock.";
        CANNOT_JUDGE "counter" "vigie_cannot_judge_total" "What a rule could not judge, by reason.";
        NEAR_MISSES "gauge" "vigie_near_misses" "Tracks that one limit of a rule alone kept from an alert, by their distance from the limit: le is that as a share of the limit.";
        ENGINE "gauge" "vigie_engine" "What the engine counts.";
    }
}
