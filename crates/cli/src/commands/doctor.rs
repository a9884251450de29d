//! `callboard doctor`: looks at everything that can be wrong, and says for each finding what to do.
//!
//! Works while the server is down; every check that cannot be made says why.

mod checks;

use serde::Serialize;

use crate::args::Global;
use crate::failure::Failure;
use crate::{output, wiring};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Right.
    Ok,
    /// Works, but look at it.
    Warning,
    /// Wrong.
    Failed,
    /// Could not be looked at.
    Skipped,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    /// What it belongs to: `configuration`, `machine`, `store`, `keys`, `people`, `outlook`, `sync`.
    area: &'static str,
    /// What was looked at.
    check: &'static str,
    verdict: Verdict,
    /// What was found.
    found: String,
    /// What to do; empty when all is well.
    #[serde(skip_serializing_if = "str::is_empty")]
    fix: &'static str,
}

impl Finding {
    fn ok(area: &'static str, check: &'static str, found: impl Into<String>) -> Self {
        Self { area, check, verdict: Verdict::Ok, found: found.into(), fix: "" }
    }

    fn new(
        area: &'static str,
        check: &'static str,
        verdict: Verdict,
        found: impl Into<String>,
        fix: &'static str,
    ) -> Self {
        Self { area, check, verdict, found: found.into(), fix }
    }

    /// Well when it holds, else this verdict with what to do.
    fn when(
        holds: bool,
        otherwise: Verdict,
        (area, check): (&'static str, &'static str),
        found: impl Into<String>,
        fix: &'static str,
    ) -> Self {
        if holds { Self::ok(area, check, found) } else { Self::new(area, check, otherwise, found, fix) }
    }
}

pub(crate) async fn run(global: &Global, is_report: bool) -> Result<(), Failure> {
    let findings = match wiring::settings(global) {
        Ok(settings) => {
            super::logging::start(&settings, Some("error"))?;
            let findings = checks::all(&settings).await;
            if is_report {
                report(&settings, &findings);
                return Ok(());
            }
            findings
        }
        Err(failure) => vec![Finding::new(
            "configuration",
            "can be read",
            Verdict::Failed,
            failure.sentence(),
            "Correct what the sentence names; `callboard config show` then shows every value and its source.",
        )],
    };
    print(&findings, global.json)?;
    let failed = findings.iter().filter(|finding| finding.verdict == Verdict::Failed).count();
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::failed(format!("{failed} of {} checks failed", findings.len())))
    }
}

fn print(findings: &[Finding], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&findings);
    }
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            area = finding.area;
            output::line(format!("\n{area}"));
        }
        output::line(format!("  {} {}: {}", word(finding.verdict), finding.check, finding.found));
        if !finding.fix.is_empty() {
            output::line(format!("       do: {}", finding.fix));
        }
    }
    output::line("");
    Ok(())
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok  ",
        Verdict::Warning => "look",
        Verdict::Failed => "FAIL",
        Verdict::Skipped => "skip",
    }
}

/// Text for a bug report: version, machine, findings, settings; no secret, no address of a person.
fn report(settings: &crate::settings::Effective, findings: &[Finding]) {
    output::line(format!(
        "Callboard {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    ));
    output::line("\n## Findings");
    for finding in findings {
        output::line(format!(
            "- {} {} / {}: {}",
            word(finding.verdict).trim(),
            finding.area,
            finding.check,
            masked(&finding.found)
        ));
    }
    output::line("\n## Settings");
    for (key, value, source) in super::config::rows(settings) {
        output::line(format!("- {key} = {} ({source})", masked(&value)));
    }
}

/// Mail addresses do not belong into a public report.
fn masked(text: &str) -> String {
    let hide = |word: &str| if word.contains('@') { "(mail address)".to_owned() } else { word.to_owned() };
    text.split(' ').map(hide).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn mail_addresses_are_masked() {
        assert_eq!(super::masked("sync of ada@example.org failed"), "sync of (mail address) failed");
    }
}
