//! `callboard seed`: development data.

use app::migrations;
use app::records::seed::{SeedSpec, seed};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Seed;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, args: Seed, as_json: bool) -> Result<(), Failure> {
    let app = wiring::app(settings, wiring::open_store(settings).await?)?;
    migrations::up(&app, None).await?;
    let spec =
        SeedSpec { users: args.users, events: args.events, years: args.years, random_seed: args.random_seed };
    let bar = ProgressBar::new(args.events);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} events, {eta} left") {
        bar.set_style(style);
    }
    let seeded = seed(&app, spec, &mut |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    if as_json {
        return output::json(&serde_json::json!({"emails": seeded.emails, "events": seeded.events}));
    }
    output::line(format!(
        "{} events of {} people were made. The people:",
        seeded.events,
        seeded.emails.len()
    ));
    for email in seeded.emails.iter().take(20) {
        output::line(format!("  {email}"));
    }
    Ok(())
}
