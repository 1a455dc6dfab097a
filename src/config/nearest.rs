//! "Did you mean": the known word nearest to an unknown one.

/// The known word that few enough slips of the hand turn into `word`.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let slips = |other: &str| distance(&word.replace('_', "-"), &other.replace('_', "-"));
    let allowed = word.chars().count().div_ceil(3);
    known.into_iter().map(|k| (slips(k), k)).filter(|(slips, _)| *slips <= allowed).min().map(|(_, k)| k)
}

/// `; did you mean "x"?`, or else the known words, or nothing where there are none.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("; did you mean \"{near}\"?"),
        None => {
            let words: Vec<&str> = known.into_iter().collect();
            if words.is_empty() { String::new() } else { format!("; there are: {}", words.join(", ")) }
        }
    }
}

/// Levenshtein's distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let known = ["loitering", "rendezvous", "zone"];
        assert_eq!(nearest("loitring", known), Some("loitering"));
        assert_eq!(nearest("randezvous", known), Some("rendezvous"));
        assert_eq!(nearest("ZONE", known), Some("zone"));
        assert_eq!(nearest("smuggling", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
