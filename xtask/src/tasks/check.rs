//! `check`: the fast set before a push.

use super::{codegen, tidy};
use crate::kit::{Args, Done, Run, Sections, cargo, find_program, node};

/// Documents are for those who work on it too: private items are included, and links to them are welcome.
const DOCUMENTATION: &str = "-D warnings -A rustdoc::private_intra_doc_links";

/// Runs every check, all of them even when one fails.
pub(crate) fn run(args: Args) -> Done {
    args.end()?;
    let mut sections = Sections::default();
    sections.run("format", || cargo().words("fmt --all --check").run());
    sections.run("lints", || cargo().words("clippy --workspace --all-targets --locked -- -D warnings").run());
    sections.run("tidy", tidy::all);
    sections.run("documentation", || {
        cargo()
            .words("doc --workspace --no-deps --locked --document-private-items")
            .env("RUSTDOCFLAGS", DOCUMENTATION)
            .run()
    });
    optional(&mut sections, "dependencies", "cargo-deny", "cargo-deny", || {
        cargo().words("deny --locked check").run()
    });
    optional(&mut sections, "spelling", "typos", "typos-cli", || Run::new("typos").run());
    if sections.run("web: packages", node::install) {
        sections.run("web: types", || node::script("check").run());
        sections.run("web: lints", || node::script("lint").run());
        sections.run("generated files", codegen::check);
    }
    sections.end()
}

fn optional(
    sections: &mut Sections,
    title: &'static str,
    program: &str,
    package: &str,
    check: impl FnOnce() -> Done,
) {
    if find_program(program).is_some() {
        sections.run(title, check);
    } else {
        sections
            .skip(title, format!("{program} is not installed; `cargo install --locked {package}` adds it."));
    }
}
