//! `callboard export`: events or people as a file.

use std::path::Path;

use app::App;
use app::accounts::users;
use app::exports::{self, ExportSpec, Exported, Format, PlannedExport};
use model::documents::{ExportFilters, ExportType};

use super::migrate;
use crate::args::Export;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{out_file, output, running, wiring};

pub(crate) async fn run(settings: &Effective, args: Export, as_json: bool) -> Result<(), Failure> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to <= from
    {
        return Err(Failure::usage("--to must lie after --from; nothing was written"));
    }
    out_file::refuse_the_store(settings, &args.out)?;
    let store = if args.dry_run {
        wiring::open_store_to_look(settings).await?
    } else {
        wiring::open_store_to_work(settings).await?
    };
    let app = wiring::app(settings, store)?;
    let export_type = args.kind.into();
    // A full backup is of any form; a table reads documents, and by declared fields.
    if export_type != ExportType::FullBackup {
        migrate::refuse_pending(&app).await?;
    }
    if !args.dry_run {
        running::enter(settings, &app).await?;
    }
    let mut filters = ExportFilters {
        start_date: args.from,
        end_date: args.to,
        user_ids: Vec::new(),
        categories: args.category,
        locations: args.location,
    };
    for email in &args.user {
        filters.user_ids.push(users::by_email(&app, email).await?.id);
    }
    let usual = (export_type != ExportType::FullBackup).then_some(Format::Csv);
    let format = args.format.map(Format::from).or(usual);
    let spec = ExportSpec { export_type, format, filters };
    let shown = Progress::counting("export", "records");
    if args.dry_run {
        return look(&app, &spec, (&args.out, args.replace), &shown, as_json).await;
    }
    let made = exports::to_path(&app, &wiring::operator(), &spec, &args.out, args.replace, &mut |count| {
        shown.show(count);
    })
    .await?;
    shown.end();
    let Exported { record_count, file_size, sha256, .. } = &made;
    let sentence = format!(
        "{record_count} records were written to {} ({file_size} bytes, SHA-256 {sha256}).",
        args.out.display()
    );
    output::said(as_json, &made, sentence)
}

/// What would be written.
async fn look(
    app: &App,
    spec: &ExportSpec,
    (path, replace): (&Path, bool),
    shown: &Progress,
    as_json: bool,
) -> Result<(), Failure> {
    let progress = &mut |count| shown.show(count);
    let planned = exports::plan(app, &wiring::operator(), spec, path, replace, progress).await?;
    shown.end();
    let PlannedExport { path, replaces, record_count, file_size } = &planned;
    let place = if *replaces { ", in the place of the file that is there" } else { "" };
    let sentence = format!(
        "{record_count} records would be written to {path} ({file_size} bytes){place}. Nothing was written."
    );
    output::said(as_json, &planned, sentence)
}
