//! What a test looked at and what it found, and the verdict folded from that.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure::{Failure, FailureKind};
use super::id::ResourceId;
use super::scope::Scope;

/// The version of the report's JSON document.
pub const SCHEMA_VERSION: u32 = 1;

/// How a check looks. The order is that in which a resource is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Reads what is there.
    Config,
    /// Uses a copy that lives as long as the test.
    Probe,
    /// Uses the resource itself.
    Live,
}

impl Level {
    pub fn name(self) -> &'static str {
        match self {
            Level::Config => "config",
            Level::Probe => "probe",
            Level::Live => "live",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub level: Level,
    /// A few words: `redrive policy`, `query by-user`.
    pub name: String,
    pub outcome: Outcome,
    pub elapsed_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    Fail(Finding),
    /// Nothing is proven, and why.
    Skip {
        why: String,
    },
}

/// Why a check failed. Values are spelled as the manifest spells them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub expected: Value,
    pub actual: Value,
    pub next_step: Option<String>,
    /// The kind of failure, where a call ended it.
    pub failure: Option<FailureKind>,
}

impl Finding {
    pub fn new(expected: impl Into<Value>, actual: impl Into<Value>) -> Self {
        Finding {
            expected: expected.into(),
            actual: actual.into(),
            next_step: None,
            failure: None,
        }
    }

    pub fn with_next_step(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }

    /// A call that did not go through.
    pub fn of_failure(expected: &str, failure: &Failure) -> Self {
        Finding {
            expected: expected.into(),
            actual: failure.to_string().into(),
            next_step: failure.hint.clone(),
            failure: Some(failure.kind),
        }
    }
}

impl Check {
    pub fn new(level: Level, name: impl Into<String>, outcome: Outcome) -> Self {
        Check {
            level,
            name: name.into(),
            outcome,
            elapsed_ms: 0,
        }
    }

    pub fn took(mut self, elapsed: Duration) -> Self {
        self.elapsed_ms = millis(elapsed);
        self
    }

    pub fn finding(&self) -> Option<&Finding> {
        match &self.outcome {
            Outcome::Fail(finding) => Some(finding),
            Outcome::Pass | Outcome::Skip { .. } => None,
        }
    }
}

/// A resource with everything that was checked of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    pub id: ResourceId,
    /// The physical name.
    pub name: String,
    pub checks: Vec<Check>,
    pub elapsed_ms: u64,
}

impl Tested {
    pub fn counts(&self) -> Counts {
        Counts::of(&self.checks)
    }
}

/// A copy that a test made and that is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// `queue/shopctl-probe-…`, by the physical name.
    pub id: ResourceId,
    pub why: String,
}

/// The document that `test` ends with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    pub schema_version: u32,
    pub project: String,
    pub env: Option<String>,
    pub scope: Scope,
    /// Queues, then tables, each by key.
    pub resources: Vec<Tested>,
    /// What an earlier test had left behind and this one removed.
    pub removed: Vec<ResourceId>,
    /// What is still there and should not be.
    pub left: Vec<Left>,
    pub notes: Vec<String>,
    pub interrupted: bool,
    pub elapsed_ms: u64,
}

impl TestReport {
    pub fn counts(&self) -> Counts {
        let checks = self.resources.iter().flat_map(|tested| &tested.checks);
        Counts::of(checks)
    }

    pub fn failures(&self) -> impl Iterator<Item = (&Tested, &Check, &Finding)> {
        let checks = self
            .resources
            .iter()
            .flat_map(|tested| tested.checks.iter().map(move |check| (tested, check)));
        checks.filter_map(|(tested, check)| Some((tested, check, check.finding()?)))
    }

    /// Whether a permission or the credentials are why a check failed.
    pub fn is_denied(&self) -> bool {
        self.failures().any(|(_, _, finding)| {
            matches!(
                finding.failure,
                Some(FailureKind::AccessDenied | FailureKind::Credentials)
            )
        })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
}

impl Counts {
    pub fn of<'a>(checks: impl IntoIterator<Item = &'a Check>) -> Self {
        let mut counts = Counts::default();
        for check in checks {
            *match check.outcome {
                Outcome::Pass => &mut counts.passed,
                Outcome::Fail(_) => &mut counts.failed,
                Outcome::Skip { .. } => &mut counts.skipped,
            } += 1;
        }
        counts
    }

    pub fn all(self) -> usize {
        self.passed + self.failed + self.skipped
    }

    /// Whole percents of what was proven either way, rounded down: 100 means that nothing failed. `None`: nothing was.
    pub fn success_rate(self) -> Option<usize> {
        (self.passed * 100).checked_div(self.passed + self.failed)
    }
}

pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_100_only_where_nothing_failed() {
        for (passed, failed, skipped, rate) in [
            (140, 0, 3, Some(100)),
            (139, 1, 0, Some(99)),
            (999, 1, 0, Some(99)),
            (0, 2, 0, Some(0)),
            (0, 0, 5, None),
        ] {
            let counts = Counts {
                passed,
                failed,
                skipped,
            };
            assert_eq!(counts.success_rate(), rate, "{counts:?}");
        }
    }

    #[test]
    fn a_report_survives_its_document() {
        let finding = Finding::new("5m", "30s").with_next_step("shopctl create --all");
        let outcomes = [
            Outcome::Pass,
            Outcome::Fail(finding),
            Outcome::Skip { why: "busy".into() },
        ];
        let checks = outcomes.map(|outcome| Check::new(Level::Probe, "delay", outcome));
        let text = serde_json::to_string(&checks).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Check>>(&text).unwrap(), checks);
        assert_eq!(
            Counts::of(&checks),
            Counts {
                passed: 1,
                failed: 1,
                skipped: 1
            }
        );
    }
}
