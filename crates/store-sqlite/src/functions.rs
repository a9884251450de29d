//! Functions that SQLite lacks: instants as milliseconds, text search in any script, and whether a text has another in it,
//! at the speed of memory.

use jiff::Timestamp;
use memchr::memmem;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;

/// Adds `instant_ms(text)`, `has_text(folded_needle, text)` and `mentions(text, needle)` to the connection.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("instant_ms", 1, flags, |context| {
        Ok(text(context.get_raw(0))
            .and_then(|text| text.parse::<Timestamp>().ok())
            .map(Timestamp::as_millisecond))
    })?;
    connection.create_scalar_function("has_text", 2, flags, |context| {
        Ok(match (text(context.get_raw(0)), text(context.get_raw(1))) {
            (Some(needle), Some(hay)) => store::fold::contains_folded(hay, needle),
            _ => false,
        })
    })?;
    connection.create_scalar_function("mentions", 2, flags, |context| {
        Ok(match (context.get_raw(0), context.get_raw(1)) {
            (ValueRef::Text(hay), ValueRef::Text(needle)) => memmem::find(hay, needle).is_some(),
            _ => false,
        })
    })
}

fn text(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}
