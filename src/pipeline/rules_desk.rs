//! Requests to put other rules and zones into force: the console asks, and the loop of the watch, which owns the
//! configuration, answers.

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::config::change::{Change, ChangeError};
use crate::config::{Problem, lines};

/// Requests that may wait.
const WAITING: usize = 4;

/// What is to come into force.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// Changes of rules, and zones that are added or replaced.
    Changes(Vec<Change>, Option<Value>),
    /// The version before the one in force: the one that the officer was shown, where there was one.
    Before(Option<String>),
}

/// A request to put other rules and zones into force.
#[derive(Debug)]
pub struct RulesRequest {
    /// What is to come into force.
    pub wanted: Wanted,
    /// Name of the officer.
    pub who: String,
    /// Reason that the officer gives.
    pub why: String,
    /// Way of the answer.
    pub answer: oneshot::Sender<Result<PutInForce, RulesRefused>>,
}

/// A version that came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutInForce {
    /// The version.
    pub version: String,
    /// The version before.
    pub was: String,
    /// Differences, one line each.
    pub diff: Vec<String>,
}

/// Why rules do not come into force. Those from before stay.
#[derive(Debug, thiserror::Error)]
pub enum RulesRefused {
    /// A change does not fit, or a file cannot be written.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The configuration would be wrong.
    #[error("{}", lines(.0))]
    Wrong(Vec<Problem>),
    /// All of it is in force already.
    #[error("nothing would change: these values are in force already")]
    Nothing,
    /// No version is known from before.
    #[error("there is no version before this one that was not taken back")]
    NoneBefore,
    /// Another version would come into force than the officer was shown.
    #[error("version {0} would come into force now, not the one that was shown: look at it first")]
    Other(String),
    /// The files of the version before are not there any more.
    #[error("the files of version {version} cannot be read: {fault}")]
    Lost {
        /// The version.
        version: String,
        /// The fault.
        fault: String,
    },
    /// The watch ends.
    #[error("the watch is ending")]
    Ending,
}

/// The way of requests to the loop of the watch.
#[derive(Clone, Debug)]
pub struct RulesDesk(mpsc::Sender<RulesRequest>);

impl RulesDesk {
    /// Makes a desk, and the end at which the loop of the watch takes requests.
    pub fn open() -> (RulesDesk, mpsc::Receiver<RulesRequest>) {
        let (send, receive) = mpsc::channel(WAITING);
        (RulesDesk(send), receive)
    }

    /// Asks, and waits until the rules are in force.
    ///
    /// # Errors
    /// The rules do not come into force.
    pub async fn ask(&self, wanted: Wanted, who: String, why: String) -> Result<PutInForce, RulesRefused> {
        let (answer, answered) = oneshot::channel();
        let request = RulesRequest { wanted, who, why, answer };
        self.0.send(request).await.map_err(|_| RulesRefused::Ending)?;
        answered.await.unwrap_or(Err(RulesRefused::Ending))
    }
}
