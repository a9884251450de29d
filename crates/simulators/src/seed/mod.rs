//! Worlds to begin with: the venue of the demo, and large mailboxes for load.
//!
//! Everything depends on the seed and on the given moment alone.

mod bulk;
mod demo;
mod life;
mod programme;
mod random;
mod regular;

pub use bulk::bulk;
pub use demo::{Seeded, demo_world};
pub use life::life;
