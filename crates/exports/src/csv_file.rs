//! CSV: RFC 4180, UTF-8.

use model::schema::Collection;

use crate::cells::{Cell, cells, harmless};
use crate::columns::{Column, columns};
use crate::{ExportError, Sheet, Target};

pub(crate) struct CsvFile<'a> {
    columns: Vec<Column>,
    out: csv::Writer<Box<dyn Target + 'a>>,
}

impl<'a> CsvFile<'a> {
    pub(crate) fn begin(collection: &Collection, out: Box<dyn Target + 'a>) -> Result<Self, ExportError> {
        let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let columns = columns(collection);
        out.write_record(columns.iter().map(Column::head)).map_err(failed)?;
        Ok(Self { columns, out })
    }
}

impl Sheet for CsvFile<'_> {
    fn add(&mut self, document: &str) -> Result<(), ExportError> {
        for cell in cells(&self.columns, document)? {
            let written = match cell? {
                Cell::Empty => self.out.write_field(""),
                Cell::Text(text) => self.out.write_field(harmless(&text).as_ref()),
                Cell::Number(number) => self.out.write_field(number),
                Cell::Flag(flag) => self.out.write_field(if flag { "true" } else { "false" }),
            };
            written.map_err(failed)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(failed)
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

fn failed(error: csv::Error) -> ExportError {
    ExportError::File(error.into())
}
