//! Deleting a table, a backup taken first.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types as sdk;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use tokio::time::Instant;

use crate::aws::classify;
use crate::aws::poll::{Look, Rhythm};
use crate::model::failure::{Failure, FailureKind};
use crate::resources::read::present;
use crate::resources::run::Run;

use super::api::TableApi;
use super::apply::{settle, update_table};
use super::config::TableLive;
use super::steps::TableUpdate;
use super::wait::Until;

/// A backup's name has as many characters as a table's (API CreateBackup), and ours adds to that.
const NAME_MAX: usize = 220;
/// So long DescribeBackup may not find a backup that was just made: CreateBackup is asynchronous.
const UNSEEN: Duration = Duration::from_secs(30);

/// The calls that only removing needs.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait RemoveTable {
    /// A strongly consistent look for one item.
    async fn holds_items(&self, name: &str) -> Result<bool, Failure>;
    /// Returns the backup's ARN.
    async fn create_backup(&self, table: &str, backup: &str) -> Result<String, Failure>;
    /// `None`: there is no such backup.
    async fn backup_status(&self, backup_arn: &str) -> Result<Option<sdk::BackupStatus>, Failure>;
    async fn delete_table(&self, name: &str) -> Result<(), Failure>;
}

macro_rules! failed {
    ($operation:literal) => {
        |error| classify::failure("dynamodb", $operation, error)
    };
}

impl RemoveTable for Client {
    async fn holds_items(&self, name: &str) -> Result<bool, Failure> {
        let answer = Client::scan(self)
            .table_name(name)
            .consistent_read(true)
            .limit(1)
            .send()
            .await
            .map_err(failed!("Scan"))?;
        // A page may be empty and not the last (API Scan): then nothing is proven.
        Ok(!answer.items().is_empty() || answer.last_evaluated_key().is_some())
    }

    async fn create_backup(&self, table: &str, backup: &str) -> Result<String, Failure> {
        let answer = Client::create_backup(self)
            .table_name(table)
            .backup_name(backup)
            .send()
            .await
            .map_err(failed!("CreateBackup"))?;
        answer
            .backup_details
            .map(|details| details.backup_arn)
            .ok_or_else(|| Failure::new(FailureKind::Other, "CreateBackup returned no ARN"))
    }

    async fn backup_status(&self, backup_arn: &str) -> Result<Option<sdk::BackupStatus>, Failure> {
        let answer = Client::describe_backup(self)
            .backup_arn(backup_arn)
            .send()
            .await
            .map_err(failed!("DescribeBackup"));
        let details = present(answer)?
            .and_then(|answer| answer.backup_description)
            .and_then(|description| description.backup_details);
        Ok(details.map(|details| details.backup_status))
    }

    async fn delete_table(&self, name: &str) -> Result<(), Failure> {
        let answer = Client::delete_table(self).table_name(name).send().await;
        present(answer.map_err(failed!("DeleteTable"))).map(|_| ())
    }
}

/// Takes a backup, deletes the table, and waits until it is gone.
///
/// # Errors
/// It holds items and may not lose them, AWS's refusal, or the deadline.
pub async fn remove(
    api: &(impl TableApi + RemoveTable),
    run: &Run<'_>,
    name: &str,
    live: &TableLive,
    lossy: bool,
) -> Result<(), Failure> {
    settle(api, run, name, Until::AllActive).await?;
    if !lossy && api.holds_items(name).await? {
        return Err(Failure::new(
            FailureKind::Other,
            "not deleted: it was empty when the plan was made, and holds items now",
        )
        .with_hint("run the command again and look at the new plan"));
    }
    back_up(api, run, name).await?;
    run.still_wanted()?;
    if live.deletion_protection {
        update_table(api, run, name, &TableUpdate::DeletionProtection(false)).await?;
    }
    run.step("deleting it");
    let asked = run.while_busy(async || api.delete_table(name).await).await;
    if let Err(failure) = asked {
        if live.deletion_protection {
            // It stays, so it stays protected. Where not even that goes through, the first failure says why.
            let _ = api
                .update_table(name, &TableUpdate::DeletionProtection(true))
                .await;
        }
        return Err(failure);
    }
    run.until(Rhythm::QUICK, async || {
        Ok(match api.describe_table(name).await? {
            None => Look::Ready(()),
            Some(_) => Look::pending("the table is DELETING"),
        })
    })
    .await
}

async fn back_up(api: &impl RemoveTable, run: &Run<'_>, name: &str) -> Result<(), Failure> {
    let backup = backup_name(name, SystemTime::now());
    run.step(format!("taking backup {backup}"));
    let arn = run
        .while_busy(async || api.create_backup(name, &backup).await)
        .await?;
    let start = Instant::now();
    run.until(Rhythm::QUICK, async || {
        // Throttled here: begun anew from the top there would be one backup more.
        let status = run.unthrottled(async || api.backup_status(&arn).await);
        match status.await? {
            Some(sdk::BackupStatus::Available) => Ok(Look::Ready(())),
            Some(sdk::BackupStatus::Creating) => Ok(Look::pending("the backup is being made")),
            None if start.elapsed() < UNSEEN => Ok(Look::pending("the backup is not visible yet")),
            _ => Err(Failure::new(
                FailureKind::Other,
                format!("not deleted: backup {backup} is gone and was never complete"),
            )
            .with_hint("run the command again: it takes another backup first")),
        }
    })
    .await?;
    run.copied(format!("backup {backup} ({arn})"));
    Ok(())
}

/// `shopctl-Orders-20261120T101500Z`.
fn backup_name(table: &str, now: SystemTime) -> String {
    let table: String = table.chars().take(NAME_MAX).collect();
    let seconds = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or_default()
        });
    let time = DateTime::from_secs(seconds)
        .fmt(Format::DateTime)
        .unwrap_or_default();
    let time = time.replace(['-', ':'], "");
    format!("shopctl-{table}-{time}")
}

#[cfg(test)]
#[path = "remove_tests.rs"]
mod tests;
