//! The words in which a collection is declared. Everything else is derived from declarations made of these.

/// A collection: its fields, indexes and where it comes from.
#[derive(Debug)]
pub struct Collection {
    /// Name in the store.
    pub name: &'static str,
    /// What it holds, in a sentence.
    pub doc: &'static str,
    /// The specification's, or ours.
    pub origin: Origin,
    /// Fields in the order they are written. `_id` comes first.
    pub fields: &'static [Field],
    /// Indexes besides the one on `_id`.
    pub indexes: &'static [Index],
    /// Fields that say in which order an engine that can choose keeps documents on disk; empty: by id.
    pub cluster: &'static [&'static str],
}

/// Where a declaration comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The specification of the data.
    Specification,
    /// Callboard's own addition.
    Ours,
}

/// Who may see a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// An ordinary field of the record: shown to those who may see the record, sent to nobody.
    Plain,
    /// May go to a calendar provider: the outward allow-list is exactly these.
    Shared,
    /// One of the custom internal fields: never leaves the house.
    Internal,
    /// Sealed before storage; never in an answer, a log or an export.
    Secret,
    /// Computed from other fields; can be rebuilt.
    Derived,
}

/// The shape of a value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Twelve-byte id.
    Id,
    /// Text of at most this many characters.
    Text(u32),
    /// A mail address.
    Email,
    /// A colour as `#rrggbb`.
    Color,
    /// An IANA time zone name.
    Zone,
    /// A whole number within bounds, inclusive.
    Int(i64, i64),
    /// A finite number within bounds, inclusive.
    Float(f64, f64),
    /// True or false.
    Bool,
    /// An instant to the millisecond; JSON: RFC 3339 in UTC.
    Instant,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A list of at most this many values.
    List(&'static Kind, u32),
    /// A document inside the document.
    Object(&'static [Field]),
    /// Anything, kept verbatim.
    Json,
}

/// What happens to a document when the one it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// It is deleted too.
    Cascade,
    /// It stays and keeps the id, as a trace.
    Keep,
}

/// A reference to a document of another collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The collection referred to.
    pub collection: &'static str,
    /// What happens when it goes.
    pub on_delete: OnDelete,
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name in documents, in the API and in exports.
    pub name: &'static str,
    /// Shape of its value.
    pub kind: Kind,
    /// Whether a document without it is refused. A field that is not required is left out, never stored as null.
    pub required: bool,
    /// Who may see it.
    pub exposure: Exposure,
    /// The specification's, or ours.
    pub origin: Origin,
    /// Whether text in it may have more than one line.
    pub multi_line: bool,
    /// Whether text of nothing but spaces is refused.
    pub not_blank: bool,
    /// What it refers to, if it is a reference.
    pub refers_to: Option<Reference>,
    /// What it means, with units.
    pub doc: &'static str,
}

/// An index.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its keys, in order.
    pub keys: &'static [Key],
    /// Whether two documents may not have the same keys. Absent and null are one value here, as in MongoDB.
    pub unique: bool,
    /// Whether documents without the (first) key are left out, of the uniqueness too.
    pub sparse: bool,
    /// Only documents that have this field have an entry: a partial index, which serves queries that compare the field.
    /// Not for unique ones.
    pub only_with: Option<&'static str>,
    /// The specification's, or ours.
    pub origin: Origin,
}

/// A key of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// By rising value; a list field has one entry an item.
    Ascending(&'static str),
    /// By falling value.
    Descending(&'static str),
    /// By place on the globe.
    Sphere(&'static str),
}

impl Key {
    /// The field of the key.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Ascending(field) | Self::Descending(field) | Self::Sphere(field) => field,
        }
    }
}

impl Collection {
    /// The declared field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Names of the fields with this exposure.
    pub fn names(&self, exposure: Exposure) -> impl Iterator<Item = &'static str> {
        self.fields.iter().filter(move |field| field.exposure == exposure).map(|field| field.name)
    }
}

/// A field of the specification; starting point of a declaration.
pub const fn spec(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        name,
        kind,
        required: false,
        exposure: Exposure::Plain,
        origin: Origin::Specification,
        multi_line: false,
        not_blank: false,
        refers_to: None,
        doc,
    }
}

/// A field of our own; starting point of a declaration.
pub const fn ours(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { origin: Origin::Ours, ..spec(name, kind, doc) }
}

impl Field {
    /// A document without it is refused.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Text in it may have more than one line.
    pub const fn multi_line(self) -> Self {
        Self { multi_line: true, ..self }
    }

    /// Text of nothing but spaces is refused.
    pub const fn not_blank(self) -> Self {
        Self { not_blank: true, ..self }
    }

    /// It may go to a provider.
    pub const fn shared(self) -> Self {
        Self { exposure: Exposure::Shared, ..self }
    }

    /// It never leaves the house.
    pub const fn internal(self) -> Self {
        Self { exposure: Exposure::Internal, ..self }
    }

    /// It is sealed and never shown.
    pub const fn secret(self) -> Self {
        Self { exposure: Exposure::Secret, ..self }
    }

    /// It can be rebuilt from the others.
    pub const fn derived(self) -> Self {
        Self { exposure: Exposure::Derived, ..self }
    }

    /// It refers to a document and goes with it.
    pub const fn cascades_from(self, collection: &'static str) -> Self {
        Self { refers_to: Some(Reference { collection, on_delete: OnDelete::Cascade }), ..self }
    }

    /// It refers to a document and outlives it.
    pub const fn refers_to(self, collection: &'static str) -> Self {
        Self { refers_to: Some(Reference { collection, on_delete: OnDelete::Keep }), ..self }
    }
}

/// An index of the specification; starting point of a declaration.
pub const fn index(keys: &'static [Key]) -> Index {
    Index { keys, unique: false, sparse: false, only_with: None, origin: Origin::Specification }
}

impl Index {
    /// No two documents may have the same keys.
    pub const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// Documents without the key are left out.
    pub const fn sparse(self) -> Self {
        Self { sparse: true, ..self }
    }

    /// Documents without this field are left out.
    pub const fn only_with(self, field: &'static str) -> Self {
        Self { only_with: Some(field), ..self }
    }

    /// Our own addition.
    pub const fn ours(self) -> Self {
        Self { origin: Origin::Ours, ..self }
    }
}
