//! The calls that a table needs, and no other.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types as sdk;

use crate::aws::classify;
use crate::model::failure::{Failure, FailureKind};
use crate::resources::read::present;
use crate::resources::tags::Tags;

use super::config::{
    AttributeType, BillingMode, IndexDesired, KeyAttribute, Projection, TableDesired,
    TimeToLiveLive, TimeToLiveStatus,
};
use super::steps::{TableUpdate, key_attributes};

/// `None` from a reading call: there is no such table.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait TableApi {
    async fn describe_table(&self, name: &str) -> Result<Option<sdk::TableDescription>, Failure>;
    async fn describe_time_to_live(&self, name: &str) -> Result<Option<TimeToLiveLive>, Failure>;
    /// Whether point-in-time recovery is on.
    async fn describe_continuous_backups(&self, name: &str) -> Result<Option<bool>, Failure>;
    async fn list_tags_of_resource(&self, arn: &str) -> Result<Option<Tags>, Failure>;
    async fn create_table(&self, name: &str, desired: &TableDesired) -> Result<(), Failure>;
    async fn update_table(&self, name: &str, update: &TableUpdate) -> Result<(), Failure>;
    async fn update_time_to_live(
        &self,
        name: &str,
        attribute: &str,
        enabled: bool,
    ) -> Result<(), Failure>;
    async fn update_continuous_backups(&self, name: &str, enabled: bool) -> Result<(), Failure>;
    async fn tag_resource(&self, arn: &str, tags: &Tags) -> Result<(), Failure>;
    async fn untag_resource(&self, arn: &str, keys: &[String]) -> Result<(), Failure>;
}

macro_rules! failed {
    ($operation:literal) => {
        |error| classify::failure("dynamodb", $operation, error)
    };
}

impl TableApi for Client {
    async fn describe_table(&self, name: &str) -> Result<Option<sdk::TableDescription>, Failure> {
        let answer = Client::describe_table(self).table_name(name).send().await;
        Ok(present(answer.map_err(failed!("DescribeTable")))?.and_then(|answer| answer.table))
    }

    async fn describe_time_to_live(&self, name: &str) -> Result<Option<TimeToLiveLive>, Failure> {
        let answer = Client::describe_time_to_live(self)
            .table_name(name)
            .send()
            .await
            .map_err(failed!("DescribeTimeToLive"));
        Ok(
            present(answer)?.map(|answer| match answer.time_to_live_description {
                Some(description) => TimeToLiveLive {
                    status: match description.time_to_live_status {
                        Some(sdk::TimeToLiveStatus::Enabled) => TimeToLiveStatus::Enabled,
                        Some(sdk::TimeToLiveStatus::Enabling) => TimeToLiveStatus::Enabling,
                        Some(sdk::TimeToLiveStatus::Disabling) => TimeToLiveStatus::Disabling,
                        _ => TimeToLiveStatus::Disabled,
                    },
                    attribute: description.attribute_name,
                },
                None => TimeToLiveLive::default(),
            }),
        )
    }

    async fn describe_continuous_backups(&self, name: &str) -> Result<Option<bool>, Failure> {
        let answer = Client::describe_continuous_backups(self)
            .table_name(name)
            .send()
            .await
            .map_err(failed!("DescribeContinuousBackups"));
        let answer = match answer {
            // A table that was made a moment ago has no backups yet (API DescribeContinuousBackups).
            Err(failure) if failure.kind == FailureKind::Busy => return Ok(Some(false)),
            answer => present(answer)?,
        };
        Ok(answer.map(|answer| {
            answer
                .continuous_backups_description
                .and_then(|backups| backups.point_in_time_recovery_description)
                .and_then(|recovery| recovery.point_in_time_recovery_status)
                .is_some_and(|status| status == sdk::PointInTimeRecoveryStatus::Enabled)
        }))
    }

    async fn list_tags_of_resource(&self, arn: &str) -> Result<Option<Tags>, Failure> {
        let mut tags = Tags::new();
        let mut token = None;
        loop {
            let answer = Client::list_tags_of_resource(self)
                .resource_arn(arn)
                .set_next_token(token)
                .send()
                .await
                .map_err(failed!("ListTagsOfResource"));
            let Some(page) = present(answer)? else {
                return Ok(None);
            };
            tags.extend(
                page.tags
                    .unwrap_or_default()
                    .into_iter()
                    .map(|t| (t.key, t.value)),
            );
            token = page.next_token;
            if token.is_none() {
                return Ok(Some(tags));
            }
        }
    }

    async fn create_table(&self, name: &str, desired: &TableDesired) -> Result<(), Failure> {
        let mut request = Client::create_table(self)
            .table_name(name)
            .set_attribute_definitions(Some(definitions(&key_attributes(desired))?))
            .set_key_schema(Some(schema(
                &desired.partition_key,
                desired.sort_key.as_ref(),
            )?))
            .billing_mode(billing(
                desired.billing_mode.unwrap_or(BillingMode::PayPerRequest),
            ))
            .set_deletion_protection_enabled(desired.deletion_protection)
            .set_tags(Some(tag_list(&desired.tags)?));
        for (index_name, index) in desired.global_secondary_indexes.iter().flatten() {
            request = request.global_secondary_indexes(
                sdk::GlobalSecondaryIndex::builder()
                    .index_name(index_name)
                    .set_key_schema(Some(schema(&index.partition_key, index.sort_key.as_ref())?))
                    .projection(projection(index))
                    .build()
                    .map_err(unbuilt)?,
            );
        }
        request.send().await.map_err(failed!("CreateTable"))?;
        Ok(())
    }

    async fn update_table(&self, name: &str, update: &TableUpdate) -> Result<(), Failure> {
        let request = Client::update_table(self).table_name(name);
        let request = match update {
            TableUpdate::DeletionProtection(on) => request.deletion_protection_enabled(*on),
            TableUpdate::OnDemand => request.billing_mode(billing(BillingMode::PayPerRequest)),
            TableUpdate::DeleteIndex(index) => request.global_secondary_index_updates(
                sdk::GlobalSecondaryIndexUpdate::builder()
                    .delete(
                        sdk::DeleteGlobalSecondaryIndexAction::builder()
                            .index_name(index)
                            .build()
                            .map_err(unbuilt)?,
                    )
                    .build(),
            ),
            TableUpdate::CreateIndex {
                name,
                index,
                attributes,
            } => request
                .set_attribute_definitions(Some(definitions(attributes)?))
                .global_secondary_index_updates(
                    sdk::GlobalSecondaryIndexUpdate::builder()
                        .create(
                            sdk::CreateGlobalSecondaryIndexAction::builder()
                                .index_name(name)
                                .set_key_schema(Some(schema(
                                    &index.partition_key,
                                    index.sort_key.as_ref(),
                                )?))
                                .projection(projection(index))
                                .build()
                                .map_err(unbuilt)?,
                        )
                        .build(),
                ),
        };
        request.send().await.map_err(failed!("UpdateTable"))?;
        Ok(())
    }

    async fn update_time_to_live(
        &self,
        name: &str,
        attribute: &str,
        enabled: bool,
    ) -> Result<(), Failure> {
        let specification = sdk::TimeToLiveSpecification::builder()
            .attribute_name(attribute)
            .enabled(enabled)
            .build()
            .map_err(unbuilt)?;
        Client::update_time_to_live(self)
            .table_name(name)
            .time_to_live_specification(specification)
            .send()
            .await
            .map_err(failed!("UpdateTimeToLive"))?;
        Ok(())
    }

    async fn update_continuous_backups(&self, name: &str, enabled: bool) -> Result<(), Failure> {
        let specification = sdk::PointInTimeRecoverySpecification::builder()
            .point_in_time_recovery_enabled(enabled)
            .build()
            .map_err(unbuilt)?;
        Client::update_continuous_backups(self)
            .table_name(name)
            .point_in_time_recovery_specification(specification)
            .send()
            .await
            .map_err(failed!("UpdateContinuousBackups"))?;
        Ok(())
    }

    async fn tag_resource(&self, arn: &str, tags: &Tags) -> Result<(), Failure> {
        Client::tag_resource(self)
            .resource_arn(arn)
            .set_tags(Some(tag_list(tags)?))
            .send()
            .await
            .map_err(failed!("TagResource"))?;
        Ok(())
    }

    async fn untag_resource(&self, arn: &str, keys: &[String]) -> Result<(), Failure> {
        Client::untag_resource(self)
            .resource_arn(arn)
            .set_tag_keys(Some(keys.to_vec()))
            .send()
            .await
            .map_err(failed!("UntagResource"))?;
        Ok(())
    }
}

/// A builder refuses only a member that was left out, which none of ours is.
fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> Failure {
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

fn projection(index: &IndexDesired) -> sdk::Projection {
    let builder = sdk::Projection::builder();
    match index.projection.as_ref().unwrap_or(&Projection::All) {
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

fn tag_list(tags: &Tags) -> Result<Vec<sdk::Tag>, Failure> {
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
