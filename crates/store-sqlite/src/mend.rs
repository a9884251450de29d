//! Makes declared indexes that somebody took away or changed; what nobody declared is left alone. Tables are not touched:
//! opening makes those.

use rusqlite::Connection;
use store::{LayoutFinding, LayoutKind, StoreError};

use crate::errors::{Refusal, is_constraint};
use crate::inspect::{inspect, named};
use crate::layout::{Table, quote};

/// Makes each by itself: one that cannot be made does not hold up the others, and is told in the end.
pub(crate) fn mend(connection: &Connection, tables: &[Table]) -> Result<(), Refusal> {
    let mut outcome = Ok(());
    for finding in inspect(connection, tables)? {
        let of_it = |table: &&Table| table.collection.name == finding.collection;
        let statements = tables.iter().find(of_it).map(|table| table.create_indexes.as_slice());
        let statement = statements.unwrap_or_default().iter().find(|one| named(one) == Some(&finding.name));
        if let Some(statement) = statement {
            outcome = outcome.and(make(connection, &finding, statement));
        }
    }
    outcome
}

fn make(connection: &Connection, finding: &LayoutFinding, statement: &str) -> Result<(), Refusal> {
    let work = connection.unchecked_transaction()?;
    if finding.kind == LayoutKind::IndexDiffers {
        work.execute_batch(&format!("DROP INDEX IF EXISTS {}", quote(&finding.name)))?;
    }
    match work.execute_batch(statement) {
        Ok(()) => Ok(work.commit()?),
        Err(error) if is_constraint(&error) => {
            let LayoutFinding { collection, name, .. } = finding;
            let reason = format!(
                "the index {name} cannot be made: {collection} has documents with the same values, which must be unique. \
                 `callboard doctor --data` names them where it knows them; restore a backup from before"
            );
            Err(StoreError::Unusable { reason }.into())
        }
        Err(error) => Err(error.into()),
    }
}
