//! Indexes and validators: what the engine says of its own catalogue, in words.

use store::{LayoutFinding, LayoutKind, StoreError};

use super::{Check, Finding, Repaired, Report};
use crate::App;

/// What is not as declared in how the collections are kept. Quick: no document is read.
pub async fn look(app: &App) -> Result<Vec<Finding>, StoreError> {
    Ok(app.store().inspect().await?.into_iter().map(finding).collect())
}

/// Has what a look found missing or different made as declared; answers what is so now. No document changes, so nothing is
/// noted in the audit log.
pub(super) async fn mend(app: &App, report: &Report) -> Result<Vec<Repaired>, StoreError> {
    let is_ours = |finding: &&Finding| finding.check == Check::Layout && finding.is_repairable;
    if !report.findings.iter().any(|finding| is_ours(&finding)) {
        return Ok(Vec::new());
    }
    app.store().mend().await?;
    let left = look(app).await?;
    let is_mended = |finding: &&Finding| left.iter().all(|left| left.found != finding.found);
    let repaired = |finding: &Finding| Repaired {
        check: Check::Layout,
        collection: finding.collection.clone(),
        document_id: None,
        done: format!("{}: made as declared", finding.found),
    };
    Ok(report.findings.iter().filter(is_ours).filter(is_mended).map(repaired).collect())
}

fn finding(found: LayoutFinding) -> Finding {
    let LayoutFinding { collection, kind, name } = found;
    let (what, fix) = match kind {
        LayoutKind::IndexMissing => (
            "is missing",
            "Searches are slow, and what must be unique is not kept so: run it again with --repair, which makes the index.",
        ),
        LayoutKind::IndexDiffers => (
            "has other keys or another uniqueness than declared",
            "Run it again with --repair, which makes the index anew.",
        ),
        LayoutKind::IndexExtra => (
            "is not declared",
            "It does no harm but slows writing; whoever made it can take it away with the tools of the database.",
        ),
        LayoutKind::ValidatorMissing => {
            ("has no validator", "Run it again with --repair, which sets the validator.")
        }
        LayoutKind::ValidatorDiffers => (
            "has another validator than declared",
            "Run it again with --repair, which sets the validator. If it comes back, something else sets it too.",
        ),
        LayoutKind::CollectionExtra => (
            "is not Callboard's",
            "It does no harm; whoever made it can take it away with the tools of the database.",
        ),
    };
    let is_repairable = !matches!(kind, LayoutKind::IndexExtra | LayoutKind::CollectionExtra);
    let found =
        if name == collection { format!("{name} {what}") } else { format!("{collection}: {name} {what}") };
    Finding {
        check: Check::Layout,
        collection,
        document_id: None,
        found,
        fix,
        is_repairable,
        mending: None,
        orphan: None,
    }
}
