//! JSON objects taken apart without reading what is in them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
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
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
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
        assert!(serde_json::from_str::<Members<'_>>("[]").is_err());
    }
}
