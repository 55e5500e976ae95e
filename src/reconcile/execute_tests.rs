//! Whole executions against an AWS that answers after as long as a test says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::*;
use crate::aws::fake::{Answer, FakeAws, Request};
use crate::model::change::FieldChange;
use crate::model::hazard::{Hazard, HazardKind};
use crate::model::id::{ComponentName, Target};
use crate::model::units::Seconds;
use crate::reconcile::plan::{self, Context, Selection};
use crate::resources::kinds::Resource;
use crate::resources::queue::config::QueueDesired;

const BASE: &str = "https://sqs.us-east-1.amazonaws.com/123456789012";

/// An SQS that makes every queue asked for, and reads each back as it was made.
fn sqs(but: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> FakeAws {
    FakeAws::new(move |request| but(request).unwrap_or_else(|| usual(request)))
}

fn usual(request: &Request) -> Answer {
    Answer::ok(match request.operation.as_str() {
        "CreateQueue" => {
            let name = request.input["QueueName"].as_str().unwrap();
            json!({"QueueUrl": format!("{BASE}/{name}")})
        }
        "GetQueueAttributes" => json!({"Attributes": {"VisibilityTimeout": "300"}}),
        "ListQueueTags" => json!({"Tags": {"shopctl:origin": "created"}}),
        _ => json!({}),
    })
}

/// Whether a request is this operation on this queue.
fn is(request: &Request, operation: &str, name: &str) -> bool {
    let of = |member: &str| request.input[member].as_str().unwrap_or_default();
    request.operation == operation
        && (of("QueueName") == name || of("QueueUrl").ends_with(&format!("/{name}")))
}

/// A plan that makes these queues: `a`, or `c needs a, b`.
fn making(queues: &[&str]) -> Plan {
    let resources = queues.iter().map(|text| {
        let (name, needs) = match text.split_once(" needs ") {
            Some((name, needs)) => (name, needs.split(", ").map(ResourceId::queue).collect()),
            None => (*text, vec![]),
        };
        let desired = QueueDesired {
            visibility_timeout: Some(Seconds(300)),
            ..QueueDesired::default()
        };
        Resource {
            target: Target {
                id: ResourceId::queue(name),
                name: name.to_owned(),
                component: ComponentName::new("sqs"),
                depends_on: needs,
                asks_scarce: false,
            },
            desired: Desired::Queue(desired),
        }
    });
    let context = Context {
        project: "shop".into(),
        env: None,
        scope: Scope::sample(),
    };
    let resources: Vec<_> = resources.collect();
    plan::plan(&context, &resources, &BTreeMap::new(), &Selection::All).unwrap()
}

/// How a test runs a plan: with what patience, and what it does when it hears an event.
struct Trial<'a> {
    wait: bool,
    millis: u64,
    hears: &'a dyn Fn(&str, &watch::Sender<bool>),
}

const PATIENT: Trial<'_> = Trial {
    wait: true,
    millis: 5_000,
    hears: &|_, _| (),
};

impl Trial<'_> {
    /// The events, a line each.
    async fn run(&self, plan: &Plan, aws: &FakeAws) -> Vec<String> {
        let clients = Clients::over(aws.config()).unwrap();
        let options = Options {
            deadline: Instant::now() + Duration::from_millis(self.millis),
            wait: self.wait,
        };
        let (switch, interrupt) = Interrupt::new();
        let lines = RefCell::new(Vec::new());
        let say = |event: Event| {
            let line = line(&event);
            (self.hears)(&line, &switch);
            lines.borrow_mut().push(line);
        };
        execute(plan, &clients, options, interrupt, &say).await;
        lines.into_inner()
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::Planned { actions } => format!("planned {actions}"),
        Event::Started { id, .. } => format!("started {}", id.key),
        Event::Step { what, .. } => format!("step {what}"),
        Event::Waiting { id, .. } => format!("waiting {}", id.key),
        Event::Copied { id, copy } => format!("copied {}: {copy}", id.key),
        Event::Applied { id, .. } => format!("applied {}", id.key),
        Event::Done { id, .. } => format!("done {}", id.key),
        Event::Failed { id, failure, .. } => {
            format!("failed {}: {:?}: {}", id.key, failure.kind, failure.message)
        }
        Event::Skipped { id, why, .. } => format!("skipped {}: {why}", id.key),
        Event::Interrupted { running } => format!("interrupted {running}"),
        Event::Finished { .. } => "finished".to_owned(),
        Event::Testing { .. } | Event::Tested { .. } | Event::Clearing { .. } => {
            panic!("no plan says this: {event:?}")
        }
    }
}

/// Where a line stands among the events.
fn place(lines: &[String], line: &str) -> usize {
    let found = lines.iter().position(|other| other == line);
    found.unwrap_or_else(|| panic!("no `{line}` in {lines:#?}"))
}

fn denied() -> Answer {
    Answer::error(403, "AccessDenied", "not you")
}

#[tokio::test]
async fn what_nothing_holds_back_runs_at_once() {
    let aws = sqs(|r| (r.operation == "CreateQueue").then(|| usual(r).after(100)));
    let lines = PATIENT.run(&making(&["a", "b", "c", "d", "e"]), &aws).await;
    let created = aws.operations()[..5].to_vec();
    assert_eq!(created, ["CreateQueue"; 5]);
    assert!(aws.peak() >= 5, "{}", aws.peak());
    let done = lines.iter().filter(|line| line.starts_with("done "));
    assert_eq!(done.count(), 5);
    assert_eq!(
        (lines[0].as_str(), lines.last().unwrap().as_str()),
        ("planned 5", "finished")
    );
}

#[tokio::test]
async fn what_depends_begins_after_the_calls_and_before_the_read_back() {
    // The dead-letter queue does not read back as wanted until its source is being made.
    let begun = AtomicBool::new(false);
    let aws = sqs(move |r| {
        if is(r, "CreateQueue", "orders") {
            begun.store(true, Ordering::SeqCst);
        }
        let early = is(r, "GetQueueAttributes", "dlq") && !begun.load(Ordering::SeqCst);
        early.then(|| Answer::ok(json!({"Attributes": {}})))
    });
    let lines = PATIENT
        .run(&making(&["dlq", "orders needs dlq"]), &aws)
        .await;
    let began = place(&lines, "started orders");
    assert!(place(&lines, "applied dlq") < began, "{lines:#?}");
    assert!(began < place(&lines, "done dlq"), "{lines:#?}");
    place(&lines, "done orders");
}

#[tokio::test]
async fn what_failed_takes_along_what_needs_it_and_nothing_else() {
    let aws = sqs(|r| is(r, "CreateQueue", "dlq").then(denied));
    let queues = ["dlq", "free", "orders needs dlq", "audit needs orders"];
    let lines = PATIENT.run(&making(&queues), &aws).await;
    place(&lines, "failed dlq: AccessDenied: access denied: not you");
    place(&lines, "skipped orders: needs queue/dlq, which failed");
    place(&lines, "skipped audit: needs queue/dlq, which failed");
    place(&lines, "done free");
    assert_eq!(lines.len(), 9, "{lines:#?}");
    let asked = aws.seen();
    assert!(!asked.iter().any(|r| is(r, "CreateQueue", "orders")));
}

#[tokio::test]
async fn a_read_back_that_fails_keeps_nobody_from_going_on() {
    let aws = sqs(|r| match () {
        () if is(r, "ListQueueTags", "dlq") => Some(denied()),
        () if is(r, "CreateQueue", "slow") => Some(usual(r).after(50)),
        () => None,
    });
    let queues = ["dlq", "slow", "orders needs dlq, slow"];
    let lines = PATIENT.run(&making(&queues), &aws).await;
    place(&lines, "failed dlq: AccessDenied: access denied: not you");
    place(&lines, "done orders");
    assert!(
        !lines.iter().any(|line| line.starts_with("skipped")),
        "{lines:#?}"
    );
}

#[tokio::test]
async fn an_interrupt_lets_finish_what_runs_and_begins_nothing() {
    let aws = sqs(|r| (r.operation == "CreateQueue").then(|| usual(r).after(10)));
    let trial = Trial {
        hears: &|line, switch| {
            if line == "started dlq" {
                switch.send(true).unwrap();
            }
        },
        ..PATIENT
    };
    let queues = ["dlq", "free", "orders needs dlq"];
    let lines = trial.run(&making(&queues), &aws).await;
    place(&lines, "interrupted 2");
    for line in [
        "done dlq",
        "done free",
        "skipped orders: interrupted before it began",
    ] {
        assert!(place(&lines, line) > place(&lines, "interrupted 2"));
    }
    assert!(!lines.contains(&"started orders".to_owned()));
    assert_eq!(
        lines
            .iter()
            .filter(|l| l.starts_with("interrupted"))
            .count(),
        1
    );
}

#[tokio::test]
async fn an_interrupt_before_the_beginning_skips_everything() {
    let aws = sqs(|_| None);
    let trial = Trial {
        hears: &|line, switch| {
            if line == "planned 1" {
                switch.send(true).unwrap();
            }
        },
        ..PATIENT
    };
    let lines = trial.run(&making(&["a"]), &aws).await;
    place(&lines, "skipped a: interrupted before it began");
    assert_eq!(aws.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn an_interrupt_that_comes_with_an_answer_begins_nothing_either() {
    let aws = sqs(|_| None);
    let trial = Trial {
        hears: &|line, switch| {
            if line == "applied dlq" {
                switch.send(true).unwrap();
            }
        },
        ..PATIENT
    };
    let lines = trial.run(&making(&["dlq", "orders needs dlq"]), &aws).await;
    place(&lines, "done dlq");
    place(&lines, "skipped orders: interrupted before it began");
}

#[tokio::test]
async fn an_interrupt_after_the_end_interrupts_nothing() {
    let aws = sqs(|_| None);
    let trial = Trial {
        hears: &|line, switch| {
            if line == "done a" {
                switch.send(true).unwrap();
            }
        },
        ..PATIENT
    };
    let lines = trial.run(&making(&["a"]), &aws).await;
    assert_eq!(lines[1..], ["started a", "applied a", "done a", "finished"]);
}

#[tokio::test]
async fn nothing_is_read_back_where_nobody_waits() {
    let aws = sqs(|_| None);
    let trial = Trial {
        wait: false,
        ..PATIENT
    };
    let lines = trial.run(&making(&["a"]), &aws).await;
    assert_eq!(lines[1..4], ["started a", "applied a", "done a"]);
    assert_eq!(aws.operations(), ["CreateQueue"]);
}

#[tokio::test]
async fn what_reads_back_otherwise_has_not_converged_and_names_the_field() {
    let aws = sqs(|r| {
        let old = json!({"Attributes": {"VisibilityTimeout": "30"}});
        is(r, "GetQueueAttributes", "a").then(|| Answer::ok(old))
    });
    let trial = Trial {
        millis: 60,
        ..PATIENT
    };
    let lines = trial.run(&making(&["a", "b"]), &aws).await;
    let failed = lines
        .iter()
        .find(|line| line.starts_with("failed a: NotConverged"));
    assert!(
        failed
            .unwrap()
            .contains("visibility_timeout not read back yet")
    );
    place(&lines, "waiting a");
    place(&lines, "done b");
}

/// The plan of `making(["a"])` as an update of a queue whose visibility timeout was 30 s.
fn lowering() -> Plan {
    let live = json!({"queue": {
        "url": format!("{BASE}/a"), "arn": "", "visibility_timeout": "30s",
        "message_retention_period": "4d", "delay": "0s", "maximum_message_size": "1MiB",
        "receive_message_wait_time": "0s", "content_based_deduplication": null,
        "deduplication_scope": null, "fifo_throughput_limit": null, "redrive_policy": null,
        "redrive_allow_policy": "allow_all", "sqs_managed_sse": null, "kms_master_key_id": null,
        "kms_data_key_reuse_period": null, "policy": null,
        "other": {}, "tags": {"shopctl:origin": "created"},
        "messages": {"visible": 7, "in_flight": 0, "delayed": 0},
    }});
    let mut plan = making(&["a"]);
    let action = &mut plan.actions[0];
    action.verb = Verb::Update;
    action.live = live;
    action.changes = vec![FieldChange::new("visibility_timeout", "30s", "5m")];
    action.hazards = vec![Hazard::new(HazardKind::LoseMessages, "reason")];
    plan
}

/// An SQS whose queue `a` reads so until it is written, and as wanted from then on.
fn reading(timeout: &'static str) -> FakeAws {
    let written = AtomicBool::new(false);
    sqs(move |r| match r.operation.as_str() {
        "SetQueueAttributes" => {
            written.store(true, Ordering::SeqCst);
            None
        }
        "GetQueueAttributes" if !written.load(Ordering::SeqCst) => Some(Answer::ok(
            json!({"Attributes": {"VisibilityTimeout": timeout}}),
        )),
        _ => None,
    })
}

#[tokio::test]
async fn a_hazard_is_carried_out_only_on_what_the_plan_showed() {
    let as_shown = reading("30");
    let lines = PATIENT.run(&lowering(), &as_shown).await;
    place(&lines, "done a");
    let moved = reading("31");
    let lines = PATIENT.run(&lowering(), &moved).await;
    place(
        &lines,
        "failed a: Other: it was changed since the plan was made",
    );
    let writes = |aws: &FakeAws| {
        let operations = aws.operations().into_iter();
        operations.filter(|o| o == "SetQueueAttributes").count()
    };
    assert_eq!((writes(&as_shown), writes(&moved)), (1, 0));
}

#[tokio::test]
async fn what_has_no_hazard_is_written_without_another_look() {
    let mut plan = lowering();
    plan.actions[0].hazards.clear();
    let aws = reading("30");
    PATIENT.run(&plan, &aws).await;
    assert_eq!(aws.operations()[0], "SetQueueAttributes");
}

#[tokio::test]
async fn a_second_attempt_loses_no_more_than_the_plan_names() {
    for (retention, goes) in [("345600", true), ("1209600", false)] {
        let mut plan = lowering();
        plan.actions[0].hazards.clear();
        plan.actions[0].desired["queue"]["message_retention_period"] = 345_600.into();
        let throttled = AtomicBool::new(false);
        let aws = sqs(move |r| match r.operation.as_str() {
            "SetQueueAttributes" if !throttled.swap(true, Ordering::SeqCst) => {
                Some(Answer::error(400, "RequestThrottled", "slow down"))
            }
            "GetQueueAttributes" => Some(Answer::ok(
                json!({"Attributes": {"VisibilityTimeout": "300", "MessageRetentionPeriod": retention}}),
            )),
            _ => None,
        });
        let lines = PATIENT.run(&plan, &aws).await;
        let failed = "failed a: Other: it was changed since the plan was made";
        place(&lines, if goes { "done a" } else { failed });
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_a_failure_without_a_call() {
    let mut garbled = making(&["a"]);
    garbled.actions[0].desired = Value::from("nonsense");
    let aws = sqs(|_| None);
    let lines = PATIENT.run(&garbled, &aws).await;
    let failed = lines
        .iter()
        .find(|line| line.starts_with("failed a: BadRequest"));
    assert!(
        failed.is_some_and(|line| line.contains("cannot read")),
        "{lines:#?}"
    );
    assert_eq!(aws.operations(), Vec::<String>::new());
}
