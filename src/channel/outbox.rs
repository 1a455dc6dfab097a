//! The alert file: every event is a line, on disk before it is sent; a cursor beside it tells how far sending came.
//!
//! The file is the queue, so an absent broker costs disk and no memory. The cursor may lag behind what was sent
//! (events are then sent twice, and `id` with `seq` tells them apart), never run ahead of it.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::telemetry;

/// Read at once while looking for a line's end, bytes.
const CHUNK: usize = 64 * 1024;
/// The cursor is synced to disk this often; a power cut costs at most that much sending twice.
const CURSOR_SYNC: Duration = Duration::from_secs(1);

/// The writing end: appends lines and syncs them.
#[derive(Debug)]
pub struct Outbox {
    file: File,
    path: PathBuf,
    bytes: u64,
    lines: u64,
}

/// The sending end: the oldest line that was not acknowledged yet.
#[derive(Debug)]
pub struct Unsent {
    file: File,
    cursor: File,
    line: u64,
    offset: u64,
    next_offset: u64,
    synced: Instant,
}

/// Opens the file and its cursor (`<file>.sent`), made where absent, repaired where a crash tore the last line.
pub fn open(path: &Path) -> anyhow::Result<(Outbox, Unsent)> {
    let named = || format!("alert file {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(named)?;
    let open =
        |path: &Path| OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = open(path).with_context(named)?;
    file.try_lock().with_context(|| format!("{}: is another vigie running on it?", named()))?;
    let bytes = repair(&file, path).with_context(named)?;

    let cursor_path = cursor_path(path);
    let cursor = open(&cursor_path).with_context(|| format!("cursor file {}", cursor_path.display()))?;
    // A file that nobody can find after a power cut was not synced.
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(named)?;

    let (line, offset) = read_cursor(&cursor, &file, bytes).unwrap_or_else(|| {
        if bytes > 0 {
            let event = telemetry::OUTBOX_REPAIRED;
            tracing::warn!(event, file = %cursor_path.display(), "no cursor that fits the alert file: sending all of it");
        }
        (0, 0)
    });
    let waiting = count_lines(&file, offset, bytes).with_context(named)?;
    if waiting > 0 {
        tracing::info!(event = telemetry::OUTBOX_BACKLOG, waiting, "alerts from before wait to be sent");
    }
    let reading = file.try_clone().with_context(named)?;
    let outbox = Outbox { file, path: path.to_owned(), bytes, lines: line + waiting };
    let unsent = Unsent { file: reading, cursor, line, offset, next_offset: offset, synced: Instant::now() };
    Ok((outbox, unsent))
}

/// Where the cursor of an alert file is.
pub fn cursor_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sent");
    PathBuf::from(name)
}

impl Outbox {
    /// Appends whole lines and syncs them. After an error nothing of them counts as written; try again.
    pub fn append(&mut self, text: &str) -> io::Result<()> {
        debug_assert!(text.ends_with('\n'), "whole lines");
        let written =
            self.file.write_all_at(text.as_bytes(), self.bytes).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // What was half written goes, so that a reader of the file never sees it; if that fails too, the next
            // try writes over it and the next start repairs it.
            self.file.set_len(self.bytes).ok();
            return Err(error);
        }
        self.bytes += text.len() as u64;
        self.lines += memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
        Ok(())
    }

    /// Length of what is safely on disk, bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lines in it.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Unsent {
    /// The oldest line not acknowledged, without its end, and where it ends; `None` when `durable` is reached.
    /// Asked again without [`Unsent::advance`], it gives the same line.
    pub fn next(&mut self, durable: u64) -> io::Result<Option<(String, u64)>> {
        let mut buffer = Vec::new();
        loop {
            let from = self.offset + buffer.len() as u64;
            let wanted = usize::try_from(durable.saturating_sub(from)).unwrap_or(CHUNK).min(CHUNK);
            if wanted == 0 {
                return Ok(None);
            }
            let had = buffer.len();
            buffer.resize(had + wanted, 0);
            self.file.read_exact_at(&mut buffer[had..], from)?;
            if let Some(end) = memchr::memchr(b'\n', &buffer[had..]) {
                buffer.truncate(had + end);
                self.next_offset = self.offset + buffer.len() as u64 + 1;
                return Ok(Some((String::from_utf8_lossy(&buffer).into_owned(), self.next_offset)));
            }
        }
    }

    /// The line last given was acknowledged.
    pub fn advance(&mut self) -> io::Result<()> {
        if self.next_offset == self.offset {
            return Ok(());
        }
        self.offset = self.next_offset;
        self.line += 1;
        // Of fixed width and within one sector: it is never half written.
        self.cursor.write_all_at(format!("{:020} {:020}\n", self.line, self.offset).as_bytes(), 0)?;
        if self.synced.elapsed() >= CURSOR_SYNC {
            self.sync()?;
        }
        Ok(())
    }

    /// Brings the cursor to disk.
    pub fn sync(&mut self) -> io::Result<()> {
        self.synced = Instant::now();
        self.cursor.sync_data()
    }

    /// Lines acknowledged: the number of the last one, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

fn read_cursor(cursor: &File, file: &File, bytes: u64) -> Option<(u64, u64)> {
    let mut text = [0; 42];
    cursor.read_exact_at(&mut text, 0).ok()?;
    let (line, offset) = std::str::from_utf8(&text).ok()?.trim_end().split_once(' ')?;
    let (line, offset): (u64, u64) = (line.parse().ok()?, offset.parse().ok()?);
    if offset > bytes || (offset == 0) != (line == 0) {
        return None;
    }
    if offset > 0 {
        let mut end = [0];
        file.read_exact_at(&mut end, offset - 1).ok()?;
        (end == *b"\n").then_some(())?;
    }
    Some((line, offset))
}

/// Cuts off a last line without an end, and returns the length.
fn repair(file: &File, path: &Path) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut buffer = vec![0; CHUNK];
    while end > 0 {
        let start = end.saturating_sub(CHUNK as u64);
        let part = &mut buffer[..(end - start) as usize];
        file.read_exact_at(part, start)?;
        if let Some(at) = memchr::memrchr(b'\n', part) {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length {
        file.set_len(end)?;
        file.sync_all()?;
        let (event, cut) = (telemetry::OUTBOX_REPAIRED, length - end);
        tracing::warn!(event, file = %path.display(), cut, "cut off a last line that was half written");
    }
    Ok(end)
}

fn count_lines(file: &File, from: u64, to: u64) -> io::Result<u64> {
    let mut buffer = vec![0; CHUNK];
    let (mut at, mut lines) = (from, 0);
    while at < to {
        let part = (to - at).min(CHUNK as u64) as usize;
        match file.read_at(&mut buffer[..part], at) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                lines += memchr::memchr_iter(b'\n', &buffer[..n]).count() as u64;
                at += n as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(unsent: &mut Unsent, durable: u64) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some((line, _)) = unsent.next(durable).expect("reads") {
            lines.push(line);
            unsent.advance().expect("advances");
        }
        lines
    }

    #[test]
    fn what_was_not_acknowledged_is_sent_after_a_restart() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("out/alerts.jsonl");
        {
            let (mut outbox, mut unsent) = open(&path).expect("opens");
            outbox.append("one\ntwo\n").expect("writes");
            outbox.append("three\n").expect("writes");
            assert_eq!(unsent.next(outbox.bytes()).expect("reads"), Some(("one".to_owned(), 4)));
            assert_eq!(
                unsent.next(outbox.bytes()).expect("reads"),
                Some(("one".to_owned(), 4)),
                "until acknowledged"
            );
            unsent.advance().expect("advances");
            assert!(open(&path).is_err(), "one process at a time");
        }
        let (outbox, mut unsent) = open(&path).expect("opens");
        assert_eq!((outbox.lines(), unsent.line()), (3, 1));
        assert_eq!(all(&mut unsent, outbox.bytes()), ["two", "three"]);
    }

    #[test]
    fn a_torn_last_line_is_cut_off() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("alerts.jsonl");
        std::fs::write(&path, format!("one\n{}", "x".repeat(3 * CHUNK))).expect("writes");
        let (mut outbox, mut unsent) = open(&path).expect("opens");
        outbox.append("two\n").expect("writes");
        assert_eq!(all(&mut unsent, outbox.bytes()), ["one", "two"]);
        assert_eq!(std::fs::read_to_string(&path).expect("reads"), "one\ntwo\n");
    }

    #[test]
    fn a_cursor_that_does_not_fit_sends_all_again() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("alerts.jsonl");
        for cursor in [
            "",
            "garbage",
            "00000000000000000002 00000000000000000005\n",
            "00000000000000000009 00000000000000009999\n",
        ] {
            std::fs::write(&path, "one\ntwo\n").expect("writes");
            std::fs::write(cursor_path(&path), cursor).expect("writes");
            let (outbox, mut unsent) = open(&path).expect("opens");
            assert_eq!(all(&mut unsent, outbox.bytes()), ["one", "two"], "{cursor:?}");
        }
    }

    #[test]
    fn a_line_longer_than_a_chunk() {
        let folder = tempfile::tempdir().expect("folder");
        let (mut outbox, mut unsent) = open(&folder.path().join("alerts.jsonl")).expect("opens");
        let long = "x".repeat(CHUNK * 2 + 7);
        outbox.append(&format!("{long}\nshort\n")).expect("writes");
        assert_eq!(all(&mut unsent, outbox.bytes()), [long.as_str(), "short"]);
    }
}
