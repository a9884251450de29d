//! What an operator may set for Outlook, and the addresses that follow from it.
//!
//! Both base addresses are options, so the national clouds and the simulator need no special case.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use url::{Host, Url};

use super::links::LinkBase;

/// The authority of the worldwide cloud.
pub const WORLDWIDE_AUTHORITY: &str = "https://login.microsoftonline.com";

/// The Graph address of the worldwide cloud.
pub const WORLDWIDE_GRAPH: &str = "https://graph.microsoft.com";

/// Gives the present instant.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Gives a fresh id for one request, sent as `client-request-id` (a UUID in text form).
pub type RequestIds = Arc<dyn Fn() -> String + Send + Sync>;

/// Everything the provider needs to know; made by the caller, who alone reads configuration.
#[derive(Clone)]
pub struct OutlookOptions {
    /// The application's id as registered with Entra.
    pub client_id: String,
    /// The application's secret; `None` for a public client.
    pub client_secret: Option<SecretString>,
    /// `common`, `organizations`, `consumers`, or one tenant's id or domain.
    pub tenant: String,
    /// Base of the sign-in addresses, without the tenant: `https://login.microsoftonline.com`.
    pub authority_url: String,
    /// Base of Graph: `https://graph.microsoft.com`, with or without the version `/v1.0`.
    pub graph_url: String,
    /// Asks for the right to change calendars. Off: the read path's rights only.
    pub may_write: bool,
    /// The clock.
    pub clock: Clock,
    /// The source of request ids.
    pub request_ids: RequestIds,
    /// Time and size limits.
    pub limits: Limits,
}

/// Bounds on what one answer may cost us.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest wait for a connection, TLS included.
    pub connect_timeout: Duration,
    /// Longest silence while an answer is under way.
    pub read_timeout: Duration,
    /// Longest whole exchange, from sending to the last byte.
    pub total_timeout: Duration,
    /// Most bytes of one answer, counted after decompression.
    pub max_body_bytes: usize,
    /// Items asked for in one page (`odata.maxpagesize`).
    pub page_size: u32,
    /// Most pages of a list of calendars.
    pub max_calendar_pages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(120),
            max_body_bytes: 16 * 1024 * 1024,
            page_size: 50,
            max_calendar_pages: 100,
        }
    }
}

/// Shows what is set, never the secret.
impl fmt::Debug for OutlookOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutlookOptions")
            .field("client_id", &self.client_id)
            .field("has_client_secret", &self.client_secret.is_some())
            .field("tenant", &self.tenant)
            .field("authority_url", &self.authority_url)
            .field("graph_url", &self.graph_url)
            .field("may_write", &self.may_write)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Why options cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// An address is not one we can send tokens to.
    #[error(
        "the Outlook option {option} is not usable: {reason}; give an https address (http only on this machine)"
    )]
    Address {
        /// Which option.
        option: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The tenant is not a name that fits into an address.
    #[error(
        "the Outlook tenant is not usable; give common, organizations, consumers, or the id or domain of one tenant"
    )]
    Tenant,
    /// The client id is empty.
    #[error("the Outlook client id is empty; give the application id that Entra shows")]
    ClientId,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be prepared: {0}; check the certificates of this machine")]
    Http(String),
}

/// The addresses that follow from the options.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) authorize: Url,
    pub(super) token: Url,
    pub(super) graph: LinkBase,
}

impl Endpoints {
    pub(super) fn new(options: &OutlookOptions) -> Result<Self, OptionsError> {
        if options.client_id.trim().is_empty() {
            return Err(OptionsError::ClientId);
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let only_dots = options.tenant.chars().all(|c| c == '.');
        if only_dots || !options.tenant.chars().all(fits) {
            return Err(OptionsError::Tenant);
        }
        let authority = base_url("authority_url", &options.authority_url)?;
        let graph_url = options.graph_url.trim_end_matches('/');
        let graph = base_url("graph_url", graph_url.strip_suffix("/v1.0").unwrap_or(graph_url))?;
        Ok(Self {
            authorize: below(&authority, &[&options.tenant, "oauth2", "v2.0", "authorize"]),
            token: below(&authority, &[&options.tenant, "oauth2", "v2.0", "token"]),
            graph: LinkBase::new(graph),
        })
    }
}

/// Reads a base address: https, or http on loopback; no user, query or fragment.
fn base_url(option: &'static str, text: &str) -> Result<Url, OptionsError> {
    let refuse = |reason: &str| OptionsError::Address { option, reason: reason.to_owned() };
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(refuse("it names no host")),
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err(refuse("it would send tokens in clear text")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it holds a user name or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it holds a query or a fragment"));
    }
    Ok(url)
}

/// Appends path segments, each percent-encoded.
pub(super) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // Only addresses without a host refuse segments, and those were turned away above.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}
