//! What one UpdateTable can do, and so which calls turn `live` into `desired`. Pure.
//!
//! UpdateTable performs one of: a change of throughput, one index created, one index deleted; and while an index
//! is being made or removed, it refuses another (API UpdateTable). What follows from that, and from the rest of
//! the law, is the order of `updates`, each once the one before has settled:
//!
//! 1. Indexes go, one a call: what comes after need not mind them, and their attributes may be given another type.
//! 2. Deletion protection.
//! 3. The stream. Another view type is another stream: off, then on (DG Streams).
//! 4. The billing mode. To provisioned with the capacity of the table and of every index that is there then.
//! 5. Capacities that rise, all in one call.
//! 6. On-demand maxima: those of the table by themselves, since `OnDemandThroughput` goes with no index update, then
//!    those of its indexes in one call.
//! 7. Indexes come, one a call, with exactly the key attributes then in use.
//!
//! What AWS allows only so many times goes `last`, where one that has to wait holds up no other: capacities that
//! fall, each of the table and its indexes by itself, since a call that lowers several fails whole (DG
//! ServiceQuotas); the table class, which goes alone; the encryption key.
//!
//! Time to live, point-in-time recovery and tags have calls of their own. Tags go first, since they say whose the
//! table is; the others go beside.

use std::collections::BTreeMap;

use crate::resources::tags::TagChanges;

use super::config::{
    BillingMode, Encryption, IndexDesired, KeyAttribute, Recovery, Stream, TableClass,
    TableDesired, TableLive, TimeToLive, TimeToLiveStatus,
};
use super::indexes;
use super::settings;
use super::throughput::{self, ByIndex, Maximum, ReadWrite, ThroughputLive};

/// One call of UpdateTable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableUpdate {
    DeleteIndex(String),
    DeletionProtection(bool),
    Stream(Stream),
    OnDemand,
    Provisioned(ByIndex<Option<u64>>),
    /// A dimension without a number stays as it is at that moment.
    Capacity(ByIndex<Option<u64>>),
    Maximum(ByIndex<Option<Maximum>>),
    CreateIndex {
        name: String,
        index: IndexDesired,
        /// The keys of the table and of every index at that moment, this one's included.
        attributes: Vec<KeyAttribute>,
    },
    TableClass(TableClass),
    Encryption(Encryption),
}

/// TTL takes one attribute at a time: another means off, a wait, and on again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeToLiveSteps {
    /// Switched off first. Turning it off needs the attribute's name (API UpdateTimeToLive).
    pub disable: Option<String>,
    /// A change that AWS has not finished must end before the next.
    pub wait_disabled: bool,
    pub enable: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// These three are independent of each other.
    pub tags: TagChanges,
    pub time_to_live: Option<TimeToLiveSteps>,
    pub point_in_time_recovery: Option<Recovery>,
    /// These go one after another, each once the one before has settled.
    pub updates: Vec<TableUpdate>,
    /// These go after them, in any order.
    pub last: Vec<TableUpdate>,
}

/// The calls that turn a live table into the declared one. Its keys must agree: see [`diff::diff`].
pub fn steps(desired: &TableDesired, live: &TableLive) -> Steps {
    Steps {
        tags: TagChanges::between(&desired.tags, &desired.untag, &live.tags),
        time_to_live: time_to_live(desired, live),
        point_in_time_recovery: desired
            .point_in_time_recovery
            .filter(|wanted| !settings::recovery_agrees(*wanted, live.point_in_time_recovery)),
        updates: updates(desired, live),
        last: last(desired, live),
    }
}

/// What is left to do once CreateTable has been called.
pub fn after_create(desired: &TableDesired) -> Steps {
    let enable = match &desired.time_to_live {
        Some(TimeToLive::Attribute(attribute)) => Some(attribute.clone()),
        _ => None,
    };
    Steps {
        time_to_live: enable.map(|attribute| TimeToLiveSteps {
            disable: None,
            wait_disabled: false,
            enable: Some(attribute),
        }),
        point_in_time_recovery: desired
            .point_in_time_recovery
            .filter(|wanted| *wanted != Recovery::Off),
        ..Steps::default()
    }
}

fn time_to_live(desired: &TableDesired, live: &TableLive) -> Option<TimeToLiveSteps> {
    use TimeToLiveStatus::{Disabled, Disabling, Enabled, Enabling};
    let wanted = desired.time_to_live.as_ref()?;
    if settings::time_to_live_agrees(wanted, &live.time_to_live) {
        return None;
    }
    let on = match live.time_to_live.status {
        Enabled | Enabling => live.time_to_live.attribute.clone(),
        Disabling | Disabled => None,
    };
    Some(TimeToLiveSteps {
        wait_disabled: on.is_some() || live.time_to_live.status == Disabling,
        disable: on,
        enable: match wanted {
            TimeToLive::Attribute(attribute) => Some(attribute.clone()),
            TimeToLive::Off => None,
        },
    })
}

fn updates(desired: &TableDesired, live: &TableLive) -> Vec<TableUpdate> {
    let mut updates = Vec::new();
    let mut keys = Keys::of(desired, live);
    for (name, index) in &live.global_secondary_indexes {
        if !index.is_going() && !keys.has_index(name) {
            updates.push(TableUpdate::DeleteIndex(name.clone()));
        }
    }
    if let Some(on) = desired.deletion_protection
        && on != live.deletion_protection
    {
        updates.push(TableUpdate::DeletionProtection(on));
    }
    updates.extend(stream(desired, live));
    updates.extend(billing(desired, live));
    let mode = throughput::mode(desired, live);
    for (name, index) in desired.global_secondary_indexes.iter().flatten() {
        if !keys.has_index(name) {
            keys.add_index(name, &index.partition_key, index.sort_key.as_ref());
            let index = IndexDesired {
                throughput: index.throughput.within(mode),
                ..index.clone()
            };
            updates.push(TableUpdate::CreateIndex {
                name: name.clone(),
                index,
                attributes: keys.attributes(),
            });
        }
    }
    updates
}

fn stream(desired: &TableDesired, live: &TableLive) -> Vec<TableUpdate> {
    match (live.stream, desired.stream) {
        (there, Some(wanted)) if there == wanted => vec![],
        (_, None) => vec![],
        (Stream::View(_), Some(view @ Stream::View(_))) => {
            vec![TableUpdate::Stream(Stream::Off), TableUpdate::Stream(view)]
        }
        (_, Some(wanted)) => vec![TableUpdate::Stream(wanted)],
    }
}

/// The billing mode, capacities that rise, and maxima.
fn billing(desired: &TableDesired, live: &TableLive) -> Vec<TableUpdate> {
    let mode = throughput::mode(desired, live);
    let parts = throughput::parts(desired, live);
    let mut updates = Vec::new();
    match (live.billing_mode, mode) {
        (BillingMode::PayPerRequest, BillingMode::Provisioned) => {
            let capacities = parts
                .iter()
                .map(|part| (part.name(), part.first_capacity()));
            updates.push(TableUpdate::Provisioned(capacities.collect()));
        }
        (BillingMode::Provisioned, BillingMode::PayPerRequest) => {
            updates.push(TableUpdate::OnDemand);
        }
        (BillingMode::Provisioned, BillingMode::Provisioned) => {
            let raised = parts
                .iter()
                .map(|part| (part.name(), part.capacity(), part.live));
            let raised = given(raised.map(|(name, capacity, live)| {
                (name, sifted(capacity, live, |wanted, now| wanted > now))
            }));
            updates.extend(raised.map(TableUpdate::Capacity));
        }
        (BillingMode::PayPerRequest, BillingMode::PayPerRequest) => {}
    }
    if mode == BillingMode::PayPerRequest {
        for of_table in [true, false] {
            let parts = parts
                .iter()
                .filter(|part| part.name().is_none() == of_table);
            let maxima = given(parts.map(|part| (part.name(), part.maximum())));
            updates.extend(maxima.map(TableUpdate::Maximum));
        }
    }
    updates
}

fn last(desired: &TableDesired, live: &TableLive) -> Vec<TableUpdate> {
    let mut last = Vec::new();
    let provisioned = [live.billing_mode, throughput::mode(desired, live)];
    if provisioned == [BillingMode::Provisioned; 2] {
        for part in throughput::parts(desired, live) {
            let lowered = sifted(part.capacity(), part.live, |wanted, now| wanted < now);
            let lowered = given([(part.name(), lowered)].into_iter());
            last.extend(lowered.map(TableUpdate::Capacity));
        }
    }
    if let Some(class) = desired.table_class
        && class != live.table_class
    {
        last.push(TableUpdate::TableClass(class));
    }
    if let Some(key) = &desired.encryption
        && !settings::encryption_agrees(key, &live.encryption)
    {
        last.push(TableUpdate::Encryption(key.clone()));
    }
    last
}

fn sifted(
    capacity: ReadWrite<Option<u64>>,
    live: &ThroughputLive,
    keep: impl Fn(u64, u64) -> bool,
) -> ReadWrite<Option<u64>> {
    let pairs = capacity.zip(live.capacity);
    pairs.map(|(wanted, now)| wanted.filter(|wanted| keep(*wanted, now)))
}

/// Those that say something; `None`: none does.
fn given<T: Copy>(
    all: impl Iterator<Item = (Option<String>, ReadWrite<Option<T>>)>,
) -> Option<BTreeMap<Option<String>, ReadWrite<Option<T>>>> {
    let given: BTreeMap<_, _> = all.filter(|(_, pair)| !pair.is_none()).collect();
    (!given.is_empty()).then_some(given)
}

/// The key attributes in use, table and indexes: AttributeDefinitions must be exactly these.
struct Keys {
    table: Vec<KeyAttribute>,
    indexes: Vec<(String, Vec<KeyAttribute>)>,
}

impl Keys {
    /// Those of the table, its local indexes, and the indexes that stay.
    fn of(desired: &TableDesired, live: &TableLive) -> Self {
        let mut table = pair(&live.partition_key, live.sort_key.as_ref());
        let local = live.local_secondary_indexes.values();
        table.extend(local.map(|index| index.sort_key.clone()));
        let mut keys = Keys {
            table,
            indexes: Vec::new(),
        };
        for (name, index) in indexes::staying(desired, live) {
            keys.add_index(name, &index.partition_key, index.sort_key.as_ref());
        }
        keys
    }

    fn has_index(&self, name: &str) -> bool {
        self.indexes.iter().any(|(index, _)| index == name)
    }

    fn add_index(&mut self, name: &str, partition: &KeyAttribute, sort: Option<&KeyAttribute>) {
        self.indexes.push((name.to_owned(), pair(partition, sort)));
    }

    fn attributes(&self) -> Vec<KeyAttribute> {
        distinct(
            self.table
                .iter()
                .chain(self.indexes.iter().flat_map(|(_, keys)| keys)),
        )
    }
}

fn pair(partition: &KeyAttribute, sort: Option<&KeyAttribute>) -> Vec<KeyAttribute> {
    std::iter::once(partition).chain(sort).cloned().collect()
}

/// Each attribute once, in the order of first use.
fn distinct<'a>(attributes: impl Iterator<Item = &'a KeyAttribute>) -> Vec<KeyAttribute> {
    let mut seen: Vec<KeyAttribute> = Vec::new();
    for attribute in attributes {
        if seen.iter().all(|other| other.name != attribute.name) {
            seen.push(attribute.clone());
        }
    }
    seen
}

/// The key attributes of a table that is to be made.
pub fn key_attributes(desired: &TableDesired) -> Vec<KeyAttribute> {
    let mut table = pair(&desired.partition_key, desired.sort_key.as_ref());
    let local = desired.local_secondary_indexes.iter().flatten();
    table.extend(local.map(|(_, index)| index.sort_key.clone()));
    let indexes: Vec<_> = desired
        .global_secondary_indexes
        .iter()
        .flatten()
        .flat_map(|(_, index)| pair(&index.partition_key, index.sort_key.as_ref()))
        .collect();
    distinct(table.iter().chain(&indexes))
}

#[cfg(test)]
#[path = "steps_tests.rs"]
mod tests;
