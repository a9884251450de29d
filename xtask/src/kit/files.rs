//! Files of the checkout.

use std::path::{Path, PathBuf};

use super::{Done, Failure};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The text of a file below the root.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(root().join(path))
        .map_err(|error| Failure::new(format!("{} could not be read: {error}.", path.display())))
}

/// Writes a file below the root, and its folder.
pub(crate) fn write(path: &Path, text: &str) -> Done {
    let file = root().join(path);
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(&file, text))
        .map_err(|error| Failure::new(format!("{} could not be written: {error}.", path.display())))
}

/// Folders with nothing in them that is ours to look at.
const NOT_OURS: &[&str] = &["target", "node_modules", "dist", ".git", "test-results", "coverage"];

/// Calls with every file of the checkout: its path from the root, with `/` between folders, and where it is.
pub(crate) fn visit(found: &mut impl FnMut(&str, &Path)) -> Done {
    walk(&root(), "", found)
        .map_err(|error| Failure::new(format!("The checkout could not be read: {error}.")))
}

fn walk(folder: &Path, prefix: &str, found: &mut impl FnMut(&str, &Path)) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) {
            walk(&entry.path(), &format!("{prefix}{name}/"), found)?;
        } else if kind.is_file() {
            found(&format!("{prefix}{name}"), &entry.path());
        }
    }
    Ok(())
}
