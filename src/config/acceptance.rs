//! Values that each limit accepts: a table of every limit of every pattern, kept in `reference/acceptance.txt`.

use std::fmt::Write as _;
use std::path::Path;

use super::values::{Written, parse_limit};
use crate::model::{Limit, LimitKind};
use crate::patterns::ALL;

/// Values that are tried: a label and the value.
type Tried = Vec<(String, Written)>;

fn tried(limit: &Limit) -> Tried {
    let text = |text: &str| (format!("\"{text}\""), Written::Text(text.to_owned()));
    let number = |n: f64| (n.to_string(), Written::Number(n));
    let list = |words: &[&str]| {
        (format!("{words:?}"), Written::List(words.iter().map(|word| (*word).to_owned()).collect()))
    };
    let quantity = |units: &[&str]| {
        let mut tried = vec![text("none"), text("1"), number(1.0), number(0.0)];
        for unit in units {
            for n in ["0", "-1", "0.5", "1", "95", "185", "370", "5000", "10000000"] {
                tried.push(text(&format!("{n} {unit}")));
            }
        }
        tried
    };
    let mut tried = match limit.kind {
        LimitKind::Speed => quantity(&["kn", "knots"]),
        LimitKind::Metres | LimitKind::NauticalMiles => quantity(&["m", "km", "nm", "miles"]),
        LimitKind::Duration => quantity(&["s", "min", "h", "d", "minutes"]),
        LimitKind::Feet => quantity(&["ft", "feet"]),
        LimitKind::Angle | LimitKind::Bearing => quantity(&["°", "deg", "degrees"]),
        LimitKind::Share | LimitKind::Factor | LimitKind::Count => {
            let mut tried = vec![text("none"), text("1"), number(f64::NAN), number(f64::INFINITY)];
            tried.extend([0.0, -1.0, 0.5, 1.0, 1.5, 2.0, 80.0, 1e6, 1e7].map(number));
            tried
        }
        LimitKind::OneOf(words) | LimitKind::SomeOf(words) => {
            let mut tried = vec![text("none"), text("other"), number(1.0), list(words), list(&[])];
            tried.extend(words.iter().map(|word| text(word)));
            tried
        }
        LimitKind::Codes => {
            vec![text("none"), text("7500"), number(7500.0), list(&["7500"]), list(&["7800"]), list(&[])]
        }
    };
    tried.push(list(&["1"]));
    tried.push(("a table".to_owned(), Written::Other("table")));
    tried
}

#[test]
fn every_limit_accepts_what_it_did() {
    let mut table = String::new();
    for pattern in ALL {
        for limit in pattern.limits {
            let (right, wrong): (Tried, Tried) =
                tried(limit).into_iter().partition(|(_, written)| parse_limit(limit, written).is_ok());
            let labels =
                |tried: &Tried| tried.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>().join(" · ");
            let name = format!("{} {}", pattern.name, limit.name);
            writeln!(table, "{name}\n  takes   {}\n  refuses {}", labels(&right), labels(&wrong))
                .expect("text");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/reference/acceptance.txt");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept != table {
        std::fs::write(&path, &table).expect("written");
        panic!("limits accept other values than before: see what changed in {}", path.display());
    }
}
