//! `callboard restore`: a backup in the place of the store.

use app::backup::{self, Origin};
use serde_json::json;

use crate::args::Restore;
use crate::backups::{self, Put};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{output, wiring};

pub(crate) async fn run(settings: &Effective, args: Restore, as_json: bool) -> Result<(), Failure> {
    // What would be refused after the work is refused before it.
    wiring::usable(settings)?;
    let origin = Origin { path: args.file.clone(), identity: args.identity };
    let shown = Progress::counting("read", "documents");
    let contents = backup::inspect(&origin, &mut |done| shown.show(done))?;
    if args.dry_run {
        shown.end();
        super::backup::show(&contents, as_json)?;
        if !as_json {
            output::line(format!(
                "{} is whole and could be restored. Nothing was changed.",
                args.file.display()
            ));
        }
        return Ok(());
    }
    let Put { restored, before: restore_point } =
        backups::put(settings, &contents, args.replace, &shown).await?;
    shown.end();
    let before =
        restore_point.as_ref().map(|path| format!(" What was there before is in {}.", path.display()));
    let sentence = format!(
        "{} documents were restored.{} Everybody signs in again. With the next sync every calendar is read from the start; \
         deletions wait for a person.",
        restored.documents,
        before.unwrap_or_default()
    );
    let value = json!({
        "documents": restored.documents, "made_at": restored.made_at, "restore_point": restore_point,
    });
    output::said(as_json, &value, sentence)
}
