//! Reading MCAP: messages in the order of the file, each chunk checked before the first message of it is used.

use std::collections::HashMap;
use std::io::ErrorKind;

use anyhow::anyhow;
use mcap::McapError;
use mcap::records::{Record, op};
use mcap::sans_io::linear_reader::{LinearReadEvent, LinearReader, LinearReaderOptions};

use super::input::Bytes;
use super::messages::{Message, Messages};
use super::recorder::About;

/// No record or chunk may be longer; a length that a broken file claims is not believed.
const RECORD_BYTES: usize = 256 << 20;

/// Reads one file from its beginning.
pub(super) struct McapLog {
    input: Bytes,
    reader: LinearReader,
    channels: HashMap<u16, usize>,
    topics: Vec<String>,
    newest_ns: i64,
    about: Option<About>,
    /// Why reading ended before the end of the file.
    cut: Option<String>,
    done: bool,
}

impl McapLog {
    /// Begins reading; `input` starts at the magic.
    pub fn new(input: Bytes) -> McapLog {
        let options = LinearReaderOptions::default()
            .with_skip_end_magic(true)
            .with_prevalidate_chunk_crcs(true)
            .with_record_length_limit(RECORD_BYTES);
        McapLog {
            input,
            reader: LinearReader::new_with_options(options),
            channels: HashMap::new(),
            topics: Vec::new(),
            newest_ns: i64::MIN,
            about: None,
            cut: None,
            done: false,
        }
    }

    fn stop(&mut self, error: &McapError) {
        self.done = true;
        self.cut = Some(match error {
            McapError::UnexpectedEof => "was cut short; read up to its last whole chunk".to_owned(),
            other => format!("is damaged ({other}); read up to there"),
        });
    }
}

/// The records that tell something here.
const USED: [u8; 4] = [op::CHANNEL, op::MESSAGE, op::METADATA, op::DATA_END];

/// Whether the texts of a record are as long as they claim: the library takes room for what is claimed, up to 4 GiB.
fn is_whole(opcode: u8, data: &[u8]) -> bool {
    let (before, texts) = match opcode {
        // Two numbers, then topic and encoding (MCAP specification, Channel).
        op::CHANNEL => (4, 2),
        // A name (Metadata).
        op::METADATA => (0, 1),
        _ => return true,
    };
    let mut rest = data.get(before..).unwrap_or_default();
    for _ in 0..texts {
        let Some((_, after)) = claimed(rest) else { return false };
        rest = after;
    }
    // Then pairs of texts, with the length of all of them.
    let Some((mut pairs, _)) = claimed(rest) else { return false };
    while !pairs.is_empty() {
        let Some((_, rest)) = claimed(pairs) else { return false };
        pairs = rest;
    }
    true
}

/// Splits data into what its 32-bit length covers, and the rest; `None` where there is less.
fn claimed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = data.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

impl Messages for McapLog {
    fn next(&mut self, message: &mut Message) -> anyhow::Result<bool> {
        while !self.done {
            match self.reader.next_event() {
                // A whole file has an index after its data.
                None => self.stop(&McapError::UnexpectedEof),
                Some(Ok(LinearReadEvent::ReadRequest(bytes))) => {
                    let read = loop {
                        match self.input.read(self.reader.insert(bytes)) {
                            Err(error) if error.kind() == ErrorKind::Interrupted => {}
                            other => break other?,
                        }
                    };
                    self.reader.notify_read(read);
                }
                Some(Ok(LinearReadEvent::Record { opcode, data })) => {
                    if !USED.contains(&opcode) {
                        continue;
                    }
                    if !is_whole(opcode, data) {
                        self.stop(&McapError::UnexpectedEof);
                        continue;
                    }
                    match mcap::parse_record(opcode, data) {
                        Ok(Record::Message { header, data }) => {
                            let Some(&topic) = self.channels.get(&header.channel_id) else { continue };
                            self.newest_ns = self.newest_ns.max(i64::try_from(header.log_time)?);
                            message.payload.clear();
                            message.payload.extend_from_slice(&data);
                            (message.topic, message.log_time_ns) = (topic, self.newest_ns);
                            return Ok(true);
                        }
                        Ok(Record::Channel(channel)) => {
                            let known = self.topics.iter().position(|topic| *topic == channel.topic);
                            let topic = known.unwrap_or(self.topics.len());
                            if known.is_none() {
                                self.topics.push(channel.topic);
                            }
                            self.channels.insert(channel.id, topic);
                        }
                        Ok(Record::Metadata(record)) => {
                            self.about = About::of_metadata(&record).or(self.about.take())
                        }
                        // What follows is the index.
                        Ok(Record::DataEnd(_)) => self.done = true,
                        Ok(_) => {}
                        Err(error) => self.stop(&error),
                    }
                }
                Some(Err(McapError::UnsupportedCompression(name))) => {
                    return Err(anyhow!(
                        "its chunks are compressed with {name}, which is not read; write them anew with zstd (`mcap compress`)"
                    ));
                }
                Some(Err(error)) => self.stop(&error),
            }
        }
        Ok(false)
    }

    fn topics(&self) -> &[String] {
        &self.topics
    }

    fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    fn notices(&self) -> Vec<String> {
        self.cut.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record's body: numbers, texts, and pairs of texts.
    fn body(before: &[u8], texts: &[&str], pairs: &[&str]) -> Vec<u8> {
        let text = |text: &&str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
        let pairs: Vec<u8> = pairs.iter().flat_map(text).collect();
        let texts: Vec<u8> = texts.iter().flat_map(text).collect();
        [before, &texts, &(pairs.len() as u32).to_le_bytes(), &pairs].concat()
    }

    #[test]
    fn what_a_record_claims_is_in_it() {
        let channel = body(&[1, 0, 0, 0], &["feeds/a", "nmea"], &["key", "value"]);
        let metadata = body(&[], &["vigie"], &["node", "bb-ops"]);
        assert!(is_whole(op::CHANNEL, &channel) && mcap::parse_record(op::CHANNEL, &channel).is_ok());
        assert!(is_whole(op::METADATA, &metadata) && mcap::parse_record(op::METADATA, &metadata).is_ok());
        for (opcode, whole) in [(op::CHANNEL, channel), (op::METADATA, metadata)] {
            for cut in 0..whole.len() {
                assert!(!is_whole(opcode, &whole[..cut]), "{opcode} cut to {cut}");
            }
            for at in 0..whole.len() - 3 {
                let mut hostile = whole.clone();
                hostile[at..at + 4].fill(0xff);
                // Where it passes, it is text that was changed, and not a length.
                if is_whole(opcode, &hostile) {
                    assert!(mcap::parse_record(opcode, &hostile).is_ok() || at >= 4, "{opcode} at {at}");
                }
            }
        }
    }
}
