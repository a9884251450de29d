//! The tests in a browser: the web app alone, and a whole demo with the web app as it was just built.

use std::path::Path;

use super::demo::Demo;
use crate::kit::{Done, Failure, cargo, node, say};

/// Points the browser tests at their own mock of the API: every state of the web app, quickly.
pub(super) fn against_mock(chromium: &Path) -> Done {
    node::script("test:browser").env("CALLBOARD_CHROMIUM", chromium).run()
}

/// Builds the binary with the web app inside, runs the demo, points the browser tests at it.
pub(super) fn against_demo(chromium: &Path) -> Done {
    cargo().words("build --locked -p cli").env("REQUIRE_WEB_UI", "1").run()?;
    let demo = Demo::start()?;
    say::line(&format!("The demo answers at {}.", demo.address()));
    node::script("test:browser")
        .env("CALLBOARD_URL", demo.address())
        .env("SIM_URL", demo.graph_address())
        .env("CALLBOARD_CHROMIUM", chromium)
        .run()
        .map_err(|failure| {
            Failure::new(format!("{}\nThe demo said:\n{}", failure.message, tail(&demo.log())))
        })
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(40)).copied().collect::<Vec<_>>().join("\n")
}
