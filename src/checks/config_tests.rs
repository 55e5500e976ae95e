//! What reading alone proves.

use serde_json::json;

use super::*;
use crate::checks::samples::{ours, queue_live};
use crate::model::id::{ComponentName, ResourceId, Target};
use crate::model::presence::Presence;
use crate::model::units::Seconds;
use crate::resources::queue::config::{QueueDesired, QueueLive, RedrivePolicy};
use crate::resources::table::config::{
    IndexLive, Recovery, TableDesired, TimeToLive, TimeToLiveLive,
};
use crate::resources::table::samples;
use crate::resources::table::throughput::ThroughputLive;
use crate::resources::tags::Tags;

fn lines(desired: Desired, live: Option<Live>) -> Vec<String> {
    let id = match &desired {
        Desired::Queue(_) => ResourceId::queue("orders"),
        Desired::Table(_) => ResourceId::table("Orders"),
    };
    let target = Target {
        name: id.key.clone(),
        component: ComponentName::new("own"),
        depends_on: Vec::new(),
        asks_scarce: false,
        id,
    };
    let context = Context {
        project: "shop",
        env: None,
        scope: &Scope::sample(),
    };
    let checks = checks(&context, &Resource { target, desired }, live.as_ref());
    checks
        .into_iter()
        .map(|check| match check.outcome {
            Outcome::Pass => check.name,
            Outcome::Skip { why } => format!("{} skipped: {why}", check.name),
            Outcome::Fail(it) => format!("{}: {} is {}", check.name, it.expected, it.actual),
        })
        .collect()
}

fn redrive(queue: &str, max_receive_count: u32) -> RedrivePolicy {
    RedrivePolicy {
        dead_letter_target_arn: Scope::sample().queue_arn(queue),
        max_receive_count,
    }
}

#[test]
fn what_is_declared_is_checked_and_nothing_else() {
    let desired = QueueDesired {
        visibility_timeout: Some(Seconds(300)),
        delay: Some(Seconds(5)),
        redrive_policy: Some(Presence::Present(redrive("dlq", 3))),
        tags: ours(),
        ignore: ["delay".to_owned()].into(),
        ..QueueDesired::default()
    };
    let live = QueueLive {
        visibility_timeout: Seconds(300),
        redrive_policy: Some(redrive("dlq", 3)),
        receive_message_wait_time: Seconds(20),
        ..queue_live("orders")
    };
    let declared = Desired::Queue(desired.clone());
    let passed = [
        "exists",
        "ownership",
        "redrive policy",
        "tags",
        "visibility timeout",
    ];
    assert_eq!(
        lines(declared.clone(), Some(Live::Queue(live.clone()))),
        passed
    );
    let other = QueueLive {
        redrive_policy: Some(redrive("other", 10)),
        visibility_timeout: Seconds(30),
        ..live.clone()
    };
    assert_eq!(
        lines(declared.clone(), Some(Live::Queue(other))),
        [
            "exists",
            "ownership",
            r#"redrive policy: {"dead_letter_queue":"dlq","max_receive_count":3} is {"dead_letter_queue":"other","max_receive_count":10}"#,
            "tags",
            r#"visibility timeout: "5m" is "30s""#,
        ]
    );
    let none = QueueLive {
        redrive_policy: None,
        ..live
    };
    let told = lines(declared.clone(), Some(Live::Queue(none)));
    assert_eq!(
        told[2],
        r#"redrive policy: {"dead_letter_queue":"dlq","max_receive_count":3} is null"#
    );
    assert_eq!(
        lines(declared, None),
        [r#"exists: "it is there" is "it does not exist""#]
    );
}

#[test]
fn whose_it_is_is_told_once() {
    let tags = |pairs: &[(&str, &str)]| -> Tags {
        let pairs = pairs.iter();
        pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    };
    for (live, told) in [
        (
            tags(&[("team", "a")]),
            r#"ownership: "project shop" is "no ownership tags: made by hand or by an older script""#,
        ),
        (
            tags(&[(ownership::PROJECT, "billing")]),
            r#"ownership: "project shop" is "project billing""#,
        ),
        (
            tags(&[(ownership::PROJECT, "shop")]),
            r#"ownership: "project shop" is "project shop, without the tag shopctl:origin""#,
        ),
        (ours(), "ownership"),
    ] {
        let desired = Desired::Queue(QueueDesired {
            tags: tags(&[(ownership::PROJECT, "shop")]),
            ..QueueDesired::default()
        });
        let queue = QueueLive {
            tags: live,
            ..queue_live("orders")
        };
        assert_eq!(
            lines(desired, Some(Live::Queue(queue))),
            ["exists", told, "tags"]
        );
    }
}

#[test]
fn indexes_are_told_one_by_one() {
    let index = |status: &str| IndexLive {
        status: status.to_owned(),
        backfilling: false,
        partition_key: samples::key("b"),
        sort_key: None,
        projection: crate::resources::table::config::Projection::All,
        throughput: ThroughputLive::default(),
    };
    let declared = ["by.b", "by-c"].map(|name| (name.to_owned(), samples::index_on("b")));
    let desired = TableDesired {
        global_secondary_indexes: Some(declared.into()),
        time_to_live: Some(TimeToLive::Attribute("until".to_owned())),
        point_in_time_recovery: Some(Recovery::On),
        ..samples::desired()
    };
    let live = TableLive {
        global_secondary_indexes: [
            ("by.b".to_owned(), index("CREATING")),
            ("by-hand".to_owned(), index("ACTIVE")),
        ]
        .into(),
        time_to_live: TimeToLiveLive {
            status: TimeToLiveStatus::Enabling,
            attribute: Some("until".to_owned()),
        },
        point_in_time_recovery: RecoveryLive::Unknown,
        tags: ours(),
        ..samples::live()
    };
    let key = json!({"partition_key": "b"});
    assert_eq!(
        lines(Desired::Table(desired), Some(Live::Table(live))),
        [
            "exists".to_owned(),
            "ownership".to_owned(),
            "billing mode".to_owned(),
            format!("index by-c: {key} is null"),
            format!("index by-hand: null is {key}"),
            "index by.b".to_owned(),
            "partition key".to_owned(),
            "point in time recovery skipped: AWS cannot say yet: the table was made a moment ago"
                .to_owned(),
            "time to live skipped: AWS is still changing it, which takes up to an hour".to_owned(),
            "status skipped: AWS is still busy with it: index by.b is CREATING".to_owned(),
        ]
    );
}

#[test]
fn a_status_out_of_which_no_waiting_leads_fails() {
    let live = TableLive {
        status: "INACCESSIBLE_ENCRYPTION_CREDENTIALS".to_owned(),
        tags: ours(),
        ..samples::live()
    };
    let told = lines(Desired::Table(samples::desired()), Some(Live::Table(live)));
    assert_eq!(
        told.last().map(String::as_str),
        Some(r#"status: "ACTIVE" is "the table is INACCESSIBLE_ENCRYPTION_CREDENTIALS""#)
    );
}

#[test]
fn a_path_within_an_index_belongs_to_it() {
    for (path, expected, shown) in [
        (
            "redrive_policy.max_receive_count",
            "redrive_policy",
            "redrive policy",
        ),
        ("tags.a.b", "tags", "tags"),
        (
            "global_secondary_indexes.a.b",
            "global_secondary_indexes.a.b",
            "index a.b",
        ),
        (
            "global_secondary_indexes.a.b.read_capacity",
            "global_secondary_indexes.a.b",
            "index a.b",
        ),
        (
            "local_secondary_indexes.by-c",
            "local_secondary_indexes.by-c",
            "local index by-c",
        ),
    ] {
        assert_eq!(group(path), expected);
        assert_eq!(words(expected), shown);
    }
}
