//! A listing of several branches: each is a statement that is read along its index, and what comes first among their next
//! rows is taken. As one statement, `UNION ALL` with an order, SQLite would carry every document through a merge of pairs.

use std::cmp::Ordering;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::types::Value as SqlValue;
use rusqlite::{Row, Rows};
use store::Order;

use crate::errors::Refusal;

/// Rows of several statements, in one order.
pub(crate) struct Merge<'statements, 'query> {
    sources: Vec<Source<'statements>>,
    sort: &'query [(&'static str, Order)],
}

struct Source<'statements> {
    rows: Rows<'statements>,
    /// Known while there are others to compare with.
    place: Option<Place>,
}

impl Source<'_> {
    fn look(&mut self, sort: &[(&'static str, Order)]) -> Result<(), Refusal> {
        self.place = self.rows.get().map(|row| Place::of(row, sort)).transpose()?;
        Ok(())
    }
}

/// Where a row stands: what it is sorted by, then its id.
struct Place {
    keys: Vec<SqlValue>,
    id: [u8; 12],
}

impl<'statements, 'query> Merge<'statements, 'query> {
    /// Of statements whose rows begin with `_id`, `revision`, `doc` and then have what they are sorted by, each by itself in
    /// the order of `sort`.
    pub(crate) fn of(
        statements: impl Iterator<Item = rusqlite::Result<Rows<'statements>>>,
        sort: &'query [(&'static str, Order)],
    ) -> Result<Self, Refusal> {
        let mut sources = Vec::new();
        for rows in statements {
            let mut rows = rows?;
            if rows.next()?.is_some() {
                sources.push(Source { rows, place: None });
            }
        }
        if sources.len() > 1 {
            sources.iter_mut().try_for_each(|source| source.look(sort))?;
        }
        Ok(Self { sources, sort })
    }

    /// Takes the next row through `take`; `None` when there is none left.
    pub(crate) fn next<T>(
        &mut self,
        take: impl FnOnce(&Row<'_>) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        let (index, others) = (self.first(), self.sources.len() > 1);
        let Some(source) = self.sources.get_mut(index) else { return Ok(None) };
        let taken = source.rows.get().map(take).transpose()?;
        if source.rows.next()?.is_none() {
            self.sources.swap_remove(index);
        } else if others {
            source.look(self.sort)?;
        }
        Ok(taken)
    }

    /// Whether no row is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.sources.is_empty()
    }

    /// The source whose row comes first.
    fn first(&self) -> usize {
        let places = self.sources.iter().zip(0_usize..);
        let places = places.filter_map(|(source, index)| Some((source.place.as_ref()?, index)));
        places.min_by(|(one, _), (other, _)| one.compared(other, self.sort)).map_or(0, |(_, index)| index)
    }
}

impl Place {
    fn of(row: &Row<'_>, sort: &[(&'static str, Order)]) -> rusqlite::Result<Self> {
        let keys = (3..3 + sort.len()).map(|column| row.get(column));
        Ok(Self { keys: keys.collect::<rusqlite::Result<_>>()?, id: row.get(0)? })
    }

    fn compared(&self, other: &Self, sort: &[(&'static str, Order)]) -> Ordering {
        let keys = self.keys.iter().zip(&other.keys).zip(sort);
        let differing = keys.map(|((one, other), (_, order))| match order {
            Order::Ascending => compared(one, other),
            Order::Descending => compared(other, one),
        });
        differing.fold(Ordering::Equal, Ordering::then).then_with(|| self.id.cmp(&other.id))
    }
}

/// As SQLite orders values that are not alike: missing ones, numbers, texts, blobs.
fn compared(one: &SqlValue, other: &SqlValue) -> Ordering {
    let class = |value: &SqlValue| match value {
        SqlValue::Null => 0,
        SqlValue::Integer(_) | SqlValue::Real(_) => 1,
        SqlValue::Text(_) => 2,
        SqlValue::Blob(_) => 3,
    };
    match (one, other) {
        (SqlValue::Integer(one), SqlValue::Integer(other)) => one.cmp(other),
        (SqlValue::Real(one), SqlValue::Real(other)) => one.total_cmp(other),
        (SqlValue::Integer(one), SqlValue::Real(other)) => with_fraction(*one, *other),
        (SqlValue::Real(one), SqlValue::Integer(other)) => with_fraction(*other, *one).reverse(),
        (SqlValue::Text(one), SqlValue::Text(other)) => one.cmp(other),
        (SqlValue::Blob(one), SqlValue::Blob(other)) => one.cmp(other),
        _ => class(one).cmp(&class(other)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what is cut off is looked at next, and what is beyond is beyond every integer"
)]
fn with_fraction(whole: i64, real: f64) -> Ordering {
    i128::from(whole).cmp(&(real as i128)).then_with(|| 0.0_f64.total_cmp(&real.fract()))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use rusqlite::types::Value;

    use super::compared;

    #[test]
    fn values_are_ordered_as_sqlite_does() {
        let all = [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Integer(-3),
            Value::Real(-2.5),
            Value::Integer(-2),
            Value::Real(-0.5),
            Value::Integer(0),
            Value::Real(0.0),
            Value::Real(0.25),
            Value::Integer(9_007_199_254_740_993),
            Value::Integer(i64::MAX),
            Value::Real(1e300),
            Value::Text(String::new()),
            Value::Text("B".to_owned()),
            Value::Text("a".to_owned()),
            Value::Blob(vec![]),
            Value::Blob(vec![0, 255]),
        ];
        let sqlite = Connection::open_in_memory().expect("it opens");
        let text = "SELECT CASE WHEN ?1 IS ?2 THEN 0 WHEN ?1 IS NULL THEN -1 WHEN ?2 IS NULL THEN 1 \
                    WHEN ?1 < ?2 THEN -1 ELSE 1 END";
        for one in &all {
            for other in &all {
                let order: i8 = sqlite.query_row(text, [one, other], |row| row.get(0)).expect("a row");
                assert_eq!(compared(one, other) as i8, order, "{one:?} {other:?}");
            }
        }
    }
}
