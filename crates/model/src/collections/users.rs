//! People who signed in.

use super::{NAME, revision};
use crate::schema::{Collection, Key::Ascending, Kind, Origin, index, ours, spec};

/// `users` of the specification.
pub static USERS: Collection = Collection {
    name: "users",
    doc: "People who signed in, with their sealed provider tokens.",
    origin: Origin::Specification,
    fields: &[
        spec("_id", Kind::Id, "The document's id.").required(),
        spec("outlook_user_id", Kind::Text(255), "The person's id at Outlook.").required().not_blank(),
        spec("email", Kind::Email, "Mail address, lower case.").required(),
        spec("display_name", NAME, "Name as shown.").required(),
        spec("role", Kind::Enum(&["admin", "user"]), "What the person may do.").required(),
        spec("access_token", Kind::Text(16_384), "Outlook access token, sealed.").secret(),
        spec("refresh_token", Kind::Text(16_384), "Outlook refresh token, sealed.").secret(),
        spec("token_expires_at", Kind::Instant, "When the access token dies."),
        spec("google_connected", Kind::Bool, "Whether Google Calendar is connected.").required(),
        spec("google_access_token", Kind::Text(16_384), "Google access token, sealed.").secret(),
        spec("google_refresh_token", Kind::Text(16_384), "Google refresh token, sealed.").secret(),
        spec("created_at", Kind::Instant, "When the document was made.").required(),
        spec("updated_at", Kind::Instant, "When it was last changed.").required(),
        spec("last_login", Kind::Instant, "When the person last signed in."),
        ours("is_disabled", Kind::Bool, "Whether an administrator shut the person out.").required(),
        ours(
            "reconnect_reason",
            Kind::Text(1_000),
            "Why Outlook must be connected again; absent while it works.",
        )
        .multi_line(),
        ours("preferences", Kind::Json, "What the web app remembers for the person, wherever they sign in."),
        ours(
            "deletion_requested_at",
            Kind::Instant,
            "Since when the person is being deleted, with all that is theirs.",
        ),
        revision(),
    ],
    indexes: &[
        index(&[Ascending("outlook_user_id")]).unique(),
        index(&[Ascending("email")]).unique(),
        index(&[Ascending("role")]),
        index(&[Ascending("deletion_requested_at")]).sparse().ours(),
    ],
    cluster: &[],
};
