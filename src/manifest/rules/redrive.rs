//! Queues and their dead-letter queues.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::spec::ManifestSpec;
use crate::manifest::suggest::{nearest, quote};
use crate::model::units::Seconds;
use crate::resources::queue::config::{is_fifo, limits};
use crate::resources::queue::spec::{QueueSpec, RedriveSpec};

use super::finding::{Findings, On};
use super::header::{is_account, is_region};

/// AWS's own (SQS API Reference, CreateQueue).
const RETENTION_DEFAULT: Seconds = Seconds(345_600);

/// `physical`: of every queue that the text declares, by key, even of one that did not decode.
pub(in crate::manifest) fn check(
    manifest: &ManifestSpec,
    physical: &BTreeMap<&str, String>,
    findings: &mut Findings<'_, '_>,
) {
    for (key, queue) in &manifest.queues {
        let Some(redrive) = &queue.redrive_policy else {
            continue;
        };
        receives(key, redrive, findings);
        if redrive.is_arn() {
            let fifo = physical.get(key.as_str()).is_some_and(|name| is_fifo(name));
            arn(manifest, key, fifo, &redrive.dead_letter_queue, findings);
        } else {
            reference(manifest, physical, key, queue, redrive, findings);
        }
    }
    cycles(manifest, findings);
}

fn receives(key: &str, redrive: &RedriveSpec, findings: &mut Findings<'_, '_>) {
    let path = ["queues", key, "redrive_policy", "max_receive_count"];
    let count = redrive.max_receive_count;
    if count == 0 {
        let message = "a message must be received at least once";
        findings.error(&path, On::Value, message, "write 1 or more");
    } else if count > limits::MAX_RECEIVE_COUNT {
        let message = format!("{count} receives are above the known maximum");
        let help = format!(
            "the AWS console takes {} at most",
            limits::MAX_RECEIVE_COUNT
        );
        findings.warning(&path, On::Value, message, help);
    }
}

fn target(key: &str) -> [&str; 4] {
    ["queues", key, "redrive_policy", "dead_letter_queue"]
}

fn reference(
    manifest: &ManifestSpec,
    physical: &BTreeMap<&str, String>,
    key: &str,
    queue: &QueueSpec,
    redrive: &RedriveSpec,
    findings: &mut Findings<'_, '_>,
) {
    let dead = redrive.dead_letter_queue.as_str();
    let Some(dead_name) = physical.get(dead) else {
        let message = format!("there is no queue {}", quote(dead));
        let others = physical.keys().copied().filter(|other| *other != key);
        let help = match nearest(dead, others) {
            Some(near) => format!("did you mean {}?", quote(near)),
            None => "declare it under `queues:`, or write an ARN".to_owned(),
        };
        findings.error(&target(key), On::Value, message, help);
        return;
    };
    if dead == key {
        let message = "a queue cannot be its own dead-letter queue";
        findings.error(&target(key), On::Value, message, "name another queue");
        return;
    }
    let fifo = physical.get(key).is_some_and(|name| is_fifo(name));
    if is_fifo(dead_name) != fifo {
        other_type(key, fifo, findings);
    } else if !fifo && let Some(dead_queue) = manifest.queues.get(dead) {
        retention((key, queue), (dead, dead_queue), findings);
    }
}

fn other_type(key: &str, fifo: bool, findings: &mut Findings<'_, '_>) {
    let (kind, other) = if fifo {
        ("FIFO", "standard")
    } else {
        ("standard", "FIFO")
    };
    let message = format!("a {kind} queue cannot have a {other} dead-letter queue");
    let help = format!("name a {kind} queue: both must be of one type");
    findings.error(&target(key), On::Value, message, help);
}

/// DG setting-up-dead-letter-queue-retention: a message of a standard queue keeps its time of sending when it is
/// moved, so a dead-letter queue that keeps no longer than its source may drop it on arrival. FIFO restarts the clock.
fn retention(
    (key, source): (&str, &QueueSpec),
    (dead, queue): (&str, &QueueSpec),
    findings: &mut Findings<'_, '_>,
) {
    const FIELD: &str = "message_retention_period";
    let period = |key: &str, queue: &QueueSpec| match queue.message_retention_period {
        Some(period) => Some(period),
        None if findings.is_written(&["queues", key, FIELD]) => None,
        None => Some(RETENTION_DEFAULT),
    };
    let (Some(from), Some(to)) = (period(key, source), period(dead, queue)) else {
        return;
    };
    if to > from {
        return;
    }
    let message = format!(
        "retention of {to} is not above the {from} of its source {}",
        quote(key)
    );
    let help = "write `message_retention_period: 14d`: a message keeps its time of sending when it moves here, \
                so it may expire before anyone looks";
    findings.warning(&["queues", dead, FIELD], On::Value, message, help);
}

fn arn(
    manifest: &ManifestSpec,
    key: &str,
    fifo: bool,
    text: &str,
    findings: &mut Findings<'_, '_>,
) {
    let parts: Vec<&str> = text.split(':').collect();
    let [_, partition, "sqs", region, account, name] = parts.as_slice() else {
        return malformed(key, text, findings);
    };
    let known = partition.starts_with("aws") && is_region(region) && is_account(account);
    if !known || name.is_empty() {
        return malformed(key, text, findings);
    }
    for (what, declared, found) in [
        ("region", &manifest.region, region),
        ("account", &manifest.account, account),
    ] {
        if let Some(declared) = declared
            && declared != found
        {
            let message = format!("the dead-letter queue is in {what} {}", quote(found));
            let help = format!("it must be in {what} {}, with its source", quote(declared));
            findings.error(&target(key), On::Value, message, help);
        }
    }
    if is_fifo(name) != fifo {
        other_type(key, fifo, findings);
    }
}

fn malformed(key: &str, text: &str, findings: &mut Findings<'_, '_>) {
    let message = format!("{} is not the ARN of a queue", quote(text));
    let help = "write `arn:aws:sqs:REGION:ACCOUNT:NAME`, or a queue's key";
    findings.error(&target(key), On::Value, message, help);
}

/// Every queue has at most one dead-letter queue, so following it from anywhere finds each cycle.
fn cycles(manifest: &ManifestSpec, findings: &mut Findings<'_, '_>) {
    let next = |key: &str| {
        let redrive = manifest.queues.get(key)?.redrive_policy.as_ref()?;
        let (key, _) = manifest.queues.get_key_value(&redrive.dead_letter_queue)?;
        Some(key.as_str())
    };
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    for start in manifest.queues.keys() {
        let mut trail: Vec<&str> = vec![];
        let mut on_trail: BTreeSet<&str> = BTreeSet::new();
        let mut at = Some(start.as_str());
        while let Some(key) = at.filter(|key| !settled.contains(key)) {
            if !on_trail.insert(key) {
                let from = trail.iter().position(|&seen| seen == key).unwrap_or(0);
                cycle(&trail[from..], findings);
                break;
            }
            trail.push(key);
            at = next(key);
        }
        settled.extend(trail);
    }
}

fn cycle(keys: &[&str], findings: &mut Findings<'_, '_>) {
    if keys.len() < 2 {
        return;
    }
    let round: Vec<_> = keys
        .iter()
        .chain(&keys[..1])
        .map(|key| quote(key))
        .collect();
    let round = round.join(" → ");
    let message = format!("dead-letter queues form a cycle: {round}");
    let help = "a message would go round for ever; end the chain somewhere";
    findings.error(&target(keys[0]), On::Value, message, help);
}
