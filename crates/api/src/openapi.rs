//! The OpenAPI 3.1 document: what is true of the whole, and the error answers operations name as one.

use std::collections::BTreeMap;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response,
    ResponseBuilder, SecurityRequirement,
};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::codes::CODES;
use crate::problem::ProblemBody;
use crate::router;

/// The OpenAPI document of everything under `/api/v1`.
pub fn openapi() -> OpenApi {
    router::table().into_openapi()
}

/// What stands around the operations.
pub(crate) fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Callboard")
        .version("1")
        .description(Some(DESCRIPTION))
        .license(Some(
            LicenseBuilder::new().name("MIT OR Apache-2.0").identifier(Some("MIT OR Apache-2.0")).build(),
        ))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components()))
        .security(Some([
            SecurityRequirement::new("session", Vec::<String>::new()),
            SecurityRequirement::new("token", Vec::<String>::new()),
        ]))
        .build()
}

const DESCRIPTION: &str = "\
Ids have 24 hexadecimal digits. Instants are RFC 3339 in UTC; all-day dates are dates. Absent optional fields are left \
out.\n\nListings answer `{items, next_cursor}`; send `next_cursor` as `cursor` for the next page and stop when it is \
null.\n\n`If-Match` with the `ETag` that was read guards a change: it answers 412 and changes nothing when somebody was faster. \
Tokens and sessions are ended whatever became of them.\n\nA POST with an `Idempotency-Key` of yours can be repeated for a \
day: the answer has what was made the first time, and nothing is made again. Those that make nothing take no key: \
`/sync/runs`, `/sync/held-deletions/{id}`, `/exports/{id}/cancel`, `/events/{id}/restore`, `/auth/logout` and \
`/auth/admin-link/{code}`; repeated, they change nothing more.\n\nEvery answer below `/api/v1` and `/auth` says in \
`RateLimit` and `RateLimit-Policy` how many requests are left to your address and, once you are known, to your account. \
Too many are answered 429 with `Retry-After`, as is all that passes by itself (503). `/healthz`, `/readyz` and \
`/metrics` are not limited: supervisors ask them by the clock.\n\nEvery error is `application/problem+json` (RFC 9457) with a stable `code`. A record of somebody else answers \
404, like one that does not exist.\n\nBrowsers use the session cookie and repeat `csrf_token` of `/me` in `X-CSRF-Token` \
for every change; scripts send `Authorization: Bearer cb_…`.";

fn components() -> Components {
    let mut components = Components::new();
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A personal access token; the scope `write` is needed for changes."))
        .build();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    let cookie = ApiKeyValue::with_description(
        "__Host-callboard_session",
        "The session cookie; changes also need the header `X-CSRF-Token`. Under a sub-path its name ends with that, and \
         over http it has no `__Host-`.",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for (status, name, _) in ERRORS {
        components.responses.insert((*name).to_owned(), error_response(*status).into());
    }
    components
}

/// Shared error answers: status, name, and which sets they belong to.
const ERRORS: &[(u16, &str, u8)] = &[
    (400, "BadRequest", LIST | WRITE),
    (401, "NotSignedIn", READ | LIST | ITEM | WRITE),
    (403, "Forbidden", READ | LIST | ITEM | WRITE),
    (404, "NotFound", ITEM | WRITE),
    (409, "Conflict", WRITE),
    (410, "Gone", WRITE),
    (412, "Stale", WRITE),
    (413, "TooLarge", WRITE),
    (415, "WrongContentType", WRITE),
    (422, "Invalid", WRITE | LIST),
    (429, "TooManyRequests", READ | LIST | ITEM | WRITE),
    (500, "Internal", READ | LIST | ITEM | WRITE),
    (502, "ProviderRefused", WRITE),
    (503, "Unavailable", READ | LIST | ITEM | WRITE),
    (507, "DiskFull", WRITE),
];

const READ: u8 = 1;
const LIST: u8 = 2;
const ITEM: u8 = 4;
const WRITE: u8 = 8;

fn error_response(status: u16) -> Response {
    let codes: Vec<String> = CODES
        .iter()
        .filter(|code| code.status.as_u16() == status)
        .map(|code| format!("`{}`: {}", code.name, code.title))
        .collect();
    ResponseBuilder::new()
        .description(codes.join("; "))
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build(),
        )
        .build()
}

fn errors(set: u8) -> BTreeMap<String, RefOr<Response>> {
    ERRORS
        .iter()
        .filter(|(_, _, sets)| sets & set != 0)
        .map(|(status, name, _)| (status.to_string(), Ref::from_response_name(*name).into()))
        .collect()
}

/// How reading something fixed can fail.
pub(crate) struct ReadErrors;
/// How a listing can fail.
pub(crate) struct ListErrors;
/// How reading one thing by its id can fail.
pub(crate) struct ItemErrors;
/// How a change can fail.
pub(crate) struct WriteErrors;

impl IntoResponses for ReadErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(READ)
    }
}
impl IntoResponses for ListErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(LIST)
    }
}
impl IntoResponses for ItemErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(ITEM)
    }
}
impl IntoResponses for WriteErrors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors(WRITE)
    }
}
