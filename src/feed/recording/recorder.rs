//! The recorder: raw messages to MCAP as they arrived, so that a crash loses at most the chunk still open.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use mcap::records::{MessageHeader, Metadata};
use mcap::write::NoSeek;

use super::prune;
use crate::model::Time;

/// A chunk is closed when its messages span this much arrival time.
const CHUNK_NS: u64 = 1_000_000_000;
/// Greatest size of a chunk, bytes.
const CHUNK_BYTES: usize = 1 << 20;
/// A recorder that writes into a folder starts a new file with each hour of arrival time.
const FILE_NS: u64 = 3_600_000_000_000;
/// Topics with a channel of their own in one file; a new file is begun for more (MCAP numbers them in 16 bits).
const CHANNELS: usize = 60_000;
/// After the disk refused, it is asked again this much later.
const PAUSE_NS: u64 = 10_000_000_000;
/// The metadata record that says how to replay.
pub(super) const METADATA: &str = "vigie";

/// Description that a recording has of itself, so that a replay reads it as it was read live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The node that recorded.
    pub node: String,
    /// The exercise's name; `None` for the real thing.
    pub exercise: Option<String>,
    /// Whether times in the content stood for the arrival, as in an exercise, not the moment each message came in.
    pub from_source: bool,
}

impl About {
    fn to_metadata(&self) -> Metadata {
        let mut metadata = BTreeMap::from([("node".to_owned(), self.node.clone())]);
        let arrival = if self.from_source { "from-source" } else { "stamped" };
        metadata.insert("arrival".to_owned(), arrival.to_owned());
        if let Some(exercise) = &self.exercise {
            metadata.insert("exercise".to_owned(), exercise.clone());
        }
        Metadata { name: METADATA.to_owned(), metadata }
    }

    /// For people: the real thing, or which exercise.
    pub(super) fn of_what(&self) -> String {
        match &self.exercise {
            Some(name) => format!("exercise \"{name}\""),
            None if self.from_source => "an exercise".to_owned(),
            None => "the real thing".to_owned(),
        }
    }

    /// Reads it back; `None` where another program wrote the record.
    pub(super) fn of_metadata(record: &Metadata) -> Option<About> {
        (record.name == METADATA).then(|| About {
            node: record.metadata.get("node").cloned().unwrap_or_default(),
            exercise: record.metadata.get("exercise").cloned(),
            from_source: record.metadata.get("arrival").is_some_and(|how| how == "from-source"),
        })
    }
}

/// Writes messages in the order they come.
///
/// An error (a full disk) leaves the file as it is, readable up to its last whole chunk. A write ten seconds later
/// begins a new file, so that recording goes on once there is room again.
pub struct Recorder {
    target: Target,
    about: About,
    open: Option<Open>,
    path: PathBuf,
    /// After an error: not before this arrival time again.
    paused_until: u64,
}

enum Target {
    File(PathBuf),
    Folder(PathBuf),
}

struct Open {
    writer: mcap::Writer<NoSeek<BufWriter<File>>>,
    channels: HashMap<String, u16>,
    /// Time when the file began; the next two fields are the first arrival and the size of the open chunk.
    file_since: u64,
    chunk_since: Option<u64>,
    chunk_bytes: usize,
    sequence: u32,
}

impl Recorder {
    /// Records into a file whose name ends in `.mcap`, which must not exist yet, or else into a folder, a file an hour.
    ///
    /// # Errors
    /// When the folder can't be made, or the file exists.
    pub fn create(path: &Path, about: About) -> anyhow::Result<Recorder> {
        let is_file = path.extension().is_some_and(|extension| extension == "mcap");
        let folder = if is_file { path.parent().unwrap_or(Path::new("")) } else { path };
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{}: can't make this folder to record into", folder.display()))?;
        }
        let target = if is_file { Target::File(path.to_owned()) } else { Target::Folder(path.to_owned()) };
        let mut recorder = Recorder { target, about, open: None, path: path.to_owned(), paused_until: 0 };
        if is_file {
            recorder.open = Some(recorder.begin(0)?);
        }
        Ok(recorder)
    }

    /// The file being written, or where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one message, as received at `arrival_ns` (UTC, nanoseconds since 1970).
    ///
    /// # Errors
    /// When the disk refuses. Nothing of the message is kept then.
    pub fn write(&mut self, topic: &str, arrival_ns: u64, payload: &[u8]) -> anyhow::Result<()> {
        if arrival_ns < self.paused_until {
            anyhow::bail!("{}: recording pauses, the disk refused", self.path.display());
        }
        let written = self.try_write(topic, arrival_ns, payload);
        self.settle(arrival_ns, written)
    }

    /// Closes the open chunk if a second has passed since its first message: for times when nothing comes in.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn tick(&mut self, now_ns: u64) -> anyhow::Result<()> {
        let closed = self.close_what_is_due(now_ns, "");
        self.settle(now_ns, closed)
    }

    /// Closes the chunk, writes the index, and syncs the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.finish_file()
    }

    fn try_write(&mut self, topic: &str, arrival_ns: u64, payload: &[u8]) -> anyhow::Result<()> {
        self.close_what_is_due(arrival_ns, topic)?;
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let begun = self.begin(arrival_ns)?;
                self.open.insert(begun)
            }
        };
        open.write(topic, arrival_ns, payload)
    }

    /// After an error the file is left as it is.
    fn settle(&mut self, now_ns: u64, outcome: anyhow::Result<()>) -> anyhow::Result<()> {
        outcome
            .inspect_err(|_| (self.open, self.paused_until) = (None, now_ns + PAUSE_NS))
            .with_context(|| self.failed())
    }

    fn close_what_is_due(&mut self, now_ns: u64, topic: &str) -> anyhow::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let new_hour = open.file_since > 0 && now_ns / FILE_NS != open.file_since / FILE_NS;
        let full = open.channels.len() >= CHANNELS && !topic.is_empty() && !open.channels.contains_key(topic);
        if full || (new_hour && matches!(self.target, Target::Folder(_))) {
            return self.finish_file();
        }
        let due = open.chunk_since.is_some_and(|since| now_ns.saturating_sub(since) >= CHUNK_NS);
        if due || open.chunk_bytes >= CHUNK_BYTES { open.close_chunk() } else { Ok(()) }
    }

    fn finish_file(&mut self) -> anyhow::Result<()> {
        let Some(open) = self.open.take() else { return Ok(()) };
        open.finish().with_context(|| self.failed())
    }

    fn failed(&self) -> String {
        format!("{}: can't write the recording", self.path.display())
    }

    /// Begins a file; one that exists is never written over.
    fn begin(&mut self, since: u64) -> anyhow::Result<Open> {
        for number in 0..1000 {
            let path = self.target.path(since, number);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    self.path = path;
                    return Open::new(file, since, &self.about).inspect_err(|_| {
                        // Nothing is in it.
                        std::fs::remove_file(&self.path).ok();
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists && since > 0 => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    return Err(anyhow!("{}: exists already; name another file", path.display()));
                }
                Err(error) => {
                    let what = format!("{}: can't create the recording", path.display());
                    return Err(error).context(what);
                }
            }
        }
        Err(anyhow!("{}: a thousand recordings of this moment exist already", self.path.display()))
    }
}

impl Target {
    fn path(&self, since_ns: u64, number: u32) -> PathBuf {
        match self {
            Target::File(path) if number == 0 => path.clone(),
            Target::File(path) => path.with_extension(format!("{number}.mcap")),
            Target::Folder(folder) => folder.join(prune::name(Time((since_ns / 1_000_000) as i64), number)),
        }
    }
}

impl Open {
    fn new(file: File, since: u64, about: &About) -> anyhow::Result<Open> {
        let mut writer = mcap::WriteOptions::new()
            .compression(Some(mcap::Compression::Zstd))
            .compression_threads(0)
            // Chunks are written in one go, whole.
            .disable_seeking(true)
            .chunk_size(None)
            .library(concat!("vigie ", env!("CARGO_PKG_VERSION")))
            .create(NoSeek::new(BufWriter::new(file)))?;
        writer.write_metadata(&about.to_metadata())?;
        writer.flush()?;
        let channels = HashMap::new();
        Ok(Open { writer, channels, file_since: since, chunk_since: None, chunk_bytes: 0, sequence: 0 })
    }

    fn write(&mut self, topic: &str, arrival_ns: u64, payload: &[u8]) -> anyhow::Result<()> {
        let channel_id = match self.channels.get(topic) {
            Some(id) => *id,
            None => {
                let id = self.writer.add_channel(0, topic, "", &BTreeMap::new())?;
                self.channels.insert(topic.to_owned(), id);
                id
            }
        };
        self.sequence = self.sequence.wrapping_add(1);
        let header = MessageHeader {
            channel_id,
            sequence: self.sequence,
            log_time: arrival_ns,
            publish_time: arrival_ns,
        };
        self.writer.write_to_known_channel(&header, payload)?;
        self.chunk_bytes += payload.len();
        self.chunk_since.get_or_insert(arrival_ns);
        if self.file_since == 0 {
            self.file_since = arrival_ns;
        }
        Ok(())
    }

    fn close_chunk(&mut self) -> anyhow::Result<()> {
        (self.chunk_since, self.chunk_bytes) = (None, 0);
        Ok(self.writer.flush()?)
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.writer.finish()?;
        let file = self.writer.into_inner().into_inner().into_inner()?;
        Ok(file.sync_all()?)
    }
}
