//! Documents as files that people open elsewhere: CSV, NDJSON, JSON, XLSX and calendars.
//!
//! Columns come from the declaration of a collection; what is secret there has none and is written nowhere. Columns of
//! internal fields say so in their head; a calendar has shared fields only. Everything is written document by document: memory does not grow with them.

mod cells;
mod columns;
mod csv_file;
mod eight;
mod ics;
mod json_files;
mod scan;
mod xlsx_file;

use std::io::Write;

use model::collections::EVENTS;
use model::schema::Collection;

pub use columns::{Column, columns};
pub use ics::StoodIn;
pub use model::documents::ExportFormat as Format;

/// How writing a file can fail.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be written on.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// A document cannot be read.
    #[error("a stored document is not as declared (column {} of its text)", .0.column())]
    Malformed(#[from] serde_json::Error),
    /// Only events make a calendar.
    #[error("only events can be written as a calendar")]
    NoCalendar,
    /// The workbook cannot be written.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// Where a file is written to, from its first byte to its last.
pub trait Target: Write + Send {}
impl<T: Write + Send> Target for T {}

/// A file that is being written.
pub trait Sheet: Send {
    /// Adds a document, given as its stored JSON text; false when the format has no entry of its own for it. A calendar
    /// wants the masters of series before their exceptions.
    ///
    /// # Errors
    /// The file cannot be written on, or the text is not a document.
    fn add(&mut self, document: &str) -> Result<bool, ExportError>;

    /// Writes what is left. Nothing is whole before this.
    ///
    /// # Errors
    /// The file cannot be written on.
    fn end(self: Box<Self>) -> Result<(), ExportError>;
}

/// Begins a file of documents of this collection. `stood_in` is for calendars: what they must know of occurrences that
/// are not in the file.
///
/// # Errors
/// The file cannot be written on.
pub fn begin<'a>(
    format: Format,
    collection: &'static Collection,
    stood_in: StoodIn,
    out: Box<dyn Target + 'a>,
) -> Result<Box<dyn Sheet + 'a>, ExportError> {
    Ok(match format {
        Format::Csv => Box::new(csv_file::CsvFile::begin(collection, out)?),
        Format::Ndjson => Box::new(json_files::Lines::begin(collection, out)),
        Format::Json => Box::new(json_files::Whole::begin(collection, out)?),
        Format::Xlsx => Box::new(xlsx_file::Workbook::begin(collection, out)?),
        Format::Ics if collection.name == EVENTS.name => Box::new(ics::Calendar::begin(stood_in, out)?),
        Format::Ics => return Err(ExportError::NoCalendar),
    })
}
