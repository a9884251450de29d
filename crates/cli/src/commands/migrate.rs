//! `callboard migrate`: changes of the stored form.

use app::migrations::{self, Status};

use crate::args::Migrate;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, action: Migrate, as_json: bool) -> Result<(), Failure> {
    let app = wiring::app(settings, wiring::open_store(settings).await?)?;
    match action {
        Migrate::Status => show(&migrations::status(&app).await?, as_json),
        Migrate::Up { to, dry_run: true } => {
            let pending = migrations::status(&app).await?.into_iter().filter(|one| one.applied_at.is_none());
            let wanted: Vec<Status> =
                pending.filter(|one| to.is_none_or(|to| one.number <= i64::from(to))).collect();
            show(&wanted, as_json)?;
            note(as_json, format!("{} migrations would be applied. Nothing was changed.", wanted.len()));
            Ok(())
        }
        Migrate::Up { to, dry_run: false } => {
            let done = migrations::up(&app, to.map(i64::from)).await?;
            show(&done, as_json)?;
            note(as_json, format!("{} migrations were applied.", done.len()));
            Ok(())
        }
        Migrate::Down { .. } => Err(Failure::usage(
            "there is nothing to go back to: the baseline is the first form of the store. Nothing was changed",
        )),
    }
}

fn note(as_json: bool, sentence: String) {
    if !as_json {
        output::line(sentence);
    }
}

fn show(rows: &[Status], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&rows);
    }
    output::table(
        ["number", "name", "applied"],
        rows.iter().map(|row| {
            let applied = row.applied_at.map_or_else(|| "pending".to_owned(), |at| at.to_string());
            [row.number.to_string(), row.name.clone(), applied]
        }),
    );
    Ok(())
}
