//! Table: desired × live → changes. Pure.

use serde_json::Value;

use crate::model::change::{Delta, FieldChange, Unmanaged, spelled};
use crate::model::hazard::{Hazard, HazardKind};
use crate::resources::ownership;
use crate::resources::tags::{TagChanges, Tags};

use super::config::{BillingMode, KeyAttribute, TableDesired, TableLive};
use super::indexes::{self, key};
use super::settings;
use super::throughput;

/// What comparing says; [`super::steps`] has the calls. What `ignore` names is left alone on a table that stays.
pub fn diff(desired: &TableDesired, live: &TableLive) -> Delta {
    let delta = compared(&desired.heeded(), live);
    match delta.replace {
        true => replaced(desired, live),
        false => delta,
    }
}

fn compared(desired: &TableDesired, live: &TableLive) -> Delta {
    let mut delta = Delta::default();
    keys(desired, live, &mut delta);
    billing(desired, live, &mut delta);
    throughput::diff(desired, live, &mut delta);
    indexes::diff(desired, live, &mut delta);
    settings::diff(desired, live, &mut delta);
    let tags = TagChanges::between(&desired.tags, &desired.untag, &live.tags);
    delta.changes.extend(tags.fields(&live.tags));
    delta.impossible = impossible(desired, live, delta.replace);
    delta
}

/// A table that is made anew has what is declared, and nothing of what is not: none of that may go unnamed.
fn replaced(desired: &TableDesired, live: &TableLive) -> Delta {
    let mut made = desired.as_made();
    let lost = live.tags.keys().filter(|key| {
        let ours = key.starts_with(ownership::PREFIX);
        !ours && !desired.tags.contains_key(*key)
    });
    made.untag.extend(lost.cloned());
    let mut delta = compared(&made, live);
    // Nothing that is there is left alone.
    delta.unmanaged.clear();
    delta.hazards.push(Hazard::new(
        HazardKind::Replace,
        "the table is deleted and made anew",
    ));
    delta
}

/// The settings of a table that is not there yet, our own defaults included.
pub fn on_create(desired: &TableDesired) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut set = |path: &str, value: Value| {
        changes.push(FieldChange::new(path, Value::Null, value));
    };
    let mode = desired.billing_mode.unwrap_or(BillingMode::PayPerRequest);
    set("partition_key", key(&desired.partition_key));
    if let Some(sort) = &desired.sort_key {
        set("sort_key", key(sort));
    }
    for (name, wanted) in desired.local_secondary_indexes.iter().flatten() {
        set(&indexes::local_path(name), indexes::local_value(wanted));
    }
    for (name, wanted) in desired.global_secondary_indexes.iter().flatten() {
        let value = indexes::global_value(wanted, mode);
        set(&indexes::global_path(name), value);
    }
    set("billing_mode", spelled(mode));
    for (field, units) in throughput::fields(desired.throughput, mode) {
        set(field, units);
    }
    for (path, value) in settings::on_create(desired) {
        set(path, value);
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

fn billing(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = spelled(live.billing_mode);
    match desired.billing_mode {
        Some(mode) if mode != live.billing_mode => {
            let change = FieldChange::new("billing_mode", there, spelled(mode));
            delta.changes.push(match mode {
                // DG bp-switching-capacity-modes.
                BillingMode::PayPerRequest => change.with_effect("possible four times in 24 hours"),
                BillingMode::Provisioned => change,
            });
        }
        None if live.billing_mode != BillingMode::PayPerRequest => {
            delta.unmanaged.push(Unmanaged {
                path: "billing_mode".to_owned(),
                live: there,
            });
        }
        _ => {}
    }
}

/// What AWS would refuse, or this version cannot make. A table that is made anew has no past to mind.
fn impossible(desired: &TableDesired, live: &TableLive, replace: bool) -> Option<(String, String)> {
    if let Some(what) = &live.unsupported {
        return Some((
            what.clone(),
            "this version cannot manage that: leave the table out of the manifest".to_owned(),
        ));
    }
    if replace {
        return None;
    }
    throughput::impossible(desired, live).or_else(|| indexes::impossible(desired, live))
}
