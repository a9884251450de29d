//! `callboard store move`: from one engine to another, by a backup that is restored there.

use app::backup::{self, Occasion};
use serde_json::json;

use crate::backups::{self, Put};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, to: &str, dry_run: bool, as_json: bool) -> Result<(), Failure> {
    let mut target = settings.clone();
    target.set("store", to.to_owned());
    let source = wiring::open_store_untouched(settings).await?;
    let described = source.describe();
    let app = wiring::app(settings, source)?;
    if wiring::store_may_be_there(&target) {
        let there = wiring::open_store_as_it_is(&target).await?;
        if !backup::is_empty(&*there).await? && backup::unfinished(&*there).await?.is_none() {
            return Err(Failure::usage(
                "the store to move to is not empty; name another one. Nothing was changed",
            ));
        }
    }
    let shown = Progress::counting("backup", "documents");
    let (path, made) = backups::automatic(settings, &app, Occasion::BeforeMove, &shown).await?;
    drop(app);
    let contents = backup::inspect(&path.as_path().into(), &mut |done| shown.show(done))?;
    if dry_run {
        shown.end();
        let sentence = format!(
            "{} documents of {described} would be moved. A backup of them is in {}. Nothing else was changed.",
            made.documents,
            path.display()
        );
        return output::said(as_json, &json!({"documents": made.documents, "backup": path}), sentence);
    }
    let Put { restored, .. } = backups::put(&target, &contents, false, &shown).await?;
    shown.end();
    let sentence = format!(
        "{} documents were moved and compared. {described} was left as it was. Set CALLBOARD_STORE to the new store, and \
         start the server with it only.",
        restored.documents
    );
    output::said(as_json, &json!({"documents": restored.documents, "backup": path}), sentence)
}
