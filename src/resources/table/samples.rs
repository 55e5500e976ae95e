//! Tables, declared and live, that tests of the pure part begin with.

use std::collections::BTreeMap;

use crate::resources::tags::Tags;

use super::config::{
    AttributeType, BillingMode, EncryptionLive, IndexDesired, IndexLive, KeyAttribute, Projection,
    RecoveryLive, Stream, TableClass, TableDesired, TableLive, TimeToLiveLive,
};
use super::fake::{self, keyed};
use super::steps::{Steps, steps};
use super::throughput::{ThroughputDesired, ThroughputLive};

pub fn key(name: &str) -> KeyAttribute {
    fake::key(name, AttributeType::S)
}

pub fn live() -> TableLive {
    TableLive {
        arn: "arn:aws:dynamodb:us-east-1:123456789012:table/T".into(),
        status: "ACTIVE".into(),
        partition_key: key("id"),
        sort_key: None,
        global_secondary_indexes: BTreeMap::new(),
        local_secondary_indexes: BTreeMap::new(),
        billing_mode: BillingMode::PayPerRequest,
        throughput: ThroughputLive::default(),
        deletion_protection: false,
        point_in_time_recovery: RecoveryLive::Off,
        time_to_live: TimeToLiveLive::default(),
        stream: Stream::Off,
        encryption: EncryptionLive::default(),
        table_class: TableClass::Standard,
        unsupported: None,
        tags: Tags::new(),
        item_count: 3,
        size_bytes: 300,
    }
}

pub fn desired() -> TableDesired {
    keyed(key("id"))
}

pub fn index_on(attribute: &str) -> IndexDesired {
    IndexDesired {
        partition_key: key(attribute),
        sort_key: None,
        projection: None,
        throughput: ThroughputDesired::default(),
    }
}

pub fn live_index(attribute: &str, status: &str) -> IndexLive {
    IndexLive {
        status: status.into(),
        backfilling: false,
        partition_key: key(attribute),
        sort_key: None,
        projection: Projection::All,
        throughput: ThroughputLive::default(),
    }
}

pub fn with_indexes(wanted: &[(&str, &str)]) -> TableDesired {
    let indexes = wanted.iter().map(|(n, a)| ((*n).to_owned(), index_on(a)));
    TableDesired {
        global_secondary_indexes: Some(indexes.collect()),
        ..desired()
    }
}

pub fn having_indexes(there: &[(&str, &str, &str)]) -> TableLive {
    let indexes = there
        .iter()
        .map(|(n, a, status)| ((*n).to_owned(), live_index(a, status)));
    TableLive {
        global_secondary_indexes: indexes.collect(),
        ..live()
    }
}

/// The updates as words: `-by-a`, `+by-b(id,b)`; those that go last after a `|`.
pub fn words(desired: &TableDesired, live: &TableLive) -> Vec<String> {
    let Steps { updates, last, .. } = steps(desired, live);
    let mut all: Vec<_> = updates.iter().map(fake::words).collect();
    all.extend(
        last.iter()
            .map(|update| format!("| {}", fake::words(update))),
    );
    all
}
