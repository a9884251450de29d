//! Whether what is stored is right: every document as declared, every reference leading somewhere, nothing twice, counts
//! and derived fields as they would be made anew, indexes as declared. And mending what is safe to mend.
//!
//! A look streams everything and keeps a few bytes a document. Mending touches only what can be had again (counts,
//! derived fields, declared indexes and validators) and what leads nowhere in small collections of our own; never an
//! event's own data.

mod documents;
mod known;
mod layout;
mod orphans;
mod repair;

use model::Id;
use serde::Serialize;

pub use documents::{look, look_keeping};
pub use layout::look as look_at_layout;
pub use repair::{Repaired, repair};

/// So many findings of one look are kept; the rest is counted.
const KEPT: usize = 10_000;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// A document is not as declared.
    Malformed,
    /// A document refers to one that is gone.
    Orphan,
    /// Two documents are of one provider item.
    Duplicate,
    /// A count of uses is wrong.
    UsageCount,
    /// A derived field is not what the others make it.
    Derived,
    /// An index or a validator is not as declared.
    Layout,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 6] =
        [Self::Malformed, Self::Orphan, Self::Duplicate, Self::UsageCount, Self::Derived, Self::Layout];

    /// What is looked at, in few words.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Malformed => "documents as declared",
            Self::Orphan => "references",
            Self::Duplicate => "provider items once",
            Self::UsageCount => "usage counts",
            Self::Derived => "derived fields",
            Self::Layout => "indexes and validators",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub check: Check,
    /// In which collection.
    pub collection: String,
    /// Which document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<Id>,
    /// What was found. Never a value of a document.
    pub found: String,
    /// What to do.
    pub fix: &'static str,
    /// Whether `--repair` mends it.
    pub is_repairable: bool,
    #[serde(skip)]
    mending: Option<repair::Mending>,
    /// Of an orphan: what it leads to.
    #[serde(skip)]
    orphan: Option<orphans::Orphan>,
}

/// What a look came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// How many documents were looked at.
    pub documents: u64,
    /// What is wrong, in the order it was met or confirmed; not more than ten thousand.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.more == 0
    }

    /// How many findings can be mended.
    pub fn repairable(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_repairable).count()
    }
}

/// What a look has come to so far.
#[derive(Debug)]
struct Collected {
    report: Report,
    /// What seems to lead nowhere and is not confirmed yet: in a list of its own, so that what is taken back afterwards has
    /// had no other's place.
    orphans: Vec<Finding>,
    /// So many findings are kept.
    most: usize,
}

impl Collected {
    fn new(most: usize) -> Self {
        Self { report: Report::default(), orphans: Vec::new(), most }
    }

    fn add(&mut self, finding: Finding) {
        if self.is_full() {
            // Of what seems to lead nowhere some may not be wrong, but here enough is.
            self.report.more += 1;
        } else if finding.orphan.is_some() {
            self.orphans.push(finding);
        } else {
            self.report.findings.push(finding);
        }
    }

    /// Whether what is found from now on is only counted.
    fn is_full(&self) -> bool {
        self.report.findings.len() >= self.most
    }

    /// Whether what seems to lead nowhere is to be confirmed before more of it is met.
    fn wants_confirmation(&self) -> bool {
        self.orphans.len() >= self.most
    }
}
