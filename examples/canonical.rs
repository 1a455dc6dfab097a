//! Prints every AIS message of a text log with all its fields, one line of JSON each: what
//! `tools/oracle/run` compares with other decoders.
//!
//! `cargo run --example canonical -- FILE`

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use serde_json::json;
use vigie::wire::transcript::transcript;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("canonical: name a text log of NMEA lines");
        return ExitCode::from(2);
    };
    let printed = std::fs::read(&path).and_then(|text| print(&text));
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("canonical: {}: {error}", path.to_string_lossy());
            ExitCode::FAILURE
        }
    }
}

fn print(text: &[u8]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for entry in transcript(text) {
        let (fields, refused) = match &entry.fields {
            Ok(fields) => (serde_json::from_str(fields).unwrap_or_default(), None),
            Err(reason) => (serde_json::Value::Null, Some(reason.word())),
        };
        let armour = String::from_utf8_lossy(&entry.armour);
        let line = json!({"line": entry.line, "armour": armour, "fill_bits": entry.fill_bits,
            "own_ship": entry.own_ship, "fields": fields, "refused": refused});
        writeln!(out, "{line}")?;
    }
    out.flush()
}
