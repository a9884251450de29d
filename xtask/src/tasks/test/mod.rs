//! `test`: installs what tests need and runs every test.

mod apt;
mod browser;
mod chromium;
mod demo;
mod mongodb;

use crate::kit::{Args, Done, Sections, cargo, node, say};

/// Runs the tests in sections: the web app's own, those in Rust, those in a browser.
pub(crate) fn run(mut args: Args) -> Done {
    let only = args.option("--only")?;
    if let Some(part) = only.as_deref().filter(|part| !["web", "rust", "browser"].contains(part)) {
        return Err(args.wrong(&format!("There is no part {part}.")));
    }
    args.end()?;
    let wants = |part: &str| only.as_deref().is_none_or(|only| only == part);

    let mut sections = Sections::default();
    // The browser tests need the web app built, the others only need its packages.
    let is_web_ready = (!wants("web") && !wants("browser")) || sections.run("web: packages", node::install);
    let mut is_web_built = false;
    if is_web_ready && wants("web") {
        sections.run("web: types", || node::script("check").run());
        sections.run("web: lints", || node::script("lint").run());
        sections.run("web: unit tests", || node::script("test").run());
    }
    if is_web_ready && (wants("web") || wants("browser")) {
        is_web_built = sections.run("web: build", || node::script("build").run());
    }
    if wants("rust") {
        rust_sections(&mut sections);
    }
    if wants("browser") {
        browser_sections(&mut sections, is_web_built);
    }
    sections.end()
}

fn rust_sections(sections: &mut Sections) {
    // Without one the tests on MongoDB fail and say why; whoever has none still learns about all others.
    sections.run("rust: a MongoDB server", mongodb::prepare);
    sections.run("rust: all crates", || cargo().words("test --workspace --locked --no-fail-fast").run());
}

fn browser_sections(sections: &mut Sections, is_web_built: bool) {
    if !is_web_built {
        return sections.skip("browser", "The web app was not built.");
    }
    let mut browser = None;
    let is_there = sections.run("browser: Chromium", || {
        let chromium = chromium::find_or_install()?;
        say::line(&format!("{}", chromium.display()));
        browser = Some(chromium);
        Ok(())
    });
    if let Some(chromium) = browser.filter(|_| is_there) {
        sections.run("browser: the web app alone", || browser::against_mock(&chromium));
        sections.run("browser: the whole demo", || browser::against_demo(&chromium));
    }
}
