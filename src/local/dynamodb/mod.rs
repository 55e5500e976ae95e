//! DynamoDB. Tables, their settings and their phases are kept here; items and expressions are dynoxide's.

mod backup;
mod backups;
mod bucket;
mod capacity;
mod census;
mod consumption;
mod continuous_backups;
mod count;
mod create;
mod delete;
mod describe;
mod door;
mod encryption;
mod expiry;
mod fetch;
mod idempotency;
mod items;
mod keys;
mod meter;
mod meter_items;
mod meter_tables;
mod mirror;
mod pages;
mod projected;
mod refusal;
mod rename;
mod restore;
mod running;
mod schema;
mod status;
mod stream;
pub mod streams;
mod table;
mod tags;
mod throttle;
mod ttl;
mod update;
mod update_index;

use std::collections::BTreeMap;

use serde_json::Value;

use super::call::Call;
use super::error::ApiError;

pub use census::census;
pub use door::{Doors, sweep};
pub use meter::{data, metrics};
pub use meter_items::throttled;
pub use schema::SCHEMA;

/// # Errors
/// As the operation's page in the DynamoDB API Reference lists them.
pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match items::Operation::named(operation) {
        Some(operation) => items::handle(call, operation, input),
        None => control(call, operation, input).inspect_err(|error| {
            meter_items::refused(call, error);
        }),
    }
}

fn control(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "CreateTable" => create::create_table(call, input),
        "DescribeTable" => describe::describe_table(call, input),
        "ListTables" => describe::list_tables(call, input),
        "DescribeLimits" => Ok(describe::describe_limits()),
        "UpdateTable" => update::update_table(call, input),
        "DeleteTable" => delete::delete_table(call, input),
        "UpdateTimeToLive" => ttl::update_time_to_live(call, input),
        "DescribeTimeToLive" => ttl::describe_time_to_live(call, input),
        "UpdateContinuousBackups" => continuous_backups::update_continuous_backups(call, input),
        "DescribeContinuousBackups" => continuous_backups::describe_continuous_backups(call, input),
        "CreateBackup" => backups::create_backup(call, input),
        "DescribeBackup" => backups::describe_backup(call, input),
        "ListBackups" => backups::list_backups(call, input),
        "DeleteBackup" => backups::delete_backup(call, input),
        "RestoreTableFromBackup" => restore::restore_table_from_backup(call, input),
        "RestoreTableToPointInTime" => restore::restore_table_to_point_in_time(call, input),
        "TagResource" => tags::tag_resource(call, input),
        "UntagResource" => tags::untag_resource(call, input),
        "ListTagsOfResource" => tags::list_tags_of_resource(call, input),
        _ => Err(ApiError::new(
            "UnknownOperationException",
            format!("{operation} is not an operation of the embedded DynamoDB"),
        )),
    }
}

pub type Tags = BTreeMap<String, String>;

/// ARN and tags of every tagged table of the region.
///
/// # Errors
/// If the local state cannot be read.
pub fn tagged(call: &Call) -> Result<Vec<(String, Tags)>, ApiError> {
    let tables = call
        .store
        .read(|transaction| table::all(call, transaction))?;
    Ok(tables
        .into_iter()
        .filter(|table| !table.tags.is_empty())
        .map(|table| (table.arn(call), table.tags))
        .collect())
}

#[cfg(test)]
mod tests;
