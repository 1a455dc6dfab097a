//! Keys by which a node believes what comes over MQTT on its own topics.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::feed::signatures::Signatures;
use crate::sharing::keys;
use crate::telemetry;

/// Returns the check of actions and lists: by the node's own key, which the other node of a pair shares, and by those of the centres.
///
/// # Errors
/// The node has a key file that cannot be read.
pub fn signatures(config: &Config, exercise: Option<&str>) -> anyhow::Result<Signatures> {
    let centres = config.centres.centres.iter();
    let known = centres.filter_map(|centre| Some((centre.name.clone(), centre.key?.0)));
    let mut keys_by_name: BTreeMap<_, _> = known.collect();
    if let Some(key) = keys::load_if_there(&config.sharing.key_file)? {
        keys_by_name.insert(config.node.name.clone(), key.public());
    }
    let is_required = config.broker.as_ref().is_some_and(|broker| broker.require_signed);
    if is_required && keys_by_name.is_empty() {
        let (event, mend) = (telemetry::ACTION_BAD, "`vigie keys new` makes the node's key");
        tracing::info!(event, mend, "no key is known: every action and list over MQTT is refused");
    }
    Ok(Signatures::new(&config.node.name, exercise, keys_by_name, is_required))
}
