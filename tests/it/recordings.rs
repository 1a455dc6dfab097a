//! Recordings on disk: whatever the packing, the cutting and the damage, the same lines in the same order.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use vigie::feed::recording::{About, Grain, Options, Recorder, Recording, Steady, Window};
use vigie::model::Time;
use vigie::wire::Arrival;

const T0: i64 = 1_767_240_000_000;

/// A sentence with a TAG block that tells `ms` after the beginning.
fn line(ms: i64, station: &str) -> String {
    let fields = format!("s:{station},c:{}", T0 + ms);
    let sum = fields.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("\\{fields}*{sum:02X}\\!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24\n")
}

fn log(times: impl IntoIterator<Item = i64>) -> String {
    times.into_iter().map(|ms| line(ms, "b1")).collect()
}

/// Half an hour, a line every 100 ms: several blocks.
fn long_log() -> String {
    log((0..18_000).map(|n| n * 100))
}

fn put(dir: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, content).expect("written");
    path
}

fn gzip(content: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content.as_bytes()).expect("in memory");
    packer.finish().expect("in memory")
}

fn zstd(content: &str) -> Vec<u8> {
    zstd::encode_all(content.as_bytes(), 1).expect("in memory")
}

struct Read {
    text: String,
    pieces: Vec<(String, Arrival, Time)>,
    notices: Vec<String>,
}

fn read_with(paths: &[PathBuf], options: Options) -> anyhow::Result<Read> {
    let mut recording = Recording::open(paths, options)?;
    let mut read = Read { text: String::new(), pieces: Vec::new(), notices: Vec::new() };
    while let Some(piece) = recording.next_piece()? {
        read.text.push_str(&String::from_utf8_lossy(piece.payload));
        read.pieces.push((piece.topic.to_owned(), piece.arrival, piece.time));
    }
    read.notices = recording.notices();
    Ok(read)
}

fn read(paths: &[PathBuf]) -> Read {
    read_with(paths, Options::default()).expect("readable")
}

fn by_line() -> Options {
    Options { grain: Grain::Line, ..Options::default() }
}

#[test]
fn packed_or_not_in_blocks_or_lines() {
    let dir = TempDir::new().expect("a folder");
    let content = long_log();
    for (name, bytes) in [
        ("a.nmea", content.clone().into_bytes()),
        ("b.nmea.gz", gzip(&content)),
        ("c.zst", zstd(&content)),
        ("two-members.gz", [gzip(&content[..80_000]), gzip(&content[80_000..])].concat()),
        ("misnamed.txt", gzip(&content)),
    ] {
        let path = put(&dir, name, bytes);
        let blocks = read(std::slice::from_ref(&path));
        assert!(blocks.text == content, "{name}");
        assert!(blocks.pieces.len() < 100, "{name}: {} pieces", blocks.pieces.len());
        let lines = read_with(&[path], by_line()).expect("readable");
        assert!(lines.text == content, "{name}");
        assert_eq!(lines.pieces.len(), 18_000, "{name}");
        assert!(lines.pieces.iter().enumerate().all(|(n, (_, arrival, time))| {
            *arrival == Arrival::FromSource && *time == Time(T0 + n as i64 * 100)
        }));
    }
}

#[test]
fn split_in_two_is_one() {
    let dir = TempDir::new().expect("a folder");
    let content = long_log();
    let lines: Vec<&str> = content.split_inclusive('\n').collect();
    for at in [1, 777, 9_000, 17_999] {
        let halves = [
            put(&dir, "halves-2.nmea", lines[at..].concat()),
            put(&dir, "halves-1.nmea.gz", gzip(&lines[..at].concat())),
        ];
        let whole = read(&halves);
        assert!(whole.text == content, "{at}");
        assert!(whole.pieces.iter().all(|(topic, ..)| topic == "halves"), "one log, split");
    }
    // Line by line to either file; and everything in one file, one half after the other, in the wrong order.
    let every = |n: usize| lines.iter().skip(n).step_by(2).copied().collect::<String>();
    let files = [put(&dir, "even.nmea", every(0)), put(&dir, "odd.nmea", every(1))];
    assert!(read(&files).text == content);
    assert!(read_with(&files, by_line()).expect("readable").text == content);
    let turned = [lines[9_000..].concat(), lines[..9_000].concat()].concat();
    let turned = [put(&dir, "turned.nmea", &turned), put(&dir, "turned.gz", gzip(&turned))];
    for path in turned {
        assert!(
            read(std::slice::from_ref(&path)).text == content,
            "a step back over ten minutes starts a part"
        );
        assert!(read_with(&[path], by_line()).expect("readable").text == content);
    }
}

#[test]
fn equal_times_go_by_file_name_then_line() {
    let dir = TempDir::new().expect("a folder");
    let b = put(&dir, "b.nmea", [line(0, "b1"), line(0, "b2"), line(9, "b3")].concat());
    let a = put(&dir, "a.nmea", [line(0, "a1"), line(9, "a2"), line(9, "a3")].concat());
    let want =
        [line(0, "a1"), line(0, "b1"), line(0, "b2"), line(9, "a2"), line(9, "a3"), line(9, "b3")].concat();
    assert_eq!(read(&[b, a]).text, want);
    assert_eq!(read(&[dir.path().to_owned()]).text, want, "a folder stands for its files");
}

#[test]
fn a_small_step_back_stays_in_its_place() {
    let dir = TempDir::new().expect("a folder");
    let content = log([0, 60_000, 1_000, 61_000]);
    let path = put(&dir, "late.nmea", &content);
    let lines = read_with(std::slice::from_ref(&path), by_line()).expect("readable");
    assert_eq!((&lines.text, &read(&[path]).text), (&content, &content));
    let arrivals: Vec<i64> = lines.pieces.iter().map(|(_, _, time)| time.0 - T0).collect();
    assert_eq!(arrivals, [0, 60_000, 60_000, 61_000], "arrival is the running maximum");
}

#[test]
fn a_cut_within_jitter_does_not_show() {
    let dir = TempDir::new().expect("a folder");
    // Every third line is heard two seconds late.
    let content = log((0..600).map(|n| n * 100 - if n % 3 == 0 { 2_000 } else { 0 }));
    let lines: Vec<&str> = content.split_inclusive('\n').collect();
    for at in 297..303 {
        for (first, second) in [("a.nmea", "b.nmea"), ("d.nmea", "c.nmea")] {
            let halves = [put(&dir, first, lines[..at].concat()), put(&dir, second, lines[at..].concat())];
            assert!(read(&halves).text == content, "{at} {first}");
            assert!(read_with(&halves, by_line()).expect("readable").text == content, "{at} {first}");
        }
    }
}

#[test]
fn cut_by_time() {
    let dir = TempDir::new().expect("a folder");
    let content = long_log();
    let turned = format!("{}{}", log((9_000..18_000).map(|n| n * 100)), log((0..9_000).map(|n| n * 100)));
    let from_to = |from: i64, to: i64| log((from..to).map(|n| n * 100));
    let at = |n: i64| Some(Time(T0 + n * 100));
    for (name, bytes) in
        [("a.nmea", content.clone().into_bytes()), ("b.gz", gzip(&content)), ("c.nmea", turned.into_bytes())]
    {
        let path = put(&dir, name, bytes);
        for (from, until, want) in [
            (at(5), at(17_000), from_to(5, 17_000)),
            (None, at(1), from_to(0, 1)),
            (at(17_999), None, from_to(17_999, 18_000)),
            (at(18_000), None, String::new()),
            (None, at(0), String::new()),
        ] {
            let window = Window { from, until };
            for grain in [Grain::Block, Grain::Line] {
                let options = Options { window, grain, steady: None };
                let read = read_with(std::slice::from_ref(&path), options).expect("readable");
                assert!(
                    read.text == want,
                    "{name} {window:?}: {} bytes, not {}",
                    read.text.len(),
                    want.len()
                );
            }
        }
    }
}

#[test]
fn line_ends_and_odd_files() {
    let dir = TempDir::new().expect("a folder");
    let crlf = log([0, 100]).replace('\n', "\r\n");
    assert_eq!(read(&[put(&dir, "crlf.nmea", &crlf)]).text, crlf);
    let unended = log([0, 100]).trim_end().to_owned();
    assert_eq!(read(&[put(&dir, "unended.nmea", &unended)]).text, unended);
    let empty = read(&[put(&dir, "empty.nmea", ""), put(&dir, "empty.gz", gzip(""))]);
    assert_eq!((empty.text.as_str(), empty.pieces.len()), ("", 0));
    let long = format!("{}{}\n{}", line(0, "b1"), "x".repeat(200_000), line(100, "b1"));
    let long = read(&[put(&dir, "long.nmea", long)]);
    assert_eq!(long.text, log([0, 100]));
    assert!(
        long.notices.iter().any(|notice| notice.contains("1 lines of over 1024 bytes skipped")),
        "{:?}",
        long.notices
    );
    let late_clock = format!("!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24\n{}", log([0]));
    let late_clock = put(&dir, "late-clock.nmea", &late_clock);
    let lines = read_with(&[late_clock], by_line()).expect("readable");
    assert_eq!(lines.pieces.len(), 2, "what comes before the first time is not lost");
    assert_eq!(lines.pieces[0].2, Time(T0));
}

#[test]
fn logs_whose_loggers_wrote_the_time_are_recordings() {
    let dir = TempDir::new().expect("a folder");
    let vdm = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
    let sbs = |second: u32| {
        format!("MSG,3,1,1,0BE123,1,2026/01/01,04:00:{second:02}.000,,,,1500,,,17.9,-76.8,,,0,0,0,0")
    };
    let snapshot = |second: i64| {
        let others = r#"{"hex":"0be124"},"#.repeat(200);
        format!(r#"{{"now":{}.0,"aircraft":[{others}{{"hex":"0be123","seen":0.1}}]}}"#, T0 / 1000 + second)
    };
    let secs = T0 / 1000;
    for (name, lines) in [
        ("iso", [0, 10].map(|n| format!("2026-01-01 04:00:{n:02} {vdm}"))),
        ("zone", [0, 10].map(|n| format!("[2026-01-01T00:00:{n:02}.000-04:00] {vdm}"))),
        ("epoch", [0, 10].map(|n| format!("{}.000 {vdm}", secs + n))),
        ("signalk", [0, 10].map(|n| format!("{};N;{vdm}", T0 + n * 1000))),
        ("opencpn", [0, 10].map(|n| format!("{},NMEA0183,AIVDM,TCP:10110,\"{vdm}\"", T0 + n * 1000))),
        ("sbs", [0, 10].map(|n| sbs(n as u32))),
        ("readsb", [0, 10].map(snapshot)),
    ] {
        let path =
            put(&dir, &format!("{name}.log"), format!("\u{feff}header, of a kind\n{}\n", lines.join("\n")));
        let read = read_with(&[path], by_line()).expect("readable");
        let times: Vec<Time> = read.pieces.iter().map(|(_, _, time)| *time).collect();
        assert_eq!(times.last(), Some(&Time(T0 + 10_000)), "{name}: {times:?}");
        assert_eq!(times.len(), 3, "{name}");
        assert!(read.pieces.iter().all(|(_, arrival, _)| *arrival == Arrival::FromSource), "{name}");
        let lacks_zone = read.notices.iter().any(|notice| notice.contains("read as UTC"));
        assert_eq!(lacks_zone, matches!(name, "iso" | "sbs"), "{name}: {:?}", read.notices);
    }
}

/// `03/10/2026` is a day of March or of October: the operator is told how it is read, and when the log begins by that.
#[test]
fn dates_that_do_not_tell_day_from_month_are_told() {
    let dir = TempDir::new().expect("a folder");
    let vdm = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24";
    for (name, line, begins) in [
        ("slash", format!("03/10/2026 12:00:00 {vdm}"), Some("2026-10-03T12:00:00Z")),
        ("after", format!("{vdm},03-10-2026 12:00:00"), Some("2026-10-03T12:00:00Z")),
        ("pm", format!("3/10/2026 12:00:00 PM {vdm}"), Some("2026-03-10T12:00:00Z")),
        ("dots", format!("03.10.2026 12:00:00 {vdm}"), None),
        ("plain", format!("25/10/2026 12:00:00 {vdm}"), None),
    ] {
        let read = read_with(&[put(&dir, &format!("{name}.log"), line)], by_line()).expect("readable");
        let told = read.notices.iter().find(|notice| notice.contains("which number is the day"));
        assert_eq!(told.is_some(), begins.is_some(), "{name}: {:?}", read.notices);
        assert!(told.is_none_or(|notice| begins.is_some_and(|at| notice.contains(at))), "{name}: {told:?}");
    }
}

#[test]
fn the_times_of_day_of_sentences_count_where_the_log_has_no_date() {
    let dir = TempDir::new().expect("a folder");
    let tll = |clock: &str| {
        let body = format!("RATLL,07,1306.000,N,05912.000,W,T7,{clock},T,");
        format!("${body}*{:02X}\n", body.bytes().fold(0, |sum, byte| sum ^ byte))
    };
    let log = ["235950.00", "235955.00", "000005.00"].map(tll).concat();
    let midnight = T0 - 4 * 3_600_000;
    let steady = Some(Steady { start: Time(midnight - 3_600_000), rate: 100.0 });
    let options = Options { steady, grain: Grain::Line, ..Options::default() };
    let read = read_with(&[put(&dir, "radar.log", log)], options).expect("readable");
    let times: Vec<i64> = read.pieces.iter().map(|(_, _, time)| time.0 - midnight).collect();
    assert_eq!(times, [-10_000, -5_000, 5_000]);
}

fn refusal(path: &Path) -> String {
    let error = Recording::open(&[path.to_owned()], Options::default()).err().expect("refused");
    let text = format!("{error:#}");
    assert!(text.starts_with(&path.display().to_string()) && !text.contains('\n'), "{text}");
    text
}

#[test]
fn what_is_refused_and_how_to_mend_it() {
    let dir = TempDir::new().expect("a folder");
    let garbage: Vec<u8> =
        (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x5f).collect();
    assert!(refusal(&put(&dir, "garbage.nmea", garbage)).contains("no recording"));
    assert!(refusal(&put(&dir, "words.txt", "some words\n# and more\n")).contains("no recording"));
    let utf16: Vec<u8> = "!AIVDM,1,1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for text in [[&b"\xff\xfe"[..], &utf16].concat(), utf16] {
        let said = refusal(&put(&dir, "utf16.log", text));
        assert!(said.contains("UTF-16") && said.contains("iconv"), "{said}");
    }
    assert!(refusal(&dir.path().join("absent.nmea")).contains("can't open"));
    assert!(refusal(&put(&dir, "x.pcap", b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00")).contains("packet capture"));
    let untimed = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24\n".repeat(5);
    let untimed = put(&dir, "untimed.nmea", untimed);
    let text = refusal(&untimed);
    assert!(text.contains("--start") && text.contains("--rate") && text.contains("5 sentences"), "{text}");

    let steady = Some(Steady { start: Time(T0), rate: 2.0 });
    let read = read_with(&[untimed], Options { steady, ..Options::default() }).expect("readable");
    let want: Vec<_> = (0..5).map(|n| Time(T0 + n * 500)).map(|at| (Arrival::Stamped(at), at)).collect();
    let got: Vec<_> = read.pieces.iter().map(|(_, arrival, time)| (*arrival, *time)).collect();
    assert_eq!(got, want);
}

#[test]
fn a_packed_log_cut_short_reads_to_there() {
    let dir = TempDir::new().expect("a folder");
    let content = long_log();
    for (name, packed) in [("a.gz", gzip(&content)), ("b.zst", zstd(&content))] {
        let path = put(&dir, name, &packed[..packed.len() * 2 / 3]);
        let read = read(&[path]);
        assert!(content.starts_with(&read.text) && read.text.ends_with('\n'), "{name}");
        assert!(read.text.len() > content.len() / 4, "{name}: {}", read.text.len());
        assert!(read.notices.iter().any(|notice| notice.contains("cut short")), "{name}: {:?}", read.notices);
    }
}

const SECOND: u64 = 1_000_000_000;

fn arrival(n: u64) -> u64 {
    T0 as u64 * 1_000_000 + n * SECOND / 10 + 7
}

/// A message each 100 ms of arrival on one of three topics.
fn record(path: &Path, about: About, count: u64) -> Recorder {
    let mut recorder = Recorder::create(path, about).expect("created");
    for n in 0..count {
        let topic = format!("feeds/{}", n % 3);
        recorder.write(&topic, arrival(n), line(n as i64, "b1").as_bytes()).expect("written");
    }
    recorder
}

#[test]
fn what_was_recorded_reads_back() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("a.mcap");
    record(&path, About::default(), 500).finish().expect("finished");
    let read = read_with(&[path], by_line()).expect("readable");
    assert_eq!(read.text, log(0..500));
    assert_eq!(read.notices, Vec::<String>::new());
    for (n, (topic, stamp, time)) in read.pieces.iter().enumerate() {
        let at = Time(T0 + n as i64 * 100);
        assert_eq!(
            (topic.as_str(), *stamp, *time),
            (["feeds/0", "feeds/1", "feeds/2"][n % 3], Arrival::Stamped(at), at)
        );
    }
}

#[test]
fn a_recording_cut_short_reads_to_its_last_whole_chunk() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("a.mcap");
    let mut recorder = record(&path, About::default(), 95);
    recorder.tick(arrival(95)).expect("nothing due");
    // As after kill -9: nothing that is still in the program's memory reaches the disk.
    std::mem::forget(recorder);
    let killed = fs::read(&path).expect("there");
    let read = read(std::slice::from_ref(&path));
    assert_eq!(read.text, log(0..90), "the chunk of a second that was open is lost, no more");
    assert_eq!(read.notices, [format!("{}: was cut short; read up to its last whole chunk", path.display())]);
    let mut lengths = Vec::new();
    for cut in (0..killed.len()).rev().step_by(97) {
        let path = put(&dir, "cut.mcap", &killed[..cut]);
        let read = match read_with(&[path], Options::default()) {
            Ok(read) => read,
            Err(error) => panic!("{cut}: {error:#}"),
        };
        assert!(log(0..90).starts_with(&read.text), "{cut}");
        assert_eq!(read.text.lines().count() % 10, 0, "{cut}: whole chunks");
        lengths.push(read.text.len());
    }
    lengths.dedup();
    assert!(lengths.len() > 5 && lengths.last() == Some(&0));
}

#[test]
fn what_an_exercise_recorded_says_so() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("exercise");
    let about = About { node: "bb-ops".to_owned(), exercise: Some("dawn".to_owned()), from_source: true };
    record(&path, about.clone(), 50).finish().expect("finished");
    let recording = Recording::open(std::slice::from_ref(&path), Options::default()).expect("readable");
    assert_eq!(recording.about(), Some(&about));
    assert!(read(&[path]).pieces.iter().all(|(_, arrival, _)| *arrival == Arrival::FromSource));
}

#[test]
fn a_folder_gets_a_file_an_hour_and_none_is_written_over() {
    let dir = TempDir::new().expect("a folder");
    for _ in 0..2 {
        let mut recorder = Recorder::create(dir.path(), About::default()).expect("created");
        for hour in 0..3 {
            recorder.write("a", arrival(hour * 36_000), b"x").expect("written");
        }
        recorder.finish().expect("finished");
    }
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 6);
    assert_eq!(names[0], "vigie-20260101T040000Z-1.mcap");
    assert_eq!(read(&[dir.path().to_owned()]).text, "x".repeat(6));
    let path = dir.path().join(&names[1]);
    let error = Recorder::create(&path, About::default()).err().expect("refused");
    assert!(format!("{error:#}").contains("exists already"), "{error:#}");
}

#[test]
fn a_disk_that_refuses_is_an_error_and_recording_goes_on_later() {
    let dir = TempDir::new().expect("a folder");
    let folder = dir.path().join("records");
    let mut recorder = Recorder::create(&folder, About::default()).expect("created");
    fs::remove_dir(&folder).expect("removed");
    assert!(recorder.write("a", arrival(0), b"1").is_err());
    fs::create_dir(&folder).expect("made again");
    assert!(recorder.write("a", arrival(1), b"2").is_err(), "it pauses");
    recorder.write("a", arrival(101), b"3").expect("ten seconds later");
    recorder.finish().expect("finished");
    assert_eq!(read(&[folder]).text, "3");
}
