//! What of an answer is compared: all that was recorded, except what is a server's own business.

use serde_json::Value;

/// Words for people, times and counters.
const NOT_COMPARED: &[&str] = &[
    "$clusterTime",
    "codeName",
    "commitQuorum",
    "electionId",
    "errInfo",
    "errmsg",
    "opTime",
    "operationTime",
    "v",
];
/// Of a plan: what was done, not what it cost or might have been.
const OF_A_PLAN: &[&str] = &["stage", "indexName", "inputStage", "inputStages", "winningPlan"];
const OF_ITS_COST: &[&str] = &["nReturned", "totalKeysExamined", "totalDocsExamined"];

/// Adds each place where `found` is not what was `recorded`. What only the answer has is no difference: later versions
/// say more.
pub(super) fn compare(place: &str, recorded: &Value, found: Option<&Value>, differences: &mut Vec<String>) {
    let Some(found) = found else {
        return differences.push(format!("{place}: {} was recorded, nothing is there", short(recorded)));
    };
    match (recorded, found) {
        (Value::Object(recorded), Value::Object(found)) if !is_id(recorded) => {
            for (name, value) in recorded {
                if is_compared(place, name) {
                    compare(&format!("{place}.{name}"), value, found.get(name), differences);
                }
            }
        }
        (Value::Array(recorded), Value::Array(found)) if recorded.len() == found.len() => {
            let (recorded, found) = (in_order(place, recorded), in_order(place, found));
            for (number, (value, found)) in recorded.into_iter().zip(found).enumerate() {
                compare(&format!("{place}[{number}]"), value, Some(found), differences);
            }
        }
        _ if is_same(place, recorded, found) => {}
        _ => differences.push(format!("{place}: {} was recorded, here {}", short(recorded), short(found))),
    }
}

/// Indexes are listed in no promised order.
fn in_order<'a>(place: &str, list: &'a [Value]) -> Vec<&'a Value> {
    let mut list: Vec<&Value> = list.iter().collect();
    if place.contains("listIndexes") {
        list.sort_by_key(|index| index["name"].as_str());
    }
    list
}

fn is_compared(place: &str, name: &str) -> bool {
    if place.contains("queryPlanner") {
        return OF_A_PLAN.contains(&name);
    }
    if place.contains("executionStats") {
        return OF_ITS_COST.contains(&name);
    }
    !NOT_COMPARED.contains(&name)
}

fn is_same(place: &str, recorded: &Value, found: &Value) -> bool {
    match (recorded, found) {
        (Value::String(text), _) if text.starts_with('<') && text.ends_with('>') => true,
        // Numbers of cursors are drawn by the server; that there is one at all is told.
        (Value::Number(recorded), Value::Number(found)) if place.ends_with("cursor.id") => {
            (recorded.as_i64() == Some(0)) == (found.as_i64() == Some(0))
        }
        (Value::Number(recorded), Value::Number(found)) => recorded.as_f64() == found.as_f64(),
        // The database has another name in each run.
        (Value::String(recorded), Value::String(found)) if place.ends_with(".ns") => {
            recorded.split_once('.').map(|(_, name)| name) == found.split_once('.').map(|(_, name)| name)
        }
        (Value::Object(recorded), Value::Object(found)) => is_id(recorded) && is_id(found),
        _ => recorded == found,
    }
}

/// Ids are drawn by whoever inserts.
fn is_id(object: &serde_json::Map<String, Value>) -> bool {
    object.len() == 1 && object.contains_key("$oid")
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 160 {
        format!("{}…", text.chars().take(160).collect::<String>())
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_by_their_place() {
        let recorded = json!({"ok": 1.0, "n": 1, "errmsg": "a", "opTime": "<opTime>", "id": {"$oid": "a"},
            "cursor": {"id": 77, "ns": "callboard.a", "firstBatch": [{"_id": 1}]}});
        let differences = |found: Value| {
            let mut differences = Vec::new();
            compare("", &recorded, Some(&found), &mut differences);
            differences
        };
        let same = json!({"ok": 1, "n": 1, "errmsg": "b", "id": {"$oid": "b"}, "more": true,
            "cursor": {"id": 5, "ns": "test_1.a", "firstBatch": [{"_id": 1}]}});
        assert_eq!(differences(same), Vec::<String>::new());
        let other = json!({"ok": 0, "id": {"$oid": "b"}, "cursor": {"id": 0, "ns": "x.b", "firstBatch": []}});
        let places: Vec<String> =
            differences(other).iter().map(|d| d[..d.find(':').unwrap()].to_owned()).collect();
        assert_eq!(places, [".cursor.firstBatch", ".cursor.id", ".cursor.ns", ".n", ".ok"]);
    }
}
