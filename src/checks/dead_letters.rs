//! The proof that matters: a message that nobody handles arrives in the dead-letter queue as it was sent.

use std::time::Duration;

use aws_sdk_sqs::types::Message;
use tokio::time::Instant;

use crate::model::check::Finding;
use crate::model::failure::Failure;

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
        shown(most)
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
            let actual = format!("there after {} already", shown(moved.receives));
            return Err(Finding::new(expected.as_str(), actual).into());
        }
        intact(&moved.sent, &moved.received)
    };
    examiner.check(NAME, &expected, work).await;
}

fn shown(number: u32) -> String {
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
    let is_it = |it: &Message| it.body() == Some(&sent.body);
    let start = Instant::now();
    let mut receives = 0;
    // Sent twice where the answer to the first call was lost.
    let mut id = None;
    while start.elapsed() < PATIENCE {
        // The receive beyond the last allowed moves it, and returns nothing: no reason to wait there.
        let waits = match receives < dead.max_receive_count {
            true => [LONG_POLL, 0],
            false => [0, LONG_POLL],
        };
        let is_same = |it: &Message| is_it(it) && (id.is_none() || it.message_id == id);
        if let Some(message) = look(api, copy.url, waits[0], is_same).await? {
            id.clone_from(&message.message_id);
            receives += 1;
            if receives > dead.max_receive_count {
                let actual = format!("still in its queue, received {receives} times");
                return Err(Finding::new(expected, actual).into());
            }
            api.release(copy.url, &message).await?;
        } else if let Some(received) = look(api, dead.url, waits[1], is_it).await? {
            return Ok(Moved {
                sent,
                received,
                receives,
            });
        }
    }
    let seconds = PATIENCE.as_secs();
    let actual = format!("in neither queue after {} and {seconds} s", shown(receives));
    Err(Finding::new(expected, actual).into())
}

async fn look(
    api: &impl Messages,
    url: &str,
    wait: i32,
    is_it: impl Fn(&Message) -> bool,
) -> Result<Option<Message>, Failure> {
    let messages = api.receive_message(url, wait, INVISIBLE).await?;
    Ok(messages.into_iter().find(is_it))
}
