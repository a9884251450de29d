//! The demo's one sync that failed and waits: what it looks like when Outlook was away, and how it comes right again.

use app::App;
use app::sync_run::{self, RunOptions, RunPhase};
use model::documents::{Calendar, User};
use simulators::{Fault, FaultKind, Simulators};
use store::{Filter, TypedStore};

use crate::failure::Failure;
use crate::wiring;

/// The calendar that fails: everybody has one of this name, shared with them and read-only.
pub(super) const CALENDAR: &str = "Holidays";
/// What Outlook asks to wait: longer than a run waits for it, so that the run fails at once.
const RETRY_AFTER_S: u32 = 120;

/// Lets the simulated Outlook be away for one request, and reads a calendar of this person in that moment. The next sync
/// of it succeeds.
pub(super) async fn arrange(app: &App, simulators: &Simulators, mail: &str) -> Result<(), Failure> {
    let missing =
        || Failure::failed(format!("the demo's calendar \"{CALENDAR}\" of {mail} was not read from Outlook"));
    let users: Vec<User> = app.store().all(Filter::eq("email", mail)).await?;
    let user = users.into_iter().next().ok_or_else(missing)?;
    let operator = wiring::operator_for(user.id);
    let calendars = sync_run::targets(app, &operator, None).await?;
    let calendar: Calendar =
        calendars.into_iter().find(|calendar| calendar.name == CALENDAR).ok_or_else(missing)?;
    let outlook_id = calendar.outlook_calendar_id.as_deref().ok_or_else(missing)?;
    simulators.add_fault(Fault {
        route: format!("me/calendars/{outlook_id}"),
        method: None,
        count: 1,
        after: 0,
        kind: FaultKind::Status {
            status: 503,
            code: Some("ServiceUnavailable".to_owned()),
            message: Some("The service is unavailable.".to_owned()),
            retry_after: Some(RETRY_AFTER_S),
            after_commit: false,
        },
    });
    let run = sync_run::run_calendar(app, calendar, RunOptions { full: false, asked_for: true }).await;
    if run.state == RunPhase::Failed {
        Ok(())
    } else {
        Err(Failure::failed("the demo's failing sync went through: the simulated Outlook was not away"))
    }
}
