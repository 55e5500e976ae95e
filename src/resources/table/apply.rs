//! Writing tables.

use std::time::Duration;

use futures_util::future::join3;

use crate::aws::poll::{Look, Rhythm};
use crate::model::failure::{Failure, FailureKind};
use crate::resources::ownership;
use crate::resources::run::Run;
use crate::resources::tags::TagChanges;

use super::api::TableApi;
use super::config::{BillingMode, Stream, TableDesired, TableLive, TimeToLive, TimeToLiveStatus};
use super::indexes;
use super::read;
use super::settings;
use super::steps::{self, Steps, TableUpdate, TimeToLiveSteps};
use super::throughput::{ByIndex, ReadWrite};
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
    let indexes = live.global_secondary_indexes.iter();
    for (index, _) in indexes.filter(|(_, index)| index.is_going() && !steps.updates.is_empty()) {
        settle(api, run, name, Until::IndexGone(index)).await?;
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
            Some(recovery) => {
                run.while_busy(async || api.update_continuous_backups(name, recovery).await)
                    .await
            }
            None => Ok(()),
        }
    };
    let updates = async {
        for update in &steps.updates {
            update_table(api, run, name, update).await?;
        }
        update_last(api, run, name, &steps.last).await
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
        run.until_accepted(Rhythm::SLOW, async || {
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
                if settings::time_to_live_agrees(&goal, &live) {
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
    run.step(words(update));
    run.until_accepted(Rhythm::QUICK, async || attempt(api, name, update).await)
        .await?;
    settle(api, run, name, until(update)).await
}

/// Each is tried in turn, so that one which AWS does not allow yet holds up no other.
async fn update_last(
    api: &impl TableApi,
    run: &Run<'_>,
    name: &str,
    updates: &[TableUpdate],
) -> Result<(), Failure> {
    let mut left: Vec<_> = updates.iter().collect();
    run.until_accepted(Rhythm::SLOW, async || {
        let mut reasons = Vec::new();
        let mut failed = None;
        for update in std::mem::take(&mut left) {
            if reasons.is_empty() {
                run.step(words(update));
            }
            match attempt(api, name, update).await {
                Ok(Look::Ready(())) => settle(api, run, name, until(update)).await?,
                Ok(Look::Pending { why, .. }) => {
                    left.push(update);
                    reasons.push(why);
                }
                Err(failure) => failed = failed.or(Some(failure)),
            }
        }
        match (failed, reasons.is_empty()) {
            (Some(failure), _) => Err(failure),
            (None, true) => Ok(Look::Ready(())),
            (None, false) => Ok(Look::pending(reasons.join("; "))),
        }
    })
    .await
}

fn words(update: &TableUpdate) -> String {
    let words = match update {
        TableUpdate::DeleteIndex(index) => return format!("removing index {index}"),
        TableUpdate::CreateIndex { name, .. } => return format!("building index {name}"),
        TableUpdate::DeletionProtection(_) => "setting deletion protection",
        TableUpdate::Stream(Stream::Off) => "switching the stream off",
        TableUpdate::Stream(Stream::View(_)) => "switching the stream on",
        TableUpdate::OnDemand => "switching to on-demand",
        TableUpdate::Provisioned(_) => "switching to provisioned capacity",
        TableUpdate::Capacity(_) => "setting capacity",
        TableUpdate::Maximum(_) => "setting the on-demand maximum",
        TableUpdate::TableClass(_) => "changing the table class",
        TableUpdate::Encryption(_) => "changing the encryption key",
    };
    words.to_owned()
}

fn until(update: &TableUpdate) -> Until<'_> {
    match update {
        TableUpdate::DeleteIndex(index) => Until::IndexGone(index),
        TableUpdate::CreateIndex { name, .. } => Until::IndexActive(name),
        TableUpdate::OnDemand
        | TableUpdate::Provisioned(_)
        | TableUpdate::Capacity(_)
        | TableUpdate::Maximum(_) => Until::Updated,
        TableUpdate::DeletionProtection(_)
        | TableUpdate::Stream(_)
        | TableUpdate::TableClass(_)
        | TableUpdate::Encryption(_) => Until::Active,
    }
}

/// How often AWS allows it, where that may be why it refuses.
fn allowance(update: &TableUpdate) -> &'static str {
    match update {
        // DG bp-switching-capacity-modes.
        TableUpdate::OnDemand => "; AWS allows this four times in 24 hours",
        // DG ServiceQuotas.
        TableUpdate::Capacity(_) => {
            "; AWS lowers capacity four times in the first hour of a day, then once an hour"
        }
        TableUpdate::TableClass(_) => "; AWS allows this twice in 30 days",
        TableUpdate::Encryption(_) => "; AWS allows this four times in 24 hours",
        _ => "",
    }
}

async fn attempt(
    api: &impl TableApi,
    name: &str,
    update: &TableUpdate,
) -> Result<Look<()>, Failure> {
    let completed = match update {
        TableUpdate::Capacity(wanted) => {
            let completed = completed(api, name, wanted).await?;
            if completed.is_empty() {
                return Ok(Look::Ready(()));
            }
            Some(TableUpdate::Capacity(completed))
        }
        _ => None,
    };
    let request = completed.as_ref().unwrap_or(update);
    let Err(failure) = api.update_table(name, request).await else {
        return Ok(Look::Ready(()));
    };
    if may_have_happened(&failure) && has_happened(api, name, update).await? {
        return Ok(Look::Ready(()));
    }
    match failure.kind {
        // The table may still be busy with a change that another run left behind.
        FailureKind::Busy => Ok(Look::pending(format!(
            "{}{}",
            failure.message.trim_end_matches('.'),
            allowance(update)
        ))),
        _ => Err(failure),
    }
}

/// UpdateTable takes both dimensions, of which a scalable target may move the other at any time; and it refuses
/// what is set already.
async fn completed(
    api: &impl TableApi,
    name: &str,
    wanted: &ByIndex<Option<u64>>,
) -> Result<ByIndex<Option<u64>>, Failure> {
    let Some(table) = api.describe_table(name).await? else {
        return Ok(wanted.clone());
    };
    let live = read::parse(&table)?;
    let pairs = wanted.iter().filter_map(|(index, wanted)| {
        let now = live.throughput_of(index.as_deref())?.capacity.map(Some);
        let all = wanted.zip(now).map(|(wanted, now)| wanted.or(now));
        (all != now).then(|| (index.clone(), all))
    });
    Ok(pairs.collect())
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
        } => index(name)
            .is_some_and(|live| !live.is_going() && indexes::global_agrees(desired, live)),
        TableUpdate::DeletionProtection(on) => live.deletion_protection == *on,
        TableUpdate::Stream(stream) => live.stream == *stream,
        TableUpdate::OnDemand => live.billing_mode == BillingMode::PayPerRequest,
        TableUpdate::Provisioned(_) => live.billing_mode == BillingMode::Provisioned,
        TableUpdate::Capacity(wanted) => wanted.iter().all(|(index, wanted)| {
            let live = live.throughput_of(index.as_deref());
            live.is_some_and(|live| is_set(*wanted, live.capacity))
        }),
        TableUpdate::Maximum(wanted) => wanted.iter().all(|(index, wanted)| {
            let live = live.throughput_of(index.as_deref());
            live.is_some_and(|live| is_set(*wanted, live.maximum))
        }),
        TableUpdate::TableClass(class) => live.table_class == *class,
        TableUpdate::Encryption(key) => settings::encryption_agrees(key, &live.encryption),
    })
}

fn is_set<T: Copy + PartialEq>(wanted: ReadWrite<Option<T>>, live: ReadWrite<T>) -> bool {
    let agrees = wanted
        .zip(live)
        .map(|(wanted, live)| wanted.is_none_or(|wanted| wanted == live));
    agrees.read && agrees.write
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
