//! The embedded store engine.
