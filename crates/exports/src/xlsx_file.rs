//! XLSX: rows go to a temporary file as they come, so that memory stays flat.

use std::borrow::Cow;

use model::schema::Collection;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Worksheet};

use crate::cells::{Cell, cells};
use crate::columns::{Column, columns};
use crate::{ExportError, Sheet, Target};

/// Rows of a sheet, its heads among them.
/// <https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3>
const ROWS_A_SHEET: u32 = 1_048_576;
/// Characters of a cell, as workbooks count them: UTF-16 units, two for what lies beyond the first 65,536 characters.
const UNITS_A_CELL: usize = 32_767;
/// How well a workbook is packed, which takes most of its time: at 2 the file is 1.3 times as large as at the usual 6, and
/// done in three fifths of the time. At 1 it would be 1.8 times as large for little more.
const PACKING: u8 = 2;

pub(crate) struct Workbook<'a> {
    name: &'static str,
    columns: Vec<Column>,
    book: rust_xlsxwriter::Workbook,
    sheets: usize,
    next_row: u32,
    out: Box<dyn Target + 'a>,
}

impl<'a> Workbook<'a> {
    pub(crate) fn begin(collection: &Collection, out: Box<dyn Target + 'a>) -> Result<Self, ExportError> {
        let columns = columns(collection);
        let mut book = rust_xlsxwriter::Workbook::new();
        // The same documents make the same bytes: the moment of writing is not among them.
        let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        book.set_zip_compression_level(PACKING);
        let mut workbook = Self { name: collection.name, columns, book, sheets: 0, next_row: 0, out };
        workbook.begin_sheet()?;
        Ok(workbook)
    }

    fn begin_sheet(&mut self) -> Result<(), ExportError> {
        self.sheets += 1;
        let name = match self.sheets {
            1 => self.name.to_owned(),
            number => format!("{} {number}", self.name),
        };
        let bold = Format::new().set_bold();
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, place) in self.columns.iter().zip(0_u16..) {
            sheet.write_string_with_format(0, place, column.head(), &bold)?;
        }
        self.next_row = 1;
        Ok(())
    }
}

impl Sheet for Workbook<'_> {
    fn add(&mut self, document: &str) -> Result<bool, ExportError> {
        if self.next_row >= ROWS_A_SHEET {
            self.begin_sheet()?;
        }
        let row = self.next_row;
        let sheet = self.book.worksheet_from_index(self.sheets - 1)?;
        for (cell, place) in cells(&self.columns, document)?.zip(0_u16..) {
            write(sheet, row, place, cell?)?;
        }
        self.next_row += 1;
        Ok(true)
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        self.book.save_to_writer(&mut self.out)?;
        Ok(self.out.flush()?)
    }
}

/// Texts are written as texts: a workbook never takes them for formulas.
fn write(sheet: &mut Worksheet, row: u32, place: u16, cell: Cell<'_>) -> Result<(), ExportError> {
    match cell {
        Cell::Empty => {}
        Cell::Flag(flag) => {
            sheet.write_boolean(row, place, flag)?;
        }
        Cell::Number(number) => {
            match number.parse::<f64>() {
                Ok(number) => sheet.write_number(row, place, number)?,
                Err(_) => sheet.write_string(row, place, number)?,
            };
        }
        Cell::Text(text) => {
            sheet.write_string(row, place, fitting(&text))?;
        }
    }
    Ok(())
}

/// As much of the text as a cell holds; what is cut says so.
fn fitting(text: &str) -> Cow<'_, str> {
    // A text never has more units than bytes.
    if text.len() <= UNITS_A_CELL {
        return text.into();
    }
    let beyond = |room: usize| {
        let mut units = 0;
        let mut is_beyond = |one: char| {
            units += one.len_utf16();
            units > room
        };
        text.char_indices().find(|(_, one)| is_beyond(*one)).map(|(place, _)| place)
    };
    if beyond(UNITS_A_CELL).is_none() {
        return text.into();
    }
    let kept = beyond(UNITS_A_CELL - 1).and_then(|end| text.get(..end)).unwrap_or_default();
    format!("{kept}…").into()
}
