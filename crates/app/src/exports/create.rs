//! Asking for an export: a record that waits for a worker.

use model::Id;
use model::collections::{ADMIN_EXPORTS, USERS};
use model::documents::{AdminExport, ExportFilters, ExportStatus, Record, UNSET};
use model::validate;
use serde_json::json;
use store::{Batch, Filter, TypedStore, Value};

use super::ExportSpec;
use crate::accounts::audit::Entry;
use crate::accounts::idempotency::{self, RequestKey};
use crate::{App, AppError, Caller, Notice};

/// What the audit log calls the request of an export.
pub(super) const REQUESTED: &str = "export.requested";
/// So many exports may wait.
const MOST_WAITING: u64 = 20;

/// Asks for an export, which a worker then writes. The repetition of a request with the same key answers the same one.
///
/// # Errors
/// `forbidden` for who is no administrator, `invalid_fields` for what makes no sense, `too_many_exports` when many wait.
pub async fn create(
    app: &App,
    caller: &Caller,
    spec: ExportSpec,
    key: Option<&RequestKey>,
) -> Result<AdminExport, AppError> {
    only_admin(caller)?;
    if let Some(export) = made_before(app, caller, key).await? {
        return Ok(export);
    }
    let export = record(app, app.new_id(), caller, &spec, false)?;
    AppError::check(validate::record(&export))?;
    spec.check()?;
    known_people(app, &spec).await?;
    let waiting = Filter::eq("status", "pending").and(Filter::Ne("is_elsewhere", Value::Bool(true)));
    if app.store().count(&ADMIN_EXPORTS, waiting).await? >= MOST_WAITING {
        let detail = format!("{MOST_WAITING} exports wait already; let some end, or cancel some");
        return Err(AppError::Conflict { code: "too_many_exports", detail });
    }
    let mut batch = Batch::new();
    batch.insert(&export)?;
    requested(app, caller, &export, &mut batch)?;
    if let Some(key) = key {
        idempotency::remember(app, caller, key, export.id, &mut batch)?;
    }
    match app.store().commit(batch).await.map_err(AppError::from) {
        Ok(()) => {
            app.exports().wake();
            tell(app, &export);
            Ok(export)
        }
        Err(error) if idempotency::is_lost_race(&error) => made_before(app, caller, key).await?.ok_or(error),
        Err(error) => Err(error),
    }
}

async fn made_before(
    app: &App,
    caller: &Caller,
    key: Option<&RequestKey>,
) -> Result<Option<AdminExport>, AppError> {
    let Some(key) = key else { return Ok(None) };
    let Some(id) = idempotency::find(app, caller, key).await? else { return Ok(None) };
    Ok(app.store().read(id).await?)
}

/// A new record, touched.
pub(super) fn record(
    app: &App,
    id: Id,
    caller: &Caller,
    spec: &ExportSpec,
    is_elsewhere: bool,
) -> Result<AdminExport, AppError> {
    let filters = Some(spec.filters.clone()).filter(|filters| *filters != ExportFilters::default());
    let mut export = AdminExport {
        id,
        admin_user_id: caller.user_id,
        export_type: spec.export_type,
        filters,
        file_path: None,
        file_size: None,
        record_count: None,
        status: ExportStatus::Pending,
        error_message: None,
        created_at: UNSET,
        completed_at: None,
        updated_at: UNSET,
        format: spec.format,
        progress_count: Some(0),
        attempts: None,
        digest: None,
        expires_at: None,
        file_removed_at: None,
        is_elsewhere: is_elsewhere.then_some(true),
        cancelled_by: None,
        cancelled_at: None,
        revision: 0,
    };
    export.touch(app.now());
    Ok(export)
}

/// Adds the audit entry of the request.
pub(super) fn requested(
    app: &App,
    caller: &Caller,
    export: &AdminExport,
    batch: &mut Batch,
) -> Result<(), AppError> {
    let changes = json!({
        "export_type": {"after": export.export_type}, "format": {"after": export.format},
        "filters": {"after": export.filters},
    });
    Ok(Entry::new(REQUESTED, &ADMIN_EXPORTS, export.id).caller(caller).changes(changes).add(app, batch)?)
}

/// Tells open browsers how far an export is.
pub(super) fn tell(app: &App, export: &AdminExport) {
    let (owner, notice) = notice(export);
    app.hub().publish(owner, notice);
}

/// What open browsers are told of an export, and whose it is.
pub(crate) fn notice(export: &AdminExport) -> (Id, Notice) {
    let notice = Notice::ExportProgress {
        export_id: export.id,
        status: export.status,
        progress_count: export.progress_count.unwrap_or_default(),
    };
    (export.admin_user_id, notice)
}

pub(super) fn only_admin(caller: &Caller) -> Result<(), AppError> {
    if caller.is_admin() {
        return Ok(());
    }
    Err(AppError::Forbidden { reason: "exports are for administrators".to_owned() })
}

/// People the filters name must be there: an export that is empty for a slip of the pen looks like one that is right.
async fn known_people(app: &App, spec: &ExportSpec) -> Result<(), AppError> {
    const IDS_A_QUERY: usize = 400;
    let mut ids = spec.filters.user_ids.clone();
    ids.sort_unstable();
    ids.dedup();
    for some in ids.chunks(IDS_A_QUERY) {
        let filter = Filter::In("_id", some.iter().copied().map(Value::Id).collect());
        let found = app.store().count(&USERS, filter).await?;
        if found != u64::try_from(some.len()).unwrap_or(u64::MAX) {
            return Err(AppError::field("filters.user_ids", "names somebody who is not there"));
        }
    }
    Ok(())
}
