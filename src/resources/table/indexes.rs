//! Indexes: which stay, what differs, how a manifest spells them. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::change::{Delta, FieldChange, Unmanaged, spelled};
use crate::model::hazard::{Hazard, HazardKind};

use super::config::{
    AttributeType, BillingMode, IndexDesired, IndexLive, KeyAttribute, LocalIndex, Projection,
    TableDesired, TableLive,
};
use super::throughput;

/// The live indexes that are left as they are: those of a declaration that agrees, or all where none is declared.
/// One that is being deleted is gone already as far as a plan is concerned.
pub fn staying<'a>(
    desired: &TableDesired,
    live: &'a TableLive,
) -> impl Iterator<Item = (&'a str, &'a IndexLive)> {
    let wanted = desired.global_secondary_indexes.as_ref();
    let stays = move |name: &String, live: &IndexLive| {
        wanted.is_none_or(|wanted| wanted.get(name).is_some_and(|it| global_agrees(it, live)))
    };
    let there = live.global_secondary_indexes.iter();
    there
        .filter(move |(name, index)| !index.is_going() && stays(name, index))
        .map(|(name, index)| (name.as_str(), index))
}

/// Whether a live index is the declared one. An undeclared projection agrees with any.
pub fn global_agrees(desired: &IndexDesired, live: &IndexLive) -> bool {
    desired.partition_key == live.partition_key
        && desired.sort_key == live.sort_key
        && projection_agrees(desired.projection.as_ref(), &live.projection)
}

fn projection_agrees(desired: Option<&Projection>, live: &Projection) -> bool {
    desired.is_none_or(|projection| projection == live)
}

pub fn diff(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    local(desired, live, delta);
    global(desired, live, delta);
}

/// Local indexes are made with the table and stay as they are (API CreateTable).
fn local(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = &live.local_secondary_indexes;
    let Some(wanted) = &desired.local_secondary_indexes else {
        delta
            .unmanaged
            .extend(there.iter().map(|(name, live)| Unmanaged {
                path: local_path(name),
                live: local_value(live),
            }));
        return;
    };
    let names: BTreeSet<_> = there.keys().chain(wanted.keys()).collect();
    for name in names {
        let (live, desired) = (there.get(name), wanted.get(name));
        let agrees = match (live, desired) {
            (Some(live), Some(desired)) => local_agrees(desired, live),
            _ => false,
        };
        if !agrees {
            delta.replace = true;
            let value = |index: Option<&LocalIndex>| index.map_or(Value::Null, local_value);
            delta.changes.push(
                FieldChange::new(local_path(name), value(live), value(desired)).with_effect(
                    "a table's local indexes cannot be changed: it is deleted and made anew",
                ),
            );
        }
    }
}

fn local_agrees(desired: &LocalIndex, live: &LocalIndex) -> bool {
    let projection = live.projection.as_ref().unwrap_or(&Projection::All);
    desired.sort_key == live.sort_key && projection_agrees(desired.projection.as_ref(), projection)
}

fn global(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there: BTreeMap<_, _> = live
        .global_secondary_indexes
        .iter()
        .filter(|(_, index)| !index.is_going())
        .collect();
    let Some(wanted) = &desired.global_secondary_indexes else {
        delta
            .unmanaged
            .extend(there.iter().map(|(name, index)| Unmanaged {
                path: global_path(name),
                live: live_value(index, live.billing_mode),
            }));
        return;
    };
    let mode = throughput::mode(desired, live);
    for (name, index) in &there {
        match wanted.get(*name) {
            None => removed(name, live_value(index, live.billing_mode), delta),
            Some(desired) if !global_agrees(desired, index) => {
                let there = live_value(index, live.billing_mode);
                remade(name, there, global_value(desired, mode), delta);
            }
            Some(_) => {}
        }
    }
    for (name, desired) in wanted {
        if !there.contains_key(name) {
            delta.changes.push(
                FieldChange::new(global_path(name), Value::Null, global_value(desired, mode))
                    .with_effect(
                        "built from the table's items; queries see it when it is complete",
                    ),
            );
        }
    }
}

fn removed(name: &str, there: Value, delta: &mut Delta) {
    let change = FieldChange::new(global_path(name), there, Value::Null);
    delta.changes.push(change);
    delta.hazards.push(Hazard::new(
        HazardKind::DeleteIndex,
        format!("index {name} is removed: queries on it fail from then on"),
    ));
}

fn remade(name: &str, mut live: Value, mut desired: Value, delta: &mut Delta) {
    // Where one of the two says what it projects, ALL is no longer understood.
    if live.get(PROJECTION).is_some() || desired.get(PROJECTION).is_some() {
        for value in [&mut live, &mut desired] {
            if value.get(PROJECTION).is_none() {
                value[PROJECTION] = "ALL".into();
            }
        }
    }
    delta.changes.push(
        FieldChange::new(global_path(name), live, desired).with_effect(
            "removed, then built anew; to avoid the gap add it under a new name first",
        ),
    );
    delta.hazards.push(Hazard::new(
        HazardKind::DeleteIndex,
        format!("index {name} is removed and built anew: queries on it fail meanwhile"),
    ));
}

/// Why an index cannot be added beside what stays, and what to do. Nothing but undeclared local indexes can be in
/// the way: the manifest's own rules see everything else.
pub fn impossible(desired: &TableDesired, live: &TableLive) -> Option<(String, String)> {
    let wanted = desired.global_secondary_indexes.iter().flatten();
    for (name, index) in wanted {
        for (other, local) in &live.local_secondary_indexes {
            let hint = "declare local_secondary_indexes too to have the table made anew, or choose another name or attribute";
            if name == other {
                let why = format!("{name} is a local index already");
                return Some((why, hint.to_owned()));
            }
            let mut keys = std::iter::once(&index.partition_key).chain(&index.sort_key);
            let taken = |key: &KeyAttribute| {
                key.name == local.sort_key.name
                    && key.attribute_type != local.sort_key.attribute_type
            };
            if let Some(key) = keys.find(|key| taken(key)) {
                let why = format!("{} is of another type in the local index {other}", key.name);
                return Some((why, hint.to_owned()));
            }
        }
    }
    None
}

pub fn global_path(name: &str) -> String {
    format!("global_secondary_indexes.{name}")
}

pub fn local_path(name: &str) -> String {
    format!("local_secondary_indexes.{name}")
}

/// As a manifest spells a key: its name, or name and type where that is not S.
pub fn key(key: &KeyAttribute) -> Value {
    match key.attribute_type {
        AttributeType::S => key.name.as_str().into(),
        attribute_type => json!({"name": key.name, "type": spelled(attribute_type)}),
    }
}

pub fn global_value(desired: &IndexDesired, mode: BillingMode) -> Value {
    let mut value = json!({"partition_key": key(&desired.partition_key)});
    if let Some(sort) = &desired.sort_key {
        value["sort_key"] = key(sort);
    }
    project(&mut value, desired.projection.as_ref());
    for (field, units) in throughput::fields(desired.throughput, mode) {
        value[field] = units;
    }
    value
}

fn live_value(live: &IndexLive, mode: BillingMode) -> Value {
    let there = IndexDesired {
        partition_key: live.partition_key.clone(),
        sort_key: live.sort_key.clone(),
        projection: Some(live.projection.clone()),
        throughput: live.throughput.as_declared(),
    };
    global_value(&there, mode)
}

pub fn local_value(index: &LocalIndex) -> Value {
    let mut value = json!({"sort_key": key(&index.sort_key)});
    project(&mut value, index.projection.as_ref());
    value
}

const PROJECTION: &str = "projection";

fn project(value: &mut Value, projection: Option<&Projection>) {
    match projection {
        None | Some(Projection::All) => {}
        Some(Projection::KeysOnly) => value[PROJECTION] = "KEYS_ONLY".into(),
        Some(Projection::Include(attributes)) => value[PROJECTION] = json!(attributes),
    }
}
