//! The batch forms: up to ten entries, each of which succeeds or fails by itself.

use std::collections::BTreeSet;

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::meter::Meter;
use super::queue::Queue;
use super::send::Outgoing;
use super::{errors, receipt, send};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

const MAX_ENTRIES: usize = 10;
const MAX_ID: usize = 80;
/// All entries together, whatever the queue's own limit (API SendMessageBatch).
const MAX_BYTES: usize = 1_048_576;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<Value>,
}

/// # Errors
/// What AWS refuses of the batch as a whole.
pub fn send_message_batch(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let batch: Batch = decode(input)?;
    let mut bytes = 0;
    for entry in &batch.entries {
        // An entry that is wrong by itself is for its own answer to tell.
        bytes += decode::<Outgoing>(entry)?.size().unwrap_or_default();
    }
    if bytes > MAX_BYTES {
        return Err(errors::batch_too_long(MAX_BYTES, bytes));
    }
    each(call, &batch, |transaction, queue, meter, entry| {
        send::post(transaction, call, queue, meter, &decode(entry)?)
    })
}

/// # Errors
/// What AWS refuses of the batch as a whole.
pub fn delete_message_batch(call: &Call, input: &Value) -> Result<Value, ApiError> {
    each(call, &decode(input)?, |transaction, queue, meter, entry| {
        receipt::delete(transaction, call, queue, meter, &decode(entry)?)
    })
}

/// # Errors
/// What AWS refuses of the batch as a whole.
pub fn change_message_visibility_batch(call: &Call, input: &Value) -> Result<Value, ApiError> {
    each(call, &decode(input)?, |transaction, queue, _, entry| {
        receipt::change_visibility(transaction, call, queue, &decode(entry)?)
    })
}

fn each(
    call: &Call,
    batch: &Batch,
    act: impl Fn(&Transaction<'_>, &Queue, &Meter, &Value) -> Result<Value, ApiError>,
) -> Result<Value, ApiError> {
    let ids = ids(&batch.entries)?;
    call.store.write(|transaction| {
        let queue = Queue::at(transaction, call, batch.queue_url.as_deref())?;
        let meter = Meter::start(transaction, call, &queue, call.now)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for (id, entry) in ids.iter().zip(&batch.entries) {
            match act(transaction, &queue, &meter, entry) {
                Ok(mut output) => {
                    output["Id"] = (*id).into();
                    successful.push(output);
                }
                Err(error) if error.status >= 500 => return Err(error),
                Err(error) => failed.push(json!({
                    "Id": id,
                    "SenderFault": true,
                    "Code": error.query_code.unwrap_or(error.code),
                    "Message": error.message,
                })),
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    })
}

fn ids(entries: &[Value]) -> Result<Vec<&str>, ApiError> {
    if entries.is_empty() {
        return Err(errors::empty_batch());
    }
    if entries.len() > MAX_ENTRIES {
        return Err(errors::too_many_entries(entries.len()));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut seen = BTreeSet::new();
    entries
        .iter()
        .map(|entry| {
            let id = entry["Id"].as_str().unwrap_or_default();
            if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(plain) {
                return Err(errors::invalid_entry_id());
            }
            if !seen.insert(id) {
                return Err(errors::repeated_entry_id(id));
            }
            Ok(id)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(wanted: &[&str]) -> String {
        let entries: Vec<Value> = wanted.iter().map(|id| json!({ "Id": id })).collect();
        ids(&entries)
            .err()
            .map(|error| error.code)
            .unwrap_or_default()
    }

    #[test]
    fn the_entries_of_a_batch_are_one_to_ten_with_ids_of_their_own() {
        let eleven: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
        assert_eq!(refusal(&["a", "b-_1"]), "");
        assert_eq!(refusal(&[]), "EmptyBatchRequest");
        assert_eq!(refusal(&eleven), "TooManyEntriesInBatchRequest");
        assert_eq!(refusal(&["a", "a"]), "BatchEntryIdsNotDistinct");
        assert_eq!(refusal(&["a:b"]), "InvalidBatchEntryId");
        assert_eq!(refusal(&[""]), "InvalidBatchEntryId");
        assert_eq!(refusal(&["a".repeat(81).as_str()]), "InvalidBatchEntryId");
    }
}
