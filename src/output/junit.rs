//! What came of a test as JUnit XML, which CI systems read: a suite a resource, a case a check.

use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::human::value;
use crate::model::check::{Check, Finding, Outcome, TestReport, Tested};

/// # Errors
/// It cannot be written as XML.
pub fn document(report: &TestReport) -> io::Result<String> {
    let mut document = Report::new("shopctl test");
    document.set_time(Duration::from_millis(report.elapsed_ms));
    document.add_test_suites(report.resources.iter().map(suite));
    document.to_string().map_err(io::Error::other)
}

fn suite(tested: &Tested) -> TestSuite {
    let id = tested.id.to_string();
    let mut suite = TestSuite::new(id.clone());
    suite.set_time(Duration::from_millis(tested.elapsed_ms));
    suite.add_test_cases(tested.checks.iter().map(|check| case(&id, check)));
    suite
}

fn case(id: &str, check: &Check) -> TestCase {
    let name = format!("{} ({})", check.name, check.level.name());
    let mut case = TestCase::new(name, status(&check.outcome));
    case.set_classname(id);
    case.set_time(Duration::from_millis(check.elapsed_ms));
    case
}

fn status(outcome: &Outcome) -> TestCaseStatus {
    match outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Skip { why } => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            status
        }
        Outcome::Fail(finding) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(message(finding));
            if let Some(next) = &finding.next_step {
                status.set_description(format!("next: {next}"));
            }
            status
        }
    }
}

fn message(finding: &Finding) -> String {
    let (expected, actual) = (value::show(&finding.expected), value::show(&finding.actual));
    format!("expected {expected}, actual {actual}")
}
