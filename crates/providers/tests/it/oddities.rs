//! The oddities of Graph that the recorded answers show, one test each, with small payloads of our own. The eighth is about
//! notifications, which nothing asks for yet: none of their forms passes for an event or a deletion.

use jiff::civil::date;
use providers::contract::{CalendarProvider, Cursor, Next, ProviderError};
use serde_json::{Value, json};
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind, RemoteTime};

use crate::server::Reply;
use crate::support::{entries, event, first_page, graph_event, graph_master, setup, token, window};

fn zoned(wall: &str, zone: &str) -> Value {
    json!({"dateTime": format!("{wall}.0000000"), "timeZone": zone})
}

fn exception(over: Value) -> Value {
    let mut exception = graph_event(json!({
        "id": "exception-1", "type": "exception", "seriesMasterId": "master-1",
        "occurrenceId": "OID.master-1.2026-12-01",
    }));
    for (name, value) in over.as_object().unwrap() {
        exception[name] = value.clone();
    }
    exception
}

fn original_date(event: &RemoteEvent) -> (String, String) {
    match &event.kind {
        RemoteKind::Exception { series_master_id, original_date } => {
            (series_master_id.clone(), original_date.to_string())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn oddity_1_occurrences_are_skeletons_in_another_zone_than_the_rest() {
    let skeleton = json!({"@odata.etag": "W/\"x\"", "id": "o1", "type": "occurrence", "seriesMasterId": "master-1",
        "start": zoned("2026-12-01T09:00:00", "W. Europe Standard Time"),
        "end": zoned("2026-12-01T10:00:00", "W. Europe Standard Time")});
    let found = entries(&[graph_master(json!({})), skeleton]).await;
    assert!(matches!(found[0], RemoteEntry::Event(_)));
    assert_eq!(
        found[1],
        RemoteEntry::Occurrence {
            id: "o1".to_owned(),
            series_master_id: "master-1".to_owned(),
            start: "2026-12-01T08:00:00Z".parse().unwrap(),
        }
    );
}

#[tokio::test]
async fn oddity_2_an_exception_in_a_delta_names_its_old_date_only_in_its_mark() {
    let moved = event(exception(
        json!({"start": zoned("2026-12-03T10:00:00", "UTC"), "end": zoned("2026-12-03T11:00:00", "UTC")}),
    ))
    .await;
    assert_eq!(original_date(&moved), ("master-1".to_owned(), "2026-12-01".to_owned()));
    // Read by id it is the other way round; late evening in New York is the next day in UTC.
    let by_id = exception(json!({"occurrenceId": null, "originalStart": "2026-12-02T03:00:00Z",
        "originalStartTimeZone": "Eastern Standard Time"}));
    assert_eq!(original_date(&event(by_id).await).1, "2026-12-01");
    let days = [
        ("2026-12-01T00:00:00Z", "Eastern Standard Time"),
        ("2026-12-01T05:00:00Z", "Eastern Standard Time"),
        ("2026-11-30T23:00:00Z", "W. Europe Standard Time"),
        ("2026-12-01T00:00:00Z", "W. Europe Standard Time"),
    ];
    for (original_start, zone) in days {
        let whole_day =
            exception(json!({"occurrenceId": null, "originalStart": original_start, "isAllDay": true,
            "originalStartTimeZone": zone,
            "start": zoned("2026-12-03T00:00:00", "UTC"), "end": zoned("2026-12-04T00:00:00", "UTC")}));
        assert_eq!(original_date(&event(whole_day).await).1, "2026-12-01", "{original_start} {zone}");
    }
}

#[tokio::test]
async fn oddity_3_the_state_can_die_inside_a_first_read() {
    let (server, provider) = setup().await;
    let link = format!("{}/v1.0/me/calendars/c/events/delta?$skiptoken=x", server.base);
    server.then(Reply::json(&json!({"value": [], "@odata.nextLink": link}))).then(Reply::refusal(
        410,
        "SyncStateNotFound",
        "The sync state generation is not found; generation=1",
    ));
    let page = first_page(&provider).await.unwrap();
    let Next::Page(cursor) = page.next else { panic!("an empty page is not the end") };
    let error = provider.changes(&token(), "c", Some(&cursor), window()).await.unwrap_err();
    assert!(matches!(error, ProviderError::CursorGone { .. }), "{error:?}");
}

#[tokio::test]
async fn oddity_4_a_bad_token_is_a_400() {
    let (server, provider) = setup().await;
    let cursor = Cursor {
        mode: "events_delta".to_owned(),
        token: format!("{}/v1.0/me/x?$deltatoken=bogus", server.base),
    };
    server.then(Reply::refusal(400, "BadRequest", "Badly formed token."));
    let error = provider.changes(&token(), "c", Some(&cursor), window()).await.unwrap_err();
    assert!(matches!(error, ProviderError::CursorGone { .. }), "{error:?}");
}

async fn refused(status: u16, code: &str, message: &str) -> ProviderError {
    let (server, provider) = setup().await;
    server.then(Reply::refusal(status, code, message));
    provider.event(&token(), "e").await.unwrap_err()
}

#[tokio::test]
async fn oddity_5_a_used_transaction_id_is_not_tried_again() {
    let error = refused(409, "ErrorDuplicateTransactionId", "Your request can't be completed.").await;
    assert!(matches!(error, ProviderError::GiveUp { .. }), "{error:?}");
}

#[tokio::test]
async fn oddity_6_a_412_without_if_match_passes() {
    let error = refused(412, "ErrorIrresolvableConflict", "the change key does not match").await;
    assert!(matches!(error, ProviderError::Retry { .. }), "{error:?}");
}

#[tokio::test]
async fn oddity_7_passing_failures_dressed_as_lasting_ones() {
    for (status, code, message) in [
        (
            403,
            "ExtensionError",
            "Operation: Create; Exception: [Status Code: ServiceUnavailable; Reason: moving]",
        ),
        (400, "ExtensionError", "Operation: Read; Exception: [Status Code: GatewayTimeout; Reason: …]"),
        (400, "InvalidRequest", "The underlying connection was closed: it was expected to be kept alive."),
        (400, "InvalidRequest", "Subscription validation request timed out."),
    ] {
        let error = refused(status, code, message).await;
        assert!(matches!(error, ProviderError::Retry { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn oddity_8_notifications_name_their_tenant_in_three_ways_and_are_no_events() {
    for tenant in [json!({"tenantId": ""}), json!({"tenantId": "t"}), json!({"organizationId": "t"})] {
        let mut notification = json!({"subscriptionId": "s", "changeType": "deleted", "clientState": "secret",
            "resource": "Users/u/Events/e", "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "e"}});
        for (name, value) in tenant.as_object().unwrap() {
            notification[name] = value.clone();
        }
        let found = entries(&[notification]).await;
        assert!(matches!(found.as_slice(), [RemoteEntry::Unreadable { id: None, .. }]), "{found:?}");
        assert!(!format!("{found:?}").contains("secret"), "{found:?}");
    }
}

#[tokio::test]
async fn oddity_9_unused_recurrence_members_are_zeros() {
    let weekly = event(graph_master(json!({}))).await;
    let RemoteKind::Master { recurrence } = weekly.kind else { panic!() };
    assert_eq!(recurrence.lines.len(), 1);
    assert!(recurrence.lines[0].starts_with("RRULE:FREQ=WEEKLY"), "{:?}", recurrence.lines);
    assert!(!recurrence.lines[0].contains("UNTIL"), "{:?}", recurrence.lines);
    assert_eq!(recurrence.original["range"]["endDate"], "0001-01-01");

    let all_seven = json!({
        "pattern": {"type": "relativeMonthly", "interval": 1, "month": 0, "dayOfMonth": 0, "index": "first",
            "firstDayOfWeek": "sunday",
            "daysOfWeek": ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]},
        "range": {"type": "numbered", "startDate": "2026-12-01", "endDate": "0000-01-01", "numberOfOccurrences": 3,
            "recurrenceTimeZone": "W. Europe Standard Time"}});
    let first_days = event(graph_master(json!({"recurrence": all_seven,
        "start": zoned("2026-12-01T08:00:00", "UTC"), "end": zoned("2026-12-01T09:00:00", "UTC")})))
    .await;
    let RemoteKind::Master { recurrence } = first_days.kind else { panic!() };
    assert!(
        recurrence.lines[0].contains("FREQ=MONTHLY") && recurrence.lines[0].contains("COUNT=3"),
        "{:?}",
        recurrence.lines
    );

    // What has no RRULE form keeps the provider's own.
    let odd = json!({"pattern": {"type": "lunar"}, "range": {"type": "noEnd", "startDate": "2026-12-01"}});
    let RemoteKind::Master { recurrence } = event(graph_master(json!({"recurrence": odd}))).await.kind else {
        panic!()
    };
    assert_eq!((recurrence.lines.len(), &recurrence.original), (0, &odd));
}

#[tokio::test]
async fn oddity_10_unsorted_items_no_organizer_two_defaults() {
    let earlier =
        graph_event(json!({"id": "b", "start": zoned("2026-01-01T08:00:00", "UTC"), "organizer": null,
        "end": zoned("2026-01-01T09:00:00", "UTC")}));
    let found = entries(&[
        graph_event(json!({"id": "a"})),
        earlier,
        graph_event(json!({"id": "a", "subject": "again"})),
    ])
    .await;
    let ids: Vec<_> = found
        .iter()
        .map(|entry| match entry {
            RemoteEntry::Event(event) => event.id.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["a", "b", "a"], "the provider's order is kept");

    let (server, provider) = setup().await;
    server.then(Reply::json(&json!({"value": [
        {"id": "c1", "name": "One", "isDefaultCalendar": true}, {"id": "c2", "name": "Two", "isDefaultCalendar": true}]})));
    let primary: Vec<_> = provider.calendars(&token()).await.unwrap().iter().map(|c| c.is_primary).collect();
    assert_eq!(primary, [true, true]);
}

#[tokio::test]
async fn oddity_11_the_organizer_is_listed_only_on_the_invitees_copy() {
    let person = |address: &str, response: &str| {
        json!({"emailAddress": {"address": address, "name": ""},
        "status": {"response": response, "time": "0001-01-01T00:00:00Z"}, "type": "required"})
    };
    let people = |event: &RemoteEvent| {
        let told =
            event.attendees.iter().map(|p| (p.email.clone(), p.response_status.clone(), p.is_organizer));
        told.collect::<Vec<_>>()
    };
    let told =
        |email: &str, response: &str, is_organizer| (email.to_owned(), response.to_owned(), is_organizer);
    let invitee = event(graph_event(json!({"attendees": [person("Ana@callboard.example", "none"), person("ben@callboard.example", "tentativelyAccepted")]}))).await;
    assert_eq!(
        people(&invitee),
        [told("Ana@callboard.example", "none", true), told("ben@callboard.example", "tentative", false)]
    );
    let own = event(graph_event(json!({"attendees": [person("ben@callboard.example", "notResponded"), person("cy@callboard.example", "declined")]}))).await;
    assert_eq!(
        people(&own),
        [
            told("ana@callboard.example", "none", true),
            told("ben@callboard.example", "none", false),
            told("cy@callboard.example", "declined", false),
        ]
    );
    assert_eq!(people(&event(graph_event(json!({}))).await), []);
    let nobody = json!({"organizer": null, "attendees": [{"emailAddress": null, "status": null}, person("d@callboard.example", "organizer")]});
    assert_eq!(people(&event(graph_event(nobody)).await), [told("d@callboard.example", "none", false)]);
}

#[tokio::test]
async fn oddity_12_an_empty_body_is_html_with_a_blank() {
    let content = "<html><head><meta content=\"text/html\">\r\n<style><!-- .x { margin: 1pt } --></style></head>\r\n<body>\r\n\
        <font size=\"2\"><span><div class=\"PlainText\">&nbsp;</div></span></font>\r\n</body>\r\n</html>\r\n";
    let empty = event(graph_event(json!({"body": {"contentType": "html", "content": content}}))).await;
    assert_eq!(empty.description, "");
    for body in [json!(null), json!({"contentType": "text", "content": null}), json!({})] {
        assert_eq!(event(graph_event(json!({"body": body}))).await.description, "");
    }
}

#[tokio::test]
async fn times_are_instants_in_the_zone_they_were_made_in() {
    let timed = |zone: Value| async move {
        match event(graph_event(json!({"originalStartTimeZone": zone}))).await.time {
            RemoteTime::Timed { start, zone, provider_zone, .. } => (start.to_string(), zone, provider_zone),
            other => panic!("{other:?}"),
        }
    };
    let at = "2026-11-24T08:00:00Z".to_owned();
    let some = |text: &str| Some(text.to_owned());
    for (given, zone, provider_zone) in [
        (json!("W. Europe Standard Time"), "Europe/Berlin", some("W. Europe Standard Time")),
        (json!("Europe/Amsterdam"), "Europe/Amsterdam", None),
        (json!("UTC"), "UTC", None),
        (json!("tzone://Microsoft/Custom"), "UTC", some("tzone://Microsoft/Custom")),
        (json!(""), "UTC", None),
        (json!(null), "UTC", None),
    ] {
        assert_eq!(timed(given).await, (at.clone(), zone.to_owned(), provider_zone));
    }
}

#[tokio::test]
async fn whole_days_are_dates_verbatim() {
    for zone in
        ["UTC", "Pacific Standard Time", "Europe/Amsterdam", "tzone://Microsoft/Custom", "No Such Zone"]
    {
        let days = event(graph_event(json!({"isAllDay": true, "originalStartTimeZone": zone,
            "start": zoned("2026-11-24T00:00:00", zone), "end": zoned("2026-11-27T00:00:00", zone)})))
        .await;
        assert_eq!(
            days.time,
            RemoteTime::AllDay { start: date(2026, 11, 24), end: date(2026, 11, 27) },
            "{zone}"
        );
    }
}

#[tokio::test]
async fn a_series_lives_in_the_zone_of_its_recurrence() {
    let zone_of = |recurrence_zone: Value, event_zone: Value| async move {
        let mut master = graph_master(json!({"originalStartTimeZone": event_zone}));
        master["recurrence"]["range"]["recurrenceTimeZone"] = recurrence_zone;
        match event(master).await.time {
            RemoteTime::Timed { zone, .. } => zone,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        zone_of(json!("Eastern Standard Time"), json!("W. Europe Standard Time")).await,
        "America/New_York"
    );
    assert_eq!(zone_of(json!("UTC"), json!("W. Europe Standard Time")).await, "Europe/Berlin");
    assert_eq!(zone_of(json!(null), json!("W. Europe Standard Time")).await, "Europe/Berlin");
    assert_eq!(
        zone_of(json!("tzone://Microsoft/Custom"), json!("W. Europe Standard Time")).await,
        "Europe/Berlin"
    );
    assert_eq!(zone_of(json!("GMT Standard Time"), json!(null)).await, "Europe/London");
    assert_eq!(zone_of(json!("UTC"), json!("UTC")).await, "UTC");
}

#[tokio::test]
async fn a_series_in_an_unknown_zone_is_kept_but_not_expanded() {
    let custom = "tzone://Microsoft/Custom";
    let mut master = graph_master(json!({"originalStartTimeZone": custom}));
    master["recurrence"]["range"]["recurrenceTimeZone"] = json!(custom);
    let series = event(master.clone()).await;
    let RemoteKind::Master { recurrence } = series.kind else { panic!() };
    assert_eq!((recurrence.lines.len(), &recurrence.original), (0, &master["recurrence"]));
    // Whole days need no zone.
    master["isAllDay"] = json!(true);
    master["start"] = zoned("2026-11-24T00:00:00", "UTC");
    master["end"] = zoned("2026-11-25T00:00:00", "UTC");
    let RemoteKind::Master { recurrence } = event(master).await.kind else { panic!() };
    assert_eq!(recurrence.lines.len(), 1);
}

#[tokio::test]
async fn a_bad_item_does_not_hold_up_the_others() {
    let bad = [
        (json!({"start": null}), "no_time"),
        (json!({"end": {"dateTime": null}}), "no_time"),
        (json!({"start": {"dateTime": "yesterday", "timeZone": "UTC"}}), "bad_time"),
        (json!({"start": {"dateTime": "2026-13-45T00:00:00", "timeZone": "UTC"}}), "bad_time"),
        (json!({"start": zoned("2026-11-24T08:00:00", "No Such Zone")}), "unknown_zone"),
        (json!({"end": zoned("2026-11-23T08:00:00", "UTC")}), "end_before_start"),
        (json!({"isAllDay": true, "end": zoned("2026-11-23T00:00:00", "UTC")}), "end_before_start"),
        (json!({"type": "somethingNew"}), "unknown_type"),
        (json!({"type": "exception", "occurrenceId": "OID.m.2026-12-01"}), "no_master"),
        (json!({"type": "exception", "seriesMasterId": "m", "originalStart": "soon"}), "no_original_date"),
        (json!({"type": "occurrence"}), "no_master"),
        (json!({"subject": {"not": "text"}}), "bad_shape"),
        (json!({"categories": "red"}), "bad_shape"),
    ];
    for (over, expected) in bad {
        let found = entries(&[graph_event(over.clone()), graph_event(json!({"id": "good"}))]).await;
        match &found[0] {
            RemoteEntry::Unreadable { id, code, reason } => {
                assert_eq!((id.as_deref(), code.as_str()), (Some("event-1"), expected), "{over}: {reason}");
            }
            other => panic!("{over}: {other:?}"),
        }
        assert!(matches!(&found[1], RemoteEntry::Event(event) if event.id == "good"));
    }
    for junk in [
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!({"id": 7}),
        json!({"id": ""}),
        json!({"@removed": {}}),
    ] {
        assert!(matches!(&entries(&[junk]).await[0], RemoteEntry::Unreadable { id: None, .. }));
    }
    let removed = entries(&[json!({"id": "x", "@removed": {"reason": "deleted"}})]).await;
    assert_eq!(removed, [RemoteEntry::Removed { id: "x".to_owned() }]);
}

#[tokio::test]
async fn words_we_do_not_know_are_taken_for_the_safe_ones() {
    let odd = event(graph_event(json!({"showAs": "asleep", "sensitivity": "secret", "subject": null, "location": null,
        "locations": [{"displayName": "Hall 1"}, {"displayName": ""}, {"displayName": "Hall 2"}], "categories": null}))).await;
    assert_eq!((odd.show_as.as_deref(), odd.sensitivity.as_deref()), (Some("unknown"), Some("private")));
    assert_eq!((odd.title.as_str(), odd.location.as_str(), odd.categories.len()), ("", "Hall 1; Hall 2", 0));
    let plain =
        event(graph_event(json!({"showAs": "workingElsewhere", "sensitivity": null, "isCancelled": true})))
            .await;
    assert_eq!((plain.show_as.as_deref(), plain.sensitivity.as_deref()), (Some("workingElsewhere"), None));
    assert!(plain.is_cancelled);
    assert_eq!(plain.etag.as_deref(), Some("W/\"k1\""));
}
