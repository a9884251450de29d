//! Identifiers in the shapes that Exchange gives them, made from the seed alone.
//!
//! An item has two ids: the ordinary one names the folder and changes with a move, the immutable
//! one does not. The id of an occurrence is its series' id with the date in the middle, so it
//! changes when the series is rescheduled; it can be read back without a table.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

const ORDINARY: [u8; 3] = [0x00, 0x03, 0x24];
const IMMUTABLE: [u8; 3] = [0x00, 0x09, 0x00];
const ITEM: [u8; 3] = [0x00, 0x46, 0x00];
const OCCURRENCE: [u8; 3] = [0x01, 0x51, 0x00];
const FOLDER: [u8; 3] = [0x00, 0x43, 0x00];
const HEAD: usize = 15;
const TAG_END: usize = HEAD + 3;
const DATE_END: usize = TAG_END + 6;
const ITEM_LENGTH: usize = 38;
const OCCURRENCE_LENGTH: usize = 44;

/// What an id text says about itself, before anything is looked up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ParsedId {
    /// A single event or a series: the text is the key of the index.
    Item,
    /// One occurrence of the series with this id, by its original date.
    Occurrence { master: String, date: Date },
    /// Not an id that this service ever makes.
    Malformed,
}

/// 32 bytes that depend on nothing but seed, kind and number.
pub(crate) fn digest(seed: u64, kind: &str, number: u64) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_be_bytes());
    hasher.update(kind.as_bytes());
    hasher.update([0]);
    hasher.update(number.to_be_bytes());
    hasher.finalize().into()
}

/// A GUID in the usual text form.
pub(crate) fn guid(seed: u64, kind: &str, number: u64) -> String {
    let hex = hex(&digest(seed, kind, number), 16);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_lowercase();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// An opaque token of 64 characters with the given first letters.
pub(crate) fn token(seed: u64, kind: &str, number: u64, first: &str) -> String {
    let mut bytes = digest(seed, kind, number).to_vec();
    bytes.extend(digest(seed, "token tail", number).iter().take(16));
    format!("{first}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The id of a calendar; it does not change.
pub(crate) fn calendar_id(seed: u64, mailbox: u64, number: u64) -> String {
    encode(ORDINARY, seed, mailbox, FOLDER, 0, number)
}

/// The ordinary id of an item lying in the calendar with number `folder`, moved there `moves` times.
pub(crate) fn item_id(seed: u64, mailbox: u64, folder: u64, number: u64) -> String {
    encode(ORDINARY, seed, mailbox, ITEM, folder, number)
}

/// The id of an item that survives moves.
pub(crate) fn immutable_id(seed: u64, mailbox: u64, number: u64) -> String {
    encode(IMMUTABLE, seed, mailbox, ITEM, 0, number)
}

/// The id of the occurrence of series `master` that the pattern put on `date`.
pub(crate) fn occurrence_id(master: &str, date: Date) -> String {
    let Ok(bytes) = URL_SAFE.decode(master) else { return master.to_owned() };
    let (Some(head), Some(tail)) = (bytes.get(..HEAD), bytes.get(TAG_END..)) else {
        return master.to_owned();
    };
    let [year_high, year_low] = date.year().to_be_bytes();
    let day = [year_high, year_low, date.month().unsigned_abs(), date.day().unsigned_abs(), 0, 0];
    URL_SAFE.encode([head, &OCCURRENCE, &day, tail].concat())
}

/// Reads an id back.
pub(crate) fn parse(id: &str) -> ParsedId {
    let Ok(bytes) = URL_SAFE.decode(id) else { return ParsedId::Malformed };
    if !(bytes.starts_with(&ORDINARY) || bytes.starts_with(&IMMUTABLE)) {
        return ParsedId::Malformed;
    }
    let tag = bytes.get(HEAD..TAG_END).unwrap_or_default();
    if bytes.len() == ITEM_LENGTH && (tag == ITEM || tag == FOLDER) {
        return ParsedId::Item;
    }
    let (Some(head), Some(&[year_high, year_low, month, day, 0, 0]), Some(tail)) =
        (bytes.get(..HEAD), bytes.get(TAG_END..DATE_END), bytes.get(DATE_END..))
    else {
        return ParsedId::Malformed;
    };
    let date = Date::new(
        i16::from_be_bytes([year_high, year_low]),
        i8::try_from(month).unwrap_or(0),
        i8::try_from(day).unwrap_or(0),
    );
    match date {
        Ok(date) if bytes.len() == OCCURRENCE_LENGTH && tag == OCCURRENCE => {
            ParsedId::Occurrence { master: URL_SAFE.encode([head, &ITEM, tail].concat()), date }
        }
        _ => ParsedId::Malformed,
    }
}

/// The change key of version `version` in a mailbox; the etag is `W/"<change key>"`.
pub(crate) fn change_key(seed: u64, mailbox: u64, version: u64) -> String {
    STANDARD.encode(change_key_bytes(seed, mailbox, version))
}

/// The other form of change key, which occurrences that are not exceptions carry.
pub(crate) fn occurrence_change_key(seed: u64, mailbox: u64, version: u64) -> String {
    let prefix = [0x0f, 0, 0, 0, 0x16, 0, 0, 0];
    STANDARD.encode([&prefix, change_key_bytes(seed, mailbox, version).as_slice()].concat())
}

/// The global object id of an event (MS-OXOCAL 2.2.1.27), as upper-case hexadecimal.
///
/// `created_100ns` is the creation time as a FILETIME. With `occurrence`, the date stands in the
/// bytes that are zero in the series' own id.
pub(crate) fn ical_uid(seed: u64, number: u64, created_100ns: u64, occurrence: Option<Date>) -> String {
    let date = occurrence.map_or_else(
        || "00000000".to_owned(),
        |d| format!("{:04X}{:02X}{:02X}", d.year(), d.month(), d.day()),
    );
    format!(
        "040000008200E00074C5B7101A82E008{date}{}000000000000000010000000{}",
        hex(&created_100ns.to_le_bytes(), 8),
        hex(&digest(seed, "global object id", number), 16),
    )
}

fn change_key_bytes(seed: u64, mailbox: u64, version: u64) -> Vec<u8> {
    let mut bytes = digest(seed, "mailbox", mailbox).to_vec();
    bytes.truncate(16);
    bytes.extend(version.to_be_bytes().iter().skip(2));
    bytes
}

fn encode(prefix: [u8; 3], seed: u64, mailbox: u64, tag: [u8; 3], folder: u64, number: u64) -> String {
    let mut bytes = prefix.to_vec();
    bytes.extend(digest(seed, "mailbox", mailbox).iter().take(12));
    bytes.extend(tag);
    bytes.extend(folder.to_be_bytes().iter().skip(2));
    bytes.extend(digest(seed, "item", number).iter().take(14));
    URL_SAFE.encode(bytes)
}

fn hex(bytes: &[u8], take: usize) -> String {
    bytes.iter().take(take).map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn occurrence_ids_read_back() {
        for master in [item_id(7, 1, 3, 42), immutable_id(7, 1, 42)] {
            let id = occurrence_id(&master, date(2026, 11, 23));
            assert_ne!(id, master);
            assert_eq!(parse(&master), ParsedId::Item);
            assert_eq!(parse(&id), ParsedId::Occurrence { master, date: date(2026, 11, 23) });
        }
    }

    #[test]
    fn strangers_are_malformed() {
        for text in ["", "bad_id", "AAMk", "AAMkADAGAADDdm4NAAA=", "ä"] {
            assert_eq!(parse(text), ParsedId::Malformed, "{text}");
        }
    }

    #[test]
    fn a_move_changes_only_the_ordinary_id() {
        assert_ne!(item_id(7, 1, 3, 42), item_id(7, 1, 4, 42));
        assert_ne!(item_id(7, 1, 3, 42), item_id(8, 1, 3, 42));
        assert!(ical_uid(7, 42, 1, Some(date(2026, 8, 10))).contains("82E00807EA080A"));
    }
}
