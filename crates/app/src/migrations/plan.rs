//! What a migration would change, said before anything is changed: every document is looked at, and one that cannot be
//! brought to the other form stops it all. On the way up that is today's form, however far it goes this time: what the
//! changes leave is held against the declaration, since what is not as declared could not be read afterwards.

use std::collections::BTreeSet;

use model::documents::{SchemaMigration, Way};
use model::schema::Collection;
use serde::Serialize;
use store::{Document, Filter};
use tokio::sync::watch;

use super::run::{LEASE_MS, Progress};
use super::status::records;
use super::{Change, Fields, MIGRATIONS, Migration, Trouble};
use crate::lease::Lease;
use crate::{App, AppError};

/// So many documents in trouble are named.
const NAMED: usize = 20;

/// What one migration would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: &'static str,
    /// Whether it would be applied or taken back.
    pub way: Way,
    /// Collection by collection.
    pub steps: Vec<PlannedStep>,
}

/// What it would do to one collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedStep {
    /// Which collection.
    pub collection: &'static str,
    /// How many documents are in it.
    pub documents: u64,
    /// How many of these would be changed.
    pub changed: u64,
}

/// What `up` would do, up to a number.
///
/// # Errors
/// `Conflict` with code `migration_trouble` when documents cannot be brought to the new form, naming them.
pub async fn up_plan(
    app: &App,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Planned>, AppError> {
    up_plan_under(app, None, to, progress).await
}

/// The same, and a lease that is held is kept meanwhile.
pub(super) async fn up_plan_under(
    app: &App,
    lease: Option<&Lease>,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Planned>, AppError> {
    let migrations = to_apply(&records(app).await?, to);
    look(app, lease, &migrations, Way::Up, progress).await
}

/// What `down` would do, down to a number; without one, by one step.
///
/// # Errors
/// As of [`up_plan`]; `Conflict` with code `not_reversible` when there is no way back that far.
pub async fn down_plan(
    app: &App,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Planned>, AppError> {
    down_plan_under(app, None, to, progress).await
}

/// The same, and a lease that is held is kept meanwhile.
pub(super) async fn down_plan_under(
    app: &App,
    lease: Option<&Lease>,
    to: Option<i64>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Planned>, AppError> {
    let migrations = to_take_back(&records(app).await?, to)?;
    look(app, lease, &migrations, Way::Down, progress).await
}

/// Those that are not wholly applied, in their order.
pub(super) fn to_apply(records: &[SchemaMigration], to: Option<i64>) -> Vec<&'static Migration> {
    let is_applied = |number| records.iter().any(|one| one.number == number && one.unfinished.is_none());
    let wanted = MIGRATIONS.iter().copied().filter(|one| to.is_none_or(|to| one.number <= to));
    wanted.filter(|one| !is_applied(one.number)).collect()
}

/// Those that were begun or applied, last first.
pub(super) fn to_take_back(
    records: &[SchemaMigration],
    to: Option<i64>,
) -> Result<Vec<&'static Migration>, AppError> {
    let Some(last) = records.iter().map(|one| one.number).max() else { return Ok(Vec::new()) };
    let to = to.unwrap_or(last - 1);
    let is_begun = |number| records.iter().any(|one| one.number == number);
    let known = MIGRATIONS.iter().rev().copied();
    let found: Vec<_> = known.filter(|one| one.number > to && is_begun(one.number)).collect();
    match found.iter().find(|one| !one.is_reversible()) {
        None => Ok(found),
        Some(one) => Err(AppError::Conflict {
            code: "not_reversible",
            detail: format!(
                "there is nothing to go back to before migration {} ({}): it is the first form of the store that this \
                 program knows. Nothing was changed",
                one.number, one.name
            ),
        }),
    }
}

/// The change of this collection's documents by a migration, if it has one.
pub(super) fn change(migration: &Migration, collection: &Collection, way: Way) -> Option<Change> {
    let step = migration.steps.iter().find(|step| step.collection.name == collection.name)?;
    match way {
        Way::Up => Some(step.up),
        Way::Down => step.down,
    }
}

async fn look(
    app: &App,
    lease: Option<&Lease>,
    migrations: &[&'static Migration],
    way: Way,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Planned>, AppError> {
    let planned = |one: &&'static Migration| Planned {
        number: one.number,
        name: one.name,
        way,
        steps: one
            .steps
            .iter()
            .map(|step| PlannedStep { collection: step.collection.name, documents: 0, changed: 0 })
            .collect(),
    };
    let mut all: Vec<Planned> = migrations.iter().map(planned).collect();
    let mut troubles = Troubles::default();
    let mut collections: Vec<&'static Collection> = Vec::new();
    for collection in migrations.iter().flat_map(|one| one.steps).map(|step| step.collection) {
        if collections.iter().all(|known| known.name != collection.name) {
            collections.push(collection);
        }
    }
    let mut total = 0;
    for collection in &collections {
        total += app.store().count(collection, Filter::All(Vec::new())).await?;
    }
    let mut done = 0;
    for collection in collections {
        let (tell, told) = watch::channel(0);
        let each = |documents: Vec<Document>| {
            for document in &documents {
                if let Err(trouble) = look_at(collection, document, migrations, way, &mut all) {
                    troubles.add(collection, document, trouble);
                }
            }
            done += documents.len() as u64;
            progress(Progress { doing: "looking", number: None, done, total: total.max(done) });
            tell.send_replace(done);
            true
        };
        let streaming = app.store().stream(collection, Filter::All(Vec::new()), Box::new(each));
        let looking = async { Ok(streaming.await?) };
        match lease {
            Some(lease) => lease.kept_during(app, LEASE_MS, told, looking).await?,
            None => looking.await?,
        }
    }
    troubles.said().map_or(Ok(all), Err)
}

/// Takes one document through all the migrations, as they would one after the other. On the way up those that come later
/// follow, so that a document which cannot become today's stops the first of them and not the last.
fn look_at(
    collection: &'static Collection,
    document: &Document,
    migrations: &[&'static Migration],
    way: Way,
    all: &mut [Planned],
) -> Result<(), Trouble> {
    let mut fields = Fields::of(collection, document)?;
    let mut is_changed = false;
    for (migration, planned) in migrations.iter().zip(all) {
        let Some(change) = change(migration, collection, way) else { continue };
        let Some(step) = planned.steps.iter_mut().find(|step| step.collection == collection.name) else {
            continue;
        };
        step.documents += 1;
        change(&mut fields)?;
        let marked = fields.take_mark();
        step.changed += u64::from(marked);
        is_changed |= marked;
    }
    if way == Way::Down {
        return Ok(());
    }
    let last = migrations.last().map_or(0, |migration| migration.number);
    for later in MIGRATIONS.iter().filter(|later| later.number > last) {
        if let Some(change) = change(later, collection, way) {
            change(&mut fields)?;
            is_changed |= fields.take_mark();
        }
    }
    fields.check(is_changed)
}

#[derive(Default)]
struct Troubles {
    count: u64,
    named: Vec<String>,
    /// What mends many at once, each said once.
    commands: BTreeSet<String>,
}

impl Troubles {
    fn add(&mut self, collection: &Collection, document: &Document, trouble: Trouble) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(format!("{} {} {trouble}", collection.name, document.id));
        }
        if self.commands.len() < NAMED {
            self.commands.extend(trouble.command);
        }
    }

    fn said(self) -> Option<AppError> {
        let more = match self.count.saturating_sub(self.named.len() as u64) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let commands: Vec<&str> = self.commands.iter().map(String::as_str).collect();
        let commands = if commands.is_empty() {
            String::new()
        } else {
            format!(
                ". A field that Callboard does not have, and nobody else needs, is taken away in MongoDB's shell: {}",
                commands.join("; ")
            )
        };
        (self.count > 0).then(|| AppError::Conflict {
            code: "migration_trouble",
            detail: format!(
                "{} documents cannot be brought to the new form: {}{more}. Nothing was changed. Mend or delete them with \
                 the tools of the database, then run it again{commands}",
                self.count,
                self.named.join("; ")
            ),
        })
    }
}
