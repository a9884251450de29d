//! The demo's three people: signed in at the simulated Outlook, their calendars read, set-up and crew added.

use app::accounts::sign_in::{self, Callback};
use app::records::events;
use app::records::occurrences::EventRef;
use app::sync_run::{self, RunOptions, RunPhase};
use app::{App, Caller};
use jiff::SignedDuration;
use model::documents::{Event, User};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use store::{Filter, TypedStore};

use crate::failure::Failure;
use crate::wiring;

/// Crews of the venue where each of the people works.
const CREWS: [[&str; 6]; 3] = [
    ["Stage crew", "Sound desk", "Front of house", "Lighting", "Catering", "Security"],
    ["Freja Holm", "Anton Bech", "Liv Dam", "Nils Krog", "Ida Juhl", "Mads Toft"],
    ["Rosa Pike", "Amir Shah", "Tess Ward", "Owen Cole", "Ruth Lane", "Jack Moss"],
];
const GEAR: [&str; 6] =
    ["Projector", "2 x Wireless microphone", "Stage lift", "40 x Chair", "PA system", "3 x Round table"];
const NOTES: [&str; 4] = [
    "Loading dock B is reserved from two hours before.",
    "Client brings own caterer; kitchen stays closed.",
    "Check the dimmer rack before doors.",
    "Quiet set-up until noon, rehearsal next door.",
];

/// Signs everybody in, reads their calendars, adds internal fields to their events.
pub(super) async fn settle(app: &App, people: &[String]) -> Result<(), Failure> {
    for (mail, crew) in people.iter().zip(CREWS.iter().cycle()) {
        let user = sign_in(app, mail).await?;
        sync_run::refresh_calendars(app, user.id).await?;
        let operator = wiring::operator_for(user.id);
        for calendar in sync_run::targets(app, &operator, None).await? {
            let run =
                sync_run::run_calendar(app, calendar, RunOptions { full: false, asked_for: true }).await;
            if run.state == RunPhase::Failed {
                let said = run.error.map(|error| error.message).unwrap_or_default();
                return Err(Failure::failed(format!("reading {mail}'s calendar failed: {said}")));
            }
        }
        dress(app, &operator, &user, crew).await?;
    }
    Ok(())
}

/// Goes the way a browser would: to the sign-in page, which sends it back with a code.
async fn sign_in(app: &App, mail: &str) -> Result<User, Failure> {
    let failed = |reason: String| {
        Failure::failed(format!("signing {mail} in at the simulated Outlook failed: {reason}"))
    };
    let begun = sign_in::begin(app, None).await?;
    let mut url = url::Url::parse(&begun.url).map_err(|error| failed(error.to_string()))?;
    url.query_pairs_mut().append_pair("sim_user", mail);
    let browser = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let answer = browser.get(url).send().await.map_err(|error| failed(error.to_string()))?;
    let back = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let back = url::Url::parse(back).map_err(|error| failed(error.to_string()))?;
    let value =
        |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let (state, code) = (value("state").unwrap_or_default(), value("code"));
    let callback = Callback {
        state: &state,
        code: code.as_deref(),
        error: None,
        browser_secret: Some(begun.browser_secret.expose_secret()),
        old_session: None,
    };
    Ok(sign_in::finish(app, callback).await?.user)
}

/// Gives events in rooms what the crew needs to know: the same for everybody who starts the demo on the same day.
async fn dress(app: &App, operator: &Caller, user: &User, crew: &[&'static str]) -> Result<(), Failure> {
    let all: Vec<Event> = app.store().all(Filter::eq("user_id", user.id)).await?;
    let mut in_rooms: Vec<Event> = all
        .into_iter()
        .filter(|event| !event.all_day && event.location.is_some() && event.recurrence_master_id.is_none())
        .collect();
    in_rooms.sort_by_key(|event| (event.start_time, event.id));
    for (event, number) in in_rooms.iter().zip(0..) {
        if let Some(change) = crew_needs(event, number, crew) {
            events::patch(app, operator, EventRef::Stored(event.id), &change, None).await?;
        }
    }
    Ok(())
}

fn crew_needs(event: &Event, number: usize, crew: &[&'static str]) -> Option<Map<String, Value>> {
    // Every fifth event is left as the organiser made it: not everything is planned yet.
    if number % 5 == 4 {
        return None;
    }
    let pick = |list: &[&'static str], place: usize| list.get(place % list.len().max(1)).copied();
    // The second is one to five places further than the first: never the same of six.
    let second = number + 1 + number / 6 % 5;
    let is_large = event.end_time.duration_since(event.start_time) >= SignedDuration::from_hours(3);
    let set_up = SignedDuration::from_mins(if is_large { 120 } else { 45 });
    let teardown = SignedDuration::from_mins(if is_large { 60 } else { 30 });
    let change = json!({
        "setup_start_time": event.start_time - set_up,
        "setup_end_time": event.start_time,
        "teardown_start_time": event.end_time,
        "teardown_end_time": event.end_time + teardown,
        "staff_assigned": [pick(crew, number), pick(crew, second)],
        "equipment_required": [pick(&GEAR, number)],
        "internal_notes": number.is_multiple_of(3).then(|| pick(&NOTES, number / 3)).flatten(),
        "budget_allocated": if is_large { 4_800 } else { 650 },
        "priority_level": if is_large { "high" } else { "medium" },
    });
    let Value::Object(mut change) = change else { return None };
    change.retain(|_, value| !value.is_null());
    Some(change)
}
