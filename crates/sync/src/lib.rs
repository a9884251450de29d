//! The reconcile core: what was agreed, what is here, what is there; answers a plan.
//!
//! Pure: no clock, no network, no store. The shell in `app` gathers the inputs, prints or applies the plan.
//!
//! [`remote`] has the words for what a provider says, [`fingerprint`] tells whether its content changed, [`local`]
//! turns it into our documents without touching internal fields, [`plan`] decides page by page, [`together`] which pages may
//! be taken for one, [`fate`] says what becomes of an exception whose item is gone, [`status`] what an event says about its
//! sync, [`guard`] decides about deletions.

pub mod fate;
pub mod fingerprint;
pub mod guard;
pub mod local;
pub mod plan;
pub mod remote;
pub mod status;
pub mod together;
