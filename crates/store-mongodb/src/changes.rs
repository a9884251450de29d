//! The change signal: a change stream over the database, begun again where it stopped, or with a word that it could not.

use std::time::Duration;

use futures::StreamExt;
use model::Id;
use model::schema::Collection;
use mongodb::Database;
use mongodb::bson::raw::{RawBsonRef, RawDocumentBuf};
use mongodb::bson::{RawDocument, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ResumeToken;
use mongodb::error::{Error, ErrorKind};
use store::{BoxFuture, Change, Changes, StoreError};
use tokio::time::sleep;

use crate::engine::read_error;
use crate::verdict::{Asked, Verdict, of_error};

/// Before the second attempt to listen while the server cannot be reached; before each one after it twice as long.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
/// So often listening is tried where it stopped while the server itself refuses it there, without anything heard meanwhile.
const MOST_TRIES: u32 = 5;

/// Listens at one database.
pub(crate) struct MongoChanges {
    database: Database,
    collections: &'static [&'static Collection],
    stream: Option<ChangeStream<RawDocumentBuf>>,
    /// Where to go on; `None`: from now on, with a gap before.
    token: Option<ResumeToken>,
    pause: Duration,
    /// How often the server refused to go on since something was heard.
    refusals: u32,
    /// Whether it was said that nothing is heard at present.
    is_told: bool,
}

impl MongoChanges {
    pub(crate) fn new(database: Database, collections: &'static [&'static Collection]) -> Self {
        Self {
            database,
            collections,
            stream: None,
            token: None,
            pause: Duration::ZERO,
            refusals: 0,
            is_told: false,
        }
    }

    /// Begins, or begins again; says whether there was a gap.
    async fn begin(&mut self) -> Option<Change> {
        sleep(self.pause).await;
        self.pause = longer(self.pause);
        // No more of each change than which document it was of, and whose.
        let which =
            doc! { "$project": { "operationType": 1, "ns": 1, "documentKey": 1, "fullDocument.user_id": 1 } };
        let watch = self.database.watch().pipeline([which]).resume_after(self.token.clone());
        match watch.await {
            Ok(stream) => {
                let has_gap = self.token.is_none();
                let stream = stream.with_type();
                self.token = stream.resume_token();
                self.stream = Some(stream);
                self.pause = Duration::ZERO;
                if self.refusals == 0 {
                    self.heard();
                }
                has_gap.then_some(Change::Anything)
            }
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    /// Listening works.
    fn heard(&mut self) {
        self.refusals = 0;
        if std::mem::take(&mut self.is_told) {
            tracing::info!("changes by other servers are heard again");
        }
    }

    /// Says once what is wrong. Where it stopped is given up when going on there is of no use: told so by the server, or
    /// refused by it again and again.
    fn failed(&mut self, error: &Error) {
        if matches!(error.kind.as_ref(), ErrorKind::Command(_)) {
            self.refusals = self.refusals.saturating_add(1);
        }
        if !can_go_on(error) || self.refusals >= MOST_TRIES {
            self.token = None;
        }
        if !std::mem::replace(&mut self.is_told, true) {
            let reason = read_error(LISTENING, error);
            tracing::warn!(%reason, "changes by other servers are not heard at present; listening is tried again and again");
        }
    }

    fn change(&self, event: &RawDocument) -> Option<Change> {
        let word = |document: &RawDocument, name: &str| match document.get(name) {
            Ok(Some(RawBsonRef::String(word))) => Some(word.to_owned()),
            _ => None,
        };
        match word(event, "operationType")?.as_str() {
            "insert" | "update" | "replace" | "delete" => {}
            // Indexes and collections that are made change no document.
            "create" | "createIndexes" | "dropIndexes" | "modify" => return None,
            _ => return Some(Change::Anything),
        }
        let name = event.get_document("ns").ok().and_then(|namespace| word(namespace, "coll"))?;
        let collection = self.collections.iter().find(|collection| collection.name == name)?;
        let id = event.get_document("documentKey").ok()?.get_object_id("_id").ok()?;
        // Only of what was made or replaced: to look the others up would cost a read for each.
        let owner = event.get_document("fullDocument").and_then(|document| document.get_object_id("user_id"));
        Some(Change::Document {
            collection: collection.name,
            id: Id::from_bytes(id.bytes()),
            owner: owner.ok().map(|owner| Id::from_bytes(owner.bytes())),
        })
    }
}

const LISTENING: Asked = Asked { what: "listen for changes", collection: None };

fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(PAUSE, LONGEST_PAUSE)
}

/// Whether listening may go on where it stopped once the server can be reached again. Else what is told it to go on from
/// is of no use: too old, or of another database.
fn can_go_on(error: &Error) -> bool {
    // ChangeStreamHistoryLost, ChangeStreamFatalError, InvalidResumeToken, Overflow of a token that is none, and
    // BSONObjectTooLarge: an event too large for an answer comes first again wherever one goes on before it.
    const LOST: [i32; 5] = [286, 280, 260, 15, 10_334];
    match error.kind.as_ref() {
        ErrorKind::Command(error) => !LOST.contains(&error.code),
        ErrorKind::MissingResumeToken => false,
        _ => matches!(
            of_error(LISTENING, error),
            Verdict::Refused(StoreError::Unavailable { .. } | StoreError::Unusable { .. })
                | Verdict::Again(_)
                | Verdict::Taken(_)
                | Verdict::Unknown(_)
        ),
    }
}

impl Changes for MongoChanges {
    fn next(&mut self) -> BoxFuture<'_, Change> {
        Box::pin(async move {
            loop {
                let Some(stream) = &mut self.stream else {
                    if let Some(change) = self.begin().await {
                        return change;
                    }
                    continue;
                };
                match stream.next().await {
                    Some(Ok(event)) => {
                        self.token = stream.resume_token();
                        self.heard();
                        if let Some(change) = self.change(&event) {
                            return change;
                        }
                    }
                    Some(Err(error)) => {
                        self.stream = None;
                        self.failed(&error);
                        // Longer each time: where listening itself works, nothing else would slow it down.
                        let times = self.refusals.saturating_sub(1).min(8);
                        self.pause = (PAUSE * (1 << times)).min(LONGEST_PAUSE);
                    }
                    // Ended by the server: the database was dropped.
                    None => {
                        self.stream = None;
                        self.token = None;
                        self.pause = PAUSE;
                    }
                }
            }
        })
    }
}
