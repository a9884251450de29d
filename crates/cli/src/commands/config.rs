//! `callboard config`: what holds, where it comes from, whether it can be used.

use serde::Serialize;

use crate::args::{Config, Global};
use crate::failure::Failure;
use crate::settings::Effective;
use crate::settings::table::{SETTINGS, Setting};
use crate::{output, wiring};

/// One setting as shown.
#[derive(Debug, Serialize)]
struct Row {
    key: &'static str,
    value: String,
    source: String,
}

pub(crate) fn run(global: &Global, action: &Config) -> Result<(), Failure> {
    match action {
        Config::Show => show(&wiring::settings(global)?, global.json),
        Config::Check => check(&wiring::settings(global)?, global.json),
        Config::Reference => {
            output::line(reference());
            Ok(())
        }
    }
}

/// Each setting with its value and source; secrets masked.
pub(crate) fn rows(settings: &Effective) -> Vec<(&'static str, String, String)> {
    SETTINGS
        .iter()
        .map(|setting| (setting.key, shown(setting, settings), settings.origin(setting.key).to_string()))
        .collect()
}

fn shown(setting: &Setting, settings: &Effective) -> String {
    match settings.get(setting.key) {
        None => String::new(),
        Some(_) if setting.is_secret => "(set, not shown)".to_owned(),
        Some(value) if setting.key == "store" => wiring::shown_store(value),
        Some(value) => value.to_owned(),
    }
}

fn show(settings: &Effective, as_json: bool) -> Result<(), Failure> {
    let rows = rows(settings);
    if as_json {
        let rows: Vec<Row> =
            rows.into_iter().map(|(key, value, source)| Row { key, value, source }).collect();
        return output::json(&rows);
    }
    output::table(
        ["setting", "value", "from"],
        rows.into_iter().map(|(key, value, from)| [key.to_owned(), value, from]),
    );
    Ok(())
}

fn check(settings: &Effective, as_json: bool) -> Result<(), Failure> {
    wiring::files_beside(settings)?;
    wiring::sealer(settings)?;
    wiring::outlook(settings)?;
    super::serve::Options::from(settings)?;
    wiring::app_settings(settings)?;
    super::logging::check(settings)?;
    let mut notes = Vec::new();
    if settings.get("outlook_client_id").is_none() {
        notes.push("Outlook is not configured (outlook_client_id), so nobody can sign in yet.");
    }
    if as_json {
        return output::json(&serde_json::json!({"usable": true, "notes": notes}));
    }
    output::line("The configuration can be used.");
    for note in notes {
        output::line(format!("Note: {note}"));
    }
    Ok(())
}

/// The reference of all settings, from their declaration.
fn reference() -> String {
    let mut text = String::from(
        "# Settings\n\nFlags win over the environment, the environment over the TOML file, the file over defaults. Every secret may also be \
         given as a file: `…_FILE` in the environment, `…_file` in TOML. Made by `callboard config reference`.\n\n\
         | TOML key | environment | default | what it does |\n| --- | --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let default = setting
            .default
            .filter(|value| !value.is_empty())
            .map_or(String::new(), |value| format!("`{value}`"));
        let secret = if setting.is_secret {
            " Secret."
        } else if setting.may_be_a_file() {
            " May be given as a file too."
        } else {
            ""
        };
        let row = format!(
            "| `{}` | `{}` | {default} | {}{secret} |\n",
            setting.key,
            setting.variable(),
            setting.doc
        );
        text.push_str(&row);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use crate::wiring::shown_store;

    #[test]
    fn the_store_is_shown_without_its_secrets() {
        for (value, shown) in [
            ("sqlite:/var/lib/x.db", "sqlite:/var/lib/x.db"),
            ("mongodb://db/callboard", "mongodb://db/callboard"),
            ("mongodb://a,b:27018/callboard", "mongodb://a,b:27018/callboard"),
            ("mongodb://u:pass@db/c?tls=true", "mongodb://db/c (user and options not shown)"),
            ("mongodb+srv://u:p%40ss@db/c", "mongodb+srv://db/c (user and options not shown)"),
            ("mongodb://db/c?x=pass", "mongodb://db/c (user and options not shown)"),
            ("mongodb://u:pa@ss@db/c", "mongodb://db/c (user and options not shown)"),
            ("mongodb://u:pa?ss@db/c", "mongodb://(not shown)"),
            ("mongodb://db/c?x=pa@ss", "mongodb://(not shown)"),
        ] {
            assert_eq!(shown_store(value), shown);
        }
    }
}
