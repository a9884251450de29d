//! `callboard archive`: what ended long ago moves to the archive.

use app::archive::{self, Archived};
use jiff::SignedDuration;

use crate::args::{self, Archive};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{output, running, wiring};

/// What holds for the command when the nightly job is off.
const TWO_YEARS: SignedDuration = SignedDuration::from_hours(24 * 730);

pub(crate) async fn run(settings: &Effective, args: Archive, as_json: bool) -> Result<(), Failure> {
    let older_than = match args.older_than {
        Some(older_than) => older_than,
        None => after(settings)?.unwrap_or(TWO_YEARS),
    };
    let app = wiring::app(settings, wiring::open_store_to_work(settings).await?)?;
    super::migrate::refuse_pending(&app).await?;
    running::enter(settings, &app).await?;
    let shown = Progress::counting("archive", "events");
    let operator = wiring::operator();
    let done = archive::run(&app, Some(&operator), older_than, args.dry_run, &mut |count| {
        shown.show(count);
    })
    .await?;
    shown.end();
    output::said(as_json, &done, sentence(&done, args.dry_run))
}

/// The setting: how long after their end events are archived; `None` when they are not.
pub(crate) fn after(settings: &Effective) -> Result<Option<SignedDuration>, Failure> {
    match settings.get("archive_after") {
        None | Some("off") => Ok(None),
        Some(text) => args::long_time(text)
            .map(Some)
            .map_err(|error| settings.bad("archive_after", format!("{error}; or `off`")).into()),
    }
}

fn sentence(done: &Archived, dry_run: bool) -> String {
    let Archived { events, series, skipped, unreadable } = done;
    let verb = if dry_run { "would move" } else { "moved" };
    let mut sentence = match (events, series) {
        (0, _) => "Nothing is old enough for the archive.".to_owned(),
        (events, 0) => format!("{events} events {verb} to the archive."),
        (events, series) => format!("{events} events {verb} to the archive, {series} of them series."),
    };
    if *skipped > 0 {
        sentence.push_str(&format!(" {skipped} are being edited at this moment; run it again for them."));
    }
    if *unreadable > 0 {
        sentence.push_str(&format!(
            " {unreadable} events or people were left out, since something of them cannot be read; `callboard doctor --data` \
             says what."
        ));
    }
    sentence
}
