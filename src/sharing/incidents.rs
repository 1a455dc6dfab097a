//! Incidents as a recipient may know them. An incident has the id of its first alert, and the policy may withhold that alert: the
//! recipient then gets another id, the same for all that it gets of the incident.

use uuid::Uuid;

use crate::model::AlertEvent;

/// Replaces the ids of alerts that the recipient does not know by names of their own, in what an event says of its incident.
///
/// # Errors
/// The error of `knows`.
pub fn conceal<E>(
    event: &mut AlertEvent,
    recipient: &str,
    knows: impl Fn(&str) -> Result<bool, E>,
) -> Result<(), E> {
    let own = event.id.clone();
    let shown = |id: String| -> Result<String, E> {
        if id == own || knows(&id)? { Ok(id) } else { Ok(name_for(&id, recipient)) }
    };
    event.incident = event.incident.take().map(&shown).transpose()?;
    event.joins = std::mem::take(&mut event.joins).into_iter().map(&shown).collect::<Result<_, E>>()?;
    Ok(())
}

/// Returns the name of an incident for one recipient, from which its id cannot be found.
fn name_for(incident: &str, recipient: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("vigie-incident/{recipient}/{incident}").as_bytes())
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::sinks::event_json::tests::sample;

    fn concealed(known: &[&str], recipient: &str) -> (Option<String>, Vec<String>) {
        let mut event = AlertEvent {
            id: "own".to_owned(),
            incident: Some("first".to_owned()),
            joins: vec!["second".to_owned(), "own".to_owned()],
            ..sample()
        };
        let knows = |id: &str| Ok::<_, Infallible>(known.contains(&id));
        conceal(&mut event, recipient, knows).expect("works");
        (event.incident, event.joins)
    }

    #[test]
    fn the_id_of_an_alert_that_the_recipient_does_not_know_is_replaced() {
        let all = (Some("first".to_owned()), vec!["second".to_owned(), "own".to_owned()]);
        assert_eq!(concealed(&["first", "second"], "jrcc"), all);
        let (incident, joins) = concealed(&["second"], "jrcc");
        assert_eq!(joins, ["second", "own"]);
        let name = incident.clone().expect("an incident");
        assert!(name != "first" && name.len() == 36, "{name}");
        assert_eq!(concealed(&[], "jrcc").0, incident, "the same in every event");
        assert_ne!(concealed(&[], "lc-ops").0, incident, "another for another centre");
        assert_ne!(concealed(&[], "jrcc").1[0], "second");
    }
}
