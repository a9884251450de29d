//! Whether deletions may be followed unasked.
//!
//! A calendar that suddenly empties is more often a fault, a disconnected source or a slip of the hand than a wish.

/// What to do with the deletions of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Few enough: follow them.
    Follow,
    /// Too many: keep the events and ask. The reason is for a person.
    Hold(String),
}

/// Above this many deletions in one run, a person is asked.
pub const MOST_DELETIONS: usize = 10;
/// From this many deletions on, the share counts too.
const SHARE_COUNTS_FROM: usize = 3;

/// Judges the deletions of one run against the number of events that were linked before it.
pub fn judge(deletions: usize, linked_before: usize) -> Verdict {
    let many = deletions > MOST_DELETIONS;
    let large_share = deletions >= SHARE_COUNTS_FROM && deletions * 5 > linked_before;
    let everything = deletions > 1 && deletions >= linked_before;
    if many || large_share || everything {
        Verdict::Hold(format!(
            "{deletions} of {linked_before} events would be removed; confirm that they were really deleted in Outlook"
        ))
    } else {
        Verdict::Follow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_followed_and_many_are_held() {
        let cases = [
            (0, 0, true),
            (1, 1, true),
            (1, 3, true),
            (2, 2, false),
            (2, 5, true),
            (3, 10, false),
            (3, 15, true),
            (10, 100, true),
            (10, 49, false),
            (11, 10_000, false),
        ];
        for (deletions, linked, follow) in cases {
            assert_eq!(judge(deletions, linked) == Verdict::Follow, follow, "{deletions} of {linked}");
        }
    }
}
