//! The houses of the development data: in cities on all sides of the globe, each with its rooms, stock and crew. All
//! houses, streets and people are made up; only the cities, their places and their zones are real.

use jiff::tz::TimeZone;
use model::Id;
use model::documents::{Coordinates, Location};
use recurrence::zones;

use super::words::{FIRST_NAMES, LAST_NAMES};

/// Rooms that are let for a part of a day.
pub(super) const LET: usize = 5;
/// Where exhibitions stand for days.
pub(super) const GALLERY: usize = 5;
/// Rooms of regular meetings, the last of a house.
pub(super) const MEETING: [usize; 3] = [6, 7, 8];
/// Two of the crew belong to each room, so that nobody is wanted in two at once by chance.
const CREW_OF_A_ROOM: usize = 2;
/// Fewest houses.
const FEWEST: u64 = 3;

/// A city: its name, zone, longitude and latitude.
struct City(&'static str, &'static str, f64, f64);

#[rustfmt::skip]
const CITIES: &[City] = &[
    City("Berlin", "Europe/Berlin", 13.405, 52.52), City("Bristol", "Europe/London", -2.588, 51.454),
    City("New York", "America/New_York", -74.006, 40.713), City("Sydney", "Australia/Sydney", 151.209, -33.869),
    City("Tokyo", "Asia/Tokyo", 139.692, 35.690), City("São Paulo", "America/Sao_Paulo", -46.633, -23.551),
    City("Lisbon", "Europe/Lisbon", -9.139, 38.722), City("Mumbai", "Asia/Kolkata", 72.878, 19.076),
    City("Cape Town", "Africa/Johannesburg", 18.424, -33.925), City("Auckland", "Pacific/Auckland", 174.763, -36.848),
    City("Toronto", "America/Toronto", -79.383, 43.653), City("Nairobi", "Africa/Nairobi", 36.822, -1.292),
    City("Stockholm", "Europe/Stockholm", 18.069, 59.329), City("Los Angeles", "America/Los_Angeles", -118.244, 34.052),
    City("Adelaide", "Australia/Adelaide", 138.601, -34.929), City("Kathmandu", "Asia/Kathmandu", 85.324, 27.717),
    City("Santiago", "America/Santiago", -70.669, -33.449), City("Athens", "Europe/Athens", 23.728, 37.984),
    City("Cairo", "Africa/Cairo", 31.236, 30.044), City("Dubai", "Asia/Dubai", 55.271, 25.205),
    City("Singapore", "Asia/Singapore", 103.820, 1.352), City("Seoul", "Asia/Seoul", 126.978, 37.567),
    City("Halifax", "America/Halifax", -63.575, 44.649), City("Honolulu", "Pacific/Honolulu", -157.858, 21.307),
];

const NAMES: [&str; 12] = [
    "Harbour House",
    "Old Exchange",
    "Kiln Yard",
    "Lantern Hall",
    "Gasworks",
    "Linden House",
    "Tide Mill",
    "Signal House",
    "Orchard Hall",
    "Foundry",
    "Copper Works",
    "Weighbridge",
];
const STREETS: [&str; 7] =
    ["Quay Road", "Mill Lane", "Station Street", "Garden Row", "Canal Walk", "Market Square", "Lower Dock"];
/// Most houses: every name once in every city.
const MOST: u64 = (CITIES.len() * NAMES.len()) as u64;

/// How a room of every house is: its name, floor, capacity in a small house, minutes of set-up, stock with numbers.
struct Plan(&'static str, &'static str, u64, i64, &'static [(&'static str, u64)]);

#[rustfmt::skip]
const PLANS: [Plan; 9] = [
    Plan("Great Hall", "Ground floor", 600, 120, &[("Line array", 1), ("Projector", 2), ("Radio microphone", 8), ("Stage deck", 40)]),
    Plan("Foyer", "Ground floor", 240, 60, &[("Bar counter", 3), ("Standing table", 40), ("Radio microphone", 2)]),
    Plan("Studio 1", "Level 1", 120, 60, &[("Projector", 1), ("Radio microphone", 4), ("Flip chart", 6)]),
    Plan("Studio 2", "Level 1", 60, 45, &[("Projector", 1), ("Radio microphone", 2), ("Flip chart", 4)]),
    Plan("Terrace", "Roof", 110, 90, &[("Patio heater", 12), ("Parasol", 20), ("Standing table", 16)]),
    Plan("Gallery", "Level 2", 150, 180, &[("Plinth", 30), ("Partition wall", 24), ("Spotlight", 60)]),
    Plan("Meeting Room 1", "Level 2", 16, 15, &[("Screen", 1), ("Whiteboard", 1)]),
    Plan("Meeting Room 2", "Level 2", 12, 15, &[("Screen", 1)]),
    Plan("Meeting Room 3", "Level 3", 8, 15, &[("Whiteboard", 1)]),
];

/// A house.
#[derive(Debug)]
pub(super) struct House {
    pub(super) zone: &'static str,
    pub(super) tz: TimeZone,
    pub(super) rooms: Vec<Room>,
    /// Two of each room, in the order of the rooms.
    crew: Vec<String>,
    address: String,
    longitude: f64,
    latitude: f64,
}

/// A room of it.
#[derive(Debug)]
pub(super) struct Room {
    /// What events say in `location`: with the name of the house, so that no two are alike.
    pub(super) name: String,
    pub(super) stock: Vec<(&'static str, u64)>,
    pub(super) setup_minutes: i64,
    floor: &'static str,
    capacity: u64,
}

/// As many houses as a seed of this size needs: at most two of three lettings are taken, and everybody has one.
pub(super) fn houses(events: u64, days: u64, users: u64) -> Vec<House> {
    let lettings = 2 * LET as u64;
    let for_events = events.div_ceil((days * lettings * 2 / 3).max(1));
    let for_people = users.div_ceil(lettings);
    let count = for_events.max(for_people).clamp(FEWEST, MOST);
    (0..usize::try_from(count).unwrap_or_default()).filter_map(house).collect()
}

/// The house with this number.
fn house(number: usize) -> Option<House> {
    let City(city, zone, longitude, latitude) = CITIES.get(number % CITIES.len())?;
    let round = number / CITIES.len();
    let name = NAMES.get((round + number) % NAMES.len())?;
    // The first of a name need not say where it is.
    let name = if number < NAMES.len() { (*name).to_owned() } else { format!("{name} {city}") };
    let street = STREETS.get((number * 3 + round) % STREETS.len())?;
    let size = 100 + (number as u64 * 37) % 90;
    let rooms = PLANS.iter().map(|Plan(room, floor, capacity, setup_minutes, stock)| {
        let capacity = capacity * size / 100;
        let chairs = ("Chair", capacity);
        let stock = stock.iter().copied().chain([chairs]).collect();
        Room { name: format!("{room}, {name}"), stock, setup_minutes: *setup_minutes, floor, capacity }
    });
    let crew =
        (0..PLANS.len() * CREW_OF_A_ROOM).map(|one| person(number * PLANS.len() * CREW_OF_A_ROOM + one));
    let apart = f64::from(u32::try_from(round).unwrap_or_default()) * 0.004;
    Some(House {
        zone,
        tz: zones::resolve(zone).ok()?.tz,
        rooms: rooms.collect(),
        crew: crew.collect(),
        address: format!("{street} {}, {city}", number * 7 % 90 + 1),
        longitude: longitude + apart,
        latitude: latitude + apart,
    })
}

/// Somebody: every pair of names once, then with another letter between them.
pub(super) fn person(number: usize) -> String {
    let pairs = FIRST_NAMES.len() * LAST_NAMES.len();
    let (round, pair) = (number / pairs, number % pairs);
    let first = FIRST_NAMES.get(pair % FIRST_NAMES.len()).copied().unwrap_or_default();
    let last = (pair / FIRST_NAMES.len() + pair % FIRST_NAMES.len()) % LAST_NAMES.len();
    let last = LAST_NAMES.get(last).copied().unwrap_or_default();
    let letter =
        |round: usize| u8::try_from(round).map_or('Z', |round| char::from(b'A' + (round - 1).min(25)));
    if round == 0 { format!("{first} {last}") } else { format!("{first} {}. {last}", letter(round)) }
}

impl House {
    /// The crew of a room.
    pub(super) fn crew_of(&self, room: usize) -> impl Iterator<Item = &String> {
        self.crew.iter().skip(room * CREW_OF_A_ROOM).take(CREW_OF_A_ROOM)
    }

    /// Its rooms as documents, for all.
    pub(super) fn documents(&self, mut id: impl FnMut() -> Id) -> Vec<Location> {
        let rooms = self.rooms.iter().zip(0_u32..).map(|(room, place)| Location {
            address: Some(self.address.clone()),
            // Side by side, so that a search by distance has an order.
            coordinates: Some(Coordinates {
                longitude: self.longitude + f64::from(place) * 0.0001,
                latitude: self.latitude,
            }),
            capacity: i64::try_from(room.capacity).ok(),
            equipment_available: room.stock.iter().map(|(item, count)| gear(item, *count)).collect(),
            setup_time_required: Some(room.setup_minutes),
            notes: Some(room.floor.to_owned()),
            ..Location::named(id(), None, &room.name)
        });
        rooms.collect()
    }
}

/// So many of an item, as people write it.
pub(super) fn gear(item: &str, count: u64) -> String {
    if count == 1 { item.to_owned() } else { format!("{item} x{count}") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rooms_or_people_of_the_crew_have_one_name() {
        let houses = houses(u64::MAX / 1_000, 1, 1);
        assert_eq!(houses.len() as u64, MOST);
        let rooms: BTreeSet<&str> =
            houses.iter().flat_map(|house| house.rooms.iter().map(|room| room.name.as_str())).collect();
        assert_eq!(rooms.len(), houses.len() * PLANS.len());
        let crew: BTreeSet<&String> = houses.iter().flat_map(|house| house.crew.iter()).collect();
        assert_eq!(crew.len(), houses.len() * PLANS.len() * CREW_OF_A_ROOM);
        assert!(houses.iter().all(|house| MEETING.iter().all(|room| house.rooms.get(*room).is_some())));
    }

    #[test]
    fn there_are_as_many_houses_as_are_needed() {
        let count = |events, days, users| houses(events, days, users).len();
        assert_eq!((count(10, 730, 3), count(1_000, 730, 100), count(1_000_000, 730, 3)), (3, 10, 206));
    }
}
