//! Making a calendar that is only here.

use model::documents::Calendar;
use serde_json::{Map, Value};
use store::Batch;

use crate::accounts::idempotency::RequestKey;
use crate::records::{input, keep};
use crate::{App, AppError, Caller};

/// The colour of a calendar for which none was given.
const COLOR: &str = "#2563eb";

/// Makes a local calendar of the caller from a draft with `name` and perhaps `color`.
pub async fn create(
    app: &App,
    caller: &Caller,
    draft: &Map<String, Value>,
    key: Option<&RequestKey>,
) -> Result<Calendar, AppError> {
    let blank = Calendar::local(app.new_id(), caller.user_id, "", COLOR);
    let calendar = input::drafted(&blank, &["name"], draft, &["name", "color"])?;
    super::patch::named(&calendar)?;
    keep::insert(app, caller, "calendar.created", calendar, Batch::new(), key).await
}
