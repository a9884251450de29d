//! Documents that cannot be brought to today's form stop a migration before anything is changed, and are named.

use app::migrations::{self, State};
use app::{App, AppError};
use model::Id;
use model::collections::{CATEGORIES, EVENTS, LOCATIONS, USERS};
use model::documents::Event;
use model::schema::Collection;
use serde_json::{Map, Value as Json, json};
use store::{Batch, Document, TypedStore, Write};

use super::{dump, fill, raw, sample, up};
use crate::house::House;

crate::on_every_engine!(
    a_trouble_stops_it_before_anything_is_changed,
    what_todays_program_could_not_read_stops_it,
    what_is_only_beyond_bounds_goes_on,
);

async fn a_trouble_stops_it_before_anything_is_changed(house: House) {
    let app = &house.app;
    fill(app, 0).await;
    let id: Id = "650000000000000000000099".parse().unwrap();
    let json =
        format!("{{\"_id\":\"{id}\",\"title\":\"secret words\",\"end_time\":\"2026-01-01T00:00:00Z\"}}");
    let write = raw(&EVENTS, Document { id, revision: 0, json: json.into() });
    app.store().commit(Batch { writes: vec![write] }).await.unwrap();
    let before = dump(app).await;
    for error in [up(app).await.err(), migrations::up_plan(app, None, &mut |_| {}).await.err()] {
        let Some(AppError::Conflict { code: "migration_trouble", detail }) = error else {
            panic!("{error:?}")
        };
        assert!(detail.contains(&format!("events {id} ")) && detail.contains("is missing"), "{detail}");
        assert!(detail.contains("Nothing was changed") && !detail.contains("secret"), "{detail}");
    }
    assert_eq!(dump(app).await, before);
    assert!(migrations::status(app).await.unwrap().iter().all(|one| one.state == State::Pending));
}

/// Changes the first document of a collection as another program would have written it.
async fn written_otherwise(
    app: &App,
    collection: &'static Collection,
    change: impl Fn(&mut Map<String, Json>),
) -> Id {
    let (_, document) = sample(0).into_iter().find(|(of, _)| of.name == collection.name).unwrap();
    let mut fields: Map<String, Json> = serde_json::from_str(&document.json).unwrap();
    change(&mut fields);
    let json = Json::Object(fields).to_string().into();
    let document = Document { json, ..document };
    let id = document.id;
    let write = Write::Raw { collection, document, expected_revision: Some(0) };
    app.store().commit(Batch { writes: vec![write] }).await.unwrap();
    id
}

async fn what_todays_program_could_not_read_stops_it(house: House) {
    type Change = fn(&mut Map<String, Json>);
    let unset = |of: &str| {
        format!("db.{of}.updateMany({{\"__v\": {{$exists: true}}}}, {{$unset: {{\"__v\": \"\"}}}})")
    };
    let version: Change = |fields| drop(fields.insert("__v".into(), json!(0)));
    let cases: [(&'static Collection, &str, Change, Option<String>); 6] = [
        (&USERS, "__v: There is no such field", version, Some(unset("users"))),
        (&EVENTS, "__v: There is no such field", version, Some(unset("events"))),
        (&CATEGORIES, "__v: There is no such field", version, Some(unset("categories"))),
        (
            &EVENTS,
            "attendees[0]._id: There is no such field",
            |fields| fields["attendees"][0]["_id"] = json!("650000000000000000000077"),
            Some("{$unset: {\"attendees.$[]._id\": \"\"}}".to_owned()),
        ),
        (
            &EVENTS,
            "priority_level: ",
            |fields| drop(fields.insert("priority_level".into(), json!("secret urgent"))),
            None,
        ),
        (
            &LOCATIONS,
            "capacity: ",
            |fields| drop(fields.insert("capacity".into(), json!("secret 200"))),
            None,
        ),
    ];
    let app = &house.app;
    for (collection, expected, change, command) in cases {
        house.empty().await;
        fill(app, 0).await;
        let id = written_otherwise(app, collection, change).await;
        let before = dump(app).await;
        for error in [
            migrations::up_plan(app, None, &mut |_| {}).await.err(),
            // Going only some of the way, it would come to the rest too late.
            migrations::up(app, Some(1), &mut |_| {}).await.err(),
            up(app).await.err(),
        ] {
            let Some(AppError::Conflict { code: "migration_trouble", detail }) = error else {
                panic!("{expected}: {error:?}")
            };
            assert!(detail.contains("1 documents cannot"), "{detail}");
            assert!(detail.contains(&format!("{} {id} {expected}", collection.name)), "{detail}");
            assert!(detail.contains("Nothing was changed") && !detail.contains("secret"), "{detail}");
            assert_eq!(detail.contains("$unset"), command.is_some(), "{detail}");
            assert!(command.iter().all(|command| detail.contains(command)), "{detail}");
        }
        assert_eq!(dump(app).await, before);
        assert!(migrations::status(app).await.unwrap().iter().all(|one| one.state == State::Pending));
    }
}

async fn what_is_only_beyond_bounds_goes_on(house: House) {
    let app = &house.app;
    fill(app, 0).await;
    let id = written_otherwise(app, &EVENTS, |fields| {
        drop(fields.insert("budget_allocated".into(), json!(9_007_199_254_740_993_i64)));
    })
    .await;
    up(app).await.unwrap();
    let event: Event = app.store().read(id).await.unwrap().unwrap();
    assert!(event.budget_allocated > Some(9e15), "{event:?}");
}
