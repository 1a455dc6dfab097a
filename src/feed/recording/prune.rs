//! Recordings that have had their time.

use std::io;
use std::path::Path;

use crate::model::{Span, Time};

/// A file of a folder that is recorded into holds an hour at most.
const HOLDS: Span = Span::from_secs(3600);

/// Deletes the files of a folder that a [`super::Recorder`] wrote there and that hold nothing at or after a time, but for
/// those that hold something of what is kept, each from one time to another. How many.
///
/// # Errors
/// The folder cannot be read, or a file not deleted: the others are all the same.
pub fn prune(folder: &Path, before: Time, kept: &[[Time; 2]]) -> io::Result<usize> {
    let (mut pruned, mut failed) = (0, None);
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let Some(since) = path.file_name().and_then(|name| begun(name.to_str()?)) else { continue };
        let until = since + HOLDS;
        let wanted = kept.iter().any(|[from, to]| since <= *to && *from <= until);
        if until < before && !wanted {
            match std::fs::remove_file(&path) {
                Ok(()) => pruned += 1,
                Err(error) => failed = Some(error),
            }
        }
    }
    failed.map_or(Ok(pruned), Err)
}

/// The name of a file that begins at a time; `number` tells it from others of the same moment.
pub(super) fn name(since: Time, number: u32) -> String {
    let suffix = if number == 0 { String::new() } else { format!("-{number}") };
    format!("vigie-{}{suffix}.mcap", since.rfc3339().replace(['-', ':'], ""))
}

/// Returns the time at which the file of a name begins.
fn begun(name: &str) -> Option<Time> {
    let (time, number) = name.strip_prefix("vigie-")?.strip_suffix(".mcap")?.split_once('Z')?;
    if !(number.is_empty() || number.starts_with('-')) {
        return None;
    }
    Time::parse(&format!("{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for ms in [1_767_243_609_000, 1_795_870_800_000] {
            for number in [0, 1, 12] {
                assert_eq!(begun(&name(Time(ms), number)), Some(Time(ms)));
            }
        }
        for other in [
            "vigie-.mcap",
            "vigie-20261301T040000Z.mcap",
            "vigie-night.mcap",
            "mine.mcap",
            "vigie-20260101T040000Zx.mcap",
        ] {
            assert_eq!(begun(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_old_goes_but_for_a_case() {
        let folder = tempfile::tempdir().expect("folder");
        let hour = |n: i64| Time::from_secs(1_767_225_600 + 3600 * n);
        for n in 0..10 {
            std::fs::write(folder.path().join(name(hour(n), 0)), "x").expect("writes");
        }
        std::fs::write(folder.path().join("mine.mcap"), "x").expect("writes");
        let case = [hour(2) + Span::from_secs(60), hour(4) - Span::from_secs(60)];
        assert_eq!(prune(folder.path(), hour(6), &[case]).expect("prunes"), 3);
        let left: Vec<i64> = (0..10).filter(|n| folder.path().join(name(hour(*n), 0)).exists()).collect();
        assert_eq!(
            left,
            [2, 3, 5, 6, 7, 8, 9],
            "0, 1 and 4 held nothing of the case, 5 may reach into the sixth hour"
        );
        assert!(folder.path().join("mine.mcap").exists());
        assert!(prune(&folder.path().join("none"), hour(6), &[]).is_err());
    }
}
