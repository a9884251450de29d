//! Recurrence rules, their occurrences in a window, provider patterns, time zones.
