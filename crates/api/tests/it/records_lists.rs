//! Calendars, categories, locations and sync over HTTP.

use http::{Method, StatusCode};
use model::documents::Role;
use serde_json::{Value, json};

use crate::harness::World;
use crate::harness::people::Proof;
use crate::harness::reply::Reply;

crate::also_on_mongodb!(
    a_calendar_goes_round,
    global_records_are_for_administrators,
    used_ones_stay_and_say_so,
    locations_are_found_near_a_place,
    sync_says_what_it_knows,
);

async fn ask(world: &World, proof: &Proof, method: Method, uri: &str, body: Option<Value>) -> Reply {
    world.ask(proof, method, uri, body.as_ref()).await
}

async fn mara(world: &World) -> Proof {
    Proof::Session(world.person("mara", Role::User).await)
}

#[tokio::test]
async fn a_calendar_goes_round() {
    let world = World::new().await;
    let mara = mara(&world).await;
    let made = ask(&world, &mara, Method::POST, "/api/v1/calendars", Some(json!({"name": "Bookings"}))).await;
    assert_eq!((made.status, made.header("etag")), (StatusCode::CREATED, "\"1\""));
    let uri = format!("/api/v1/calendars/{}", made.json()["_id"].as_str().unwrap());
    let listed = ask(&world, &mara, Method::GET, "/api/v1/calendars", None).await.json();
    assert_eq!(listed, json!({"items": [made.json()], "next_cursor": null}));
    let changed = ask(&world, &mara, Method::PATCH, &uri, Some(json!({"color": "#abcdef"}))).await;
    assert_eq!((changed.header("etag"), changed.json()["color"].as_str()), ("\"2\"", Some("#abcdef")));
    let wrong =
        ask(&world, &mara, Method::PATCH, &uri, Some(json!({"color": "red", "is_primary": true}))).await;
    assert_eq!(wrong.json()["errors"].as_array().unwrap().len(), 2);
    assert_eq!(ask(&world, &mara, Method::DELETE, &uri, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ask(&world, &mara, Method::GET, &uri, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn global_records_are_for_administrators() {
    let world = World::new().await;
    let mara = mara(&world).await;
    let admin = Proof::Session(world.person("admin", Role::Admin).await);
    for (list, more) in [("categories", json!({"color": "#112233"})), ("locations", json!({"capacity": 40}))]
    {
        let uri = format!("/api/v1/{list}");
        let mut draft = json!({"name": "Foyer", "is_global": true});
        draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = ask(&world, &mara, Method::POST, &uri, Some(draft.clone())).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "forbidden"), "{list}");
        let made = ask(&world, &admin, Method::POST, &uri, Some(draft.clone())).await;
        assert_eq!(made.json().get("user_id"), None, "{made:?}");
        let taken = ask(&world, &admin, Method::POST, &uri, Some(draft.clone())).await;
        assert_eq!((taken.status, taken.code().as_str()), (StatusCode::CONFLICT, "name_taken"));
        assert_eq!(taken.json()["errors"][0]["field"], "name");
        let seen = ask(&world, &mara, Method::GET, &uri, None).await.json();
        assert_eq!(seen["items"], json!([made.json()]));
        let one = format!("{uri}/{}", made.json()["_id"].as_str().unwrap());
        for (method, body) in [(Method::PATCH, Some(json!({"name": "Mine"}))), (Method::DELETE, None)] {
            let refused = ask(&world, &mara, method, &one, body).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
        }
        draft["is_global"] = json!("yes");
        let wrong = ask(&world, &mara, Method::POST, &uri, Some(draft)).await;
        assert_eq!(
            (wrong.status.as_u16(), wrong.json()["errors"][0]["field"].as_str()),
            (422, Some("is_global"))
        );
        let off = ask(&world, &admin, Method::PATCH, &one, Some(json!({"is_active": false}))).await;
        assert_eq!(off.json()["is_active"], false);
        let offered = ask(&world, &mara, Method::GET, &format!("{uri}?is_active=true"), None).await.json();
        assert_eq!(offered["items"], json!([]));
    }
}

#[tokio::test]
async fn used_ones_stay_and_say_so() {
    let world = World::new().await;
    let mara = mara(&world).await;
    let calendar =
        ask(&world, &mara, Method::POST, "/api/v1/calendars", Some(json!({"name": "Bookings"}))).await.json();
    let draft = json!({"calendar_id": calendar["_id"], "title": "Gala", "location": "Hall", "category": "Concert",
        "start_time": "2026-11-27T18:00:00Z", "end_time": "2026-11-27T22:00:00Z"});
    ask(&world, &mara, Method::POST, "/api/v1/events", Some(draft)).await;
    for list in ["locations", "categories"] {
        let items = ask(&world, &mara, Method::GET, &format!("/api/v1/{list}"), None).await.json();
        assert_eq!(items["items"][0]["usage_count"], 1);
        let one = format!("/api/v1/{list}/{}", items["items"][0]["_id"].as_str().unwrap());
        let refused = ask(&world, &mara, Method::DELETE, &one, None).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "still_in_use"));
    }
}

#[tokio::test]
async fn locations_are_found_near_a_place() {
    let world = World::new().await;
    let mara = mara(&world).await;
    for (name, longitude, latitude) in
        [("Hall", 13.4, 52.52), ("Potsdam", 13.06, 52.4), ("Suva", 178.44, -18.14)]
    {
        let draft = json!({"name": name, "coordinates": {"latitude": latitude, "longitude": longitude}});
        let made = ask(&world, &mara, Method::POST, "/api/v1/locations", Some(draft)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        // Longitude is written first, however it was sent.
        assert!(
            made.text.contains(&format!("{{\"longitude\":{longitude},\"latitude\":{latitude}}}")),
            "{}",
            made.text
        );
    }
    let near = async |query: &str| {
        ask(&world, &mara, Method::GET, &format!("/api/v1/locations?{query}"), None).await
    };
    let found = near("near=52.52,13.405&within_km=50").await.json();
    let names: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Hall", "Potsdam"]);
    assert!(found["items"][0]["distance_km"].as_f64().unwrap() < 1.0);
    assert_eq!(near("near=52.52,13.405").await.json()["items"].as_array().unwrap().len(), 1);
    for (query, status) in
        [("near=x", 400), ("near=95,0", 422), ("within_km=5", 422), ("near=1,1&within_km=-1", 422)]
    {
        assert_eq!(near(query).await.status.as_u16(), status, "{query}");
    }
    let wrong = json!({"name": "Nowhere", "coordinates": {"latitude": 200, "longitude": 0}});
    let wrong = ask(&world, &mara, Method::POST, "/api/v1/locations", Some(wrong)).await;
    assert_eq!(wrong.json()["errors"][0]["field"], "coordinates.latitude");
}

#[tokio::test]
async fn sync_says_what_it_knows() {
    let world = World::new().await;
    let mara = mara(&world).await;
    let runs = ask(&world, &mara, Method::GET, "/api/v1/sync/runs", None).await.json();
    assert_eq!(runs, json!({"items": []}));
    let logs =
        ask(&world, &mara, Method::GET, "/api/v1/sync/logs?status=error&sync_type=outlook_to_local", None)
            .await;
    assert_eq!(logs.json(), json!({"items": [], "next_cursor": null}));
    let owner = world.person("jonas", Role::User).await;
    let own = world.belongings(&owner, "jonas").await;
    let jonas = Proof::Session(owner);
    for (list, of, item) in
        [("runs", "state", format!("run_id={}", own.run)), ("logs", "sync_type", format!("_id={}", own.log))]
    {
        let word = if of == "state" { "running" } else { "outlook_to_local" };
        let narrow = |calendar| format!("/api/v1/sync/{list}?{of}={word}&calendar_id={calendar}");
        let (name, id) = item.split_once('=').unwrap();
        let found = ask(&world, &jonas, Method::GET, &narrow(own.calendar), None).await.json();
        assert_eq!(
            (found["items"].as_array().unwrap().len(), found["items"][0][name].as_str()),
            (1, Some(id))
        );
        let one = ask(&world, &jonas, Method::GET, &format!("/api/v1/sync/{list}/{id}"), None).await.json();
        assert_eq!(one, found["items"][0]);
        let other = ask(&world, &jonas, Method::GET, &narrow(own.event), None).await.json();
        assert_eq!(other["items"], json!([]), "{list} of another calendar");
    }
    let held = ask(&world, &mara, Method::GET, "/api/v1/sync/held-deletions", None).await.json();
    assert_eq!(held, json!({"items": [], "next_cursor": null}));
    let calendar =
        ask(&world, &mara, Method::POST, "/api/v1/calendars", Some(json!({"name": "Local"}))).await.json();
    let decide = format!("/api/v1/sync/held-deletions/{}", calendar["_id"].as_str().unwrap());
    let decided = ask(&world, &mara, Method::POST, &decide, Some(json!({"decision": "confirm"}))).await;
    assert_eq!(decided.status, StatusCode::NOT_FOUND);
    let wrong = ask(&world, &mara, Method::POST, &decide, Some(json!({"decision": "maybe"}))).await;
    assert_eq!(wrong.status.as_u16(), 422);
    let order = json!({"calendar_id": calendar["_id"]});
    let local = ask(&world, &mara, Method::POST, "/api/v1/sync/runs", Some(order)).await;
    assert_eq!((local.status, local.code().as_str()), (StatusCode::CONFLICT, "not_synced"));
    let unknown = ask(&world, &mara, Method::POST, "/api/v1/sync/runs", Some(json!({"dry": true}))).await;
    assert_eq!(unknown.code(), "unknown_fields");
    let bad = ask(&world, &mara, Method::GET, "/api/v1/sync/runs?limit=4", None).await;
    assert_eq!(bad.code(), "invalid_parameters");
}
