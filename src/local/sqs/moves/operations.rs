//! The three operations on message move tasks.

use aws_smithy_types::base64;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::progress;
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;
use crate::local::sqs::meter::Meter;
use crate::local::sqs::queue::Queue;
use crate::local::sqs::{errors, messages, redrive};
use crate::local::uuid;

/// API StartMessageMoveTask.
const MAX_RATE: i64 = 500;
/// How many tasks of a queue are remembered and may be listed (API ListMessageMoveTasks).
const MAX_RESULTS: i64 = 10;
/// How long a cancelled task is seen CANCELLING.
const CANCELLING: i64 = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartMessageMoveTask {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

/// # Errors
/// The operation's own refusals.
pub fn start_message_move_task(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: StartMessageMoveTask = decode(input)?;
    let rate = input.max_number_of_messages_per_second;
    if let Some(rate) = rate.filter(|rate| !(1..=MAX_RATE).contains(rate)) {
        return Err(errors::invalid_value(
            rate,
            "MaxNumberOfMessagesPerSecond",
            format!("Must be between 1 and {MAX_RATE}, if provided."),
        ));
    }
    call.store.write(|transaction| {
        let source = queue_at(transaction, call, "SourceArn", input.source_arn.as_deref())?;
        let source_arn = source.arn(call);
        check_is_dead_letter_queue(transaction, call, &source_arn)?;
        if let Some(arn) = &input.destination_arn {
            let target = queue_at(transaction, call, "DestinationArn", Some(arn))?;
            check_destination(&source, &target)?;
        }
        check_is_idle(transaction, call, &source)?;
        Meter::start(transaction, call, &source, call.now)?;
        let handle = handle(&source_arn);
        let to_move = messages::count(transaction, call, &source)?.visible;
        transaction.execute(
            "insert into sqs_move_tasks
             (account, region, handle, queue_id, destination_arn, rate, started_at, next_at, to_move)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                call.account,
                call.region,
                handle,
                source.id,
                input.destination_arn,
                rate,
                call.now,
                progress::due(call.now, rate, 1),
                to_move
            ],
        )?;
        forget_old(transaction, &source)?;
        Ok(json!({ "TaskHandle": handle }))
    })
}

/// In AWS's form, which names the task and its source.
fn handle(source_arn: &str) -> String {
    base64::encode(json!({ "taskId": uuid::random(), "sourceArn": source_arn }).to_string())
}

fn queue_at(
    transaction: &Transaction<'_>,
    call: &Call,
    parameter: &str,
    arn: Option<&str>,
) -> Result<Queue, ApiError> {
    let arn = arn.ok_or_else(|| errors::missing_parameter(parameter))?;
    if redrive::arn_parts(arn).is_none() {
        return Err(errors::invalid_parameter(format!(
            "You must use this format to specify the {parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
        )));
    }
    Queue::by_arn(transaction, call, arn)?.ok_or_else(|| {
        errors::resource_not_found(format!(
            "The resource that you specified for the {parameter} parameter doesn't exist."
        ))
    })
}

fn check_is_dead_letter_queue(
    transaction: &Transaction<'_>,
    call: &Call,
    arn: &str,
) -> Result<(), ApiError> {
    let targeted: bool = transaction.query_row(
        "select exists (select 1 from sqs_queues
         where account = ?1 and region = ?2 and dead_letter_target = ?3)",
        params![call.account, call.region, arn],
        |row| row.get(0),
    )?;
    if targeted {
        Ok(())
    } else {
        Err(errors::invalid_parameter(
            "Source queue must be configured as a Dead Letter Queue.",
        ))
    }
}

fn check_destination(source: &Queue, target: &Queue) -> Result<(), ApiError> {
    if source.id == target.id {
        return Err(errors::invalid_parameter(
            "Source queue and destination queue must not be the same queue.",
        ));
    }
    // DG sqs-configure-dead-letter-queue-redrive.
    if source.is_fifo() != target.is_fifo() {
        return Err(errors::invalid_parameter(
            "Source queue and destination queue must be of the same type.",
        ));
    }
    Ok(())
}

fn check_is_idle(
    transaction: &Transaction<'_>,
    call: &Call,
    source: &Queue,
) -> Result<(), ApiError> {
    let active: bool = transaction.query_row(
        "select exists (select 1 from sqs_move_tasks
         where queue_id = ?1 and (status = 'RUNNING' or cancelled_at > ?2))",
        [source.id, call.now - CANCELLING],
        |row| row.get(0),
    )?;
    if active {
        return Err(errors::invalid_parameter(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        ));
    }
    Ok(())
}

fn forget_old(transaction: &Transaction<'_>, source: &Queue) -> Result<(), ApiError> {
    transaction.execute(
        "delete from sqs_move_tasks where queue_id = ?1 and id not in (
             select id from sqs_move_tasks where queue_id = ?1 order by id desc limit ?2)",
        [source.id, MAX_RESULTS],
    )?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CancelMessageMoveTask {
    task_handle: Option<String>,
}

/// What has been moved stays moved (API CancelMessageMoveTask).
///
/// # Errors
/// The operation's own refusals.
pub fn cancel_message_move_task(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: CancelMessageMoveTask = decode(input)?;
    let handle = input
        .task_handle
        .ok_or_else(|| errors::missing_parameter("TaskHandle"))?;
    let source_arn = source_of(&handle)
        .ok_or_else(|| errors::invalid_parameter("Value for parameter TaskHandle is invalid."))?;
    call.store.write(|transaction| {
        let source = queue_at(transaction, call, "SourceArn", Some(&source_arn))?;
        let (id, status, moved) = transaction
            .query_row(
                "select id, status, moved from sqs_move_tasks where handle = ?1 and queue_id = ?2",
                params![handle, source.id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?
            .map(|it: (i64, String, i64)| it)
            .ok_or_else(|| errors::resource_not_found("Task does not exist."))?;
        if status != "RUNNING" {
            return Err(errors::unsupported_operation(
                "Only active tasks can be cancelled.",
            ));
        }
        transaction.execute(
            "update sqs_move_tasks set status = 'CANCELLED', cancelled_at = ?2 where id = ?1",
            [id, call.now],
        )?;
        Ok(json!({ "ApproximateNumberOfMessagesMoved": moved }))
    })
}

fn source_of(handle: &str) -> Option<String> {
    let task: Value = serde_json::from_slice(&base64::decode(handle).ok()?).ok()?;
    task["taskId"].as_str()?;
    Some(task["sourceArn"].as_str()?.to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListMessageMoveTasks {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

/// The newest first.
///
/// # Errors
/// The operation's own refusals.
pub fn list_message_move_tasks(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: ListMessageMoveTasks = decode(input)?;
    let limit = input.max_results.unwrap_or(1);
    if !(1..=MAX_RESULTS).contains(&limit) {
        return Err(errors::invalid_value(
            limit,
            "MaxResults",
            format!("Must be between 1 and {MAX_RESULTS}, if provided."),
        ));
    }
    let results: Vec<Value> = call.store.read(|transaction| {
        let source = queue_at(transaction, call, "SourceArn", input.source_arn.as_deref())?;
        let source_arn = source.arn(call);
        let results = transaction
            .prepare_cached(
                "select handle, destination_arn, rate, started_at, to_move, moved, status,
                        cancelled_at, failure_reason
                 from sqs_move_tasks where queue_id = ?1 order by id desc limit ?2",
            )?
            .query_map([source.id, limit], |row| describe(call, &source_arn, row))?
            .collect::<Result<_, _>>()?;
        Ok(results)
    })?;
    Ok(json!({ "Results": results }))
}

fn describe(call: &Call, source_arn: &str, row: &Row<'_>) -> rusqlite::Result<Value> {
    let mut status: String = row.get(6)?;
    let cancelled_at: Option<i64> = row.get(7)?;
    if cancelled_at.is_some_and(|at| call.now < at + CANCELLING) {
        status = "CANCELLING".to_owned();
    }
    let mut entry = json!({
        "SourceArn": source_arn,
        "StartedTimestamp": row.get::<_, i64>(3)?,
        "ApproximateNumberOfMessagesToMove": row.get::<_, i64>(4)?,
        "ApproximateNumberOfMessagesMoved": row.get::<_, i64>(5)?,
    });
    if let Some(arn) = row.get::<_, Option<String>>(1)? {
        entry["DestinationArn"] = arn.into();
    }
    if let Some(rate) = row.get::<_, Option<i64>>(2)? {
        entry["MaxNumberOfMessagesPerSecond"] = rate.into();
    }
    if let Some(reason) = row.get::<_, Option<String>>(8)? {
        entry["FailureReason"] = reason.into();
    }
    if status == "RUNNING" {
        entry["TaskHandle"] = row.get::<_, String>(0)?.into();
    }
    entry["Status"] = status.into();
    Ok(entry)
}
