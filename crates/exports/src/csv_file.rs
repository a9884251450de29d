//! CSV: RFC 4180, UTF-8.

use model::schema::{Collection, Kind};

use crate::cells::{begins_plainly, harmless, is_text, joined, text, values};
use crate::columns::{Column, columns};
use crate::eight::{Marks, marks, plain_bytes};
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
        for (column, value) in self.columns.iter().zip(values(&self.columns, document)?) {
            match value {
                Some(value) => self.row.value(&column.kind, value)?,
                None => self.row.plain(""),
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

    /// Adds a value that is JSON.
    fn value(&mut self, kind: &Kind, json: &str) -> Result<(), serde_json::Error> {
        match kind {
            Kind::Bool => self.plain(if json == "true" { "true" } else { "false" }),
            Kind::List(item, _) if is_text(item) => {
                if !self.plain_texts(json) {
                    self.text(&joined(json)?);
                }
            }
            Kind::Int(..) | Kind::Float(..) => self.field(json),
            Kind::List(..) | Kind::Object(_) | Kind::Json => self.text(json),
            _ => {
                if !self.text_without_escapes(json) {
                    self.text(&text(json)?);
                }
            }
        }
        Ok(())
    }

    /// Adds a JSON text as it stands between its quotes; false when something else is meant by that.
    fn text_without_escapes(&mut self, json: &str) -> bool {
        let inside = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
        let Some(inside) = inside else { return false };
        let marks = marks(inside);
        if !marks.has_escapes {
            self.marked(inside, &marks);
        }
        !marks.has_escapes
    }

    /// Adds a list of JSON texts none of which needs any care; false, and nothing is added, when one does.
    fn plain_texts(&mut self, json: &str) -> bool {
        let (bytes, fields) = (self.bytes.len(), self.fields);
        self.plain("");
        let is_done = self.add_texts(json).is_some();
        if !is_done {
            self.bytes.truncate(bytes);
            self.fields = fields;
        }
        is_done
    }

    fn add_texts(&mut self, json: &str) -> Option<()> {
        let mut rest = json.strip_prefix("[\"")?;
        loop {
            let (item, after) = rest.split_at_checked(plain_bytes(rest.as_bytes()))?;
            if !begins_plainly(item) || marks(item).may_need_quotes {
                return None;
            }
            self.bytes.extend_from_slice(item.as_bytes());
            match after {
                "\"]" => return Some(()),
                _ => rest = after.strip_prefix("\",\"")?,
            }
            self.bytes.extend_from_slice(b"; ");
        }
    }

    /// Adds a text of the data, without a formula.
    fn text(&mut self, text: &str) {
        self.marked(text, &marks(text));
    }

    /// The same, when it was looked at already: most texts need no care.
    fn marked(&mut self, text: &str, marks: &Marks) {
        if marks.may_have_fields || !begins_plainly(text) {
            self.field(&harmless(text));
        } else if marks.may_need_quotes {
            self.quoted(text);
        } else {
            self.plain(text);
        }
    }

    /// Adds a field as it is.
    fn plain(&mut self, text: &str) {
        if self.fields > 0 {
            self.bytes.push(b',');
        }
        self.fields += 1;
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Adds a field. What has a comma, a quote or a line break in it stands between quotes.
    fn field(&mut self, text: &str) {
        if text.contains([',', '"', '\r', '\n']) { self.quoted(text) } else { self.plain(text) }
    }

    /// Adds a field between quotes, its own ones twice.
    fn quoted(&mut self, text: &str) {
        self.plain("\"");
        for (piece, place) in text.split('"').zip(0_usize..) {
            if place > 0 {
                self.bytes.extend_from_slice(b"\"\"");
            }
            self.bytes.extend_from_slice(piece.as_bytes());
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
    use serde_json::json;

    use super::*;

    const TEXT: Kind = Kind::Text(100);

    proptest! {
        #[test]
        fn rows_are_as_a_library_writes_them(fields in proptest::collection::vec("[ab,;'\"\r\n\u{e4}]{0,6}", 2..6)) {
            let mut row = Row::default();
            fields.iter().for_each(|field| row.field(field));
            let mut theirs = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            theirs.write_record(&fields).unwrap();
            prop_assert_eq!(row.end(), theirs.into_inner().unwrap());
        }

        #[test]
        fn one_look_at_a_text_misses_nothing(text in "[-ab,;=@+'\"\r\n\t \u{e4}\u{a0}\u{ff1d}]{0,12}") {
            let (mut at_a_look, mut closely) = (Row::default(), Row::default());
            at_a_look.text(&text);
            closely.field(&harmless(&text));
            prop_assert_eq!(at_a_look.end(), closely.end());
        }

        #[test]
        fn json_is_added_as_what_it_means(items in proptest::collection::vec("[ab,;=\"\n\\\\ \u{e4}]{0,6}", 0..4)) {
            let (mut quickly, mut closely) = (Row::default(), Row::default());
            let texts = Kind::List(&TEXT, 4);
            quickly.value(&texts, &json!(items).to_string()).unwrap();
            closely.field(&harmless(&items.join("; ")));
            for item in &items {
                quickly.value(&TEXT, &json!(item).to_string()).unwrap();
                closely.field(&harmless(item));
            }
            prop_assert_eq!(quickly.end(), closely.end());
        }
    }
}
