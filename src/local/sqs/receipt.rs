//! What is done with a message that has been received, by its receipt handle.

use aws_smithy_types::base64;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors;
use super::meter::{Counter, Meter};
use super::queue::Queue;
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

/// A message stays in flight no longer than that after it was received, however often its time is extended
/// (DG sqs-visibility-timeout).
const MAX_SECONDS: i64 = 43_200;

/// A new handle for a message; it differs for every receive.
pub fn issue(queue: &Queue, id: i64, now: i64) -> String {
    let random = fastrand::u128(..);
    base64::encode(format!("{id}:{random:032x}:{now}:{}", queue.id))
}

/// What a handle says. Those from before the last two were noted do not say them.
#[derive(Debug, PartialEq)]
struct Handle {
    id: i64,
    received_at: Option<i64>,
    queue: Option<i64>,
}

impl Handle {
    fn parse(text: &str) -> Option<Handle> {
        let text = String::from_utf8(base64::decode(text).ok()?).ok()?;
        let mut parts = text.split(':');
        let id = parts.next()?.parse().ok()?;
        parts.next()?;
        let mut number = || parts.next().and_then(|part| part.parse().ok());
        Some(Handle {
            id,
            received_at: number(),
            queue: number(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Receipt {
    receipt_handle: Option<String>,
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct At {
    queue_url: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn delete_message(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let at: At = decode(input)?;
    let receipt: Receipt = decode(input)?;
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, at.queue_url.as_deref())?;
        let meter = Meter::start(transaction, call, &queue, call.now)?;
        delete(transaction, call, &queue, &meter, &receipt)
    })
}

/// # Errors
/// The operation's own refusals.
pub fn change_message_visibility(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let at: At = decode(input)?;
    let receipt: Receipt = decode(input)?;
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, at.queue_url.as_deref())?;
        Meter::start(transaction, call, &queue, call.now)?;
        change_visibility(transaction, call, &queue, &receipt)
    })
}

/// A message that is gone already, or was received again since, is no error: only a FIFO queue tells of a handle
/// that has expired (API DeleteMessage).
///
/// # Errors
/// For a missing, malformed or, in a FIFO queue, expired handle.
pub fn delete(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    meter: &Meter,
    receipt: &Receipt,
) -> Result<Value, ApiError> {
    let (handle, Handle { id, .. }) = receipt.parts(queue)?;
    if let Some(held) = Held::find(transaction, queue, id)? {
        let mine = held.receipt.as_deref() == Some(handle);
        if queue.is_fifo() && !(mine && held.visible_at > call.now) {
            return Err(errors::invalid_value(
                handle,
                "ReceiptHandle",
                "The receipt handle has expired.",
            ));
        }
        if mine {
            transaction
                .prepare_cached("delete from sqs_messages where id = ?1")?
                .execute([id])?;
        }
    }
    // A deletion that finds nothing counts as well (DG sqs-available-cloudwatch-metrics).
    meter.add(transaction, Counter::Deleted, 1)?;
    Ok(json!({}))
}

/// # Errors
/// For a handle that is missing, malformed or not the latest, a message not in flight, a time out of range.
pub fn change_visibility(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    receipt: &Receipt,
) -> Result<Value, ApiError> {
    let (
        handle,
        Handle {
            id, received_at, ..
        },
    ) = receipt.parts(queue)?;
    let seconds = receipt
        .visibility_timeout
        .ok_or_else(|| errors::missing_parameter("VisibilityTimeout"))?;
    if !(0..=MAX_SECONDS).contains(&seconds) {
        return Err(errors::invalid_value(
            seconds,
            "VisibilityTimeout",
            "Must be between 0 and 43200.",
        ));
    }
    let held = Held::find(transaction, queue, id)?
        .filter(|held| held.receipt.as_deref() == Some(handle))
        .ok_or_else(|| {
            errors::invalid_value(
                handle,
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout change.",
            )
        })?;
    if held.visible_at <= call.now {
        return Err(errors::message_not_inflight());
    }
    let so_far = (call.now - received_at.unwrap_or(call.now)) / 1_000;
    if so_far + seconds > MAX_SECONDS {
        return Err(errors::invalid_value(
            seconds,
            "VisibilityTimeout",
            format!(
                "Total VisibilityTimeout for the message is beyond the limit [{MAX_SECONDS} seconds]"
            ),
        ));
    }
    transaction
        .prepare_cached("update sqs_messages set visible_at = ?2 where id = ?1")?
        .execute([id, call.now + seconds * 1_000])?;
    Ok(json!({}))
}

impl Receipt {
    fn parts(&self, queue: &Queue) -> Result<(&str, Handle), ApiError> {
        let text = self
            .receipt_handle
            .as_deref()
            .ok_or_else(|| errors::missing_parameter("ReceiptHandle"))?;
        let handle = Handle::parse(text)
            .filter(|handle| handle.queue.is_none_or(|of| of == queue.id))
            .ok_or_else(|| errors::receipt_handle_is_invalid(text))?;
        Ok((text, handle))
    }
}

struct Held {
    receipt: Option<String>,
    visible_at: i64,
}

impl Held {
    fn find(
        transaction: &Transaction<'_>,
        queue: &Queue,
        id: i64,
    ) -> Result<Option<Held>, ApiError> {
        Ok(transaction
            .prepare_cached(
                "select receipt, visible_at from sqs_messages where id = ?1 and queue_id = ?2",
            )?
            .query_row(params![id, queue.id], |row| {
                Ok(Held {
                    receipt: row.get(0)?,
                    visible_at: row.get(1)?,
                })
            })
            .optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_of_an_earlier_version_says_less() {
        let parse = |text: &str| Handle::parse(&base64::encode(text));
        let handle = |received_at, queue| Handle {
            id: 42,
            received_at,
            queue,
        };
        assert_eq!(parse("42:abc:7:3"), Some(handle(Some(7), Some(3))));
        assert_eq!(parse("42:abc:7"), Some(handle(Some(7), None)));
        assert_eq!(parse("42:abc"), Some(handle(None, None)));
        for bad in ["", "garbage!", "AAAA"] {
            assert_eq!(Handle::parse(bad), None, "{bad}");
        }
    }
}
