//! Throughput of a table and of its indexes: what is declared, what is there, what differs. Pure.
//!
//! Capacity counts only on a provisioned table, a maximum only on an on-demand one. A dimension that a scalable
//! target manages is left alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::change::{Delta, FieldChange, Unmanaged};

use super::config::{BillingMode, TableDesired, TableLive};
use super::indexes;

/// DynamoDB counts throughput in two dimensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadWrite<T> {
    pub read: T,
    pub write: T,
}

impl<T: Copy> ReadWrite<T> {
    pub fn map<U>(self, of: impl Fn(T) -> U) -> ReadWrite<U> {
        ReadWrite {
            read: of(self.read),
            write: of(self.write),
        }
    }

    pub fn zip<U: Copy>(self, other: ReadWrite<U>) -> ReadWrite<(T, U)> {
        ReadWrite {
            read: (self.read, other.read),
            write: (self.write, other.write),
        }
    }

    pub fn both(self) -> [T; 2] {
        [self.read, self.write]
    }
}

impl<T: Copy> ReadWrite<Option<T>> {
    pub fn all(self) -> Option<ReadWrite<T>> {
        Some(ReadWrite {
            read: self.read?,
            write: self.write?,
        })
    }

    pub fn is_none(self) -> bool {
        self.read.is_none() && self.write.is_none()
    }
}

/// `None`: not declared, left alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThroughputDesired {
    pub capacity: ReadWrite<Option<u64>>,
    pub maximum: ReadWrite<Option<Maximum>>,
}

impl ThroughputDesired {
    /// What of it a billing mode takes.
    pub fn within(self, mode: BillingMode) -> Self {
        match mode {
            BillingMode::Provisioned => ThroughputDesired {
                capacity: self.capacity,
                ..ThroughputDesired::default()
            },
            BillingMode::PayPerRequest => ThroughputDesired {
                maximum: self.maximum,
                ..ThroughputDesired::default()
            },
        }
    }
}

/// The most request units that an on-demand table may spend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maximum {
    #[default]
    Unlimited,
    Units(u64),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThroughputLive {
    /// 0 on demand.
    pub capacity: ReadWrite<u64>,
    pub maximum: ReadWrite<Maximum>,
    pub scaling: ReadWrite<Scaling>,
}

/// Who sets the capacity of a dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Nobody else.
    #[default]
    Fixed,
    Autoscaled {
        min: u64,
        max: u64,
    },
    /// Whoever asks is not allowed to know.
    Unknown,
}

impl ThroughputLive {
    /// What to declare to have it so.
    pub fn as_declared(self) -> ThroughputDesired {
        ThroughputDesired {
            capacity: self.capacity.map(Some),
            maximum: self.maximum.map(Some),
        }
    }

    /// Leaves out capacity that moves by itself.
    pub fn still(&mut self) {
        let kept = |(capacity, scaling)| match scaling {
            Scaling::Fixed => capacity,
            Scaling::Autoscaled { .. } | Scaling::Unknown => 0,
        };
        self.capacity = self.capacity.zip(self.scaling).map(kept);
    }
}

/// A name for each of something's throughput; `None` is the table itself.
pub type ByIndex<T> = BTreeMap<Option<String>, ReadWrite<T>>;

/// The table, or an index that stays, with what is declared of it.
pub struct Part<'a> {
    pub index: Option<&'a str>,
    pub desired: ThroughputDesired,
    pub live: &'a ThroughputLive,
}

/// The table and every index that is there and stays.
pub fn parts<'a>(desired: &TableDesired, live: &'a TableLive) -> Vec<Part<'a>> {
    let wanted = desired.global_secondary_indexes.as_ref();
    let table = Part {
        index: None,
        desired: desired.throughput,
        live: &live.throughput,
    };
    let indexes = indexes::staying(desired, live).map(|(name, index)| Part {
        index: Some(name),
        desired: wanted
            .and_then(|wanted| wanted.get(name))
            .map_or_else(ThroughputDesired::default, |index| index.throughput),
        live: &index.throughput,
    });
    std::iter::once(table).chain(indexes).collect()
}

/// The billing mode that the table has when all is done.
pub fn mode(desired: &TableDesired, live: &TableLive) -> BillingMode {
    desired.billing_mode.unwrap_or(live.billing_mode)
}

impl Part<'_> {
    pub fn name(&self) -> Option<String> {
        self.index.map(str::to_owned)
    }

    fn path(&self, field: &str) -> String {
        match self.index {
            Some(name) => format!("{}.{field}", indexes::global_path(name)),
            None => field.to_owned(),
        }
    }

    /// The capacity to set on a table that is provisioned already.
    pub fn capacity(&self) -> ReadWrite<Option<u64>> {
        let live = self.live.capacity.zip(self.live.scaling);
        let pairs = self.desired.capacity.zip(live);
        pairs.map(|(desired, (live, scaling))| {
            desired.filter(|wanted| scaling == Scaling::Fixed && *wanted != live)
        })
    }

    /// The capacity that a table which becomes provisioned begins with. AWS asks for one also where a scalable
    /// target takes over at once (DG bp-switching-capacity-modes).
    pub fn first_capacity(&self) -> ReadWrite<Option<u64>> {
        let pairs = self.desired.capacity.zip(self.live.scaling);
        pairs.map(|(desired, scaling)| match scaling {
            Scaling::Autoscaled { min, .. } => desired.or(Some(min)),
            Scaling::Fixed | Scaling::Unknown => desired,
        })
    }

    /// The maxima to set on a table that is on demand.
    pub fn maximum(&self) -> ReadWrite<Option<Maximum>> {
        let pairs = self.desired.maximum.zip(self.live.maximum);
        pairs.map(|(desired, live)| desired.filter(|wanted| *wanted != live))
    }
}

const CAPACITY: ReadWrite<&str> = ReadWrite {
    read: "read_capacity",
    write: "write_capacity",
};
const MAXIMUM: ReadWrite<&str> = ReadWrite {
    read: "max_read_request_units",
    write: "max_write_request_units",
};

pub fn diff(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    for part in parts(desired, live) {
        match (live.billing_mode, mode(desired, live)) {
            (BillingMode::PayPerRequest, BillingMode::Provisioned) => begun(&part, delta),
            (BillingMode::Provisioned, BillingMode::Provisioned) => capacity(&part, delta),
            (_, BillingMode::PayPerRequest) => maxima(&part, delta),
        }
    }
}

fn begun(part: &Part<'_>, delta: &mut Delta) {
    for (field, units) in CAPACITY.zip(part.first_capacity()).both() {
        if let Some(units) = units {
            let change = FieldChange::new(part.path(field), Value::Null, units);
            delta.changes.push(change);
        }
    }
}

fn capacity(part: &Part<'_>, delta: &mut Delta) {
    let ThroughputLive {
        capacity, scaling, ..
    } = *part.live;
    let there = capacity.zip(scaling);
    let wanted = part.desired.capacity.zip(part.capacity());
    for (field, ((desired, change), (now, scaling))) in CAPACITY.zip(wanted.zip(there)).both() {
        let path = part.path(field);
        if let Some(units) = change {
            let change = FieldChange::new(path, now, units);
            delta.changes.push(match units < now {
                true => change.with_effect(
                    "AWS lowers four times in the first hour of a day, then once an hour",
                ),
                false => change,
            });
            continue;
        }
        let said = match scaling {
            Scaling::Autoscaled { min, max } => format!("autoscaled {min}–{max}, now {now}"),
            Scaling::Unknown if desired.is_some_and(|wanted| wanted != now) => format!(
                "{now}, left alone: application-autoscaling:DescribeScalableTargets, which tells whether it is autoscaled, is not allowed"
            ),
            Scaling::Unknown | Scaling::Fixed => continue,
        };
        let live = Value::from(said);
        delta.unmanaged.push(Unmanaged { path, live });
    }
}

fn maxima(part: &Part<'_>, delta: &mut Delta) {
    let wanted = part.desired.maximum.zip(part.maximum());
    for (field, ((desired, change), live)) in MAXIMUM.zip(wanted.zip(part.live.maximum)).both() {
        let (path, live) = (part.path(field), spelled(live));
        if let Some(maximum) = change {
            let change = FieldChange::new(path, live, spelled(maximum));
            delta.changes.push(change);
        } else if desired.is_none() && !live.is_null() {
            delta.unmanaged.push(Unmanaged { path, live });
        }
    }
}

fn spelled(maximum: Maximum) -> Value {
    match maximum {
        Maximum::Units(units) => units.into(),
        Maximum::Unlimited => Value::Null,
    }
}

/// As a manifest spells what is declared for a billing mode.
pub fn fields(desired: ThroughputDesired, mode: BillingMode) -> Vec<(&'static str, Value)> {
    let ThroughputDesired { capacity, maximum } = desired.within(mode);
    let units = maximum.map(|maximum| match maximum {
        Some(Maximum::Units(units)) => Some(units),
        Some(Maximum::Unlimited) | None => None,
    });
    let all = [CAPACITY.zip(capacity).both(), MAXIMUM.zip(units).both()];
    let given = all.into_iter().flatten();
    given
        .filter_map(|(field, units)| Some((field, units?.into())))
        .collect()
}

/// Why the declared throughput cannot be had, and what to declare.
pub fn impossible(desired: &TableDesired, live: &TableLive) -> Option<(String, String)> {
    match mode(desired, live) {
        BillingMode::Provisioned => unprovisioned(desired, live).or_else(|| limited(desired, live)),
        BillingMode::PayPerRequest => None,
    }
}

/// An index on a provisioned table needs a capacity of its own (API CreateGlobalSecondaryIndexAction), and so
/// does all that is there when the table becomes provisioned (API UpdateTable).
fn unprovisioned(desired: &TableDesired, live: &TableLive) -> Option<(String, String)> {
    let switches = live.billing_mode == BillingMode::PayPerRequest;
    let wanted = desired.global_secondary_indexes.iter().flatten();
    let made = wanted
        .filter(|(name, _)| indexes::staying(desired, live).all(|(other, _)| other != *name))
        .filter(|(_, index)| index.throughput.capacity.all().is_none())
        .map(|(name, _)| name.as_str());
    let parts = parts(desired, live);
    let there = parts
        .iter()
        .filter(|part| switches && part.first_capacity().all().is_none())
        .map(|part| part.index.unwrap_or("the table itself"));
    let lacking: Vec<_> = there.chain(made).collect();
    (!lacking.is_empty()).then(|| {
        (
            format!(
                "provisioned capacity needs a capacity of its own for {}",
                lacking.join(", ")
            ),
            "declare billing_mode: PROVISIONED with read_capacity and write_capacity on the table and each of its global_secondary_indexes, or billing_mode: PAY_PER_REQUEST"
                .to_owned(),
        )
    })
}

/// A maximum is for on-demand tables (API OnDemandThroughput). Where the billing mode is to be ignored, so is it.
fn limited(desired: &TableDesired, live: &TableLive) -> Option<(String, String)> {
    let limits = |throughput: &ThroughputDesired| {
        let maxima = throughput.maximum.both();
        maxima
            .iter()
            .any(|maximum| matches!(maximum, Some(Maximum::Units(_))))
    };
    let indexes = desired.global_secondary_indexes.iter().flatten();
    let any = indexes
        .map(|(_, index)| &index.throughput)
        .chain([&desired.throughput])
        .any(limits);
    (any && live.billing_mode == BillingMode::Provisioned && !desired.ignore.contains("billing_mode"))
        .then(|| {
            (
                "has provisioned capacity, which takes no max_read_request_units or max_write_request_units".to_owned(),
                "declare billing_mode: PAY_PER_REQUEST, or remove the maxima".to_owned(),
            )
        })
}

#[cfg(test)]
#[path = "throughput_tests.rs"]
mod tests;
