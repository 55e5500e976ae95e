//! What people read of a test.

use serde_json::json;

use super::*;
use crate::model::check::{Left, Level};
use crate::model::failure::FailureKind;
use crate::model::id::ResourceId;
use crate::model::scope::Scope;
use crate::output::junit;
use crate::output::text::width;

fn check(level: Level, name: &str, outcome: Outcome) -> Check {
    Check::new(level, name, outcome).took(Duration::from_millis(31))
}

fn tested(id: ResourceId, checks: Vec<Check>) -> Tested {
    Tested {
        name: id.key.clone(),
        id,
        checks,
        elapsed_ms: 1_240,
    }
}

fn report() -> TestReport {
    let redrive = Finding::new(
        json!({"dead_letter_queue": "order-processing-dlq", "max_receive_count": 3}),
        json!(null),
    )
    .with_next_step("shopctl create --all makes it so; shopctl plan shows what that changes");
    let mut denied = Finding::new(
        "an item can be put",
        "PutItem: not authorised (AccessDeniedException)",
    );
    denied.failure = Some(FailureKind::AccessDenied);
    let skip = Outcome::Skip {
        why: "max_receive_count 51 is more than the 50 receives that a test makes".into(),
    };
    TestReport {
        schema_version: 1,
        project: "shopping".into(),
        env: None,
        scope: Scope::sample(),
        resources: vec![
            tested(
                ResourceId::queue("order-processing-queue"),
                vec![
                    check(Level::Config, "exists", Outcome::Pass),
                    check(Level::Config, "redrive policy", Outcome::Fail(redrive)),
                ],
            ),
            tested(
                ResourceId::queue("payment-processing-queue"),
                vec![
                    check(Level::Probe, "send and receive", Outcome::Pass),
                    check(Level::Probe, "message reaches the dead-letter queue", skip),
                ],
            ),
            tested(
                ResourceId::table("Orders"),
                vec![check(Level::Probe, "put", Outcome::Fail(denied))],
            ),
            tested(
                ResourceId::table("Cart"),
                vec![check(Level::Config, "exists", Outcome::Pass)],
            ),
        ],
        removed: vec![ResourceId::queue("shopctl-probe-0000000a-orders")],
        left: vec![Left {
            id: ResourceId::table("shopctl-probe-0000000a-Orders"),
            why: "DeleteTable: not authorised".into(),
        }],
        notes: vec!["not looked for what tests on other machines left: not authorised".into()],
        interrupted: false,
        elapsed_ms: 2_300,
    }
}

#[test]
fn what_failed_comes_first() {
    let report = report();
    for columns in [80, 140] {
        let text = render(&report, false, columns, &Styles::default());
        insta::assert_snapshot!(format!("report_{columns}"), text);
        assert!(text.lines().all(|line| width(line) <= columns));
    }
    insta::assert_snapshot!("every_check", render(&report, true, 80, &Styles::default()));
}

#[test]
fn a_report_where_all_is_well_is_short() {
    let mut report = report();
    report.resources.retain(|tested| tested.id.key == "Cart");
    report.removed.clear();
    report.left.clear();
    report.notes.clear();
    insta::assert_snapshot!(render(&report, false, 80, &Styles::default()), @r"
    ✓ table/Cart  1 check  1.2 s

    1 resource, 1 check: 1 passed, 0 failed, 0 skipped (100 %), 2.3 s
    ");
    report.interrupted = true;
    report.resources[0].checks.clear();
    insta::assert_snapshot!(render(&report, false, 80, &Styles::default()), @r"
    ✓ table/Cart  0 checks  1.2 s

    Interrupted: 1 resource, 0 checks: 0 passed, 0 failed, 0 skipped, 2.3 s
    ");
}

#[test]
fn hundreds_of_resources_are_counted() {
    let mut report = report();
    let many = (0..50).map(|n| {
        let checks = vec![check(Level::Config, "exists", Outcome::Pass)];
        tested(ResourceId::queue(format!("q{n}")), checks)
    });
    report.resources.extend(many);
    let text = render(&report, false, 80, &Styles::default());
    assert!(text.contains("✓ 51 resources passed every check"), "{text}");
    assert!(!text.contains("queue/q7"), "{text}");
}

#[test]
fn what_was_cleaned_is_named() {
    insta::assert_snapshot!(cleaned(&report(), 80, &Styles::default()), @r"
    ✓ removed  queue/shopctl-probe-0000000a-orders

    ! table/shopctl-probe-0000000a-Orders is still there: DeleteTable: not
      authorised
    note: not looked for what tests on other machines left: not authorised
    Failed: 1 removed, 1 still there.
    ");
    let nothing = TestReport {
        removed: Vec::new(),
        left: Vec::new(),
        notes: Vec::new(),
        ..report()
    };
    assert_eq!(
        cleaned(&nothing, 80, &Styles::default()),
        "Nothing to remove: no test left a copy behind.\n"
    );
}

#[test]
fn ci_systems_read_a_case_for_each_check() {
    insta::assert_snapshot!("junit", junit::document(&report()).unwrap());
}

#[test]
fn what_aws_says_cannot_steer_the_terminal() {
    let mut report = report();
    for tested in &mut report.resources {
        tested.id.key.push_str("\u{1b}[2J");
        for check in &mut tested.checks {
            check.name.push('\u{7}');
            if let Outcome::Fail(finding) = &mut check.outcome {
                finding.actual = "\u{9b}2J\r".into();
                finding.next_step = Some("\u{202e}".into());
            }
        }
    }
    let text = render(&report, true, 80, &Styles::default());
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n'),
        "{text:?}"
    );
    assert!(text.lines().all(|line| width(line) <= 80));
}
