//! Help with words: the nearest of those that were possible.

/// Longer words are not compared: nobody mistypes a page.
const LONGEST: usize = 64;

/// The candidate that somebody most likely meant: at most one letter in three is different.
pub fn nearest<'a>(found: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if found.is_empty() || found.len() > LONGEST {
        return None;
    }
    let found = found.to_lowercase();
    let tolerance = (found.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (strsim::osa_distance(&found, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= tolerance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `One of a, b or c is wanted`.
pub(super) fn one_of(allowed: &[&str]) -> String {
    match allowed {
        [] => "No value is possible".to_owned(),
        [only] => format!("Only {only} is possible"),
        [first @ .., last] => format!("One of {} or {last} is wanted", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_word_is_offered() {
        let words = ["low", "medium", "high", "critical"];
        for (found, meant) in [
            ("hihg", Some("high")),
            ("HIGH", Some("high")),
            ("criticle", Some("critical")),
            ("lwo", Some("low")),
            ("urgent", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, words.into_iter()), meant, "{found:?}");
        }
    }
}
