//! What copies are called, and what they have of their originals.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::model::id::{ComponentName, Target};
use crate::model::units::Seconds;
use crate::resources::queue::config::RedriveAllowPolicy;
use crate::resources::table::config::{IndexDesired, Recovery, Stream, StreamView};
use crate::resources::table::samples;
use crate::resources::table::throughput::{ReadWrite, ThroughputDesired};

fn mark() -> Mark {
    Mark::new(0x1a2b, "shop", "2026-11-20T10:15:00Z")
}

fn resource(id: ResourceId, name: &str, desired: Desired) -> Resource {
    Resource {
        target: Target {
            component: ComponentName::new(id.kind.service()),
            id,
            name: name.to_owned(),
            depends_on: Vec::new(),
            asks_scarce: false,
        },
        desired,
    }
}

fn all(resources: &[Resource]) -> Vec<Probe> {
    let chosen = resources.iter().map(|it| it.target.id.clone()).collect();
    probes(&mark(), resources, &chosen, &Scope::sample())
}

fn queue(probe: &Probe) -> &QueueDesired {
    match &probe.desired {
        Desired::Queue(queue) => queue,
        Desired::Table(_) => panic!("a table"),
    }
}

#[test]
fn names_are_what_aws_takes_and_each_its_own() {
    let long = "q".repeat(80);
    let keys = [
        ("orders", "shopctl-probe-00001a2b-orders"),
        ("orders.fifo", "shopctl-probe-00001a2b-orders.fifo"),
        ("a.b", "shopctl-probe-00001a2b-a-b-2"),
        ("a-b", "shopctl-probe-00001a2b-a-b"),
    ];
    for (number, (key, expected)) in keys.into_iter().enumerate() {
        assert_eq!(mark().name(Kind::Queue, number, key, ""), expected);
    }
    for role in ["", "-dlq"] {
        for key in [long.clone(), format!("{}.fifo", &long[..75])] {
            let name = mark().name(Kind::Queue, 17, &key, role);
            assert_eq!(name.len(), 80, "{name}");
            assert!(name.contains("-17"), "{name}");
            assert_eq!(is_fifo(&name), is_fifo(&key));
        }
    }
    assert_eq!(
        mark().name(Kind::Table, 0, "My.Table", ""),
        "shopctl-probe-00001a2b-My.Table"
    );
}

#[test]
fn a_dead_letter_queue_named_after_its_source_has_a_copy_of_its_own() {
    for (source, dead) in [("orders", "orders-dlq"), ("orders.fifo", "orders-dlq.fifo")] {
        let policy = RedrivePolicy {
            dead_letter_target_arn: Scope::sample().queue_arn(dead),
            max_receive_count: 3,
        };
        let redriven = QueueDesired {
            redrive_policy: Some(Presence::Present(policy)),
            ..QueueDesired::default()
        };
        let queues = [(source, redriven), (dead, QueueDesired::default())];
        let resources =
            queues.map(|(key, queue)| resource(ResourceId::queue(key), key, Desired::Queue(queue)));
        let probes = all(&resources);
        let names: Vec<_> = probes.iter().flat_map(Probe::copies).collect();
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), 3, "{names:?}");
    }
}

#[test]
fn a_copy_s_dead_letters_go_to_a_copy() {
    let scope = Scope::sample();
    let source = |target: &str| {
        let policy = RedrivePolicy {
            dead_letter_target_arn: scope.queue_arn(target),
            max_receive_count: 3,
        };
        Desired::Queue(QueueDesired {
            visibility_timeout: Some(Seconds(300)),
            redrive_policy: Some(Presence::Present(policy)),
            policy: Some(Presence::Present(json!({"Statement": []}))),
            tags: [("shopctl:project", "shop"), ("cost-center", "7")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            ignore: ["visibility_timeout".to_owned()].into(),
            ..QueueDesired::default()
        })
    };
    let dead = Desired::Queue(QueueDesired {
        message_retention_period: Some(Seconds(1_209_600)),
        redrive_allow_policy: Some(RedriveAllowPolicy::SourceQueues(
            [scope.queue_arn("dev-a")].into(),
        )),
        ..QueueDesired::default()
    });
    let resources = [
        resource(ResourceId::queue("a"), "dev-a", source("dev-dead")),
        resource(ResourceId::queue("b"), "dev-b", source("somebody-s")),
        resource(ResourceId::queue("dead"), "dev-dead", dead),
    ];
    let probes = all(&resources);
    for (probe, retention) in probes.iter().zip([Some(Seconds(1_209_600)), None]) {
        let copy = queue(probe);
        let own = probe.dead_letters.as_ref().unwrap();
        let policy = copy.redrive_policy.as_ref().unwrap().present().unwrap();
        assert_eq!(policy.dead_letter_target_arn, scope.queue_arn(&own.name));
        assert_eq!(policy.max_receive_count, 3);
        assert_eq!(own.desired.message_retention_period, retention);
        assert_eq!(own.desired.redrive_allow_policy, None);
        assert_eq!(copy.visibility_timeout, Some(Seconds(300)));
        assert_eq!(copy.policy, None);
        assert!(copy.ignore.is_empty());
        let keys: Vec<_> = copy.tags.keys().map(String::as_str).collect();
        assert_eq!(keys, ["cost-center", ownership::PROBE, ownership::PROBE_OF]);
        assert!(own.desired.tags.contains_key(ownership::PROBE));
    }
    let names: BTreeSet<_> = probes.iter().flat_map(Probe::copies).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    let tags: BTreeMap<_, _> = queue(&probes[2]).tags.clone();
    assert_eq!(tags[ownership::PROBE], "2026-11-20T10:15:00Z");
    assert_eq!(tags[ownership::PROBE_OF], "shop");
    assert!(!tags.contains_key(ownership::PROJECT));
}

#[test]
fn a_table_s_copy_costs_little_and_can_be_deleted() {
    let capacity = |read, write| ThroughputDesired {
        capacity: ReadWrite {
            read: Some(read),
            write: Some(write),
        },
        ..ThroughputDesired::default()
    };
    let index = IndexDesired {
        throughput: capacity(3, 400),
        ..samples::index_on("b")
    };
    let table = TableDesired {
        billing_mode: Some(BillingMode::Provisioned),
        throughput: capacity(4_000, 2),
        global_secondary_indexes: Some([("by-b".to_owned(), index)].into()),
        deletion_protection: Some(true),
        point_in_time_recovery: Some(Recovery::On),
        stream: Some(Stream::View(StreamView::NewImage)),
        ..samples::desired()
    };
    let probes = all(&[resource(
        ResourceId::table("T"),
        "T",
        Desired::Table(table.clone()),
    )]);
    let expected = TableDesired {
        throughput: capacity(5, 5),
        global_secondary_indexes: Some(
            [(
                "by-b".to_owned(),
                IndexDesired {
                    throughput: capacity(5, 5),
                    ..samples::index_on("b")
                },
            )]
            .into(),
        ),
        deletion_protection: None,
        point_in_time_recovery: None,
        stream: None,
        tags: mark().tags,
        ..table
    };
    assert_eq!(probes[0].desired, Desired::Table(expected));
}

#[test]
fn only_what_is_chosen_gets_a_copy() {
    let empty = || Desired::Queue(QueueDesired::default());
    let resources = ["a", "b"].map(|key| resource(ResourceId::queue(key), key, empty()));
    let chosen = [ResourceId::queue("b")].into();
    let probes = probes(&mark(), &resources, &chosen, &Scope::sample());
    let ids: Vec<_> = probes.iter().map(|probe| probe.id.to_string()).collect();
    assert_eq!(ids, ["queue/b"]);
}
