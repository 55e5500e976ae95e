//! One message and one item through the real thing, for environments without consumers. Nothing else is touched.

use std::time::Duration;

use aws_sdk_sqs::types::Message;
use tokio::time::Instant;

use crate::model::check::Finding;
use crate::resources::queue::config::{QueueLive, is_fifo};

use super::examine::{Amiss, Examiner};
use super::items::Items;
use super::messages::Messages;
use super::queue::{self, LONG_POLL, PATIENCE, intact};
use super::table;

/// How long the message may take to come back.
const RETURN: Duration = Duration::from_secs(20);
/// Seconds. Well within that time: what an answer that is lost has hidden comes back, and does not stay.
const INVISIBLE: i32 = 8;

/// Sends a message and takes it out again. A queue that holds anything is left alone: receiving is never free.
pub async fn queue(api: &impl Messages, examiner: &Examiner<'_>, live: &QueueLive, mark: &str) {
    const NAME: &str = "send, receive, delete";
    const EXPECTED: &str = "a message goes through";
    if !live.messages.are_zero() {
        let why = format!(
            "it holds {}, and a test takes nobody's messages",
            live.messages
        );
        return examiner.skip(NAME, why);
    }
    if live
        .redrive_policy
        .as_ref()
        .is_some_and(|policy| policy.max_receive_count == 1)
    {
        const WHY: &str = "with max_receive_count 1 whatever a test receives and cannot delete ends in its dead-letter queue";
        return examiner.skip(NAME, WHY);
    }
    let copy = queue::Copy {
        url: &live.url,
        fifo: is_fifo(&live.url),
        content_based_deduplication: false,
        delay: live.delay.0,
        dead_letters: None,
        mark,
    };
    if copy.fifo && copy.delay > PATIENCE {
        let why = format!("its delay of {} holds every message back", live.delay);
        return examiner.skip(NAME, why);
    }
    let sent = copy.message("live");
    let work = async {
        api.send_message(copy.url, &sent).await?;
        let message = own(api, copy.url, &sent.body).await?;
        // First of all: it must not stay.
        let deleted = api.delete_message(copy.url, &message).await;
        intact(&sent, &message)?;
        Ok(deleted?)
    };
    examiner.check(NAME, EXPECTED, work).await;
}

/// Receives until it is our own. Another's is visible again at once, and ends it: somebody uses the queue.
async fn own(api: &impl Messages, url: &str, body: &str) -> Result<Message, Amiss> {
    let start = Instant::now();
    let mut foreign = false;
    while start.elapsed() < RETURN {
        let mut found = None;
        for message in api.receive_message(url, LONG_POLL, INVISIBLE).await? {
            if message.body() == Some(body) {
                found = Some(message);
            } else {
                foreign = true;
                api.release(url, &message).await?;
            }
        }
        if let Some(message) = found {
            return Ok(message);
        }
        if foreign {
            break;
        }
    }
    Err(match foreign {
        true => Finding::new(
            "nobody else's message comes",
            "another message came; it was made visible again at once, and ours may still be there",
        ),
        false => Finding::new(
            "the message comes back",
            format!(
                "it did not within {} s: a consumer may have taken it",
                RETURN.as_secs()
            ),
        ),
    }
    .with_next_step("test with copies instead: leave out --live")
    .into())
}

/// Sees to it that the message does not stay where a test ended before it could be deleted.
pub async fn take_back(api: &impl Messages, live: &QueueLive, mark: &str) {
    let is_ours = |message: &Message| message.body().is_some_and(|body| body.starts_with(mark));
    let Ok(messages) = api.receive_message(&live.url, LONG_POLL, INVISIBLE).await else {
        return;
    };
    for message in messages {
        // Nobody is left to tell; what stays bears our mark.
        let _ = match is_ours(&message) {
            true => api.delete_message(&live.url, &message).await,
            false => api.release(&live.url, &message).await,
        };
    }
}

/// Puts an item under a key of its own, and takes it out again.
pub async fn table(api: &impl Items, examiner: &Examiner<'_>, copy: &table::Copy<'_>) {
    let item = copy.item(1);
    let key = copy.key(&item);
    if table::put(api, examiner, copy, &item, &key).await.is_some() {
        table::query(api, examiner, copy, &item, &key).await;
    }
    table::delete(api, examiner, copy, &key).await;
}
