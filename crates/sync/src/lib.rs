//! The reconcile core: what was agreed, what is here, what is there; answers a plan.
//!
//! Pure: no clock, no network, no store. The shell in `app` gathers the inputs, prints or applies the plan.

pub mod remote;
