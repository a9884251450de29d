//! What of one promise the next one breaks. Pure: two lists of facts in, the breaks out.

use super::facts::Facts;

/// Something a client could rely on and cannot any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Break {
    /// The name of the fact.
    pub(crate) fact: String,
    /// What became of it.
    pub(crate) what: String,
}

/// Every break between what was promised and what is true today.
pub(crate) fn breaks(promised: &Facts, today: &Facts) -> Vec<Break> {
    let lost = promised.iter().filter_map(|(name, before)| {
        let what = match today.get(name) {
            None => Some("is gone".to_owned()),
            Some(now) => worse(before, now),
        };
        what.map(|what| Break { fact: name.clone(), what })
    });
    let demanded =
        today.iter().filter(|(name, _)| !promised.contains_key(*name)).filter_map(|(name, now)| {
            // What nobody sends yet may only be asked of those who use what is new as well.
            let is_new_place = place(name).is_none_or(|place| !promised.contains_key(place));
            let what = "is new and required".to_owned();
            (is_required(now) && !is_new_place).then(|| Break { fact: name.clone(), what })
        });
    lost.chain(demanded).collect()
}

/// The facts that may break, from lines `name: reason`. The number of the first line that is none.
pub(crate) fn reasons(text: &str) -> Result<Vec<&str>, usize> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| match line.split_once(": ") {
            Some((name, reason)) if !reason.trim().is_empty() => Ok(name),
            _ => Err(number + 1),
        })
        .collect()
}

/// What a client may have relied on that this promise does not hold any more.
fn worse(before: &str, now: &str) -> Option<String> {
    if before == now || (before == "signed in" && now == "for anybody") {
        return None;
    }
    let (was, is) = (Promise::read(before), Promise::read(now));
    if was.kind != is.kind {
        return Some(format!("was `{}` and is `{}`", was.kind, is.kind));
    }
    if is.must == "required" && was.must != "required" {
        return Some("is required now".to_owned());
    }
    if was.must == "always" && is.must != "always" {
        return Some("was always there and may be absent now".to_owned());
    }
    let gone: Vec<&str> = was.words.iter().filter(|word| !is.words.contains(word)).copied().collect();
    if !is.words.is_empty() && was.words.is_empty() {
        return Some("took any word and takes only some now".to_owned());
    }
    (!gone.is_empty() && !is.words.is_empty()).then(|| format!("lost the words {}", gone.join(", ")))
}

struct Promise<'a> {
    kind: &'a str,
    must: &'a str,
    words: Vec<&'a str>,
}

impl<'a> Promise<'a> {
    fn read(text: &'a str) -> Self {
        let (head, words) = text.split_once("; ").unwrap_or((text, ""));
        let (kind, must) = head.split_once(", ").unwrap_or((head, ""));
        Self { kind, must, words: words.split_whitespace().collect() }
    }
}

fn is_required(promise: &str) -> bool {
    Promise::read(promise).must == "required"
}

/// Of a parameter or body the operation, of a field what it is a field of.
fn place(name: &str) -> Option<&str> {
    match name.rsplit_once(" .") {
        Some((body, field)) => match field.rsplit_once('.') {
            Some((parent, _)) => name.get(..body.len() + 2 + parent.trim_end_matches("[]").len()),
            None => Some(body),
        },
        None => name.match_indices(' ').nth(1).and_then(|(end, _)| name.get(..end)),
    }
}
