//! The exports folder: names of files in it. A name from the database never leads out of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use model::Id;
use model::documents::ExportFormat;

use crate::App;

/// How names of full backups end, as those of other backups do.
pub(super) const BACKUP: &str = "archive.gz";

/// The name of an export's file. The number is the lease's: no two attempts ever write one file.
pub(super) fn name(id: Id, number: i64, ending: &str) -> String {
    format!("{id}-{number}.{ending}")
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
    let is_format = ending == BACKUP || ExportFormat::ALL.iter().any(|format| format.name() == ending);
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

/// Makes the folder; only its owner may look into it.
pub(super) fn make(root: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ours_or_nothing() {
        let id = Id::from_bytes([7; 12]);
        for ending in ExportFormat::ALL.map(ExportFormat::name).into_iter().chain([BACKUP]) {
            let name = name(id, 12, ending);
            assert_eq!(export_of(&name), Some(id), "{name}");
            assert_eq!(export_of(&format!(".{name}.partial")), Some(id), "{name}");
        }
        let ours = name(id, 1, "csv");
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
