//! The operations as a client sees them: JSON in, JSON or an error's code and message out.

mod items;
mod killed;
mod limits;
mod rules;
mod settings;
mod streams;
mod tables;
mod updates;

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::call::{Call, Settings};
use super::super::error::ApiError;
use super::super::store::Store;
use super::handle;

const SECOND: i64 = 1000;
const HOUR: i64 = 60 * 60 * SECOND;
const START: i64 = 1_790_000_000_000;

/// A process on a state folder, with a clock of its own.
struct World {
    store: Store,
    settings: Settings,
    region: &'static str,
    now: i64,
}

impl World {
    fn open(dir: &TempDir) -> World {
        World::on(Store::open(dir.path()).unwrap())
    }

    /// Everything is done at once.
    fn on(store: Store) -> World {
        World {
            store,
            settings: Settings {
                table_delay: Duration::ZERO,
                index_delay: Duration::ZERO,
                ttl_delay: Duration::ZERO,
                backup_delay: Duration::ZERO,
            },
            region: "us-east-1",
            now: START,
        }
    }

    /// Tables take 10 s, indexes 20 s, TTL 30 s.
    fn slow(dir: &TempDir) -> World {
        World {
            settings: Settings {
                table_delay: Duration::from_secs(10),
                index_delay: Duration::from_secs(20),
                ttl_delay: Duration::from_secs(30),
                backup_delay: Duration::from_secs(5),
            },
            ..World::open(dir)
        }
    }

    fn call<T>(&self, f: impl FnOnce(&Call) -> T) -> T {
        f(&Call {
            origin: "https://dynamodb.us-east-1.amazonaws.com",
            store: &self.store,
            settings: &self.settings,
            region: self.region,
            account: "123456789012",
            now: self.now,
        })
    }

    fn try_do(&self, operation: &str, input: &Value) -> Result<Value, ApiError> {
        self.call(|call| handle(call, operation, input))
    }

    #[track_caller]
    fn run(&self, operation: &str, input: Value) -> Value {
        match self.try_do(operation, &input) {
            Ok(answer) => answer,
            Err(error) => panic!("{operation} {input}: {error}"),
        }
    }

    /// The error as `Code: message`.
    #[track_caller]
    fn refusal(&self, operation: &str, input: Value) -> String {
        match self.try_do(operation, &input) {
            Ok(answer) => panic!("{operation} {input} was answered: {answer}"),
            Err(error) => error.to_string(),
        }
    }

    fn table(&self, name: &str) -> Value {
        self.run("DescribeTable", json!({ "TableName": name }))["Table"].take()
    }

    fn status(&self, name: &str) -> String {
        match self.try_do("DescribeTable", &json!({ "TableName": name })) {
            Ok(answer) => answer["Table"]["TableStatus"].as_str().unwrap().to_owned(),
            Err(error) => error.code,
        }
    }

    /// Status and backfilling of the table's indexes.
    fn indexes(&self, name: &str) -> Vec<(String, String, Option<bool>)> {
        let table = self.table(name);
        table["GlobalSecondaryIndexes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|index| {
                (
                    index["IndexName"].as_str().unwrap().to_owned(),
                    index["IndexStatus"].as_str().unwrap().to_owned(),
                    index["Backfilling"].as_bool(),
                )
            })
            .collect()
    }

    fn wait(&mut self, seconds: i64) {
        self.now += seconds * SECOND;
    }
}

fn definitions(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| json!({ "AttributeName": name, "AttributeType": "S" }))
        .collect()
}

fn keys(names: &[&str]) -> Value {
    names
        .iter()
        .zip(["HASH", "RANGE"])
        .map(|(name, role)| json!({ "AttributeName": name, "KeyType": role }))
        .collect()
}

fn index(name: &str, of: &[&str]) -> Value {
    json!({ "IndexName": name, "KeySchema": keys(of), "Projection": { "ProjectionType": "ALL" } })
}

/// Keyed by `id`, on demand.
fn plain(name: &str) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": definitions(&["id"]),
        "KeySchema": keys(&["id"]),
        "BillingMode": "PAY_PER_REQUEST",
    })
}

fn with(mut input: Value, member: &str, value: Value) -> Value {
    input[member] = value;
    input
}

fn add_index(table: &str, name: &str, attribute: &str) -> Value {
    json!({
        "TableName": table,
        "AttributeDefinitions": definitions(&[attribute]),
        "GlobalSecondaryIndexUpdates": [{ "Create": index(name, &[attribute]) }],
    })
}

fn remove_index(table: &str, name: &str) -> Value {
    json!({
        "TableName": table,
        "GlobalSecondaryIndexUpdates": [{ "Delete": { "IndexName": name } }],
    })
}
