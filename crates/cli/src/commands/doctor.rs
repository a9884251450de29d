//! `callboard doctor`: looks at everything that can be wrong, and says for each finding what to do.
//!
//! Works while the server is down; every check that cannot be made says why.

mod backups;
mod checks;
mod data;

use serde::Serialize;
use serde_json::json;

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
    /// What it belongs to: `configuration`, `machine`, `store`, `backups`, `keys`, `people`, `outlook`, `sync`.
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

/// The look at every stored document.
pub(crate) async fn run_data(global: &Global, may_repair: bool) -> Result<(), Failure> {
    data::run(global, may_repair).await
}

pub(crate) async fn run(global: &Global, is_report: bool) -> Result<(), Failure> {
    let (settings, findings) = match wiring::settings(global) {
        Ok(settings) => {
            super::logging::start(&settings, Some("error"))?;
            let findings = checks::all(&settings).await;
            (Some(settings), findings)
        }
        Err(failure) => (
            None,
            vec![Finding::new(
                "configuration",
                "can be read",
                Verdict::Failed,
                failure.sentence(),
                "Correct what the sentence names; `callboard config show` then shows every value and its source.",
            )],
        ),
    };
    if is_report {
        // A report is done when it is written, whatever it says.
        return report(settings.as_ref(), &findings, global.json);
    }
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
fn report(
    settings: Option<&crate::settings::Effective>,
    findings: &[Finding],
    as_json: bool,
) -> Result<(), Failure> {
    let home = std::env::home_dir().map(|home| home.display().to_string());
    let masked = |text: &str| masked(text, home.as_deref());
    let settings: Vec<[String; 3]> = settings
        .map(super::config::rows)
        .into_iter()
        .flatten()
        .map(|(key, value, source)| [key.to_owned(), masked(&value), masked(&source.to_string())])
        .collect();
    let findings: Vec<Finding> =
        findings.iter().map(|one| Finding { found: masked(&one.found), ..one.clone() }).collect();
    let product = format!(
        "Callboard {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    if as_json {
        return output::json(&json!({"product": product, "findings": findings, "settings": settings}));
    }
    output::line(product);
    output::line("\n## Findings");
    for Finding { area, check, verdict, found, .. } in &findings {
        output::line(format!("- {} {area} / {check}: {found}", word(*verdict).trim()));
    }
    output::line("\n## Settings");
    for [key, value, source] in &settings {
        output::line(format!("- {key} = {value} ({source})"));
    }
    Ok(())
}

/// Mail addresses do not belong into a public report, nor does the name of whoever is at home on this machine.
fn masked(text: &str, home: Option<&str>) -> String {
    let hide = |word: &str| if word.contains('@') { "(mail address)".to_owned() } else { word.to_owned() };
    let text = text.split(' ').map(hide).collect::<Vec<_>>().join(" ");
    match home.filter(|home| home.len() > 1) {
        Some(home) => text.replace(home, "~"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn mail_addresses_and_the_home_folder_are_masked() {
        let masked = |text| super::masked(text, Some("/srv/ada"));
        assert_eq!(masked("sync of ada@example.org failed"), "sync of (mail address) failed");
        assert_eq!(masked("/srv/ada/callboard.db is cut"), "~/callboard.db is cut");
        assert_eq!(super::masked("/srv/callboard.db", None), "/srv/callboard.db");
    }
}
