//! The tests in a browser: against a whole demo, with the web app as it was just built.

use super::{chromium, demo::Demo};
use crate::kit::{Done, Failure, cargo, node, say};

/// Builds the binary with the web app inside, runs the demo, points the browser tests at it.
pub(super) fn run() -> Done {
    let chromium = chromium::find_or_install()?;
    cargo().words("build --locked -p cli").env("REQUIRE_WEB_UI", "1").run()?;
    let demo = Demo::start()?;
    say::line(&format!("The demo answers at {}.", demo.address()));
    node::script("test:browser").env("CALLBOARD_URL", demo.address()).env("CHROMIUM", chromium).run().map_err(
        |failure| Failure::new(format!("{}\nThe demo said:\n{}", failure.message, tail(&demo.log()))),
    )
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(40)).copied().collect::<Vec<_>>().join("\n")
}
