//! Table: desired × live → changes. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::change::{Delta, FieldChange, Unmanaged, spelled};
use crate::model::hazard::{Hazard, HazardKind};
use crate::resources::tags::{TagChanges, Tags};

use super::config::{
    AttributeType, BillingMode, IndexDesired, IndexLive, KeyAttribute, Projection, TableDesired,
    TableLive, TimeToLive, TimeToLiveLive, TimeToLiveStatus,
};

/// What comparing says; [`super::steps`] has the calls.
pub fn diff(desired: &TableDesired, live: &TableLive) -> Delta {
    let mut delta = Delta::default();
    keys(desired, live, &mut delta);
    billing(desired, live, &mut delta);
    indexes(desired, live, &mut delta);
    time_to_live(desired, live, &mut delta);
    protections(desired, live, &mut delta);
    let tags = TagChanges::between(&desired.tags, &desired.untag, &live.tags);
    delta.changes.extend(tags.fields(&live.tags));
    delta.impossible = provisioned_index(desired, live);
    if delta.replace {
        replace(&mut delta);
    }
    delta
}

/// The settings of a table that is not there yet, our own defaults included.
pub fn on_create(desired: &TableDesired) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut set = |path: &str, value: Value| {
        changes.push(FieldChange::new(path, Value::Null, value));
    };
    set("partition_key", key(&desired.partition_key));
    if let Some(sort) = &desired.sort_key {
        set("sort_key", key(sort));
    }
    for (name, wanted) in desired.global_secondary_indexes.iter().flatten() {
        set(&index_path(name), index(wanted));
    }
    let mode = desired.billing_mode.unwrap_or(BillingMode::PayPerRequest);
    set("billing_mode", spelled(mode));
    if let Some(TimeToLive::Attribute(attribute)) = &desired.time_to_live {
        set("time_to_live", attribute.as_str().into());
    }
    if desired.point_in_time_recovery == Some(true) {
        set("point_in_time_recovery", true.into());
    }
    if desired.deletion_protection == Some(true) {
        set("deletion_protection", true.into());
    }
    let none = Tags::new();
    changes.extend(TagChanges::between(&desired.tags, &desired.untag, &none).fields(&none));
    changes
}

/// Table keys, and their types, are fixed for the life of a table (API UpdateTable).
fn keys(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let sort =
        |key_attribute: &Option<KeyAttribute>| key_attribute.as_ref().map_or(Value::Null, key);
    let pairs = [
        (
            "partition_key",
            key(&live.partition_key),
            key(&desired.partition_key),
        ),
        ("sort_key", sort(&live.sort_key), sort(&desired.sort_key)),
    ];
    for (path, live, desired) in pairs {
        if live != desired {
            delta.replace = true;
            delta.changes.push(
                FieldChange::new(path, live, desired)
                    .with_effect("a table's keys cannot be changed: it is deleted and made anew"),
            );
        }
    }
}

fn replace(delta: &mut Delta) {
    delta.hazards.push(Hazard::new(
        HazardKind::Replace,
        "the table is deleted and made anew",
    ));
}

fn billing(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    match desired.billing_mode {
        Some(mode) if mode != live.billing_mode => delta.changes.push(
            FieldChange::new("billing_mode", spelled(live.billing_mode), spelled(mode))
                .with_effect("possible four times in 24 hours"),
        ),
        None if live.billing_mode != BillingMode::PayPerRequest => {
            delta.unmanaged.push(Unmanaged {
                path: "billing_mode".to_owned(),
                live: spelled(live.billing_mode),
            });
        }
        _ => {}
    }
}

fn indexes(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    for name in &live.local_secondary_indexes {
        delta.unmanaged.push(Unmanaged {
            path: format!("local_secondary_indexes.{name}"),
            live: true.into(),
        });
    }
    // An index that is being deleted is gone already as far as a plan is concerned.
    let there: BTreeMap<_, _> = live
        .global_secondary_indexes
        .iter()
        .filter(|(_, index)| !index.is_going())
        .collect();
    let Some(wanted) = &desired.global_secondary_indexes else {
        delta
            .unmanaged
            .extend(there.iter().map(|(name, live)| Unmanaged {
                path: index_path(name),
                live: index_live(live),
            }));
        return;
    };
    for (name, live) in &there {
        match wanted.get(*name) {
            None => removed(name, live, delta),
            Some(desired) if !index_agrees(desired, live) => remade(name, live, desired, delta),
            Some(_) => {}
        }
    }
    for (name, desired) in wanted {
        if !there.contains_key(name) {
            delta.changes.push(
                FieldChange::new(index_path(name), Value::Null, index(desired)).with_effect(
                    "built from the table's items; queries see it when it is complete",
                ),
            );
        }
    }
}

/// An index on a provisioned table needs a capacity of its own (API CreateGlobalSecondaryIndexAction), which
/// this version does not declare.
fn provisioned_index(desired: &TableDesired, live: &TableLive) -> Option<(String, String)> {
    let mode = desired.billing_mode.unwrap_or(live.billing_mode);
    let wanted = desired.global_secondary_indexes.iter().flatten();
    let there = |name: &String| live.global_secondary_indexes.get(name);
    let missing: Vec<_> = wanted
        .filter(|(name, index)| !there(name).is_some_and(|live| index_agrees(index, live)))
        .map(|(name, _)| name.as_str())
        .collect();
    (mode == BillingMode::Provisioned && !missing.is_empty()).then(|| {
        (
            format!(
                "has provisioned capacity, and an index on it would need its own: {}",
                missing.join(", ")
            ),
            "declare billing_mode: PAY_PER_REQUEST, or add the index yourself as it is declared"
                .to_owned(),
        )
    })
}

fn removed(name: &str, live: &IndexLive, delta: &mut Delta) {
    delta.changes.push(FieldChange::new(
        index_path(name),
        index_live(live),
        Value::Null,
    ));
    delta.hazards.push(Hazard::new(
        HazardKind::DeleteIndex,
        format!("index {name} is removed: queries on it fail from then on"),
    ));
}

fn remade(name: &str, live: &IndexLive, desired: &IndexDesired, delta: &mut Delta) {
    delta.changes.push(
        FieldChange::new(index_path(name), index_live(live), index(desired)).with_effect(
            "removed, then built anew; to avoid the gap add it under a new name first",
        ),
    );
    delta.hazards.push(Hazard::new(
        HazardKind::DeleteIndex,
        format!("index {name} is removed and built anew: queries on it fail meanwhile"),
    ));
}

/// Whether a live index is the declared one. An undeclared projection agrees with any.
pub fn index_agrees(desired: &IndexDesired, live: &IndexLive) -> bool {
    desired.partition_key == live.partition_key
        && desired.sort_key == live.sort_key
        && desired
            .projection
            .as_ref()
            .is_none_or(|projection| *projection == live.projection)
}

fn time_to_live(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = match &live.time_to_live {
        TimeToLiveLive {
            status: TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling,
            attribute: Some(attribute),
        } => Value::from(attribute.as_str()),
        _ => Value::from(false),
    };
    match &desired.time_to_live {
        None if there != false => delta.unmanaged.push(Unmanaged {
            path: "time_to_live".to_owned(),
            live: there,
        }),
        Some(wanted) if !time_to_live_agrees(wanted, &live.time_to_live) => {
            let (value, effect): (Value, _) = match wanted {
                TimeToLive::Attribute(attribute) if there != false => (
                    attribute.as_str().into(),
                    "switched off first; AWS allows the next change only about an hour later",
                ),
                TimeToLive::Attribute(attribute) => (
                    attribute.as_str().into(),
                    "items whose time has passed are deleted; takes effect within the hour",
                ),
                TimeToLive::Off => (false.into(), "items no longer expire; within the hour"),
            };
            delta
                .changes
                .push(FieldChange::new("time_to_live", there, value).with_effect(effect));
        }
        _ => {}
    }
}

/// ENABLING with the declared attribute is as good as enabled, DISABLING as good as off.
pub fn time_to_live_agrees(desired: &TimeToLive, live: &TimeToLiveLive) -> bool {
    use TimeToLiveStatus::{Disabled, Disabling, Enabled, Enabling};
    match (desired, live.status) {
        (TimeToLive::Attribute(wanted), Enabled | Enabling) => {
            live.attribute.as_ref() == Some(wanted)
        }
        (TimeToLive::Off, Disabled | Disabling) => true,
        _ => false,
    }
}

/// What protects data: switching it off is a hazard.
fn protections(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let both = [
        (
            "deletion_protection",
            desired.deletion_protection,
            live.deletion_protection,
            "the table can then be deleted",
        ),
        (
            "point_in_time_recovery",
            desired.point_in_time_recovery,
            live.point_in_time_recovery,
            "the continuous backups are lost at once",
        ),
    ];
    for (path, desired, live, consequence) in both {
        match desired {
            Some(wanted) if wanted != live => {
                delta.changes.push(FieldChange::new(path, live, wanted));
                if !wanted {
                    delta.hazards.push(Hazard::new(
                        HazardKind::Weaken,
                        format!("{path} is switched off: {consequence}"),
                    ));
                }
            }
            None if live => delta.unmanaged.push(Unmanaged {
                path: path.to_owned(),
                live: true.into(),
            }),
            _ => {}
        }
    }
}

fn index_path(name: &str) -> String {
    format!("global_secondary_indexes.{name}")
}

/// As a manifest spells a key: its name, or name and type where that is not S.
fn key(key: &KeyAttribute) -> Value {
    match key.attribute_type {
        AttributeType::S => key.name.as_str().into(),
        attribute_type => json!({"name": key.name, "type": spelled(attribute_type)}),
    }
}

fn index(desired: &IndexDesired) -> Value {
    let projection = desired.projection.as_ref().unwrap_or(&Projection::All);
    index_value(
        &desired.partition_key,
        desired.sort_key.as_ref(),
        projection,
    )
}

fn index_live(live: &IndexLive) -> Value {
    index_value(
        &live.partition_key,
        live.sort_key.as_ref(),
        &live.projection,
    )
}

fn index_value(
    partition: &KeyAttribute,
    sort: Option<&KeyAttribute>,
    projection: &Projection,
) -> Value {
    let mut value = json!({"partition_key": key(partition)});
    if let Some(sort) = sort {
        value["sort_key"] = key(sort);
    }
    match projection {
        Projection::All => {}
        Projection::KeysOnly => value["projection"] = "KEYS_ONLY".into(),
        Projection::Include(attributes) => value["projection"] = json!(attributes),
    }
    value
}
