//! The proof that matters: a message that nobody handles arrives in the dead-letter queue as it was sent.

use std::time::Duration;

use aws_sdk_sqs::types::Message;
use tokio::time::Instant;

use crate::model::check::Finding;

use super::examine::{Amiss, Examiner};
use super::messages::{Messages, Outgoing};
use super::queue::{Copy, DeadLetters, INVISIBLE, LONG_POLL, intact};

const NAME: &str = "message reaches the dead-letter queue";
/// Each receive is a round trip or two.
const MOST_RECEIVES: u32 = 50;
/// For all of the receives together, and the move.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn check(
    api: &impl Messages,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
    dead: &DeadLetters<'_>,
) {
    let most = dead.max_receive_count;
    if most > MOST_RECEIVES {
        let why = format!(
            "max_receive_count {most} is more than the {MOST_RECEIVES} receives that a test makes"
        );
        return examiner.skip(NAME, why);
    }
    let expected = format!(
        "in the dead-letter queue as it was sent, after {}",
        receives(most)
    );
    let work = async {
        let first = attempt(api, copy, dead, "unhandled", &expected).await?;
        let moved = match first {
            // An answer that was lost on its way counts as a receive too: once more, with another message.
            Moved { receives, .. } if receives < most => {
                attempt(api, copy, dead, "unhandled again", &expected).await?
            }
            moved => moved,
        };
        if moved.receives < most {
            let actual = format!("there after {} already", receives(moved.receives));
            return Err(Finding::new(expected.as_str(), actual).into());
        }
        intact(&moved.sent, &moved.received)
    };
    examiner.check(NAME, &expected, work).await;
}

fn receives(number: u32) -> String {
    match number {
        1 => "1 receive".to_owned(),
        number => format!("{number} receives"),
    }
}

struct Moved {
    sent: Outgoing,
    received: Message,
    receives: u32,
}

/// Receives a message again and again without handling it, until it turns up in the dead-letter queue.
async fn attempt(
    api: &impl Messages,
    copy: &Copy<'_>,
    dead: &DeadLetters<'_>,
    name: &str,
    expected: &str,
) -> Result<Moved, Amiss> {
    let sent = copy.message(name);
    api.send_message(copy.url, &sent).await?;
    let is_it = |message: &Message| message.body() == Some(&sent.body);
    let start = Instant::now();
    let mut receives = 0;
    while start.elapsed() < PATIENCE {
        // The receive beyond the last allowed moves it, and returns nothing: no reason to wait there.
        let wait = if receives < dead.max_receive_count {
            LONG_POLL
        } else {
            0
        };
        let messages = api.receive_message(copy.url, wait, INVISIBLE).await?;
        if let Some(message) = messages.iter().find(|it| is_it(it)) {
            receives += 1;
            if receives > dead.max_receive_count {
                let actual = format!("still in its queue, received {receives} times");
                return Err(Finding::new(expected, actual).into());
            }
            api.release(copy.url, message).await?;
            continue;
        }
        let wait = if receives < dead.max_receive_count {
            0
        } else {
            LONG_POLL
        };
        let messages = api.receive_message(dead.url, wait, INVISIBLE).await?;
        if let Some(received) = messages.into_iter().find(|it| is_it(it)) {
            return Ok(Moved {
                sent,
                received,
                receives,
            });
        }
    }
    let actual = format!(
        "in neither queue after {receives} receives and {} s",
        PATIENCE.as_secs()
    );
    Err(Finding::new(expected, actual).into())
}
