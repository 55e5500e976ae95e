//! The two lists of queues, and how they are paged.

use aws_smithy_types::base64;
use rusqlite::params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors;
use super::queue::{self, Queue};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

/// Both the most that may be asked for and what is given when nothing is.
const MAX_RESULTS: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    queue_url: Option<String>,
    queue_name_prefix: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn list_queues(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: ListInput = decode(input)?;
    let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
    let names = call.store.read(|transaction| {
        let names = transaction
            .prepare_cached(
                "select name from sqs_queues where account = ?1 and region = ?2
                 and substr(name, 1, length(?3)) = ?3 order by name",
            )?
            .query_map(params![call.account, call.region, prefix], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(names)
    })?;
    page(call, names, &input, "QueueUrls")
}

/// # Errors
/// The operation's own refusals.
pub fn list_dead_letter_source_queues(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: ListInput = decode(input)?;
    let names = call.store.read(|transaction| {
        let target = Queue::at(transaction, call, input.queue_url.as_deref())?;
        let names = transaction
            .prepare_cached(
                "select name from sqs_queues where account = ?1 and region = ?2
                 and dead_letter_target = ?3 order by name",
            )?
            .query_map(
                params![call.account, call.region, target.arn(call)],
                |row| row.get(0),
            )?
            .collect::<Result<_, _>>()?;
        Ok(names)
    })?;
    page(call, names, &input, "queueUrls")
}

/// Without `MaxResults` the first thousand are all there is to have: no token is given (API ListQueues).
fn page(
    call: &Call,
    mut names: Vec<String>,
    input: &ListInput,
    member: &str,
) -> Result<Value, ApiError> {
    let limit = match input.max_results {
        None => MAX_RESULTS,
        Some(wanted) => usize::try_from(wanted)
            .ok()
            .filter(|wanted| (1..=MAX_RESULTS).contains(wanted))
            .ok_or_else(|| {
                errors::invalid_value(wanted, "MaxResults", "Must be between 1 and 1000.")
            })?,
    };
    if let Some(token) = &input.next_token {
        let last = base64::decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| errors::invalid_parameter("Invalid or expired next token."))?;
        names.retain(|name| *name > last);
    }
    let more = names.len() > limit && input.max_results.is_some();
    names.truncate(limit);
    let mut output = json!({});
    if more && let Some(last) = names.last() {
        output["NextToken"] = base64::encode(last).into();
    }
    if !names.is_empty() {
        output[member] = names.iter().map(|name| queue::url(call, name)).collect();
    }
    Ok(output)
}
