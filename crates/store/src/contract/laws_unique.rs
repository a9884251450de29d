//! Uniqueness: what is missing counts in some indexes and not in others.

use std::sync::Arc;

use model::collections::{CALENDARS, CATEGORIES, EVENTS, LOCATIONS};
use model::documents::{Location, Record, Role, User};

use super::Law;
use super::fixtures::{at, calendar, category, commit, event, id, insert, numbers, touched};
use crate::port::{Store, StoreError};
use crate::query::{Filter, Value};
use crate::write::{Batch, Write};

/// Any number of events and calendars without an Outlook id fit beside each other, but an id comes once.
pub async fn sparse_unique_leaves_out_the_missing(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1), event(2), event(3)]).await?;
    insert(&store, &[calendar(1), calendar(2)]).await?;
    let outlook = |number| {
        let mut event = event(number);
        event.outlook_event_id = Some("AAMk=".to_owned());
        event
    };
    insert(&store, &[outlook(4)]).await?;
    let taken = |collection, field| Err(StoreError::Duplicate { collection, fields: vec![field] });
    assert_eq!(insert(&store, &[outlook(5)]).await, taken("events", "outlook_event_id"));
    let mut first = calendar(3);
    first.outlook_calendar_id = Some(String::new());
    let mut second = calendar(4);
    second.outlook_calendar_id = Some(String::new());
    insert(&store, &[first]).await?;
    assert_eq!(insert(&store, &[second]).await, taken("calendars", "outlook_calendar_id"));

    // Ids are compared exactly: Graph's differ in case alone.
    let mut other_case = event(6);
    other_case.outlook_event_id = Some("aamk=".to_owned());
    insert(&store, &[other_case]).await?;
    // An id that was taken away is free again.
    commit(
        &store,
        Write::Update {
            collection: &EVENTS,
            filter: Filter::eq("_id", id(4)),
            set: vec![("outlook_event_id", Value::Null)],
            add: vec![],
            must_match: true,
        },
    )
    .await?;
    insert(&store, &[outlook(5)]).await?;
    assert_eq!(numbers(&store, &EVENTS, Filter::eq("outlook_event_id", "AAMk=")).await?, [5]);
    assert_eq!(numbers(&store, &CALENDARS, Filter::Exists("outlook_calendar_id", false)).await?, [1, 2]);
    Ok(())
}

/// A name is unique for its owner; names for all, which have no owner, collide with each other.
pub async fn missing_is_a_value_in_a_compound_unique(store: Arc<dyn Store>) -> Law {
    insert(&store, &[category(1, None, "Fair"), category(2, Some(1), "Fair"), category(3, Some(2), "Fair")])
        .await?;
    insert(&store, &[category(4, None, "fair"), category(5, None, "Fair "), category(6, None, "")]).await?;
    let taken = |collection| Err(StoreError::Duplicate { collection, fields: vec!["name", "user_id"] });
    for (owner, name) in [(None, "Fair"), (Some(1), "Fair"), (None, "")] {
        assert_eq!(
            insert(&store, &[category(9, owner, name)]).await,
            taken("categories"),
            "{owner:?} {name}"
        );
    }
    let location = |number, owner| touched(Location::named(id(number), owner, "Hall 1"));
    insert(&store, &[location(1, None), location(2, Some(id(1)))]).await?;
    assert_eq!(insert(&store, &[location(3, None)]).await, taken("locations"));
    assert_eq!(numbers(&store, &LOCATIONS, Filter::eq("user_id", Value::Null)).await?, [1]);
    Ok(())
}

/// The error names the fields of the index: the id first, then indexes in the order of the declaration.
pub async fn duplicates_name_their_fields(store: Arc<dyn Store>) -> Law {
    let user = |number, outlook: &str, email: &str| {
        touched(User::new(id(number), outlook, email, "Ana", Role::User))
    };
    insert(&store, &[user(1, "o1", "ana@example.org")]).await?;
    for (other, field) in [
        (user(1, "o2", "bo@example.org"), "_id"),
        (user(1, "o1", "ana@example.org"), "_id"),
        (user(2, "o1", "bo@example.org"), "outlook_user_id"),
        (user(2, "o1", "ana@example.org"), "outlook_user_id"),
        (user(2, "o2", "Ana@Example.org"), "email"),
    ] {
        let expected = Err(StoreError::Duplicate { collection: "users", fields: vec![field] });
        assert_eq!(insert(&store, &[other]).await, expected);
    }
    insert(&store, &[user(2, "o2", "bo@example.org")]).await
}

/// Neither a replacement nor an update gets round an index; a document does not collide with itself.
pub async fn update_keeps_uniqueness(store: Arc<dyn Store>) -> Law {
    insert(&store, &[category(1, None, "Fair"), category(2, None, "Concert")]).await?;
    let mut same = category(1, None, "Fair");
    same.touch(at(1));
    let mut batch = Batch::new();
    batch.replace(&same, 1)?;
    store.commit(batch).await?;

    let taken = Err(StoreError::Duplicate { collection: "categories", fields: vec!["name", "user_id"] });
    let mut colliding = category(2, None, "Fair");
    colliding.touch(at(1));
    let mut batch = Batch::new();
    batch.replace(&colliding, 1)?;
    assert_eq!(store.commit(batch).await, taken);
    let rename = Write::Update {
        collection: &CATEGORIES,
        filter: Filter::All(vec![]),
        set: vec![("name", "Same".into())],
        add: vec![],
        must_match: true,
    };
    assert_eq!(commit(&store, rename).await, taken);
    assert_eq!(numbers(&store, &CATEGORIES, Filter::eq("name", "Concert")).await?, [2]);
    Ok(())
}
