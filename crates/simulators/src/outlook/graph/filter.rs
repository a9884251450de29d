//! `$filter`: comparisons joined by `and`, and the search for an extended property.

use serde_json::Value;

use super::{Call, Refusal};

/// The property of `singleValueExtendedProperties/Any(ep: ep/id eq '…' and ep/value eq '…')`, when
/// that is what the request's `$filter` searches for.
pub(super) fn property<'a>(call: &'a Call<'_>) -> Result<Option<(&'a str, &'a str)>, Refusal> {
    let Some(filter) = call.asked.query.get("$filter") else { return Ok(None) };
    if !filter.trim_start().to_ascii_lowercase().starts_with("singlevalueextendedproperties/any") {
        return Ok(None);
    }
    let literals: Vec<&str> = filter.split('\'').skip(1).step_by(2).collect();
    match literals.as_slice() {
        [id, value] => Ok(Some((id, value))),
        _ => Err(unsupported(filter)),
    }
}

/// Keeps what the comparisons of the request's `$filter` let through.
pub(super) fn apply(call: &Call<'_>, mut items: Vec<Value>) -> Result<Vec<Value>, Refusal> {
    let Some(filter) = call.asked.query.get("$filter") else { return Ok(items) };
    for comparison in filter.split(" and ") {
        let comparison = Comparison::parse(comparison).ok_or_else(|| unsupported(filter))?;
        items.retain(|item| comparison.holds(item));
    }
    Ok(items)
}

struct Comparison<'a> {
    path: String,
    operator: &'a str,
    literal: String,
}

impl<'a> Comparison<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (path, rest) = text.trim().split_once(' ')?;
        let (operator, literal) = rest.trim_start().split_once(' ')?;
        let literal = literal.trim();
        let literal = match literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(quoted) => quoted.replace("''", "'"),
            None => literal.to_owned(),
        };
        let known = ["eq", "ne", "gt", "ge", "lt", "le"].contains(&operator);
        known.then(|| Self { path: format!("/{path}"), operator, literal })
    }

    /// Compares as text, which is right for names, enums, booleans and Graph's times in one zone.
    fn holds(&self, item: &Value) -> bool {
        let value = match item.pointer(&self.path) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => return false,
        };
        match self.operator {
            "eq" => value == self.literal,
            "ne" => value != self.literal,
            "gt" => value > self.literal,
            "ge" => value >= self.literal,
            "lt" => value < self.literal,
            _ => value <= self.literal,
        }
    }
}

fn unsupported(filter: &str) -> Refusal {
    Refusal::new(400, "ErrorInvalidUrlQueryFilter", format!("The query filter '{filter}' is not supported."))
}
