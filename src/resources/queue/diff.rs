//! Queue: desired × live → changes. Pure.

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::change::{Delta, FieldChange, Unmanaged, spelled};
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::presence::Presence;
use crate::model::scope::Scope;
use crate::resources::tags::{TagChanges, Tags};

use super::api::Attributes;
use super::config::{QueueDesired, QueueLive, RedrivePolicy};

/// AWS's name of the attribute that refers to another queue.
pub const REDRIVE_POLICY: &str = "RedrivePolicy";

/// A declared setting, in the manifest's and in AWS's spelling.
struct Setting {
    path: &'static str,
    attribute: &'static str,
    value: Value,
    wire: String,
}

/// What comparing says; see [`attributes`] for what is then sent.
pub fn diff(desired: &QueueDesired, live: &QueueLive, scope: &Scope) -> Delta {
    let mut changes: Vec<_> = settings(desired)
        .into_iter()
        .filter_map(|setting| {
            let (value, _) = current(live, setting.path);
            (value != setting.value).then(|| FieldChange::new(setting.path, value, setting.value))
        })
        .collect();
    changes.extend(redrive(
        desired.redrive_policy.as_ref(),
        live.redrive_policy.as_ref(),
        scope,
    ));
    let tags = TagChanges::between(&desired.tags, &desired.untag, &live.tags);
    changes.extend(tags.fields(&live.tags));
    let hazards = lowered_retention(desired, live, &mut changes)
        .into_iter()
        .collect();
    Delta {
        changes,
        hazards,
        unmanaged: unmanaged(desired, live),
        replace: false,
        impossible: None,
    }
}

/// The settings of a queue that is not there yet.
pub fn on_create(desired: &QueueDesired, scope: &Scope) -> Vec<FieldChange> {
    let mut changes: Vec<_> = settings(desired)
        .into_iter()
        .map(|setting| FieldChange::new(setting.path, Value::Null, setting.value))
        .collect();
    changes.extend(redrive(desired.redrive_policy.as_ref(), None, scope));
    let none = Tags::new();
    changes.extend(TagChanges::between(&desired.tags, &desired.untag, &none).fields(&none));
    changes
}

/// The attributes to send so that `live` (or nothing) becomes what is declared.
pub fn attributes(desired: &QueueDesired, live: Option<&QueueLive>) -> Attributes {
    let mut attributes: Attributes = settings(desired)
        .into_iter()
        .filter(|setting| live.is_none_or(|live| current(live, setting.path).0 != setting.value))
        .map(|setting| (setting.attribute.to_owned(), setting.wire))
        .collect();
    let there = live.and_then(|live| live.redrive_policy.as_ref());
    if let Some(wanted) = &desired.redrive_policy
        && wanted.present() != there
    {
        // "" clears it (API SetQueueAttributes).
        let document = wanted.present().map_or_else(String::new, |policy| {
            json!({
                "deadLetterTargetArn": policy.dead_letter_target_arn,
                "maxReceiveCount": policy.max_receive_count,
            })
            .to_string()
        });
        attributes.insert(REDRIVE_POLICY.to_owned(), document);
    }
    attributes
}

fn settings(desired: &QueueDesired) -> Vec<Setting> {
    let d = desired;
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
        d.content_based_deduplication.map(|on| Setting {
            path: "content_based_deduplication",
            attribute: "ContentBasedDeduplication",
            value: Value::from(on),
            wire: on.to_string(),
        }),
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

/// The live value at a path of the manifest, and AWS's default there.
fn current(live: &QueueLive, path: &str) -> (Value, Value) {
    let fifo = |default: Value| match live.content_based_deduplication {
        Some(_) => default,
        None => Value::Null,
    };
    match path {
        "visibility_timeout" => (live.visibility_timeout.to_string().into(), "30s".into()),
        "message_retention_period" => (
            live.message_retention_period.to_string().into(),
            "4d".into(),
        ),
        "delay" => (live.delay.to_string().into(), "0s".into()),
        "receive_message_wait_time" => (
            live.receive_message_wait_time.to_string().into(),
            "0s".into(),
        ),
        "maximum_message_size" => (live.maximum_message_size.to_string().into(), "1MiB".into()),
        "content_based_deduplication" => (
            spelled(live.content_based_deduplication),
            fifo(false.into()),
        ),
        "deduplication_scope" => (spelled(live.deduplication_scope), fifo("queue".into())),
        "fifo_throughput_limit" => (spelled(live.fifo_throughput_limit), fifo("perQueue".into())),
        _ => (Value::Null, Value::Null),
    }
}

const PATHS: [&str; 8] = [
    "visibility_timeout",
    "message_retention_period",
    "delay",
    "receive_message_wait_time",
    "maximum_message_size",
    "content_based_deduplication",
    "deduplication_scope",
    "fifo_throughput_limit",
];

fn redrive(
    desired: Option<&Presence<RedrivePolicy>>,
    live: Option<&RedrivePolicy>,
    scope: &Scope,
) -> Vec<FieldChange> {
    let Some(desired) = desired else {
        return Vec::new();
    };
    let target = |policy: &RedrivePolicy| Value::from(short(&policy.dead_letter_target_arn, scope));
    let count = |policy: &RedrivePolicy| Value::from(policy.max_receive_count);
    let whole = |policy: &RedrivePolicy| {
        json!({
            "dead_letter_queue": target(policy),
            "max_receive_count": count(policy),
        })
    };
    let (live, desired) = match (live, desired.present()) {
        (Some(live), Some(desired)) => (live, desired),
        (None, None) => return Vec::new(),
        (live, desired) => {
            let side = |policy: Option<&RedrivePolicy>| policy.map_or(Value::Null, whole);
            return vec![FieldChange::new(
                "redrive_policy",
                side(live),
                side(desired),
            )];
        }
    };
    [
        ("dead_letter_queue", target(live), target(desired)),
        ("max_receive_count", count(live), count(desired)),
    ]
    .into_iter()
    .filter(|(_, live, desired)| live != desired)
    .map(|(part, live, desired)| FieldChange::new(format!("redrive_policy.{part}"), live, desired))
    .collect()
}

/// The queue's name where the ARN is of this account and region, else the ARN.
fn short<'a>(arn: &'a str, scope: &Scope) -> &'a str {
    arn.strip_prefix(&scope.queue_arn("")).unwrap_or(arn)
}

/// API SetQueueAttributes: a lower retention deletes the messages that are then too old.
fn lowered_retention(
    desired: &QueueDesired,
    live: &QueueLive,
    changes: &mut [FieldChange],
) -> Option<Hazard> {
    let wanted = desired.message_retention_period?;
    if wanted >= live.message_retention_period {
        return None;
    }
    if let Some(change) = changes
        .iter_mut()
        .find(|c| c.path == "message_retention_period")
    {
        change.effect = Some(format!(
            "messages older than {wanted} are deleted, within about 15 minutes"
        ));
    }
    let m = live.messages;
    Some(Hazard::new(
        HazardKind::LoseMessages,
        format!(
            "messages older than {wanted} are deleted; it holds approximately {} visible, {} in flight, {} delayed",
            m.visible, m.in_flight, m.delayed
        ),
    ))
}

fn unmanaged(desired: &QueueDesired, live: &QueueLive) -> Vec<Unmanaged> {
    let declared: Vec<_> = settings(desired).into_iter().map(|s| s.path).collect();
    let mut unmanaged: Vec<_> = PATHS
        .into_iter()
        .filter(|path| !declared.contains(path))
        .filter_map(|path| {
            let (value, default) = current(live, path);
            (value != default).then(|| Unmanaged {
                path: path.to_owned(),
                live: value,
            })
        })
        .collect();
    if desired.redrive_policy.is_none()
        && let Some(policy) = &live.redrive_policy
    {
        unmanaged.push(Unmanaged {
            path: "redrive_policy".to_owned(),
            live: format!(
                "{} after {}",
                policy.dead_letter_target_arn, policy.max_receive_count
            )
            .into(),
        });
    }
    unmanaged.extend(live.other.iter().filter_map(|(name, value)| {
        // A new queue is encrypted by SQS itself: only its absence differs from the default.
        let default = name == "SqsManagedSseEnabled" && value == "true";
        (!default).then(|| Unmanaged {
            path: snake(name),
            live: value.clone().into(),
        })
    }));
    unmanaged
}

/// `KmsMasterKeyId` → `kms_master_key_id`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
