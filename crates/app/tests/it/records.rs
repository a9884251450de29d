//! Records: events, calendars, categories, locations, and what ties them together.

mod calendars;
mod events;
mod names;
mod range;
mod seed;
mod series;
