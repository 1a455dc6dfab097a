//! State that an earlier build saved: this build reads it, keeps its tracks, open alerts and learnt reception, and goes on.
//!
//! Each folder of `tests/vectors/state` holds what one build wrote in the midst of an exercise: `state.zst`, the messages that
//! came after it (`rest.mcap`), the configuration in force, and what that build had and made of the rest (`expected.json`).
//! `VIGIE_WRITE_STATE=0002` makes folders `0002-sea` and `0002-air` of the code as it is, for a layout that has changed. The
//! folders there are stay: they are what proves that an upgrade loses nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use vigie::config::{self, Config};
use vigie::engine::Output;
use vigie::feed::intake::{self, Intake};
use vigie::feed::playback::Playback;
use vigie::feed::recording::{self, About, Recorder, Recording};
use vigie::model::saved::{SavedPart, SavedState};

/// Exercise, short name, and the minutes after which its state is saved: alerts are open then, and more come.
const EXERCISES: [(&str, &str, i64); 2] =
    [("mothership-barbados", "sea", 126), ("air-drop-pedro-bank", "air", 104)];
/// Minutes of messages that are kept after that.
const REST_MIN: i64 = 12;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/state")
}

fn configured(folder: &Path) -> Config {
    config::load(&folder.join("vigie.toml")).expect("the configuration is right").0
}

fn opened(path: PathBuf) -> Recording {
    Recording::open(&[path], recording::Options::default()).expect("opens")
}

/// What a state holds that must outlive an upgrade.
fn held(playback: &Playback) -> Value {
    let (counts, look) = (playback.engine().counts(), playback.look());
    let count = |name: &str| counts.by_name.iter().find(|(n, _)| n == name).map_or(0, |(_, n)| *n);
    let metres = |reach: &[f32]| reach.iter().map(|m| m.round() as u32).collect::<Vec<_>>();
    let reception: Vec<Value> =
        look.heard.iter().map(|h| json!([h.feed.0, metres(&h.vessels), metres(&h.aircraft)])).collect();
    json!({
        "tracks": counts.tracks,
        "alerts_open": count("alerts-open"),
        "reports": count("reports"),
        "contacts": count("contacts"),
        "airborne": count("airborne"),
        "registration": counts.registration.len(),
    "reception": reception,
    })
}

/// Plays messages to the end; one line for each event that follows.
fn events(playback: &mut Playback, mut rest: Recording) -> Vec<String> {
    let mut events = Vec::new();
    while let Some(piece) = rest.next_piece().expect("reads") {
        playback.read(piece);
        events.extend(
            playback
                .step()
                .filter_map(Output::into_alert)
                .map(|e| format!("{} {} {} {} {}", e.id, e.seq, e.phase.word(), e.rule, e.time.rfc3339())),
        );
    }
    events
}

#[test]
fn state_of_every_earlier_layout_is_read_and_goes_on() {
    if let Ok(number) = std::env::var("VIGIE_WRITE_STATE") {
        EXERCISES.iter().for_each(|&(exercise, short, minutes)| write(&number, exercise, short, minutes));
    }
    let mut folders: Vec<PathBuf> =
        glob::glob(&format!("{}/*-*", root().display())).unwrap().map(Result::unwrap).collect();
    folders.sort();
    assert!(folders.len() >= 2, "states of earlier builds are there");
    for folder in folders {
        let name = folder.file_name().unwrap().display().to_string();
        let expected: Value =
            serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
        let state = zstd::decode_all(std::fs::File::open(folder.join("state.zst")).unwrap()).unwrap();
        let mut playback =
            Playback::taken_up(&configured(&folder), &state).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(held(&playback), expected["held"], "{name}: what the state holds");
        let went_on = events(&mut playback, opened(folder.join("rest.mcap")));
        assert_eq!(json!(went_on), expected["events"], "{name}: what follows from the rest");
    }
}

/// Half-received messages, known stations and counts outlive an upgrade: the parts of reading are read, not begun anew.
#[test]
fn no_part_of_reading_is_rebuilt_from_an_earlier_layout() {
    for path in glob::glob(&format!("{}/*-*", root().display())).unwrap().map(Result::unwrap) {
        let name = path.file_name().unwrap().display().to_string();
        let state = zstd::decode_all(std::fs::File::open(path.join("state.zst")).unwrap()).unwrap();
        let mut saved = SavedState::parse(&state).expect("parses");
        let mut feeds = configured(&path).feeds;
        intake::in_their_places(&mut feeds, &saved).expect("reads");
        let mut reading = Intake::new(&feeds, &mut Vec::new());
        reading.load(&mut saved).expect("reads");
        assert!(saved.rebuilt().is_empty(), "{name}: {:?}", saved.rebuilt());
        let reports: u64 =
            reading.tally.list().iter().filter(|(_, word, _)| *word == "reports").map(|(.., n)| n).sum();
        let contacts = reading.tally.total(vigie::wire::Reason::Contacts);
        assert!(reports > 0 && contacts > 0, "{name}: {:?}", reading.tally.list());
    }
}

/// A part whose layout changes under the same version would be read as something else: its length tells in most cases.
#[test]
fn parts_of_the_newest_state_are_written_as_they_were() {
    for (_, short, _) in EXERCISES {
        let mut folders: Vec<PathBuf> =
            glob::glob(&format!("{}/*-{short}", root().display())).unwrap().map(Result::unwrap).collect();
        folders.sort();
        let folder = folders.pop().expect("a state");
        let state = zstd::decode_all(std::fs::File::open(folder.join("state.zst")).unwrap()).unwrap();
        let again = Playback::taken_up(&configured(&folder), &state).expect("reads").save();
        let parts = |state: &[u8]| -> Vec<(String, u16, usize)> {
            let state = SavedState::parse(state).expect("parses");
            // A coast that changed since is one more entry in the list of versions.
            let length = |part: &SavedPart<'_>| if part.name == "versions" { 0 } else { part.bytes.len() };
            state.parts().iter().map(|part| (part.name.to_owned(), part.version, length(part))).collect()
        };
        assert_eq!(
            parts(&again),
            parts(&state),
            "raise the version of what changed, and write a new state beside the old ones"
        );
    }
}

/// Makes a folder of this build.
fn write(number: &str, exercise: &str, short: &str, minutes: i64) {
    let (root, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")), root().join(format!("{number}-{short}")));
    std::fs::create_dir_all(&folder).unwrap();
    let ships = root.join("replay-data").join(exercise);
    let text = std::fs::read_to_string(ships.join("vigie.toml")).unwrap();
    // Rules change; those in force when this state was saved stay beside it.
    let text =
        text.replace("../../config/rules/*.toml", "rules.toml").replace("../../config", "../../../../config");
    std::fs::write(folder.join("vigie.toml"), text).unwrap();
    let rules = glob::glob(&format!("{}/config/rules/*.toml", root.display())).unwrap().map(Result::unwrap);
    let rules: String = rules.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    std::fs::write(folder.join("rules.toml"), rules).unwrap();
    for file in ["zones.geojson", "lists.toml"] {
        std::fs::copy(ships.join(file), folder.join(file)).unwrap();
    }
    let work = tempfile::tempdir().unwrap();
    let recording = work.path().join("exercise.mcap");
    let mut simulate = Command::new(env!("CARGO_BIN_EXE_vigie"));
    simulate.arg("simulate").arg(ships.join("scenario.toml")).arg("--out").arg(&recording);
    assert!(simulate.output().unwrap().status.success());

    let (mut playback, mut recording) = (Playback::new(&configured(&folder)), opened(recording));
    std::fs::remove_file(folder.join("rest.mcap")).ok();
    let mut rest =
        Recorder::create(&folder.join("rest.mcap"), About { from_source: true, ..About::default() }).unwrap();
    let (mut began, mut saved) = (None, None);
    while let Some(piece) = recording.next_piece().unwrap() {
        let since_s = (piece.time - *began.get_or_insert(piece.time)).secs();
        if since_s < (minutes * 60) as f64 {
            playback.read(piece);
            playback.step().for_each(drop);
        } else if since_s < ((minutes + REST_MIN) * 60) as f64 {
            saved.get_or_insert_with(|| playback.save());
            rest.write(piece.topic, piece.time.0 as u64 * 1_000_000, piece.payload).unwrap();
        }
    }
    rest.finish().unwrap();
    let state = saved.expect("the exercise lasts so long");
    std::fs::write(folder.join("state.zst"), zstd::encode_all(state.as_slice(), 19).unwrap()).unwrap();
    let held = held(&playback);
    let events = events(&mut playback, opened(folder.join("rest.mcap")));
    let expected = json!({"held": held, "events": events});
    std::fs::write(folder.join("expected.json"), serde_json::to_string_pretty(&expected).unwrap()).unwrap();
}
