//! The table of error codes: every code the API answers with, its status and its title.
//!
//! Codes are stable: scripts branch on them. A use case may bring a code of its own; one that is not listed here gets
//! the status of its kind, and belongs here.

use http::StatusCode;

/// A code of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    /// What scripts branch on.
    pub(crate) name: &'static str,
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// What it means, in few words, the same for every occasion.
    pub(crate) title: &'static str,
}

const fn code(name: &'static str, status: StatusCode, title: &'static str) -> Code {
    Code { name, status, title }
}

/// Every code.
pub(crate) const CODES: &[Code] = &[
    code("malformed_json", StatusCode::BAD_REQUEST, "The body is not JSON"),
    code("malformed_cursor", StatusCode::BAD_REQUEST, "The cursor is not one of this listing"),
    code("invalid_parameters", StatusCode::BAD_REQUEST, "The query parameters are wrong"),
    code("malformed_if_match", StatusCode::BAD_REQUEST, "If-Match is not an ETag of ours"),
    code("not_signed_in", StatusCode::UNAUTHORIZED, "Not signed in"),
    code("forbidden", StatusCode::FORBIDDEN, "Not allowed"),
    code("token_scope", StatusCode::FORBIDDEN, "The token's scope does not allow this"),
    code("csrf_token", StatusCode::FORBIDDEN, "The CSRF token is missing or wrong"),
    code("foreign_origin", StatusCode::FORBIDDEN, "The request comes from another site"),
    code("account_disabled", StatusCode::FORBIDDEN, "The account is disabled"),
    code("sign_in_over", StatusCode::FORBIDDEN, "The sign-in is over"),
    code("sign_in_refused", StatusCode::FORBIDDEN, "The sign-in was refused"),
    code("missing_scope", StatusCode::FORBIDDEN, "Outlook did not grant what Callboard needs"),
    code("not_found", StatusCode::NOT_FOUND, "Not found"),
    code("no_such_route", StatusCode::NOT_FOUND, "There is no such address"),
    code("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "The method does not fit the address"),
    code("conflict", StatusCode::CONFLICT, "It cannot be done in the present state"),
    code("duplicate", StatusCode::CONFLICT, "There is already one like it"),
    code("name_taken", StatusCode::CONFLICT, "The name is taken"),
    code("still_in_use", StatusCode::CONFLICT, "It is still in use"),
    code("outlook_read_only", StatusCode::CONFLICT, "Nothing is written to Outlook yet"),
    code("event_removed", StatusCode::CONFLICT, "The event was removed"),
    code("event_archived", StatusCode::CONFLICT, "The event is in the archive"),
    code("series_removed", StatusCode::CONFLICT, "The series was removed"),
    code("series_has_exceptions", StatusCode::CONFLICT, "The series has changed occurrences"),
    code("not_synced", StatusCode::CONFLICT, "The calendar is not synced"),
    code("being_deleted", StatusCode::CONFLICT, "It is being deleted"),
    code("last_admin", StatusCode::CONFLICT, "The last administrator stays one"),
    code("too_many_tokens", StatusCode::CONFLICT, "Too many tokens"),
    code("reconnect_needed", StatusCode::CONFLICT, "The calendar provider must be connected again"),
    code("email_taken", StatusCode::CONFLICT, "Another account has the mail address"),
    code("too_many_exports", StatusCode::CONFLICT, "Too many exports wait"),
    code("export_over", StatusCode::CONFLICT, "The export has ended"),
    code("export_not_ready", StatusCode::CONFLICT, "The export is not written yet"),
    code("export_gone", StatusCode::GONE, "The file of the export is gone"),
    code("link_over", StatusCode::GONE, "The link is over"),
    code("stale", StatusCode::PRECONDITION_FAILED, "It was changed meanwhile"),
    code("body_too_large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
    code("wrong_content_type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body has the wrong content type"),
    code(
        "range_not_satisfiable",
        StatusCode::RANGE_NOT_SATISFIABLE,
        "The range lies behind the end of the file",
    ),
    code("invalid_fields", StatusCode::UNPROCESSABLE_ENTITY, "Some fields are wrong"),
    code("unknown_fields", StatusCode::UNPROCESSABLE_ENTITY, "Some fields are not known"),
    code(
        "shared_fields_read_only",
        StatusCode::UNPROCESSABLE_ENTITY,
        "Fields shared with Outlook are read-only",
    ),
    code("idempotency_key_reused", StatusCode::UNPROCESSABLE_ENTITY, "The idempotency key was used before"),
    code("too_many_requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
    code("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something is broken on the server"),
    code("provider_refused", StatusCode::BAD_GATEWAY, "The calendar provider refused"),
    code("provider_unavailable", StatusCode::SERVICE_UNAVAILABLE, "The calendar provider does not answer"),
    code("outlook_not_configured", StatusCode::SERVICE_UNAVAILABLE, "Outlook is not configured"),
    code("store_unavailable", StatusCode::SERVICE_UNAVAILABLE, "The store does not answer"),
    code("timeout", StatusCode::SERVICE_UNAVAILABLE, "The request took too long"),
    code("disk_full", StatusCode::INSUFFICIENT_STORAGE, "The disk is full"),
];

/// The code of this name; `otherwise` gives status and title when it is not listed.
pub(crate) fn find(name: &'static str, otherwise: &'static str) -> Code {
    let listed = |wanted: &str| CODES.iter().find(|code| code.name == wanted).copied();
    listed(name).or_else(|| listed(otherwise).map(|kind| Code { name, ..kind })).unwrap_or(code(
        "internal",
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something is broken on the server",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_words() {
        let mut names: Vec<_> = CODES.iter().map(|code| code.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CODES.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    }

    #[test]
    fn an_unlisted_code_gets_the_status_of_its_kind() {
        let code = find("something_of_a_use_case", "conflict");
        assert_eq!((code.name, code.status), ("something_of_a_use_case", StatusCode::CONFLICT));
    }
}
