//! The descriptor of a table, and its row in the store.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::{Billing, Capacity, OnDemandThroughput};
use super::count::Count;
use super::encryption::Encryption;
use super::refusal::{Constraints, table_not_found};
use super::status::{IndexStatus, TableStatus};
use super::ttl::TimeToLive;
use super::{backup, meter_tables, running, streams};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeDefinition {
    pub attribute_name: String,
    pub attribute_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyElement {
    pub attribute_name: String,
    pub key_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Projection {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_key_attributes: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalIndex {
    pub name: String,
    pub key_schema: Vec<KeyElement>,
    pub projection: Projection,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GlobalIndex {
    pub name: String,
    /// Tells an index from an earlier one of the same name.
    pub serial: u64,
    pub key_schema: Vec<KeyElement>,
    pub projection: Projection,
    pub status: IndexStatus,
    /// When the status ends, in milliseconds.
    pub until: i64,
    pub capacity: Capacity,
    pub on_demand: OnDemandThroughput,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    pub view: Option<String>,
    /// Of the latest stream, which a disabled table still tells.
    pub label: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableClass {
    pub name: String,
    /// Absent for the class that the table was made with.
    pub updated: Option<i64>,
    /// Of the last 30 days.
    #[serde(default)]
    pub changes: Vec<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    pub since: i64,
    pub days: i64,
}

/// Told while the table is being made out of a backup (API RestoreSummary).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restoration {
    pub backup_arn: String,
    pub source_arn: String,
    pub at: i64,
}

/// Times are milliseconds by the emulator's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub id: String,
    pub created: i64,
    pub status: TableStatus,
    pub until: i64,
    pub key_schema: Vec<KeyElement>,
    pub definitions: Vec<AttributeDefinition>,
    pub local_indexes: Vec<LocalIndex>,
    pub global_indexes: Vec<GlobalIndex>,
    pub next_serial: u64,
    pub billing: Billing,
    pub capacity: Capacity,
    pub on_demand: OnDemandThroughput,
    pub deletion_protection: bool,
    pub class: Option<TableClass>,
    pub stream: Stream,
    /// ARN of the KMS key; absent with the key that AWS owns.
    pub kms_key: Option<String>,
    #[serde(default)]
    pub encryption: Encryption,
    pub time_to_live: TimeToLive,
    pub recovery: Option<Recovery>,
    pub tags: BTreeMap<String, String>,
    pub count: Count,
    #[serde(default)]
    pub restoration: Option<Restoration>,
    /// From when on it may be backed up.
    #[serde(default)]
    pub backups_at: i64,
}

impl Table {
    pub fn arn(&self, call: &Call) -> String {
        call.arn("dynamodb", &format!("table/{}", self.name))
    }

    /// The definitions that the keys of the table and of `indexes` use.
    pub fn definitions_used<'a>(
        &'a self,
        indexes: impl IntoIterator<Item = &'a GlobalIndex>,
    ) -> Vec<AttributeDefinition> {
        let used: BTreeSet<&str> = self
            .key_schema
            .iter()
            .chain(
                self.local_indexes
                    .iter()
                    .flat_map(|index| &index.key_schema),
            )
            .chain(indexes.into_iter().flat_map(|index| &index.key_schema))
            .map(|element| element.attribute_name.as_str())
            .collect();
        self.definitions
            .iter()
            .filter(|definition| used.contains(definition.attribute_name.as_str()))
            .cloned()
            .collect()
    }
}

/// The table's name from `TableName`, which may also be an ARN.
pub fn table_name(call: &Call, given: &str) -> Result<String, ApiError> {
    if given.starts_with("arn:") {
        return match given.strip_prefix(&call.arn("dynamodb", "table/")) {
            Some(name) => Ok(name.to_owned()),
            None => Err(table_not_found(given)),
        };
    }
    let mut constraints = Constraints::default();
    constraints.name(given, "tableName");
    constraints.finish()?;
    Ok(given.to_owned())
}

/// The table as it is by `call.now`.
pub fn find(
    call: &Call,
    transaction: &Transaction<'_>,
    name: &str,
) -> Result<Option<Table>, ApiError> {
    let descriptor: Option<String> = transaction
        .prepare_cached(
            "select descriptor from ddb_tables where account = ? and region = ? and name = ?",
        )?
        .query_row(params![call.account, call.region, name], |row| row.get(0))
        .optional()?;
    match descriptor {
        Some(descriptor) => Ok(decode_descriptor(&descriptor)?.settled(call.now)),
        None => Ok(None),
    }
}

/// Like [`find`], refusing a missing table in DescribeTable's words.
pub fn get(call: &Call, transaction: &Transaction<'_>, name: &str) -> Result<Table, ApiError> {
    find(call, transaction, name)?.ok_or_else(|| table_not_found(name))
}

/// Every table of the region by name.
pub fn all(call: &Call, transaction: &Transaction<'_>) -> Result<Vec<Table>, ApiError> {
    let mut statement = transaction.prepare_cached(
        "select descriptor from ddb_tables where account = ? and region = ? order by name",
    )?;
    let mut rows = statement.query(params![call.account, call.region])?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next()? {
        let descriptor: String = row.get(0)?;
        tables.extend(decode_descriptor(&descriptor)?.settled(call.now));
    }
    Ok(tables)
}

/// The names of the region's tables after `start`, in their order.
pub fn names_after(
    call: &Call,
    transaction: &Transaction<'_>,
    start: &str,
    limit: i64,
) -> Result<Vec<String>, ApiError> {
    let mut statement = transaction.prepare_cached(
        "select name from ddb_tables where account = ? and region = ? and name > ?
         and (gone_at is null or gone_at > ?) order by name limit ?",
    )?;
    let names = statement
        .query_map(
            params![call.account, call.region, start, call.now, limit],
            |row| row.get(0),
        )?
        .collect::<Result<Vec<String>, _>>()?;
    Ok(names)
}

pub fn save(call: &Call, transaction: &Transaction<'_>, table: &Table) -> Result<(), ApiError> {
    let descriptor = serde_json::to_string(table)
        .map_err(|error| ApiError::internal(format!("a table's descriptor: {error}")))?;
    transaction
        .prepare_cached(
            "insert or replace into ddb_tables (account, region, name, descriptor, gone_at)
             values (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            call.account,
            call.region,
            table.name,
            descriptor,
            (table.status == TableStatus::Deleting).then_some(table.until)
        ])?;
    meter_tables::keep(call, transaction, table)?;
    streams::keep(call, transaction, table)?;
    running::keep(call, transaction, table)
}

/// Forgets the tables whose deletion is through; the item store has yet to hear of it.
pub fn purge(call: &Call, transaction: &Transaction<'_>) -> Result<(), ApiError> {
    transaction
        .prepare_cached(
            "insert or ignore into ddb_gone (id) select id from ddb_mirrors where id in
             (select json_extract(descriptor, '$.id') from ddb_tables where gone_at <= ?)",
        )?
        .execute(params![call.now])?;
    // What a restored table that nobody touched still has to be given.
    transaction
        .prepare_cached(
            "delete from ddb_pages where owner in
             (select json_extract(descriptor, '$.id') from ddb_tables where gone_at <= ?)",
        )?
        .execute(params![call.now])?;
    transaction
        .prepare_cached("delete from ddb_tables where gone_at <= ?")?
        .execute(params![call.now])?;
    backup::purge(call, transaction)
}

pub fn decode_descriptor(descriptor: &str) -> Result<Table, ApiError> {
    serde_json::from_str(descriptor).map_err(|error| {
        ApiError::internal(format!(
            "a table's descriptor in the local state cannot be read ({error}): \
             it is from another version, reset the local state"
        ))
    })
}
