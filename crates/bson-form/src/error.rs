//! What has no form on the other side.

/// A document cannot be translated. Names the field, never what is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The text is no JSON object.
    #[error("it is no JSON object: {0}")]
    NoObject(String),
    /// A field is there twice.
    #[error("the field {0} is there twice")]
    Twice(String),
    /// BSON cannot have a field of this name.
    #[error("a field has a name that BSON cannot have: empty, beginning with `$` or with a zero character")]
    Name,
    /// The bytes are no BSON document.
    #[error("it is no BSON document: {0}")]
    NoBson(String),
    /// A value is of a type of BSON that no declaration has.
    #[error("the field {field} has {what}, which is not stored here")]
    Foreign {
        /// The top-level field.
        field: String,
        /// What it is, with its article.
        what: &'static str,
    },
}
