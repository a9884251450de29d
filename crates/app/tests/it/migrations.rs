//! Stored samples of every earlier form go up to today's and back, on every engine; a process that dies at any commit
//! leaves what the next one finishes.

mod troubles;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::backup::{self, CreateOptions};
use app::lease::Lease;
use app::migrations::{self, MIGRATIONS, State};
use app::{App, AppError};
use model::Id;
use model::collections::{ALL, EVENTS, LEASES, SCHEMA_MIGRATIONS, named};
use model::documents::Event;
use model::schema::Collection;
use model::validate;
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use store::{Batch, Document, Filter, Layer, Store, StoreError, Write};

use crate::dying::Dying;
use crate::house::{House, STEP};
use crate::on_every_engine;

/// The forms a store has had: number 0 is the plain specification, each other one that after the migration of its number.
const FORMS: [&str; 4] = [
    include_str!("migrations/form0.jsonl"),
    include_str!("migrations/form1.jsonl"),
    include_str!("migrations/form2.jsonl"),
    include_str!("migrations/form3.jsonl"),
];

/// A released migration is never edited: a change here is a change of history. What is not released may still move.
const CHECKSUMS: [(i64, &str); 3] = [
    (1, "e94d2c2bfba64452d5baf45694fa3e02ca2e683e5c401d0fe3bdac15809a167f"),
    (2, "21affc2417f475cc9f5da38b1ac31f4c5834ac4c4ce01c4c9974aa09a54872d9"),
    (3, "407236d46959e40fb4499f9806fee5ed89f83e31201314c172804c3a13f94750"),
];

on_every_engine!(
    every_form_goes_up_to_todays,
    every_form_can_be_had_back,
    two_at_once_do_it_once,
    a_look_that_takes_long_keeps_the_lease,
    nobodys_writing_is_written_over,
    another_form_of_a_migration_is_refused,
    every_form_comes_back_from_a_backup_and_a_later_one_is_refused,
    dying_at_any_commit_the_next_one_finishes,
);

#[derive(Deserialize)]
struct Line<'a> {
    collection: &'a str,
    #[serde(borrow)]
    document: &'a RawValue,
}

fn stored(text: &str) -> Document {
    let json: Json = serde_json::from_str(text).unwrap();
    let revision = json.get("revision").map_or(0, |revision| revision.as_i64().unwrap());
    Document { id: json["_id"].as_str().unwrap().parse().unwrap(), revision, json: text.into() }
}

/// A form's documents, in the order of the file.
fn sample(form: usize) -> Vec<(&'static Collection, Document)> {
    let lines = FORMS[form].lines().map(|line| serde_json::from_str::<Line<'_>>(line).unwrap());
    lines.map(|line| (named(line.collection).unwrap(), stored(line.document.get()))).collect()
}

fn raw(collection: &'static Collection, document: Document) -> Write {
    Write::Raw { collection, document, expected_revision: None }
}

/// Fills a store with a form as if its migrations had been applied by this program.
async fn fill(app: &App, form: usize) {
    let writes = sample(form).into_iter().map(|(collection, document)| raw(collection, document));
    app.store().commit(Batch { writes: writes.collect() }).await.unwrap();
    for migration in MIGRATIONS.iter().filter(|one| one.number <= form as i64) {
        applied(app, migration.number, &migration.checksum()).await;
    }
}

async fn applied(app: &App, number: i64, checksum: &str) {
    let id = app.new_id();
    let json = format!(
        "{{\"_id\":\"{id}\",\"number\":{number},\"name\":\"n\",\"checksum\":\"{checksum}\",\
         \"created_at\":\"2026-01-01T00:00:00Z\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"revision\":1}}"
    );
    let write = raw(&SCHEMA_MIGRATIONS, Document { id, revision: 1, json: json.into() });
    app.store().commit(Batch { writes: vec![write] }).await.unwrap();
}

/// Everything but what is written down about leases and migrations.
async fn dump(app: &App) -> Vec<String> {
    let mut lines = Vec::new();
    let each = |collection: &'static Collection, documents: Vec<Document>| {
        lines.extend(documents.iter().map(|document| {
            format!("{{\"collection\":\"{}\",\"document\":{}}}", collection.name, document.json)
        }));
        true
    };
    let collections = ALL.iter().filter(|one| ![LEASES.name, SCHEMA_MIGRATIONS.name].contains(&one.name));
    let all_of_it = collections.map(|collection| (*collection, Filter::All(Vec::new()))).collect();
    app.store().stream_many(all_of_it, Box::new(each)).await.unwrap();
    lines
}

/// The same without revisions, which tell how often a document was written.
fn without_revisions(lines: &[String]) -> Vec<Json> {
    let read = |line: &String| {
        let mut json: Json = serde_json::from_str(line).unwrap();
        json["document"].as_object_mut().unwrap().remove("revision");
        json
    };
    lines.iter().map(read).collect()
}

fn lines(form: usize) -> Vec<String> {
    FORMS[form].lines().map(str::to_owned).collect()
}

async fn up(app: &App) -> Result<usize, AppError> {
    Ok(migrations::up(app, None, &mut |_| {}).await?.len())
}

async fn down(app: &App, to: i64) -> Result<usize, AppError> {
    Ok(migrations::down(app, Some(to), &mut |_| {}).await?.len())
}

/// A store whose streams take as long as a quarter of a lease, and that sees whether another process could begin then.
struct Slow {
    inner: Arc<dyn Store>,
    clock: Arc<crate::house::Ticking>,
    other: App,
    was_taken: AtomicBool,
}

impl Layer for Slow {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> store::BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.clock.forward(25);
            self.inner.stream(collection, filter, each).await?;
            if let Some(lease) = Lease::take(&self.other, "migrations", 1).await.unwrap() {
                self.was_taken.store(true, Ordering::SeqCst);
                lease.release(&self.other).await;
            }
            Ok(())
        })
    }
}

async fn a_look_that_takes_long_keeps_the_lease(house: House) {
    house.empty().await;
    fill(&house.app, 0).await;
    let slow = Arc::new(Slow {
        inner: house.store.clone(),
        clock: house.clock(),
        other: house.second(),
        was_taken: AtomicBool::new(false),
    });
    let app = house.before(slow.clone());
    assert_eq!(up(&app).await.unwrap(), MIGRATIONS.len());
    assert!(!slow.was_taken.load(Ordering::SeqCst), "another process could have begun the same");
}

async fn every_form_goes_up_to_todays(house: House) {
    for form in 0..FORMS.len() {
        house.empty().await;
        let app = &house.app;
        fill(app, form).await;
        let before = dump(app).await;
        let plan = migrations::up_plan(app, None, &mut |_| {}).await.unwrap();
        assert_eq!(dump(app).await, before, "a plan changes nothing");
        let (mut done, mut last) = (0, None);
        let applied = migrations::up(app, None, &mut |progress| {
            if progress.doing == "migrating" {
                assert!(progress.done <= progress.total, "{progress:?}");
                (done, last) = (done + 1, Some(progress));
            }
        })
        .await
        .unwrap();
        assert_eq!(applied.len(), FORMS.len() - 1 - form);
        assert_eq!(without_revisions(&dump(app).await), without_revisions(&lines(3)), "from form {form}");
        // What was said beforehand is what was done.
        for (planned, applied) in plan.iter().zip(&applied) {
            let changed: u64 = planned.steps.iter().map(|step| step.changed).sum();
            assert_eq!((planned.number, Some(changed as i64)), (applied.number, applied.changed));
        }
        for line in dump(app).await {
            let line: Line<'_> = serde_json::from_str(&line).unwrap();
            let json: Json = serde_json::from_str(line.document.get()).unwrap();
            let collection = named(line.collection).unwrap();
            assert_eq!(validate::document(collection, &json), [], "{line}", line = line.document);
            if collection.name == "events" {
                let event: Event = serde_json::from_value(json).unwrap();
                let mut derived = event.clone();
                derived.derive();
                assert_eq!(derived, event);
                assert_eq!(validate::event(&event), [], "{event:?}");
                assert!(!event.is_recurring || event.recurrence_until.is_some(), "{event:?}");
            }
        }
        let text = dump(app).await.join("\n");
        assert!(text.contains(r#""coordinates":{"longitude":13.405,"latitude":52.52}"#), "longitude first");
        assert_eq!(up(app).await.unwrap(), 0);
        assert!(migrations::pending(app).await.unwrap().is_empty());
        assert_eq!(migrations::what_is_pending(app).await, None);
    }
}

async fn every_form_can_be_had_back(house: House) {
    house.empty().await;
    let app = &house.app;
    fill(app, 0).await;
    up(app).await.unwrap();
    let today = dump(app).await;
    for form in [2, 1] {
        assert_eq!(down(app, form as i64).await.unwrap(), 1);
        assert_eq!(without_revisions(&dump(app).await), without_revisions(&lines(form)), "form {form}");
        assert!(migrations::what_is_pending(app).await.is_some());
    }
    let refused = down(app, 0).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "not_reversible", .. }), "{refused}");
    assert_eq!(down(app, 1).await.unwrap(), 0);
    assert_eq!(up(app).await.unwrap(), 2);
    assert_eq!(without_revisions(&dump(app).await), without_revisions(&today));
}

/// More documents than one page has.
async fn fill_pages(app: &App) {
    fill(app, 0).await;
    let (_, one) = sample(0).into_iter().find(|(_, one)| one.json.contains("Rehearsal\"")).unwrap();
    let copies = (0..STEP - 1).map(|number| {
        let id = Id::from_parts(1_700_000_000 + number, [9; 5], number);
        let json = one.json.replace(&one.id.to_string(), &id.to_string());
        raw(&EVENTS, Document { id, revision: 0, json: json.into() })
    });
    app.store().commit(Batch { writes: copies.collect() }).await.unwrap();
}

async fn dying_at_any_commit_the_next_one_finishes(house: House) {
    house.empty().await;
    fill_pages(&house.app).await;
    up(&house.app).await.unwrap();
    let (todays, records) = (dump(&house.app).await, changes(&house.app).await);
    down(&house.app, 1).await.unwrap();
    let back = dump(&house.app).await;
    // Whoever dies before a commit leaves what one leaves who dies after the commit before it.
    for commit in 1.. {
        house.empty().await;
        fill_pages(&house.app).await;
        let store = Arc::new(Dying::at(house.store.clone(), commit, true));
        let dying = house.before(store.clone());
        let outcome = up(&dying).await;
        if !store.has_died() {
            assert!(commit > 18, "it has more commits than that: {commit}");
            return;
        }
        // The last commit gives the lease back; that it is lost is no failure.
        assert!(outcome.is_err() || migrations::pending(&house.app).await.unwrap().is_empty());
        up(&house.app).await.unwrap();
        assert!(dump(&house.app).await == todays, "died after commit {commit}");
        assert_eq!(changes(&house.app).await, records, "each document was changed once");

        if commit % 3 != 0 {
            continue;
        }
        let store = Arc::new(Dying::at(house.store.clone(), commit / 3, true));
        let _ = down(&house.before(store), 1).await;
        if commit % 2 == 0 {
            down(&house.app, 1).await.unwrap();
            assert!(dump(&house.app).await == back, "died after commit {commit} of up, and of down");
        }
        up(&house.app).await.unwrap();
        assert_eq!(without_revisions(&dump(&house.app).await), without_revisions(&todays));
    }
}

/// How many documents each migration says it has changed.
async fn changes(app: &App) -> Vec<Option<i64>> {
    let status = migrations::status(app).await.unwrap();
    assert!(status.iter().all(|one| one.state == State::Applied), "{status:?}");
    status.into_iter().map(|one| one.changed).collect()
}

async fn two_at_once_do_it_once(house: House) {
    house.empty().await;
    fill_pages(&house.app).await;
    up(&house.app).await.unwrap();
    let (todays, records) = (dump(&house.app).await, changes(&house.app).await);
    house.empty().await;
    fill_pages(&house.app).await;
    let other = house.before(house.store.clone());
    // Whoever slept past the lease is told so, and has written nothing since.
    for outcome in futures::future::join_all([up(&house.app), up(&other), up(&other)]).await {
        match outcome {
            Ok(_) | Err(AppError::Conflict { code: "migrating", .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    up(&house.app).await.unwrap();
    assert!(dump(&house.app).await == todays);
    assert_eq!(changes(&house.app).await, records);
}

async fn nobodys_writing_is_written_over(house: House) {
    let app = &house.app;
    fill(app, 0).await;
    migrations::up(app, Some(2), &mut |_| {}).await.unwrap();
    // An older server still writes: every page meets a document that has moved since it was read.
    let meddled = Arc::new(Meddling::around(house.store.clone()));
    let other = house.before(meddled.clone());
    up(&other).await.unwrap();
    let page = house.store.find(store::Query::of(&EVENTS, Filter::eq("title", "Meddled"))).await.unwrap();
    let [event] = page.documents.as_slice() else { panic!("{page:?}") };
    assert!(event.json.contains("RRULE:FREQ=WEEKLY"), "{}", event.json);
}

/// A store where somebody renames a series just before the first commit that would change it.
struct Meddling {
    inner: Arc<dyn Store>,
    done: std::sync::atomic::AtomicBool,
}

impl Meddling {
    fn around(inner: Arc<dyn Store>) -> Self {
        Self { inner, done: Default::default() }
    }
}

impl Layer for Meddling {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn commit<'a>(&'a self, batch: Batch) -> store::BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let changes = batch.writes.iter().any(|write| matches!(write, Write::Raw { .. }));
            if changes && !self.done.swap(true, std::sync::atomic::Ordering::SeqCst) {
                let rename = Write::Update {
                    collection: &EVENTS,
                    filter: Filter::eq("title", "Rehearsal"),
                    set: vec![("title", store::Value::from("Meddled"))],
                    add: Vec::new(),
                    must_match: true,
                };
                self.inner.commit(Batch { writes: vec![rename] }).await?;
            }
            self.inner.commit(batch).await
        })
    }
}

async fn another_form_of_a_migration_is_refused(house: House) {
    let app = &house.app;
    // What a store was marked with before there was a second migration is the same baseline.
    applied(app, 1, "78b7f5e24c098a810ade3a11c4f1c110deffe0201308e32c62cf9cc46f7864c0").await;
    assert_eq!(up(app).await.unwrap(), 2);
    house.empty().await;
    applied(app, 1, &MIGRATIONS[0].checksum()).await;
    applied(app, 2, &"0".repeat(64)).await;
    for error in [up(app).await.err(), down(app, 1).await.err()] {
        let said = error.unwrap().to_string();
        assert!(said.contains("migration 2") && said.contains("never edited"), "{said}");
    }
    assert!(migrations::what_is_pending(app).await.is_some());
}

async fn every_form_comes_back_from_a_backup_and_a_later_one_is_refused(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let app = &house.app;
    let options = CreateOptions { replace: true, ..CreateOptions::default() };
    for form in 0..FORMS.len() {
        house.empty().await;
        fill(app, form).await;
        let before = without_revisions(&dump(app).await);
        let path = folder.path().join("a");
        backup::create(app, &house.admin, &path, &options, &mut |_| {}).await.unwrap();
        let contents = backup::inspect(&path.as_path().into(), &mut |_| {}).unwrap();
        assert_eq!(contents.schema_version.unwrap_or_default(), form as i64);
        house.empty().await;
        let later = house.process(house.store.clone(), 1);
        backup::restore_in_place(&later, &contents, None, &mut |_| {}).await.unwrap();
        let without_audit = |lines: Vec<String>| -> Vec<String> {
            lines.into_iter().filter(|line| !line.contains("\"audit_log\"")).collect()
        };
        // Members of members come in the order of their declaration.
        let after = without_revisions(&without_audit(dump(app).await));
        assert!(after == before, "form {form}: {after:#?}");
        up(app).await.unwrap();
        let todays = without_revisions(&without_audit(dump(app).await));
        assert_eq!(todays, without_revisions(&lines(3)), "from form {form}");
    }
    applied(app, 99, &"0".repeat(64)).await;
    let path = folder.path().join("a");
    backup::create(app, &house.admin, &path, &options, &mut |_| {}).await.unwrap();
    let refused = backup::inspect(&path.as_path().into(), &mut |_| {}).unwrap_err().to_string();
    assert!(refused.contains("newer Callboard") && refused.contains("migration 99"), "{refused}");
}

#[test]
fn released_migrations_are_as_they_were_released() {
    let now: Vec<(i64, String)> = MIGRATIONS.iter().map(|one| (one.number, one.checksum())).collect();
    let then: Vec<(i64, String)> =
        CHECKSUMS.iter().map(|(number, checksum)| (*number, (*checksum).to_owned())).collect();
    assert_eq!(
        now, then,
        "a new migration is a new line here; a line that changes is a store that is refused"
    );
}

#[test]
fn numbers_rise_by_one_and_doing_it_again_changes_nothing() {
    for (number, migration) in (1..).zip(MIGRATIONS) {
        assert_eq!(migration.number, number);
    }
    for form in 0..FORMS.len() {
        for (collection, document) in sample(form) {
            let mut document = document;
            for step in MIGRATIONS.iter().flat_map(|one| one.steps) {
                if step.collection.name != collection.name {
                    continue;
                }
                let through = |document: &Document| {
                    let mut fields = migrations::Fields::of(collection, document).unwrap();
                    (step.up)(&mut fields).unwrap();
                    fields.changed().unwrap()
                };
                document = through(&document).unwrap_or(document);
                assert_eq!(through(&document), None, "{}", document.json);
            }
            assert!(!document.json.contains("null"), "{}", document.json);
        }
    }
}
