//! Queues and their dead-letter queues.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::reference;
use crate::manifest::spec::ManifestSpec;
use crate::manifest::suggest::{nearest, quote};
use crate::resources::queue::config::{defaults, is_fifo, limits};
use crate::resources::queue::spec::{QueueSpec, RedriveAllowSpec, RedriveSpec, is_arn};

use super::finding::{Findings, On};
use super::header::{is_account, is_region};

/// All queues, as they are declared and by their names on AWS.
struct Queues<'a> {
    manifest: &'a ManifestSpec,
    /// Of every queue that the text declares, by key, even of one that did not decode.
    physical: &'a BTreeMap<&'a str, String>,
}

impl Queues<'_> {
    fn is_fifo(&self, key: &str) -> bool {
        self.physical.get(key).is_some_and(|name| is_fifo(name))
    }

    /// What there is to say to a key that no queue bears.
    fn unknown(&self, reference: &str, from: &str) -> (String, String) {
        let others = self.physical.keys().copied().filter(|other| *other != from);
        let help = match nearest(reference, others) {
            Some(near) => format!("did you mean {}?", quote(near)),
            None => "declare it under `queues:`, or write an ARN".to_owned(),
        };
        (format!("there is no queue {}", quote(reference)), help)
    }
}

pub(in crate::manifest) fn check(
    manifest: &ManifestSpec,
    physical: &BTreeMap<&str, String>,
    findings: &mut Findings<'_, '_>,
) {
    let queues = Queues { manifest, physical };
    for (key, queue) in &manifest.queues {
        if let Some(redrive) = &queue.redrive_policy {
            receives(key, redrive, findings);
            dead_letter_queue(&queues, (key, queue), &redrive.dead_letter_queue, findings);
        }
        if let Some(RedriveAllowSpec::SourceQueues(sources)) = &queue.redrive_allow_policy {
            source_queues(&queues, key, sources, findings);
        }
    }
    cycles(&queues, findings);
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

fn dead_letter_queue(
    queues: &Queues<'_>,
    (key, queue): (&str, &QueueSpec),
    reference: &str,
    findings: &mut Findings<'_, '_>,
) {
    let fifo = queues.is_fifo(key);
    if is_arn(reference) {
        arn(queues.manifest, key, fifo, reference, findings);
    }
    let Some(dead) = reference::queue(queues.physical, reference) else {
        if !is_arn(reference) {
            let (message, help) = queues.unknown(reference, key);
            findings.error(&target(key), On::Value, message, help);
        }
        return;
    };
    if dead == key {
        let message = "a queue cannot be its own dead-letter queue";
        findings.error(&target(key), On::Value, message, "name another queue");
        return;
    }
    if queues.is_fifo(dead) != fifo {
        if !is_arn(reference) {
            other_type(key, fifo, findings);
        }
        return;
    }
    if let Some(dead_queue) = queues.manifest.queues.get(dead) {
        if !fifo {
            retention((key, queue), (dead, dead_queue), findings);
        }
        if !allows(queues, dead_queue, key) {
            let message = format!("{} does not allow {} as a source", quote(dead), quote(key));
            let help = "let its `redrive_allow_policy` name this queue, or be `allow_all`";
            findings.error(&target(key), On::Value, message, help);
        }
    }
}

/// Whether a dead-letter queue, as it is declared, takes messages of this source.
fn allows(queues: &Queues<'_>, dead: &QueueSpec, source: &str) -> bool {
    match &dead.redrive_allow_policy {
        None | Some(RedriveAllowSpec::AllowAll) => true,
        Some(RedriveAllowSpec::DenyAll) => false,
        Some(RedriveAllowSpec::SourceQueues(sources)) => sources
            .iter()
            .any(|allowed| reference::queue(queues.physical, allowed) == Some(source)),
    }
}

/// AWS takes 1 to 10, all of the queue's own type (SQS API Reference, SetQueueAttributes).
fn source_queues(
    queues: &Queues<'_>,
    key: &str,
    sources: &[String],
    findings: &mut Findings<'_, '_>,
) {
    let path = ["queues", key, "redrive_allow_policy", "source_queues"];
    // One that did not decode is told of already, and moves those behind it.
    if findings.items(&path).len() != sources.len() {
        return;
    }
    let count = sources.iter().collect::<BTreeSet<_>>().len();
    if count == 0 {
        let help = "name the queues, or write `redrive_allow_policy: deny_all`";
        findings.error(&path, On::Value, "no source queue is named", help);
    } else if count > limits::SOURCE_QUEUES {
        let message = format!("{count} source queues are too many");
        let help = format!(
            "AWS takes {}; `redrive_allow_policy: allow_all` has no limit",
            limits::SOURCE_QUEUES
        );
        findings.error(&path, On::Value, message, help);
    }
    for (at, source) in sources.iter().enumerate() {
        let name = if is_arn(source) {
            match queue_arn(source) {
                Some((.., name)) => name,
                None => {
                    findings.error(&path, On::Item(at), not_an_arn(source), ARN_HELP);
                    continue;
                }
            }
        } else if let Some(name) = queues.physical.get(source.as_str()) {
            name
        } else {
            let (message, help) = queues.unknown(source, key);
            findings.error(&path, On::Item(at), message, help);
            continue;
        };
        if is_fifo(name) != queues.is_fifo(key) {
            let (own, other) = types(queues.is_fifo(key));
            let message = format!("a {other} queue cannot be a source of a {own} queue");
            let help = format!("name {own} queues only: both must be of one type");
            findings.error(&path, On::Item(at), message, help);
        }
    }
}

/// A queue's type, and the other one.
fn types(fifo: bool) -> (&'static str, &'static str) {
    if fifo {
        ("FIFO", "standard")
    } else {
        ("standard", "FIFO")
    }
}

fn other_type(key: &str, fifo: bool, findings: &mut Findings<'_, '_>) {
    let (kind, other) = types(fifo);
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
        None => Some(defaults::MESSAGE_RETENTION_PERIOD),
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
    let Some((region, account, name)) = queue_arn(text) else {
        findings.error(&target(key), On::Value, not_an_arn(text), ARN_HELP);
        return;
    };
    for (what, declared, found) in [
        ("region", &manifest.region, region),
        ("account", &manifest.account, account),
    ] {
        if let Some(declared) = declared
            && declared.as_str() != found
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

/// Region, account and name.
fn queue_arn(text: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = text.split(':').collect();
    let ["arn", partition, "sqs", region, account, name] = parts[..] else {
        return None;
    };
    let known = partition.starts_with("aws") && is_region(region) && is_account(account);
    (known && !name.is_empty()).then_some((region, account, name))
}

const ARN_HELP: &str = "write `arn:aws:sqs:REGION:ACCOUNT:NAME`, or a queue's key";

fn not_an_arn(text: &str) -> String {
    format!("{} is not the ARN of a queue", quote(text))
}

/// Every queue has at most one dead-letter queue, so following it from anywhere finds each cycle.
fn cycles(queues: &Queues<'_>, findings: &mut Findings<'_, '_>) {
    let declared = &queues.manifest.queues;
    let next = |key: &str| {
        let redrive = declared.get(key)?.redrive_policy.as_ref()?;
        reference::queue(queues.physical, &redrive.dead_letter_queue)
    };
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    for start in declared.keys() {
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
