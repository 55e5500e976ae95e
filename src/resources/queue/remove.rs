//! Deleting a queue that is proven empty.

use std::time::Duration;

use aws_sdk_sqs::Client;
use tokio::time::Instant;

use crate::aws::classify;
use crate::aws::poll::{Look, Rhythm};
use crate::model::failure::{Failure, FailureKind};
use crate::resources::read::present;
use crate::resources::run::Run;

use super::api::QueueApi;
use super::config::QueueLive;
use super::read;

/// The longest that SQS takes (API ReceiveMessage, WaitTimeSeconds).
const LONG_POLL: i32 = 20;
/// The counts must stay zero for a minute, since they may settle so long after the last producer stopped
/// (API GetQueueAttributes); the poll is the last part of it.
const BEFORE_POLL: Duration = Duration::from_secs(60 - 20);

/// The calls that only removing needs.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait RemoveQueue {
    /// The names of the queues whose dead-letter queue it is.
    async fn list_dead_letter_source_queues(&self, url: &str) -> Result<Vec<String>, Failure>;
    /// Whether a long poll returns anything. What it returns is visible again at once.
    async fn receives(&self, url: &str) -> Result<bool, Failure>;
    async fn delete_queue(&self, url: &str) -> Result<(), Failure>;
}

macro_rules! failed {
    ($operation:literal) => {
        |error| classify::failure("sqs", $operation, error)
    };
}

impl RemoveQueue for Client {
    async fn list_dead_letter_source_queues(&self, url: &str) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let page = Client::list_dead_letter_source_queues(self)
                .queue_url(url)
                .max_results(1_000)
                .set_next_token(token)
                .send()
                .await
                .map_err(failed!("ListDeadLetterSourceQueues"))?;
            let found = page
                .queue_urls
                .iter()
                .filter_map(|url| url.rsplit('/').next());
            names.extend(found.map(str::to_owned));
            token = page.next_token;
            if token.is_none() {
                return Ok(names);
            }
        }
    }

    async fn receives(&self, url: &str) -> Result<bool, Failure> {
        let answer = Client::receive_message(self)
            .queue_url(url)
            .max_number_of_messages(1)
            .wait_time_seconds(LONG_POLL)
            .visibility_timeout(0)
            .send()
            .await
            .map_err(failed!("ReceiveMessage"))?;
        Ok(!answer.messages().is_empty())
    }

    async fn delete_queue(&self, url: &str) -> Result<(), Failure> {
        let answer = Client::delete_queue(self).queue_url(url).send().await;
        present(answer.map_err(failed!("DeleteQueue"))).map(|_| ())
    }
}

/// Proves that it is empty, deletes it, and waits until it is gone.
///
/// # Errors
/// It holds a message, AWS's refusal, or the deadline.
pub async fn remove(
    api: &(impl QueueApi + RemoveQueue),
    run: &Run<'_>,
    name: &str,
    live: &QueueLive,
) -> Result<(), Failure> {
    run.step("proving that it is empty");
    let start = Instant::now();
    run.until(Rhythm::SLOW, async || {
        run.still_wanted()?;
        let gone = !counts_zero(api, &live.url).await?;
        let left = BEFORE_POLL.checked_sub(start.elapsed());
        Ok(match left {
            Some(_) if !gone => Look::Pending {
                why: "its counts must stay zero for a minute".to_owned(),
                left,
            },
            _ => Look::Ready(()),
        })
    })
    .await?;
    delete(api, run, name, &live.url).await
}

/// What comes after the counts were zero for long enough.
async fn delete(
    api: &(impl QueueApi + RemoveQueue),
    run: &Run<'_>,
    name: &str,
    url: &str,
) -> Result<(), Failure> {
    match api.receives(url).await {
        Ok(true) => return Err(holds("a message, which a long poll returned")),
        Err(failure) if failure.kind != FailureKind::NotFound => return Err(failure),
        _ => {}
    }
    counts_zero(api, url).await?;
    unreferenced(api, url).await?;
    run.still_wanted()?;
    run.step("deleting it");
    api.delete_queue(url).await?;
    run.until(Rhythm::QUICK, async || {
        Ok(match api.get_queue_url(name).await? {
            None => Look::Ready(()),
            Some(_) => Look::pending("SQS takes up to 60 s to delete a queue"),
        })
    })
    .await
}

/// `false`: there is no such queue any more.
async fn counts_zero(api: &impl QueueApi, url: &str) -> Result<bool, Failure> {
    let Some(attributes) = api.get_queue_attributes(url).await? else {
        return Ok(false);
    };
    let messages = read::counts(&attributes)?;
    match messages.are_zero() {
        true => Ok(true),
        false => Err(holds(&format!("{messages} messages"))),
    }
}

/// It may have become somebody's dead-letter queue since the plan was made. Those that let go of it in this run had
/// the minute that AWS takes for that (API SetQueueAttributes).
async fn unreferenced(api: &impl RemoveQueue, url: &str) -> Result<(), Failure> {
    let sources = present(api.list_dead_letter_source_queues(url).await)?;
    match sources.unwrap_or_default().first() {
        None => Ok(()),
        Some(source) => Err(Failure::new(
            FailureKind::Other,
            format!("not deleted: it is the dead-letter queue of {source} now"),
        )
        .with_hint("point that queue elsewhere first, or declare this one again")),
    }
}

fn holds(what: &str) -> Failure {
    Failure::new(FailureKind::Other, format!("not deleted: it holds {what}"))
        .with_hint("receive and delete its messages first, then run the command again")
}

#[cfg(test)]
#[path = "remove_tests.rs"]
mod tests;
