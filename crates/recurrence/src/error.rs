//! Why a rule could not be read or expanded.

/// A recurrence rule that cannot be used, with the part that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The text breaks RFC 5545 or a limit of ours; nobody can have meant it.
    #[error(
        "recurrence part {part} cannot be read: {reason} (was {value:?}); correct the rule at its source"
    )]
    Invalid {
        /// Name of the part, such as `INTERVAL`.
        part: String,
        /// What stood there, shortened to 80 characters.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The rule is a sound one, but says something this crate does not expand: keep it as it is, show the
    /// instances the provider gives, and do not edit it here.
    #[error("recurrence part {part} is not supported: {reason}; the rule is kept as it was received")]
    Unsupported {
        /// Name of the part, such as `BYWEEKNO`.
        part: String,
        /// Why not.
        reason: String,
    },
}

impl RuleError {
    pub(crate) fn invalid(part: &str, value: &str, reason: &str) -> Self {
        Self::Invalid { part: shorten(part), value: shorten(value), reason: reason.to_owned() }
    }

    pub(crate) fn unsupported(part: &str, reason: &str) -> Self {
        Self::Unsupported { part: shorten(part), reason: reason.to_owned() }
    }
}

/// Hostile rules run to hundreds of kilobytes on one line; a message does not.
fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}
