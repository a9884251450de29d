//! Sync runs.
