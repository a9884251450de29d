//! From the stored text to BSON.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bson::oid::ObjectId;
use bson::raw::{CStr, RawArrayBuf, RawBson, RawDocumentBuf};
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime};
use jiff::Timestamp;
use model::Id;
use model::in_order::InOrder;
use model::schema::{Collection, Field, Kind};
use serde_json::value::RawValue;

use crate::error::FormError;
use crate::members::Object;
use crate::read;

/// Values nested deeper are kept as text: MongoDB takes a hundred levels.
const DEEPEST: usize = 60;

/// In which order the members of a declared object are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// As declared, whatever the text says: MongoDB reads a place by position, longitude first.
    AsDeclared,
    /// As the text has them: for documents kept as they are.
    AsWritten,
}

/// The BSON of a document's text. Fields keep their order; one that is absent stays absent, a null stays a null.
///
/// # Errors
/// The text is no JSON object, has a field twice, or one with a name that BSON cannot have.
pub fn to_bson(
    collection: &'static Collection,
    json: &str,
    members: Members,
) -> Result<RawDocumentBuf, FormError> {
    let Object(fields) =
        serde_json::from_str(json).map_err(|error| FormError::NoObject(error.to_string()))?;
    let mut document = RawDocumentBuf::new();
    let mut seen = Seen::of(collection.fields);
    for (name, value) in &fields {
        let Some(field) = seen.next(name) else { return Err(FormError::Twice(name.to_string())) };
        let key = key(name).ok_or(FormError::Name)?;
        let value = match field {
            Some(field) => declared(&field.kind, value, members),
            None => verbatim(value),
        };
        document.append(key, value);
    }
    Ok(document)
}

/// The names of an object so far.
struct Seen<'a> {
    fields: InOrder,
    /// By the place of the field.
    declared: Vec<bool>,
    others: BTreeSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn of(fields: &'static [Field]) -> Self {
        Self { fields: InOrder::of(fields), declared: vec![false; fields.len()], others: BTreeSet::new() }
    }

    /// The field of one more name, if one is declared; `None` when the name was there before.
    fn next(&mut self, name: &'a str) -> Option<Option<&'static Field>> {
        match self.fields.find(name) {
            Some((place, field)) => {
                let seen = self.declared.get_mut(place)?;
                (!std::mem::replace(seen, true)).then_some(Some(field))
            }
            None => self.others.insert(name).then_some(None),
        }
    }
}

/// The value of a field of this kind; what is not of the kind is kept verbatim.
fn declared(kind: &'static Kind, value: &RawValue, members: Members) -> RawBson {
    let text = value.get();
    let kept = match kind {
        Kind::Id => string(text)
            .and_then(|text| text.parse::<Id>().ok())
            .map(|id| RawBson::ObjectId(ObjectId::from_bytes(id.bytes()))),
        Kind::Instant => string(text)
            .and_then(|text| text.parse::<Timestamp>().ok())
            .map(|instant| RawBson::DateTime(DateTime::from_millis(instant.as_millisecond()))),
        Kind::Float(..) => float(text),
        Kind::List(item, _) => list(item, text, members),
        Kind::Object(fields) => object(fields, text, members),
        Kind::Text(_) | Kind::Email | Kind::Color | Kind::Zone | Kind::Enum(_) => {
            string(text).map(RawBson::String)
        }
        Kind::Int(..) => whole(text).map(RawBson::Int64),
        Kind::Bool => match text {
            "true" => Some(RawBson::Boolean(true)),
            "false" => Some(RawBson::Boolean(false)),
            _ => None,
        },
        Kind::Json => None,
    };
    kept.unwrap_or_else(|| verbatim(value))
}

fn string(text: &str) -> Option<String> {
    text.starts_with('"').then(|| serde_json::from_str(text).ok()).flatten()
}

/// A number of a field for whole ones, however it is spelled.
fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| text.parse().ok().and_then(read::whole))
}

/// A number of a field for fractions. One written as a whole number stays one, so that it comes back as written.
fn float(text: &str) -> Option<RawBson> {
    // Not by serde_json, whose reading may be off in the last bit.
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    Some(match text.parse::<i64>() {
        Ok(whole) if whole.to_string() == text => RawBson::Int64(whole),
        _ => RawBson::Double(number),
    })
}

fn list(item: &'static Kind, text: &str, members: Members) -> Option<RawBson> {
    if !text.starts_with('[') {
        return None;
    }
    let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    let mut array = RawArrayBuf::new();
    for value in items {
        array.push(declared(item, value, members));
    }
    Some(RawBson::Array(array))
}

fn object(fields: &'static [Field], text: &str, members: Members) -> Option<RawBson> {
    if !text.starts_with('{') {
        return None;
    }
    let Object(mut found) = serde_json::from_str(text).ok()?;
    if members == Members::AsDeclared {
        let place = |name: &str| fields.iter().position(|field| field.name == name).unwrap_or(fields.len());
        found.sort_by_key(|(name, _)| place(name));
    }
    let mut document = RawDocumentBuf::new();
    let mut seen = Seen::of(fields);
    for (name, value) in &found {
        let value = match seen.next(name)? {
            Some(field) => declared(&field.kind, value, members),
            None => verbatim(value),
        };
        document.append(key(name)?, value);
    }
    Some(RawBson::Document(document))
}

/// Any JSON so that it comes back byte for byte: as BSON where that does, else as its text. Only line breaks and tabs
/// between its parts go: a document is one line.
fn verbatim(value: &RawValue) -> RawBson {
    let text = one_line(value.get());
    let text = text.as_ref();
    let comes_back = |value: &RawBson| {
        let mut again = Vec::with_capacity(text.len());
        read::value(&mut again, "", None, value.as_raw_bson_ref(), 1).is_ok() && again == text.as_bytes()
    };
    any(text, 0).filter(comes_back).unwrap_or_else(|| {
        RawBson::Binary(Binary {
            subtype: BinarySubtype::UserDefined(read::JSON_TEXT),
            bytes: text.as_bytes().to_vec(),
        })
    })
}

/// JSON has control characters only between its parts, where they mean nothing.
fn one_line(json: &str) -> Cow<'_, str> {
    if json.contains(|c: char| c < ' ') {
        json.chars().filter(|c| *c >= ' ').collect::<String>().into()
    } else {
        json.into()
    }
}

fn any(text: &str, depth: usize) -> Option<RawBson> {
    if depth > DEEPEST {
        return None;
    }
    Some(match text.as_bytes().first()? {
        b'n' => RawBson::Null,
        b't' => RawBson::Boolean(true),
        b'f' => RawBson::Boolean(false),
        b'"' => RawBson::String(string(text)?),
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let mut array = RawArrayBuf::new();
            for item in items {
                array.push(any(item.get(), depth + 1)?);
            }
            RawBson::Array(array)
        }
        b'{' => {
            let Object(members) = serde_json::from_str(text).ok()?;
            let mut document = RawDocumentBuf::new();
            let mut seen = BTreeSet::new();
            for (name, value) in &members {
                // Older servers refuse or misread names with a dot.
                if name.contains('.') || !seen.insert(name.as_ref()) {
                    return None;
                }
                document.append(key(name)?, any(value.get(), depth + 1)?);
            }
            RawBson::Document(document)
        }
        _ => match text.parse::<i64>() {
            Ok(whole) => RawBson::Int64(whole),
            Err(_) => RawBson::Double(text.parse().ok()?),
        },
    })
}

/// The name as BSON has it, if MongoDB stores one like it.
fn key(name: &str) -> Option<&CStr> {
    if name.is_empty() || name.starts_with('$') { None } else { name.try_into().ok() }
}
