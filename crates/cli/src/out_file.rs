//! Where a file may be written that somebody names: not over the store, whose file would be replaced under whoever has it
//! open.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::settings::Effective;
use crate::wiring;

/// How the names of files go on that belong to a store: SQLite's, the gate's, those of a restore under way, the signs of
/// life. `.damaged` goes on with a number.
const COMPANIONS: [&str; 10] = [
    "",
    "-wal",
    "-shm",
    "-journal",
    ".lock",
    ".running",
    ".replaced",
    ".restoring",
    ".restoring-wal",
    ".restoring-shm",
];
const DAMAGED: &str = ".damaged-";

/// Refuses to write where the embedded store is, or one of its companions, by whatever way the name leads there.
pub(crate) fn refuse_the_store(settings: &Effective, out: &Path) -> Result<(), Failure> {
    let beside = wiring::files_beside(settings)?;
    let stores = places(&beside);
    let is_of_store = |place: &(PathBuf, OsString)| {
        stores.iter().any(|store| store.0 == place.0 && belongs(&store.1, &place.1))
    };
    if !places(out).iter().any(is_of_store) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--out names {}, which is the store or a file that belongs to it ({}); name another file. Nothing was changed",
        out.display(),
        beside.display()
    )))
}

/// Whether both names lead to one file, there or not.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let others = places(other);
    places(one).iter().any(|place| others.contains(place))
}

/// Where this is, as folder and name: by its own name, and by that of what it leads to when it is a link.
fn places(path: &Path) -> Vec<(PathBuf, OsString)> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let whole = std::fs::canonicalize(&path).ok();
    let folder =
        path.parent().map(|folder| std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()));
    let named = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
    let of = |path: PathBuf| Some((path.parent()?.to_owned(), path.file_name()?.to_owned()));
    [whole, named].into_iter().flatten().filter_map(of).collect()
}

fn belongs(store: &OsStr, name: &OsStr) -> bool {
    let (store, name) = (store.as_encoded_bytes(), name.as_encoded_bytes());
    let Some(rest) = name.strip_prefix(store) else { return false };
    COMPANIONS.iter().any(|companion| companion.as_bytes() == rest) || rest.starts_with(DAMAGED.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companions_belong_to_a_store_and_its_neighbours_do_not() {
        let cases = [
            ("callboard.db", true),
            ("callboard.db-wal", true),
            ("callboard.db-shm", true),
            ("callboard.db.lock", true),
            ("callboard.db.damaged-2-wal", true),
            ("callboard.db.gz", false),
            ("callboard.db-wal.gz", false),
            ("callboard", false),
            ("backup.gz", false),
        ];
        for (name, expected) in cases {
            assert_eq!(belongs("callboard.db".as_ref(), name.as_ref()), expected, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn one_file_is_one_by_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("data")).unwrap();
        std::fs::write(path("data/a.db"), "").unwrap();
        std::os::unix::fs::symlink(path("data"), path("link")).unwrap();
        std::os::unix::fs::symlink(path("data/a.db"), path("b.db")).unwrap();
        for (other, expected) in [
            ("data/a.db", true),
            ("data/../data/./a.db", true),
            ("link/a.db", true),
            ("b.db", true),
            ("data/b.db", false),
            ("none/a.db", false),
        ] {
            assert_eq!(is_same(&path("data/a.db"), &path(other)), expected, "{other}");
        }
        assert!(is_same(&path("link/new.db"), &path("data/new.db")), "also one that is not there yet");
    }
}
