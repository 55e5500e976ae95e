//! Settle conditions of a table, as data.

use super::config::{IndexLive, TableLive};

/// The status in which nothing is under way (API TableDescription).
const SETTLED: &str = "ACTIVE";
const UPDATING: &str = "UPDATING";
/// A table in one of these will not become ACTIVE by waiting: it needs a person.
const STUCK: [&str; 4] = [
    "INACCESSIBLE_ENCRYPTION_CREDENTIALS",
    "ARCHIVING",
    "ARCHIVED",
    "REPLICATION_NOT_AUTHORIZED",
];

/// What has to be true before the next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until<'a> {
    /// The table itself.
    Active,
    /// An index that was made: the table and it.
    IndexActive(&'a str),
    IndexGone(&'a str),
    /// The table, and every index whose throughput is being changed.
    Updated,
    /// The table and every index.
    AllActive,
}

/// Why it is not yet so; `None`: it is.
pub fn pending(table: &TableLive, until: Until<'_>) -> Option<String> {
    if table.status != SETTLED {
        return Some(format!("the table is {}", table.status));
    }
    if table.encryption.settling {
        return Some("its encryption key is being changed".to_owned());
    }
    let indexes = &table.global_secondary_indexes;
    match until {
        Until::Active => None,
        Until::IndexActive(name) => match indexes.get(name) {
            Some(index) => unsettled(name, index),
            None => Some(format!("index {name} is not there yet")),
        },
        Until::IndexGone(name) => indexes.get(name).map(|index| busy(name, index)),
        Until::Updated => indexes
            .iter()
            .find_map(|(name, index)| (index.status == UPDATING).then(|| busy(name, index))),
        Until::AllActive => indexes
            .iter()
            .find_map(|(name, index)| unsettled(name, index)),
    }
}

/// A status out of which no waiting leads.
pub fn stuck(table: &TableLive) -> Option<String> {
    STUCK
        .contains(&table.status.as_str())
        .then(|| format!("the table is {}", table.status))
}

fn unsettled(name: &str, index: &IndexLive) -> Option<String> {
    (index.status != SETTLED).then(|| busy(name, index))
}

fn busy(name: &str, index: &IndexLive) -> String {
    let phase = if index.backfilling { ", filling" } else { "" };
    format!("index {name} is {}{phase}", index.status)
}
