//! ReceiveRequestAttemptId: a receive that is tried again gives what it gave before (API ReceiveMessage).

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::message::{self, Message};
use super::queue::Queue;
use super::{errors, send};
use crate::local::call::Call;
use crate::local::error::ApiError;

const INTERVAL: i64 = 5 * 60_000;

/// # Errors
/// `InvalidParameterValue`.
pub fn check(queue: &Queue, attempt: &str) -> Result<(), ApiError> {
    if !queue.is_fifo() {
        return Err(errors::invalid_value(
            attempt,
            "ReceiveRequestAttemptId",
            "The request include parameter that is not valid for this queue type.",
        ));
    }
    send::check_id("ReceiveRequestAttemptId", attempt)
}

/// The messages of the attempt, in flight anew; none if it is not known, or one of them was deleted, became visible
/// or was given another time since.
///
/// # Errors
/// When the state cannot be read or written.
pub fn again(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    attempt: &str,
    timeout: i64,
) -> Result<Vec<Message>, ApiError> {
    transaction.execute(
        "delete from sqs_attempts where queue_id = ?1 and received_at <= ?2",
        [queue.id, call.now - INTERVAL],
    )?;
    let kept: Option<(i64, String)> = transaction
        .query_row(
            "select visible_at, receipts from sqs_attempts where queue_id = ?1 and attempt = ?2",
            params![queue.id, attempt],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((visible_at, receipts)) = kept.filter(|(visible_at, _)| *visible_at > call.now) else {
        return Ok(Vec::new());
    };
    let receipts: BTreeMap<i64, String> =
        serde_json::from_str(&receipts).map_err(|error| ApiError::internal(error.to_string()))?;
    let mut messages = Vec::new();
    for (id, receipt) in receipts {
        match unchanged(transaction, id, receipt, visible_at)? {
            Some(message) => messages.push(message),
            None => return Ok(Vec::new()),
        }
    }
    let visible_at = call.now + timeout;
    for message in &messages {
        transaction.execute(
            "update sqs_messages set visible_at = ?2 where id = ?1",
            [message.id, visible_at],
        )?;
    }
    transaction.execute(
        "update sqs_attempts set visible_at = ?3 where queue_id = ?1 and attempt = ?2",
        params![queue.id, attempt, visible_at],
    )?;
    Ok(messages)
}

fn unchanged(
    transaction: &Transaction<'_>,
    id: i64,
    receipt: String,
    visible_at: i64,
) -> Result<Option<Message>, ApiError> {
    Ok(transaction
        .query_row(
            &format!(
                "select {} from sqs_messages where id = ?1 and receipt = ?2 and visible_at = ?3",
                message::COLUMNS
            ),
            params![id, receipt, visible_at],
            |row| message::from_row(row, |_| receipt.clone()),
        )
        .optional()?)
}

/// # Errors
/// When the state cannot be written.
pub fn remember(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    attempt: &str,
    timeout: i64,
    messages: &[Message],
) -> Result<(), ApiError> {
    if messages.is_empty() {
        return Ok(());
    }
    let receipts: BTreeMap<i64, &str> = messages
        .iter()
        .map(|message| (message.id, message.receipt.as_str()))
        .collect();
    let receipts =
        serde_json::to_string(&receipts).map_err(|error| ApiError::internal(error.to_string()))?;
    transaction.execute(
        "insert or replace into sqs_attempts (queue_id, attempt, received_at, visible_at, receipts)
         values (?1, ?2, ?3, ?4, ?5)",
        params![queue.id, attempt, call.now, call.now + timeout, receipts],
    )?;
    Ok(())
}
