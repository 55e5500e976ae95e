//! What a queue tells CloudWatch of itself, minute by minute (DG sqs-available-cloudwatch-metrics).
//!
//! Operations count themselves. Gauges are recorded late: before anything changes, for the minutes gone by since the
//! last change.

mod gauges;
mod read;

use std::cmp::Ordering;

use rusqlite::{OptionalExtension, Transaction, params};

use self::gauges::{Gauges, Lying};
use super::messages::POISON;
use super::queue::Queue;
use crate::local::call::Call;
use crate::local::error::ApiError;

pub use read::{data, metrics};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A queue is active that long after it was accessed or held a message (DG sqs-monitoring-using-cloudwatch).
const ACTIVE: i64 = 6 * HOUR;
/// CloudWatch keeps data by the minute that long (UG Concepts).
const KEPT: i64 = 15 * DAY;

#[derive(Clone, Copy, Debug)]
pub enum Counter {
    Received,
    Deleted,
    EmptyReceives,
    Deduplicated,
}

impl Counter {
    fn statement(self) -> &'static str {
        match self {
            Counter::Received => {
                "insert into sqs_minutes (meter, minute, received) values (?1, ?2, ?3)
                 on conflict do update set received = received + excluded.received"
            }
            Counter::Deleted => {
                "insert into sqs_minutes (meter, minute, deleted) values (?1, ?2, ?3)
                 on conflict do update set deleted = deleted + excluded.deleted"
            }
            Counter::EmptyReceives => {
                "insert into sqs_minutes (meter, minute, empty_receives) values (?1, ?2, ?3)
                 on conflict do update set empty_receives = empty_receives + excluded.empty_receives"
            }
            Counter::Deduplicated => {
                "insert into sqs_minutes (meter, minute, deduplicated) values (?1, ?2, ?3)
                 on conflict do update set deduplicated = deduplicated + excluded.deduplicated"
            }
        }
    }
}

/// A queue's counters in the running minute.
#[derive(Debug)]
pub struct Meter {
    id: i64,
    minute: i64,
}

impl Meter {
    /// To be called before a queue or its messages change: it records the past, and notes the access.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn start(
        transaction: &Transaction<'_>,
        call: &Call,
        queue: &Queue,
        now: i64,
    ) -> Result<Meter, ApiError> {
        let minute = minute_of(now);
        let Some(kept) = Kept::find(transaction, call, &queue.name)? else {
            return Meter::begin(transaction, call, &queue.name, now);
        };
        match kept.recorded_until.cmp(&minute) {
            Ordering::Less => record(transaction, queue, &kept, now)?,
            Ordering::Equal => {}
            Ordering::Greater => unrecord(transaction, &kept, minute)?,
        }
        if kept.recorded_until != minute || kept.active_at < minute {
            transaction
                .prepare_cached(
                    "update sqs_meters set recorded_until = ?2, active_at = max(active_at, ?2)
                     where id = ?1",
                )?
                .execute([kept.id, minute])?;
        }
        Ok(Meter {
            id: kept.id,
            minute,
        })
    }

    /// For a queue that is new, whether or not another has had its name.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn begin(
        transaction: &Transaction<'_>,
        call: &Call,
        queue: &str,
        now: i64,
    ) -> Result<Meter, ApiError> {
        let minute = minute_of(now);
        let id = transaction
            .prepare_cached(
                "insert into sqs_meters (account, region, queue, recorded_until, active_at)
                 values (?1, ?2, ?3, ?4, ?4)
                 on conflict do update set recorded_until = ?4, active_at = ?4 returning id",
            )?
            .query_row(params![call.account, call.region, queue, minute], |row| {
                row.get(0)
            })?;
        Ok(Meter { id, minute })
    }

    /// # Errors
    /// When the state cannot be written.
    pub fn add(
        &self,
        transaction: &Transaction<'_>,
        counter: Counter,
        count: usize,
    ) -> Result<(), ApiError> {
        if count > 0 {
            transaction
                .prepare_cached(counter.statement())?
                .execute(params![self.id, self.minute, count])?;
        }
        Ok(())
    }

    /// Counts a message sent, of that many bytes.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn add_sent(&self, transaction: &Transaction<'_>, bytes: usize) -> Result<(), ApiError> {
        transaction
            .prepare_cached(
                "insert into sqs_sent_sizes (meter, minute, bytes, messages) values (?1, ?2, ?3, 1)
                 on conflict do update set messages = messages + 1",
            )?
            .execute(params![self.id, self.minute, bytes])?;
        Ok(())
    }
}

/// Notes that a queue was accessed by an operation that does not write.
///
/// # Errors
/// When the state cannot be read or written.
pub fn access(call: &Call, url: Option<&str>) -> Result<(), ApiError> {
    let known = call.store.read(|transaction| {
        let queue = Queue::at(transaction, call, url)?;
        let kept = Kept::find(transaction, call, &queue.name)?;
        Ok(kept.is_some_and(|kept| kept.active_at >= minute_of(call.now)))
    })?;
    if known {
        return Ok(());
    }
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, url)?;
        Meter::start(transaction, call, &queue, call.now)?;
        Ok(())
    })
}

struct Kept {
    id: i64,
    recorded_until: i64,
    active_at: i64,
}

impl Kept {
    fn find(
        transaction: &Transaction<'_>,
        call: &Call,
        queue: &str,
    ) -> Result<Option<Kept>, ApiError> {
        Ok(transaction
            .prepare_cached(
                "select id, recorded_until, active_at from sqs_meters
                 where account = ?1 and region = ?2 and queue = ?3",
            )?
            .query_row(params![call.account, call.region, queue], |row| {
                Ok(Kept {
                    id: row.get(0)?,
                    recorded_until: row.get(1)?,
                    active_at: row.get(2)?,
                })
            })
            .optional()?)
    }
}

fn minute_of(at: i64) -> i64 {
    at - at.rem_euclid(MINUTE)
}

fn record(
    transaction: &Transaction<'_>,
    queue: &Queue,
    kept: &Kept,
    now: i64,
) -> Result<(), ApiError> {
    for statement in [
        "delete from sqs_minutes where meter = ?1 and minute < ?2",
        "delete from sqs_sent_sizes where meter = ?1 and minute < ?2",
    ] {
        transaction
            .prepare_cached(statement)?
            .execute([kept.id, now - KEPT])?;
    }
    let mut insert = transaction.prepare_cached(
        "insert into sqs_minutes
         (meter, minute, visible, not_visible, delayed, age, groups_in_flight)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict do update set visible = ?3, not_visible = ?4, delayed = ?5, age = ?6,
         groups_in_flight = ?7",
    )?;
    for (minute, gauges) in unrecorded(transaction, queue, kept, minute_of(now) - 1)? {
        insert.execute(params![
            kept.id,
            minute,
            gauges.visible,
            gauges.not_visible,
            gauges.delayed,
            gauges.age,
            gauges.groups_in_flight
        ])?;
    }
    Ok(())
}

/// What a process that ran ahead has foreseen does not come about: now the queue changes.
fn unrecord(transaction: &Transaction<'_>, kept: &Kept, minute: i64) -> Result<(), ApiError> {
    transaction
        .prepare_cached(
            "update sqs_minutes set visible = null, not_visible = null, delayed = null, age = null,
             groups_in_flight = null where meter = ?1 and minute >= ?2",
        )?
        .execute([kept.id, minute])?;
    Ok(())
}

/// The gauges at the ends of the minutes that are not recorded yet, and at `now` in the last of them; as long as the
/// queue was active.
fn unrecorded(
    transaction: &Transaction<'_>,
    queue: &Queue,
    kept: &Kept,
    now: i64,
) -> Result<Vec<(i64, Gauges)>, ApiError> {
    let first = kept.recorded_until.max(minute_of(now - KEPT));
    let minutes: Vec<i64> = (0..)
        .map(|index| first + index * MINUTE)
        .take_while(|minute| *minute <= now)
        .collect();
    let moments: Vec<i64> = minutes
        .iter()
        .map(|minute| now.min(minute + MINUTE - 1))
        .collect();
    let gauges = gauges::at(&lying(transaction, queue)?, &moments);
    let mut active_at = kept.active_at;
    Ok(minutes
        .into_iter()
        .zip(gauges)
        .take_while(|(minute, gauges)| {
            if gauges.holds_messages() {
                active_at = *minute;
            }
            *minute <= active_at + ACTIVE
        })
        .collect())
}

fn lying(transaction: &Transaction<'_>, queue: &Queue) -> Result<Vec<Lying>, ApiError> {
    let retention = queue.millis("MessageRetentionPeriod");
    let fifo = queue.is_fifo();
    let messages = transaction
        .prepare_cached(
            "select visible_at, receipt is not null, enqueued_at, receives,
                    case when ?2 then group_id end,
                    (select moved_at from sqs_dead_letters where message = sqs_messages.id)
             from sqs_messages where queue_id = ?1",
        )?
        .query_map(params![queue.id, fifo], |row| {
            let (enqueued_at, receives): (i64, i64) = (row.get(2)?, row.get(3)?);
            Ok(Lying {
                visible_at: row.get(0)?,
                received: row.get(1)?,
                expires_at: enqueued_at + retention,
                since: row.get::<_, Option<i64>>(5)?.unwrap_or(enqueued_at),
                poison: !fifo && receives >= POISON,
                group: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(messages)
}
