//! Compression of a stream of events: a gzip stream (RFC 1952) that never ends, one block an event.
//!
//! A block refers to nothing before it, and ends on a byte (a *sync flush*, RFC 1951). So an event arrives at once, and one that many
//! subscribers get is compressed once.

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress};

/// Head of the stream: compressed by deflate, no time, no name, system unknown.
pub(super) const HEAD: Bytes = Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/// Room for what deflate adds to a block at the least, bytes.
const ROOM: usize = 64;

/// Returns a server-sent event as text. The data is JSON, which has no line breaks.
pub(super) fn event(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// Compresses a text to a block.
pub(super) fn block(text: &str) -> Bytes {
    let (mut compress, bytes) = (Compress::new(Compression::fast(), false), text.as_bytes());
    let mut out = Vec::with_capacity(bytes.len() / 3 + ROOM);
    loop {
        let done = usize::try_from(compress.total_in()).unwrap_or(bytes.len());
        // Into memory: it does not fail.
        if compress.compress_vec(&bytes[done..], &mut out, FlushCompress::Sync).is_err() {
            break;
        }
        let is_read = compress.total_in() == bytes.len() as u64;
        if is_read && out.len() < out.capacity() {
            break;
        }
        out.reserve(out.len() / 2 + ROOM);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn each_event_can_be_read_as_soon_as_its_block_is_there() {
        let long: String = (0..40_000).map(|n| format!("[{n},{}]", n * 7919 % 100_003)).collect();
        let events = [event("session", "{}"), event("picture", &long), event("alert", "{\"id\":\"é\"}")];
        let mut stream = HEAD.to_vec();
        for event in &events {
            stream.extend_from_slice(&block(event));
            let mut decoder = flate2::read::GzDecoder::new(stream.as_slice());
            let want: String = events.iter().take_while(|e| *e != event).chain([event]).cloned().collect();
            let mut got = vec![0; want.len()];
            decoder.read_exact(&mut got).expect("all of it is there");
            assert!(got == want.as_bytes());
        }
        assert!(stream.len() < long.len() / 2);
    }
}
