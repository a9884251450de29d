//! `callboard backup`: everything in one file, and the proof that it can be restored.

use std::path::Path;

use app::backup::{self, Contents, CreateOptions, Origin};

use crate::args::Backup;
use crate::backups::Scratch;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{out_file, output, wiring};

pub(crate) async fn run(settings: &Effective, action: Backup, as_json: bool) -> Result<(), Failure> {
    match action {
        Backup::Create { out, encrypt_to, replace, dry_run } => {
            out_file::refuse_the_store(settings, &out)?;
            let options = CreateOptions { replace, encrypt_to, ..CreateOptions::default() };
            if dry_run {
                return look(settings, &out, &options, as_json).await;
            }
            create(settings, &out, options, as_json).await
        }
        Backup::Verify { file, identity } => {
            verify(settings, &Origin { path: file, identity }, as_json).await
        }
    }
}

async fn create(
    settings: &Effective,
    out: &Path,
    options: CreateOptions,
    as_json: bool,
) -> Result<(), Failure> {
    let store = wiring::open_store_to_work(settings).await?;
    let app = wiring::app(settings, store)?;
    let shown = Progress::counting("backup", "documents");
    let progress = &mut |done| shown.show(done);
    let made = backup::create(&app, &wiring::operator(), out, &options, progress).await?;
    shown.end();
    let sentence = format!(
        "{} documents were written to {} ({} bytes, SHA-256 {}). The sealing keys are not in it: keep them elsewhere.",
        made.documents,
        out.display(),
        made.file_size,
        made.sha256
    );
    output::said(as_json, &made, sentence)
}

/// What would be written.
async fn look(
    settings: &Effective,
    out: &Path,
    options: &CreateOptions,
    as_json: bool,
) -> Result<(), Failure> {
    let app = wiring::app(settings, wiring::open_store_to_look(settings).await?)?;
    let shown = Progress::counting("backup", "documents");
    let progress = &mut |done| shown.show(done);
    let planned = backup::plan(&app, &wiring::operator(), out, options, progress).await?;
    shown.end();
    if as_json {
        return output::json(&planned);
    }
    let rows = planned.collections.iter().map(|one| [one.name.clone(), one.count.to_string()]);
    output::table(["collection", "documents"], rows);
    let place = if planned.replaces { ", in the place of the file that is there" } else { "" };
    output::line(format!(
        "{} documents would be written to {} (about {} bytes){place}. Nothing was written.",
        planned.documents, planned.path, planned.file_size
    ));
    Ok(())
}

async fn verify(settings: &Effective, origin: &Origin, as_json: bool) -> Result<(), Failure> {
    let scratch = Scratch::new(settings)?;
    let shown = Progress::counting("verify", "documents");
    let progress = &mut |done| shown.show(done);
    let contents = backup::verify(origin, scratch.store()?, progress).await?;
    shown.end();
    show(&contents, as_json)?;
    if !as_json {
        output::line(format!(
            "{} is whole: all {} documents were restored into a scratch store and are equal.",
            origin.path.display(),
            contents.documents
        ));
    }
    Ok(())
}

/// What is in a backup, collection by collection.
pub(super) fn show(contents: &Contents, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(contents);
    }
    let short = |digest: &str| digest.chars().take(16).collect();
    output::table(
        ["collection", "documents", "SHA-256"],
        contents
            .collections
            .iter()
            .map(|one| [one.name.to_owned(), one.count.to_string(), short(&one.sha256)]),
    );
    Ok(())
}
