//! Conditions: something matches, and stays as it is until the commit.
//!
//! Reading alone would not hold it: two transactions could each read what the other changes. So it is written, there and
//! back, which leaves it as it was and makes every other writer of it wait or begin anew.

use model::Id;
use model::schema::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::raw::{RawDocumentBuf, cstr};
use mongodb::bson::{Document as BsonDocument, doc};
use store::{Filter, StoreError, Value};

use super::{GROUP, Stop, Work, query, unless_changed};
use crate::engine::{array, raw};
use crate::filter;

/// Conditions that travel together: each on a document that it names.
pub(super) struct Conditions {
    collection: &'static Collection,
    /// Two for each: there and back.
    statements: Vec<RawDocumentBuf>,
}

impl Work<'_> {
    pub(super) async fn require(
        &mut self,
        collection: &'static Collection,
        wanted: &Filter,
    ) -> Result<(), Stop> {
        // Documents written before are as they were written.
        self.flush_group().await?;
        let mut q = match query(collection, wanted) {
            Ok(q) => q,
            Err(error) => {
                // What stands before it fails first, if it does.
                self.flush().await?;
                return Err(error.into());
            }
        };
        let id = match named(wanted) {
            Some(id) => filter::id(id),
            None => {
                self.flush().await?;
                let Some((id, _)) = self.first(collection, q).await? else {
                    return Err(StoreError::ConditionFailed { collection: collection.name }.into());
                };
                q = doc! { "_id": id };
                id
            }
        };
        let fits = self.conditions.as_ref().is_none_or(|conditions| {
            conditions.collection.name == collection.name && conditions.statements.len() < 2 * GROUP
        });
        if !fits {
            self.flush().await?;
        }
        let conditions = self.conditions.get_or_insert(Conditions { collection, statements: Vec::new() });
        conditions.statements.extend(there_and_back(q, id)?);
        Ok(())
    }

    /// Sends the conditions: all of them hold, or the batch fails.
    pub(super) async fn flush_conditions(&mut self) -> Result<(), Stop> {
        let Some(Conditions { collection, statements }) = self.conditions.take() else { return Ok(()) };
        let wanted = statements.len() as u64;
        let mut command = RawDocumentBuf::new();
        command.append(cstr!("update"), collection.name);
        command.append(cstr!("bypassDocumentValidation"), true);
        command.append(cstr!("updates"), array(statements));
        let matched = self.run(collection, command).await.map_err(|stop| unless_changed(stop, &[], &[]))?;
        if matched == wanted {
            Ok(())
        } else {
            Err(StoreError::ConditionFailed { collection: collection.name }.into())
        }
    }
}

fn there_and_back(q: BsonDocument, id: ObjectId) -> Result<[RawDocumentBuf; 2], StoreError> {
    let there = raw(&doc! { "q": q, "u": { "$inc": { "revision": 1 } } })?;
    let back = raw(&doc! { "q": { "_id": id }, "u": { "$inc": { "revision": -1 } } })?;
    Ok([there, back])
}

/// The one document that a condition can be about.
fn named(wanted: &Filter) -> Option<Id> {
    match wanted {
        Filter::Eq("_id", Value::Id(id)) => Some(*id),
        Filter::All(all) => all.iter().find_map(named),
        _ => None,
    }
}
