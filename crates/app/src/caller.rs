//! Who asks, and by which right.

use model::Id;
use model::documents::{Role, TokenScope};

/// From where a change comes, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A browser with a session.
    Web,
    /// A script with a token.
    Api,
    /// The command line.
    Cli,
    /// A read from Outlook.
    Outlook,
    /// A background job.
    Job,
}

impl Source {
    /// The word in the audit log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Outlook => "outlook",
            Self::Job => "job",
        }
    }
}

/// By what the caller proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A session cookie; the session's id.
    Session(Id),
    /// A bearer token; its id and what it may do.
    Token(Id, TokenScope),
    /// The operator at the command line.
    Operator,
}

/// Who asks. Made only after the session or token was checked against the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub user_id: Id,
    /// What the person may do, as the store says now.
    pub role: Role,
    /// By what they proved it.
    pub via: Via,
}

impl Caller {
    /// Whether they are an administrator.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// From where their changes come.
    pub fn source(&self) -> Source {
        match self.via {
            Via::Session(_) => Source::Web,
            Via::Token(..) => Source::Api,
            Via::Operator => Source::Cli,
        }
    }
}
