//! `test`: what works passes, what does not is said exactly, and nothing of ours is changed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{
    DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate, TimeToLiveSpecification,
};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use crate::support::{Aws, Run, Shop};

/// The names of everything there, and of what tests make.
pub async fn names(aws: &Aws) -> (Vec<String>, Vec<String>) {
    let queues = aws.sqs().list_queues().send().await.unwrap();
    let queues = queues.queue_urls.unwrap_or_default().into_iter();
    let queues = queues.map(|url| url.rsplit('/').next().unwrap().to_owned());
    let tables = aws.dynamodb().list_tables().send().await.unwrap();
    let tables = tables.table_names.unwrap_or_default().into_iter();
    queues
        .chain(tables)
        .partition(|name| !name.starts_with("shopctl-probe-"))
}

#[track_caller]
pub fn counts(run: &Run) -> (u64, u64, u64) {
    let summary = &run.json()["summary"];
    let count = |name: &str| summary[name].as_u64().unwrap();
    (count("passed"), count("failed"), count("skipped"))
}

/// Every check by resource and name: its status.
fn statuses(run: &Run) -> BTreeMap<String, String> {
    let document = run.json();
    let mut found = BTreeMap::new();
    for resource in document["resources"].as_array().unwrap() {
        for check in resource["checks"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let name = format!(
                "{} {} {}",
                text(&resource["id"]),
                text(&check["level"]),
                text(&check["name"])
            );
            let before = found.insert(name.clone(), text(&check["outcome"]["status"]));
            assert_eq!(before, None, "{name} twice");
        }
    }
    found
}

#[track_caller]
fn passed(run: &Run, checks: &[&str]) {
    let statuses = statuses(run);
    for check in checks {
        let status = statuses.get(*check).map(String::as_str);
        assert_eq!(status, Some("pass"), "{check}: {}", run.shown());
    }
}

/// Everything of the real resources that a test could have changed.
async fn state(aws: &Aws) -> Vec<String> {
    let (real, _) = names(aws).await;
    let mut state = Vec::new();
    for name in real {
        state.push(match name.chars().next().unwrap().is_lowercase() {
            true => format!(
                "{name} {:?} {:?}",
                aws.attributes(&name).await,
                aws.tags(&name).await
            ),
            false => {
                let items = aws
                    .dynamodb()
                    .scan()
                    .table_name(&name)
                    .send()
                    .await
                    .unwrap();
                format!("{name} {:?} {:?}", aws.table(&name).await, items.items())
            }
        });
    }
    state
}

#[tokio::test]
async fn the_shopping_system_passes_on_copies_and_is_not_touched() {
    let shop = Shop::shopping();
    shop.run(&["create", "--all"]).expect(0);
    let aws = shop.aws();
    let url = aws.url("order-processing-queue").await;
    let send = aws.sqs().send_message().queue_url(&url);
    send.message_body("an order").send().await.unwrap();
    let before = state(&aws).await;
    let run = shop.run(&["test", "-o", "json"]).expect(0);
    assert_eq!(state(&aws).await, before);
    assert_eq!(names(&aws).await.1, Vec::<String>::new());
    let (passes, failures, skips) = counts(&run);
    assert_eq!((failures, skips), (0, 0), "{}", run.shown());
    assert!(passes > 150, "{passes}");
    passed(
        &run,
        &[
            "queue/order-processing-queue config redrive policy",
            "queue/order-processing-queue config dead-letter queue",
            "queue/order-processing-queue probe message reaches the dead-letter queue",
            "queue/order-processing-dlq probe delay",
            "table/Orders config index user_id-order_date-index",
            "table/Products probe query status-sales_count-index",
            "table/Products probe projection featured-created_at-index",
            "table/Cart probe time to live",
            "table/Cart probe transaction with Orders",
            "table/Reviews probe conditional put",
        ],
    );
    // The message was not even received.
    let message = aws.sqs().receive_message().queue_url(&url);
    let message = message
        .message_system_attribute_names("ApproximateReceiveCount".into())
        .send()
        .await
        .unwrap();
    let count = message.messages()[0].attributes().unwrap().values().next();
    assert_eq!(count.map(String::as_str), Some("1"));
    let notes = std::fs::read_dir(shop.path().join(".shopctl/probes")).unwrap();
    assert_eq!(notes.count(), 0);
    shop.settled();
}

#[test]
fn what_people_read() {
    let mut shop = Shop::shopping();
    shop.set("COLUMNS", "80");
    shop.run(&["create", "--all"]).expect(0);
    insta::assert_snapshot!(shop.run(&["test", "-q"]).expect(0).shown());
    let config = shop.run(&["test", "--config", "-v"]).expect(0);
    assert!(
        config.stdout.contains("✓ redrive policy (config)"),
        "{}",
        config.shown()
    );
    assert!(!config.stdout.contains("(probe)"), "{}", config.shown());
}

#[test]
fn config_writes_nothing() {
    let shop = Shop::shopping();
    shop.run(&["create", "--all"]).expect(0);
    shop.forget();
    shop.run(&["test", "--config"]).expect(0);
    assert_eq!(shop.writes(), Vec::<String>::new());
    assert!(!shop.path().join(".shopctl/probes").exists());
}

#[tokio::test]
async fn a_broken_redrive_policy_is_said_exactly() {
    let mut shop = Shop::shopping();
    shop.run(&["create", "--all"]).expect(0);
    let aws = shop.aws();
    let set = aws.sqs().set_queue_attributes();
    set.queue_url(aws.url("order-processing-queue").await)
        .attributes(QueueAttributeName::RedrivePolicy, "")
        .send()
        .await
        .unwrap();
    for columns in ["80", "140"] {
        shop.set("COLUMNS", columns);
        let run = shop.run(&["test", "-q", "--only", "order-*"]).expect(3);
        insta::assert_snapshot!(format!("broken_redrive_{columns}"), run.shown());
    }
    // The copy has what is declared, so it works: only what is there is broken.
    let run = shop.run(&["test", "-o", "json"]).expect(3);
    let failed: Vec<_> = statuses(&run)
        .into_iter()
        .filter(|(_, status)| status == "fail")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        failed,
        ["queue/order-processing-queue config redrive policy"]
    );
}

#[tokio::test]
async fn what_was_changed_behind_our_back_is_found() {
    let shop = Shop::shopping();
    shop.run(&["create", "--all"]).expect(0);
    let aws = shop.aws();
    let (sqs, dynamodb) = (aws.sqs(), aws.dynamodb());
    let dead = aws.url("payment-processing-dlq").await;
    sqs.delete_queue().queue_url(dead).send().await.unwrap();
    let gone = DeleteGlobalSecondaryIndexAction::builder().index_name("user_id-created_at-index");
    let update = GlobalSecondaryIndexUpdate::builder().delete(gone.build().unwrap());
    dynamodb
        .update_table()
        .table_name("Reviews")
        .global_secondary_index_updates(update.build())
        .send()
        .await
        .unwrap();
    let other = TimeToLiveSpecification::builder()
        .attribute_name("until")
        .enabled(true);
    dynamodb
        .update_time_to_live()
        .table_name("Orders")
        .time_to_live_specification(other.build().unwrap())
        .send()
        .await
        .unwrap();
    let allow = sqs.set_queue_attributes();
    allow
        .queue_url(aws.url("email-notification-dlq").await)
        .attributes(
            QueueAttributeName::RedriveAllowPolicy,
            r#"{"redrivePermission":"denyAll"}"#,
        )
        .send()
        .await
        .unwrap();
    // Cart's attribute is declared, and another one here.
    let manifest = std::fs::read_to_string(shop.path().join("manifests/shopping.yaml")).unwrap();
    shop.write(&manifest.replace("time_to_live: expires_at", "time_to_live: until"));
    let run = shop.run(&["test", "--config"]).expect(3);
    insta::assert_snapshot!(run.shown());
}

#[test]
fn nothing_there_is_said_without_a_copy() {
    let shop = Shop::with(
        "version: 1\nproject: shop\nqueues:\n  jobs:\ntables:\n  Tab: {partition_key: id}\n",
    );
    let run = shop.run(&["test", "-o", "json"]).expect(3);
    assert_eq!(counts(&run), (0, 2, 2), "{}", run.shown());
    assert_eq!(shop.writes(), Vec::<String>::new());
    assert!(!shop.path().join(".shopctl/probes").exists());
}

#[test]
fn a_part_is_tested_by_component_and_by_name() {
    let shop = Shop::with(
        "version: 1\nproject: shop\nnaming: \"dev-{name}\"\nqueues:\n  jobs: {component: work}\n  mail:\ntables:\n  Tab: {partition_key: id}\n",
    );
    shop.run(&["create", "--all"]).expect(0);
    for (args, expected) in [
        (vec!["--component", "work"], vec!["queue/jobs"]),
        (vec!["--component", "sqs"], vec!["queue/jobs", "queue/mail"]),
        (vec!["--only", "queue/*"], vec!["queue/jobs", "queue/mail"]),
        (vec!["--only", "dev-T?b"], vec!["table/Tab"]),
        (vec!["--only", "mail"], vec!["queue/mail"]),
    ] {
        let run = shop
            .run(&[&["test", "--config", "-o", "json"], &args[..]].concat())
            .expect(0);
        let document = run.json();
        let resources = document["resources"].as_array().unwrap().iter();
        let ids: Vec<_> = resources.map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected);
    }
    let none = shop.run(&["test", "--only", "jbos"]).expect(64);
    assert!(
        none.stderr.contains("no resource that is selected matches"),
        "{}",
        none.shown()
    );
    for wrong in [
        &["--config", "--live"][..],
        &["--clean", "--live"],
        &["--older-than", "1h"],
    ] {
        shop.run(&[&["test"], wrong].concat()).expect(64);
    }
}

const SHAPES: &str = "version: 1
project: shop
queues:
  orders.fifo:
    content_based_deduplication: true
    deduplication_scope: messageGroup
    fifo_throughput_limit: perMessageGroupId
    redrive_policy: {dead_letter_queue: dead.fifo, max_receive_count: 2}
  dead.fifo:
    redrive_allow_policy: {source_queues: [orders.fifo]}
  slow.fifo: {delay: 10m}
  short: {delay: 2s, visibility_timeout: 0s, receive_message_wait_time: 20s}
  patient: {redrive_policy: {dead_letter_queue: short, max_receive_count: 60}}
  outside: {redrive_policy: {dead_letter_queue: \"arn:aws:sqs:us-east-1:000000000000:elsewhere\", max_receive_count: 1}}
tables:
  Numbers:
    partition_key: {name: n, type: N}
    sort_key: {name: b, type: B}
    billing_mode: PROVISIONED
    read_capacity: 50
    write_capacity: 50
    deletion_protection: true
    point_in_time_recovery: true
    stream: NEW_IMAGE
    time_to_live: until
    local_secondary_indexes:
      by-count: {sort_key: {name: count, type: N}, projection: KEYS_ONLY}
    global_secondary_indexes:
      by-bytes: {partition_key: b, sort_key: n, projection: [seen, noted], read_capacity: 40, write_capacity: 40}
      by-count-too: {partition_key: {name: count, type: N}, projection: KEYS_ONLY, read_capacity: 1, write_capacity: 1}
";

#[tokio::test]
async fn fifo_queues_and_keys_of_every_type_pass() {
    let shapes = SHAPES.replace(
        "partition_key: b, sort_key: n,",
        "partition_key: {name: b, type: B}, sort_key: {name: n, type: N},",
    );
    let shop = Shop::with(&shapes);
    let sqs = shop.aws().sqs();
    sqs.create_queue()
        .queue_name("elsewhere")
        .send()
        .await
        .unwrap();
    shop.run(&["create", "--all"]).expect(0);
    let run = shop.run(&["test", "-o", "json"]).expect(0);
    assert_eq!(names(&shop.aws()).await.1, Vec::<String>::new());
    passed(
        &run,
        &[
            "queue/orders.fifo probe order",
            "queue/orders.fifo probe deduplication",
            "queue/orders.fifo probe content-based deduplication",
            "queue/orders.fifo probe message reaches the dead-letter queue",
            "queue/outside probe message reaches the dead-letter queue",
            "queue/short probe delay",
            "table/Numbers probe query by-bytes",
            "table/Numbers probe projection by-bytes",
            "table/Numbers probe projection by-count",
            "table/Numbers probe projection by-count-too",
            "table/Numbers probe transaction over two items",
        ],
    );
    let skipped: Vec<_> = statuses(&run)
        .into_iter()
        .filter(|(_, status)| status == "skip")
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        skipped,
        [
            "queue/patient probe message reaches the dead-letter queue",
            "queue/slow.fifo probe send and receive",
        ]
    );
}

/// The copies are used at the same time: ten queues take about as long as one.
#[test]
fn all_take_as_long_as_the_slowest() {
    let time = |queues: usize| {
        let lines: String = (0..queues).map(|n| format!("  q{n}:\n")).collect();
        let mut shop = Shop::with(&format!("version: 1\nproject: shop\nqueues:\n{lines}"));
        shop.run(&["create", "--all"]).expect(0);
        shop.set("SHOPCTL_LOCAL_LATENCY", "50ms");
        let start = Instant::now();
        shop.run(&["test"]).expect(0);
        start.elapsed()
    };
    let (one, ten) = (time(1), time(10));
    assert!(
        ten < one * 3 && ten < Duration::from_secs(20),
        "{one:?} {ten:?}"
    );
}
