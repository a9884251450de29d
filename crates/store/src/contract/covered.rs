//! Whether an index narrows a query: what a planner does with the declared indexes, without a planner.

use std::collections::BTreeSet;

use model::schema::{Collection, Key};

use crate::query::{Filter, Value};

/// What the conditions of a filter, all of which hold, say of a field.
#[derive(Default)]
struct Known {
    /// Compared with values, or asked whether it is missing: an index on it narrows the query.
    narrowed: BTreeSet<&'static str>,
    /// There in every match: then indexes that leave out documents without it may be used.
    present: BTreeSet<&'static str>,
}

/// Whether an index narrows what a query with this filter reads, or all of the collection is what it asks for.
pub fn is_covered(collection: &'static Collection, filter: &Filter) -> bool {
    let mut all = Vec::new();
    flatten(filter, &mut all);
    if all.is_empty() {
        return true;
    }
    is_narrowed(collection, &all)
}

fn is_narrowed(collection: &'static Collection, all: &[&Filter]) -> bool {
    let mut known = Known::default();
    all.iter().for_each(|part| known.add(part));
    if known.narrowed.contains("_id") || collection.indexes.iter().any(|index| serves(index, &known)) {
        return true;
    }
    // A choice is narrowed when every one of its branches is, with what else must hold.
    let choices = all.iter().filter_map(|part| match part {
        Filter::Any(choice) => Some((part, choice)),
        _ => None,
    });
    choices.into_iter().any(|(this, choice)| {
        choice.iter().all(|branch| {
            let mut with: Vec<&Filter> =
                all.iter().filter(|part| !std::ptr::eq(**part, *this)).copied().collect();
            flatten(branch, &mut with);
            is_narrowed(collection, &with)
        })
    })
}

/// An index serves by its first key, and only if what it leaves out cannot match.
fn serves(index: &model::schema::Index, known: &Known) -> bool {
    let Some(Key::Ascending(first) | Key::Descending(first)) = index.keys.first() else { return false };
    let leaves_out = index.only_with.or(index.sparse.then_some(*first));
    let only_those_in_it = leaves_out.is_some_and(|field| field == *first && known.present.contains(first));
    (known.narrowed.contains(first) || only_those_in_it)
        && leaves_out.is_none_or(|field| known.present.contains(field))
}

impl Known {
    fn add(&mut self, part: &Filter) {
        match part {
            Filter::Eq(field, Value::Null) | Filter::Exists(field, false) => {
                self.narrowed.insert(field);
            }
            Filter::In(field, values) if values.contains(&Value::Null) => {
                self.narrowed.insert(field);
            }
            Filter::Eq(field, _)
            | Filter::In(field, _)
            | Filter::Lt(field, _)
            | Filter::Lte(field, _)
            | Filter::Gt(field, _)
            | Filter::Gte(field, _) => {
                self.narrowed.insert(field);
                self.present.insert(field);
            }
            Filter::Ne(field, Value::Null) | Filter::Exists(field, true) => {
                self.present.insert(field);
            }
            Filter::Ne(..) | Filter::Contains(..) | Filter::All(_) | Filter::Any(_) => {}
        }
    }
}

/// The conditions of which every one must hold.
fn flatten<'a>(filter: &'a Filter, all: &mut Vec<&'a Filter>) {
    match filter {
        Filter::All(parts) => parts.iter().for_each(|part| flatten(part, all)),
        Filter::Any(parts) if parts.len() == 1 => parts.iter().for_each(|part| flatten(part, all)),
        part => all.push(part),
    }
}

#[cfg(test)]
mod tests {
    use model::collections::{CALENDARS, EVENTS};

    use super::*;

    #[test]
    fn an_index_narrows_by_its_first_key_and_has_all_that_can_match() {
        let id = || Value::Id(model::Id::from_bytes([1; 12]));
        let user = || Filter::Eq("user_id", id());
        let title = || Filter::Contains(&["title"], "gala".to_owned());
        let cases = [
            ("all of it", Filter::All(vec![]), true),
            ("by id", Filter::Eq("_id", id()), true),
            ("first key", user().and(title()), true),
            ("no key", Filter::Eq("show_as", "busy".into()), false),
            ("second key alone", Filter::Gt("start_time", Value::Int(1)), false),
            ("a text", title(), false),
            ("another value", Filter::Ne("category", "x".into()), false),
            ("missing, in an index that has all", Filter::Eq("recurrence_master_id", Value::Null), true),
            ("missing, in one that leaves it out", Filter::Eq("outlook_event_id", Value::Null), false),
            ("there, in one that leaves the others out", Filter::Exists("outlook_event_id", true), true),
            ("there, in one that has all", Filter::Exists("location", true), false),
            ("each branch", Filter::Any(vec![user(), Filter::Eq("_id", id())]), true),
            ("one branch of two", Filter::Any(vec![user(), title()]), false),
            (
                "beside branches",
                Filter::Any(vec![user(), title()]).and(Filter::Eq("calendar_id", id())),
                true,
            ),
        ];
        for (name, filter, expected) in cases {
            assert_eq!(is_covered(&EVENTS, &filter), expected, "{name}");
        }
        assert!(is_covered(&CALENDARS, &Filter::Exists("deletion_requested_at", true)));
        assert!(!is_covered(&CALENDARS, &Filter::Eq("name", "x".into())));
    }
}
