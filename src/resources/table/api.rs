//! The calls that a table needs, and no other.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types as sdk;

use crate::aws::classify;
use crate::model::failure::{Failure, FailureKind};
use crate::resources::read::present;
use crate::resources::tags::Tags;

use super::config::{
    Recovery, RecoveryLive, TableDesired, TimeToLiveLive, TimeToLiveStatus, limits,
};
use super::request;
use super::steps::TableUpdate;

/// `None` from a reading call: there is no such table.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait TableApi {
    async fn describe_table(&self, name: &str) -> Result<Option<sdk::TableDescription>, Failure>;
    async fn describe_time_to_live(&self, name: &str) -> Result<Option<TimeToLiveLive>, Failure>;
    async fn describe_continuous_backups(
        &self,
        name: &str,
    ) -> Result<Option<RecoveryLive>, Failure>;
    async fn list_tags_of_resource(&self, arn: &str) -> Result<Option<Tags>, Failure>;
    async fn create_table(&self, name: &str, desired: &TableDesired) -> Result<(), Failure>;
    async fn update_table(&self, name: &str, update: &TableUpdate) -> Result<(), Failure>;
    async fn update_time_to_live(
        &self,
        name: &str,
        attribute: &str,
        enabled: bool,
    ) -> Result<(), Failure>;
    async fn update_continuous_backups(
        &self,
        name: &str,
        recovery: Recovery,
    ) -> Result<(), Failure>;
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

    async fn describe_continuous_backups(
        &self,
        name: &str,
    ) -> Result<Option<RecoveryLive>, Failure> {
        let answer = Client::describe_continuous_backups(self)
            .table_name(name)
            .send()
            .await
            .map_err(failed!("DescribeContinuousBackups"));
        let answer = match answer {
            // A table that was made a moment ago has no backups yet (API DescribeContinuousBackups).
            Err(failure) if failure.kind == FailureKind::Busy => {
                return Ok(Some(RecoveryLive::Unknown));
            }
            answer => present(answer)?,
        };
        let backups = answer.map(|answer| answer.continuous_backups_description);
        Ok(backups.map(|backups| {
            backups
                .and_then(|backups| backups.point_in_time_recovery_description)
                .map_or(RecoveryLive::Off, |recovery| recovery_live(&recovery))
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
        let request = request::create(Client::create_table(self).table_name(name), desired)?;
        request.send().await.map_err(failed!("CreateTable"))?;
        Ok(())
    }

    async fn update_table(&self, name: &str, update: &TableUpdate) -> Result<(), Failure> {
        let request = Client::update_table(self).table_name(name);
        let request = request::update(request, update)?;
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
            .map_err(request::unbuilt)?;
        Client::update_time_to_live(self)
            .table_name(name)
            .time_to_live_specification(specification)
            .send()
            .await
            .map_err(failed!("UpdateTimeToLive"))?;
        Ok(())
    }

    async fn update_continuous_backups(
        &self,
        name: &str,
        recovery: Recovery,
    ) -> Result<(), Failure> {
        Client::update_continuous_backups(self)
            .table_name(name)
            .point_in_time_recovery_specification(request::recovery(recovery)?)
            .send()
            .await
            .map_err(failed!("UpdateContinuousBackups"))?;
        Ok(())
    }

    async fn tag_resource(&self, arn: &str, tags: &Tags) -> Result<(), Failure> {
        Client::tag_resource(self)
            .resource_arn(arn)
            .set_tags(Some(request::tag_list(tags)?))
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

/// A period that is not told is AWS's own (API PointInTimeRecoverySpecification).
fn recovery_live(recovery: &sdk::PointInTimeRecoveryDescription) -> RecoveryLive {
    match recovery.point_in_time_recovery_status {
        Some(sdk::PointInTimeRecoveryStatus::Enabled) => {
            let days = recovery.recovery_period_in_days;
            let days = days.and_then(|days| u32::try_from(days).ok());
            RecoveryLive::Days(days.unwrap_or(limits::RECOVERY_DAYS_MAX))
        }
        _ => RecoveryLive::Off,
    }
}
