//! What one tick of `monitor` saw: a row a queue, a row a table, judged. What is not known is `None`, never zero.

use serde::Serialize;

use super::id::ResourceId;
use super::units::Seconds;

/// Of the document that machines read.
pub const SCHEMA_VERSION: u32 = 1;

/// From good to bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    #[default]
    Healthy,
    /// Never seen yet.
    Unknown,
    Warning,
    Critical,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tick {
    pub schema_version: u32,
    /// RFC 3339, UTC.
    pub time: String,
    pub project: String,
    pub env: Option<String>,
    pub region: String,
    /// `None`: AWS has not said yet.
    pub account: Option<String>,
    /// The worst of all rows.
    pub health: Health,
    pub queues: Vec<QueueRow>,
    pub tables: Vec<TableRow>,
    /// Rows whose last look failed.
    pub stale: Vec<ResourceId>,
    pub totals: Totals,
    /// What could not be had, and why.
    pub gaps: Vec<String>,
    pub rhythm: Rhythm,
    pub gate: Option<GateState>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueueRow {
    pub id: ResourceId,
    /// As AWS knows it.
    pub name: String,
    pub health: Health,
    pub reasons: Vec<String>,
    pub visible: Option<u64>,
    pub in_flight: Option<u64>,
    pub delayed: Option<u64>,
    pub oldest_age: Option<Seconds>,
    pub sent_per_second: Option<f64>,
    pub deleted_per_second: Option<f64>,
    /// Visible messages, a minute each, the present one last.
    pub trend: Vec<Option<u64>>,
    /// Where its messages go that are received too often.
    pub dead_letters: Option<DeadLetters>,
    pub is_dead_letter_queue: bool,
    /// When its oldest message expires, of a dead-letter queue that holds one.
    pub loss: Option<Loss>,
    pub sample: Sample,
}

impl QueueRow {
    /// All that it holds.
    pub fn held(&self) -> Option<u64> {
        Some(self.visible? + self.in_flight? + self.delayed?)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetters {
    pub queue: String,
    pub messages: Option<u64>,
}

/// How long until the oldest message of a dead-letter queue expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    pub at_least: Seconds,
    pub at_most: Seconds,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow {
    pub id: ResourceId,
    pub name: String,
    pub health: Health,
    pub reasons: Vec<String>,
    /// AWS's word.
    pub status: Option<String>,
    /// AWS counts items and bytes about every six hours (API TableDescription).
    pub items: Option<u64>,
    pub size_bytes: Option<u64>,
    /// The count may be this old.
    pub items_age_at_most: Seconds,
    pub read_units_per_second: Option<f64>,
    pub write_units_per_second: Option<f64>,
    pub throttled_per_second: Option<f64>,
    /// Those that are being built or removed.
    pub indexes: Vec<IndexRow>,
    pub sample: Sample,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexRow {
    pub name: String,
    pub status: String,
    pub percent: Option<f64>,
}

/// How a row came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sample {
    /// Successful looks so far.
    pub count: u64,
    /// Since the last of them, or since the beginning.
    pub age: Seconds,
    /// Why the last look failed.
    pub stale: Option<String>,
}

/// Over the rows that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub critical: usize,
    pub warning: usize,
    pub unknown: usize,
    pub healthy: usize,
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
    /// In dead-letter queues; these count above as well.
    pub dead_letters: u64,
    pub items: u64,
}

/// What watching costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rhythm {
    pub interval_ms: u64,
    pub calls_per_minute: u64,
    pub dollars_per_month: f64,
}

/// How a gate stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GateState {
    pub until: Option<&'static str>,
    pub fail_on: Option<&'static str>,
    /// `None`: not decided yet.
    pub passed: Option<bool>,
    /// What is not so yet, what failed, or what `--fail-on` cannot judge because it was not seen.
    pub because: Vec<Because>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Because {
    pub id: ResourceId,
    pub why: String,
}
