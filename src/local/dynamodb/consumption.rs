//! What an item operation consumes: the item store is always asked to tell it, the caller is told what they asked for.

use std::collections::BTreeMap;

use dynoxide::types::{Item, item_size, write_capacity_units};
use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::items::Operation;
use super::meter::Reading;

const CAPACITY: &str = "ReturnConsumedCapacity";
const OLD_ITEM: &str = "ReturnValuesOnConditionCheckFailure";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    None,
    Total,
    Indexes,
}

/// What the caller asked to be told.
pub struct Asked {
    capacity: Detail,
    old_item: bool,
}

impl Asked {
    /// Takes the caller's wishes out of the request, and puts ours in; what is no wish is left to be refused.
    pub fn of(operation: Operation, input: &mut Value) -> Asked {
        let mut asked = Asked {
            capacity: Detail::Indexes,
            old_item: true,
        };
        let Some(input) = input.as_object_mut() else {
            return asked;
        };
        let capacity = match input.get(CAPACITY).map(Value::as_str) {
            None | Some(Some("NONE")) => Some(Detail::None),
            Some(Some("TOTAL")) => Some(Detail::Total),
            _ => None,
        };
        if let Some(detail) = capacity {
            asked.capacity = detail;
            input.insert(CAPACITY.into(), "INDEXES".into());
        }
        let told = input.get(OLD_ITEM).map(Value::as_str);
        if operation.is_single_write() && matches!(told, None | Some(Some("NONE"))) {
            asked.old_item = false;
            input.insert(OLD_ITEM.into(), "ALL_OLD".into());
        }
        asked
    }

    pub fn trim_answer(&self, answer: &mut Value) {
        let Some(answer) = answer.as_object_mut() else {
            return;
        };
        match (self.capacity, answer.get_mut("ConsumedCapacity")) {
            (Detail::None, _) => {
                answer.remove("ConsumedCapacity");
            }
            (Detail::Total, Some(Value::Array(capacities))) => {
                let capacities = capacities.iter_mut();
                capacities
                    .filter_map(Value::as_object_mut)
                    .for_each(trim_total);
            }
            (Detail::Total, Some(Value::Object(capacity))) => trim_total(capacity),
            _ => {}
        }
    }

    pub fn trim_refusal(&self, error: &mut ApiError) {
        if !self.old_item {
            error.members.remove("Item");
        }
    }
}

fn trim_total(capacity: &mut Map<String, Value>) {
    for member in ["Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        capacity.remove(member);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Read,
    Write,
}

/// By one request on one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Consumption {
    pub table: String,
    pub kind: Kind,
    /// Of the table and its local indexes.
    pub units: f64,
    pub indexes: BTreeMap<String, f64>,
}

impl Consumption {
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        let name = match self.kind {
            Kind::Read => "ConsumedReadCapacityUnits",
            Kind::Write => "ConsumedWriteCapacityUnits",
        };
        let indexes = self.indexes.iter();
        let indexes =
            indexes.map(move |(index, units)| Reading::of_index(name, &self.table, index, *units));
        let table = Reading::of_table(name, &self.table, self.units);
        // A query of a global index takes nothing of its table.
        let table = (self.units > 0.0).then_some(table);
        table.into_iter().chain(indexes)
    }
}

/// As an answer tells it, under the names that the caller knows.
pub fn of_answer(operation: Operation, answer: &Value) -> Vec<Consumption> {
    let told = match &answer["ConsumedCapacity"] {
        Value::Array(capacities) => capacities.iter().collect(),
        Value::Object(_) => vec![&answer["ConsumedCapacity"]],
        _ => Vec::new(),
    };
    told.into_iter()
        .map(|capacity| {
            // The replay of a transaction consumes reads (API TransactWriteItems).
            let replayed = capacity.get("ReadCapacityUnits").is_some();
            let kind = if operation.is_write() && !replayed {
                Kind::Write
            } else {
                Kind::Read
            };
            consumption(kind, capacity)
        })
        .collect()
}

fn consumption(kind: Kind, capacity: &Value) -> Consumption {
    let units = |capacity: &Value| capacity["CapacityUnits"].as_f64().unwrap_or(0.0);
    let indexes: BTreeMap<String, f64> = capacity["GlobalSecondaryIndexes"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, capacity)| (name.clone(), units(capacity)))
        .collect();
    Consumption {
        table: capacity["TableName"].as_str().unwrap_or("").to_owned(),
        kind,
        units: units(capacity) - indexes.values().sum::<f64>(),
        indexes,
    }
}

/// A write whose condition fails costs what the item that is there would (DG WorkingWithItems).
pub fn of_failed_condition(table: &str, error: &ApiError) -> Consumption {
    let item = error.members.get("Item").cloned();
    let item: Option<Item> = item.and_then(|item| serde_json::from_value(item).ok());
    Consumption {
        table: table.to_owned(),
        kind: Kind::Write,
        units: write_capacity_units(item.map_or(0, |item| item_size(&item))),
        indexes: BTreeMap::new(),
    }
}
