//! Recordings: text logs, MCAP and packet captures, one or many, merged into one stream of messages in the order of their arrival.
//!
//! A recording is looked through once before it is read: that finds the parts of a text log, and what is wrong with it.

mod input;
mod lines;
mod mcap_log;
mod merge;
mod messages;
mod names;
mod pcap_log;
mod prune;
mod publishable;
mod recorder;
mod scan;
mod text_log;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, anyhow, bail};

pub use merge::Recording;
pub use prune::prune;
pub use publishable::{publishable, timed};
pub use recorder::{About, Recorder};
pub use scan::Steady;

use crate::model::Time;
use crate::wire::Arrival;
use input::{Content, Input, Meter};

use lines::Lines;
use mcap_log::McapLog;
use messages::{Message, Messages};
use pcap_log::PcapLog;
use scan::{Clock, Counted, Scan, Told, scan};

/// A way to break a reading off from another thread.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Breaks the reading off.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns whether the reading is broken off.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Selected part of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Nothing before this time.
    pub from: Option<Time>,
    /// Nothing at this time or after it.
    pub until: Option<Time>,
}

impl Window {
    fn begins(self, time: Time) -> bool {
        self.from.is_none_or(|from| time >= from)
    }

    fn is_over(self, time: Time) -> bool {
        self.until.is_some_and(|until| time >= until)
    }
}

/// Amount that is read at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grain {
    /// All lines that follow each other in one source (the fastest).
    #[default]
    Block,
    /// A line or message at a time, each with its own arrival: to pace or publish them.
    Line,
}

/// Options of reading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// Cut by time.
    pub window: Window,
    /// Times for logs that tell none.
    pub steady: Option<Steady>,
    /// Amount that is read at a time.
    pub grain: Grain,
}

/// A message, or lines of a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece<'a> {
    /// The topic it came on, or for a log the name that stands for one.
    pub topic: &'a str,
    /// Whether it is a log's lines.
    pub is_log: bool,
    /// Payload as received.
    pub payload: &'a [u8],
    /// Meaning of the arrival times of the lines.
    pub arrival: Arrival,
    /// Arrival of the message, of the first line.
    pub time: Time,
    /// The time of a log's line as it or those before it tell it; with [`Grain::Line`] alone.
    pub told: Option<Time>,
}

/// One file, looked through.
struct Source {
    input: Input,
    /// File name for the order of merging, and the whole path to tell two of one name apart.
    order: (String, PathBuf),
    topic: String,
    kind: Kind,
}

enum Kind {
    Text(Scan, Option<Steady>),
    /// First arrival in the window, ns, if there is any.
    Messages(Option<i64>),
}

impl Recording {
    /// Opens files, and the files of folders, and looks them through.
    ///
    /// # Errors
    /// One line that says what is wrong with which file, and how to mend it.
    pub fn open(paths: &[PathBuf], options: Options) -> anyhow::Result<Recording> {
        Recording::open_until(paths, options, &Cancel::default())
    }

    /// Opens files as [`Recording::open`] does, until somebody cancels that. Reading fails from then on.
    ///
    /// # Errors
    /// Those of [`Recording::open`], or the reading was cancelled.
    pub fn open_until(paths: &[PathBuf], options: Options, cancel: &Cancel) -> anyhow::Result<Recording> {
        let read = Arc::new(Meter { cancel: cancel.clone(), ..Meter::default() });
        let (mut sources, mut notices, mut about) = (Vec::new(), Vec::new(), None);
        for path in files_of(paths)? {
            let input = Input::recognise(&path)?;
            let order = (names::file_name(&path), path.clone());
            let kind = match input.content {
                Content::Text => look_through_text(&input, options, &read, &mut notices)?,
                Content::Mcap | Content::Pcap => {
                    look_into_messages(&input, options, &mut about, &mut notices)?
                }
            };
            sources.push(Source { input, order, topic: String::new(), kind });
        }
        sources.sort_by(|a, b| a.order.cmp(&b.order));
        let logs: Vec<_> = sources.iter().map(|source| (source.order.0.as_str(), source.span())).collect();
        let topics = names::log_names(&logs);
        for (source, topic) in sources.iter_mut().zip(topics) {
            source.topic = topic;
        }
        read.bytes.store(0, Ordering::Relaxed);
        Ok(Recording::new(sources, options, about, notices, read))
    }
}

impl Source {
    fn span(&self) -> Option<(Time, Time)> {
        match &self.kind {
            Kind::Text(scan, _) => scan.span,
            Kind::Messages(_) => None,
        }
    }
}

/// The files given, and those in folders given, in the order of their names.
fn files_of(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = || format!("{}: can't list this folder", path.display());
        let before = files.len();
        for entry in std::fs::read_dir(path).with_context(unreadable)? {
            let entry = entry.with_context(unreadable)?.path();
            let hidden = names::file_name(&entry).starts_with('.');
            if entry.is_file() && !hidden {
                files.push(entry);
            }
        }
        if files.len() == before {
            bail!("{}: holds no recording; name a file, or a folder with recordings in it", path.display());
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn look_through_text(
    input: &Input,
    options: Options,
    read: &Arc<Meter>,
    notices: &mut Vec<String>,
) -> anyhow::Result<Kind> {
    let shown = input.path.display();
    let mut lines = Lines::new(input.open(read)?);
    let mut found = scan(&mut lines, Clock::Told(Told::default()), options.window);
    if let Some(error) = lines.failure() {
        if !input.is_broken_content(&error) {
            return Err(error).with_context(|| format!("{shown}: can't read this recording"));
        }
        notices.push(format!("{shown}: was cut short or is damaged ({error}); read up to there"));
    }
    if found.sentences == 0 && lines.position() > 0 {
        bail!(
            "{shown}: is no recording: neither MCAP nor a packet capture nor lines of NMEA, JSON or SBS (gzip and zstd are unpacked)"
        );
    }
    let told = found.span.is_some();
    if !told && found.sentences > 0 {
        let Some(steady) = options.steady else {
            bail!(
                "{shown}: tells no time in any of its {} sentences; give the time of the first and how many follow in a second: --start 2026-01-01T00:00:00Z --rate 10/s",
                found.sentences
            );
        };
        let mut lines = Lines::new(input.open(read)?);
        found = scan(&mut lines, Clock::Counted(Counted::new(steady, 0, None)), options.window);
    }
    if found.sentences == 0 {
        notices.push(format!("{shown}: is empty"));
    }
    if found.assumed.zone {
        notices.push(format!("{shown}: its times name no zone; they are read as UTC"));
    }
    if let (true, Some((first, _))) = (found.assumed.day, found.span) {
        let first = first.rfc3339();
        notices.push(format!(
            "{shown}: its dates do not say which number is the day; it is read as the first, or as the second before AM or PM: the log begins at {first}"
        ));
    }
    if found.long_lines > 0 {
        notices.push(format!(
            "{shown}: {} lines of over {} bytes skipped",
            found.long_lines,
            lines::LINE_BYTES
        ));
    }
    if found.too_many_parts {
        notices
            .push(format!("{shown}: its time steps back too often to follow; the rest is read as one part"));
    }
    Ok(Kind::Text(found, options.steady.filter(|_| !told)))
}

impl Input {
    /// Opens the messages at the beginning; the bytes read from disk are added to `read`.
    ///
    /// # Errors
    /// The file cannot be opened.
    fn messages(&self, read: &Arc<Meter>) -> anyhow::Result<Box<dyn Messages>> {
        let bytes = self.open(read)?;
        Ok(match self.content {
            Content::Pcap => {
                let shown = self.path.display();
                Box::new(PcapLog::new(bytes).map_err(|error| anyhow!("{shown}: {error}"))?)
            }
            _ => Box::new(McapLog::new(bytes)),
        })
    }
}

fn look_into_messages(
    input: &Input,
    options: Options,
    about: &mut Option<About>,
    notices: &mut Vec<String>,
) -> anyhow::Result<Kind> {
    let shown = input.path.display();
    let mut log = input.messages(&Arc::default())?;
    let mut message = Message::default();
    let unreadable = || format!("{shown}: can't read this recording");
    let any = log.next(&mut message).with_context(unreadable)?;
    let time = Time(message.log_time_ns.div_euclid(1_000_000));
    if !any {
        let why = log.notices().into_iter().map(|why| format!("; it {why}")).collect::<String>();
        notices.push(format!("{shown}: holds no message{why}"));
    }
    if let Some(says) = log.about() {
        match about {
            Some(others) if (&others.exercise, others.from_source) != (&says.exercise, says.from_source) => {
                bail!(
                    "{shown}: is of {}, another recording is of {}; replay them one by one",
                    says.of_what(),
                    others.of_what()
                )
            }
            _ => *about = Some(says.clone()),
        }
    }
    Ok(Kind::Messages(any.then_some(message.log_time_ns).filter(|_| !options.window.is_over(time))))
}
