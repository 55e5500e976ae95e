//! Writing tables.

use std::time::Duration;

use futures_util::future::join3;

use crate::aws::poll::{Look, Rhythm};
use crate::model::failure::{Failure, FailureKind};
use crate::resources::ownership;
use crate::resources::run::Run;
use crate::resources::tags::TagChanges;

use super::api::TableApi;
use super::config::{BillingMode, TableDesired, TableLive, TimeToLive, TimeToLiveStatus};
use super::diff;
use super::read;
use super::steps::{self, Steps, TableUpdate, TimeToLiveSteps};
use super::wait::{self, Until};

/// So long DescribeTable may not find a table that was just made (API DescribeTable).
const UNSEEN: Duration = Duration::from_secs(30);

/// Makes the table and, as soon as it is ACTIVE, what CreateTable cannot set.
///
/// # Errors
/// AWS's refusal, or the deadline.
pub async fn create(
    api: &impl TableApi,
    run: &Run<'_>,
    name: &str,
    desired: &TableDesired,
) -> Result<(), Failure> {
    run.until(Rhythm::QUICK, async || {
        match api.create_table(name, desired).await {
            Ok(()) => Ok(Look::Ready(())),
            Err(failure) if failure.kind == FailureKind::Busy => {
                in_the_way(api, name, desired, failure).await
            }
            Err(failure) => Err(failure),
        }
    })
    .await?;
    let steps = steps::after_create(desired);
    if steps != Steps::default() {
        settle(api, run, name, Until::Active).await?;
    }
    carry_out(api, run, name, "", &steps).await
}

/// What it means that CreateTable finds the name in use.
async fn in_the_way(
    api: &impl TableApi,
    name: &str,
    desired: &TableDesired,
    failure: Failure,
) -> Result<Look<()>, Failure> {
    let Some(table) = api.describe_table(name).await? else {
        return Ok(Look::pending(failure.message));
    };
    let table = read::parse(&table)?;
    if table.is_going() {
        return Ok(Look::pending("a table of this name is still being deleted"));
    }
    // A call whose answer was lost is made again by the SDK, and then finds the table that it made itself.
    let tags = api
        .list_tags_of_resource(&table.arn)
        .await?
        .unwrap_or_default();
    if ownership::is_same(&desired.tags, &tags) {
        return Ok(Look::Ready(()));
    }
    // Tags are asynchronous: those of a table that is being made may not be there yet.
    if tags.is_empty() && table.status == "CREATING" {
        return Ok(Look::pending("the table is CREATING, and has no tags yet"));
    }
    Err(failure.with_hint(
        "somebody made it since it was read: run the command again to see how it differs",
    ))
}

/// Turns a live table into the declared one.
///
/// # Errors
/// AWS's refusal, or the deadline.
pub async fn update(
    api: &impl TableApi,
    run: &Run<'_>,
    name: &str,
    desired: &TableDesired,
    live: &TableLive,
) -> Result<(), Failure> {
    let steps = steps::steps(desired, live);
    if wait::pending(live, Until::Active).is_some() {
        settle(api, run, name, Until::Active).await?;
    }
    carry_out(api, run, name, &live.arn, &steps).await
}

async fn carry_out(
    api: &impl TableApi,
    run: &Run<'_>,
    name: &str,
    arn: &str,
    steps: &Steps,
) -> Result<(), Failure> {
    let tags = async {
        let TagChanges { set, remove } = &steps.tags;
        if !set.is_empty() {
            run.while_busy(async || api.tag_resource(arn, set).await)
                .await?;
        }
        match remove.is_empty() {
            true => Ok(()),
            false => {
                run.while_busy(async || api.untag_resource(arn, remove).await)
                    .await
            }
        }
    };
    let time_to_live = async {
        match &steps.time_to_live {
            Some(steps) => set_time_to_live(api, run, name, steps).await,
            None => Ok(()),
        }
    };
    let recovery = async {
        match steps.point_in_time_recovery {
            // A fresh table may answer ContinuousBackupsUnavailableException for a while.
            Some(on) => {
                run.while_busy(async || api.update_continuous_backups(name, on).await)
                    .await
            }
            None => Ok(()),
        }
    };
    let updates = async {
        for update in &steps.updates {
            update_table(api, run, name, update).await?;
        }
        Ok(())
    };
    // Ownership first: nothing may be lost on a table that could not become ours.
    tags.await?;
    // All are carried through: one that fails, or waits out an hour, must not hold the others up.
    let (time_to_live, recovery, updates) = join3(time_to_live, recovery, updates).await;
    time_to_live.and(recovery).and(updates)
}

async fn set_time_to_live(
    api: &impl TableApi,
    run: &Run<'_>,
    name: &str,
    steps: &TimeToLiveSteps,
) -> Result<(), Failure> {
    let change = async |attribute: &str, on: bool| {
        run.until(Rhythm::SLOW, async || {
            let failure = match api.update_time_to_live(name, attribute, on).await {
                Ok(()) => return Ok(Look::Ready(())),
                Err(failure) => failure,
            };
            let goal = match on {
                true => TimeToLive::Attribute(attribute.to_owned()),
                false => TimeToLive::Off,
            };
            if may_have_happened(&failure) {
                let live = api.describe_time_to_live(name).await?.unwrap_or_default();
                if diff::time_to_live_agrees(&goal, &live) {
                    return Ok(Look::Ready(()));
                }
            }
            match failure.kind {
                FailureKind::Busy => Ok(Look::pending(format!(
                    "{}; AWS takes one change of time to live an hour",
                    failure.message
                ))),
                _ => Err(failure),
            }
        })
        .await
    };
    if let Some(attribute) = &steps.disable {
        run.step("switching time to live off");
        change(attribute, false).await?;
    }
    let Some(attribute) = &steps.enable else {
        return Ok(());
    };
    if steps.wait_disabled {
        run.until(Rhythm::SLOW, async || {
            let ttl = api.describe_time_to_live(name).await?.unwrap_or_default();
            Ok(match ttl.status {
                TimeToLiveStatus::Disabled => Look::Ready(()),
                _ => Look::pending("time to live is still being switched off"),
            })
        })
        .await?;
    }
    change(attribute, true).await
}

pub(super) async fn update_table(
    api: &impl TableApi,
    run: &Run<'_>,
    name: &str,
    update: &TableUpdate,
) -> Result<(), Failure> {
    let (what, until) = match update {
        TableUpdate::DeleteIndex(index) => {
            (format!("removing index {index}"), Until::IndexGone(index))
        }
        TableUpdate::CreateIndex { name: index, .. } => {
            (format!("building index {index}"), Until::IndexActive(index))
        }
        TableUpdate::DeletionProtection(_) => {
            ("setting deletion protection".to_owned(), Until::Active)
        }
        TableUpdate::OnDemand => ("switching to on-demand".to_owned(), Until::Active),
    };
    run.step(what);
    run.until(Rhythm::QUICK, async || {
        let failure = match api.update_table(name, update).await {
            Ok(()) => return Ok(Look::Ready(())),
            Err(failure) => failure,
        };
        if may_have_happened(&failure) && has_happened(api, name, update).await? {
            return Ok(Look::Ready(()));
        }
        match failure.kind {
            // The table may still be busy with a change that another run left behind.
            FailureKind::Busy => Ok(Look::pending(failure.message)),
            _ => Err(failure),
        }
    })
    .await?;
    settle(api, run, name, until).await
}

/// A call whose answer was lost is made again by the SDK, and may then be refused because it went through:
/// the index exists, time to live is on already. What is there decides, not the refusal.
fn may_have_happened(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Busy | FailureKind::BadRequest | FailureKind::NotFound | FailureKind::Network
    )
}

async fn has_happened(
    api: &impl TableApi,
    name: &str,
    update: &TableUpdate,
) -> Result<bool, Failure> {
    let Some(table) = api.describe_table(name).await? else {
        return Ok(false);
    };
    let live = read::parse(&table)?;
    let index = |name: &str| live.global_secondary_indexes.get(name);
    Ok(match update {
        TableUpdate::DeleteIndex(name) => index(name).is_none_or(|live| live.is_going()),
        TableUpdate::CreateIndex {
            name,
            index: desired,
            ..
        } => index(name).is_some_and(|live| !live.is_going() && diff::index_agrees(desired, live)),
        TableUpdate::DeletionProtection(on) => live.deletion_protection == *on,
        TableUpdate::OnDemand => live.billing_mode == BillingMode::PayPerRequest,
    })
}

/// Waits for a condition of [`wait`].
///
/// # Errors
/// A status out of which no waiting leads, a failed call, the deadline.
pub async fn settle(
    api: &impl TableApi,
    run: &Run<'_>,
    name: &str,
    until: Until<'_>,
) -> Result<(), Failure> {
    let start = tokio::time::Instant::now();
    run.until(Rhythm::QUICK, async || {
        let Some(table) = api.describe_table(name).await? else {
            return match start.elapsed() < UNSEEN {
                true => Ok(Look::pending("the table is not visible yet")),
                false => Err(Failure::new(
                    FailureKind::NotFound,
                    "the table disappeared while it was being changed",
                )),
            };
        };
        let live = read::parse(&table)?;
        if let Some(why) = wait::stuck(&live) {
            return Err(Failure::new(FailureKind::Other, why)
                .with_hint("its encryption key or replica needs attention first"));
        }
        Ok(wait::pending(&live, until).map_or(Look::Ready(()), Look::pending))
    })
    .await
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
