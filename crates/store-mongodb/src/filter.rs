//! Filters as MongoDB's query documents.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use model::schema::{Collection, Kind};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, Regex, doc};
use store::{Filter, StoreError, Value, fold, valid};

use crate::conditions;

/// MongoDB takes no longer expressions (`regex` of PCRE: 32,764 bytes).
const LONGEST_PATTERN: usize = 32_000;

/// The filter as a query document. It was checked by [`valid::filter`].
pub(crate) fn document(collection: &'static Collection, filter: &Filter) -> Result<Document, StoreError> {
    let compare = |name: &str, operator: &str, wanted: &Value| -> Result<Document, StoreError> {
        Ok(if fits(collection, name, wanted)? {
            doc! { name: { operator: value(wanted) } }
        } else {
            never()
        })
    };
    Ok(match filter {
        Filter::All(filters) => conditions::all(documents(collection, filters)?),
        Filter::Any(filters) => any(documents(collection, filters)?),
        Filter::Eq(name, Value::Null) | Filter::Exists(name, false) => doc! { *name: Bson::Null },
        Filter::Ne(name, Value::Null) | Filter::Exists(name, true) => doc! { *name: { "$ne": Bson::Null } },
        Filter::Eq(name, wanted) => {
            if fits(collection, name, wanted)? {
                doc! { *name: value(wanted) }
            } else {
                never()
            }
        }
        Filter::Ne(name, wanted) => {
            if fits(collection, name, wanted)? {
                doc! { *name: { "$ne": value(wanted) } }
            } else {
                Document::new()
            }
        }
        Filter::Lt(name, wanted) => compare(name, "$lt", wanted)?,
        Filter::Lte(name, wanted) => compare(name, "$lte", wanted)?,
        Filter::Gt(name, wanted) => compare(name, "$gt", wanted)?,
        Filter::Gte(name, wanted) => compare(name, "$gte", wanted)?,
        Filter::In(name, wanted) => {
            let mut values = Vec::with_capacity(wanted.len());
            for wanted in wanted {
                if *wanted == Value::Null || fits(collection, name, wanted)? {
                    values.push(value(wanted));
                }
            }
            doc! { *name: { "$in": values } }
        }
        Filter::Contains(names, needle) => {
            let pattern = pattern(needle)?;
            let of = |name: &&str| Bson::Document(doc! { *name: Bson::RegularExpression(pattern.clone()) });
            doc! { "$or": names.iter().map(of).collect::<Vec<_>>() }
        }
    })
}

/// What no document matches.
pub(crate) fn never() -> Document {
    doc! { "_id": { "$in": [] } }
}

fn documents(collection: &'static Collection, filters: &[Filter]) -> Result<Vec<Document>, StoreError> {
    filters.iter().map(|part| document(collection, part)).collect()
}

/// One of these.
fn any(mut parts: Vec<Document>) -> Document {
    match parts.len() {
        0 => never(),
        1 => parts.pop().unwrap_or_default(),
        _ => doc! { "$or": parts },
    }
}

fn fits(collection: &'static Collection, name: &str, value: &Value) -> Result<bool, StoreError> {
    let kind = match &valid::field(collection, name)?.kind {
        Kind::List(item, _) => item,
        kind => kind,
    };
    Ok(valid::fits(kind, value))
}

/// The value as it is stored.
pub(crate) fn value(value: &Value) -> Bson {
    match value {
        Value::Null => Bson::Null,
        Value::Bool(value) => Bson::Boolean(*value),
        Value::Int(value) => Bson::Int64(*value),
        Value::Float(value) => Bson::Double(*value),
        Value::Text(value) => Bson::String(value.clone()),
        Value::Id(value) => Bson::ObjectId(id(*value)),
        Value::Instant(value) => Bson::DateTime(DateTime::from_millis(value.as_millisecond())),
    }
}

/// The id as it is stored.
pub(crate) fn id(id: model::Id) -> ObjectId {
    ObjectId::from_bytes(id.bytes())
}

/// The expression that finds the needle as [`fold`] compares: for each letter all that fold to the same one. Not by
/// the server's own "without regard to case", which folds other letters.
fn pattern(needle: &str) -> Result<Regex, StoreError> {
    let mut pattern = String::new();
    for letter in fold::fold(needle).chars() {
        match spellings().get(&letter) {
            Some(all) => {
                pattern.push('[');
                all.iter().for_each(|letter| literal(&mut pattern, *letter));
                pattern.push(']');
            }
            None => literal(&mut pattern, letter),
        }
    }
    if pattern.len() > LONGEST_PATTERN {
        return Err(StoreError::Unsupported { reason: "the text to search for is too long".to_owned() });
    }
    let no_text = |_| StoreError::Unsupported { reason: "the text cannot be searched for".to_owned() };
    Ok(Regex {
        pattern: pattern.try_into().map_err(no_text)?,
        options: String::new().try_into().map_err(no_text)?,
    })
}

fn literal(pattern: &mut String, letter: char) {
    match letter {
        '\0' => pattern.push_str("\\x00"),
        '\n' => pattern.push_str("\\n"),
        '\r' => pattern.push_str("\\r"),
        letter if letter.is_ascii_punctuation() => {
            pattern.push('\\');
            pattern.push(letter);
        }
        letter => pattern.push(letter),
    }
}

/// For each folded letter that several letters fold to: all of them.
fn spellings() -> &'static BTreeMap<char, Vec<char>> {
    static SPELLINGS: OnceLock<BTreeMap<char, Vec<char>>> = OnceLock::new();
    SPELLINGS.get_or_init(|| {
        let mut spellings: BTreeMap<char, Vec<char>> = BTreeMap::new();
        for letter in '\0'..=char::MAX {
            let folded = fold::fold_char(letter);
            if folded != letter {
                spellings.entry(folded).or_insert_with(|| vec![folded]).push(letter);
            }
        }
        spellings.values_mut().for_each(|letters| letters.sort_unstable());
        spellings
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_letter_is_found_and_no_other() {
        let all = spellings();
        assert_eq!(all.get(&'k'), Some(&vec!['K', 'k', '\u{212a}']));
        assert_eq!(all.get(&'σ'), Some(&vec!['Σ', 'ς', 'σ']));
        assert_eq!(all.get(&'ß'), Some(&vec!['ß', 'ẞ']));
        for (folded, letters) in all {
            for letter in letters {
                assert_eq!(fold::fold(&letter.to_string()), folded.to_string());
            }
        }
    }
}
