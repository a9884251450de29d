//! What commands print: a table for people, JSON for scripts.

use std::io::Write;

use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde::Serialize;

use crate::failure::Failure;

/// Prints one line. A closed pipe (`callboard … | head`) is no failure.
pub(crate) fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
}

/// Prints a value as JSON, or the sentence that people get instead.
pub(crate) fn said(as_json: bool, value: &impl Serialize, sentence: impl AsRef<str>) -> Result<(), Failure> {
    if as_json {
        return json(value);
    }
    line(sentence);
    Ok(())
}

/// Prints what a command would have done.
pub(crate) fn would(
    as_json: bool,
    action: &str,
    target: &str,
    sentence: impl AsRef<str>,
) -> Result<(), Failure> {
    let sentence = sentence.as_ref();
    let value = serde_json::json!({"would": action, "target": target, "reason": sentence});
    said(as_json, &value, format!("{sentence}. Nothing was written."))
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
    line(text);
    Ok(())
}

/// Prints rows as a table.
pub(crate) fn table<const N: usize>(heads: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(heads);
    let mut is_empty = true;
    for row in rows {
        is_empty = false;
        table.add_row(row);
    }
    if is_empty {
        line("Nothing to show.");
    } else {
        line(table.to_string());
    }
}
