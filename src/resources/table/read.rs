//! Live tables, read whole.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types as sdk;
use futures_util::future::{join, try_join3};

use crate::model::failure::{Failure, FailureKind};
use crate::model::id::Kind;
use crate::resources::owned::Bulk;
use crate::resources::read::by_name;

use super::api::TableApi;
use super::config::{
    AttributeType, BillingMode, IndexLive, KeyAttribute, Projection, TableLive, TimeToLiveLive,
};

/// Reads the tables of these names; what is missing, or on its way out, is absent from the answer.
///
/// # Errors
/// The first call that failed.
pub async fn read_all(
    api: &impl TableApi,
    names: &[&str],
    bulk: &Bulk<'_>,
) -> Result<BTreeMap<String, TableLive>, Failure> {
    let read = async |name: &str| read_with(api, name, None, bulk).await;
    by_name(Kind::Table, names, read).await
}

/// Reads one table. Tags are asked for by ARN: where it is known, beside the other calls, else after them.
///
/// # Errors
/// The call that failed, or a shape of key that this version does not know.
pub async fn read(
    api: &impl TableApi,
    name: &str,
    arn: Option<&str>,
) -> Result<Option<TableLive>, Failure> {
    read_with(api, name, arn, &Bulk::none()).await
}

/// `arn`: tags are asked for; else those of `bulk` are taken where it has them.
async fn read_with(
    api: &impl TableApi,
    name: &str,
    arn: Option<&str>,
    bulk: &Bulk<'_>,
) -> Result<Option<TableLive>, Failure> {
    let settings = try_join3(
        api.describe_table(name),
        api.describe_time_to_live(name),
        api.describe_continuous_backups(name),
    );
    let tags = async {
        match arn {
            Some(arn) => Some(api.list_tags_of_resource(arn).await),
            None => bulk
                .tags(Kind::Table, name)
                .await
                .map(|tags| Ok(Some(tags))),
        }
    };
    let (settings, tags) = join(settings, tags).await;
    let (Some(table), ttl, recovery) = settings? else {
        return Ok(None);
    };
    if table.table_status == Some(sdk::TableStatus::Deleting) {
        return Ok(None);
    }
    let mut live = parse(&table)?;
    live.time_to_live = ttl.unwrap_or_default();
    live.point_in_time_recovery = recovery.unwrap_or_default();
    let tags = match tags {
        Some(tags) => tags?,
        None => api.list_tags_of_resource(&live.arn).await?,
    };
    let Some(tags) = tags else {
        return Ok(None);
    };
    // Tags are asynchronous: a table that is being made and has none yet may be ours, left by a killed run.
    // CreateTable finds out: it waits until it can tell.
    if tags.is_empty() && live.status == "CREATING" {
        return Ok(None);
    }
    live.tags = tags;
    Ok(Some(live))
}

/// The part of a table that DescribeTable tells.
///
/// # Errors
/// A key that this version does not know how to compare.
pub fn parse(table: &sdk::TableDescription) -> Result<TableLive, Failure> {
    let types = table.attribute_definitions();
    let (partition_key, sort_key) = keys(table.key_schema(), types)?;
    let mut indexes = BTreeMap::new();
    for index in table.global_secondary_indexes() {
        let name = index.index_name().unwrap_or_default();
        let live = parse_index(index, types).map_err(|failure| Failure {
            message: format!("index {name}: {}", failure.message),
            ..failure
        })?;
        indexes.insert(name.to_owned(), live);
    }
    let local: BTreeSet<_> = table
        .local_secondary_indexes()
        .iter()
        .filter_map(|index| index.index_name().map(str::to_owned))
        .collect();
    Ok(TableLive {
        arn: table.table_arn().unwrap_or_default().to_owned(),
        status: status(table.table_status().map(sdk::TableStatus::as_str)),
        partition_key,
        sort_key,
        global_secondary_indexes: indexes,
        local_secondary_indexes: local,
        billing_mode: billing(table.billing_mode_summary()),
        deletion_protection: table.deletion_protection_enabled().unwrap_or_default(),
        point_in_time_recovery: false,
        time_to_live: TimeToLiveLive::default(),
        tags: BTreeMap::new(),
        item_count: count(table.item_count()),
        size_bytes: count(table.table_size_bytes()),
    })
}

fn parse_index(
    index: &sdk::GlobalSecondaryIndexDescription,
    types: &[sdk::AttributeDefinition],
) -> Result<IndexLive, Failure> {
    let (partition_key, sort_key) = keys(index.key_schema(), types)?;
    Ok(IndexLive {
        status: status(index.index_status().map(sdk::IndexStatus::as_str)),
        backfilling: index.backfilling().unwrap_or_default(),
        partition_key,
        sort_key,
        projection: projection(index.projection()),
    })
}

/// A status that is absent has nothing under way.
fn status(status: Option<&str>) -> String {
    status.unwrap_or("ACTIVE").to_owned()
}

/// An absent summary means a table that has always been provisioned (API TableDescription).
fn billing(summary: Option<&sdk::BillingModeSummary>) -> BillingMode {
    match summary.and_then(|summary| summary.billing_mode()) {
        Some(sdk::BillingMode::PayPerRequest) => BillingMode::PayPerRequest,
        _ => BillingMode::Provisioned,
    }
}

fn projection(projection: Option<&sdk::Projection>) -> Projection {
    match projection.and_then(|projection| projection.projection_type()) {
        Some(sdk::ProjectionType::KeysOnly) => Projection::KeysOnly,
        Some(sdk::ProjectionType::Include) => Projection::Include(
            projection
                .map(|projection| projection.non_key_attributes().iter().cloned().collect())
                .unwrap_or_default(),
        ),
        _ => Projection::All,
    }
}

fn count(value: Option<i64>) -> u64 {
    value
        .and_then(|value| u64::try_from(value).ok())
        .unwrap_or_default()
}

fn keys(
    schema: &[sdk::KeySchemaElement],
    types: &[sdk::AttributeDefinition],
) -> Result<(KeyAttribute, Option<KeyAttribute>), Failure> {
    let of = |role: sdk::KeyType| -> Vec<KeyAttribute> {
        schema
            .iter()
            .filter(|element| element.key_type == role)
            .map(|element| KeyAttribute {
                name: element.attribute_name.clone(),
                attribute_type: attribute_type(&element.attribute_name, types),
            })
            .collect()
    };
    let (mut hash, mut range) = (of(sdk::KeyType::Hash), of(sdk::KeyType::Range));
    match (hash.pop(), hash.is_empty(), range.len()) {
        (Some(partition), true, 0 | 1) => Ok((partition, range.pop())),
        _ => Err(Failure::new(
            FailureKind::Other,
            "a key of several attributes a role is not supported yet",
        )
        .with_hint("give the index one attribute a role, or leave the table out of the manifest")),
    }
}

fn attribute_type(name: &str, types: &[sdk::AttributeDefinition]) -> AttributeType {
    let found = types
        .iter()
        .find(|definition| definition.attribute_name == name);
    match found.map(|definition| &definition.attribute_type) {
        Some(sdk::ScalarAttributeType::N) => AttributeType::N,
        Some(sdk::ScalarAttributeType::B) => AttributeType::B,
        _ => AttributeType::S,
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
