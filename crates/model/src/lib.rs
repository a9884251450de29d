//! The collections of Callboard declared once as data, and the typed documents in them.
//!
//! [`schema`] has the words of a declaration, [`collections`] the declarations, [`documents`] the typed forms.
//! Engines, validators, exports, the outward allow-list and `docs/data-model.md` are derived from the declarations.

pub mod ambient;
pub mod collections;
pub mod documents;
pub mod id;
pub mod in_order;
pub mod raw;
pub mod schema;
pub mod validate;

pub use ambient::{Clock, Entropy, IdSource};
pub use id::Id;
