//! Parameters in the query and in the path: read strictly, refused with names.

use app::paging::PageRequest;
use axum::extract::FromRequestParts;
use axum::extract::RawPathParams;
use http::request::Parts;
use model::Id;
use model::validate::FieldError;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Query parameters. One that `T` does not know is refused by name.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The `{id}` of the path. What is no id is answered like an id of nothing.
pub(crate) struct PathId(pub(crate) Id);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let missing = || Problem::new("not_found", "there is nothing with this id");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| missing())?;
        let text = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
        text.and_then(|text| text.parse().ok()).map(Self).ok_or_else(missing)
    }
}

/// The page that `limit` and `cursor` ask for.
pub(crate) fn page(limit: Option<u32>, cursor: Option<&str>) -> Result<PageRequest, Problem> {
    Ok(PageRequest::read(limit, cursor)?)
}

/// Takes a flag out of a body whose other fields belong to the record; false when it is absent.
pub(crate) fn flag_of(
    body: &mut serde_json::Map<String, serde_json::Value>,
    name: &'static str,
) -> Result<bool, Problem> {
    match body.remove(name) {
        None | Some(serde_json::Value::Null) => Ok(false),
        Some(serde_json::Value::Bool(flag)) => Ok(flag),
        Some(_) => Err(app::AppError::field(name, "True or false is wanted.").into()),
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let mut unknown = Vec::new();
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.push(FieldError::new(path.to_string(), "is not a parameter of this request"));
    };
    let pairs = serde_urlencoded::Deserializer::new(form_pairs(query));
    let strict = serde_ignored::Deserializer::new(pairs, &mut note);
    let value = serde_path_to_error::deserialize(strict).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().to_string();
        let detail = format!("{path}: {message}");
        Problem::new("invalid_parameters", detail).errors(vec![FieldError::new(path, message)])
    })?;
    if unknown.is_empty() {
        return Ok(value);
    }
    let names: Vec<&str> = unknown.iter().map(|error| error.field.as_str()).collect();
    let detail = format!("this request has no such parameters: {}", names.join(", "));
    Err(Problem::new("invalid_parameters", detail).errors(unknown))
}

fn form_pairs(query: &str) -> url::form_urlencoded::Parse<'_> {
    url::form_urlencoded::parse(query.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Sample {
        limit: Option<u32>,
        q: Option<String>,
    }

    #[test]
    fn parameters_are_read_strictly() {
        assert_eq!(
            read::<Sample>("limit=5&q=a%20b").unwrap(),
            Sample { limit: Some(5), q: Some("a b".into()) }
        );
        for (query, detail) in [
            ("limt=5", "no such parameters: limt"),
            ("limit=five", "limit: "),
            ("limit=5&limit=6", "duplicate field"),
        ] {
            let problem = read::<Sample>(query).unwrap_err();
            assert_eq!(problem.code(), "invalid_parameters");
            assert!(problem.detail().contains(detail), "{query}: {problem:?}");
        }
    }
}
