//! Lists: `$top`, `$skip`, `$orderby`, and the link to the next page.

use serde_json::{Value, json};

use super::{Answer, Call, Refusal};

/// Largest page.
pub(super) const LARGEST: usize = 1_000;

/// One page of `items`. The link keeps the query; a page size of `Prefer` is not in it.
pub(super) fn answer(call: &Call<'_>, context: &str, mut items: Vec<Value>) -> Result<Answer, Refusal> {
    let query = &call.asked.query;
    let number = |name: &str| match query.get(name) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| invalid(name, text)),
    };
    if let Some(order) = query.get("$orderby") {
        sort(&mut items, order);
    }
    let skip = number("$skip")?.unwrap_or(0);
    let size = call.page_size(number("$top")?);
    let total = items.len();
    let page: Vec<Value> = items.into_iter().skip(skip).take(size).collect();
    let mut body = json!({"@odata.context": call.context(context), "value": page});
    let next = skip.saturating_add(size);
    if let (true, Some(members)) = (next < total, body.as_object_mut()) {
        let base = call.asked.base(call.shared);
        let link = format!("{base}{}?{}", call.asked.path, query.with("$skip", &next.to_string()));
        members.insert("@odata.nextLink".to_owned(), json!(link));
    }
    Ok(Answer::json(200, body))
}

/// `start/dateTime desc, subject`: by text, which is right for Graph's times and names.
fn sort(items: &mut [Value], order: &str) {
    for part in order.split(',').rev() {
        let mut words = part.split_whitespace();
        let path = format!("/{}", words.next().unwrap_or_default());
        let descending = words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"));
        let key = |item: &Value| item.pointer(&path).map(Value::to_string);
        items.sort_by(|a, b| if descending { key(b).cmp(&key(a)) } else { key(a).cmp(&key(b)) });
    }
}

fn invalid(name: &str, text: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Invalid value '{text}' for {name} query option found."))
}
