//! Configuration: raw files in, a checked configuration or every error at once out.

use std::path::PathBuf;

use crate::engine::Setup;
use crate::model::Position;
use crate::wire::Format;

/// Everything checked; nothing in here can be wrong.
#[derive(Clone, Debug)]
pub struct Config {
    /// This node.
    pub node: Node,
    /// Required by `run`.
    pub broker: Option<Broker>,
    /// In the order of the file; a feed's place is its `FeedId`.
    pub feeds: Vec<Feed>,
    /// Where alerts go.
    pub alerts: Alerts,
    /// Zones, rules, lists and bounds for the engine.
    pub setup: Setup,
}

/// `[node]`
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Letters, digits, `-`.
    pub name: String,
    /// ISO 3166-1 alpha-3.
    pub state: String,
}

/// `[broker]`
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    /// Host name or address.
    pub host: String,
    /// TCP port; 1883 or 8883 where the URL has none.
    pub port: u16,
    /// `mqtts://`.
    pub tls: bool,
    /// User name.
    pub user: Option<String>,
    /// From `password_file`, else from the environment variable `VIGIE_BROKER_PASSWORD`.
    pub password: Option<Secret>,
    /// PEM file of the authority; the system's where absent.
    pub ca_file: Option<PathBuf>,
    /// PKCS #12 identity of the client.
    pub identity_file: Option<PathBuf>,
}

/// A secret that no log or error shows.
#[derive(Clone, PartialEq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// `[[feed]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Feed {
    /// Unique.
    pub name: String,
    /// MQTT topic filters.
    pub topics: Vec<String>,
    /// Station names (TAG `s:`, `,rSTATION`) whose reports are this feed's; its own name is always one.
    pub stations: Vec<String>,
    /// How payloads are written.
    pub format: Format,
    /// The sensor's site.
    pub position: Option<Position>,
}

/// `[alerts]`
#[derive(Clone, Debug, PartialEq)]
pub struct Alerts {
    /// The JSON-lines file that every event is synced to before it is published.
    pub file: PathBuf,
}

/// Stand-in until the reader of configurations is there.
pub fn load_or_shipped(_path: Option<&std::path::Path>) -> Result<(Config, Vec<String>), Vec<String>> {
    Err(vec!["no configuration can be read yet".to_owned()])
}

/// Stand-in likewise.
pub fn lines(problems: &[String]) -> String {
    problems.join("\n")
}
