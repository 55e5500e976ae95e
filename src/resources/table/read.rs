//! Live tables, read whole.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types as sdk;
use futures_util::future::{join, try_join3};

use crate::model::failure::{Failure, FailureKind};
use crate::model::id::Kind;
use crate::resources::owned::Bulk;
use crate::resources::read::by_name;

use super::api::TableApi;
use super::config::{
    AttributeType, BillingMode, EncryptionLive, IndexLive, KeyAttribute, LocalIndex, Projection,
    RecoveryLive, Stream, StreamView, TableClass, TableLive, TimeToLiveLive,
};
use super::throughput::{Maximum, ReadWrite, ThroughputLive};

/// DescribeContinuousBackups answers ten times a second (DynamoDB API Reference): of so few tables each is asked,
/// beyond that only those that declare point-in-time recovery.
const FEW: usize = 10;

/// A table to be read.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub name: &'a str,
    /// Point-in-time recovery is declared.
    pub recovery: bool,
}

/// Reads the tables of these names; what is missing, or on its way out, is absent from the answer.
///
/// # Errors
/// The first call that failed.
pub async fn read_all(
    api: &impl TableApi,
    wanted: &[Wanted<'_>],
    bulk: &Bulk<'_>,
) -> Result<BTreeMap<String, TableLive>, Failure> {
    let few = wanted.len() <= FEW;
    let asked: BTreeMap<_, _> = wanted
        .iter()
        .map(|table| (table.name, few || table.recovery))
        .collect();
    let names: Vec<_> = wanted.iter().map(|table| table.name).collect();
    let read = async |name: &str| read_with(api, name, None, asked[name], bulk).await;
    by_name(Kind::Table, &names, read).await
}

/// Reads one table. Tags are asked for by ARN: where it is known, beside the other calls, else after them.
///
/// # Errors
/// The call that failed, or a table without a key.
pub async fn read(
    api: &impl TableApi,
    name: &str,
    arn: Option<&str>,
) -> Result<Option<TableLive>, Failure> {
    read_with(api, name, arn, true, &Bulk::none()).await
}

/// `arn`: tags are asked for; else those of `bulk` are taken where it has them.
async fn read_with(
    api: &impl TableApi,
    name: &str,
    arn: Option<&str>,
    recovery: bool,
    bulk: &Bulk<'_>,
) -> Result<Option<TableLive>, Failure> {
    let recovery = async {
        match recovery {
            true => api.describe_continuous_backups(name).await,
            false => Ok(Some(RecoveryLive::Unknown)),
        }
    };
    let settings = try_join3(
        api.describe_table(name),
        api.describe_time_to_live(name),
        recovery,
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
/// A table without a key.
pub fn parse(table: &sdk::TableDescription) -> Result<TableLive, Failure> {
    let types = table.attribute_definitions();
    let (partition_key, sort_key) = keys(table.key_schema(), types)?;
    let mut indexes = BTreeMap::new();
    for index in table.global_secondary_indexes() {
        let name = index.index_name().unwrap_or_default();
        indexes.insert(name.to_owned(), parse_index(index, types)?);
    }
    let mut local = BTreeMap::new();
    for index in table.local_secondary_indexes() {
        if let (_, Some(sort_key)) = keys(index.key_schema(), types)? {
            let projection = Some(projection(index.projection()));
            let name = index.index_name().unwrap_or_default().to_owned();
            local.insert(
                name,
                LocalIndex {
                    sort_key,
                    projection,
                },
            );
        }
    }
    Ok(TableLive {
        arn: table.table_arn().unwrap_or_default().to_owned(),
        status: status(table.table_status().map(sdk::TableStatus::as_str)),
        partition_key,
        sort_key,
        global_secondary_indexes: indexes,
        local_secondary_indexes: local,
        billing_mode: billing(table.billing_mode_summary()),
        throughput: throughput(table.provisioned_throughput(), table.on_demand_throughput()),
        deletion_protection: table.deletion_protection_enabled().unwrap_or_default(),
        point_in_time_recovery: RecoveryLive::default(),
        time_to_live: TimeToLiveLive::default(),
        stream: stream(table.stream_specification()),
        encryption: encryption(table.sse_description()),
        table_class: class(table.table_class_summary()),
        unsupported: unsupported(table),
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
        throughput: throughput(index.provisioned_throughput(), index.on_demand_throughput()),
    })
}

/// What this version does not manage, and must not take for something that it does.
fn unsupported(table: &sdk::TableDescription) -> Option<String> {
    let regions: Vec<_> = table
        .replicas()
        .iter()
        .filter_map(|replica| replica.region_name())
        .collect();
    if !regions.is_empty() {
        return Some(format!(
            "is a global table, with a replica in {}",
            regions.join(", ")
        ));
    }
    if let Some(index) = table.vector_indexes().first() {
        return Some(format!(
            "has the vector index {}",
            index.index_name().unwrap_or_default()
        ));
    }
    let several = |schema: &[sdk::KeySchemaElement]| {
        [sdk::KeyType::Hash, sdk::KeyType::Range]
            .iter()
            .any(|role| schema.iter().filter(|key| key.key_type == *role).count() > 1)
    };
    let mut indexes = table.global_secondary_indexes().iter();
    let index = indexes.find(|index| several(index.key_schema()))?;
    Some(format!(
        "has a key of several attributes a role, in index {}",
        index.index_name().unwrap_or_default()
    ))
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

fn throughput(
    provisioned: Option<&sdk::ProvisionedThroughputDescription>,
    maximum: Option<&sdk::OnDemandThroughput>,
) -> ThroughputLive {
    let maximum_of = |units: Option<i64>| match units.and_then(|units| u64::try_from(units).ok()) {
        Some(units) => Maximum::Units(units),
        None => Maximum::Unlimited,
    };
    ThroughputLive {
        capacity: ReadWrite {
            read: count(provisioned.and_then(|it| it.read_capacity_units())),
            write: count(provisioned.and_then(|it| it.write_capacity_units())),
        },
        maximum: ReadWrite {
            read: maximum_of(maximum.and_then(|it| it.max_read_request_units())),
            write: maximum_of(maximum.and_then(|it| it.max_write_request_units())),
        },
        scaling: ReadWrite::default(),
    }
}

fn stream(specification: Option<&sdk::StreamSpecification>) -> Stream {
    let on = specification.filter(|specification| specification.stream_enabled);
    match on.and_then(|specification| specification.stream_view_type()) {
        Some(sdk::StreamViewType::NewImage) => Stream::View(StreamView::NewImage),
        Some(sdk::StreamViewType::OldImage) => Stream::View(StreamView::OldImage),
        Some(sdk::StreamViewType::KeysOnly) => Stream::View(StreamView::KeysOnly),
        Some(_) => Stream::View(StreamView::NewAndOldImages),
        None => Stream::Off,
    }
}

/// Absent for the key that AWS owns (API SSEDescription).
fn encryption(description: Option<&sdk::SseDescription>) -> EncryptionLive {
    use sdk::SseStatus::{Disabled, Disabling, Enabling, Updating};
    let status = description.and_then(|description| description.status());
    let leaves = matches!(status, Some(Disabled | Disabling));
    EncryptionLive {
        key_arn: description
            .filter(|_| !leaves)
            .and_then(|description| description.kms_master_key_arn())
            .map(str::to_owned),
        settling: matches!(status, Some(Enabling | Updating | Disabling)),
    }
}

/// An absent summary means STANDARD (API TableDescription).
fn class(summary: Option<&sdk::TableClassSummary>) -> TableClass {
    match summary.and_then(|summary| summary.table_class()) {
        Some(sdk::TableClass::StandardInfrequentAccess) => TableClass::StandardInfrequentAccess,
        _ => TableClass::Standard,
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
    let partition = of(sdk::KeyType::Hash)
        .into_iter()
        .next()
        .ok_or_else(|| Failure::new(FailureKind::Other, "AWS names no partition key"))?;
    Ok((partition, of(sdk::KeyType::Range).into_iter().next()))
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
