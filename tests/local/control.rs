//! SQS: queues come, change, are found and go.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::create_queue::CreateQueueError;
use aws_sdk_sqs::types::QueueAttributeName as Name;

use crate::support::{ACCOUNT, arn, code, fresh, later, queue};

async fn attributes(client: &Client, url: &str) -> HashMap<String, String> {
    client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(Name::All)
        .send()
        .await
        .unwrap()
        .attributes
        .unwrap()
        .into_iter()
        .map(|(name, value)| (name.as_str().to_owned(), value))
        .collect()
}

async fn set(client: &Client, url: &str, name: Name, value: &str) -> String {
    let request = client.set_queue_attributes().queue_url(url);
    code(request.attributes(name, value).send().await)
}

async fn create(client: &Client, name: &str, pairs: &[(Name, &str)]) -> String {
    let mut request = client.create_queue().queue_name(name);
    for (name, value) in pairs {
        request = request.attributes(name.clone(), *value);
    }
    code(request.send().await)
}

fn redrive(name: &str, count: u32) -> String {
    format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{count}}}"#,
        arn(name)
    )
}

#[tokio::test]
async fn a_new_standard_queue_shows_aws_s_defaults() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    assert_eq!(
        url,
        format!("https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/orders")
    );
    let mut shown = attributes(&client, &url).await;
    for stamp in ["CreatedTimestamp", "LastModifiedTimestamp"] {
        let seconds: i64 = shown.remove(stamp).unwrap().parse().unwrap();
        assert!(
            (1_700_000_000..10_000_000_000).contains(&seconds),
            "{stamp}"
        );
    }
    let expected = [
        ("ApproximateNumberOfMessages", "0"),
        ("ApproximateNumberOfMessagesDelayed", "0"),
        ("ApproximateNumberOfMessagesNotVisible", "0"),
        ("DelaySeconds", "0"),
        ("MaximumMessageSize", "1048576"),
        ("MessageRetentionPeriod", "345600"),
        ("QueueArn", &arn("orders")),
        ("ReceiveMessageWaitTimeSeconds", "0"),
        ("SqsManagedSseEnabled", "true"),
        ("VisibilityTimeout", "30"),
    ];
    let expected: HashMap<String, String> = expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_fifo_queue_shows_its_own_attributes_too() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders.fifo", &[("FifoQueue", "true")]).await;
    let shown = attributes(&client, &url).await;
    for (name, value) in [
        ("FifoQueue", "true"),
        ("ContentBasedDeduplication", "false"),
        ("DeduplicationScope", "queue"),
        ("FifoThroughputLimit", "perQueue"),
    ] {
        assert_eq!(shown.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(
        set(&client, &url, Name::FifoQueue, "false").await,
        "InvalidAttributeValue"
    );
    let standard = queue(&client, "orders", &[]).await;
    assert_eq!(
        set(&client, &standard, Name::FifoQueue, "true").await,
        "InvalidAttributeName"
    );
}

#[tokio::test]
async fn only_the_asked_attributes_are_answered() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    let asked = |names: &[&str]| {
        let mut request = client.get_queue_attributes().queue_url(&url);
        for name in names {
            request = request.attribute_names(Name::from(*name));
        }
        request.send()
    };
    let output = asked(&["QueueArn", "Policy"]).await.unwrap();
    let shown = output.attributes.unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[&Name::QueueArn], arn("orders"));
    assert!(asked(&[]).await.unwrap().attributes.is_none());
    assert_eq!(code(asked(&["Size"]).await), "InvalidAttributeName");
}

#[tokio::test]
async fn an_existing_queue_is_returned_unless_a_supplied_attribute_differs() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[("VisibilityTimeout", "300")]).await;
    assert_eq!(queue(&client, "orders", &[]).await, url);
    assert_eq!(
        queue(
            &client,
            "orders",
            &[("VisibilityTimeout", "300"), ("DelaySeconds", "0")]
        )
        .await,
        url
    );
    let error = client
        .create_queue()
        .queue_name("orders")
        .attributes(Name::DelaySeconds, "1")
        .send()
        .await
        .unwrap_err();
    assert!(matches!(
        error.as_service_error(),
        Some(CreateQueueError::QueueNameExists(_))
    ));
    assert_eq!(code::<(), _, _>(Err(error)), "QueueAlreadyExists");
}

#[tokio::test]
async fn a_deleted_name_is_barred_for_sixty_seconds() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    client.delete_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(
        code(client.delete_queue().queue_url(&url).send().await),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
    let error = client
        .create_queue()
        .queue_name("orders")
        .send()
        .await
        .unwrap_err();
    assert!(matches!(
        error.as_service_error(),
        Some(CreateQueueError::QueueDeletedRecently(_))
    ));
    assert_eq!(
        code::<(), _, _>(Err(error)),
        "AWS.SimpleQueueService.QueueDeletedRecently"
    );
    let almost = later(dir.path(), Duration::from_secs(55));
    assert_eq!(
        create(&almost, "orders", &[]).await,
        "AWS.SimpleQueueService.QueueDeletedRecently"
    );
    let after = later(dir.path(), Duration::from_secs(61));
    assert_eq!(create(&after, "orders", &[]).await, "no error");
}

#[tokio::test]
async fn bad_names_and_attributes_are_refused_with_aws_s_codes() {
    let (_dir, client) = fresh();
    type Case<'a> = (&'a str, &'a [(Name, &'a str)], &'a str);
    let cases: [Case; 7] = [
        ("orders!", &[], "InvalidParameterValue"),
        ("orders.fifo", &[], "InvalidParameterValue"),
        (
            "orders",
            &[(Name::FifoQueue, "true")],
            "InvalidParameterValue",
        ),
        ("a", &[(Name::QueueArn, "x")], "InvalidAttributeName"),
        ("a", &[(Name::DelaySeconds, "901")], "InvalidAttributeValue"),
        ("a", &[(Name::Policy, "{")], "InvalidAttributeValue"),
        (
            "a",
            &[
                (Name::KmsMasterKeyId, "k"),
                (Name::SqsManagedSseEnabled, "true"),
            ],
            "InvalidAttributeName",
        ),
    ];
    for (name, pairs, expected) in cases {
        assert_eq!(
            create(&client, name, pairs).await,
            expected,
            "{name} {pairs:?}"
        );
    }
    assert_eq!(code(client.create_queue().send().await), "MissingParameter");
    assert!(
        client
            .list_queues()
            .send()
            .await
            .unwrap()
            .queue_urls
            .is_none()
    );
}

#[tokio::test]
async fn a_redrive_policy_needs_a_live_target_of_the_same_type() {
    let (_dir, client) = fresh();
    let to_missing = redrive("dlq", 3);
    let error = client
        .create_queue()
        .queue_name("orders")
        .attributes(Name::RedrivePolicy, &to_missing)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        aws_sdk_sqs::error::ProvideErrorMetadata::message(&error),
        Some(
            format!(
                "Value {to_missing} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist."
            )
            .as_str()
        )
    );
    queue(&client, "dlq", &[]).await;
    queue(&client, "dlq.fifo", &[("FifoQueue", "true")]).await;
    let fifo = redrive("dlq.fifo", 3);
    assert_eq!(
        create(&client, "orders", &[(Name::RedrivePolicy, &fifo)]).await,
        "InvalidParameterValue"
    );
    let foreign = redrive("dlq", 3).replace(ACCOUNT, "999999999999");
    assert_eq!(
        create(&client, "orders", &[(Name::RedrivePolicy, &foreign)]).await,
        "InvalidParameterValue"
    );
    let url = queue(&client, "orders", &[("RedrivePolicy", &to_missing)]).await;
    assert_eq!(attributes(&client, &url).await["RedrivePolicy"], to_missing);
}

#[tokio::test]
async fn sources_of_a_dead_letter_queue_are_listed_and_may_be_limited() {
    let (_dir, client) = fresh();
    let dlq = queue(&client, "dlq", &[]).await;
    let policy = redrive("dlq", 3);
    for name in ["a", "b", "c"] {
        queue(&client, name, &[("RedrivePolicy", &policy)]).await;
    }
    let page = |token: Option<String>| {
        client
            .list_dead_letter_source_queues()
            .queue_url(&dlq)
            .max_results(2)
            .set_next_token(token)
            .send()
    };
    let first = page(None).await.unwrap();
    assert_eq!(first.queue_urls.len(), 2);
    let second = page(first.next_token).await.unwrap();
    assert_eq!(second.queue_urls.len(), 1);
    assert!(second.queue_urls[0].ends_with("/c"));
    assert_eq!(second.next_token, None);

    let only_a = format!(
        r#"{{"redrivePermission":"byQueue","sourceQueueArns":["{}"]}}"#,
        arn("a")
    );
    assert_eq!(
        set(&client, &dlq, Name::RedriveAllowPolicy, &only_a).await,
        "no error"
    );
    let other = redrive("dlq", 5);
    for (name, expected) in [("a", "no error"), ("b", "InvalidParameterValue")] {
        let url = dlq.replace("dlq", name);
        assert_eq!(
            set(&client, &url, Name::RedrivePolicy, &other).await,
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_empty_value_unsets() {
    let (_dir, client) = fresh();
    queue(&client, "dlq", &[]).await;
    let policy = redrive("dlq", 3);
    let url = queue(
        &client,
        "orders",
        &[
            ("RedrivePolicy", &policy),
            ("KmsMasterKeyId", "alias/aws/sqs"),
        ],
    )
    .await;
    let shown = attributes(&client, &url).await;
    assert_eq!(shown["KmsDataKeyReusePeriodSeconds"], "300");
    assert_eq!(shown["SqsManagedSseEnabled"], "false");
    for name in [Name::RedrivePolicy, Name::KmsMasterKeyId, Name::Policy] {
        assert_eq!(set(&client, &url, name, "").await, "no error");
    }
    let shown = attributes(&client, &url).await;
    for name in [
        "RedrivePolicy",
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "Policy",
    ] {
        assert!(!shown.contains_key(name), "{name}");
    }
    assert_eq!(
        set(&client, &url, Name::VisibilityTimeout, "").await,
        "InvalidAttributeValue"
    );
}

#[tokio::test]
async fn lists_are_paged_only_when_asked_to_be() {
    let (_dir, client) = fresh();
    for name in ["b-1", "a-1", "a-2", "a-3", "A-4"] {
        queue(&client, name, &[]).await;
    }
    let all = client
        .list_queues()
        .queue_name_prefix("a-")
        .send()
        .await
        .unwrap();
    assert_eq!(all.queue_urls().len(), 3);
    assert_eq!(all.next_token, None);
    let pages: Vec<_> = client
        .list_queues()
        .queue_name_prefix("a-")
        .max_results(2)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<String>, _>>()
        .await
        .unwrap();
    assert_eq!(pages, all.queue_urls.unwrap());
    for bad in [0, 1_001] {
        assert_eq!(
            code(client.list_queues().max_results(bad).send().await),
            "InvalidParameterValue"
        );
    }
}

#[tokio::test]
async fn a_queue_is_found_by_name_and_by_any_host() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    let found = client.get_queue_url().queue_name("orders").send().await;
    assert_eq!(found.unwrap().queue_url, Some(url));
    assert_eq!(
        code(client.get_queue_url().queue_name("none").send().await),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
    let local = format!("http://localhost:4566/{ACCOUNT}/orders");
    assert_eq!(attributes(&client, &local).await["QueueArn"], arn("orders"));
    let foreign = "https://sqs.us-east-1.amazonaws.com/999999999999/orders";
    assert_eq!(
        set(&client, foreign, Name::DelaySeconds, "1").await,
        "AWS.SimpleQueueService.NonExistentQueue"
    );
}

#[tokio::test]
async fn tags_are_merged_and_taken_off() {
    let (_dir, client) = fresh();
    let url = client
        .create_queue()
        .queue_name("orders")
        .tags("a", "1")
        .tags("b", "2")
        .send()
        .await
        .unwrap()
        .queue_url
        .unwrap();
    let tag = client.tag_queue().queue_url(&url);
    tag.tags("b", "3").tags("c", "4").send().await.unwrap();
    let untag = client.untag_queue().queue_url(&url).tag_keys("a");
    untag.send().await.unwrap();
    let tags = client.list_queue_tags().queue_url(&url).send().await;
    let expected = [("b", "3"), ("c", "4")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(tags.unwrap().tags, Some(HashMap::from(expected)));
    let reserved = client.tag_queue().queue_url(&url).tags("aws:x", "1");
    assert_eq!(code(reserved.send().await), "InvalidParameterValue");
    let mut many = client.tag_queue().queue_url(&url);
    for n in 0..49 {
        many = many.tags(format!("k{n}"), "");
    }
    assert_eq!(code(many.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_purge_empties_and_has_to_rest() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    let send = client.send_message().queue_url(&url).message_body("x");
    send.send().await.unwrap();
    client.purge_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(
        attributes(&client, &url).await["ApproximateNumberOfMessages"],
        "0"
    );
    assert_eq!(
        code(client.purge_queue().queue_url(&url).send().await),
        "AWS.SimpleQueueService.PurgeQueueInProgress"
    );
    let after = later(dir.path(), Duration::from_secs(61));
    assert_eq!(
        code(after.purge_queue().queue_url(&url).send().await),
        "no error"
    );
}
