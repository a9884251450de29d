//! The HTTP edge: extracts, calls a use case, answers.
//!
//! Start reading in `router`, which is two tables. One folder a resource, one file an operation: its input, its API
//! description, its handler. Rules live in `app`; errors are translated once, in `problem`.

mod access;
mod admin;
mod answer;
mod auth;
mod calendars;
mod categories;
mod codes;
mod connections;
mod cookies;
mod declared;
mod docs;
mod etag;
mod events;
mod exports;
mod idempotency;
mod json;
mod locations;
mod me;
mod metrics;
mod middleware;
mod openapi;
mod operations;
mod options;
mod params;
mod problem;
mod request_id;
mod router;
mod sessions;
mod state;
mod stream;
mod sync;
mod tokens;

pub use openapi::openapi;
pub use options::ApiOptions;
pub use router::{router, serve};
