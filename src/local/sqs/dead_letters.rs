//! What has been received too often goes to the dead-letter queue.

use rusqlite::{Transaction, params};

use super::meter::Meter;
use super::queue::Queue;
use super::redrive::{self, Redrive};
use crate::local::call::Call;
use crate::local::error::ApiError;

/// The receive after the last allowed one moves a message. Where its target is gone, or does not allow it, it stays.
///
/// # Errors
/// When the state cannot be read or written.
pub fn take_out(transaction: &Transaction<'_>, call: &Call, queue: &Queue) -> Result<(), ApiError> {
    let Some(redrive) = redrive::in_force(&queue.attributes) else {
        return Ok(());
    };
    let failed = failed(transaction, call, queue, &redrive)?;
    if failed.is_empty() {
        return Ok(());
    }
    let Some(target) = Queue::by_arn(transaction, call, &redrive.target_arn)? else {
        return Ok(());
    };
    let source_arn = queue.arn(call);
    if !redrive::allows(&target.attributes, &source_arn) {
        return Ok(());
    }
    // It was not sent there: no counter moves (DG sqs-available-cloudwatch-metrics).
    Meter::start(transaction, call, &target, call.now)?;
    for id in failed {
        if target.is_fifo() {
            to_fifo(transaction, call, id, &target, &source_arn)?;
        } else {
            to_standard(transaction, call, id, &target, &source_arn)?;
        }
    }
    Ok(())
}

fn failed(
    transaction: &Transaction<'_>,
    call: &Call,
    queue: &Queue,
    redrive: &Redrive,
) -> Result<Vec<i64>, ApiError> {
    let ids = transaction
        .prepare_cached(
            "select id from sqs_messages indexed by sqs_messages_received
             where queue_id = ?1 and receives > 0 and receives >= ?4 and visible_at <= ?2
             and not (?3 and group_id in (
                 select group_id from sqs_messages indexed by sqs_messages_by_visibility
                 where queue_id = ?1 and visible_at > ?2 and receipt is not null))
             order by id",
        )?
        .query_map(
            params![
                queue.id,
                call.now,
                queue.is_fifo(),
                redrive.max_receive_count
            ],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

/// The time from which retention counts goes along, the age is counted anew
/// (DG setting-up-dead-letter-queue-retention).
fn to_standard(
    transaction: &Transaction<'_>,
    call: &Call,
    id: i64,
    target: &Queue,
    source_arn: &str,
) -> Result<(), ApiError> {
    transaction
        .prepare_cached(
            "update sqs_messages set queue_id = ?2, receives = 0, receipt = null, source_arn = ?3
             where id = ?1",
        )?
        .execute(params![id, target.id, source_arn])?;
    transaction
        .prepare_cached(
            "insert or replace into sqs_dead_letters (message, moved_at) values (?1, ?2)",
        )?
        .execute([id, call.now])?;
    Ok(())
}

/// At the end, whatever else is there, and for its whole retention. The deduplication id gives way to the message's
/// own, so that two messages that share one both have their place (DG sqs-configure-dead-letter-queue-redrive).
fn to_fifo(
    transaction: &Transaction<'_>,
    call: &Call,
    id: i64,
    target: &Queue,
    source_arn: &str,
) -> Result<(), ApiError> {
    transaction
        .prepare_cached(
            "insert into sqs_messages (queue_id, message_id, body, attributes, trace_header, group_id,
             deduplication_id, sent_at, enqueued_at, visible_at, receive_count, first_received_at,
             source_arn)
             select ?2, message_id, body, attributes, trace_header, group_id,
             message_id, sent_at, ?3, ?3, receive_count, first_received_at, ?4
             from sqs_messages where id = ?1",
        )?
        .execute(params![id, target.id, call.now, source_arn])?;
    transaction
        .prepare_cached("delete from sqs_messages where id = ?1")?
        .execute([id])?;
    Ok(())
}
