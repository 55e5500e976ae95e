//! Where dead letters would end.

use super::*;
use crate::checks::samples::queue_live;
use crate::resources::queue::config::RedrivePolicy;

fn source(name: &str, target: &str) -> Live {
    let scope = Scope::sample();
    Live::Queue(QueueLive {
        redrive_policy: Some(RedrivePolicy {
            dead_letter_target_arn: scope.queue_arn(target),
            max_receive_count: 3,
        }),
        ..queue_live(name)
    })
}

fn admitting(name: &str, allow: RedriveAllowPolicy) -> Option<QueueLive> {
    Some(QueueLive {
        redrive_allow_policy: allow,
        ..queue_live(name)
    })
}

#[test]
fn the_target_has_to_be_there_and_to_let_the_source_in() {
    let arn = |name: &str| Scope::sample().queue_arn(name);
    let only = |name: &str| RedriveAllowPolicy::SourceQueues([arn(name)].into());
    let plain = || admitting("dlq", RedriveAllowPolicy::AllowAll);
    for (target, live, said) in [
        ("dlq", Some(plain()), "passes"),
        ("dlq", Some(admitting("dlq", only("orders"))), "passes"),
        ("dlq", Some(None), "dlq does not exist"),
        (
            "dlq",
            Some(admitting("dlq", only("other"))),
            "the redrive_allow_policy of dlq does not name orders",
        ),
        (
            "dlq",
            Some(admitting("dlq", RedriveAllowPolicy::DenyAll)),
            "the redrive_allow_policy of dlq does not name orders",
        ),
        (
            "dlq.fifo",
            Some(admitting("dlq.fifo", RedriveAllowPolicy::AllowAll)),
            "dlq.fifo is of the other type: one of the two is FIFO",
        ),
        ("dlq", None, "skipped: dlq cannot be read from here"),
    ] {
        let targets: Targets = live.into_iter().map(|live| (arn(target), live)).collect();
        let check = check(&source("orders", target), &targets).unwrap();
        let told = match check.outcome {
            Outcome::Pass => "passes".to_owned(),
            Outcome::Fail(finding) => finding.actual.as_str().unwrap().to_owned(),
            Outcome::Skip { why } => format!("skipped: {why}"),
        };
        assert_eq!(told, said);
    }
}

#[test]
fn a_queue_without_one_is_not_checked() {
    let live = Live::Queue(queue_live("orders"));
    assert_eq!(check(&live, &Targets::new()), None);
}
