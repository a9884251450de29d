//! What must hold after a run: its figures are true, and its cursor stands behind what it says was read.

use std::collections::{BTreeMap, BTreeSet};

use app::sync_run::{RunPhase, RunState};
use model::Id;
use model::documents::{SyncCursor, SyncLog, SyncLogStatus};

use super::laws::{Snapshot, differences};
use super::outlook::number_of;
use super::store::Counted;
use super::world::{AnsweredPage, Told, World};

/// A run and all that was seen of it.
pub(super) struct Observed<'a> {
    pub(super) run: &'a RunState,
    pub(super) before: &'a Snapshot,
    pub(super) after: &'a Snapshot,
    /// What the store saw of it.
    pub(super) counted: Counted,
    /// The pages it was answered, in their order, each with its number.
    pub(super) pages: Vec<(u64, AnsweredPage)>,
    /// Items it asked for by id.
    pub(super) asked_by_id: &'a [String],
}

/// L11: each figure of a run is what the store saw, and the row in the log says the same.
pub(super) fn figures(seen: &Observed<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let (run, counted) = (seen.run, seen.counted);
    let is_done = run.state == RunPhase::Done;
    let mut compare = |what: &str, said: u64, is: u64| {
        if said != is {
            broken.push(format!("L11: a run says {said} {what}, and {is} is so"));
        }
    };
    if is_done || counted.lost == 0 {
        compare("created", run.events_created, counted.events_inserted);
        compare("updated", run.events_updated, counted.events_changed);
        // Of a run that stopped between two steps of its deletions only the steps that were done count.
        compare("deleted", run.events_deleted, counted.events_removed);
    }
    let told = seen.pages.iter().flat_map(|(_, page)| told_last(page));
    let (doubtful, told): (Vec<_>, Vec<_>) = told.partition(|one| was_asked_for(seen, one));
    let count = |what: fn(&Told) -> bool| told.iter().filter(|(_, told)| what(told)).count() as u64;
    if is_done {
        let refused = count(|told| *told == Told::Unreadable);
        compare(
            "refused",
            run.events_failed,
            run.events_failed.clamp(refused, refused + doubtful.len() as u64),
        );
        let least = count(|told| *told != Told::Removed);
        let most = (told.len() + doubtful.len() + seen.asked_by_id.len()) as u64;
        if run.events_processed < least || run.events_processed > most {
            let said = run.events_processed;
            broken.push(format!("L11: a run says {said} processed, and it was told {least} to {most}"));
        }
    }
    broken.extend(log_row(seen, &told));
    broken
}

/// What a page told of each of its items: the last word, when it has one twice.
fn told_last(page: &AnsweredPage) -> BTreeMap<String, Told> {
    page.told.iter().cloned().collect()
}

/// Whether an item that could not be read on its page may have been understood after all: it was asked for by its id in
/// this run, as the series of an exception on that page, or to prove that it is gone. Which of these it was is not seen.
fn was_asked_for(seen: &Observed<'_>, (id, told): &(String, Told)) -> bool {
    *told == Told::Unreadable && seen.asked_by_id.contains(id)
}

fn log_row(seen: &Observed<'_>, told: &[(String, Told)]) -> Vec<String> {
    let run = seen.run;
    let old: BTreeSet<Id> = seen.before.logs.iter().map(|log| log.id).collect();
    let new: Vec<&SyncLog> = seen.after.logs.iter().filter(|log| !old.contains(&log.id)).collect();
    let is_done = run.state == RunPhase::Done;
    let wanted = usize::from(!run.is_quiet());
    if new.len() > 1 || (is_done && new.len() != wanted) {
        return vec![format!("L11: a run that is {:?} left {} rows in the log", run.state, new.len())];
    }
    let mut broken = unnamed(seen, &new);
    let Some(log) = new.first() else { return broken };
    // The entry of a run that died is that of its last page: the steps of its deletions are not in it, and the run itself
    // may have died before it heard that the page was written.
    let is_of_a_page = !is_done && log.status == SyncLogStatus::Partial;
    let figures = [
        ("processed", run.events_processed, log.events_processed),
        ("created", run.events_created, log.events_created),
        ("updated", run.events_updated, log.events_updated),
        ("deleted", run.events_deleted, log.events_deleted),
    ];
    for (what, said, logged) in figures {
        let is_before = u64::try_from(logged).is_ok_and(|logged| logged <= said) || seen.counted.lost > 0;
        if i64::try_from(said) != Ok(logged) && !(is_of_a_page && is_before) {
            broken.push(format!("L11: a run says {said} {what}, and its row in the log {logged}"));
        }
    }
    if !is_done {
        return broken;
    }
    let errors = log.errors.len() as u64;
    if errors != run.events_failed || (log.status == SyncLogStatus::Success) != (errors == 0) {
        let (said, status) = (run.events_failed, log.status);
        broken.push(format!(
            "L11: a run says {said} refused, and its row in the log is {status:?} with {errors}"
        ));
    }
    for (id, _) in told.iter().filter(|(_, told)| *told == Told::Unreadable) {
        if !log.errors.iter().any(|error| error.event_id == *id) {
            broken.push(format!("L8: {id} was refused, and its run does not name it"));
        }
    }
    broken
}

/// L8: what was refused on a page behind the saved cursor is named in the log, however the run ended.
fn unnamed(seen: &Observed<'_>, new: &[&SyncLog]) -> Vec<String> {
    let moved = seen.after.cursors.iter().filter(|cursor| {
        let same = |old: &&SyncCursor| (old.id, &old.token) == (cursor.id, &cursor.token);
        !seen.before.cursors.iter().any(|old| same(&old))
    });
    let mut broken = Vec::new();
    for number in moved.filter_map(|cursor| cursor.token.as_deref().and_then(number_of)) {
        let behind = seen.pages.iter().filter(|(page, _)| *page <= number);
        let refused = behind.flat_map(|(_, page)| told_last(page));
        let refused = refused.filter(|one| one.1 == Told::Unreadable && !was_asked_for(seen, one));
        let named = |id: &str| new.iter().flat_map(|log| &log.errors).any(|error| error.event_id == id);
        broken.extend(
            refused
                .filter(|(id, _)| !named(id))
                .map(|(id, _)| format!("L8: {id} was refused, the cursor is behind it, and no log names it")),
        );
    }
    broken
}

/// L8: what the pages behind the saved cursor told is here, and the cursor moves forward, or begins anew and says why.
pub(super) fn cursors(before: &Snapshot, after: &Snapshot, world: &World) -> Vec<String> {
    let mut broken = Vec::new();
    for cursor in &after.cursors {
        let Some(number) = cursor.token.as_deref().and_then(number_of) else {
            if cursor.reason.is_none() {
                broken.push(format!("L8: the cursor of {} was dropped without a word", cursor.calendar_id));
            }
            continue;
        };
        let chain = chain(world, number);
        broken.extend(implied(&chain, after, world));
        let old = before.cursors.iter().find(|old| old.id == cursor.id);
        broken.extend(old.and_then(|old| moves(old, cursor, &chain)));
    }
    broken
}

/// The pages behind a cursor, from the start of the read on, with their numbers.
fn chain(world: &World, number: u64) -> Vec<(u64, &AnsweredPage)> {
    let mut chain = Vec::new();
    let mut at = Some(number);
    while let Some(number) = at {
        let Some(page) = world.pages.get(&number) else { break };
        chain.push((number, page));
        at = page.after;
    }
    chain.reverse();
    chain
}

/// What was told last of each item and has not changed since is here as it is there.
fn implied(chain: &[(u64, &AnsweredPage)], after: &Snapshot, world: &World) -> Vec<String> {
    let told: BTreeMap<&str, Told> =
        chain.iter().flat_map(|(_, page)| &page.told).map(|(id, told)| (id.as_str(), *told)).collect();
    let here = after.by_item();
    let mut broken = Vec::new();
    for (id, told) in told {
        let Told::Event(changed) = told else { continue };
        let Some(item) = world.items.get(id) else { continue };
        if item.deleted.is_some() || item.changed != changed {
            continue;
        }
        match here.get(id) {
            None => broken.push(format!("L8: the cursor is behind {id}, which is not here")),
            Some(event) => {
                let differences = differences(id, item, event);
                broken.extend(
                    differences.first().map(|one| format!("L8: the cursor is behind an edit: {one}")),
                );
            }
        }
    }
    broken
}

fn moves(old: &SyncCursor, new: &SyncCursor, chain: &[(u64, &AnsweredPage)]) -> Option<String> {
    let old_number = old.token.as_deref().and_then(number_of)?;
    let (first, _) = chain.first()?;
    let (last, _) = chain.last()?;
    if *last < old_number {
        return Some(format!("L8: the cursor of {} went back", new.calendar_id));
    }
    let goes_on = chain.iter().any(|(number, _)| *number == old_number);
    (!goes_on && *first > old_number && new.reason.is_none())
        .then(|| format!("L8: the read of {} began anew without a word", new.calendar_id))
}
