//! Bringing a provider's version into our document: shared fields are taken over, internal ones stay.
//!
//! Set-up and teardown keep their length when the event moves: they are shifted with its start and its end. See
//! `docs/adr` for why.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::ambient::to_millisecond;
use model::documents::{Attendee, Event, RecurrencePattern};
use model::schema::Kind;
use model::validate::one_line;
use recurrence::{Anchor, Length, Rule, Series, simple, zones};

use crate::remote::{RemoteEvent, RemoteKind, RemoteRecurrence, RemoteTime};
use crate::status;

/// Why an event could not be taken over. The others are not held up by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It ends before it starts.
    #[error("\"{title}\" ends before it starts; correct its times in Outlook")]
    EndsBeforeStart {
        /// Its title.
        title: String,
    },
    /// It is an exception of a series that is not here.
    #[error(
        "\"{title}\" belongs to a series that could not be read; it will be tried again with the next change of the series"
    )]
    NoMaster {
        /// Its title.
        title: String,
    },
}

impl Refusal {
    /// A stable code for the sync log.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EndsBeforeStart { .. } => "ends_before_start",
            Self::NoMaster { .. } => "series_missing",
        }
    }
}

/// Stands for "no end": later than any calendar goes, and still a date every engine can store.
pub fn far_future() -> Timestamp {
    Date::constant(9999, 1, 1)
        .at(0, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(Timestamp::MAX, |z| z.timestamp())
}

/// Takes the provider's version over into `event`: shared fields, times, recurrence, marks. `master` is the document of
/// the series when the event is an exception. `now` becomes `last_synced`.
pub fn take_over(
    event: &mut Event,
    remote: &RemoteEvent,
    master: Option<&Event>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let (start, end, all_day, zone) = times(remote)?;
    move_buffers(event, start, end);
    event.start_time = start;
    event.end_time = end;
    event.all_day = all_day;
    event.time_zone = zone;
    event.title = fit(&remote.title, "title");
    event.description = some(fit(&remote.description, "description"));
    event.location = some(fit(&remote.location, "location"));
    event.categories = remote.categories.iter().take(100).map(|name| fit(name, "category")).collect();
    event.category = event.categories.first().cloned();
    event.attendees = remote.attendees.iter().take(1_000).map(attendee).collect();
    event.show_as = remote.show_as.clone();
    event.sensitivity = remote.sensitivity.clone();
    event.is_cancelled = remote.is_cancelled;
    event.outlook_event_id = Some(remote.id.clone());
    event.outlook_etag = remote.etag.clone();
    event.last_synced = Some(to_millisecond(now));
    event.removed_at = None;
    let cancelled = std::mem::take(&mut event.cancelled_occurrences);
    clear_recurrence(event);
    match &remote.kind {
        RemoteKind::Single => {}
        RemoteKind::Master { recurrence } => take_over_recurrence(event, recurrence, cancelled),
        RemoteKind::Exception { original_date, .. } => {
            let Some(master) = master else { return Err(Refusal::NoMaster { title: remote.title.clone() }) };
            event.recurrence_master_id = Some(master.id);
            event.original_date = Some(original_date.to_string());
            event.original_start = Some(original_start(master, *original_date).unwrap_or(start));
            event.inherits_shared = None;
        }
    }
    status::say(event, status::shortcoming(event, remote));
    event.derive();
    Ok(())
}

/// What a series says of one of its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has an occurrence there.
    There,
    /// It has none there, or it was cancelled.
    Gone,
    /// Nothing: its rule or its zone is none that is known here.
    Unknown,
}

/// Gives an exception that has only internal fields of its own the shared fields its series has on that date. Answers
/// what the series says of the date; one of which it says nothing stays as it is.
pub fn inherit(exception: &mut Event, master: &Event) -> Standing {
    let Some(date) = exception.original_date.as_deref().and_then(|date| date.parse::<Date>().ok()) else {
        return Standing::Gone;
    };
    let Some(series) = series(master) else {
        let is_cancelled = master.cancelled_occurrences.contains(&date.to_string());
        return if is_cancelled { Standing::Gone } else { Standing::Unknown };
    };
    let Some(start) = original_start(master, date) else { return Standing::Gone };
    let Some(end) = length(master).and_then(|length| length.end(start)) else { return Standing::Gone };
    // It leaves the cancelled dates out.
    let standing = if series.contains_date(date) { Standing::There } else { Standing::Gone };
    move_buffers(exception, start, end);
    exception.start_time = start;
    exception.end_time = end;
    exception.original_start = Some(start);
    exception.all_day = master.all_day;
    exception.time_zone.clone_from(&master.time_zone);
    exception.title.clone_from(&master.title);
    exception.description.clone_from(&master.description);
    exception.location.clone_from(&master.location);
    exception.categories.clone_from(&master.categories);
    exception.category.clone_from(&master.category);
    exception.attendees.clone_from(&master.attendees);
    exception.show_as.clone_from(&master.show_as);
    exception.sensitivity.clone_from(&master.sensitivity);
    exception.is_cancelled = master.is_cancelled;
    exception.derive();
    standing
}

/// The series a master stands for, with its cancelled dates; `None` when its rule cannot be expanded.
pub fn series(master: &Event) -> Option<Series> {
    let rule = master.recurrence_rule.iter().find_map(|line| Rule::parse(line).ok())?;
    let cancelled: Vec<Date> =
        master.cancelled_occurrences.iter().filter_map(|date| date.parse().ok()).collect();
    Some(Series::new(&rule, anchor(master)?).ok()?.with_cancelled(cancelled))
}

/// Where a series begins, in its own terms: wall-clock time in its zone, or a date.
pub fn anchor(master: &Event) -> Option<Anchor> {
    if master.all_day {
        return Some(Anchor::Date(master.start_time.to_zoned(jiff::tz::TimeZone::UTC).date()));
    }
    let zone = zones::resolve(&master.time_zone).ok()?.tz;
    let local = master.start_time.to_zoned(zone.clone()).datetime();
    Some(Anchor::Zoned { local, zone })
}

/// How long the occurrences of a series last; `None` when its zone is not known.
pub fn length(master: &Event) -> Option<Length> {
    Some(Length::new(anchor(master)?, master.start_time, master.end_time))
}

/// When the series' rule puts an occurrence on this date: its wall-clock time there.
pub fn original_start(master: &Event, date: Date) -> Option<Timestamp> {
    anchor(master)?.start_on(date)
}

fn times(remote: &RemoteEvent) -> Result<(Timestamp, Timestamp, bool, String), Refusal> {
    let (start, end, all_day, zone) = match &remote.time {
        RemoteTime::Timed { start, end, zone, .. } => {
            (to_millisecond(*start), to_millisecond(*end), false, zone.clone())
        }
        RemoteTime::AllDay { start, end } => (midnight(*start), midnight(*end), true, "UTC".to_owned()),
    };
    if end < start {
        return Err(Refusal::EndsBeforeStart { title: remote.title.clone() });
    }
    Ok((start, end, all_day, zone))
}

fn midnight(date: Date) -> Timestamp {
    date.at(0, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

fn move_buffers(event: &mut Event, start: Timestamp, end: Timestamp) {
    let shift = |time: &mut Option<Timestamp>, by: SignedDuration| {
        *time = time.map(|instant| instant.checked_add(by).unwrap_or(instant));
    };
    let by_start = start.duration_since(event.start_time);
    let by_end = end.duration_since(event.end_time);
    shift(&mut event.setup_start_time, by_start);
    shift(&mut event.setup_end_time, by_start);
    shift(&mut event.teardown_start_time, by_end);
    shift(&mut event.teardown_end_time, by_end);
}

fn clear_recurrence(event: &mut Event) {
    event.is_recurring = false;
    event.recurrence_pattern = None;
    event.recurrence_master_id = None;
    event.recurrence_rule = Vec::new();
    event.recurrence_original = None;
    event.recurrence_lossless = None;
    event.recurrence_until = None;
    event.cancelled_occurrences = Vec::new();
    event.original_date = None;
    event.original_start = None;
    event.inherits_shared = None;
}

/// `known` are the dates that were cancelled until now: where nothing is said of them they stay so, for an empty list would
/// bring them back.
fn take_over_recurrence(event: &mut Event, recurrence: &RemoteRecurrence, known: Vec<String>) {
    event.is_recurring = true;
    event.recurrence_rule.clone_from(&recurrence.lines);
    event.recurrence_original = Some(recurrence.original.clone());
    let told = recurrence.cancelled.as_ref().map(|dates| dates.iter().map(Date::to_string).collect());
    let mut cancelled: Vec<String> = told.unwrap_or(known);
    cancelled.sort();
    cancelled.dedup();
    event.cancelled_occurrences = cancelled;
    let rule = event.recurrence_rule.iter().find_map(|line| Rule::parse(line).ok());
    if let (Some(rule), Some(anchor)) = (rule, anchor(event)) {
        let simple = simple::from_rule(&rule, &anchor);
        event.recurrence_lossless = Some(simple.lossless);
        event.recurrence_pattern = Some(pattern(&simple.pattern));
    } else {
        event.recurrence_lossless = Some(false);
    }
    event.recurrence_until = Some(recurrence_until(event));
}

/// No occurrence of the series ends after this. Endless, or not expandable: the far future, so that it is never missed.
pub fn recurrence_until(master: &Event) -> Timestamp {
    let teardown =
        master.teardown_end_time.map_or(SignedDuration::ZERO, |end| end.duration_since(master.end_time));
    series(master)
        .and_then(|series| series.last())
        .and_then(|last| length(master)?.end(last.start)?.checked_add(teardown).ok())
        .unwrap_or_else(far_future)
}

/// The document's form of a simple pattern.
pub fn pattern(simple: &simple::SimplePattern) -> RecurrencePattern {
    let word = serde_json::to_value(simple.kind).ok().and_then(|word| word.as_str().map(str::to_owned));
    RecurrencePattern {
        kind: word.unwrap_or_default(),
        interval: i64::from(simple.interval),
        days_of_week: simple.days_of_week.clone(),
        day_of_month: simple.day_of_month.map(i64::from),
        end_date: simple.end_date,
        occurrence_count: simple.occurrence_count.map(i64::from),
    }
}

fn attendee(remote: &crate::remote::RemoteAttendee) -> Attendee {
    let cut = |text: &str, limit: u32| one_line(text, limit).into_owned();
    Attendee {
        email: cut(&remote.email, 320),
        name: cut(&remote.name, 255),
        response_status: remote.response_status.clone(),
        is_organizer: remote.is_organizer,
    }
}

/// Makes a text fit the declaration of its field: not longer, and in one line where the field is one. The agreed version
/// keeps it as it came.
fn fit(text: &str, field: &str) -> String {
    let limit = match model::collections::EVENTS.field(field).map(|field| field.kind) {
        Some(Kind::Text(limit)) => limit,
        _ => 255,
    };
    if field == "description" {
        return text.chars().filter(|c| *c != '\0').take(limit as usize).collect();
    }
    one_line(text, limit).into_owned()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
pub(crate) mod tests {
    use model::Id;
    use model::documents::Record;

    use super::*;

    pub(crate) fn timed(start: &str, end: &str) -> RemoteTime {
        RemoteTime::Timed {
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            zone: "Europe/Berlin".into(),
            provider_zone: None,
        }
    }

    pub(crate) fn single(id: &str, title: &str, time: RemoteTime) -> RemoteEvent {
        RemoteEvent {
            id: id.into(),
            etag: Some("W/\"1\"".into()),
            kind: RemoteKind::Single,
            title: title.into(),
            description: String::new(),
            time,
            location: "Atrium".into(),
            categories: vec!["Concert".into()],
            attendees: Vec::new(),
            show_as: Some("busy".into()),
            sensitivity: Some("normal".into()),
            is_cancelled: false,
            last_modified: None,
        }
    }

    pub(crate) fn master(id: &str, title: &str, rule: &str, cancelled: &[&str]) -> RemoteEvent {
        RemoteEvent {
            kind: RemoteKind::Master {
                recurrence: RemoteRecurrence {
                    lines: vec![format!("RRULE:{rule}")],
                    original: serde_json::json!({"verbatim": rule}),
                    cancelled: Some(cancelled.iter().map(|date| date.parse().unwrap()).collect()),
                },
            },
            ..single(id, title, timed("2026-10-19T07:00:00Z", "2026-10-19T08:00:00Z"))
        }
    }

    fn blank() -> Event {
        let id = |n| Id::from_bytes([n; 12]);
        Event::new(id(1), id(2), id(3), "", Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH)
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn internal_fields_survive_and_buffers_move_with_the_event() {
        let mut event = blank();
        let first = single("1", "Gala", timed("2026-11-23T18:00:00Z", "2026-11-23T22:00:00Z"));
        take_over(&mut event, &first, None, now()).unwrap();
        event.internal_notes = Some("keys at the desk".into());
        event.setup_start_time = Some("2026-11-23T15:00:00Z".parse().unwrap());
        event.teardown_end_time = Some("2026-11-24T00:00:00Z".parse().unwrap());
        event.derive();
        let moved = single("1", "Gala night", timed("2026-11-24T17:00:00Z", "2026-11-24T23:00:00Z"));
        take_over(&mut event, &moved, None, now()).unwrap();
        assert_eq!(event.internal_notes.as_deref(), Some("keys at the desk"));
        assert_eq!(event.setup_start_time, Some("2026-11-24T14:00:00Z".parse().unwrap()));
        assert_eq!(event.teardown_end_time, Some("2026-11-25T01:00:00Z".parse().unwrap()));
        assert_eq!(event.occupied_from, event.setup_start_time.unwrap());
        assert_eq!(event.title, "Gala night");
    }

    #[test]
    fn all_day_events_are_dates_at_midnight_utc() {
        let mut event = blank();
        let date = |text: &str| text.parse().unwrap();
        let fair =
            single("1", "Fair", RemoteTime::AllDay { start: date("2026-11-23"), end: date("2026-11-26") });
        take_over(&mut event, &fair, None, now()).unwrap();
        assert!(event.all_day);
        assert_eq!(event.start_time.to_string(), "2026-11-23T00:00:00Z");
        assert_eq!(event.end_time.to_string(), "2026-11-26T00:00:00Z");
    }

    #[test]
    fn a_series_keeps_its_wall_clock_over_the_change_of_time() {
        let mut event = blank();
        let weekly = master("m", "Stand-up", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=SU;COUNT=3", &[]);
        take_over(&mut event, &weekly, None, now()).unwrap();
        let starts: Vec<String> = series(&event).unwrap().iter().map(|slot| slot.start.to_string()).collect();
        assert_eq!(starts, ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"]);
        assert_eq!(event.recurrence_until, Some("2026-11-02T09:00:00Z".parse().unwrap()));
        assert_eq!(event.recurrence_pattern.as_ref().map(|pattern| pattern.kind.as_str()), Some("weekly"));
    }

    #[test]
    fn an_exception_with_only_internal_fields_follows_its_series() {
        let mut series_document = blank();
        let weekly = master("m", "Stand-up", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=SU", &["2026-11-02"]);
        take_over(&mut series_document, &weekly, None, now()).unwrap();
        let mut exception = blank();
        exception.original_date = Some("2026-10-26".into());
        assert_eq!(inherit(&mut exception, &series_document), Standing::There);
        assert_eq!(
            (exception.title.as_str(), exception.start_time.to_string().as_str()),
            ("Stand-up", "2026-10-26T08:00:00Z")
        );
        for gone in ["2026-11-02", "2026-10-27"] {
            exception.original_date = Some(gone.into());
            assert_eq!(inherit(&mut exception, &series_document), Standing::Gone, "{gone}");
        }
        // A rule that cannot be read says nothing of its dates, save of those that were cancelled.
        series_document.recurrence_rule.clear();
        for (date, said) in [("2026-10-27", Standing::Unknown), ("2026-11-02", Standing::Gone)] {
            exception.original_date = Some(date.into());
            let before = exception.clone();
            assert_eq!(inherit(&mut exception, &series_document), said, "{date}");
            assert_eq!(exception, before);
        }
    }

    #[test]
    fn cancelled_dates_stay_cancelled_where_nothing_is_said_of_them() {
        let mut weekly = blank();
        let told = |title: &str, dates: Option<&[&str]>| {
            let mut told =
                master("m", title, "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=SU", dates.unwrap_or(&[]));
            let RemoteKind::Master { recurrence } = &mut told.kind else { panic!() };
            recurrence.cancelled = recurrence.cancelled.take().filter(|_| dates.is_some());
            told
        };
        for (title, dates, kept) in [
            ("Stand-up", None, 0),
            ("Stand-up", Some(["2026-11-02", "2026-10-26"].as_slice()), 2),
            ("Meeting", None, 2),
            ("Meeting", Some([].as_slice()), 0),
        ] {
            take_over(&mut weekly, &told(title, dates), None, now()).unwrap();
            assert_eq!(
                (weekly.title.as_str(), weekly.cancelled_occurrences.len()),
                (title, kept),
                "{dates:?}"
            );
        }
    }

    #[test]
    fn an_occurrence_past_the_end_of_the_calendar_is_not_there() {
        let mut daily = blank();
        let rule = master("m", "Last days", "FREQ=DAILY;COUNT=5", &[]);
        let time = timed("9999-12-20T09:00:00Z", "9999-12-30T20:00:00Z");
        take_over(&mut daily, &RemoteEvent { time, ..rule }, None, now()).unwrap();
        let mut exception = blank();
        exception.original_date = Some("9999-12-24".into());
        assert_eq!(inherit(&mut exception, &daily), Standing::Gone);
        assert_eq!(daily.recurrence_until, Some(far_future()));
    }

    #[test]
    fn a_night_of_a_series_ends_by_the_clock_on_the_wall() {
        let mut nights = blank();
        let rule = master("m", "Night", "FREQ=WEEKLY;INTERVAL=1;BYDAY=SA;WKST=SU;COUNT=2", &[]);
        let time = timed("2026-10-17T20:00:00Z", "2026-10-18T02:00:00Z");
        take_over(&mut nights, &RemoteEvent { time, ..rule }, None, now()).unwrap();
        let mut exception = blank();
        exception.original_date = Some("2026-10-24".into());
        assert_eq!(inherit(&mut exception, &nights), Standing::There);
        let end = "2026-10-25T03:00:00Z".parse().unwrap();
        assert_eq!((exception.end_time, nights.recurrence_until), (end, Some(end)));
    }

    #[test]
    fn texts_are_made_to_fit_their_fields() {
        let mut event = blank();
        let odd = RemoteEvent {
            title: format!("Tab\there {}", "x".repeat(2_000)),
            description: "two\nlines\0".into(),
            ..single("1", "", timed("2026-11-23T18:00:00Z", "2026-11-23T22:00:00Z"))
        };
        take_over(&mut event, &odd, None, now()).unwrap();
        assert!(event.title.chars().count() <= 1_000 && !event.title.contains('\t'), "{}", event.title);
        assert_eq!(event.description.as_deref(), Some("two\nlines"));
        event.touch(now());
        assert_eq!(model::validate::record(&event), []);
    }

    #[test]
    fn what_ends_before_it_starts_is_refused_in_words() {
        let odd = single("1", "Odd", timed("2026-11-23T18:00:00Z", "2026-11-23T17:00:00Z"));
        let refusal = take_over(&mut blank(), &odd, None, now()).unwrap_err();
        assert_eq!(refusal.code(), "ends_before_start");
    }
}
