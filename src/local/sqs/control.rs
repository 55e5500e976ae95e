//! Queues come, change and go.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::attributes::{self, Attributes};
use super::meter::Meter;
use super::queue::{self, Queue, Tags};
use super::{errors, messages, redrive, tags};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

/// A deleted name is barred that long, and a purge spaced (API DeleteQueue, PurgeQueue).
const COOLDOWN: i64 = 60_000;

const MAX_NAME: usize = 80;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateQueue {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: Attributes,
    // The model's own spelling of this member is small.
    #[serde(default, rename = "tags")]
    tags: Tags,
}

/// # Errors
/// The operation's own refusals.
pub fn create_queue(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: CreateQueue = decode(input)?;
    let name = input
        .queue_name
        .ok_or_else(|| errors::missing_parameter("QueueName"))?;
    let fifo = check_name(&name, input.attributes.get("FifoQueue").map(String::as_str))?;
    let supplied = attributes::normalise(&input.attributes, fifo)?;
    let wanted = attributes::merge(&Attributes::new(), &supplied, fifo)?;
    tags::check(&name, &input.tags)?;
    call.store.write(|transaction| {
        match Queue::find(transaction, call, &name)? {
            Some(live) => {
                refuse_difference(&live, &supplied)?;
                Meter::start(transaction, call, &live, call.now)?;
            }
            None => {
                refuse_recent_deletion(transaction, call, &name)?;
                redrive::check_target(transaction, call, &name, &wanted)?;
                Queue::insert(transaction, call, &name, &wanted, &input.tags)?;
                Meter::begin(transaction, call, &name, call.now)?;
            }
        }
        Ok(json!({ "QueueUrl": queue::url(call, &name) }))
    })
}

/// Says whether the queue is to be FIFO, which name and attribute must agree on.
fn check_name(name: &str, fifo_queue: Option<&str>) -> Result<bool, ApiError> {
    if name.is_empty() {
        return Err(errors::invalid_parameter("Queue name cannot be empty"));
    }
    let fifo = match fifo_queue {
        None => false,
        Some("true") => true,
        // The page allows "false", the service does not (localstack/localstack#10820).
        Some("false") => return Err(errors::unknown_attribute("FifoQueue")),
        Some(_) => return Err(errors::invalid_attribute_value("FifoQueue")),
    };
    let stem = if fifo {
        name.strip_suffix(".fifo").unwrap_or_default()
    } else {
        name
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !stem.is_empty() && name.len() <= MAX_NAME && stem.bytes().all(plain) {
        return Ok(fifo);
    }
    Err(errors::invalid_parameter(if fifo {
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length"
    } else {
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    }))
}

fn refuse_difference(live: &Queue, supplied: &Attributes) -> Result<(), ApiError> {
    let differs = |(name, value): &(&String, &String)| {
        live.attribute(name).unwrap_or_default() != value.as_str()
    };
    match supplied.iter().find(differs) {
        Some((name, _)) => Err(errors::queue_name_exists(name)),
        None => Ok(()),
    }
}

fn refuse_recent_deletion(
    transaction: &Transaction<'_>,
    call: &Call,
    name: &str,
) -> Result<(), ApiError> {
    let deleted_at: Option<i64> = transaction
        .query_row(
            "select deleted_at from sqs_deletions where account = ?1 and region = ?2 and name = ?3",
            params![call.account, call.region, name],
            |row| row.get(0),
        )
        .optional()?;
    match deleted_at {
        Some(at) if call.now < at + COOLDOWN => Err(errors::queue_deleted_recently()),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueInput {
    queue_url: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn delete_queue(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: QueueInput = decode(input)?;
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
        Meter::start(transaction, call, &queue, call.now)?;
        // Everything of the queue goes with it.
        transaction.execute("delete from sqs_queues where id = ?1", [queue.id])?;
        transaction.execute(
            "insert or replace into sqs_deletions (account, region, name, deleted_at)
             values (?1, ?2, ?3, ?4)",
            params![call.account, call.region, queue.name, call.now],
        )?;
        Ok(json!({}))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueueUrl {
    queue_name: Option<String>,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn get_queue_url(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: GetQueueUrl = decode(input)?;
    let name = input
        .queue_name
        .ok_or_else(|| errors::missing_parameter("QueueName"))?;
    if input.owner.is_some_and(|owner| owner != call.account) {
        return Err(errors::queue_does_not_exist());
    }
    let queue = call
        .store
        .read(|transaction| Queue::find(transaction, call, &name))?
        .ok_or_else(errors::queue_does_not_exist)?;
    Ok(json!({ "QueueUrl": queue::url(call, &queue.name) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetQueueAttributes {
    queue_url: Option<String>,
    attributes: Option<Attributes>,
}

/// # Errors
/// The operation's own refusals.
pub fn set_queue_attributes(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: SetQueueAttributes = decode(input)?;
    let supplied = input
        .attributes
        .filter(|attributes| !attributes.is_empty())
        .ok_or_else(|| errors::missing_parameter("Attributes"))?;
    call.store.write(|transaction| {
        let mut queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
        Meter::start(transaction, call, &queue, call.now)?;
        let fifo = queue.is_fifo();
        if fifo && supplied.get("FifoQueue").is_some_and(|it| it != "true") {
            return Err(errors::invalid_attribute_value_because(
                "FifoQueue",
                "Modifying queue type is not supported.",
            ));
        }
        let changes = attributes::normalise(&supplied, fifo)?;
        queue.attributes = attributes::merge(&queue.attributes, &changes, fifo)?;
        if changes.contains_key("RedrivePolicy") {
            redrive::check_target(transaction, call, &queue.name, &queue.attributes)?;
        }
        queue.modified_at = call.now;
        queue.save(transaction)?;
        // A lowered retention deletes what is already older (API SetQueueAttributes).
        messages::delete_expired(transaction, call, &queue)?;
        if fifo && changes.contains_key("DelaySeconds") {
            messages::delay_again(transaction, &queue)?;
        }
        Ok(json!({}))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetQueueAttributes {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn get_queue_attributes(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: GetQueueAttributes = decode(input)?;
    let shown = call.store.read(|transaction| {
        let queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
        let counts = messages::count(transaction, call, &queue)?;
        Ok(describe(call, &queue, &counts))
    })?;
    if let Some(unknown) = input
        .attribute_names
        .iter()
        .find(|name| !attributes::is_readable(name))
    {
        return Err(errors::unknown_attribute(unknown));
    }
    let all = input.attribute_names.iter().any(|name| name == "All");
    let asked: Map<String, Value> = shown
        .into_iter()
        .filter(|(name, _)| all || input.attribute_names.contains(name))
        .collect();
    Ok(if asked.is_empty() {
        json!({})
    } else {
        json!({ "Attributes": asked })
    })
}

fn describe(call: &Call, queue: &Queue, counts: &messages::Counts) -> Map<String, Value> {
    let fifo = queue.is_fifo();
    let mut shown: Map<String, Value> = attributes::names()
        .filter_map(|name| {
            let value = attributes::shown(&queue.attributes, fifo, name)?;
            Some((name.to_owned(), value.into()))
        })
        .collect();
    for (name, value) in [
        ("ApproximateNumberOfMessages", counts.visible),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight),
        ("CreatedTimestamp", queue.created_at / 1_000),
        ("LastModifiedTimestamp", queue.modified_at / 1_000),
    ] {
        shown.insert(name.to_owned(), value.to_string().into());
    }
    shown.insert("QueueArn".to_owned(), queue.arn(call).into());
    shown
}

/// # Errors
/// The operation's own refusals.
pub fn purge_queue(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: QueueInput = decode(input)?;
    call.store.write(|transaction| {
        let mut queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
        Meter::start(transaction, call, &queue, call.now)?;
        if queue.purged_at.is_some_and(|at| call.now < at + COOLDOWN) {
            return Err(errors::purge_queue_in_progress(&queue.name));
        }
        queue.purged_at = Some(call.now);
        queue.save(transaction)?;
        transaction.execute("delete from sqs_messages where queue_id = ?1", [queue.id])?;
        Ok(json!({}))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_type() {
        let long = "a".repeat(80);
        let long_fifo = format!("{}.fifo", "a".repeat(75));
        for (name, fifo, good) in [
            ("orders-1_x", None, true),
            (long.as_str(), None, true),
            (&format!("{long}a"), None, false),
            ("orders.x", None, false),
            ("orders.fifo", None, false),
            ("orders.fifo", Some("true"), true),
            (long_fifo.as_str(), Some("true"), true),
            (&format!("a{long_fifo}"), Some("true"), false),
            ("orders", Some("true"), false),
            (".fifo", Some("true"), false),
            ("orders.fifo", Some("false"), false),
            ("b\u{e9}", None, false),
            ("", None, false),
        ] {
            assert_eq!(check_name(name, fifo).is_ok(), good, "{name} {fifo:?}");
        }
    }
}
