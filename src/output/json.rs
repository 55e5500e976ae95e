//! What machines read: one document, with its version, on stdout.

use serde::Serialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::model::check::TestReport;
use crate::model::plan::{Plan, SCHEMA_VERSION};
use crate::model::report::{Entry, Report, TakenCopy};
use crate::model::scope::Scope;
use crate::model::tick::Tick;

/// `read_plan` reads it back as the same plan.
pub fn plan_document(plan: &Plan) -> String {
    pretty(plan)
}

/// What `create` ends with: the report, and where the run acted.
pub fn report_document(report: &Report, plan: &Plan) -> String {
    pretty(&ReportDocument {
        schema_version: report.schema_version,
        project: &plan.project,
        env: plan.env.as_deref(),
        scope: &plan.scope,
        summary: Summary {
            done: report.done(),
            failed: report.failed(),
            skipped: report.skipped(),
        },
        entries: &report.entries,
        copies: &report.copies,
        unchanged: report.unchanged,
        interrupted: report.interrupted,
        read_back: report.read_back,
        converged: report.converged,
        elapsed_ms: report.elapsed_ms,
    })
}

/// What `test` ends with: the report, with its counts.
pub fn test_document(report: &TestReport) -> String {
    let counts = report.counts();
    let mut document = json!({
        "schema_version": report.schema_version,
        "summary": {
            "resources": report.resources.len(),
            "checks": counts.all(),
            "passed": counts.passed,
            "failed": counts.failed,
            "skipped": counts.skipped,
            "success_rate": counts.success_rate(),
        },
    });
    if let (Value::Object(document), Ok(Value::Object(report))) =
        (&mut document, serde_json::to_value(report))
    {
        document.extend(report);
    }
    pretty(&document)
}

/// A tick of `monitor`, on one line: its output is a stream of documents.
pub fn tick_line(tick: &Tick) -> String {
    line(tick)
}

pub fn error_document(problem: &Problem) -> String {
    pretty(&error_value(problem))
}

/// The same in a stream of documents.
pub fn error_line(problem: &Problem) -> String {
    line(&error_value(problem))
}

fn error_value(problem: &Problem) -> Value {
    json!({"schema_version": SCHEMA_VERSION, "error": problem})
}

/// A plan from its document; a document of another version is refused before anything else of it is read.
///
/// # Errors
/// Not a document, not a plan, or one of another version.
pub fn read_plan(text: &str) -> Result<Plan, String> {
    let document: Value =
        serde_json::from_str(text).map_err(|error| format!("not a JSON document: {error}"))?;
    match &document["schema_version"] {
        Value::Null => Err("not a plan: it has no schema_version".to_owned()),
        version if *version == SCHEMA_VERSION => {
            serde_json::from_value(document).map_err(|error| format!("not a plan: {error}"))
        }
        version => Err(format!(
            "schema_version {version}, where this shopctl reads {SCHEMA_VERSION}"
        )),
    }
}

#[derive(Serialize)]
struct ReportDocument<'a> {
    schema_version: u32,
    project: &'a str,
    env: Option<&'a str>,
    scope: &'a Scope,
    summary: Summary,
    entries: &'a [Entry],
    copies: &'a [TakenCopy],
    unchanged: usize,
    interrupted: bool,
    read_back: bool,
    converged: bool,
    elapsed_ms: u64,
}

#[derive(Serialize)]
struct Summary {
    done: usize,
    failed: usize,
    skipped: usize,
}

#[expect(
    clippy::expect_used,
    reason = "serialising fails on keys that are no strings and on an `impl Serialize` that says so; these have neither"
)]
fn pretty(document: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(document).expect("a document of strings and numbers");
    text.push('\n');
    text
}

#[expect(clippy::expect_used, reason = "as above")]
fn line(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string(document).expect("a document of strings and numbers");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::event::Event;
    use crate::model::failure::{Failure, FailureKind};
    use crate::model::id::ResourceId;
    use crate::output::samples;

    proptest! {
        #[test]
        fn a_plan_survives_its_document(plan in samples::any_plan()) {
            prop_assert_eq!(read_plan(&plan_document(&plan)), Ok(plan));
        }
    }

    #[test]
    fn another_version_is_refused() {
        let mut plan = samples::shopping();
        plan.schema_version = 2;
        assert_eq!(
            read_plan(&plan_document(&plan)).unwrap_err(),
            "schema_version 2, where this shopctl reads 1"
        );
        assert_eq!(
            read_plan("{}").unwrap_err(),
            "not a plan: it has no schema_version"
        );
        assert_eq!(
            read_plan("[]").unwrap_err(),
            "not a plan: it has no schema_version"
        );
        assert!(
            read_plan("")
                .unwrap_err()
                .starts_with("not a JSON document: ")
        );
        assert!(
            read_plan(r#"{"schema_version": 1}"#)
                .unwrap_err()
                .starts_with("not a plan: missing field")
        );
    }

    #[test]
    fn a_report_is_read_back_from_its_document() {
        let mut report = samples::mixed_report();
        report.record(&Event::Copied {
            id: ResourceId::table("Orders"),
            copy: "backup shopctl-Orders-20261120T101500Z".into(),
        });
        let document = report_document(&report, &samples::shopping());
        assert!(document.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Report>(&document).unwrap(), report);
        let value: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(
            value["summary"],
            json!({"done": 2, "failed": 2, "skipped": 1})
        );
        assert_eq!(value["scope"]["region"], "us-east-1");
    }

    #[test]
    fn an_error_says_its_parts() {
        let mut failure = Failure::new(FailureKind::AccessDenied, "not authorised")
            .with_hint("grant sqs:CreateQueue");
        failure.operation = Some("CreateQueue".into());
        insta::assert_snapshot!(error_document(&Problem::from(&failure)), @r#"
    {
      "schema_version": 1,
      "error": {
        "kind": "access_denied",
        "message": "not authorised",
        "hint": "grant sqs:CreateQueue",
        "operation": "CreateQueue",
        "code": null,
        "request_id": null
      }
    }
    "#);
        insta::assert_snapshot!(error_document(
            &Problem::new("manifest", "2 faults in shop.yaml").with_details(vec![json!({"line": 3}), json!({"line": 9})])
        ), @r#"
    {
      "schema_version": 1,
      "error": {
        "kind": "manifest",
        "message": "2 faults in shop.yaml",
        "hint": null,
        "operation": null,
        "code": null,
        "request_id": null,
        "details": [
          {
            "line": 3
          },
          {
            "line": 9
          }
        ]
      }
    }
    "#);
    }
}
