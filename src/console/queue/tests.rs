//! Tests of the queue.

use super::*;
use crate::model::{EndReason, Outcome};
use crate::sinks::event_json::{self, Stamp, tests::sample};

const AT: Time = Time::from_secs(1_767_243_609);

fn event(id: &str, seq: u32, phase: Phase) -> String {
    let stamp = Stamp { node: "n".into(), state: "BRB".into(), exercise: None, marks: Default::default() };
    let end_reason = (phase == Phase::Ended).then_some(EndReason::Moved);
    let attention = if id == "quiet" { Attention::Quiet } else { Attention::Interrupt };
    let event = crate::model::AlertEvent { id: id.to_owned(), seq, phase, end_reason, attention, ..sample() };
    let mut text = String::new();
    event_json::render(&event, &stamp, &mut text);
    text
}

fn act(queue: &mut Queue, secs: i64, by: &str, deed: Deed) -> Changed {
    let kind = ActionKind::Alert { alert: "a".to_owned(), deed };
    queue.action(&Action { time: AT + Span::from_secs(secs), by: by.to_owned(), centre: None, kind })
}

#[test]
fn an_alerts_life_in_the_queue() {
    let mut queue = Queue::after(998, Arc::default());
    assert!(
        matches!(queue.alert(&event("a", 1, Phase::Raised), AT, None), Changed::Row(row) if row.number == 999)
    );
    assert!(matches!(queue.alert(&event("a", 1, Phase::Raised), AT, None), Changed::Nothing), "told twice");
    queue.alert(&event("b", 1, Phase::Raised), AT, None);
    assert_eq!(queue.row("b").expect("there").number, 1, "three digits");
    act(&mut queue, 5, "Clarke", Deed::Acknowledge);
    act(&mut queue, 6, "Brathwaite", Deed::Acknowledge);
    assert_eq!(queue.row("a").expect("there").acknowledged.as_ref().expect("is").by, "Clarke");
    act(&mut queue, 7, "Clarke", Deed::Close { outcome: Outcome::Confirmed, text: None });
    queue.alert(&event("a", 2, Phase::Ended), AT, None);
    let row = queue.row("a").expect("there");
    assert!(row.closed.is_some() && row.ended && row.acknowledged.is_some());
    act(&mut queue, 8, "Clarke", Deed::Reopen);
    assert!(queue.row("a").expect("there").closed.is_none());
    let words: Vec<&str> = queue.log(AT).map(|line| line.text.as_str()).collect();
    assert_eq!((words[0], words[3]), ("reopened alert 999", "acknowledged alert 999"));
}

#[test]
fn of_two_claims_at_once_the_first_holds() {
    let mut queue = Queue::default();
    queue.alert(&event("a", 1, Phase::Raised), AT, None);
    let claim = |to: &str| Deed::Assign { to: to.to_owned(), text: None };
    act(&mut queue, 0, "Clarke", claim("Clarke"));
    assert!(matches!(act(&mut queue, 1, "Joseph", claim("Joseph")), Changed::Nothing));
    act(&mut queue, 2, "Clarke", claim("Joseph"));
    assert_eq!(queue.row("a").expect("there").assigned.as_ref().expect("is").to, "Joseph", "handed over");
    act(&mut queue, 60, "Pierre", claim("Pierre"));
    assert_eq!(queue.row("a").expect("there").assigned.as_ref().expect("is").to, "Pierre", "later");
}

#[test]
fn what_nobody_acknowledges_escalates_once() {
    let mut queue = Queue::default();
    queue.alert(&event("a", 1, Phase::Raised), AT, None);
    queue.alert(&event("b", 1, Phase::Raised), AT, None);
    queue.alert(&event("quiet", 1, Phase::Raised), AT, None);
    act(&mut queue, 1, "Clarke", Deed::Acknowledge);
    assert!(queue.escalate(AT + Span::from_secs(899)).is_empty());
    let told = queue.escalate(AT + Span::from_secs(900));
    assert_eq!(told.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["b"]);
    assert!(queue.escalate(AT + Span::from_secs(901)).is_empty());
}

#[test]
fn no_flood_pushes_out_what_is_open_and_not_acknowledged() {
    let mut queue = Queue::default();
    queue.alert(&event("a", 1, Phase::Raised), AT, None);
    queue.alert(&event("ended", 1, Phase::Ended), AT, None);
    queue.alert(&event("b", 1, Phase::Raised), AT, None);
    act(&mut queue, 5, "Clarke", Deed::Acknowledge);
    for n in 0..=ROWS {
        queue.alert(&event(&n.to_string(), 1, Phase::Raised), AT, None);
    }
    assert!(queue.row("ended").is_none(), "what is over goes first");
    assert!(queue.row("a").is_none(), "then what somebody has seen");
    assert!(queue.row("b").is_some() && queue.rows().count() == ROWS + 2);
}

#[test]
fn an_open_alert_has_its_number_alone() {
    let mut queue = Queue::default();
    queue.alert(&event("a", 1, Phase::Raised), AT, None);
    queue.alert(&event("again", 1, Phase::Ended), AT, None);
    for n in 2..NUMBERS {
        queue.alert(&event(&n.to_string(), 1, Phase::Ended), AT, None);
    }
    queue.alert(&event("next", 1, Phase::Raised), AT, None);
    assert_eq!(queue.row("next").expect("there").number, 1_001, "1 is taken");
    queue.alert(&event("after", 1, Phase::Raised), AT, None);
    assert_eq!(queue.row("after").expect("there").number, 2, "2 is free");
    queue.alert(&event("again", 2, Phase::Updated), AT, None);
    assert_eq!(queue.row("again").expect("there").number, 1_002, "it goes on, and 2 is another alert's");
}

#[test]
fn memory_is_bounded_and_what_is_over_goes_first() {
    let mut queue = Queue::default();
    queue.alert(&event("open", 1, Phase::Raised), AT, None);
    for n in 0..ROWS {
        queue.alert(&event(&n.to_string(), 1, Phase::Ended), AT, None);
    }
    assert!(queue.rows.len() == ROWS && queue.row("open").is_some() && queue.row("0").is_none());
    assert_eq!(queue.places.len(), ROWS);
}
