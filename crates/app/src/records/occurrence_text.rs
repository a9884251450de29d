//! The API's text of the occurrences of one series. They differ in their name and their times alone, so that the rest is
//! written once and these are put in.

use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::documents::Event;
use model::raw::Members;

use super::occurrences::Occurrence;
use crate::AppError;

static PRINTER: DateTimePrinter = DateTimePrinter::new();

/// The text, with holes.
#[derive(Debug)]
pub(crate) struct OccurrenceText {
    /// Start and end of the occurrence from which it was made.
    start: Timestamp,
    end: Timestamp,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(Box<str>),
    Name,
    /// The local date on which the rule puts it.
    Date,
    /// A time that keeps its distance from the start or the end.
    Instant(Timestamp, From),
    /// The same of whole days.
    Day(Timestamp, From),
}

#[derive(Debug, Clone, Copy)]
enum From {
    Start,
    End,
}

impl OccurrenceText {
    /// From any occurrence of the series, as an event.
    pub(crate) fn of(event: &Event) -> Result<Self, AppError> {
        let failed = |error| AppError::Internal(format!("series {} cannot be written: {error}", event.id));
        let stored = serde_json::to_string(event).map_err(failed)?;
        let Members(members) = serde_json::from_str(&stored).map_err(failed)?;
        let mut pieces = Vec::new();
        let mut text = String::new();
        for (name, value) in members {
            text.push(if text.is_empty() && pieces.is_empty() { '{' } else { ',' });
            // Names are of the declaration: nothing in them needs escaping.
            text.extend(["\"", name, "\":"]);
            let Some(hole) = hole(event, name) else {
                text.push_str(value.get());
                continue;
            };
            text.push('"');
            pieces.push(Piece::Text(std::mem::take(&mut text).into()));
            pieces.push(hole);
            text.push('"');
        }
        text.push('}');
        pieces.push(Piece::Text(text.into()));
        Ok(Self { start: event.start_time, end: event.end_time, pieces })
    }

    /// The occurrence of this name.
    pub(crate) fn at(&self, name: &str, occurrence: &Occurrence) -> String {
        let by_start: SignedDuration = occurrence.start.duration_since(self.start);
        let by_end = occurrence.end.duration_since(self.end);
        let moved = |time: Timestamp, from: From| {
            let by = match from {
                From::Start => by_start,
                From::End => by_end,
            };
            time.checked_add(by).unwrap_or(time)
        };
        let size = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            _ => 24,
        });
        let mut all = String::with_capacity(size.sum::<usize>() + name.len());
        for piece in &self.pieces {
            // Writing to a string cannot fail.
            let _ = match piece {
                Piece::Text(text) => {
                    all.push_str(text);
                    Ok(())
                }
                Piece::Name => {
                    all.push_str(name);
                    Ok(())
                }
                Piece::Date => PRINTER.print_date(&occurrence.date, &mut all),
                Piece::Instant(time, from) => PRINTER.print_timestamp(&moved(*time, *from), &mut all),
                Piece::Day(time, from) => {
                    PRINTER.print_date(&moved(*time, *from).to_zoned(TimeZone::UTC).date(), &mut all)
                }
            };
        }
        all
    }
}

fn hole(event: &Event, name: &str) -> Option<Piece> {
    let whole_days =
        |time, from| if event.all_day { Piece::Day(time, from) } else { Piece::Instant(time, from) };
    let instant = |time: Option<Timestamp>, from| time.map(|time| Piece::Instant(time, from));
    match name {
        "_id" => Some(Piece::Name),
        "original_date" => Some(Piece::Date),
        "start_time" => Some(whole_days(event.start_time, From::Start)),
        "end_time" => Some(whole_days(event.end_time, From::End)),
        "occupied_from" => Some(Piece::Instant(event.occupied_from, From::Start)),
        "occupied_until" => Some(Piece::Instant(event.occupied_until, From::End)),
        "original_start" => instant(event.original_start, From::Start),
        "setup_start_time" => instant(event.setup_start_time, From::Start),
        "setup_end_time" => instant(event.setup_end_time, From::Start),
        "teardown_start_time" => instant(event.teardown_start_time, From::End),
        "teardown_end_time" => instant(event.teardown_end_time, From::End),
        _ => None,
    }
}
