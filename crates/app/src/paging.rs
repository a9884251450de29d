//! Pages of a listing, and the opaque cursor between them.
//!
//! A cursor is the sort values and the id of the last item given, so that a listing stays exact while others write. It
//! is no secret and gives no right: what it may reach is bounded by the filter of the listing it is used with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::schema::Kind;
use serde::Serialize;
use store::{Cursor, Query, Value};

use crate::AppError;

/// Most items a page may have.
pub const MAX_PAGE: u32 = 500;
/// Items of a page when nobody says how many.
pub const DEFAULT_PAGE: u32 = 100;
const MAX_CURSOR_CHARS: usize = 4_096;

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct PageRequest {
    /// At most so many items, 1 to [`MAX_PAGE`].
    pub limit: u32,
    /// Only what comes after this.
    pub after: Option<Cursor>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: DEFAULT_PAGE, after: None }
    }
}

impl PageRequest {
    /// Reads what a client sent. `malformed_cursor` when the cursor is not one of ours, `invalid_fields` when the
    /// limit is out of bounds.
    pub fn read(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, AppError> {
        let limit = limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(AppError::field("limit", format!("is between 1 and {MAX_PAGE}")));
        }
        Ok(Self { limit, after: cursor.map(decode).transpose()? })
    }

    /// Bounds the query, whose sort is already set. `malformed_cursor` when the cursor belongs to another listing.
    pub fn apply(self, query: Query) -> Result<Query, AppError> {
        let fits = self.after.as_ref().is_none_or(|cursor| belongs(cursor, &query));
        if !fits {
            return Err(malformed());
        }
        Ok(query.limit(self.limit).after(self.after))
    }
}

/// One page of a listing, as it is answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paged<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where to go on; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Paged<T> {
    /// A page and what follows it.
    pub fn new(items: Vec<T>, next: Option<Cursor>) -> Self {
        Self { items, next_cursor: next.as_ref().map(encode) }
    }

    /// The same page with other items.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Paged<U> {
        Paged { items: self.items.into_iter().map(each).collect(), next_cursor: self.next_cursor }
    }
}

fn encode(cursor: &Cursor) -> String {
    // A cursor is plain data: writing it as JSON cannot fail.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).unwrap_or_default())
}

fn decode(text: &str) -> Result<Cursor, AppError> {
    if text.len() > MAX_CURSOR_CHARS {
        return Err(malformed());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
    let cursor: Cursor = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
    let finite = |value: &Value| !matches!(value, Value::Float(number) if !number.is_finite());
    if cursor.values.iter().all(finite) { Ok(cursor) } else { Err(malformed()) }
}

/// Whether a cursor has one value of the right kind for each sort key.
pub(crate) fn belongs(cursor: &Cursor, query: &Query) -> bool {
    let kinds = query.sort.iter().map(|(name, _)| query.collection.field(name).map(|field| field.kind));
    cursor.values.len() == query.sort.len()
        && kinds.zip(&cursor.values).all(|(kind, value)| kind.is_some_and(|kind| is_of_kind(value, kind)))
}

fn is_of_kind(value: &Value, kind: Kind) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => matches!(kind, Kind::Bool),
        Value::Int(_) => matches!(kind, Kind::Int(..)),
        Value::Float(_) => matches!(kind, Kind::Float(..)),
        Value::Id(_) => matches!(kind, Kind::Id),
        Value::Instant(_) => matches!(kind, Kind::Instant),
        Value::Text(_) => {
            matches!(kind, Kind::Text(_) | Kind::Email | Kind::Color | Kind::Zone | Kind::Enum(_))
        }
    }
}

pub(crate) fn malformed() -> AppError {
    let error = model::validate::FieldError::new(
        "cursor",
        "is not a cursor of this listing; send `next_cursor` of the page before, unchanged, or leave it out",
    );
    AppError::Invalid { code: "malformed_cursor", errors: vec![error] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Id;

    #[test]
    fn a_cursor_reads_back() {
        let values = vec![Value::Instant("2026-11-22T10:00:00Z".parse().unwrap()), Value::Null];
        let cursor = Cursor { values, id: Id::from_bytes([3; 12]) };
        let page = Paged::new(vec![1], Some(cursor.clone()));
        let request = PageRequest::read(Some(500), page.next_cursor.as_deref()).unwrap();
        assert_eq!(request, PageRequest { limit: 500, after: Some(cursor) });
    }

    #[test]
    fn a_cursor_of_another_listing_is_refused() {
        use model::collections::USERS;
        use store::{Filter, Order};
        let query = || Query::of(&USERS, Filter::All(vec![])).sorted("email", Order::Ascending);
        let after =
            |values| PageRequest { limit: 1, after: Some(Cursor { values, id: Id::from_bytes([3; 12]) }) };
        assert!(after(vec!["a".into()]).apply(query()).is_ok());
        for values in [vec![], vec![Value::Int(1)], vec!["a".into(), "b".into()]] {
            assert!(after(values).apply(query()).is_err());
        }
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        let long = "A".repeat(5_000);
        for text in ["", "%", "e30", "bnVsbA", "{}", long.as_str()] {
            let error = PageRequest::read(None, Some(text)).unwrap_err();
            assert!(matches!(error, AppError::Invalid { code: "malformed_cursor", .. }), "{text}");
        }
        for limit in [0, 501, u32::MAX] {
            assert!(PageRequest::read(Some(limit), None).is_err(), "{limit}");
        }
    }
}
