//! What a queue's copy has to do: pass messages on whole, keep what is deleted away, hold back what is delayed.

use std::time::Duration;

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use tokio::time::Instant;

use crate::aws::poll::Look;
use crate::model::check::Finding;
use crate::model::failure::{Failure, FailureKind};

use super::dead_letters;
use super::examine::{Amiss, Examiner};
use super::fifo;
use super::messages::{Attributes, Messages, Outgoing};

/// How long a message may take to arrive, beyond its delay.
pub const ARRIVAL: Duration = Duration::from_secs(45);
/// A queue made a moment ago may not be known everywhere yet (API CreateQueue: one second).
const UNSEEN: Duration = Duration::from_secs(20);
/// One long poll, in seconds. It asks all of SQS's hosts, where a short one samples them (DG long polling).
pub const LONG_POLL: i32 = 2;
/// Longer than what is received takes to be handled here; an answer that is lost hides its messages for so long.
pub const INVISIBLE: i32 = 30;
/// Seconds; the delay that a single message of a standard queue is given.
const DELAY: u64 = 1;
/// A queue that holds messages back for longer is not waited for.
pub const PATIENCE: u64 = 5;

/// The copy of a queue, made.
pub struct Copy<'a> {
    pub url: &'a str,
    pub fifo: bool,
    pub content_based_deduplication: bool,
    /// The queue's own, in seconds.
    pub delay: u64,
    pub dead_letters: Option<DeadLetters<'a>>,
    /// What tells this test's messages from any other's.
    pub mark: &'a str,
}

pub struct DeadLetters<'a> {
    pub url: &'a str,
    pub max_receive_count: u32,
}

impl Copy<'_> {
    /// A message of its own, without delay where that can be chosen.
    pub fn message(&self, name: &str) -> Outgoing {
        let body = format!("{} {name}", self.mark);
        Outgoing {
            attributes: attributes(),
            delay: (!self.fifo).then_some(0),
            group: self.fifo.then(|| "probe".to_owned()),
            deduplication: self.fifo.then(|| body.replace(' ', "-")),
            body,
        }
    }

    pub fn arrival(&self) -> Duration {
        let delay = if self.fifo { self.delay } else { 0 };
        ARRIVAL + Duration::from_secs(delay)
    }
}

/// One of every type that AWS has (API MessageAttributeValue).
fn attributes() -> Attributes {
    let value = |data_type: &str| MessageAttributeValue::builder().data_type(data_type);
    let values = [
        ("text", value("String").string_value("naïve ✓")),
        ("number", value("Number").string_value("42")),
        (
            "bytes",
            value("Binary").binary_value(Blob::new([0, 159, 146, 150])),
        ),
    ];
    let built = values
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.build().ok()?)));
    built.collect()
}

pub async fn check(api: &impl Messages, examiner: &Examiner<'_>, copy: &Copy<'_>) {
    if copy.fifo && copy.delay > PATIENCE {
        let why = format!(
            "its delay of {} s holds every message back for longer than a test waits",
            copy.delay
        );
        return examiner.skip("send and receive", why);
    }
    let Some(deleted) = round_trip(api, examiner, copy).await else {
        return;
    };
    if copy.fifo {
        fifo::check(api, examiner, copy).await;
    }
    if let Some(dead) = &copy.dead_letters {
        dead_letters::check(api, examiner, copy, dead).await;
    }
    delay(api, examiner, copy, &deleted).await;
}

/// A message that was deleted, and when it would be seen again if it were not.
struct Deleted {
    /// A body may be there twice: a call whose answer was lost is made again by the SDK.
    id: Option<String>,
    visible_at: Instant,
}

impl Deleted {
    fn is_among(&self, messages: &[Message]) -> bool {
        messages.iter().any(|it| it.message_id == self.id)
    }
}

/// `None`: the queue passes nothing on, or nothing away.
async fn round_trip(
    api: &impl Messages,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
) -> Option<Deleted> {
    const EXPECTED: &str = "a message that is sent can be received";
    let sent = copy.message("round trip");
    // A handle of a FIFO queue's message is worth nothing once the message is visible again (API DeleteMessage).
    let invisible = if copy.fifo { INVISIBLE } else { 1 };
    let received = examiner.check("send and receive", EXPECTED, async {
        send_first(api, examiner, copy.url, &sent).await?;
        arrives(
            api,
            copy.url,
            &sent.body,
            invisible,
            copy.arrival(),
            EXPECTED,
        )
        .await
    });
    let received = received.await?;
    let visible_at = Instant::now() + Duration::from_secs(1);
    examiner
        .check("body and attributes", "as they were sent", async {
            intact(&sent, &received)
        })
        .await;
    let deleted = examiner.check("delete", "a message can be deleted", async {
        Ok(api.delete_message(copy.url, &received).await?)
    });
    deleted.await?;
    Some(Deleted {
        id: received.message_id,
        visible_at,
    })
}

async fn send_first(
    api: &impl Messages,
    examiner: &Examiner<'_>,
    url: &str,
    message: &Outgoing,
) -> Result<(), Amiss> {
    examiner
        .until(UNSEEN, "the copy takes messages", async || {
            match api.send_message(url, message).await {
                Err(failure) if failure.kind == FailureKind::NotFound => {
                    Ok(Look::pending("SQS did not know the copy that it had made"))
                }
                sent => sent.map(Look::Ready),
            }
        })
        .await
}

/// Receives until the message with this body is there; others stay invisible for as long.
///
/// # Errors
/// A call that failed, or it did not come.
pub async fn arrives(
    api: &impl Messages,
    url: &str,
    body: &str,
    invisible: i32,
    patience: Duration,
    expected: &str,
) -> Result<Message, Amiss> {
    let start = Instant::now();
    while start.elapsed() < patience {
        let messages = api.receive_message(url, LONG_POLL, invisible).await?;
        let wanted = messages.into_iter().find(|it| it.body() == Some(body));
        if let Some(message) = wanted {
            return Ok(message);
        }
    }
    let actual = format!("nothing arrived within {} s", patience.as_secs());
    Err(Finding::new(expected, actual).into())
}

/// What left and what came are the same.
///
/// # Errors
/// The part that differs.
pub fn intact(sent: &Outgoing, received: &Message) -> Result<(), Amiss> {
    let group = received
        .attributes()
        .and_then(|all| all.get(&MessageSystemAttributeName::MessageGroupId));
    let attributes = received.message_attributes.clone().unwrap_or_default();
    let differs = |what: &str, sent: String, received: String| {
        Err(Amiss::from(Finding::new(
            format!("{what} {sent}"),
            format!("{what} {received}"),
        )))
    };
    if received.body() != Some(&sent.body) {
        return differs(
            "body",
            sent.body.clone(),
            received.body.clone().unwrap_or_default(),
        );
    }
    if attributes != sent.attributes {
        return differs("attributes", names(&sent.attributes), names(&attributes));
    }
    if sent.group.as_ref() != group {
        let shown = |group: Option<&String>| group.cloned().unwrap_or_else(|| "none".to_owned());
        return differs("message group", shown(sent.group.as_ref()), shown(group));
    }
    Ok(())
}

fn names(attributes: &Attributes) -> String {
    let shown = |(name, value): (&String, &MessageAttributeValue)| {
        let text = value.string_value().unwrap_or("(bytes)");
        format!("{name}={text} ({})", value.data_type())
    };
    let mut all: Vec<_> = attributes.iter().map(shown).collect();
    all.sort();
    match all.is_empty() {
        true => "none".to_owned(),
        false => all.join(", "),
    }
}

/// A single message's delay or, where the queue has a short one, the queue's. What was deleted must not come meanwhile.
async fn delay(api: &impl Messages, examiner: &Examiner<'_>, copy: &Copy<'_>, deleted: &Deleted) {
    let of_queue = (1..=PATIENCE).contains(&copy.delay);
    let seconds = if of_queue { copy.delay } else { DELAY };
    let mut came_back = false;
    if copy.fifo && !of_queue {
        return;
    }
    let sent = Outgoing {
        delay: (!of_queue).then_some(DELAY as i32),
        ..copy.message("delayed")
    };
    let expected = format!("a message delayed by {seconds} s comes after {seconds} s");
    let work = async {
        let start = Instant::now();
        api.send_message(copy.url, &sent).await?;
        let patience = ARRIVAL + Duration::from_secs(seconds);
        while start.elapsed() < patience {
            let messages = api.receive_message(copy.url, LONG_POLL, INVISIBLE).await?;
            came_back |= deleted.is_among(&messages);
            if messages.iter().any(|it| it.body() == Some(&sent.body)) {
                return on_time(start.elapsed(), seconds, &expected);
            }
        }
        let actual = format!("it did not come within {} s", patience.as_secs());
        Err(Finding::new(expected.as_str(), actual).into())
    };
    examiner.check("delay", &expected, work).await;
    if copy.fifo {
        return;
    }
    let stays = async {
        while !came_back && Instant::now() < deleted.visible_at {
            let messages = api.receive_message(copy.url, 1, INVISIBLE).await?;
            came_back |= deleted.is_among(&messages);
        }
        match came_back {
            true => Err(Finding::new(GONE, "it was received again").into()),
            false => Ok(()),
        }
    };
    examiner.check("deleted for good", GONE, stays).await;
}

const GONE: &str = "a deleted message does not come back";

fn on_time(elapsed: Duration, seconds: u64, expected: &str) -> Result<(), Amiss> {
    // A clock that counts in ticks may be one tick ahead of ours.
    let least = Duration::from_secs(seconds).mul_f64(0.9);
    match elapsed >= least {
        true => Ok(()),
        false => {
            let actual = format!("it came after {} ms", elapsed.as_millis());
            Err(Finding::new(expected, actual).into())
        }
    }
}

/// Receives what is there until so many have come, and deletes them.
///
/// # Errors
/// A call that failed.
pub async fn drain(
    api: &impl Messages,
    url: &str,
    count: usize,
    patience: Duration,
) -> Result<Vec<String>, Failure> {
    let start = Instant::now();
    let mut bodies = Vec::new();
    while bodies.len() < count && start.elapsed() < patience {
        for message in api.receive_message(url, LONG_POLL, INVISIBLE).await? {
            api.delete_message(url, &message).await?;
            bodies.extend(message.body);
        }
    }
    Ok(bodies)
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
