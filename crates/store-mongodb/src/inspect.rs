//! Whether collections, validators and indexes on the server are those that the declarations want: what somebody took
//! away or added with other tools is told, not touched.

use store::{LayoutFinding, LayoutKind, StoreError};

use crate::engine::Engine;
use crate::{layout, open};

/// What differs between the server and the declarations.
pub(crate) async fn inspect(engine: &Engine) -> Result<Vec<LayoutFinding>, StoreError> {
    let listed = open::validators(engine).await?;
    let mut findings = Vec::new();
    for collection in engine.options.collections {
        let found = |kind, name: &str| LayoutFinding {
            collection: collection.name.to_owned(),
            kind,
            name: name.to_owned(),
        };
        let Some((_, options)) = listed.iter().find(|(name, _)| name == collection.name) else {
            findings.push(found(LayoutKind::ValidatorMissing, collection.name));
            findings.extend(
                collection
                    .indexes
                    .iter()
                    .map(|index| found(LayoutKind::IndexMissing, &layout::index_name(index))),
            );
            continue;
        };
        if options.get_document("validator").map_or(true, mongodb::bson::Document::is_empty) {
            findings.push(found(LayoutKind::ValidatorMissing, collection.name));
        } else if !open::is_strict(options, &layout::validator(collection)) {
            findings.push(found(LayoutKind::ValidatorDiffers, collection.name));
        }
        let mut present = open::indexes_of(engine, collection).await?;
        present.retain(|index| layout::name(index) != "_id_");
        for index in collection.indexes {
            let name = layout::index_name(index);
            let place = present.iter().position(|present| layout::name(present) == name);
            match place.map(|place| present.swap_remove(place)) {
                None => findings.push(found(LayoutKind::IndexMissing, &name)),
                Some(present) if layout::is_same(&layout::index(index), &present) => {}
                Some(_) => findings.push(found(LayoutKind::IndexDiffers, &name)),
            }
        }
        for extra in &present {
            findings.push(found(LayoutKind::IndexExtra, layout::name(extra)));
        }
    }
    let is_ours = |name: &str| engine.options.collections.iter().any(|collection| collection.name == name);
    for (name, _) in &listed {
        if !is_ours(name) && !name.starts_with("system.") {
            findings.push(LayoutFinding {
                collection: name.clone(),
                kind: LayoutKind::CollectionExtra,
                name: name.clone(),
            });
        }
    }
    Ok(findings)
}
