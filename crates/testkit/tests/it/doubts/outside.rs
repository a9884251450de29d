//! What moved out of the time that is read: it is told as gone, and as what it is to whoever asks for it.

use super::*;

const NOTE: &str = "the piano stays";

impl House {
    async fn event_of(&self, item: &str) -> Event {
        self.app.store().first(Filter::eq("outlook_event_id", item)).await.unwrap().unwrap()
    }

    /// The crew writes on an event.
    async fn write_note(&self, item: &str) {
        let mut event = self.event_of(item).await;
        let revision = event.revision;
        event.internal_notes = Some(NOTE.to_owned());
        event.touch(self.app.now());
        let mut batch = Batch::new();
        batch.replace(&event, revision).unwrap();
        self.app.store().commit(batch).await.unwrap();
    }

    fn moves_outside(&self, item: &str, day: jiff::civil::Date) {
        let mut world = self.outlook.world();
        world.outside.insert(item.to_owned());
        world.change(item, |item| item.date = day);
    }
}

#[tokio::test]
async fn what_moved_out_of_what_is_read_is_taken_over_as_it_is() {
    let house = House::with(20).await;
    let moved = house.items()[0].clone();
    house.write_note(&moved).await;
    let (day, shown) = (date(2031, 5, 5), "2031-05-05");
    house.moves_outside(&moved, day);

    let plan = sync_run::dry_run(&house.app, &house.calendar, RunOptions::default()).await.unwrap();
    let planned: Vec<_> = plan.actions.iter().map(|one| (one.action, one.event_id)).collect();
    assert_eq!(planned, [("update", Some(house.event_of(&moved).await.id))], "{plan:?}");
    assert!(plan.actions[0].fields.contains(&"start_time".to_owned()), "{plan:?}");

    let run = house.sync().await;
    assert_eq!((run.events_updated, run.events_deleted, run.events_held), (1, 0, 0), "{run:?}");
    let event = house.event_of(&moved).await;
    assert_eq!(event.start_time.to_string().get(..10), Some(shown));
    assert_eq!(event.internal_notes.as_deref(), Some(NOTE));
    assert!(house.all::<HeldDeletions>().await.is_empty());
    assert!(house.sync().await.is_quiet());
    // A complete read does not tell it, asks for it, and finds what is here already.
    assert!(house.run(true).await.is_quiet());
}

#[tokio::test]
async fn a_series_that_moved_out_takes_its_dates_along() {
    let house = House::with(20).await;
    let mut series = item(CALENDAR, "class".to_owned(), date(2027, 3, 22), Some(9));
    series.rule = Some(Repeat { every: Every::Weeks(1), count: None });
    let id = house.outlook.world().create(series);
    let day = date(2027, 3, 29);
    let mut recital = item(CALENDAR, "recital".to_owned(), day, Some(15));
    recital.replaces = Some((id.clone(), day));
    let recital = house.outlook.world().create(recital);
    house.sync().await;
    {
        let mut world = house.outlook.world();
        world.outside.extend([id.clone(), recital.clone()]);
        world.change(&id, |item| item.title = "evening class".to_owned());
        world.change(&recital, |item| item.hour = Some(16));
    }
    house.sync().await;
    assert_eq!(house.event_of(&id).await.title, "evening class");
    assert_eq!(house.event_of(&recital).await.start_time.to_string(), "2027-03-29T14:00:00Z");
    assert_eq!((house.events().await, house.waiting().await), (22, 0));
    assert!(house.sync().await.is_quiet());
}
