//! A walk through all operations: every answer fits the schema, and has no member or type that no
//! recorded answer shows.

use std::collections::BTreeSet;

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::seed;

use crate::harness::{ADA, Running, percent, timed, weekly};
use crate::samples::{KINDS, Shown, contracts, read, shown, whole};

/// Members that no sample shows, and why they are right all the same.
const DOCUMENTED: [(&str, &str); 2] = [
    ("event singleValueExtendedProperties", "in the schema; the samples have it in a request only"),
    ("event exceptionOccurrences", "each of them is compared as an event"),
];

struct Walk {
    running: Running,
    oas: Value,
    seen: Shown,
    checked: usize,
}

impl Walk {
    /// Sends, checks against the schema of `template`, and notes the members as those of `kind`.
    async fn step(
        &mut self,
        kind: &str,
        template: &str,
        method: Method,
        path: &str,
        prefer: &str,
        body: Option<&Value>,
    ) -> Value {
        let headers = if prefer.is_empty() { vec![] } else { vec![("prefer", prefer)] };
        let reply = self.running.send(method.clone(), path, &headers, body).await.unwrap();
        let what = format!("{method} {path}: {} {}", reply.status, reply.text);
        if reply.status == 204 {
            self.checked += 1;
            return Value::Null;
        }
        let answer = reply.json();
        assert_eq!(reply.status >= 400, kind == "error", "{what}");
        let responses = &self.oas["paths"][template][method.as_str().to_lowercase()]["responses"];
        let response = responses.get(reply.status.to_string()).unwrap_or(&responses["default"]);
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "no schema for {template}: {what}");
        let errors: Vec<String> =
            self.validator(schema).iter_errors(&answer).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {what}");
        self.note(kind, &answer);
        answer
    }

    fn note(&mut self, kind: &str, answer: &Value) {
        assert!(KINDS.contains(&kind));
        self.checked += 1;
        whole(kind, answer, &mut self.seen);
    }

    fn validator(&self, schema: &Value) -> Validator {
        let mut schema = schema.clone();
        schema["components"] = self.oas["components"].clone();
        jsonschema::validator_for(&schema).unwrap()
    }
}

#[tokio::test]
async fn every_answer_is_one_that_graph_could_have_given() {
    let Some(folder) = contracts() else { return };
    let running = Running::start().await;
    let mut walk =
        Walk { running, oas: read(&folder.join("graph.oas.json")), seen: Shown::new(), checked: 0 };
    calendars(&mut walk).await;
    events(&mut walk).await;
    series(&mut walk).await;
    delta(&mut walk).await;
    errors(&mut walk).await;

    let shown = shown(&folder);
    let documented = |line: &str| DOCUMENTED.iter().any(|(path, _)| line.starts_with(path));
    let strange: BTreeSet<&String> = walk.seen.difference(&shown).filter(|line| !documented(line)).collect();
    assert!(strange.is_empty(), "no sample shows: {strange:#?}");
    let absent: Vec<&String> = shown.difference(&walk.seen).collect();
    println!(
        "{} answers checked, {} member types seen; {} of the samples are never answered:",
        walk.checked,
        walk.seen.len(),
        absent.len()
    );
    absent.iter().for_each(|line| println!("  {line}"));
    assert!(walk.checked > 50);
}

async fn calendars(walk: &mut Walk) {
    walk.running
        .world()
        .add_calendar(ADA, serde_json::from_value(json!({"name": "Holidays", "can_edit": false})).unwrap())
        .unwrap();
    walk.running
        .world()
        .add_calendar(ADA, serde_json::from_value(json!({"name": "Bookings", "color": "lightBlue"})).unwrap())
        .unwrap();
    let list = walk.step("calendar", "/v1.0/me/calendars", Method::GET, "/v1.0/me/calendars", "", None).await;
    walk.step("calendar", "/v1.0/me/calendars", Method::GET, "/v1.0/me/calendars?$top=1", "", None).await;
    for calendar in list["value"].as_array().unwrap() {
        let path = format!("/v1.0/me/calendars/{}", percent(calendar["id"].as_str().unwrap()));
        walk.step("calendar", "/v1.0/me/calendars/{c}", Method::GET, &path, "", None).await;
    }
    walk.step("calendar", "/v1.0/me/calendars/{c}", Method::GET, "/v1.0/me/calendar", "", None).await;
    walk.step(
        "category",
        "/v1.0/me/outlook/masterCategories",
        Method::GET,
        "/v1.0/me/outlook/masterCategories",
        "",
        None,
    )
    .await;
    // Not in the OpenAPI slice: compared with the sample only.
    let settings = walk.running.get("/v1.0/me/mailboxSettings").await.ok();
    walk.note("settings", &settings);
}

async fn events(walk: &mut Walk) {
    let (list, one) = ("/v1.0/me/calendars/{c}/events", "/v1.0/me/events/{e}");
    let mut bodies = vec![
        timed("Plain", "2026-11-10T09:00:00", "2026-11-10T10:00:00"),
        json!({
            "subject": "Whole day", "isAllDay": true,
            "start": {"dateTime": "2026-11-12T00:00:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-11-14T00:00:00", "timeZone": "Europe/Berlin"},
        }),
    ];
    let mut full = timed("Everything", "2026-11-11T09:00:00", "2026-11-11T10:00:00");
    full.as_object_mut().unwrap().extend(json!({
        "body": {"contentType": "HTML", "content": "<p>Bring a <b>coat</b></p>"},
        "locations": [{"displayName": "Atrium", "address": {"city": "Kiel"}, "coordinates": {"latitude": 54.3, "longitude": 10.1}}, {"displayName": "Library"}],
        "categories": ["Wedding"], "sensitivity": "private", "showAs": "oof", "importance": "high",
        "attendees": [{"type": "Optional", "emailAddress": {"name": "Clara Nyman", "address": "clara@northquay.example"}}],
        "transactionId": "T-1", "reminderMinutesBeforeStart": 30, "isReminderOn": false,
        "singleValueExtendedProperties": [{"id": "String {00020329-0000-0000-C000-000000000046} Name mark", "value": "7"}],
    }).as_object().unwrap().clone());
    bodies.push(full);
    for body in &bodies {
        let event = walk.step("event", list, Method::POST, "/v1.0/me/calendar/events", "", Some(body)).await;
        let path = format!("/v1.0/me/events/{}", event["id"].as_str().unwrap());
        for prefer in [
            "",
            "outlook.timezone=\"Europe/Amsterdam\", outlook.body-content-type=\"text\"",
            "IdType=\"ImmutableId\"",
        ] {
            walk.step("event", one, Method::GET, &path, prefer, None).await;
        }
        walk.step("event", one, Method::GET, &format!("{path}?$select=subject,start"), "", None).await;
        let property = percent(
            "singleValueExtendedProperties($filter=id eq 'String {00020329-0000-0000-C000-000000000046} Name mark')",
        );
        walk.step("event", one, Method::GET, &format!("{path}?$expand={property}"), "", None).await;
        walk.step(
            "event",
            one,
            Method::PATCH,
            &path,
            "",
            Some(&json!({"subject": "Changed", "location": {"displayName": "Boardroom"}})),
        )
        .await;
    }
    walk.step("event", list, Method::GET, "/v1.0/me/calendar/events?$top=2", "", None).await;
    walk.step("event", list, Method::GET, "/v1.0/me/events", "odata.maxpagesize=1", None).await;
    let visit = json!({"subject": "Visit", "start": bodies[0]["start"], "end": bodies[0]["end"], "attendees": [{"emailAddress": {"address": ADA}}]});
    let visit = walk
        .running
        .world()
        .receive_invitation(ADA, ("Clara Nyman", "clara@northquay.example"), &visit)
        .unwrap();
    walk.step("event", one, Method::GET, &format!("/v1.0/me/events/{}", visit.id), "", None).await;
    let spare = walk.step("event", list, Method::POST, "/v1.0/me/events", "", Some(&bodies[0])).await;
    walk.step(
        "event",
        one,
        Method::DELETE,
        &format!("/v1.0/me/events/{}", spare["id"].as_str().unwrap()),
        "",
        None,
    )
    .await;
}

async fn series(walk: &mut Walk) {
    let (list, one) = ("/v1.0/me/calendars/{c}/events", "/v1.0/me/events/{e}");
    let patterns = [
        json!({"type": "daily", "interval": 2}),
        json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 2}),
        json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "first"}),
        json!({"type": "absoluteYearly", "interval": 1, "month": 11, "dayOfMonth": 2}),
        json!({"type": "relativeYearly", "interval": 1, "month": 11, "daysOfWeek": ["monday"], "index": "first"}),
    ];
    for pattern in patterns {
        let mut body = weekly("Series");
        body["recurrence"] = json!({"pattern": pattern, "range": {"type": "numbered", "startDate": "2026-11-02", "numberOfOccurrences": 3}});
        walk.step("event", list, Method::POST, "/v1.0/me/events", "", Some(&body)).await;
    }
    let master =
        walk.step("event", list, Method::POST, "/v1.0/me/events", "", Some(&weekly("Planning"))).await;
    let path = format!("/v1.0/me/events/{}", master["id"].as_str().unwrap());
    let bounds = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";
    let instances = walk
        .step(
            "event",
            "/v1.0/me/events/{e}/instances",
            Method::GET,
            &format!("{path}/instances?{bounds}"),
            "",
            None,
        )
        .await;
    let id = |index: usize| format!("/v1.0/me/events/{}", instances["value"][index]["id"].as_str().unwrap());
    walk.step("event", one, Method::GET, &id(0), "", None).await;
    walk.step("event", one, Method::PATCH, &id(1), "", Some(&json!({"subject": "Other"}))).await;
    walk.step("event", one, Method::DELETE, &id(2), "", None).await;
    let select = "$select=subject,start,end,occurrenceId,exceptionOccurrences,cancelledOccurrences&$expand=exceptionOccurrences";
    let hidden = walk.step("event", one, Method::GET, &format!("{path}?{select}"), "", None).await;
    assert_eq!(
        hidden["cancelledOccurrences"],
        json!([format!("OID.{}.2026-11-16", master["id"].as_str().unwrap())])
    );
    assert_eq!(hidden["exceptionOccurrences"][0]["subject"], "Other");
    let with_original = format!("{path}/instances?{bounds}&$select=subject,originalStart,type");
    let instances =
        walk.step("event", "/v1.0/me/events/{e}/instances", Method::GET, &with_original, "", None).await;
    assert_eq!(
        (&instances["value"][0]["type"], &instances["value"][0]["originalStart"]),
        (&json!("exception"), &json!("2026-11-09T08:00:00Z"))
    );
}

async fn delta(walk: &mut Walk) {
    seed::bulk(walk.running.world(), ADA, None, 300, 1).unwrap();
    let bounds = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";
    for (template, first) in [
        ("/v1.0/me/calendars/{c}/calendarView/delta", format!("/v1.0/me/calendarView/delta?{bounds}")),
        (
            "/v1.0/me/calendars/{c}/events/delta",
            "/v1.0/me/events/delta?startDateTime=2026-06-01T00:00:00Z".to_owned(),
        ),
    ] {
        let mut link = first;
        for _ in 0..200 {
            let page = walk
                .step(
                    "event",
                    template,
                    Method::GET,
                    &link,
                    "odata.maxpagesize=50, outlook.timezone=\"Europe/Paris\"",
                    None,
                )
                .await;
            let has = |name: &str| page.get(name).is_some();
            assert!(has("@odata.nextLink") != has("@odata.deltaLink"));
            let next = page.get("@odata.nextLink").or(page.get("@odata.deltaLink")).unwrap();
            link = next.as_str().unwrap().to_owned();
            if has("@odata.deltaLink") {
                break;
            }
        }
        let summaries = walk.running.world().summaries(ADA).unwrap();
        let view = summaries
            .iter()
            .filter(|item| item.event["start"]["dateTime"].as_str().unwrap() > "2026-11")
            .take(2);
        for item in view {
            walk.running.world().delete_event(simulators::world::Actor::Person, ADA, &item.id, None).unwrap();
        }
        walk.step("event", template, Method::GET, &link, "", None).await;
    }
    let view = format!("/v1.0/me/calendarView?{bounds}&$orderby=start/dateTime desc");
    walk.step("event", "/v1.0/me/calendars/{c}/calendarView", Method::GET, &view, "", None).await;
}

async fn errors(walk: &mut Walk) {
    let one = "/v1.0/me/events/{e}";
    let unknown = "AAMkAAAAAAAAAAAAAAAAAAAARgAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for path in ["bad_id", unknown] {
        walk.step("error", one, Method::GET, &format!("/v1.0/me/events/{path}"), "", None).await;
    }
    walk.step("error", one, Method::GET, "/v1.0/me/events/x?$select=nothing", "", None).await;
    let list = "/v1.0/me/calendars/{c}/events";
    walk.step("error", list, Method::POST, "/v1.0/me/events", "", Some(&json!({"subject": "no time"}))).await;
    let view = "/v1.0/me/calendars/{c}/calendarView/delta";
    for query in [
        "",
        "$deltatoken=bogus",
        "startDateTime=soon&endDateTime=later",
        "startDateTime=2026-11-01&endDateTime=2026-12-01&$select=id",
    ] {
        walk.step("error", view, Method::GET, &format!("/v1.0/me/calendarView/delta?{query}"), "", None)
            .await;
    }
    for fault in [
        json!({"status": 429, "retry_after": 7}),
        json!({"status": 503}),
        json!({"status": 401}),
        json!({"status": 412}),
    ] {
        let mut order = json!({"route": "calendars", "kind": "status"});
        order.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        walk.running.fault(order).await;
        walk.step("error", "/v1.0/me/calendars", Method::GET, "/v1.0/me/calendars", "", None).await;
    }
}
