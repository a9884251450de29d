//! What happens at the three venues of Harbour Hall: people, rooms, and the words that events are made of.

/// Domain of all seeded addresses.
pub(super) const DOMAIN: &str = "harbourhall.example";

/// Somebody who works at the house.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) local_part: &'static str,
    /// Windows name of their mailbox's zone.
    pub(super) zone: &'static str,
    /// Where they work.
    pub(super) venue: Venue,
    /// Calendars beside the default one.
    pub(super) diaries: &'static [Diary],
}

/// A house with rooms.
#[derive(Clone, Copy)]
pub(super) struct Venue {
    /// Which list of rooms of a [`Kind`] is its.
    pub(super) place: usize,
    /// Windows name; bookings are in it, wherever who made them lives.
    pub(super) zone: &'static str,
}

/// Hamburg, where those who plan for all three are.
pub(super) const HARBOUR_HALL: Venue = Venue { place: 0, zone: "W. Europe Standard Time" };
/// Copenhagen.
const NORDLYS_HOUSE: Venue = Venue { place: 1, zone: "Romance Standard Time" };
/// London.
const TURBINE_WORKS: Venue = Venue { place: 2, zone: "GMT Standard Time" };

/// A calendar of somebody.
pub(super) struct Diary {
    pub(super) name: &'static str,
    pub(super) color: &'static str,
    pub(super) can_edit: bool,
}

/// The people; the coordinator first.
pub(super) const PEOPLE: [Person; 3] = [
    Person {
        name: "Ada Berg",
        local_part: "ada.berg",
        zone: "W. Europe Standard Time",
        venue: HARBOUR_HALL,
        diaries: &[
            Diary { name: "Venue bookings", color: "lightBlue", can_edit: true },
            Diary { name: "Private events", color: "lightPink", can_edit: true },
            Diary { name: "Holidays", color: "lightGreen", can_edit: false },
        ],
    },
    Person {
        name: "Jonas Lind",
        local_part: "jonas.lind",
        zone: "W. Europe Standard Time",
        venue: NORDLYS_HOUSE,
        diaries: &[
            Diary { name: "Stage and technics", color: "lightOrange", can_edit: true },
            Diary { name: "Holidays", color: "lightGreen", can_edit: false },
        ],
    },
    Person {
        name: "Mira Okafor",
        local_part: "mira.okafor",
        zone: "GMT Standard Time",
        venue: TURBINE_WORKS,
        diaries: &[
            Diary { name: "Catering", color: "lightTeal", can_edit: true },
            Diary { name: "Holidays", color: "lightGreen", can_edit: false },
        ],
    },
];

/// One kind of booking.
pub(super) struct Kind {
    pub(super) category: &'static str,
    pub(super) titles: &'static [&'static str],
    /// Rooms of each venue.
    pub(super) rooms: [&'static [&'static str]; 3],
    /// First hours of the day it may start at.
    pub(super) hours: &'static [u64],
    /// Lengths in minutes.
    pub(super) minutes: &'static [u64],
}

/// The kinds of single bookings.
pub(super) const KINDS: [Kind; 5] = [
    Kind {
        category: "Conference",
        titles: &[
            "Nordic Shipping Forum",
            "Port Logistics Days",
            "Clean Energy Summit",
            "Design Systems Conference",
            "Regional Health Congress",
            "Libraries of the North",
        ],
        rooms: [&["Grand Hall", "Atrium"], &["Lantern Room"], &["Turbine Room"]],
        hours: &[8, 9, 10],
        minutes: &[420, 480, 540],
    },
    Kind {
        category: "Wedding",
        titles: &[
            "Wedding Lindqvist and Moreau",
            "Wedding Haas",
            "Wedding Adeyemi and Holm",
            "Wedding Petersen",
        ],
        rooms: [
            &["Grand Hall", "Roof Terrace", "Library"],
            &["Lantern Room", "Canal Terrace"],
            &["Turbine Room", "Gallery"],
        ],
        hours: &[13, 14, 15],
        minutes: &[480, 540, 600],
    },
    Kind {
        category: "Gala dinner",
        titles: &[
            "Harbour Foundation Gala",
            "Mayor's Dinner",
            "Winter Charity Dinner",
            "Sailing Club Jubilee",
        ],
        rooms: [&["Grand Hall", "Atrium"], &["Lantern Room"], &["Turbine Room"]],
        hours: &[18, 19],
        minutes: &[240, 300, 360],
    },
    Kind {
        category: "Workshop",
        titles: &[
            "Lighting workshop",
            "Facilitation training",
            "Ceramics evening",
            "Photography course",
            "First aid refresher",
        ],
        rooms: [&["Library", "Studio Stage"], &["Black Box"], &["Engine House", "Gallery"]],
        hours: &[9, 10, 13, 14, 17],
        minutes: &[90, 120, 180, 240],
    },
    Kind {
        category: "Concert",
        titles: &[
            "Chamber concert",
            "Jazz on the roof",
            "Harbour Choir",
            "Late night piano",
            "Youth orchestra",
        ],
        rooms: [
            &["Studio Stage", "Grand Hall", "Roof Terrace"],
            &["Black Box", "Lantern Room"],
            &["Engine House"],
        ],
        hours: &[19, 20],
        minutes: &[120, 150, 180],
    },
];

/// Guests of another house.
pub(super) const GUESTS: [(&str, &str); 6] = [
    ("Clara Nyman", "clara.nyman@northquay.example"),
    ("Tomas Weber", "tomas.weber@northquay.example"),
    ("Ines Duarte", "ines.duarte@brightstage.example"),
    ("Owen Pike", "owen.pike@brightstage.example"),
    ("Sofia Marin", "sofia.marin@tableandvine.example"),
    ("Henrik Dahl", "henrik.dahl@tableandvine.example"),
];

/// What stands in bodies.
pub(super) const NOTES: [&str; 6] = [
    "Doors open one hour before. Cloakroom staffed.",
    "Client brings own projector; ours as a spare.",
    "Catering through Table and Vine, 140 covers, 12 vegetarian.",
    "Sound check two hours before.\nStage plan follows by mail.",
    "Wheelchair places in the front row.",
    "Loading by the quay side gate only.",
];

/// Public holidays: month, day, name.
pub(super) const HOLIDAYS: [(i8, i8, &str); 8] = [
    (1, 1, "New Year's Day"),
    (1, 6, "Epiphany"),
    (5, 1, "Labour Day"),
    (6, 24, "Midsummer"),
    (10, 31, "Harbour Festival"),
    (12, 24, "Christmas Eve"),
    (12, 25, "Christmas Day"),
    (12, 26, "Boxing Day"),
];
