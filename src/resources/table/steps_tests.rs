//! Which calls a difference takes, and in which order.

use super::super::diff;
use super::super::samples::{desired, having_indexes, index_on, key, live, with_indexes, words};
use super::*;
use crate::model::hazard::HazardKind;
use crate::resources::table::config::{
    AttributeType, LocalIndex, Projection, RecoveryLive, StreamView,
};

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
fn a_plan_has_changes_exactly_where_there_are_calls() {
    let mut provisioned = live();
    provisioned.billing_mode = BillingMode::Provisioned;
    let mut guarded = live();
    guarded.deletion_protection = true;
    guarded.point_in_time_recovery = RecoveryLive::Days(35);
    let on_demand = TableDesired {
        billing_mode: Some(BillingMode::PayPerRequest),
        ..desired()
    };
    let protect = |on| TableDesired {
        deletion_protection: Some(on),
        point_in_time_recovery: Some(if on { Recovery::On } else { Recovery::Off }),
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

/// What nobody declares, or only `ignore` leaves alone, is not there any more once the table is made anew.
#[test]
fn another_table_has_nothing_that_is_not_declared() {
    use HazardKind::{DeleteIndex, Replace, Weaken};
    type Case = (
        fn(&mut TableDesired),
        fn(&mut TableLive),
        &'static str,
        Option<HazardKind>,
    );
    let cases: [Case; 9] = [
        (
            |_| (),
            |l| {
                l.global_secondary_indexes =
                    having_indexes(&[("by-a", "a", "ACTIVE")]).global_secondary_indexes
            },
            "global_secondary_indexes.by-a",
            Some(DeleteIndex),
        ),
        (
            |_| (),
            |l| l.encryption.key_arn = Some("arn:aws:kms:us-east-1:123456789012:key/1".into()),
            "encryption",
            Some(Weaken),
        ),
        (
            |_| (),
            |l| l.deletion_protection = true,
            "deletion_protection",
            Some(Weaken),
        ),
        (
            |_| (),
            |l| l.point_in_time_recovery = RecoveryLive::Days(35),
            "point_in_time_recovery",
            Some(Weaken),
        ),
        (
            |_| (),
            |l| l.point_in_time_recovery = RecoveryLive::Unknown,
            "point_in_time_recovery",
            Some(Weaken),
        ),
        (
            |d| {
                d.deletion_protection = Some(false);
                d.ignore = ["deletion_protection".to_owned()].into();
            },
            |l| l.deletion_protection = true,
            "deletion_protection",
            Some(Weaken),
        ),
        (
            |d| {
                d.stream = Some(Stream::View(StreamView::NewImage));
                d.ignore = ["stream".to_owned()].into();
            },
            |_| (),
            "stream",
            None,
        ),
        (
            |_| (),
            |l| l.billing_mode = BillingMode::Provisioned,
            "billing_mode",
            None,
        ),
        (
            |_| (),
            |l| l.tags = [("team".to_owned(), "a".to_owned())].into(),
            "tags.team",
            None,
        ),
    ];
    for (declare, find, path, hazard) in cases {
        let (mut wanted, mut there) = (desired(), live());
        declare(&mut wanted);
        find(&mut there);
        assert_eq!(diff::diff(&wanted, &there).changes, [], "{path}");
        wanted.partition_key = key("other");
        let delta = diff::diff(&wanted, &there);
        assert!(
            delta.changes.iter().any(|change| change.path == path),
            "{path}"
        );
        assert_eq!(delta.unmanaged, [], "{path}");
        let kinds: Vec<_> = delta.hazards.iter().map(|hazard| hazard.kind).collect();
        let expected: Vec<_> = hazard.into_iter().chain([Replace]).collect();
        assert_eq!(kinds, expected, "{path}");
    }
}

#[test]
fn after_create_only_what_create_table_cannot_set() {
    assert_eq!(after_create(&desired()), Steps::default());
    let off = TableDesired {
        time_to_live: Some(TimeToLive::Off),
        point_in_time_recovery: Some(Recovery::Off),
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

#[test]
fn any_other_local_index_means_another_table() {
    let local = |sort: &str, projection| LocalIndex {
        sort_key: key(sort),
        projection,
    };
    let having = |index: LocalIndex| TableLive {
        local_secondary_indexes: BTreeMap::from([("by-l".to_owned(), index)]),
        ..live()
    };
    let there = having(local("l", Some(Projection::KeysOnly)));
    for (wanted, replace) in [
        (None, false),
        (Some(("by-l", local("l", None))), false),
        (
            Some(("by-l", local("l", Some(Projection::KeysOnly)))),
            false,
        ),
        (Some(("by-l", local("l", Some(Projection::All)))), true),
        (Some(("by-l", local("m", None))), true),
        (Some(("by-m", local("l", None))), true),
    ] {
        let desired = TableDesired {
            local_secondary_indexes: wanted
                .map(|(name, index)| BTreeMap::from([(name.to_owned(), index)])),
            ..desired()
        };
        let delta = diff::diff(&desired, &there);
        assert_eq!(delta.replace, replace, "{desired:?}");
        assert_eq!(delta.is_empty(), !replace);
    }
    // Its key stays defined when a global index comes.
    assert_eq!(
        words(&with_indexes(&[("by-a", "a")]), &there),
        ["+by-a(id,l,a)"]
    );
    let mut clashing = with_indexes(&[("by-a", "l")]);
    for declared in clashing.global_secondary_indexes.iter_mut().flatten() {
        declared.1.partition_key.attribute_type = AttributeType::N;
    }
    for (wanted, why) in [
        (clashing, "l is of another type in the local index by-l"),
        (
            with_indexes(&[("by-l", "a")]),
            "by-l is a local index already",
        ),
    ] {
        let (said, _) = diff::diff(&wanted, &there).impossible.unwrap();
        assert_eq!(said, why);
    }
}

#[test]
fn what_is_not_managed_stands_in_the_way_by_name() {
    let global = TableLive {
        unsupported: Some("is a global table, with a replica in eu-west-1".into()),
        ..live()
    };
    let (why, hint) = diff::diff(&desired(), &global).impossible.unwrap();
    assert!(why.contains("eu-west-1"));
    assert!(hint.contains("leave the table out"));
}
