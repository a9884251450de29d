//! JSON merge patch (RFC 7396): what is there replaces, null takes away, objects are merged member by member.

use serde_json::{Map, Value};

/// Applies a patch to an object.
pub fn apply(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(members) => {
                let slot = target.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                if !slot.is_object() {
                    *slot = Value::Object(Map::new());
                }
                if let Value::Object(inner) = slot {
                    apply(inner, members);
                }
            }
            value => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The patch that leads from one object to the other. Lists are replaced as a whole. A null member cannot be said by
/// a merge patch; there are none in documents.
pub fn between(from: &Map<String, Value>, to: &Map<String, Value>) -> Map<String, Value> {
    let gone = from.keys().filter(|name| !to.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let changed = to.iter().filter_map(|(name, value)| match (from.get(name), value) {
        (Some(before), after) if before == after => None,
        (Some(Value::Object(before)), Value::Object(after)) => {
            Some((name.clone(), Value::Object(between(before, after))))
        }
        _ => Some((name.clone(), value.clone())),
    });
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            other => panic!("{other} is no object"),
        }
    }

    /// The object cases of RFC 7396, appendix A.
    #[test]
    fn patches_as_the_rfc_says() {
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (target, patch, expected) in cases {
            let mut result = object(target.clone());
            apply(&mut result, &object(patch.clone()));
            assert_eq!(Value::Object(result), expected, "{target} {patch}");
        }
    }

    fn document() -> impl Strategy<Value = Map<String, Value>> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z]{0,3}".prop_map(Value::from),
            prop::collection::vec(any::<u8>(), 0..3).prop_map(Value::from),
        ];
        let inner = prop::collection::btree_map("[a-d]", leaf.clone(), 0..3)
            .prop_map(|members| Value::Object(members.into_iter().collect()));
        prop::collection::btree_map("[a-f]", prop_oneof![leaf, inner], 0..5)
            .prop_map(|members| members.into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_patch_between_two_leads_there_and_back(one in document(), other in document()) {
            let mut moved = one.clone();
            apply(&mut moved, &between(&one, &other));
            prop_assert_eq!(&moved, &other);
            apply(&mut moved, &between(&other, &one));
            prop_assert_eq!(&moved, &one);
        }
    }
}
