//! The contract suite: the laws every engine must keep, and a model store in memory that keeps them as plainly as
//! possible.
//!
//! An engine is finished when one line passes in its tests:
//!
//! ```text
//! async fn open() -> store::contract::Opened { … }
//! store::contract_tests!(open);
//! ```
//!
//! Each law is an async function of a fresh, empty store. It panics with what did not hold, or hands on an error of
//! the store that it did not expect.

pub mod covered;
mod fixtures;
mod laws_atomic;
mod laws_cascade;
mod laws_filter;
mod laws_hostile;
mod laws_listing;
mod laws_near;
mod laws_random;
mod laws_raw;
mod laws_stream;
mod laws_unique;
mod laws_value;
mod laws_write;
mod model_filter;
mod model_store;
mod plans;
mod watched;

use std::any::Any;
use std::sync::Arc;

pub use laws_atomic::*;
pub use laws_cascade::*;
pub use laws_filter::*;
pub use laws_hostile::*;
pub use laws_listing::*;
pub use laws_near::*;
pub use laws_random::*;
pub use laws_raw::*;
pub use laws_stream::*;
pub use laws_unique::*;
pub use laws_value::*;
pub use laws_write::*;
pub use model_store::MemoryStore;
pub use watched::{Explain, Watched};

use crate::port::{Store, StoreError};

/// What a law comes to.
pub type Law = Result<(), StoreError>;

/// A fresh, empty store, and what must live as long (a temporary folder, a server).
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Dropped after the store.
    pub keep: Box<dyn Any + Send>,
}

impl Opened {
    /// A store that needs nothing else.
    pub fn new(store: impl Store + 'static) -> Self {
        Self { store: Arc::new(store), keep: Box::new(()) }
    }

    /// A store and what it needs.
    pub fn keeping(store: impl Store + 'static, keep: impl Any + Send) -> Self {
        Self { store: Arc::new(store), keep: Box::new(keep) }
    }
}

/// Names every law once; `$each` gets them all.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_laws {
    ($each:ident, $make:expr) => {
        $crate::$each! { $make;
            what_was_inserted_is_read
            replace_needs_the_revision_that_was_read
            update_sets_adds_and_takes_away
            update_refuses_what_is_not_declared
            delete_takes_what_matches
            require_fences_a_batch
            each_of_many_conditions_holds
            untouched_documents_are_refused
            a_batch_is_all_or_nothing
            writes_of_a_batch_see_each_other
            one_of_many_replacements_wins
            concurrent_additions_are_all_counted
            an_abandoned_commit_is_whole_or_nothing
            sparse_unique_leaves_out_the_missing
            missing_is_a_value_in_a_compound_unique
            duplicates_name_their_fields
            update_keeps_uniqueness
            every_filter_means_what_it_says
            comparisons_stay_within_a_kind
            unknown_fields_are_refused
            long_lists_of_values_work
            hostile_texts_are_only_texts
            listings_are_ordered_and_complete
            many_listings_are_each_as_alone
            branches_make_one_listing
            cursors_hold_while_others_write
            foreign_cursors_are_refused
            places_are_found_on_all_sides_of_the_globe
            nearest_comes_first
            places_follow_their_documents
            a_place_keeps_longitude_first
            a_stream_is_one_moment
            a_stream_can_be_stopped
            a_stream_takes_a_filter
            streams_of_many_come_in_order
            chunks_of_large_documents_are_small
            deleting_a_user_leaves_nothing_behind
            deleting_a_calendar_leaves_nothing_behind
            every_collection_is_kept
            text_is_ordered_by_bytes
            instants_keep_their_milliseconds
            numbers_keep_their_value
            a_raw_document_is_kept_as_it_is
            a_raw_document_is_replaced_at_its_revision
            a_raw_write_breaks_no_other_law
            a_fresh_store_is_as_declared
            random_work_agrees_with_the_model
        }
    };
}

/// One `#[tokio::test]` for each law. `make` is an async function or closure that opens a fresh, empty store as
/// [`Opened`].
#[macro_export]
macro_rules! contract_tests {
    ($make:expr) => {
        $crate::contract_laws!(contract_test_of_each, $make);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_test_of_each {
    ($make:expr; $($law:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $law() {
            let opened: $crate::contract::Opened = ($make)().await;
            $crate::contract::$law(opened.store.clone()).await.expect("the store works");
        }
    )*};
}

#[doc(hidden)]
#[macro_export]
macro_rules! contract_run_of_each {
    ($make:expr; $($law:ident)*) => {$(
        let opened = ($make)().await;
        $law(opened.store.clone()).await?;
    )*};
}

/// Runs every law in turn, each on a fresh store.
pub async fn run_all<F: Future<Output = Opened>>(make: impl Fn() -> F) -> Law {
    crate::contract_laws!(contract_run_of_each, make);
    Ok(())
}
