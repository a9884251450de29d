//! Who the server is: a MongoDB, or something that speaks like one.

use mongodb::bson::{Document, doc};

use crate::database::{client, told};
use crate::{Failure, blocking};

/// Name and version of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// What it calls itself.
    pub(crate) name: &'static str,
    /// Its version; of a stand-in, its own.
    pub(crate) version: String,
    /// The version of MongoDB it is or speaks like.
    pub(crate) speaks: String,
}

/// Asks the server.
pub(crate) fn ask(uri: &str) -> Result<Identity, Failure> {
    blocking(async {
        let answer = client(uri).await?.database("admin").run_command(doc! {"buildInfo": 1}).await;
        Ok(understand(&answer.map_err(told)?))
    })?
}

/// What an answer to `buildInfo` says.
fn understand(answer: &Document) -> Identity {
    let text = |name: &str| answer.get_str(name).ok().map(str::to_owned);
    let speaks = text("version").unwrap_or_else(|| "of no version".to_owned());
    let own = text("secantusVersion").map(|version| ("SecantusDB", version));
    let own = own.or_else(|| text("psmdbVersion").map(|version| ("Percona Server for MongoDB", version)));
    let (name, version) = own.unwrap_or_else(|| ("MongoDB", speaks.clone()));
    Identity { name, version, speaks }
}

impl Identity {
    /// Whether it only speaks like a MongoDB.
    pub(crate) fn is_stand_in(&self) -> bool {
        self.name == "SecantusDB"
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)?;
        if self.is_stand_in() {
            write!(f, ", a stand-in that speaks like MongoDB {}", self.speaks)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart() {
        for (answer, shown, is_stand_in) in [
            (doc! {"version": "7.0.14"}, "MongoDB 7.0.14", false),
            (
                doc! {"version": "4.4.29", "psmdbVersion": "4.4.29-28"},
                "Percona Server for MongoDB 4.4.29-28",
                false,
            ),
            (
                doc! {"version": "8.2.11", "secantusVersion": "0.7.0b3"},
                "SecantusDB 0.7.0b3, a stand-in that speaks like MongoDB 8.2.11",
                true,
            ),
        ] {
            let identity = understand(&answer);
            assert_eq!((identity.to_string().as_str(), identity.is_stand_in()), (shown, is_stand_in));
        }
    }
}
