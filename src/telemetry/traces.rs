//! Traces of the path of messages through the watch, as spans of OpenTelemetry, on request: waiting, reading, evaluating,
//! writing to the journal, sending.
//!
//! One trace covers one batch: the messages that the engine thread took together, most often one or a few. Nothing is
//! measured without a request.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// Maximum number of spans that one request collects.
const SPANS: usize = 50_000;
/// Maximum number of alerts whose sending is awaited.
const ALERTS: usize = 1_000;

// Span ids of a batch; the spans of its alerts have one of the last three, combined with the number of the journal entry.
const TURN: u64 = 1;
const WAIT: u64 = 2;
const READ: u64 = 3;
const JUDGE: u64 = 4;
const SYNC: u64 = 1 << 60;
const JOURNAL: u64 = 2 << 60;
const SEND: u64 = 3 << 60;

/// The spans collected while a request is open.
#[derive(Debug, Default)]
pub struct Traces {
    wanted: AtomicBool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Span>,
    dropped: u64,
    /// Journal entries of alerts, each with the number of its batch.
    alerts: VecDeque<(u64, u64)>,
}

/// One span: `ns` holds start and end in nanoseconds UTC; `batch` is the number of the batch's last message.
#[derive(Debug)]
struct Span {
    turn: u64,
    id: u64,
    name: &'static str,
    ns: [i64; 2],
    attributes: Value,
}

/// A batch of messages while the engine thread works on it.
#[derive(Debug)]
pub struct Turn {
    topic: String,
    arrived_ns: i64,
    taken_ns: i64,
    read_ns: i64,
    messages: u64,
    inputs: usize,
}

impl Turn {
    /// Begins a batch with the topic and arrival time of its first message.
    pub fn begin(topic: &str, arrived_ns: i64, now_ns: i64) -> Turn {
        Turn {
            topic: topic.to_owned(),
            arrived_ns,
            taken_ns: now_ns,
            read_ns: now_ns,
            messages: 0,
            inputs: 0,
        }
    }

    /// Counts one more message.
    pub fn count(&mut self) {
        self.messages += 1;
    }

    /// Notes that all messages are read, and how many inputs they gave.
    pub fn read(self, inputs: usize, now_ns: i64) -> Turn {
        Turn { inputs, read_ns: now_ns, ..self }
    }
}

/// An open request. Only one can be open at a time.
#[derive(Debug)]
pub struct Asked<'a>(&'a Traces);

impl Traces {
    /// Opens a request. Returns `None` while another one is open.
    pub fn ask(&self) -> Option<Asked<'_>> {
        (!self.wanted.swap(true, Ordering::Relaxed)).then(|| Asked(self))
    }

    /// Whether a request is open.
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Records that the engine has evaluated a batch. `number` is that of its last message.
    pub fn judged(&self, turn: Turn, number: u64, alerts: usize, now_ns: i64) {
        let Turn { topic, arrived_ns, taken_ns, read_ns, messages, inputs } = turn;
        let about = json!({ "messaging.destination.name": topic, "messaging.batch.message_count": messages,
            "vigie.inputs": inputs, "vigie.entries": alerts });
        let mut kept = self.kept();
        let mut put = |id, name, ns, attributes| kept.put(Span { turn: number, id, name, ns, attributes });
        put(TURN, "turn", [arrived_ns, now_ns], about);
        put(WAIT, "wait", [arrived_ns, taken_ns], Value::Null);
        put(READ, "read", [taken_ns, read_ns], Value::Null);
        put(JUDGE, "judge", [read_ns, now_ns], Value::Null);
    }

    /// Records that an alert of a batch is an entry of the journal: when the writer received it, when the batch's messages
    /// were on disk, and when the entry was, in nanoseconds UTC.
    pub fn written(&self, number: u64, entry: u64, rule: &str, [had, synced, written]: [i64; 3]) {
        let about = json!({ "vigie.rule": rule, "vigie.entry": entry });
        let mut kept = self.kept();
        kept.put(Span {
            turn: number,
            id: SYNC | entry,
            name: "sync",
            ns: [had, synced],
            attributes: Value::Null,
        });
        kept.put(Span {
            turn: number,
            id: JOURNAL | entry,
            name: "journal",
            ns: [synced, written],
            attributes: about,
        });
        if kept.alerts.len() == ALERTS {
            kept.alerts.pop_front();
        }
        kept.alerts.push_back((entry, number));
    }

    /// Records when an entry was handed to the broker, and when the broker acknowledged it.
    pub fn sent(&self, entry: u64, ns: [i64; 2]) {
        let mut kept = self.kept();
        if let Some((_, number)) = kept.alerts.iter().find(|(other, _)| *other == entry).copied() {
            kept.put(Span { turn: number, id: SEND | entry, name: "send", ns, attributes: Value::Null });
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, span: Span) {
        if self.spans.len() < SPANS {
            self.spans.push(span);
        } else {
            self.dropped += 1;
        }
    }
}

impl Asked<'_> {
    /// Removes the collected spans and returns them as an `ExportTraceServiceRequest` (OpenTelemetry protocol 1, JSON),
    /// which a collector accepts at `/v1/traces`. `run` is a number of this run of the program.
    pub fn told(&self, node: &str, run: u64) -> Value {
        let mut kept = self.0.kept();
        let dropped = std::mem::take(&mut kept.dropped);
        let spans: Vec<Value> = kept.spans.drain(..).map(|span| span.told(run)).collect();
        let resource = json!({ "service.name": "vigie", "service.version": env!("CARGO_PKG_VERSION"),
            "service.instance.id": node, "vigie.spans_dropped": dropped });
        json!({ "resourceSpans": [{ "resource": { "attributes": attributes(&resource) },
            "scopeSpans": [{ "scope": { "name": "vigie" }, "spans": spans }] }] })
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.wanted.store(false, Ordering::Relaxed);
        *self.0.kept() = Kept::default();
    }
}

impl Span {
    fn told(&self, run: u64) -> Value {
        let parent = if self.id == TURN { String::new() } else { format!("{TURN:016x}") };
        json!({
            "traceId": format!("{run:016x}{:016x}", self.turn),
            "spanId": format!("{:016x}", self.id),
            "parentSpanId": parent,
            "name": self.name,
            "kind": 1,
            "startTimeUnixNano": self.ns[0].to_string(),
            "endTimeUnixNano": self.ns[1].max(self.ns[0]).to_string(),
            "attributes": attributes(&self.attributes),
        })
    }
}

/// Returns an object's members in the protocol's form, where whole numbers are strings.
fn attributes(of: &Value) -> Vec<Value> {
    let members = of.as_object().into_iter().flatten();
    let told = members.map(|(key, value)| match value.as_str() {
        Some(text) => json!({ "key": key, "value": { "stringValue": text } }),
        None => json!({ "key": key, "value": { "intValue": value.to_string() } }),
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_and_its_alert_are_one_trace() {
        let traces = Traces::default();
        assert!(!traces.is_wanted());
        let asked = traces.ask().expect("nobody else");
        assert!(traces.ask().is_none() && traces.is_wanted(), "one at a time");
        let mut turn = Turn::begin("feeds/bb/ais", 100, 130);
        turn.count();
        traces.judged(turn.read(7, 150), 42, 1, 180);
        traces.written(42, 9, "area", [190, 200, 230]);
        traces.sent(9, [240, 260]);
        traces.sent(8, [240, 260]);
        let told = asked.told("bb-ops", 5);
        let spans = told["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans").clone();
        let words: Vec<String> = spans
            .iter()
            .map(|s| {
                format!("{} {}-{}", s["name"], s["startTimeUnixNano"], s["endTimeUnixNano"]).replace('"', "")
            })
            .collect();
        let expected = [
            "turn 100-180",
            "wait 100-130",
            "read 130-150",
            "judge 150-180",
            "sync 190-200",
            "journal 200-230",
            "send 240-260",
        ];
        assert_eq!(words, expected);
        assert!(spans.iter().all(|s| s["traceId"] == "0000000000000005000000000000002a"));
        let ids: std::collections::BTreeSet<&str> =
            spans.iter().filter_map(|s| s["spanId"].as_str()).collect();
        assert_eq!((ids.len(), spans[6]["spanId"].as_str().map(str::len)), (7, Some(16)));
        assert_eq!(spans[0]["attributes"][2], json!({"key": "vigie.entries", "value": {"intValue": "1"}}));
        drop(asked);
        assert!(!traces.is_wanted());
        let again = traces.ask().expect("the first request is closed");
        assert_eq!(again.told("n", 1)["resourceSpans"][0]["scopeSpans"][0]["spans"], json!([]));
    }

    #[test]
    fn a_request_collects_a_bounded_number_of_spans() {
        let traces = Traces::default();
        let asked = traces.ask().expect("nobody else");
        for number in 0..20_000 {
            traces.judged(Turn::begin("t", 0, 0), number, 0, 0);
        }
        let told = asked.told("n", 1);
        assert_eq!(told["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().map(Vec::len), Some(SPANS));
        assert!(told["resourceSpans"][0]["resource"].to_string().contains("\"30000\""));
    }
}
