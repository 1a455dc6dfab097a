//! Radars: what a feed's lines say is the same straight from a recording and sent again as an exercise.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use vigie::config::{Feed, load};
use vigie::feed::feeder::Feeder;
use vigie::feed::intake::Intake;
use vigie::feed::recording::{About, Grain, Options, Recorder, Recording};
use vigie::feed::speed::Speed;
use vigie::model::{Contact, Input, Time};
use vigie::wire::Arrival;

const T0: i64 = 1_767_268_800_000; // 2026-01-01T12:00:00Z
const TOPIC: &str = "feeds/coast/log";

const MAIN: &str = r#"
[node]
name = "test"
state = "BRB"
[[feed]]
name = "north"
topic = "feeds/north/+"
format = "nmea"
position = [-59.6, 13.3]
[feed.radar]
range_sigma = "60 m"
[[feed]]
name = "coast"
topic = "feeds/coast/+"
format = "nmea"
position = [-59.432, 13.164]
"#;

fn feeds() -> Vec<Feed> {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("vigie.toml");
    fs::write(&path, MAIN).expect("written");
    load(&path).expect("a configuration").0.feeds
}

fn sum(text: &str) -> u8 {
    text.bytes().fold(0, |sum, byte| sum ^ byte)
}

fn dollar(body: &str) -> String {
    format!("${body}*{:02X}", sum(body))
}

fn tag(fields: &str, line: &str) -> String {
    format!("\\{fields}*{:02X}\\{line}", sum(fields))
}

/// `hhmmss.ss` of so many milliseconds after noon.
fn utc(ms: i64) -> String {
    let s = ms / 1000;
    format!("{:02}{:02}{:02}.{:02}", 12 + s / 3600, s / 60 % 60, s % 60, ms % 1000 / 10)
}

/// Twenty minutes of a radar's bursts, with and without times of their own, among AIS and what a ship's network says.
fn lines(dated: bool) -> Vec<(i64, String)> {
    let vdm = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
    let mut lines = Vec::new();
    for turn in 0..400 {
        let at = turn * 3000;
        let mut say = |after: i64, line: String| lines.push((at + after, line));
        if dated {
            say(0, dollar(&format!("GPZDA,{},01,01,2026,00,00", utc(at))));
        }
        say(10, dollar("HEHDT,25.0,T"));
        say(20, dollar("GPGGA,115959,1300.00,N,05942.60,W,1,05,1.0,2,M,,M,,"));
        say(30, tag("s:HE0001", &dollar("HEHDT,25.5,T")));
        for target in 1..4 {
            let range = 3.0 + target as f64 + turn as f64 / 100.0;
            let from = if target == 2 { 'R' } else { 'T' };
            // One with its time, one a moment late, one without, one that tells local time.
            let time = [utc(at + 500), utc((at - 400).max(0)), String::new(), "081500.00".to_owned()];
            let time = &time[(turn as usize + target as usize) % 4];
            let body = format!(
                "RATTM,{target:02},{range:.2},{:.1},{from},12.0,200.0,T,,,N,,T,,{time},A",
                turn % 360
            );
            say(500 + target, if target == 3 { tag("s:north", &dollar(&body)) } else { dollar(&body) });
        }
        say(600, vdm.to_owned());
        let tll = dollar(&format!("RATLL,07,1314.000,N,05925.920,W,TGT7,{},T,", utc(at + 550)));
        say(650, tag(&format!("s:north,c:{}", (T0 + at) / 1000), &tll));
        say(700, dollar("RATTM,09,5.0,500.0,T,,,,,,N,,T"));
    }
    lines
}

/// Reads the inputs, straight from a recording.
fn read(paths: &[PathBuf], grain: Grain) -> Vec<Input> {
    let mut recording = Recording::open(paths, Options { grain, ..Options::default() }).expect("readable");
    let mut inputs = Vec::new();
    let mut intake = Intake::new(&feeds(), &mut inputs);
    while let Some(piece) = recording.next_piece().expect("readable") {
        intake.read(TOPIC, piece.payload, piece.arrival, piece.time, &mut inputs);
    }
    inputs
}

/// Reads the inputs of a recording that is sent as an exercise.
fn sent(paths: &[PathBuf]) -> Vec<Input> {
    let how = Options { grain: Grain::Line, ..Options::default() };
    let recording = Recording::open(paths, how).expect("readable");
    let mut feeder = Feeder::new(recording, &feeds(), Speed::Max);
    let mut inputs = Vec::new();
    let mut intake = Intake::new(&feeds(), &mut inputs);
    while let Some(message) = feeder.next_message().expect("readable") {
        intake.read(TOPIC, message.payload, Arrival::FromSource, message.time, &mut inputs);
    }
    inputs
}

fn contacts(inputs: &[Input]) -> Vec<&Contact> {
    let found = inputs.iter().filter_map(|input| match input {
        Input::Contact(contact) => Some(contact),
        _ => None,
    });
    found.collect()
}

#[track_caller]
fn same(straight: &[Input], sent: &[Input]) {
    let differs = straight.iter().zip(sent).position(|(a, b)| a != b);
    if let Some(at) = differs {
        panic!("input {at}: {:?}\nsent: {:?}", straight[at], sent[at]);
    }
    assert_eq!(straight.len(), sent.len());
}

#[test]
fn a_log_sent_as_an_exercise_says_the_same() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("coast.nmea");
    let text: Vec<String> = lines(true).into_iter().map(|(_, line)| line).collect();
    fs::write(&path, text.join("\r\n")).expect("written");
    let straight = read(std::slice::from_ref(&path), Grain::Block);
    let found = contacts(&straight);
    assert_eq!(found.len(), 4 * 400);
    let times: Vec<i64> = found[..4].iter().map(|contact| contact.time.0 - T0).collect();
    // A time before the log's first is its own; then none, and local time, which is not believed.
    assert_eq!(times, [0, 0, 0, 0]);
    assert!(found.iter().any(|contact| contact.time == Time(T0 + 3 * 3000 + 500)));
    same(&straight, &read(std::slice::from_ref(&path), Grain::Line));
    same(&straight, &sent(&[path]));
}

#[test]
fn a_recording_sent_as_an_exercise_says_the_same() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("live.mcap");
    let mut recorder = Recorder::create(&path, About::default()).expect("created");
    for (ms, line) in lines(false) {
        recorder.write(TOPIC, (T0 + ms) as u64 * 1_000_000, line.as_bytes()).expect("written");
    }
    recorder.finish().expect("finished");
    let straight = read(std::slice::from_ref(&path), Grain::Block);
    assert_eq!(contacts(&straight).len(), 4 * 400);
    same(&straight, &sent(&[path]));
}
