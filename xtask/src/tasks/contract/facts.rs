//! An OpenAPI document as facts: names of what a client can rely on, each with what is promised of it.
//!
//! References are followed, so that a schema may be renamed or shared differently without any fact changing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A fact's name, and what is promised: `type` or `type, always` or `type, required`, words of an enumeration behind it.
pub(crate) type Facts = BTreeMap<String, String>;

/// Deeper than any answer of ours; a schema within itself ends here.
const DEEPEST: usize = 8;

/// What may follow a path in a document of OpenAPI.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// What the document promises.
pub(crate) fn of(document: &Value) -> Facts {
    let reader = Reader { document };
    let mut facts = Facts::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item).filter(|(method, _)| METHODS.contains(&method.as_str())) {
            reader.operation(&format!("{} {path}", method.to_uppercase()), operation, &mut facts);
        }
    }
    facts
}

/// One fact a line.
pub(crate) fn text(facts: &Facts) -> String {
    facts.iter().map(|(name, promise)| format!("{name} = {promise}\n")).collect()
}

/// Reads what [`text`] wrote.
pub(crate) fn parse(text: &str) -> Facts {
    let pair =
        |line: &str| line.split_once(" = ").map(|(name, promise)| (name.to_owned(), promise.to_owned()));
    text.lines().filter_map(pair).collect()
}

struct Reader<'a> {
    document: &'a Value,
}

impl Reader<'_> {
    fn operation(&self, name: &str, operation: &Value, facts: &mut Facts) {
        let is_public = operation["security"].as_array().is_some_and(|all| all.iter().any(is_empty));
        facts.insert(name.to_owned(), if is_public { "for anybody" } else { "signed in" }.to_owned());
        for parameter in items(&operation["parameters"]) {
            let parameter = self.resolve(parameter);
            let (place, called) = (word(&parameter["in"]), word(&parameter["name"]));
            let promise = self.promise(&parameter["schema"], parameter["required"] == true, "required");
            facts.insert(format!("{name} {place} {called}"), promise);
        }
        let body = self.resolve(&operation["requestBody"]);
        for (media, content) in members(&body["content"]) {
            let at = format!("{name} takes {media}");
            let promise = self.promise(&content["schema"], body["required"] == true, "required");
            facts.insert(at.clone(), promise);
            self.fields(&at, "", &content["schema"], "required", facts, 0);
        }
        // Errors are one problem everywhere; their codes are held by tests of the server.
        for (status, response) in
            members(&operation["responses"]).filter(|(status, _)| status.as_str() < "400")
        {
            let at = format!("{name} answers {status}");
            let response = self.resolve(response);
            facts.insert(at.clone(), "answer".to_owned());
            for header in members(&response["headers"]).map(|(header, _)| header) {
                facts.insert(format!("{at} with {header}"), "header".to_owned());
            }
            for (media, content) in members(&response["content"]) {
                let at = format!("{at} {media}");
                facts.insert(at.clone(), self.promise(&content["schema"], false, ""));
                self.fields(&at, "", &content["schema"], "always", facts, 0);
            }
        }
    }

    /// The fields below a schema, each under its path.
    fn fields(&self, at: &str, path: &str, schema: &Value, must: &str, facts: &mut Facts, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let schema = self.resolve(schema);
        for part in ["allOf", "oneOf", "anyOf"].iter().flat_map(|word| items(&schema[*word])) {
            self.fields(at, path, part, must, facts, depth + 1);
        }
        if !schema["items"].is_null() {
            self.fields(at, &format!("{path}[]"), &schema["items"], must, facts, depth + 1);
        }
        for (name, field) in members(&schema["properties"]) {
            let path = format!("{path}.{name}");
            let is_must = items(&schema["required"]).any(|required| required == name);
            facts.insert(format!("{at} {path}"), self.promise(field, is_must, must));
            self.fields(at, &path, field, must, facts, depth + 1);
        }
    }

    /// A schema in few words.
    fn promise(&self, schema: &Value, is_must: bool, must: &str) -> String {
        let mut promise = self.kind(schema);
        if is_must {
            promise.push_str(", ");
            promise.push_str(must);
        }
        let words = self.words(schema);
        if !words.is_empty() {
            promise.push_str("; ");
            promise.push_str(&words.join(" "));
        }
        promise
    }

    fn kind(&self, schema: &Value) -> String {
        let schema = self.resolve(schema);
        let mut kinds: Vec<String> = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().map(|kind| word(kind).to_owned()).collect(),
            kind => vec![word(kind).to_owned()],
        };
        for part in ["oneOf", "anyOf", "allOf"].iter().flat_map(|word| items(&schema[*word])) {
            kinds.push(self.kind(part));
        }
        kinds.retain(|kind| !kind.is_empty());
        kinds.sort();
        kinds.dedup();
        let mut kind = if kinds.is_empty() { "anything".to_owned() } else { kinds.join("|") };
        if let Some(format) = schema["format"].as_str() {
            kind = format!("{kind}({format})");
        }
        if !schema["items"].is_null() {
            kind = format!("{kind} of {}", self.kind(&schema["items"]));
        }
        kind
    }

    /// The words of an enumeration, also of one within a list.
    fn words(&self, schema: &Value) -> Vec<String> {
        let schema = self.resolve(schema);
        let own =
            items(&schema["enum"]).map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned));
        let mut words: Vec<String> = own.collect();
        for part in ["oneOf", "anyOf", "allOf"].iter().flat_map(|word| items(&schema[*word])) {
            words.extend(self.words(part));
        }
        if !schema["items"].is_null() {
            words.extend(self.words(&schema["items"]));
        }
        words.sort();
        words.dedup();
        words
    }

    /// Follows a reference of the document; a wrong one is nothing.
    fn resolve<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                self.document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
            }
            None => value,
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}
