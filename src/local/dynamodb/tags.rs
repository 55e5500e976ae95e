//! TagResource, UntagResource, ListTagsOfResource.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::refusal::{decode, invalid, invalid_parameter, is_name};
use super::status::TableStatus;
use super::table::{Table, find, save};

const TAGS_MAX: usize = 50;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    key: String,
    value: String,
}

pub fn check(tags: &[Tag]) -> Result<(), ApiError> {
    let mut keys = std::collections::BTreeSet::new();
    for Tag { key, value } in tags {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(invalid_parameter(
                "Tag key must be between 1 and 128 characters",
            ));
        }
        if value.chars().count() > 256 {
            return Err(invalid_parameter(
                "Tag value must be between 0 and 256 characters",
            ));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid_parameter(format!(
                "Tag keys starting with 'aws:' are reserved for system use. Key: {key}"
            )));
        }
        let legal = |text: &str| {
            text.chars()
                .all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
        };
        if !legal(key) || !legal(value) {
            return Err(invalid_parameter(format!(
                "Tag keys and values may hold letters, white space, numbers and _.:/=+-@ only. Key: {key}"
            )));
        }
        if !keys.insert(key) {
            return Err(invalid_parameter(format!("Duplicate tag key: {key}")));
        }
    }
    check_count(tags.len())
}

fn check_count(count: usize) -> Result<(), ApiError> {
    if count > TAGS_MAX {
        return Err(invalid_parameter(format!(
            "Too many tags: tag limit is {TAGS_MAX}"
        )));
    }
    Ok(())
}

pub fn into_map(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagResource {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub fn tag_resource(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: TagResource = decode(input)?;
    if request.tags.is_empty() {
        return Err(invalid("Atleast one Tag needs to be provided as Input."));
    }
    check(&request.tags)?;
    change(call, &request.resource_arn, |tags| {
        tags.extend(into_map(request.tags));
        check_count(tags.len())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub fn untag_resource(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: UntagResource = decode(input)?;
    if request.tag_keys.is_empty() {
        return Err(invalid(
            "Atleast one Tag Key needs to be provided as Input.",
        ));
    }
    change(call, &request.resource_arn, |tags| {
        tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListTagsOfResource {
    resource_arn: String,
}

pub fn list_tags_of_resource(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: ListTagsOfResource = decode(input)?;
    let table = call
        .store
        .read(|transaction| table_of(call, transaction, &request.resource_arn))?;
    let tags: Vec<Value> = table
        .tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    Ok(json!({ "Tags": tags }))
}

fn change(
    call: &Call,
    arn: &str,
    edit: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ApiError>,
) -> Result<Value, ApiError> {
    call.store.write(|transaction| {
        let mut table = table_of(call, transaction, arn)?;
        // Tags do not wait for an update, but for the table itself (API TagResource lists ResourceInUseException).
        if matches!(table.status, TableStatus::Creating | TableStatus::Deleting) {
            table.require_active()?;
        }
        edit(&mut table.tags)?;
        save(call, transaction, &table)?;
        Ok(json!({}))
    })
}

fn table_of(call: &Call, transaction: &Transaction<'_>, arn: &str) -> Result<Table, ApiError> {
    let name = arn
        .strip_prefix("arn:aws:dynamodb:")
        .and_then(|rest| rest.split_once(":table/"))
        .map(|(_, name)| name)
        .filter(|name| is_name(name))
        .ok_or_else(|| {
            invalid(format!(
                "Invalid TableArn: Invalid ResourceArn provided as input {arn}"
            ))
        })?;
    find(call, transaction, name)?
        .filter(|table| table.arn(call) == arn)
        .ok_or_else(|| {
            ApiError::new(
                "ResourceNotFoundException",
                // The misspelling is AWS's.
                format!("Requested resource not found: ResourcArn: {arn} not found"),
            )
        })
}
