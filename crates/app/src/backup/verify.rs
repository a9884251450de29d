//! Proving a backup: all of it is read, restored into a scratch store, and compared there.

use store::Replacement;

use super::{Contents, Origin, Progress, fill, inspect};
use crate::AppError;

/// Proves a backup with a scratch store, which is never swapped in.
///
/// # Errors
/// `backup_refused` with what is wrong.
pub async fn verify(
    origin: &Origin,
    mut scratch: Box<dyn Replacement>,
    progress: Progress<'_>,
) -> Result<Contents, AppError> {
    let contents = inspect(origin, progress)?;
    fill::fill(&*scratch.to_fill()?, &contents, fill::COMMIT_DOCUMENTS, &|_| {}, progress).await?;
    let store = scratch.store().map_err(|error| fill::said(&contents, error))?;
    fill::compare(&*store, &contents, progress).await?;
    Ok(contents)
}
