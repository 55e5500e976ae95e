//! The door to dynoxide: which tables an item operation names, their names there, its answers and errors.

use std::collections::BTreeMap;

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::error::ApiError;
use super::door;
use super::refusal::{invalid, is_name};
use super::status::IndexStatus;
use super::table::Table;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    PutItem,
    GetItem,
    UpdateItem,
    DeleteItem,
    Query,
    Scan,
    BatchGetItem,
    BatchWriteItem,
    TransactGetItems,
    TransactWriteItems,
}

impl Operation {
    pub fn named(name: &str) -> Option<Operation> {
        Some(match name {
            "PutItem" => Operation::PutItem,
            "GetItem" => Operation::GetItem,
            "UpdateItem" => Operation::UpdateItem,
            "DeleteItem" => Operation::DeleteItem,
            "Query" => Operation::Query,
            "Scan" => Operation::Scan,
            "BatchGetItem" => Operation::BatchGetItem,
            "BatchWriteItem" => Operation::BatchWriteItem,
            "TransactGetItems" => Operation::TransactGetItems,
            "TransactWriteItems" => Operation::TransactWriteItems,
            _ => return None,
        })
    }

    fn is_single_write(self) -> bool {
        matches!(
            self,
            Operation::PutItem | Operation::UpdateItem | Operation::DeleteItem
        )
    }
}

pub fn handle(call: &Call, operation: Operation, input: &Value) -> Result<Value, ApiError> {
    let mut input = input.clone();
    let mut given = Vec::new();
    rename_in_input(&mut input, &mut |name| {
        given.push(name.to_owned());
        None
    });
    given.retain(|name| is_name(name) || name.starts_with("arn:"));
    given.sort_unstable();
    given.dedup();
    door::with_database(call, &given, |database, tables| {
        if let Some(index) = input["IndexName"].as_str() {
            for table in tables.values() {
                require_readable(table, index)?;
            }
        }
        rename_in_input(&mut input, &mut |name| {
            tables.get(name).map(|table| table.id.clone())
        });
        let names: BTreeMap<&str, &str> = tables
            .values()
            .map(|table| (table.id.as_str(), table.name.as_str()))
            .collect();
        let mut answer = perform(database, operation, input)?;
        rename_in_answer(&mut answer, &names);
        Ok(answer)
    })
}

fn require_readable(table: &Table, name: &str) -> Result<(), ApiError> {
    let index = table.global_indexes.iter().find(|index| index.name == name);
    match index.map(|index| index.status) {
        Some(IndexStatus::Allocating { .. } | IndexStatus::Backfilling) => Err(invalid(format!(
            "Cannot read from backfilling global secondary index: {name}"
        ))),
        _ => Ok(()),
    }
}

fn perform(database: &Database, operation: Operation, input: Value) -> Result<Value, ApiError> {
    let enveloped = operation.is_single_write();
    match operation {
        Operation::PutItem => run(input, enveloped, |request| database.put_item(request)),
        Operation::GetItem => run(input, enveloped, |request| database.get_item(request)),
        Operation::UpdateItem => run(input, enveloped, |request| database.update_item(request)),
        Operation::DeleteItem => run(input, enveloped, |request| database.delete_item(request)),
        Operation::Query => run(input, enveloped, |request| database.query(request)),
        Operation::Scan => run(input, enveloped, |request| database.scan(request)),
        Operation::BatchGetItem => {
            run(input, enveloped, |request| database.batch_get_item(request))
        }
        Operation::BatchWriteItem => run(input, enveloped, |request| {
            database.batch_write_item(request)
        }),
        Operation::TransactGetItems => run(input, enveloped, |request| {
            database.transact_get_items(request)
        }),
        Operation::TransactWriteItems => run(input, enveloped, |request| {
            database.transact_write_items(request)
        }),
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    input: Value,
    enveloped: bool,
    operation: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> Result<Value, ApiError> {
    let request = serde_json::from_value(input)
        .map_err(|error| refused_input(&error.to_string(), enveloped))?;
    let answer = operation(request).map_err(|error| refused(&error))?;
    serde_json::to_value(answer)
        .map_err(|error| ApiError::internal(format!("an item operation's answer: {error}")))
}

/// dynoxide's decoders tell the class of an error by a prefix of its text.
fn refused_input(message: &str, enveloped: bool) -> ApiError {
    if let Some(message) = message.strip_prefix("VALIDATION_REQUEST:") {
        let envelope = if enveloped {
            "1 validation error detected: "
        } else {
            ""
        };
        return invalid(format!("{envelope}{message}"));
    }
    for prefix in ["VALIDATION:", "VALIDATION_AS_READ:"] {
        if let Some(message) = message.strip_prefix(prefix) {
            return invalid(message);
        }
    }
    for prefix in ["SERIALIZATION:", "SERIALIZATION_AS_READ:"] {
        if let Some(message) = message.strip_prefix(prefix) {
            return ApiError::new("SerializationException", message);
        }
    }
    let is_value = message.contains("Supplied AttributeValue")
        || message.contains("missing field")
        || message.contains("unknown variant")
        || message.contains("invalid type: null");
    if message.contains("empty AttributeValue") {
        invalid(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        )
    } else if is_value {
        invalid(message)
    } else {
        ApiError::new("SerializationException", message)
    }
}

fn refused(error: &DynoxideError) -> ApiError {
    let mut members: Map<String, Value> =
        serde_json::from_str(&error.to_json()).unwrap_or_default();
    let kind = members.remove("__type");
    let code = kind
        .as_ref()
        .and_then(Value::as_str)
        .map_or("InternalServerError", |kind| {
            kind.rsplit_once('#').map_or(kind, |(_, code)| code)
        });
    for member in ["message", "Message"] {
        members.remove(member);
    }
    ApiError {
        status: error.status_code(),
        members,
        ..ApiError::new(code, error.to_string())
    }
}

/// Offers every table name of a request to `rename`: in `TableName`, in `RequestItems`, in `TransactItems`.
fn rename_in_input(input: &mut Value, rename: &mut impl FnMut(&str) -> Option<String>) {
    rename_member(input, rename);
    if let Some(items) = input.get_mut("RequestItems").and_then(Value::as_object_mut) {
        rename_keys(items, rename);
    }
    let actions = input
        .get_mut("TransactItems")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut());
    for action in actions {
        rename_member(action, rename);
    }
}

fn rename_in_answer(answer: &mut Value, names: &BTreeMap<&str, &str>) {
    let mut rename = |id: &str| names.get(id).map(|name| (*name).to_owned());
    match answer.get_mut("ConsumedCapacity") {
        Some(Value::Array(capacities)) => {
            for capacity in capacities {
                rename_member(capacity, &mut rename);
            }
        }
        Some(capacity) => rename_member(capacity, &mut rename),
        None => {}
    }
    for member in [
        "Responses",
        "UnprocessedItems",
        "UnprocessedKeys",
        "ItemCollectionMetrics",
    ] {
        if let Some(by_table) = answer.get_mut(member).and_then(Value::as_object_mut) {
            rename_keys(by_table, &mut rename);
        }
    }
}

fn rename_member(value: &mut Value, rename: &mut impl FnMut(&str) -> Option<String>) {
    if let Some(Value::String(name)) = value.get_mut("TableName")
        && let Some(new) = rename(name)
    {
        *name = new;
    }
}

fn rename_keys(map: &mut Map<String, Value>, rename: &mut impl FnMut(&str) -> Option<String>) {
    *map = std::mem::take(map)
        .into_iter()
        .map(|(name, value)| (rename(&name).unwrap_or(name), value))
        .collect();
}
