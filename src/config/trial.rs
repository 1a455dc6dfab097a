//! Limits of a rule as values to be tried: read by the grammar of rule files, and put into a rule.

use super::change::{Given, as_written};
use super::nearest::hint;
use super::rules;
use super::values::{Written, parse_limit, shown};
use crate::model::{Limit, LimitKind, LimitValue, Quantity, Rule};

/// Values of one limit at most.
const MOST: usize = 64;

/// Values at most where a console gives them.
const MOST_GIVEN: usize = 16;

/// A limit, and the values that are tried for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The limit.
    pub limit: Limit,
    /// Values in their order.
    pub values: Vec<LimitValue>,
}

/// Returns a limit of a rule by its name, and its value.
fn limit_of<'a>(rule: &'a Rule, name: &str) -> Result<&'a (Limit, LimitValue), String> {
    let limits = &rule.limits.0;
    limits.iter().find(|(limit, _)| limit.name == name).ok_or_else(|| {
        let hint = hint(name, limits.iter().map(|(limit, _)| limit.name));
        format!("pattern {} of rule \"{}\" has no limit \"{name}\"{hint}", rule.pattern, rule.name)
    })
}

impl Axis {
    /// Reads `max_speed=1..4/0.5 kn`, `max_speed=1,2,3 kn` or `origin=any,seaward` for a limit of a rule. A number without a unit has
    /// the unit that stands elsewhere in the text, or else that of the rule's own value.
    ///
    /// # Errors
    /// The sentence that says what is wrong and how to mend it.
    pub fn read(rule: &Rule, text: &str) -> Result<Axis, String> {
        let (name, values) = text
            .split_once('=')
            .ok_or_else(|| format!("\"{text}\" is no limit with values; write max_speed=1..4/0.5"))?;
        let (limit, own) = limit_of(rule, name.trim())?;
        let own = shown(limit, own);
        let unit = unit_in(values).or_else(|| unit_in(&own)).or_else(|| unit_in(limit.default));
        let written = match values.split_once("..") {
            Some((from, rest)) => range(limit, from, rest, unit)?,
            None => values.split(',').map(|value| with_unit(limit, value, unit)).collect(),
        };
        let mut read: Vec<LimitValue> = Vec::new();
        for value in &written {
            let value = parse_limit(limit, value)?;
            if !read.contains(&value) {
                read.push(value);
            }
        }
        Ok(Axis { limit: *limit, values: read })
    }

    /// Returns a limit of a rule with values as a change gives them. Values that the rule cannot have are left out: others of its
    /// limits stand against them.
    ///
    /// # Errors
    /// The pattern has no such limit, too many values are given, or fewer than two are left.
    pub fn given(rule: &Rule, name: &str, values: &[Given]) -> Result<Axis, String> {
        let limit = limit_of(rule, name)?.0;
        if values.len() > MOST_GIVEN {
            return Err(format!("{} values; {MOST_GIVEN} are tried at most", values.len()));
        }
        let mut axis = Axis { limit, values: Vec::new() };
        for value in values {
            let Ok(value) = parse_limit(&limit, &as_written(&limit, value)) else { continue };
            if !axis.values.contains(&value) && with_limits(rule, &[(limit.name, value.clone())]).is_ok() {
                axis.values.push(value);
            }
        }
        match axis.values.len() {
            0 | 1 => Err(format!("rule \"{}\" can have none of these values of {name}", rule.name)),
            _ => Ok(axis),
        }
    }

    /// Returns a value as people read it.
    pub fn shown(&self, value: &LimitValue) -> String {
        shown(&self.limit, value)
    }
}

/// Returns a rule with other values of some limits.
///
/// # Errors
/// The values contradict each other.
pub fn with_limits(rule: &Rule, values: &[(&str, LimitValue)]) -> Result<Rule, String> {
    let mut rule = rule.clone();
    for (name, value) in values {
        let limits = rule.limits.0.iter_mut();
        limits.filter(|(limit, _)| limit.name == *name).for_each(|(_, own)| *own = value.clone());
    }
    if let Some((_, text)) = rules::disorders(&rule.limits).into_iter().next() {
        return Err(text);
    }
    rule.hash = rules::digest(&rule);
    Ok(rule)
}

/// Returns the rule of a name among some, or why there is none.
///
/// # Errors
/// No rule has the name: the nearest, or all that there are; or the rule is switched off.
pub fn rule_of<'a>(rules: &'a [Rule], off: &[String], name: &str) -> Result<&'a Rule, String> {
    if let Some(rule) = rules.iter().find(|rule| rule.name == name) {
        return Ok(rule);
    }
    if off.iter().any(|other| other == name) {
        return Err(format!("rule \"{name}\" is switched off: write enabled = true to try it"));
    }
    let hint = hint(name, rules.iter().map(|rule| rule.name.as_str()));
    Err(format!("no rule in force is called \"{name}\"{hint}"))
}

/// Returns the unit in a text: its last letters.
fn unit_in(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches(|c: char| c.is_ascii_digit());
    let is_unit = |c: char| c.is_alphabetic() || c == '°';
    let end = text.rfind(is_unit)?;
    let end = end + text[end..].chars().next().map_or(0, char::len_utf8);
    let start = text[..end]
        .rfind(|c| !is_unit(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    Some(&text[start..end])
}

/// Returns a value as a rule file would write it.
fn with_unit(limit: &Limit, text: &str, unit: Option<&str>) -> Written {
    let text = text.trim();
    match (limit.kind, text.parse::<f64>()) {
        (LimitKind::Share | LimitKind::Count | LimitKind::Factor, Ok(number)) => Written::Number(number),
        (LimitKind::SomeOf(_) | LimitKind::Codes, _) => {
            Written::List(text.split('+').map(|word| word.trim().to_owned()).collect())
        }
        (kind, Ok(_)) if kind.quantity().is_some() => {
            Written::Text(unit.map_or(text.to_owned(), |unit| format!("{text} {unit}")))
        }
        _ => Written::Text(text.to_owned()),
    }
}

/// Returns the values from one to another by a step.
fn range(limit: &Limit, from: &str, rest: &str, unit: Option<&str>) -> Result<Vec<Written>, String> {
    let name = limit.name;
    let mend = || format!("{name}: write FROM..TO/STEP, such as 1..4/0.5");
    let (to, step) = rest.split_once('/').ok_or_else(mend)?;
    let number = |text: &str| match (with_unit(limit, text, unit), limit.kind.quantity()) {
        (Written::Number(number), _) => Ok(number),
        (Written::Text(text), Some(quantity)) => quantity.read(&text).map_err(|error| error.to_string()),
        _ => Err(format!("{name} has words, not numbers; write them as {name}=one,other")),
    };
    let (from, to, step) = (number(from)?, number(to)?, number(step)?);
    if step.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) || to < from {
        return Err(mend());
    }
    let count = ((to - from) / step + 1e-9).floor() as usize + 1;
    if count > MOST {
        return Err(format!(
            "{name} would have {count} values; a sweep tries {MOST} at most: take a larger step"
        ));
    }
    let value = |i: usize| {
        let value = ((from + i as f64 * step) * 1e9).round() / 1e9;
        match limit.kind.quantity().map(Quantity::unit) {
            Some(unit) => Written::Text(format!("{value} {unit}")),
            None => Written::Number(value),
        }
    };
    Ok((0..count).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, load_from};

    fn rule() -> Rule {
        let main = "[node]\nname = 'a'\nstate = 'BRB'\n[rules]\nfiles = ['rules.toml']";
        let rules = "[[rule]]\nname = 'drift'\npattern = 'drifting'\n[rule.limits]\nmin_duration = '45 min'";
        let files = [("vigie.toml", main), ("rules.toml", rules)].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let (config, _) = load_from(&Source::Memory(files.into()), "vigie.toml").expect("right");
        config.setup.rules[0].clone()
    }

    fn values(text: &str) -> Result<Vec<String>, String> {
        let axis = Axis::read(&rule(), text)?;
        Ok(axis.values.iter().map(|value| axis.shown(value)).collect())
    }

    #[test]
    fn values_have_the_unit_that_stands_anywhere_or_the_rules_own() {
        let speeds = ["1 kn", "1.5 kn", "2 kn"].map(str::to_owned).to_vec();
        for text in [
            "max_speed=1..2/0.5",
            "max_speed=1..2/0.5 kn",
            "max_speed = 1 kn .. 2 kn / 0.5kn",
            "max_speed=1,1.5,2kn",
        ] {
            assert_eq!(values(text), Ok(speeds.clone()), "{text}");
        }
        assert_eq!(
            values("min_duration=30..60/15"),
            Ok(["30 min", "45 min", "1 h"].map(str::to_owned).to_vec())
        );
        assert_eq!(values("min_duration=1..2/1 h"), Ok(["1 h", "2 h"].map(str::to_owned).to_vec()));
        assert_eq!(values("share=0.5..0.7/0.1"), Ok(["0.5", "0.6", "0.7"].map(str::to_owned).to_vec()));
        assert_eq!(values("angle=20,40"), Ok(["20°", "40°"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_is_wrong_says_how_to_mend_it() {
        let wrong = |text: &str| values(text).expect_err(text);
        assert_eq!(
            wrong("max_sped=1..2/1"),
            "pattern drifting of rule \"drift\" has no limit \"max_sped\"; did you mean \"max_speed\"?"
        );
        assert!(wrong("max_speed=1..2").contains("FROM..TO/STEP"));
        assert!(wrong("max_speed=2..1/1").contains("FROM..TO/STEP"));
        assert!(wrong("max_speed=1..2/0").contains("FROM..TO/STEP"));
        assert!(wrong("max_speed=1..100/0.1").contains("at most"));
        assert!(wrong("max_speed=fast").contains("speed"));
        let low =
            with_limits(&rule(), &[("max_speed", LimitValue::Number(0.1))]).expect_err("under min_speed");
        assert!(low.contains("min_speed must be under max_speed"), "{low}");
        let other = with_limits(&rule(), &[("max_speed", LimitValue::Number(3.0))]).expect("right");
        assert_ne!(other.hash, rule().hash);
        let same = with_limits(&rule(), &[]).expect("right");
        assert_eq!(same.hash, rule().hash);
        let given = |values: &[f64]| {
            let values: Vec<Given> = values.iter().map(|n| Given::Number(*n)).collect();
            Axis::given(&rule(), "max_speed", &values).map(|axis| axis.values.len())
        };
        assert_eq!(given(&[-1.0, 0.1, 2.0, 3.0, 3.0]), Ok(2), "what the rule can have, each once");
        assert!(given(&[2.0]).is_err() && given(&[1.0; 17]).is_err());
        assert!(rule_of(&[rule()], &[], "drft").expect_err("none").contains("did you mean \"drift\""));
        assert!(rule_of(&[rule()], &["old".to_owned()], "old").expect_err("off").contains("switched off"));
    }
}
