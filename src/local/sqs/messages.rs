//! What all of a queue's messages have in common: they are counted, and they expire.

use rusqlite::{OptionalExtension, Transaction, params};

use super::digest;
use super::queue::Queue;
use crate::local::call::Call;
use crate::local::error::ApiError;
use crate::local::uuid;

/// A message received that often goes to the back of a standard queue, and no longer makes it old
/// (DG sqs-available-cloudwatch-metrics).
pub const POISON: i64 = 3;

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
    // Of what is visible nothing but an index is read.
    let counts = transaction
        .prepare_cached(
            "select count(*) filter (where receipt is null), count(*) filter (where receipt is not null),
                    (select count(*) from sqs_messages indexed by sqs_messages_by_age
                     where queue_id = ?1 and enqueued_at > ?3)
             from sqs_messages indexed by sqs_messages_by_visibility
             where queue_id = ?1 and visible_at > ?2 and enqueued_at > ?3",
        )?
        .query_row(params![queue.id, call.now, queue.expiry(call.now)], |row| {
            let (delayed, in_flight): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(Counts {
                visible: row.get::<_, i64>(2)? - delayed - in_flight,
                delayed,
                in_flight,
            })
        })?;
    Ok(counts)
}

/// Exact from `limit` on: below it, what is delayed may be counted as well, which the index tells at once.
///
/// # Errors
/// When the state cannot be read.
pub fn in_flight(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    limit: i64,
) -> Result<i64, ApiError> {
    let hidden: i64 = transaction
        .prepare_cached(
            "select count(*) from sqs_messages indexed by sqs_messages_by_visibility
             where queue_id = ?1 and visible_at > ?2",
        )?
        .query_row([queue.id, call.now], |row| row.get(0))?;
    if hidden < limit {
        return Ok(hidden);
    }
    Ok(count(transaction, call, queue)?.in_flight)
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
        .execute(params![queue.id, queue.expiry(call.now)])?;
    Ok(())
}

/// The message that a receive would hand out first at `now`, with the ARN of the queue that it failed in.
///
/// # Errors
/// When the state cannot be read.
pub fn first_visible(
    transaction: &Transaction<'_>,
    queue: &Queue,
    now: i64,
) -> Result<Option<(i64, Option<String>)>, ApiError> {
    Ok(transaction
        .prepare_cached(&format!(
            "select id, source_arn from {IN_ORDER} and enqueued_at > ?4 order by id limit 1"
        ))?
        .query_row(
            params![queue.id, now, queue.is_fifo(), queue.expiry(now)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?)
}

/// What of queue ?1 can be received at ?2. In a FIFO queue, as ?3 says, a group waits for what is in flight of it; a
/// delay is the queue's and alike for all of it.
pub const IN_ORDER: &str = "sqs_messages indexed by sqs_messages_in_order
    where queue_id = ?1 and visible_at <= ?2 and not (?3 and group_id in (
        select group_id from sqs_messages indexed by sqs_messages_by_visibility
        where queue_id = ?1 and visible_at > ?2 and receipt is not null))";

/// Moves a message to the end of `target` as one that was never sent before (DG
/// sqs-configure-dead-letter-queue-redrive), and tells its size.
///
/// # Errors
/// When the state cannot be read or written.
pub fn send_anew(
    transaction: &Transaction<'_>,
    id: i64,
    target: &Queue,
    now: i64,
) -> Result<usize, ApiError> {
    transaction
        .prepare_cached(
            "insert into sqs_messages (queue_id, message_id, body, attributes, trace_header,
             group_id, deduplication_id, sent_at, enqueued_at, visible_at)
             select ?2, ?3, body, attributes, trace_header, group_id, deduplication_id, ?4, ?4, ?5
             from sqs_messages where id = ?1",
        )?
        .execute(params![
            id,
            target.id,
            uuid::random(),
            now,
            now + target.millis("DelaySeconds")
        ])?;
    let (body, attributes): (i64, Option<String>) = transaction
        .prepare_cached(
            "select length(cast(body as blob)), attributes from sqs_messages where id = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    transaction
        .prepare_cached("delete from sqs_messages where id = ?1")?
        .execute([id])?;
    let attributes = digest::stored(attributes.as_deref())?;
    Ok(usize::try_from(body).unwrap_or_default() + digest::size(&attributes))
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
