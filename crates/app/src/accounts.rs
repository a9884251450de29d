//! People and how they prove who they are: sign-in, sessions, tokens, administrators, and the audit log.

pub mod audit;
pub mod digest;
pub mod idempotency;
pub mod me;
pub mod sessions;
pub mod tokens;
