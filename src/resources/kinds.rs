//! The kinds of resource as enums; a new kind is a variant here and the arms that the compiler asks for.
//!
//! Writing is boxed here: waits within waits around the SDK's own futures make types too deep for the compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use futures_util::future::{FutureExt, try_join};
use serde::{Deserialize, Serialize};

use crate::aws::clients::Clients;
use crate::model::change::{Delta, FieldChange};
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::{Kind, ResourceId, Target};
use crate::model::scope::Scope;

use super::owned::Bulk;
use super::queue;
use super::queue::api::QueueApi;
use super::queue::config::{QueueDesired, QueueLive};
use super::queue::remove::RemoveQueue;
use super::run::Run;
use super::table;
use super::table::api::TableApi;
use super::table::config::{RecoveryLive, TableDesired, TableLive};
use super::table::read::Wanted;
use super::table::remove::RemoveTable;
use super::table::wait::{self, Until};
use super::tags::Tags;

/// What the manifest declares of one resource, references resolved to ARNs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    Queue(QueueDesired),
    Table(TableDesired),
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Live {
    Queue(QueueLive),
    Table(TableLive),
}

/// What a resource holds and who needs it: asked only of one that is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The names of the queues whose dead-letter queue it is.
    Queue {
        sources: Vec<String>,
    },
    Table {
        holds_items: bool,
    },
}

/// A declared resource, ready to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub target: Target,
    pub desired: Desired,
}

impl Desired {
    pub fn tags_mut(&mut self) -> &mut Tags {
        match self {
            Desired::Queue(queue) => &mut queue.tags,
            Desired::Table(table) => &mut table.tags,
        }
    }

    /// Whether it declares what AWS tells only a few times a second: see [`Target::asks_scarce`].
    pub fn asks_scarce(&self) -> bool {
        match self {
            Desired::Queue(_) => false,
            Desired::Table(table) => table.point_in_time_recovery.is_some(),
        }
    }

    /// Whether a setting is left alone once it is there.
    pub fn ignores(&self, path: &str) -> bool {
        self.ignore().iter().any(|ignored| is_within(path, ignored))
    }

    /// Settings that are left alone once it is there.
    fn ignore(&self) -> &BTreeSet<String> {
        match self {
            Desired::Queue(queue) => &queue.ignore,
            Desired::Table(table) => &table.ignore,
        }
    }

    /// The settings that making it would set.
    pub fn on_create(&self, scope: &Scope) -> Vec<FieldChange> {
        match self {
            Desired::Queue(queue) => queue::diff::on_create(queue, scope),
            Desired::Table(table) => table::diff::on_create(table),
        }
    }
}

impl Live {
    pub fn tags(&self) -> &Tags {
        match self {
            Live::Queue(queue) => &queue.tags,
            Live::Table(table) => &table.tags,
        }
    }

    pub fn tags_mut(&mut self) -> &mut Tags {
        match self {
            Live::Queue(queue) => &mut queue.tags,
            Live::Table(table) => &mut table.tags,
        }
    }

    /// The URL of a queue.
    pub fn url(&self) -> Option<&str> {
        match self {
            Live::Queue(queue) => Some(&queue.url),
            Live::Table(_) => None,
        }
    }

    /// What AWS is still busy with, if anything.
    pub fn pending(&self) -> Option<String> {
        match self {
            Live::Queue(_) => None,
            Live::Table(table) => wait::pending(table, Until::AllActive),
        }
    }

    /// Whether it cannot be deleted before its protection is switched off.
    pub fn is_protected(&self) -> bool {
        match self {
            Live::Queue(_) => false,
            Live::Table(table) => table.deletion_protection,
        }
    }

    /// Whether something was not asked for, since AWS tells it only a few times a second.
    pub fn is_partial(&self) -> bool {
        match self {
            Live::Queue(_) => false,
            Live::Table(table) => table.point_in_time_recovery == RecoveryLive::Unknown,
        }
    }

    /// Whether nobody changed anything between this reading and a later one.
    pub fn is_unmoved(&self, now: &Live) -> bool {
        let mut now = now.without_counters();
        // What was not asked for then cannot have moved.
        if let (Live::Table(then), Live::Table(now)) = (self, &mut now)
            && then.point_in_time_recovery == RecoveryLive::Unknown
        {
            now.point_in_time_recovery = RecoveryLive::Unknown;
        }
        self.without_counters() == now
    }

    /// The same without what moves by itself: counters and statuses. Two of these differ only where
    /// somebody changed something.
    pub fn without_counters(&self) -> Live {
        let mut live = self.clone();
        match &mut live {
            Live::Queue(queue) => queue.messages = queue::config::MessageCounts::default(),
            Live::Table(table) => table.still(),
        }
        live
    }
}

/// Compares. A desired and a live of different kinds cannot meet: both are found by the same id.
pub fn diff(desired: &Desired, live: &Live, scope: &Scope) -> Delta {
    let mut delta = match (desired, live) {
        (Desired::Queue(desired), Live::Queue(live)) => {
            queue::diff::diff(&desired.heeded(), live, scope)
        }
        (Desired::Table(desired), Live::Table(live)) => table::diff::diff(desired, live),
        (Desired::Queue(_), Live::Table(_)) | (Desired::Table(_), Live::Queue(_)) => {
            Delta::default()
        }
    };
    delta
        .unmanaged
        .retain(|setting| !desired.ignores(&setting.path));
    delta
}

/// Whether a path is `above`, or a part of it.
fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Reads every target; what is not there is absent from the answer.
///
/// # Errors
/// The first call that failed, with the resource that it was about.
pub async fn read_all(
    clients: &Clients,
    targets: &[Target],
    bulk: &Bulk<'_>,
) -> Result<BTreeMap<ResourceId, Live>, Failure> {
    let of_kind = |kind: Kind| targets.iter().filter(move |target| target.id.kind == kind);
    let queue_names: Vec<_> = of_kind(Kind::Queue)
        .map(|target| target.name.as_str())
        .collect();
    let wanted: Vec<_> = of_kind(Kind::Table)
        .map(|target| Wanted {
            name: &target.name,
            recovery: target.asks_scarce,
        })
        .collect();
    let (mut queues, mut tables) = try_join(
        when(!queue_names.is_empty(), || {
            queue::read::read_all(clients.sqs(), &queue_names, bulk)
        }),
        when(!wanted.is_empty(), || read_tables(clients, &wanted, bulk)),
    )
    .await?;
    let live = targets.iter().filter_map(|target| {
        let live = match target.id.kind {
            Kind::Queue => Live::Queue(queues.remove(&target.name)?),
            Kind::Table => Live::Table(tables.remove(&target.name)?),
        };
        Some((target.id.clone(), live))
    });
    Ok(live.collect())
}

async fn read_tables(
    clients: &Clients,
    wanted: &[Wanted<'_>],
    bulk: &Bulk<'_>,
) -> Result<BTreeMap<String, TableLive>, Failure> {
    let mut tables = table::read::read_all(clients.dynamodb(), wanted, bulk).await?;
    let named = tables.iter_mut();
    let named = named.map(|(name, live)| (name.as_str(), live));
    table::autoscaling::read(|| clients.autoscaling(), named).await?;
    Ok(tables)
}

/// A client is not even made where there is nothing to ask it.
async fn when<T: Default, F: Future<Output = Result<T, Failure>>>(
    wanted: bool,
    read: impl FnOnce() -> F,
) -> Result<T, Failure> {
    match wanted {
        true => read().await,
        false => Ok(T::default()),
    }
}

/// Reads one resource again; `url` is that of a queue, where it is known already.
///
/// # Errors
/// The call that failed.
pub async fn read(
    clients: &Clients,
    kind: Kind,
    name: &str,
    url: Option<&str>,
    scope: &Scope,
) -> Result<Option<Live>, Failure> {
    Ok(match kind {
        Kind::Queue => match url {
            Some(url) => queue::read::read(clients.sqs(), url).await?,
            None => queue::read::read_by_name(clients.sqs(), name).await?,
        }
        .map(Live::Queue),
        Kind::Table => {
            let arn = scope.table_arn(name);
            let mut live = table::read::read(clients.dynamodb(), name, Some(&arn)).await?;
            let named = live.iter_mut().map(|live| (name, live));
            table::autoscaling::read(|| clients.autoscaling(), named).await?;
            live.map(Live::Table)
        }
    })
}

/// The tags of a resource that was read, first-hand; `None`: it is gone.
///
/// # Errors
/// The call that failed.
pub async fn read_tags(clients: &Clients, live: &Live) -> Result<Option<Tags>, Failure> {
    match live {
        Live::Queue(queue) => QueueApi::list_queue_tags(clients.sqs(), &queue.url).await,
        Live::Table(table) => TableApi::list_tags_of_resource(clients.dynamodb(), &table.arn).await,
    }
}

/// Looks into it.
///
/// # Errors
/// The call that failed.
pub async fn read_contents(
    clients: &Clients,
    name: &str,
    live: &Live,
) -> Result<Contents, Failure> {
    Ok(match live {
        Live::Queue(queue) => Contents::Queue {
            sources: RemoveQueue::list_dead_letter_source_queues(clients.sqs(), &queue.url).await?,
        },
        Live::Table(_) => Contents::Table {
            holds_items: clients.dynamodb().holds_items(name).await?,
        },
    })
}

/// Deletes it, and waits until it is gone. A table is copied first; unless `lossy`, what holds something stays.
///
/// # Errors
/// It is not empty, AWS's refusal, or the deadline.
pub async fn remove(
    clients: &Clients,
    run: &Run<'_>,
    name: &str,
    live: &Live,
    lossy: bool,
) -> Result<(), Failure> {
    match live {
        Live::Queue(queue) => {
            let removal = queue::remove::remove(clients.sqs(), run, name, queue);
            removal.boxed_local().await
        }
        Live::Table(table) => {
            let removal = table::remove::remove(clients.dynamodb(), run, name, table, lossy);
            removal.boxed_local().await
        }
    }
}

/// Makes it; returns the URL of a queue.
///
/// # Errors
/// AWS's refusal, or the deadline.
pub async fn create(
    clients: &Clients,
    run: &Run<'_>,
    name: &str,
    desired: &Desired,
) -> Result<Option<String>, Failure> {
    match desired {
        Desired::Queue(queue) => queue::apply::create(clients.sqs(), run, name, queue)
            .boxed_local()
            .await
            .map(Some),
        Desired::Table(table) => table::apply::create(clients.dynamodb(), run, name, table)
            .boxed_local()
            .await
            .map(|()| None),
    }
}

/// Changes what differs.
///
/// # Errors
/// AWS's refusal, or the deadline.
pub async fn update(
    clients: &Clients,
    run: &Run<'_>,
    name: &str,
    desired: &Desired,
    live: &Live,
) -> Result<(), Failure> {
    match (desired, live) {
        (Desired::Queue(desired), Live::Queue(live)) => {
            let desired = desired.heeded();
            let update = queue::apply::update(clients.sqs(), run, &desired, live);
            update.boxed_local().await
        }
        (Desired::Table(desired), Live::Table(live)) => {
            let desired = desired.heeded();
            let update = table::apply::update(clients.dynamodb(), run, name, &desired, live);
            update.boxed_local().await
        }
        (Desired::Queue(_), Live::Table(_)) | (Desired::Table(_), Live::Queue(_)) => {
            Err(Failure::new(
                FailureKind::BadRequest,
                "the plan names two kinds of resource",
            ))
        }
    }
}

/// Waits until nothing is under way on it any more.
///
/// # Errors
/// A status out of which no waiting leads, or the deadline.
pub async fn settle(
    clients: &Clients,
    run: &Run<'_>,
    kind: Kind,
    name: &str,
) -> Result<(), Failure> {
    match kind {
        // A queue has no status; that its settings are seen is what the read-back waits for.
        Kind::Queue => Ok(()),
        Kind::Table => table::apply::settle(clients.dynamodb(), run, name, Until::AllActive).await,
    }
}
