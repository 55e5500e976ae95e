//! What a service tells CloudWatch of itself: the words that both sides use.

use std::collections::BTreeMap;

/// One metric of one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// `AWS/SQS`
    pub namespace: String,
    pub name: String,
    pub dimensions: BTreeMap<String, String>,
}

/// What was observed within one period.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    /// Start of the period, in milliseconds since the epoch; what a service tells of itself comes by the minute.
    pub at: i64,
    pub observed: Observed,
    /// As CloudWatch spells it: `Count`, `Seconds`; `None` where nobody said.
    pub unit: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// Values, each with how often it occurred.
    Values(Vec<(f64, f64)>),
    /// Only their summary: no percentile can be had of it.
    Set(StatisticSet),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatisticSet {
    pub samples: f64,
    pub sum: f64,
    pub minimum: f64,
    pub maximum: f64,
}
