//! `callboard export`: events or people as a file.

use app::accounts::users;
use app::exports::{self, ExportSpec, Exported};
use indicatif::{ProgressBar, ProgressStyle};
use model::documents::ExportFilters;

use crate::args::Export;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, args: Export, as_json: bool) -> Result<(), Failure> {
    let app = wiring::app(settings, wiring::open_store(settings).await?)?;
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
    let spec = ExportSpec { export_type: args.kind.into(), format: args.format.into(), filters };
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} records, {per_sec}") {
        bar.set_style(style);
    }
    let made = exports::to_file(&app, &wiring::operator(), &spec, &args.out, args.replace, &mut |count| {
        bar.set_position(count);
    })
    .await?;
    bar.finish_and_clear();
    let Exported { record_count, file_size, sha256 } = &made;
    let sentence = format!(
        "{record_count} records were written to {} ({file_size} bytes, SHA-256 {sha256}).",
        args.out.display()
    );
    output::said(as_json, &made, sentence)
}
