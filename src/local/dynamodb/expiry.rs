//! Items that outlived their time to live go at the first operation on their table in a later minute of the clock.
//! AWS takes up to a few days, and shows them meanwhile (API UpdateTimeToLive).

use std::collections::BTreeSet;

use dynoxide::Database;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::items::{self, Operation};
use super::keys::names;
use super::meter::{self, MINUTE, Reading};
use super::table::Table;

/// What expired longer ago is taken for a mistake, and stays (DG howitworks-ttl).
const OLDEST: f64 = 5.0 * 365.0 * 24.0 * 60.0 * 60.0;
/// After a write nobody knows what expires next.
const UNKNOWN: i64 = 0;
const NEVER: i64 = i64::MAX;

/// When a table was last looked through.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    minute: i64,
    /// Second at which the next item expires; negative while somebody looks.
    next: i64,
}

/// Before `operation` is carried out on the table.
pub fn remove_expired(
    call: &Call,
    database: &Database,
    operation: Operation,
    table: &Table,
) -> Result<(), ApiError> {
    let Some(attribute) = table.time_to_live.in_force() else {
        return Ok(());
    };
    let look = call
        .store
        .read(|transaction| last_look(transaction, &table.id))?;
    let minute = call.now.div_euclid(MINUTE);
    let due = look.minute != minute && look.next <= call.now.div_euclid(1000);
    if due {
        let mine = -fastrand::i64(1..NEVER);
        let look = Look { minute, next: mine };
        call.store
            .write(|transaction| save(transaction, &table.id, look))?;
        let next = sweep(call, database, table, attribute)?;
        call.store.write(|transaction| {
            transaction.execute(
                "update ddb_expiries set next = ? where id = ? and next = ?",
                params![next, table.id, mine],
            )?;
            Ok(())
        })?;
    }
    if operation.is_write() && (due || look.next != UNKNOWN) {
        call.store.write(|transaction| {
            transaction.execute(
                "update ddb_expiries set next = ? where id = ?",
                params![UNKNOWN, table.id],
            )?;
            Ok(())
        })?;
    }
    Ok(())
}

fn last_look(transaction: &Transaction<'_>, id: &str) -> Result<Look, ApiError> {
    let look = transaction
        .prepare_cached("select minute, next from ddb_expiries where id = ?")?
        .query_row([id], |row| {
            Ok(Look {
                minute: row.get(0)?,
                next: row.get(1)?,
            })
        })
        .optional()?;
    Ok(look.unwrap_or(Look {
        minute: -1,
        next: UNKNOWN,
    }))
}

fn save(transaction: &Transaction<'_>, id: &str, look: Look) -> Result<(), ApiError> {
    transaction.execute(
        "insert or replace into ddb_expiries (id, minute, next) values (?, ?, ?)",
        params![id, look.minute, look.next],
    )?;
    Ok(())
}

/// Deletes what has expired, and tells the second at which the next item will.
fn sweep(
    call: &Call,
    database: &Database,
    table: &Table,
    attribute: &str,
) -> Result<i64, ApiError> {
    let now = call.now.div_euclid(1000) as f64;
    let mut input = numbered(table, attribute);
    let mut next = NEVER;
    let mut deleted = 0.0;
    loop {
        let mut page = items::perform(database, Operation::Scan, input.clone())?;
        let found = page["Items"].as_array().into_iter().flatten();
        for item in found.filter_map(Value::as_object) {
            let number = item.get(attribute).and_then(|value| value["N"].as_str());
            match number.map(str::parse::<f64>) {
                Some(Ok(at)) if at >= now => next = next.min(at as i64),
                Some(Ok(at)) if at >= now - OLDEST => {
                    deleted += delete(database, table, attribute, item)?;
                }
                _ => {}
            }
        }
        match page["LastEvaluatedKey"].take() {
            Value::Null => break,
            key => input["ExclusiveStartKey"] = key,
        }
    }
    if deleted > 0.0 {
        let reading = Reading::of_table("TimeToLiveDeletedItemCount", &table.name, deleted);
        call.store
            .write(|transaction| meter::record(call, transaction, &[reading]))?;
    }
    Ok(next)
}

/// A scan of the keys of those items whose attribute is a number.
fn numbered(table: &Table, attribute: &str) -> Value {
    let attributes: BTreeSet<&str> = names(&table.key_schema).chain([attribute]).collect();
    let mut placeholders = Map::new();
    let mut projection = Vec::new();
    for (number, name) in attributes.into_iter().enumerate() {
        let placeholder = format!("#a{number}");
        placeholders.insert(placeholder.clone(), name.into());
        projection.push(placeholder);
    }
    placeholders.insert("#ttl".into(), attribute.into());
    json!({
        "TableName": table.id,
        "ProjectionExpression": projection.join(", "),
        "FilterExpression": "attribute_type(#ttl, :number)",
        "ExpressionAttributeNames": placeholders,
        "ExpressionAttributeValues": { ":number": { "S": "N" } },
    })
}

/// How many were deleted: none if the item was changed meanwhile.
fn delete(
    database: &Database,
    table: &Table,
    attribute: &str,
    item: &Map<String, Value>,
) -> Result<f64, ApiError> {
    let key: Map<String, Value> = names(&table.key_schema)
        .filter_map(|name| item.get_key_value(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let input = json!({
        "TableName": table.id,
        "Key": key,
        "ConditionExpression": "#ttl = :seen",
        "ExpressionAttributeNames": { "#ttl": attribute },
        "ExpressionAttributeValues": { ":seen": item.get(attribute) },
    });
    match items::perform(database, Operation::DeleteItem, input) {
        Ok(_) => Ok(1.0),
        Err(error) if error.code == "ConditionalCheckFailedException" => Ok(0.0),
        Err(error) => Err(error),
    }
}
