//! The label of a document that leaves by hand: an export, a brief, a debrief.

use serde::Serialize;
use utoipa::ToSchema;

use super::event_json::Stamp;

/// Origin and marking of a document, and its exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Label {
    /// Name of the exercise; null for the real thing.
    #[schema(required)]
    pub exercise: Option<String>,
    /// Node that wrote the document.
    pub node: String,
    /// State or body of the node.
    pub state: String,
    /// Protective marking: the highest of what the document holds.
    pub marking: String,
    /// States, bodies, centres and communities to which the document may be released.
    pub releasable_to: Vec<String>,
}

impl Label {
    /// Returns the label of a node's document with a marking.
    pub fn new(stamp: &Stamp, (marking, releasable_to): (String, Vec<String>)) -> Label {
        Label {
            exercise: stamp.exercise.clone(),
            node: stamp.node.clone(),
            state: stamp.state.clone(),
            marking,
            releasable_to,
        }
    }

    /// Returns `EXERCISE name EXERCISE ` in an exercise, else nothing.
    pub fn exercise_words(&self) -> String {
        self.exercise.as_ref().map_or(String::new(), |name| format!("EXERCISE {name} EXERCISE "))
    }

    /// Returns the label as one line.
    pub fn line(&self) -> String {
        let to = self.releasable_to.join(" ");
        let to = if to.is_empty() { "nobody else" } else { &to };
        let (exercise, marking) = (self.exercise_words(), self.marking.to_uppercase());
        format!("{exercise}{marking}  FROM {} ({})  RELEASABLE TO {to}", self.node, self.state)
    }

    /// Returns the name of a file with the document: `EXERCISE-dawn_bb-ops_tracks_RESTRICTED.csv`.
    pub fn file_name(&self, what: &str, extension: &str) -> String {
        let plain = |text: &str| -> String {
            text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect()
        };
        let exercise =
            self.exercise.as_ref().map_or(String::new(), |name| format!("EXERCISE-{}_", plain(name)));
        let (node, marking) = (plain(&self.node), plain(&self.marking.to_uppercase()));
        format!("{exercise}{node}_{what}_{marking}.{extension}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_names_of_files() {
        let label = |exercise: Option<&str>| Label {
            exercise: exercise.map(str::to_owned),
            node: "bb-ops".to_owned(),
            state: "BRB".to_owned(),
            marking: "eyes only".to_owned(),
            releasable_to: vec!["BRB".to_owned(), "community:rss".to_owned()],
        };
        assert_eq!(label(None).line(), "EYES ONLY  FROM bb-ops (BRB)  RELEASABLE TO BRB community:rss");
        assert_eq!(label(None).file_name("tracks", "csv"), "bb-ops_tracks_EYES-ONLY.csv");
        let exercise = label(Some("da/wn"));
        assert!(exercise.line().starts_with("EXERCISE da/wn EXERCISE EYES ONLY  FROM"));
        assert_eq!(exercise.file_name("alerts", "kml"), "EXERCISE-da-wn_bb-ops_alerts_EYES-ONLY.kml");
    }
}
