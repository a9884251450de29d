//! The end of a seed: faults stop, everything must come to rest, and what is there then is judged.

use std::collections::BTreeSet;

use app::doctor;
use app::sync_run::RunPhase;
use jiff::SignedDuration;
use model::{Clock, Id};

use super::audit_law;
use super::dump::dump;
use super::here::lock;
use super::laws::{self, Snapshot};
use super::run::{HOUR_MS, Report, Simulation, hex};
use super::store::Counted;

/// L20: so many runs a calendar until rest.
const RUNS_UNTIL_REST: usize = 6;
/// L20: so long in the simulation's time until rest.
const TIME_UNTIL_REST: SignedDuration = SignedDuration::from_mins(60);
/// The time between two runs of a calendar then.
const BETWEEN_RUNS_MS: i64 = 5 * 60_000;

impl Simulation {
    /// Faults stop; everything comes to rest within a few runs and an hour, and then a run writes nothing.
    pub(super) async fn settle(&mut self) -> Result<(), String> {
        self.outlook.world().faults.clear();
        self.store.calm();
        self.store.restart();
        // A week later everything is read and compared once more, whatever was not told.
        self.clock.advance_ms(8 * 24 * HOUR_MS);
        let begun = self.clock.now();
        let mut under_way: BTreeSet<usize> = (0..self.calendars.len()).collect();
        for round in 0..RUNS_UNTIL_REST {
            if round > 0 {
                self.clock.advance_ms(BETWEEN_RUNS_MS);
            }
            for index in under_way.clone() {
                let run = self.sync(index, false).await?;
                self.decide().await;
                if run.is_some_and(|run| run.state == RunPhase::Done && run.is_quiet()) {
                    under_way.remove(&index);
                }
            }
            if under_way.is_empty() {
                break;
            }
        }
        for index in &under_way {
            self.broken
                .push(format!("L20: calendar {index} had not come to rest after {RUNS_UNTIL_REST} runs"));
        }
        let took = self.clock.now().duration_since(begun);
        if took > TIME_UNTIL_REST {
            self.broken.push(format!("L20: it came to rest after {took:#}"));
        }
        for index in 0..self.calendars.len() {
            self.rest(index).await?;
        }
        Ok(())
    }

    /// What a run does when there is nothing to do.
    async fn rest(&mut self, index: usize) -> Result<(), String> {
        // A run that went on with an interrupted read is quiet too; the one after it compares once more.
        self.sync(index, false).await?;
        self.outlook.world().requests.clear();
        let again = self.sync(index, false).await?;
        let requests: u64 = self.outlook.world().requests.values().sum();
        if again.is_none_or(|run| !run.is_quiet()) || self.written != Counted::default() {
            self.broken.push("rule 6: a sync with nothing changed wrote something".to_owned());
        }
        if requests > 1 {
            self.broken.push(format!("L10: a run at rest took {requests} requests"));
        }
        self.here.archive().await;
        let full = self.sync(index, true).await?;
        if full.is_none_or(|run| !run.is_quiet()) || self.written != Counted::default() {
            self.broken.push(format!("a full read after the archive wrote something: {:?}", self.written));
        }
        Ok(())
    }

    pub(super) async fn report(mut self) -> Result<Report, String> {
        let here = Snapshot::of(&*self.inner).await.map_err(|error| error.to_string())?;
        let notes = lock(&self.here.notes).clone();
        let at_rest =
            laws::at_rest(&here, &self.outlook.world(), &notes, &self.kept_by_choice, self.clock.now());
        self.broken.extend(at_rest);
        self.broken.extend(audit_law::broken(&*self.inner).await.map_err(|error| error.to_string())?);
        let look = doctor::look(&self.here.app, &mut |_, _| {}).await.map_err(|error| error.to_string())?;
        // What is kept as removed may outlive its series; what is shown may not.
        let removed: BTreeSet<Id> =
            here.events.iter().filter(|event| event.removed_at.is_some()).map(|event| event.id).collect();
        let is_kept = |one: &doctor::Finding| one.document_id.is_some_and(|id| removed.contains(&id));
        let judged = look.findings.iter().filter(|one| one.check != doctor::Check::Orphan || !is_kept(one));
        self.broken.extend(judged.map(|one| format!("L12, the doctor finds: {one:?}")));
        if !notes.is_empty() {
            self.reached.insert("notes were written");
        }
        let end = dump(&*self.inner).await.map_err(|error| error.to_string())?;
        self.note(&format!("{end:?}"));
        let fired =
            self.outlook.world().fired.iter().map(|(fault, count)| (format!("{fault:?}"), *count)).collect();
        Ok(Report {
            broken: self.broken,
            trace: hex(&sha2::Digest::finalize(self.trace)),
            end,
            fired,
            reached: self.reached,
        })
    }
}
