//! The log: to standard error, as text or JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::settings::{Effective, Origin};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
}

/// Whether the settings of the log can be used.
pub(crate) fn check(settings: &Effective) -> Result<(), Failure> {
    read(settings, None).map(|_| ())
}

/// Starts the log as configured; `unless_said` is the filter when nobody set one.
pub(crate) fn start(settings: &Effective, unless_said: Option<&str>) -> Result<(), Failure> {
    let (filter, form) = read(settings, unless_said)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start keeps the first one.
    let _ = match form {
        Form::Json => builder.json().flatten_event(true).with_span_list(false).try_init(),
        Form::Text => builder.with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    Ok(())
}

fn read(settings: &Effective, unless_said: Option<&str>) -> Result<(EnvFilter, Form), Failure> {
    let configured = settings.get("log").unwrap_or("info");
    let filter = match unless_said {
        Some(filter) if *settings.origin("log") == Origin::Default => filter,
        _ => configured,
    };
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        settings.bad("log", format!("it is no log filter ({error}); try `info` or `info,app=debug`"))
    })?;
    let form = match settings.get("log_format") {
        Some("json") => Form::Json,
        Some("text") | None => Form::Text,
        Some(_) => return Err(settings.bad("log_format", "it must be `text` or `json`").into()),
    };
    Ok((filter, form))
}
