//! Records: events, calendars, categories, locations, and what ties them together.

mod calendars;
mod events;
mod name_lists;
mod names;
mod range;
mod seed;
mod serial;
mod series;
mod sync_logs;
