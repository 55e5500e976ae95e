//! The parts of a request, in the SDK's types.

use aws_sdk_dynamodb::types as sdk;

use crate::model::failure::{Failure, FailureKind};
use crate::resources::tags::Tags;

use super::config::{
    AttributeType, BillingMode, Encryption, IndexDesired, KeyAttribute, LocalIndex, Projection,
    Recovery, Stream, StreamView, TableClass, TableDesired,
};
use super::steps::{TableUpdate, key_attributes};
use super::throughput::{ByIndex, Maximum, ReadWrite};

type CreateTable = aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
type UpdateTable = aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;

/// A builder refuses only a member that was left out, which none of ours is.
pub fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> Failure {
    Failure::new(FailureKind::Other, error.to_string())
}

fn definitions(attributes: &[KeyAttribute]) -> Result<Vec<sdk::AttributeDefinition>, Failure> {
    attributes
        .iter()
        .map(|attribute| {
            sdk::AttributeDefinition::builder()
                .attribute_name(&attribute.name)
                .attribute_type(match attribute.attribute_type {
                    AttributeType::S => sdk::ScalarAttributeType::S,
                    AttributeType::N => sdk::ScalarAttributeType::N,
                    AttributeType::B => sdk::ScalarAttributeType::B,
                })
                .build()
                .map_err(unbuilt)
        })
        .collect()
}

fn schema(
    partition: &KeyAttribute,
    sort: Option<&KeyAttribute>,
) -> Result<Vec<sdk::KeySchemaElement>, Failure> {
    let element = |key: &KeyAttribute, role| {
        sdk::KeySchemaElement::builder()
            .attribute_name(&key.name)
            .key_type(role)
            .build()
            .map_err(unbuilt)
    };
    std::iter::once(element(partition, sdk::KeyType::Hash))
        .chain(sort.map(|sort| element(sort, sdk::KeyType::Range)))
        .collect()
}

fn projection(projection: Option<&Projection>) -> sdk::Projection {
    let builder = sdk::Projection::builder();
    match projection.unwrap_or(&Projection::All) {
        Projection::All => builder.projection_type(sdk::ProjectionType::All),
        Projection::KeysOnly => builder.projection_type(sdk::ProjectionType::KeysOnly),
        Projection::Include(attributes) => builder
            .projection_type(sdk::ProjectionType::Include)
            .set_non_key_attributes(Some(attributes.iter().cloned().collect())),
    }
    .build()
}

fn billing(mode: BillingMode) -> sdk::BillingMode {
    match mode {
        BillingMode::PayPerRequest => sdk::BillingMode::PayPerRequest,
        BillingMode::Provisioned => sdk::BillingMode::Provisioned,
    }
}

pub(super) fn tag_list(tags: &Tags) -> Result<Vec<sdk::Tag>, Failure> {
    tags.iter()
        .map(|(key, value)| {
            sdk::Tag::builder()
                .key(key)
                .value(value)
                .build()
                .map_err(unbuilt)
        })
        .collect()
}

fn class(class: TableClass) -> sdk::TableClass {
    match class {
        TableClass::Standard => sdk::TableClass::Standard,
        TableClass::StandardInfrequentAccess => sdk::TableClass::StandardInfrequentAccess,
    }
}

fn stream(stream: Stream) -> Result<sdk::StreamSpecification, Failure> {
    let builder = sdk::StreamSpecification::builder();
    let builder = match stream {
        Stream::Off => builder.stream_enabled(false),
        Stream::View(view) => builder.stream_enabled(true).stream_view_type(match view {
            StreamView::NewImage => sdk::StreamViewType::NewImage,
            StreamView::OldImage => sdk::StreamViewType::OldImage,
            StreamView::NewAndOldImages => sdk::StreamViewType::NewAndOldImages,
            StreamView::KeysOnly => sdk::StreamViewType::KeysOnly,
        }),
    };
    builder.build().map_err(unbuilt)
}

/// Enabled means a KMS key, without one named that of `alias/aws/dynamodb` (API SSESpecification).
fn encryption(encryption: &Encryption) -> sdk::SseSpecification {
    let builder = sdk::SseSpecification::builder();
    match encryption {
        Encryption::AwsOwned => builder.enabled(false),
        Encryption::AwsManaged => builder.enabled(true).sse_type(sdk::SseType::Kms),
        Encryption::KmsKey(key) => builder
            .enabled(true)
            .sse_type(sdk::SseType::Kms)
            .kms_master_key_id(key),
    }
    .build()
}

pub(super) fn recovery(
    recovery: Recovery,
) -> Result<sdk::PointInTimeRecoverySpecification, Failure> {
    let builder = sdk::PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(recovery != Recovery::Off);
    let builder = match recovery {
        Recovery::Days(days) => {
            builder.recovery_period_in_days(i32::try_from(days).unwrap_or(i32::MAX))
        }
        Recovery::On | Recovery::Off => builder,
    };
    builder.build().map_err(unbuilt)
}

fn number(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

/// `None`: nothing is declared, and AWS is told nothing.
fn capacity(
    capacity: ReadWrite<Option<u64>>,
) -> Result<Option<sdk::ProvisionedThroughput>, Failure> {
    if capacity.is_none() {
        return Ok(None);
    }
    let built = sdk::ProvisionedThroughput::builder()
        .set_read_capacity_units(capacity.read.map(number))
        .set_write_capacity_units(capacity.write.map(number))
        .build();
    built.map(Some).map_err(unbuilt)
}

/// −1 removes a maximum (API OnDemandThroughput).
fn removable(maximum: Maximum) -> i64 {
    match maximum {
        Maximum::Unlimited => -1,
        Maximum::Units(units) => number(units),
    }
}

/// `None`: nothing is declared, and AWS is told nothing.
fn maximum(maximum: ReadWrite<Option<Maximum>>) -> Option<sdk::OnDemandThroughput> {
    let built = sdk::OnDemandThroughput::builder()
        .set_max_read_request_units(maximum.read.map(removable))
        .set_max_write_request_units(maximum.write.map(removable))
        .build();
    (!maximum.is_none()).then_some(built)
}

/// Of what is made: a maximum that is not to be there is not mentioned.
fn first_maximum(desired: ReadWrite<Option<Maximum>>) -> Option<sdk::OnDemandThroughput> {
    maximum(desired.map(|units| units.filter(|units| *units != Maximum::Unlimited)))
}

fn global_index(name: &str, index: &IndexDesired) -> Result<sdk::GlobalSecondaryIndex, Failure> {
    sdk::GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(schema(&index.partition_key, index.sort_key.as_ref())?))
        .projection(projection(index.projection.as_ref()))
        .set_provisioned_throughput(capacity(index.throughput.capacity)?)
        .set_on_demand_throughput(first_maximum(index.throughput.maximum))
        .build()
        .map_err(unbuilt)
}

fn local_index(
    name: &str,
    index: &LocalIndex,
    table: &TableDesired,
) -> Result<sdk::LocalSecondaryIndex, Failure> {
    sdk::LocalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(schema(&table.partition_key, Some(&index.sort_key))?))
        .projection(projection(index.projection.as_ref()))
        .build()
        .map_err(unbuilt)
}

/// A whole table; without a billing mode it is on demand.
///
/// # Errors
/// A member that the SDK misses.
pub(super) fn create(request: CreateTable, desired: &TableDesired) -> Result<CreateTable, Failure> {
    let mode = desired.billing_mode.unwrap_or(BillingMode::PayPerRequest);
    let throughput = desired.throughput.within(mode);
    let sort_key = desired.sort_key.as_ref();
    let mut request = request
        .set_attribute_definitions(Some(definitions(&key_attributes(desired))?))
        .set_key_schema(Some(schema(&desired.partition_key, sort_key)?))
        .billing_mode(billing(mode))
        .set_provisioned_throughput(capacity(throughput.capacity)?)
        .set_on_demand_throughput(first_maximum(throughput.maximum))
        .set_sse_specification(desired.encryption.as_ref().map(encryption))
        .set_table_class(desired.table_class.map(class))
        .set_deletion_protection_enabled(desired.deletion_protection)
        .set_tags(Some(tag_list(&desired.tags)?));
    if let Some(wanted @ Stream::View(_)) = desired.stream {
        request = request.stream_specification(stream(wanted)?);
    }
    for (name, index) in desired.local_secondary_indexes.iter().flatten() {
        request = request.local_secondary_indexes(local_index(name, index, desired)?);
    }
    for (name, index) in desired.global_secondary_indexes.iter().flatten() {
        let index = IndexDesired {
            throughput: index.throughput.within(mode),
            ..index.clone()
        };
        request = request.global_secondary_indexes(global_index(name, &index)?);
    }
    Ok(request)
}

/// What one update asks for.
///
/// # Errors
/// A member that the SDK misses.
pub(super) fn update(request: UpdateTable, update: &TableUpdate) -> Result<UpdateTable, Failure> {
    Ok(match update {
        TableUpdate::DeletionProtection(on) => request.deletion_protection_enabled(*on),
        TableUpdate::Stream(wanted) => request.stream_specification(stream(*wanted)?),
        TableUpdate::OnDemand => request.billing_mode(billing(BillingMode::PayPerRequest)),
        TableUpdate::Provisioned(capacities) => {
            let request = request.billing_mode(billing(BillingMode::Provisioned));
            with_capacities(request, capacities)?
        }
        TableUpdate::Capacity(capacities) => with_capacities(request, capacities)?,
        TableUpdate::Maximum(maxima) => with_maxima(request, maxima)?,
        TableUpdate::TableClass(wanted) => request.table_class(class(*wanted)),
        TableUpdate::Encryption(key) => request.sse_specification(encryption(key)),
        TableUpdate::DeleteIndex(name) => {
            let delete = sdk::DeleteGlobalSecondaryIndexAction::builder().index_name(name);
            let delete = delete.build().map_err(unbuilt)?;
            request.global_secondary_index_updates(
                sdk::GlobalSecondaryIndexUpdate::builder()
                    .delete(delete)
                    .build(),
            )
        }
        TableUpdate::CreateIndex {
            name,
            index,
            attributes,
        } => request
            .set_attribute_definitions(Some(definitions(attributes)?))
            .global_secondary_index_updates(
                sdk::GlobalSecondaryIndexUpdate::builder()
                    .create(new_index(name, index)?)
                    .build(),
            ),
    })
}

fn new_index(
    name: &str,
    index: &IndexDesired,
) -> Result<sdk::CreateGlobalSecondaryIndexAction, Failure> {
    sdk::CreateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .set_key_schema(Some(schema(&index.partition_key, index.sort_key.as_ref())?))
        .projection(projection(index.projection.as_ref()))
        .set_provisioned_throughput(capacity(index.throughput.capacity)?)
        .set_on_demand_throughput(first_maximum(index.throughput.maximum))
        .build()
        .map_err(unbuilt)
}

fn with_capacities(
    mut request: UpdateTable,
    capacities: &ByIndex<Option<u64>>,
) -> Result<UpdateTable, Failure> {
    for (index, units) in capacities {
        let units = capacity(*units)?;
        request = match index {
            None => request.set_provisioned_throughput(units),
            Some(name) => index_update(request, name, |action| {
                action.set_provisioned_throughput(units)
            })?,
        };
    }
    Ok(request)
}

fn with_maxima(
    mut request: UpdateTable,
    maxima: &ByIndex<Option<Maximum>>,
) -> Result<UpdateTable, Failure> {
    for (index, units) in maxima {
        let units = maximum(*units);
        request = match index {
            None => request.set_on_demand_throughput(units),
            Some(name) => index_update(request, name, |action| {
                action.set_on_demand_throughput(units)
            })?,
        };
    }
    Ok(request)
}

type IndexUpdate = sdk::builders::UpdateGlobalSecondaryIndexActionBuilder;

fn index_update(
    request: UpdateTable,
    name: &str,
    set: impl FnOnce(IndexUpdate) -> IndexUpdate,
) -> Result<UpdateTable, Failure> {
    let action = set(sdk::UpdateGlobalSecondaryIndexAction::builder().index_name(name));
    let action = action.build().map_err(unbuilt)?;
    Ok(request.global_secondary_index_updates(
        sdk::GlobalSecondaryIndexUpdate::builder()
            .update(action)
            .build(),
    ))
}
