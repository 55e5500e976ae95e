//! What is done with a message that has been received, by its receipt handle.

use aws_smithy_types::base64;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors;
use super::queue::Queue;
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

/// A new handle for a message; it differs for every receive.
pub fn issue(id: i64) -> String {
    base64::encode(format!("{id}:{:032x}", fastrand::u128(..)))
}

fn message_of(handle: &str) -> Option<i64> {
    let text = String::from_utf8(base64::decode(handle).ok()?).ok()?;
    text.split_once(':')?.0.parse().ok()
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
        delete(transaction, call, &queue, &receipt)
    })
}

/// # Errors
/// The operation's own refusals.
pub fn change_message_visibility(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let at: At = decode(input)?;
    let receipt: Receipt = decode(input)?;
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, at.queue_url.as_deref())?;
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
    receipt: &Receipt,
) -> Result<Value, ApiError> {
    let (handle, id) = receipt.parts()?;
    let Some(held) = Held::find(transaction, queue, id)? else {
        return Ok(json!({}));
    };
    let mine = held.receipt.as_deref() == Some(handle);
    if queue.is_fifo() && !(mine && held.visible_at > call.now) {
        return Err(errors::invalid_value(
            handle,
            "ReceiptHandle",
            "The receipt handle has expired.",
        ));
    }
    if mine {
        transaction.execute("delete from sqs_messages where id = ?1", [id])?;
    }
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
    let (handle, id) = receipt.parts()?;
    let seconds = receipt
        .visibility_timeout
        .ok_or_else(|| errors::missing_parameter("VisibilityTimeout"))?;
    if !(0..=43_200).contains(&seconds) {
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
    transaction.execute(
        "update sqs_messages set visible_at = ?2 where id = ?1",
        params![id, call.now + seconds * 1_000],
    )?;
    Ok(json!({}))
}

impl Receipt {
    fn parts(&self) -> Result<(&str, i64), ApiError> {
        let handle = self
            .receipt_handle
            .as_deref()
            .ok_or_else(|| errors::missing_parameter("ReceiptHandle"))?;
        let id = message_of(handle).ok_or_else(|| errors::receipt_handle_is_invalid(handle))?;
        Ok((handle, id))
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
    fn a_handle_leads_back_to_its_message() {
        assert_eq!(message_of(&issue(42)), Some(42));
        assert_ne!(issue(42), issue(42));
        for bad in ["", "garbage!", "AAAA"] {
            assert_eq!(message_of(bad), None, "{bad}");
        }
    }
}
