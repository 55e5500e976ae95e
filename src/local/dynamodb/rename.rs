//! The item store has names of its own for tables and indexes: they are put into a request, and taken out of its
//! answer or refusal.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::mirror::index_names;
use super::table::Table;

/// Offers every table name of a request to `rename`: in `TableName`, in `RequestItems`, in `TransactItems`.
pub fn tables_in_input(input: &mut Value, rename: &mut impl FnMut(&str) -> Option<String>) {
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

pub fn back_in_answer(answer: &mut Value, tables: &[&Table]) {
    match answer.get_mut("ConsumedCapacity") {
        Some(Value::Array(capacities)) => {
            for capacity in capacities {
                back_in_capacity(capacity, tables);
            }
        }
        Some(capacity) => back_in_capacity(capacity, tables),
        None => {}
    }
    let mut name = |id: &str| Some(of_id(tables, id)?.name.clone());
    for member in [
        "Responses",
        "UnprocessedItems",
        "UnprocessedKeys",
        "ItemCollectionMetrics",
    ] {
        if let Some(by_table) = answer.get_mut(member).and_then(Value::as_object_mut) {
            rename_keys(by_table, &mut name);
        }
    }
}

fn back_in_capacity(capacity: &mut Value, tables: &[&Table]) {
    let Some(table) = capacity["TableName"]
        .as_str()
        .and_then(|id| of_id(tables, id))
    else {
        return;
    };
    capacity["TableName"] = table.name.clone().into();
    let indexes: BTreeMap<String, &str> = index_names(table).collect();
    for member in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        if let Some(by_index) = capacity.get_mut(member).and_then(Value::as_object_mut) {
            rename_keys(by_index, &mut |name| {
                indexes.get(name).map(|name| (*name).to_owned())
            });
        }
    }
}

/// In messages, those of a cancelled transaction's reasons included.
pub fn back_in_refusal(error: &mut ApiError, tables: &[&Table]) {
    let indexes = tables.iter().flat_map(|table| index_names(table));
    let tables = tables
        .iter()
        .map(|table| (table.id.clone(), table.name.as_str()));
    let names: Vec<(String, &str)> = tables.chain(indexes).collect();
    let told = |text: &str| {
        names.iter().fold(text.to_owned(), |text, (there, name)| {
            text.replace(there.as_str(), name)
        })
    };
    error.message = told(&error.message);
    let reasons = error.members.get_mut("CancellationReasons");
    for reason in reasons.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(Value::String(message)) = reason.get_mut("Message") {
            *message = told(message);
        }
    }
}

fn of_id<'a>(tables: &[&'a Table], id: &str) -> Option<&'a Table> {
    tables.iter().copied().find(|table| table.id == id)
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
