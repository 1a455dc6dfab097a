//! Counts and digests of every decode of the recordings, kept in `tests/vectors/`: they hold the decoders still
//! where the comparisons of `tools/oracle` left them. `UPDATE_GOLDEN=1` rewrites them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::feed::recording::{Options, Recording};
use crate::wire::asterix::{Blocks, Records, canonical};
use crate::wire::nmea::{after_refused, frame};
use crate::wire::transcript::transcript;
use crate::wire::{LineClock, Reason};

/// Returns a text in which every sentence has a line, also where line ends were lost.
fn lines_apart(text: &[u8]) -> Vec<u8> {
    let mut apart = Vec::new();
    for line in text.split(|c| *c == b'\n') {
        let mut rest = line.trim_ascii();
        while !rest.is_empty() {
            let after = match frame(rest) {
                Ok(frame) => frame.rest,
                Err(reason) => after_refused(rest, reason),
            };
            apart.extend_from_slice(&rest[..rest.len() - after.len()]);
            apart.push(b'\n');
            rest = after;
        }
    }
    apart
}

/// The recordings in a folder, if it is there: of `$VIGIE_DATA`, or of the data beside the repository.
fn recordings(of: &str, extensions: &[&str]) -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = ["../shared/data", "../../shared/data"].map(|path| root.join(path));
    let data = std::env::var_os("VIGIE_DATA").map(PathBuf::from);
    let found = data.into_iter().chain(beside).map(|path| path.join(of)).find(|path| path.is_dir());
    let Some(folder) = found else {
        eprintln!("SKIPPED: no recordings at $VIGIE_DATA/{of} or ../shared/data/{of}");
        return None;
    };
    let named =
        |path: &PathBuf| path.extension().is_some_and(|ext| extensions.iter().any(|text| ext == *text));
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(named).collect();
    files.sort();
    Some(files)
}

/// Text logs of AIS.
fn logs() -> Option<Vec<PathBuf>> {
    recordings("ais", &["ais", "txt", "nmea", "log", "aivdm"])
}

/// FNV-1a of 64 bits.
fn digest(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Digest and counts of a file.
#[derive(Default)]
struct Outcome {
    decoded: u64,
    hash: Option<u64>,
    refused: std::collections::BTreeMap<&'static str, u64>,
}

impl Outcome {
    fn note(&mut self, fields: Result<&str, Reason>) {
        match fields {
            Ok(fields) => {
                self.decoded += 1;
                self.hash = Some(digest(self.hash.unwrap_or(0xcbf2_9ce4_8422_2325), fields));
            }
            Err(reason) => *self.refused.entry(reason.word()).or_insert(0) += 1,
        }
    }

    /// `file messages digest [reason count …]`
    fn line(&self, path: &Path) -> String {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut line = format!("{name} {} {:016x}", self.decoded, self.hash.unwrap_or(0));
        for (word, count) in &self.refused {
            let _ = write!(line, " {word} {count}");
        }
        line
    }
}

/// Compares with what is kept, or keeps it.
fn hold(vectors: &str, oracle: &str, lines: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(vectors);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let head = format!(
            "# file, messages decoded, FNV-1a of their canonical fields, what was refused by reason;\n\
            # UPDATE_GOLDEN=1 cargo test recordings rewrites it: run {oracle} before.\n"
        );
        fs::write(&path, format!("{head}{}\n", lines.join("\n"))).expect("a writable folder");
    }
    let expected = fs::read_to_string(&path).expect("the kept digests");
    let expected: Vec<&str> = expected.lines().filter(|line| !line.starts_with('#')).collect();
    // Recordings that came later have no line yet.
    for line in lines {
        let name = line.split(' ').next().unwrap_or_default();
        if let Some(known) = expected.iter().find(|known| known.split(' ').next() == Some(name)) {
            assert_eq!(line, known);
        }
    }
    assert!(lines.len() >= expected.len(), "a recording is missing: {} of {}", lines.len(), expected.len());
}

#[test]
fn ais_decodes_equal_those_that_were_compared_with_other_decoders() {
    let Some(files) = logs() else { return };
    let line = |path: &PathBuf| {
        let mut outcome = Outcome::default();
        for entry in transcript(&fs::read(path).expect("a recording")) {
            outcome.note(entry.fields.as_deref().map_err(|reason| *reason));
        }
        outcome.line(path)
    };
    hold("ais-digests.txt", "tools/oracle/run", &files.iter().map(line).collect::<Vec<_>>());
}

#[test]
fn asterix_decodes_equal_those_that_were_compared_with_another_decoder() {
    let Some(mut files) = recordings("radar", &["pcap", "raw"]) else { return };
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("croatia")));
    let line = |path: &PathBuf| {
        let mut outcome = Outcome::default();
        let mut note = |payload: &[u8]| {
            for block in Blocks::new(payload) {
                match block {
                    Ok(block) => Records::new(block).for_each(|record| {
                        outcome.note(record.as_ref().map(canonical).as_deref().map_err(|r| **r))
                    }),
                    Err(reason) => outcome.note(Err(reason)),
                }
            }
        };
        if path.extension().is_some_and(|ext| ext == "raw") {
            note(&fs::read(path).expect("a recording"));
        } else {
            let mut capture =
                Recording::open(std::slice::from_ref(path), Options::default()).expect("a capture");
            while let Some(piece) = capture.next_piece().expect("readable") {
                note(piece.payload);
            }
        }
        outcome.line(path)
    };
    hold("asterix-digests.txt", "tools/oracle/run-asterix", &files.iter().map(line).collect::<Vec<_>>());
}

/// A decoder over a whole recording gives what the transcript gives, and its times are the line clock's.
#[test]
fn a_decoder_reports_every_message_that_the_transcript_has() {
    let Some(files) = logs() else { return };
    for path in files {
        let text = fs::read(&path).expect("a recording");
        let (out, tally) = read(Format::Nmea, "t", &text, NOW);
        let text = lines_apart(&text);
        let entries = transcript(&text);
        let decoded = entries.iter().filter(|entry| entry.fields.is_ok()).count() as u64;
        assert_eq!(tally.total(Reason::Reports), decoded, "{}", path.display());
        let inputs = tally.total(Reason::Reports) + tally.total(Reason::Ticks);
        let own_ships = out.iter().filter(|input| matches!(input, Input::OwnShip { .. })).count() as u64;
        assert_eq!(out.len() as u64, inputs + own_ships);
        let mut clock = LineClock::default();
        let times: Vec<Time> = text.split(|c| *c == b'\n').filter_map(|line| clock.time_of(line)).collect();
        let (out, _) = read(Format::Nmea, "t", &text, Arrival::FromSource);
        for input in &out {
            if let Input::Report(report) = input {
                assert!(times.contains(&report.time), "{} {}", path.display(), report.time);
                break;
            }
        }
        let newest = times.iter().max();
        let told = out.iter().filter_map(|input| match input {
            Input::Report(report) => Some(report.time),
            Input::Tick { time, .. } => Some(*time),
            _ => None,
        });
        assert!(told.max() <= newest.copied(), "{}", path.display());
    }
}
