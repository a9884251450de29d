//! JSON objects taken apart without reading what is in them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, in their order, each value as the text it is. Names with escapes are refused: declared
/// ones have none.
#[derive(Debug)]
pub struct Members<'a>(pub Vec<(&'a str, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                // As many as the largest collection has fields.
                let mut members = Vec::with_capacity(64);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Any object, looked through to its end and forgotten.
#[derive(Debug)]
pub struct AnyObject;

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Through;
        impl<'de> Visitor<'de> for Through {
            type Value = AnyObject;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(AnyObject)
            }
        }
        deserializer.deserialize_map(Through)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_their_text() {
        let text = r#"{"b":{"x": [1, 2]},"a":"\"q\"","c":null}"#;
        let Members(members) = serde_json::from_str(text).unwrap();
        let members: Vec<_> = members.iter().map(|(name, value)| (*name, value.get())).collect();
        assert_eq!(members, [("b", r#"{"x": [1, 2]}"#), ("a", r#""\"q\"""#), ("c", "null")]);
        assert!(serde_json::from_str::<AnyObject>(text).is_ok());
        for broken in ["[]", "{", r#"{"a":[}"#, r#"{"a":1} 2"#, "7", ""] {
            assert!(serde_json::from_str::<Members<'_>>(broken).is_err(), "{broken}");
            assert!(serde_json::from_str::<AnyObject>(broken).is_err(), "{broken}");
        }
    }
}
