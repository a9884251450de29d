//! The HTTP edge: extracts, calls a use case, answers.
//!
//! Start reading in [`router`](mod@router), which is a table. One folder a resource, one file an operation: its input,
//! its API description, its handler. Rules live in `app`; errors are translated once, in [`problem`].

// Helpers every operation uses: access, json, params, etag, idempotency, problem, openapi (error sets).
mod access;
mod codes;
mod cookies;
mod etag;
mod idempotency;
mod json;
mod me;
mod openapi;
mod options;
mod params;
mod problem;
mod request_id;
mod router;
mod state;

pub use openapi::openapi;
pub use options::ApiOptions;
pub use router::router;
