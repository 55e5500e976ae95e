//! SQS: order and duplicates in FIFO queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System, QueueAttributeName};

use crate::support::{after, arn, bodies, code, counts, fresh, queue, receive};

async fn send_fifo(client: &Client, url: &str, group: &str, id: &str) -> Option<String> {
    let request = client.send_message().queue_url(url).message_body(id);
    let request = request.message_group_id(group).message_deduplication_id(id);
    request.send().await.unwrap().message_id
}

#[tokio::test]
async fn a_fifo_group_waits_for_what_is_in_flight_of_it() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders.fifo", &[("FifoQueue", "true")]).await;
    for (group, id) in [("g", "1"), ("g", "2"), ("h", "3"), ("g", "4")] {
        send_fifo(&client, &url, group, id).await;
    }
    let one = client
        .receive_message()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    let first = one.messages.unwrap().remove(0);
    assert_eq!(first.body(), Some("1"));
    assert_eq!(bodies(&client, &url).await, ["3"]);
    assert!(bodies(&client, &url).await.is_empty());
    let delete = client.delete_message().queue_url(&url);
    let delete = delete.set_receipt_handle(first.receipt_handle);
    delete.send().await.unwrap();
    let rest = receive(&client, &url).await;
    let told = |message: &Message, name: System| message.attributes()?.get(&name).cloned();
    assert_eq!(
        rest.iter().map(|it| it.body().unwrap()).collect::<Vec<_>>(),
        ["2", "4"]
    );
    assert_eq!(told(&rest[0], System::MessageGroupId).as_deref(), Some("g"));
    assert_eq!(
        told(&rest[0], System::MessageDeduplicationId).as_deref(),
        Some("2")
    );
    assert!(told(&rest[0], System::SequenceNumber) < told(&rest[1], System::SequenceNumber));
}

#[tokio::test]
async fn a_duplicate_is_dropped_for_five_minutes() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders.fifo", &[("FifoQueue", "true")]).await;
    let first = send_fifo(&client, &url, "g", "1").await;
    assert_eq!(send_fifo(&client, &url, "h", "1").await, first);
    assert_eq!(counts(&client, &url).await, ["1", "0", "0"]);
    let later = after(dir.path(), 301);
    assert_ne!(send_fifo(&later, &url, "g", "1").await, first);

    let attributes = [
        ("FifoQueue", "true"),
        ("ContentBasedDeduplication", "true"),
        ("DeduplicationScope", "messageGroup"),
    ];
    let scoped = queue(&client, "scoped.fifo", &attributes).await;
    for group in ["g", "g", "h"] {
        let request = client.send_message().queue_url(&scoped).message_body("x");
        request.message_group_id(group).send().await.unwrap();
    }
    let received = receive(&client, &scoped).await;
    assert_eq!(received.len(), 2);
    // SHA-256 of "x".
    assert_eq!(
        received[0].attributes().unwrap()[&System::MessageDeduplicationId],
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    );
}

async fn release(client: &Client, url: &str, message: &Message) {
    let request = client.change_message_visibility().queue_url(url);
    let request = request.set_receipt_handle(message.receipt_handle.clone());
    request.visibility_timeout(0).send().await.unwrap();
}

#[tokio::test]
async fn an_earlier_message_waits_for_a_later_one_in_flight() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders.fifo", &[("FifoQueue", "true")]).await;
    send_fifo(&client, &url, "g", "1").await;
    send_fifo(&client, &url, "g", "2").await;
    let both = receive(&client, &url).await;
    release(&client, &url, &both[0]).await;
    assert!(bodies(&client, &url).await.is_empty());
    release(&client, &url, &both[1]).await;
    assert_eq!(bodies(&client, &url).await, ["1", "2"]);
}

#[tokio::test]
async fn a_new_delay_holds_for_messages_already_there() {
    let (dir, client) = fresh();
    let attributes = [("FifoQueue", "true"), ("DelaySeconds", "60")];
    let url = queue(&client, "orders.fifo", &attributes).await;
    send_fifo(&client, &url, "g", "1").await;
    assert_eq!(counts(&client, &url).await, ["0", "1", "0"]);
    let change = client.set_queue_attributes().queue_url(&url);
    let change = change.attributes(QueueAttributeName::DelaySeconds, "120");
    change.send().await.unwrap();
    assert!(bodies(&after(dir.path(), 61), &url).await.is_empty());
    assert_eq!(bodies(&after(dir.path(), 121), &url).await, ["1"]);
}

#[tokio::test]
async fn retention_starts_anew_in_a_dead_letter_queue() {
    let (dir, client) = fresh();
    let attributes = [("FifoQueue", "true"), ("MessageRetentionPeriod", "100")];
    let dlq = queue(&client, "dlq.fifo", &attributes).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#,
        arn("dlq.fifo")
    );
    let attributes = [("FifoQueue", "true"), ("RedrivePolicy", policy.as_str())];
    let url = queue(&client, "orders.fifo", &attributes).await;
    send_fifo(&client, &url, "g", "1").await;
    receive(&client, &url).await;
    assert!(receive(&after(dir.path(), 80), &url).await.is_empty());
    assert_eq!(counts(&after(dir.path(), 170), &dlq).await, ["1", "0", "0"]);
    assert_eq!(counts(&after(dir.path(), 181), &dlq).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn an_expired_handle_does_not_delete() {
    let (dir, client) = fresh();
    let url = queue(&client, "orders.fifo", &[("FifoQueue", "true")]).await;
    send_fifo(&client, &url, "g", "1").await;
    let message = receive(&client, &url).await.remove(0);
    let late = after(dir.path(), 31);
    let delete = late.delete_message().queue_url(&url);
    let delete = delete.set_receipt_handle(message.receipt_handle);
    assert_eq!(code(delete.send().await), "InvalidParameterValue");
    assert_eq!(bodies(&late, &url).await, ["1"]);
}
