//! Runs the whole application in tests.
