//! A choice between branches of which no document is in two can be read branch by branch, each along its index, and
//! merged: SQLite by itself would read all of every branch and sort.

use model::schema::Collection;
use store::{Filter, Value, valid};

/// More branches are left to SQLite's own way.
const MOST: usize = 16;

/// The filter as branches of which each document matches at most one; usually one, itself. Every condition of a branch
/// must hold.
pub(crate) fn of<'a>(collection: &'static Collection, filter: &'a Filter) -> Vec<Vec<&'a Filter>> {
    split(collection, filter).unwrap_or_else(|| vec![vec![filter]])
}

fn split<'a>(collection: &'static Collection, filter: &'a Filter) -> Option<Vec<Vec<&'a Filter>>> {
    let Filter::All(parts) = filter else { return None };
    let (choice, place) = parts.iter().zip(0_usize..).find_map(|(part, place)| match part {
        Filter::Any(choice) if are_apart(collection, choice) => Some((choice, place)),
        _ => None,
    })?;
    let branch = |chosen: &'a Filter| {
        let mut all: Vec<&Filter> = parts.iter().collect();
        if let Some(part) = all.get_mut(place) {
            *part = chosen;
        }
        all
    };
    Some(choice.iter().map(branch).collect())
}

/// Whether there is a field to which each branch gives another value.
fn are_apart(collection: &'static Collection, choice: &[Filter]) -> bool {
    if !(2..=MOST).contains(&choice.len()) {
        return false;
    }
    let fixed: Vec<_> = choice.iter().map(fixed).collect();
    let differs = |field: &str| {
        let Ok(declared) = valid::field(collection, field) else { return false };
        let mut values = Vec::new();
        fixed.iter().all(|branch| {
            let Some((_, value)) = branch.iter().find(|(name, _)| *name == field) else { return false };
            // Values of a list exclude nothing, and numbers of two kinds may be equal.
            let is_new = valid::is_scalar(&declared.kind) && comparable(value) && !values.contains(value);
            values.push(*value);
            is_new
        })
    };
    fixed.first().is_some_and(|branch| branch.iter().any(|(field, _)| differs(field)))
}

/// The fields to which a branch gives one value.
fn fixed(branch: &Filter) -> Vec<(&'static str, &Value)> {
    match branch {
        Filter::Eq(field, value) => vec![(field, value)],
        Filter::All(parts) => parts.iter().flat_map(fixed).collect(),
        _ => Vec::new(),
    }
}

fn comparable(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Id(_))
}
