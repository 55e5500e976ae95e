//! What came of a run, folded from its events.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::failure::Failure;
use super::id::ResourceId;
use super::plan::{SCHEMA_VERSION, Verb};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    Done { elapsed_ms: u64 },
    Failed { elapsed_ms: u64, failure: Failure },
    Skipped { why: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: ResourceId,
    pub verb: Verb,
    pub outcome: Outcome,
}

/// A copy of what a deleted resource held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenCopy {
    pub id: ResourceId,
    /// What it is and how AWS calls it: `backup shopctl-Orders-20261120T101500Z (arn:…)`.
    pub copy: String,
}

/// The document that `create` ends with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub schema_version: u32,
    /// In the order in which they ended.
    pub entries: Vec<Entry>,
    /// What was copied before it was deleted.
    #[serde(default)]
    pub copies: Vec<TakenCopy>,
    /// Resources that needed nothing.
    pub unchanged: usize,
    pub interrupted: bool,
    /// What was written was waited for and read back; not with `--no-wait`.
    pub read_back: bool,
    /// Every written resource was read back and matches.
    pub converged: bool,
    pub elapsed_ms: u64,
}

impl Report {
    pub fn new(unchanged: usize, read_back: bool) -> Self {
        Report {
            schema_version: SCHEMA_VERSION,
            entries: Vec::new(),
            copies: Vec::new(),
            unchanged,
            interrupted: false,
            read_back,
            converged: read_back,
            elapsed_ms: 0,
        }
    }

    pub fn record(&mut self, event: &Event) {
        let entry = match event {
            Event::Done { id, verb, elapsed } => Entry {
                id: id.clone(),
                verb: *verb,
                outcome: Outcome::Done {
                    elapsed_ms: millis(*elapsed),
                },
            },
            Event::Failed {
                id,
                verb,
                failure,
                elapsed,
            } => Entry {
                id: id.clone(),
                verb: *verb,
                outcome: Outcome::Failed {
                    elapsed_ms: millis(*elapsed),
                    failure: failure.clone(),
                },
            },
            Event::Skipped { id, verb, why } => Entry {
                id: id.clone(),
                verb: *verb,
                outcome: Outcome::Skipped { why: why.clone() },
            },
            Event::Copied { id, copy } => {
                self.copies.push(TakenCopy {
                    id: id.clone(),
                    copy: copy.clone(),
                });
                return;
            }
            Event::Interrupted { .. } => {
                self.interrupted = true;
                return;
            }
            Event::Finished { elapsed } => {
                self.elapsed_ms = millis(*elapsed);
                return;
            }
            Event::Planned { .. }
            | Event::Started { .. }
            | Event::Testing { .. }
            | Event::Tested { .. }
            | Event::Clearing { .. }
            | Event::Step { .. }
            | Event::Waiting { .. }
            | Event::Applied { .. } => return,
        };
        self.converged &= matches!(entry.outcome, Outcome::Done { .. });
        self.entries.push(entry);
    }

    pub fn done(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Done { .. }))
    }

    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed { .. }))
    }

    pub fn skipped(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Skipped { .. }))
    }

    pub fn failures(&self) -> impl Iterator<Item = (&Entry, &Failure)> {
        self.entries
            .iter()
            .filter_map(|entry| match &entry.outcome {
                Outcome::Failed { failure, .. } => Some((entry, failure)),
                _ => None,
            })
    }

    fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.entries.iter().filter(|e| wanted(&e.outcome)).count()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
