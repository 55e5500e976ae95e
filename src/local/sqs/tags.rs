//! The tags of queues.

use serde::Deserialize;
use serde_json::{Value, json};

use super::errors;
use super::meter::Meter;
use super::queue::{Queue, Tags};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

/// DG quotas-queues.
const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// What a queue may not bear.
///
/// # Errors
/// `InvalidParameterValue`.
pub fn check(queue: &str, tags: &Tags) -> Result<(), ApiError> {
    if tags.len() > MAX_TAGS {
        return Err(errors::invalid_parameter(format!(
            "Too many tags added for queue {queue}."
        )));
    }
    for (key, value) in tags {
        let length = key.chars().count();
        if length == 0 || length > MAX_KEY {
            return Err(errors::invalid_parameter(format!(
                "Tag keys must be between 1 and {MAX_KEY} characters in length."
            )));
        }
        if value.chars().count() > MAX_VALUE {
            return Err(errors::invalid_parameter(format!(
                "Tag values must be between 0 and {MAX_VALUE} characters in length."
            )));
        }
        let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if !key.chars().chain(value.chars()).all(allowed) {
            return Err(errors::invalid_parameter(format!(
                "The tag {key} contains invalid characters. Valid characters: Unicode letters, digits, white space, _.:/=+-@"
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::invalid_parameter(
                "Tag keys cannot start with the reserved prefix aws:",
            ));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagInput {
    queue_url: Option<String>,
    tags: Option<Tags>,
    tag_keys: Option<Vec<String>>,
}

/// # Errors
/// The operation's own refusals.
pub fn tag_queue(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: TagInput = decode(input)?;
    let tags = input
        .tags
        .filter(|tags| !tags.is_empty())
        .ok_or_else(|| errors::missing_parameter("Tags"))?;
    call.store.write(|transaction| {
        let mut queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
        Meter::start(transaction, call, &queue, call.now)?;
        check(&queue.name, &tags)?;
        queue.tags.extend(tags);
        check(&queue.name, &queue.tags)?;
        queue.save(transaction)?;
        Ok(json!({}))
    })
}

/// # Errors
/// The operation's own refusals.
pub fn untag_queue(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: TagInput = decode(input)?;
    let keys = input
        .tag_keys
        .filter(|keys| !keys.is_empty())
        .ok_or_else(|| errors::missing_parameter("TagKeys"))?;
    call.store.write(|transaction| {
        let mut queue = Queue::at(transaction, call, input.queue_url.as_deref())?;
        Meter::start(transaction, call, &queue, call.now)?;
        queue.tags.retain(|key, _| !keys.contains(key));
        queue.save(transaction)?;
        Ok(json!({}))
    })
}

/// # Errors
/// The operation's own refusals.
pub fn list_queue_tags(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: TagInput = decode(input)?;
    let queue = call
        .store
        .read(|transaction| Queue::at(transaction, call, input.queue_url.as_deref()))?;
    Ok(if queue.tags.is_empty() {
        json!({})
    } else {
        json!({ "Tags": queue.tags })
    })
}

/// The ARN and tags of every queue.
///
/// # Errors
/// When the state cannot be read.
pub fn tagged(call: &Call) -> Result<Vec<(String, Tags)>, ApiError> {
    let queues = call
        .store
        .read(|transaction| Queue::all(transaction, call))?;
    Ok(queues
        .into_iter()
        .map(|queue| (queue.arn(call), queue.tags))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str, value: &str) -> Tags {
        Tags::from([(key.to_owned(), value.to_owned())])
    }

    #[test]
    fn tags_have_limits() {
        assert!(check("q", &one("shopctl:project", "a b")).is_ok());
        assert!(check("q", &one(&"k".repeat(128), &"v".repeat(256))).is_ok());
        for bad in [
            one("", "v"),
            one(&"k".repeat(129), ""),
            one("k", &"v".repeat(257)),
            one("aws:x", "v"),
            one("k", "a,b"),
        ] {
            assert!(check("q", &bad).is_err(), "{bad:?}");
        }
        let many = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
        assert!(check("q", &many).is_err());
    }
}
