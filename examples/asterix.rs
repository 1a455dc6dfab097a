//! Prints every ASTERIX record of packet captures and of files of raw blocks, one line of JSON each: what
//! `tools/oracle/run-asterix` compares with another decoder.
//!
//! `cargo run --example asterix -- FILE`

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use serde_json::{Value, json};
use vigie::feed::recording::{Options, Recording};
use vigie::wire::asterix::{Blocks, Records, canonical};

fn main() -> anyhow::Result<()> {
    let path = PathBuf::from(std::env::args_os().nth(1).context("name a file")?);
    let mut out = BufWriter::new(io::stdout().lock());
    if path.extension().is_some_and(|extension| extension == "pcap") {
        let mut recording = Recording::open(&[path], Options::default())?;
        while let Some(piece) = recording.next_piece()? {
            print(piece.payload, &mut out)?;
        }
    } else {
        print(&std::fs::read(path)?, &mut out)?;
    }
    Ok(out.flush()?)
}

fn print(payload: &[u8], out: &mut impl Write) -> io::Result<()> {
    for block in Blocks::new(payload) {
        let block = match block {
            Ok(block) => block,
            Err(reason) => {
                writeln!(out, "{}", json!({"refused": reason.word()}))?;
                continue;
            }
        };
        let mut records = Records::new(block);
        loop {
            let had = records.rest().len();
            let Some(record) = records.next() else { break };
            let bytes = had - records.rest().len();
            let line = match record {
                Ok(target) => {
                    let fields: Value = serde_json::from_str(&canonical(&target))?;
                    json!({"bytes": bytes, "fields": fields})
                }
                Err(reason) => json!({"category": block.category, "refused": reason.word()}),
            };
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}
