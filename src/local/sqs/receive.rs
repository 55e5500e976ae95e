//! Receiving: which messages are handed out, which go to the dead-letter queue instead, and what is told of them.

use std::time::Duration;

use rusqlite::{Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::digest::{self, MessageAttributes};
use super::queue::Queue;
use super::{errors, messages, receipt, redrive, send};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    /// The older name of `MessageSystemAttributeNames`.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
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
        messages::delete_expired(transaction, call, &queue)?;
        move_to_dead_letter_queue(transaction, call, &queue)?;
        let limit = input.max_number_of_messages.unwrap_or(1);
        let timeout = match input.visibility_timeout {
            Some(seconds) => seconds * 1_000,
            None => queue.millis("VisibilityTimeout"),
        };
        let mut received = Vec::new();
        for mut message in visible(transaction, call, &queue, limit)? {
            message.hand_out(transaction, call, timeout)?;
            received.push(message.describe(&queue, &input)?);
        }
        Ok(if received.is_empty() {
            json!({})
        } else {
            json!({ "Messages": received })
        })
    })
}

/// How long a receive that has found nothing is to wait: what it says, or else what its queue says.
pub fn patience(call: &Call, operation: &str, input: &Value, output: &Value) -> Duration {
    if operation != "ReceiveMessage" || output.get("Messages").is_some() {
        return Duration::ZERO;
    }
    let seconds = decode::<ReceiveMessage>(input).and_then(|input| {
        if let Some(seconds) = input.wait_time_seconds {
            return Ok(seconds);
        }
        let queue = call
            .store
            .read(|transaction| Queue::at(transaction, call, input.queue_url.as_deref()))?;
        Ok(queue.number("ReceiveMessageWaitTimeSeconds"))
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
            return Err(errors::invalid_value(
                value,
                name,
                format!("Must be between {least} and {most}, if provided."),
            ));
        }
    }
    Ok(())
}

/// The receive after the last allowed one moves a message. To a standard queue it takes along the time from which
/// retention counts, to a FIFO queue not (DG setting-up-dead-letter-queue-retention). Without its target it stays.
fn move_to_dead_letter_queue(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
) -> Result<(), ApiError> {
    let Some(redrive) = redrive::in_force(&queue.attributes) else {
        return Ok(());
    };
    let name = redrive.target_arn.rsplit(':').next().unwrap_or_default();
    let Some(target) = Queue::find(transaction, call, name)? else {
        return Ok(());
    };
    transaction
        .prepare_cached(
            "update sqs_messages set queue_id = ?3, receives = 0, receipt = null, source_arn = ?4,
             enqueued_at = case when ?5 then ?2 else enqueued_at end
             where queue_id = ?1 and visible_at <= ?2 and receives >= ?6",
        )?
        .execute(params![
            queue.id,
            call.now,
            target.id,
            queue.arn(call),
            target.is_fifo(),
            redrive.max_receive_count
        ])?;
    Ok(())
}

struct Message {
    id: i64,
    message_id: String,
    body: String,
    attributes: Option<String>,
    trace_header: Option<String>,
    group_id: Option<String>,
    deduplication_id: Option<String>,
    sent_at: i64,
    receive_count: i64,
    first_received_at: Option<i64>,
    source_arn: Option<String>,
    receipt: String,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    let id = row.get(0)?;
    Ok(Message {
        id,
        message_id: row.get(1)?,
        body: row.get(2)?,
        attributes: row.get(3)?,
        trace_header: row.get(4)?,
        group_id: row.get(5)?,
        deduplication_id: row.get(6)?,
        sent_at: row.get(7)?,
        receive_count: row.get(8)?,
        first_received_at: row.get(9)?,
        source_arn: row.get(10)?,
        receipt: receipt::issue(id),
    })
}

/// In a FIFO queue a group waits for what is in flight of it. A delay is the queue's and alike for all of it.
fn visible(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    limit: i64,
) -> Result<Vec<Message>, ApiError> {
    let messages = transaction
        .prepare_cached(
            "select id, message_id, body, attributes, trace_header, group_id, deduplication_id,
                    sent_at, receive_count, first_received_at, source_arn
             from sqs_messages as mine
             where queue_id = ?1 and visible_at <= ?2 and not (?3 and exists (
                 select 1 from sqs_messages as other
                 where other.queue_id = ?1 and other.group_id = mine.group_id
                 and other.visible_at > ?2 and other.receipt is not null))
             order by id limit ?4",
        )?
        .query_map(
            params![queue.id, call.now, queue.is_fifo(), limit],
            from_row,
        )?
        .collect::<Result<_, _>>()?;
    Ok(messages)
}

impl Message {
    fn hand_out(
        &mut self,
        transaction: &Transaction<'_>,
        call: &Call,
        timeout: i64,
    ) -> Result<(), ApiError> {
        self.receive_count += 1;
        self.first_received_at.get_or_insert(call.now);
        transaction
            .prepare_cached(
                "update sqs_messages set receives = receives + 1, receive_count = ?2,
                 first_received_at = ?3, visible_at = ?4, receipt = ?5 where id = ?1",
            )?
            .execute(params![
                self.id,
                self.receive_count,
                self.first_received_at,
                call.now + timeout,
                self.receipt
            ])?;
        Ok(())
    }

    fn describe(&self, queue: &Queue, input: &ReceiveMessage) -> Result<Value, ApiError> {
        let mut output = json!({
            "MessageId": self.message_id,
            "ReceiptHandle": self.receipt,
            "MD5OfBody": digest::of_body(&self.body),
            "Body": self.body,
        });
        let system = self.system_attributes(queue, input);
        if !system.is_empty() {
            output["Attributes"] = system.into();
        }
        let attributes = self.asked_attributes(&input.message_attribute_names)?;
        if let Some(digest) = digest::of_attributes(&attributes) {
            output["MD5OfMessageAttributes"] = digest.into();
            output["MessageAttributes"] = json!(attributes);
        }
        Ok(output)
    }

    fn system_attributes(&self, queue: &Queue, input: &ReceiveMessage) -> Map<String, Value> {
        let fifo = queue.is_fifo();
        let all = [
            ("SenderId", Some("AIDALOCALLOCALLOCAL00".to_owned())),
            ("SentTimestamp", Some(self.sent_at.to_string())),
            (
                "ApproximateReceiveCount",
                Some(self.receive_count.to_string()),
            ),
            (
                "ApproximateFirstReceiveTimestamp",
                self.first_received_at.map(|at| at.to_string()),
            ),
            (
                "SequenceNumber",
                fifo.then(|| send::sequence_number(self.id)),
            ),
            ("MessageDeduplicationId", self.deduplication_id.clone()),
            ("MessageGroupId", self.group_id.clone()),
            ("AWSTraceHeader", self.trace_header.clone()),
            ("DeadLetterQueueSourceArn", self.source_arn.clone()),
        ];
        let asked = |name: &str| {
            [
                &input.attribute_names,
                &input.message_system_attribute_names,
            ]
            .into_iter()
            .flatten()
            .any(|it| it == name || it == "All")
        };
        all.into_iter()
            .filter(|(name, _)| asked(name))
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
            .collect()
    }

    fn asked_attributes(&self, names: &[String]) -> Result<MessageAttributes, ApiError> {
        let Some(text) = &self.attributes else {
            return Ok(MessageAttributes::new());
        };
        let mut attributes: MessageAttributes =
            serde_json::from_str(text).map_err(|error| ApiError::internal(error.to_string()))?;
        attributes.retain(|name, _| names.iter().any(|pattern| matches(pattern, name)));
        Ok(attributes)
    }
}

/// `All`, `.*`, a name, or a prefix such as `bar.*` (API ReceiveMessage).
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == "All" || pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attributes_may_be_patterns() {
        for (pattern, name, expected) in [
            ("All", "Foo", true),
            (".*", "Foo", true),
            ("Foo", "Foo", true),
            ("Foo", "Foo2", false),
            ("Hel.*", "Help.Me", true),
            ("Hel.*", "General", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
