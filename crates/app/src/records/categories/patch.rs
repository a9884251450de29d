//! Changing a category.
//!
//! Events say the name, so that a new name here leaves them as they are: they then count for a category of the old name,
//! which is learnt anew when one of them is changed. To rename it everywhere, change the events too.

use model::Id;
use model::documents::Category;
use serde_json::{Map, Value};

use super::WRITABLE;
use crate::records::access::{changeable, expect_revision};
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
    let before: Category = changeable(app, caller, id).await?;
    expect_revision(&before, expected)?;
    let mut after: Category = input::patched(&before, change, WRITABLE)?;
    super::create::named(&after.name)?;
    if after.name != before.name {
        after.usage_count = names::uses_of_category(app, after.user_id, &after.name).await?;
    }
    keep::replace(app, caller, "category.updated", before, after).await
}
