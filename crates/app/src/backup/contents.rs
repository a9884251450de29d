//! Reading all of a backup and finding it good, before anything is done with it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use bson::RawDocument;
use bson_form::Members;
use jiff::Timestamp;
use model::Id;
use model::collections::SCHEMA_MIGRATIONS;
use model::schema::Collection;
use mongodump::{Dump, DumpError, Form, Limits};
use serde::{Deserialize, Serialize};
use store::Document;

use super::ahead::Ahead;
use super::manifest::{self, Manifest};
use super::tally::{Ids, InAnyOrder, InOrder};
use super::{Origin, PRODUCT_VERSION, Progress, refused};
use crate::{AppError, migrations};

/// What is in a backup that was read to its end and found good.
#[derive(Debug, Clone, Serialize)]
pub struct Contents {
    /// Where it is.
    #[serde(skip)]
    pub(super) origin: Origin,
    /// `archive`, `packed_archive` or `folder`.
    pub form: &'static str,
    /// When it was made, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp>,
    /// The version of Callboard that made it; absent for what MongoDB's tools dumped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_version: Option<String>,
    /// The newest migration that was applied to what is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<i64>,
    /// Documents in it.
    pub documents: u64,
    /// Collection by collection.
    pub collections: Vec<Counted>,
    #[serde(skip)]
    pub(super) tallies: Tallies,
}

impl Contents {
    /// The file or folder it is in.
    pub fn origin(&self) -> &Path {
        &self.origin.path
    }
}

/// Tallies by the name of the collection.
pub(super) type Tallies = BTreeMap<&'static str, InAnyOrder>;

/// One collection of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Its name.
    pub name: &'static str,
    /// How many documents.
    pub count: u64,
    /// SHA-256 over their BSON one after the other.
    pub sha256: String,
}

/// Reads all of a backup: an archive of ours, or what `mongodump` made of a Callboard database, as an archive or a folder.
/// Every checksum, every document and the manifest are looked at. Blocks for long; memory stays flat but for the ids.
///
/// # Errors
/// `backup_refused` with the reason, when it is damaged, cut, foreign, was made by a newer version, or has a document twice.
pub fn inspect(origin: &Origin, progress: Progress<'_>) -> Result<Contents, AppError> {
    judge(origin, Reading::open(origin)?, progress)
}

/// The same of what comes through a pipe.
pub(super) fn inspect_stream(origin: &Origin, stream: Box<dyn Read + Send>) -> Result<Contents, AppError> {
    let dump = Dump::read(stream, Limits::default()).map_err(|error| said(&origin.path, &error))?;
    judge(origin, Reading::of(origin, dump)?, &mut |_| {})
}

fn judge(origin: &Origin, reading: Reading, progress: Progress<'_>) -> Result<Contents, AppError> {
    let path = origin.path.as_path();
    let form = match reading.dump.form() {
        Form::Archive => "archive",
        Form::PackedArchive => "packed_archive",
        Form::Folder => "folder",
    };
    let (mut raw, mut tallies) = (BTreeMap::<_, InOrder>::new(), Tallies::new());
    let mut ids = BTreeMap::<_, Ids>::new();
    let (mut schema_version, mut documents) = (None, 0);
    let mut ahead = Ahead::of(reading);
    while let Some(found) = ahead.next()? {
        documents += found.len() as u64;
        for Found { collection, document, bson } in found {
            raw.entry(collection.name).or_default().add(&bson);
            ids.entry(collection.name).or_default().add(document.id);
            let again = bson_form::to_bson(collection, &document.json, Members::AsDeclared);
            let again = again.map_err(|error| {
                refused(format!("{}: it is damaged: {}: {error}", path.display(), collection.name))
            })?;
            tallies.entry(collection.name).or_default().add(again.as_bytes());
            if collection.name == SCHEMA_MIGRATIONS.name {
                let number = known_migration(path, &document)?;
                schema_version = schema_version.max(Some(number));
            }
        }
        progress(documents);
    }
    let manifest = ahead.into_manifest();
    if let Some(manifest) = &manifest {
        agrees(path, manifest, &raw)?;
    }
    for (name, ids) in ids {
        if let Some(id) = ids.doubled() {
            return Err(refused(format!(
                "{}: it cannot be restored: {name} has two documents with the _id {id}. {DUMP_AGAIN}",
                path.display()
            )));
        }
    }
    let counted = |(name, tally): (&&'static str, &InOrder)| Counted {
        name,
        count: tally.count(),
        sha256: tally.sha256(),
    };
    Ok(Contents {
        origin: origin.clone(),
        form,
        made_at: manifest.as_ref().map(|manifest| manifest.made_at),
        product_version: manifest.map(|manifest| manifest.product_version),
        schema_version,
        documents,
        collections: raw.iter().map(counted).collect(),
        tallies,
    })
}

/// What to do about a document that is there as it was and as it became.
pub(super) const DUMP_AGAIN: &str =
    "A dump of a store in use may have the same thing twice: dump it again while nobody writes to it";

/// A manifest that says something else than was found: something is missing.
fn agrees(path: &Path, manifest: &Manifest, found: &BTreeMap<&'static str, InOrder>) -> Result<(), AppError> {
    let empty = InOrder::default();
    for (name, count, sha256) in &manifest.collections {
        let tally = found.get(name.as_str()).unwrap_or(&empty);
        if tally.count() != *count || tally.sha256() != *sha256 {
            return Err(refused(format!(
                "{}: it is damaged: its manifest says that {name} has {count} documents with another content than the {} \
                 that are there",
                path.display(),
                tally.count()
            )));
        }
    }
    let extra = found.keys().find(|one| manifest.collections.iter().all(|(name, ..)| name != *one));
    match extra {
        Some(extra) => Err(refused(format!(
            "{}: it is damaged: it has {extra}, which its manifest does not know",
            path.display()
        ))),
        None => Ok(()),
    }
}

fn known_migration(path: &Path, document: &Document) -> Result<i64, AppError> {
    #[derive(Deserialize)]
    struct Numbered {
        number: i64,
    }
    let Numbered { number } = serde_json::from_str(&document.json).map_err(|_| {
        refused(format!("{}: it is damaged: a migration in it has no number", path.display()))
    })?;
    if migrations::MIGRATIONS.iter().all(|known| known.number != number) {
        return Err(refused(format!(
            "{}: it was made by a newer Callboard (migration {number} was applied to it, which this version does not \
             know). Restore it with that version",
            path.display()
        )));
    }
    Ok(number)
}

/// A document of a backup.
pub(super) struct Found {
    /// Its collection.
    pub(super) collection: &'static Collection,
    /// As it is stored here.
    pub(super) document: Document,
    /// As it was in the backup.
    pub(super) bson: Vec<u8>,
}

/// A backup that is read document by document.
pub(super) struct Reading {
    path: PathBuf,
    dump: Dump,
    collections: Vec<Where>,
    manifest: Option<Manifest>,
}

/// What a collection of a dump is here.
#[derive(Clone, Copy)]
enum Where {
    Here(&'static Collection),
    Manifest,
    /// Not restored: what only running processes need, and what MongoDB keeps for itself.
    Nowhere,
    /// Of another program, or of a newer one.
    Unknown,
}

/// MongoDB's own databases, which a dump of a whole server has too.
const OF_MONGODB: [&str; 3] = ["admin", "config", "local"];

impl Where {
    fn of(collection: &mongodump::Collection) -> Self {
        let name = collection.name.as_str();
        if let Some(known) = super::collections().find(|known| known.name == name) {
            Self::Here(known)
        } else if name == manifest::COLLECTION {
            Self::Manifest
        } else if model::collections::named(name).is_some()
            || name.starts_with("system.")
            || OF_MONGODB.contains(&collection.database.as_str())
        {
            Self::Nowhere
        } else {
            Self::Unknown
        }
    }
}

impl Reading {
    /// Opens it, and refuses what is not Callboard's.
    pub(super) fn open(origin: &Origin) -> Result<Self, AppError> {
        Self::of(origin, origin.open()?)
    }

    fn of(origin: &Origin, dump: Dump) -> Result<Self, AppError> {
        let path = origin.path.as_path();
        let (mut collections, mut databases, mut has_others) = (Vec::new(), BTreeSet::new(), false);
        for collection in dump.collections() {
            let place = Where::of(collection);
            if !matches!(place, Where::Nowhere) {
                databases.insert(collection.database.as_str());
            }
            has_others |= matches!(place, Where::Unknown);
            collections.push(place);
        }
        if let (Some(one), Some(other)) = (databases.first(), databases.iter().nth(1)) {
            // Merged, the people of one would be people of the other, its administrators too.
            return Err(refused(format!(
                "{}: the archive has several databases ({one} and {other} among them), and one is restored; dump that one \
                 alone, with `mongodump --db`",
                path.display()
            )));
        }
        if has_others {
            return Err(refused(format!(
                "{}: it has a collection that this version does not know: it was made by a newer Callboard or by another \
                 program",
                path.display()
            )));
        }
        if !collections.iter().any(|place| matches!(place, Where::Here(one) if one.name == "users")) {
            return Err(refused(format!(
                "{}: it is not a backup of Callboard: it has no users",
                path.display()
            )));
        }
        Ok(Self { path: path.to_owned(), dump, collections, manifest: None })
    }

    /// What the backup says of itself, once all was read.
    pub(super) fn into_manifest(self) -> Option<Manifest> {
        self.manifest
    }

    /// The next document that is kept here; `None` when all was read and found whole.
    pub(super) fn next(&mut self) -> Result<Option<Found>, AppError> {
        loop {
            let Some((position, bytes)) = self.dump.next().map_err(|error| said(&self.path, &error))? else {
                return Ok(None);
            };
            match self.collections.get(position) {
                Some(Where::Here(collection)) => {
                    let document = document(&self.path, collection, bytes)?;
                    return Ok(Some(Found { collection, document, bson: bytes.to_vec() }));
                }
                Some(Where::Manifest) => {
                    let manifest = Manifest::of(bytes);
                    self.manifest = Some(judged(&self.path, manifest)?);
                }
                _ => {}
            }
        }
    }
}

fn judged(path: &Path, manifest: Option<Manifest>) -> Result<Manifest, AppError> {
    let manifest = manifest
        .ok_or_else(|| refused(format!("{}: it is damaged: its manifest cannot be read", path.display())))?;
    if manifest.is_of_a_newer_format() || manifest::is_later(&manifest.product_version, PRODUCT_VERSION) {
        return Err(refused(format!(
            "{}: it was made by a newer Callboard than this one ({PRODUCT_VERSION}). Restore it with that version",
            path.display()
        )));
    }
    Ok(manifest)
}

fn document(path: &Path, collection: &'static Collection, bytes: &[u8]) -> Result<Document, AppError> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(rename = "_id")]
        id: Id,
        #[serde(default)]
        revision: Option<i64>,
    }
    let unusable = |why: String| {
        refused(format!("{}: a document of {} cannot be kept: {why}", path.display(), collection.name))
    };
    let raw = RawDocument::from_bytes(bytes).map_err(|_| unusable("it is no BSON".to_owned()))?;
    let json = bson_form::to_json(collection, raw).map_err(|error| unusable(error.to_string()))?;
    let Envelope { id, revision } = serde_json::from_str(&json).map_err(|_| {
        unusable("its `_id` is no id of twelve bytes, or its revision no whole number".to_owned())
    })?;
    let revision = revision.unwrap_or_default();
    if revision < 0 {
        return Err(unusable("its revision is below zero".to_owned()));
    }
    Ok(Document { id, revision, json: json.into() })
}

fn said(path: &Path, error: &DumpError) -> AppError {
    refused(format!("{}: {error}", path.display()))
}
