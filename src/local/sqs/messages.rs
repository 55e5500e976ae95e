//! What all of a queue's messages have in common: they are counted, and they expire.

use rusqlite::{Transaction, params};

use super::queue::Queue;
use crate::local::call::Call;
use crate::local::error::ApiError;

#[derive(Debug, PartialEq)]
pub struct Counts {
    pub visible: i64,
    pub delayed: i64,
    pub in_flight: i64,
}

/// Exact, where AWS only approximates.
///
/// # Errors
/// When the state cannot be read.
pub fn count(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
) -> Result<Counts, ApiError> {
    let counts = transaction
        .prepare_cached(
            "select count(*) filter (where visible_at <= ?2),
                    count(*) filter (where visible_at > ?2 and receipt is null),
                    count(*) filter (where visible_at > ?2 and receipt is not null)
             from sqs_messages where queue_id = ?1 and enqueued_at > ?3",
        )?
        .query_row(params![queue.id, call.now, queue.expiry(call)], |row| {
            Ok(Counts {
                visible: row.get(0)?,
                delayed: row.get(1)?,
                in_flight: row.get(2)?,
            })
        })?;
    Ok(counts)
}

/// # Errors
/// When the state cannot be written.
pub fn delete_expired(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
) -> Result<(), ApiError> {
    transaction
        .prepare_cached("delete from sqs_messages where queue_id = ?1 and enqueued_at <= ?2")?
        .execute(params![queue.id, queue.expiry(call)])?;
    Ok(())
}

/// A FIFO queue's delay holds for messages that are in it already (DG sqs-delay-queues).
///
/// # Errors
/// When the state cannot be written.
pub fn delay_again(transaction: &Transaction<'_>, queue: &Queue) -> Result<(), ApiError> {
    transaction.execute(
        "update sqs_messages set visible_at = enqueued_at + ?2
         where queue_id = ?1 and receive_count = 0",
        params![queue.id, queue.millis("DelaySeconds")],
    )?;
    Ok(())
}
