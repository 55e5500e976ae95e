//! A queue by itself: ranges, and what only FIFO queues have (SQS API Reference, CreateQueue).

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::manifest::suggest::quote;
use crate::model::scope::Scope;
use crate::model::units::{Bytes, Seconds};
use crate::resources::queue::config::{DeduplicationScope, FifoThroughputLimit, is_fifo, limits};
use crate::resources::queue::spec::QueueSpec;

use super::finding::{Findings, On};
use super::policy;

pub(in crate::manifest) fn check(
    key: &str,
    physical: &str,
    queue: &QueueSpec,
    findings: &mut Findings<'_, '_>,
) {
    ranges(key, queue, findings);
    encryption(key, queue, findings);
    if let Some(document) = &queue.policy {
        policy::check(&["queues", key, "policy"], document, findings);
    }
    if is_fifo(physical) {
        throughput(key, queue, findings);
    } else {
        standard(key, queue, findings);
    }
}

fn ranges(key: &str, queue: &QueueSpec, findings: &mut Findings<'_, '_>) {
    let seconds = [
        (
            "visibility_timeout",
            queue.visibility_timeout,
            0..=limits::VISIBILITY_TIMEOUT_MAX,
        ),
        (
            "message_retention_period",
            queue.message_retention_period,
            limits::RETENTION_MIN..=limits::RETENTION_MAX,
        ),
        ("delay", queue.delay, 0..=limits::DELAY_MAX),
        (
            "receive_message_wait_time",
            queue.receive_message_wait_time,
            0..=limits::RECEIVE_WAIT_MAX,
        ),
        (
            "kms_data_key_reuse_period",
            queue.kms_data_key_reuse_period,
            limits::DATA_KEY_REUSE_MIN..=limits::DATA_KEY_REUSE_MAX,
        ),
    ];
    for (field, value, range) in seconds {
        let range = Seconds(*range.start())..=Seconds(*range.end());
        within(&["queues", key, field], value, &range, findings);
    }
    within(
        &["queues", key, "maximum_message_size"],
        queue.maximum_message_size,
        &(Bytes(limits::MESSAGE_SIZE_MIN)..=Bytes(limits::MESSAGE_SIZE_MAX)),
        findings,
    );
}

fn within<T: Display + Ord>(
    path: &[&str],
    value: Option<T>,
    range: &RangeInclusive<T>,
    findings: &mut Findings<'_, '_>,
) {
    let Some(value) = value else {
        return;
    };
    if value < *range.start() {
        let message = format!("{value} is below AWS's minimum");
        let help = format!("write {} or more", range.start());
        findings.error(path, On::Value, message, help);
    } else if value > *range.end() {
        let message = format!("{value} is above the known maximum");
        let help = format!(
            "AWS took {} at most when this version was made, and may refuse it",
            range.end()
        );
        findings.warning(path, On::Value, message, help);
    }
}

/// A KMS key and SSE-SQS exclude each other (SQS API Reference, SetQueueAttributes).
fn encryption(key: &str, queue: &QueueSpec, findings: &mut Findings<'_, '_>) {
    let path = ["queues", key, "kms_master_key_id"];
    let managed = queue.sqs_managed_sse == Some(true) || queue.defaults.contains(SQS_MANAGED_SSE);
    if let Some(master) = &queue.kms_master_key_id {
        if managed {
            let message = "a KMS key and SSE-SQS exclude each other";
            let help = "remove one of `kms_master_key_id` and `sqs_managed_sse`";
            findings.error(&path, On::Key, message, help);
        }
        if !is_kms_key(master) {
            let message = format!("{} is not a KMS key", quote(master));
            let help = "write `alias/NAME`, the key's id, or the ARN of either";
            findings.error(&path, On::Value, message, help);
        }
    } else if queue.kms_data_key_reuse_period.is_some()
        && (managed || queue.defaults.contains("kms_master_key_id"))
    {
        let path = ["queues", key, "kms_data_key_reuse_period"];
        let message = "it means nothing without a KMS key";
        let help = "remove it, or declare `kms_master_key_id`";
        findings.warning(&path, On::Key, message, help);
    }
}

const SQS_MANAGED_SSE: &str = "sqs_managed_sse";

/// KMS DG, key identifiers: a UUID, or `mrk-` and 32 hexadecimal digits; either, and aliases, also as an ARN.
fn is_kms_key(text: &str) -> bool {
    let resource = match Scope::of_arn(text) {
        Some((_, "kms", resource)) => resource,
        Some(_) => return false,
        None if text.starts_with("alias/") => text,
        None => return is_key_id(text),
    };
    match resource.split_once('/') {
        Some(("alias", name)) => !name.is_empty(),
        Some(("key", id)) => is_key_id(id),
        _ => false,
    }
}

fn is_key_id(text: &str) -> bool {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if let Some(id) = text.strip_prefix("mrk-") {
        return hex(id, 32);
    }
    let parts: Vec<_> = text.split('-').collect();
    parts.len() == 5
        && parts
            .iter()
            .zip([8, 4, 4, 4, 12])
            .all(|(part, n)| hex(part, n))
}

/// `default` says as much as a value: that the queue has the setting.
fn standard(key: &str, queue: &QueueSpec, findings: &mut Findings<'_, '_>) {
    let fields = [
        (
            "content_based_deduplication",
            queue.content_based_deduplication.is_some(),
        ),
        (DEDUPLICATION_SCOPE, queue.deduplication_scope.is_some()),
        (
            "fifo_throughput_limit",
            queue.fifo_throughput_limit.is_some(),
        ),
    ];
    for (field, declared) in fields {
        if declared || queue.defaults.contains(field) {
            let message = format!("`{field}` is for FIFO queues only");
            let help = "remove it, or end the queue's key in `.fifo`";
            findings.error(&["queues", key, field], On::Key, message, help);
        }
    }
}

const DEDUPLICATION_SCOPE: &str = "deduplication_scope";

fn throughput(key: &str, queue: &QueueSpec, findings: &mut Findings<'_, '_>) {
    let path = ["queues", key, "fifo_throughput_limit"];
    let scope = match queue.defaults.contains(DEDUPLICATION_SCOPE) {
        true => Some(DeduplicationScope::Queue),
        false => queue.deduplication_scope,
    };
    let illegible = scope.is_none() && findings.is_written(&["queues", key, DEDUPLICATION_SCOPE]);
    if queue.fifo_throughput_limit == Some(FifoThroughputLimit::PerMessageGroupId)
        && scope != Some(DeduplicationScope::MessageGroup)
        && !illegible
    {
        let message = "`perMessageGroupId` needs deduplication per message group";
        let help = match scope {
            Some(_) => "write `deduplication_scope: messageGroup`",
            None => "add `deduplication_scope: messageGroup`",
        };
        findings.error(&path, On::Value, message, help);
    }
}
