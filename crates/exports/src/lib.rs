//! Documents as files that people open elsewhere: CSV, NDJSON, JSON and XLSX.
//!
//! Columns come from the declaration of a collection; what is secret there has none and is written nowhere. Columns of
//! internal fields say so in their head. Everything is written document by document: memory does not grow with them.

mod cells;
mod columns;
mod csv_file;
mod json_files;
mod xlsx_file;

use std::io::{Seek, Write};

use model::schema::Collection;

pub use columns::{Column, columns};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// RFC 4180, UTF-8, one line of heads. Texts that a spreadsheet would take for a formula begin with an apostrophe.
    Csv,
    /// One JSON object a line, as it is stored.
    Ndjson,
    /// One JSON object: `{"collection", "internal_fields", "items": [...]}`.
    Json,
    /// A workbook; a new sheet begins when one is full.
    Xlsx,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Ndjson, Self::Json, Self::Xlsx];

    /// Its name, which is also how file names end.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
        }
    }
}

/// How writing a file can fail.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be written on.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// A document cannot be read.
    #[error("a stored document is not as declared: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The workbook cannot be written.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// Where a file is written to.
pub trait Target: Write + Seek + Send {}
impl<T: Write + Seek + Send> Target for T {}

/// A file that is being written.
pub trait Sheet: Send {
    /// Adds a document, given as its stored JSON text.
    ///
    /// # Errors
    /// The file cannot be written on, or the text is not a document.
    fn add(&mut self, document: &str) -> Result<(), ExportError>;

    /// Writes what is left. Nothing is whole before this.
    ///
    /// # Errors
    /// The file cannot be written on.
    fn end(self: Box<Self>) -> Result<(), ExportError>;
}

/// Begins a file of documents of this collection.
///
/// # Errors
/// The file cannot be written on.
pub fn begin<'a>(
    format: Format,
    collection: &'static Collection,
    out: Box<dyn Target + 'a>,
) -> Result<Box<dyn Sheet + 'a>, ExportError> {
    Ok(match format {
        Format::Csv => Box::new(csv_file::CsvFile::begin(collection, out)?),
        Format::Ndjson => Box::new(json_files::Lines::begin(collection, out)),
        Format::Json => Box::new(json_files::Whole::begin(collection, out)?),
        Format::Xlsx => Box::new(xlsx_file::Workbook::begin(collection, out)?),
    })
}
