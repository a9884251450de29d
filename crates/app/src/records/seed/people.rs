//! The people of the development data, and their calendars.

use jiff::Timestamp;
use model::documents::{Calendar, Record, Role, User};

use super::world::person;
use super::{CALENDARS_OF, PEOPLE, seed_id};

const CALENDARS: &[(&str, &str)] = &[("Bookings", "#1d4ed8"), ("House", "#0f766e")];

/// A person with this number; the first is an administrator.
pub(super) fn user(seed: u64, index: u64, now: Timestamp) -> User {
    let name = person(usize::try_from(index).unwrap_or(usize::MAX));
    let words: Vec<&str> = name.split(' ').collect();
    let email = match seed {
        1 => email(&words, "example.org"),
        seed => email(&words, &format!("seed{seed}.example.org")),
    };
    let role = if index == 0 { Role::Admin } else { Role::User };
    let mut user =
        User::new(seed_id(seed, PEOPLE, index), &format!("seed-{seed}-{index}"), &email, &name, role);
    user.touch(now);
    user
}

/// Their calendars, the main one first.
pub(super) fn calendars(seed: u64, index: u64, user: &User) -> Vec<Calendar> {
    let calendars = CALENDARS.iter().zip(0..).map(|((name, color), place)| {
        let id = seed_id(seed, CALENDARS_OF + index, place);
        let mut calendar = Calendar::local(id, user.id, name, color);
        calendar.is_primary = place == 0;
        calendar.touch(user.created_at);
        calendar
    });
    calendars.collect()
}

/// A mail address of these names.
pub(super) fn email(names: &[&str], domain: &str) -> String {
    let names: Vec<String> =
        names.iter().map(|name| name.trim_end_matches('.').to_lowercase().replace('á', "a")).collect();
    format!("{}@{domain}", names.join("."))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_have_one_address() {
        let people: Vec<User> = (0..10_000).map(|index| user(1, index, Timestamp::UNIX_EPOCH)).collect();
        let addresses: BTreeSet<&str> = people.iter().map(|user| user.email.as_str()).collect();
        assert_eq!((addresses.len(), people[0].email.as_str()), (10_000, "mara.lind@example.org"));
        assert!(people.iter().all(|user| model::validate::record(user).is_empty()));
    }
}
