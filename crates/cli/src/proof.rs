//! The daily proof that the backups which the server makes can be restored: the newest one is, into a scratch store, and
//! compared. What came of it is kept in the backups folder, for `doctor`.

use std::fs;
use std::path::{Path, PathBuf};

use app::App;
use app::backup::{self, Origin};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::backups::{self, Scratch};
use crate::failure::Failure;
use crate::settings::Effective;

/// Younger than this, a proof is of today: the next backup needs none. Less than a day, so that one that is made each night
/// is proved each night.
const OF_TODAY: SignedDuration = SignedDuration::from_hours(20);
const NAME: &str = ".proof.json";

/// What came of trying a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proof {
    /// The name of its file.
    pub(crate) backup: String,
    /// When that was.
    pub(crate) at: Timestamp,
    /// Why it could not be restored; absent when it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
}

impl Proof {
    /// Whether another one is wanted.
    fn is_over(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.at);
        // From ahead of now: a clock was wrong.
        self.failure.is_some() || age >= OF_TODAY || age.is_negative()
    }
}

/// The last one, if any can be read.
pub(crate) fn last(settings: &Effective) -> Option<Proof> {
    let text = fs::read_to_string(place(settings)).ok()?;
    serde_json::from_str(&text).ok()
}

/// Whether only the one who has the key can try it.
pub(crate) fn is_sealed(backup: &Path) -> bool {
    backup.extension().is_some_and(|ending| ending == "age")
}

/// Tries a backup that was just made, unless today's proof is there. One that is encrypted is for who has the key to try.
pub(crate) async fn daily(settings: &Effective, app: &App, backup: &Path) {
    if is_sealed(backup) || last(settings).is_some_and(|last| !last.is_over(app.now())) {
        return;
    }
    let name = backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failure = match restored(settings, backup).await {
        Ok(documents) => {
            tracing::info!(backup = %name, documents, "the backup was restored into a scratch store and is equal");
            None
        }
        Err(failure) => {
            tracing::error!(backup = %name, reason = failure.sentence(), "a backup could not be proved");
            Some(failure.sentence().to_owned())
        }
    };
    if let Err(error) = keep(settings, &Proof { backup: name, at: app.now(), failure }) {
        tracing::warn!(%error, "what came of proving a backup cannot be kept");
    }
}

async fn restored(settings: &Effective, backup: &Path) -> Result<u64, Failure> {
    let scratch = Scratch::new(settings)?;
    let (origin, store, runtime) = (Origin::from(backup), scratch.store()?, Handle::current());
    // Reading and unpacking block: on a thread of its own it holds up nobody who waits for the server.
    let verified = tokio::task::spawn_blocking(move || {
        runtime.block_on(backup::verify(&origin, store, &mut |_| {})).map(|contents| contents.documents)
    });
    Ok(verified.await.map_err(|error| Failure::failed(format!("proving a backup: {error}")))??)
}

fn keep(settings: &Effective, proof: &Proof) -> std::io::Result<()> {
    let (place, text) = (place(settings), serde_json::to_string(proof)?);
    let beside = place.with_extension("json.new");
    fs::write(&beside, text)?;
    fs::rename(beside, place)
}

fn place(settings: &Effective) -> PathBuf {
    backups::folder(settings).join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_wanted_each_day_and_after_a_failure() {
        let now: Timestamp = "2027-01-01T03:00:00Z".parse().unwrap();
        let proof = |hours_ago: i64, failure: Option<&str>| Proof {
            backup: "scheduled-20270101T030000.archive.gz".to_owned(),
            at: now - SignedDuration::from_hours(hours_ago),
            failure: failure.map(str::to_owned),
        };
        for (proof, is_over) in [
            (proof(1, None), false),
            (proof(19, None), false),
            (proof(20, None), true),
            (proof(-1, None), true),
            (proof(1, Some("it was cut")), true),
        ] {
            assert_eq!(proof.is_over(now), is_over, "{proof:?}");
        }
    }
}
