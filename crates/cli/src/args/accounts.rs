//! Words about people, their tokens, and the keys that seal what is theirs.

use clap::{Args, Subcommand};

/// A look before the leap.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct DryRun {
    /// Check everything and say what would be done; write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Actions of `tokens`.
#[derive(Debug, Subcommand)]
pub(crate) enum Tokens {
    /// Make a token; it is printed once.
    Create {
        /// Whose token.
        #[arg(long, value_name = "EMAIL")]
        user: String,
        /// What it is for.
        #[arg(long, default_value = "command line")]
        name: String,
        /// A token that may only look.
        #[arg(long)]
        read_only: bool,
        /// After how many days it ends.
        #[arg(long, default_value_t = 90, value_name = "DAYS")]
        expires_in: u32,
        #[command(flatten)]
        dry: DryRun,
    },
    /// List tokens; never their secrets.
    List {
        /// Only of this person.
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
    },
    /// End a token at once.
    Revoke {
        /// The token's id, as `list` shows it.
        id: model::Id,
        #[command(flatten)]
        dry: DryRun,
    },
}

/// Actions of `users`.
#[derive(Debug, Subcommand)]
pub(crate) enum Users {
    /// List people.
    List,
    /// Make somebody an administrator.
    Promote {
        /// Who.
        email: String,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Make an administrator an ordinary user.
    Demote {
        /// Who.
        email: String,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Shut somebody out: sessions and tokens end at once.
    Disable {
        /// Who.
        email: String,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Let somebody in again.
    Enable {
        /// Who.
        email: String,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Delete somebody with all their calendars and events here. Nothing is deleted at Outlook.
    Delete {
        /// Who.
        email: String,
        /// Really do it.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        dry: DryRun,
    },
    /// Print a link that makes the person who opens it and signs in an administrator. It works once.
    AdminLink {
        #[command(flatten)]
        dry: DryRun,
    },
}

/// Actions of `keys`.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Print a new key for CALLBOARD_KEYS.
    Generate {
        /// The key's name; default: the date.
        #[arg(long)]
        id: Option<String>,
    },
    /// Seal every stored token with the newest key.
    Rotate {
        #[command(flatten)]
        dry: DryRun,
    },
    /// Which keys are configured, and how many secrets each has sealed.
    Status,
}
