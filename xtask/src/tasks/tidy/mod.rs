//! `tidy`: the rules of the house that no compiler knows. Each is a function of data, with a test that shows it fail.

mod dependencies;
mod edges;
mod files;
mod layers;

use crate::kit::{Args, Done, Failure, Run, cargo, root, say, visit};

/// Checks every rule.
pub(crate) fn run(args: Args) -> Done {
    args.end()?;
    all()
}

/// Checks every rule; all violations are said at once.
pub(crate) fn all() -> Done {
    let mut wrong = Vec::new();

    let metadata = metadata()?;
    let metadata = serde_json::from_str(&metadata).map_err(|error| {
        Failure::new(format!("The answer of `cargo metadata` could not be read: {error}."))
    })?;
    edges::check(&edges::Workspace::read(&metadata), &mut wrong);
    let deny = std::fs::read_to_string(root().join("deny.toml"))
        .map_err(|error| Failure::new(format!("deny.toml could not be read: {error}.")))?;
    let lists = dependencies::Lists::read(&deny).map_err(Failure::new)?;
    dependencies::check(&metadata, &lists, &mut wrong);

    let mut count = 0_u32;
    visit(&mut |path, file| {
        // Binary files have no lines to look at.
        if let Ok(text) = std::fs::read_to_string(file) {
            count += 1;
            files::check(path, &text, &mut wrong);
        }
    })?;

    if wrong.is_empty() {
        say::line(&format!("All is tidy in {count} files."));
        return Ok(());
    }
    wrong.iter().for_each(|line| say::line(line));
    Err(Failure::new(format!("{} rules of the house are broken.", wrong.len())))
}

/// The crates of this platform only: the others would have to be downloaded just to be looked at.
fn metadata() -> Result<String, Failure> {
    let compiler = Run::new("rustc").arg("-vV").output()?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned();
    cargo().words("metadata --format-version 1 --locked --filter-platform").arg(host).output()
}
