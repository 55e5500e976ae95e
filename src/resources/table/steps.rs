//! What one UpdateTable can do, and so which calls turn `live` into `desired`. Pure.
//!
//! UpdateTable performs one of: a change of billing, one index created, one index deleted; and while an
//! index is being made or removed, it refuses another (API UpdateTable). Time to live, point-in-time recovery
//! and tags have calls of their own. Tags go first, since they say whose the table is; the others go beside.

use crate::resources::tags::TagChanges;

use super::config::{
    BillingMode, IndexDesired, KeyAttribute, TableDesired, TableLive, TimeToLive, TimeToLiveStatus,
};
use super::diff;

/// One call of UpdateTable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableUpdate {
    DeleteIndex(String),
    DeletionProtection(bool),
    OnDemand,
    CreateIndex {
        name: String,
        index: IndexDesired,
        /// The keys of the table and of every index at that moment, this one's included.
        attributes: Vec<KeyAttribute>,
    },
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
    pub point_in_time_recovery: Option<bool>,
    /// These go one after another, each once the one before has settled.
    pub updates: Vec<TableUpdate>,
}

/// The calls that turn a live table into the declared one. Its keys must agree: see [`diff::diff`].
pub fn steps(desired: &TableDesired, live: &TableLive) -> Steps {
    Steps {
        tags: TagChanges::between(&desired.tags, &desired.untag, &live.tags),
        time_to_live: time_to_live(desired, live),
        point_in_time_recovery: desired
            .point_in_time_recovery
            .filter(|wanted| *wanted != live.point_in_time_recovery),
        updates: updates(desired, live),
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
        point_in_time_recovery: desired.point_in_time_recovery.filter(|wanted| *wanted),
        ..Steps::default()
    }
}

fn time_to_live(desired: &TableDesired, live: &TableLive) -> Option<TimeToLiveSteps> {
    use TimeToLiveStatus::{Disabled, Disabling, Enabled, Enabling};
    let wanted = desired.time_to_live.as_ref()?;
    if diff::time_to_live_agrees(wanted, &live.time_to_live) {
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
    let wanted = desired.global_secondary_indexes.as_ref();
    let mut keys = Keys::of(live);
    if let Some(wanted) = wanted {
        for (name, index) in &live.global_secondary_indexes {
            let stays = wanted
                .get(name)
                .is_some_and(|desired| diff::index_agrees(desired, index));
            if !stays {
                keys.remove_index(name);
                if !index.is_going() {
                    updates.push(TableUpdate::DeleteIndex(name.clone()));
                }
            }
        }
    }
    if let Some(on) = desired.deletion_protection
        && on != live.deletion_protection
    {
        updates.push(TableUpdate::DeletionProtection(on));
    }
    if desired.billing_mode == Some(BillingMode::PayPerRequest)
        && live.billing_mode == BillingMode::Provisioned
    {
        updates.push(TableUpdate::OnDemand);
    }
    for (name, index) in wanted.into_iter().flatten() {
        if !keys.has_index(name) {
            keys.add_index(name, &index.partition_key, index.sort_key.as_ref());
            updates.push(TableUpdate::CreateIndex {
                name: name.clone(),
                index: index.clone(),
                attributes: keys.attributes(),
            });
        }
    }
    updates
}

/// The key attributes in use, table and indexes: AttributeDefinitions must be exactly these.
struct Keys {
    table: Vec<KeyAttribute>,
    indexes: Vec<(String, Vec<KeyAttribute>)>,
}

impl Keys {
    fn of(live: &TableLive) -> Self {
        let mut keys = Keys {
            table: pair(&live.partition_key, live.sort_key.as_ref()),
            indexes: Vec::new(),
        };
        for (name, index) in &live.global_secondary_indexes {
            if !index.is_going() {
                keys.add_index(name, &index.partition_key, index.sort_key.as_ref());
            }
        }
        keys
    }

    fn has_index(&self, name: &str) -> bool {
        self.indexes.iter().any(|(index, _)| index == name)
    }

    fn remove_index(&mut self, name: &str) {
        self.indexes.retain(|(index, _)| index != name);
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
    let table = pair(&desired.partition_key, desired.sort_key.as_ref());
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
