//! Orders and cursors: `_id` last, so that the order is total, and the page after a cursor as conditions that indexes
//! serve.

use model::schema::{Collection, Kind};
use mongodb::bson::RawDocument;
use mongodb::bson::raw::RawBsonRef;
use mongodb::bson::{Bson, Document, doc};
use store::{Cursor, Filter, Order, StoreError, Value, valid};

use crate::conditions::all;
use crate::filter::{document, id, value};

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
fn after(
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

/// More branches are left as a choice within the filter, and so is one beside lists of more values, which each branch would
/// repeat.
const MOST_BRANCHES: usize = 16;
const MOST_VALUES: usize = 2_000;

/// What a listing looks for: what matches, and comes after the cursor.
///
/// A cursor says by its first key where an index can begin. And where an order is asked for, a choice becomes the outermost of
/// the conditions, each branch with all that must hold besides: of such a query the server plans each branch by itself, along
/// the index that has its order, and merges them. Of a choice within other conditions it tries some combinations of indexes
/// only, and sorts all that matches when it finds none in order.
pub(crate) fn listed(
    collection: &'static Collection,
    filter: &Filter,
    keys: &[(&'static str, Order)],
    cursor: Option<&Cursor>,
) -> Result<Document, StoreError> {
    let bound = cursor.map(|cursor| bound(collection, keys, cursor)).transpose()?.flatten();
    let after = cursor.map(|cursor| after(collection, keys, cursor)).transpose()?;
    let part = |conditions: Vec<Filter>, after: Option<&Document>| -> Result<Document, StoreError> {
        let conditions = match &bound {
            Some(bound) => with_bound(conditions, bound),
            None => conditions,
        };
        let conditions = document(collection, &Filter::All(conditions))?;
        Ok(all([conditions].into_iter().chain(after.cloned()).collect()))
    };
    let conditions = flat(filter);
    let choice = conditions.iter().zip(0_usize..).find_map(|(condition, place)| match condition {
        Filter::Any(branches) if (2..=MOST_BRANCHES).contains(&branches.len()) => Some((branches, place)),
        _ => None,
    });
    let values = |condition: &Filter| match condition {
        Filter::In(_, values) => values.len(),
        _ => 0,
    };
    let is_short = conditions.iter().map(values).sum::<usize>() <= MOST_VALUES;
    let Some((branches, place)) = choice.filter(|_| is_short && !keys.is_empty()) else {
        return part(conditions, after.as_ref());
    };
    // Not a second choice, if it can be helped: nobody shall look for an index by it.
    let after = match (keys, &bound, cursor) {
        ([(name, _)], Some(_), Some(cursor)) if *name != "_id" => {
            let at = cursor.values.first().map(value).unwrap_or_default();
            Some(doc! { "$nor": [{ *name: at, "_id": { "$lte": id(cursor.id) } }] })
        }
        _ => after,
    };
    let mut parts = Vec::with_capacity(branches.len());
    for branch in branches {
        let mut together = conditions.clone();
        together.splice(place..=place, flat(branch));
        parts.push(part(together, after.as_ref())?);
    }
    Ok(doc! { "$or": parts })
}

/// The conditions all of which must hold.
fn flat(filter: &Filter) -> Vec<Filter> {
    match filter {
        Filter::All(parts) => parts.iter().flat_map(flat).collect(),
        part => vec![part.clone()],
    }
}

/// That nothing comes before the cursor by the first key.
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

/// The conditions and the bound; of two lower bounds of one instant the later is said alone.
fn with_bound(mut conditions: Vec<Filter>, bound: &Filter) -> Vec<Filter> {
    for condition in &mut conditions {
        if let (Filter::Gte(name, Value::Instant(own)), Filter::Gte(of, Value::Instant(at))) =
            (&mut *condition, bound)
            && name == of
        {
            *own = (*own).max(*at);
            return conditions;
        }
    }
    conditions.push(bound.clone());
    conditions
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
    use mongodb::bson::oid::ObjectId;

    use super::*;

    const LAST: [u8; 12] = [1; 12];
    const OWNER: [u8; 12] = [2; 12];

    fn at(second: i64) -> Value {
        Value::Instant(Timestamp::from_second(second).unwrap_or_default())
    }

    fn instant(second: i64) -> Bson {
        value(&at(second))
    }

    fn owner() -> Filter {
        Filter::eq("user_id", Id::from_bytes(OWNER))
    }

    fn classes() -> Filter {
        let class = |number: i64| Filter::eq("span_class", number);
        let within = |class: Filter, from: i64| {
            class.and(Filter::Gte("occupied_from", at(from))).and(Filter::Lt("occupied_from", at(90)))
        };
        Filter::Any(vec![class(0), within(class(1), 10), within(class(2), 70)])
    }

    fn check(
        collection: &'static Collection,
        filter: &Filter,
        key: (&'static str, Order),
        goes_on: bool,
        expected: Document,
    ) {
        let cursor = Cursor { values: vec![at(50)], id: Id::from_bytes(LAST) };
        assert_eq!(listed(collection, filter, &[key], goes_on.then_some(&cursor)), Ok(expected));
    }

    #[test]
    fn each_branch_begins_where_the_page_begins_and_has_all_that_must_hold() {
        let (user, last) = (ObjectId::from_bytes(OWNER), ObjectId::from_bytes(LAST));
        let key = ("occupied_from", Order::Ascending);
        let filter = Filter::All(vec![owner(), classes()]);
        check(
            &EVENTS,
            &filter,
            key,
            false,
            doc! { "$or": [
                { "user_id": user, "span_class": 0_i64 },
                { "user_id": user, "span_class": 1_i64, "occupied_from": { "$gte": instant(10), "$lt": instant(90) } },
                { "user_id": user, "span_class": 2_i64, "occupied_from": { "$gte": instant(70), "$lt": instant(90) } },
            ] },
        );
        let behind = vec![doc! { "occupied_from": instant(50), "_id": { "$lte": last } }];
        let branch = |class: i64, bounds: Document| {
            doc! { "user_id": user, "span_class": class, "occupied_from": bounds, "$nor": behind.clone() }
        };
        check(
            &EVENTS,
            &filter,
            key,
            true,
            doc! { "$or": [
                branch(0, doc! { "$gte": instant(50) }),
                branch(1, doc! { "$gte": instant(50), "$lt": instant(90) }),
                branch(2, doc! { "$gte": instant(70), "$lt": instant(90) }),
            ] },
        );
        // Without an order a choice stays where it is.
        let either = Filter::Any(vec![Filter::eq("category", "a"), Filter::eq("location", "b")]);
        assert_eq!(
            listed(&EVENTS, &owner().and(either), &[], None),
            Ok(doc! { "user_id": user, "$or": [{ "category": "a" }, { "location": "b" }] })
        );
    }

    #[test]
    fn the_bound_of_the_first_key_stands_alone() {
        let (user, last) = (ObjectId::from_bytes(OWNER), ObjectId::from_bytes(LAST));
        let page = |name: &str, operator: &str, later: Document| {
            let same = doc! { name: instant(50), "_id": { "$gt": last } };
            doc! { "user_id": user, name: { operator: instant(50) }, "$or": [{ name: later }, same] }
        };
        let (up, down) = (doc! { "$gt": instant(50) }, doc! { "$lt": instant(50) });
        let (rising, falling) = (Order::Ascending, Order::Descending);
        check(&EVENTS, &owner(), ("start_time", rising), true, page("start_time", "$gte", up.clone()));
        check(&SYNC_LOGS, &owner(), ("started_at", falling), true, page("started_at", "$lte", down.clone()));
        // What is missing comes first, and last when the greatest comes first.
        let until = "recurrence_until";
        check(&EVENTS, &owner(), (until, rising), true, page(until, "$gte", up));
        let missing = doc! { until: Bson::Null };
        let same = doc! { until: instant(50), "_id": { "$gt": last } };
        let expected = doc! { "user_id": user, "$or": [{ until: down }, missing, same] };
        check(&EVENTS, &owner(), (until, falling), true, expected);
    }
}
