//! What to read, as data.

use jiff::Timestamp;
use model::Id;
use model::schema::Collection;
use serde::{Deserialize, Serialize};

/// A value to compare with or to set. Numbers, texts, instants and ids are kinds apart: a comparison stays within its
/// kind, as in MongoDB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Absent; equal to nothing stored and to a missing field.
    Null,
    /// True or false.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Number.
    Float(f64),
    /// Text; ordered by bytes.
    Text(String),
    /// Id.
    Id(Id),
    /// Instant, to the millisecond.
    Instant(Timestamp),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<Id> for Value {
    fn from(id: Id) -> Self {
        Self::Id(id)
    }
}
impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Instant(instant)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

/// Which documents are meant. Field names are top-level fields of the declaration; a list field matches when one of
/// its items does.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every one of these; all documents when empty.
    All(Vec<Filter>),
    /// At least one of these; no document when empty.
    Any(Vec<Filter>),
    /// The field has this value; with `Null`: the field is missing.
    Eq(&'static str, Value),
    /// The field has another value or is missing.
    Ne(&'static str, Value),
    /// The field has a smaller value.
    Lt(&'static str, Value),
    /// The field has this or a smaller value.
    Lte(&'static str, Value),
    /// The field has a greater value.
    Gt(&'static str, Value),
    /// The field has this or a greater value.
    Gte(&'static str, Value),
    /// The field has one of these values.
    In(&'static str, Vec<Value>),
    /// The field is there, or is not.
    Exists(&'static str, bool),
    /// One of the text fields contains this text, without regard to case (ASCII and simple Unicode folding).
    Contains(&'static [&'static str], String),
}

impl Filter {
    /// The field has this value.
    pub fn eq(field: &'static str, value: impl Into<Value>) -> Self {
        Self::Eq(field, value.into())
    }

    /// Whether it looks for a text within texts, which no index helps with.
    pub fn searches_texts(&self) -> bool {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().any(Self::searches_texts),
            filter => matches!(filter, Self::Contains(..)),
        }
    }

    /// This and that.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut filters) => {
                filters.push(other);
                Self::All(filters)
            }
            filter => Self::All(vec![filter, other]),
        }
    }
}

/// Which way to sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest first; missing before everything.
    Ascending,
    /// Greatest first; missing after everything.
    Descending,
}

/// Where a listing goes on: the sort values of the last document given, and its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// One value for each sort key.
    pub values: Vec<Value>,
    /// Breaks ties.
    pub id: Id,
}

/// A listing. Ties are broken by rising `_id`, so that the order is total and a cursor exact.
#[derive(Debug, Clone)]
pub struct Query {
    /// Where from.
    pub collection: &'static Collection,
    /// Which.
    pub filter: Filter,
    /// In which order.
    pub sort: Vec<(&'static str, Order)>,
    /// At most so many.
    pub limit: u32,
    /// Only what comes after this.
    pub after: Option<Cursor>,
}

impl Query {
    /// All documents of the collection that match, by id, at most 500.
    pub fn of(collection: &'static Collection, filter: Filter) -> Self {
        Self { collection, filter, sort: Vec::new(), limit: 500, after: None }
    }

    /// Sorted by this field, after those named before.
    #[must_use]
    pub fn sorted(mut self, field: &'static str, order: Order) -> Self {
        self.sort.push((field, order));
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Only what comes after this.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }
}
