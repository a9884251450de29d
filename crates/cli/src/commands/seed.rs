//! `callboard seed`: development data.

use app::records::seed::{SeedSpec, plan, seed};
use indicatif::{ProgressBar, ProgressStyle};
use model::Clock;

use crate::ambient::SystemClock;
use crate::args::Seed;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, args: Seed, as_json: bool) -> Result<(), Failure> {
    let spec = SeedSpec {
        users: args.users,
        events: args.events,
        years: args.years,
        random_seed: args.random_seed,
        around: args.around,
    };
    // What would be refused is refused before a store is made for it.
    spec.check()?;
    wiring::usable(settings)?;
    if args.dry_run {
        return look(settings, spec, as_json).await;
    }
    let app = wiring::app(settings, wiring::open_store(settings).await?)?;
    super::migrate::settle(settings, &app, false).await?;
    let mut shown = Shown::new(as_json);
    let seeded = seed(&app, spec, &mut |done, of| shown.show(done, of)).await?;
    shown.bar.finish_and_clear();
    if as_json {
        return output::json(&serde_json::json!({
            "emails": seeded.emails, "events": seeded.events, "before": seeded.before,
            "houses": seeded.houses, "around": seeded.around,
        }));
    }
    let (events, people, houses) = (seeded.events, seeded.emails.len(), seeded.houses);
    output::line(match seeded.before {
        0 => format!("{events} events of {people} people in {houses} houses were made. The people:"),
        before => format!(
            "{events} events of {people} people in {houses} houses are there, {before} of them from before. The people:"
        ),
    });
    for email in seeded.emails.iter().take(20) {
        output::line(format!("  {email}"));
    }
    Ok(())
}

/// What would be made.
async fn look(settings: &Effective, spec: SeedSpec, as_json: bool) -> Result<(), Failure> {
    let app = if wiring::store_may_be_there(settings) {
        let app = wiring::app(settings, wiring::open_store_untouched(settings).await?)?;
        super::migrate::refuse_pending(&app).await?;
        Some(app)
    } else {
        None
    };
    let store = match &app {
        Some(app) => app.store().describe(),
        None => format!("a new store at {}", wiring::store_path(settings)?.display()),
    };
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let planned = plan(app.as_ref(), spec, today).await?;
    let (events, people, houses) = (planned.events, planned.emails.len(), planned.houses);
    let there = match planned.before {
        0 => String::new(),
        before => format!(", of which {before} are there already"),
    };
    let sentence = format!(
        "{events} events of {people} people in {houses} houses, around {}, would be made in {store}{there}. Nothing was \
         written.",
        planned.around
    );
    let value = serde_json::json!({
        "emails": planned.emails, "events": events, "before": planned.before,
        "houses": houses, "around": planned.around, "store": store,
    });
    output::said(as_json, &value, sentence)
}

/// How far it is: a bar on a terminal, a line for every tenth elsewhere.
struct Shown {
    bar: ProgressBar,
    lines: bool,
    tenths: u64,
}

impl Shown {
    fn new(as_json: bool) -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} events, {per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        let lines = bar.is_hidden() && !as_json;
        Self { bar, lines, tenths: 0 }
    }

    fn show(&mut self, done: u64, of: u64) {
        self.bar.set_length(of);
        self.bar.set_position(done);
        let tenths = (done * 10).checked_div(of).unwrap_or(10);
        if self.lines && tenths > self.tenths {
            self.tenths = tenths;
            output::line(format!("{done} of {of} events"));
        }
    }
}
