//! Item operations, carried out by dynoxide: the tables and the index that they name, its answers and errors.

use std::collections::BTreeMap;
use std::time::Instant;

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::super::call::Call;
use super::super::error::ApiError;
use super::bucket::Limit;
use super::consumption::{self, Asked, Kind};
use super::fetch::Fetch;
use super::refusal::{invalid, is_name};
use super::status::IndexStatus;
use super::table::Table;
use super::throttle::{self, Gate};
use super::{door, expiry, idempotency, meter_items, mirror, projected, rename};

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

const NAMES: [(&str, Operation); 10] = [
    ("PutItem", Operation::PutItem),
    ("GetItem", Operation::GetItem),
    ("UpdateItem", Operation::UpdateItem),
    ("DeleteItem", Operation::DeleteItem),
    ("Query", Operation::Query),
    ("Scan", Operation::Scan),
    ("BatchGetItem", Operation::BatchGetItem),
    ("BatchWriteItem", Operation::BatchWriteItem),
    ("TransactGetItems", Operation::TransactGetItems),
    ("TransactWriteItems", Operation::TransactWriteItems),
];

impl Operation {
    pub fn named(name: &str) -> Option<Operation> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, operation)| *operation)
    }

    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(_, operation)| *operation == self);
        found.map_or("", |(name, _)| name)
    }

    pub fn takes_index(self) -> bool {
        matches!(self, Operation::Query | Operation::Scan)
    }

    pub fn is_single_write(self) -> bool {
        matches!(
            self,
            Operation::PutItem | Operation::UpdateItem | Operation::DeleteItem
        )
    }

    pub fn is_write(self) -> bool {
        self.is_single_write()
            || matches!(
                self,
                Operation::BatchWriteItem | Operation::TransactWriteItems
            )
    }

    pub fn kind(self) -> Kind {
        if self.is_write() {
            Kind::Write
        } else {
            Kind::Read
        }
    }
}

pub fn handle(call: &Call, operation: Operation, input: &Value) -> Result<Value, ApiError> {
    let started = Instant::now();
    let mut wanted = input.clone();
    let asked = Asked::of(operation, &mut wanted);
    let (limits, done) = idempotency::once(call, operation, wanted, |wanted| {
        carry_out(call, operation, wanted)
    });
    match done {
        Ok(mut answer) => {
            let consumed = consumption::of_answer(operation, &answer);
            let readings = meter_items::of_answer(operation, &answer, &consumed, started.elapsed());
            meter_items::record_and_settle(call, &readings, &limits, &consumed);
            asked.trim_answer(&mut answer);
            Ok(answer)
        }
        Err(mut error) => {
            let tables = meter_items::named(call, input);
            let (readings, consumed) = meter_items::of_refusal(operation, &tables, &error);
            meter_items::record_and_settle(call, &readings, &limits, &consumed);
            asked.trim_refusal(&mut error);
            Err(error)
        }
    }
}

/// What bounds the costs of an operation, and its answer.
pub type Done = (Vec<Limit>, Result<Value, ApiError>);

fn carry_out(call: &Call, operation: Operation, mut input: Value) -> Done {
    let mut given = Vec::new();
    rename::tables_in_input(&mut input, &mut |name| {
        given.push(name.to_owned());
        None
    });
    given.retain(|name| is_name(name) || name.starts_with("arn:"));
    given.sort_unstable();
    given.dedup();
    let done = door::with_database(call, &given, |database, tables| {
        for table in tables.values() {
            expiry::remove_expired(call, database, operation, table)?;
        }
        let mut gate = Gate::open(call, operation, tables)?;
        let done =
            throttle::admit(call, &mut gate, operation, tables, &mut input).and_then(|held| {
                let mut answer = translated(database, operation, tables, input)?;
                throttle::give_back(operation, &mut answer, held);
                Ok(answer)
            });
        Ok((gate.limits, done))
    });
    done.unwrap_or_else(|error| (Vec::new(), Err(error)))
}

/// Carried out under the names of the item store, and answered under the caller's.
fn translated(
    database: &Database,
    operation: Operation,
    tables: &BTreeMap<String, Table>,
    mut input: Value,
) -> Result<Value, ApiError> {
    let (mut unprojected, mut fetch) = (None, None);
    if operation.takes_index() {
        for table in tables.values() {
            unprojected = projected::refusal(operation, table, &input);
            fetch = Fetch::of(table, &mut input);
            name_index(table, &mut input)?;
        }
    }
    rename::tables_in_input(&mut input, &mut |name| {
        tables.get(name).map(|table| table.id.clone())
    });
    let tables: Vec<&Table> = tables.values().collect();
    let done = perform(database, operation, input);
    match done.and_then(|answer| unprojected.map_or(Ok(answer), Err)) {
        Ok(mut answer) => {
            if let Some(fetch) = fetch {
                fetch.complete(database, &mut answer)?;
            }
            rename::back_in_answer(&mut answer, &tables);
            Ok(answer)
        }
        Err(mut error) => {
            rename::back_in_refusal(&mut error, &tables);
            Err(error)
        }
    }
}

/// Puts the name that the index has in the item store.
fn name_index(table: &Table, input: &mut Value) -> Result<(), ApiError> {
    let Some(Value::String(name)) = input.get_mut("IndexName") else {
        return Ok(());
    };
    require_readable(table, name)?;
    let found = mirror::index_names(table).find(|(_, given)| given == name);
    let (renamed, _) = found.ok_or_else(|| {
        invalid(format!(
            "The table does not have the specified index: {name}"
        ))
    })?;
    *name = renamed;
    Ok(())
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

pub fn perform(database: &Database, operation: Operation, input: Value) -> Result<Value, ApiError> {
    // Of all operations, only these tell how many errors there are in such a case.
    let enveloped = matches!(operation, Operation::PutItem | Operation::UpdateItem);
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
