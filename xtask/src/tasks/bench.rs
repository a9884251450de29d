//! `bench`: runs the benchmarks and writes their figures, with the facts of the machine, to `docs/performance.md`.
//!
//! A benchmark prints one JSON object a line for each job and each peer it is measured beside:
//! `{"job": "...", "unit": "events/s", "ours": 1.0, "peer": "name", "peer_figure": 1.0, "ratio": 1.0, "goal": "..."}`.
//! The ratio is above 1 when ours is better, whichever way the unit counts. All but `job`, `unit` and `ours` may be
//! missing; other lines are comments.

use std::path::Path;

use serde_json::Value;

use crate::kit::{Args, Done, Failure, Run, cargo, node, root, say, write};

/// The name of the web app's benchmark.
const WEB: &str = "web";

const PAGE: &str = "docs/performance.md";

/// Begins the part of the page that stays as it is: what was measured by hand, and what the figures mean.
const BY_HAND: &str = "<!-- by hand -->";

/// Runs the benchmarks of the crates named, or of all that have some.
pub(crate) fn run(args: Args) -> Done {
    let all = with_benchmarks()?;
    let mut chosen = args.rest();
    if let Some(name) = chosen.iter().find(|name| !all.contains(name)) {
        let message = format!("{name} has no benchmarks; these have: {}.", all.join(", "));
        return Err(Failure::usage(message));
    }
    let is_complete = chosen.is_empty();
    if is_complete {
        chosen = all;
    }
    let mut tables = Vec::new();
    for name in &chosen {
        let output = if name == WEB { of_web_app()? } else { of_crate(name)? };
        say::line(&output);
        tables.push((name.clone(), rows(&output)));
    }
    let page = page(&machine(), &tables);
    if is_complete {
        let before = std::fs::read_to_string(root().join(PAGE)).unwrap_or_default();
        let by_hand = before.find(BY_HAND).and_then(|place| before.get(place..)).unwrap_or_default();
        write(Path::new(PAGE), &format!("{page}\n{by_hand}"))?;
        say::line(&format!("{PAGE} written."));
    } else {
        say::line(&page);
        say::line(&format!("{PAGE} is only written when all benchmarks run."));
    }
    Ok(())
}

fn of_crate(name: &str) -> Result<String, Failure> {
    cargo().words("bench --locked -p").arg(name).output()
}

fn of_web_app() -> Result<String, Failure> {
    node::build_if_changed()?;
    node::script("bench").output()
}

/// Every name that can be given.
fn with_benchmarks() -> Result<Vec<String>, Failure> {
    let entries = std::fs::read_dir(root().join("crates"))
        .map_err(|error| Failure::new(format!("The crates could not be listed: {error}.")))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("benches").is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.push(WEB.to_owned());
    Ok(names)
}

/// The lines that are measurements.
fn rows(output: &str) -> Vec<Value> {
    let objects = output.lines().filter(|line| line.starts_with('{'));
    objects.filter_map(|line| serde_json::from_str(line).ok()).flat_map(of_timeline).collect()
}

/// The web app's benchmark has members of its own; its line in the words of the others.
fn of_timeline(row: Value) -> Vec<Value> {
    let number = |name: &str| row.get(name).and_then(Value::as_f64);
    let Some("timeline") = row.get("bench").and_then(Value::as_str) else { return vec![row] };
    let (events, rooms) = (number("events").unwrap_or_default(), number("rooms").unwrap_or_default());
    let goal = number("goal_ms").map(|ms| format!("<= {ms} ms")).unwrap_or_default();
    let rows = [
        (format!("timeline of {events} events in {rooms} rooms, to painted"), "mount_ms", goal),
        (
            "main-thread time of a frame while it is scrolled fast".to_owned(),
            "scroll_frame_cpu_ms",
            String::new(),
        ),
        ("worst frame of it, by the clock".to_owned(), "worst_scroll_frame_ms", "<= 32 ms".to_owned()),
        ("worst frame when nothing happens, by the clock".to_owned(), "worst_idle_frame_ms", String::new()),
    ];
    let row = |(job, name, goal): (String, &str, String)| {
        number(name).map(|ms| serde_json::json!({ "job": job, "unit": "ms", "ours": ms, "goal": goal }))
    };
    rows.into_iter().filter_map(row).collect()
}

fn page(machine: &str, tables: &[(String, Vec<Value>)]) -> String {
    let mut page = format!(
        "# Performance\n\nWritten by `cargo xtask bench`. Absolute figures move with the machine and the hour; what counts \
         is the ratio to a peer\nor to a limit measured in the same run. Above 1, ours is better. `cargo xtask bench app` runs the \
         benchmarks of one crate;\nthe head of each, in `crates/*/benches`, says how to give other sizes.\n\n{machine}\n"
    );
    for (name, rows) in tables {
        page += &format!("\n## {name}\n\n| job | ours | beside | ratio | goal |\n|---|---:|---:|---:|---|\n");
        rows.iter().for_each(|row| page += &table_row(row));
    }
    page
}

fn table_row(row: &Value) -> String {
    let word = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| row.get(name).and_then(Value::as_f64).map(short).unwrap_or_default();
    let ours = format!("{} {}", number("ours"), word("unit"));
    let beside = format!("{} {}", word("peer"), number("peer_figure"));
    format!(
        "| {} | {} | {} | {} | {} |\n",
        word("job"),
        ours.trim(),
        beside.trim(),
        number("ratio"),
        word("goal")
    )
}

/// Three digits that count, with a letter for thousands and millions.
fn short(figure: f64) -> String {
    let (scaled, letter) = match figure.abs() {
        size if size >= 1e6 => (figure / 1e6, " M"),
        size if size >= 1e4 => (figure / 1e3, " k"),
        _ => (figure, ""),
    };
    let digits = match scaled.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{scaled:.digits$}{letter}")
}

fn machine() -> String {
    let threads = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let first_after = |file: &str, key: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_once([':', '=']).map(|(_, value)| value.trim().trim_matches('"').to_owned())
    };
    let compiler = Run::new("rustc").arg("--version").output().unwrap_or_default();
    let facts = [
        first_after("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unnamed processor".to_owned()),
        format!("{threads} threads"),
        first_after("/proc/meminfo", "MemTotal")
            .map_or_else(String::new, |total| format!("{total} of memory")),
        first_after("/etc/os-release", "PRETTY_NAME").unwrap_or_else(|| std::env::consts::OS.to_owned()),
        compiler.trim().to_owned(),
    ];
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    format!("Machine: {}.", facts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_lines_are_measurements() {
        let output = "warming up\n{\"job\": \"a\", \"unit\": \"x/s\", \"ours\": 20}\nnot {json\n{broken\n";
        assert_eq!(rows(output).len(), 1);
    }

    #[test]
    fn the_web_app_speaks_for_itself() {
        let line = r#"{"bench":"timeline","events":5000,"rooms":100,"mount_ms":321,"goal_ms":500}"#;
        let [row] = rows(line).try_into().unwrap();
        let expected = "| timeline of 5000 events in 100 rooms, to painted | 321 ms |  |  | <= 500 ms |\n";
        assert_eq!(table_row(&row), expected);
    }

    #[test]
    fn a_row_says_what_is_known() {
        let row = serde_json::json!(
            {"job": "a", "unit": "us", "ours": 5.0, "peer": "p", "peer_figure": 10.0, "ratio": 2}
        );
        assert_eq!(table_row(&row), "| a | 5.00 us | p 10.0 | 2.00 |  |\n");
        let row = serde_json::json!({"job": "a", "unit": "us", "ours": 5.0});
        assert_eq!(table_row(&row), "| a | 5.00 us |  |  |  |\n");
    }

    #[test]
    fn figures_are_short() {
        for (figure, text) in
            [(0.066, "0.07"), (12.34, "12.3"), (9_999.0, "9999"), (69_000.0, "69.0 k"), (6.8e6, "6.80 M")]
        {
            assert_eq!(short(figure), text);
        }
    }
}
