//! Random work for the comparison with the model: few ids, few names, many collisions.

use model::collections::{CATEGORIES, EVENTS};
use model::schema::Collection;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};

use super::fixtures::{at, category, event, id};
use crate::port::StoreError;
use crate::query::{Filter, Order, Value};
use crate::write::{Document, Write};

/// One write, not yet with the revisions that the store has.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Insert(Shape),
    /// Replaces at the present revision, or at a false one.
    Replace(Shape, bool),
    Update(&'static Collection, Filter, Vec<(&'static str, Value)>, Vec<(&'static str, i64)>, bool),
    Delete(&'static Collection, Filter),
    Require(&'static Collection, Filter),
}

/// A document to be made.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) of_events: bool,
    pub(super) number: u32,
    owner: Option<u32>,
    word: &'static str,
    other: Option<&'static str>,
    count: i64,
    list: Vec<&'static str>,
}

impl Shape {
    pub(super) fn collection(&self) -> &'static Collection {
        if self.of_events { &EVENTS } else { &CATEGORIES }
    }

    /// The document at this revision.
    pub(super) fn document(&self, revision: i64) -> Result<Document, StoreError> {
        if self.of_events {
            let mut event = event(self.number);
            event.user_id = id(self.owner.unwrap_or(9));
            event.outlook_event_id = self.other.map(str::to_owned);
            event.category = (self.count > 0).then(|| self.word.to_owned());
            event.start_time = at(self.count);
            event.last_synced = self.owner.map(|owner| at(i64::from(owner)));
            event.staff_assigned = self.list.iter().map(|text| (*text).to_owned()).collect();
            event.budget_allocated = self.owner.map(|owner| f64::from(owner) / 2.0);
            event.derive();
            event.revision = revision;
            Document::of(&event)
        } else {
            let mut category = category(self.number, self.owner, self.word);
            category.description = self.other.map(str::to_owned);
            category.usage_count = self.count;
            category.revision = revision;
            Document::of(&category)
        }
    }
}

const WORDS: [&str; 5] = ["", "a", "A", "ä'", "b\u{0}"];

fn word() -> impl Strategy<Value = &'static str> {
    (0..WORDS.len()).prop_map(|position| WORDS.get(position).copied().unwrap_or_default())
}

fn shape() -> impl Strategy<Value = Shape> {
    (any::<bool>(), 0..12_u32, option::of(0..3_u32), word(), option::of(word()), 0..4_i64, vec(word(), 0..3))
        .prop_map(|(of_events, number, owner, word, other, count, list)| Shape {
            of_events,
            number,
            owner,
            word,
            other,
            count,
            list,
        })
}

fn collection() -> impl Strategy<Value = &'static Collection> {
    prop_oneof![Just::<&'static Collection>(&EVENTS), Just(&CATEGORIES)]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        4 => word().prop_map(Value::from),
        2 => (0..4_i64).prop_map(Value::Int),
        1 => (0..4_i32).prop_map(|half| Value::Float(f64::from(half) / 2.0)),
        2 => (0..12_u32).prop_map(|number| Value::Id(id(number))),
        2 => (0..4_i64).prop_map(|offset| Value::Instant(at(offset))),
        1 => any::<bool>().prop_map(Value::Bool),
    ]
}

/// Fields of the collection with and without an index, and one that is a list.
fn fields(collection: &'static Collection) -> Vec<&'static str> {
    if collection.name == EVENTS.name {
        vec![
            "_id",
            "user_id",
            "outlook_event_id",
            "category",
            "start_time",
            "last_synced",
            "all_day",
            "budget_allocated",
            "revision",
            "staff_assigned",
        ]
    } else {
        vec!["_id", "user_id", "name", "description", "usage_count", "is_active", "revision", "updated_at"]
    }
}

fn field(collection: &'static Collection) -> impl Strategy<Value = &'static str> {
    let fields = fields(collection);
    (0..fields.len()).prop_map(move |position| fields.get(position).copied().unwrap_or("_id"))
}

/// A filter of this collection.
pub(super) fn filter(collection: &'static Collection) -> BoxedStrategy<Filter> {
    let field = || field(collection);
    let text: &'static [&'static str] = if collection.name == EVENTS.name {
        &["title", "category", "staff_assigned"]
    } else {
        &["name", "description"]
    };
    let leaf = prop_oneof![
        3 => (field(), value()).prop_map(|(field, value)| Filter::Eq(field, value)),
        1 => (field(), value()).prop_map(|(field, value)| Filter::Ne(field, value)),
        1 => (field(), value()).prop_map(|(field, value)| Filter::Lt(field, value)),
        1 => (field(), value()).prop_map(|(field, value)| Filter::Lte(field, value)),
        1 => (field(), value()).prop_map(|(field, value)| Filter::Gt(field, value)),
        1 => (field(), value()).prop_map(|(field, value)| Filter::Gte(field, value)),
        2 => (field(), vec(value(), 0..12)).prop_map(|(field, values)| Filter::In(field, values)),
        1 => (field(), any::<bool>()).prop_map(|(field, there)| Filter::Exists(field, there)),
        1 => word().prop_map(move |word| Filter::Contains(text, word.to_owned())),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Filter::All), vec(inner, 0..4).prop_map(Filter::Any),]
    })
    .boxed()
}

/// An order of this collection and a size of page.
pub(super) fn listing(
    collection: &'static Collection,
) -> impl Strategy<Value = (Filter, Vec<(&'static str, Order)>, u32)> {
    let sortable: Vec<_> =
        fields(collection).into_iter().filter(|field| *field != "staff_assigned").collect();
    let key = (0..sortable.len(), any::<bool>()).prop_map(move |(position, rising)| {
        let order = if rising { Order::Ascending } else { Order::Descending };
        (sortable.get(position).copied().unwrap_or("_id"), order)
    });
    (filter(collection), vec(key, 0..3), 1..6_u32)
}

/// One write.
pub(super) fn step() -> impl Strategy<Value = Step> {
    let set = vec((prop_oneof![Just("category"), Just("outlook_event_id"), Just("name")], value()), 0..3);
    let update = (collection(), set, option::of(-2..3_i64), any::<bool>()).prop_flat_map(
        |(collection, set, add, must_match)| {
            filter(collection).prop_map(move |filter| {
                let add = add.map(|add| ("usage_count", add)).into_iter().collect();
                Step::Update(collection, filter, set.clone(), add, must_match)
            })
        },
    );
    let with =
        |collection: &'static Collection| filter(collection).prop_map(move |filter| (collection, filter));
    prop_oneof![
        6 => shape().prop_map(Step::Insert),
        4 => (shape(), any::<bool>()).prop_map(|(shape, honest)| Step::Replace(shape, honest)),
        3 => update,
        1 => collection().prop_flat_map(with).prop_map(|(collection, filter)| Step::Delete(collection, filter)),
        1 => collection().prop_flat_map(with).prop_map(|(collection, filter)| Step::Require(collection, filter)),
    ]
}

impl Step {
    /// The write, given the revision that its document has now.
    pub(super) fn write(&self, present: Option<i64>) -> Result<Write, StoreError> {
        Ok(match self.clone() {
            Self::Insert(shape) => {
                Write::Insert { collection: shape.collection(), document: shape.document(1)? }
            }
            Self::Replace(shape, honest) => {
                let expected_revision = present.unwrap_or(1) + i64::from(!honest);
                let document = shape.document(expected_revision + 1)?;
                Write::Replace { collection: shape.collection(), document, expected_revision }
            }
            Self::Update(collection, filter, set, add, must_match) => {
                Write::Update { collection, filter, set, add, must_match }
            }
            Self::Delete(collection, filter) => Write::Delete { collection, filter },
            Self::Require(collection, filter) => Write::Require { collection, filter },
        })
    }
}
