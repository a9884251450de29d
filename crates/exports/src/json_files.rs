//! NDJSON and JSON: documents as they are stored, without their secrets.

use std::io::Write;

use model::raw::{AnyObject, Members};
use model::schema::{Collection, Exposure};

use crate::{ExportError, Sheet, Target};

/// One document a line.
pub(crate) struct Lines<'a> {
    secrets: Vec<&'static str>,
    out: Box<dyn Target + 'a>,
}

impl<'a> Lines<'a> {
    pub(crate) fn begin(collection: &Collection, out: Box<dyn Target + 'a>) -> Self {
        Self { secrets: collection.names(Exposure::Secret).collect(), out }
    }
}

impl Sheet for Lines<'_> {
    fn add(&mut self, document: &str) -> Result<bool, ExportError> {
        without(&self.secrets, document, &mut self.out)?;
        self.out.write_all(b"\n")?;
        Ok(true)
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        Ok(self.out.flush()?)
    }
}

/// One object with all documents.
pub(crate) struct Whole<'a> {
    secrets: Vec<&'static str>,
    out: Box<dyn Target + 'a>,
    is_first: bool,
}

impl<'a> Whole<'a> {
    pub(crate) fn begin(collection: &Collection, mut out: Box<dyn Target + 'a>) -> Result<Self, ExportError> {
        let internal: Vec<_> = collection.names(Exposure::Internal).collect();
        let (name, internal) = (serde_json::to_string(collection.name)?, serde_json::to_string(&internal)?);
        write!(out, "{{\"collection\":{name},\"internal_fields\":{internal},\"items\":[")?;
        Ok(Self { secrets: collection.names(Exposure::Secret).collect(), out, is_first: true })
    }
}

impl Sheet for Whole<'_> {
    fn add(&mut self, document: &str) -> Result<bool, ExportError> {
        self.out.write_all(if self.is_first { b"\n" } else { b",\n" })?;
        self.is_first = false;
        without(&self.secrets, document, &mut self.out)?;
        Ok(true)
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        self.out.write_all(b"\n]}\n")?;
        Ok(self.out.flush()?)
    }
}

fn without(secrets: &[&str], document: &str, out: &mut dyn Write) -> Result<(), ExportError> {
    if secrets.is_empty() {
        let AnyObject = serde_json::from_str(document)?;
        return Ok(out.write_all(document.as_bytes())?);
    }
    let Members(members) = serde_json::from_str(document)?;
    out.write_all(b"{")?;
    let shown = members.iter().filter(|(name, _)| !secrets.contains(name));
    for ((name, value), place) in shown.zip(0_usize..) {
        let comma = if place > 0 { "," } else { "" };
        write!(out, "{comma}{}:{value}", serde_json::to_string(name)?)?;
    }
    Ok(out.write_all(b"}")?)
}
