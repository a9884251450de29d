//! The folder form: for each collection a file of documents one after the other, and one with its metadata.
//!
//! The files have no checksum: a file that ends between two documents looks whole.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::counted::{Count, Counted};
use crate::{Collection, DumpError, Limits, document};

/// Reads a folder collection by collection, by name.
pub(crate) struct Folder {
    limits: Limits,
    collections: Vec<Collection>,
    files: Vec<PathBuf>,
    packed_bytes: u64,
    position: usize,
    open: Option<Counted<Box<dyn Read + Send>>>,
    /// Bytes read of the files before.
    count_before: u64,
    count: Count,
    buffer: Vec<u8>,
}

impl Folder {
    /// Reads what there is. `path` is the folder of a database, or one with nothing but such a folder.
    pub(crate) fn open(path: &Path, limits: Limits) -> Result<Self, DumpError> {
        let (path, mut names) = database_folder(path)?;
        names.sort();
        let database = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let (mut collections, mut files, mut heads_bytes) = (Vec::<Collection>::new(), Vec::new(), 0);
        for name in &names {
            let Some(stem) = without_end(name, DOCUMENTS) else { continue };
            if collections.iter().any(|known| known.name == stem) {
                // Dumped into one folder twice, packed and not: one of the two is out of date.
                let what = format!("the documents of {stem} are there both packed and not");
                return Err(DumpError::Damaged { after_bytes: 0, what });
            }
            if collections.len() >= limits.collections {
                return Err(DumpError::TooLarge(format!(
                    "it has more than {} collections",
                    limits.collections
                )));
            }
            let metadata = metadata(&path, &names, stem, limits.heads_bytes - heads_bytes)?;
            heads_bytes += metadata.len() as u64;
            let collection = Collection::plain(&database, stem, metadata);
            if !collection.has_plain_names() {
                return Err(DumpError::Foreign("a file in it is named after no collection"));
            }
            collections.push(collection);
            files.push(path.join(name));
        }
        refuse_missing(&path, &names, &collections, limits.heads_bytes - heads_bytes)?;
        if files.is_empty() {
            return Err(DumpError::Foreign("the folder has no .bson file"));
        }
        let sizes = files.iter().map(|file| fs::metadata(file).map(|metadata| metadata.len()));
        let packed_bytes = sizes.sum::<std::io::Result<u64>>().map_err(DumpError::Io)?;
        Ok(Self {
            limits,
            collections,
            files,
            packed_bytes,
            position: 0,
            open: None,
            count_before: 0,
            count: Count::default(),
            buffer: Vec::new(),
        })
    }

    pub(crate) fn collections(&self) -> &[Collection] {
        &self.collections
    }

    pub(crate) fn unpacked_bytes(&self) -> u64 {
        self.count_before + self.count.bytes()
    }

    /// Size of the files.
    pub(crate) fn packed_bytes(&self) -> u64 {
        self.packed_bytes
    }

    pub(crate) fn next(&mut self) -> Result<Option<(usize, &[u8])>, DumpError> {
        loop {
            if self.open.is_none() {
                let Some(file) = self.files.get(self.position) else { return Ok(None) };
                let reader = Counted::new(unpacked(file).map_err(DumpError::Io)?);
                self.count_before += self.count.bytes();
                self.count = reader.count();
                self.open = Some(reader);
            }
            let Some(reader) = &mut self.open else { continue };
            let mut length = [0; 4];
            let mut filled = 0;
            while let Some(rest) = length.get_mut(filled..).filter(|rest| !rest.is_empty()) {
                let read = reader.read(rest);
                match read
                    .map_err(|error| DumpError::reading(error, self.count.bytes(), "between two documents"))?
                {
                    0 => break,
                    count => filled += count,
                }
            }
            match filled {
                4 => {
                    let after_bytes = self.count.bytes();
                    document::rest_of(reader, length, &mut self.buffer, &self.limits, after_bytes)?;
                    return Ok(Some((self.position, &self.buffer)));
                }
                0 => {
                    self.open = None;
                    self.position += 1;
                }
                _ => {
                    return Err(DumpError::Cut {
                        after_bytes: self.count.bytes(),
                        during: "between two documents",
                    });
                }
            }
        }
    }
}

/// The tools write a file of documents for every collection, also for an empty one: where only the metadata is, the
/// documents were lost on the way. A view has none of its own, and those of a time series are in a file of another name.
fn refuse_missing(
    path: &Path,
    names: &[String],
    collections: &[Collection],
    most_bytes: u64,
) -> Result<(), DumpError> {
    for stem in names.iter().filter_map(|name| without_end(name, METADATA)) {
        if collections.iter().any(|known| known.name == stem) {
            continue;
        }
        let text = metadata(path, names, stem, most_bytes)?;
        let described = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
        let kind = described.get("type").and_then(serde_json::Value::as_str);
        let is_view = described.pointer("/options/viewOn").is_some();
        if !is_view && kind.is_none_or(|kind| kind.is_empty() || kind == "collection") {
            return Err(DumpError::Missing { file: format!("{stem}.bson") });
        }
    }
    Ok(())
}

/// How the files of documents end, and those of metadata.
const DOCUMENTS: [&str; 2] = [".bson", ".bson.gz"];
const METADATA: [&str; 2] = [".metadata.json", ".metadata.json.gz"];

fn without_end<'a>(name: &'a str, ends: [&str; 2]) -> Option<&'a str> {
    ends.into_iter().find_map(|end| name.strip_suffix(end))
}

/// The folder with the files, and their names. What is named like a file of a dump must be one.
fn database_folder(path: &Path) -> Result<(PathBuf, Vec<String>), DumpError> {
    let (files, folders) = entries(path)?;
    if !files.is_empty() {
        return Ok((path.to_owned(), files));
    }
    match folders.as_slice() {
        [only] => {
            let path = path.join(only);
            let (files, _) = entries(&path)?;
            Ok((path, files))
        }
        [] => Err(DumpError::Foreign("the folder is empty")),
        _ => Err(DumpError::Foreign("the folder has several databases; name the folder of one")),
    }
}

fn entries(path: &Path) -> Result<(Vec<String>, Vec<String>), DumpError> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path).map_err(DumpError::Io)? {
        let entry = entry.map_err(DumpError::Io)?;
        let kind = entry.file_type().map_err(DumpError::Io)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_of_a_dump = [DOCUMENTS, METADATA].iter().any(|ends| without_end(&name, *ends).is_some());
        if is_of_a_dump && !kind.is_file() {
            // Left out, its collection would be restored as an empty one.
            return Err(DumpError::NoFile { name });
        }
        if is_of_a_dump || kind.is_file() && [".json", ".json.gz"].iter().any(|end| name.ends_with(end)) {
            files.push(name);
        } else if kind.is_dir() {
            folders.push(name);
        }
    }
    Ok((files, folders))
}

fn metadata(path: &Path, names: &[String], stem: &str, most_bytes: u64) -> Result<String, DumpError> {
    let wanted = [format!("{stem}.metadata.json"), format!("{stem}.metadata.json.gz")];
    let Some(name) = names.iter().find(|name| wanted.contains(name)) else { return Ok(String::new()) };
    let mut text = String::new();
    let reader = unpacked(&path.join(name)).map_err(DumpError::Io)?;
    reader
        .take(most_bytes + 1)
        .read_to_string(&mut text)
        .map_err(|error| DumpError::reading(error, 0, "inside the metadata of a collection"))?;
    if text.len() as u64 > most_bytes {
        return Err(DumpError::TooLarge("the metadata of its collections is too long".to_owned()));
    }
    Ok(text)
}

fn unpacked(path: &Path) -> std::io::Result<Box<dyn Read + Send>> {
    let file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let is_packed = path.extension().is_some_and(|end| end == "gz");
    Ok(if is_packed {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    })
}
