//! Folders that only their owner may look into.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

/// Makes a folder, and those above it, where they are missing. One that is there stays as it is.
pub fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
