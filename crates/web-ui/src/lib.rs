//! The web app inside the binary.
