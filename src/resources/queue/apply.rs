//! Writing queues.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::poll::{Look, Rhythm};
use crate::model::failure::{Failure, FailureKind};
use crate::resources::ownership;
use crate::resources::run::Run;
use crate::resources::tags::TagChanges;

use super::api::QueueApi;
use super::config::{QueueDesired, QueueLive, is_fifo};
use super::{diff, redrive};

/// A name is unusable for so long after its queue was deleted (API CreateQueue, QueueDeletedRecently).
const COOLDOWN: Duration = Duration::from_secs(60);
/// A dead-letter queue made a moment ago may not be seen yet by the queue that names it.
const REFERENCE: Duration = Duration::from_secs(20);

/// Makes the queue, waiting out the cooldown of its name, and returns its URL.
///
/// # Errors
/// AWS's refusal, or the deadline.
pub async fn create(
    api: &impl QueueApi,
    run: &Run<'_>,
    name: &str,
    desired: &QueueDesired,
) -> Result<String, Failure> {
    let mut attributes = diff::attributes(desired, None);
    if is_fifo(name) {
        attributes.insert("FifoQueue".to_owned(), "true".to_owned());
    }
    let start = Instant::now();
    run.until_accepted(Rhythm::QUICK, async || {
        match api.create_queue(name, &attributes, &desired.tags).await {
            Ok(url) => Ok(Look::Ready(url)),
            Err(failure) => refused(failure, start.elapsed()),
        }
    })
    .await
}

/// Whether a refusal, so long after the first attempt, is waited out.
fn refused<T>(failure: Failure, elapsed: Duration) -> Result<Look<T>, Failure> {
    match failure.kind {
        FailureKind::Exists => Err(failure.with_hint(
            "somebody made it since it was read: run the command again to see how it differs",
        )),
        FailureKind::Busy => Ok(Look::Pending {
            why: "the name is unusable for 60 s after its queue was deleted".to_owned(),
            left: COOLDOWN.checked_sub(elapsed),
        }),
        FailureKind::NotFound if elapsed < REFERENCE => Ok(Look::pending(
            "the dead-letter queue, or that it allows this queue, is not visible yet",
        )),
        _ => Err(failure),
    }
}

/// Sets what differs.
///
/// # Errors
/// AWS's refusal.
pub async fn update(
    api: &impl QueueApi,
    run: &Run<'_>,
    desired: &QueueDesired,
    live: &QueueLive,
) -> Result<(), Failure> {
    let attributes = diff::attributes(desired, Some(live));
    let tags = TagChanges::between(&desired.tags, &desired.untag, &live.tags);
    let start = Instant::now();
    let refers = attributes.contains_key(redrive::ATTRIBUTE);
    let set = async {
        if attributes.is_empty() {
            return Ok(());
        }
        run.until_accepted(Rhythm::QUICK, async || {
            match api.set_queue_attributes(&live.url, &attributes).await {
                Ok(()) => Ok(Look::Ready(())),
                Err(failure) if refers => refused(failure, start.elapsed()),
                Err(failure) => Err(failure),
            }
        })
        .await
    };
    let tag = async {
        if !tags.set.is_empty() {
            api.tag_queue(&live.url, &tags.set).await?;
        }
        match tags.remove.is_empty() {
            true => Ok(()),
            false => api.untag_queue(&live.url, &tags.remove).await,
        }
    };
    // Ownership first: nothing may be lost on a queue that could not become ours.
    if tags.set.contains_key(ownership::PROJECT) {
        tag.await?;
        return set.await;
    }
    // Both are carried through: one that fails must not cut the other off half-way.
    let (set, tag) = futures_util::future::join(set, tag).await;
    set.and(tag)
}

#[cfg(test)]
#[path = "apply_tests.rs"]
mod tests;
