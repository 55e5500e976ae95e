//! From a queue to its dead-letter queue: the target is there, is of the same type, and lets the source in.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use crate::aws::clients::Clients;
use crate::model::check::{Check, Finding, Level, Outcome};
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::{Kind, ResourceId};
use crate::model::scope::Scope;
use crate::resources::kinds::{self, Live};
use crate::resources::queue::config::{QueueLive, RedriveAllowPolicy, is_fifo};

/// By ARN. `None`: there is no such queue. One that cannot be read is absent.
pub type Targets = BTreeMap<String, Option<QueueLive>>;

/// The dead-letter queues that live queues name: as they were read with the manifest, or else read here.
///
/// # Errors
/// The first call that failed, with the queue that it was about.
pub async fn read(
    clients: &Clients,
    scope: &Scope,
    live: &BTreeMap<ResourceId, Live>,
) -> Result<Targets, Failure> {
    let queues = || live.values().filter_map(queue);
    let known: BTreeMap<&str, &QueueLive> =
        queues().map(|queue| (queue.arn.as_str(), queue)).collect();
    let named = queues().filter_map(|queue| queue.redrive_policy.as_ref());
    let mut named: Vec<_> = named.map(|policy| &policy.dead_letter_target_arn).collect();
    named.sort();
    named.dedup();
    let reads = named.into_iter().map(async |arn| {
        if let Some(queue) = known.get(arn.as_str()) {
            return Ok(Some((arn.clone(), Some((*queue).clone()))));
        }
        // Account and region are the source's (DG sqs-dead-letter-queues).
        let Some(name) = arn.strip_prefix(&scope.queue_arn("")) else {
            return Ok(None);
        };
        match kinds::read(clients, Kind::Queue, name, None, scope).await {
            Ok(live) => Ok(Some((arn.clone(), live.as_ref().and_then(queue).cloned()))),
            Err(failure) if failure.kind == FailureKind::AccessDenied => Ok(None),
            Err(failure) => Err(failure.about(format!("queue {name}"))),
        }
    });
    let read = try_join_all(reads).await?;
    Ok(read.into_iter().flatten().collect())
}

fn queue(live: &Live) -> Option<&QueueLive> {
    match live {
        Live::Queue(queue) => Some(queue),
        Live::Table(_) => None,
    }
}

/// `None`: it has no dead-letter queue.
pub fn check(live: &Live, targets: &Targets) -> Option<Check> {
    let source = queue(live)?;
    let arn = &source.redrive_policy.as_ref()?.dead_letter_target_arn;
    let outcome = match targets.get(arn) {
        None => Outcome::Skip {
            why: format!("{} cannot be read from here", name(arn)),
        },
        Some(target) => match broken(source, arn, target.as_ref()) {
            Some(finding) => Outcome::Fail(finding),
            None => Outcome::Pass,
        },
    };
    Some(Check::new(Level::Config, "dead-letter queue", outcome))
}

fn broken(source: &QueueLive, arn: &str, target: Option<&QueueLive>) -> Option<Finding> {
    let dead_letters = name(arn);
    let Some(target) = target else {
        let finding = Finding::new(
            format!("{dead_letters} takes what cannot be handled"),
            format!("{dead_letters} does not exist"),
        );
        return Some(finding.with_next_step(
            "shopctl create --all makes it if the manifest declares it; until then messages stay and expire",
        ));
    };
    if is_fifo(&source.arn) != is_fifo(arn) {
        let finding = Finding::new(
            "a dead-letter queue of the same type",
            format!("{dead_letters} is of the other type: one of the two is FIFO"),
        );
        return Some(finding.with_next_step("point redrive_policy to a queue of the same type"));
    }
    let admits = match &target.redrive_allow_policy {
        RedriveAllowPolicy::AllowAll => true,
        RedriveAllowPolicy::DenyAll => false,
        RedriveAllowPolicy::SourceQueues(arns) => arns.contains(&source.arn),
    };
    (!admits).then(|| {
        let from = name(&source.arn);
        Finding::new(
            format!("{dead_letters} lets {from} in"),
            format!("the redrive_allow_policy of {dead_letters} does not name {from}"),
        )
        .with_next_step(format!("add {from} to its source_queues, or allow_all"))
    })
}

fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

#[cfg(test)]
#[path = "wiring_tests.rs"]
mod tests;
