//! Access tokens: opened, and refreshed once however many ask.
