//! Who may see and change which record. A record of somebody else answers exactly like one that is not there.

use model::Id;
use model::documents::{ArchivedEvent, Calendar, Category, Event, Location, Record, SyncLog};
use store::{Filter, TypedStore, Value};

use crate::{App, AppError, Caller};

/// A record that belongs to a person or, without one, to all.
pub(crate) trait Owned: Record + Send {
    /// What it is called in an answer.
    const WHAT: &'static str;

    /// Whose it is; `None`: for all.
    fn owner(&self) -> Option<Id>;
}

impl Owned for Event {
    const WHAT: &'static str = "event";
    fn owner(&self) -> Option<Id> {
        Some(self.user_id)
    }
}

impl Owned for ArchivedEvent {
    const WHAT: &'static str = "event";
    fn owner(&self) -> Option<Id> {
        Some(self.event.user_id)
    }
}

impl Owned for Calendar {
    const WHAT: &'static str = "calendar";
    fn owner(&self) -> Option<Id> {
        Some(self.user_id)
    }
}

impl Owned for Category {
    const WHAT: &'static str = "category";
    fn owner(&self) -> Option<Id> {
        self.user_id
    }
}

impl Owned for Location {
    const WHAT: &'static str = "location";
    fn owner(&self) -> Option<Id> {
        self.user_id
    }
}

impl Owned for SyncLog {
    const WHAT: &'static str = "sync log";
    fn owner(&self) -> Option<Id> {
        Some(self.user_id)
    }
}

/// The record with this id, if the caller may see it.
pub(crate) async fn visible<R: Owned>(app: &App, caller: &Caller, id: Id) -> Result<R, AppError> {
    let found: Option<R> = app.store().read(id).await?;
    found
        .filter(|record| caller.is_admin() || record.owner().is_none_or(|owner| owner == caller.user_id))
        .ok_or(AppError::NotFound { what: R::WHAT })
}

/// The record with this id, if the caller may change it. What is for all is changed by administrators only.
pub(crate) async fn changeable<R: Owned>(app: &App, caller: &Caller, id: Id) -> Result<R, AppError> {
    let record: R = visible(app, caller, id).await?;
    if record.owner().is_none() && !caller.is_admin() {
        return Err(AppError::Forbidden {
            reason: format!("this {} is for all; only an administrator may change it", R::WHAT),
        });
    }
    Ok(record)
}

/// Whose events and calendars a caller lists: everybody's for an administrator, otherwise their own. A narrowing to
/// somebody else finds nothing, as if that person did not exist.
pub(crate) fn owner_filter(caller: &Caller, user_id: Option<Id>) -> Vec<Filter> {
    let own = (!caller.is_admin()).then_some(caller.user_id);
    let mut owners: Vec<Id> = own.into_iter().chain(user_id).collect();
    owners.dedup();
    owners.into_iter().map(|owner| Filter::eq("user_id", owner)).collect()
}

/// Which categories or locations a caller lists: their own and those for all; everybody's for an administrator.
pub(crate) fn own_and_global(caller: &Caller) -> Vec<Filter> {
    if caller.is_admin() { Vec::new() } else { vec![of_owner_or_all(caller.user_id)] }
}

/// Records of this person and those for all.
pub(crate) fn of_owner_or_all(owner: Id) -> Filter {
    Filter::Any(vec![Filter::eq("user_id", owner), Filter::Eq("user_id", Value::Null)])
}

/// Refuses a change based on an old reading. Without an expectation there is nothing to refuse.
pub(crate) fn expect_revision<R: Owned>(record: &R, expected: Option<i64>) -> Result<(), AppError> {
    match expected {
        Some(revision) if revision != record.revision() => Err(AppError::Stale { what: R::WHAT }),
        _ => Ok(()),
    }
}

/// Whose a new category or location will be: the caller's, or nobody's when it is for all.
pub(crate) fn owner_of_new(caller: &Caller, is_global: bool) -> Result<Option<Id>, AppError> {
    match (is_global, caller.is_admin()) {
        (true, true) => Ok(None),
        (true, false) => {
            Err(AppError::Forbidden { reason: "only an administrator makes something for all".to_owned() })
        }
        (false, _) => Ok(Some(caller.user_id)),
    }
}
