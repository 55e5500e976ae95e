//! Which calls a difference takes, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fake::{self, keyed};
use super::*;
use crate::model::hazard::HazardKind;
use crate::resources::table::config::{AttributeType, IndexLive, Projection, TimeToLiveLive};
use crate::resources::tags::Tags;

fn key(name: &str) -> KeyAttribute {
    fake::key(name, AttributeType::S)
}

fn live() -> TableLive {
    TableLive {
        arn: "arn:aws:dynamodb:us-east-1:123456789012:table/T".into(),
        status: "ACTIVE".into(),
        partition_key: key("id"),
        sort_key: None,
        global_secondary_indexes: BTreeMap::new(),
        local_secondary_indexes: BTreeSet::new(),
        billing_mode: BillingMode::PayPerRequest,
        deletion_protection: false,
        point_in_time_recovery: false,
        time_to_live: TimeToLiveLive::default(),
        tags: Tags::new(),
        item_count: 3,
        size_bytes: 300,
    }
}

fn desired() -> TableDesired {
    keyed(key("id"))
}

fn index_on(attribute: &str) -> IndexDesired {
    IndexDesired {
        partition_key: key(attribute),
        sort_key: None,
        projection: None,
    }
}

fn live_index(attribute: &str, status: &str) -> IndexLive {
    IndexLive {
        status: status.into(),
        backfilling: false,
        partition_key: key(attribute),
        sort_key: None,
        projection: Projection::All,
    }
}

fn with_indexes(wanted: &[(&str, &str)]) -> TableDesired {
    let indexes = wanted.iter().map(|(n, a)| ((*n).to_owned(), index_on(a)));
    TableDesired {
        global_secondary_indexes: Some(indexes.collect()),
        ..desired()
    }
}

fn having_indexes(there: &[(&str, &str, &str)]) -> TableLive {
    let indexes = there
        .iter()
        .map(|(n, a, status)| ((*n).to_owned(), live_index(a, status)));
    TableLive {
        global_secondary_indexes: indexes.collect(),
        ..live()
    }
}

/// The updates as words: `-by-a`, `+by-b(id,b)`.
fn words(desired: &TableDesired, live: &TableLive) -> Vec<String> {
    let updates = steps(desired, live).updates;
    updates
        .into_iter()
        .map(|update| match update {
            TableUpdate::DeleteIndex(name) => format!("-{name}"),
            TableUpdate::CreateIndex {
                name, attributes, ..
            } => {
                let names: Vec<_> = attributes.into_iter().map(|a| a.name).collect();
                format!("+{name}({})", names.join(","))
            }
            TableUpdate::DeletionProtection(on) => format!("protection {on}"),
            TableUpdate::OnDemand => "on-demand".to_owned(),
        })
        .collect()
}

#[test]
fn indexes_go_before_others_come_one_call_each_with_exactly_the_keys_in_use() {
    type Wanted = &'static [(&'static str, &'static str)];
    type There = &'static [(&'static str, &'static str, &'static str)];
    let cases: [(Wanted, There, &[&str]); 8] = [
        (&[("by-a", "a")], &[("by-a", "a", "ACTIVE")], &[]),
        (&[("by-a", "a")], &[], &["+by-a(id,a)"]),
        (&[], &[("by-a", "a", "ACTIVE")], &["-by-a"]),
        (
            &[("by-c", "c"), ("by-d", "d")],
            &[("by-a", "a", "ACTIVE"), ("by-b", "b", "ACTIVE")],
            &["-by-a", "-by-b", "+by-c(id,c)", "+by-d(id,c,d)"],
        ),
        // Another key: removed, then made anew; the old attribute is defined no longer.
        (
            &[("by-a", "z")],
            &[("by-a", "a", "ACTIVE")],
            &["-by-a", "+by-a(id,z)"],
        ),
        // One that stays keeps its attribute defined.
        (
            &[("by-a", "a"), ("by-b", "b")],
            &[("by-a", "a", "ACTIVE")],
            &["+by-b(id,a,b)"],
        ),
        // One that is on its way out is not deleted twice, and is made again if wanted.
        (&[], &[("by-a", "a", "DELETING")], &[]),
        (
            &[("by-a", "a")],
            &[("by-a", "a", "DELETING")],
            &["+by-a(id,a)"],
        ),
    ];
    for (wanted, there, expected) in cases {
        assert_eq!(
            words(&with_indexes(wanted), &having_indexes(there)),
            expected,
            "{wanted:?} {there:?}"
        );
    }
}

#[test]
fn undeclared_indexes_are_left_alone() {
    let there = having_indexes(&[("by-a", "a", "ACTIVE")]);
    assert!(words(&desired(), &there).is_empty());
    let delta = diff::diff(&desired(), &there);
    assert!(delta.is_empty());
    assert_eq!(delta.unmanaged[0].path, "global_secondary_indexes.by-a");
}

#[test]
fn an_undeclared_projection_agrees_with_any_and_a_declared_one_is_a_set() {
    let mut there = having_indexes(&[("by-a", "a", "ACTIVE")]);
    let include =
        |names: &[&str]| Projection::Include(names.iter().map(|n| (*n).to_owned()).collect());
    let set = |there: &mut TableLive, projection| {
        if let Some(index) = there.global_secondary_indexes.get_mut("by-a") {
            index.projection = projection;
        }
    };
    set(&mut there, include(&["y", "x"]));
    assert!(words(&with_indexes(&[("by-a", "a")]), &there).is_empty());
    for (projection, agrees) in [(include(&["x", "y"]), true), (Projection::All, false)] {
        let mut wanted = with_indexes(&[]);
        let mut index = index_on("a");
        index.projection = Some(projection);
        wanted.global_secondary_indexes = Some(BTreeMap::from([("by-a".to_owned(), index)]));
        assert_eq!(words(&wanted, &there).is_empty(), agrees);
        assert_eq!(diff::diff(&wanted, &there).is_empty(), agrees);
    }
}

#[test]
fn time_to_live_in_every_state() {
    use TimeToLiveStatus::{Disabled, Disabling, Enabled, Enabling};
    let on = |a: &str| Some(TimeToLive::Attribute(a.to_owned()));
    let go = |disable: Option<&str>, wait_disabled, enable: Option<&str>| {
        Some(TimeToLiveSteps {
            disable: disable.map(str::to_owned),
            wait_disabled,
            enable: enable.map(str::to_owned),
        })
    };
    for (wanted, status, attribute, expected) in [
        (None, Enabled, Some("a"), None),
        (on("a"), Enabled, Some("a"), None),
        (on("a"), Enabling, Some("a"), None),
        (on("a"), Disabled, None, go(None, false, Some("a"))),
        (on("a"), Disabling, Some("a"), go(None, true, Some("a"))),
        (on("b"), Enabled, Some("a"), go(Some("a"), true, Some("b"))),
        (
            Some(TimeToLive::Off),
            Enabled,
            Some("a"),
            go(Some("a"), true, None),
        ),
        (Some(TimeToLive::Off), Disabling, Some("a"), None),
        (Some(TimeToLive::Off), Disabled, None, None),
    ] {
        let there = TableLive {
            time_to_live: TimeToLiveLive {
                status,
                attribute: attribute.map(str::to_owned),
            },
            ..live()
        };
        let desired = TableDesired {
            time_to_live: wanted.clone(),
            ..desired()
        };
        assert_eq!(
            steps(&desired, &there).time_to_live,
            expected,
            "{wanted:?} {status:?}"
        );
        // The plan shows a change exactly where a call is made.
        assert_eq!(diff::diff(&desired, &there).is_empty(), expected.is_none());
    }
}

#[test]
fn a_plan_has_changes_exactly_where_there_are_calls() {
    let mut provisioned = live();
    provisioned.billing_mode = BillingMode::Provisioned;
    let mut guarded = live();
    guarded.deletion_protection = true;
    guarded.point_in_time_recovery = true;
    let on_demand = TableDesired {
        billing_mode: Some(BillingMode::PayPerRequest),
        ..desired()
    };
    let protect = |on| TableDesired {
        deletion_protection: Some(on),
        point_in_time_recovery: Some(on),
        ..desired()
    };
    for (desired, live, changes, hazards) in [
        (desired(), live(), 0, vec![]),
        (desired(), provisioned.clone(), 0, vec![]),
        (on_demand, provisioned, 1, vec![]),
        (protect(true), live(), 2, vec![]),
        (protect(true), guarded.clone(), 0, vec![]),
        (
            protect(false),
            guarded.clone(),
            2,
            vec![HazardKind::Weaken; 2],
        ),
        (desired(), guarded, 0, vec![]),
    ] {
        let delta = diff::diff(&desired, &live);
        let steps = steps(&desired, &live);
        let calls = steps.updates.len() + usize::from(steps.point_in_time_recovery.is_some());
        assert_eq!(delta.changes.len(), changes);
        assert_eq!(calls, changes);
        let kinds: Vec<_> = delta.hazards.iter().map(|hazard| hazard.kind).collect();
        assert_eq!(kinds, hazards);
    }
}

#[test]
fn other_keys_mean_another_table() {
    let mut number = desired();
    number.partition_key.attribute_type = AttributeType::N;
    let sorted = TableDesired {
        sort_key: Some(key("at")),
        ..desired()
    };
    for wanted in [number, sorted] {
        let delta = diff::diff(&wanted, &live());
        assert!(delta.replace);
        let kinds: Vec<_> = delta.hazards.iter().map(|hazard| hazard.kind).collect();
        assert_eq!(kinds, [HazardKind::Replace]);
    }
}

#[test]
fn after_create_only_what_create_table_cannot_set() {
    assert_eq!(after_create(&desired()), Steps::default());
    let off = TableDesired {
        time_to_live: Some(TimeToLive::Off),
        point_in_time_recovery: Some(false),
        ..desired()
    };
    assert_eq!(after_create(&off), Steps::default());
}

#[test]
fn an_index_on_a_provisioned_table_is_not_promised() {
    let mut provisioned = having_indexes(&[("by-a", "a", "ACTIVE")]);
    provisioned.billing_mode = BillingMode::Provisioned;
    let switched = TableDesired {
        billing_mode: Some(BillingMode::PayPerRequest),
        ..with_indexes(&[("by-b", "b")])
    };
    for (desired, impossible) in [
        (with_indexes(&[("by-a", "a")]), false),
        (with_indexes(&[]), false),
        (with_indexes(&[("by-a", "z")]), true),
        (with_indexes(&[("by-a", "a"), ("by-b", "b")]), true),
        (switched, false),
    ] {
        let delta = diff::diff(&desired, &provisioned);
        assert_eq!(delta.impossible.is_some(), impossible, "{desired:?}");
    }
    let on_demand = having_indexes(&[]);
    assert_eq!(
        diff::diff(&with_indexes(&[("by-b", "b")]), &on_demand).impossible,
        None
    );
}
