//! A stored document as migrations see it: fields by name, each as the text it has, so that what a migration does not
//! touch stays byte for byte. Documents of an earlier form need not fit the typed ones.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::documents::{
    AdminExport, ArchivedEvent, Calendar, Category, Event, Location, Record, SyncLog, User,
};
use model::schema::Collection;
use model::validate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};
use store::Document;

/// Why a document cannot be brought to another form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Trouble {
    /// Which field.
    pub field: String,
    /// What is wrong with it. Never its value.
    pub reason: String,
    /// A command for MongoDB's shell that mends it in every document of the collection, where there is one.
    pub command: Option<String>,
}

impl Trouble {
    /// A trouble with this field.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into(), command: None }
    }
}

/// The fields of one document.
#[derive(Debug, Clone)]
pub struct Fields {
    collection: &'static Collection,
    document: Document,
    members: BTreeMap<String, Box<RawValue>>,
    is_changed: bool,
}

impl Fields {
    /// The fields of a document as it is stored.
    pub fn of(collection: &'static Collection, document: &Document) -> Result<Self, Trouble> {
        let members = serde_json::from_str(&document.json)
            .map_err(|_| Trouble::new("", "the document is not a JSON object"))?;
        Ok(Self { collection, document: document.clone(), members, is_changed: false })
    }

    /// The declaration of its collection.
    pub fn collection(&self) -> &'static Collection {
        self.collection
    }

    /// The second in which its id was made.
    pub fn made_at(&self) -> Timestamp {
        let [a, b, c, d, ..] = self.document.id.bytes();
        Timestamp::from_second(i64::from(u32::from_be_bytes([a, b, c, d]))).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whether the field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text != "null")
    }

    /// The text of a field, null included.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(|value| value.get())
    }

    /// The field's value; `None` when it is missing or null, a trouble when it is of another kind.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Trouble> {
        let Some(text) = self.text(name).filter(|text| *text != "null") else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|_| Trouble::new(name, "it is not of its declared kind"))
    }

    /// The field's value, which must be there.
    pub fn need<T: DeserializeOwned>(&self, name: &str) -> Result<T, Trouble> {
        self.get(name)?.ok_or_else(|| Trouble::new(name, "it is missing"))
    }

    /// Whether the field is there and true.
    pub fn is_true(&self, name: &str) -> Result<bool, Trouble> {
        Ok(self.get(name)?.unwrap_or(false))
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, value: impl Serialize) -> Result<(), Trouble> {
        let value = to_raw_value(&value).map_err(|error| Trouble::new(name, error.to_string()))?;
        if self.text(name) != Some(value.get()) {
            self.members.insert(name.to_owned(), value);
            self.is_changed = true;
        }
        Ok(())
    }

    /// Sets a field that is missing or null.
    pub fn fill(&mut self, name: &str, value: impl Serialize) -> Result<(), Trouble> {
        if self.has(name) { Ok(()) } else { self.set(name, value) }
    }

    /// Takes a field away.
    pub fn take(&mut self, name: &str) {
        self.is_changed |= self.members.remove(name).is_some();
    }

    /// Whether something was changed since this was last asked; for those who only count.
    pub(super) fn take_mark(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }

    /// Holds what the document has become against the declaration of today, and says the first thing that is not so; for
    /// those who only look. `is_changed`: whether it would be written, which gives it its next revision.
    pub(super) fn check(mut self, is_changed: bool) -> Result<(), Trouble> {
        if is_changed {
            self.set("revision", self.document.revision.saturating_add(1))?;
        }
        let json = serde_json::to_value(&self.members)
            .map_err(|_| Trouble::new("", "the document cannot be read as JSON"))?;
        let errors = validate::document(self.collection, &json);
        let unknown = errors.iter().find(|error| error.is_unknown_field());
        let Some(first) = unknown.or(errors.first()) else { return Ok(()) };
        // A number or a text that is beyond today's bounds can be read, and mended, by whoever it belongs to.
        if unknown.is_none() && is_readable(self.collection, &json) {
            return Ok(());
        }
        let more = if errors.len() > 1 { format!(" ({} more)", errors.len() - 1) } else { String::new() };
        let reason = format!("{}{more}", first.message.trim_end_matches('.'));
        let command = first.is_unknown_field().then(|| unset(self.collection, &first.field));
        Err(Trouble { command, ..Trouble::new(&first.field, reason) })
    }

    /// The document with its next revision; `None` when nothing was changed.
    pub fn changed(mut self) -> Result<Option<Document>, Trouble> {
        if !self.is_changed {
            return Ok(None);
        }
        let revision = self.document.revision.saturating_add(1);
        self.set("revision", revision)?;
        let declared = self.collection.fields.iter().map(|field| field.name);
        let declared: Vec<&str> = declared.filter(|name| self.members.contains_key(*name)).collect();
        // Undeclared ones, which only a newer program can have written, stand after them.
        let others = self.members.keys().map(String::as_str);
        let others = others.filter(|name| self.collection.field(name).is_none());
        let mut json = String::with_capacity(self.document.json.len() + 128);
        json.push('{');
        for name in declared.iter().copied().chain(others) {
            let Some(text) = self.text(name) else { continue };
            if json.len() > 1 {
                json.push(',');
            }
            let name = serde_json::to_string(name).map_err(|error| Trouble::new(name, error.to_string()))?;
            json.push_str(&name);
            json.push(':');
            json.push_str(text);
        }
        json.push('}');
        Ok(Some(Document { id: self.document.id, revision, json: json.into() }))
    }
}

/// Whether the program can read it, as declared or not.
fn is_readable(collection: &Collection, json: &Json) -> bool {
    fn reads<R: Record>(collection: &Collection, json: &Json) -> bool {
        collection.name == R::COLLECTION.name && R::deserialize(json).is_ok()
    }
    let readers = [
        reads::<User>,
        reads::<Calendar>,
        reads::<Event>,
        reads::<ArchivedEvent>,
        reads::<Category>,
        reads::<Location>,
        reads::<SyncLog>,
        reads::<AdminExport>,
    ];
    readers.iter().any(|reads| reads(collection, json))
}

/// The command that takes an undeclared field away, in every item where it is in a list.
fn unset(collection: &Collection, path: &str) -> String {
    let parts =
        || path.split('.').map(|part| part.split_once('[').map_or((part, false), |(name, _)| (name, true)));
    let plain: Vec<&str> = parts().map(|(name, _)| name).collect();
    let each: Vec<String> = parts()
        .map(|(name, is_list)| if is_list { format!("{name}.$[]") } else { name.to_owned() })
        .collect();
    let (plain, each) = (Json::from(plain.join(".")), Json::from(each.join(".")));
    format!("db.{}.updateMany({{{plain}: {{$exists: true}}}}, {{$unset: {{{each}: \"\"}}}})", collection.name)
}

#[cfg(test)]
mod tests {
    use model::Id;
    use model::collections::{CATEGORIES, EVENTS};

    use super::*;

    fn document(json: &str) -> Document {
        Document { id: Id::from_parts(1_767_225_600, [0; 5], 7), revision: 4, json: json.into() }
    }

    #[test]
    fn untouched_fields_stay_byte_for_byte_in_the_declared_order() {
        let json = r#"{"newer":{"b": 1.0},"usage_count":3,"name":"Gr\u00f6\u00dfe","revision":4}"#;
        let mut fields = Fields::of(&CATEGORIES, &document(json)).unwrap();
        assert_eq!(fields.clone().changed(), Ok(None));
        fields.set("usage_count", 3).unwrap();
        fields.take("color");
        assert_eq!(fields.clone().changed(), Ok(None), "nothing was changed");
        fields.fill("usage_count", 9).unwrap();
        fields.fill("is_active", true).unwrap();
        let changed = fields.changed().unwrap().unwrap();
        assert_eq!(
            &*changed.json,
            r#"{"name":"Gr\u00f6\u00dfe","is_active":true,"usage_count":3,"revision":5,"newer":{"b": 1.0}}"#
        );
        assert_eq!(changed.revision, 5);
    }

    #[test]
    fn null_is_missing_and_another_kind_is_a_trouble() {
        let fields = Fields::of(&CATEGORIES, &document(r#"{"user_id":null,"usage_count":"many"}"#)).unwrap();
        assert!(!fields.has("user_id") && fields.text("user_id").is_some());
        assert_eq!(fields.get::<Id>("user_id"), Ok(None));
        assert_eq!(fields.need::<Id>("user_id").unwrap_err().reason, "it is missing");
        let trouble = fields.get::<i64>("usage_count").unwrap_err();
        assert!(!trouble.to_string().contains("many"), "no value is repeated: {trouble}");
        assert_eq!(fields.made_at().to_string(), "2026-01-01T00:00:00Z");
        assert!(Fields::of(&CATEGORIES, &document("[]")).is_err());
    }

    #[test]
    fn an_undeclared_field_comes_with_the_command_that_takes_it_away() {
        for (path, expected) in [
            ("__v", r#"db.events.updateMany({"__v": {$exists: true}}, {$unset: {"__v": ""}})"#),
            (
                "attendees[3]._id",
                r#"db.events.updateMany({"attendees._id": {$exists: true}}, {$unset: {"attendees.$[]._id": ""}})"#,
            ),
            (
                "recurrence_pattern.x\"y",
                r#"db.events.updateMany({"recurrence_pattern.x\"y": {$exists: true}}, {$unset: {"recurrence_pattern.x\"y": ""}})"#,
            ),
        ] {
            assert_eq!(unset(&EVENTS, path), expected);
        }
    }
}
