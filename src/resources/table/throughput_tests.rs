//! Capacity and maxima: what differs, and which calls that takes.

use super::super::diff;
use super::super::samples::{having_indexes, index_on, with_indexes, words};
use super::super::steps::{TableUpdate, steps};
use super::*;

fn units(read: u64, write: u64) -> ThroughputLive {
    ThroughputLive {
        capacity: ReadWrite { read, write },
        ..ThroughputLive::default()
    }
}

fn wanting(read: Option<u64>, write: Option<u64>) -> ThroughputDesired {
    ThroughputDesired {
        capacity: ReadWrite { read, write },
        ..ThroughputDesired::default()
    }
}

/// A provisioned table of 5/5 with the index `by-a` of 5/5.
fn provisioned() -> TableLive {
    let mut live = having_indexes(&[("by-a", "a", "ACTIVE")]);
    live.billing_mode = BillingMode::Provisioned;
    live.throughput = units(5, 5);
    live.global_secondary_indexes
        .get_mut("by-a")
        .unwrap()
        .throughput = units(5, 5);
    live
}

/// Declares the billing mode, a capacity of the table and one of the index `by-a`.
fn billed(mode: BillingMode, table: [u64; 2], index: [u64; 2]) -> TableDesired {
    let mut desired = with_indexes(&[("by-a", "a")]);
    desired.billing_mode = Some(mode);
    desired.throughput = wanting(Some(table[0]), Some(table[1]));
    for declared in desired.global_secondary_indexes.iter_mut().flatten() {
        declared.1.throughput = wanting(Some(index[0]), Some(index[1]));
    }
    desired
}

#[test]
fn capacities_rise_together_and_fall_each_by_itself() {
    use BillingMode::{PayPerRequest, Provisioned};
    let on_demand = having_indexes(&[("by-a", "a", "ACTIVE")]);
    for (desired, live, expected) in [
        (billed(Provisioned, [5, 5], [5, 5]), provisioned(), &[][..]),
        (
            billed(Provisioned, [9, 5], [5, 8]),
            provisioned(),
            &["capacity table 9/· by-a ·/8"],
        ),
        (
            billed(Provisioned, [9, 1], [2, 3]),
            provisioned(),
            &[
                "capacity table 9/·",
                "| capacity table ·/1",
                "| capacity by-a 2/3",
            ],
        ),
        (
            billed(Provisioned, [9, 1], [2, 3]),
            on_demand.clone(),
            &["provisioned table 9/1 by-a 2/3"],
        ),
        (
            billed(PayPerRequest, [5, 5], [5, 5]),
            provisioned(),
            &["on-demand"],
        ),
        (billed(PayPerRequest, [5, 5], [5, 5]), on_demand, &[]),
        // Undeclared: left alone.
        (with_indexes(&[("by-a", "a")]), provisioned(), &[]),
    ] {
        assert_eq!(words(&desired, &live), expected);
        let delta = diff::diff(&desired, &live);
        assert_eq!(delta.is_empty(), expected.is_empty(), "{delta:?}");
        assert_eq!(delta.impossible, None);
    }
}

#[test]
fn the_billing_mode_changes_between_the_indexes_that_go_and_those_that_come() {
    let mut desired = billed(BillingMode::Provisioned, [1, 2], [3, 4]);
    let mut made = index_on("b");
    made.throughput = wanting(Some(6), Some(7));
    let indexes = desired.global_secondary_indexes.as_mut().unwrap();
    indexes.insert("by-b".into(), made);
    let there = [("by-a", "a", "ACTIVE"), ("by-z", "z", "ACTIVE")];
    assert_eq!(
        words(&desired, &having_indexes(&there)),
        ["-by-z", "provisioned table 1/2 by-a 3/4", "+by-b(id,a,b)"]
    );
    let updates = steps(&desired, &having_indexes(&there)).updates;
    let TableUpdate::CreateIndex { index, .. } = &updates[2] else {
        panic!("{updates:?}");
    };
    assert_eq!(index.throughput, wanting(Some(6), Some(7)));
    desired.billing_mode = None;
    let updates = steps(&desired, &having_indexes(&there)).updates;
    let TableUpdate::CreateIndex { index, .. } = &updates[1] else {
        panic!("{updates:?}");
    };
    assert_eq!(index.throughput, ThroughputDesired::default());
}

#[test]
fn an_index_without_a_capacity_is_in_the_way_of_provisioned_capacity() {
    let undeclared = TableDesired {
        global_secondary_indexes: None,
        ..billed(BillingMode::Provisioned, [1, 1], [1, 1])
    };
    let on_demand = having_indexes(&[("by-a", "a", "ACTIVE")]);
    let (why, _) = diff::diff(&undeclared, &on_demand).impossible.unwrap();
    assert_eq!(
        why,
        "provisioned capacity needs a capacity of its own for by-a"
    );
    // Provisioned already, its capacity is what it is.
    assert_eq!(diff::diff(&undeclared, &provisioned()).impossible, None);
    let leaving = having_indexes(&[("by-a", "a", "DELETING")]);
    assert_eq!(diff::diff(&undeclared, &leaving).impossible, None);
}

#[test]
fn what_a_scalable_target_manages_is_left_alone() {
    let mut live = provisioned();
    live.throughput.scaling.read = Scaling::Autoscaled { min: 5, max: 100 };
    live.throughput.scaling.write = Scaling::Unknown;
    let desired = billed(BillingMode::Provisioned, [50, 50], [5, 5]);
    assert_eq!(words(&desired, &live), Vec::<String>::new());
    let delta = diff::diff(&desired, &live);
    assert!(delta.is_empty());
    let said: Vec<_> = delta
        .unmanaged
        .iter()
        .map(|it| it.live.to_string())
        .collect();
    assert_eq!(said[0], "\"autoscaled 5–100, now 5\"");
    assert!(said[1].contains("DescribeScalableTargets"), "{said:?}");
    // Only what is ours is compared with what was planned.
    let mut moved = live.clone();
    moved.throughput.capacity = ReadWrite { read: 9, write: 9 };
    live.still();
    moved.still();
    assert_eq!(live, moved);
}

#[test]
fn maxima_of_the_table_and_of_its_indexes_are_apart_and_on_demand_only() {
    let limit = |read, write| ThroughputDesired {
        maximum: ReadWrite { read, write },
        ..ThroughputDesired::default()
    };
    let mut limited = having_indexes(&[("by-a", "a", "ACTIVE")]);
    limited.throughput.maximum.read = Maximum::Units(9);
    let mut desired = with_indexes(&[("by-a", "a")]);
    assert_eq!(words(&desired, &limited), Vec::<String>::new());
    let unmanaged = diff::diff(&desired, &limited).unmanaged;
    assert_eq!(unmanaged[0].path, "max_read_request_units");
    desired.throughput = limit(Some(Maximum::Unlimited), Some(Maximum::Unlimited));
    for declared in desired.global_secondary_indexes.iter_mut().flatten() {
        declared.1.throughput = limit(None, Some(Maximum::Units(3)));
    }
    assert_eq!(
        words(&desired, &limited),
        ["maximum table Unlimited/·", "maximum by-a ·/Units(3)"]
    );
    let paths: Vec<_> = diff::diff(&desired, &limited).changes;
    let paths: Vec<_> = paths.into_iter().map(|change| change.path).collect();
    assert_eq!(
        paths,
        [
            "max_read_request_units",
            "global_secondary_indexes.by-a.max_write_request_units"
        ]
    );
    let (why, _) = diff::diff(&desired, &provisioned()).impossible.unwrap();
    assert!(why.contains("takes no max_read_request_units"), "{why}");
    desired.ignore.insert("billing_mode".into());
    let delta = diff::diff(&desired, &provisioned());
    assert!(delta.is_empty() && delta.impossible.is_none());
}
