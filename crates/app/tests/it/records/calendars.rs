//! Calendars: making, changing, deleting with all that is in them.

use app::AppError;
use app::records::{calendars, events};
use model::collections::{EVENTS, SYNC_CURSORS};
use model::documents::{Category, Location, SyncCursor};
use serde_json::json;
use store::{Filter, TypedStore};

use crate::house::{House, object};

crate::on_every_engine!(calendars_are_ones_own, a_name_from_outlook_stays, deleting_takes_all_that_is_in_it,);

async fn calendars_are_ones_own(house: House) {
    let own = house.calendar(&house.mara, "Bookings").await;
    house.calendar(&house.jonas, "Theirs").await;
    let listed = calendars::list(&house.app, &house.mara, None, Default::default()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&own));
    let all = calendars::list(&house.app, &house.admin, None, Default::default()).await.unwrap();
    assert_eq!(all.items.len(), 2);
    let patch = object(r##"{"name": "House", "color": "#abcdef"}"##);
    let foreign = calendars::patch(&house.app, &house.jonas, own.id, &patch, None).await.unwrap_err();
    assert_eq!(foreign, AppError::NotFound { what: "calendar" });
    let changed = calendars::patch(&house.app, &house.mara, own.id, &patch, Some(1)).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.revision), ("House", 2));
    let stale = calendars::patch(&house.app, &house.mara, own.id, &patch, Some(1)).await.unwrap_err();
    assert_eq!(stale, AppError::Stale { what: "calendar" });
    for wrong in [r#"{"name": " "}"#, r#"{"name": null}"#, r#"{"can_edit": true}"#, r#"{"colour": "x"}"#] {
        let refused = calendars::patch(&house.app, &house.mara, own.id, &object(wrong), None).await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{wrong}: {refused:?}");
    }
}

async fn a_name_from_outlook_stays(house: House) {
    let calendar = house.outlook_calendar(&house.mara).await;
    let rename = object(r#"{"name": "Mine"}"#);
    let refused = calendars::patch(&house.app, &house.mara, calendar.id, &rename, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Invalid { code: "shared_fields_read_only", .. }));
    let off = object(r#"{"is_active": false}"#);
    let changed = calendars::patch(&house.app, &house.mara, calendar.id, &off, None).await.unwrap();
    assert!(!changed.is_active);
}

async fn deleting_takes_all_that_is_in_it(house: House) {
    let doomed = house.calendar(&house.mara, "Bookings").await;
    let kept = house.calendar(&house.mara, "House").await;
    for calendar in [&doomed, &kept] {
        let draft = json!({"calendar_id": calendar.id.to_string(), "title": "x", "location": "Hall", "category": "Concert",
            "start_time": "2026-11-27T17:00:00Z", "end_time": "2026-11-27T18:00:00Z"});
        events::create(&house.app, &house.mara, object(&draft.to_string()), None).await.unwrap();
    }
    let mut cursor = SyncCursor {
        id: house.app.new_id(),
        user_id: house.mara.user_id,
        calendar_id: doomed.id,
        ..serde_json::from_value(json!({
            "_id": "000000000000000000000001", "user_id": "000000000000000000000001",
            "calendar_id": "000000000000000000000001", "provider": "outlook", "is_final": true, "compare_due": false,
            "created_at": "2026-11-27T17:00:00Z", "updated_at": "2026-11-27T17:00:00Z", "revision": 0
        }))
        .unwrap()
    };
    house.insert(&mut cursor).await;
    let foreign = calendars::delete(&house.app, &house.jonas, doomed.id, None).await.unwrap_err();
    assert_eq!(foreign, AppError::NotFound { what: "calendar" });
    calendars::delete(&house.app, &house.mara, doomed.id, Some(1)).await.unwrap();
    let everything = || Filter::All(Vec::new());
    assert_eq!(house.app.store().count(&EVENTS, everything()).await.unwrap(), 1);
    assert_eq!(house.app.store().count(&SYNC_CURSORS, everything()).await.unwrap(), 0);
    let category: Category = house.app.store().first(everything()).await.unwrap().unwrap();
    let location: Location = house.app.store().first(everything()).await.unwrap().unwrap();
    assert_eq!((category.usage_count, location.usage_count), (1, 1));
    let listed = calendars::list(&house.app, &house.mara, None, Default::default()).await.unwrap();
    assert_eq!(listed.items, [kept]);
}
