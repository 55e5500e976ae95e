//! SQS: what happens to messages.

use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName as System,
    QueueAttributeName as Name, SendMessageBatchRequestEntry,
};

use crate::support::{after, arn, bodies, code, counts, fresh, queue, receive, send};

#[tokio::test]
async fn a_message_goes_round_with_the_digests_of_aws() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    let text = |value: &str| {
        let attribute = MessageAttributeValue::builder().data_type("String");
        attribute.string_value(value).build().unwrap()
    };
    let binary = MessageAttributeValue::builder().data_type("Binary");
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("msg")
        .message_attributes("Hello", text("There"))
        .message_attributes("General", text("Kenobi"))
        .message_attributes("Help.Me", text("Me"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.md5_of_message_body(),
        Some("6e2baaf3b97dbeef01c0043275f9a0e7")
    );
    assert_eq!(
        sent.md5_of_message_attributes(),
        Some("4c360f3fdafd970e05fae2f149d997f5")
    );
    let message = receive(&client, &url).await.remove(0);
    assert_eq!(message.message_id, sent.message_id);
    assert_eq!(
        message.md5_of_message_attributes,
        sent.md5_of_message_attributes
    );
    let attributes = message.message_attributes.unwrap();
    assert_eq!(attributes["Hello"].string_value(), Some("There"));

    let value = binary.binary_value(Blob::new([0, 159])).build().unwrap();
    let request = client.send_message().queue_url(&url).message_body("b");
    request
        .message_attributes("raw", value.clone())
        .send()
        .await
        .unwrap();
    let message = receive(&client, &url).await.remove(0);
    assert_eq!(message.message_attributes.unwrap()["raw"], value);
}

#[tokio::test]
async fn a_received_message_is_in_flight_until_its_time_is_up_or_it_is_deleted() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders", &[("VisibilityTimeout", "30")]).await;
    send(&client, &url, "a").await;
    let request = client.send_message().queue_url(&url).message_body("later");
    request.delay_seconds(60).send().await.unwrap();
    assert_eq!(counts(&client, &url).await, ["1", "1", "0"]);
    assert_eq!(bodies(&client, &url).await, ["a"]);
    assert_eq!(counts(&client, &url).await, ["0", "1", "1"]);
    assert!(bodies(&client, &url).await.is_empty());

    let second = after(dir.path(), 31);
    let message = receive(&second, &url).await.remove(0);
    let system = message.attributes.unwrap();
    assert_eq!(system[&System::ApproximateReceiveCount], "2");
    let delete = second.delete_message().queue_url(&url);
    let handle = message.receipt_handle.unwrap();
    delete.receipt_handle(&handle).send().await.unwrap();
    assert_eq!(counts(&second, &url).await, ["0", "1", "0"]);
    assert_eq!(bodies(&after(dir.path(), 61), &url).await, ["later"]);
    let again = second.delete_message().queue_url(&url);
    assert_eq!(code(again.receipt_handle(&handle).send().await), "no error");
    let garbage = second.delete_message().queue_url(&url);
    assert_eq!(
        code(garbage.receipt_handle("garbage").send().await),
        "ReceiptHandleIsInvalid"
    );
}

#[tokio::test]
async fn the_receive_after_the_last_allowed_one_moves_a_message() {
    let (_dir, client) = fresh();
    let dlq = queue(&client, "dlq", &[]).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"2"}}"#,
        arn("dlq")
    );
    let url = queue(&client, "orders", &[("RedrivePolicy", &policy)]).await;
    send(&client, &url, "poison").await;
    for _ in 0..2 {
        let message = receive(&client, &url).await.remove(0);
        let release = client.change_message_visibility().queue_url(&url);
        let release = release.set_receipt_handle(message.receipt_handle);
        release.visibility_timeout(0).send().await.unwrap();
    }
    assert_eq!(counts(&client, &url).await, ["1", "0", "0"]);
    assert!(receive(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
    let message = receive(&client, &dlq).await.remove(0);
    assert_eq!(message.body(), Some("poison"));
    let system = message.attributes.unwrap();
    assert_eq!(system[&System::ApproximateReceiveCount], "3");
    assert_eq!(system[&System::DeadLetterQueueSourceArn], arn("orders"));
}

#[tokio::test]
async fn a_message_whose_dead_letter_queue_is_gone_stays() {
    let (_dir, client) = fresh();
    let dlq = queue(&client, "dlq", &[]).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#,
        arn("dlq")
    );
    let attributes = [
        ("RedrivePolicy", policy.as_str()),
        ("VisibilityTimeout", "0"),
    ];
    let url = queue(&client, "orders", &attributes).await;
    send(&client, &url, "poison").await;
    client.delete_queue().queue_url(&dlq).send().await.unwrap();
    for _ in 0..3 {
        assert_eq!(bodies(&client, &url).await, ["poison"]);
    }
}

#[tokio::test]
async fn a_standard_dead_letter_queue_counts_retention_from_the_first_sending() {
    let (dir, client) = fresh();
    let dlq = queue(&client, "dlq", &[("MessageRetentionPeriod", "100")]).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#,
        arn("dlq")
    );
    let url = queue(&client, "orders", &[("RedrivePolicy", &policy)]).await;
    send(&client, &url, "poison").await;
    receive(&client, &url).await;
    let moving = after(dir.path(), 80);
    assert!(receive(&moving, &url).await.is_empty());
    assert_eq!(counts(&moving, &dlq).await, ["1", "0", "0"]);
    assert_eq!(counts(&after(dir.path(), 101), &dlq).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_lowered_retention_deletes_what_is_older() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    send(&client, &url, "old").await;
    let later = after(dir.path(), 120);
    send(&later, &url, "new").await;
    for seconds in ["60", "345600"] {
        let change = later.set_queue_attributes().queue_url(&url);
        let change = change.attributes(Name::MessageRetentionPeriod, seconds);
        change.send().await.unwrap();
    }
    assert_eq!(bodies(&later, &url).await, ["new"]);
}

#[tokio::test]
async fn messages_that_a_queue_cannot_take_are_refused() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[("MaximumMessageSize", "1024")]).await;
    let fifo = queue(&client, "orders.fifo", &[("FifoQueue", "true")]).await;
    let to = |url: &str, body: &str| client.send_message().queue_url(url).message_body(body);
    let refused = [
        (to(&url, ""), "MissingParameter"),
        (to(&url, &"x".repeat(1_025)), "InvalidParameterValue"),
        (to(&url, "\u{1}"), "InvalidMessageContents"),
        (to(&url, "x").delay_seconds(901), "InvalidParameterValue"),
        (
            to(&url, "x").message_deduplication_id("a"),
            "InvalidParameterValue",
        ),
        (to(&fifo, "x"), "MissingParameter"),
        (
            to(&fifo, "x").message_group_id("g"),
            "InvalidParameterValue",
        ),
        (
            to(&fifo, "x")
                .message_group_id("g")
                .message_deduplication_id("a")
                .delay_seconds(2),
            "InvalidParameterValue",
        ),
    ];
    for (request, expected) in refused {
        let shown = format!("{request:?}");
        assert_eq!(code(request.send().await), expected, "{shown}");
    }
    assert_eq!(code(to(&url, &"x".repeat(1_024)).send().await), "no error");
    let receive = client.receive_message().queue_url(&url);
    for request in [
        receive.clone().max_number_of_messages(11),
        receive.clone().wait_time_seconds(21),
        receive.clone().visibility_timeout(43_201),
    ] {
        assert_eq!(code(request.send().await), "InvalidParameterValue");
    }
}

#[tokio::test]
async fn visibility_changes_only_in_flight_and_with_the_latest_handle() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    send(&client, &url, "a").await;
    let change = |client: &Client, message: &Message, seconds: i32| {
        let request = client.change_message_visibility().queue_url(&url);
        let request = request.set_receipt_handle(message.receipt_handle.clone());
        request.visibility_timeout(seconds).send()
    };
    let first = receive(&client, &url).await.remove(0);
    assert_eq!(
        code(change(&client, &first, 43_201).await),
        "InvalidParameterValue"
    );
    change(&client, &first, 120).await.unwrap();
    assert!(receive(&after(dir.path(), 60), &url).await.is_empty());
    let late = after(dir.path(), 121);
    assert_eq!(
        code(change(&late, &first, 10).await),
        "AWS.SimpleQueueService.MessageNotInflight"
    );
    let second = receive(&late, &url).await.remove(0);
    assert_eq!(
        code(change(&late, &first, 10).await),
        "InvalidParameterValue"
    );
    assert_eq!(code(change(&late, &second, 10).await), "no error");
}

#[tokio::test]
async fn the_entries_of_a_batch_fail_one_by_one() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    let entry = |id: &str, body: &str| {
        let entry = SendMessageBatchRequestEntry::builder().id(id);
        entry.message_body(body).build().unwrap()
    };
    let output = client
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("good", "x"))
        .entries(entry("bad", "\u{1}"))
        .send()
        .await
        .unwrap();
    assert_eq!(output.successful[0].id, "good");
    assert_eq!(output.failed[0].id, "bad");
    assert_eq!(output.failed[0].code, "InvalidMessageContents");
    assert!(output.failed[0].sender_fault);
    assert_eq!(counts(&client, &url).await, ["1", "0", "0"]);
    let empty = client
        .send_message_batch()
        .queue_url(&url)
        .set_entries(Some(vec![]));
    assert_eq!(
        empty.send().await.unwrap_err().code(),
        Some("AWS.SimpleQueueService.EmptyBatchRequest")
    );
}

#[tokio::test]
async fn a_long_poll_waits_for_a_message_and_no_longer_than_it_says() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders", &[("ReceiveMessageWaitTimeSeconds", "1")]).await;
    let started = Instant::now();
    assert!(receive(&client, &url).await.is_empty());
    let took = started.elapsed();
    assert!((1..3).contains(&took.as_secs()), "{took:?}");

    let started = Instant::now();
    let at_once = client
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(0);
    assert!(at_once.send().await.unwrap().messages.is_none());
    assert!(started.elapsed() < Duration::from_millis(900));

    let poll = client
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(20);
    let other = after(dir.path(), 0);
    let started = Instant::now();
    let (received, ()) = futures_util::future::join(poll.send(), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        send(&other, &url, "late").await;
    })
    .await;
    assert_eq!(received.unwrap().messages().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_handle_is_of_its_queue() {
    let (_dir, client) = fresh();
    let here = queue(&client, "here", &[]).await;
    let there = queue(&client, "there", &[]).await;
    send(&client, &here, "x").await;
    let handle = receive(&client, &here).await.remove(0).receipt_handle;
    let delete = async |url: &str| {
        let request = client.delete_message().queue_url(url);
        code(request.set_receipt_handle(handle.clone()).send().await)
    };
    assert_eq!(delete(&there).await, "ReceiptHandleIsInvalid");
    assert_eq!(counts(&client, &here).await, ["0", "0", "1"]);
    assert_eq!(delete(&here).await, "no error");
    assert_eq!(counts(&client, &here).await, ["0", "0", "0"]);
}
