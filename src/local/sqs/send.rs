//! Sending: what a message may be, and which one is a duplicate.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::digest::{self, MessageAttributes};
use super::errors;
use super::meter::{Counter, Meter};
use super::queue::Queue;
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;
use crate::local::uuid;

/// DG FIFO-queues-exactly-once-processing.
const DEDUPLICATION_INTERVAL: i64 = 5 * 60_000;
const MAX_ID: usize = 128;
/// Sequence numbers have twenty digits.
const FIRST_SEQUENCE_NUMBER: u64 = 10_000_000_000_000_000_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outgoing {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: MessageAttributes,
    #[serde(default)]
    message_system_attributes: MessageAttributes,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendInput {
    queue_url: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn send_message(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let at: SendInput = decode(input)?;
    let message: Outgoing = decode(input)?;
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, at.queue_url.as_deref())?;
        let meter = Meter::start(transaction, call, &queue, call.now)?;
        post(transaction, call, &queue, &meter, &message)
    })
}

impl Outgoing {
    /// Body and attributes, in bytes.
    pub fn size(&self) -> Result<usize, ApiError> {
        let body = self.message_body.as_deref().unwrap_or_default();
        Ok(body.len() + digest::check(&self.message_attributes)?)
    }
}

/// Puts a message into the queue, or finds that it is there already.
///
/// # Errors
/// What AWS refuses of a message.
pub fn post(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    meter: &Meter,
    message: &Outgoing,
) -> Result<Value, ApiError> {
    let body = check(queue, message)?;
    let mut output = digests(message, body);
    let deduplication = queue
        .is_fifo()
        .then(|| Deduplication::of(queue, message, body))
        .transpose()?;
    if let Some(known) = &deduplication
        && let Some((message_id, sequence_number)) = known.earlier(transaction, call, queue)?
    {
        output["MessageId"] = message_id.into();
        output["SequenceNumber"] = sequence_number.into();
        meter.add(transaction, Counter::Deduplicated, 1)?;
        return Ok(output);
    }
    let message_id = uuid::random();
    let id = insert(
        transaction,
        call,
        queue,
        message,
        body,
        &message_id,
        deduplication.as_ref(),
    )?;
    if let Some(new) = &deduplication {
        let number = sequence_number(id);
        new.remember(transaction, call, queue, &message_id, &number)?;
        output["SequenceNumber"] = number.into();
    }
    meter.add_sent(transaction, message.size()?)?;
    output["MessageId"] = message_id.into();
    Ok(output)
}

fn digests(message: &Outgoing, body: &str) -> Value {
    let mut output = json!({ "MD5OfMessageBody": digest::of_body(body) });
    for (member, attributes) in [
        ("MD5OfMessageAttributes", &message.message_attributes),
        (
            "MD5OfMessageSystemAttributes",
            &message.message_system_attributes,
        ),
    ] {
        if let Some(digest) = digest::of_attributes(attributes) {
            output[member] = digest.into();
        }
    }
    output
}

/// The body, if everything about the message is allowed on this queue.
fn check<'a>(queue: &Queue, message: &'a Outgoing) -> Result<&'a str, ApiError> {
    let body = message
        .message_body
        .as_deref()
        .filter(|body| !body.is_empty())
        .ok_or_else(|| errors::missing_parameter("MessageBody"))?;
    if !digest::is_text(body) {
        return Err(errors::invalid_message_contents());
    }
    let limit = queue.number("MaximumMessageSize");
    if i64::try_from(message.size()?).is_ok_and(|size| size > limit) {
        return Err(errors::invalid_parameter(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )));
    }
    check_system_attributes(&message.message_system_attributes)?;
    for (name, id) in [
        ("MessageGroupId", &message.message_group_id),
        ("MessageDeduplicationId", &message.message_deduplication_id),
    ] {
        if let Some(id) = id {
            check_id(name, id)?;
        }
    }
    check_type(queue, message)?;
    Ok(body)
}

/// Their size does not count towards the message's (API SendMessage).
fn check_system_attributes(attributes: &MessageAttributes) -> Result<(), ApiError> {
    for (name, attribute) in attributes {
        if name != "AWSTraceHeader" {
            return Err(errors::invalid_parameter(
                "Message system attribute name is invalid. Valid values: AWSTraceHeader",
            ));
        }
        attribute.check(name)?;
        if attribute.data_type != "String" {
            return Err(errors::invalid_parameter(format!(
                "Message system attribute {name} must be of type String."
            )));
        }
    }
    Ok(())
}

/// # Errors
/// `InvalidParameterValue`.
pub fn check_id(name: &str, id: &str) -> Result<(), ApiError> {
    if (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(errors::invalid_value(
        id,
        name,
        format!(
            "{name} can only include alphanumeric and punctuation characters. 1 to {MAX_ID} in length."
        ),
    ))
}

fn check_type(queue: &Queue, message: &Outgoing) -> Result<(), ApiError> {
    const WRONG_TYPE: &str = "The request include parameter that is not valid for this queue type.";
    if let Some(delay) = message.delay_seconds {
        // FIFO queues have no delay of single messages (API SendMessage); zero passes.
        if queue.is_fifo() && delay != 0 {
            return Err(errors::invalid_value(delay, "DelaySeconds", WRONG_TYPE));
        }
        if !(0..=900).contains(&delay) {
            return Err(errors::invalid_value(
                delay,
                "DelaySeconds",
                "DelaySeconds must be >= 0 and <= 900.",
            ));
        }
    }
    match (queue.is_fifo(), &message.message_deduplication_id) {
        (true, _) if message.message_group_id.is_none() => {
            Err(errors::missing_parameter("MessageGroupId"))
        }
        (false, Some(id)) => Err(errors::invalid_value(
            id,
            "MessageDeduplicationId",
            WRONG_TYPE,
        )),
        _ => Ok(()),
    }
}

fn insert(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    message: &Outgoing,
    body: &str,
    message_id: &str,
    deduplication: Option<&Deduplication>,
) -> Result<i64, ApiError> {
    let attributes = (!message.message_attributes.is_empty())
        .then(|| serde_json::to_string(&message.message_attributes))
        .transpose()
        .map_err(|error| ApiError::internal(error.to_string()))?;
    let trace_header = message
        .message_system_attributes
        .get("AWSTraceHeader")
        .and_then(|attribute| attribute.string_value.as_deref());
    let delay = match message.delay_seconds {
        Some(seconds) if !queue.is_fifo() => seconds * 1_000,
        _ => queue.millis("DelaySeconds"),
    };
    transaction
        .prepare_cached(
            "insert into sqs_messages (queue_id, message_id, body, attributes, trace_header,
             group_id, deduplication_id, sent_at, enqueued_at, visible_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
        )?
        .execute(params![
            queue.id,
            message_id,
            body,
            attributes,
            trace_header,
            message.message_group_id,
            deduplication.map(|it| it.id.as_str()),
            call.now,
            call.now + delay
        ])?;
    Ok(transaction.last_insert_rowid())
}

pub fn sequence_number(id: i64) -> String {
    (FIRST_SEQUENCE_NUMBER + id.unsigned_abs()).to_string()
}

struct Deduplication {
    id: String,
    /// The id within its scope.
    key: String,
}

impl Deduplication {
    fn of(queue: &Queue, message: &Outgoing, body: &str) -> Result<Self, ApiError> {
        let id = match &message.message_deduplication_id {
            Some(id) => id.clone(),
            None if queue.attribute("ContentBasedDeduplication") == Some("true") => {
                digest::hex(&Sha256::digest(body))
            }
            None => {
                return Err(errors::invalid_parameter(
                    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
                ));
            }
        };
        let key = match (
            queue.attribute("DeduplicationScope"),
            &message.message_group_id,
        ) {
            // Neither part can hold a space.
            (Some("messageGroup"), Some(group)) => format!("{group} {id}"),
            _ => id.clone(),
        };
        Ok(Deduplication { id, key })
    }

    fn earlier(
        &self,
        transaction: &Transaction<'_>,
        call: &Call,
        queue: &Queue,
    ) -> Result<Option<(String, String)>, ApiError> {
        transaction
            .prepare_cached("delete from sqs_deduplications where queue_id = ?1 and sent_at <= ?2")?
            .execute([queue.id, call.now - DEDUPLICATION_INTERVAL])?;
        Ok(transaction
            .prepare_cached(
                "select message_id, sequence_number from sqs_deduplications
                 where queue_id = ?1 and key = ?2",
            )?
            .query_row(params![queue.id, self.key], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?)
    }

    fn remember(
        &self,
        transaction: &Transaction<'_>,
        call: &Call,
        queue: &Queue,
        message_id: &str,
        sequence_number: &str,
    ) -> Result<(), ApiError> {
        transaction
            .prepare_cached(
                "insert into sqs_deduplications
                 (queue_id, key, message_id, sequence_number, sent_at) values (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                queue.id,
                self.key,
                message_id,
                sequence_number,
                call.now
            ])?;
        Ok(())
    }
}
