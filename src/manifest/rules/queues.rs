//! A queue by itself: ranges, and what only FIFO queues have (SQS API Reference, CreateQueue).

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::model::units::{Bytes, Seconds};
use crate::resources::queue::config::{DeduplicationScope, FifoThroughputLimit, is_fifo, limits};
use crate::resources::queue::spec::QueueSpec;

use super::finding::{Findings, On};

pub(in crate::manifest) fn check(
    key: &str,
    physical: &str,
    queue: &QueueSpec,
    findings: &mut Findings<'_, '_>,
) {
    ranges(key, queue, findings);
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

fn standard(key: &str, queue: &QueueSpec, findings: &mut Findings<'_, '_>) {
    let fields = [
        (
            "content_based_deduplication",
            queue.content_based_deduplication.is_some(),
        ),
        ("deduplication_scope", queue.deduplication_scope.is_some()),
        (
            "fifo_throughput_limit",
            queue.fifo_throughput_limit.is_some(),
        ),
    ];
    for (field, _) in fields.into_iter().filter(|(_, declared)| *declared) {
        let message = format!("`{field}` is for FIFO queues only");
        let help = "remove it, or end the queue's key in `.fifo`";
        findings.error(&["queues", key, field], On::Key, message, help);
    }
}

fn throughput(key: &str, queue: &QueueSpec, findings: &mut Findings<'_, '_>) {
    let path = ["queues", key, "fifo_throughput_limit"];
    let scope = queue.deduplication_scope;
    let illegible = scope.is_none() && findings.is_written(&["queues", key, "deduplication_scope"]);
    if queue.fifo_throughput_limit == Some(FifoThroughputLimit::PerMessageGroupId)
        && scope != Some(DeduplicationScope::MessageGroup)
        && !illegible
    {
        let message = "`perMessageGroupId` needs deduplication per message group";
        let help = "add `deduplication_scope: messageGroup`";
        findings.error(&path, On::Value, message, help);
    }
}
