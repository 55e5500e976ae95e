//! A transaction's token makes it happen once within ten minutes (API TransactWriteItems), whichever process is asked.

use std::collections::BTreeMap;

use dynoxide::types::{Item, item_size, read_capacity_units, transactional_read_capacity};
use md5::{Digest as _, Md5};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::door;
use super::items::{Done, Operation};
use super::meter::MINUTE;
use super::refusal::Constraints;

const KEPT: i64 = 10 * MINUTE;

struct Token {
    text: String,
    /// Of what it stands for.
    digest: Vec<u8>,
}

/// Carries the request out, unless it was before.
pub fn once(
    call: &Call,
    operation: Operation,
    mut input: Value,
    carry_out: impl FnOnce(Value) -> Done,
) -> Done {
    let token = match Token::of(operation, &mut input) {
        Ok(Some(token)) => token,
        Ok(None) => return carry_out(input),
        Err(error) => return (Vec::new(), Err(error)),
    };
    let held = match door::lock_tokens(call) {
        Ok(held) => held,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let done = match call
        .store
        .read(|transaction| token.known(call, transaction))
    {
        Ok(false) => {
            let done = carry_out(input);
            if done.1.is_ok() {
                // What is done is done: that a repetition would not be known is no reason to call it failed.
                call.store
                    .write(|transaction| token.save(call, transaction))
                    .ok();
            }
            done
        }
        Ok(true) => (Vec::new(), Ok(replay(call, &input))),
        Err(error) => (Vec::new(), Err(error)),
    };
    drop(held);
    done
}

impl Token {
    /// Takes it out of the request: the item store's own memory of tokens ends with its process.
    fn of(operation: Operation, input: &mut Value) -> Result<Option<Token>, ApiError> {
        if operation != Operation::TransactWriteItems {
            return Ok(None);
        }
        let given = input.get_mut("ClientRequestToken").map(Value::take);
        let Some(Value::String(text)) = given else {
            return Ok(None);
        };
        let mut constraints = Constraints::default();
        constraints.length(&text, "clientRequestToken", 1, 36);
        constraints.finish()?;
        // The SDKs write an item's attributes in any order.
        let mut items = input["TransactItems"].clone();
        items.sort_all_objects();
        let digest = Md5::digest(items.to_string()).to_vec();
        Ok(Some(Token { text, digest }))
    }

    fn known(&self, call: &Call, transaction: &Transaction<'_>) -> Result<bool, ApiError> {
        let digest: Option<Vec<u8>> = transaction
            .prepare_cached(
                "select digest from ddb_tokens where account = ? and region = ? and token = ? and at > ?",
            )?
            .query_row(
                params![call.account, call.region, self.text, call.now - KEPT],
                |row| row.get(0),
            )
            .optional()?;
        match digest {
            None => Ok(false),
            Some(digest) if digest == self.digest => Ok(true),
            Some(_) => Err(ApiError::new(
                "IdempotentParameterMismatchException",
                "An error occurred (IdempotentParameterMismatchException)",
            )),
        }
    }

    fn save(&self, call: &Call, transaction: &Transaction<'_>) -> Result<(), ApiError> {
        transaction
            .prepare_cached("delete from ddb_tokens where at <= ?")?
            .execute([call.now - KEPT])?;
        transaction
            .prepare_cached(
                "insert or replace into ddb_tokens (account, region, token, digest, at) values (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                call.account,
                call.region,
                self.text,
                self.digest,
                call.now
            ])?;
        Ok(())
    }
}

/// The answer to a repetition, which costs reads. An item that the request does not hold counts as a small one.
fn replay(call: &Call, input: &Value) -> Value {
    let prefix = call.arn("dynamodb", "table/");
    let mut tables: BTreeMap<String, f64> = BTreeMap::new();
    let actions = input["TransactItems"].as_array().into_iter().flatten();
    for action in actions.filter_map(|item| item.as_object()?.values().next()) {
        let given = action["TableName"].as_str().unwrap_or("");
        let item: Option<Item> = serde_json::from_value(action["Item"].clone()).ok();
        let units = read_capacity_units(item.map_or(0, |item| item_size(&item)));
        let name = given.strip_prefix(&prefix).unwrap_or(given);
        *tables.entry(name.to_owned()).or_default() += 2.0 * units;
    }
    let detail = Some("INDEXES".to_owned());
    let capacities: Vec<Value> = tables
        .iter()
        .filter_map(|(table, units)| transactional_read_capacity(table, *units, &detail))
        .filter_map(|capacity| serde_json::to_value(capacity).ok())
        .collect();
    json!({ "ConsumedCapacity": capacities })
}
