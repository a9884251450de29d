//! Whether a document is as declared, said field by field.
//!
//! [`document`] holds JSON against a declaration, [`input`] does the same for a partial change somebody sends, and
//! [`event()`] knows the rules between the fields of an event. No message repeats a value: errors end up in answers and
//! logs, and internal words must not.

mod event;
mod object;
mod path;
mod text;
mod value;
mod words;

pub use event::{event, event_internal, event_shared};
pub use text::one_line;
pub use words::nearest;

use serde::Serialize;
use serde_json::Value;

use crate::documents::Record;
use crate::schema::Collection;
use path::Path;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Path of the field, for example `attendees[2].email`; empty when the whole document is meant.
    pub field: String,
    /// What is wrong and what would be right, in sentences that can stand below a form field.
    pub message: String,
}

impl FieldError {
    /// An error of this field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// Whether it is about a field that the declaration does not have.
    pub fn is_unknown_field(&self) -> bool {
        self.message.starts_with(NO_SUCH_FIELD)
    }
}

/// How every error about an undeclared field begins.
const NO_SUCH_FIELD: &str = "There is no such field.";

/// More errors than this are not collected: nobody reads them, and the answer stays small.
const MOST_ERRORS: usize = 100;

/// Everything in a complete document that is not as declared; empty when all is well.
///
/// Unknown fields, missing required ones and nulls are refused; lengths are counted in characters.
pub fn document(collection: &Collection, document: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match document {
        Value::Object(members) => object::complete(collection.fields, members, &Path::Root, &mut errors),
        _ => errors.push(FieldError::new("", NOT_AN_OBJECT)),
    }
    errors
}

/// Everything in a typed record that is not as declared.
pub fn record<R: Record>(record: &R) -> Vec<FieldError> {
    match serde_json::to_value(record) {
        Ok(value) => document(R::COLLECTION, &value),
        Err(error) => vec![FieldError::new("", format!("The document cannot be written as JSON: {error}."))],
    }
}

/// Everything in a change (a JSON merge patch, or the body of a creation) that cannot be taken.
///
/// Only the `writable` fields may be named. A null takes a field away and is refused where a value is required.
/// That nothing required is missing is not checked here but by [`document`], on the result.
pub fn input(collection: &Collection, change: &Value, writable: &[&str]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match change {
        Value::Object(members) => object::partial(collection.fields, members, writable, &mut errors),
        _ => errors.push(FieldError::new("", NOT_AN_OBJECT)),
    }
    errors
}

const NOT_AN_OBJECT: &str = "A JSON object is wanted.";
