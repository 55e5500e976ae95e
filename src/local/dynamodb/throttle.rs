//! Requests beyond what their tables' capacity allows: refused, or for a batch done in part.
//!
//! What a request consumes is known only afterwards, so it is let in while anything is left, and may overdraw.

use std::collections::BTreeMap;

use dynoxide::types::{Item, item_size, write_capacity_units};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::bucket::{self, Limit, Source};
use super::consumption::Kind;
use super::items::Operation;
use super::keys::names;
use super::meter::Reading;
use super::meter_items;
use super::table::Table;

/// What may be done now, of the tables that a request names.
#[derive(Default)]
pub struct Gate {
    pub limits: Vec<Limit>,
    left: Vec<f64>,
}

impl Gate {
    pub fn open(
        call: &Call,
        operation: Operation,
        tables: &BTreeMap<String, Table>,
    ) -> Result<Gate, ApiError> {
        let limits: Vec<Limit> = tables
            .values()
            .flat_map(|table| bucket::limits(call, table, operation.kind()))
            .collect();
        if limits.is_empty() {
            return Ok(Gate::default());
        }
        let left = call.store.read(|transaction| {
            let limits = limits.iter();
            limits.map(|it| it.left(call, transaction)).collect()
        })?;
        Ok(Gate { limits, left })
    }

    /// The number of the limit that `action` on the table would break.
    fn broken(&self, table: &Table, action: &Action) -> Option<usize> {
        (0..self.limits.len()).find(|&number| {
            let limit = &self.limits[number];
            limit.table == table.name
                && self.left[number] <= 0.0
                && action.touches(table, &limit.index)
        })
    }

    fn take(&mut self, table: &Table, action: &Action) {
        for (limit, left) in self.limits.iter().zip(&mut self.left) {
            if limit.table == table.name && action.touches(table, &limit.index) {
                *left -= action.units();
            }
        }
    }
}

/// One item's part of a request.
enum Action<'a> {
    Put(&'a Value),
    /// Of an item that is not told, so that any index may be in it.
    Change,
    Get,
    /// Of a global index, or of the table and what belongs to it.
    Search(&'a str),
}

impl Action<'_> {
    fn touches(&self, table: &Table, index: &str) -> bool {
        let global = || table.global_indexes.iter().find(|it| it.name == index);
        match self {
            Action::Search(name) if table.global_indexes.iter().any(|it| it.name == *name) => {
                *name == index
            }
            _ if index.is_empty() => true,
            Action::Get | Action::Search(_) => false,
            Action::Change => true,
            Action::Put(item) => global()
                .is_some_and(|it| names(&it.key_schema).all(|name| item.get(name).is_some())),
        }
    }

    /// As far as it can be told before.
    fn units(&self) -> f64 {
        match self {
            Action::Put(item) => {
                let item: Option<Item> = serde_json::from_value((*item).clone()).ok();
                write_capacity_units(item.map_or(0, |item| item_size(&item)))
            }
            Action::Change => 1.0,
            Action::Get | Action::Search(_) => 0.5,
        }
    }
}

/// The parts of a batch that have to wait, by table.
pub type Held = Map<String, Value>;

/// Refuses what cannot be done now, or takes it out of a batch.
pub fn admit(
    call: &Call,
    gate: &mut Gate,
    operation: Operation,
    tables: &BTreeMap<String, Table>,
    input: &mut Value,
) -> Result<Held, ApiError> {
    if gate.limits.is_empty() {
        return Ok(Held::new());
    }
    match operation {
        Operation::BatchGetItem | Operation::BatchWriteItem => {
            admit_batch(call, gate, operation, tables, input)
        }
        Operation::TransactGetItems | Operation::TransactWriteItems => {
            admit_transaction(call, gate, operation, tables, input)
        }
        _ => {
            let action = match operation {
                Operation::PutItem => Action::Put(&input["Item"]),
                Operation::GetItem => Action::Get,
                Operation::Query | Operation::Scan => {
                    Action::Search(input["IndexName"].as_str().unwrap_or(""))
                }
                _ => Action::Change,
            };
            for table in tables.values() {
                if let Some(number) = gate.broken(table, &action) {
                    let limit = &gate.limits[number];
                    meter_items::record(call, &refused_readings(operation, &[limit]));
                    return Err(refusal(limit));
                }
            }
            Ok(Held::new())
        }
    }
}

fn admit_batch(
    call: &Call,
    gate: &mut Gate,
    operation: Operation,
    tables: &BTreeMap<String, Table>,
    input: &mut Value,
) -> Result<Held, ApiError> {
    let mut held = Held::new();
    let mut broken = Vec::new();
    let by_table = input.get_mut("RequestItems").and_then(Value::as_object_mut);
    let Some(by_table) = by_table else {
        return Ok(held);
    };
    for (given, wanted) in by_table.iter_mut() {
        if let (Some(table), Some(parts)) = (tables.get(given), parts(operation, wanted)) {
            let later = hold(gate, operation, table, parts, &mut broken);
            if !later.is_empty() {
                held.insert(table.name.clone(), with_parts(operation, wanted, later));
            }
        }
    }
    by_table.retain(|_, wanted| parts(operation, wanted).is_none_or(|parts| !parts.is_empty()));
    match broken.first() {
        Some(first) if by_table.is_empty() => {
            let limits: Vec<&Limit> = broken.iter().collect();
            meter_items::record(call, &refused_readings(operation, &limits));
            Err(refusal(first))
        }
        _ => {
            let events: Vec<Reading> = broken.iter().flat_map(events).collect();
            meter_items::record(call, &events);
            Ok(held)
        }
    }
}

/// Takes those parts out that a limit does not allow now.
fn hold(
    gate: &mut Gate,
    operation: Operation,
    table: &Table,
    parts: &mut Vec<Value>,
    broken: &mut Vec<Limit>,
) -> Vec<Value> {
    let (mut now, mut later) = (Vec::new(), Vec::new());
    for part in std::mem::take(parts) {
        let action = batch_action(operation, &part);
        match gate.broken(table, &action) {
            None => {
                gate.take(table, &action);
                now.push(part);
            }
            Some(number) => {
                broken.push(gate.limits[number].clone());
                later.push(part);
            }
        }
    }
    *parts = now;
    later
}

/// The list of a table's items within a batch.
fn parts(operation: Operation, wanted: &mut Value) -> Option<&mut Vec<Value>> {
    match operation {
        Operation::BatchGetItem => wanted.get_mut("Keys")?.as_array_mut(),
        _ => wanted.as_array_mut(),
    }
}

fn with_parts(operation: Operation, wanted: &Value, parts: Vec<Value>) -> Value {
    if operation == Operation::BatchGetItem {
        let mut wanted = wanted.clone();
        wanted["Keys"] = parts.into();
        wanted
    } else {
        parts.into()
    }
}

fn batch_action(operation: Operation, part: &Value) -> Action<'_> {
    match (operation, part.pointer("/PutRequest/Item")) {
        (Operation::BatchGetItem, _) => Action::Get,
        (_, Some(item)) => Action::Put(item),
        (_, None) => Action::Change,
    }
}

/// A transaction is cancelled as a whole (API TransactionCanceledException).
fn admit_transaction(
    call: &Call,
    gate: &Gate,
    operation: Operation,
    tables: &BTreeMap<String, Table>,
    input: &Value,
) -> Result<Held, ApiError> {
    let mut broken = Vec::new();
    let mut reasons = Vec::new();
    for item in input["TransactItems"].as_array().into_iter().flatten() {
        let action = item.as_object().and_then(|item| item.iter().next());
        let found = action.and_then(|(name, part)| {
            let action = match name.as_str() {
                "Put" => Action::Put(&part["Item"]),
                "Get" | "ConditionCheck" => Action::Get,
                _ => Action::Change,
            };
            let table = tables.get(part["TableName"].as_str()?)?;
            Some(&gate.limits[gate.broken(table, &action)?])
        });
        broken.extend(found);
        reasons.push(match found {
            None => json!({ "Code": "None" }),
            Some(limit) => json!({ "Code": reason_code(limit), "Message": message(limit) }),
        });
    }
    if broken.is_empty() {
        return Ok(Held::new());
    }
    meter_items::record(call, &refused_readings(operation, &broken));
    let codes: Vec<&str> = reasons
        .iter()
        .filter_map(|it| it["Code"].as_str())
        .collect();
    let told = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let mut error = ApiError::new("TransactionCanceledException", told);
    error
        .members
        .insert("CancellationReasons".into(), reasons.into());
    Err(error)
}

fn reason_code(limit: &Limit) -> &'static str {
    match limit.source {
        Source::Provisioned => "ProvisionedThroughputExceeded",
        Source::OnDemand => "ThrottlingError",
    }
}

fn message(limit: &Limit) -> &'static str {
    match (limit.source, limit.index.is_empty()) {
        (Source::OnDemand, _) => {
            "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
        }
        (Source::Provisioned, true) => {
            "The level of configured provisioned throughput for the table was exceeded. \
             Consider increasing your provisioning level with the UpdateTable API."
        }
        (Source::Provisioned, false) => {
            "The level of configured provisioned throughput for one or more global secondary indexes of the table \
             was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary \
             indexes with the UpdateTable API"
        }
    }
}

/// With its reason, as API ThrottlingReason spells it.
fn refusal(limit: &Limit) -> ApiError {
    let resource = if limit.index.is_empty() {
        "Table"
    } else {
        "Index"
    };
    let (code, member, cause) = match limit.source {
        Source::Provisioned => (
            "ProvisionedThroughputExceededException",
            "ThrottlingReasons",
            "ProvisionedThroughputExceeded",
        ),
        Source::OnDemand => (
            "ThrottlingException",
            "throttlingReasons",
            "MaxOnDemandThroughputExceeded",
        ),
    };
    let reason = format!("{resource}{:?}{cause}", limit.kind);
    let mut error = ApiError::new(code, message(limit));
    error.members.insert(
        member.into(),
        json!([{ "reason": reason, "resource": limit.arn }]),
    );
    error
}

fn events(limit: &Limit) -> [Reading; 2] {
    let cause = match (limit.kind, limit.source) {
        (Kind::Read, Source::Provisioned) => "ReadProvisionedThroughputThrottleEvents",
        (Kind::Write, Source::Provisioned) => "WriteProvisionedThroughputThrottleEvents",
        (Kind::Read, Source::OnDemand) => "ReadMaxOnDemandThroughputThrottleEvents",
        (Kind::Write, Source::OnDemand) => "WriteMaxOnDemandThroughputThrottleEvents",
    };
    [
        meter_items::throttle_event(limit.kind, &limit.table, &limit.index),
        Reading::of_index(cause, &limit.table, &limit.index, 1.0),
    ]
}

/// A request counts once for a table, however much of it was throttled (DG metrics-dimensions, ThrottledRequests).
fn refused_readings(operation: Operation, broken: &[&Limit]) -> Vec<Reading> {
    let mut tables: Vec<&str> = broken.iter().map(|limit| limit.table.as_str()).collect();
    tables.sort_unstable();
    tables.dedup();
    let requests = tables
        .into_iter()
        .map(|table| Reading::of_operation("ThrottledRequests", table, operation.name(), 1.0));
    let events = broken.iter().flat_map(|limit| events(limit));
    requests.chain(events).collect()
}

/// Tells the caller what of a batch was held.
pub fn give_back(operation: Operation, answer: &mut Value, held: Held) {
    let member = match operation {
        Operation::BatchGetItem => "UnprocessedKeys",
        _ => "UnprocessedItems",
    };
    for (table, held) in held {
        let there = &mut answer[member][&table];
        match (operation, held) {
            (Operation::BatchGetItem, mut held) => {
                let keys = there["Keys"].as_array().cloned().unwrap_or_default();
                if let Some(held) = held["Keys"].as_array_mut() {
                    held.extend(keys);
                }
                *there = held;
            }
            (_, Value::Array(mut held)) => {
                held.extend(there.as_array().cloned().unwrap_or_default());
                *there = held.into();
            }
            _ => {}
        }
    }
}
