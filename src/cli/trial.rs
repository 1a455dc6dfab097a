//! Arguments that `compare`, `sweep` and `explain` share.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Failure;
use super::check::overview;
use super::replay::{time, window};
use crate::analysis::needs;
use crate::config::{Config, Overview};
use crate::feed::recording::{Cancel, Grain, Options};
use crate::feed::speed::Progress;
use crate::model::{Rule, Time};

/// Recordings, and the part of them that is read.
#[derive(Debug, clap::Args)]
pub struct Recordings {
    /// Recordings, or folders of recordings
    #[arg(required = true)]
    pub recording: Vec<PathBuf>,
    /// Skip messages before this time (RFC 3339)
    #[arg(long, value_parser = time, value_name = "T")]
    pub from: Option<Time>,
    /// Skip messages at this time or later
    #[arg(long, value_parser = time, value_name = "T")]
    pub until: Option<Time>,
}

impl Recordings {
    /// Returns how the recordings are read.
    pub fn options(&self) -> Result<Options, Failure> {
        let window = window(self.from, self.until).map_err(Failure::Usage)?;
        Ok(Options { window, grain: Grain::Block, ..Options::default() })
    }
}

/// Loads a configuration by its main file, or by the folder of that.
pub fn configuration_at(path: Option<&Path>) -> Result<Overview, Failure> {
    let file = path.map(|path| if path.is_dir() { path.join("vigie.toml") } else { path.to_owned() });
    overview(file.as_deref())
}

/// A bar on a terminal, once the size of the recordings is known.
#[derive(Default)]
pub struct Bar(Option<Progress>);

impl Bar {
    /// Shows how far a reading is.
    pub fn show(&mut self, bytes: u64, size: u64, time: Time) {
        self.0.get_or_insert_with(|| Progress::new(size, false)).at(bytes, time);
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.0.iter().for_each(Progress::end);
    }
}

/// Returns a sentence for each rule that can raise nothing over recordings, as [`needs::missing`] does, with a bar.
pub fn lacks(
    recordings: &[PathBuf],
    options: Options,
    sides: &[(&Config, &[&Rule])],
) -> anyhow::Result<Vec<String>> {
    let mut bar = Bar::default();
    let tell = |bytes, size, time| bar.show(bytes, size, time);
    let sentences = needs::missing(recordings, options, sides, &Cancel::default(), tell)?;
    bar.end();
    Ok(sentences)
}

/// Writes a report, and says where.
pub fn write_report(path: &Path, html: &str) -> Result<(), Failure> {
    let shown = path.display();
    std::fs::write(path, html).with_context(|| format!("{shown}: cannot write the report"))?;
    eprintln!("vigie: report in {shown}");
    Ok(())
}

/// Prints a result as JSON.
pub fn print_json(result: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(result).context("the result does not become JSON")?;
    super::check::print(&(text + "\n"))
}

/// Names a configuration as the command line does.
pub fn shown(config: &Path) -> String {
    config.display().to_string()
}
