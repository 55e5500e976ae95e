//! DescribeTable, ListTables, DescribeLimits, and the description that every table operation answers with.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::capacity::{UNITS_MAX, seconds};
use super::count;
use super::refusal::{Constraints, decode};
use super::table::{GlobalIndex, LocalIndex, Table, get, names_after, table_name};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NamedTable {
    pub table_name: String,
}

pub fn describe_table(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: NamedTable = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    let table = call
        .store
        .read(|transaction| get(call, transaction, &name))?;
    let table = count::refreshed(call, table)?;
    Ok(json!({ "Table": describe(call, &table) }))
}

/// TableDescription.
pub fn describe(call: &Call, table: &Table) -> Value {
    let arn = table.arn(call);
    let mut description = Map::new();
    let mut put = |member: &str, value: Value| description.insert(member.to_owned(), value);
    put("AttributeDefinitions", json!(table.definitions));
    put("TableName", json!(table.name));
    put("KeySchema", json!(table.key_schema));
    put("TableStatus", json!(table.status.name()));
    put("CreationDateTime", seconds(table.created));
    put("ProvisionedThroughput", table.capacity.describe(call.now));
    put("TableSizeBytes", json!(table.count.bytes));
    put("ItemCount", json!(table.count.items));
    put("TableArn", json!(arn));
    put("TableId", json!(table.id));
    put(
        "DeletionProtectionEnabled",
        json!(table.deletion_protection),
    );
    if let Some(summary) = table.billing.summary() {
        put("BillingModeSummary", summary);
    }
    if !table.on_demand.is_empty() {
        put("OnDemandThroughput", json!(table.on_demand));
    }
    if !table.local_indexes.is_empty() {
        let indexes = table.local_indexes.iter();
        put(
            "LocalSecondaryIndexes",
            indexes.map(|index| describe_local(&arn, index)).collect(),
        );
    }
    if !table.global_indexes.is_empty() {
        let indexes = table.global_indexes.iter();
        put(
            "GlobalSecondaryIndexes",
            indexes
                .map(|index| describe_global(call, &arn, index))
                .collect(),
        );
    }
    for (member, value) in settings(call, table, &arn) {
        put(member, value);
    }
    description.into()
}

/// What is absent until it is set.
fn settings(call: &Call, table: &Table, arn: &str) -> Vec<(&'static str, Value)> {
    let mut settings = Vec::new();
    if let Some(view) = &table.stream.view {
        settings.push((
            "StreamSpecification",
            json!({ "StreamEnabled": true, "StreamViewType": view }),
        ));
    }
    if let Some(label) = &table.stream.label {
        settings.push(("LatestStreamLabel", json!(label)));
        settings.push(("LatestStreamArn", json!(format!("{arn}/stream/{label}"))));
    }
    if let Some(description) = table.sse_description(call.now) {
        settings.push(("SSEDescription", description));
    }
    if let Some(restoration) = &table.restoration {
        settings.push((
            "RestoreSummary",
            json!({
                "SourceBackupArn": restoration.backup_arn,
                "SourceTableArn": restoration.source_arn,
                "RestoreDateTime": seconds(restoration.at),
                "RestoreInProgress": true,
            }),
        ));
    }
    if let Some(class) = &table.class {
        let mut summary = json!({ "TableClass": class.name });
        if let Some(updated) = class.updated {
            summary["LastUpdateDateTime"] = seconds(updated);
        }
        settings.push(("TableClassSummary", summary));
    }
    settings
}

fn describe_local(table_arn: &str, index: &LocalIndex) -> Value {
    json!({
        "IndexName": index.name,
        "KeySchema": index.key_schema,
        "Projection": index.projection,
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": format!("{table_arn}/index/{}", index.name),
    })
}

fn describe_global(call: &Call, table_arn: &str, index: &GlobalIndex) -> Value {
    let mut description = json!({
        "IndexName": index.name,
        "KeySchema": index.key_schema,
        "Projection": index.projection,
        "IndexStatus": index.status.name(),
        "ProvisionedThroughput": index.capacity.describe(call.now),
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": format!("{table_arn}/index/{}", index.name),
    });
    if let Some(backfilling) = index.status.backfilling() {
        description["Backfilling"] = backfilling.into();
    }
    if !index.on_demand.is_empty() {
        description["OnDemandThroughput"] = json!(index.on_demand);
    }
    description
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListTables {
    exclusive_start_table_name: Option<String>,
    limit: Option<i64>,
}

pub fn list_tables(call: &Call, input: &Value) -> Result<Value, ApiError> {
    const PAGE: i64 = 100;
    let request: ListTables = decode(input)?;
    let limit = request.limit.unwrap_or(PAGE);
    let mut constraints = Constraints::default();
    if let Some(start) = &request.exclusive_start_table_name {
        constraints.name(start, "exclusiveStartTableName");
    }
    constraints.between(limit, "limit", 1, PAGE);
    constraints.finish()?;
    let start = request.exclusive_start_table_name.unwrap_or_default();
    let mut names = call
        .store
        .read(|transaction| names_after(call, transaction, &start, limit + 1))?;
    let more = names.len() as i64 > limit;
    names.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let mut answer = json!({ "TableNames": names });
    if more {
        answer["LastEvaluatedTableName"] = json!(names.last());
    }
    Ok(answer)
}

/// The quotas that an account has at first (DG ServiceQuotas).
pub fn describe_limits() -> Value {
    json!({
        "AccountMaxReadCapacityUnits": 80_000,
        "AccountMaxWriteCapacityUnits": 80_000,
        "TableMaxReadCapacityUnits": UNITS_MAX,
        "TableMaxWriteCapacityUnits": UNITS_MAX,
    })
}
