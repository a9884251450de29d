//! Making a location: of one's own, or for all.

use model::documents::Location;
use serde_json::{Map, Value};
use store::Batch;

use super::WRITABLE;
use crate::accounts::idempotency::RequestKey;
use crate::records::changes::until_no_race;
use crate::records::{input, keep, names};
use crate::{App, AppError, Caller};

/// Makes a location from a draft with at least `name`. `is_global` makes one for all, which only an administrator may;
/// `name_taken` when the owner has one of this name.
pub async fn create(
    app: &App,
    caller: &Caller,
    draft: &Map<String, Value>,
    is_global: bool,
    key: Option<&RequestKey>,
) -> Result<Location, AppError> {
    until_no_race("location", || attempt(app, caller, draft, is_global, key)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    draft: &Map<String, Value>,
    is_global: bool,
    key: Option<&RequestKey>,
) -> Result<Location, AppError> {
    let owner = super::super::access::owner_of_new(caller, is_global)?;
    let blank = Location::named(app.new_id(), owner, "");
    let mut location: Location = input::drafted(&blank, &["name"], draft, WRITABLE)?;
    named(&location.name)?;
    let mut moved = Batch::new();
    location.usage_count = names::taken_over::<Location>(app, owner, &location.name, &mut moved).await?;
    keep::insert(app, caller, "location.created", location, moved, key).await
}

/// A location without a name cannot be chosen.
pub(super) fn named(name: &str) -> Result<(), AppError> {
    if name.trim().is_empty() { Err(AppError::field("name", "A name is wanted.")) } else { Ok(()) }
}
