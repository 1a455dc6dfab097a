//! MQTT topic filters (MQTT 3.1.1, section 4.7): whether one is right, and whether two can match one topic.

/// Returns the fault of a topic filter, if it has one.
pub(super) fn fault(filter: &str) -> Option<String> {
    if filter.is_empty() {
        return Some("a topic filter cannot be empty".to_owned());
    }
    if filter.len() > 65_535 || filter.contains('\0') {
        return Some("a topic filter has at most 65535 bytes, none of them zero".to_owned());
    }
    if filter.starts_with("$share/") {
        return Some(format!(
            "\"{filter}\" is a shared subscription, by which others take part of the messages; write the filter without $share"
        ));
    }
    let levels: Vec<&str> = filter.split('/').collect();
    for (i, level) in levels.iter().enumerate() {
        if level.contains('#') && (*level != "#" || i + 1 != levels.len()) {
            return Some(format!("in \"{filter}\", # must be the whole last level, as in \"feeds/#\""));
        }
        if level.contains('+') && *level != "+" {
            return Some(format!("in \"{filter}\", + must be a whole level, as in \"feeds/+/ais\""));
        }
    }
    None
}

/// Whether some topic matches both of two right filters.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    // Topics that start with $ are matched by no filter that starts with a wildcard.
    let hidden = |one: &str, other: &str| one.starts_with('$') && other.starts_with(['#', '+']);
    if hidden(a, b) || hidden(b, a) {
        return false;
    }
    let (mut a, mut b) = (a.split('/'), b.split('/'));
    loop {
        match (a.next(), b.next()) {
            (None, None) | (Some("#"), _) | (_, Some("#")) => return true,
            (None, Some(_)) | (Some(_), None) => return false,
            (Some(x), Some(y)) if x == y || x == "+" || y == "+" => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_that_can_match_one_topic() {
        for (a, b, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/c", false),
            ("a/+", "a/c", true),
            ("a/+/c", "a/b/+", true),
            ("a/+/c", "a/b", false),
            ("a/#", "a", true), // # also matches the level above it
            ("a/#", "b/#", false),
            ("a/+/x", "a/b/y", false),
            ("#", "x/y/z", true),
            ("+/b", "a/+", true),
            ("#", "$SYS/broker", false),
            ("$SYS/#", "$SYS/+", true),
            ("a//b", "a/+/b", true),
        ] {
            assert_eq!(overlap(a, b), expected, "{a} {b}");
            assert_eq!(overlap(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn wrong_filters() {
        for wrong in ["", "a/#/b", "a/b#", "a+/b", "#a", "$share/g/a", "a\0"] {
            assert!(fault(wrong).is_some(), "{wrong:?}");
        }
        for right in ["#", "+", "a/+/b/#", "/a", "a/", "feeds/bb/ragged-point/ais"] {
            assert_eq!(fault(right), None, "{right}");
        }
    }

    proptest::proptest! {
        /// Against a matcher of topics, over short random filters and topics.
        #[test]
        fn overlap_is_no_less_than_matching(a in "[ab+](/[ab+]){0,2}(/#)?", b in "[ab+](/[ab+]){0,2}(/#)?") {
            let mut topics: Vec<String> = vec!["a".into(), "b".into(), "c".into()];
            for depth in 0..3 {
                for topic in topics.clone().iter().filter(|t| t.split('/').count() == depth + 1) {
                    for level in ["a", "b", "c"] {
                        topics.push(format!("{topic}/{level}"));
                    }
                }
            }
            let some = topics.iter().any(|topic| matches(&a, topic) && matches(&b, topic));
            assert_eq!(overlap(&a, &b), some, "{a} {b}");
        }
    }

    fn matches(filter: &str, topic: &str) -> bool {
        let (mut f, mut t) = (filter.split('/'), topic.split('/'));
        loop {
            match (f.next(), t.next()) {
                (Some("#"), _) | (None, None) => return true,
                (Some("+"), Some(_)) => {}
                (Some(x), Some(y)) if x == y => {}
                _ => return false,
            }
        }
    }
}
