//! Stand-ins for the calendar services that Callboard talks to, over real HTTP.
//!
//! A program of its own quality: `callboard simulate` runs it alone, the demo and the tests run it
//! inside themselves. It shares only the crate `recurrence` with the product, so that a mistake in
//! the product's wire types cannot hide behind the same mistake here.
//!
//! Where to read: [`world`] is the state machine (people, calendars, events, change tracking) and
//! knows no HTTP; `outlook` speaks Entra and Microsoft Graph; `control` is the side for tests and
//! developers under `/_sim/`; [`seed`] fills a world with venues. The crate's README lists the calls.
//!
//! Time and identifiers are parameters: a [`SimClock`] and a seed. The same seed and the same calls
//! give the same answers, byte for byte.

mod clock;
mod control;
mod faults;
mod ids;
mod options;
mod outlook;
mod recorder;
pub mod seed;
mod server;
mod shared;
mod throttle;
pub mod world;

pub use clock::SimClock;
pub use faults::{Fault, FaultKind};
pub use options::{Limits, SimulatorOptions};
pub use server::{Simulators, StartError};
