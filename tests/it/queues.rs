//! Every setting of a queue: set, changed, taken out of the manifest, reset, and changed behind our back.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use crate::behind::mended_in;
use crate::edits::scenario;
use crate::support::{Aws, Shop};

const ALLOW_WEAKEN: [&str; 3] = ["--allow", "weaken", "--yes"];

/// These attributes of a queue, and nothing for one that it has not.
async fn look(shop: &Shop, queue: &str, names: &[&str]) -> Vec<String> {
    let attributes = shop.aws().attributes(queue).await;
    let found = names.iter().map(|name| attributes.get(*name).cloned());
    found.map(Option::unwrap_or_default).collect()
}

async fn document(shop: &Shop, queue: &str, name: &str) -> Value {
    let text = look(shop, queue, &[name]).await.remove(0);
    serde_json::from_str(&text).unwrap_or_default()
}

#[tokio::test]
async fn plain_settings() {
    let shop = scenario("queue-settings", &[]);
    let names = [
        "VisibilityTimeout",
        "MessageRetentionPeriod",
        "DelaySeconds",
        "MaximumMessageSize",
        "ReceiveMessageWaitTimeSeconds",
    ];
    for (queue, expected) in [
        ("set", ["120", "432000", "15", "65536", "20"]),
        ("changed", ["120", "432000", "15", "65536", "20"]),
        ("left", ["60", "86400", "5", "262144", "10"]),
        ("reset", ["30", "345600", "0", "1048576", "0"]),
    ] {
        assert_eq!(look(&shop, queue, &names).await, expected, "{queue}");
    }
}

#[tokio::test]
async fn settings_of_fifo_queues() {
    let shop = scenario("queue-fifo", &[]);
    let names = [
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoThroughputLimit",
    ];
    let fast = ["true", "messageGroup", "perMessageGroupId"];
    let plain = ["false", "queue", "perQueue"];
    for (queue, expected) in [
        ("set.fifo", fast),
        ("lowered.fifo", plain),
        ("left.fifo", fast),
        ("reset.fifo", plain),
    ] {
        assert_eq!(look(&shop, queue, &names).await, expected, "{queue}");
    }
}

#[tokio::test]
async fn encryption() {
    let shop = scenario("queue-encryption", &ALLOW_WEAKEN);
    let names = [
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "SqsManagedSseEnabled",
    ];
    let managed = ["", "", "true"];
    for (queue, expected) in [
        ("set", ["alias/shop", "600", "false"]),
        (
            "changed",
            ["1234abcd-12ab-34cd-56ef-1234567890ab", "3600", "false"],
        ),
        ("respelled", ["alias/shop", "600", "false"]),
        ("left", ["alias/shop", "600", "false"]),
        ("left-off", ["", "", "false"]),
        ("reset", managed),
        ("period-reset", ["alias/shop", "300", "false"]),
        ("managed", managed),
        ("switched-off", ["", "", "false"]),
        ("reset-off", managed),
        ("no-key", managed),
    ] {
        assert_eq!(look(&shop, queue, &names).await, expected, "{queue}");
    }
}

#[tokio::test]
async fn policies() {
    let shop = scenario("queue-policy", &[]);
    let actions = async |queue: &str| -> Vec<Value> {
        let policy = document(&shop, queue, "Policy").await;
        match &policy["Statement"] {
            Value::Array(all) => all.iter().map(|one| one["Action"].clone()).collect(),
            Value::Object(one) => vec![one["Action"].clone()],
            _ => vec![],
        }
    };
    let first = [
        json!("sqs:SendMessage"),
        json!(["sqs:SendMessage", "sqs:GetQueueUrl"]),
    ];
    assert_eq!(actions("set").await, ["sqs:*"]);
    assert_eq!(actions("changed").await, ["sqs:SendMessage", "sqs:*"]);
    assert_eq!(actions("respelled").await, first, "not sent again");
    assert_eq!(actions("left").await, first);
    assert_eq!(actions("reset").await, Vec::<Value>::new());
    let policy = document(&shop, "changed", "Policy").await;
    assert_eq!(policy["Statement"][0]["Principal"]["AWS"], "012345678901");
}

#[tokio::test]
async fn who_may_redrive_here() {
    let shop = scenario("queue-redrive-allow", &[]);
    let permission = async |queue: &str| {
        let policy = document(&shop, queue, "RedriveAllowPolicy").await;
        policy["redrivePermission"].clone()
    };
    assert_eq!(permission("set-dlq").await, "denyAll");
    assert_eq!(permission("changed-dlq").await, "byQueue");
    assert_eq!(permission("left-dlq").await, "denyAll");
    assert_eq!(permission("reset-dlq").await, "allowAll");
    let redrive = document(&shop, "a-source", "RedrivePolicy").await;
    let target = redrive["deadLetterTargetArn"].as_str().unwrap();
    assert!(target.ends_with(":changed-dlq"), "{target}");
    assert_eq!(
        document(&shop, "b-source", "RedrivePolicy").await,
        json!(null)
    );
}

const MANIFEST: &str = r#"version: 1
project: shop
queues:
  orders:
    visibility_timeout: 5m
    message_retention_period: 5d
    delay: 5
    maximum_message_size: 64KiB
    receive_message_wait_time: 20
    sqs_managed_sse: true
    policy:
      Statement: {Sid: Send, Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: "*"}
  secret: {kms_master_key_id: alias/shop, kms_data_key_reuse_period: 10m}
  fast.fifo:
    content_based_deduplication: true
    deduplication_scope: messageGroup
    fifo_throughput_limit: perMessageGroupId
  dlq: {redrive_allow_policy: {source_queues: [orders]}}
"#;

#[tokio::test]
async fn a_redrive_policy_taken_out_stays_and_reset_goes() {
    let with = |redrive: &str| {
        format!("version: 1\nproject: shop\nqueues:\n  dead:\n  orders: {{{redrive}}}\n")
    };
    let shop = Shop::with(&with(
        "redrive_policy: {dead_letter_queue: dead, max_receive_count: 5}",
    ));
    shop.converge(&[]);
    let set = document(&shop, "orders", "RedrivePolicy").await;
    assert_eq!(set["maxReceiveCount"], json!(5));
    shop.write(&with(""));
    shop.settled();
    assert_eq!(document(&shop, "orders", "RedrivePolicy").await, set);
    shop.write(&with("redrive_policy: default"));
    let plan = shop.run(&["plan"]).expect(0);
    assert!(
        plan.stdout
            .contains("redrive_policy: {dead_letter_queue: dead, max_receive_count: 5} → (none)"),
        "{}",
        plan.shown()
    );
    shop.converge(&[]);
    assert_eq!(look(&shop, "orders", &["RedrivePolicy"]).await, [""]);
}

async fn set(aws: &Aws, queue: &str, attributes: &[(&str, &str)]) {
    let attributes: BTreeMap<_, _> = attributes.iter().copied().collect();
    let attributes = attributes.into_iter();
    let attributes = attributes.map(|(name, value)| (QueueAttributeName::from(name), value.into()));
    aws.sqs()
        .set_queue_attributes()
        .queue_url(aws.url(queue).await)
        .set_attributes(Some(attributes.collect()))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn everything_changed_behind_our_back_is_set_back() {
    let drift = async |aws: &Aws| {
        let orders = [
            ("VisibilityTimeout", "7"),
            ("MessageRetentionPeriod", "60"),
            ("DelaySeconds", "1"),
            ("MaximumMessageSize", "262144"),
            ("ReceiveMessageWaitTimeSeconds", "0"),
            ("SqsManagedSseEnabled", "false"),
            ("Policy", ""),
        ];
        set(aws, "orders", &orders).await;
        let secret = [("KmsMasterKeyId", ""), ("SqsManagedSseEnabled", "true")];
        set(aws, "secret", &secret).await;
        let fast = [
            ("ContentBasedDeduplication", "false"),
            ("DeduplicationScope", "queue"),
            ("FifoThroughputLimit", "perQueue"),
        ];
        set(aws, "fast.fifo", &fast).await;
        let dlq = [("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#)];
        set(aws, "dlq", &dlq).await;
    };
    let expected = [
        r#"update queue/dlq: redrive_allow_policy "deny_all" → {"source_queues":["orders"]}"#,
        r#"update queue/fast.fifo: content_based_deduplication false → true, deduplication_scope "queue" → "messageGroup", fifo_throughput_limit "perQueue" → "perMessageGroupId""#,
        r#"update queue/orders: visibility_timeout "7s" → "5m", message_retention_period "1m" → "5d", delay "1s" → "5s", receive_message_wait_time "0s" → "20s", maximum_message_size "256KiB" → "64KiB", sqs_managed_sse false → true, policy.Send null → {"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}"#,
        r#"update queue/secret: kms_data_key_reuse_period null → "10m", kms_master_key_id null → "alias/shop""#,
    ];
    mended_in(MANIFEST, drift, None, &expected).await;
}

#[tokio::test]
async fn what_aws_adds_is_shown_by_its_name_and_left_alone() {
    let shop = Shop::with("version: 1\nproject: shop\nqueues: {orders: }\n");
    shop.converge(&[]);
    let drift = [
        ("KmsMasterKeyId", "alias/theirs"),
        ("KmsDataKeyReusePeriodSeconds", "3600"),
        ("MaximumMessageSize", "262144"),
        ("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#),
    ];
    set(&shop.aws(), "orders", &drift).await;
    shop.settled();
    let plan = shop.run(&["plan", "-o", "json"]).expect(0).json();
    let unmanaged = plan["unchanged"][0]["unmanaged"].as_array().unwrap().iter();
    let unmanaged: Vec<_> = unmanaged
        .map(|setting| format!("{} {}", setting["path"].as_str().unwrap(), setting["live"]))
        .collect();
    assert_eq!(
        unmanaged,
        [
            r#"maximum_message_size "256KiB""#,
            r#"kms_data_key_reuse_period "1h""#,
            r#"kms_master_key_id "alias/theirs""#,
            r#"redrive_allow_policy "deny_all""#,
        ]
    );
}
