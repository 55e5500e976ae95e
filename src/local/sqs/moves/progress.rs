//! How message move tasks proceed: whoever comes by carries them on to where they would be by now.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::local::call::Call;
use crate::local::error::ApiError;
use crate::local::sqs::messages;
use crate::local::sqs::meter::{Counter, Meter};
use crate::local::sqs::queue::Queue;

/// In messages per second, where the task leaves it to the service.
const CHOSEN_RATE: i64 = 500;

const NO_SOURCE: &str = "CouldNotDetermineMessageSource";
const NO_QUEUE: &str = "AWS.SimpleQueueService.NonExistentQueue";

/// When the `number`th message of a task is due, from 1.
pub fn due(started_at: i64, rate: Option<i64>, number: i64) -> i64 {
    let rate = rate.unwrap_or(CHOSEN_RATE);
    started_at + (number * 1_000 + rate - 1) / rate
}

struct Task {
    id: i64,
    queue_id: i64,
    destination_arn: Option<String>,
    rate: Option<i64>,
    started_at: i64,
    next_at: i64,
    to_move: i64,
    moved: i64,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Task> {
    Ok(Task {
        id: row.get(0)?,
        queue_id: row.get(1)?,
        destination_arn: row.get(2)?,
        rate: row.get(3)?,
        started_at: row.get(4)?,
        next_at: row.get(5)?,
        to_move: row.get(6)?,
        moved: row.get(7)?,
    })
}

/// Moves what is due, each message as of the moment when it was.
///
/// # Errors
/// When the state cannot be read or written.
pub fn carry_on(call: &Call) -> Result<(), ApiError> {
    let next = call
        .store
        .read(|transaction| next_task(transaction, call))?;
    if next.is_none() {
        return Ok(());
    }
    call.store.write(|transaction| {
        while let Some(mut task) = next_task(transaction, call)? {
            task.step(transaction, call)?;
        }
        Ok(())
    })
}

/// Of all the tasks the one that comes first.
fn next_task(transaction: &Transaction<'_>, call: &Call) -> Result<Option<Task>, ApiError> {
    Ok(transaction
        .prepare_cached(
            "select id, queue_id, destination_arn, rate, started_at, next_at, to_move, moved
             from sqs_move_tasks indexed by sqs_move_tasks_running
             where account = ?1 and region = ?2 and status = 'RUNNING' and next_at <= ?3
             order by next_at, id limit 1",
        )?
        .query_row(params![call.account, call.region, call.now], from_row)
        .optional()?)
}

impl Task {
    fn step(&mut self, transaction: &Transaction<'_>, call: &Call) -> Result<(), ApiError> {
        let Some(source) = Queue::by_id(transaction, self.queue_id)? else {
            return self.end(transaction, "FAILED", Some(NO_QUEUE));
        };
        let waiting = messages::first_visible(transaction, &source, self.next_at)?;
        let Some((message, origin)) = waiting.filter(|_| self.moved < self.to_move) else {
            return self.end(transaction, "COMPLETED", None);
        };
        let Some(arn) = self.destination_arn.as_deref().or(origin.as_deref()) else {
            return self.end(transaction, "FAILED", Some(NO_SOURCE));
        };
        let Some(target) = Queue::by_arn(transaction, call, arn)? else {
            return self.end(transaction, "FAILED", Some(NO_QUEUE));
        };
        // The permissions that a task needs tell what it does: receive, send, delete.
        let meter = Meter::start(transaction, call, &source, self.next_at)?;
        meter.add(transaction, Counter::Received, 1)?;
        meter.add(transaction, Counter::Deleted, 1)?;
        let meter = Meter::start(transaction, call, &target, self.next_at)?;
        let bytes = messages::send_anew(transaction, message, &target, self.next_at)?;
        meter.add_sent(transaction, bytes)?;
        self.moved += 1;
        self.next_at = due(self.started_at, self.rate, self.moved + 1);
        self.save(transaction)
    }

    fn save(&self, transaction: &Transaction<'_>) -> Result<(), ApiError> {
        transaction
            .prepare_cached("update sqs_move_tasks set moved = ?2, next_at = ?3 where id = ?1")?
            .execute([self.id, self.moved, self.next_at])?;
        if self.moved == self.to_move {
            return self.end(transaction, "COMPLETED", None);
        }
        Ok(())
    }

    fn end(
        &self,
        transaction: &Transaction<'_>,
        status: &str,
        reason: Option<&str>,
    ) -> Result<(), ApiError> {
        transaction.execute(
            "update sqs_move_tasks set status = ?2, failure_reason = ?3 where id = ?1",
            params![self.id, status, reason],
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_due_at_the_rate_of_the_task() {
        assert_eq!(due(1_000, Some(1), 1), 2_000);
        assert_eq!(due(1_000, Some(3), 1), 1_334);
        assert_eq!(due(1_000, Some(3), 3), 2_000);
        assert_eq!(due(1_000, None, 1), 1_002);
    }
}
