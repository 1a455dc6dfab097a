//! A gateway that was cut off for an hour sends what it stored mixed with what it receives now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const EXERCISE: &str = "replay-data/barbados-saint-lucia";
/// Name of the file with what a replay counted.
const SUMMARY: &str = "summary.json";

fn vigie(args: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_vigie")).args(args).output().expect("runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("text")
}

/// Returns the time of a line, milliseconds.
fn time(line: &str) -> i64 {
    let told = line.split("c:").nth(1).and_then(|rest| rest.split(['*', ',']).next());
    told.and_then(|text| text.parse().ok()).expect("a time")
}

/// Returns the alerts that a recording raises, by pattern and first subject.
fn raised(config: &Path, lines: &[&str], work: &Path) -> BTreeSet<String> {
    let log = work.join("mixed.nmea");
    std::fs::write(&log, lines.join("\n")).expect("writes");
    let shown = |path: &Path| path.display().to_string();
    let summary = shown(&work.join(SUMMARY));
    let alerts =
        vigie(&["replay", &shown(&log), "-c", &shown(config), "--exercise", "late", "--summary", &summary]);
    let read = |line: &str| -> serde_json::Value { serde_json::from_str(line).expect("JSON") };
    let events = alerts.lines().map(read).filter(|event| event["properties"]["phase"] == "raised");
    // By whom and what: of two stations whose backlogs end at different moments, the onset may differ by some seconds.
    let told = |event: serde_json::Value| {
        let said = &event["properties"];
        format!("{} {}", said["pattern"], said["subjects"][0]["track"])
    };
    events.map(told).collect()
}

#[test]
fn what_a_gateway_stored_and_sends_mixed_with_now_raises_the_same_alerts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let work = tempfile::tempdir().expect("folder");
    let out = work.path().join("night.nmea");
    let scenario = root.join(EXERCISE).join("scenario.toml");
    vigie(&["simulate", &scenario.display().to_string(), "--out", &out.display().to_string()]);
    let text = std::fs::read_to_string(&out).expect("reads");
    let lines: Vec<&str> = text.lines().collect();
    let config = |own_times: &str| -> PathBuf {
        let folder = root.join(EXERCISE);
        let main = std::fs::read_to_string(folder.join("vigie.toml")).expect("reads");
        let absolute = |text: &str| text.replace("\"../../", &format!("\"{}/", root.display()));
        let own = |text: &str| {
            ["zones.geojson", "lists.toml"].iter().fold(text.to_owned(), |text, file| {
                text.replace(&format!("\"{file}\""), &format!("\"{}\"", folder.join(file).display()))
            })
        };
        let main =
            own(&absolute(&main)).replace("[[feed]]", &format!("[[feed]]\nown_times = \"{own_times}\""));
        let path = work.path().join(format!("{own_times}.toml"));
        std::fs::write(&path, main).expect("writes");
        path
    };

    // The link of both stations is down for an hour; then four lines of the backlog come for each one of now.
    let start = time(lines[0]);
    let [from, until] = [start + 3_600_000, start + 2 * 3_600_000];
    let before = lines.iter().filter(|line| time(line) < from);
    let mut stored = lines.iter().filter(|line| (from..until).contains(&time(line)));
    let mut mixed: Vec<&str> = before.copied().collect();
    for line in lines.iter().filter(|line| time(line) >= until) {
        mixed.push(line);
        mixed.extend(stored.by_ref().take(4));
    }
    mixed.extend(stored);
    assert_eq!(mixed.len(), lines.len());

    let want = raised(&config("always"), &lines, work.path());
    assert_eq!(raised(&config("stored"), &mixed, work.path()), want, "nothing is lost");
    assert!(
        raised(&config("always"), &mixed, work.path()).len() < want.len(),
        "without the key some never come"
    );
    let summary = std::fs::read_to_string(work.path().join(SUMMARY)).expect("reads");
    let counts = serde_json::from_str::<serde_json::Value>(&summary).expect("JSON")["counts"].clone();
    let of_feeds = counts.as_object().expect("counts").iter().filter(|(name, _)| name.starts_with("late/"));
    let of_feeds: Vec<u64> = of_feeds.filter_map(|(_, n)| n.as_u64()).collect();
    assert!(!of_feeds.is_empty(), "{counts}");
    assert_eq!(Some(of_feeds.iter().sum()), counts["late"].as_u64(), "each is told of its feed");
}
