//! Orders and cursors: `_id` last, so that the order is total, and the page after a cursor as conditions that indexes
//! serve.

use model::schema::{Collection, Kind};
use mongodb::bson::RawDocument;
use mongodb::bson::raw::RawBsonRef;
use mongodb::bson::{Bson, Document, doc};
use store::{Cursor, Filter, Order, StoreError, Value, valid};

use crate::conditions::all;
use crate::filter::{id, value};

/// What to sort by. A field named again decides nothing more.
pub(crate) fn sort(keys: &[(&'static str, Order)]) -> Document {
    let mut sort = Document::new();
    for (name, order) in keys.iter().chain(&[("_id", Order::Ascending)]) {
        if !sort.contains_key(name) {
            sort.insert(*name, if *order == Order::Ascending { 1 } else { -1 });
        }
    }
    sort
}

/// The condition that a document comes after the cursor in this order.
pub(crate) fn after(
    collection: &'static Collection,
    keys: &[(&'static str, Order)],
    cursor: &Cursor,
) -> Result<Document, StoreError> {
    let mut ways: Vec<Document> = Vec::new();
    let mut same: Vec<Document> = Vec::new();
    for ((name, order), at) in keys.iter().zip(&cursor.values) {
        let is_required = valid::field(collection, name)?.required;
        let mut later = Vec::new();
        match (order, at) {
            (Order::Ascending, Value::Null) => later.push(doc! { *name: { "$ne": Bson::Null } }),
            (Order::Ascending, at) => later.push(doc! { *name: { "$gt": value(at) } }),
            (Order::Descending, Value::Null) => {}
            (Order::Descending, at) => {
                later.push(doc! { *name: { "$lt": value(at) } });
                if !is_required {
                    later.push(doc! { *name: Bson::Null });
                }
            }
        }
        for later in later {
            ways.push(all(same.iter().cloned().chain([later]).collect()));
        }
        same.push(doc! { *name: value(at) });
    }
    same.push(doc! { "_id": { "$gt": id(cursor.id) } });
    ways.push(all(same));
    Ok(match ways.len() {
        1 => ways.pop().unwrap_or_default(),
        _ => doc! { "$or": ways },
    })
}

/// More branches get no bound each.
const MOST_BRANCHES: usize = 16;

/// The filter, and that what comes after the cursor does not come before it by the first key: a bound that stands alone, at
/// which an index can begin. Each branch of a choice gets it, because each is read along an index of its own.
pub(crate) fn from(
    collection: &'static Collection,
    filter: &Filter,
    keys: &[(&'static str, Order)],
    cursor: &Cursor,
) -> Result<Filter, StoreError> {
    Ok(match bound(collection, keys, cursor)? {
        Some(bound) => with_bound(filter, &bound),
        None => filter.clone(),
    })
}

fn bound(
    collection: &'static Collection,
    keys: &[(&'static str, Order)],
    cursor: &Cursor,
) -> Result<Option<Filter>, StoreError> {
    let Some(((name, order), at)) = keys.iter().zip(&cursor.values).next() else { return Ok(None) };
    Ok(match (order, at) {
        (_, Value::Null) => None,
        // What is missing comes before everything.
        (Order::Ascending, at) => Some(Filter::Gte(name, at.clone())),
        (Order::Descending, at) if valid::field(collection, name)?.required => {
            Some(Filter::Lte(name, at.clone()))
        }
        (Order::Descending, _) => None,
    })
}

fn with_bound(filter: &Filter, bound: &Filter) -> Filter {
    let choice = |filter: &Filter| match filter {
        Filter::Any(branches) if (2..=MOST_BRANCHES).contains(&branches.len()) => {
            Some(Filter::Any(branches.iter().map(|branch| bounded(branch, bound)).collect()))
        }
        _ => None,
    };
    if let Some(choice) = choice(filter) {
        return choice;
    }
    if let Filter::All(parts) = filter
        && let Some((place, choice)) =
            parts.iter().zip(0_usize..).find_map(|(part, place)| Some((place, choice(part)?)))
    {
        let mut parts = parts.clone();
        parts.splice(place..=place, [choice]);
        return Filter::All(parts);
    }
    bounded(filter, bound)
}

/// All of these conditions and the bound; of two lower bounds of one instant the later is said alone.
fn bounded(conditions: &Filter, bound: &Filter) -> Filter {
    let mut all = match conditions {
        Filter::All(parts) => parts.clone(),
        part => vec![part.clone()],
    };
    for part in &mut all {
        if let (Filter::Gte(name, Value::Instant(own)), Filter::Gte(of, Value::Instant(at))) =
            (&mut *part, bound)
            && name == of
        {
            *own = (*own).max(*at);
            return Filter::All(all);
        }
    }
    all.push(bound.clone());
    Filter::All(all)
}

/// The port's value of a sorted field of a document.
pub(crate) fn sort_value(
    collection: &'static Collection,
    name: &str,
    document: &RawDocument,
) -> Result<Value, StoreError> {
    let kind = &valid::field(collection, name)?.kind;
    let malformed = || StoreError::Malformed {
        collection: collection.name,
        reason: format!("{name} is not as declared"),
    };
    let found = document.get(name).map_err(|_| malformed())?;
    Ok(match (found, kind) {
        (None | Some(RawBsonRef::Null), _) => Value::Null,
        (Some(RawBsonRef::Boolean(value)), _) => Value::Bool(value),
        (Some(RawBsonRef::Int32(number)), _) => Value::Int(i64::from(number)),
        (Some(RawBsonRef::Int64(number)), _) => Value::Int(number),
        (Some(RawBsonRef::Double(number)), Kind::Float(..) | Kind::Int(..)) => Value::Float(number),
        (Some(RawBsonRef::String(text)), _) => Value::Text(text.to_owned()),
        (Some(RawBsonRef::ObjectId(id)), _) => Value::Id(model::Id::from_bytes(id.bytes())),
        (Some(RawBsonRef::DateTime(date)), _) => Value::Instant(
            jiff::Timestamp::from_millisecond(date.timestamp_millis()).map_err(|_| malformed())?,
        ),
        _ => return Err(malformed()),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::Id;
    use model::collections::{EVENTS, SYNC_LOGS};

    use super::*;
    use crate::filter::document;

    fn at(second: i64) -> Value {
        Value::Instant(Timestamp::from_second(second).unwrap_or_default())
    }

    fn check(
        collection: &'static Collection,
        filter: &Filter,
        key: (&'static str, Order),
        expected: Document,
    ) {
        let cursor = Cursor { values: vec![at(50)], id: Id::from_bytes([1; 12]) };
        let from = from(collection, filter, &[key], &cursor).and_then(|filter| document(collection, &filter));
        assert_eq!(from, Ok(expected));
    }

    #[test]
    fn every_branch_begins_where_the_page_begins() {
        let class = |number: i64| Filter::eq("span_class", number);
        let owner = Id::from_bytes([2; 12]);
        let span =
            |from: i64| Filter::Gte("occupied_from", at(from)).and(Filter::Lt("occupied_from", at(90)));
        let windowed = |number: i64, from: i64| Filter::All(vec![class(number), span(from)]);
        let flat = |number: i64, from: i64| {
            let Filter::All(span) = span(from) else { return class(number) };
            Filter::All([vec![class(number)], span].concat())
        };
        let instant = |second: i64| crate::filter::value(&at(second));
        let key = ("occupied_from", Order::Ascending);
        // Without a window, in one early and late, and where a branch begins after the page.
        check(
            &EVENTS,
            &Filter::All(vec![Filter::eq("user_id", owner), Filter::Any(vec![class(0), class(1)])]),
            key,
            doc! { "user_id": id(owner), "$or": [
                { "span_class": 0_i64, "occupied_from": { "$gte": instant(50) } },
                { "span_class": 1_i64, "occupied_from": { "$gte": instant(50) } },
            ] },
        );
        check(
            &EVENTS,
            &Filter::Any(vec![flat(0, 10), flat(1, 70), windowed(2, 10)]),
            key,
            doc! { "$or": [
                { "span_class": 0_i64, "occupied_from": { "$gte": instant(50), "$lt": instant(90) } },
                { "span_class": 1_i64, "occupied_from": { "$gte": instant(70), "$lt": instant(90) } },
                { "$and": [
                    { "span_class": 2_i64, "occupied_from": { "$gte": instant(10), "$lt": instant(90) } },
                    { "occupied_from": { "$gte": instant(50) } },
                ] },
            ] },
        );
        // No choice: it stands beside the others.
        check(
            &EVENTS,
            &Filter::eq("user_id", owner),
            ("start_time", Order::Ascending),
            doc! { "user_id": id(owner), "start_time": { "$gte": instant(50) } },
        );
        check(
            &SYNC_LOGS,
            &Filter::eq("user_id", owner),
            ("started_at", Order::Descending),
            doc! { "user_id": id(owner), "started_at": { "$lte": instant(50) } },
        );
        // What is missing comes last when the greatest comes first.
        check(&EVENTS, &Filter::All(vec![]), ("recurrence_until", Order::Descending), doc! {});
        check(
            &EVENTS,
            &Filter::All(vec![]),
            ("recurrence_until", Order::Ascending),
            doc! { "recurrence_until": { "$gte": instant(50) } },
        );
    }
}
