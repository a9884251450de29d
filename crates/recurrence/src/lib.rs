//! Recurrence rules, their occurrences in a window, provider patterns, time zones.
//!
//! Pure code: no clock, no network, no store. Three readings of the same series meet here:
//!
//! - [`Rule`]: the RRULE subset that Google, Graph and calendar files of the trade use (RFC 5545 3.3.10).
//! - [`graph`]: Microsoft Graph's `patternedRecurrence`.
//! - [`simple`]: the pattern of the specification, with a mark that says whether it tells the whole truth.
//!
//! [`Series`] expands a rule from its [`Anchor`] and jumps straight to the window that is asked for. What a
//! rule says that we cannot expand is a typed [`RuleError::Unsupported`], never an approximation.
//!
//! Where the standards leave a choice, this crate does what Outlook and Google do:
//!
//! - An occurrence inside a gap of daylight saving time moves forward (02:30 becomes 03:30), and one inside an
//!   overlap takes the first of the two instants. (RFC 5545 would drop the former.)
//! - COUNT counts the occurrences of the rule, cancelled ones included.
//! - An occurrence ends by the clock on the wall too ([`Length`]).
//! - A start that its own rule does not match is not an occurrence, and COUNT does not count it.
//! - YEARLY with BYMONTHDAY and no BYMONTH means those days of every month.
//!
//! ```
//! use recurrence::{Anchor, Rule, Series};
//!
//! let rule = Rule::parse("RRULE:FREQ=MONTHLY;BYDAY=2TU")?;
//! let zone = recurrence::zones::resolve("W. Europe Standard Time")?.tz;
//! let series = Series::new(&rule, Anchor::Zoned { local: "2017-01-10T09:00".parse()?, zone })?;
//! let november = series.starts_between("2026-11-01T00:00Z".parse()?, "2026-12-01T00:00Z".parse()?);
//! assert_eq!(november.map(|slot| slot.start.to_string()).collect::<Vec<_>>(), ["2026-11-10T08:00:00Z"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anchor;
mod days;
mod error;
pub mod graph;
mod length;
mod lines;
mod month_end;
mod rule;
mod series;
pub mod simple;
mod weekday;
pub mod zones;

pub use anchor::Anchor;
pub use error::RuleError;
pub use length::Length;
pub use lines::{LineTime, RuleLines};
pub use rule::{ByDay, End, Frequency, Rule, Until};
pub use series::{Series, Slot, Slots};
