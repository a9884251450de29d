//! People and how they prove who they are: sign-in, sessions, tokens, administrators, and the audit log.

pub mod admin_link;
pub mod audit;
pub mod digest;
pub mod idempotency;
pub mod me;
mod one_time;
pub mod return_to;
pub mod sessions;
pub mod sign_in;
pub mod tidy;
pub mod tokens;
pub mod users;
