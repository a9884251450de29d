//! The exports folder: names of files in it. A name from the database never leads out of it.

use std::path::{Path, PathBuf};

use model::Id;
use model::documents::ExportFormat;

use crate::App;

/// How names of full backups end, as those of other backups do: in clear, and encrypted.
const BACKUPS: [&str; 2] = ["archive.gz", "archive.gz.age"];

/// The name of an export's file: of a full backup without a format. The number is the lease's: no two attempts ever write
/// one file.
pub(super) fn name(id: Id, number: i64, format: Option<ExportFormat>, is_sealed: bool) -> String {
    let [clear, sealed] = BACKUPS;
    let ending = format.map_or(if is_sealed { sealed } else { clear }, ExportFormat::name);
    format!("{id}-{number}.{ending}")
}

/// How the name of a file ends.
pub(super) fn ending(name: &str) -> &str {
    name.split_once('.').map_or("", |(_, ending)| ending)
}

/// Whether a file is a backup that is encrypted.
pub(super) fn is_sealed(name: &str) -> bool {
    ending(name) == BACKUPS[1]
}

/// Whose file this is: its export, when the name is one of ours, whole or still hidden.
pub(super) fn export_of(name: &str) -> Option<Id> {
    let name = match name.strip_suffix(".partial") {
        Some(hidden) => hidden.strip_prefix('.')?,
        None => name,
    };
    let (id, rest) = name.split_once('-')?;
    let (number, ending) = rest.split_once('.')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_format =
        BACKUPS.contains(&ending) || ExportFormat::ALL.iter().any(|format| format.name() == ending);
    if is_number && is_format { id.parse().ok() } else { None }
}

/// Where the file of this export is, when the stored name is one that it can have.
pub(super) fn path(app: &App, id: Id, stored: &str) -> Option<PathBuf> {
    let is_ours = export_of(stored) == Some(id) && !stored.starts_with('.');
    is_ours.then(|| root(app).join(stored))
}

pub(super) fn root(app: &App) -> &Path {
    &app.settings().exports_dir
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ours_or_nothing() {
        let id = Id::from_bytes([7; 12]);
        let formats = ExportFormat::ALL.map(|format| (Some(format), false));
        for (format, is_sealed) in formats.into_iter().chain([(None, false), (None, true)]) {
            let name = name(id, 12, format, is_sealed);
            assert_eq!(super::is_sealed(&name), is_sealed);
            assert_eq!(export_of(&name), Some(id), "{name}");
            assert_eq!(export_of(&format!(".{name}.partial")), Some(id), "{name}");
        }
        let ours = name(id, 1, Some(ExportFormat::Csv), false);
        for other in [
            "",
            ".",
            "..",
            "callboard.db",
            "../callboard.db",
            "/etc/passwd",
            "a-1.csv",
            &format!("../{ours}"),
            &format!("x/{ours}"),
            &format!("{ours}/"),
            &format!("{ours}\0"),
            &format!("{ours}.partial"),
            &format!("{id}-1.exe"),
            &format!("{id}-1.archive"),
            &format!("{id}-.csv"),
            &format!("{id}-1"),
            &format!("{id}-1/../../x.csv"),
            &format!("{id}-+1.csv"),
        ] {
            assert_eq!(export_of(other), None, "{other}");
        }
    }
}
