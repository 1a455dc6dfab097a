//! Topics of a node and of its exercises, and which filter takes which topic.

/// First part of the ids of actions that were done at a node's own console; their stamp follows.
const OWN: &str = "own-";

/// Topics that a node publishes to and reads; an exercise has topics of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    node: String,
    exercise: Option<String>,
    /// Name of one of two nodes that share a node name.
    instance: Option<String>,
    /// Secret part of client names: another user of the broker who knew a name could take its session over.
    secret: Option<String>,
}

impl Topics {
    /// Returns the topics of a node, in an exercise or for real.
    pub fn new(node: &str, exercise: Option<&str>) -> Topics {
        Topics { node: node.to_owned(), exercise: exercise.map(str::to_owned), instance: None, secret: None }
    }

    /// Returns the same topics for one of two nodes that share a name, with client names of its own.
    pub fn as_instance(self, instance: &str) -> Topics {
        Topics { instance: Some(instance.to_owned()), ..self }
    }

    /// Returns the same topics, with client names that nobody can guess.
    pub fn with_secret(self, secret: String) -> Topics {
        Topics { secret: Some(secret), ..self }
    }

    /// Whether these topics are an exercise's.
    pub fn is_exercise(&self) -> bool {
        self.exercise.is_some()
    }

    /// The client identifier at the broker; `role` tells this node's connections apart.
    pub fn client_id(&self, role: &str) -> String {
        let mut id = format!("vigie-{}", self.node);
        let exercise = self.exercise.as_ref().map(|exercise| format!("exercise-{exercise}"));
        for part in [&self.instance, &exercise, &Some(role.to_owned()), &self.secret].into_iter().flatten() {
            id.push('-');
            id.push_str(part);
        }
        id
    }

    /// The topic or filter to subscribe to, for a topic or filter of the real thing.
    pub fn inbound(&self, topic: &str) -> String {
        match &self.exercise {
            Some(exercise) => format!("vigie/exercise/{exercise}/{topic}"),
            None => topic.to_owned(),
        }
    }

    /// The topic of the real thing that a received one stands for; `None` where it is none of ours.
    pub fn outside<'a>(&self, topic: &'a str) -> Option<&'a str> {
        match &self.exercise {
            Some(exercise) => {
                topic.strip_prefix("vigie/exercise/")?.strip_prefix(exercise.as_str())?.strip_prefix('/')
            }
            None => Some(topic),
        }
    }

    /// The filter of officers' actions, as of the real thing.
    pub fn actions(&self) -> String {
        format!("vigie/{}/actions/+", self.node)
    }

    /// The topic of an action, as of the real thing.
    pub fn action(&self, id: &str) -> String {
        format!("vigie/{}/actions/{id}", self.node)
    }

    /// The id of an action that was done at this node's own console and has this stamp.
    pub fn own_id(arrival_ns: i64) -> String {
        format!("{OWN}{arrival_ns}")
    }

    /// The id of such an action, by its topic as of the real thing.
    pub fn own_action<'a>(&self, topic: &'a str) -> Option<&'a str> {
        let id = topic.strip_prefix("vigie/")?.strip_prefix(self.node.as_str())?.strip_prefix("/actions/")?;
        let stamp = id.strip_prefix(OWN)?;
        (!stamp.is_empty() && stamp.bytes().all(|digit| digit.is_ascii_digit())).then_some(id)
    }

    /// Returns the topic of this node's status.
    pub fn status(&self) -> String {
        format!("{}/status", self.base())
    }

    /// Returns the topic that names the active one of two nodes of one name.
    pub fn active(&self) -> String {
        format!("{}/active", self.base())
    }

    /// The topic on which the active node of two shares `what` with the standby.
    pub fn replica(&self, what: &str) -> String {
        format!("{}/replica/{what}", self.base())
    }

    /// The topic that `vigie check --send-test` publishes to: beside the alerts, so that nobody takes a test for one.
    pub fn test(&self) -> String {
        format!("{}/test", self.base())
    }

    /// The topic of an alert.
    pub fn alert(&self, pattern: &str, id: &str) -> String {
        format!("{}/alerts/{pattern}/{id}", self.base())
    }

    fn base(&self) -> String {
        match &self.exercise {
            Some(exercise) => format!("vigie/{}/exercise/{exercise}", self.node),
            None => format!("vigie/{}", self.node),
        }
    }
}

/// Whether a topic of the real thing is one of officers' actions, at any node.
pub fn is_action(topic: &str) -> bool {
    filter_takes("vigie/+/actions/+", topic)
}

/// Whether a topic filter takes a topic (MQTT 3.1.1, section 4.7).
pub fn filter_takes(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && !filter.starts_with('$') {
        return false;
    }
    let mut levels = topic.split('/');
    for wanted in filter.split('/') {
        match (wanted, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (wanted, Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        for (filter, topic, takes) in [
            ("a/b", "a/b", true),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+", "a/b/c", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("#", "a/b", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("vessels-v2/+/location", "vessels-v2/230/location", true),
            ("a/b", "a/b/", false),
        ] {
            assert_eq!(filter_takes(filter, topic), takes, "{filter} {topic}");
        }
    }

    #[test]
    fn an_exercise_has_its_own_topics() {
        let live = Topics::new("bb-ops", None);
        let play = Topics::new("bb-ops", Some("dawn"));
        assert_eq!(live.status(), "vigie/bb-ops/status");
        assert_eq!(play.alert("zone", "1"), "vigie/bb-ops/exercise/dawn/alerts/zone/1");
        assert_eq!(play.inbound("feeds/+/ais"), "vigie/exercise/dawn/feeds/+/ais");
        assert_eq!(play.outside("vigie/exercise/dawn/feeds/x/ais"), Some("feeds/x/ais"));
        assert_eq!(play.outside("vigie/exercise/dawnbreak/feeds/x/ais"), None);
        assert_eq!(play.outside("feeds/x/ais"), None, "an exercise reads nothing real");
        assert_ne!(live.client_id("in"), play.client_id("in"));
        assert_eq!(live.clone().with_secret("5eed".to_owned()).client_id("in"), "vigie-bb-ops-in-5eed");
    }

    #[test]
    fn own_actions_are_known_by_their_topic() {
        let topics = Topics::new("bb-ops", None);
        let topic = topics.action(&Topics::own_id(17));
        assert_eq!(topics.own_action(&topic), Some("own-17"));
        for other in ["vigie/bb-ops/actions/own-", "vigie/bb-ops/actions/own-x", "vigie/bb/actions/own-17"] {
            assert_eq!(topics.own_action(other), None, "{other}");
        }
    }
}
