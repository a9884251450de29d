//! Files whose time is over, and files that belong to nothing.

use std::fs;

use jiff::Timestamp;
use model::Id;
use model::collections::ADMIN_EXPORTS;
use model::documents::{AdminExport, AuditEntry, ExportStatus};
use store::{Batch, Filter, TypedStore, Value, Write};

use super::create::REQUESTED;
use super::{folder, run};
use crate::{App, AppError};

/// Removes the files of exports whose time is over and what dead attempts left in the exports folder. A job calls it now
/// and then; it looks at the folder and the store and remembers nothing. Files that are not ours, or another store's, stay.
///
/// # Errors
/// When the store fails. A file that cannot be removed is tried again next time.
pub async fn tidy(app: &App) -> Result<(), AppError> {
    expire(app).await?;
    sweep(app).await
}

/// Marks the records; their files then belong to nothing.
async fn expire(app: &App) -> Result<(), AppError> {
    let now = app.now();
    let over = Filter::Lte("expires_at", now.into()).and(Filter::Exists("file_path", true));
    let over: Vec<AdminExport> = app.store().all(over).await?;
    for export in over {
        let update = Write::Update {
            collection: &ADMIN_EXPORTS,
            filter: Filter::eq("_id", export.id),
            set: vec![
                ("file_path", Value::Null),
                ("file_removed_at", now.into()),
                ("updated_at", now.into()),
            ],
            add: Vec::new(),
            must_match: false,
        };
        app.store().commit(Batch { writes: vec![update] }).await?;
        tracing::info!(export_id = %export.id, "the file of an export is removed: its time is over");
    }
    Ok(())
}

async fn sweep(app: &App) -> Result<(), AppError> {
    let root = folder::root(app);
    // Names first, records after: a file that is begun meanwhile is not among the names.
    let Ok(entries) = fs::read_dir(root) else { return Ok(()) };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let names: Vec<String> = names.collect();
    for name in names {
        if is_orphan(app, &name, app.now()).await?
            && let Err(error) = fs::remove_file(root.join(&name))
        {
            tracing::warn!(name, %error, "a file of no export cannot be removed; it is tried again");
        }
    }
    Ok(())
}

/// Whether a file of ours belongs to no export that is completed or being written.
async fn is_orphan(app: &App, name: &str, now: Timestamp) -> Result<bool, AppError> {
    let Some(id) = folder::export_of(name) else { return Ok(false) };
    // The lease first: what ends between the two looks is completed by the second.
    if run::is_leased(app, id, now).await? {
        return Ok(false);
    }
    let export: Option<AdminExport> = app.store().read(id).await?;
    match export {
        Some(export) => {
            Ok(export.status != ExportStatus::Completed || export.file_path.as_deref() != Some(name))
        }
        None => was_requested(app, id).await,
    }
}

/// Whether this store ever had such an export, which is then deleted by now. Another store on the same data folder has
/// exports that this one knows nothing of: their files are not its to remove. Entries of the audit log stay.
async fn was_requested(app: &App, id: Id) -> Result<bool, AppError> {
    let request = Filter::eq("document_id", id).and(Filter::eq("action", REQUESTED));
    let entries: Vec<AuditEntry> = app.store().all(request).await?;
    Ok(!entries.is_empty())
}
