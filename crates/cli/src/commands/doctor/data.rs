//! `callboard doctor --data`: a look at every stored document, and with `--repair` the mending of what is safe to mend.

use std::collections::BTreeMap;

use app::doctor::{self, Check, Finding, Repaired, Report};
use app::{App, migrations};
use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{output, running, wiring};

/// So many findings of each check are shown to people; scripts get all.
const SHOWN: usize = 10;
/// A look keeps so many findings, so that a badly damaged store is mended in turns.
const TURNS: usize = 1_000;

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    report: &'a Report,
    repaired: &'a [Repaired],
}

pub(super) async fn run(global: &Global, may_repair: bool) -> Result<(), Failure> {
    let settings = wiring::settings(global)?;
    crate::commands::logging::start(&settings, Some("error"))?;
    let app = wiring::app(&settings, wiring::open_store_to_look(&settings).await?)?;
    crate::commands::migrate::refuse_pending(&app).await?;
    running::enter(&settings, &app).await?;
    if migrations::is_new(&app).await? {
        crate::commands::migrate::settle(&settings, &app, false).await?;
    }
    let mut report = look(&app).await?;
    let mut repaired = Vec::new();
    if may_repair {
        for _ in 0..TURNS {
            let mended = doctor::repair(&app, &wiring::operator(), &report).await?;
            if mended.is_empty() {
                break;
            }
            repaired.extend(mended);
            report = look(&app).await?;
        }
    }
    if global.json {
        output::json(&Answer { report: &report, repaired: &repaired })?;
    } else {
        tell(&report, &repaired);
    }
    if report.is_clean() {
        return Ok(());
    }
    let count = report.findings.len() as u64 + report.more;
    Err(Failure::failed(format!("{count} things in the data are not right")))
}

async fn look(app: &App) -> Result<Report, Failure> {
    let shown = Progress::of_a_total("looking", "documents");
    let report = doctor::look(app, &mut |done, total| {
        shown.show_of(done, total);
    })
    .await?;
    shown.end();
    Ok(report)
}

fn tell(report: &Report, repaired: &[Repaired]) {
    for one in repaired {
        let id = one.document_id.map(|id| format!(" {id}")).unwrap_or_default();
        output::line(format!("mended {}{id}: {}", one.collection, one.done));
    }
    let mut by_check: BTreeMap<Check, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        by_check.entry(finding.check).or_default().push(finding);
    }
    output::line(format!("\ndata: {} documents", report.documents));
    for check in Check::ALL {
        let Some(findings) = by_check.get(&check) else {
            // Of what was only counted it is not known what it is of.
            let word = if report.more == 0 { "ok  " } else { "?   " };
            output::line(format!("  {word} {}", check.what()));
            continue;
        };
        output::line(format!("  FAIL {}: {}", check.what(), findings.len()));
        for finding in findings.iter().take(SHOWN) {
            let id = finding.document_id.map(|id| format!(" {id}")).unwrap_or_default();
            output::line(format!("       {}{id}: {}", finding.collection, finding.found));
            output::line(format!("         do: {}", finding.fix));
        }
        if findings.len() > SHOWN {
            output::line(format!("       and {} more; --json shows them", findings.len() - SHOWN));
        }
    }
    if report.more > 0 {
        output::line(format!(
            "\n{} more were met and are not listed: mend these, then look again.",
            report.more
        ));
    }
    match report.repairable() {
        0 => {}
        count => output::line(format!("\n{count} of these can be mended: run it again with --repair.")),
    }
}
