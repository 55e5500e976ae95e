//! Brings a dynoxide table in line with our descriptor: keys, definitions, indexes and their backfill.
//!
//! In dynoxide a table goes by its TableId: its SQLite names ignore case and reserve some, DynamoDB's do neither.

use std::collections::BTreeMap;

use dynoxide::Database;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::error::ApiError;
use super::keys::names;
use super::status::IndexStatus;
use super::table::{AttributeDefinition, GlobalIndex, Table};

/// The global indexes that a mirrored table has: name and serial.
pub type Shape = BTreeMap<String, u64>;

pub fn wanted(table: &Table) -> Shape {
    mirrored_indexes(table)
        .map(|index| (index.name.clone(), index.serial))
        .collect()
}

/// From the first moment of an index on, so that no write is missed; queries wait until it is ACTIVE.
fn mirrored_indexes(table: &Table) -> impl Iterator<Item = &GlobalIndex> {
    table
        .global_indexes
        .iter()
        .filter(|index| index.status != IndexStatus::Deleting)
}

/// May be repeated after a kill at any point: `recorded` is written only once this is through.
pub fn bring_in_line(
    database: &Database,
    table: &Table,
    recorded: Option<&Shape>,
) -> Result<(), ApiError> {
    match recorded {
        None => {
            remove(database, &table.id)?;
            create(database, table)
        }
        Some(recorded) => update(database, table, recorded),
    }
}

pub fn remove(database: &Database, id: &str) -> Result<(), ApiError> {
    if database.get_table_metadata(id).map_err(failed)?.is_some() {
        let request = request(json!({ "TableName": id }))?;
        database.delete_table(request).map_err(failed)?;
    }
    Ok(())
}

fn create(database: &Database, table: &Table) -> Result<(), ApiError> {
    let mut input = json!({
        "TableName": table.id,
        "KeySchema": table.key_schema,
        "AttributeDefinitions": table.definitions_used(mirrored_indexes(table)),
        "BillingMode": "PAY_PER_REQUEST",
    });
    let globals: Vec<Value> = mirrored_indexes(table).map(index_input).collect();
    if !globals.is_empty() {
        input["GlobalSecondaryIndexes"] = globals.into();
    }
    let locals: Vec<Value> = table
        .local_indexes
        .iter()
        .map(|index| {
            json!({
                "IndexName": index.name,
                "KeySchema": index.key_schema,
                "Projection": index.projection,
            })
        })
        .collect();
    if !locals.is_empty() {
        input["LocalSecondaryIndexes"] = locals.into();
    }
    database.create_table(request(input)?).map_err(failed)?;
    Ok(())
}

fn update(database: &Database, table: &Table, recorded: &Shape) -> Result<(), ApiError> {
    let wanted = wanted(table);
    let mut present = index_names(database, &table.id)?;
    let outdated: Vec<String> = present
        .iter()
        .filter(|name| !wanted.contains_key(*name) || wanted.get(*name) != recorded.get(*name))
        .cloned()
        .collect();
    for name in outdated {
        let input = json!({
            "TableName": table.id,
            "GlobalSecondaryIndexUpdates": [{ "Delete": { "IndexName": name } }],
        });
        database.update_table(request(input)?).map_err(failed)?;
        present.retain(|other| *other != name);
    }
    for index in mirrored_indexes(table).filter(|index| !present.contains(&index.name)) {
        let definitions: Vec<&AttributeDefinition> = table
            .definitions
            .iter()
            .filter(|definition| {
                names(&index.key_schema).any(|name| name == definition.attribute_name)
            })
            .collect();
        let input = json!({
            "TableName": table.id,
            "AttributeDefinitions": definitions,
            "GlobalSecondaryIndexUpdates": [{ "Create": index_input(index) }],
        });
        database.update_table(request(input)?).map_err(failed)?;
    }
    Ok(())
}

fn index_input(index: &GlobalIndex) -> Value {
    json!({
        "IndexName": index.name,
        "KeySchema": index.key_schema,
        "Projection": index.projection,
    })
}

fn index_names(database: &Database, id: &str) -> Result<Vec<String>, ApiError> {
    let metadata = database.get_table_metadata(id).map_err(failed)?;
    let Some(definitions) = metadata.and_then(|metadata| metadata.gsi_definitions) else {
        return Ok(Vec::new());
    };
    let definitions: Vec<Value> = serde_json::from_str(&definitions).map_err(unreadable)?;
    Ok(definitions
        .iter()
        .filter_map(|definition| definition["IndexName"].as_str())
        .map(str::to_owned)
        .collect())
}

fn request<T: DeserializeOwned>(input: Value) -> Result<T, ApiError> {
    serde_json::from_value(input).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> ApiError {
    ApiError::internal(format!("the item store's schema: {error}"))
}

fn failed(error: dynoxide::DynoxideError) -> ApiError {
    ApiError::internal(format!(
        "the item store could not follow a table's change: {error}"
    ))
}
