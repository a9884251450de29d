//! Fields looked up by names that come in the order of the declaration, as those of stored documents do.

use crate::schema::Field;

/// Looks fields up by name. Each search goes on where the one before ended: names in order are found at once, others too.
#[derive(Debug)]
pub struct InOrder {
    fields: &'static [Field],
    next: usize,
}

impl InOrder {
    /// For fields of a declaration.
    pub fn of(fields: &'static [Field]) -> Self {
        Self { fields, next: 0 }
    }

    /// The field of this name, and its place in the declaration.
    pub fn find(&mut self, name: &str) -> Option<(usize, &'static Field)> {
        let (before, after) = self.fields.split_at_checked(self.next)?;
        let mut places = (self.next..).zip(after).chain((0..).zip(before));
        let (place, field) = places.find(|(_, field)| field.name == name)?;
        self.next = place + 1;
        Some((place, field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collections::EVENTS;

    #[test]
    fn every_field_is_found_in_any_order() {
        let places: Vec<usize> = (0..EVENTS.fields.len()).collect();
        let backwards = places.iter().copied().rev();
        let jumping = places.iter().map(|place| place * 7 % places.len());
        for order in [places.clone(), backwards.collect(), jumping.collect()] {
            let mut fields = InOrder::of(EVENTS.fields);
            for place in order {
                let name = EVENTS.fields[place].name;
                assert_eq!(fields.find("unknown").map(|_| ()), None);
                assert_eq!(fields.find(name).map(|(place, field)| (place, field.name)), Some((place, name)));
            }
        }
        assert!(InOrder::of(&[]).find("_id").is_none());
    }
}
