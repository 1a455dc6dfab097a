//! Packet captures as recordings: every way to write one down gives the same datagrams at the same times.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;
use vigie::config;
use vigie::feed::feeder::Feeder;
use vigie::feed::intake::Intake;
use vigie::feed::recording::{Grain, Options, Recording};
use vigie::feed::speed::Speed;
use vigie::model::{Input, Position, Time};
use vigie::wire::{Arrival, Format};

const SECONDS: u32 = 1_767_240_000;
const LINE: &str = "!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24\r\n";
/// CAT062: source 25/100, 04:00:00, 13.1° N 59.5° W, track 7, confirmed.
const TRACK: &[u8] =
    &[62, 0, 21, 0x99, 0x0c, 25, 100, 0x1c, 0x20, 0, 0, 0x25, 0x43, 0x21, 0xff, 0x57, 0x60, 0xb6, 0, 7, 0];

fn udp(to_port: u16, payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len() as u16).to_be_bytes();
    [&[0x30, 0x39][..], &to_port.to_be_bytes(), &length, &[0, 0], payload].concat()
}

/// IPv4 to 239.1.2.3; `fragment` is the field of flags and offset.
fn ipv4(fragment: u16, payload: &[u8]) -> Vec<u8> {
    let length = (20 + payload.len() as u16).to_be_bytes();
    let head = [&[0x45, 0][..], &length, &[0, 1], &fragment.to_be_bytes(), &[16, 17, 0, 0]].concat();
    [&head[..], &[10, 0, 0, 1], &[239, 1, 2, 3], payload].concat()
}

fn ipv6(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    let to = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
    [&[0x60, 0, 0, 0][..], &length, &[17, 16], &[0; 16], &to, payload].concat()
}

fn ethernet(kind: &[u8], packet: &[u8]) -> Vec<u8> {
    [&[2; 12][..], kind, packet].concat()
}

/// Numbers as a file of one byte order has them.
#[derive(Clone, Copy)]
struct Order {
    big: bool,
}

impl Order {
    fn u16(self, value: u16) -> [u8; 2] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

/// A classic file of packets, a second and a half millisecond apart.
fn pcap(order: Order, nanos: bool, link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let magic = if nanos { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let version = [order.u16(2), order.u16(4)].concat();
    let mut file = [&order.u32(magic)[..], &version, &[0; 8], &order.u32(65_535), &order.u32(link)].concat();
    for (n, packet) in packets.iter().enumerate() {
        let part = if nanos { 500_000 } else { 500 } * n as u32;
        for number in [SECONDS + n as u32, part, packet.len() as u32, packet.len() as u32] {
            file.extend(order.u32(number));
        }
        file.extend(packet);
    }
    file
}

fn pcapng_block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().div_ceil(4) * 4;
    let length = order.u32(padded as u32 + 12);
    [&order.u32(kind)[..], &length, body, &vec![0; padded - body.len()], &length].concat()
}

/// The same as pcapng, times in units of 1/1024 s since an hour before; the last packet in a simple block.
fn pcapng(order: Order, link: u16, packets: &[Vec<u8>]) -> Vec<u8> {
    let section = [&order.u32(0x1a2b_3c4d)[..], &order.u16(1), &order.u16(0), &[0xff; 8]].concat();
    let mut file = pcapng_block(order, 0x0a0d_0d0a, &section);
    let resolution = [&order.u16(9)[..], &order.u16(1), &[0x8a, 0, 0, 0]].concat();
    let hour = if order.big { 3600_u64.to_be_bytes() } else { 3600_u64.to_le_bytes() };
    let offset = [&order.u16(14)[..], &order.u16(8), &hour, &[0; 4]].concat();
    let about = [&order.u16(link)[..], &[0, 0], &order.u32(0), &resolution, &offset].concat();
    file.extend(pcapng_block(order, 1, &about));
    for (n, packet) in packets.iter().enumerate() {
        let length = order.u32(packet.len() as u32);
        if n + 1 == packets.len() {
            file.extend(pcapng_block(order, 3, &[&length[..], packet].concat()));
            continue;
        }
        let units = u64::from(SECONDS - 3600 + n as u32) * 1024;
        let time = [order.u32((units >> 32) as u32), order.u32(units as u32)].concat();
        let head = [&order.u32(0)[..], &time, &length, &length].concat();
        file.extend(pcapng_block(order, 6, &[&head[..], packet].concat()));
    }
    file
}

struct Read {
    pieces: Vec<(String, Vec<u8>, Time)>,
    notices: Vec<String>,
}

fn read(paths: &[PathBuf]) -> anyhow::Result<Read> {
    let mut recording = Recording::open(paths, Options::default())?;
    let mut read = Read { pieces: Vec::new(), notices: Vec::new() };
    while let Some(piece) = recording.next_piece()? {
        assert_eq!((piece.arrival, piece.is_log), (Arrival::Stamped(piece.time), false));
        read.pieces.push((piece.topic.to_owned(), piece.payload.to_vec(), piece.time));
    }
    read.notices = recording.notices();
    assert_eq!(recording.bytes_read(), recording.size(), "progress reaches its end");
    Ok(read)
}

fn put(dir: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, content).expect("written");
    path
}

const ORDERS: [Order; 2] = [Order { big: false }, Order { big: true }];

#[test]
fn every_way_to_write_it_down() {
    let dir = TempDir::new().expect("a folder");
    let inner = ipv4(0, &udp(10_110, LINE.as_bytes()));
    let cooked = [&[0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0][..], &[8, 0], &inner].concat();
    let cooked_2 = [&[8, 0][..], &[0; 18], &inner].concat();
    let links: [(u32, Vec<u8>); 6] = [
        (1, ethernet(&[8, 0], &inner)),
        (1, ethernet(&[0x81, 0, 0, 5, 8, 0], &inner)),
        (113, cooked),
        (276, cooked_2),
        (101, inner.clone()),
        (0, [&[2, 0, 0, 0][..], &inner].concat()),
    ];
    for (link, packet) in links {
        let packets = vec![packet; 3];
        for order in ORDERS {
            let mut files = vec![pcapng(order, link as u16, &packets)];
            files.extend([false, true].map(|nanos| pcap(order, nanos, link, &packets)));
            for (n, file) in files.iter().enumerate() {
                let read = read(&[put(&dir, "x.bin", file)]).expect("readable");
                assert_eq!(read.notices, Vec::<String>::new());
                let first = Time::from_secs(i64::from(SECONDS));
                let topics: Vec<_> = read.pieces.iter().map(|(topic, ..)| topic.as_str()).collect();
                assert_eq!(topics, ["udp/239.1.2.3/10110"; 3], "{link} {n}");
                assert!(read.pieces.iter().all(|(_, payload, _)| payload == LINE.as_bytes()));
                let times: Vec<_> = read.pieces.iter().map(|(.., time)| time.0 - first.0).collect();
                assert_eq!(times, if n == 0 { [0, 1000, 1000] } else { [0, 1000, 2001] }, "{link} {n}");
            }
        }
    }
}

#[test]
fn what_is_no_datagram_is_counted() {
    let dir = TempDir::new().expect("a folder");
    let whole = ethernet(&[8, 0], &ipv4(0, &udp(1, b"first")));
    let packets = [
        whole.clone(),
        ethernet(&[8, 0], &ipv4(0x2000, &udp(1, b"the first part"))),
        ethernet(&[8, 0], &ipv4(0x0010, b"a later part")),
        ethernet(&[8, 6], &[0; 28]),
        ethernet(&[0x86, 0xdd], &ipv6(&udp(2, b"second"))),
        whole[..30].to_vec(),
    ];
    let file = pcap(ORDERS[0], false, 1, &packets);
    let path = put(&dir, "x.pcap", &file);
    let shown = path.display();
    let read_whole = read(std::slice::from_ref(&path)).expect("readable");
    let said: Vec<_> =
        read_whole.pieces.iter().map(|(topic, payload, _)| (topic.as_str(), &payload[..])).collect();
    assert_eq!(said, [("udp/239.1.2.3/1", &b"first"[..]), ("udp/ff02::9/2", &b"second"[..])]);
    assert_eq!(
        read_whole.notices,
        [
            format!("{shown}: skipped 2 fragments of datagrams, which are not put together"),
            format!("{shown}: skipped 2 packets that are not UDP, or cut")
        ]
    );
    let cut = put(&dir, "cut.pcap", &file[..file.len() - 1]);
    let read_cut = read(std::slice::from_ref(&cut)).expect("readable");
    assert_eq!(read_cut.pieces.len(), 2);
    assert!(read_cut.notices[0].ends_with("was cut short; read up to its last whole packet"));
}

#[test]
fn packed_split_and_merged_by_time() {
    let dir = TempDir::new().expect("a folder");
    // Nothing to pack tightly, so that half a packed file is half of it.
    let noise = |n: u32| (0..1200).map(move |i| ((n * 1200 + i).wrapping_mul(2_654_435_761) >> 23) as u8);
    let packet = |n: u32| ethernet(&[8, 0], &ipv4(0, &udp(7, &noise(n).collect::<Vec<u8>>())));
    let packets: Vec<_> = (0..400).map(packet).collect();
    let file = pcap(ORDERS[0], false, 1, &packets);
    let whole = read(&[put(&dir, "whole.pcap", &file)]).expect("readable").pieces;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&file).expect("in memory");
    let packed = [packer.finish().expect("in memory"), zstd::encode_all(&file[..], 1).expect("in memory")];
    for (n, packed) in packed.iter().enumerate() {
        let path = put(&dir, "packed.bin", packed);
        assert_eq!(read(&[path]).expect("readable").pieces, whole, "{n}");
        let path = put(&dir, "packed-cut.bin", &packed[..packed.len() / 2]);
        let mut recording = Recording::open(&[path], Options::default()).expect("readable");
        let mut count = 0;
        while let Some(piece) = recording.next_piece().expect("readable") {
            assert_eq!(piece.payload, whole[count].1);
            count += 1;
        }
        assert!(count < whole.len());
        assert!(
            recording
                .notices()
                .iter()
                .any(|notice| notice.contains("cut short") || notice.contains("unpacked"))
        );
    }
    // Every other packet in either of two files.
    let records: Vec<&[u8]> = {
        let mut rest = &file[24..];
        let mut records = Vec::new();
        while !rest.is_empty() {
            let length = 16 + u32::from_le_bytes([rest[8], rest[9], rest[10], rest[11]]) as usize;
            records.push(&rest[..length]);
            rest = &rest[length..];
        }
        records
    };
    let halves = [0, 1].map(|half| {
        let taken: Vec<u8> =
            records.iter().skip(half).step_by(2).flat_map(|record| record.iter().copied()).collect();
        put(&dir, &format!("half-{half}.pcap"), [&file[..24], &taken].concat())
    });
    assert_eq!(read(&halves).expect("readable").pieces, whole);
}

fn feed(topic: &str, format: Format) -> config::Feed {
    config::Feed {
        position: Position::new(-59.5, 13.1),
        ..config::Feed::new("radar", vec![topic.to_owned()], format)
    }
}

/// All inputs that a capture gives to the engine.
fn inputs(path: &PathBuf, feeds: &[config::Feed]) -> Vec<Input> {
    let mut recording = Recording::open(std::slice::from_ref(path), Options::default()).expect("readable");
    let mut inputs = Vec::new();
    let mut intake = Intake::new(feeds, &mut inputs);
    while let Some(piece) = recording.next_piece().expect("readable") {
        intake.read(piece.topic, piece.payload, piece.arrival, piece.time, &mut inputs);
    }
    inputs
}

#[test]
fn feeds_claim_datagrams_and_what_nobody_claims_is_recognised() {
    let dir = TempDir::new().expect("a folder");
    let radar = ethernet(&[8, 0], &ipv4(0, &udp(8600, TRACK)));
    let ais = ethernet(&[8, 0], &ipv4(0, &udp(10_110, LINE.as_bytes())));
    let path = put(&dir, "x.pcap", pcap(ORDERS[0], false, 1, &[radar.clone(), ais, radar]));
    for feeds in [vec![], vec![feed("udp/+/8600", Format::Asterix)]] {
        let inputs = inputs(&path, &feeds);
        let names: Vec<_> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Feed(feed) => Some(feed.name.as_str()),
                _ => None,
            })
            .collect();
        let radar = if feeds.is_empty() { "udp/239.1.2.3/8600" } else { "radar" };
        assert_eq!(names, [radar, "udp/239.1.2.3/10110"]);
        let contacts: Vec<_> = inputs.iter().filter(|input| matches!(input, Input::Contact(_))).collect();
        let reports = inputs.iter().filter(|input| matches!(input, Input::Report(_))).count();
        assert_eq!((contacts.len(), reports), (2, 1));
        let Input::Contact(contact) = contacts[0] else { panic!() };
        assert_eq!((contact.number, contact.feed.0), (7, 0));
        assert_eq!(contact.time, Time::from_secs(i64::from(SECONDS)), "04:00:00");
    }
}

/// A capture that `replay --publish feeds` sends is read by `run --exercise` as the capture itself.
#[test]
fn an_exercise_reads_what_the_capture_says() {
    let dir = TempDir::new().expect("a folder");
    let radar = ethernet(&[8, 0], &ipv4(0, &udp(8600, TRACK)));
    let path = put(&dir, "x.pcap", pcap(ORDERS[0], false, 1, &vec![radar; 4]));
    let feeds = [feed("udp/+/8600", Format::Asterix)];
    let options = Options { grain: Grain::Line, ..Options::default() };
    let recording = Recording::open(std::slice::from_ref(&path), options).expect("readable");
    let mut feeder = Feeder::new(recording, &feeds, Speed::Max);
    let mut published = Vec::new();
    let mut intake = Intake::new(&feeds, &mut published);
    while let Some(sent) = feeder.next_message().expect("readable") {
        intake.read(sent.topic, sent.payload, Arrival::FromSource, Time::NEVER, &mut published);
    }
    assert_eq!(published, inputs(&path, &feeds));
    assert_eq!(published.len(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Damage anywhere: an error in one line or an end, never a panic, and no more messages than bytes.
    #[test]
    fn damaged_captures(
        big in any::<bool>(),
        newer in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..8),
    ) {
        let packet = ethernet(&[8, 0], &ipv4(0, &udp(8600, TRACK)));
        let packets = [packet.clone(), ethernet(&[0x86, 0xdd], &ipv6(&udp(2, b"second"))), packet];
        let order = Order { big };
        let mut file = if newer { pcapng(order, 1, &packets) } else { pcap(order, false, 1, &packets) };
        for (at, octet, what) in changes {
            let at = 4 + at.index(file.len() - 4);
            match what {
                0 => file[at] = octet,
                1 => file[at] = 0xff,
                2 => file.truncate(at.max(8)),
                _ => file.insert(at, octet),
            }
            if file.len() <= 8 {
                break;
            }
        }
        let dir = TempDir::new().expect("a folder");
        let path = put(&dir, "x.pcap", &file);
        if let Ok(mut recording) = Recording::open(&[path], Options::default()) {
            let mut pieces = 0;
            while let Ok(Some(piece)) = recording.next_piece() {
                assert!(piece.payload.len() <= file.len());
                pieces += 1;
            }
            assert!(pieces <= file.len());
        }
    }
}
