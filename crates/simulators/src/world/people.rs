//! People, their mailboxes and their calendars.

use serde::{Deserialize, Serialize};

/// A person with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSpec {
    /// Directory id; made from the seed when empty.
    #[serde(default)]
    pub id: String,
    /// Display name.
    pub name: String,
    /// Mail address, also the sign-in name.
    pub mail: String,
    /// Windows name of the mailbox' time zone, such as `W. Europe Standard Time`.
    #[serde(default = "utc")]
    pub time_zone: String,
}

/// A calendar to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// Display name.
    pub name: String,
    /// A colour name of Graph: `auto`, `lightBlue` and so on.
    #[serde(default = "auto")]
    pub color: String,
    /// False makes it read-only, like holidays and birthdays.
    #[serde(default = "yes")]
    pub can_edit: bool,
}

impl CalendarSpec {
    /// An editable calendar in the automatic colour.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), color: auto(), can_edit: true }
    }
}

/// A mailbox.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) number: u64,
    pub(super) spec: UserSpec,
    /// Numbers of the calendars, the default one first.
    pub(super) calendars: Vec<u64>,
    /// Master categories: id, name, colour preset.
    pub(super) categories: Vec<(String, String, String)>,
}

/// A calendar.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    pub(super) number: u64,
    pub(super) owner: u64,
    pub(super) id: String,
    pub(super) spec: CalendarSpec,
    pub(super) version: u64,
}

/// The categories that the seeded venues use, with their colours.
pub(super) const CATEGORIES: [(&str, &str); 6] = [
    ("Conference", "preset7"),
    ("Wedding", "preset9"),
    ("Gala dinner", "preset8"),
    ("Workshop", "preset4"),
    ("Concert", "preset0"),
    ("Internal", "preset12"),
];

/// The hexadecimal colour of a colour name; automatic ones have none.
pub(super) fn hex_color(color: &str) -> &'static str {
    match color {
        "lightBlue" => "#0078d4",
        "lightGreen" => "#10893e",
        "lightOrange" => "#f7630c",
        "lightGray" => "#69797e",
        "lightYellow" => "#c19c00",
        "lightTeal" => "#038387",
        "lightPink" => "#e3008c",
        "lightBrown" => "#8e562e",
        "lightRed" => "#cf2b36",
        _ => "",
    }
}

fn utc() -> String {
    super::times::UTC.to_owned()
}

fn auto() -> String {
    "auto".to_owned()
}

fn yes() -> bool {
    true
}
