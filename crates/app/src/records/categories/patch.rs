//! Changing a category.
//!
//! Events say the name, so that a new name here leaves them as they are: they then count for a category of the old name,
//! the one for all if there is such a one, else one that is learnt anew when one of them is changed. To rename it
//! everywhere, change the events too.

use model::Id;
use model::documents::Category;
use serde_json::{Map, Value};
use store::Batch;

use super::WRITABLE;
use crate::records::access::{changeable, expect_revision};
use crate::records::changes::until_no_race;
use crate::records::{input, keep, names};
use crate::{App, AppError, Caller};

/// Applies a JSON merge patch. `forbidden` for one that is for all, unless an administrator asks; `name_taken` for a
/// name the owner has already.
pub async fn patch(
    app: &App,
    caller: &Caller,
    id: Id,
    change: &Map<String, Value>,
    expected: Option<i64>,
) -> Result<Category, AppError> {
    until_no_race("category", || attempt(app, caller, id, change, expected)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    id: Id,
    change: &Map<String, Value>,
    expected: Option<i64>,
) -> Result<Category, AppError> {
    let before: Category = changeable(app, caller, id).await?;
    expect_revision(&before, expected)?;
    let mut after: Category = input::patched(&before, change, WRITABLE)?;
    super::create::named(&after.name)?;
    let mut moved = Batch::new();
    if after.name != before.name {
        let owner = after.user_id;
        names::leave_behind::<Category>(app, owner, &before.name, &mut moved).await?;
        after.usage_count = names::taken_over::<Category>(app, owner, &after.name, &mut moved).await?;
    }
    keep::replace(app, caller, "category.updated", before, after, moved).await
}
