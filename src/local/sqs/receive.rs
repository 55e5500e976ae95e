//! Receiving: which messages are handed out, and which go to the dead-letter queue instead.

use std::time::Duration;

use rusqlite::{Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::message::{self, Asked, Message};
use super::messages::{IN_ORDER, POISON};
use super::meter::{Counter, Meter};
use super::queue::Queue;
use super::{attempts, dead_letters, errors, messages, receipt};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

/// DG quotas-queues, quotas-fifo.
const MAX_IN_FLIGHT: i64 = 120_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
    #[serde(flatten)]
    asked: Asked,
}

/// Answers at once; whether it is to be asked again says [`patience`].
///
/// # Errors
/// The operation's own refusals.
pub fn receive_message(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: ReceiveMessage = decode(input)?;
    check(&input)?;
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
        let meter = Meter::start(transaction, call, &queue, call.now)?;
        let received = receive(transaction, call, &queue, &input)?;
        if received.is_empty() {
            return Ok(json!({}));
        }
        meter.add(transaction, Counter::Received, received.len())?;
        let messages = received
            .iter()
            .map(|message| message.describe(&queue, &input.asked))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(json!({ "Messages": messages }))
    })
}

fn receive(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    input: &ReceiveMessage,
) -> Result<Vec<Message>, ApiError> {
    messages::delete_expired(transaction, call, queue)?;
    let timeout = match input.visibility_timeout {
        Some(seconds) => seconds * 1_000,
        None => queue.millis("VisibilityTimeout"),
    };
    let attempt = input.receive_request_attempt_id.as_deref();
    if let Some(attempt) = attempt {
        attempts::check(queue, attempt)?;
        let again = attempts::again(transaction, call, queue, attempt, timeout)?;
        if !again.is_empty() {
            return Ok(again);
        }
    }
    dead_letters::take_out(transaction, call, queue)?;
    let wanted = input.max_number_of_messages.unwrap_or(1);
    let in_flight = messages::in_flight(transaction, call, queue, MAX_IN_FLIGHT - wanted)?;
    let silent = queue.is_fifo() || input.wait(queue) > 0;
    let limit = allowance(wanted, in_flight, MAX_IN_FLIGHT, silent)?;
    let mut received = visible(transaction, call, queue, limit)?;
    for message in &mut received {
        message.hand_out(transaction, call, timeout)?;
    }
    if let Some(attempt) = attempt {
        attempts::remember(transaction, call, queue, attempt, timeout, &received)?;
    }
    Ok(received)
}

/// How many messages may be received. At the limit only a short poll of a standard queue is told
/// (DG quotas-queues, quotas-fifo).
fn allowance(wanted: i64, in_flight: i64, most: i64, silent: bool) -> Result<i64, ApiError> {
    let room = (most - in_flight).max(0);
    if room == 0 && !silent {
        return Err(errors::over_limit(
            "Too many messages are in flight on this queue: delete some, or wait for their visibility timeout.",
        ));
    }
    Ok(wanted.min(room))
}

impl ReceiveMessage {
    /// In seconds: what it says, or else what its queue says.
    fn wait(&self, queue: &Queue) -> i64 {
        self.wait_time_seconds
            .unwrap_or_else(|| queue.number("ReceiveMessageWaitTimeSeconds"))
    }
}

/// Counts a receive that found nothing to the end: a long poll is asked again and again, and is one.
pub fn answered(call: &Call, operation: &str, input: &Value, output: &Value) {
    if operation != "ReceiveMessage" || output.get("Messages").is_some() {
        return;
    }
    let counted = decode::<ReceiveMessage>(input).and_then(|input| {
        call.store.write(|transaction| {
            let queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
            let meter = Meter::start(transaction, call, &queue, call.now)?;
            meter.add(transaction, Counter::EmptyReceives, 1)
        })
    });
    // The queue may have gone meanwhile; the answer stands without its count.
    counted.ok();
}

/// How long a receive that has found nothing is to wait.
pub fn patience(call: &Call, operation: &str, input: &Value, output: &Value) -> Duration {
    if operation != "ReceiveMessage" || output.get("Messages").is_some() {
        return Duration::ZERO;
    }
    let seconds = decode::<ReceiveMessage>(input).and_then(|input| {
        let queue = call
            .store
            .read(|transaction| Queue::at(transaction, call, input.queue_url.as_deref()))?;
        Ok(input.wait(&queue))
    });
    Duration::from_secs(seconds.map_or(0, i64::unsigned_abs))
}

fn check(input: &ReceiveMessage) -> Result<(), ApiError> {
    for (name, value, least, most) in [
        ("MaxNumberOfMessages", input.max_number_of_messages, 1, 10),
        ("VisibilityTimeout", input.visibility_timeout, 0, 43_200),
        ("WaitTimeSeconds", input.wait_time_seconds, 0, 20),
    ] {
        if let Some(value) = value
            && !(least..=most).contains(&value)
        {
            let range = match name {
                "WaitTimeSeconds" => format!("Must be >= {least} and <= {most}, if provided."),
                _ => format!("Must be between {least} and {most}, if provided."),
            };
            return Err(errors::invalid_value(value, name, range));
        }
    }
    input.asked.check()
}

/// A FIFO queue keeps its order, a standard queue has what was received too often at its back.
fn visible(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    limit: i64,
) -> Result<Vec<Message>, ApiError> {
    let mut messages: Vec<Message> = Vec::new();
    for part in ["(?3 or receives < ?5)", "not ?3 and receives >= ?5"] {
        let room = limit - i64::try_from(messages.len()).unwrap_or(limit);
        let more: Vec<Message> = transaction
            .prepare_cached(&format!(
                "select {} from {IN_ORDER} and {part} order by id limit ?4",
                message::COLUMNS
            ))?
            .query_map(
                params![queue.id, call.now, queue.is_fifo(), room, POISON],
                |row| message::from_row(row, |id| receipt::issue(queue, id, call.now)),
            )?
            .collect::<Result<_, _>>()?;
        messages.extend(more);
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_limit_is_ever_in_flight() {
        for silent in [false, true] {
            assert_eq!(allowance(10, 0, 20, silent), Ok(10));
            assert_eq!(allowance(10, 15, 20, silent), Ok(5));
        }
        assert_eq!(allowance(1, 20, 20, true), Ok(0));
        let told = allowance(1, 20, 20, false).unwrap_err();
        assert_eq!((told.code.as_str(), told.status), ("OverLimit", 403));
    }
}
