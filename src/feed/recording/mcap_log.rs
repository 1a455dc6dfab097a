//! Reading MCAP: messages in the order of the file, each chunk checked before the first message of it is used.

use std::collections::HashMap;
use std::io::ErrorKind;

use anyhow::anyhow;
use mcap::McapError;
use mcap::records::Record;
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
