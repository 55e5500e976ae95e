//! Reading queues against the fake.

use super::super::fake::{FakeQueues, url};
use super::*;

const ARN: (&str, &str) = ("QueueArn", "arn:aws:sqs:us-east-1:123456789012:order-queue");

/// The one queue `order-queue` with these attributes, read.
async fn read_one(attributes: &[(&str, &str)]) -> Result<QueueLive, Failure> {
    let api = FakeQueues::default().with("order-queue", attributes, &[("team", "a")]);
    let found = read(&api, &url("order-queue")).await;
    found.map(Option::unwrap)
}

#[tokio::test]
async fn nothing_asked_for_is_no_call() {
    let api = FakeQueues::default().listing(&["order-queue"]);
    assert!(read_all(&api, &[], &Bulk::none()).await.unwrap().is_empty());
    assert_eq!(api.calls(), Vec::<String>::new());
}

/// As [`read_all`] does with many names.
async fn by_listing(
    api: &FakeQueues,
    names: &[&str],
) -> Result<BTreeMap<String, QueueLive>, Failure> {
    let listed = list(api, names).await?;
    read_listed(api, names, &listed, &Bulk::none()).await
}

#[tokio::test]
async fn few_are_asked_for_by_name_and_many_are_listed() {
    for (count, listings) in [(1, 0), (FEW, 0), (FEW + 1, 1)] {
        let names: Vec<_> = (0..count).map(|n| format!("q-{n}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let api = FakeQueues::default();
        assert!(
            read_all(&api, &names, &Bulk::none())
                .await
                .unwrap()
                .is_empty()
        );
        let calls = api.calls();
        let listed = calls.iter().filter(|call| call.starts_with("ListQueues"));
        assert_eq!(listed.count(), listings, "{count}");
        // None is taken for missing without having been asked for.
        let asked = calls.iter().filter(|call| call.starts_with("GetQueueUrl"));
        assert_eq!(asked.count(), count);
    }
}

#[tokio::test]
async fn every_page_is_listed_below_the_common_prefix() {
    let api = FakeQueues::default()
        .listing(&["order-queue", "order-x"])
        .listing(&["order-y"])
        .listing(&["order-dlq"])
        .with("order-queue", &[], &[])
        .with("order-dlq", &[], &[]);
    let live = by_listing(&api, &["order-queue", "order-dlq"])
        .await
        .unwrap();
    assert_eq!(
        live.into_keys().collect::<Vec<_>>(),
        ["order-dlq", "order-queue"]
    );
    let calls = api.calls();
    assert_eq!(
        calls[..3],
        [
            "ListQueues `order-` 0",
            "ListQueues `order-` 1",
            "ListQueues `order-` 2"
        ]
    );
    assert_eq!(calls.len(), 3 + 4, "{calls:?}");
}

#[tokio::test]
async fn a_lone_queue_is_its_own_prefix_and_strangers_have_none() {
    for (names, prefix) in [
        (&["orders"][..], "orders"),
        (&["orders", "orders-dlq"], "orders"),
        (&["orders", "payments"], ""),
    ] {
        let api = FakeQueues::default();
        by_listing(&api, names).await.unwrap();
        assert_eq!(api.calls()[0], format!("ListQueues `{prefix}` 0"));
    }
}

#[tokio::test]
async fn after_ten_pages_what_is_lacking_is_asked_for_by_name() {
    let mut api = FakeQueues::default().listing(&["q-a"]);
    for _ in 0..9 {
        api = api.listing(&["q-stranger"]);
    }
    let api = api
        .listing(&["q-b"])
        .with("q-a", &[], &[])
        .with("q-b", &[], &[]);
    let live = by_listing(&api, &["q-a", "q-b"]).await.unwrap();
    assert_eq!(live.len(), 2);
    let calls = api.calls();
    let count = |start: &str| calls.iter().filter(|call| call.starts_with(start)).count();
    assert_eq!(count("ListQueues"), 10);
    assert_eq!(count("GetQueueUrl"), 1);
    assert!(calls.contains(&"GetQueueUrl q-b".to_owned()), "{calls:?}");
}

#[tokio::test]
async fn a_queue_that_the_listing_lacks_is_read_and_not_taken_for_missing() {
    let api =
        FakeQueues::default()
            .listing(&[])
            .with("orders", &[("VisibilityTimeout", "300")], &[]);
    let live = by_listing(&api, &["orders"]).await.unwrap();
    assert_eq!(live["orders"].visibility_timeout, Seconds(300));
}

#[tokio::test]
async fn queues_that_may_not_be_listed_are_asked_for_by_name() {
    let names: Vec<_> = (0..=FEW).map(|n| format!("q-{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let denied = || FakeQueues::default().failing("ListQueues", 1, FailureKind::AccessDenied);
    let live = read_all(&denied().with("q-3", &[], &[]), &names, &Bulk::none()).await;
    assert_eq!(live.unwrap().into_keys().collect::<Vec<_>>(), ["q-3"]);
    let hidden = denied().failing("GetQueueUrl", usize::MAX, FailureKind::AccessDenied);
    let failure = read_all(&hidden, &names, &Bulk::none()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
}

#[tokio::test]
async fn a_queue_that_is_listed_and_gone_is_absent() {
    let api = FakeQueues::default()
        .listing(&["orders-a", "orders-b"])
        .with("orders-b", &[], &[]);
    let live = by_listing(&api, &["orders-a", "orders-b"]).await.unwrap();
    assert_eq!(live.into_keys().collect::<Vec<_>>(), ["orders-b"]);
}

#[tokio::test]
async fn a_name_that_only_begins_alike_is_another_queue() {
    let api = FakeQueues::default()
        .listing(&["orders-dlq"])
        .with("orders-dlq", &[], &[]);
    assert!(by_listing(&api, &["orders"]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_missing_attribute_is_its_default() {
    let live = read_one(&[ARN]).await.unwrap();
    let expected = QueueLive {
        url: url("order-queue"),
        arn: ARN.1.to_owned(),
        visibility_timeout: Seconds(30),
        message_retention_period: Seconds(345_600),
        delay: Seconds(0),
        maximum_message_size: Bytes(1_048_576),
        receive_message_wait_time: Seconds(0),
        content_based_deduplication: None,
        deduplication_scope: None,
        fifo_throughput_limit: None,
        redrive_policy: None,
        redrive_allow_policy: RedriveAllowPolicy::AllowAll,
        sqs_managed_sse: None,
        kms_master_key_id: None,
        kms_data_key_reuse_period: None,
        policy: None,
        other: BTreeMap::new(),
        tags: BTreeMap::from([("team".into(), "a".into())]),
        messages: MessageCounts::default(),
    };
    assert_eq!(live, expected);
    // An attribute that reads as nothing is missing (an empty RedrivePolicy clears it).
    let empty = [
        ARN,
        ("RedrivePolicy", ""),
        ("DelaySeconds", ""),
        ("Policy", ""),
        ("RedriveAllowPolicy", ""),
        ("KmsMasterKeyId", ""),
    ];
    assert_eq!(read_one(&empty).await.unwrap(), expected);
}

#[tokio::test]
async fn max_receive_count_is_a_number_or_a_string() {
    for count in ["3", r#""3""#] {
        let policy = format!(r#"{{"deadLetterTargetArn":"arn:d","maxReceiveCount":{count}}}"#);
        let live = read_one(&[("RedrivePolicy", &policy)]).await.unwrap();
        let expected = RedrivePolicy {
            dead_letter_target_arn: "arn:d".into(),
            max_receive_count: 3,
        };
        assert_eq!(live.redrive_policy, Some(expected), "{count}");
    }
}

#[tokio::test]
async fn a_redrive_allow_policy_is_read_without_what_says_nothing() {
    let by_queue = |arns: &[&str]| {
        RedriveAllowPolicy::SourceQueues(arns.iter().map(|arn| (*arn).to_owned()).collect())
    };
    for (text, expected) in [
        (
            r#"{"redrivePermission":"allowAll","sourceQueueArns":null}"#,
            RedriveAllowPolicy::AllowAll,
        ),
        (
            r#"{"redrivePermission":"denyAll"}"#,
            RedriveAllowPolicy::DenyAll,
        ),
        (
            r#"{"sourceQueueArns":["arn:b","arn:a","arn:b"],"redrivePermission":"byQueue"}"#,
            by_queue(&["arn:a", "arn:b"]),
        ),
    ] {
        let live = read_one(&[("RedriveAllowPolicy", text)]).await.unwrap();
        assert_eq!(live.redrive_allow_policy, expected, "{text}");
    }
}

#[tokio::test]
async fn the_period_of_a_data_key_is_read_only_where_there_is_a_key() {
    let period = ("KmsDataKeyReusePeriodSeconds", "600");
    let key = ("KmsMasterKeyId", "alias/a");
    for (attributes, expected) in [
        (&[period][..], None),
        (&[key, period], Some(Seconds(600))),
        (&[key], Some(Seconds(300))),
    ] {
        let live = read_one(attributes).await.unwrap();
        assert_eq!(live.kms_data_key_reuse_period, expected, "{attributes:?}");
    }
}

#[tokio::test]
async fn counters_are_counted_and_unknown_attributes_are_kept_as_they_are() {
    let live = read_one(&[
        ARN,
        ("ApproximateNumberOfMessages", "7"),
        ("ApproximateNumberOfMessagesNotVisible", "2"),
        ("ApproximateNumberOfMessagesDelayed", "1"),
        ("ApproximateNumberOfSomethingNew", "3"),
        ("CreatedTimestamp", "1700000000"),
        ("SqsManagedSseEnabled", "true"),
        ("SomethingNew", "x"),
    ])
    .await
    .unwrap();
    let counts = MessageCounts {
        visible: 7,
        in_flight: 2,
        delayed: 1,
    };
    assert_eq!(live.messages, counts);
    let other: Vec<_> = live.other.into_iter().collect();
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(other, [text("SomethingNew", "x")]);
}

#[tokio::test]
async fn only_a_fifo_queue_has_the_settings_of_one() {
    let attributes = [
        ("FifoQueue", "true"),
        ("DeduplicationScope", "messageGroup"),
        ("FifoThroughputLimit", "perMessageGroupId"),
    ];
    let api = FakeQueues::default().with("q.fifo", &attributes, &[]);
    let live = read_by_name(&api, "q.fifo").await.unwrap().unwrap();
    assert_eq!(live.content_based_deduplication, Some(false));
    assert_eq!(
        live.deduplication_scope,
        Some(DeduplicationScope::MessageGroup)
    );
    let limit = Some(FifoThroughputLimit::PerMessageGroupId);
    assert_eq!(live.fifo_throughput_limit, limit);
    assert_eq!(live.other, BTreeMap::new());
}

#[tokio::test]
async fn a_fifo_queue_that_does_not_say_has_the_defaults_of_one() {
    let api = FakeQueues::default().with("q.fifo", &[("FifoQueue", "true")], &[]);
    let live = read_by_name(&api, "q.fifo").await.unwrap().unwrap();
    assert_eq!(live.deduplication_scope, Some(DeduplicationScope::Queue));
    assert_eq!(
        live.fifo_throughput_limit,
        Some(FifoThroughputLimit::PerQueue)
    );
    let plain = read_one(&[ARN]).await.unwrap();
    assert_eq!(
        (plain.deduplication_scope, plain.fifo_throughput_limit),
        (None, None)
    );
}

#[tokio::test]
async fn an_attribute_that_cannot_be_read_fails_and_names_the_queue() {
    for (attribute, value) in [
        ("VisibilityTimeout", "soon"),
        ("DelaySeconds", "-1"),
        ("ApproximateNumberOfMessages", "many"),
        ("DeduplicationScope", "galaxy"),
        ("RedrivePolicy", "{"),
        ("Policy", "{"),
        ("RedriveAllowPolicy", r#"{"redrivePermission":"some"}"#),
        ("RedrivePolicy", r#"{"maxReceiveCount":3}"#),
        (
            "RedrivePolicy",
            r#"{"deadLetterTargetArn":"a","maxReceiveCount":"x"}"#,
        ),
        (
            "RedrivePolicy",
            r#"{"deadLetterTargetArn":"a","maxReceiveCount":99999999999}"#,
        ),
    ] {
        let api =
            FakeQueues::default()
                .listing(&["orders"])
                .with("orders", &[(attribute, value)], &[]);
        let failure = read_all(&api, &["orders"], &Bulk::none())
            .await
            .unwrap_err();
        let text = failure.to_string();
        assert!(text.starts_with("queue orders: "), "{text}");
        assert!(text.contains(attribute) && text.contains(value), "{text}");
    }
}

#[tokio::test]
async fn a_call_that_fails_fails_the_reading_and_names_the_queue() {
    for operation in ["GetQueueUrl", "GetQueueAttributes", "ListQueueTags"] {
        let api = FakeQueues::default().with("orders", &[], &[]).failing(
            operation,
            1,
            FailureKind::AccessDenied,
        );
        let failure = read_all(&api, &["orders"], &Bulk::none())
            .await
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::AccessDenied);
        assert_eq!(
            failure.to_string(),
            format!("queue orders: {operation} said no")
        );
    }
}
