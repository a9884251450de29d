//! Making a category: of one's own, or for all.

use model::documents::{Category, CategoryType};
use serde_json::{Map, Value};
use store::Batch;

use super::WRITABLE;
use crate::accounts::idempotency::RequestKey;
use crate::records::changes::until_no_race;
use crate::records::{input, keep, names};
use crate::{App, AppError, Caller};

/// Makes a category from a draft with `name` and `color`. `is_global` makes one for all, which only an administrator
/// may; `name_taken` when the owner has one of this name.
pub async fn create(
    app: &App,
    caller: &Caller,
    draft: &Map<String, Value>,
    is_global: bool,
    key: Option<&RequestKey>,
) -> Result<Category, AppError> {
    until_no_race("category", || attempt(app, caller, draft, is_global, key)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    draft: &Map<String, Value>,
    is_global: bool,
    key: Option<&RequestKey>,
) -> Result<Category, AppError> {
    let owner = super::super::access::owner_of_new(caller, is_global)?;
    let kind = if is_global { CategoryType::System } else { CategoryType::Internal };
    let blank = Category::new(app.new_id(), owner, "", names::LEARNT_COLOR, kind);
    let mut category: Category = input::drafted(&blank, &["name"], draft, WRITABLE)?;
    named(&category.name)?;
    let mut moved = Batch::new();
    category.usage_count = names::taken_over::<Category>(app, owner, &category.name, &mut moved).await?;
    keep::insert(app, caller, "category.created", category, moved, key).await
}

/// A category without a name cannot be chosen.
pub(super) fn named(name: &str) -> Result<(), AppError> {
    if name.trim().is_empty() { Err(AppError::field("name", "A name is wanted.")) } else { Ok(()) }
}
