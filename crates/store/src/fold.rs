//! Text compared without regard to case, alike in every engine.

/// The text with each letter in its folded form: simple Unicode folding, one letter for one letter, so that `ß` stays
/// `ß` and the Greek final sigma is a sigma. No normalisation: `é` as one or as two characters are different texts.
pub fn fold(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

/// The folded form of one letter.
pub fn fold_char(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    if letter == 'ς' {
        return 'σ';
    }
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => letter,
    }
}

/// Whether `text` contains a needle that is folded already.
pub fn contains_folded(text: &str, folded_needle: &str) -> bool {
    fold(text).contains(folded_needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fold_one_to_one() {
        for (text, folded) in [
            ("Großer SAAL", "großer saal"),
            ("ΣΊΣΥΦΟΣ σίσυφος", "σίσυφοσ σίσυφοσ"),
            ("İ", "İ"),
            ("ÅÄÖ", "åäö"),
            ("日本", "日本"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }
}
