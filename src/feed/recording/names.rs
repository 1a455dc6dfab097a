//! From file names to the names of feeds.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::{Span, Time};

/// Files of one name whose times overlap by more than this are different receivers, not one after the other.
const OVERLAP: Span = Span::from_secs(60);

/// A path's last part.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The names that stand for the topics of logs, from their file names and the time each spans, in the files' order.
///
/// A name is the file's without extensions. Files that differ by a number or date at the end, one after the
/// other in time, are one log that was rotated or split: its name is without the number.
pub(super) fn log_names(files: &[(&str, Option<(Time, Time)>)]) -> Vec<String> {
    let mut groups: BTreeMap<&str, Vec<(Time, Time)>> = BTreeMap::new();
    for (name, span) in files {
        groups.entry(without_number(stem(name))).or_default().extend(*span);
    }
    let one_after_the_other = |mut spans: Vec<(Time, Time)>| {
        spans.sort_unstable();
        spans.windows(2).all(|pair| pair[0].1 <= pair[1].0 + OVERLAP)
    };
    let rotated: BTreeMap<&str, bool> =
        groups.into_iter().map(|(name, spans)| (name, one_after_the_other(spans))).collect();
    let name_of = |(name, _): &(&str, _)| {
        let (full, short) = (stem(name), without_number(stem(name)));
        as_topic_level(if rotated.get(short).is_some_and(|yes| *yes) { short } else { full })
    };
    files.iter().map(name_of).collect()
}

fn stem(name: &str) -> &str {
    let packed = [".gz", ".zst"].into_iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    match packed.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => packed,
    }
}

/// Without the digits and separators at its end; all of it where nothing else would be left.
fn without_number(stem: &str) -> &str {
    let digits_and_separators = |c: char| c.is_ascii_digit() || "-_.:T".contains(c);
    let short = stem.strip_suffix('Z').unwrap_or(stem).trim_end_matches(digits_and_separators);
    let has_digits = stem[short.len()..].contains(|c: char| c.is_ascii_digit());
    if short.is_empty() || !has_digits { stem } else { short }
}

fn as_topic_level(name: &str) -> String {
    name.replace(['/', '+', '#', '\0'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_logs_have_one_name() {
        let span = |from, to| Some((Time::from_secs(from), Time::from_secs(to)));
        let day = 86_400;
        let names = log_names(&[
            ("ais-2026-01-01.nmea.gz", span(0, day)),
            ("ais-2026-01-02.nmea.gz", span(day, 2 * day)),
            ("station1.log", span(0, day)),
            ("station2.log", span(0, day)),
            ("20260101.nmea", span(0, day)),
            ("quay+side", None),
            (".hidden", None),
        ]);
        assert_eq!(names, ["ais", "ais", "station1", "station2", "20260101", "quay-side", ".hidden"]);
    }
}
