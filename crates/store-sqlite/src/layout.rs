//! The tables of a collection, derived from its declaration.
//!
//! A field gets a column of its own when an index or the clustering names it; the whole document stands as JSON text
//! in the last column. A collection with a clustering is kept in that order, others by id; one with a sphere index
//! has row numbers, because the tree of places refers to rows by number.

use model::schema::{Collection, Index, Key, Kind};
use store::{StoreError, valid};

/// How a column keeps its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Twelve bytes.
    Id,
    /// Text, ordered by bytes.
    Text,
    /// Whole number.
    Int,
    /// Number.
    Float,
    /// 0 or 1.
    Bool,
    /// Milliseconds since 1970.
    Instant,
}

/// How a scalar kind is kept.
pub(crate) fn storage(kind: &Kind) -> Option<Storage> {
    Some(match kind {
        Kind::Id => Storage::Id,
        Kind::Int(..) => Storage::Int,
        Kind::Float(..) => Storage::Float,
        Kind::Bool => Storage::Bool,
        Kind::Instant => Storage::Instant,
        kind if valid::is_text(kind) => Storage::Text,
        _ => return None,
    })
}

/// A column besides `_id`, `revision` and `doc`.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) field: &'static str,
    /// Its name as an identifier.
    pub(crate) quoted: String,
    pub(crate) storage: Storage,
    pub(crate) required: bool,
}

/// A collection as tables.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) collection: &'static Collection,
    /// In the order of the declaration.
    pub(crate) columns: Vec<Column>,
    /// The field with a sphere index.
    pub(crate) sphere: Option<&'static str>,
    /// Unique indexes besides the one on `_id`.
    pub(crate) uniques: Vec<&'static Index>,
    /// What makes the table and the tree of places.
    pub(crate) create: Vec<String>,
    /// What makes its indexes; apart, so that a table can be filled before.
    pub(crate) create_indexes: Vec<String>,
    /// Adds a row: `_id`, the columns, `revision`, `doc`.
    pub(crate) insert: String,
}

impl Table {
    /// The tables of this collection, or why it cannot have any here.
    pub(crate) fn of(collection: &'static Collection) -> Result<Self, StoreError> {
        let refuse = |what: String| StoreError::Unsupported {
            reason: format!("the embedded store cannot keep {}: {what}", collection.name),
        };
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if let Some(name) = std::iter::once(collection.name)
            .chain(collection.fields.iter().map(|field| field.name))
            .find(|name| !plain(name) || matches!(*name, "doc" | "row"))
        {
            return Err(refuse(format!("the name {name:?} is not of lower-case letters, or is taken")));
        }
        let mut columns = Vec::new();
        let mut sphere = None;
        for field in collection.fields {
            let keys = || collection.indexes.iter().flat_map(|index| index.keys);
            if keys().any(|key| matches!(key, Key::Sphere(name) if *name == field.name)) {
                sphere = Some(field.name);
            }
            let keyed = collection.cluster.contains(&field.name)
                || keys().any(|key| !matches!(key, Key::Sphere(_)) && key.field() == field.name);
            if matches!(field.name, "_id" | "revision") || !keyed {
                continue;
            }
            let storage = storage(&field.kind).ok_or_else(|| {
                refuse(format!("{} is a list or a document, and these are not indexed here", field.name))
            })?;
            let quoted = quote(field.name);
            columns.push(Column { field: field.name, quoted, storage, required: field.required });
        }
        if let Some(field) = collection
            .cluster
            .iter()
            .find(|name| !columns.iter().any(|column| column.field == **name && column.required))
        {
            return Err(refuse(format!("the clustering field {field} is not required")));
        }
        if sphere.is_some() && !collection.cluster.is_empty() {
            return Err(refuse("it has both a clustering and a sphere index".to_owned()));
        }
        let mut table = Self {
            collection,
            columns,
            sphere,
            uniques: collection.indexes.iter().filter(|index| index.unique).collect(),
            create: Vec::new(),
            create_indexes: Vec::new(),
            insert: String::new(),
        };
        table.create = table.create_statements();
        table.create_indexes = table.index_statements();
        table.insert = table.insert_statement();
        Ok(table)
    }

    /// The indexes that a table has while it is filled: by id, if the table itself is not kept by it. And those made
    /// afterwards, which takes less than keeping them right meanwhile.
    pub(crate) fn indexes_to_fill(&self) -> (&[String], &[String]) {
        self.create_indexes.split_at(usize::from(!self.collection.cluster.is_empty()))
    }

    /// The fields of the unique index that this statement makes.
    pub(crate) fn fields_made_unique(&self, statement: &str) -> Vec<&'static str> {
        let made = self.uniques.iter().find(|index| statement.contains(&self.index_name(index)));
        made.map_or_else(|| vec!["_id"], |index| index.keys.iter().map(Key::field).collect())
    }

    /// The name of the tree of places.
    pub(crate) fn places(&self) -> Option<String> {
        self.sphere.map(|field| format!("{}__{field}", self.collection.name))
    }

    /// The column of this field.
    pub(crate) fn column(&self, field: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == field)
    }

    /// What a unique index compares: absent is a value like others, unless the index is sparse. No text, number or id
    /// is equal to an empty blob, so that stands for absent.
    pub(crate) fn unique_expressions(&self, index: &Index) -> Vec<String> {
        let required = |field: &str| self.column(field).is_none_or(|column| column.required);
        index
            .keys
            .iter()
            .enumerate()
            .map(|(position, key)| match key.field() {
                field if required(field) || (index.sparse && position == 0) => quote(field),
                field => format!("coalesce({}, x'')", quote(field)),
            })
            .collect()
    }

    fn create_statements(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let by_row = self.sphere.is_some();
        if by_row {
            parts.push("\"row\" INTEGER PRIMARY KEY".to_owned());
        }
        parts.push(format!("\"_id\" BLOB NOT NULL{}", if by_row { " UNIQUE" } else { "" }));
        for column in &self.columns {
            let kind = match column.storage {
                Storage::Id => "BLOB",
                Storage::Text => "TEXT",
                Storage::Float => "REAL",
                Storage::Int | Storage::Bool | Storage::Instant => "INTEGER",
            };
            let required = if column.required { " NOT NULL" } else { "" };
            parts.push(format!("{} {kind}{required}", quote(column.field)));
        }
        parts.push("\"revision\" INTEGER NOT NULL".to_owned());
        parts.push("\"doc\" TEXT NOT NULL".to_owned());
        let mut suffix = "STRICT";
        if !by_row {
            let keys = self.collection.cluster.iter().map(|field| quote(field));
            let keys: Vec<_> = keys.chain(["\"_id\"".to_owned()]).collect();
            parts.push(format!("PRIMARY KEY ({})", keys.join(", ")));
            suffix = "STRICT, WITHOUT ROWID";
        }
        let name = quote(self.collection.name);
        let mut statements = vec![format!("CREATE TABLE {name} ({}) {suffix}", parts.join(", "))];
        if let Some(places) = self.places() {
            statements.push(format!(
                "CREATE VIRTUAL TABLE {} USING rtree(\"row\", west, east, south, north)",
                quote(&places)
            ));
        }
        statements
    }

    fn index_statements(&self) -> Vec<String> {
        let table = quote(self.collection.name);
        let mut statements = Vec::new();
        if !self.collection.cluster.is_empty() {
            let name = quote(&format!("{}___id", self.collection.name));
            statements.push(format!("CREATE UNIQUE INDEX {name} ON {table} (\"_id\")"));
        }
        for (position, index) in self.collection.indexes.iter().enumerate() {
            let Some(first) = index.keys.first() else { continue };
            if matches!(first, Key::Sphere(_)) || (!index.unique && self.is_covered(position, index)) {
                continue;
            }
            let keys: Vec<String> = if index.unique {
                self.unique_expressions(index)
            } else {
                index.keys.iter().map(directed).collect()
            };
            // Documents without the only key are found by no comparison with it, so they need no entry.
            let optional = self.column(first.field()).is_some_and(|column| !column.required);
            let own = optional && (index.sparse || (index.keys.len() == 1 && !index.unique));
            let needed = index.only_with.or(own.then_some(first.field()));
            let partial =
                needed.map(|field| format!(" WHERE {} IS NOT NULL", quote(field))).unwrap_or_default();
            let unique = if index.unique { "UNIQUE " } else { "" };
            statements.push(format!(
                "CREATE {unique}INDEX {} ON {table} ({}){partial}",
                self.index_name(index),
                keys.join(", ")
            ));
        }
        statements
    }

    fn index_name(&self, index: &Index) -> String {
        let fields: Vec<_> = index.keys.iter().map(Key::field).collect();
        quote(&format!("{}__{}", self.collection.name, fields.join("__")))
    }

    /// Whether the clustering or another index begins with the keys of this one and so does its work.
    fn is_covered(&self, position: usize, index: &Index) -> bool {
        let cluster: Vec<_> = self.collection.cluster.iter().map(|field| Key::Ascending(field)).collect();
        let others = self
            .collection
            .indexes
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != position)
            .filter(|(_, other)| !other.unique && !other.sparse && other.only_with.is_none());
        cluster.starts_with(index.keys)
            || others.into_iter().any(|(other, candidate)| {
                candidate.keys.starts_with(index.keys)
                    && (candidate.keys.len() > index.keys.len() || other < position)
            })
    }

    fn insert_statement(&self) -> String {
        let fields = std::iter::once("_id")
            .chain(self.columns.iter().map(|column| column.field))
            .chain(["revision", "doc"]);
        let names: Vec<_> = fields.map(quote).collect();
        let marks = vec!["?"; names.len()];
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            quote(self.collection.name),
            names.join(", "),
            marks.join(", ")
        )
    }
}

/// A name as an SQL identifier. Names are of lower-case letters: [`Table::of`] saw to it.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{name}\"")
}

fn directed(key: &Key) -> String {
    match key {
        Key::Descending(field) => format!("{} DESC", quote(field)),
        key => quote(key.field()),
    }
}
