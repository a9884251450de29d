//! Configuration: flags over environment over TOML file over defaults.
//!
//! Every setting is declared once in [`table`]; the file's keys, the environment's names, `config show`, the reference
//! in the documents and the messages about unknown names are derived from it.

mod load;
pub(crate) mod table;

pub(crate) use load::{Effective, Origin, SettingsError, load};
