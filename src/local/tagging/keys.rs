//! GetTagKeys and GetTagValues.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::{Call, decode};
use super::super::error::ApiError;
use super::{all, invalid, position, token};

/// As many as the service puts onto a page (API GetTagKeys: the whole may come in several).
const PER_PAGE: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    pagination_token: Option<String>,
    key: Option<String>,
}

pub fn get_tag_keys(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let asked: Asked = decode(input)?;
    let resources = all(call)?;
    let keys = resources.into_iter().flat_map(|(_, tags)| tags.into_keys());
    page(&asked, "TagKeys", keys.collect())
}

pub fn get_tag_values(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let asked: Asked = decode(input)?;
    let Some(key) = &asked.key else {
        return Err(invalid("Key is required"));
    };
    let resources = all(call)?;
    let values = resources
        .into_iter()
        .filter_map(|(_, mut tags)| tags.remove(key));
    page(&asked, "TagValues", values.collect())
}

fn page(asked: &Asked, member: &str, found: BTreeSet<String>) -> Result<Value, ApiError> {
    let after = position(asked.pagination_token.as_deref())?;
    let mut texts: Vec<String> = found
        .into_iter()
        .filter(|text| after.as_ref().is_none_or(|after| text > after))
        .collect();
    let more = texts.len() > PER_PAGE;
    texts.truncate(PER_PAGE);
    let token = token(texts.last().filter(|_| more).map(String::as_str));
    Ok(json!({ member: texts, "PaginationToken": token }))
}
