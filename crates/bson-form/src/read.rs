//! From BSON to the stored text. By the type of each value, and by the declaration only where other programs write a
//! number in another type: a whole number as a double.

use std::io::Write;

use bson::RawDocument;
use bson::raw::{RawBinaryRef, RawBsonRef};
use bson::spec::BinarySubtype;
use jiff::Timestamp;
use model::Id;
use model::in_order::InOrder;
use model::schema::{Collection, Field, Kind};

use crate::error::FormError;

/// The subtype of a binary value that is JSON text.
pub(crate) const JSON_TEXT: u8 = 0x80;

/// So deep objects and lists may lie in each other, the document counted too: as deep as documents are ever read here,
/// which `serde_json` bounds. One level more, and what was stored could not be looked at again.
const DEEPEST: usize = 127;

/// The text of a document; its fields in their order.
///
/// # Errors
/// The bytes are no BSON, or a value is of a type that nothing here writes.
pub fn to_json(collection: &'static Collection, document: &RawDocument) -> Result<String, FormError> {
    let mut out = Vec::with_capacity(document.as_bytes().len() * 2);
    members(&mut out, document, None, collection.fields, 1)?;
    String::from_utf8(out).map_err(|error| FormError::NoBson(error.to_string()))
}

fn members(
    out: &mut Vec<u8>,
    document: &RawDocument,
    below: Option<&str>,
    fields: &'static [Field],
    level: usize,
) -> Result<(), FormError> {
    let mut fields = InOrder::of(fields);
    out.push(b'{');
    let mut is_first = true;
    for element in document.iter() {
        let (name, element) = element.map_err(|error| FormError::NoBson(error.to_string()))?;
        if !std::mem::take(&mut is_first) {
            out.push(b',');
        }
        let name = name.as_str();
        text(out, name);
        out.push(b':');
        let kind = fields.find(name).map(|(_, field)| &field.kind);
        value(out, below.unwrap_or(name), kind, element, level)?;
    }
    out.push(b'}');
    Ok(())
}

/// Writes a value. `at` is the top-level field it is in, `level` how many objects and lists are round it.
pub(crate) fn value(
    out: &mut Vec<u8>,
    at: &str,
    kind: Option<&'static Kind>,
    value_: RawBsonRef<'_>,
    level: usize,
) -> Result<(), FormError> {
    let foreign = |what| FormError::Foreign { field: at.to_owned(), what };
    match value_ {
        RawBsonRef::Null | RawBsonRef::Undefined => out.extend_from_slice(b"null"),
        RawBsonRef::Boolean(true) => out.extend_from_slice(b"true"),
        RawBsonRef::Boolean(false) => out.extend_from_slice(b"false"),
        RawBsonRef::Int32(number) => shown(out, number),
        RawBsonRef::Int64(number) => shown(out, number),
        RawBsonRef::Double(number) => match (kind, whole(number)) {
            (Some(Kind::Int(..)), Some(whole)) => shown(out, whole),
            _ if number.is_finite() => number_text(out, number),
            _ => return Err(foreign("a number that is not finite")),
        },
        RawBsonRef::String(string) | RawBsonRef::Symbol(string) => text(out, string),
        RawBsonRef::ObjectId(id) => {
            out.push(b'"');
            shown(out, Id::from_bytes(id.bytes()));
            out.push(b'"');
        }
        RawBsonRef::DateTime(date) => {
            let instant = Timestamp::from_millisecond(date.timestamp_millis())
                .map_err(|_| foreign("a date beyond the year 9999"))?;
            out.push(b'"');
            shown(out, instant);
            out.push(b'"');
        }
        RawBsonRef::Array(array) => {
            let item = match kind {
                Some(Kind::List(item, _)) => Some(*item),
                _ => None,
            };
            out.push(b'[');
            for (position, element) in array.into_iter().enumerate() {
                let element = element.map_err(|error| FormError::NoBson(error.to_string()))?;
                if position > 0 {
                    out.push(b',');
                }
                value(out, at, item, element, level + 1)?;
            }
            out.push(b']');
        }
        RawBsonRef::Document(document) => {
            let fields: &'static [Field] = match kind {
                Some(Kind::Object(fields)) => fields,
                _ => &[],
            };
            members(out, document, Some(at), fields, level + 1)?;
        }
        RawBsonRef::Binary(RawBinaryRef { subtype: BinarySubtype::UserDefined(JSON_TEXT), bytes }) => {
            // What others put there must not break the document round it, nor the line that the document is on.
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
            if !is_json || bytes.iter().any(|byte| *byte < b' ') || level + depth(bytes) > DEEPEST {
                return Err(foreign("a binary value"));
            }
            out.extend_from_slice(bytes);
        }
        RawBsonRef::Binary(_) => return Err(foreign("a binary value")),
        RawBsonRef::Decimal128(_) => return Err(foreign("a decimal number")),
        RawBsonRef::Timestamp(_) => return Err(foreign("a time stamp of the oplog")),
        RawBsonRef::RegularExpression(_) => return Err(foreign("a regular expression")),
        RawBsonRef::JavaScriptCode(_) | RawBsonRef::JavaScriptCodeWithScope(_) => {
            return Err(foreign("a program"));
        }
        RawBsonRef::MaxKey | RawBsonRef::MinKey => return Err(foreign("a bound of the index order")),
        RawBsonRef::DbPointer(_) => return Err(foreign("a pointer to another database")),
    }
    Ok(())
}

/// How deep objects and lists lie in each other in this JSON.
fn depth(json: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut is_in_text, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_in_text = !is_in_text,
            b'{' | b'[' if !is_in_text => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !is_in_text => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Writing into memory does not fail.
fn shown(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

fn number_text(out: &mut Vec<u8>, number: f64) {
    let _ = serde_json::to_writer(out, &number);
}

fn text(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}

/// The whole number that a double is, if it is one.
pub(crate) fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "within bounds, and whole")]
    (number.fract() == 0.0 && number.abs() < 9.2e18).then_some(number as i64)
}
