//! Series kept decoded and compiled between requests.
//!
//! Every listing of a range reads the same masters again, and decoding one costs ten times what reading it does. A kept
//! series is only used for the very text it was made from: nothing has to be thrown away when a master changes, and a
//! write by another server or a restored backup cannot be missed.

use std::sync::Arc;

use model::Id;
use model::documents::ArchivedEvent;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::{Document, StoreError};

use crate::records::occurrences::Compiled;

const MOST_BYTES: u64 = 16 << 20;
/// Of a usual series.
const USUAL_BYTES: u64 = 8 << 10;

/// The series compiled lately, bounded by their size.
pub(crate) struct SeriesCache(Cache<Id, Arc<Kept>, Size>);

struct Kept {
    json: Box<str>,
    compiled: Arc<Compiled>,
}

impl SeriesCache {
    /// The series of this stored master, which may be in the archive.
    pub(crate) fn of(&self, master: Document, is_archived: bool) -> Result<Arc<Compiled>, StoreError> {
        if let Some(kept) = self.0.get(&master.id)
            && kept.json == master.json
        {
            return Ok(kept.compiled.clone());
        }
        let compiled = Arc::new(if is_archived {
            let ArchivedEvent { event, archived_at } = master.typed()?;
            Compiled::archived(event, archived_at)
        } else {
            Compiled::new(master.typed()?)
        });
        self.0.insert(master.id, Arc::new(Kept { json: master.json, compiled: compiled.clone() }));
        Ok(compiled)
    }
}

impl Default for SeriesCache {
    fn default() -> Self {
        let usual = usize::try_from(MOST_BYTES / USUAL_BYTES).unwrap_or_default();
        Self(Cache::with_weighter(usual, MOST_BYTES, Size))
    }
}

/// The stored text counts thrice: as it is, decoded, and as the text of occurrences.
#[derive(Clone)]
struct Size;

impl Weighter<Id, Arc<Kept>> for Size {
    fn weight(&self, _: &Id, kept: &Arc<Kept>) -> u64 {
        3 * u64::try_from(kept.json.len()).unwrap_or(u64::MAX / 4) + 1_024
    }
}

#[cfg(test)]
mod tests {
    use model::documents::{Event, Record};

    use super::*;

    fn master(title: &str) -> Document {
        let id = Id::from_bytes([4; 12]);
        let start = "2026-11-23T09:00:00Z".parse().unwrap();
        let end = "2026-11-23T10:00:00Z".parse().unwrap();
        let mut event = Event::new(id, id, id, title, start, end);
        event.touch(start);
        Document::of(&event).unwrap()
    }

    #[test]
    fn a_series_is_compiled_once_until_its_text_differs() {
        let cache = SeriesCache::default();
        let first = cache.of(master("Choir"), false).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.of(master("Choir"), false).unwrap()));
        // The same id and revision, as after a restored backup.
        assert_eq!(cache.of(master("Brass"), false).unwrap().master().title, "Brass");
        assert_eq!(cache.of(master("Choir"), false).unwrap().master().title, "Choir");
    }

    #[test]
    fn it_stays_within_its_bound() {
        let cache = SeriesCache::default();
        let long = "x".repeat(100_000);
        for number in 0..200_u32 {
            let id = Id::from_parts(1, *b"cache", number);
            cache.of(Document { id, ..master(&long) }, false).unwrap();
        }
        assert!(cache.0.weight() <= MOST_BYTES, "{}", cache.0.weight());
        assert!(cache.0.len() > 10);
    }
}
