//! Requests in the few shapes that the tests use, and what they look at in the answers.

use std::collections::HashMap;
use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, CreateGlobalSecondaryIndexAction,
    DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndex, GlobalSecondaryIndexUpdate,
    KeySchemaElement, KeyType, Projection, ProjectionType, ProvisionedThroughput,
    ScalarAttributeType, TableDescription,
};
use shopctl::local::call::Settings;
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;

use crate::support::{ACCOUNT, code, config, options};

pub fn open(options: Options) -> Client {
    Client::new(&config(LocalAws::open(options).unwrap(), "us-east-1"))
}

/// A folder that goes away with the test, and a client on it for which everything is done at once.
pub fn fresh() -> (tempfile::TempDir, Client) {
    let dir = tempfile::tempdir().unwrap();
    let client = open(options(dir.path()));
    (dir, client)
}

/// A client that looks `later` minutes ahead, where tables take 10 minutes, indexes 20, TTL 30 and backups 5.
pub fn slow(dir: &Path, later: u64) -> Client {
    let minutes = |count: u64| Duration::from_secs(count * 60);
    open(Options {
        settings: Settings {
            table_delay: minutes(10),
            index_delay: minutes(20),
            ttl_delay: minutes(30),
            backup_delay: minutes(5),
        },
        clock: minutes(later),
        ..options(dir)
    })
}

pub fn arn(table: &str) -> String {
    format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}")
}

pub fn definition(name: &str) -> AttributeDefinition {
    let kind = ScalarAttributeType::S;
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition.attribute_type(kind).build().unwrap()
}

pub fn keys(names: &[&str]) -> Vec<KeySchemaElement> {
    let roles = [KeyType::Hash, KeyType::Range];
    let element = |(name, role): (&&str, KeyType)| {
        let element = KeySchemaElement::builder().attribute_name(*name);
        element.key_type(role).build().unwrap()
    };
    names.iter().zip(roles).map(element).collect()
}

pub fn all() -> Projection {
    let kind = ProjectionType::All;
    Projection::builder().projection_type(kind).build()
}

pub fn units(read: i64, write: i64) -> ProvisionedThroughput {
    ProvisionedThroughput::builder()
        .read_capacity_units(read)
        .write_capacity_units(write)
        .build()
        .unwrap()
}

/// CreateTable of an on-demand table with the given key.
pub fn keyed(client: &Client, name: &str, key: &[&str]) -> CreateTableFluentBuilder {
    client
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(key.iter().map(|it| definition(it)).collect()))
        .set_key_schema(Some(keys(key)))
        .billing_mode(BillingMode::PayPerRequest)
}

/// Keyed by `id`, on demand.
pub fn plain(client: &Client, name: &str) -> CreateTableFluentBuilder {
    keyed(client, name, &["id"])
}

pub fn index(name: &str, key: &[&str]) -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(key)))
        .projection(all())
        .build()
        .unwrap()
}

pub fn create_index(name: &str, attribute: &str) -> GlobalSecondaryIndexUpdate {
    let action = CreateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .set_key_schema(Some(keys(&[attribute])))
        .projection(all());
    GlobalSecondaryIndexUpdate::builder()
        .create(action.build().unwrap())
        .build()
}

pub fn delete_index(name: &str) -> GlobalSecondaryIndexUpdate {
    let action = DeleteGlobalSecondaryIndexAction::builder().index_name(name);
    GlobalSecondaryIndexUpdate::builder()
        .delete(action.build().unwrap())
        .build()
}

/// UpdateTable that adds an index on one attribute.
pub fn add(client: &Client, table: &str, name: &str, attribute: &str) -> UpdateTableFluentBuilder {
    client
        .update_table()
        .table_name(table)
        .attribute_definitions(definition(attribute))
        .global_secondary_index_updates(create_index(name, attribute))
}

/// UpdateTable that removes an index.
pub fn remove(client: &Client, table: &str, name: &str) -> UpdateTableFluentBuilder {
    let request = client.update_table().table_name(table);
    request.global_secondary_index_updates(delete_index(name))
}

pub async fn described(client: &Client, name: &str) -> TableDescription {
    let answer = client.describe_table().table_name(name).send().await;
    answer.unwrap().table.unwrap()
}

/// TableStatus, or the code of the refusal.
pub async fn status(client: &Client, name: &str) -> String {
    match client.describe_table().table_name(name).send().await {
        Ok(answer) => answer.table.unwrap().table_status.unwrap().to_string(),
        refused => code(refused),
    }
}

/// Status and `Backfilling` of every index, such as `by-user CREATING true`.
pub async fn index_phases(client: &Client, table: &str) -> Vec<String> {
    let table = described(client, table).await;
    let phase = |index: &aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription| {
        let words = [
            index.index_name().map(str::to_owned),
            index.index_status().map(ToString::to_string),
            index.backfilling().map(|it| it.to_string()),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let indexes = table.global_secondary_indexes().iter();
    indexes.map(phase).collect()
}

/// A refusal's code and message.
#[track_caller]
pub fn refusal<T: Debug, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    let error = result.map_err(|error| error.meta().clone()).unwrap_err();
    let [code, message] = [error.code(), error.message()].map(Option::unwrap_or_default);
    format!("{code}: {message}")
}

pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub fn item(pairs: &[(&str, &str)]) -> HashMap<String, AttributeValue> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), text(value));
    pairs.iter().map(pair).collect()
}

pub async fn put(client: &Client, table: &str, pairs: &[(&str, &str)]) {
    let request = client.put_item().table_name(table);
    let request = request.set_item(Some(item(pairs)));
    request.send().await.unwrap();
}
