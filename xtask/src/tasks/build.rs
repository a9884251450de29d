//! `build`: the release binary with the web app inside.

use crate::kit::{Args, Done, cargo, node, say, target};

/// Builds the web app, then the binary around it.
pub(crate) fn run(args: Args) -> Done {
    args.end()?;
    node::build()?;
    // Without the web app the binary would carry a placeholder page; in a release that is an error.
    cargo().words("build --release --locked -p cli").env("REQUIRE_WEB_UI", "1").run()?;
    say::line(&format!("The binary is {}.", target().join("release/callboard").display()));
    Ok(())
}
