//! Changes to events: create, update, delete, move. One function each, all on the locked state.

use jiff::Timestamp;
use serde_json::Value;

use super::item::{Exception, Item, Series};
use super::mail::{Actor, MailKind, after_edit};
use super::refusal::Refusal;
use super::series::Pattern;
use super::state::{State, Target};
use super::switches::{IfMatch, MasterPatch, RepeatedTransaction};
use super::write::{self, Written};
use crate::ids;

/// Who acts, in whose mailbox, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act {
    pub(super) by: Actor,
    pub(super) owner: u64,
    pub(super) now: Timestamp,
}

/// Makes an event in calendar number `calendar`; answers its number.
pub(super) fn create(state: &mut State, act: Act, calendar: u64, body: &Value) -> Result<u64, Refusal> {
    writable(state, act, calendar)?;
    let written = write::create(body)?;
    if let Some(known) = repeated(state, act, &written, body)? {
        return Ok(known);
    }
    let pattern = match &written.recurrence {
        None | Some(Value::Null) => None,
        Some(value) => Some(Pattern::parse(value, &written.fields.start)?),
    };
    let number = state.make();
    if let Some(id) = &written.transaction_id {
        state.transactions.insert((act.owner, id.clone()), (number, body.clone()));
    }
    let item = Item {
        number,
        owner: act.owner,
        calendar,
        relative_id: ids::item_id(state.seed, act.owner, calendar, number),
        immutable_id: ids::immutable_id(state.seed, act.owner, number),
        created: act.now,
        modified: act.now,
        version: 0,
        fields: written.fields,
        transaction_id: written.transaction_id,
        extended: written.extended,
        foreign_organizer: None,
        series: pattern.map(|pattern| Series {
            pattern,
            exceptions: std::collections::BTreeMap::default(),
            cancelled: std::collections::BTreeSet::default(),
        }),
    };
    let mails = after_edit(&[], &item.fields.attendees, false);
    state.send(act.now, act.by, &item, mails);
    state.insert(item);
    state.touch_by(act.by, number, act.now);
    Ok(number)
}

/// Updates an event, a series or one occurrence.
pub(super) fn update(
    state: &mut State,
    act: Act,
    target: Target,
    if_match: Option<&str>,
    body: &Value,
) -> Result<(), Refusal> {
    let item = state.item(target.number)?.clone();
    writable(state, act, item.calendar)?;
    precondition(state, act, &item, if_match)?;
    let before = item.fields.attendees.clone();
    let (changed, mails) = match target.date {
        Some(date) => {
            let (changed, written) = update_occurrence(&item, date, act.now, body)?;
            (changed, after_edit(&before, &written.fields.attendees, written.only_attendees))
        }
        None => {
            let written = write::update(item.fields.clone(), body)?;
            let mut mails = after_edit(&before, &written.fields.attendees, written.only_attendees);
            // A change of a series with modified instances is mailed once for each of them too.
            let instances = item.series.as_ref().map_or(0, |series| series.exceptions.len());
            if let Some(update) = mails.iter().find(|(kind, _)| *kind == MailKind::Update).cloned() {
                mails.extend(std::iter::repeat_n(update, instances));
            }
            (update_item(item, written, state.switches.master_patch)?, mails)
        }
    };
    if changed.is_organizer() {
        state.send(act.now, act.by, &changed, mails);
    }
    state.items.insert(target.number, changed);
    state.touch_by(act.by, target.number, act.now);
    Ok(())
}

/// Deletes an event, a series or one occurrence.
pub(super) fn delete(
    state: &mut State,
    act: Act,
    target: Target,
    if_match: Option<&str>,
) -> Result<(), Refusal> {
    let mut item = state.item(target.number)?.clone();
    writable(state, act, item.calendar)?;
    precondition(state, act, &item, if_match)?;
    if item.is_organizer() {
        let mails = after_edit(&item.fields.attendees, &[], false);
        state.send(act.now, act.by, &item, mails);
    }
    match target.date {
        None => {
            state.remove(target.number);
        }
        Some(date) => {
            if let Some(series) = &mut item.series {
                series.exceptions.remove(&date);
                series.cancelled.insert(date);
            }
            state.items.insert(target.number, item);
            state.touch_by(act.by, target.number, act.now);
        }
    }
    Ok(())
}

/// Moves an event to another calendar of the mailbox, as a person can in Outlook: the ordinary id
/// changes, the immutable one and the `iCalUId` stay.
pub(super) fn move_to(state: &mut State, act: Act, number: u64, calendar: u64) -> Result<(), Refusal> {
    writable(state, act, calendar)?;
    if state.item(number)?.calendar == calendar {
        return Ok(());
    }
    let Some(mut item) = state.remove(number) else { return Err(Refusal::not_found()) };
    item.calendar = calendar;
    // A fresh number each time: an item that comes back does not get its old id back.
    let folder = state.make();
    item.relative_id = ids::item_id(state.seed, act.owner, folder, number);
    state.insert(item);
    state.touch(number, act.now);
    Ok(())
}

fn writable(state: &State, act: Act, calendar: u64) -> Result<(), Refusal> {
    match state.calendars.get(&calendar) {
        Some(calendar) if calendar.owner != act.owner => Err(Refusal::not_found()),
        // Holidays change too, though not through the API.
        Some(calendar) if calendar.spec.can_edit || act.by == Actor::Person => Ok(()),
        Some(_) => Err(Refusal::access_denied()),
        None => Err(Refusal::not_found()),
    }
}

fn repeated(state: &State, act: Act, written: &Written, body: &Value) -> Result<Option<u64>, Refusal> {
    let Some(id) = &written.transaction_id else { return Ok(None) };
    let Some((number, first)) = state.transactions.get(&(act.owner, id.clone())) else { return Ok(None) };
    match state.switches.repeated_transaction {
        _ if first != body => Err(Refusal::duplicate_transaction()),
        RepeatedTransaction::Conflict => Err(Refusal::duplicate_transaction()),
        RepeatedTransaction::Same if state.items.contains_key(number) => Ok(Some(*number)),
        RepeatedTransaction::Same | RepeatedTransaction::New => Ok(None),
    }
}

fn precondition(state: &mut State, act: Act, item: &Item, if_match: Option<&str>) -> Result<(), Refusal> {
    if act.by == Actor::Person {
        return Ok(());
    }
    let key = ids::change_key(state.seed, item.owner, item.version);
    let refused = match state.switches.if_match {
        IfMatch::Ignored => false,
        IfMatch::Spurious => state.refused_once.insert((item.number, item.version)),
        IfMatch::Honoured => {
            if_match.is_some_and(|tag| tag != "*" && tag.trim_start_matches("W/").trim_matches('"') != key)
        }
    };
    if refused { Err(Refusal::change_key_mismatch()) } else { Ok(()) }
}

fn update_item(mut item: Item, written: Written, mode: MasterPatch) -> Result<Item, Refusal> {
    let time_changed = written.fields.start != item.fields.start || written.fields.end != item.fields.end;
    let pattern = match (&written.recurrence, &item.series) {
        (Some(Value::Null), _) => None,
        (Some(value), _) => Some(Pattern::parse(value, &written.fields.start)?),
        (None, Some(series)) if time_changed => Some(series.pattern.restarted(&written.fields.start)?),
        (None, series) => series.as_ref().map(|series| series.pattern.clone()),
    };
    item.series = pattern.map(|pattern| match item.series.take() {
        Some(series)
            if (series.pattern == pattern && !time_changed) || mode == MasterPatch::KeepExceptions =>
        {
            Series { pattern, ..series }
        }
        _ => Series {
            pattern,
            exceptions: std::collections::BTreeMap::default(),
            cancelled: std::collections::BTreeSet::default(),
        },
    });
    item.fields = written.fields;
    merge_extended(&mut item.extended, written.extended);
    Ok(item)
}

fn update_occurrence(
    item: &Item,
    date: jiff::civil::Date,
    now: Timestamp,
    body: &Value,
) -> Result<(Item, Written), Refusal> {
    let mut item = item.clone();
    let instance = item.instance(date).ok_or_else(Refusal::not_found)?;
    let written = write::update(instance.fields, body)?;
    if written.recurrence.as_ref().is_some_and(|value| !value.is_null()) {
        return Err(Refusal::invalid_property());
    }
    within_neighbours(&item, date, &written)?;
    if let Some(series) = &mut item.series {
        let exception = series.exceptions.entry(date).or_insert_with(|| Exception {
            fields: written.fields.clone(),
            created: now,
            modified: now,
            extended: Vec::new(),
        });
        exception.fields = written.fields.clone();
        exception.modified = now;
        merge_extended(&mut exception.extended, written.extended.clone());
    }
    Ok((item, written))
}

/// An occurrence may not be moved onto or past the day of the one before or after it.
fn within_neighbours(item: &Item, date: jiff::civil::Date, written: &Written) -> Result<(), Refusal> {
    let Some(series) = &item.series else { return Ok(()) };
    let moved_to = written.fields.start.civil.date();
    let (before, after) = series.pattern.neighbours(item, date);
    if before.is_some_and(|day| moved_to <= day) || after.is_some_and(|day| moved_to >= day) {
        return Err(Refusal::crossing_boundary());
    }
    Ok(())
}

fn merge_extended(known: &mut Vec<(String, String)>, written: Vec<(String, String)>) {
    for (id, value) in written {
        known.retain(|(other, _)| *other != id);
        known.push((id, value));
    }
}
