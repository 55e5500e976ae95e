//! A message on its way to a receiver: what is told of it.

use rusqlite::{Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::attributes;
use super::digest::{self, MessageAttributes};
use super::queue::Queue;
use super::{errors, send};
use crate::local::call::Call;
use crate::local::error::ApiError;

/// What a receiver wants to be told.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Asked {
    /// The older name of `MessageSystemAttributeNames`.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

impl Asked {
    /// # Errors
    /// `InvalidAttributeName`.
    pub fn check(&self) -> Result<(), ApiError> {
        let known = |name: &str| SYSTEM_ATTRIBUTES.contains(&name);
        // The older list may name attributes of queues, of which nothing is told (API ReceiveMessage).
        let tolerated = |name: &str| known(name) || attributes::is_readable(name);
        let unknown = self
            .message_system_attribute_names
            .iter()
            .find(|name| !known(name))
            .or_else(|| self.attribute_names.iter().find(|name| !tolerated(name)));
        match unknown {
            Some(name) => Err(errors::unknown_attribute(name)),
            None => Ok(()),
        }
    }

    fn system(&self, name: &str) -> bool {
        [&self.attribute_names, &self.message_system_attribute_names]
            .into_iter()
            .flatten()
            .any(|it| it == name || it == "All")
    }
}

pub struct Message {
    pub id: i64,
    message_id: String,
    body: String,
    attributes: Option<String>,
    trace_header: Option<String>,
    group_id: Option<String>,
    deduplication_id: Option<String>,
    sent_at: i64,
    receive_count: i64,
    first_received_at: Option<i64>,
    source_arn: Option<String>,
    pub receipt: String,
}

pub const COLUMNS: &str =
    "id, message_id, body, attributes, trace_header, group_id, deduplication_id, sent_at,
    receive_count, first_received_at, source_arn";

/// From a row of [`COLUMNS`].
///
/// # Errors
/// When the row is of another shape.
pub fn from_row(row: &Row<'_>, receipt: impl FnOnce(i64) -> String) -> rusqlite::Result<Message> {
    let id = row.get(0)?;
    Ok(Message {
        id,
        message_id: row.get(1)?,
        body: row.get(2)?,
        attributes: row.get(3)?,
        trace_header: row.get(4)?,
        group_id: row.get(5)?,
        deduplication_id: row.get(6)?,
        sent_at: row.get(7)?,
        receive_count: row.get(8)?,
        first_received_at: row.get(9)?,
        source_arn: row.get(10)?,
        receipt: receipt(id),
    })
}

impl Message {
    /// Marks the message as received, and as in flight for `timeout` milliseconds.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn hand_out(
        &mut self,
        transaction: &Transaction<'_>,
        call: &Call,
        timeout: i64,
    ) -> Result<(), ApiError> {
        self.receive_count += 1;
        self.first_received_at.get_or_insert(call.now);
        transaction
            .prepare_cached(
                "update sqs_messages set receives = receives + 1, receive_count = ?2,
                 first_received_at = ?3, visible_at = ?4, receipt = ?5 where id = ?1",
            )?
            .execute(params![
                self.id,
                self.receive_count,
                self.first_received_at,
                call.now + timeout,
                self.receipt
            ])?;
        Ok(())
    }

    /// # Errors
    /// When the state is not what was written.
    pub fn describe(&self, queue: &Queue, asked: &Asked) -> Result<Value, ApiError> {
        let mut output = json!({
            "MessageId": self.message_id,
            "ReceiptHandle": self.receipt,
            "MD5OfBody": digest::of_body(&self.body),
            "Body": self.body,
        });
        let system = self.system_attributes(queue, asked);
        if !system.is_empty() {
            output["Attributes"] = system.into();
        }
        let attributes = self.asked_attributes(&asked.message_attribute_names)?;
        if let Some(digest) = digest::of_attributes(&attributes) {
            output["MD5OfMessageAttributes"] = digest.into();
            output["MessageAttributes"] = json!(attributes);
        }
        Ok(output)
    }

    fn system_attributes(&self, queue: &Queue, asked: &Asked) -> Map<String, Value> {
        let fifo = queue.is_fifo();
        let all = [
            ("SenderId", Some("AIDALOCALLOCALLOCAL00".to_owned())),
            ("SentTimestamp", Some(self.sent_at.to_string())),
            (
                "ApproximateReceiveCount",
                Some(self.receive_count.to_string()),
            ),
            (
                "ApproximateFirstReceiveTimestamp",
                self.first_received_at.map(|at| at.to_string()),
            ),
            (
                "SequenceNumber",
                fifo.then(|| send::sequence_number(self.id)),
            ),
            ("MessageDeduplicationId", self.deduplication_id.clone()),
            ("MessageGroupId", self.group_id.clone()),
            ("AWSTraceHeader", self.trace_header.clone()),
            ("DeadLetterQueueSourceArn", self.source_arn.clone()),
        ];
        all.into_iter()
            .filter(|(name, _)| asked.system(name))
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
            .collect()
    }

    fn asked_attributes(&self, names: &[String]) -> Result<MessageAttributes, ApiError> {
        let mut attributes = digest::stored(self.attributes.as_deref())?;
        attributes.retain(|name, _| names.iter().any(|pattern| matches(pattern, name)));
        Ok(attributes)
    }
}

/// `All`, `.*`, a name, or a prefix such as `bar.*` (API ReceiveMessage).
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == "All" || pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attributes_may_be_patterns() {
        for (pattern, name, expected) in [
            ("All", "Foo", true),
            (".*", "Foo", true),
            ("Foo", "Foo", true),
            ("Foo", "Foo2", false),
            ("Hel.*", "Help.Me", true),
            ("Hel.*", "General", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
