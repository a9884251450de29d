//! Deleting a category. Events keep its name; the next one that is saved with it makes it known again.

use model::Id;
use model::collections::CATEGORIES;
use model::documents::Category;
use store::{Batch, Filter};

use crate::records::access::{changeable, expect_revision};
use crate::records::changes::audit;
use crate::{App, AppError, Caller};

/// Deletes it. `still_in_use` while events use it: switch it off (`is_active`) instead.
pub async fn delete(app: &App, caller: &Caller, id: Id, expected: Option<i64>) -> Result<(), AppError> {
    let category: Category = changeable(app, caller, id).await?;
    expect_revision(&category, expected)?;
    if category.usage_count > 0 {
        return Err(AppError::Conflict {
            code: "still_in_use",
            detail: format!("{} events use it; switch it off with is_active instead", category.usage_count),
        });
    }
    let mut batch = Batch::new();
    let same = Filter::eq("_id", id).and(Filter::eq("revision", category.revision));
    batch.require(&CATEGORIES, same.clone());
    batch.delete(&CATEGORIES, same);
    audit(app, caller, "category.deleted", Some(&category), None, &mut batch)?;
    Ok(app.store().commit(batch).await?)
}
