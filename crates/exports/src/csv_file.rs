//! CSV: RFC 4180, UTF-8.

use model::schema::Collection;

use crate::cells::{Cell, cells, harmless};
use crate::columns::{Column, columns};
use crate::{ExportError, Sheet, Target};

pub(crate) struct CsvFile<'a> {
    columns: Vec<Column>,
    row: Row,
    out: Box<dyn Target + 'a>,
}

impl<'a> CsvFile<'a> {
    pub(crate) fn begin(collection: &Collection, mut out: Box<dyn Target + 'a>) -> Result<Self, ExportError> {
        let columns = columns(collection);
        let mut row = Row::default();
        columns.iter().for_each(|column| row.field(&column.head()));
        out.write_all(row.end())?;
        Ok(Self { columns, row, out })
    }
}

impl Sheet for CsvFile<'_> {
    fn add(&mut self, document: &str) -> Result<bool, ExportError> {
        self.row.clear();
        for cell in cells(&self.columns, document)? {
            match cell? {
                Cell::Empty => self.row.field(""),
                Cell::Text(text) => self.row.field(&harmless(&text)),
                Cell::Number(number) => self.row.field(number),
                Cell::Flag(flag) => self.row.field(if flag { "true" } else { "false" }),
            }
        }
        self.out.write_all(self.row.end())?;
        Ok(true)
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

/// A row in the making; its room is used again and again.
#[derive(Default)]
struct Row {
    bytes: Vec<u8>,
    fields: usize,
}

impl Row {
    fn clear(&mut self) {
        self.bytes.clear();
        self.fields = 0;
    }

    /// Adds a field. What has a comma, a quote or a line break in it stands between quotes, and its quotes twice.
    fn field(&mut self, text: &str) {
        if self.fields > 0 {
            self.bytes.push(b',');
        }
        self.fields += 1;
        // All bytes are looked at, without an early way out: so many are at a time.
        let is_special = |byte: u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
        if !text.bytes().fold(false, |found, byte| found | is_special(byte)) {
            return self.bytes.extend_from_slice(text.as_bytes());
        }
        for piece in text.split_inclusive('"') {
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(piece.as_bytes());
        }
        if text.ends_with('"') {
            self.bytes.push(b'"');
        }
        self.bytes.push(b'"');
    }

    /// The row with its end.
    fn end(&mut self) -> &[u8] {
        self.bytes.extend_from_slice(b"\r\n");
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_are_as_a_library_writes_them(fields in proptest::collection::vec("[ab,;'\"\r\n\u{e4}]{0,6}", 2..6)) {
            let mut row = Row::default();
            fields.iter().for_each(|field| row.field(field));
            let mut theirs = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            theirs.write_record(&fields).unwrap();
            prop_assert_eq!(row.end(), theirs.into_inner().unwrap());
        }
    }
}
