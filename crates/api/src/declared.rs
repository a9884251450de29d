//! API schemas of the records, derived from the declarations in `model`: names, kinds, bounds and meanings are said once.

use std::borrow::Cow;

use model::collections::{
    ADMIN_EXPORTS, CALENDARS, CATEGORIES, EVENTS, EVENTS_ARCHIVE, LOCATIONS, SYNC_LOGS,
};
use model::schema::{Collection, Exposure, Field, Kind};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Ref, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

macro_rules! declared {
    ($($(#[$doc:meta])* $type:ident as $name:literal = $schema:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $type {}

        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                Schema::Object($schema).into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    )*};
}

declared! {
    /// An event as it is answered.
    EventBody as "Event" = with_archived(record(&EVENTS, "An event; of an occurrence computed from a series, `_id` is \
        `{master}:{original start}`."));
    /// A new event.
    EventDraft as "EventDraft" = input(&EVENTS, &["calendar_id", "title", "start_time", "end_time"], |name| {
        app::records::events::writable().any(|writable| writable == name)
    });
    /// A change of an event.
    EventChange as "EventChange" = input(&EVENTS, &[], |name| {
        app::records::events::writable().any(|writable| writable == name)
    });
    /// A calendar as it is answered.
    CalendarBody as "Calendar" = record(&CALENDARS, "A calendar, from Outlook or made here.");
    /// A new calendar.
    CalendarDraft as "CalendarDraft" = input(&CALENDARS, &["name"], |name| matches!(name, "name" | "color"));
    /// A change of a calendar.
    CalendarChange as "CalendarChange" = input(&CALENDARS, &[], |name| {
        matches!(name, "name" | "color" | "is_active" | "sync_enabled")
    });
    /// A category as it is answered.
    CategoryBody as "Category" = record(&CATEGORIES, "A category, personal or, without `user_id`, for all.");
    /// A new category.
    CategoryDraft as "CategoryDraft" = with_global(input(&CATEGORIES, &["name"], |name| {
        matches!(name, "name" | "color" | "description" | "is_active")
    }));
    /// A change of a category.
    CategoryChange as "CategoryChange" = input(&CATEGORIES, &[], |name| {
        matches!(name, "name" | "color" | "description" | "is_active")
    });
    /// A location as it is answered.
    LocationBody as "Location" = with_distance(record(
        &LOCATIONS,
        "A room or place, personal or, without `user_id`, for all.",
    ));
    /// A new location.
    LocationDraft as "LocationDraft" = with_global(input(&LOCATIONS, &["name"], is_location_input));
    /// A change of a location.
    LocationChange as "LocationChange" = input(&LOCATIONS, &[], is_location_input);
    /// What a sync run did.
    SyncLogBody as "SyncLog" = record(&SYNC_LOGS, "What one sync run did.");
    /// An export.
    ExportBody as "Export" = record(&ADMIN_EXPORTS, "An export an administrator asked for.");
}

macro_rules! declared_pages {
    ($($(#[$doc:meta])* $type:ident as $name:literal of $item:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $type {}

        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                Schema::Object(page(&$item::name())).into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                $name.into()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push(($item::name().into_owned(), $item::schema()));
            }
        }
    )*};
}

declared_pages! {
    /// A page of events.
    EventPage as "EventPage" of EventBody;
    /// A page of calendars.
    CalendarPage as "CalendarPage" of CalendarBody;
    /// A page of categories.
    CategoryPage as "CategoryPage" of CategoryBody;
    /// A page of locations.
    LocationPage as "LocationPage" of LocationBody;
    /// A page of sync logs.
    SyncLogPage as "SyncLogPage" of SyncLogBody;
    /// A page of exports.
    ExportPage as "ExportPage" of ExportBody;
}

fn is_location_input(name: &str) -> bool {
    let writable =
        ["address", "coordinates", "capacity", "equipment_available", "setup_time_required", "notes"];
    matches!(name, "name" | "is_active") || writable.contains(&name)
}

/// A record as it is answered: every field but secrets, the required ones marked.
fn record(collection: &Collection, description: &str) -> Object {
    let fields = collection.fields.iter().filter(|field| field.exposure != Exposure::Secret);
    let object = fields.fold(ObjectBuilder::new().description(Some(description)), |object, field| {
        let object = object.property(field.name, property(field));
        if field.required { object.required(field.name) } else { object }
    });
    object.build()
}

/// What may be sent: only these fields, nothing else. Null takes an optional field away.
fn input(collection: &Collection, required: &[&str], is_writable: impl Fn(&str) -> bool) -> Object {
    let fields = collection.fields.iter().filter(|field| is_writable(field.name));
    let closed = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let object = fields.fold(closed, |object, field| object.property(field.name, property(field)));
    required.iter().fold(object, |object, name| object.required(*name)).build()
}

fn page(item: &str) -> Object {
    let items = ArrayBuilder::new().items(Ref::from_schema_name(item));
    let cursor =
        text(Type::String).description(Some("Send it as `cursor` for the next page; null at the end."));
    let object = ObjectBuilder::new().property("items", items).property("next_cursor", cursor);
    object.required("items").required("next_cursor").build()
}

fn with_global(mut object: Object) -> Object {
    let doc = "Make it for all; only an administrator may.";
    let flag = text(Type::Boolean).description(Some(doc)).build();
    object.properties.insert("is_global".to_owned(), Schema::Object(flag).into());
    object
}

/// What an event in the archive has more.
fn with_archived(mut object: Object) -> Object {
    let archived_at = EVENTS_ARCHIVE.fields.iter().filter(|field| field.name == "archived_at");
    object.properties.extend(archived_at.map(|field| (field.name.to_owned(), property(field))));
    object
}

fn with_distance(mut object: Object) -> Object {
    let doc = "Kilometres from the place asked for with `near`; only then.";
    let distance = text(Type::Number).description(Some(doc)).build();
    object.properties.insert("distance_km".to_owned(), Schema::Object(distance).into());
    object
}

fn property(field: &Field) -> RefOr<Schema> {
    let described = match field.kind {
        Kind::List(item, most) => {
            let items = ArrayBuilder::new().items(kind(item)).max_items(usize::try_from(most).ok());
            return Schema::Array(items.description(Some(field.doc)).build()).into();
        }
        Kind::Object(fields) => fields.iter().fold(ObjectBuilder::new(), |object, field| {
            let object = object.property(field.name, property(field));
            if field.required { object.required(field.name) } else { object }
        }),
        ref scalar => plain(scalar),
    };
    let meaning = match field.name {
        "start_time" | "end_time" => format!("{} With `all_day` a date is given and wanted here.", field.doc),
        _ => field.doc.to_owned(),
    };
    Schema::Object(described.description(Some(meaning)).build()).into()
}

fn kind(kind: &Kind) -> RefOr<Schema> {
    match kind {
        Kind::Object(fields) => {
            let object = fields
                .iter()
                .fold(ObjectBuilder::new(), |object, field| object.property(field.name, property(field)));
            Schema::Object(object.build()).into()
        }
        scalar => Schema::Object(plain(scalar).build()).into(),
    }
}

fn plain(kind: &Kind) -> ObjectBuilder {
    let known = |object: ObjectBuilder, format| object.format(Some(SchemaFormat::KnownFormat(format)));
    match kind {
        Kind::Id => text(Type::String).pattern(Some("^[0-9a-f]{24}$")),
        Kind::Text(most) => text(Type::String).max_length(usize::try_from(*most).ok()),
        Kind::Email => known(text(Type::String), KnownFormat::Email),
        Kind::Color => text(Type::String).pattern(Some("^#[0-9a-fA-F]{6}$")),
        Kind::Zone => text(Type::String).examples(["Europe/Berlin"]),
        Kind::Int(least, most) => {
            let bounded = text(Type::Integer).minimum(Some(*least as f64));
            if *most == i64::MAX { bounded } else { bounded.maximum(Some(*most as f64)) }
        }
        Kind::Float(least, most) => text(Type::Number).minimum(Some(*least)).maximum(Some(*most)),
        Kind::Bool => text(Type::Boolean),
        Kind::Instant => known(text(Type::String), KnownFormat::DateTime),
        Kind::Enum(words) => text(Type::String).enum_values(Some(words.iter().copied())),
        Kind::List(..) => text(Type::Array),
        Kind::Object(_) | Kind::Json => text(Type::Object),
    }
}

fn text(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}
