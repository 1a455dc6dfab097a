//! Messages as they were received, appended before the engine takes them: with a checkpoint they are the engine's state.
//!
//! A file has frames, one a message: length and CRC-32 of what follows, arrival (ns), length of the topic, topic,
//! payload; numbers little-endian. Files are named by the number of their first message. A file that a crash cut short
//! is read up to its last whole frame. A frame that the disk has damaged is told and passed over; those after it are read.
//!
//! A file that the disk refused is written again from its first message that was not synced, as a new file, there or in
//! another folder. Of two files with one message, that in the later file counts. The later one may lack messages that were
//! synced in the one before while it was begun: they are read there.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{self, Files, Written};

/// The largest message that is logged, topic and payload, bytes.
pub const LARGEST: usize = 8 * 1024 * 1024;
const HEAD: usize = 8;
const BEFORE_TOPIC: usize = 10;
/// Read at once.
const BUFFER: usize = 1 << 20;

/// The writing end.
#[derive(Debug)]
pub struct InputLog {
    file: Arc<dyn Written>,
    /// Number of the first message of the file.
    first: u64,
    /// Size of the file, bytes.
    bytes: u64,
}

impl InputLog {
    /// Begins a new file; `next` is the number of its first message. Nothing waits for the disk here: file and name are on it
    /// after [`Written::sync`].
    ///
    /// # Errors
    /// The folder is not there, or cannot be used.
    pub fn begin(files: &Arc<dyn Files>, folder: &Path, next: u64) -> io::Result<InputLog> {
        let file = files::create_named(files, folder, &name(next))?;
        Ok(InputLog { file, first: next, bytes: 0 })
    }

    /// Hands frames of messages to the system: a crash of this program no longer costs them. They are on disk after
    /// [`Written::sync`].
    ///
    /// # Errors
    /// The disk refuses; the file may end in the midst of a frame.
    pub fn put(&mut self, frames: &[u8]) -> io::Result<()> {
        self.bytes += frames.len() as u64;
        self.file.write(frames)
    }

    /// Returns the file, to be synced against a crash of the machine.
    pub fn file(&self) -> Arc<dyn Written> {
        Arc::clone(&self.file)
    }

    /// Number of the first message of the file.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Appends a message as a frame.
pub fn encode(topic: &str, arrival_ns: i64, payload: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let topic = &topic.as_bytes()[..topic.len().min(usize::from(u16::MAX))];
    let length = BEFORE_TOPIC + topic.len() + payload.len();
    out.extend_from_slice(&(length as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&arrival_ns.to_le_bytes());
    out.extend_from_slice(&(topic.len() as u16).to_le_bytes());
    out.extend_from_slice(topic);
    out.extend_from_slice(payload);
    let sum = crc32fast::hash(&out[start + HEAD..]);
    out[start + 4..start + HEAD].copy_from_slice(&sum.to_le_bytes());
}

/// The messages of frames, up to the first that is not whole.
pub fn frames(mut bytes: &[u8]) -> impl Iterator<Item = Logged> + '_ {
    std::iter::from_fn(move || frame(&mut bytes).ok().flatten().map(|(logged, _)| logged))
}

/// Parts frames into runs of so many bytes at most, each with the number of frames before it; a frame that is larger is a run of its
/// own.
pub fn runs(frames: &[u8], most: usize) -> Vec<(u64, &[u8])> {
    let (mut runs, mut begin, mut at) = (Vec::new(), (0, 0), (0, 0));
    while let Some(length) = length_of(&frames[at.1..]).filter(|length| at.1 + length <= frames.len()) {
        if at.1 > begin.1 && at.1 + length - begin.1 > most {
            runs.push((begin.0, &frames[begin.1..at.1]));
            begin = at;
        }
        at = (at.0 + 1, at.1 + length);
    }
    if at.1 > begin.1 {
        runs.push((begin.0, &frames[begin.1..at.1]));
    }
    runs
}

/// A message that was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Topic of the message.
    pub topic: String,
    /// Arrival time, UTC ns.
    pub arrival_ns: i64,
    /// Payload of the message.
    pub payload: Vec<u8>,
}

/// Reads on from a message's number to the end of the last file of a folder, in order: see [`read_all`].
///
/// # Errors
/// A file cannot be read, or `take` fails.
pub fn read(
    folder: &Path,
    from: u64,
    take: impl FnMut(u64, &Logged) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    read_all(&[folder], from, take)
}

/// Reads on from a message's number to the end of the last file of several folders, in order. Returns the number after the
/// last message, which is `from` at least. Damage is logged, with how much it cost.
///
/// # Errors
/// A file cannot be read, or `take` fails.
pub fn read_all(
    folders: &[&Path],
    from: u64,
    take: impl FnMut(u64, &Logged) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    read_range(folders, from..u64::MAX, take)
}

/// Reads a range of messages as [`read_all`] does.
///
/// # Errors
/// A file cannot be read, or `take` fails.
pub fn read_range(
    folders: &[&Path],
    numbers: Range<u64>,
    mut take: impl FnMut(u64, &Logged) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    let from = numbers.start;
    let mut files: Vec<_> =
        folders.iter().map(|folder| files(folder)).collect::<io::Result<Vec<_>>>()?.concat();
    // Of two files that begin at one message, the one of the later folder counts.
    files.sort_by_key(|(first, _)| *first);
    let mut next = from;
    // Files that a later one follows before their end, each at the message to be read next.
    let mut followed: Vec<(u64, Frames)> = Vec::new();
    for (at, (first, path)) in files.iter().enumerate() {
        let end = files.get(at + 1).map_or(u64::MAX, |(following, _)| *following).min(numbers.end);
        if end <= from {
            continue;
        }
        if *first > next {
            // Nothing follows on what was read so far: it was lost with the disk that refused it.
            let event = crate::telemetry::RESUME_HOLE;
            tracing::warn!(event, missing = first - next, "messages are missing in the input log");
            next = *first;
        }
        let mut number = *first;
        let mut file = Frames { file: BufReader::with_capacity(BUFFER, File::open(path)?), at: 0 };
        while number < end {
            match file.next()? {
                Found::Message(logged) if number >= next => {
                    take(number, &logged)?;
                    next = number + 1;
                }
                Found::Message(_) => {}
                Found::Damage { bytes } => {
                    let (event, file) = (crate::telemetry::RESUME_DAMAGE, path.display());
                    tracing::error!(event, %file, number, bytes, "the input log is damaged: one message or more is lost");
                    next = next.max(number + 1);
                }
                Found::End => break,
            }
            number += 1;
        }
        // The disk refused what the file lacks, or lost it: one before may have it.
        for (number, file) in followed.iter_mut().rev() {
            while *number < end
                && let Found::Message(logged) = file.next()?
            {
                if *number == next {
                    take(*number, &logged)?;
                    next += 1;
                }
                *number += 1;
            }
        }
        followed.push((number, file));
    }
    Ok(next)
}

/// Brings the files of folders to disk.
///
/// # Errors
/// The disk refuses, or a folder cannot be read.
pub fn sync(on: &dyn Files, folders: &[&Path]) -> io::Result<()> {
    for folder in folders {
        files(folder)?.iter().try_for_each(|(_, path)| on.sync_file(path))?;
    }
    Ok(())
}

/// Removes the files of folders that hold nothing from a message's number on.
pub fn forget(on: &dyn Files, folders: &[&Path], before: u64) {
    let mut files: Vec<_> = folders.iter().flat_map(|folder| files(folder).unwrap_or_default()).collect();
    files.sort_by_key(|(first, _)| *first);
    for pair in files.windows(2) {
        if pair[1].0 <= before {
            on.remove(&pair[0].1).ok();
        }
    }
}

/// Removes files that begin at a message's number or later: they hold none, or what a state that was lost made of them.
pub fn clear_from(on: &dyn Files, folder: &Path, from: u64) {
    for (_, path) in files(folder).unwrap_or_default().into_iter().filter(|(first, _)| *first >= from) {
        on.remove(&path).ok();
    }
}

/// The frames of a file, in order.
struct Frames {
    file: BufReader<File>,
    /// Offset of the next frame.
    at: u64,
}

/// What comes next in a file.
enum Found {
    Message(Logged),
    /// Bytes that hold no whole frame, before the next one or at the end of the file.
    Damage {
        bytes: u64,
    },
    /// Nothing, or the beginning of a frame that a crash cut short.
    End,
}

impl Frames {
    fn next(&mut self) -> io::Result<Found> {
        if let Some((logged, bytes)) = frame(&mut self.file)? {
            self.at += bytes as u64;
            return Ok(Found::Message(logged));
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        let mut rest = Vec::new();
        self.file.read_to_end(&mut rest)?;
        let bytes = match next_whole(&rest) {
            Some(bytes) => bytes,
            None if length_of(&rest).is_some_and(|length| length == rest.len()) => rest.len(),
            None => return Ok(Found::End),
        } as u64;
        self.at += bytes;
        self.file.seek(SeekFrom::Start(self.at))?;
        Ok(Found::Damage { bytes })
    }
}

/// Returns the offset of the first whole frame behind a damaged one at the beginning. The damaged one's own length is tried
/// first.
fn next_whole(bytes: &[u8]) -> Option<usize> {
    let is_whole = |at: &usize| {
        bytes.get(*at..).is_some_and(|mut rest| frame(&mut rest).is_ok_and(|logged| logged.is_some()))
    };
    length_of(bytes).filter(is_whole).or_else(|| (1..bytes.len()).find(is_whole))
}

/// Returns the length that the frame at the beginning states, with its head.
fn length_of(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_le_bytes(*bytes.first_chunk::<4>()?) as usize;
    (BEFORE_TOPIC..=BEFORE_TOPIC + LARGEST).contains(&length).then_some(HEAD + length)
}

/// The next whole frame and its length, bytes; `None` at the end, or where it is cut or damaged.
fn frame(file: &mut impl Read) -> io::Result<Option<(Logged, usize)>> {
    let mut head = [0; HEAD];
    if !whole(file, &mut head)? {
        return Ok(None);
    }
    let [l0, l1, l2, l3, s0, s1, s2, s3] = head;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if !(BEFORE_TOPIC..=BEFORE_TOPIC + LARGEST).contains(&length) {
        return Ok(None);
    }
    let mut body = Vec::new();
    file.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length || crc32fast::hash(&body).to_le_bytes() != [s0, s1, s2, s3] {
        return Ok(None);
    }
    let (arrival, rest) = body.split_at(8);
    let (topic_len, rest) = rest.split_at(2);
    let topic_len = usize::from(u16::from_le_bytes([topic_len[0], topic_len[1]]));
    let Some((topic, payload)) = rest.split_at_checked(topic_len) else { return Ok(None) };
    let arrival_ns = i64::from_le_bytes(arrival.try_into().unwrap_or_default());
    let topic = String::from_utf8_lossy(topic).into_owned();
    Ok(Some((Logged { topic, arrival_ns, payload: payload.to_vec() }, HEAD + length)))
}

/// Whether all of the buffer could be filled.
fn whole(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn name(first: u64) -> String {
    format!("input-{first:020}.log")
}

fn files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_name().and_then(|name| name.to_str());
        let number = stem.and_then(|name| name.strip_prefix("input-")?.strip_suffix(".log")?.parse().ok());
        if let Some(number) = number {
            files.push((number, path));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::files::Machine;

    fn all(folder: &Path, from: u64) -> (Vec<(u64, String)>, u64) {
        let mut seen = Vec::new();
        let next = read(folder, from, |number, logged| {
            assert_eq!(logged.arrival_ns, number as i64 * 10, "each has its own stamp");
            assert_eq!(logged.payload, vec![number as u8; number as usize]);
            seen.push((number, logged.topic.clone()));
            Ok(())
        });
        (seen, next.expect("reads"))
    }

    fn write(log: &mut InputLog, numbers: std::ops::Range<u64>) {
        let mut frames = Vec::new();
        for n in numbers {
            encode(&format!("t/{n}"), n as i64 * 10, &vec![n as u8; n as usize], &mut frames);
        }
        log.put(&frames).expect("writes");
    }

    #[test]
    fn what_was_appended_is_read_from_any_number_over_files() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = InputLog::begin(&Machine::shared(), folder.path(), 0).expect("begins");
        write(&mut log, 0..5);
        let mut log = InputLog::begin(&Machine::shared(), folder.path(), 5).expect("begins");
        write(&mut log, 5..9);
        for from in 0..9 {
            let (seen, next) = all(folder.path(), from);
            assert_eq!(seen.iter().map(|(n, _)| *n).collect::<Vec<_>>(), (from..9).collect::<Vec<_>>());
            assert_eq!(next, 9);
        }
        assert_eq!(all(folder.path(), 12), (Vec::new(), 12), "a checkpoint may be ahead of a lost file");
        forget(&Machine, &[folder.path()], 5);
        assert_eq!(all(folder.path(), 5).0.len(), 4);
        assert_eq!(files(folder.path()).expect("lists").len(), 1);
    }

    #[test]
    fn a_message_counts_once_as_the_later_file_has_it() {
        let folders = [0, 1].map(|_| tempfile::tempdir().expect("folder"));
        let paths = folders.each_ref().map(|folder| folder.path());
        let mut log = InputLog::begin(&Machine::shared(), paths[0], 0).expect("begins");
        write(&mut log, 0..6);
        // The disk took the last two in part; they were written again, elsewhere, with what came then.
        let path = paths[0].join(name(0));
        let whole = std::fs::read(&path).expect("reads");
        std::fs::write(&path, [&whole[..whole.len() - 30], &[0; 25]].concat()).expect("writes");
        write(&mut InputLog::begin(&Machine::shared(), paths[1], 4).expect("begins"), 4..8);
        write(&mut InputLog::begin(&Machine::shared(), paths[0], 8).expect("begins"), 8..10);
        let mut seen = Vec::new();
        let next = read_all(&paths, 0, |number, logged| {
            assert_eq!(logged.arrival_ns, number as i64 * 10);
            seen.push(number);
            Ok(())
        });
        assert_eq!((next.expect("reads"), seen), (10, (0..10).collect()));
    }

    #[test]
    fn what_a_later_file_lacks_is_read_in_the_one_before() {
        let folders = [0, 1].map(|_| tempfile::tempdir().expect("folder"));
        let paths = folders.each_ref().map(|folder| folder.path());
        write(&mut InputLog::begin(&Machine::shared(), paths[0], 0).expect("begins"), 0..6);
        write(&mut InputLog::begin(&Machine::shared(), paths[0], 3).expect("begins"), 3..5);
        // Nothing was taken here.
        InputLog::begin(&Machine::shared(), paths[1], 3).expect("begins");
        for more in 6..8 {
            let mut seen = Vec::new();
            let next = read_all(&paths, 2, |number, logged| {
                assert_eq!(logged.arrival_ns, number as i64 * 10);
                seen.push(number);
                Ok(())
            });
            assert_eq!((next.expect("reads"), seen), (more, (2..more).collect()));
            write(&mut InputLog::begin(&Machine::shared(), paths[0], more).expect("begins"), more..more + 1);
        }
    }

    #[test]
    fn a_file_that_was_removed_is_not_on_disk() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = InputLog::begin(&Machine::shared(), folder.path(), 0).expect("begins");
        write(&mut log, 0..2);
        log.file().sync().expect("is there");
        std::fs::rename(folder.path().join(name(0)), folder.path().join("away")).expect("moves");
        assert!(log.file().sync().is_err());
    }

    /// Numbers of the messages that are read from a file with these bytes, and the number after them.
    fn numbers(folder: &Path, bytes: &[u8]) -> (Vec<u64>, u64) {
        std::fs::write(folder.join(name(0)), bytes).expect("writes");
        let mut seen = Vec::new();
        let next = read(folder, 0, |number, logged| {
            seen.push(logged.arrival_ns as u64 / 10);
            assert!(number <= logged.arrival_ns as u64 / 10);
            Ok(())
        });
        (seen, next.expect("reads"))
    }

    #[test]
    fn a_file_cut_anywhere_is_read_up_to_there() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = InputLog::begin(&Machine::shared(), folder.path(), 0).expect("begins");
        write(&mut log, 0..6);
        let whole = std::fs::read(folder.path().join(name(0))).expect("reads");
        let mut before = 0;
        for end in 0..whole.len() {
            let (seen, next) = numbers(folder.path(), &whole[..end]);
            assert!(seen.len() >= before && seen.len() <= 6 && next == seen.len() as u64, "{end}");
            before = seen.len();
        }
        assert_eq!(before, 5, "the last byte is the last message's");
    }

    #[test]
    fn damage_anywhere_costs_one_message() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = InputLog::begin(&Machine::shared(), folder.path(), 0).expect("begins");
        write(&mut log, 0..8);
        let whole = std::fs::read(folder.path().join(name(0))).expect("reads");
        let last = whole.len() - (HEAD + BEFORE_TOPIC + 3 + 7);
        for at in 0..whole.len() {
            for bit in [0x01, 0x40, 0x80] {
                let mut damaged = whole.clone();
                damaged[at] ^= bit;
                let (seen, next) = numbers(folder.path(), &damaged);
                assert_eq!(seen.len(), 7, "byte {at}, bit {bit:#x}: {seen:?}");
                // A last frame with a length that goes beyond the file is one that a crash cut short.
                assert!(next == 8 || at >= last && next == 7, "byte {at}, bit {bit:#x}: {next}");
            }
        }
    }
}
