//! Every request we send keeps the contract and carries what every page needs.

use providers::contract::{CalendarProvider, Cursor, Next};
use serde_json::json;

use crate::contract::Contract;
use crate::server::{Asked, Reply};
use crate::support::{TOKEN, first_page, graph_event, last_page, setup, token, window};

const PREFER: &str = "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", outlook.body-content-type=\"text\", odata.maxpagesize=50";

fn check_common(asked: &Asked) {
    assert_eq!(asked.header("prefer"), Some(PREFER));
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(asked.header("accept"), Some("application/json"));
    assert!(asked.header("client-request-id").unwrap().starts_with("request-"));
    assert_eq!(asked.method, "GET");
}

#[tokio::test]
async fn all_first_requests_keep_the_contract() {
    let (server, provider) = setup().await;
    let gone =
        || Reply::refusal(404, "ErrorItemNotFound", "The specified object was not found in the store.");
    server.then(Reply::json(&json!({"id": "u", "displayName": "U", "mail": "u@callboard.example"})));
    provider.identity(&token()).await.unwrap();
    server.then(Reply::json(&json!({"value": []})));
    provider.calendars(&token()).await.unwrap();
    server.then(gone());
    provider.event(&token(), "AAk+/=.-_'ü").await.unwrap();
    server.then(Reply::refusal(501, "NotImplemented", "")).then(Reply::json(&last_page(&server, &[])));
    provider.changes(&token(), "AAk+/=", None, window()).await.unwrap();

    let asked = server.take_asked();
    let targets: Vec<&str> = asked.iter().map(Asked::path).collect();
    assert_eq!(
        targets[3..],
        ["/v1.0/me/calendars/AAk+%2F=/events/delta", "/v1.0/me/calendars/AAk+%2F=/calendarView/delta",]
    );
    assert_eq!(
        asked[4].query(),
        [
            ("startDateTime".to_owned(), "2026-01-01T00:00:00Z".to_owned()),
            ("endDateTime".to_owned(), "2028-01-01T00:00:00Z".to_owned()),
        ]
    );
    asked.iter().for_each(check_common);
    let mut ids: Vec<_> = asked.iter().map(|asked| asked.header("client-request-id").unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), asked.len(), "each request has an id of its own");
    if let Some(contract) = Contract::load() {
        asked.iter().for_each(|asked| contract.check(asked));
    }
}

#[tokio::test]
async fn every_page_repeats_the_preferences_and_follows_links_verbatim() {
    let (server, provider) = setup().await;
    let link =
        |token: &str| format!("{}/v1.0/me/calendars('AAk')/events/delta?$skiptoken={token}", server.base);
    server
        .then(Reply::json(&json!({"value": [], "@odata.nextLink": link("a%2Bb'c")})))
        .then(Reply::json(&json!({"value": [graph_event(json!({}))], "@odata.nextLink": link("p3")})))
        .then(Reply::json(&json!({"value": [], "@odata.deltaLink": link("d")})));
    let first = first_page(&provider).await.unwrap();
    let Next::Page(second) = first.next else { panic!("an empty page with a next link is not the end") };
    assert_eq!(second, Cursor { mode: "events_delta".to_owned(), token: link("a%2Bb'c") });
    let page = provider.changes(&token(), "calendar-1", Some(&second), window()).await.unwrap();
    assert_eq!(page.entries.len(), 1);
    let Next::Page(third) = page.next else { panic!() };
    let page = provider.changes(&token(), "calendar-1", Some(&third), window()).await.unwrap();
    assert_eq!(page.next, Next::Done(Cursor { mode: "events_delta".to_owned(), token: link("d") }));
    let asked = server.take_asked();
    asked.iter().for_each(check_common);
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[1].target, "/v1.0/me/calendars('AAk')/events/delta?$skiptoken=a%2Bb%27c");
}

#[tokio::test]
async fn calendars_are_read_to_the_last_page() {
    let (server, provider) = setup().await;
    let next = format!("{}/v1.0/me/calendars?$skip=1", server.base);
    server
        .then(Reply::json(&json!({"value": [
            {"id": "c1", "name": "Calendar", "hexColor": "#CF2B36", "isDefaultCalendar": true, "canEdit": true},
        ], "@odata.nextLink": next})))
        .then(Reply::json(&json!({"value": [
            {"id": "c2", "name": "Birthdays", "color": "lightBlue", "hexColor": "", "canEdit": false},
            {"id": "c3", "name": null, "color": "auto"},
        ]})));
    let calendars = provider.calendars(&token()).await.unwrap();
    let read: Vec<_> = calendars
        .iter()
        .map(|c| (c.id.as_str(), c.name.as_str(), c.color.as_deref(), c.is_primary, c.can_edit))
        .collect();
    assert_eq!(
        read,
        [
            ("c1", "Calendar", Some("#cf2b36"), true, true),
            ("c2", "Birthdays", Some("#8ab4e8"), false, false),
            ("c3", "", None, false, false),
        ]
    );
    server.take_asked().iter().for_each(check_common);
}

#[tokio::test]
async fn half_a_list_of_calendars_is_no_list() {
    let (server, provider) = setup().await;
    let next = format!("{}/v1.0/me/calendars?$skip=1", server.base);
    server
        .then(Reply::json(&json!({"value": [{"id": "c1"}], "@odata.nextLink": next})))
        .then(Reply::refusal(503, "serviceNotAvailable", "busy"));
    provider.calendars(&token()).await.unwrap_err();
    for body in [json!({}), json!({"value": [{"name": "no id"}]}), json!({"value": {}}), json!([])] {
        server.then(Reply::json(&body));
        provider.calendars(&token()).await.unwrap_err();
    }
}

#[tokio::test]
async fn an_endless_list_of_calendars_ends() {
    let (server, provider) = setup().await;
    let next = format!("{}/v1.0/me/calendars?$skip=1", server.base);
    for _ in 0..150 {
        server.then(Reply::json(&json!({"value": [], "@odata.nextLink": next})));
    }
    provider.calendars(&token()).await.unwrap_err();
    assert_eq!(server.take_asked().len(), 100);
}

#[tokio::test]
async fn the_person_has_an_address_whatever_their_account_is() {
    let (server, provider) = setup().await;
    server.then(Reply::json(
        &json!({"id": "u1", "displayName": "", "mail": null, "userPrincipalName": "u@callboard.example"}),
    ));
    let identity = provider.identity(&token()).await.unwrap();
    assert_eq!(
        (identity.email.as_str(), identity.display_name.as_str()),
        ("u@callboard.example", "u@callboard.example")
    );
    server.then(Reply::json(&json!({"displayName": "nobody"})));
    provider.identity(&token()).await.unwrap_err();
}
