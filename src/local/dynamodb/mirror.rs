//! Brings a dynoxide table in line with our descriptor: keys, definitions, indexes and their backfill.
//!
//! In dynoxide a table goes by its TableId, and an index by a name with a number: its SQLite names ignore case and
//! reserve some, DynamoDB's do neither.

use std::collections::BTreeSet;

use dynoxide::Database;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::error::ApiError;
use super::keys::names;
use super::status::IndexStatus;
use super::table::{AttributeDefinition, GlobalIndex, LocalIndex, Table};

/// The global indexes that a mirrored table has, by their names here.
pub type Shape = BTreeSet<String>;

pub fn wanted(table: &Table) -> Shape {
    mirrored_indexes(table).map(global_name).collect()
}

/// Every index that may be read from: its name here, and its name.
pub fn index_names(table: &Table) -> impl Iterator<Item = (String, &str)> {
    let globals = mirrored_indexes(table).map(|index| (global_name(index), index.name.as_str()));
    let locals = table.local_indexes.iter().enumerate();
    globals.chain(locals.map(|(number, index)| (local_name(number, index), index.name.as_str())))
}

/// Cut, as dynoxide allows 255 characters too.
fn global_name(index: &GlobalIndex) -> String {
    format!("{:.200}.g{}", index.name, index.serial)
}

fn local_name(number: usize, index: &LocalIndex) -> String {
    format!("{:.200}.l{number}", index.name)
}

/// From the first moment of an index on, so that no write is missed; queries wait until it is ACTIVE.
fn mirrored_indexes(table: &Table) -> impl Iterator<Item = &GlobalIndex> {
    table
        .global_indexes
        .iter()
        .filter(|index| index.status != IndexStatus::Deleting)
}

/// May be repeated after a kill at any point: that a table is mirrored is recorded only once this is through.
pub fn bring_in_line(database: &Database, table: &Table, mirrored: bool) -> Result<(), ApiError> {
    if mirrored {
        return update(database, table);
    }
    remove(database, &table.id)?;
    create(database, table)
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
        .enumerate()
        .map(|(number, index)| {
            json!({
                "IndexName": local_name(number, index),
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

fn update(database: &Database, table: &Table) -> Result<(), ApiError> {
    let wanted = wanted(table);
    let present = present(database, &table.id)?;
    for name in present.difference(&wanted) {
        let input = json!({
            "TableName": table.id,
            "GlobalSecondaryIndexUpdates": [{ "Delete": { "IndexName": name } }],
        });
        database.update_table(request(input)?).map_err(failed)?;
    }
    for index in mirrored_indexes(table).filter(|index| !present.contains(&global_name(index))) {
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
        "IndexName": global_name(index),
        "KeySchema": index.key_schema,
        "Projection": index.projection,
    })
}

fn present(database: &Database, id: &str) -> Result<Shape, ApiError> {
    let metadata = database.get_table_metadata(id).map_err(failed)?;
    let Some(definitions) = metadata.and_then(|metadata| metadata.gsi_definitions) else {
        return Ok(Shape::new());
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
