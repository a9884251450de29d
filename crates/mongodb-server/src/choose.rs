//! Which server it is going to be, decided from what is set and what is there.

use std::path::PathBuf;

/// What somebody set and what the path has.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// `CALLBOARD_TEST_MONGODB_URI`.
    pub(crate) uri: Option<String>,
    /// `CALLBOARD_MONGOD`.
    pub(crate) mongod: Option<PathBuf>,
    /// The `mongod` on the path.
    pub(crate) mongod_on_path: Option<PathBuf>,
}

/// The server to use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// One that runs already.
    Running { uri: String },
    /// A `mongod` to be started.
    Mongod(PathBuf),
    /// The stand-in.
    StandIn,
}

/// The first that is there.
pub(crate) fn choose(around: Around) -> Choice {
    if let Some(uri) = around.uri {
        return Choice::Running { uri };
    }
    around.mongod.or(around.mongod_on_path).map_or(Choice::StandIn, Choice::Mongod)
}

impl Around {
    /// What is set and there on this machine.
    pub(crate) fn look() -> Self {
        Self {
            uri: setting("CALLBOARD_TEST_MONGODB_URI").and_then(|uri| uri.into_string().ok()),
            mongod: setting("CALLBOARD_MONGOD").map(PathBuf::from),
            mongod_on_path: on_path("mongod"),
        }
    }
}

/// Where a program is on the path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = setting("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn setting(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_there() {
        let set = |uri: &str, mongod: &str, on_path: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            choose(Around {
                uri: some(uri),
                mongod: some(mongod).map(PathBuf::from),
                mongod_on_path: some(on_path).map(PathBuf::from),
            })
        };
        let running = Choice::Running { uri: "mongodb://a".to_owned() };
        assert_eq!(set("mongodb://a", "/b/mongod", "/c/mongod"), running);
        assert_eq!(set("", "/b/mongod", "/c/mongod"), Choice::Mongod("/b/mongod".into()));
        assert_eq!(set("", "", "/c/mongod"), Choice::Mongod("/c/mongod".into()));
        assert_eq!(set("", "", ""), Choice::StandIn);
    }
}
