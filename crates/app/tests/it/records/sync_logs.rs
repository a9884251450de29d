//! Logs of sync runs: they are kept for a time.

use jiff::SignedDuration;
use model::documents::{SyncLog, SyncLogStatus, SyncType, UNSET};
use store::{Batch, Filter, TypedStore};

use crate::house::House;

crate::on_every_engine!(what_is_old_goes_and_the_rest_stays);

/// More than go in one commit.
const OLD: i64 = 510;

async fn what_is_old_goes_and_the_rest_stays(house: House) {
    let mut batch = Batch::new();
    let mut log = |days_ago: i64, minutes: i64| {
        let at =
            house.app.now() - SignedDuration::from_hours(24 * days_ago) - SignedDuration::from_mins(minutes);
        let mut log = SyncLog {
            id: house.app.new_id(),
            user_id: house.mara.user_id,
            sync_type: SyncType::OutlookToLocal,
            status: SyncLogStatus::Error,
            events_processed: 0,
            events_created: 0,
            events_updated: 0,
            events_deleted: 0,
            errors: Vec::new(),
            started_at: at,
            completed_at: at,
            duration_ms: 0,
            calendar_id: None,
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        };
        model::documents::Record::touch(&mut log, at);
        batch.insert(&log).unwrap();
        log.id
    };
    for number in 0..OLD {
        log(10, number);
    }
    let kept = log(9, 0);
    house.store.commit(batch).await.unwrap();
    let app = house.with_settings(|settings| settings.sync_log_keep_days = 10);
    assert_eq!(app::records::sync_logs::tidy(&app).await.unwrap(), OLD.unsigned_abs());
    let left: Vec<SyncLog> = house.app.store().all(Filter::All(Vec::new())).await.unwrap();
    assert_eq!(left.into_iter().map(|log| log.id).collect::<Vec<_>>(), [kept]);
    assert_eq!(app::records::sync_logs::tidy(&app).await.unwrap(), 0);
}
