//! The browser of the browser tests.

use std::path::PathBuf;

use super::apt;
use crate::kit::{Failure, find_program, setting};

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The browser that is there: the one at `CHROMIUM`, else on the path, else installed with apt where that is allowed.
pub(super) fn find_or_install() -> Result<PathBuf, Failure> {
    if let Some(chosen) = setting("CHROMIUM").or_else(|| setting("CALLBOARD_CHROMIUM")).map(PathBuf::from) {
        return if chosen.is_file() {
            Ok(chosen)
        } else {
            Err(Failure::new(format!("CHROMIUM is set to {}, but that is no file.", chosen.display())))
        };
    }
    if let Some(found) = on_path() {
        return Ok(found);
    }
    apt::install("chromium")?;
    on_path().ok_or_else(|| {
        Failure::new(
            "The browser tests need Chromium. Install it (on Debian: `apt-get install chromium`), or set CHROMIUM to \
             the path of a Chromium or Chrome, and run this again.",
        )
    })
}

fn on_path() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| find_program(name))
}
