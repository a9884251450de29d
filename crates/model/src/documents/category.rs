//! A category.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{UNSET, record};
use crate::Id;
use crate::collections::CATEGORIES;

/// Where a category comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryType {
    /// Made here.
    Internal,
    /// Learnt from a provider.
    External,
    /// Built in.
    System,
}

/// A document of `categories`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    #[doc = "Its id."]
    #[serde(rename = "_id")]
    pub id: Id,
    /// Whose it is; absent: for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Id>,
    /// Name; unique for its owner.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// Where it comes from.
    #[serde(rename = "type")]
    pub kind: CategoryType,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is offered.
    pub is_active: bool,
    /// How many events use it.
    pub usage_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises with every change.
    pub revision: i64,
}
record!(Category, CATEGORIES);

impl Category {
    /// A new category nobody uses yet.
    pub fn new(id: Id, user_id: Option<Id>, name: &str, color: &str, kind: CategoryType) -> Self {
        Self {
            id,
            user_id,
            name: name.to_owned(),
            color: color.to_owned(),
            kind,
            description: None,
            is_active: true,
            usage_count: 0,
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        }
    }
}
