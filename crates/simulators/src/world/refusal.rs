//! Why the world refuses something, in the words of Graph.

/// A refusal: HTTP status, Graph's code and message. The HTTP side wraps it into the envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} ({status}): {message}")]
pub struct Refusal {
    /// The HTTP status Graph answers with.
    pub status: u16,
    /// Graph's error code, such as `ErrorItemNotFound`.
    pub code: &'static str,
    /// Graph's message.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    }

    pub(crate) fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    /// Graph never says which property it was.
    pub(crate) fn invalid_property() -> Self {
        Self::new(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")
    }

    pub(crate) fn undeserializable() -> Self {
        Self::new(400, "UnableToDeserializePostBody", "were unable to deserialize ")
    }

    pub(crate) fn unknown_zone(name: &str) -> Self {
        Self::new(
            400,
            "TimeZoneNotSupportedException",
            format!(
                "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
            ),
        )
    }

    pub(crate) fn access_denied() -> Self {
        Self::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    }

    pub(crate) fn crossing_boundary() -> Self {
        Self::new(
            400,
            "ErrorOccurrenceCrossingBoundary",
            "Modified occurrence is crossing or overlapping adjacent occurrence.",
        )
    }

    pub(crate) fn change_key_mismatch() -> Self {
        Self::new(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request \
             does not match the current change key for the item.",
        )
    }

    pub(crate) fn duplicate_transaction() -> Self {
        Self::new(
            409,
            "ErrorDuplicateTransactionId",
            "Your request can't be completed. The TransactionId specified in the request has already been used \
             to create a different event.",
        )
    }

    pub(crate) fn badly_formed_token() -> Self {
        Self::new(400, "BadRequest", "Badly formed token.")
    }
}
