//! The settings that are one value each: how the manifest and AWS spell them, what is there, what is the default.

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

use crate::model::change::spelled;

use super::config::{QueueDesired, QueueLive, defaults};
use super::encryption;

/// A declared setting, in the manifest's and in AWS's spelling.
pub struct Setting {
    pub path: &'static str,
    pub attribute: &'static str,
    pub value: Value,
    pub wire: String,
}

/// Those that are declared. `live`: what is there, if anything.
pub fn declared(desired: &QueueDesired, live: Option<&QueueLive>) -> Vec<Setting> {
    let d = desired;
    // AWS accepts it without a key, and does not return it.
    let period = d
        .kms_data_key_reuse_period
        .filter(|_| encryption::has_key(d, live));
    [
        unit(
            "visibility_timeout",
            "VisibilityTimeout",
            d.visibility_timeout,
        ),
        unit(
            "message_retention_period",
            "MessageRetentionPeriod",
            d.message_retention_period,
        ),
        unit("delay", "DelaySeconds", d.delay),
        unit(
            "receive_message_wait_time",
            "ReceiveMessageWaitTimeSeconds",
            d.receive_message_wait_time,
        ),
        unit(
            "maximum_message_size",
            "MaximumMessageSize",
            d.maximum_message_size,
        ),
        switch(
            "content_based_deduplication",
            "ContentBasedDeduplication",
            d.content_based_deduplication,
        ),
        word(
            "deduplication_scope",
            "DeduplicationScope",
            d.deduplication_scope,
        ),
        word(
            "fifo_throughput_limit",
            "FifoThroughputLimit",
            d.fifo_throughput_limit,
        ),
        switch(MANAGED_SSE, "SqsManagedSseEnabled", d.sqs_managed_sse),
        unit(REUSE_PERIOD, "KmsDataKeyReusePeriodSeconds", period),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The manifest writes `5m` or `1KiB`, AWS a plain number.
fn unit<T: Display + Into<u64>>(
    path: &'static str,
    attribute: &'static str,
    value: Option<T>,
) -> Option<Setting> {
    let value = value?;
    Some(Setting {
        path,
        attribute,
        value: Value::from(value.to_string()),
        wire: value.into().to_string(),
    })
}

fn switch(path: &'static str, attribute: &'static str, on: Option<bool>) -> Option<Setting> {
    let on = on?;
    Some(Setting {
        path,
        attribute,
        value: Value::from(on),
        wire: on.to_string(),
    })
}

/// Manifest and AWS spell these alike.
fn word<T: Serialize>(
    path: &'static str,
    attribute: &'static str,
    value: Option<T>,
) -> Option<Setting> {
    let value = spelled(value?);
    let wire = value.as_str().unwrap_or_default().to_owned();
    Some(Setting {
        path,
        attribute,
        value,
        wire,
    })
}

/// Those that a queue has and that are not declared, where they are not AWS's default.
pub fn undeclared(desired: &QueueDesired, live: &QueueLive) -> Vec<(&'static str, Value)> {
    let declared = declared(desired, Some(live));
    // A key that comes or goes takes along what only has a meaning without or with one.
    let has_key = encryption::has_key(desired, Some(live));
    let goes = |path| match path {
        REUSE_PERIOD => !has_key,
        MANAGED_SSE => has_key || live.kms_master_key_id.is_some(),
        _ => false,
    };
    PATHS
        .into_iter()
        .filter(|path| !goes(*path) && !declared.iter().any(|setting| setting.path == *path))
        .map(|path| (path, current(live, path)))
        .filter(|(_, (value, default))| value != default)
        .map(|(path, (value, _))| (path, value))
        .collect()
}

/// The live value at a path of the manifest, and AWS's default there.
pub fn current(live: &QueueLive, path: &str) -> (Value, Value) {
    let fifo = |default: Value| match live.content_based_deduplication {
        Some(_) => default,
        None => Value::Null,
    };
    match path {
        "visibility_timeout" => pair(live.visibility_timeout, defaults::VISIBILITY_TIMEOUT),
        "message_retention_period" => pair(
            live.message_retention_period,
            defaults::MESSAGE_RETENTION_PERIOD,
        ),
        "delay" => pair(live.delay, defaults::DELAY),
        "receive_message_wait_time" => pair(
            live.receive_message_wait_time,
            defaults::RECEIVE_MESSAGE_WAIT_TIME,
        ),
        "maximum_message_size" => pair(live.maximum_message_size, defaults::MAXIMUM_MESSAGE_SIZE),
        "content_based_deduplication" => (
            spelled(live.content_based_deduplication),
            fifo(false.into()),
        ),
        "deduplication_scope" => (spelled(live.deduplication_scope), fifo("queue".into())),
        "fifo_throughput_limit" => (spelled(live.fifo_throughput_limit), fifo("perQueue".into())),
        MANAGED_SSE => {
            let on = live.sqs_managed_sse.unwrap_or(false);
            (on.into(), (on || live.sqs_managed_sse.is_some()).into())
        }
        REUSE_PERIOD => match live.kms_data_key_reuse_period {
            Some(there) => pair(there, defaults::KMS_DATA_KEY_REUSE_PERIOD),
            None => (Value::Null, Value::Null),
        },
        _ => (Value::Null, Value::Null),
    }
}

fn pair(live: impl Display, default: impl Display) -> (Value, Value) {
    (live.to_string().into(), default.to_string().into())
}

const MANAGED_SSE: &str = "sqs_managed_sse";
const REUSE_PERIOD: &str = "kms_data_key_reuse_period";

const PATHS: [&str; 10] = [
    "visibility_timeout",
    "message_retention_period",
    "delay",
    "receive_message_wait_time",
    "maximum_message_size",
    "content_based_deduplication",
    "deduplication_scope",
    "fifo_throughput_limit",
    MANAGED_SSE,
    REUSE_PERIOD,
];
