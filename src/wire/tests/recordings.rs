//! Counts and digests of every decode of the recordings, kept in `tests/vectors/ais-digests.txt`: they hold
//! the decoder still where the comparison of `tools/oracle/run` left it. `UPDATE_GOLDEN=1` rewrites them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::wire::transcript::transcript;
use crate::wire::{LineClock, Reason};

/// The recordings' folder, if it is there: `$VIGIE_DATA/ais`, or beside the repository.
fn recordings() -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = ["../shared/data", "../../shared/data"].map(|path| root.join(path));
    let data = std::env::var_os("VIGIE_DATA").map(PathBuf::from);
    let folder = data.into_iter().chain(beside).map(|path| path.join("ais")).find(|path| path.is_dir())?;
    let texts = ["ais", "txt", "nmea", "log", "aivdm"];
    let named = |path: &PathBuf| path.extension().is_some_and(|ext| texts.iter().any(|text| ext == *text));
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(named).collect();
    files.sort();
    Some(files)
}

/// FNV-1a of 64 bits.
fn digest(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// `file messages digest [reason count …]`
fn line(path: &Path) -> String {
    let (mut messages, mut hash) = (0, 0xcbf2_9ce4_8422_2325);
    let mut refused = std::collections::BTreeMap::new();
    for entry in transcript(&fs::read(path).expect("a recording")) {
        match entry.fields {
            Ok(fields) => {
                messages += 1;
                hash = digest(hash, &fields);
            }
            Err(reason) => *refused.entry(reason.word()).or_insert(0) += 1,
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut line = format!("{name} {messages} {hash:016x}");
    for (word, count) in refused {
        let _ = write!(line, " {word} {count}");
    }
    line
}

#[test]
fn decodes_are_what_was_compared() {
    let Some(files) = recordings() else {
        eprintln!("SKIPPED: no recordings at $VIGIE_DATA/ais or ../shared/data/ais");
        return;
    };
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/ais-digests.txt");
    let lines: Vec<String> = files.iter().map(|path| line(path)).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let head = "# file, messages decoded, FNV-1a of their canonical fields, lines refused by reason;\n\
            # UPDATE_GOLDEN=1 cargo test recordings rewrites it: run tools/oracle/run before.\n";
        fs::write(&vectors, format!("{head}{}\n", lines.join("\n"))).expect("a writable folder");
    }
    let expected = fs::read_to_string(&vectors).expect("tests/vectors/ais-digests.txt");
    let expected: Vec<&str> = expected.lines().filter(|line| !line.starts_with('#')).collect();
    // Recordings that came later have no line yet.
    for line in &lines {
        let name = line.split(' ').next().unwrap_or_default();
        if let Some(known) = expected.iter().find(|known| known.split(' ').next() == Some(name)) {
            assert_eq!(line, known);
        }
    }
    assert!(lines.len() >= expected.len(), "a recording is missing: {} of {}", lines.len(), expected.len());
}

/// A session over a whole recording gives what the transcript gives, and its times are the line clock's.
#[test]
fn a_session_reads_what_was_decoded() {
    let Some(files) = recordings() else {
        eprintln!("SKIPPED: no recordings at $VIGIE_DATA/ais or ../shared/data/ais");
        return;
    };
    for path in files {
        let text = fs::read(&path).expect("a recording");
        let (out, tally) = read(Format::Nmea, "t", &text, NOW);
        let entries = transcript(&text);
        let decoded = entries.iter().filter(|entry| entry.fields.is_ok()).count() as u64;
        let nobody = tally.total(Reason::IllegalMmsi);
        assert_eq!(tally.total(Reason::Reports) + nobody, decoded, "{}", path.display());
        let inputs = tally.total(Reason::Reports) + tally.total(Reason::Ticks);
        assert_eq!(out.len() as u64, inputs);
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
