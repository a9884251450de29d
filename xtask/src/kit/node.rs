//! The tools of the web app: Node, its packages, its scripts.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Done, Failure, Run, find_program, read, root, say, target};

/// The oldest Node the web app's tools run on.
const OLDEST: (u32, u32) = (20, 19);

const ADVICE: &str = "Install Node 20.19 or newer (https://nodejs.org) and run this again.";

/// Fails, with advice, unless a Node that is new enough is there.
pub(crate) fn require() -> Done {
    let Some(node) = find_program("node") else {
        return Err(Failure::new(format!(
            "The web app is built with Node, which is not on the path. {ADVICE}"
        )));
    };
    let version = Run::new(node).arg("--version").output()?;
    match parse(&version) {
        Some(found) if found >= OLDEST => Ok(()),
        _ => Err(Failure::new(format!("Node {} is too old for the web app. {ADVICE}", version.trim()))),
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Installs the packages of the lock file, unless that was done since it last changed.
pub(crate) fn install() -> Done {
    require()?;
    let lock = read(Path::new("web/package-lock.json"))?;
    let stamp = target().join("xtask/web-packages");
    let installed = root().join("web/node_modules/.package-lock.json");
    if installed.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|text| text == lock) {
        say::line("The web app's packages are those of the lock file.");
        return Ok(());
    }
    npm().arg("ci").run()?;
    let folder = stamp.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder
        .and_then(|()| std::fs::write(&stamp, lock))
        .map_err(|error| Failure::new(format!("{} could not be written: {error}.", stamp.display())))
}

/// Runs a script of `web/package.json`.
pub(crate) fn script(name: &str) -> Run {
    npm().words("run --silent").arg(name)
}

/// A program that came with the packages.
pub(crate) fn tool(name: &str) -> Run {
    npm().words("exec --offline --no").arg("--").arg(name)
}

/// Builds the web app into `web/dist`.
pub(crate) fn build() -> Done {
    install()?;
    script("build").run()
}

/// Builds the web app, unless nothing it is made of changed since the last time.
pub(crate) fn build_if_changed() -> Done {
    require()?;
    let web = root().join("web");
    let built = modified(&web.join("dist/index.html"));
    let sources = ["src", "public", "index.html", "package-lock.json", "vite.config.ts", "svelte.config.js"];
    let newest = sources.iter().filter_map(|name| newest_below(&web.join(name))).max();
    if built.is_some() && newest <= built {
        say::line("The web app is built already.");
        return Ok(());
    }
    build()
}

fn npm() -> Run {
    Run::new(if cfg!(windows) { "npm.cmd" } else { "npm" }).in_folder(&root().join("web"))
}

fn newest_below(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return modified(path);
    }
    let entries: Vec<PathBuf> = std::fs::read_dir(path).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
    entries.iter().filter_map(|entry| newest_below(entry)).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_read_and_compared() {
        for (text, is_enough) in [
            ("v20.19.0\n", true),
            ("v24.1.2", true),
            ("v20.18.3", false),
            ("v18.20.1", false),
            ("20.19", false),
        ] {
            assert_eq!(parse(text).is_some_and(|version| version >= OLDEST), is_enough, "{text}");
        }
    }
}
