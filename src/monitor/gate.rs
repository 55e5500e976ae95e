//! Whether a deployment may go on: a fold over ticks. Pure.

use std::collections::BTreeMap;

use crate::model::condition::{FailOn, Until};
use crate::model::id::ResourceId;
use crate::model::thresholds::Thresholds;
use crate::model::tick::{Because, GateState, Health, QueueRow, Sample, Tick};
use crate::model::units::Seconds;

/// One look may meet a moment; so many in a row do not.
const IN_A_ROW: u32 = 3;
/// What was seen longer ago says nothing of now, whatever its samples were. No pause after throttling is longer.
const FRESH: Seconds = Seconds(90);

pub struct Gate {
    until: Option<Until>,
    fail_on: Option<FailOn>,
    thresholds: Thresholds,
    in_a_row: u32,
    good: Streaks,
    bad: Streaks,
    state: GateState,
}

/// Fresh samples in a row of each resource. A look that failed is no sample: it neither counts nor breaks a row.
type Streaks = BTreeMap<ResourceId, Streak>;

#[derive(Clone, Copy, Debug, Default)]
struct Streak {
    length: u32,
    sample: u64,
}

impl Gate {
    pub fn new(until: Option<Until>, fail_on: Option<FailOn>, thresholds: Thresholds) -> Gate {
        Gate {
            until,
            fail_on,
            thresholds,
            in_a_row: IN_A_ROW,
            good: Streaks::new(),
            bad: Streaks::new(),
            state: GateState {
                until: until.map(Until::word),
                fail_on: fail_on.map(FailOn::word),
                ..GateState::default()
            },
        }
    }

    /// Decides by one tick.
    pub fn at_once(mut self) -> Gate {
        self.in_a_row = 1;
        self
    }

    pub fn is_set(&self) -> bool {
        self.until.is_some() || self.fail_on.is_some()
    }

    pub fn state(&self) -> &GateState {
        &self.state
    }

    /// How it stands after one more tick.
    pub fn see(&mut self, tick: &Tick) -> &GateState {
        let failed = self.failed(tick);
        let missing = self.missing(tick);
        let met = self.until.is_some() && missing.is_empty();
        let (passed, because) = match (failed.is_empty(), met) {
            (false, _) => (Some(false), failed),
            (true, true) => (Some(true), Vec::new()),
            (true, false) => (None, missing),
        };
        self.state.passed = passed;
        self.state.because = because;
        &self.state
    }

    /// What `--fail-on` forbids and has seen.
    fn failed(&mut self, tick: &Tick) -> Vec<Because> {
        match self.fail_on {
            None => Vec::new(),
            // A dead letter stays until somebody takes it: one look is enough.
            Some(FailOn::Dlq) => {
                let rows = tick.queues.iter();
                let over = rows.filter(|row| {
                    row.is_dead_letter_queue
                        && row
                            .held()
                            .is_some_and(|held| held > self.thresholds.dead_letters)
                });
                over.map(|row| because(&row.id, &row.reasons, "it holds dead letters"))
                    .collect()
            }
            Some(FailOn::Unhealthy) => {
                let mut failed = Vec::new();
                for row in rows(tick) {
                    let critical = row.health == Health::Critical;
                    let length = count(&mut self.bad, &row, critical);
                    // What cannot be looked at has been so for minutes, and has no samples to count.
                    let lost = critical
                        && row.sample.stale.is_some()
                        && row.sample.age >= self.thresholds.stale;
                    if lost || length >= self.in_a_row {
                        failed.push(because(row.id, row.reasons, "it is unhealthy"));
                    }
                }
                failed
            }
        }
    }

    /// What `--until` wants and is not so yet; without it, what `--fail-on` cannot judge.
    fn missing(&mut self, tick: &Tick) -> Vec<Because> {
        let Some(until) = self.until else {
            return self.unseen(tick);
        };
        let mut missing = Vec::new();
        for row in rows(tick) {
            let wrong = wrong(until, &row);
            let length = count(&mut self.good, &row, wrong.is_none());
            match wrong {
                Some(why) => missing.push(Because {
                    id: row.id.clone(),
                    why,
                }),
                None if row.sample.age >= FRESH => missing.push(Because {
                    id: row.id.clone(),
                    why: format!("last seen {} ago", row.sample.age.in_short()),
                }),
                None if length < self.in_a_row => missing.push(Because {
                    id: row.id.clone(),
                    why: format!("so in {length} of {} samples", self.in_a_row),
                }),
                None => {}
            }
        }
        missing
    }

    /// Nothing bad was seen where nothing was seen.
    fn unseen(&self, tick: &Tick) -> Vec<Because> {
        let Some(fail_on) = self.fail_on else {
            return Vec::new();
        };
        let judged = |row: &Row<'_>| match fail_on {
            FailOn::Unhealthy => true,
            FailOn::Dlq => row.queue.is_some_and(|queue| queue.is_dead_letter_queue),
        };
        let unseen = |row: &Row<'_>| {
            let lost = row.sample.stale.is_some() && row.sample.age >= self.thresholds.stale;
            row.sample.count == 0 || lost
        };
        rows(tick)
            .filter(|row| judged(row) && unseen(row))
            .map(|row| because(row.id, row.reasons, "not seen yet"))
            .collect()
    }
}

/// What both kinds of row have.
struct Row<'a> {
    id: &'a ResourceId,
    health: Health,
    reasons: &'a [String],
    sample: &'a Sample,
    queue: Option<&'a QueueRow>,
}

fn rows(tick: &Tick) -> impl Iterator<Item = Row<'_>> {
    let queues = tick.queues.iter().map(|row| Row {
        id: &row.id,
        health: row.health,
        reasons: &row.reasons,
        sample: &row.sample,
        queue: Some(row),
    });
    let tables = tick.tables.iter().map(|row| Row {
        id: &row.id,
        health: row.health,
        reasons: &row.reasons,
        sample: &row.sample,
        queue: None,
    });
    queues.chain(tables)
}

fn wrong(until: Until, row: &Row<'_>) -> Option<String> {
    match until {
        Until::Healthy if row.health == Health::Healthy => None,
        Until::Healthy => Some(because(row.id, row.reasons, "not seen yet").why),
        Until::Empty | Until::Drained => {
            let queue = row.queue?;
            if until == Until::Drained && queue.is_dead_letter_queue {
                return None;
            }
            match queue.held() {
                Some(0) => None,
                None => Some(because(row.id, row.reasons, "not seen yet").why),
                Some(_) => Some(format!(
                    "{} visible, {} in flight, {} delayed",
                    queue.visible.unwrap_or(0),
                    queue.in_flight.unwrap_or(0),
                    queue.delayed.unwrap_or(0)
                )),
            }
        }
    }
}

/// The length of the row's streak, with this sample of it.
fn count(streaks: &mut Streaks, row: &Row<'_>, so: bool) -> u32 {
    let streak = streaks.entry(row.id.clone()).or_default();
    if !so {
        streak.length = 0;
    } else if row.sample.count > streak.sample {
        streak.length += 1;
    }
    streak.sample = row.sample.count;
    streak.length
}

fn because(id: &ResourceId, reasons: &[String], otherwise: &str) -> Because {
    let why = match reasons {
        [] => otherwise.to_owned(),
        reasons => reasons.join("; "),
    };
    Because {
        id: id.clone(),
        why,
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
