//! Reading packet captures (pcap, pcapng): each UDP datagram is a message on the topic `udp/<to address>/<to port>`.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use anyhow::bail;
use etherparse::{EtherType, NetSlice, SlicedPacket, TransportSlice};
use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};

use super::input::Bytes;
use super::messages::{Message, Messages};
use super::recorder::About;

/// A packet or block may be this long: four times what capture programs write at most.
const BLOCK_BYTES: usize = 1 << 20;
/// Addresses and ports with a topic of their own; datagrams to more are passed over.
const TOPICS: usize = 4096;
/// Interfaces of a pcapng section at most.
const INTERFACES: usize = 4096;
const SECOND_NS: i64 = 1_000_000_000;

/// Reads one file from its beginning.
pub(super) struct PcapLog {
    reader: Box<dyn PcapReaderIterator + Send>,
    failure: Failure,
    interfaces: Vec<Interface>,
    topics: Vec<String>,
    known: HashMap<(IpAddr, u16), usize>,
    newest_ns: Option<i64>,
    skipped: [u64; SKIPPED.len()],
    cut: Option<String>,
    done: bool,
}

/// Network interface that packets were captured at.
#[derive(Clone, Copy, Debug)]
struct Interface {
    link: Linktype,
    /// Units of time in a second.
    units: u64,
    offset_s: i64,
}

/// Why a packet is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    Fragment,
    NoUdp,
    NoTime,
    NoRoom,
}

const SKIPPED: [&str; 4] = [
    "fragments of datagrams, which are not put together",
    "packets that are not UDP, or cut",
    "packets before any time was told",
    "datagrams to more addresses than are followed",
];

impl PcapLog {
    /// Begins reading.
    ///
    /// # Errors
    /// When the file ends within its header.
    pub fn new(input: Bytes) -> anyhow::Result<PcapLog> {
        let failure = Failure::default();
        let whole = Whole { bytes: input, failure: Arc::clone(&failure) };
        let reader = match create_reader(BLOCK_BYTES, whole) {
            Ok(reader) => reader,
            Err(error) => bail!("has no whole header of a packet capture ({})", words(&error)),
        };
        Ok(PcapLog {
            reader,
            failure,
            interfaces: Vec::new(),
            topics: Vec::new(),
            known: HashMap::new(),
            newest_ns: None,
            skipped: [0; 4],
            cut: None,
            done: false,
        })
    }

    /// Reads the next block of the file into a message, if the block is a packet.
    fn next_block(&mut self, message: &mut Message) -> Option<Result<(), Skip>> {
        let had = self.reader.data().len();
        let (length, outcome) = match self.reader.next() {
            Ok((length, block)) => {
                let packet = packet(&block, &mut self.interfaces, self.newest_ns);
                let outcome = packet.map(|packet| {
                    let (time_ns, datagram) = packet?;
                    let topic = place(&mut self.topics, &mut self.known, datagram.to)?;
                    let newest = self.newest_ns.map_or(time_ns, |newest| newest.max(time_ns));
                    self.newest_ns = Some(newest);
                    (message.topic, message.log_time_ns) = (topic, newest);
                    message.payload.clear();
                    message.payload.extend_from_slice(datagram.payload);
                    Ok(())
                });
                (length, outcome)
            }
            Err(PcapError::Eof) => {
                self.done = true;
                return None;
            }
            Err(PcapError::Incomplete(_)) => {
                let refilled = self.reader.refill().is_ok();
                let grown = self.reader.data().len() > had;
                if !refilled || (!grown && !self.reader.reader_exhausted()) {
                    self.stop("is damaged (a block without an end); read up to there");
                }
                return None;
            }
            Err(PcapError::UnexpectedEof) => {
                self.stop("was cut short; read up to its last whole packet");
                return None;
            }
            Err(error) => {
                let why = format!("is damaged ({}); read up to there", words(&error));
                self.stop(&why);
                return None;
            }
        };
        self.reader.consume(length);
        outcome
    }

    fn stop(&mut self, why: &str) {
        self.done = true;
        self.cut = Some(why.to_owned());
    }
}

impl Messages for PcapLog {
    fn next(&mut self, message: &mut Message) -> anyhow::Result<bool> {
        while !self.done {
            match self.next_block(message) {
                Some(Ok(())) => return Ok(true),
                Some(Err(skip)) => self.skipped[skip as usize] += 1,
                None => {}
            }
        }
        match self.failure.lock().ok().and_then(|mut failure| failure.take()) {
            Some(error) if error.raw_os_error().is_some() => return Err(error.into()),
            Some(error) => self.stop(&format!("was cut short or is damaged ({error}); read up to there")),
            None => {}
        }
        Ok(false)
    }

    fn topics(&self) -> &[String] {
        &self.topics
    }

    fn about(&self) -> Option<&About> {
        None
    }

    fn notices(&self) -> Vec<String> {
        let skipped = self.skipped.iter().zip(SKIPPED).filter(|(count, _)| **count > 0);
        let skipped = skipped.map(|(count, what)| format!("skipped {count} {what}"));
        self.cut.iter().cloned().chain(skipped).collect()
    }
}

/// Reads until the buffer is full or the file ends, as a packed file does not by itself. An error ends the file, and
/// is kept: what was read before it is good.
struct Whole {
    bytes: Bytes,
    failure: Failure,
}

type Failure = Arc<Mutex<Option<io::Error>>>;

impl Read for Whole {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut had = 0;
        while had < into.len() {
            match self.bytes.read(&mut into[had..]) {
                Ok(0) => break,
                Ok(bytes) => had += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    if let Ok(mut failure) = self.failure.lock() {
                        *failure = Some(error);
                    }
                    break;
                }
            }
        }
        Ok(had)
    }
}

fn words(error: &PcapError<&[u8]>) -> &'static str {
    match error {
        PcapError::Eof | PcapError::UnexpectedEof | PcapError::Incomplete(_) => "it ends too early",
        PcapError::BufferTooSmall => "a block of over a MiB",
        _ => "no block begins where one should",
    }
}

/// A datagram.
struct Datagram<'a> {
    to: (IpAddr, u16),
    payload: &'a [u8],
}

/// Arrival in ns and datagram of a block that holds a packet; takes note of those that describe interfaces.
fn packet<'a>(
    block: &PcapBlockOwned<'a>,
    interfaces: &mut Vec<Interface>,
    newest_ns: Option<i64>,
) -> Option<Result<(i64, Datagram<'a>), Skip>> {
    let (interface, time_ns, data) = match block {
        PcapBlockOwned::LegacyHeader(header) => {
            let units = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
            interfaces.push(Interface { link: header.network, units, offset_s: 0 });
            return None;
        }
        PcapBlockOwned::Legacy(packet) => {
            let interface = *interfaces.first()?;
            let part = i64::from(packet.ts_usec) * (SECOND_NS / interface.units as i64);
            (interface, Some(i64::from(packet.ts_sec) * SECOND_NS + part), packet.data)
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            return None;
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(about)) => {
            if interfaces.len() < INTERFACES {
                // pcap-parser 0.17 takes type and offset for little-endian, always.
                let big = about.block_type != 1;
                let offset_s = if big { about.if_tsoffset.swap_bytes() } else { about.if_tsoffset };
                let units = units_of(about.if_tsresol);
                interfaces.push(Interface { link: about.linktype, units, offset_s });
            }
            return None;
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
            let Some(interface) = interfaces.get(packet.if_id as usize) else {
                return Some(Err(Skip::NoTime));
            };
            let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            let data = packet.data.get(..packet.caplen as usize).unwrap_or(packet.data);
            (*interface, moment_ns(units, *interface), data)
        }
        // It tells no time: that of the packet before it is near.
        PcapBlockOwned::NG(Block::SimplePacket(packet)) => (*interfaces.first()?, newest_ns, packet.data),
        PcapBlockOwned::NG(_) => return None,
    };
    Some(match time_ns {
        Some(time_ns) => datagram(interface.link, data).map(|datagram| (time_ns, datagram)),
        None => Err(Skip::NoTime),
    })
}

/// Units in a second, by `if_tsresol`: a negative power of 2 if the highest bit is set, else of 10; 0 where that is
/// too fine. (pcap-parser 0.17 knows no powers of 2.)
fn units_of(resolution: u8) -> u64 {
    let (base, power) = if resolution & 0x80 != 0 { (2_u64, resolution & 0x7f) } else { (10, resolution) };
    base.checked_pow(u32::from(power)).unwrap_or(0)
}

/// Units since 1970 to nanoseconds; `None` where that is no time.
fn moment_ns(units: u64, interface: Interface) -> Option<i64> {
    let since = u128::from(units) * SECOND_NS as u128 / u128::from(interface.units).max(1);
    let offset = interface.offset_s.checked_mul(SECOND_NS)?;
    i64::try_from(since).ok()?.checked_add(offset).filter(|_| interface.units > 0)
}

/// The UDP datagram in a packet. Checksums are the network's affair.
fn datagram(link: Linktype, data: &[u8]) -> Result<Datagram<'_>, Skip> {
    let sliced = match link {
        Linktype::ETHERNET => SlicedPacket::from_ethernet(data),
        Linktype::LINUX_SLL => SlicedPacket::from_linux_sll(data),
        Linktype::LINUX_SLL2 => {
            let (head, rest) = data.split_at_checked(20).ok_or(Skip::NoUdp)?;
            SlicedPacket::from_ether_type(EtherType(u16::from_be_bytes([head[0], head[1]])), rest)
        }
        Linktype::NULL | Linktype::LOOP => SlicedPacket::from_ip(data.get(4..).ok_or(Skip::NoUdp)?),
        // 12 and 14 are what systems call raw IP where files should say 101.
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 | Linktype(12 | 14) => SlicedPacket::from_ip(data),
        _ => return Err(Skip::NoUdp),
    };
    let packet = sliced.map_err(|_| Skip::NoUdp)?;
    if packet.is_ip_payload_fragmented() {
        return Err(Skip::Fragment);
    }
    let (Some(net), Some(TransportSlice::Udp(udp))) = (&packet.net, &packet.transport) else {
        return Err(Skip::NoUdp);
    };
    let to = match net {
        NetSlice::Ipv4(ip) => IpAddr::V4(Ipv4Addr::from(ip.header().destination())),
        NetSlice::Ipv6(ip) => IpAddr::V6(Ipv6Addr::from(ip.header().destination())),
        NetSlice::Arp(_) => return Err(Skip::NoUdp),
    };
    Ok(Datagram { to: (to, udp.destination_port()), payload: udp.payload() })
}

/// The place of a datagram's topic.
fn place(
    topics: &mut Vec<String>,
    known: &mut HashMap<(IpAddr, u16), usize>,
    to: (IpAddr, u16),
) -> Result<usize, Skip> {
    if let Some(&topic) = known.get(&to) {
        return Ok(topic);
    }
    if topics.len() >= TOPICS {
        return Err(Skip::NoRoom);
    }
    known.insert(to, topics.len());
    topics.push(format!("udp/{}/{}", to.0, to.1));
    Ok(topics.len() - 1)
}
