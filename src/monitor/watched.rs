//! What is watched, and what is known of it so far.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::model::id::ResourceId;
use crate::model::tick::{IndexRow, Sample};
use crate::model::units::Seconds;
use crate::resources::queue::config::is_fifo;

use super::metrics::MINUTES;

/// What a successful look at a queue found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueSeen {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
    pub visibility_timeout: Seconds,
    pub retention: Seconds,
    pub redrive: Option<Redrive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub queue: String,
    pub attempts: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableSeen {
    pub status: String,
    pub items: u64,
    pub size_bytes: u64,
    /// Those that are not ACTIVE.
    pub indexes: Vec<IndexRow>,
}

/// What came of looks at one resource.
#[derive(Clone, Debug)]
pub struct Looks<T> {
    pub seen: Seen<T>,
    pub count: u64,
    /// Of the last successful one, or of the beginning.
    pub at: Instant,
    pub failure: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen<T> {
    NotYet,
    /// There is no such resource.
    Missing,
    There(T),
}

impl<T> Looks<T> {
    pub fn new(now: Instant) -> Self {
        Looks {
            seen: Seen::NotYet,
            count: 0,
            at: now,
            failure: None,
        }
    }

    pub fn succeeded(&mut self, found: Option<T>, now: Instant) {
        self.seen = found.map_or(Seen::Missing, Seen::There);
        self.count += 1;
        self.at = now;
        self.failure = None;
    }

    pub fn there(&self) -> Option<&T> {
        match &self.seen {
            Seen::There(seen) => Some(seen),
            Seen::NotYet | Seen::Missing => None,
        }
    }

    pub fn sample(&self, now: Instant) -> Sample {
        Sample {
            count: self.count,
            age: Seconds(now.saturating_duration_since(self.at).as_secs()),
            stale: self.failure.clone(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Queue {
    pub id: ResourceId,
    pub name: String,
    pub url: Option<String>,
    /// The manifest says so; live queues may say so too.
    pub declared_dead_letter: bool,
    pub looks: Looks<QueueSeen>,
    pub metrics: QueueMetrics,
    /// The most visible messages of each minute since the epoch.
    pub history: BTreeMap<i64, u64>,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub id: ResourceId,
    pub name: String,
    pub looks: Looks<TableSeen>,
    pub metrics: TableMetrics,
}

/// What CloudWatch said last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QueueMetrics {
    pub sent_per_second: Option<f64>,
    pub deleted_per_second: Option<f64>,
    pub oldest_age: Option<Seconds>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableMetrics {
    pub read_units_per_second: Option<f64>,
    pub write_units_per_second: Option<f64>,
    pub throttled_per_second: Option<f64>,
    /// Of indexes that are being built.
    pub progress: BTreeMap<String, f64>,
}

impl Queue {
    pub fn new(id: ResourceId, name: &str, declared_dead_letter: bool, now: Instant) -> Self {
        Queue {
            id,
            name: name.to_owned(),
            url: None,
            declared_dead_letter,
            looks: Looks::new(now),
            metrics: QueueMetrics::default(),
            history: BTreeMap::new(),
        }
    }

    pub fn is_fifo(&self) -> bool {
        is_fifo(&self.name)
    }

    /// By its name.
    pub fn dead_letter_queue(&self) -> Option<&String> {
        Some(&self.looks.there()?.redrive.as_ref()?.queue)
    }

    /// What it holds goes into its history, and what is older than the trend out of it.
    pub fn remember(&mut self, minute: i64) {
        if let Some(seen) = self.looks.there() {
            self.history.insert(minute, seen.visible);
        }
        self.history.retain(|at, _| *at > minute - MINUTES);
    }

    pub fn trend(&self, minute: i64) -> Vec<Option<u64>> {
        let minutes = minute - MINUTES + 1..=minute;
        minutes.map(|at| self.history.get(&at).copied()).collect()
    }
}

impl Table {
    pub fn new(id: ResourceId, name: &str, now: Instant) -> Self {
        Table {
            id,
            name: name.to_owned(),
            looks: Looks::new(now),
            metrics: TableMetrics::default(),
        }
    }

    /// Seen, and with nothing under way.
    pub fn is_settled(&self) -> bool {
        let settled = |seen: &TableSeen| seen.status == "ACTIVE" && seen.indexes.is_empty();
        self.looks.failure.is_none() && self.looks.there().is_some_and(settled)
    }
}
