//! The house of the development data: rooms with their stock on all sides of the globe, categories, what events need.

use model::Id;
use model::documents::{Category, CategoryType, Coordinates, Location};

/// A room.
pub(super) struct Room {
    pub(super) name: &'static str,
    pub(super) zone: &'static str,
    address: &'static str,
    longitude: f64,
    latitude: f64,
    capacity: i64,
    stock: &'static [&'static str],
    setup_minutes: i64,
}

#[rustfmt::skip]
pub(super) const ROOMS: &[Room] = &[
    Room { name: "Great Hall", zone: "Europe/Berlin", address: "Uferstraße 8, Berlin", longitude: 13.3777, latitude: 52.5163, capacity: 1200, stock: &["Line array", "Projector x2", "Stage deck x40", "Chair x1200"], setup_minutes: 240 },
    Room { name: "Foyer", zone: "Europe/Berlin", address: "Uferstraße 8, Berlin", longitude: 13.3779, latitude: 52.5165, capacity: 400, stock: &["Bar counter x3", "Standing table x40"], setup_minutes: 90 },
    Room { name: "Studio 1", zone: "Europe/Berlin", address: "Uferstraße 10, Berlin", longitude: 13.3791, latitude: 52.5169, capacity: 180, stock: &["Projector", "Radio microphone x4", "Chair x180"], setup_minutes: 60 },
    Room { name: "Studio 2", zone: "Europe/Berlin", address: "Uferstraße 10, Berlin", longitude: 13.3792, latitude: 52.5170, capacity: 90, stock: &["Projector", "Chair x90"], setup_minutes: 45 },
    Room { name: "Roof Terrace", zone: "Europe/Berlin", address: "Uferstraße 8, Berlin", longitude: 13.3776, latitude: 52.5164, capacity: 150, stock: &["Heater x12", "Parasol x20"], setup_minutes: 120 },
    Room { name: "Harbour Room", zone: "Europe/London", address: "Quay Street 3, Bristol", longitude: -2.5983, latitude: 51.4500, capacity: 250, stock: &["Projector", "Radio microphone x6"], setup_minutes: 60 },
    Room { name: "Old Exchange", zone: "America/New_York", address: "Water Street 41, New York", longitude: -74.0095, latitude: 40.7046, capacity: 600, stock: &["Line array", "Stage deck x16"], setup_minutes: 180 },
    Room { name: "Casa Verde", zone: "America/Sao_Paulo", address: "Rua Augusta 900, São Paulo", longitude: -46.6566, latitude: -23.5533, capacity: 320, stock: &["Projector", "Bar counter x2"], setup_minutes: 90 },
    Room { name: "Wharf Shed", zone: "Australia/Sydney", address: "Hickson Road 15, Sydney", longitude: 151.2093, latitude: -33.8573, capacity: 800, stock: &["Line array", "Stage deck x24", "Chair x600"], setup_minutes: 200 },
    Room { name: "Kita Gallery", zone: "Asia/Tokyo", address: "Kita-Aoyama 2-14, Tokyo", longitude: 139.7130, latitude: 35.6700, capacity: 120, stock: &["Projector", "Plinth x20"], setup_minutes: 60 },
];

/// What is on: its category, its title, minutes from start to end, minutes of set-up and teardown (none: no crew).
pub(super) struct Habit {
    pub(super) category: &'static str,
    pub(super) titles: &'static [&'static str],
    pub(super) minutes: (i64, i64),
    pub(super) hours: (i64, i64),
    pub(super) crew: Option<(i64, i64)>,
    pub(super) equipment: &'static [&'static str],
}

#[rustfmt::skip]
pub(super) const HABITS: &[Habit] = &[
    Habit { category: "Concert", titles: &["Chamber concert", "Jazz night", "Choir evening", "Orchestra on tour"], minutes: (90, 180), hours: (18, 21), crew: Some((240, 120)), equipment: &["Line array", "Stage deck x12", "Radio microphone x4"] },
    Habit { category: "Conference", titles: &["Developers' day", "Energy forum", "Annual congress", "Partner summit"], minutes: (360, 540), hours: (8, 10), crew: Some((150, 60)), equipment: &["Projector x2", "Radio microphone x6", "Chair x200"] },
    Habit { category: "Wedding", titles: &["Wedding party", "Golden wedding"], minutes: (480, 660), hours: (14, 16), crew: Some((180, 120)), equipment: &["Standing table x20", "Bar counter x2", "Heater x6"] },
    Habit { category: "Rehearsal", titles: &["Sound check", "Stage rehearsal", "Dress rehearsal"], minutes: (60, 180), hours: (10, 18), crew: Some((30, 15)), equipment: &["Radio microphone x2"] },
    Habit { category: "Meeting", titles: &["Production meeting", "Site visit", "Budget review", "Crew briefing", "Client call"], minutes: (30, 90), hours: (8, 17), crew: None, equipment: &[] },
    Habit { category: "Exhibition", titles: &["Vernissage", "Design fair", "Book market"], minutes: (480, 600), hours: (9, 11), crew: Some((300, 180)), equipment: &["Plinth x10", "Projector"] },
];

pub(super) const INTERNAL_CATEGORIES: &[&str] = &["House event", "Rental", "Co-production", "Maintenance"];
pub(super) const CREW: &[&str] = &[
    "Ana Reis",
    "Bo Lindqvist",
    "Chidi Okafor",
    "Dana Weiss",
    "Emre Kaya",
    "Freya Holm",
    "Gil Marsh",
    "Hana Sato",
    "Ivo Novak",
    "Jules Petit",
];
pub(super) const CLIENTS: &[&str] = &[
    "Northlight Agency, +49 30 5550 101",
    "Kessler & Daughters, events@kessler.example",
    "Stiftung Musik, +49 30 5550 144",
    "Harbour Trust, desk@harbour.example",
    "Studio Okafor, +44 117 555 0199",
];
pub(super) const NOTES: &[&str] = &[
    "Keys at the porter's desk.",
    "Load in through gate B; the lift is narrow.",
    "Client brings a caterer; power 32 A at the wall.",
    "Neighbours: no sound after 23:00.",
    "Fire watch is booked.",
];
pub(super) const FIRST_NAMES: &[&str] =
    &["Mara", "Jonas", "Priya", "Tomás", "Ingrid", "Kofi", "Lena", "Omar", "Sofia", "Yuki"];
pub(super) const LAST_NAMES: &[&str] =
    &["Lind", "Berger", "Shah", "Silva", "Dahl", "Mensah", "Vogel", "Haddad", "Rossi", "Tanaka"];

impl Room {
    /// Its document, for all.
    pub(super) fn document(&self, id: Id) -> Location {
        Location {
            address: Some(self.address.to_owned()),
            coordinates: Some(Coordinates { longitude: self.longitude, latitude: self.latitude }),
            capacity: Some(self.capacity),
            equipment_available: self.stock.iter().map(|item| (*item).to_owned()).collect(),
            setup_time_required: Some(self.setup_minutes),
            ..Location::named(id, None, self.name)
        }
    }
}

/// The categories for all, by name and colour.
pub(super) fn categories(mut id: impl FnMut() -> Id) -> Vec<Category> {
    const COLORS: &[&str] = &[
        "#b45309", "#1d4ed8", "#be185d", "#4d7c0f", "#475569", "#7e22ce", "#0f766e", "#a16207", "#0369a1",
        "#9f1239",
    ];
    let names = HABITS.iter().map(|habit| habit.category).chain(INTERNAL_CATEGORIES.iter().copied());
    names
        .zip(COLORS.iter().cycle())
        .map(|(name, color)| Category::new(id(), None, name, color, CategoryType::System))
        .collect()
}
