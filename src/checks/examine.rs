//! One resource under examination: each check is timed, bounded by the command's deadline, and told once it has ended.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::FutureExt;
use tokio::time::Instant;

use crate::aws::poll::{self, Look, Rhythm, SystemClock};
use crate::model::check::{Check, Counts, Finding, Level, Outcome};
use crate::model::event::Event;
use crate::model::failure::{Failure, FailureKind};
use crate::model::id::ResourceId;

pub struct Examiner<'a> {
    pub id: &'a ResourceId,
    pub level: Level,
    pub deadline: Instant,
    pub say: &'a dyn Fn(Event),
    pub tell: &'a dyn Fn(&ResourceId, Check),
    counts: Cell<Counts>,
}

/// Why a check did not pass.
#[derive(Debug)]
pub enum Amiss {
    Differs(Finding),
    Unproven(String),
    Failed(Failure),
}

impl From<Failure> for Amiss {
    fn from(failure: Failure) -> Self {
        Amiss::Failed(failure)
    }
}

impl From<Finding> for Amiss {
    fn from(finding: Finding) -> Self {
        Amiss::Differs(finding)
    }
}

impl<'a> Examiner<'a> {
    pub fn new(
        id: &'a ResourceId,
        level: Level,
        deadline: Instant,
        say: &'a dyn Fn(Event),
        tell: &'a dyn Fn(&ResourceId, Check),
    ) -> Self {
        Examiner {
            id,
            level,
            deadline,
            say,
            tell,
            counts: Cell::default(),
        }
    }

    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    /// Makes a check; `None`: it did not pass. `expected` says in words what holds where it does.
    pub async fn check<T>(
        &self,
        name: impl Into<String>,
        expected: &str,
        work: impl Future<Output = Result<T, Amiss>>,
    ) -> Option<T> {
        let name = name.into();
        (self.say)(Event::Step {
            id: self.id.clone(),
            what: name.clone(),
        });
        let start = Instant::now();
        let done = match start < self.deadline {
            true => tokio::time::timeout_at(self.deadline, work.boxed_local())
                .await
                .unwrap_or_else(|_| Err(late(expected))),
            false => Err(late(expected)),
        };
        let (outcome, value) = match done {
            Ok(value) => (Outcome::Pass, Some(value)),
            Err(Amiss::Differs(finding)) => (Outcome::Fail(finding), None),
            Err(Amiss::Unproven(why)) => (Outcome::Skip { why }, None),
            Err(Amiss::Failed(failure)) => {
                let finding = Finding::of_failure(expected, &failure);
                (Outcome::Fail(finding), None)
            }
        };
        self.record(Check::new(self.level, name, outcome).took(start.elapsed()));
        value
    }

    pub fn skip(&self, name: impl Into<String>, why: impl Into<String>) {
        let outcome = Outcome::Skip { why: why.into() };
        self.record(Check::new(self.level, name, outcome));
    }

    fn record(&self, check: Check) {
        let more = Counts::of([&check]);
        let counts = self.counts.get();
        self.counts.set(Counts {
            passed: counts.passed + more.passed,
            failed: counts.failed + more.failed,
            skipped: counts.skipped + more.skipped,
        });
        (self.tell)(self.id, check);
    }

    /// Looks until it is so, no longer than `patience`: then what was seen last is the finding.
    ///
    /// # Errors
    /// The call that failed, or what was seen instead.
    pub async fn until<T>(
        &self,
        patience: Duration,
        expected: &str,
        mut look: impl AsyncFnMut() -> Result<Look<T>, Failure>,
    ) -> Result<T, Amiss> {
        let last = std::cell::RefCell::new(String::new());
        let deadline = (Instant::now() + patience).min(self.deadline);
        let waiting = |why: &str, _| why.clone_into(&mut last.borrow_mut());
        let found = poll::until(&SystemClock, Rhythm::QUICK, deadline, waiting, async || {
            look().await
        });
        match found.await {
            Err(failure) if failure.kind == FailureKind::Timeout => {
                let seen = format!("{} within {} s", last.borrow(), patience.as_secs());
                Err(Finding::new(expected, seen).into())
            }
            found => found.map_err(Amiss::Failed),
        }
    }
}

fn late(expected: &str) -> Amiss {
    Finding::new(expected, "not proven within --timeout")
        .with_next_step("give it longer with --timeout, or fewer resources with --only")
        .into()
}
