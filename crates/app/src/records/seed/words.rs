//! The words of the development data: what is on, who asks for it, what the crew is told.

use model::Id;
use model::documents::{Category, CategoryType};

/// What is on: its category, its titles, minutes from start to end, first and last start in minutes of the day.
pub(super) struct Habit {
    pub(super) category: &'static str,
    pub(super) titles: &'static [&'static str],
    pub(super) minutes: (i64, i64),
    pub(super) starts: (i64, i64),
    /// Minutes of teardown; none: it needs no crew.
    pub(super) teardown: Option<i64>,
    /// Hundreds of its budget.
    pub(super) budget: (i64, i64),
}

/// By day: from 8:30, set up from 5:30 at the earliest, cleared by 16:30.
#[rustfmt::skip]
pub(super) const BY_DAY: &[Habit] = &[
    Habit { category: "Conference", titles: &["Developers' day", "Energy forum", "Annual congress", "Partner summit", "Housing forum"], minutes: (300, 360), starts: (510, 555), teardown: Some(60), budget: (40, 400) },
    Habit { category: "Workshop", titles: &["Lighting workshop", "First aid refresher", "Facilitation training", "Ceramics course"], minutes: (120, 240), starts: (540, 660), teardown: Some(30), budget: (5, 40) },
    Habit { category: "Rehearsal", titles: &["Sound check", "Stage rehearsal", "Dress rehearsal"], minutes: (60, 180), starts: (570, 720), teardown: Some(15), budget: (2, 20) },
    Habit { category: "Meeting", titles: &["Production meeting", "Site visit", "Budget review", "Crew briefing", "Client call"], minutes: (30, 90), starts: (510, 840), teardown: None, budget: (0, 0) },
    Habit { category: "Meeting", titles: &["Menu tasting", "Contract talk", "Walk-through"], minutes: (30, 60), starts: (540, 840), teardown: None, budget: (0, 0) },
];

/// In the evening: from 19:00, set up from 16:30 at the earliest, cleared by 4:30.
#[rustfmt::skip]
pub(super) const IN_THE_EVENING: &[Habit] = &[
    Habit { category: "Concert", titles: &["Chamber concert", "Jazz night", "Choir evening", "Orchestra on tour", "Late night piano"], minutes: (90, 180), starts: (1140, 1230), teardown: Some(120), budget: (30, 300) },
    Habit { category: "Gala dinner", titles: &["Foundation dinner", "Winter charity dinner", "Sailing club jubilee", "Awards night"], minutes: (180, 270), starts: (1140, 1170), teardown: Some(90), budget: (60, 500) },
    Habit { category: "Wedding", titles: &["Wedding party", "Golden wedding", "Wedding dinner"], minutes: (240, 300), starts: (1140, 1140), teardown: Some(120), budget: (80, 350) },
    Habit { category: "Theatre", titles: &["Guest performance", "Improvised theatre", "Premiere", "Puppet theatre"], minutes: (75, 165), starts: (1155, 1200), teardown: Some(90), budget: (20, 180) },
    Habit { category: "Talk", titles: &["Reading", "Panel on cities", "Science evening", "Film and talk"], minutes: (60, 120), starts: (1140, 1200), teardown: Some(45), budget: (5, 60) },
];

/// Over the night in which the clocks change.
pub(super) const LONG_NIGHT: Habit = Habit {
    category: "Concert",
    titles: &["Long night of music", "Club night", "Night of short films"],
    minutes: (0, 0),
    starts: (0, 0),
    teardown: Some(30),
    budget: (50, 200),
};

/// For days on end.
pub(super) const EXHIBITION: Habit = Habit {
    category: "Exhibition",
    titles: &["Design fair", "Book market", "Graduate show", "Photography exhibition", "Model railway days"],
    minutes: (0, 0),
    starts: (0, 0),
    teardown: Some(180),
    budget: (60, 400),
};

pub(super) const WHOLE_DAYS: &[&str] = &[
    "Stock-taking",
    "House closed",
    "City festival",
    "Stage inspection",
    "Lift maintenance",
    "Public holiday",
];
pub(super) const REGULAR: &[&str] =
    &["Week planning", "Technicians' round", "House committee", "Rota", "Programme meeting", "Safety round"];
pub(super) const DAILY: &[&str] = &["Stand-up for the festival", "Morning round of the build-up"];
pub(super) const OUT_OF_THE_HOUSE: &[&str] =
    &["Off-site rig", "Load-in at the client's", "Help at the open air"];
/// The category of whole days.
pub(super) const NOTICE: &str = "Notice";
/// The category of regular meetings.
pub(super) const MEETING: &str = "Meeting";
pub(super) const INTERNAL_CATEGORIES: &[&str] = &["House event", "Rental", "Co-production", "Maintenance"];

pub(super) const CLIENTS: &[&str] = &[
    "Northlight Agency, desk@northlight.example",
    "Kessler & Daughters, events@kessler.example",
    "Stiftung Musik, +49 30 5550 144",
    "Harbour Trust, desk@harbour.example",
    "Studio Okafor, +44 117 555 0199",
    "Brightstage Touring, tours@brightstage.example",
    "Table and Vine, kitchen@tableandvine.example",
    "Guild of Bookbinders, guild@bookbinders.example",
    "Fernhill School, office@fernhill.example",
    "Blue Heron Films, +1 212 555 0143",
    "Quartet Nord, mail@quartetnord.example",
    "Marrow & Pike, weddings@marrowpike.example",
];
pub(super) const NOTES: &[&str] = &[
    "Keys at the porter's desk.",
    "Load in through gate B; the lift is narrow.",
    "Client brings a caterer; power 32 A at the wall.",
    "Neighbours: no sound after 23:00.",
    "Fire watch is booked.",
    "Wheelchair places in the front row; ramp at the side door.",
    "Second van comes at noon; keep the yard free.",
    "Interpreters' booth behind the last row.",
];
/// First names of users; those of the crew and of guests are these too.
pub(super) const FIRST_NAMES: &[&str] = &[
    "Mara", "Jonas", "Priya", "Tomás", "Ingrid", "Kofi", "Lena", "Omar", "Sofia", "Yuki", "Ana", "Bo",
    "Chidi", "Dana", "Emre", "Freya", "Gil", "Hana", "Ivo", "Jules", "Kaia", "Luca", "Mina", "Nils", "Orla",
    "Pia", "Rafi", "Selma", "Tariq", "Uma", "Vera", "Wim",
];
pub(super) const LAST_NAMES: &[&str] = &[
    "Lind", "Berger", "Shah", "Silva", "Dahl", "Mensah", "Vogel", "Haddad", "Rossi", "Tanaka", "Reis",
    "Weiss", "Kaya", "Holm", "Marsh", "Sato", "Novak", "Petit", "Okoro", "Falk", "Moreau", "Lopez", "Brandt",
    "Ito", "Quinn", "Sand", "Tran", "Ulrich", "Varga", "Winter", "Young", "Zeller", "Abel",
];

/// The categories for all, by name and colour.
pub(super) fn categories(mut id: impl FnMut() -> Id) -> Vec<Category> {
    const COLORS: &[(&str, &str)] = &[
        ("Concert", "#b45309"),
        ("Conference", "#1d4ed8"),
        ("Wedding", "#be185d"),
        ("Rehearsal", "#4d7c0f"),
        (MEETING, "#475569"),
        ("Exhibition", "#7e22ce"),
        ("Gala dinner", "#0f766e"),
        ("Theatre", "#a16207"),
        ("Talk", "#0369a1"),
        ("Workshop", "#9f1239"),
        (NOTICE, "#57534e"),
    ];
    let internal = INTERNAL_CATEGORIES.iter().map(|name| (*name, "#334155"));
    let all = COLORS.iter().copied().chain(internal);
    all.map(|(name, color)| Category::new(id(), None, name, color, CategoryType::System)).collect()
}
