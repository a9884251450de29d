//! The command line, as people type it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Callboard: the operations calendar for venues and event teams.
#[derive(Debug, Parser)]
#[command(
    name = "callboard",
    version,
    about = "Callboard: the operations calendar for venues and event teams",
    after_help = "Settings come from flags, the environment (CALLBOARD_…) and a TOML file: see `callboard config show`.\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.",
    max_term_width = 110
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Configuration file (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where data is kept: `sqlite:PATH`.
    #[arg(long, global = true, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// Answer in JSON, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server: API, web app, background sync.
    Serve(Serve),
    /// Try it: a server with a simulated Outlook and three people, nothing to set up.
    Demo(Demo),
    /// Run only the simulated Outlook.
    Simulate(Simulate),
    /// Read calendars from Outlook now.
    Sync(Sync),
    /// Show or apply changes of the stored form.
    Migrate {
        #[command(subcommand)]
        action: Migrate,
    },
    /// Write events or people to a file. Internal fields are in it, marked in the head; secrets are not.
    Export(Export),
    /// Fill the store with development data, the same for the same seed.
    Seed(Seed),
    /// Tokens for scripts.
    Tokens {
        #[command(subcommand)]
        action: Tokens,
    },
    /// People.
    Users {
        #[command(subcommand)]
        action: Users,
    },
    /// Keys that seal provider tokens.
    Keys {
        #[command(subcommand)]
        action: Keys,
    },
    /// Check configuration, clock, disk, store, keys and Outlook; say what to do about each finding.
    Doctor {
        /// A text for a bug report, secrets masked.
        #[arg(long)]
        report: bool,
    },
    /// Show or check the configuration.
    Config {
        #[command(subcommand)]
        action: Config,
    },
    /// Print the OpenAPI 3.1 document of the API.
    Openapi,
    /// Print the completions for a shell.
    Completions {
        /// bash, elvish, fish, powershell or zsh.
        shell: clap_complete::Shell,
    },
}

/// Flags of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Apply pending migrations before serving.
    #[arg(long)]
    pub(crate) migrate: bool,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Port of the web app.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Port of the simulated Outlook; 0 for any free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) graph_port: u16,
    /// Folder for the demo's data; made anew at every start.
    #[arg(long, default_value = "target/demo", value_name = "DIR")]
    pub(crate) data: PathBuf,
}

/// Flags of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Port of the simulated Outlook.
    #[arg(long, default_value_t = 9090)]
    pub(crate) graph_port: u16,
    /// Faults to play from the start: a JSON file as `POST /_sim/faults` takes it.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Seed of the simulated people's events.
    #[arg(long, default_value_t = 1)]
    pub(crate) random_seed: u64,
    /// Start with nobody in it.
    #[arg(long)]
    pub(crate) empty: bool,
}

/// Flags of `sync`.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Only this person's calendars.
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
    /// Only this calendar.
    #[arg(long, value_name = "ID")]
    pub(crate) calendar: Option<model::Id>,
    /// Print the plan and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Read from the start and compare everything.
    #[arg(long)]
    pub(crate) full: bool,
}

/// Actions of `migrate`.
#[derive(Debug, Subcommand)]
pub(crate) enum Migrate {
    /// What is applied and what is pending.
    Status,
    /// Apply what is pending.
    Up {
        /// Only up to this number.
        #[arg(long, value_name = "N")]
        to: Option<u32>,
        /// Say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Take migrations back.
    Down {
        /// Down to this number.
        #[arg(long, value_name = "N")]
        to: Option<u32>,
        /// Say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Flags of `export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// What to write: events (series as their masters) or people.
    #[arg(long = "type", value_enum)]
    pub(crate) kind: ExportKind,
    /// How to write it: a table (csv), one JSON object a line (ndjson), one JSON object (json), a workbook (xlsx).
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub(crate) format: ExportFormat,
    /// Only events that end after this: a date (midnight in UTC) or an instant.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub(crate) from: Option<jiff::Timestamp>,
    /// Only events that begin before this.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub(crate) to: Option<jiff::Timestamp>,
    /// Only of this person; may be given again.
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Vec<String>,
    /// Only in this category, Outlook's or the house's; may be given again.
    #[arg(long)]
    pub(crate) category: Vec<String>,
    /// Only at this location; may be given again.
    #[arg(long)]
    pub(crate) location: Vec<String>,
    /// The file. It appears when it is whole.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// What can be exported.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ExportKind {
    Events,
    Users,
}

impl From<ExportKind> for model::documents::ExportType {
    fn from(kind: ExportKind) -> Self {
        match kind {
            ExportKind::Events => Self::Events,
            ExportKind::Users => Self::Users,
        }
    }
}

/// How an export can be written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    Csv,
    Ndjson,
    Json,
    Xlsx,
}

impl From<ExportFormat> for app::exports::Format {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Ndjson => Self::Ndjson,
            ExportFormat::Json => Self::Json,
            ExportFormat::Xlsx => Self::Xlsx,
        }
    }
}

/// An instant, or a date for its midnight in UTC.
fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10);
    let midnight = date.and_then(app::records::events::view::midnight);
    midnight.or_else(|| text.parse().ok()).ok_or_else(|| {
        "it must be a date such as 2026-11-23 or an instant such as 2026-11-23T09:00:00Z".to_owned()
    })
}

/// Flags of `seed`.
#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// How many people.
    #[arg(long, default_value_t = 3)]
    pub(crate) users: u32,
    /// How many events in all.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) events: u64,
    /// Over how many years.
    #[arg(long, default_value_t = 2)]
    pub(crate) years: u32,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1)]
    pub(crate) random_seed: u64,
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
    },
    /// Make an administrator an ordinary user.
    Demote {
        /// Who.
        email: String,
    },
    /// Shut somebody out: sessions and tokens end at once.
    Disable {
        /// Who.
        email: String,
    },
    /// Let somebody in again.
    Enable {
        /// Who.
        email: String,
    },
    /// Delete somebody with all their calendars and events here. Nothing is deleted at Outlook.
    Delete {
        /// Who.
        email: String,
        /// Really do it.
        #[arg(long)]
        yes: bool,
    },
    /// Print a link that makes the person who opens it and signs in an administrator. It works once.
    AdminLink,
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
    Rotate,
    /// Which keys are configured, and how many secrets each has sealed.
    Status,
}

/// Actions of `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Every setting: its value, where it comes from, secrets masked.
    Show,
    /// Whether the configuration can be used.
    Check,
    /// The reference of all settings, in Markdown.
    Reference,
}
