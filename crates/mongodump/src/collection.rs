//! A collection as a dump introduces it.

/// A collection as a dump introduces it, before its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The database it was dumped from.
    pub database: String,
    /// Its name.
    pub name: String,
    /// What the tools keep of it beside the documents, as JSON: `options` (a validator among them), `indexes`, in
    /// extended JSON. Empty when the dump has none.
    pub metadata: String,
    /// `collection`, `view` or `timeseries`.
    pub kind: String,
}

impl Collection {
    /// A plain collection.
    pub fn plain(database: &str, name: &str, metadata: String) -> Self {
        Self { database: database.to_owned(), name: name.to_owned(), metadata, kind: "collection".to_owned() }
    }

    /// Whether it has documents of its own.
    pub fn has_documents(&self) -> bool {
        self.kind != "view"
    }

    /// Whether the names could be names of MongoDB's, and of nothing else: no path, no control character.
    pub(crate) fn has_plain_names(&self) -> bool {
        let is_plain = |name: &str, more: &[char]| {
            !name.is_empty()
                && name.len() <= 255
                && !name.contains("..")
                && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | '"') || more.contains(&c))
        };
        // A dot and a space may be in the name of a collection, not of a database.
        is_plain(&self.database, &['.', ' ']) && is_plain(&self.name, &[])
    }
}
