//! Where what is kept in memory hears of writes, by whichever server. Called at once and in order; they must not wait.

use model::Id;

use crate::App;

/// A document of this collection was made, changed or deleted. `owner` is its `user_id` where that is known: not of what
/// was deleted or changed in single fields, nor of what is for all.
pub(super) fn written(app: &App, collection: &'static str, _id: Id, _owner: Option<Id>) {
    app.name_lists().written(collection);
}

/// Anything may have been written unheard: nothing that was read before may be shown.
pub(super) fn anything(app: &App) {
    app.name_lists().anything();
}

/// Somebody listens, until this is dropped: what is written afterwards is not heard, and nothing may be kept.
pub(super) struct Listening<'a>(pub(super) &'a App);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.name_lists().deaf();
    }
}
